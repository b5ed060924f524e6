#include "vector/quantize/fastscan.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "vector/base/random.hpp"

namespace vec::quantize {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Floats = std::vector<float>;

Bytes RandomBytes(std::size_t count, Random& random) {
  Bytes bytes(count);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

TEST(FastScanBlock, GivesBackEveryLane) {
  Random random(1);
  for (const std::size_t dims : {64, 128, 832, 2048, 16000}) {
    Bytes block(BlockBytes(dims), 0xA5);
    std::vector<Bytes> codes;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      codes.push_back(RandomBytes(dims / 8, random));
      PackLane(block, lane, codes.back());
    }
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      Bytes code(dims / 8);
      UnpackLane(block, lane, code);
      EXPECT_EQ(code, codes[lane]) << dims << " lane " << lane;
    }
  }
}

TEST(FastScanBlock, ReplacesOneLaneAlone) {
  Random random(2);
  const Bytes before = RandomBytes(BlockBytes(128), random);
  for (std::size_t changed = 0; changed < kLanes; ++changed) {
    Bytes after = before;
    PackLane(after, changed, RandomBytes(16, random));
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      if (lane == changed) continue;
      Bytes kept(16);
      Bytes found(16);
      UnpackLane(before, lane, kept);
      UnpackLane(after, lane, found);
      EXPECT_EQ(found, kept) << changed << " changed lane " << lane;
    }
  }
}

// The layout is on disk.
TEST(FastScanBlock, HasTheDocumentedBytes) {
  Bytes block(BlockBytes(64), 0);
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    Bytes code(8, 0);
    // Group 0: the lane's number within its half; group 1: the half; group 15: 9.
    code[0] = static_cast<std::uint8_t>(lane % 16 | (lane < 16 ? 0x20 : 0x50));
    code[7] = 0x90;
    PackLane(block, lane, code);
  }
  Bytes expected = {0x00, 0x88, 0x11, 0x99, 0x22, 0xAA, 0x33, 0xBB,
                    0x44, 0xCC, 0x55, 0xDD, 0x66, 0xEE, 0x77, 0xFF};
  expected.resize(32, 0x52);
  expected.resize(15 * 16, 0x00);
  expected.resize(16 * 16, 0x99);
  EXPECT_EQ(block, expected);
}

class QueryTableTest : public testing::Test {
 protected:
  void TearDown() override { simd::Select(std::nullopt); }

  // The greatest error of 32 random codes and of the two extreme ones.
  static double GreatestError(const QueryTable& table, const Floats& q, Random& random) {
    Bytes block = RandomBytes(BlockBytes(q.size()), random);
    Bytes highest(q.size() / 8, 0);
    Bytes lowest(q.size() / 8, 0);
    for (std::size_t i = 0; i < q.size(); ++i) {
      (q[i] > 0 ? highest : lowest)[i / 8] |= static_cast<std::uint8_t>(1 << (i % 8));
    }
    PackLane(block, 5, highest);
    PackLane(block, 30, lowest);
    std::array<float, kLanes> estimates;
    table.Scan(block, estimates.data());
    double greatest = 0;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      Bytes code(q.size() / 8);
      UnpackLane(block, lane, code);
      double exact = 0;
      for (std::size_t i = 0; i < q.size(); ++i) {
        exact += (code[i / 8] >> (i % 8)) & 1 ? 0.5 * q[i] : -0.5 * q[i];
      }
      EXPECT_FALSE(std::isnan(estimates[lane]));
      greatest = std::max(greatest, std::fabs(estimates[lane] - exact));
    }
    return greatest;
  }

  // The bound, which holds at every level.
  static float ExpectBounded(const Floats& q) {
    float bound = 0;
    for (const simd::Level level :
         {simd::Level::kBaseline, simd::Level::kAvx2, simd::Level::kAvx512}) {
      if (!simd::Select(level)) continue;
      Random random(3);
      QueryTable table(std::pmr::get_default_resource());
      table.Prepare(q);
      bound = table.max_error();
      EXPECT_FALSE(std::isnan(bound));
      EXPECT_LE(GreatestError(table, q, random), bound)
          << simd::Active().name << " dims=" << q.size();
    }
    return bound;
  }

  static constexpr std::size_t kDims[] = {64, 128, 192, 832, 2048, 16000};
};

