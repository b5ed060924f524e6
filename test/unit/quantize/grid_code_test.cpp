#include "vector/quantize/grid_code.hpp"

#include <gtest/gtest.h>

#include "support/code_estimates.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::quantize {
namespace {

using namespace test;

// Four bits a dimension, with the query in bytes.
struct GridCoder {
  static constexpr double kSpread = 0.105;

  static CodedProduct Encode(CodeMetric metric, const Floats& r, const Floats& pc,
                             const Floats& pq) {
    Bytes code(GridCodeBytes(r.size()));
    const GridFactors factors = EncodeGrid(metric, r, pc, code);
    GridQuery query(std::pmr::get_default_resource());
    query.Prepare(pq);
    return {factors.code, query.Product(code), 3 * double{query.rounding()} * factors.norm};
  }
};

TEST(GridCode, IsUnbiasedAndBoundedForAllKindsOfRows) {
  ExpectSoundEstimatesOfAllKinds<GridCoder>();
}

TEST(GridCode, IsUnbiasedAndBoundedForRealVectors) {
  ExpectSoundEstimatesOfRealVectors<GridCoder>();
}

TEST(GridCode, IsUnbiasedAndBoundedForSixteenThousandDimensions) {
  Random random(3);
  Tally tally;
  const Rotation rotation(16000, 5, std::pmr::get_default_resource());
  for (int pair = 0; pair < 100; ++pair) {
    const Triple x{GaussianFloats(16000, random), GaussianFloats(16000, random, 0.3),
                   GaussianFloats(16000, random)};
    tally.Add(EstimateBy<GridCoder>(CodeMetric::kL2, rotation, x));
  }
  tally.ExpectSound();
}

TEST(GridCode, IsExactForARowOnTheCenter) {
  for (const CodeMetric metric : kMetrics) {
    Bytes code(64);
    const GridFactors factors = EncodeGrid(metric, Floats(128, -0.0f), Floats(128, 1.0f), code);
    EXPECT_EQ(factors.code.add, 0);
    EXPECT_EQ(factors.code.rescale, 0);
    EXPECT_EQ(factors.code.error, 0);
    EXPECT_EQ(factors.norm, 0);
  }
}

// Half of the coordinates at the outermost levels, half at the middle ones: by hand
// n2 = 32 (15^2 + 1), x~ = r / 2, ratio = 2.
TEST(GridCode, FindsThePointsOfItsGrid) {
  Floats r(64, 15.0f);
  for (std::size_t i = 32; i < 64; ++i) r[i] = i % 2 == 0 ? 1.0f : -1.0f;
  Bytes code(32);
  const Floats pc(64, 2.0f);
  const GridFactors l2 = EncodeGrid(CodeMetric::kL2, r, pc, code);
  for (std::size_t j = 0; j < 32; ++j) EXPECT_EQ(code[j], j % 2 == 0 ? 0x8F : 0x7F);
  EXPECT_FLOAT_EQ(l2.norm, std::sqrt(32 * 226.0f) / 2);
  EXPECT_FLOAT_EQ(l2.code.rescale, -4);
  EXPECT_FLOAT_EQ(l2.code.add, 32 * 226 + 4 * 2 * 32 * 7.5f);
  EXPECT_LT(l2.code.error, 0.01f * l2.norm);
  const GridFactors ip = EncodeGrid(CodeMetric::kInnerProduct, r, pc, code);
  EXPECT_FLOAT_EQ(ip.code.rescale, -2);
  EXPECT_NEAR(ip.code.add, 0, 1e-3);
}

TEST(GridCode, BoundsSevenTimesCloserThanOneBit) {
  Random random(4);
  const Floats r = GaussianFloats(832, random);
  const Floats pc(832, 0.0f);
  Bytes code(416);
  Bytes bits(104);
  const float grid = EncodeGrid(CodeMetric::kL2, r, pc, code).code.error;
  EXPECT_LT(6.5f * grid, Encode(CodeMetric::kL2, r, pc, bits).error);
}

class GridExtremes : public testing::Test {
 protected:
  void TearDown() override { simd::Select(std::nullopt); }

