// Inserting one row: one WAL record on at most four pages.
//
// Locks, in this order: the directory page (only where the list must grow), the
// page of the chain that is full, the new page of the chain, the row page of a
// code. Readers hold one page, or a code page and then a row page: no cycle can
// form. insert_block is a hint: an insert walks on from there to the first page with
// room, so it may lag behind.
#pragma once

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory_resource>
#include <optional>
#include <utility>
#include <vector>

#include "vector/ivf/directory.hpp"
#include "vector/ivf/encoder.hpp"
#include "vector/storage/file_extent.hpp"
#include "vector/ivf/metric.hpp"
#include "vector/ivf/rank_lists.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

// The list that a row belongs to. By codes it may be one that is as near but for their
// error.
template <PageStore Store>
std::uint32_t NearestList(Store& store, const Meta& meta, const RowView& row,
                          std::pmr::memory_resource* memory) {
  const bool is_augmented = meta.metric == Metric::kInnerProduct;
  ListRanker<Store> ranker(store, meta, row, memory);
  if (!is_augmented && ranker.HasCodesFor(1)) {
    QueryEstimator estimator(meta, row.values, memory);
    std::pmr::vector<RankedList> ranked(memory);
    ranker.RankByCodes(estimator, 1, ranked);
    return std::min_element(ranked.begin(), ranked.end())->list;
  }
  const std::span<const float> values = row.values;
  const float augment =
      is_augmented
          ? Augment(meta.max_norm_squared,
                    simd::Active().inner_product(values.data(), values.data(), values.size()))
          : 0.0f;
  std::pmr::vector<float> scores(meta.lists, memory);
  CentroidScorer scorer(meta, is_augmented ? Metric::kL2 : meta.metric, row, memory);
  ScanDirectory(store, meta, [&](std::uint32_t slice, std::uint32_t first, const auto& page) {
    scorer.AddPage(slice, page, &scores[first]);
    for (std::size_t i = 0; is_augmented && slice == 0 && i < page.count(); ++i) {
      const float difference = augment - page.heads()[i].augment;
      scores[first + i] += difference * difference;
    }
  });
  scorer.Finish(scores);
  return static_cast<std::uint32_t>(std::min_element(scores.begin(), scores.end()) -
                                    scores.begin());
}

namespace internal {

// What both kinds of list share: finding the page to insert into, and growing.
// `Derived` appends to a page of its kind:
//   bool HasRoom(const std::byte* page, BlockId block)
//   bool Append(Record&, std::byte* page, BlockId block, ListHead* head)
//     stores the row where the page has room; `head` where the directory page is
//     in the record
//   PageKind kKind
template <PageStore Store, typename Derived>
class ChainInserter {
 public:
  using Record = decltype(std::declval<Store&>().Begin());

  ChainInserter(Store& store, const Meta& meta, std::uint32_t list)
      : store_(store), meta_(meta), list_(list), file_(store) {}

  void Run() {
    for (;;) {
      store_.CheckInterrupts();
      ReadHead();
      const BlockId block = FindRoom(head_.insert_block);
      if (block != kNoBlock && TryAppend(block)) {
        if (block != head_.insert_block) MoveInsertBlock(block);
        return;
      }
      if (Grow(block)) return;
    }
  }

 protected:
  // A damaged link must not lead out of the file.
  BlockId Checked(BlockId block) {
    if (block != kNoBlock && !file_.Contains(block)) {
      ThrowCorrupted("Broken chain of pages", block);
    }
    return block;
  }

  Store& store_;
  const Meta& meta_;
  std::uint32_t list_;
  FileExtent<Store> file_;
  ListHead head_{};  // as read last, without its lock

 private:
  Derived& Self() { return static_cast<Derived&>(*this); }

  void ReadHead() {
    const BlockId block = DirectoryBlock(meta_, list_);
    const auto guard = store_.Read(block);
    head_ = ViewDirectoryPage(meta_, guard.page(), block).heads()[DirectorySlot(meta_, list_)];
    Checked(head_.insert_block);
  }

