#include "vector/types/bits.hpp"

#include "vector/base/assert.hpp"
#include "vector/simd/bits.hpp"

namespace vec::types {

namespace {

using Bytes = std::span<const std::uint8_t>;

const simd::BitKernels& ActiveKernels() { return simd::BitKernelsOf(simd::Active().level); }

}  // namespace

double HammingDistance(Bytes a, Bytes b) noexcept {
  VECTOR_ASSERT(a.size() == b.size());
  return static_cast<double>(ActiveKernels().hamming(a.data(), b.data(), a.size()));
}

double JaccardDistance(Bytes a, Bytes b) noexcept {
  VECTOR_ASSERT(a.size() == b.size());
  const simd::BitCounts counts = ActiveKernels().jaccard(a.data(), b.data(), a.size());
  if (counts.shared == 0) return 1;
  return 1 - static_cast<double>(counts.shared) / static_cast<double>(counts.combined);
}

}  // namespace vec::types
