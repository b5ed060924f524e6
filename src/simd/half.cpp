#include "vector/simd/half.hpp"

#include "half_tables.hpp"

namespace vec::simd {

const HalfKernels& HalfKernelsOf(Level level) noexcept {
  switch (level) {
#if defined(__x86_64__)
    case Level::kAvx512:
      return internal::kAvx512HalfKernels;
    case Level::kAvx2:
      return internal::kAvx2HalfKernels;
#endif
    default:
      return internal::kBaselineHalfKernels;
  }
}

}  // namespace vec::simd
