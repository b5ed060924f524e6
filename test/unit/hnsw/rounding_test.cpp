#include "vector/hnsw/rounding.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "vector/base/random.hpp"

namespace vec::hnsw {
namespace {

constexpr std::size_t kDims = 48;

std::vector<float> Values(std::size_t rows, float offset, float scale, std::uint64_t seed = 1) {
  Random random(seed);
  std::vector<float> values(rows * kDims);
  for (float& x : values) x = offset + scale * static_cast<float>(random.Uniform());
  return values;
}

bool Allows(const std::vector<float>& values) {
  return AllowsRounding(values, kDims, 7, std::pmr::get_default_resource());
}

TEST(HnswRounding, IsAllowedWhereRowsStayApart) {
  for (const std::size_t rows : {1000, 20000}) {
    EXPECT_TRUE(Allows(Values(rows, 0, 1))) << rows;
    EXPECT_TRUE(Allows(Values(rows, -3, 2))) << rows;
    EXPECT_TRUE(Allows(Values(rows, 0, 1e-12f))) << rows;
    EXPECT_TRUE(Allows(Values(rows, 0, 1e12f))) << rows;
  }
}

TEST(HnswRounding, IsNotWhereCoordinatesAreLargeBesideDistances) {
  for (const std::size_t rows : {1000, 20000}) {
    EXPECT_FALSE(Allows(Values(rows, 1000, 1))) << rows;
    EXPECT_FALSE(Allows(Values(rows, -1e6f, 1))) << rows;
  }
}

// One coordinate drowns the others, as of features that nobody has scaled.
TEST(HnswRounding, IsNotWhereOneCoordinateIsLarge) {
  std::vector<float> values = Values(3000, 0, 1);
  for (std::size_t i = 0; i < values.size(); i += kDims) values[i] = 60000 + 5000 * values[i];
  EXPECT_FALSE(Allows(values));
}

TEST(HnswRounding, IsAllowedWhereItMovesNothing) {
  std::vector<float> values = Values(3000, 0, 255);
  for (float& x : values) x = std::round(x);
  EXPECT_TRUE(Allows(values));
}

TEST(HnswRounding, IsNotWhereRowsTellNothing) {
  EXPECT_FALSE(Allows({}));
  EXPECT_FALSE(Allows(Values(1, 0, 1)));
  EXPECT_FALSE(Allows(Values(999, 0, 1)));
  EXPECT_FALSE(Allows(std::vector<float>(2000 * kDims, 0.1f))) << "all are equal";
  EXPECT_FALSE(Allows(Values(1000, 0, 3e38f))) << "distances are infinite";
}

TEST(HnswRounding, LooksPastCopies) {
  std::vector<float> values = Values(500, 0, 1);
  const std::vector<float> copies = values;
  values.insert(values.end(), copies.begin(), copies.end());
  EXPECT_TRUE(Allows(values));
}

}  // namespace
}  // namespace vec::hnsw
