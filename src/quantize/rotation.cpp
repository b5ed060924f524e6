#include "vector/quantize/rotation.hpp"

#include <algorithm>

#include "vector/base/assert.hpp"
#include "vector/base/random.hpp"
#include "vector/simd/quantize.hpp"

namespace vec::quantize {

Rotation::Rotation(std::size_t dims, std::uint64_t seed, std::pmr::memory_resource* memory)
    : dims_(dims), rotated_dims_(RotatedDims(dims)), flips_(memory) {
  VECTOR_ASSERT(dims > 0);
  flips_.resize(simd::kRotationRounds * rotated_dims_ / 32);
  Random random(seed);
  for (std::uint32_t& word : flips_) word = static_cast<std::uint32_t>(random() >> 32);
}

void Rotation::Rotate(std::span<const float> in, std::span<float> out) const {
  VECTOR_ASSERT(in.size() == dims_ && out.size() == rotated_dims_);
  std::fill(std::copy(in.begin(), in.end(), out.begin()), out.end(), 0.0f);
  const simd::QuantizeKernels& kernels = simd::QuantizeKernelsOf(simd::Active().level);
  kernels.rotate(out.data(), rotated_dims_, flips_.data());
}

}  // namespace vec::quantize
