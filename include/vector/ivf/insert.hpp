// Inserting one row: one WAL record on at most four pages.
//
// Locks, in this order: the directory page (only where the chain must grow), the
// page of the chain that is full, the new page of the chain, the row page of a
// code. Readers hold one page, or a code page and then a row page: no cycle can
// form. New pages are fetched before any lock is taken.
//
// insert_block is a hint: an insert walks on from there to the first page with
// room, so it may lag behind. So is rows_block of a code page, which may even lead
// to a page that is out of use or another list's by now: it is looked at before any
// lock is taken, as the place of a page in the order of locks follows from its kind.
// What it is then it stays, or it becomes free: no page changes hands while the
// transaction of the insert lasts.
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
#include "vector/ivf/free_page.hpp"
#include "vector/ivf/metric.hpp"
#include "vector/ivf/rank_lists.hpp"
#include "vector/ivf/row_slots.hpp"
#include "vector/ivf/second_code.hpp"
#include "vector/storage/file_extent.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

// As for a search of so many lists, of which the row belongs to the first.
inline constexpr std::uint32_t kRankedForInsert = 8;

// The list that a row belongs to. By codes it may be one that is as near but for their
// error.
template <PageStore Store>
std::uint32_t NearestList(Store& store, const Meta& meta, const RowView& row,
                          std::pmr::memory_resource* memory) {
  const bool is_augmented = meta.metric == Metric::kInnerProduct;
  ListRanker<Store> ranker(store, meta, row, memory);
  if (!is_augmented && ranker.HasCodesFor(kRankedForInsert)) {
    QueryEstimator estimator(meta, row.values, memory);
    std::pmr::vector<RankedList> ranked(memory);
    ranker.RankByCodes(estimator, ExactlyProbes(kRankedForInsert), ranked);
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
//   void Look(const std::byte* page, BlockId block, bool has_room)
//     the page that the row may go to, or that a new one will follow
//   int Prepare(bool grows)   no lock is held; returns how many new pages it takes
//   bool HasRoom(const std::byte* page, BlockId block)
//   bool Append(Record&, std::byte* page, BlockId block)
//     stores the row where the page has room; false: something has changed
//   PageKind kKind
template <PageStore Store, typename Derived>
class ChainInserter {
 public:
  using Record = decltype(std::declval<Store&>().Begin());

  ChainInserter(Store& store, const Meta& meta, std::uint32_t list)
      : store_(store), meta_(meta), list_(list), file_(store) {}

  void Run() {
    for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
      store_.CheckInterrupts();
      ReadHead();
      const Place place = FindPlace();
      store_.Reserve(Self().Prepare(!place.has_room));
      if (!place.has_room) {
        if (Grow(place.block)) return;
      } else if (TryAppend(place.block)) {
        if (place.block != head_.insert_block) MoveInsertBlock(place.block);
        return;
      }
    }
    ThrowCorrupted("Chain that always changes", head_.insert_block);
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
  // Every further attempt means that somebody else has changed the end of the chain.
  static constexpr int kMostAttempts = 10000;

  struct Place {
    BlockId block;
    bool has_room;
  };

  Derived& Self() { return static_cast<Derived&>(*this); }

  void ReadHead() {
    const BlockId block = DirectoryBlock(meta_, list_);
    const auto guard = store_.Read(block);
    head_ = ViewDirectoryPage(meta_, guard.page(), block).heads()[DirectorySlot(meta_, list_)];
    Checked(head_.insert_block);
  }

  // The first page with room from insert_block on, or the last of the chain: full pages
  // cost no record.
  Place FindPlace() {
    Place place{kNoBlock, false};
    BlockId steps = 0;
    for (BlockId block = head_.insert_block; block != kNoBlock;) {
      store_.CheckInterrupts();
      if (!file_.Contains(steps++)) ThrowCorrupted("Broken chain of pages", block);
      const auto guard = store_.Read(block);
      if (!IsFreeOf(guard.page(), block, list_)) {
        place = {block, Self().HasRoom(guard.page(), block)};
        const BlockId next = TrailerOf(guard.page()).next;
        if (place.has_room || next == kNoBlock) {
          Self().Look(guard.page(), block, place.has_room);
          return place;
        }
      }
      block = Checked(TrailerOf(guard.page()).next);
    }
    return place;
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
    std::byte* page = record.Modify(block);
    if (IsFreeOf(page, block, list_) || !Self().Append(record, page, block)) return false;
    record.Commit();
    return true;
  }

  // Appends to a new page behind `last`. Returns whether the row was stored; if not,
  // somebody else was here.
  bool Grow(BlockId last) {
    auto record = store_.Begin();
    ListHead& head = EditHead(record);
    if (head.insert_block != head_.insert_block) return false;

    std::byte* last_page = nullptr;
    if (last != kNoBlock) {
      last_page = record.Modify(last);
      if (IsFreeOf(last_page, last, list_) || TrailerOf(last_page).next != kNoBlock ||
          Self().HasRoom(last_page, last)) {
        return false;
      }
    } else if (head.first_block != kNoBlock) {
      return false;
    }
    const auto [block, page] = record.Extend();
    FormatIvfPage(page, Derived::kKind, list_);
    if (last_page != nullptr) TrailerOf(last_page).next = block;
    if (head.first_block == kNoBlock) head.first_block = block;
    head.insert_block = block;
    if (!Self().Append(record, page, block)) return false;  // lost a race: once more
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

  void Look(const std::byte*, BlockId, bool) {}
  int Prepare(bool grows) { return grows ? 1 : 0; }

  bool HasRoom(const std::byte* page, BlockId block) {
    return ViewRows(this->meta_, page, block, this->list_).HasRoom();
  }

  bool Append(typename Base::Record&, std::byte* page, BlockId block) {
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

  // `stored` is StoredBytes() long.
  CodedInserter(Store& store, const Meta& meta, std::uint32_t list, HeapTid tid,
                std::span<const std::byte> stored, const EncodedRow& encoded)
      : Base(store, meta, list), tid_(tid), stored_(stored), encoded_(encoded) {}

  // What was built has no rows_block of its own but that of the list.
  void Look(const std::byte* bytes, BlockId block, bool has_room) {
    const CodePage page(this->meta_, bytes, block, this->list_);
    const std::size_t lane = page.FreeLane();
    needs_slot_ = this->meta_.vectors == Vectors::kIndex &&
                  !(has_room && lane < page.lanes() && page.row(lane).block != kNoBlock);
    const BlockId hint = TrailerOf(bytes).rows_block;
    rows_block_ = hint != 0 ? hint : this->head_.rows_block;
  }

  int Prepare(bool grows) {
    if (!needs_slot_ || !HasSlot(rows_block_)) rows_block_ = kNoBlock;
    return (grows ? 1 : 0) + (needs_slot_ && rows_block_ == kNoBlock ? 1 : 0);
  }

  bool HasRoom(const std::byte* bytes, BlockId block) {
    return CodePage(this->meta_, bytes, block, this->list_).HasRoom();
  }

  bool Append(typename Base::Record& record, std::byte* bytes, BlockId block) {
    MutableCodePage page(this->meta_, bytes, block, this->list_);
    const std::optional<std::size_t> lane = page.TakeLane();
    if (!lane) return false;
    code_page_ = block;
    const std::optional<RowRef> ref = StoreRow(record, page.View().row(*lane), bytes);
    if (!ref) return false;
    page.Store(*lane, encoded_, tid_, *ref);
    return true;
  }

 private:
  // Whether that is a row page of the list with a slot for a row.
  bool HasSlot(BlockId block) {
    if (block == kNoBlock || !this->file_.Contains(block)) return false;
    const auto guard = this->store_.Read(block);
    return IsRowPage(guard.page()) &&
           FindSlot(ViewRows(this->meta_, guard.page(), block, this->list_)).has_value();
  }

  bool IsRowPage(const std::byte* page) const {
    return !IsUnformatted(page) && TrailerOf(page).kind == PageKind::kRows &&
           TrailerOf(page).list == this->list_;
  }

  // Puts the vector where the lane had one before, into the row page that takes inserts,
  // or into a new one.
  std::optional<RowRef> StoreRow(typename Base::Record& record, RowRef before,
                                 std::byte* code_page) {
    if (this->meta_.vectors == Vectors::kHeap) return RowRef{kNoBlock, 0};
    if (before.block != kNoBlock) return Replace(record, before);
    if (rows_block_ == kNoBlock) {
      const auto [block, bytes] = record.Extend();
      FormatIvfPage(bytes, PageKind::kRows, this->list_);
      Rows(bytes, block).Append(tid_, stored_.data());
      TrailerOf(code_page).rows_block = block;
      return RowRef{block, 0};
    }
    std::byte* bytes = record.Modify(rows_block_);
    if (!IsRowPage(bytes)) return std::nullopt;
    const auto slot = FindSlot(ViewRows(this->meta_, bytes, rows_block_, this->list_));
    if (!slot) return std::nullopt;
    MutableListRows page = Rows(bytes, rows_block_);
    if (*slot == page.count()) {
      page.Append(tid_, stored_.data());
    } else {
      page.Replace(*slot, tid_, stored_.data());
    }
    TrailerOf(code_page).rows_block = rows_block_;
    return RowRef{rows_block_, *slot};
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

  MutableListRows Rows(std::byte* bytes, BlockId block) {
    (void)ViewRows(this->meta_, bytes, block, this->list_);
    return {bytes, StoredBytes(this->meta_), sizeof(Trailer)};
  }

  HeapTid tid_;
  std::span<const std::byte> stored_;
  const EncodedRow& encoded_;
  bool needs_slot_ = false;        // the lane to be taken has none
  BlockId rows_block_ = kNoBlock;  // has a slot, as seen without its lock
  BlockId code_page_ = kNoBlock;   // held while the row is stored
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
  std::span<const std::byte> stored = row.stored;
  std::pmr::vector<std::byte> long_row(HasSecondStage(meta) ? StoredBytes(meta) : 0, memory);
  if (HasSecondStage(meta)) {
    WriteLongRow(meta, row.stored, encoded, long_row);
    stored = long_row;
  }
  internal::CodedInserter<Store>(store, meta, list, tid, stored, encoded).Run();
}

}  // namespace vec::ivf
