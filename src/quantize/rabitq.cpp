#include "vector/quantize/rabitq.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "vector/base/assert.hpp"
#include "vector/simd/quantize.hpp"

namespace vec::quantize {

namespace {

// Squares of floats in this range neither overflow nor vanish in sums of floats.
constexpr double kLeastSquare = 1e-30;
constexpr double kGreatestSquare = 1e37;

// Below this the spread of |r_i| is rounding: a flat residual is no exact one.
constexpr double kLeastSpread = 1e-5;

constexpr CodeFactors kUnknown = {0, 0, std::numeric_limits<float>::infinity()};

bool AreReliable(const simd::CodeSums& sums) {
  return sums.square >= kLeastSquare && sums.square <= kGreatestSquare &&
         std::isfinite(sums.signed_center) && std::isfinite(sums.product);
}

// The sums in double precision, for rows beyond the range of float squares.
simd::CodeSums SumInDouble(std::span<const float> r, std::span<const float> pc) {
  simd::CodeSums sums;
  for (std::size_t i = 0; i < r.size(); ++i) {
    const double x = r[i];
    const double center = pc[i];
    sums.square += x * x;
    sums.absolute += std::fabs(x);
    sums.signed_center += x >= 0 ? center : -center;
    sums.product += x * center;
  }
  return sums;
}

bool FitsFloat(double x) { return std::fabs(x) <= std::numeric_limits<float>::max(); }

CodeFactors FactorsOf(CodeMetric metric, const simd::CodeSums& sums, std::size_t dims) {
  const auto count = static_cast<double>(dims);
  const double ip = sums.absolute / 2;
  const double ratio = sums.square / ip;
  const double spread = std::max(ratio * (count / 4) / ip - 1, kLeastSpread);
  const double half_width = std::sqrt(sums.square * spread / (count - 1));
  const double shift = ratio * (sums.signed_center / 2);
  double add = shift - sums.product;
  double rescale = -ratio;
  double error = half_width;
  if (metric == CodeMetric::kL2) {
    add = sums.square + 2 * shift;
    rescale = -2 * ratio;
    error = 2 * half_width;
  }
  if (!FitsFloat(add) || !FitsFloat(rescale) || !FitsFloat(error)) return kUnknown;
  return {static_cast<float>(add), static_cast<float>(rescale), static_cast<float>(error)};
}

}  // namespace

CodeFactors Encode(CodeMetric metric, std::span<const float> r, std::span<const float> pc,
                   std::span<std::uint8_t> code) {
  VECTOR_ASSERT(r.size() % 64 == 0 && pc.size() == r.size() && code.size() == r.size() / 8);
  const simd::QuantizeKernels& kernels = simd::QuantizeKernelsOf(simd::Active().level);
  simd::CodeSums sums = kernels.encode(r.data(), pc.data(), r.size(), code.data());
  if (sums.absolute == 0) return {0, 0, 0};
  if (!AreReliable(sums)) sums = SumInDouble(r, pc);
  return FactorsOf(metric, sums, r.size());
}

float SignedSum(std::span<const float> q, std::span<const std::uint8_t> code) {
  VECTOR_ASSERT(q.size() % 64 == 0 && code.size() == q.size() / 8);
  const simd::QuantizeKernels& kernels = simd::QuantizeKernelsOf(simd::Active().level);
  return kernels.signed_sum(q.data(), code.data(), q.size());
}

}  // namespace vec::quantize
