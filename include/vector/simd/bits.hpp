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

struct BitKernels {
  // The bits in which the `bytes` bytes of a and b differ.
  std::uint64_t (*hamming)(const std::uint8_t* a, const std::uint8_t* b, std::size_t bytes);
  BitCounts (*jaccard)(const std::uint8_t* a, const std::uint8_t* b, std::size_t bytes);
};

// The best that this machine has up to a level. REQUIRES: it has the level.
const BitKernels& BitKernelsOf(Level level) noexcept;

}  // namespace vec::simd
