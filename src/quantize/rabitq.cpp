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

constexpr std::size_t kKernelDims = 64;  // the kernels take multiples of

constexpr CodeFactors kUnknown = {0, 0, std::numeric_limits<float>::infinity()};

bool AreReliable(const simd::CodeSums& sums) {
  return sums.square >= kLeastSquare && sums.square <= kGreatestSquare &&
         std::isfinite(sums.signed_center) && std::isfinite(sums.product);
}

// The sums in double precision, for rows beyond the range of float squares.
simd::CodeSums SumInDouble(std::span<const float> r, std::span<const float> pc,
                           std::size_t code_dims) {
  simd::CodeSums sums;
  for (std::size_t i = 0; i < r.size(); ++i) {
    const double x = r[i];
    const double center = pc[i];
    sums.square += x * x;
    sums.product += x * center;
    if (i >= code_dims) continue;
    sums.absolute += std::fabs(x);
    sums.signed_center += x >= 0 ? center : -center;
  }
  return sums;
}

// A code cut off within a stretch of 64: zeros fill it up and change no sum.
void AddCut(const simd::QuantizeKernels& kernels, std::span<const float> r,
            std::span<const float> pc, std::span<std::uint8_t> code, simd::CodeSums& sums) {
  const std::size_t dims = 8 * code.size();
  float residual[kKernelDims] = {};
  float center[kKernelDims] = {};
  std::uint8_t bits[kKernelDims / 8];
  std::copy_n(r.begin(), dims, residual);
  std::copy_n(pc.begin(), dims, center);
  const simd::CodeSums part = kernels.encode(residual, center, kKernelDims, bits);
  std::copy_n(bits, code.size(), code.begin());
  sums.square += part.square;
  sums.absolute += part.absolute;
  sums.signed_center += part.signed_center;
  sums.product += part.product;
}

simd::CodeSums Sum(std::span<const float> r, std::span<const float> pc,
                   std::span<std::uint8_t> code) {
  const simd::Kernels& floats = simd::Active();
  const simd::QuantizeKernels& kernels = simd::QuantizeKernelsOf(floats.level);
  const std::size_t dims = 8 * code.size();
  const std::size_t whole = dims / kKernelDims * kKernelDims;
  simd::CodeSums sums = kernels.encode(r.data(), pc.data(), whole, code.data());
  if (whole < dims) {
    AddCut(kernels, r.subspan(whole), pc.subspan(whole), code.subspan(whole / 8), sums);
  }
  if (const std::size_t rest = r.size() - dims; rest > 0) {
    sums.square += floats.inner_product(&r[dims], &r[dims], rest);
    sums.product += floats.inner_product(&r[dims], &pc[dims], rest);
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

// A residual of which the code sees nothing: the estimate lies in the middle of what it
// may be.
CodeFactors FactorsOfHidden(CodeMetric metric, const simd::CodeSums& sums) {
  const bool is_l2 = metric == CodeMetric::kL2;
  const double add = is_l2 ? sums.square : -sums.product;
  const double error = (is_l2 ? 2 : 1) * std::sqrt(sums.square);
  if (!FitsFloat(add) || !FitsFloat(error)) return kUnknown;
  return {static_cast<float>(add), 0, static_cast<float>(error)};
}

}  // namespace

CodeFactors Encode(CodeMetric metric, std::span<const float> r, std::span<const float> pc,
                   std::span<std::uint8_t> code) {
  VECTOR_ASSERT(r.size() % 64 == 0 && pc.size() == r.size() && code.size() <= r.size() / 8 &&
                code.size() % 2 == 0 && !code.empty());
  simd::CodeSums sums = Sum(r, pc, code);
  const std::size_t dims = 8 * code.size();
  if (sums.absolute == 0 && dims == r.size()) return {0, 0, 0};
  if (!AreReliable(sums)) sums = SumInDouble(r, pc, dims);
  if (sums.absolute == 0) return FactorsOfHidden(metric, sums);
  return FactorsOf(metric, sums, dims);
}

float SignedSum(std::span<const float> q, std::span<const std::uint8_t> code) {
  VECTOR_ASSERT(q.size() % 64 == 0 && code.size() == q.size() / 8);
  const simd::QuantizeKernels& kernels = simd::QuantizeKernelsOf(simd::Active().level);
  return kernels.signed_sum(q.data(), code.data(), q.size());
}

}  // namespace vec::quantize
