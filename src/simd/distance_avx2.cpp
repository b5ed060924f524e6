// AVX2 with FMA: Haswell, Zen and later.
#if defined(__x86_64__)
#define VECTOR_SIMD_ARCH xsimd::fma3<xsimd::avx2>
#define VECTOR_SIMD_NAME "avx2"
#define VECTOR_SIMD_LEVEL Level::kAvx2
#define VECTOR_SIMD_TABLE kAvx2Kernels
#define VECTOR_SIMD_GEMM GemmAvx2
#include "distance.inc"
#endif
