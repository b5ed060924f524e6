#include "vector/ivf/vacuum.hpp"

#include "vector/pg/buffer_store.hpp"
#include "vector/pg/ivfflat/ivfflat.hpp"
#include "vector/pg/ivfflat/meta.hpp"
#include "vector/pg/memory.hpp"

namespace vec::pg::ivfflat {

namespace {

// Gives the transaction a number, which is the one that free pages wait for or a later one: so
// that the transaction after it may use them, even where nobody else takes numbers. What runs
// beside parallel workers cannot get one, and where they have nearly run out vacuum must go on
// without: then the pages wait for another transaction.
void TakeTransactionNumber() {
  if (IsInParallelMode() || IsShortOfTransactions()) return;
  (void)GetTopTransactionId();
}

}  // namespace

IndexBulkDeleteResult* BulkDelete(IndexVacuumInfo* info, IndexBulkDeleteResult* stats,
                                  IndexBulkDeleteCallback callback, void* state) {
  if (stats == nullptr) {
    stats = Call(
        [] { return static_cast<IndexBulkDeleteResult*>(palloc0(sizeof(IndexBulkDeleteResult))); });
  }
  const auto is_dead = [&](std::span<const HeapTid> tids, std::span<bool> dead) {
    Call([&] {
      for (std::size_t i = 0; i < tids.size(); ++i) {
        ItemPointerData tid = std::bit_cast<ItemPointerData>(tids[i]);
        dead[i] = callback(&tid, state);
      }
    });
  };
  const auto free_page = [&](BlockId block) {
    Call([&] { RecordFreeIndexPage(info->index, block); });
  };
  const auto delay = [] { Call([] { VacuumDelayPoint(); }); };

  ContextResource memory(CurrentMemoryContext);
  const ivf::Meta meta = MetaOf(info->index);
  BufferStore store(info->index, info->strategy);
  const ivf::VacuumCounts counts =
      ivf::Vacuum(store, meta, is_dead, free_page, delay, &memory).Run();

  stats->tuples_removed += static_cast<double>(counts.removed);
  stats->num_index_tuples = static_cast<double>(counts.remaining);
  stats->estimated_count = false;
  stats->pages_newly_deleted += counts.freed_pages;
  stats->pages_deleted = counts.free_pages;
  stats->pages_free = counts.unused_pages + counts.free_pages;
  return stats;
}

IndexBulkDeleteResult* VacuumCleanup(IndexVacuumInfo* info, IndexBulkDeleteResult* stats) {
  if (info->analyze_only || stats == nullptr) return stats;
  Call([&] {
    stats->num_pages = RelationGetNumberOfBlocks(info->index);
    if (stats->pages_free > 0) IndexFreeSpaceMapVacuum(info->index);
    if (stats->pages_newly_deleted > 0) TakeTransactionNumber();
  });
  return stats;
}

}  // namespace vec::pg::ivfflat
