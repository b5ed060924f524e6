// What the per-instruction-set objects for binary16 give to half.cpp; the rules of
// tables.hpp hold.
#pragma once

#include "vector/simd/half.hpp"

namespace vec::simd::internal {

extern const HalfKernels kBaselineHalfKernels;
#if defined(__x86_64__)
extern const HalfKernels kAvx2HalfKernels;
extern const HalfKernels kAvx512HalfKernels;
#endif

}  // namespace vec::simd::internal
