// Nearest centroid of many rows at once, by matrix multiplication.
//
// argmin_j |x - c_j|^2 = argmin_j |c_j|^2 - 2 <x, c_j>, in tiles: the full
// rows-by-centroids matrix is never made. The distance to the centroid found is
// then computed for itself, and where it is too small beside the norms for that
// formula in float32 (or overflows) the row is compared with every centroid.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "vector/base/workers.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::cluster {

class Assigner {
 public:
  // Centroids are row-major, dims floats each; the span must outlive the object
  // and stay unchanged. REQUIRES: at least one centroid, dims >= 1.
  Assigner(std::span<const float> centroids, std::size_t dims, std::pmr::memory_resource* memory);

  // Writes the number of the nearest centroid (squared L2, ties to the lower
  // number) of every row, and where `distances` is not empty the squared
  // distance, never negative or NaN (+Inf where it overflows).
  // Rows: labels.size() * dims floats.
  void Nearest(std::span<const float> rows, std::span<std::uint32_t> labels,
               std::span<float> distances = {});
  // The same, by threads: each takes some memory of its own from malloc.
  void Nearest(std::span<const float> rows, std::span<std::uint32_t> labels,
               std::span<float> distances, Workers& workers);

  // Bytes that an object for so many centroids takes beside the centroids.
  static std::size_t MemoryBytes(std::size_t centroids, std::size_t dims);

 private:
  // What Nearest() does for one tile of the rows; `products` is as large as tile_.
  void NearestOfTile(std::size_t tile, std::span<const float> rows, std::span<std::uint32_t> labels,
                     std::span<float> distances, float* products) const;
  void Rank(const float* rows, std::size_t n, float* products, simd::Least* least) const;
  simd::Least Settle(const float* row, float* products, simd::Least least) const;
  simd::Least Compare(const float* row, float* products) const;

  const simd::Kernels& kernels_;
  std::span<const float> centroids_;
  std::size_t dims_;
  std::pmr::vector<float> norms_;  // |c_j|^2
  std::pmr::vector<float> tile_;   // inner products of one tile
};

}  // namespace vec::cluster
