#include "vector/types/sparse_vector.hpp"

#include <cstring>
#include <vector>

#include <gtest/gtest.h>

namespace vec::types {
namespace {

TEST(SparseVector, LaysIndicesBeforeValues) {
  std::vector<std::int32_t> bytes(SparseVector::SizeOf(2) / 4);
  auto& value = *reinterpret_cast<SparseVector*>(bytes.data());
  value.dim = 10;
  value.nnz = 2;
  value.indices()[0] = 3;
  value.indices()[1] = 7;
  value.values()[0] = 1.5f;
  value.values()[1] = -2;
  EXPECT_EQ(bytes.size(), 8u);
  EXPECT_EQ(bytes[4], 3);
  EXPECT_EQ(bytes[5], 7);
  const float values[] = {1.5f, -2};
  EXPECT_EQ(std::memcmp(&bytes[6], values, sizeof values), 0);

  const SparseElements elements = value.elements();
  EXPECT_EQ(elements.dims, 10u);
  EXPECT_EQ(elements.indices[1], 7);
  EXPECT_EQ(elements.values[1], -2);
}

TEST(SparseVector, TakesDamagedCountsAsLargeOnes) {
  const SparseVector damaged{0, -1, -1, 0};
  EXPECT_EQ(damaged.dims(), UINT32_MAX);
  EXPECT_EQ(damaged.size(), UINT32_MAX);
  EXPECT_GT(SparseVector::SizeOf(damaged.size()), std::size_t{UINT32_MAX});
}

}  // namespace
}  // namespace vec::types
