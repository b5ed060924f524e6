#include "vector/types/distance.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "vector/base/assert.hpp"
#include "vector/simd/half.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::types {

namespace {

template <typename Element>
using Elements = std::span<const Element>;

// The kernels in use for elements of a type.
const auto& KernelsFor(Elements<float>) { return simd::Active(); }
const auto& KernelsFor(Elements<Half>) { return simd::HalfKernelsOf(simd::Active().level); }

template <typename Element, typename Kernel>
auto Apply(Kernel kernel, Elements<Element> a, Elements<Element> b) noexcept {
  VECTOR_ASSERT(a.size() == b.size());
  return kernel(a.data(), b.data(), a.size());
}

double Cosine(const simd::CosineSums& sums) noexcept {
  const double norms = static_cast<double>(sums.norm_a) * static_cast<double>(sums.norm_b);
  // A NaN passes through the clamp.
  return std::clamp(static_cast<double>(sums.dot) / std::sqrt(norms), -1.0, 1.0);
}

// The angle with that cosine, as a fraction of a half turn.
double Angle(double cosine) noexcept {
  return std::acos(std::clamp(cosine, -1.0, 1.0)) / std::numbers::pi;
}

}  // namespace

double SquaredL2Distance(Elements<float> a, Elements<float> b) noexcept {
  return Apply(KernelsFor(a).l2_squared, a, b);
}
double SquaredL2Distance(Elements<Half> a, Elements<Half> b) noexcept {
  return Apply(KernelsFor(a).l2_squared, a, b);
}

double L2Distance(Elements<float> a, Elements<float> b) noexcept {
  return std::sqrt(SquaredL2Distance(a, b));
}
double L2Distance(Elements<Half> a, Elements<Half> b) noexcept {
  return std::sqrt(SquaredL2Distance(a, b));
}

double InnerProduct(Elements<float> a, Elements<float> b) noexcept {
  return Apply(KernelsFor(a).inner_product, a, b);
}
double InnerProduct(Elements<Half> a, Elements<Half> b) noexcept {
  return Apply(KernelsFor(a).inner_product, a, b);
}

double NegativeInnerProduct(Elements<float> a, Elements<float> b) noexcept {
  return -InnerProduct(a, b);
}
double NegativeInnerProduct(Elements<Half> a, Elements<Half> b) noexcept {
  return -InnerProduct(a, b);
}

double L1Distance(Elements<float> a, Elements<float> b) noexcept {
  return Apply(KernelsFor(a).l1, a, b);
}
double L1Distance(Elements<Half> a, Elements<Half> b) noexcept {
  return Apply(KernelsFor(a).l1, a, b);
}

double CosineDistance(Elements<float> a, Elements<float> b) noexcept {
  return 1 - Cosine(Apply(KernelsFor(a).cosine, a, b));
}
double CosineDistance(Elements<Half> a, Elements<Half> b) noexcept {
  return 1 - Cosine(Apply(KernelsFor(a).cosine, a, b));
}

double SphericalDistance(Elements<float> a, Elements<float> b) noexcept {
  return Angle(InnerProduct(a, b));
}
double SphericalDistance(Elements<Half> a, Elements<Half> b) noexcept {
  return Angle(InnerProduct(a, b));
}

}  // namespace vec::types