  // The first page with room from `block` on, or the last of the chain: full pages
  // cost no record.
  BlockId FindRoom(BlockId block) {
    if (block == kNoBlock) return block;
    for (BlockId steps = 0;; ++steps) {
      store_.CheckInterrupts();
      if (!file_.Contains(steps)) ThrowCorrupted("Broken chain of pages", block);
      const auto guard = store_.Read(block);
      if (Self().HasRoom(guard.page(), block)) break;
      const BlockId next = Checked(TrailerOf(guard.page()).next);
      if (next == kNoBlock) break;
      block = next;
    }
    return block;
  }

  // Saves later inserts the walk. Only a hint: whoever was faster is right.
  void MoveInsertBlock(BlockId block) {
    auto record = store_.Begin();
    ListHead& head = EditHead(record);
    if (head.insert_block != head_.insert_block) return;
    head.insert_block = block;
    record.Commit();
  }

  ListHead& EditHead(Record& record) {
    const BlockId directory = DirectoryBlock(meta_, list_);
    std::byte* page = record.Modify(directory);
    (void)ViewDirectoryPage(meta_, page, directory);
    return MutableDirectoryPage(page, SliceBytes(meta_), sizeof(Trailer))
        .head(DirectorySlot(meta_, list_));
  }

  bool TryAppend(BlockId block) {
    auto record = store_.Begin();
    if (!Self().Append(record, record.Modify(block), block, nullptr)) return false;
    record.Commit();
    return true;
  }

  // Appends to `last`, or to a new page behind it, where that takes the directory
  // page. Returns whether the row was stored; if not, somebody else was here.
  bool Grow(BlockId last) {
    auto record = store_.Begin();
    ListHead& head = EditHead(record);
    if (head.insert_block != head_.insert_block) return false;

    std::byte* last_page = nullptr;
    if (last != kNoBlock) {
      last_page = record.Modify(last);
      head.insert_block = last;
      if (Self().Append(record, last_page, last, &head)) {
        record.Commit();
        return true;
      }
      if (TrailerOf(last_page).next != kNoBlock) return false;
    }
    const auto [block, page] = record.Extend();
    FormatIvfPage(page, Derived::kKind, list_);
    if (last_page != nullptr) TrailerOf(last_page).next = block;
    if (head.first_block == kNoBlock) head.first_block = block;
    head.insert_block = block;
    if (!Self().Append(record, page, block, &head)) return false;  // lost a race: once more
    record.Commit();
    return true;
  }
};

template <PageStore Store>
class PlainInserter : public ChainInserter<Store, PlainInserter<Store>> {
 public:
  using Base = ChainInserter<Store, PlainInserter<Store>>;
  static constexpr PageKind kKind = PageKind::kRows;

  PlainInserter(Store& store, const Meta& meta, std::uint32_t list, HeapTid tid, const RowView& row)
      : Base(store, meta, list), tid_(tid), stored_(row.stored) {}

  bool HasRoom(const std::byte* page, BlockId block) {
    return ViewRows(this->meta_, page, block, this->list_).HasRoom();
  }

  bool Append(typename Base::Record&, std::byte* page, BlockId block, ListHead*) {
    if (!HasRoom(page, block)) return false;
    MutableListRows(page, StoredBytes(this->meta_), sizeof(Trailer)).Append(tid_, stored_.data());
    return true;
  }

 private:
  HeapTid tid_;
  std::span<const std::byte> stored_;
};

template <PageStore Store>
class CodedInserter : public ChainInserter<Store, CodedInserter<Store>> {
 public:
  using Base = ChainInserter<Store, CodedInserter<Store>>;
  static constexpr PageKind kKind = PageKind::kCodes;

  CodedInserter(Store& store, const Meta& meta, std::uint32_t list, HeapTid tid, const RowView& row,
                const EncodedRow& encoded)
      : Base(store, meta, list), tid_(tid), stored_(row.stored), encoded_(encoded) {}

