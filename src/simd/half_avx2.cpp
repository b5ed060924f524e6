#if defined(__x86_64__)
#define VECTOR_SIMD_ARCH xsimd::fma3<xsimd::avx2>
#define VECTOR_SIMD_TABLE kAvx2HalfKernels
#include "half.inc"
#endif
