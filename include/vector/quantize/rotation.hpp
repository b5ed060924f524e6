// A random rotation that costs n log n: sign flips and fast Hadamard transforms.
//
// Vectors of `dims` floats become rotated_dims = dims rounded up to a multiple of
// 64 (at least 64); lengths and inner products are kept up to rounding. Four rounds
// flip signs and transform the largest power of two that fits, at the front and at
// the end in turn. Where that is not all of them, a Kac step mixes the halves after
// every second round: RaBitQ-Library does so after every round, which carries an
// outer coordinate from window to window and leaves a quarter of it in one place.
// The seed alone decides the rotation: the same seed gives the same numbers on every
// machine up to float rounding.
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
