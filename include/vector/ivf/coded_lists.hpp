// Scanning lists of codes, and all lists whose vectors stay in the heap: rows are bounded
// from below by their codes, and read exactly only where the bound cannot rule them out.
//
// Next() is lazy: it reads exact vectors in the order of lower bounds until the
// nearest exact distance is below all bounds left, and hands that row out. So the
// number of exact reads follows the number of rows that the caller takes, and no
// limit has to be known beforehand.
//
// Where rows have second codes, a row is refined in between: when its bound comes up, the
// second code gives it a better one, and it waits among the refined rows until that comes
// up. Of the three, candidates, refined rows and exact distances, the least is next.
//
// Exact vectors lie in row pages or in the heap; in the latter case a list may have no
// codes either, and every row is read.
#pragma once

#include <algorithm>
#include <queue>
#include <utility>

#include "vector/ivf/candidates.hpp"
#include "vector/ivf/estimate.hpp"
#include "vector/ivf/free_page.hpp"
#include "vector/ivf/heap_order.hpp"
#include "vector/ivf/metric.hpp"
#include "vector/ivf/search_params.hpp"
#include "vector/storage/file_extent.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

struct CodedCandidate {
  float bound;  // never NaN
  HeapTid tid;
  std::uint16_t slot;
  BlockId block;  // the exact vector is in this slot of this page

  float key() const { return bound; }
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
        terms_(memory),
        candidates_(params.memory_bytes, memory),
        refined_(memory),
        exact_(std::greater<>(), std::pmr::vector<Exact>(memory)) {
    if (has_query_ && meta.codec != Codec::kNone) candidates_.KeepFew(params.expected_rows);
  }

  // The query as codes see it; SetList() belongs to the scans from the first on.
  QueryEstimator& estimator() { return estimator_; }

  // From now on every row is read: for a search of all lists, which is meant to be
  // exact. Those of the index are read while their list is scanned; the heap cannot be
  // read under the lock of a page.
  void ScanExactly() {
    reads_all_ = true;
    candidates_.KeepAll();
  }

  void ScanPage(const RankedList& list, const std::byte* bytes, BlockId block,
                SearchCounts& counts) {
    if (list.list != list_) {
      list_ = list.list;
      estimator_.SetList(list);
      if (HasSecondStage(meta_)) AddTerms();
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
    for (;;) {
      const CodedCandidate* row = candidates_.Peek();
      // Rows that were dropped for lack of memory may be nearer than what is left.
      if (row == nullptr && is_truncated()) return std::nullopt;
      if (row != nullptr && IsBeforeExact(row->bound) && IsBeforeRefined(row->bound)) {
        Advance(*row, counts);
        candidates_.Pop();
      } else if (!refined_.empty() && IsBeforeExact(refined_.front().bound)) {
        ReadRefined(counts);
      } else {
        break;
      }
    }
    if (exact_.empty()) return std::nullopt;
    const HeapTid tid = exact_.top().tid;
    exact_.pop();
    return tid;
  }

  // Writes the rows that will probably come next, in order; returns how many.
  std::size_t Likely(std::span<HeapTid> out) const {
    if (!has_query_ || ReadsWhileScanning()) return candidates_.Likely(out);
    return exact_.Likely(out);
  }

  bool is_truncated() const { return candidates_.is_truncated(); }
  void Restart() {
    candidates_.Restart();
    Forget();
  }
  void Clear() {
    candidates_.Clear();
    Forget();
  }

 private:
  struct Exact {
    float distance;
    HeapTid tid;

    friend bool operator>(const Exact& a, const Exact& b) {
      return a.distance != b.distance ? a.distance > b.distance : a.tid > b.tid;
    }
  };

  // Rows read so far. Those that are left to read may only be nearer by a wide bound.
  struct ExactQueue : std::priority_queue<Exact, std::pmr::vector<Exact>, std::greater<>> {
    using ExactQueue::priority_queue::priority_queue;

    std::size_t Likely(std::span<HeapTid> out) const {
      std::size_t n = 0;
      VisitHeapInOrder<kMostLikely>(std::span<const Exact>(this->c), out.size(), std::greater<>(),
                                    [&](const Exact& row) { out[n++] = row.tid; });
      return n;
    }
  };

  // A row with a bound by its second code.
  struct Refined {
    float bound;
    HeapTid tid;
    std::uint16_t slot;
    BlockId block;
    bool is_prefetched;

    friend bool operator>(const Refined& a, const Refined& b) {
      return a.bound != b.bound ? a.bound > b.bound : a.tid > b.tid;
    }
  };

  // Of the scan of the lists, which starts anew. What was refined stays.
  void Forget() {
    prefetched_ = 0;
    list_ = kNoList;
    terms_.clear();
    terms_are_sorted_ = false;
  }

  bool IsBeforeExact(float bound) const { return exact_.empty() || bound <= exact_.top().distance; }
  bool IsBeforeRefined(float bound) const {
    return refined_.empty() || bound <= refined_.front().bound;
  }

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
    ++counts.rows;
    if (!candidates_.Wants(bound)) return;
    const RowRef row = page.row(lane);
    candidates_.Add({bound, page.tid(lane), row.slot, row.block});
  }

