#include "vector/quantize/verify.hpp"

#include <algorithm>
#include <cmath>

#include "factors.hpp"
#include "grid_scales.hpp"
#include "vector/base/assert.hpp"

namespace vec::quantize {

namespace {

// What rounding may do to a rotated coordinate, in root mean squares of it, with room to spare.
constexpr double kCoordinate = 1e-4;
// What it may do to sums over a residual, relative to them.
constexpr double kSums = 1e-3;
// Residuals shorter than this share of what they are a difference of are rounding for a good part.
constexpr double kLeastShare = 1e-3;
// What may be left by another level of SIMD where this one has no residual at all.
constexpr double kZeroShare = 1e-6;
// Of one bit a dimension; longer ones are compared in the other way alone.
constexpr std::size_t kMostCodeBytes = 2048;
// Stored error bounds were rounded up to 16 bits, and are a root of a difference.
constexpr double kError = 0.03;
constexpr double kSpread = 0.05;

double SquareOf(std::span<const float> r) {
  double square = 0;
  for (const float x : r) square += double{x} * x;
  return square;
}

// At most what the longer of the two vectors has.
double LengthOf(double square, const CodeRounding& rounding) {
  return rounding.length + std::sqrt(square);
}

bool CanVerify(double square, const CodeRounding& rounding) {
  return square >= kLeastSquare && square <= kGreatestSquare &&
         std::sqrt(square) >= kLeastShare * LengthOf(square, rounding);
}

// The sizes that factors have at most where the residual is nearly nothing.
bool AreSmall(const CodeFactors& stored, double square, double center,
              const CodeRounding& rounding) {
  if (!(square <= kGreatestSquare)) return true;
  const double share = square == 0 ? kZeroShare : kLeastShare;
  const double most = 10 * std::max(std::sqrt(square), share * LengthOf(square, rounding));
  return std::isinf(stored.error) ||
         (std::fabs(stored.add) <= 10 * most * (center + most) + rounding.add &&
          std::fabs(stored.rescale) <= most + rounding.rescale && std::fabs(stored.error) <= most);
}

bool IsNear(double stored, double expected, double tolerance) {
  return std::fabs(stored - expected) <= tolerance;  // false for NaN
}

// Whether encoding again gives factors as near as roundings of floats are, most of the time.
bool AreAlike(const CodeFactors& stored, const CodeFactors& again, const CodeRounding& rounding,
              bool has_error) {
  const auto is_alike = [&](float a, float b, double absolute) {
    return IsNear(a, b, (rounding.relative + kSums) * std::fabs(double{b}) + absolute);
  };
  return is_alike(stored.add, again.add, rounding.add) &&
         is_alike(stored.rescale, again.rescale, rounding.rescale) &&
         (!has_error || IsNear(stored.error, again.error, kError * double{again.error}));
}

// The sums over a residual and a point x~ of which point(i) is coordinate i < dims.
template <typename Point>
ResidualSums SumsOf(std::span<const float> r, std::span<const float> pc, std::size_t dims,
                    Point point) {
  ResidualSums sums{
      .square = SquareOf(r), .product = 0, .code = 0, .code_square = 0, .code_center = 0};
  for (std::size_t i = 0; i < r.size(); ++i) sums.product += double{r[i]} * pc[i];
  for (std::size_t i = 0; i < dims; ++i) {
    const double x = point(i);
    sums.code += r[i] * x;
    sums.code_square += x * x;
    sums.code_center += pc[i] * x;
  }
  return sums;
}

bool AreFactorsOf(CodeMetric metric, const ResidualSums& sums, std::size_t dims, double center,
                  const CodeFactors& stored, const CodeRounding& rounding, bool has_error) {
  const CodeFactors expected = FactorsOf(metric, sums, dims);
  if (!std::isfinite(expected.error)) return true;
  const double half_width = metric == CodeMetric::kL2 ? 2 : 1;
  const double length = std::sqrt(sums.square);
  // Of sums relative to their terms, of what is stored relative to itself.
  const double relative = kSums + kCoordinate * LengthOf(sums.square, rounding) / length;
  const double ratio = sums.square / sums.code;
  const double root = std::sqrt(static_cast<double>(dims));
  const double terms = sums.square + 2 * std::fabs(ratio * sums.code_center) +
                       (metric == CodeMetric::kL2 ? 0 : std::fabs(sums.product)) +
                       1e-4 * (ratio * root + length) * center;
  if (!IsNear(stored.add, expected.add,
              relative * terms + rounding.relative * std::fabs(double{expected.add}) +
                  rounding.add)) {
    return false;
  }
  if (!IsNear(stored.rescale, expected.rescale,
              (relative + rounding.relative) * std::fabs(double{expected.rescale}) +
                  rounding.rescale)) {
    return false;
  }
  return !has_error || IsNear(stored.error, expected.error,
                              kError * double{expected.error} +
                                  kSpread * half_width * length / std::sqrt(dims - 1.0));
}

int LevelOf(std::span<const std::uint8_t> code, std::size_t i) {
  const std::uint8_t pair = code[i / 64 * 32 + i % 32];
  return i % 64 < 32 ? pair & 15 : pair >> 4;
}

// Whether a coordinate has that level on a grid, or is next to one that has.
bool HasLevel(double r, double scale, double tolerance, int level) {
  const auto level_of = [scale](double x) {
    const double magnitude = std::min(std::floor(std::fabs(x) * scale), 7.0) + 0.5;
    return static_cast<int>((x < 0 ? -magnitude : magnitude) + kMiddle);
  };
  return level >= level_of(r - tolerance) && level <= level_of(r + tolerance);
}

// Whether a grid code of any residual may have that norm; none has 0.
bool IsGridNorm(double norm, std::size_t dims) {
  const double root = std::sqrt(static_cast<double>(dims));
  return norm == 0 || (norm >= 0.499 * root && norm <= 7.501 * root);
}

bool IsOnGrid(std::span<const float> r, std::span<const std::uint8_t> code, double scale,
              double tolerance) {
  for (std::size_t i = 0; i < r.size(); ++i) {
    // The grid is as wide as the greatest coordinate, which has rounding of its own.
    const double slack = tolerance + 1e-5 * std::fabs(double{r[i]});
    if (!HasLevel(r[i], scale, slack, LevelOf(code, i))) return false;
  }
  return true;
}

}  // namespace

CodeFault VerifyCode(CodeMetric metric, std::span<const float> r, std::span<const float> pc,
                     std::span<const std::uint8_t> code, const CodeFactors& stored,
                     const CodeRounding& rounding, bool has_error) {
  VECTOR_ASSERT(pc.size() == r.size() && code.size() <= r.size() / 8);
  std::uint8_t again[kMostCodeBytes];
  if (code.size() <= sizeof(again)) {
    const std::span<std::uint8_t> encoded = std::span(again).first(code.size());
    const CodeFactors factors = Encode(metric, r, pc, encoded);
    if (std::ranges::equal(encoded, code) && AreAlike(stored, factors, rounding, has_error)) {
      return CodeFault::kNone;
    }
  }
  const std::size_t dims = 8 * code.size();
  const double square = SquareOf(r);
  const double center = std::sqrt(SquareOf(pc));
  if (!CanVerify(square, rounding)) {
    return AreSmall(stored, square, center, rounding) ? CodeFault::kNone : CodeFault::kFactors;
  }
  const double tolerance =
      kCoordinate * LengthOf(square, rounding) / std::sqrt(static_cast<double>(r.size()));
  const auto is_positive = [&](std::size_t i) { return (code[i / 8] >> (i % 8) & 1) != 0; };
  for (std::size_t i = 0; i < dims; ++i) {
    if (is_positive(i) ? r[i] < -tolerance : r[i] > tolerance) return CodeFault::kCode;
  }
  const ResidualSums sums =
      SumsOf(r, pc, dims, [&](std::size_t i) { return is_positive(i) ? 0.5 : -0.5; });
  // A residual of which the code sees next to nothing.
  if (sums.code <= kLeastShare * std::sqrt(square)) return CodeFault::kNone;
  return AreFactorsOf(metric, sums, dims, center, stored, rounding, has_error)
             ? CodeFault::kNone
             : CodeFault::kFactors;
}

CodeFault VerifyGridCode(CodeMetric metric, std::span<const float> r, std::span<const float> pc,
                         std::span<const std::uint8_t> code, const GridFactors& stored,
                         const CodeRounding& rounding) {
  VECTOR_ASSERT(pc.size() == r.size() && code.size() == GridCodeBytes(r.size()));
  std::uint8_t again[4 * kMostCodeBytes];
  if (code.size() <= sizeof(again)) {
    const std::span<std::uint8_t> encoded = std::span(again).first(code.size());
    const GridFactors factors = EncodeGrid(metric, r, pc, encoded);
    if (std::ranges::equal(encoded, code) && AreAlike(stored.code, factors.code, rounding, true) &&
        IsNear(stored.norm, factors.norm, kSums * double{factors.norm})) {
      return CodeFault::kNone;
    }
  }
  const double square = SquareOf(r);
  const double center = std::sqrt(SquareOf(pc));
  if (!CanVerify(square, rounding)) {
    const bool are_small =
        AreSmall(stored.code, square, center, rounding) && IsGridNorm(stored.norm, r.size());
    return are_small ? CodeFault::kNone : CodeFault::kFactors;
  }
  const double tolerance =
      kCoordinate * LengthOf(square, rounding) / std::sqrt(static_cast<double>(r.size()));
  float greatest = 0;
  for (const float x : r) greatest = std::max(greatest, std::fabs(x));
  bool is_on_grid = false;
  for (std::size_t i = 0; i < simd::kGridScales && !is_on_grid; ++i) {
    is_on_grid = IsOnGrid(r, code, GridScale(greatest, i), tolerance);
  }
  if (!is_on_grid) return CodeFault::kCode;
  const ResidualSums sums =
      SumsOf(r, pc, r.size(), [&](std::size_t i) { return LevelOf(code, i) - double{kMiddle}; });
  if (!(sums.code > 0)) return CodeFault::kCode;
  const bool is_norm = IsNear(stored.norm, std::sqrt(sums.code_square), 1e-3 * stored.norm);
  const bool are_factors =
      is_norm && AreFactorsOf(metric, sums, r.size(), center, stored.code, rounding, true);
  return are_factors ? CodeFault::kNone : CodeFault::kFactors;
}

}  // namespace vec::quantize
