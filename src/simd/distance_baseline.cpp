// What every machine of the architecture runs: SSE2 on x86-64, NEON on ARM64.
#if defined(__aarch64__)
#define VECTOR_SIMD_ARCH xsimd::neon64
#define VECTOR_SIMD_NAME "neon"
#else
#define VECTOR_SIMD_ARCH xsimd::sse2
#define VECTOR_SIMD_NAME "sse2"
#endif
#define VECTOR_SIMD_LEVEL Level::kBaseline
#define VECTOR_SIMD_TABLE kBaselineKernels
#define VECTOR_SIMD_GEMM GemmBaseline
#include "distance.inc"
