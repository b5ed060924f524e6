#include "vector/types/compare.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace vec::types {
namespace {

using Floats = std::vector<float>;

int Order(const Floats& a, const Floats& b) {
  EXPECT_EQ(Compare(b, a), -Compare(a, b));
  return Compare(a, b);
}

TEST(Compare, LetsTheFirstDifferenceDecide) {
  EXPECT_EQ(Order({1, 2, 3}, {1, 2, 3}), 0);
  EXPECT_EQ(Order({1, 2, 9}, {1, 3, 0}), -1);
  EXPECT_EQ(Order({2}, {1, 5}), 1);
}

TEST(Compare, PutsAPrefixFirst) {
  EXPECT_EQ(Order({1, 2}, {1, 2, -1}), -1);
  EXPECT_EQ(Order({}, {0}), -1);
}

TEST(Compare, TakesBothZerosAsEqual) { EXPECT_EQ(Order({0, 1}, {-0.0f, 1}), 0); }

}  // namespace
}  // namespace vec::types
