#include "vector/quantize/rabitq.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "vector/base/random.hpp"
#include "vector/quantize/rotation.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::quantize {
namespace {

using Floats = std::vector<float>;
using Bytes = std::vector<std::uint8_t>;

constexpr float kInf = std::numeric_limits<float>::infinity();

double Gaussian(Random& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.Uniform()));
  return radius * std::cos(6.283185307179586 * random.Uniform());
}

Floats GaussianFloats(std::size_t n, Random& random, double scale = 1) {
  Floats x(n);
  for (float& value : x) value = static_cast<float>(scale * Gaussian(random));
  return x;
}

double Dot(const Floats& a, const Floats& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
  return sum;
}

double DotWithCode(const Floats& q, const Bytes& code) {
  double sum = 0;
  for (std::size_t i = 0; i < q.size(); ++i) {
    sum += (code[i / 8] >> (i % 8)) & 1 ? 0.5 * q[i] : -0.5 * q[i];
  }
  return sum;
}

double SquaredDistance(const Floats& a, const Floats& b, double t = 1) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - t * b[i]) * (a[i] - t * b[i]);
  return sum;
}

// One estimate with its bound, the bound in multiples of e0.
struct Estimate {
  double exact;
  double value;
  double half_width;
  double scale;  // |o - c| |q - c|, or |o - c| |q - t c|

  double error() const { return value - exact; }
  bool IsWithin(double e0) const { return std::fabs(error()) <= e0 * half_width; }
};

// Everything a caller does with a code, in double precision.
Estimate EstimateOf(CodeMetric metric, const Rotation& rotation, const Floats& o, const Floats& c,
                    const Floats& q) {
  const std::size_t dims = rotation.rotated_dims();
  Floats residual(o.size());
  for (std::size_t i = 0; i < o.size(); ++i) residual[i] = o[i] - c[i];
  Floats r(dims), pc(dims), pq(dims);
  rotation.Rotate(residual, r);
  rotation.Rotate(c, pc);
  rotation.Rotate(q, pq);
  Bytes code(dims / 8);
  const CodeFactors factors = Encode(metric, r, pc, code);
  const double dot = factors.rescale == 0 ? 0 : factors.rescale * DotWithCode(pq, code);
  const double length = std::sqrt(SquaredDistance(o, c));
  if (metric == CodeMetric::kL2) {
    const double to_center = std::sqrt(SquaredDistance(q, c));
    return {SquaredDistance(q, o), to_center * to_center + factors.add + dot,
            factors.error * to_center, length * to_center};
  }
  const double t = Dot(c, c) > 0 ? Dot(q, c) / Dot(c, c) : 0;
  const double to_center = std::sqrt(SquaredDistance(q, c, t));
  return {-Dot(q, o), -Dot(q, c) + t * factors.add + dot, factors.error * to_center,
          length * to_center};
}

struct Triple {
  Floats o, c, q;
};

struct Tally {
  int count = 0;
  int within_19 = 0;
  int within_30 = 0;
  double sum = 0;
  double squares = 0;

  void Add(const Estimate& estimate) {
    ++count;
    within_19 += estimate.IsWithin(1.9);
    within_30 += estimate.IsWithin(3.0);
    const double relative = estimate.error() / estimate.scale;
    sum += relative;
    squares += relative * relative;
  }
  double mean() const { return sum / count; }
  double sigma_of_mean() const { return std::sqrt(squares) / count; }
};

// Rotations change as well, for rows alike under one are alike in their errors.
template <class Make>
void ExpectSoundEstimates(CodeMetric metric, std::size_t dims, Make make) {
  SCOPED_TRACE(testing::Message() << "dims=" << dims << " metric=" << static_cast<int>(metric));
  constexpr int kRotations = 50;
  constexpr int kPairs = 200;
  Random random(dims);
  Tally tally;
  for (int seed = 0; seed < kRotations; ++seed) {
    const Rotation rotation(dims, static_cast<std::uint64_t>(seed),
                            std::pmr::get_default_resource());
    for (int pair = 0; pair < kPairs; ++pair) {
      const Triple x = make(random);
      tally.Add(EstimateOf(metric, rotation, x.o, x.c, x.q));
    }
  }
  EXPECT_GE(tally.within_19, 0.94 * tally.count);
  EXPECT_GE(tally.within_30, 0.995 * tally.count);
  EXPECT_LE(std::fabs(tally.mean()), 3 * tally.sigma_of_mean());
  // What one bit can do, for the bound not to be an idle one; less where o - c and
  // q - c are alike.
  const double spread = std::sqrt(tally.squares / tally.count);
  const double product = metric == CodeMetric::kL2 ? 2 : 1;
  const double gaussian = product * 0.7555 / std::sqrt(static_cast<double>(RotatedDims(dims)) - 1);
  EXPECT_LE(spread, 1.1 * gaussian);
  EXPECT_GE(spread, 0.75 * gaussian);
}

