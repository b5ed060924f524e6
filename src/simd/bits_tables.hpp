// What the per-instruction-set objects for bits give to bits.cpp; the rules of
// tables.hpp hold.
#pragma once

#include "vector/simd/bits.hpp"

namespace vec::simd::internal {

extern const BitKernels kBaselineBitKernels;
#if defined(__x86_64__)
extern const BitKernels kAvx2BitKernels;
extern const BitKernels kAvx512BitKernels;  // VPOPCNTDQ
#endif

}  // namespace vec::simd::internal
