// What the per-instruction-set objects give to dispatch.cpp.
//
// These objects hold code that an older machine cannot run, so nothing but the
// names below may leave them: no std container, no inline function that another
// object could share (`make check-simd`).
#pragma once

#include "vector/simd/kernels.hpp"

namespace vec::simd::internal {

extern const Kernels kBaselineKernels;
#if defined(__x86_64__)
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
#endif

void GemmBaseline(const float* x, std::size_t m, const float* c, std::size_t k, std::size_t n,
                  float* out);
#if defined(__x86_64__)
void GemmAvx2(const float* x, std::size_t m, const float* c, std::size_t k, std::size_t n,
              float* out);
void GemmAvx512(const float* x, std::size_t m, const float* c, std::size_t k, std::size_t n,
                float* out);
#endif

}  // namespace vec::simd::internal