  // Most rows are too far to be kept; which ones is not predictable, so that nothing branches
  // on it.
  void AddBlock(const CodePage& page, std::size_t i, SearchCounts& counts) {
    const CodeBlock& block = page.block(i);
    float bounds[quantize::kLanes];
    estimator_.LowerBounds(block, page.codes(i), bounds);
    std::uint32_t wanted = 0;
    for (std::size_t t = 0; t < quantize::kLanes; ++t) {
      wanted |= std::uint32_t{candidates_.Wants(bounds[t])} << t;
    }
    for (wanted &= block.live; wanted != 0; wanted &= wanted - 1) {
      const auto t = static_cast<std::size_t>(std::countr_zero(wanted));
      candidates_.Add({bounds[t], block.tid[t], block.row_slot[t], block.row_block[t]});
    }
    counts.rows += static_cast<std::uint64_t>(std::popcount(block.live));
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
      const RowRef ref{row->block, row->slot};
      if (file_.Contains(ref.block)) {
        parts[n++] = HasSecondStage(meta_) ? SecondPartOf(ref) : PartOf(ref);
      }
      ++prefetched_;
    }
    if (n > 0) store_.Prefetch(std::span<const PagePart>(parts, n));
  }

  // Where the vector of a row lies in its page; the whole page where the slot is damaged.
  PagePart PartOf(RowRef ref) const { return PartOf(ref, 0, RowBytes(meta_)); }
  PagePart SecondPartOf(RowRef ref) const {
    return PartOf(ref, SecondOffset(meta_), StoredBytes(meta_));
  }
  PagePart PartOf(RowRef ref, std::size_t from, std::size_t to) const {
    const std::size_t special = kPageBytes - sizeof(Trailer);
    if (ref.slot >= special / StoredBytes(meta_)) return {ref.block};
    const std::size_t row = RowOffset(ref.slot, StoredBytes(meta_), sizeof(Trailer));
    return {ref.block, static_cast<std::uint16_t>(row + from),
            static_cast<std::uint16_t>(row + to)};
  }

  // Looks closer at the next candidate.
  void Advance(CodedCandidate row, SearchCounts& counts) {
    if (prefetched_ <= kAhead / 2) PrefetchAhead();
    if (prefetched_ > 0) --prefetched_;
    store_.CheckInterrupts();
    if (HasSecondStage(meta_)) {
      Refine(row, counts);
    } else {
      ReadExactly(row.tid, {row.block, row.slot}, counts);
    }
  }

  void Refine(const CodedCandidate& row, SearchCounts& counts) {
    ++counts.refined;
    const float bound =
        VisitRow({row.block, row.slot}, [&](std::uint32_t list, const std::byte* at) {
          return estimator_.LowerBound(TermsOf(list, row.block), ReadSecondCode(meta_, at));
        });
    refined_.push_back({std::max(row.bound, bound), row.tid, row.slot, row.block, false});
    std::push_heap(refined_.begin(), refined_.end(), std::greater<>());
  }

  // Reads the nearest refined row, and prefetches those that may be next: the nearest
  // three are among the first seven of a heap.
  void ReadRefined(SearchCounts& counts) {
    store_.CheckInterrupts();
    PagePart parts[kHeapAhead];
    std::size_t n = 0;
    for (std::size_t i = 0; i < std::min(kHeapAhead, refined_.size()); ++i) {
      Refined& row = refined_[i];
      if (std::exchange(row.is_prefetched, true)) continue;
      parts[n++] = PartOf({row.block, row.slot});
    }
    if (n > 0) store_.Prefetch(std::span<const PagePart>(parts, n));
    std::pop_heap(refined_.begin(), refined_.end(), std::greater<>());
    const Refined row = refined_.back();
    refined_.pop_back();
    ReadExactly(row.tid, {row.block, row.slot}, counts);
  }

  void AddTerms() {
    terms_.push_back(estimator_.terms());
    terms_are_sorted_ = false;
  }

  // Rows tell their list by their page.
  const ListTerms& TermsOf(std::uint32_t list, BlockId block) {
    if (!std::exchange(terms_are_sorted_, true)) std::sort(terms_.begin(), terms_.end());
    const auto found = std::lower_bound(terms_.begin(), terms_.end(), ListTerms{.list = list});
    if (found == terms_.end() || found->list != list) ThrowCorrupted("Row of another list", block);
    return *found;
  }

  void ReadExactly(HeapTid tid, RowRef ref, SearchCounts& counts) {
    ++counts.exact;
    if (heap_ == nullptr) {
      exact_.push({Distance(ref), tid});
    } else if (const auto values = heap_->Read(tid)) {
      if (values->size() != meta_.dims) {
        throw Error(ErrorKind::kCorrupted, "ivfflat index is not valid",
                    "A row of the table has another number of dimensions.", "Please REINDEX it.");
      }
      exact_.push({scorer_.ExactDistance(*values), tid});
    }
  }

  float Distance(RowRef ref) {
    return VisitRow(
        ref, [&](std::uint32_t, const std::byte* row) { return scorer_.ExactDistance(row); });
  }

  // visit(list, row) for a row of a row page.
  template <typename Visit>
  float VisitRow(RowRef ref, Visit visit) {
    if (!file_.Contains(ref.block)) ThrowCorrupted("Code without its row", ref.block);
    const auto guard = store_.Read(ref.block);
    // Dead since its code was read, and seen by nobody: any distance will do.
    if (IsFree(guard.page())) return std::numeric_limits<float>::infinity();
    CheckPage(guard.page(), PageKind::kRows, ref.block);
    const ListRows page(guard.page(), StoredBytes(meta_), sizeof(Trailer));
    if (ref.slot >= page.count()) ThrowCorrupted("Code without its row", ref.block);
    return visit(TrailerOf(guard.page()).list, page.row(ref.slot));
  }

  static constexpr std::uint32_t kNoList = 0xFFFFFFFF;
  static constexpr std::size_t kAhead = 16;
  static constexpr std::size_t kHeapAhead = 3;
  static constexpr std::size_t kMostPrefetched = 64;  // of the rows of a page
  static constexpr std::size_t kMostLikely = 32;
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
  std::size_t prefetched_ = 0;         // of the sorted candidates not yet read
  std::pmr::vector<ListTerms> terms_;  // of the lists scanned, for second codes
  bool terms_are_sorted_ = false;
  Candidates<CodedCandidate> candidates_;
  std::pmr::vector<Refined> refined_;  // a heap
  ExactQueue exact_;
};

}  // namespace vec::ivf