  bool HasRoom(const std::byte* bytes, BlockId block) {
    return CodePage(this->meta_, bytes, block, this->list_).HasRoom();
  }

  bool Append(typename Base::Record& record, std::byte* bytes, BlockId block, ListHead* head) {
    MutableCodePage page(this->meta_, bytes, block, this->list_);
    const std::optional<std::size_t> lane = page.TakeLane();
    if (!lane) return false;
    code_page_ = block;
    const std::optional<RowRef> ref = StoreRow(record, page.View().row(*lane), head);
    if (!ref) return false;
    page.Store(*lane, encoded_, tid_, *ref);
    return true;
  }

 private:
  // Puts the vector where the lane had one before, into the row page that takes
  // inserts, or, where the directory can be told, into a new one.
  std::optional<RowRef> StoreRow(typename Base::Record& record, RowRef before, ListHead* head) {
    if (this->meta_.vectors == Vectors::kHeap) return RowRef{kNoBlock, 0};
    if (before.block != kNoBlock) return Replace(record, before);
    const BlockId current = NotHeld(head != nullptr ? head->rows_block : this->head_.rows_block);
    // A full page must not enter the record: it holds four at most.
    if (current != kNoBlock && HasRoomForRow(this->Checked(current))) {
      MutableListRows page = Rows(record.Modify(current), current);
      if (!page.HasRoom()) return std::nullopt;
      page.Append(tid_, stored_.data());
      return RowRef{current, static_cast<std::uint16_t>(page.count() - 1)};
    }
    if (head == nullptr) return std::nullopt;
    const auto [block, bytes] = record.Extend();
    FormatIvfPage(bytes, PageKind::kRows, this->list_);
    MutableListRows(bytes, RowBytes(this->meta_), sizeof(Trailer)).Append(tid_, stored_.data());
    head->rows_block = block;
    return RowRef{block, 0};
  }

  std::optional<RowRef> Replace(typename Base::Record& record, RowRef ref) {
    std::byte* bytes = record.Modify(this->Checked(NotHeld(ref.block)));
    MutableListRows page = Rows(bytes, ref.block);
    if (ref.slot >= page.count()) ThrowCorrupted("Code without its row", ref.block);
    page.Replace(ref.slot, tid_, stored_.data());
    return ref;
  }

  // A damaged place must not make us wait for a lock that we hold.
  BlockId NotHeld(BlockId block) {
    if (block == code_page_ || block == DirectoryBlock(this->meta_, this->list_)) {
      ThrowCorrupted("Row in a page of another kind", block);
    }
    return block;
  }

  bool HasRoomForRow(BlockId block) {
    const auto guard = this->store_.Read(block);
    return ViewRows(this->meta_, guard.page(), block, this->list_).HasRoom();
  }

  MutableListRows Rows(std::byte* bytes, BlockId block) {
    (void)ViewRows(this->meta_, bytes, block, this->list_);
    return {bytes, RowBytes(this->meta_), sizeof(Trailer)};
  }

  HeapTid tid_;
  std::span<const std::byte> stored_;
  const EncodedRow& encoded_;
  BlockId code_page_ = kNoBlock;  // held while the row is stored
};

}  // namespace internal

// Adds a row.
template <PageStore Store>
void Insert(Store& store, const Meta& meta, HeapTid tid, const RowView& row,
            std::pmr::memory_resource* memory) {
  const std::uint32_t list = NearestList(store, meta, row, memory);
  if (meta.codec == Codec::kNone) {
    internal::PlainInserter<Store>(store, meta, list, tid, row).Run();
    return;
  }
  std::pmr::vector<float> centroid(meta.dims, 0.0f, memory);
  ReadCentroid(store, meta, list, std::span<float>(centroid));
  Encoder encoder(meta, memory);
  encoder.SetCentroid(centroid);
  const EncodedRow encoded = encoder.Encode(row.values);
  internal::CodedInserter<Store>(store, meta, list, tid, row, encoded).Run();
}

}  // namespace vec::ivf
