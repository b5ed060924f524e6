#include "vector/pg/build_workers.hpp"

#include <algorithm>

#include "vector/pg/guard.hpp"

namespace vec::pg {

namespace {

// As the core asks for B-tree builds.
constexpr int kMinKbPerParticipant = 32 * 1024;

// The planner looks at the main fork only, but vectors are usually toasted. No
// expression or predicate needs a check of its own here: where there is one, the
// planner's answer stands.
int WorkersForToast(Relation heap, const IndexInfo* info) {
  const Oid toast = heap->rd_rel->reltoastrelid;
  const bool is_plain = info->ii_Expressions == NIL && info->ii_Predicate == NIL;
  const int declared = RelationGetParallelWorkers(heap, -1);
  if (!OidIsValid(toast) || !is_plain || declared != -1 || RelationUsesLocalBuffers(heap)) return 0;
  const BlockNumber blocks = Call([&] {
    Relation relation = table_open(toast, AccessShareLock);
    const BlockNumber count = RelationGetNumberOfBlocks(relation);
    table_close(relation, AccessShareLock);
    return count;
  });
  if (blocks < static_cast<BlockNumber>(min_parallel_table_scan_size)) return 0;
  const int by_memory = maintenance_work_mem / kMinKbPerParticipant - 1;
  return std::clamp(by_memory, 0, max_parallel_maintenance_workers);
}

}  // namespace

int PlanWorkers(Relation heap, Relation index, const IndexInfo* info) {
  const int planned = Call(
      [&] { return plan_create_index_workers(RelationGetRelid(heap), RelationGetRelid(index)); });
  return planned > 0 ? planned : WorkersForToast(heap, info);
}

}  // namespace vec::pg
