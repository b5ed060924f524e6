// The kernel of FastScan; see quantize/fastscan.hpp for the layout.
#pragma once

#include <cstddef>
#include <cstdint>

#include "vector/simd/kernels.hpp"

namespace vec::simd {

inline constexpr std::size_t kFastScanLanes = 32;

// sums[lane] = sum over the groups of table[16 g + nibble of the lane], exact in
// 32 bits for up to 16,000 dimensions. Equal at every level, bit for bit.
using FastScanKernel = void (*)(const std::uint8_t* block, const std::uint8_t* table,
                                std::size_t groups, std::uint32_t* sums);

FastScanKernel FastScanOf(Level level) noexcept;

}  // namespace vec::simd
