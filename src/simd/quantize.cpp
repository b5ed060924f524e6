#include "vector/simd/quantize.hpp"

#include "quantize_tables.hpp"

namespace vec::simd {

const QuantizeKernels& QuantizeKernelsOf(Level level) noexcept {
  switch (level) {
#if defined(__x86_64__)
    case Level::kAvx512:
      return internal::kAvx512QuantizeKernels;
    case Level::kAvx2:
      return internal::kAvx2QuantizeKernels;
#endif
    default:
      return internal::kBaselineQuantizeKernels;
  }
}

}  // namespace vec::simd
