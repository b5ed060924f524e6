// float32 in the byte order of PostgreSQL's binary protocol: big endian.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace vec::types {

inline constexpr std::uint32_t ToBigEndian(std::uint32_t bits) {
  return std::endian::native == std::endian::big ? bits : __builtin_bswap32(bits);
}

// REQUIRES: bytes has room for 4 * elements.size().
inline void WriteBigEndian(std::span<const float> elements, std::byte* bytes) {
  for (const float value : elements) {
    const std::uint32_t bits = ToBigEndian(std::bit_cast<std::uint32_t>(value));
    std::memcpy(bytes, &bits, sizeof bits);
    bytes += sizeof bits;
  }
}

// REQUIRES: bytes holds 4 * elements.size(), aligned or not.
inline void ReadBigEndian(const std::byte* bytes, std::span<float> elements) {
  for (float& value : elements) {
    std::uint32_t bits;
    std::memcpy(&bits, bytes, sizeof bits);
    value = std::bit_cast<float>(ToBigEndian(bits));
    bytes += sizeof bits;
  }
}

}  // namespace vec::types
