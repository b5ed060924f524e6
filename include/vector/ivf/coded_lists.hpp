// Scanning lists of codes, and all lists whose vectors stay in the heap: rows are bounded
// from below by their codes, and read exactly only where the bound cannot rule them out.
//
// Next() is lazy: it reads exact vectors in the order of lower bounds until the
// nearest exact distance is below all bounds left, and hands that row out. So the
// number of exact reads follows the number of rows that the caller takes, and no
// limit has to be known beforehand.
//
// Exact vectors lie in row pages or in the heap; in the latter case a list may have no
// codes either, and every row is read.
#pragma once

#include <queue>

#include "vector/ivf/candidates.hpp"
#include "vector/ivf/estimate.hpp"
#include "vector/storage/file_extent.hpp"
#include "vector/ivf/metric.hpp"
#include "vector/ivf/search_params.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

struct CodedCandidate {
  float bound;  // never NaN
  HeapTid tid;
  std::uint16_t slot;
  BlockId block;  // the exact vector is in this slot of this page

  friend bool operator<(const CodedCandidate& a, const CodedCandidate& b) {
    return a.bound != b.bound ? a.bound < b.bound : a.tid < b.tid;
  }
};
static_assert(sizeof(CodedCandidate) == 16);

template <PageStore Store>
class CodedLists {
 public:
  CodedLists(Store& store, const Meta& meta, const RowView& query, const SearchParams& params,
             std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        has_query_(!query.empty()),
        scorer_(meta, query),
        estimator_(meta, query.values, memory),
        heap_(meta.vectors == Vectors::kHeap ? params.heap : nullptr),
        file_(store),
        candidates_(params.memory_bytes, memory),
        exact_(std::greater<>(), std::pmr::vector<Exact>(memory)) {}

  // The query as codes see it; SetList() belongs to the scans from the first on.
  QueryEstimator& estimator() { return estimator_; }

  // From now on every row is read: for a search of all lists, which is meant to be
  // exact. Those of the index are read while their list is scanned; the heap cannot be
  // read under the lock of a page.
  void ScanExactly() { reads_all_ = true; }

  void ScanPage(const RankedList& list, const std::byte* bytes, BlockId block,
                SearchCounts& counts) {
    if (list.list != list_) {
      list_ = list.list;
      estimator_.SetList(list);
    }
    if (meta_.codec == Codec::kNone) {
      AddTids(ViewRows(meta_, bytes, block, list.list), counts);
      return;
    }
    const CodePage page(meta_, bytes, block, list.list);
    if (ReadsWhileScanning()) {
      AddRows(page, counts);
    } else if (reads_all_) {
      page.ForEachLive([&](std::size_t lane) { AddLane(page, lane, kUnbounded, counts); });
    } else if (HasCodeBlocks(meta_)) {
      for (std::size_t i = 0; i < page.blocks(); ++i) AddBlock(page, i, counts);
    } else {
      page.ForEachLive([&](std::size_t lane) {
        AddLane(page, lane, estimator_.LowerBound(page.code_row(lane), page.code(lane)), counts);
      });
    }
  }

  std::optional<HeapTid> Next(SearchCounts& counts) {
    if (!has_query_ || ReadsWhileScanning()) return NextCandidate();
    for (const CodedCandidate* row = candidates_.Peek();
         row != nullptr && (exact_.empty() || row->bound <= exact_.top().distance);
         row = candidates_.Peek()) {
      ReadExactly(*row, counts);
      candidates_.Pop();
    }
    // Rows that were dropped for lack of memory may be nearer than what is left.
    if (exact_.empty() || (candidates_.Peek() == nullptr && is_truncated())) return std::nullopt;
    const HeapTid tid = exact_.top().tid;
    exact_.pop();
    return tid;
  }

  bool is_truncated() const { return candidates_.is_truncated(); }
  void Restart() {
    candidates_.Restart();
    prefetched_ = 0;
  }
  void Clear() {
    candidates_.Clear();
    prefetched_ = 0;
    list_ = kNoList;
  }

 private:
  struct Exact {
    float distance;
    HeapTid tid;

    friend bool operator>(const Exact& a, const Exact& b) {
      return a.distance != b.distance ? a.distance > b.distance : a.tid > b.tid;
    }
  };

  // Where bounds are exact distances, or all rows are equally near.
  std::optional<HeapTid> NextCandidate() {
    const CodedCandidate* row = candidates_.Peek();
    if (row == nullptr) return std::nullopt;
    candidates_.Pop();
    return row->tid;
  }

  bool ReadsWhileScanning() const { return reads_all_ && has_query_ && heap_ == nullptr; }

  void AddTids(const ListRows& page, SearchCounts& counts) {
    for (const HeapTid tid : page.heads()) candidates_.Add({kUnbounded, tid, 0, kNoBlock});
    counts.rows += page.count();
  }

  void AddLane(const CodePage& page, std::size_t lane, float bound, SearchCounts& counts) {
    const RowRef row = page.row(lane);
    candidates_.Add({bound, page.tid(lane), row.slot, row.block});
    ++counts.rows;
  }

  void AddBlock(const CodePage& page, std::size_t i, SearchCounts& counts) {
    const CodeBlock& block = page.block(i);
    float bounds[quantize::kLanes];
    estimator_.LowerBounds(block, page.codes(i), bounds);
    for (std::uint32_t live = block.live; live != 0; live &= live - 1) {
      const auto t = static_cast<std::size_t>(std::countr_zero(live));
      candidates_.Add({bounds[t], block.tid[t], block.row_slot[t], block.row_block[t]});
      ++counts.rows;
    }
  }

  void AddRows(const CodePage& page, SearchCounts& counts) {
    PagePart parts[kMostPrefetched];
    std::size_t n = 0;
    page.ForEachLive([&](std::size_t lane) {
      const RowRef row = page.row(lane);
      if (n < kMostPrefetched && file_.Contains(row.block)) parts[n++] = PartOf(row);
    });
    store_.Prefetch(std::span<const PagePart>(parts, n));
    page.ForEachLive([&](std::size_t lane) {
      candidates_.Add({Distance(page.row(lane)), page.tid(lane), 0, kNoBlock});
      ++counts.rows;
      ++counts.exact;
    });
  }

  // Rows come from all over the file: tell the store kAhead of them early.
  void PrefetchAhead() {
    if (heap_ != nullptr) return;
    PagePart parts[kAhead];
    std::size_t n = 0;
    while (prefetched_ < kAhead) {
      const CodedCandidate* row = candidates_.PeekSorted(prefetched_);
      if (row == nullptr) break;
      if (file_.Contains(row->block)) parts[n++] = PartOf({row->block, row->slot});
      ++prefetched_;
    }
    if (n > 0) store_.Prefetch(std::span<const PagePart>(parts, n));
  }

  // Where a row lies in its page; the whole page where the slot is damaged.
  PagePart PartOf(RowRef ref) const {
    const std::size_t special = kPageBytes - sizeof(Trailer);
    if (ref.slot >= special / RowBytes(meta_)) return {ref.block};
    const std::size_t from = special - (ref.slot + 1) * RowBytes(meta_);
    return {ref.block, static_cast<std::uint16_t>(from),
            static_cast<std::uint16_t>(from + RowBytes(meta_))};
  }

  void ReadExactly(CodedCandidate row, SearchCounts& counts) {
    if (prefetched_ <= kAhead / 2) PrefetchAhead();
    if (prefetched_ > 0) --prefetched_;
    store_.CheckInterrupts();
    ++counts.exact;
    if (heap_ == nullptr) {
      exact_.push({Distance({row.block, row.slot}), row.tid});
    } else if (const auto values = heap_->Read(row.tid)) {
      if (values->size() != meta_.dims) {
        throw Error(ErrorKind::kCorrupted, "ivfflat index is not valid",
                    "A row of the table has another number of dimensions.", "Please REINDEX it.");
      }
      exact_.push({scorer_.ExactDistance(*values), row.tid});
    }
  }

  float Distance(RowRef ref) {
    if (!file_.Contains(ref.block)) ThrowCorrupted("Code without its row", ref.block);
    const auto guard = store_.Read(ref.block);
    CheckPage(guard.page(), PageKind::kRows, ref.block);
    const ListRows page(guard.page(), RowBytes(meta_), sizeof(Trailer));
    if (ref.slot >= page.count()) ThrowCorrupted("Code without its row", ref.block);
    return scorer_.ExactDistance(page.row(ref.slot));
  }

  static constexpr std::uint32_t kNoList = 0xFFFFFFFF;
  static constexpr std::size_t kAhead = 16;
  static constexpr std::size_t kMostPrefetched = 64;  // of the rows of a page
  static constexpr float kUnbounded = -std::numeric_limits<float>::infinity();

  Store& store_;
  const Meta& meta_;
  bool has_query_;  // without a query all rows are equally near
  RowScorer scorer_;
  QueryEstimator estimator_;
  HeapVectors* heap_;
  FileExtent<Store> file_;
  std::uint32_t list_ = kNoList;
  bool reads_all_ = false;
  std::size_t prefetched_ = 0;  // of the sorted candidates not yet read
  Candidates<CodedCandidate> candidates_;
  std::priority_queue<Exact, std::pmr::vector<Exact>, std::greater<>> exact_;
};

}  // namespace vec::ivf
