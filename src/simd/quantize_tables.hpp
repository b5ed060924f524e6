// What the per-instruction-set objects of the quantiser give to quantize.cpp and
// fastscan.cpp; the rules of tables.hpp hold.
#pragma once

#include "vector/simd/fastscan.hpp"
#include "vector/simd/quantize.hpp"

namespace vec::simd::internal {

extern const QuantizeKernels kBaselineQuantizeKernels;
void FastScanBaseline(const std::uint8_t* block, const std::uint8_t* table, std::size_t groups,
                      std::uint32_t* sums);

#if defined(__x86_64__)
extern const QuantizeKernels kAvx2QuantizeKernels;
extern const QuantizeKernels kAvx512QuantizeKernels;
void FastScanAvx2(const std::uint8_t* block, const std::uint8_t* table, std::size_t groups,
                  std::uint32_t* sums);
void FastScanAvx512(const std::uint8_t* block, const std::uint8_t* table, std::size_t groups,
                    std::uint32_t* sums);
#endif

// A sum of 16 bits holds the entries of this many groups: 256 * 255 < 2^16.
inline constexpr std::size_t kFastScanStretch = 256;

}  // namespace vec::simd::internal
