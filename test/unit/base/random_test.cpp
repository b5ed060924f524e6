#include "vector/base/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace vec {
namespace {

static_assert(std::uniform_random_bit_generator<Random>);

// From a second implementation of the papers, in another language.
TEST(Random, FollowsThePublishedSequence) {
  Random random(1);
  EXPECT_EQ(random(), 14971601782005023387u);
  EXPECT_EQ(random(), 13781649495232077965u);
  EXPECT_EQ(random(), 1847458086238483744u);
}

TEST(Random, RepeatsItselfForTheSameSeed) {
  Random a(7);
  Random b(7);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(a(), b());
}

TEST(Random, DiffersBetweenSeeds) {
  Random a(1);
  Random b(2);
  int equal = 0;
  for (int i = 0; i < 1000; ++i) equal += a() == b() ? 1 : 0;
  EXPECT_EQ(equal, 0);
}

TEST(Random, StaysBelowTheBound) {
  Random random(3);
  for (const std::uint64_t bound : {1ull, 2ull, 3ull, 1000ull, ~0ull}) {
    for (int i = 0; i < 1000; ++i) EXPECT_LT(random.Below(bound), bound);
  }
}

TEST(Random, DrawsEveryValueAboutAsOften) {
  Random random(4);
  std::array<int, 10> count{};
  for (int i = 0; i < 100000; ++i) ++count[random.Below(10)];
  for (const int n : count) EXPECT_NEAR(n, 10000, 500);
}

TEST(Random, UniformLiesInTheUnitInterval) {
  Random random(5);
  double sum = 0;
  for (int i = 0; i < 100000; ++i) {
    const double x = random.Uniform();
    ASSERT_GE(x, 0.0);
    ASSERT_LT(x, 1.0);
    sum += x;
  }
  EXPECT_NEAR(sum / 100000, 0.5, 0.01);
}

}  // namespace
}  // namespace vec