constexpr CodeMetric kMetrics[] = {CodeMetric::kL2, CodeMetric::kInnerProduct};
constexpr std::size_t kDims[] = {64, 100, 192};

TEST(RaBitQ, IsUnbiasedAndBoundedForGaussianRows) {
  for (const CodeMetric metric : kMetrics) {
    for (const std::size_t dims : {64, 100, 192, 320}) {
      ExpectSoundEstimates(metric, dims, [dims](Random& random) {
        return Triple{GaussianFloats(dims, random), GaussianFloats(dims, random, 0.3),
                      GaussianFloats(dims, random)};
      });
    }
  }
}

TEST(RaBitQ, IsUnbiasedAndBoundedForClusters) {
  for (const CodeMetric metric : kMetrics) {
    for (const std::size_t dims : kDims) {
      ExpectSoundEstimates(metric, dims, [dims](Random& random) {
        Triple x{Floats(dims), GaussianFloats(dims, random, 3), Floats(dims)};
        for (std::size_t i = 0; i < dims; ++i) {
          x.o[i] = x.c[i] + static_cast<float>(0.1 * Gaussian(random));
          x.q[i] = x.c[i] + static_cast<float>(0.1 * Gaussian(random));
        }
        return x;
      });
    }
  }
}

// Rows and queries of a few non-zero coordinates, some shared.
TEST(RaBitQ, IsUnbiasedAndBoundedForSparseRows) {
  for (const CodeMetric metric : kMetrics) {
    for (const std::size_t dims : kDims) {
      ExpectSoundEstimates(metric, dims, [dims](Random& random) {
        Triple x{Floats(dims, 0.0f), Floats(dims, 0.0f), Floats(dims, 0.0f)};
        const std::size_t shared = random.Below(dims);
        x.c[shared] = 1;
        for (int i = 0; i < 3; ++i) {
          x.o[random.Below(dims)] = 1;
          x.q[(shared + 1 + random.Below(dims - 1)) % dims] = 1;
        }
        x.o[shared] += static_cast<float>(random.Uniform());
        x.q[shared] += static_cast<float>(random.Uniform());
        return x;
      });
    }
  }
}

TEST(RaBitQ, IsUnbiasedAndBoundedForUnevenNorms) {
  for (const CodeMetric metric : kMetrics) {
    for (const std::size_t dims : kDims) {
      ExpectSoundEstimates(metric, dims, [dims](Random& random) {
        return Triple{GaussianFloats(dims, random, std::exp(Gaussian(random))),
                      GaussianFloats(dims, random, std::exp(Gaussian(random))),
                      GaussianFloats(dims, random, std::exp(Gaussian(random)))};
      });
    }
  }
}

TEST(RaBitQ, IsUnbiasedAndBoundedForOneHugeComponent) {
  for (const CodeMetric metric : kMetrics) {
    ExpectSoundEstimates(metric, 128, [](Random& random) {
      Triple x{GaussianFloats(128, random), GaussianFloats(128, random), Floats(128)};
      x.o[random.Below(128)] = 1e4f;
      for (std::size_t i = 0; i < 128; ++i) {
        x.q[i] = x.c[i] + static_cast<float>(Gaussian(random));
      }
      return x;
    });
  }
}

TEST(RaBitQ, IsUnbiasedAndBoundedAroundTheOrigin) {
  for (const CodeMetric metric : kMetrics) {
    ExpectSoundEstimates(metric, 100, [](Random& random) {
      return Triple{GaussianFloats(100, random), Floats(100, 0.0f), GaussianFloats(100, random)};
    });
  }
}

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
