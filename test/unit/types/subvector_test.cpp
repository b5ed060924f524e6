#include "vector/types/subvector.hpp"

#include <gtest/gtest.h>

#include "types/error_expectation.hpp"

namespace vec::types {
namespace {

void ExpectRange(std::int32_t start, std::int32_t count, std::size_t first, std::size_t size) {
  const ElementRange range = Subrange(5, start, count, "vector");
  EXPECT_EQ(range.first, first) << start << ", " << count;
  EXPECT_EQ(range.count, size) << start << ", " << count;
}

void ExpectNothing(std::int32_t start, std::int32_t count) {
  ExpectError([=] { (void)Subrange(5, start, count, "vector"); }, ErrorKind::kInvalidValue,
              "vector must have at least 1 dimension");
}

TEST(Subrange, CountsFromOne) {
  ExpectRange(1, 5, 0, 5);
  ExpectRange(2, 3, 1, 3);
  ExpectRange(5, 1, 4, 1);
}

TEST(Subrange, ClipsBothEnds) {
  ExpectRange(-1, 3, 0, 1);
  ExpectRange(0, 3, 0, 2);
  ExpectRange(4, 9, 3, 2);
  ExpectRange(-9, 99, 0, 5);
}

TEST(Subrange, DoesNotOverflow) {
  ExpectRange(3, INT32_MAX, 2, 3);
  ExpectRange(-2147483642, INT32_MAX, 0, 4);
}

TEST(Subrange, RejectsNothing) {
  ExpectNothing(1, 0);
  ExpectNothing(1, -1);
  ExpectNothing(6, 1);
  ExpectNothing(-1, 2);
  ExpectNothing(0, 1);
  ExpectNothing(INT32_MIN, INT32_MAX);
  ExpectNothing(INT32_MAX, INT32_MAX);
  ExpectNothing(INT32_MIN, INT32_MIN);
}

}  // namespace
}  // namespace vec::types
