// Scanning lists of plain vectors: every row is scored exactly.
#pragma once

#include "vector/ivf/candidates.hpp"
#include "vector/ivf/metric.hpp"
#include "vector/ivf/ranked_list.hpp"
#include "vector/ivf/search_params.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

struct PlainCandidate {
  float distance;  // never NaN
  HeapTid tid;

  float key() const { return distance; }
  friend bool operator<(const PlainCandidate& a, const PlainCandidate& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.tid < b.tid;
  }
};
static_assert(sizeof(PlainCandidate) == 12);

template <PageStore Store>
class PlainLists {
 public:
  PlainLists(Store&, const Meta& meta, const RowView& query, const SearchParams& params,
             std::pmr::memory_resource* memory)
      : meta_(meta),
        is_scored_(!query.empty()),
        scorer_(meta, query),
        distances_(RowsPerPage<HeapTid>(RowBytes(meta), sizeof(Trailer)), 0.0f, memory),
        candidates_(params.memory_bytes, memory) {}

  void ScanPage(const RankedList& list, const std::byte* bytes, BlockId block,
                SearchCounts& counts) {
    const ListRows page = ViewRows(meta_, bytes, block, list.list);
    if (is_scored_) scorer_.ScoreRows(page, distances_.data());
    const std::span<const HeapTid> tids = page.heads();
    for (std::size_t i = 0; i < tids.size(); ++i) candidates_.Add({distances_[i], tids[i]});
    counts.rows += tids.size();
  }

  std::optional<HeapTid> Next(SearchCounts&) {
    const PlainCandidate* row = candidates_.Peek();
    if (row == nullptr) return std::nullopt;
    candidates_.Pop();
    return row->tid;
  }

  // Writes the rows that will probably come next, in order; returns how many.
  std::size_t Likely(std::span<HeapTid> out) const { return candidates_.Likely(out); }

  bool is_truncated() const { return candidates_.is_truncated(); }
  void Restart() { candidates_.Restart(); }
  void Clear() { candidates_.Clear(); }

 private:
  const Meta& meta_;
  bool is_scored_;  // without a query all rows are equally near
  RowScorer scorer_;
  std::pmr::vector<float> distances_;  // of one page
  Candidates<PlainCandidate> candidates_;
};

}  // namespace vec::ivf
