// How many processes or threads may take part in a build.
#pragma once

#include "vector/pg/postgres.hpp"

namespace vec::pg {

// How many workers, the leader not counted, the planner and the settings allow.
int PlanWorkers(Relation heap, Relation index, const IndexInfo* info);

}  // namespace vec::pg
