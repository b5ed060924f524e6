#include "vector/quantize/rabitq.hpp"

#include <gtest/gtest.h>

#include "support/code_estimates.hpp"
#include "support/real_vectors.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::quantize {
namespace {

using namespace test;

// One bit a dimension.
struct SignCoder {
  // What Gaussian residuals leave: sqrt(pi / 2 - 1).
  static constexpr double kSpread = 0.7555;

  static CodedProduct Encode(CodeMetric metric, const Floats& r, const Floats& pc,
                             const Floats& pq) {
    Bytes code(r.size() / 8);
    const CodeFactors factors = quantize::Encode(metric, r, pc, code);
    double sum = 0;
    for (std::size_t i = 0; i < pq.size(); ++i) {
      sum += (code[i / 8] >> (i % 8)) & 1 ? 0.5 * pq[i] : -0.5 * pq[i];
    }
    return {factors, sum, 0};
  }
};

Estimate EstimateOf(CodeMetric metric, const Rotation& rotation, const Floats& o, const Floats& c,
                    const Floats& q) {
  return EstimateBy<SignCoder>(metric, rotation, {o, c, q});
}

TEST(RaBitQ, IsUnbiasedAndBoundedForAllKindsOfRows) { ExpectSoundEstimatesOfAllKinds<SignCoder>(); }

TEST(RaBitQ, IsUnbiasedAndBoundedForRealVectors) { ExpectSoundEstimatesOfRealVectors<SignCoder>(); }

TEST(RaBitQ, IsExactForARowOnTheCenter) {
  const Rotation rotation(100, 1, std::pmr::get_default_resource());
  Random random(1);
  const Floats o = GaussianFloats(100, random);
  const Floats q = GaussianFloats(100, random);
  for (const CodeMetric metric : kMetrics) {
    const Estimate estimate = EstimateOf(metric, rotation, o, o, q);
    EXPECT_DOUBLE_EQ(estimate.value, estimate.exact);
    EXPECT_EQ(estimate.half_width, 0);
    Bytes code(16);
    const CodeFactors factors = Encode(metric, Floats(128, -0.0f), Floats(128, 1.0f), code);
    EXPECT_EQ(factors.add, 0);
    EXPECT_EQ(factors.rescale, 0);
    EXPECT_EQ(factors.error, 0);
    EXPECT_EQ(code, Bytes(16, 0xFF));
  }
}

TEST(RaBitQ, SetsTheBitsOfCoordinatesNotBelowZero) {
  Floats r(64, -1.0f);
  r[0] = 1;
  r[9] = 0;
  r[10] = -0.0f;
  r[63] = 1e-45f;
  Bytes code(8);
  Encode(CodeMetric::kL2, r, Floats(64, 0.0f), code);
  EXPECT_EQ(code, (Bytes{0x01, 0x06, 0, 0, 0, 0, 0, 0x80}));
}

// By hand: r has 32 of 3 and 32 of -1, so n2 = 320, ip = 64, n2 |x~|^2 / ip^2 = 1.25;
// pc is 2 everywhere, so <Pc, x~> = 0 and <r, Pc> = 128.
TEST(RaBitQ, ComputesTheDocumentedFactors) {
  Floats r(64, 3.0f);
  for (std::size_t i = 32; i < 64; ++i) r[i] = -1;
  const Floats pc(64, 2.0f);
  Bytes code(8);
  const CodeFactors l2 = Encode(CodeMetric::kL2, r, pc, code);
  EXPECT_FLOAT_EQ(l2.add, 320.0f);
  EXPECT_FLOAT_EQ(l2.rescale, -10.0f);
  EXPECT_FLOAT_EQ(l2.error, 2 * std::sqrt(320.0f * 0.25f / 63));
  const CodeFactors ip = Encode(CodeMetric::kInnerProduct, r, pc, code);
  EXPECT_FLOAT_EQ(ip.add, -128.0f);
  EXPECT_FLOAT_EQ(ip.rescale, -5.0f);
  EXPECT_FLOAT_EQ(ip.error, std::sqrt(320.0f * 0.25f / 63));
  EXPECT_EQ(code, (Bytes{0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0}));
}

TEST(RaBitQ, LeavesRoomForRoundingAroundAFlatResidual) {
  Bytes code(8);
  EXPECT_GT(Encode(CodeMetric::kL2, Floats(64, 0.1f), Floats(64, 0.0f), code).error, 0);
}

class Extremes : public testing::Test {
 protected:
  void TearDown() override { simd::Select(std::nullopt); }

