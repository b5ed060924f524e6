#include "vector/types/vector.hpp"

#include <cstring>
#include <vector>

#include <gtest/gtest.h>

namespace vec::types {
namespace {

TEST(Vector, TakesEightBytesAndFourPerElement) {
  EXPECT_EQ(Vector::SizeOf(0), 8u);
  EXPECT_EQ(Vector::SizeOf(3), 20u);
  EXPECT_EQ(Vector::SizeOf(kMaxDimensions), 64008u);
}

TEST(Vector, FindsItsElementsBehindTheHeader) {
  alignas(Vector) unsigned char bytes[20] = {};
  auto* value = reinterpret_cast<Vector*>(bytes);
  value->dim = 3;
  value->elements()[2] = 1.5f;

  float last;
  std::memcpy(&last, bytes + 16, sizeof last);
  EXPECT_EQ(value->dims(), 3u);
  EXPECT_EQ(value->elements().size(), 3u);
  EXPECT_EQ(last, 1.5f);
}

TEST(Vector, ReadsNegativeDimensionsAsTooMany) {
  Vector value{};
  value.dim = -1;
  EXPECT_EQ(value.dims(), 65535u);
}

}  // namespace
}  // namespace vec::types
