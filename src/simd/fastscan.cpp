#include "vector/simd/fastscan.hpp"

#include "quantize_tables.hpp"

namespace vec::simd {

FastScanKernel FastScanOf(Level level) noexcept {
  switch (level) {
#if defined(__x86_64__)
    case Level::kAvx512:
      return &internal::FastScanAvx512;
    case Level::kAvx2:
      return &internal::FastScanAvx2;
#endif
    default:
      return &internal::FastScanBaseline;
  }
}

}  // namespace vec::simd
