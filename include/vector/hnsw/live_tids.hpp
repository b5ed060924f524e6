// The heap TIDs that an index has, each while its page is locked: for checks of what must hold at
// one moment.
#pragma once

#include "vector/hnsw/check_rows.hpp"

namespace vec::hnsw {

// Calls visit(block, item, tid) for live nodes and for lists of duplicates on all pages, shared
// locked; it may call nothing of the store. A list belongs to a live node as long as it has a TID.
// Pages that are damaged are passed by.
template <PageStore Store, typename Visit>
void ForEachLiveTid(Store& store, const Meta& meta, Visit visit) {
  const NodeShape shape(meta);
  const BlockId blocks = store.BlockCount();
  for (BlockId block = kStateBlock + 1; block < blocks; ++block) {
    store.CheckInterrupts();
    const auto guard = store.Read(block);
    ForEachNodeOf(shape, guard.page(), block, [&](std::size_t slot, const NodeView& node) {
      if (node.is_live()) visit(block, slot, node.head().tid);
    });
    if (!IsPage(guard.page(), PageKind::kItems) || !ItemPage::HasLayout(guard.page())) continue;
    const ItemPage page(guard.page(), block);
    for (std::size_t slot = 0; slot < page.lines(); ++slot) {
      if (page.IsFree(slot) || !page.HasItem(slot)) continue;
      const Item item = page.item(slot);
      if (item.kind != ItemKind::kTids) continue;
      for (const HeapTid tid : item.tids()) {
        if (tid.offset != 0) visit(block, slot, tid);
      }
    }
  }
}

}  // namespace vec::hnsw
