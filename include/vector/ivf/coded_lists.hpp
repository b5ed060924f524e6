// Scanning lists of codes: rows are bounded from below by their codes, and read
// exactly only where the bound cannot rule them out.
//
// Next() is lazy: it reads exact vectors in the order of lower bounds until the
// nearest exact distance is below all bounds left, and hands that row out. So the
// number of exact reads follows the number of rows that the caller takes, and no
// limit has to be known beforehand.
#pragma once

#include <queue>

#include "vector/ivf/candidates.hpp"
#include "vector/ivf/estimate.hpp"
#include "vector/ivf/metric.hpp"
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
  CodedLists(Store& store, const Meta& meta, std::span<const float> query, std::size_t memory_bytes,
             std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        query_(query),
        estimator_(meta, query, memory),
        candidates_(memory_bytes, memory),
        exact_(std::greater<>(), std::pmr::vector<Exact>(memory)) {}

  // From now on every row is read while its list is scanned: for a search of all
  // lists, which is meant to be exact.
  void ScanExactly() { reads_all_ = true; }

  void ScanPage(const RankedList& list, const std::byte* bytes, BlockId block,
                SearchCounts& counts) {
    const CodePage page(meta_, bytes, block, list.list);
    if (list.list != list_) {
      list_ = list.list;
      estimator_.SetList(list);
    }
    for (std::size_t i = 0; i < page.count(); ++i) {
      if (reads_all_ && !query_.empty()) {
        AddRows(page.block(i), counts);
      } else {
        AddBlock(page.block(i), page.codes(i), counts);
      }
    }
  }

  std::optional<HeapTid> Next(SearchCounts& counts) {
    if (reads_all_ || query_.empty()) return NextCandidate();
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

  void AddBlock(const CodeBlock& block, std::span<const std::uint8_t> codes, SearchCounts& counts) {
    float bounds[quantize::kLanes];
    estimator_.LowerBounds(block, codes, bounds);
    for (std::uint32_t live = block.live; live != 0; live &= live - 1) {
      const auto t = static_cast<std::size_t>(std::countr_zero(live));
      candidates_.Add({bounds[t], block.tid[t], block.row_slot[t], block.row_block[t]});
      ++counts.rows;
    }
  }

  void AddRows(const CodeBlock& block, SearchCounts& counts) {
    PagePart parts[quantize::kLanes];
    std::size_t n = 0;
    for (std::uint32_t live = block.live; live != 0; live &= live - 1) {
      parts[n++] = PartOf(block.row(static_cast<std::size_t>(std::countr_zero(live))));
    }
    store_.Prefetch(std::span<const PagePart>(parts, n));
    for (std::uint32_t live = block.live; live != 0; live &= live - 1) {
      const auto t = static_cast<std::size_t>(std::countr_zero(live));
      candidates_.Add({Distance(block.row(t)), block.tid[t], 0, kNoBlock});
      ++counts.rows;
      ++counts.exact;
    }
  }

  // Rows come from all over the file: tell the store kAhead of them early.
  void PrefetchAhead() {
    PagePart parts[kAhead];
    std::size_t n = 0;
    while (prefetched_ < kAhead) {
      const CodedCandidate* row = candidates_.PeekSorted(prefetched_);
      if (row == nullptr) break;
      parts[n++] = PartOf({row->block, row->slot});
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

  void ReadExactly(const CodedCandidate& row, SearchCounts& counts) {
    if (prefetched_ <= kAhead / 2) PrefetchAhead();
    if (prefetched_ > 0) --prefetched_;
    store_.CheckInterrupts();
    ++counts.exact;
    exact_.push({Distance({row.block, row.slot}), row.tid});
  }

  float Distance(RowRef ref) {
    const auto guard = store_.Read(ref.block);
    CheckPage(guard.page(), PageKind::kRows, ref.block);
    const ListRows page(guard.page(), RowBytes(meta_), sizeof(Trailer));
    if (ref.slot >= page.count()) ThrowCorrupted("Code without its row", ref.block);
    return ExactDistance(meta_.metric, kernels_, query_, page.row(ref.slot));
  }

  static constexpr std::uint32_t kNoList = 0xFFFFFFFF;
  static constexpr std::size_t kAhead = 16;

  Store& store_;
  const Meta& meta_;
  const simd::Kernels& kernels_ = simd::Active();
  std::span<const float> query_;
  QueryEstimator estimator_;
  std::uint32_t list_ = kNoList;
  bool reads_all_ = false;
  std::size_t prefetched_ = 0;  // of the sorted candidates not yet read
  Candidates<CodedCandidate> candidates_;
  std::priority_queue<Exact, std::pmr::vector<Exact>, std::greater<>> exact_;
};

}  // namespace vec::ivf
