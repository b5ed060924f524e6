// How each metric ranks lists and rows.
//
//   metric         rows stored as   rows ranked by   lists probed by
//   kL2            given            |q - x|^2        |q - c|^2
//   kInnerProduct  given            -<q, x>          -<q, c> - 0.2 |q| spread
//   kCosine        unit length      -<q, x>          -<q, c>
//   kL1            given            |q - x|_1        |q - c|_1
//   kHamming       bits             bits that differ, of rows as of centroids
//   kJaccard       bits             1 - shared / combined, of rows as of centroids
//
// Rows join the list of their nearest centroid by the same rule, except for the
// inner product: there the rows get one more coordinate, sqrt(M^2 - |x|^2), with
// which all have the length M (Bachrach et al., RecSys 2014), and join by L2;
// but lists are probed by the inner product with the mean of their rows plus a
// share of their spread. That probes up to 100 times fewer rows than angular
// clustering where norms vary.
#pragma once

#include <cmath>
#include <limits>
#include <memory_resource>
#include <span>
#include <vector>

#include "vector/cluster/bits.hpp"
#include "vector/ivf/layout.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::ivf {

// REQUIRES: a metric of bits.
inline cluster::BitMetric BitMetricOf(Metric metric) {
  return metric == Metric::kHamming ? cluster::BitMetric::kHamming : cluster::BitMetric::kJaccard;
}

// Share of |q| * spread that a list's score is improved by.
inline constexpr float kSpreadShare = 0.2f;

// The coordinate that gives x the length M; 0 where x is longer.
inline float Augment(float max_norm_squared, float norm_squared) {
  return std::sqrt(std::fmax(0.0f, max_norm_squared - norm_squared));
}

// Scores rows against one query; smaller is nearer, never NaN. The query must outlive
// the object, and not be empty.
class RowScorer {
 public:
  RowScorer(const Meta& meta, const RowView& query);

  // Ranks the rows of a list page. REQUIRES: out has room for all of them.
  void ScoreRows(const ListRows& page, float* out) const;

  // The exact distance behind a code: as ScoreRows, except that cosine takes the
  // squared L2 distance of the unit vectors, which is what its codes estimate.
  float ExactDistance(const std::byte* stored) const;
  // The same for float32 values.
  float ExactDistance(std::span<const float> values) const;

 private:
  float Exact(simd::RowsKernel kernel, const void* row) const;

  simd::RowsKernel kernel_ = nullptr;        // of dense rows, for ScoreRows
  simd::RowsKernel exact_kernel_ = nullptr;  // and for exact distances
  simd::RowsKernel float_kernel_ = nullptr;  // the same for float32
  Metric metric_;
  RowView query_;
  std::size_t row_bytes_;
};

// Scores centroids against one query, slice by slice: by the kernel of the metric, of
// which Finish() makes ranks, smaller is nearer, never NaN. The query must outlive the
// object, and not be empty.
class CentroidScorer {
 public:
  CentroidScorer(const Meta& meta, Metric metric, const RowView& query,
                 std::pmr::memory_resource* memory);

  // Adds the part of a directory page to the scores of its lists; slice 0 sets them.
  void AddPage(std::uint32_t slice, const DirectoryPage& page, float* out);
  // The same for one row of a directory page. REQUIRES: no bits.
  void AddRow(std::uint32_t slice, const std::byte* row, float* out) const;
  void Finish(std::span<float> scores) const;

 private:
  std::span<const float> Slice(std::uint32_t slice) const;

  simd::RowsKernel kernel_ = nullptr;
  Metric metric_;
  RowView query_;
  std::size_t slice_dims_;
  std::pmr::vector<float> padded_;  // the query, where there are several slices
  std::pmr::vector<float> part_;    // of one page
};

// Ranks a list for a search, given the spread of its rows. `query_norm` is |q|.
inline float ScoreOfList(const Meta& meta, float spread, float centroid_distance,
                         float query_norm) {
  if (meta.metric != Metric::kInnerProduct) return centroid_distance;
  const float score = centroid_distance - kSpreadShare * query_norm * spread;
  return std::isnan(score) ? std::numeric_limits<float>::infinity() : score;
}

}  // namespace vec::ivf
