// Distance kernels for binary16: the kernels of kernels.hpp on elements that are
// widened, which is exact, as they are read. Sums are float32.
//
// Pointers need an alignment of 2 bytes.
#pragma once

#include <cstdint>

#include "vector/base/half.hpp"
#include "vector/simd/fastscan.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::simd {

using HalfPairKernel = float (*)(const Half* a, const Half* b, std::size_t n);

// What the estimates of the lanes of a block share.
struct LaneTerms {
  float base;
  float share;
  float offset;
  float step;
};

struct HalfKernels {
  HalfPairKernel l2_squared;
  HalfPairKernel inner_product;
  HalfPairKernel l1;
  CosineSums (*cosine)(const Half* a, const Half* b, std::size_t n);
  // One query, widened once by the caller, against rows of n Halfs each.
  RowsKernel l2_squared_rows;
  RowsKernel inner_product_rows;
  RowsKernel l1_rows;
  // out[i] = scale * row[i].
  void (*widen)(const Half* row, float scale, std::size_t n, float* out);
  // out[i] = base + share * add[i] + rescale[i] * (offset + step * sums[i]) for the 32
  // lanes of a block, or base where that is NaN. REQUIRES: sums < 2^31.
  void (*estimate_lanes)(const Half* add, const Half* rescale, const std::uint32_t* sums,
                         const LaneTerms& terms, float* out);
};

// REQUIRES: this machine has the level.
const HalfKernels& HalfKernelsOf(Level level) noexcept;

}  // namespace vec::simd