TEST_F(QueryTableTest, StaysWithinItsErrorForRandomQueries) {
  Random random(4);
  for (const std::size_t dims : kDims) {
    for (int round = 0; round < 20; ++round) {
      Floats q(dims);
      for (float& x : q) x = static_cast<float>(random.Uniform() * 2 - 1);
      const float bound = ExpectBounded(q);
      // No group spans more than 4, so no step is above 4 / 255.
      EXPECT_LE(bound, 0.51 * static_cast<double>(dims / 4) * 4 / 255);
    }
  }
}

TEST_F(QueryTableTest, StaysWithinItsErrorForUnevenQueries) {
  Random random(5);
  for (const std::size_t dims : kDims) {
    for (int round = 0; round < 20; ++round) {
      Floats q(dims);
      for (float& x : q) {
        x = static_cast<float>((random.Uniform() * 2 - 1) * std::exp(20 * random.Uniform()));
      }
      ExpectBounded(q);
    }
  }
}

TEST_F(QueryTableTest, StaysWithinItsErrorForConstantQueries) {
  for (const std::size_t dims : kDims) {
    for (const float x : {1.0f, -1.0f, 0.1f, -3e-7f, 1e18f}) ExpectBounded(Floats(dims, x));
  }
}

TEST_F(QueryTableTest, StaysWithinItsErrorForOneHotQueries) {
  for (const std::size_t dims : kDims) {
    for (const float x : {1.0f, -1e-3f, 1e18f, -1e30f}) {
      Floats q(dims, 0.0f);
      q[dims / 3] = x;
      ExpectBounded(q);
    }
  }
}

TEST_F(QueryTableTest, IsExactForTheZeroQuery) {
  for (const std::size_t dims : kDims) EXPECT_EQ(ExpectBounded(Floats(dims, 0.0f)), 0.0f);
}

TEST_F(QueryTableTest, KnowsNothingWhereSumsOverflow) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  for (const std::size_t dims : kDims) {
    EXPECT_EQ(ExpectBounded(Floats(dims, 3e38f)), kInf);
    EXPECT_EQ(ExpectBounded(Floats(dims, 1e38f)), kInf);
  }
  QueryTable table(std::pmr::get_default_resource());
  Floats broken(64, 1.0f);
  broken[7] = std::numeric_limits<float>::quiet_NaN();
  table.Prepare(broken);
  EXPECT_EQ(table.max_error(), kInf);
  broken[7] = -kInf;
  table.Prepare(broken);
  EXPECT_EQ(table.max_error(), kInf);
}

TEST_F(QueryTableTest, StaysWithinItsErrorAtTheEndsOfTheRange) {
  for (const std::size_t dims : kDims) {
    for (const float x : {1e33f, 1e-30f, 1e-36f, 1e-38f, 1e-40f, 1e-45f}) {
      EXPECT_LT(ExpectBounded(Floats(dims, x)), std::numeric_limits<float>::infinity());
    }
  }
}

TEST_F(QueryTableTest, CanBePreparedAgainForOtherDimensions) {
  Random random(6);
  QueryTable table(std::pmr::get_default_resource());
  for (const std::size_t dims : {832, 64, 16000, 128}) {
    Floats q(dims);
    for (float& x : q) x = static_cast<float>(random.Uniform() * 2 - 1);
    table.Prepare(q);
    EXPECT_LE(GreatestError(table, q, random), table.max_error());
  }
}

}  // namespace
}  // namespace vec::quantize
