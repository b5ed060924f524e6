#include "vector/base/checked.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace vec {
namespace {

constexpr std::size_t kMax = std::numeric_limits<std::size_t>::max();

TEST(CheckedMul, MultipliesUpToTheLimit) {
  EXPECT_EQ(CheckedMul(0, kMax), 0u);
  EXPECT_EQ(CheckedMul(6, 7), 42u);
  EXPECT_EQ(CheckedMul(kMax / 5, 5), kMax / 5 * 5);
}

TEST(CheckedMul, ThrowsWhereTheProductWraps) {
  EXPECT_THROW(CheckedMul(kMax / 2 + 1, 2), std::bad_array_new_length);
  EXPECT_THROW(CheckedMul(kMax, kMax), std::bad_alloc);
}

TEST(CheckedAdd, AddsUpToTheLimit) {
  EXPECT_EQ(CheckedAdd(2, 3), 5u);
  EXPECT_EQ(CheckedAdd(kMax, 0), kMax);
}

TEST(CheckedAdd, ThrowsWhereTheSumWraps) {
  EXPECT_THROW(CheckedAdd(kMax, 1), std::bad_array_new_length);
}

}  // namespace
}  // namespace vec
