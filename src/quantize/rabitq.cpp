#include "vector/quantize/rabitq.hpp"

#include <cmath>

#include "factors.hpp"
#include "vector/base/assert.hpp"
#include "vector/simd/quantize.hpp"

namespace vec::quantize {

namespace {

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

}  // namespace

CodeFactors Encode(CodeMetric metric, std::span<const float> r, std::span<const float> pc,
                   std::span<std::uint8_t> code) {
  VECTOR_ASSERT(r.size() % 64 == 0 && pc.size() == r.size() && code.size() == r.size() / 8);
  const simd::QuantizeKernels& kernels = simd::QuantizeKernelsOf(simd::Active().level);
  simd::CodeSums sums = kernels.encode(r.data(), pc.data(), r.size(), code.data());
  if (sums.absolute == 0) return {0, 0, 0};
  if (!AreReliable(sums)) sums = SumInDouble(r, pc);
  return FactorsOf(metric,
                   {.square = sums.square,
                    .product = sums.product,
                    .code = sums.absolute / 2,
                    .code_square = static_cast<double>(r.size()) / 4,
                    .code_center = sums.signed_center / 2},
                   r.size());
}

float SignedSum(std::span<const float> q, std::span<const std::uint8_t> code) {
  VECTOR_ASSERT(q.size() % 64 == 0 && code.size() == q.size() / 8);
  const simd::QuantizeKernels& kernels = simd::QuantizeKernelsOf(simd::Active().level);
  return kernels.signed_sum(q.data(), code.data(), q.size());
}

}  // namespace vec::quantize
