// Up to twice the AVX2 object where the registers are as wide as the instructions
// (Zen 5); no slower where they are not.
#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 takes its own _mm512_undefined_ps() for a mistake.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#define Eigen Eigen_avx512
#define VECTOR_SIMD_GEMM GemmAvx512
#include "gemm.inc"
#endif
