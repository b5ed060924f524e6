// The heap TIDs that an index has, each while its page is locked: for checks of what must hold at
// one moment.
#pragma once

#include "vector/ivf/code_page.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

// Calls visit(block, item, tid) for the rows of lists on all pages, shared locked; it may call
// nothing of the store. Pages that are damaged are passed by.
template <PageStore Store, typename Visit>
void ForEachLiveTid(Store& store, const Meta& meta, Visit visit) {
  const BlockId blocks = store.BlockCount();
  const bool has_codes = meta.codec != Codec::kNone;
  for (BlockId block = kMetaBlock + 1; block < blocks; ++block) {
    store.CheckInterrupts();
    const auto guard = store.Read(block);
    const std::byte* bytes = guard.page();
    if (IsUnformatted(bytes) || !IsPageOf(bytes, has_codes ? PageKind::kCodes : PageKind::kRows) ||
        TrailerOf(bytes).list == kCentroids) {
      continue;
    }
    if (has_codes && CodePage::HasLayout(meta, bytes)) {
      const CodePage page(meta, bytes, block, TrailerOf(bytes).list);
      page.ForEachLive([&](std::size_t lane) { visit(block, lane, page.tid(lane)); });
    } else if (!has_codes && ListRows::HasLayout(bytes, StoredBytes(meta), sizeof(Trailer))) {
      const ListRows page(bytes, StoredBytes(meta), sizeof(Trailer));
      for (std::size_t i = 0; i < page.count(); ++i) visit(block, i, page.heads()[i]);
    }
  }
}

}  // namespace vec::ivf
