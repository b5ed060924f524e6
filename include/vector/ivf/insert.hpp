// Inserting one row: one WAL record on at most three pages.
//
// Locks, in this order: the directory page (only where the list must grow), the
// page that is full, the new page. A reader holds one page at a time, so no
// cycle can form. A crash between two records leaves a list whose insert_block
// lags behind; the next insert walks on from there.
#pragma once

#include <limits>
#include <memory_resource>
#include <vector>

#include "vector/ivf/metric.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

// The list that a row belongs to.
template <PageStore Store>
std::uint32_t NearestList(Store& store, const Meta& meta, std::span<const float> row,
                          std::pmr::memory_resource* memory) {
  std::pmr::vector<float> scores(meta.directory_per_page, memory);
  float best_score = std::numeric_limits<float>::infinity();
  std::uint32_t best = 0;
  for (std::uint32_t first = 0; first < meta.lists; first += meta.directory_per_page) {
    store.CheckInterrupts();
    const BlockId block = DirectoryBlock(meta, first);
    const auto guard = store.Read(block);
    const DirectoryPage page = ViewDirectoryPage(meta, guard.page(), block);
    ScoreListsForInsert(meta, simd::Active(), row, page, scores.data());
    for (std::size_t i = 0; i < page.count(); ++i) {
      if (scores[i] < best_score) {
        best_score = scores[i];
        best = first + static_cast<std::uint32_t>(i);
      }
    }
  }
  return best;
}

namespace internal {

template <PageStore Store>
class Inserter {
 public:
  Inserter(Store& store, const Meta& meta, std::uint32_t list, HeapTid tid,
           std::span<const float> row)
      : store_(store), meta_(meta), list_(list), tid_(tid), row_(row) {}

  void Run() {
    for (;;) {
      store_.CheckInterrupts();
      const BlockId block = InsertBlock();
      if (block != kNoBlock && TryAppend(block)) return;
      if (Grow(block)) return;
    }
  }

 private:
  BlockId InsertBlock() {
    const BlockId block = DirectoryBlock(meta_, list_);
    const auto guard = store_.Read(block);
    return Checked(ViewDirectoryPage(meta_, guard.page(), block)
                       .heads()[DirectorySlot(meta_, list_)]
                       .insert_block);
  }

  // A damaged link must not lead out of the file.
  BlockId Checked(BlockId block) {
    if (block != kNoBlock && block >= store_.BlockCount()) {
      ThrowCorrupted("Broken chain of list pages", block);
    }
    return block;
  }

  // Looks under a shared lock first: a full page costs no record.
  bool HasRoom(BlockId block) {
    const auto guard = store_.Read(block);
    (void)ViewListPage(meta_, guard.page(), block, list_);
    const PageHeader& header = HeaderOf(guard.page());
    return header.lower + sizeof(HeapTid) + RowBytes(meta_) <= header.upper;
  }

  bool TryAppend(BlockId block) {
    if (!HasRoom(block)) return false;
    auto record = store_.Begin();
    MutableListPage page = Edit(record.Modify(block), block);
    if (!page.HasRoom()) return false;
    page.Append(tid_, row_.data());
    record.Commit();
    return true;
  }

  // Moves insert_block on from `full`: to the next page of the chain, or to a
  // new page that takes the row. Returns whether the row was stored.
  bool Grow(BlockId full) {
    auto record = store_.Begin();
    const BlockId directory = DirectoryBlock(meta_, list_);
    std::byte* directory_page = record.Modify(directory);
    (void)ViewDirectoryPage(meta_, directory_page, directory);
    MutableDirectoryPage heads(directory_page, RowBytes(meta_), sizeof(Trailer));
    ListHead& head = heads.head(DirectorySlot(meta_, list_));
    if (head.insert_block != full) return false;  // somebody else was here

    std::byte* full_page = nullptr;
    if (full != kNoBlock) {
      full_page = record.Modify(full);
      if (Edit(full_page, full).HasRoom()) return false;  // vacuum was here
      if (const BlockId next = TrailerOf(full_page).next; next != kNoBlock) {
        head.insert_block = Checked(next);
        record.Commit();
        return false;
      }
    }
    const auto [block, page] = record.Extend();
    FormatIvfPage(page, PageKind::kList, list_);
    MutableListPage(page, RowBytes(meta_), sizeof(Trailer)).Append(tid_, row_.data());
    if (full_page != nullptr) TrailerOf(full_page).next = block;
    if (head.first_block == kNoBlock) head.first_block = block;
    head.insert_block = block;
    record.Commit();
    return true;
  }

  MutableListPage Edit(std::byte* page, BlockId block) {
    (void)ViewListPage(meta_, page, block, list_);
    return {page, RowBytes(meta_), sizeof(Trailer)};
  }

  Store& store_;
  const Meta& meta_;
  std::uint32_t list_;
  HeapTid tid_;
  std::span<const float> row_;
};

}  // namespace internal

// Adds a row. `row` holds meta.dims floats, unit length for cosine.
template <PageStore Store>
void Insert(Store& store, const Meta& meta, HeapTid tid, std::span<const float> row,
            std::pmr::memory_resource* memory) {
  const std::uint32_t list = NearestList(store, meta, row, memory);
  internal::Inserter<Store>(store, meta, list, tid, row).Run();
}

}  // namespace vec::ivf
