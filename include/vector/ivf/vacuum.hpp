// Removing dead rows: one pass over the file.
//
// Rows never move between pages, so a row that is dead at the start is found on
// the page where it lies, whatever inserts do meanwhile; pages added after the
// start hold no dead rows. Each page changes in one record. Where a page of a
// chain has room afterwards, its list's insert_block is set back to it. A code
// that dies leaves its vector where it is, for the next row of its lane.
#pragma once

#include <algorithm>
#include <memory_resource>
#include <vector>

#include "vector/ivf/code_page.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

struct VacuumCounts {
  std::uint64_t removed = 0;
  std::uint64_t remaining = 0;
  BlockId pages = 0;
  BlockId unused_pages = 0;  // never linked, given to `free_page`
};

// `is_dead(tids, dead)` sets dead[i] for each heap TID; `free_page(block)` is
// told pages that a crash left unformatted; `delay()` runs between pages, with
// no lock held.
template <PageStore Store, typename IsDead, typename FreePage, typename Delay>
class Vacuum {
 public:
  Vacuum(Store& store, const Meta& meta, IsDead is_dead, FreePage free_page, Delay delay,
         std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        is_dead_(is_dead),
        free_page_(free_page),
        delay_(delay),
        tids_(memory),
        dead_(meta.codec == Codec::kNone ? RowsPerPage<HeapTid>(StoredBytes(meta), sizeof(Trailer))
                                         : LanesPerPage(meta),
              memory),
        roomy_(meta.lists, kNoBlock, memory) {
    tids_.reserve(dead_.size());
  }

  VacuumCounts Run() {
    counts_.pages = store_.BlockCount();
    for (BlockId block = kMetaBlock + 1; block < counts_.pages; ++block) {
      delay_();
      store_.CheckInterrupts();
      VisitPage(block);
    }
    for (std::uint32_t list = 0; list < meta_.lists; ++list) {
      if (roomy_[list] != kNoBlock) ResetInsertBlock(list);
    }
    return counts_;
  }

 private:
  void VisitPage(BlockId block) {
    std::size_t removed = 0;
    {
      const auto guard = store_.Read(block);
      if (IsUnformatted(guard.page())) {
        ++counts_.unused_pages;
        free_page_(block);
        return;
      }
      if (!IsInChain(guard.page(), block)) return;
      counts_.remaining += CollectTids(guard.page(), block);
      removed = MarkDead();
    }
    if (removed > 0) RemoveDead(block);
  }

  // Whether rows are listed on this page: row pages only where there are no codes.
  bool IsInChain(const std::byte* page, BlockId block) {
    const PageKind kind = TrailerOf(page).kind;
    if (kind == PageKind::kDirectory) return false;
    if (kind == PageKind::kRows && meta_.codec != Codec::kNone) return false;
    CheckPage(page, meta_.codec == Codec::kNone ? PageKind::kRows : PageKind::kCodes, block);
    if (TrailerOf(page).list == kCentroids) return false;
    if (TrailerOf(page).list >= meta_.lists) ThrowCorrupted("Page of an unknown list", block);
    return true;
  }

  // Puts the heap TIDs of a page into tids_, and returns how many there are.
  std::size_t CollectTids(const std::byte* bytes, BlockId block) {
    tids_.clear();
    if (meta_.codec == Codec::kNone) {
      const ListRows page(bytes, StoredBytes(meta_), sizeof(Trailer));
      tids_.insert(tids_.end(), page.heads().begin(), page.heads().end());
      return tids_.size();
    }
    const CodePage page(meta_, bytes, block, TrailerOf(bytes).list);
    page.ForEachLive([&](std::size_t lane) { tids_.push_back(page.tid(lane)); });
    return tids_.size();
  }

  std::size_t MarkDead() {
    const std::span<bool> dead(reinterpret_cast<bool*>(dead_.data()), tids_.size());
    is_dead_(std::span<const HeapTid>(tids_), dead);
    return static_cast<std::size_t>(std::count(dead.begin(), dead.end(), true));
  }

  // The page may have changed since it was read: asks again under its lock.
  void RemoveDead(BlockId block) {
    auto record = store_.Begin();
    std::byte* image = record.Modify(block);
    if (!IsInChain(image, block)) return;
    CollectTids(image, block);
    const std::size_t removed = MarkDead();
    if (meta_.codec == Codec::kNone) {
      RemoveRows(image);
    } else {
      RemoveCodes(image, block);
    }
    const std::uint32_t list = TrailerOf(image).list;
    record.Commit();
    counts_.removed += removed;
    counts_.remaining -= removed;
    roomy_[list] = std::min(roomy_[list], block);
  }

  void RemoveRows(std::byte* image) {
    MutableListRows page(image, StoredBytes(meta_), sizeof(Trailer));
    for (std::size_t i = page.count(); i-- > 0;) {
      if (dead_[i] != 0) page.Remove(i);
    }
  }

  void RemoveCodes(std::byte* image, BlockId block) {
    MutableCodePage page(meta_, image, block, TrailerOf(image).list);
    std::size_t at = 0;
    page.View().ForEachLive([&](std::size_t lane) {
      if (dead_[at++] != 0) page.Kill(lane);
    });
  }

  void ResetInsertBlock(std::uint32_t list) {
    auto record = store_.Begin();
    const BlockId block = DirectoryBlock(meta_, list);
    std::byte* image = record.Modify(block);
    (void)ViewDirectoryPage(meta_, image, block);
    MutableDirectoryPage page(image, SliceBytes(meta_), sizeof(Trailer));
    page.head(DirectorySlot(meta_, list)).insert_block = roomy_[list];
    record.Commit();
  }

  Store& store_;
  const Meta& meta_;
  IsDead is_dead_;
  FreePage free_page_;
  Delay delay_;
  std::pmr::vector<HeapTid> tids_;        // of one page
  std::pmr::vector<unsigned char> dead_;  // of one page
  std::pmr::vector<BlockId> roomy_;       // per list: first page that got room
  VacuumCounts counts_;
};

}  // namespace vec::ivf
