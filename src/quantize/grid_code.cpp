#include "vector/quantize/grid_code.hpp"

#include <algorithm>
#include <cmath>

#include "factors.hpp"
#include "grid_scales.hpp"
#include "vector/base/assert.hpp"

namespace vec::quantize {

namespace {

constexpr float kGreatestByte = 127;
constexpr double kGreatestProduct = 1e38;  // of a query and a code

constexpr GridFactors kUnknownGrid = {kUnknown, 0};

const simd::QuantizeKernels& Kernels() { return simd::QuantizeKernelsOf(simd::Active().level); }

float BestScale(std::span<const float> r, float greatest) {
  float scales[simd::kGridScales];
  for (std::size_t i = 0; i < simd::kGridScales; ++i) scales[i] = GridScale(greatest, i);
  simd::GridFit fits[simd::kGridScales];
  Kernels().fit_grid(r.data(), r.size(), scales, fits);
  // Where <r, x~>^2 / |x~|^2 is greatest.
  const auto fit = [](const simd::GridFit& of) { return of.product / of.square * of.product; };
  const auto best = std::max_element(std::begin(fits), std::end(fits),
                                     [&](const auto& a, const auto& b) { return fit(a) < fit(b); });
  return scales[best - std::begin(fits)];
}

bool AreFinite(const simd::GridSums& sums) {
  return std::isfinite(sums.center) && std::isfinite(sums.grid_center);
}

}  // namespace

GridFactors EncodeGrid(CodeMetric metric, std::span<const float> r, std::span<const float> pc,
                       std::span<std::uint8_t> code) {
  VECTOR_ASSERT(r.size() % 64 == 0 && pc.size() == r.size());
  VECTOR_ASSERT(code.size() == GridCodeBytes(r.size()));
  const simd::QuantizeKernels& kernels = Kernels();
  const float greatest = kernels.greatest(r.data(), r.size());
  const double square = simd::Active().inner_product(r.data(), r.data(), r.size());
  // NaN is outside as well.
  if (!(square >= kLeastSquare && square <= kGreatestSquare)) {
    std::fill(code.begin(), code.end(), std::uint8_t{0});
    const bool is_zero = std::all_of(r.begin(), r.end(), [](float x) { return x == 0; });
    return is_zero ? GridFactors{} : kUnknownGrid;
  }
  const float scale = BestScale(r, greatest);
  const simd::GridSums sums =
      kernels.encode_grid(r.data(), pc.data(), r.size(), scale, code.data());
  if (!AreFinite(sums)) return kUnknownGrid;
  const CodeFactors factors = FactorsOf(metric,
                                        {.square = sums.square,
                                         .product = sums.center,
                                         .code = sums.product,
                                         .code_square = sums.grid_square,
                                         .code_center = sums.grid_center},
                                        r.size());
  if (!std::isfinite(factors.error)) return kUnknownGrid;
  return {factors, static_cast<float>(std::sqrt(sums.grid_square))};
}

void GridQuery::Prepare(std::span<const float> rotated) {
  VECTOR_ASSERT(rotated.size() % 64 == 0);
  const simd::QuantizeKernels& kernels = Kernels();
  dot_ = kernels.dot_nibbles;
  bytes_.assign(rotated.size(), 0);
  sum_ = 0;
  const float greatest = kernels.greatest(rotated.data(), rotated.size());
  const auto dims = static_cast<double>(rotated.size());
  step_ = greatest / kGreatestByte;
  const bool fits = greatest * dims * kMiddle <= kGreatestProduct;
  if (fits && step_ >= std::numeric_limits<float>::min()) {
    sum_ = kernels.quantize_bytes(rotated.data(), rotated.size(), 1 / step_, bytes_.data());
    rounding_ = step_ / std::sqrt(12.0f);
  } else {
    // Zero, or beyond what steps can express: Product gives 0 for every code.
    step_ = 0;
    rounding_ = fits ? static_cast<float>(greatest * std::sqrt(dims))
                     : std::numeric_limits<float>::infinity();
  }
}

// 2 <b, x~> is an integer below 2^30.
float GridQuery::Product(std::span<const std::uint8_t> code) const {
  VECTOR_ASSERT(dot_ != nullptr && code.size() == GridCodeBytes(bytes_.size()));
  constexpr auto kTwiceMiddle = static_cast<std::int32_t>(2 * kMiddle);
  const std::int32_t dot = dot_(code.data(), bytes_.data(), bytes_.size());
  return step_ / 2 * static_cast<float>(2 * dot - kTwiceMiddle * sum_);
}

}  // namespace vec::quantize