  // Either factors to compute with, or ones that ask for the exact distance.
  static CodeFactors ExpectUsable(CodeMetric metric, const Floats& r, const Floats& pc) {
    CodeFactors factors{};
    for (const simd::Level level :
         {simd::Level::kBaseline, simd::Level::kAvx2, simd::Level::kAvx512}) {
      if (!simd::Select(level)) continue;
      Bytes code(r.size() / 8);
      factors = Encode(metric, r, pc, code);
      EXPECT_TRUE(std::isfinite(factors.add));
      EXPECT_TRUE(std::isfinite(factors.rescale));
      EXPECT_GE(factors.error, 0);
      if (factors.error == kInf) {
        EXPECT_EQ(factors.add, 0);
        EXPECT_EQ(factors.rescale, 0);
      }
    }
    return factors;
  }
};

TEST_F(Extremes, BoundHoldsForGreatAndSmallValues) {
  Random random(2);
  const Rotation rotation(128, 1, std::pmr::get_default_resource());
  for (const CodeMetric metric : kMetrics) {
    for (const double scale : {1e-30, 1e-22, 1e-16, 1e-8, 1e8, 1e16, 1e18}) {
      for (int round = 0; round < 100; ++round) {
        const Estimate estimate =
            EstimateOf(metric, rotation, GaussianFloats(128, random, scale),
                       GaussianFloats(128, random, scale), GaussianFloats(128, random, scale));
        // Squares below the least float are 0, and so are their estimates.
        const bool vanishes = estimate.scale < 1e-40 && metric == CodeMetric::kL2;
        EXPECT_TRUE(estimate.IsWithin(5) || vanishes) << scale;
      }
    }
  }
}

TEST_F(Extremes, AskForTheExactDistanceWhereAFactorOverflows) {
  const Floats one(16000, 1.0f);
  const Floats great(16000, 1e18f);
  const Floats greatest(16000, 3e38f);
  Floats uneven = great;
  for (std::size_t i = 0; i < uneven.size(); i += 2) uneven[i] = 3e18f;
  EXPECT_EQ(ExpectUsable(CodeMetric::kL2, great, one).error, kInf);
  Floats odd = great;
  for (std::size_t i = 0; i < odd.size(); i += 2) odd[i] = 0;
  EXPECT_EQ(ExpectUsable(CodeMetric::kInnerProduct, uneven, odd).error, kInf);
  EXPECT_EQ(ExpectUsable(CodeMetric::kL2, greatest, greatest).error, kInf);
  EXPECT_EQ(ExpectUsable(CodeMetric::kInnerProduct, greatest, greatest).error, kInf);
  EXPECT_LT(ExpectUsable(CodeMetric::kInnerProduct, great, one).error, kInf);
  EXPECT_LT(ExpectUsable(CodeMetric::kL2, Floats(64, 1e18f), Floats(64, 1e18f)).error, kInf);
}

TEST_F(Extremes, AskForTheExactDistanceWhereTheResidualIsNotFinite) {
  for (const float broken : {kInf, -kInf, std::numeric_limits<float>::quiet_NaN()}) {
    for (const CodeMetric metric : kMetrics) {
      Floats r(128, 1.0f);
      Floats pc(128, 1.0f);
      r[77] = broken;
      EXPECT_EQ(ExpectUsable(metric, r, pc).error, kInf);
      r[77] = 1;
      pc[77] = broken;
      EXPECT_EQ(ExpectUsable(metric, r, pc).error, kInf);
    }
  }
}

TEST_F(Extremes, TakeTheSmallestFloats) {
  for (const CodeMetric metric : kMetrics) {
    const CodeFactors factors = ExpectUsable(metric, Floats(64, 1e-45f), Floats(64, 1e-45f));
    EXPECT_LT(factors.error, 1e-40f);
  }
}

}  // namespace
}  // namespace vec::quantize
