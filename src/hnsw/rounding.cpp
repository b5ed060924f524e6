#include "vector/hnsw/rounding.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "vector/base/random.hpp"
#include "vector/hnsw/half_row.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::hnsw {

namespace {

constexpr std::size_t kLeastRows = 1000;
constexpr std::size_t kSample = 8192;
constexpr std::size_t kAsked = 128;  // of them
constexpr float kMostMoved = 0.01f;

// One row of each of equal parts.
std::pmr::vector<const float*> SampleRows(std::span<const float> values, std::size_t dims,
                                          std::uint64_t seed, std::pmr::memory_resource* memory) {
  const std::size_t rows = values.size() / dims;
  const std::size_t wanted = std::min(rows, kSample);
  std::pmr::vector<const float*> sample(wanted, memory);
  Random random(seed);
  for (std::size_t i = 0; i < wanted; ++i) {
    const std::size_t first = rows * i / wanted;
    const std::size_t end = rows * (i + 1) / wanted;
    sample[i] = values.data() + (first + random.Below(end - first)) * dims;
  }
  return sample;
}

}  // namespace

bool AllowsRounding(std::span<const float> values, std::size_t dims, std::uint64_t seed,
                    std::pmr::memory_resource* memory) {
  if (values.size() < kLeastRows * dims) return false;
  const simd::PairKernel l2_squared = simd::Active().l2_squared;
  const std::pmr::vector<const float*> sample = SampleRows(values, dims, seed, memory);
  std::pmr::vector<std::byte> half(HalfRowBytes(dims), memory);
  std::pmr::vector<float> rounded(dims, memory);
  std::size_t apart = 0;
  for (std::size_t i = 0; i < kAsked; ++i) {
    const float* row = sample[sample.size() * i / kAsked];
    float nearest = std::numeric_limits<float>::infinity();
    for (const float* other : sample) {
      const float distance = l2_squared(row, other, dims);
      if (distance > 0) nearest = std::min(nearest, distance);
    }
    EncodeHalfRow({row, dims}, half);
    DecodeHalfRow(half, rounded);
    const float moved = l2_squared(row, rounded.data(), dims);
    const bool has_other = nearest < std::numeric_limits<float>::infinity();
    if (has_other && moved <= kMostMoved * kMostMoved * nearest) ++apart;
  }
  return 10 * apart >= 9 * kAsked;
}

}  // namespace vec::hnsw
