// AVX-512 F, CD, DQ, BW, VL: Skylake-SP, Zen 4 and later.
#if defined(__x86_64__)
#define VECTOR_SIMD_ARCH xsimd::avx512bw
#define VECTOR_SIMD_NAME "avx512"
#define VECTOR_SIMD_LEVEL Level::kAvx512
#define VECTOR_SIMD_TABLE kAvx512Kernels
#define VECTOR_SIMD_GEMM GemmAvx512
#include "distance.inc"
#endif
