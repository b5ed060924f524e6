// Removing dead rows: one pass over the file, then a walk over the lists that changed.
//
// Rows never move between pages, so a row that is dead at the start is found on
// the page where it lies, whatever inserts do meanwhile; pages added after the
// start hold no dead rows. Each page changes in one record.
//
// A code that dies leaves its vector where it is, for the next row of its lane, until all
// of the row page are dead: then its lanes forget it, and the page becomes free. Pages of
// a chain that hold no row are taken out of it, and every list that changed is told its
// first page with room. Free pages go to inserts of any list (free_page.hpp).
//
// Each record leaves a valid index: what a crash keeps from being taken out is empty at
// the next vacuum, too. Locks are taken in the order of insert.hpp. Only vacuum takes
// pages out of chains, and there is one at a time.
#pragma once

#include <algorithm>
#include <memory_resource>
#include <vector>

#include "vector/ivf/code_page.hpp"
#include "vector/storage/file_extent.hpp"
#include "vector/ivf/free_page.hpp"
#include "vector/ivf/row_slots.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

struct VacuumCounts {
  std::uint64_t removed = 0;
  std::uint64_t remaining = 0;
  BlockId pages = 0;
  BlockId unused_pages = 0;  // never linked
  BlockId free_pages = 0;    // out of use, those of this vacuum included
  BlockId freed_pages = 0;   // by this vacuum
};

