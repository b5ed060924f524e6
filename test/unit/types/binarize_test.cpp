#include "vector/types/binarize.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace vec::types {
namespace {

std::vector<std::uint8_t> Bits(const std::vector<float>& elements) {
  std::vector<std::uint8_t> bits((elements.size() + 7) / 8, 0xFF);
  Binarize(elements, bits);
  return bits;
}

TEST(Binarize, SetsTheBitOfPositiveElementsOnly) {
  EXPECT_EQ(Bits({1, 0, -0.0f, -1, 1e-45f, 0, 0, 2}), std::vector<std::uint8_t>{0b10001001});
}

TEST(Binarize, ClearsTheBitsPastTheLast) {
  EXPECT_EQ(Bits({1, 1, 1}), std::vector<std::uint8_t>{0b11100000});
  EXPECT_EQ(Bits(std::vector<float>(9, 1)), (std::vector<std::uint8_t>{0xFF, 0x80}));
}

TEST(Binarize, AcceptsNothing) { EXPECT_TRUE(Bits({}).empty()); }

}  // namespace
}  // namespace vec::types
