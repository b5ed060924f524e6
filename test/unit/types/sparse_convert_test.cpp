#include "vector/types/sparse_convert.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "types/error_expectation.hpp"
#include "types/sparse_builder.hpp"

namespace vec::types {
namespace {

using Indices = std::vector<std::int32_t>;
using Floats = std::vector<float>;

TEST(SparseConvert, CountsWhatIsNotZero) {
  EXPECT_EQ(CountNonZero(Floats{0, 1, -0.0f, NAN, 1e-45f}), 3u);
  EXPECT_EQ(CountNonZero({}), 0u);
}

TEST(SparseConvert, KeepsWhatIsNotZero) {
  const Sparse sparse(Floats{0, 1, -0.0f, -2, 0});
  EXPECT_EQ(sparse.indices, (Indices{1, 3}));
  EXPECT_EQ(sparse.values, (Floats{1, -2}));
}

TEST(SparseConvert, ExpandsToTheDenseForm) {
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    const Sparse sparse = RandomSparse(random, 1 + random.Below(100), 1 + random.Below(10));
    Floats dense(sparse.dense.size(), NAN);
    Expand(sparse, dense);
    ASSERT_EQ(dense, sparse.dense);
  }
}

TEST(SparseConvert, RefusesToExpandDamagedIndices) {
  const Floats values{1};
  for (const Indices& indices : {Indices{3}, Indices{-1}}) {
    Floats dense(3);
    ExpectError(
        [&] {
          Expand({3, indices, values}, dense);
        },
        ErrorKind::kInvalidValue, "sparsevec index out of bounds");
  }
}

TEST(SparseConvert, DropsZeros) {
  Indices indices{1, 4, 7, 9};
  Floats values{0, 5, -0.0f, 6};
  ASSERT_EQ(DropZeros(indices, values), 2u);
  EXPECT_EQ(Indices(indices.begin(), indices.begin() + 2), (Indices{4, 9}));
  EXPECT_EQ(Floats(values.begin(), values.begin() + 2), (Floats{5, 6}));
}

}  // namespace
}  // namespace vec::types
