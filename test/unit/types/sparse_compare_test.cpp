#include "vector/types/sparse_compare.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "types/sparse_builder.hpp"
#include "vector/types/compare.hpp"

namespace vec::types {
namespace {

using Floats = std::vector<float>;

int Order(const Floats& x, const Floats& y) {
  const Sparse a(x);
  const Sparse b(y);
  EXPECT_EQ(Compare(a, b), -Compare(b, a));
  return Compare(a, b);
}

TEST(SparseCompare, LetsTheFirstDifferenceDecide) {
  EXPECT_EQ(Order({0, 2, 0}, {0, 2, 0}), 0);
  EXPECT_EQ(Order({0, 2, 9}, {0, 3, 0}), -1);
  EXPECT_EQ(Order({2}, {1, 5}), 1);
}

TEST(SparseCompare, TakesMissingElementsAsZero) {
  EXPECT_EQ(Order({0, 0, 1}, {0, 1, 0}), -1);
  EXPECT_EQ(Order({0, 0, 1}, {0, -1, 0}), 1);
  EXPECT_EQ(Order({0, -1}, {0, 0}), -1);
  EXPECT_EQ(Order({0, 1}, {0, 0}), 1);
}

TEST(SparseCompare, PutsAPrefixFirst) {
  EXPECT_EQ(Order({0, 2}, {0, 2, 0}), -1);
  EXPECT_EQ(Order({0, 2}, {0, 2, -1}), -1);
  EXPECT_EQ(Order({0, 2, -1}, {0, 2}), 1);
}

TEST(SparseCompare, OrdersLikeTheDenseForms) {
  Random random(1);
  int equal = 0;
  for (int round = 0; round < 20000; ++round) {
    const Sparse a = RandomSparse(random, 1 + random.Below(8), 1 + random.Below(8));
    const Sparse b = RandomSparse(random, 1 + random.Below(8), 1 + random.Below(8));
    ASSERT_EQ(Compare(a, b), Compare(a.dense, b.dense)) << "round " << round;
    equal += Compare(a, b) == 0;
  }
  EXPECT_GT(equal, 100);
}

TEST(SparseCompare, EndsForDamagedValues) {
  const std::vector<std::int32_t> indices{-1, -7, 100};
  const Floats values{1, 2, 3};
  const SparseElements damaged{3, indices, values};
  const SparseElements endless{UINT32_MAX, indices, values};
  EXPECT_EQ(Compare(damaged, damaged), 0);
  EXPECT_NE(Compare(damaged, endless), 0);
  EXPECT_EQ(Compare(endless, endless), 0);
  EXPECT_NE(Compare(damaged, Sparse(Floats{0, 1})), 0);
}

}  // namespace
}  // namespace vec::types
