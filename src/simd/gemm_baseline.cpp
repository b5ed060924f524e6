#define Eigen Eigen_baseline
#define VECTOR_SIMD_GEMM GemmBaseline
#include "gemm.inc"
