#include "vector/types/distance.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace vec::types {
namespace {

using Floats = std::vector<float>;

TEST(Distance, OfSmallIntegersIsExact) {
  const Floats a{1, 2, 3, -4};
  const Floats b{4, 6, 3, 1};
  EXPECT_EQ(SquaredL2Distance(a, b), 50);
  EXPECT_EQ(L2Distance(a, b), std::sqrt(50.0));
  EXPECT_EQ(InnerProduct(a, b), 21);
  EXPECT_EQ(NegativeInnerProduct(a, b), -21);
  EXPECT_EQ(L1Distance(a, b), 12);
}

TEST(Distance, OverflowsToInfinity) {
  EXPECT_EQ(L2Distance(Floats{3e38f}, Floats{-3e38f}), INFINITY);
  EXPECT_EQ(InnerProduct(Floats{3e38f}, Floats{3e38f}), INFINITY);
}

TEST(CosineDistance, IsZeroOneTwoForTheMainAngles) {
  EXPECT_EQ(CosineDistance(Floats{1, 2}, Floats{2, 4}), 0);
  EXPECT_EQ(CosineDistance(Floats{1, 0}, Floats{0, 7}), 1);
  EXPECT_EQ(CosineDistance(Floats{1, 1}, Floats{-3, -3}), 2);
}

TEST(CosineDistance, IsNanWithoutDirection) {
  EXPECT_TRUE(std::isnan(CosineDistance(Floats{0}, Floats{1})));
  EXPECT_TRUE(std::isnan(CosineDistance(Floats{3e38f}, Floats{3e38f})));
}

TEST(CosineDistance, NeverLeavesItsRange) {
  for (int i = 1; i < 200; ++i) {
    const Floats a(static_cast<std::size_t>(i), 1.1f / static_cast<float>(i));
    EXPECT_GE(CosineDistance(a, a), 0);
  }
}

TEST(SphericalDistance, IsAFractionOfAHalfTurn) {
  EXPECT_EQ(SphericalDistance(Floats{1, 0}, Floats{1, 0}), 0);
  EXPECT_EQ(SphericalDistance(Floats{1, 0}, Floats{0, 1}), 0.5);
  EXPECT_EQ(SphericalDistance(Floats{1, 0}, Floats{-1, 0}), 1);
  EXPECT_EQ(SphericalDistance(Floats{2}, Floats{-2}), 1);
}

}  // namespace
}  // namespace vec::types
