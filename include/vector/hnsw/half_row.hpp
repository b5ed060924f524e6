// A float32 vector in half the space: binary16 with a scale.
//
//   0   f32 scale       a power of two: x_i is about scale * half_i
//   4   u32 reserved
//   8   binary16 half[dims]
//
// The scale is 1 where binary16 has the range of the vector, which is the rule. The
// rounding of a coordinate is at most 2^-11 of it; those of different coordinates are
// independent, which RoundingOf() makes use of.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>

#include "vector/base/half.hpp"

namespace vec::hnsw {

inline constexpr std::size_t kHalfRowHead = 8;

inline constexpr std::size_t HalfRowBytes(std::size_t dims) { return kHalfRowHead + 2 * dims; }

// REQUIRES: out.size() == HalfRowBytes(values.size()), aligned to 4 bytes.
void EncodeHalfRow(std::span<const float> values, std::span<std::byte> out);

// REQUIRES: row.size() == HalfRowBytes(out.size()).
void DecodeHalfRow(std::span<const std::byte> row, std::span<float> out);

inline float HalfRowScale(const std::byte* row) {
  float scale = 0;
  std::memcpy(&scale, row, sizeof(scale));
  return scale;
}
inline const Half* HalfRowHalves(const std::byte* row) {
  return reinterpret_cast<const Half*>(row + kHalfRowHead);
}

// The root mean square of the rounding of a coordinate of which only the root mean
// square is known: an error uniform within half a unit in the last place, which is at
// most 2^-10 of the coordinate.
inline constexpr float kHalfRounding = 0x1.0p-10f / 3.4641016f;

}  // namespace vec::hnsw
