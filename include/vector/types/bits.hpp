// Distances between bit strings of equal length, whose last byte is filled up with
// zeros. Exact.
//
// REQUIRES of each: a.size() == b.size().
#pragma once

#include <cstdint>
#include <span>

namespace vec::types {

// The number of bits that differ.
double HammingDistance(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) noexcept;

// 1 - the bits set in both / the bits set in any; 1 where none is set in both.
double JaccardDistance(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) noexcept;

}  // namespace vec::types
