// What the kernels need of xsimd, and where xsimd 8.1 and its successors differ.
//
// Only for the per-instruction-set files: everything here is forced inline.
#pragma once

#include <bit>
#include <cstddef>
#include <xsimd/xsimd.hpp>

#define VECTOR_KERNEL_INLINE [[gnu::always_inline]] inline

namespace vec::simd::internal {

// Sum of the lanes: hadd() in xsimd 8, reduce_add() later.
template <class Batch>
VECTOR_KERNEL_INLINE float SumLanes(const Batch& x) noexcept {
  if constexpr (requires { reduce_add(x); }) {
    return reduce_add(x);
  } else {
    return hadd(x);
  }
}

inline constexpr std::size_t kMaxWidth = 16;  // floats in the widest register

// All bits set in the upper half: loaded at an offset of r < width, the last r
// lanes of a register are kept and the others cleared.
template <std::size_t width>
struct TailMask {
  static_assert(width <= kMaxWidth);
  float lanes[2 * width];
};

template <std::size_t width>
consteval TailMask<width> MakeTailMask() {
  TailMask<width> mask{};
  for (std::size_t i = width; i < 2 * width; ++i) mask.lanes[i] = std::bit_cast<float>(~0u);
  return mask;
}

}  // namespace vec::simd::internal
