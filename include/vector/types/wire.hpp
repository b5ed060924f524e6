// Elements in the byte order of PostgreSQL's binary protocol: big endian.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace vec::types {

// The bits of an element: float32 or binary16.
template <typename Element>
using BitsOf = std::conditional_t<sizeof(Element) == 4, std::uint32_t, std::uint16_t>;

inline constexpr std::uint32_t ToBigEndian(std::uint32_t bits) {
  return std::endian::native == std::endian::big ? bits : __builtin_bswap32(bits);
}
inline constexpr std::uint16_t ToBigEndian(std::uint16_t bits) {
  return std::endian::native == std::endian::big ? bits : __builtin_bswap16(bits);
}

// REQUIRES: bytes has room for all elements.
template <typename Element>
void WriteBigEndian(std::span<const Element> elements, std::byte* bytes) {
  for (const Element element : elements) {
    const auto bits = ToBigEndian(std::bit_cast<BitsOf<Element>>(element));
    std::memcpy(bytes, &bits, sizeof bits);
    bytes += sizeof bits;
  }
}

// REQUIRES: bytes holds all elements, aligned or not.
template <typename Element>
void ReadBigEndian(const std::byte* bytes, std::span<Element> elements) {
  for (Element& element : elements) {
    BitsOf<Element> bits;
    std::memcpy(&bits, bytes, sizeof bits);
    element = std::bit_cast<Element>(ToBigEndian(bits));
    bytes += sizeof bits;
  }
}

}  // namespace vec::types
