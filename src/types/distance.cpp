#include "vector/types/distance.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "vector/base/assert.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::types {

namespace {

using Elements = std::span<const float>;

double Apply(simd::PairKernel kernel, Elements a, Elements b) noexcept {
  VECTOR_ASSERT(a.size() == b.size());
  return kernel(a.data(), b.data(), a.size());
}

}  // namespace

double SquaredL2Distance(Elements a, Elements b) noexcept {
  return Apply(simd::Active().l2_squared, a, b);
}

double L2Distance(Elements a, Elements b) noexcept { return std::sqrt(SquaredL2Distance(a, b)); }

double InnerProduct(Elements a, Elements b) noexcept {
  return Apply(simd::Active().inner_product, a, b);
}

double NegativeInnerProduct(Elements a, Elements b) noexcept { return -InnerProduct(a, b); }

double L1Distance(Elements a, Elements b) noexcept { return Apply(simd::Active().l1, a, b); }

double CosineDistance(Elements a, Elements b) noexcept {
  VECTOR_ASSERT(a.size() == b.size());
  const simd::CosineSums sums = simd::Active().cosine(a.data(), b.data(), a.size());
  const double norms = static_cast<double>(sums.norm_a) * static_cast<double>(sums.norm_b);
  // A NaN passes through the clamp.
  return 1 - std::clamp(static_cast<double>(sums.dot) / std::sqrt(norms), -1.0, 1.0);
}

double SphericalDistance(Elements a, Elements b) noexcept {
  return std::acos(std::clamp(InnerProduct(a, b), -1.0, 1.0)) / std::numbers::pi;
}

}  // namespace vec::types
