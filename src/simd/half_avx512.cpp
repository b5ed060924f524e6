#if defined(__x86_64__)
// GCC 12 takes the deliberately undefined registers of its own header for a mistake.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#define VECTOR_SIMD_ARCH xsimd::avx512bw
#define VECTOR_SIMD_TABLE kAvx512HalfKernels
#include "half.inc"
#endif
