// Distance kernels for binary16: the kernels of kernels.hpp on elements that are
// widened, which is exact, as they are read. Sums are float32.
//
// Pointers need an alignment of 2 bytes.
#pragma once

#include "vector/base/half.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::simd {

using HalfPairKernel = float (*)(const Half* a, const Half* b, std::size_t n);

struct HalfKernels {
  HalfPairKernel l2_squared;
  HalfPairKernel inner_product;
  HalfPairKernel l1;
  CosineSums (*cosine)(const Half* a, const Half* b, std::size_t n);
  // One query, widened once by the caller, against rows of n Halfs each.
  RowsKernel l2_squared_rows;
  RowsKernel inner_product_rows;
  RowsKernel l1_rows;
};

// REQUIRES: this machine has the level.
const HalfKernels& HalfKernelsOf(Level level) noexcept;

}  // namespace vec::simd