  // Either factors to compute with, or ones that ask for the exact distance.
  static GridFactors ExpectUsable(CodeMetric metric, const Floats& r, const Floats& pc) {
    GridFactors factors{};
    for (const simd::Level level :
         {simd::Level::kBaseline, simd::Level::kAvx2, simd::Level::kAvx512}) {
      if (!simd::Select(level)) continue;
      Bytes code(r.size() / 2);
      factors = EncodeGrid(metric, r, pc, code);
      EXPECT_TRUE(std::isfinite(factors.code.add));
      EXPECT_TRUE(std::isfinite(factors.code.rescale));
      EXPECT_TRUE(std::isfinite(factors.norm));
      EXPECT_GE(factors.code.error, 0);
      if (factors.code.error == kInf) {
        EXPECT_EQ(factors.code.add, 0);
        EXPECT_EQ(factors.code.rescale, 0);
        EXPECT_EQ(factors.norm, 0);
      }
    }
    return factors;
  }
};

TEST_F(GridExtremes, AskForTheExactDistanceBeyondFloats) {
  for (const CodeMetric metric : kMetrics) {
    EXPECT_EQ(ExpectUsable(metric, Floats(64, 1e-45f), Floats(64, 1.0f)).code.error, kInf);
    EXPECT_EQ(ExpectUsable(metric, Floats(16000, 3e38f), Floats(16000, 3e38f)).code.error, kInf);
    EXPECT_EQ(ExpectUsable(metric, Floats(16000, 1.0f), Floats(16000, 3e38f)).code.error, kInf);
    for (const float broken : {kInf, -kInf, std::numeric_limits<float>::quiet_NaN()}) {
      Floats r(128, 1.0f);
      Floats pc(128, 1.0f);
      r[77] = broken;
      EXPECT_EQ(ExpectUsable(metric, r, pc).code.error, kInf);
      r[77] = 1;
      pc[77] = broken;
      EXPECT_EQ(ExpectUsable(metric, r, pc).code.error, kInf);
    }
  }
}

TEST_F(GridExtremes, BoundHoldsForGreatAndSmallValues) {
  Random random(2);
  const Rotation rotation(128, 1, std::pmr::get_default_resource());
  for (const CodeMetric metric : kMetrics) {
    for (const double scale : {1e-14, 1e-8, 1e8, 1e16}) {
      for (int round = 0; round < 100; ++round) {
        const Triple x{GaussianFloats(128, random, scale), GaussianFloats(128, random, scale),
                       GaussianFloats(128, random, scale)};
        EXPECT_TRUE(EstimateBy<GridCoder>(metric, rotation, x).IsWithin(5)) << scale;
      }
    }
  }
}

TEST(GridQuery, ProductsOfZeroAndTinyAndHugeQueriesAreNumbers) {
  Bytes code(32, 0x3F);
  GridQuery query(std::pmr::get_default_resource());
  for (const float value : {0.0f, 1e-45f, 1e-38f, 1e30f, 3e38f}) {
    query.Prepare(Floats(64, value));
    EXPECT_FALSE(std::isnan(query.Product(code)));
    EXPECT_GE(query.rounding(), 0);
    // 32 levels of 15 and 32 of 3.
    const double exact = 32 * (7.5 - 4.5) * double{value};
    EXPECT_LE(std::fabs(query.Product(code) - exact),
              3 * double{query.rounding()} * std::sqrt(32 * (56.25 + 20.25)) + 1e-5 * exact)
        << value;
  }
}

TEST(GridQuery, RoundsToWithinHalfAStep) {
  Random random(9);
  Floats q = GaussianFloats(192, random);
  GridQuery query(std::pmr::get_default_resource());
  query.Prepare(q);
  double worst = 0;
  for (const float x : q) worst = std::max(worst, std::fabs(double{x}));
  for (std::size_t i = 0; i < q.size(); ++i) {
    // The level 15 for one coordinate, 0 for the others: their difference is 15 of it.
    Bytes none(96, 0);
    Bytes one = none;
    const std::size_t j = i % 64;
    one[i / 64 * 32 + j % 32] = j < 32 ? 0x0F : 0xF0;
    const double found = (double{query.Product(one)} - query.Product(none)) / 15;
    ASSERT_NEAR(found, q[i], worst / 127 * 0.51 + 1e-4);
  }
}

}  // namespace
}  // namespace vec::quantize
