// Kernels on bit strings: exact at every level, of any length and alignment.
#pragma once

#include <cstddef>
#include <cstdint>

#include "vector/simd/kernels.hpp"

namespace vec::simd {

struct BitCounts {
  std::uint64_t shared;    // bits of a and b
  std::uint64_t combined;  // bits of a or b
};

// Distances of one query to `count` rows of `bytes` bytes each; row i begins at
// rows + i * stride (stride may be negative). Writes out[0..count).
using BitRowsKernel = void (*)(const std::uint8_t* query, const std::uint8_t* rows,
                               std::ptrdiff_t stride, std::size_t count, std::size_t bytes,
                               float* out);

struct BitKernels {
  // The bits in which the `bytes` bytes of a and b differ.
  std::uint64_t (*hamming)(const std::uint8_t* a, const std::uint8_t* b, std::size_t bytes);
  BitCounts (*jaccard)(const std::uint8_t* a, const std::uint8_t* b, std::size_t bytes);
  BitRowsKernel hamming_rows;  // REQUIRES: at most 2^24 bits
  BitRowsKernel jaccard_rows;  // JaccardDistance() of the counts
};

// 1 - shared / combined; 1 where no bit is shared. In double: equal wherever it is computed.
[[gnu::always_inline]] inline float JaccardDistance(std::uint64_t shared,
                                                    std::uint64_t combined) noexcept {
  if (shared == 0) return 1.0f;
  return static_cast<float>(1.0 - static_cast<double>(shared) / static_cast<double>(combined));
}

// The best that this machine has up to a level. REQUIRES: it has the level.
const BitKernels& BitKernelsOf(Level level) noexcept;

}  // namespace vec::simd
