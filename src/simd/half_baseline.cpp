#if defined(__aarch64__)
#define VECTOR_SIMD_ARCH xsimd::neon64
#else
#define VECTOR_SIMD_ARCH xsimd::sse2
#endif
#define VECTOR_SIMD_TABLE kBaselineHalfKernels
#include "half.inc"
