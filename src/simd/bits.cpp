#include "vector/simd/bits.hpp"

#include "bits_tables.hpp"

namespace vec::simd {

#if defined(__x86_64__)
namespace {

// Skylake-SP and Cascade Lake have the level without it.
bool HasVectorPopcount() noexcept {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512vpopcntdq") != 0;
}

}  // namespace
#endif

const BitKernels& BitKernelsOf(Level level) noexcept {
  switch (level) {
#if defined(__x86_64__)
    case Level::kAvx512:
      return HasVectorPopcount() ? internal::kAvx512BitKernels : internal::kAvx2BitKernels;
    case Level::kAvx2:
      return internal::kAvx2BitKernels;
#endif
    default:
      return internal::kBaselineBitKernels;
  }
}

}  // namespace vec::simd
