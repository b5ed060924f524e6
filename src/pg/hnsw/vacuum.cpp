#include "vector/hnsw/vacuum.hpp"

#include "vector/pg/buffer_store.hpp"
#include "vector/pg/hnsw/hnsw.hpp"
#include "vector/pg/hnsw/insert_lock.hpp"
#include "vector/pg/hnsw/meta.hpp"
#include "vector/pg/memory.hpp"

namespace vec::pg::hnsw {

namespace {

// What vacuum asks of PostgreSQL.
class Hooks {
 public:
  Hooks(Relation index, IndexBulkDeleteCallback callback, void* state)
      : index_(index), callback_(callback), state_(state) {}

  void AreDead(std::span<const HeapTid> tids, std::span<bool> dead) {
    Call([&] {
      for (std::size_t i = 0; i < tids.size(); ++i) {
        ItemPointerData tid = std::bit_cast<ItemPointerData>(tids[i]);
        dead[i] = callback_(&tid, state_);
      }
    });
  }
  void FreePage(BlockId block) {
    Call([&] { RecordFreeIndexPage(index_, block); });
  }
  void Delay() {
    Call([] { VacuumDelayPoint(); });
  }
  void WaitForInserts() { InsertLock::WaitForInserts(index_); }

 private:
  Relation index_;
  IndexBulkDeleteCallback callback_;
  void* state_;
};

}  // namespace

IndexBulkDeleteResult* BulkDelete(IndexVacuumInfo* info, IndexBulkDeleteResult* stats,
                                  IndexBulkDeleteCallback callback, void* state) {
  if (stats == nullptr) {
    stats = Call(
        [] { return static_cast<IndexBulkDeleteResult*>(palloc0(sizeof(IndexBulkDeleteResult))); });
  }
  ContextResource memory(CurrentMemoryContext);
  const vec::hnsw::Meta meta = MetaOf(info->index);
  SparePages spares(info->index, info->index);
  BufferStore store(info->index, spares, info->strategy);
  Hooks hooks(info->index, callback, state);
  const vec::hnsw::VacuumCounts counts =
      vec::hnsw::Vacuum<BufferStore, Hooks>(store, meta, hooks, &memory).Run();
  spares.Finish();

  stats->tuples_removed += static_cast<double>(counts.removed);
  stats->num_index_tuples = static_cast<double>(counts.remaining);
  stats->estimated_count = false;
  stats->pages_free = counts.unused_pages;
  return stats;
}

IndexBulkDeleteResult* VacuumCleanup(IndexVacuumInfo* info, IndexBulkDeleteResult* stats) {
  if (info->analyze_only || stats == nullptr) return stats;
  Call([&] {
    stats->num_pages = RelationGetNumberOfBlocks(info->index);
    if (stats->pages_free > 0) IndexFreeSpaceMapVacuum(info->index);
  });
  return stats;
}

}  // namespace vec::pg::hnsw
