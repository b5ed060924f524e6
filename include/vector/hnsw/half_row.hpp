// A float32 vector in half the space: binary16 with a scale.
//
//   0   f32 scale       a power of two: x_i is about scale * half_i
//   4   u32 origin      bits 1 .. 31: hash of the float32 vector: rows that are equal but for
//                       it were rounded to the same
//                       bit 0: its coordinates were not rounded as if by chance
//   8   binary16 half[dims]
//
// The scale is 1 where binary16 has the range of the vector, which is the rule.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "vector/base/half.hpp"

namespace vec::hnsw {

inline constexpr std::size_t kHalfRowHead = 8;

inline constexpr std::size_t HalfRowBytes(std::size_t dims) { return kHalfRowHead + 2 * dims; }

// REQUIRES: out.size() == HalfRowBytes(values.size()), aligned to 4 bytes.
void EncodeHalfRow(std::span<const float> values, std::span<std::byte> out);

// The same of values that were rounded before, with the origin they had.
void EncodeHalfRow(std::span<const float> values, std::uint32_t origin, std::span<std::byte> out);

// REQUIRES: row.size() == HalfRowBytes(out.size()).
void DecodeHalfRow(std::span<const std::byte> row, std::span<float> out);

inline float HalfRowScale(const std::byte* row) {
  float scale = 0;
  std::memcpy(&scale, row, sizeof(scale));
  return scale;
}
inline std::uint32_t HalfRowOrigin(const std::byte* row) {
  std::uint32_t origin = 0;
  std::memcpy(&origin, row + sizeof(float), sizeof(origin));
  return origin;
}
inline bool IsEven(std::uint32_t origin) { return (origin & 1) == 0; }
inline const Half* HalfRowHalves(const std::byte* row) {
  return reinterpret_cast<const Half*>(row + kHalfRowHead);
}

// Whether two vectors were rounded to the same.
bool IsSameHalfRow(std::span<const std::byte> a, std::span<const std::byte> b);

// The most that rounding moves a vector of length 1, whatever its coordinates: 2^-11 of each,
// or 2^-25 of the scale where binary16 ends. The greatest is then 2^-8 of the scale or more.
inline float MostHalfRounding(std::size_t dims) {
  return 0x1.0p-11f + 0x1.0p-17f * std::sqrt(static_cast<float>(dims));
}

// The root mean square of it where the row is even: an error uniform within half a unit in
// the last place, which is at most 2^-10 of the coordinate.
inline constexpr float kHalfRounding = 0x1.0p-10f / 3.4641016f;

}  // namespace vec::hnsw
