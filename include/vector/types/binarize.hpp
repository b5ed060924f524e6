// One bit for each element: its sign.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "vector/base/half.hpp"

namespace vec::types {

// Bit i, counted from the most significant bit of the first byte, is 1 where
// element i > 0; bits past the last element are 0.
// REQUIRES: bits.size() == ceil(elements.size() / 8).
void Binarize(std::span<const float> elements, std::span<std::uint8_t> bits) noexcept;
void Binarize(std::span<const Half> elements, std::span<std::uint8_t> bits) noexcept;

}  // namespace vec::types
