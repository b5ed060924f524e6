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
#include "vector/base/workers.hpp"
#include "vector/cluster/kmeans.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::cluster {

inline constexpr std::size_t kMaxBlockRows = 1024;

// Rows that threads share out among themselves: so many that starting them costs little.
inline constexpr std::size_t kMaxPassRows = 16 * 1024;

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

struct Training {
  Training(const KMeansParams& for_params, Budget& budget, Workers& threads)
      : params(for_params),
        memory(budget),
        random(for_params.seed),
        kernels(simd::Active()),
        workers(threads),
        labels(threads.threads() > 1 ? kMaxPassRows : kMaxBlockRows, &budget),
        distances(labels.size(), &budget) {}

  const KMeansParams& params;
  Budget& memory;
  Random random;
  const simd::Kernels& kernels;
  Workers& workers;
  // Of the rows of one block, for whoever passes over rows: PassRows() each.
  std::pmr::vector<std::uint32_t> labels;
  std::pmr::vector<float> distances;
};

// Centroids row-major, appended to by every step. Its capacity is for all that
// will come, so that nothing moves.
using Centroids = std::pmr::vector<float>;

// Bytes of labels and distances of so many rows.
inline constexpr std::size_t PassBytes(std::size_t rows) {
  return rows * (sizeof(std::uint32_t) + sizeof(float));
}

// BlockRows() of rows that an Assigner compares; threads take larger ones.
inline std::size_t PassRows(const Training& training, const RowSource& rows,
                            std::size_t centroids) {
  if (training.workers.threads() == 1 || rows.max_block() < kMaxBlockRows) {
    return BlockRows(rows, centroids);
  }
  return std::bit_floor(std::min(training.labels.size(), rows.max_block()));
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
