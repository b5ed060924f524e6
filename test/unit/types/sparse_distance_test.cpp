#include "vector/types/sparse_distance.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "types/sparse_builder.hpp"
#include "vector/types/distance.hpp"

namespace vec::types {
namespace {

using Floats = std::vector<float>;

TEST(SparseDistance, OfSmallIntegersIsExact) {
  const Sparse a(Floats{1, 0, 3, -4, 0});
  const Sparse b(Floats{4, 6, 0, 1, 0});
  EXPECT_EQ(SquaredL2Distance(a, b), 9 + 36 + 9 + 25);
  EXPECT_EQ(L2Distance(a, b), std::sqrt(79.0));
  EXPECT_EQ(InnerProduct(a, b), 0);
  EXPECT_EQ(InnerProduct(a, a), 26);
  EXPECT_EQ(NegativeInnerProduct(b, b), -53);
  EXPECT_EQ(L1Distance(a, b), 3 + 6 + 3 + 5);
}

TEST(SparseDistance, EqualsTheDenseOne) {
  Random random(1);
  for (int round = 0; round < 5000; ++round) {
    const std::size_t dims = 1 + random.Below(200);
    const Sparse a = RandomSparse(random, dims, 1 + random.Below(20));
    const Sparse b = RandomSparse(random, dims, 1 + random.Below(20));
    ASSERT_EQ(SquaredL2Distance(a, b), SquaredL2Distance(a.dense, b.dense));
    ASSERT_EQ(L2Distance(a, b), L2Distance(a.dense, b.dense));
    ASSERT_EQ(InnerProduct(a, b), InnerProduct(a.dense, b.dense));
    ASSERT_EQ(NegativeInnerProduct(a, b), NegativeInnerProduct(a.dense, b.dense));
    ASSERT_EQ(L1Distance(a, b), L1Distance(a.dense, b.dense));
    if (a.indices.empty() || b.indices.empty()) continue;
    ASSERT_EQ(CosineDistance(a, b), CosineDistance(a.dense, b.dense));
  }
}

TEST(SparseDistance, SumsFractionsInTheOrderOfIndices) {
  Random random(2);
  Floats x(3000);
  Floats y(3000);
  for (float& value : x) value = random.Below(5) == 0 ? static_cast<float>(random.Uniform()) : 0;
  for (float& value : y) value = random.Below(2) == 0 ? static_cast<float>(random.Uniform()) : 0;
  float squares = 0;
  float products = 0;
  float differences = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    squares += (x[i] - y[i]) * (x[i] - y[i]);
    products += x[i] * y[i];
    differences += std::abs(x[i] - y[i]);
  }
  const Sparse a(x);
  const Sparse b(y);
  EXPECT_FLOAT_EQ(static_cast<float>(SquaredL2Distance(a, b)), squares);
  EXPECT_FLOAT_EQ(static_cast<float>(InnerProduct(a, b)), products);
  EXPECT_FLOAT_EQ(static_cast<float>(L1Distance(a, b)), differences);
}

TEST(SparseDistance, OverflowsToInfinity) {
  const Sparse a(Floats{3e38f});
  const Sparse b(Floats{-3e38f});
  EXPECT_EQ(L2Distance(a, b), INFINITY);
  EXPECT_EQ(L1Distance(a, b), INFINITY);
  EXPECT_EQ(InnerProduct(a, a), INFINITY);
}

TEST(SparseDistance, OfDamagedIndicesReadsNothingElse) {
  const std::vector<std::int32_t> indices{7, -3, INT32_MAX, 0};
  const Floats values{1, 2, 3, 4};
  const SparseElements damaged{5, indices, values};
  const Sparse other(Floats{1, 0, 1, 0, 1});
  EXPECT_GT(SquaredL2Distance(damaged, other), 0);
  EXPECT_GT(SquaredL2Distance(other, damaged), 0);
}

TEST(SparseCosineDistance, IsZeroOneTwoForTheMainAngles) {
  EXPECT_EQ(CosineDistance(Sparse(Floats{1, 0, 1}), Sparse(Floats{3, 0, 3})), 0);
  EXPECT_EQ(CosineDistance(Sparse(Floats{1, 0}), Sparse(Floats{0, 7})), 1);
  EXPECT_EQ(CosineDistance(Sparse(Floats{0, 1}), Sparse(Floats{0, -3})), 2);
}

TEST(SparseCosineDistance, IsNanWithoutDirection) {
  const Sparse zero(Floats{0});
  EXPECT_TRUE(std::isnan(CosineDistance(zero, Sparse(Floats{1}))));
  EXPECT_TRUE(std::isnan(CosineDistance(zero, zero)));
  EXPECT_TRUE(std::isnan(CosineDistance(Sparse(Floats{3e38f}), Sparse(Floats{3e38f}))));
}

}  // namespace
}  // namespace vec::types
