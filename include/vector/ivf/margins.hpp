// How many lists a search probes: as many as it is asked for on average over queries, few where
// the nearest centroid stands out, many where the query lies between many.
//
// Of the lists in order of distance, the one of rank i (from 0) with the squared distance D_i of
// its centroid is probed if
//
//     sqrt(1 + i) * (D_i - D_0) / sqrt(D_0) < margin
//
// A row x of it is at D_i + |x - c|^2 - 2 <q - c, x - c>, and the last term deviates in proportion
// to the distance: hence the root of D_0. That of the rank keeps the numbers of lists from
// straying far from the average; a quarter and four times of it are the limits.
//
// What margin makes 2^(j+1) lists on average, a build measures with some of its rows as queries
// and keeps in Meta.margins[j]. Up to two probes, and where nothing was measured, all queries
// probe alike. By inner product they always do: lists of long vectors are near to all queries.
//
// In the spirit of query-aware pruning of posting lists: Q. Chen et al., "SPANN: Highly-efficient
// billion-scale approximate nearest neighbor search", NeurIPS 2021, section 3.2.3, which has a
// constant ratio of distances in place of an average to keep.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "vector/base/least.hpp"
#include "vector/ivf/layout.hpp"

namespace vec::ivf {

// Whether the lists of an index may have margins: there are codes, which make rows so cheap that
// the number of lists counts, and distances.
inline bool MayHaveMargins(Codec codec, Metric metric) {
  return codec != Codec::kNone && metric != Metric::kInnerProduct;
}

// Of the nearest lists, `least` are probed, and up to `most` within the margin.
struct ProbeRange {
  std::uint32_t least;
  std::uint32_t most;
  float margin = 0;
};

// Always that many.
inline ProbeRange ExactlyProbes(std::uint32_t probes) { return {probes, probes}; }

// As many as `probes` on average; exactly that many where the index has no margins for it.
// REQUIRES: 1 <= probes <= meta.lists.
ProbeRange AboutProbes(const Meta& meta, std::uint32_t probes);

// The left side of the inequality above, for the scores of lists (metric.hpp).
float MarginOf(Metric metric, std::size_t rank, float first_score, float score);

// Moves the lists to probe, which have a `score`, to the front, in order if the range leaves a
// choice; returns how many they are.
template <typename List>
std::size_t MoveProbedToFront(const ProbeRange& range, Metric metric, std::span<List> lists) {
  const std::size_t most = std::min<std::size_t>(range.most, lists.size());
  MoveLeastToFront(lists, most);
  if (range.least >= most) return most;
  std::sort(lists.begin(), lists.begin() + static_cast<std::ptrdiff_t>(most));
  std::size_t count = range.least;
  while (count < most &&
         MarginOf(metric, count, lists[0].score, lists[count].score) < range.margin) {
    ++count;
  }
  return count;
}

// Finds the margins of an index from the scores that its lists have for some queries.
class MarginMeter {
 public:
  // Queries that are worth measuring: more of them take longer and more memory than they tell.
  static std::size_t UsefulQueries(std::size_t lists);

  MarginMeter(Metric metric, std::size_t lists, std::pmr::memory_resource* memory)
      : metric_(metric), lists_(lists), margins_(memory) {}

  // One query. `scores`, of all lists, are put in order.
  void Add(std::span<float> scores);

  // Writes what Meta.margins holds. REQUIRES: at least one query.
  void Measure(std::span<float, kMargins> margins) const;

 private:
  double MeanProbes(const ProbeRange& range) const;

  Metric metric_;
  std::size_t lists_;
  std::pmr::vector<float> margins_;  // of the lists in order, query after query
};

}  // namespace vec::ivf
