#include "vector/cluster/assign.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "vector/base/assert.hpp"
#include "vector/base/checked.hpp"

namespace vec::cluster {

namespace {

constexpr std::size_t kTileRows = 256;
constexpr std::size_t kTileColumns = 512;

// A distance below this part of |x|^2 + |c|^2 is lost in the rounding of their
// difference, and so is the order of such distances.
constexpr float kCancelled = 0x1p-14f;

std::size_t TilesOf(std::size_t rows) { return (rows + kTileRows - 1) / kTileRows; }

std::size_t TileFloats(std::size_t centroids) {
  return kTileRows * std::min(centroids, kTileColumns);
}

}  // namespace

Assigner::Assigner(std::span<const float> centroids, std::size_t dims,
                   std::pmr::memory_resource* memory)
    : kernels_(simd::Active()),
      centroids_(centroids),
      dims_(dims),
      norms_(centroids.size() / dims, memory),
      tile_(TileFloats(norms_.size()), memory) {
  VECTOR_ASSERT(!norms_.empty() && norms_.size() * dims == centroids.size());
  for (std::size_t j = 0; j < norms_.size(); ++j) {
    const float* centroid = centroids_.data() + j * dims_;
    norms_[j] = kernels_.inner_product(centroid, centroid, dims_);
  }
}

std::size_t Assigner::MemoryBytes(std::size_t centroids, std::size_t) {
  return CheckedMul(CheckedAdd(centroids, TileFloats(centroids)), sizeof(float));
}

void Assigner::Nearest(std::span<const float> rows, std::span<std::uint32_t> labels,
                       std::span<float> distances) {
  for (std::size_t tile = 0; tile < TilesOf(labels.size()); ++tile) {
    NearestOfTile(tile, rows, labels, distances, tile_.data());
  }
}

void Assigner::Nearest(std::span<const float> rows, std::span<std::uint32_t> labels,
                       std::span<float> distances, Workers& workers) {
  const std::size_t tiles = TilesOf(labels.size());
  if (workers.threads() == 1 || tiles == 1) return Nearest(rows, labels, distances);
  workers.Run(
      0, tiles, [&] { return std::vector<float>(tile_.size()); },
      [&](std::size_t tile, std::vector<float>& products) {
        NearestOfTile(tile, rows, labels, distances, products.data());
      });
}

void Assigner::NearestOfTile(std::size_t tile, std::span<const float> rows,
                             std::span<std::uint32_t> labels, std::span<float> distances,
                             float* products) const {
  VECTOR_ASSERT(rows.size() == labels.size() * dims_);
  VECTOR_ASSERT(distances.empty() || distances.size() == labels.size());
  const std::size_t first = tile * kTileRows;
  const std::size_t n = std::min(kTileRows, labels.size() - first);
  const float* tile_rows = rows.data() + first * dims_;
  std::array<simd::Least, kTileRows> least;
  Rank(tile_rows, n, products, least.data());
  for (std::size_t i = 0; i < n; ++i) {
    const simd::Least found = Settle(tile_rows + i * dims_, products, least[i]);
    labels[first + i] = static_cast<std::uint32_t>(found.position);
    if (!distances.empty()) distances[first + i] = found.score;
  }
}

// The least |c|^2 - 2 <x, c> of each of n rows, as the multiplication sees it.
void Assigner::Rank(const float* rows, std::size_t n, float* products, simd::Least* least) const {
  std::fill_n(least, n, simd::Least{});
  for (std::size_t first = 0; first < norms_.size(); first += kTileColumns) {
    const std::size_t columns = std::min(kTileColumns, norms_.size() - first);
    kernels_.gemm(rows, n, centroids_.data() + first * dims_, columns, dims_, products);
    for (std::size_t i = 0; i < n; ++i) {
      const simd::Least found =
          kernels_.arg_min(norms_.data() + first, products + i * columns, columns);
      if (found.score < least[i].score) least[i] = {found.score, first + found.position};
    }
  }
}

// The distance itself, not by |x|^2 + |c|^2 - 2 <x, c>: exactly 0 for a row that
// equals its centroid. Where that sum cancelled or overflowed, its order is worth
// nothing and the centroids are compared one by one.
simd::Least Assigner::Settle(const float* row, float* products, simd::Least least) const {
  const float distance =
      kernels_.l2_squared(row, centroids_.data() + least.position * dims_, dims_);
  if (distance == 0.0f) return {distance, least.position};

  // score = distance - |x|^2
  const float size = distance - least.score + norms_[least.position];
  const bool is_certain = distance >= kCancelled * size && size < least.kNone;
  return is_certain ? simd::Least{distance, least.position} : Compare(row, products);
}

simd::Least Assigner::Compare(const float* row, float* products) const {
  simd::Least least;
  for (std::size_t first = 0; first < norms_.size(); first += tile_.size()) {
    const std::size_t count = std::min(tile_.size(), norms_.size() - first);
    kernels_.l2_squared_rows(row, centroids_.data() + first * dims_,
                             static_cast<std::ptrdiff_t>(dims_ * sizeof(float)), count, dims_,
                             products);
    for (std::size_t j = 0; j < count; ++j) {
      if (products[j] < least.score) least = {products[j], first + j};
    }
  }
  return least;
}

}  // namespace vec::cluster
