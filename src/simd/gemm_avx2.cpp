#if defined(__x86_64__)
#define Eigen Eigen_avx2
#define VECTOR_SIMD_GEMM GemmAvx2
#include "gemm.inc"
#endif
