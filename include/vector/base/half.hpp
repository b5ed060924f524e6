// IEEE 754 binary16: 1 sign bit, 5 bits of exponent, 10 of mantissa.
//
// A Half only stores: arithmetic widens to float32, which is exact, and rounds the
// result. The conversions are exact for every bit pattern and the same on every
// machine; kernels convert whole registers instead (src/simd/widen.hpp).
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <type_traits>

namespace vec {

struct Half {
  std::uint16_t bits;
};

static_assert(sizeof(Half) == 2 && alignof(Half) == 2 && std::is_trivial_v<Half>);

namespace internal {

// What the biased exponents of float32 and binary16 differ by.
inline constexpr std::uint32_t kHalfExponentShift = (127 - 15) << 23;
inline constexpr std::uint32_t kLeastNormalHalf = 113u << 23;  // 2^-14 as a float
inline constexpr std::uint32_t kInfinity = 0x7F800000;

}  // namespace internal

constexpr float ToFloat(float value) noexcept { return value; }

constexpr float ToFloat(Half half) noexcept {
  using namespace internal;
  const std::uint32_t sign = (half.bits & 0x8000u) << 16;
  const std::uint32_t magnitude = (half.bits & 0x7FFFu) << 13;
  std::uint32_t bits = magnitude + kHalfExponentShift;
  if (magnitude >= 0x7C00u << 13) {  // infinite or NaN
    bits = magnitude | kInfinity;
  } else if (magnitude < 0x0400u << 13) {  // zero or subnormal: normal once 2^-14 is added
    bits = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude + kLeastNormalHalf) -
                                        std::bit_cast<float>(kLeastNormalHalf));
  }
  return std::bit_cast<float>(bits | sign);
}

// The nearest Half, of two equally near ones the even one; 65520 and beyond is
// infinite, as IEEE 754 says.
constexpr Half ToHalf(float value) noexcept {
  using namespace internal;
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000u;
  const std::uint32_t magnitude = bits & 0x7FFFFFFFu;
  std::uint32_t half = 0;
  if (magnitude > kInfinity) {  // NaN: a quiet one
    half = 0x7E00u | ((magnitude >> 13) & 0x3FFu);
  } else if (magnitude >= 143u << 23) {  // 65536
    half = 0x7C00u;
  } else if (magnitude < kLeastNormalHalf) {  // the units of 0.5 are those of subnormals
    half = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) -
           std::bit_cast<std::uint32_t>(0.5f);
  } else {
    const std::uint32_t is_odd = (magnitude >> 13) & 1u;
    half = (magnitude - kHalfExponentShift + 0xFFFu + is_odd) >> 13;
  }
  return {static_cast<std::uint16_t>(half | sign)};
}

// Elements as float32. REQUIRES: out has room for all.
template <typename Element>
void Widen(std::span<const Element> elements, std::span<float> out) {
  std::ranges::transform(elements, out.begin(), [](Element element) { return ToFloat(element); });
}

// The element nearest to a float.
template <typename Element>
constexpr Element Round(float value) noexcept {
  if constexpr (std::is_same_v<Element, Half>) {
    return ToHalf(value);
  } else {
    return value;
  }
}

}  // namespace vec
