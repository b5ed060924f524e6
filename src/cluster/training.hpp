// What all steps of one training share, and how they pass over the rows.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <memory_resource>
#include <span>
#include <vector>

#include "budget.hpp"
#include "vector/base/random.hpp"
#include "vector/cluster/kmeans.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::cluster {

struct Training {
  const KMeansParams& params;
  Budget& memory;
  Random random;
  const simd::Kernels& kernels;
};

// Centroids row-major, appended to by every step. Its capacity is for all that
// will come, so that nothing moves.
using Centroids = std::pmr::vector<float>;

inline constexpr std::size_t kMaxBlockRows = 1024;

// Rows of one pass between two interrupt checks: a few milliseconds of
// multiplication with so many centroids, or of reading. A power of two.
inline std::size_t BlockRows(const RowSource& rows, std::size_t centroids) {
  constexpr std::size_t kMultiplications = std::size_t{1} << 27;
  constexpr std::size_t kFloats = std::size_t{1} << 19;
  const std::size_t by_work = kMultiplications / (centroids * rows.dims());
  const std::size_t by_size = kFloats / rows.dims();
  const std::size_t wanted = std::clamp<std::size_t>(std::min(by_work, by_size), 16, kMaxBlockRows);
  return std::bit_floor(std::min(wanted, rows.max_block()));
}

// visit(first, n, values) for every block of rows, in order.
template <class Visit>
void ForEachBlock(const Training& training, RowSource& rows, std::size_t block, Visit visit) {
  for (std::size_t first = 0; first < rows.count(); first += block) {
    training.params.check_interrupts();
    const std::size_t n = std::min(block, rows.count() - first);
    visit(first, n, rows.Read(first, n));
  }
}

// Copies a vector at unit length; returns false where it has none.
template <class T>
bool Normalize(std::span<const T> from, std::span<T> to) {
  double square = 0;
  for (const T value : from) square += static_cast<double>(value) * value;
  const double length = std::sqrt(square);
  if (!(length > 0)) return false;
  for (std::size_t d = 0; d < from.size(); ++d) to[d] = static_cast<T>(from[d] / length);
  return true;
}

}  // namespace vec::cluster