// `is_dead(tids, dead)` sets dead[i] for each heap TID; `free_page(block)` is told all
// pages that inserts may take: free ones, and what a crash left unformatted; `delay()`
// runs between pages, with no lock held.
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
        has_codes_(meta.codec != Codec::kNone),
        file_(store),
        tids_(memory),
        dead_(has_codes_ ? LanesPerPage(meta)
                         : RowsPerPage<HeapTid>(StoredBytes(meta), sizeof(Trailer)),
              memory),
        dead_rows_(memory),
        live_rows_(memory),
        lists_(meta.lists, memory) {
    tids_.reserve(dead_.size());
    dead_rows_.reserve(dead_.size());
    live_rows_.reserve(dead_.size());
  }

  VacuumCounts Run() {
    counts_.pages = store_.BlockCount();
    for (BlockId block = kMetaBlock + 1; block < counts_.pages; ++block) {
      Pause();
      VisitPage(block);
    }
    for (std::uint32_t list = 0; list < meta_.lists; ++list) {
      if (lists_[list].got_room || lists_[list].empty_pages > 0) WalkList(list);
    }
    return counts_;
  }

 private:
  struct ListState {
    BlockId empty_pages = 0;
    bool got_room = false;
  };

  void Pause() {
    delay_();
    store_.CheckInterrupts();
  }

  void VisitPage(BlockId block) {
    std::size_t removed = 0;
    std::size_t rows = 0;
    std::uint32_t list = 0;
    {
      const auto guard = store_.Read(block);
      if (IsUnformatted(guard.page())) {
        ++counts_.unused_pages;
        free_page_(block);
        return;
      }
      if (IsFree(guard.page())) {
        CheckPage(guard.page(), PageKind::kFree, block);
        ++counts_.free_pages;
        free_page_(block);
        return;
      }
      if (!IsInChain(guard.page(), block)) return;
      list = TrailerOf(guard.page()).list;
      rows = CollectTids(guard.page(), block);
      removed = MarkDead();
    }
    if (removed > 0) {
      rows = RemoveDead(block, removed);
      lists_[list].got_room = true;
    }
    counts_.remaining += rows;
    counts_.removed += removed;
    if (has_codes_ && meta_.vectors == Vectors::kIndex && rows < lanes_) ReleaseRows(block);
    if (rows == 0) ++lists_[list].empty_pages;
  }

  // Whether rows are listed on this page: row pages only where there are no codes.
  bool IsInChain(const std::byte* page, BlockId block) {
    const PageKind kind = TrailerOf(page).kind;
    if (kind == PageKind::kDirectory) return false;
    if (kind == PageKind::kRows && has_codes_) return false;
    CheckPage(page, has_codes_ ? PageKind::kCodes : PageKind::kRows, block);
    if (TrailerOf(page).list == kCentroids) return false;
    if (TrailerOf(page).list >= meta_.lists) ThrowCorrupted("Page of an unknown list", block);
    return true;
  }

  // Puts the heap TIDs of a page into tids_, and returns how many there are.
  std::size_t CollectTids(const std::byte* bytes, BlockId block) {
    tids_.clear();
    if (!has_codes_) {
      const ListRows page(bytes, StoredBytes(meta_), sizeof(Trailer));
      tids_.insert(tids_.end(), page.heads().begin(), page.heads().end());
      return tids_.size();
    }
    const CodePage page(meta_, bytes, block, TrailerOf(bytes).list);
    page.ForEachLive([&](std::size_t lane) { tids_.push_back(page.tid(lane)); });
    lanes_ = page.lanes();
    return tids_.size();
  }

  std::size_t MarkDead() {
    const std::span<bool> dead(reinterpret_cast<bool*>(dead_.data()), tids_.size());
    is_dead_(std::span<const HeapTid>(tids_), dead);
    return static_cast<std::size_t>(std::count(dead.begin(), dead.end(), true));
  }

  // The page may have changed since it was read: asks again under its lock. Returns how
  // many rows are left.
  std::size_t RemoveDead(BlockId block, std::size_t& removed) {
    auto record = store_.Begin();
    std::byte* image = record.Modify(block);
    if (!IsInChain(image, block)) ThrowCorrupted("Page of an unexpected kind", block);
    const std::size_t rows = CollectTids(image, block);
    removed = MarkDead();
    if (has_codes_) {
      RemoveCodes(image, block);
    } else {
      RemoveRows(image);
    }
    record.Commit();
    return rows - removed;
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

  // Gives back the row pages of a code page whose rows are all dead.
  void ReleaseRows(BlockId block) {
    bool is_empty = false;
    {
      const auto guard = store_.Read(block);
      const CodePage page(meta_, guard.page(), block, TrailerOf(guard.page()).list);
      dead_rows_.clear();
      live_rows_.clear();
      for (std::size_t lane = 0; lane < page.lanes(); ++lane) {
        (page.IsLive(lane) ? live_rows_ : dead_rows_).push_back(page.row(lane).block);
      }
      is_empty = live_rows_.empty();
    }
    std::sort(dead_rows_.begin(), dead_rows_.end());
    std::sort(live_rows_.begin(), live_rows_.end());
    for (auto row = dead_rows_.begin(); row != dead_rows_.end() && *row != kNoBlock;) {
      const auto next = std::find_if(row, dead_rows_.end(), [&](BlockId b) { return b != *row; });
      if (!std::binary_search(live_rows_.begin(), live_rows_.end(), *row)) {
        Pause();
        const auto slots = static_cast<std::size_t>(next - row);
        if (is_empty || OwnsAll(slots, *row)) ReleaseRowPage(block, *row);
      }
      row = next;
    }
  }

  // Whether a row page has no more slots with an owner than that. Row pages are shared
  // by the code pages that were filled one after the other.
  bool OwnsAll(std::size_t slots, BlockId block) {
    if (!file_.Contains(block)) ThrowCorrupted("Code without its row", block);
    const auto guard = store_.Read(block);
    CheckPage(guard.page(), PageKind::kRows, block);
    return CountOwned(ListRows(guard.page(), StoredBytes(meta_), sizeof(Trailer))) == slots;
  }

  // Takes the slots of dead lanes on a row page from a code page. Where none with an
  // owner is left, the row page becomes free; else the code page must be an empty one.
  void ReleaseRowPage(BlockId code_block, BlockId row_block) {
    if (!file_.Contains(row_block) || row_block == code_block) {
      ThrowCorrupted("Code without its row", code_block);
    }
    RaiseVersion();
    auto record = store_.Begin();
    std::byte* code_image = record.Modify(code_block);
    const std::uint32_t list = TrailerOf(code_image).list;
    MutableCodePage codes(meta_, code_image, code_block, list);
    std::byte* row_image = record.Modify(row_block);
    const ListRows rows = ViewRows(meta_, row_image, row_block, list);
    MutableListRows slots(row_image, StoredBytes(meta_), sizeof(Trailer));
    bool is_empty = true;
    for (std::size_t lane = 0; lane < codes.View().lanes(); ++lane) {
      const RowRef ref = codes.View().row(lane);
      const bool is_live = codes.View().IsLive(lane);
      is_empty = is_empty && !is_live;
      if (ref.block != row_block) continue;
      if (is_live) return;  // an insert was faster
      if (ref.slot >= slots.count()) ThrowCorrupted("Code without its row", code_block);
      slots.head(ref.slot) = kNoOwner;
      codes.ForgetRow(lane);
    }
    const bool is_free = CountOwned(rows) == 0;
    if (!is_free && !is_empty) return;
    if (is_free) FormatFreePage(row_image, store_.NextTransaction());
    record.Commit();
    if (is_free) CountFreed(row_block);
  }

  // Takes empty pages out of the chain of a list and sets insert_block to the first page
  // with room.
  void WalkList(std::uint32_t list) {
    const ListHead head = ReadHead(list);
    BlockId empty_pages = lists_[list].empty_pages;
    BlockId roomy = kNoBlock;
    BlockId last = kNoBlock;  // the page of the chain before `block`
    BlockId steps = 0;
    for (BlockId block = head.first_block;
         block != kNoBlock && (empty_pages > 0 || roomy == kNoBlock);) {
      Pause();
      if (!file_.Contains(std::max(block, steps++))) ThrowCorrupted("Broken chain of pages", block);
      const ChainPage page = Look(block, list);
      if (page.is_empty && Unlink(list, last, block)) {
        --empty_pages;
      } else {
        if (page.has_room && roomy == kNoBlock) roomy = block;
        last = block;
      }
      block = page.next;
    }
    if (roomy != kNoBlock && ReadHead(list).insert_block != roomy) SetInsertBlock(list, roomy);
  }

  struct ChainPage {
    BlockId next;
    bool is_empty;  // holds no row, nor the place of one
    bool has_room;
  };

  ChainPage Look(BlockId block, std::uint32_t list) {
    const auto guard = store_.Read(block);
    const std::byte* page = guard.page();
    const bool has_room = has_codes_ ? CodePage(meta_, page, block, list).HasRoom()
                                     : ViewRows(meta_, page, block, list).HasRoom();
    return {TrailerOf(page).next, IsEmpty(page, block, list), has_room};
  }

  bool IsEmpty(const std::byte* bytes, BlockId block, std::uint32_t list) const {
    if (!has_codes_) return ViewRows(meta_, bytes, block, list).count() == 0;
    const CodePage page(meta_, bytes, block, list);
    for (std::size_t lane = 0; lane < page.lanes(); ++lane) {
      if (page.IsLive(lane) || page.row(lane).block != kNoBlock) return false;
    }
    return true;
  }

  // Makes a page of a chain free; `last` is the one before it. Returns false where an
  // insert was faster.
  bool Unlink(std::uint32_t list, BlockId last, BlockId block) {
    RaiseVersion();
    auto record = store_.Begin();
    ListHead& head = EditHead(record, list);
    std::byte* last_image = last != kNoBlock ? record.Modify(last) : nullptr;
    std::byte* image = record.Modify(block);
    if (!IsEmpty(image, block, list)) return false;
    BlockId& link = last_image != nullptr ? TrailerOf(last_image).next : head.first_block;
    if (link != block) ThrowCorrupted("Broken chain of pages", block);
    const BlockId next = TrailerOf(image).next;
    link = next;
    if (last == kNoBlock) {
      const bool is_in_extent = next > block && next - block < head.extent_blocks;
      head.extent_blocks = is_in_extent ? head.extent_blocks - (next - block) : 0;
    }
    if (head.insert_block == block) head.insert_block = next != kNoBlock ? next : last;
    FormatFreePage(image, store_.NextTransaction());
    record.Commit();
    CountFreed(block);
    return true;
  }

  void SetInsertBlock(std::uint32_t list, BlockId block) {
    auto record = store_.Begin();
    EditHead(record, list).insert_block = block;
    record.Commit();
  }

  ListHead ReadHead(std::uint32_t list) {
    const BlockId block = DirectoryBlock(meta_, list);
    const auto guard = store_.Read(block);
    return ViewDirectoryPage(meta_, guard.page(), block).heads()[DirectorySlot(meta_, list)];
  }

  template <typename Record>
  ListHead& EditHead(Record& record, std::uint32_t list) {
    const BlockId block = DirectoryBlock(meta_, list);
    std::byte* image = record.Modify(block);
    (void)ViewDirectoryPage(meta_, image, block);
    return MutableDirectoryPage(image, SliceBytes(meta_), sizeof(Trailer))
        .head(DirectorySlot(meta_, list));
  }

  // Libraries that know no free pages must not open an index that has them.
  void RaiseVersion() {
    if (has_free_pages_ || meta_.version >= kFreePagesVersion) return;
    has_free_pages_ = true;
    auto record = store_.Begin();
    std::byte* image = record.Modify(kMetaBlock);
    Meta meta = ReadMeta(image);
    if (meta.version >= kFreePagesVersion) return;
    meta.version = kFreePagesVersion;
    WriteMeta(image, meta);
    record.Commit();
  }

  void CountFreed(BlockId block) {
    ++counts_.free_pages;
    ++counts_.freed_pages;
    free_page_(block);
  }

  Store& store_;
  const Meta& meta_;
  IsDead is_dead_;
  FreePage free_page_;
  Delay delay_;
  bool has_codes_;
  bool has_free_pages_ = false;  // as the meta page says by now
  FileExtent<Store> file_;
  std::size_t lanes_ = 0;                 // of one page
  std::pmr::vector<HeapTid> tids_;        // of one page
  std::pmr::vector<unsigned char> dead_;  // of one page
  std::pmr::vector<BlockId> dead_rows_;   // row pages of the lanes of one page
  std::pmr::vector<BlockId> live_rows_;
  std::pmr::vector<ListState> lists_;
  VacuumCounts counts_;
};

}  // namespace vec::ivf
