// How many processes or threads may take part in a build.
#pragma once

#include "vector/pg/postgres.hpp"

namespace vec::pg {

// What a B-tree build gives each participant at least of maintenance_work_mem.
inline constexpr int kLeastKbOfBtree = 32 * 1024;

// How many workers, the leader not counted, the planner and the settings allow, where each
// participant is to have so much of maintenance_work_mem at least. From then on threads end before
// their process does, whatever ends it.
int PlanWorkers(Relation heap, Relation index, const IndexInfo* info,
                int least_kb = kLeastKbOfBtree);

// Tells at DEBUG1 that so many take part besides the leader. To be called inside of Call.
void NoteWorkers(int workers);

}  // namespace vec::pg
