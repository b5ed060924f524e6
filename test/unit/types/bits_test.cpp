#include "vector/types/bits.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace vec::types {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(HammingDistance, CountsWhatDiffers) {
  EXPECT_EQ(HammingDistance(Bytes{0b10101010, 0xF0}, Bytes{0b10101011, 0x0F}), 9);
  EXPECT_EQ(HammingDistance(Bytes{0xFF}, Bytes{0xFF}), 0);
  EXPECT_EQ(HammingDistance({}, {}), 0);
}

TEST(JaccardDistance, IsOneMinusTheSharedPart) {
  EXPECT_EQ(JaccardDistance(Bytes{0b1100}, Bytes{0b1000}), 0.5);
  EXPECT_EQ(JaccardDistance(Bytes{0b1110}, Bytes{0b1110}), 0);
  EXPECT_EQ(JaccardDistance(Bytes{0b1110}, Bytes{0b0111}), 0.5);
}

TEST(JaccardDistance, IsOneWhereNothingIsShared) {
  EXPECT_EQ(JaccardDistance(Bytes{0b1100}, Bytes{0b0011}), 1);
  EXPECT_EQ(JaccardDistance(Bytes{0}, Bytes{0}), 1);
  EXPECT_EQ(JaccardDistance({}, {}), 1);
}

}  // namespace
}  // namespace vec::types
