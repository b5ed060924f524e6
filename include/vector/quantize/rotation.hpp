// A random rotation that costs n log n: sign flips and fast Hadamard transforms.
//
// Vectors of `dims` floats become rotated_dims = dims rounded up to a multiple of
// 64 (at least 64); lengths and inner products are kept up to rounding. Where the
// dimensions are no power of two, the transform covers the largest power of two at
// the front and then at the end, four rounds in turn, with a Kac step between that
// mixes both halves, as in RaBitQ-Library. The seed alone decides the rotation: the
// same seed gives the same numbers on every machine up to float rounding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

namespace vec::quantize {

inline constexpr std::size_t RotatedDims(std::size_t dims) { return (dims + 63) / 64 * 64; }

class Rotation {
 public:
  Rotation(std::size_t dims, std::uint64_t seed, std::pmr::memory_resource* memory);

  std::size_t dims() const { return dims_; }
  std::size_t rotated_dims() const { return rotated_dims_; }

  // out.size() == rotated_dims(); in.size() == dims(). May not overlap.
  void Rotate(std::span<const float> in, std::span<float> out) const;

 private:
  std::size_t dims_;
  std::size_t rotated_dims_;
  std::pmr::vector<std::uint32_t> flips_;  // a sign bit a coordinate and round
};

}  // namespace vec::quantize
