// How each metric ranks lists and rows.
//
//   metric         rows stored as   rows ranked by   lists probed by
//   kL2            given            |q - x|^2        |q - c|^2
//   kInnerProduct  given            -<q, x>          -<q, c> - 0.1 |q| spread
//   kCosine        unit length      -<q, x>          -<q, c>
//   kL1            given            |q - x|_1        |q - c|_1
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
#include <span>

#include "vector/ivf/layout.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::ivf {

// Share of |q| * spread that a list's score is improved by.
inline constexpr float kSpreadShare = 0.1f;

// The coordinate that gives x the length M; 0 where x is longer.
inline float Augment(float max_norm_squared, float norm_squared) {
  return std::sqrt(std::fmax(0.0f, max_norm_squared - norm_squared));
}

// Ranks the rows of a list page: out[i] is the distance of row i, smaller is
// nearer, never NaN. REQUIRES: out.size() >= page.count().
void ScoreRows(const Meta& meta, const simd::Kernels& kernels, std::span<const float> query,
               const ListRows& page, float* out);

// The exact distance behind a code: as ScoreRows, except that cosine takes the
// squared L2 distance of the unit vectors, which is what its codes estimate.
float ExactDistance(Metric metric, const simd::Kernels& kernels, std::span<const float> query,
                    const std::byte* row);

// The distance of the query to the centroids of a directory page: squared L2, L1,
// or minus the inner product.
void CentroidDistances(const Meta& meta, const simd::Kernels& kernels, std::span<const float> query,
                       const DirectoryPage& page, float* out);

// Ranks a list for a search. `query_norm` is |q|.
inline float ScoreOfList(const Meta& meta, const ListHead& head, float centroid_distance,
                         float query_norm) {
  if (meta.metric != Metric::kInnerProduct) return centroid_distance;
  const float score = centroid_distance - kSpreadShare * query_norm * head.spread;
  return std::isnan(score) ? std::numeric_limits<float>::infinity() : score;
}

// Ranks the lists of a directory page for a new row.
void ScoreListsForInsert(const Meta& meta, const simd::Kernels& kernels, std::span<const float> row,
                         const DirectoryPage& page, float* out);

}  // namespace vec::ivf
