#include "vector/base/half.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "vector/base/random.hpp"

namespace vec {
namespace {

constexpr std::uint16_t kInfinite = 0x7C00;
constexpr float kInf = std::numeric_limits<float>::infinity();

std::uint16_t Rounded(float value) { return ToHalf(value).bits; }
float Widened(unsigned bits) { return ToFloat(Half{static_cast<std::uint16_t>(bits)}); }

// The value of a bit pattern by the definition of the format; 2^16 for infinity, which
// is where rounding takes its neighbour to be.
double ByDefinition(unsigned bits) {
  const int exponent = static_cast<int>(bits >> 10 & 31);
  const double mantissa = bits & 1023;
  const double magnitude =
      exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

// The nearest non-negative Half by search, ties to the even one.
std::uint16_t NearestBySearch(double value) {
  static const std::vector<double> all = [] {
    std::vector<double> values;
    for (unsigned bits = 0; bits <= kInfinite; ++bits) values.push_back(ByDefinition(bits));
    return values;
  }();
  const auto above = std::ranges::lower_bound(all, value);
  if (above == all.end()) return kInfinite;
  const auto upper = static_cast<std::uint16_t>(above - all.begin());
  if (*above == value || upper == 0) return upper;
  const double to_upper = *above - value;
  const double to_lower = value - all[upper - 1u];
  if (to_upper != to_lower) return to_upper < to_lower ? upper : upper - 1;
  return upper % 2 == 0 ? upper : upper - 1;
}

void ExpectNearest(float value) {
  const std::uint16_t expected = NearestBySearch(std::fabs(double{value}));
  EXPECT_EQ(Rounded(std::fabs(value)), expected) << value;
  EXPECT_EQ(Rounded(-std::fabs(value)), expected | 0x8000) << value;
}

TEST(Half, WidensEveryNumberExactly) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    if ((bits & kInfinite) == kInfinite) continue;
    EXPECT_EQ(double{Widened(bits)}, ByDefinition(bits)) << bits;
    EXPECT_EQ(std::signbit(Widened(bits)), (bits & 0x8000) != 0) << bits;
  }
}

TEST(Half, WidensInfinityAndNan) {
  EXPECT_EQ(Widened(0x7C00), kInf);
  EXPECT_EQ(Widened(0xFC00), -kInf);
  for (unsigned bits = 0x7C01; bits < 0x8000; ++bits) EXPECT_TRUE(std::isnan(Widened(bits)));
}

TEST(Half, ComesBackFromFloatUnchanged) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const bool is_nan = (bits & 0x7FFF) > kInfinite;
    EXPECT_EQ(Rounded(Widened(bits)), is_nan ? bits | 0x0200 : bits);
  }
}

TEST(Half, RoundsTiesToEvenAndTheirNeighboursToTheNearest) {
  for (unsigned bits = 0; bits < kInfinite; ++bits) {
    const auto middle = static_cast<float>((ByDefinition(bits) + ByDefinition(bits + 1)) / 2);
    for (const float value : {std::nextafter(middle, 0.0f), middle, std::nextafter(middle, kInf),
                              std::nextafter(Widened(bits), kInf)}) {
      ExpectNearest(value);
    }
  }
}

TEST(Half, RoundsAnyFloatToTheNearest) {
  Random random(1);
  for (int i = 0; i < 200'000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (!std::isnan(value)) ExpectNearest(value);
  }
}

TEST(Half, OverflowsFrom65520) {
  EXPECT_EQ(Rounded(65504), 0x7BFF);
  EXPECT_EQ(Rounded(65519), 0x7BFF);
  EXPECT_EQ(Rounded(std::nextafter(65520.0f, 0.0f)), 0x7BFF);
  EXPECT_EQ(Rounded(65520), kInfinite);
  EXPECT_EQ(Rounded(-65520), kInfinite | 0x8000);
  EXPECT_EQ(Rounded(std::numeric_limits<float>::max()), kInfinite);
}

TEST(Half, UnderflowsToZeroBelowHalfTheLeastSubnormal) {
  EXPECT_EQ(Rounded(0x1p-24f), 1);
  EXPECT_EQ(Rounded(0x1p-25f), 0);
  EXPECT_EQ(Rounded(std::nextafter(0x1p-25f, 1.0f)), 1);
  EXPECT_EQ(Rounded(-std::numeric_limits<float>::denorm_min()), 0x8000);
}

TEST(Half, ConvertsAtCompileTime) {
  static_assert(ToHalf(1.5f).bits == 0x3E00 && ToFloat(Half{0x3E00}) == 1.5f);
  static_assert(ToFloat(Round<Half>(0.1f)) == 0.0999755859375f && Round<float>(0.1f) == 0.1f);
}

}  // namespace
}  // namespace vec
