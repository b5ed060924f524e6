#include "vector/pg/build_workers.hpp"

#include <algorithm>

#include "vector/base/workers.hpp"
#include "vector/pg/guard.hpp"

namespace vec::pg {

namespace {

// Lets the planner, which asks for kLeastKbOfBtree a participant, ask for another amount: the
// setting is what it compares that with, and it reads it nowhere else.
class MemoryForPlanner {
 public:
  explicit MemoryForPlanner(int least_kb) : setting_(maintenance_work_mem) {
    const std::int64_t scaled = std::int64_t{setting_} * kLeastKbOfBtree / least_kb;
    maintenance_work_mem = static_cast<int>(std::min<std::int64_t>(scaled, MAX_KILOBYTES));
  }
  ~MemoryForPlanner() { maintenance_work_mem = setting_; }
  MemoryForPlanner(const MemoryForPlanner&) = delete;
  MemoryForPlanner& operator=(const MemoryForPlanner&) = delete;

 private:
  int setting_;
};

// The planner looks at the main fork only, but vectors are usually toasted. No
// expression or predicate needs a check of its own here: where there is one, the
// planner's answer stands.
int WorkersForToast(Relation heap, const IndexInfo* info, int least_kb) {
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
  const int by_memory = maintenance_work_mem / least_kb - 1;
  return std::clamp(by_memory, 0, max_parallel_maintenance_workers);
}

// A session that is terminated ends within the report of the threads' work, with no destructor
// run, and gives back the memory that they work on.
void StopThreads(int, Datum) { Workers::StopAll(); }

// Once a process: what is called before it gives anything back. Last registered, first called.
void StopThreadsAtExit() {
  static bool is_registered = false;
  if (is_registered) return;
  Call([] { before_shmem_exit(StopThreads, 0); });
  is_registered = true;
}

}  // namespace

int PlanWorkers(Relation heap, Relation index, const IndexInfo* info, int least_kb) {
  int planned = 0;
  {
    const MemoryForPlanner memory(least_kb);
    planned = Call(
        [&] { return plan_create_index_workers(RelationGetRelid(heap), RelationGetRelid(index)); });
  }
  if (planned == 0) planned = WorkersForToast(heap, info, least_kb);
  if (planned > 0) StopThreadsAtExit();
  return planned;
}

void NoteWorkers(int workers) {
  ereport(DEBUG1, (errmsg_internal("using %d parallel workers", workers)));
}

}  // namespace vec::pg
