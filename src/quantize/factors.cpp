#include "factors.hpp"

#include <algorithm>
#include <cmath>

namespace vec::quantize {

namespace {

// Below this the spread of a residual around its code is rounding: one that fits its code
// is no exact one.
constexpr double kLeastSpread = 1e-5;

}  // namespace

CodeFactors FactorsOf(CodeMetric metric, const ResidualSums& sums, std::size_t dims) {
  const double ratio = sums.square / sums.code;
  const double spread = std::max(ratio * sums.code_square / sums.code - 1, kLeastSpread);
  const double half_width = std::sqrt(sums.square * spread / (static_cast<double>(dims) - 1));
  const double shift = ratio * sums.code_center;
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

}  // namespace vec::quantize
