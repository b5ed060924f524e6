// Clustering of bit strings by Hamming or Jaccard distance.
//
// k-majority: Lloyd's iteration with bit strings for centroids. The centroid of a
// cluster has the bits that most of its rows have (Hamming), or its most frequent bits,
// as many as its rows have on average (Jaccard), so that it is as dense as they are.
// Seeds are drawn by their squared distance to the seeds before (k-means++); above 256
// centroids the rows are split into groups first, as in kmeans.hpp.
//
// Rows and centroids are raw words of 32 bits, in the place of floats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "vector/cluster/rows.hpp"
#include "vector/simd/bits.hpp"

namespace vec::cluster {

enum class BitMetric : std::uint8_t { kHamming, kJaccard };

// The distance of two strings of `words` words: differing bits, or 1 - shared / combined
// (1 where no bit is shared). By the kernels in use when it was made.
class BitDistance {
 public:
  explicit BitDistance(BitMetric metric)
      : metric_(metric), kernels_(simd::BitKernelsOf(simd::Active().level)) {}

  float operator()(const float* a, const float* b, std::size_t words) const {
    const auto* x = reinterpret_cast<const std::uint8_t*>(a);
    const auto* y = reinterpret_cast<const std::uint8_t*>(b);
    const std::size_t bytes = words * sizeof(float);
    if (metric_ == BitMetric::kHamming) return static_cast<float>(kernels_.hamming(x, y, bytes));
    const simd::BitCounts counts = kernels_.jaccard(x, y, bytes);
    return simd::JaccardDistance(counts.shared, counts.combined);
  }

 private:
  BitMetric metric_;
  const simd::BitKernels& kernels_;
};

struct NearestBits {
  std::uint32_t centroid;
  float distance;
};

// Nearest centroid of a row, ties to the lower number.
class BitAssigner {
 public:
  // The centroids, `words` words each, must outlive the object. REQUIRES: at least one.
  BitAssigner(BitMetric metric, std::span<const float> centroids, std::size_t words)
      : distance_(metric), centroids_(centroids), words_(words) {}

  NearestBits Nearest(const float* row) const;

 private:
  BitDistance distance_;
  std::span<const float> centroids_;
  std::size_t words_;
};

struct BitTrainParams {
  BitMetric metric = BitMetric::kHamming;
  std::size_t centroids = 0;  // how many to make, >= 1
  int iterations = 10;        // of Lloyd, at most; stops early when nothing moves
  std::uint64_t seed = 1;     // same rows and params: same result
  std::pmr::memory_resource* memory = std::pmr::get_default_resource();
  void (*check_interrupts)() = [] {};  // called at least every few milliseconds; may throw
};

// Bytes that TrainBits takes for so many rows, result included.
std::size_t TrainBitsMemoryBytes(std::size_t rows, std::size_t centroids, std::size_t words);

// Makes at most min(centroids, rows.count()) centroids, no two alike. REQUIRES: rows.count() >= 1.
std::pmr::vector<float> TrainBits(RowSource& rows, const BitTrainParams& params);

}  // namespace vec::cluster
