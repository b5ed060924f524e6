// What the codes of quantize/rabitq.hpp promise, whatever their number of bits: estimates
// without bias, and errors within the half-width at the stated rate.
//
// A Coder has
//   static CodedProduct Encode(metric, r, pc, pq)  encodes r against pc; the inner product
//                                                  of its code with the rotated query pq
//   static constexpr double kSpread                sqrt(|r|^2 |x~|^2 / <r, x~>^2 - 1) of
//                                                  Gaussian residuals
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "support/real_vectors.hpp"
#include "vector/base/random.hpp"
#include "vector/quantize/rabitq.hpp"
#include "vector/quantize/rotation.hpp"

namespace vec::test {

using quantize::CodeFactors;
using quantize::CodeMetric;
using quantize::Rotation;

using Floats = std::vector<float>;
using Bytes = std::vector<std::uint8_t>;

inline constexpr float kInf = std::numeric_limits<float>::infinity();
inline constexpr CodeMetric kMetrics[] = {CodeMetric::kL2, CodeMetric::kInnerProduct};

struct CodedProduct {
  CodeFactors factors;
  double product;   // <Pq, x~>
  double rounding;  // three standard deviations of what the query's rounding adds to it
};

inline double Gaussian(Random& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.Uniform()));
  return radius * std::cos(6.283185307179586 * random.Uniform());
}

inline Floats GaussianFloats(std::size_t n, Random& random, double scale = 1) {
  Floats x(n);
  for (float& value : x) value = static_cast<float>(scale * Gaussian(random));
  return x;
}

inline double Dot(const Floats& a, const Floats& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
  return sum;
}

inline double SquaredDistance(const Floats& a, const Floats& b, double t = 1) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - t * b[i]) * (a[i] - t * b[i]);
  return sum;
}

// One estimate with its bound, the bound in multiples of e0.
struct Estimate {
  double exact;
  double value;
  double half_width;
  double rounding;
  double scale;  // |o - c| |q - c|, or |o - c| |q - t c|

  double error() const { return value - exact; }
  bool IsWithin(double e0) const { return std::fabs(error()) <= e0 * half_width + rounding; }
};

// A row, its centre and a query.
struct Triple {
  Floats o, c, q;
};

// Everything a caller does with a code, in double precision.
template <class Coder>
Estimate EstimateBy(CodeMetric metric, const Rotation& rotation, const Triple& x) {
  const std::size_t dims = rotation.rotated_dims();
  Floats residual(x.o.size());
  for (std::size_t i = 0; i < x.o.size(); ++i) residual[i] = x.o[i] - x.c[i];
  Floats r(dims), pc(dims), pq(dims);
  rotation.Rotate(residual, r);
  rotation.Rotate(x.c, pc);
  rotation.Rotate(x.q, pq);
  const CodedProduct coded = Coder::Encode(metric, r, pc, pq);
  const CodeFactors& factors = coded.factors;
  const double dot = factors.rescale == 0 ? 0 : factors.rescale * coded.product;
  const double rounding = std::fabs(double{factors.rescale}) * coded.rounding;
  const double length = std::sqrt(SquaredDistance(x.o, x.c));
  if (metric == CodeMetric::kL2) {
    const double to_center = std::sqrt(SquaredDistance(x.q, x.c));
    return {SquaredDistance(x.q, x.o), to_center * to_center + factors.add + dot,
            factors.error * to_center, rounding, length * to_center};
  }
  const double t = Dot(x.c, x.c) > 0 ? Dot(x.q, x.c) / Dot(x.c, x.c) : 0;
  const double to_center = std::sqrt(SquaredDistance(x.q, x.c, t));
  return {-Dot(x.q, x.o), -Dot(x.q, x.c) + t * factors.add + dot, factors.error * to_center,
          rounding, length * to_center};
}

struct Tally {
  int count = 0;
  int within_19 = 0;
  int within_30 = 0;
  double sum = 0;
  double squares = 0;
  double roundings = 0;  // squares of their standard deviations

  void Add(const Estimate& estimate) {
    ++count;
    within_19 += estimate.IsWithin(1.9);
    within_30 += estimate.IsWithin(3.0);
    const double relative = estimate.error() / estimate.scale;
    const double rounding = estimate.rounding / 3 / estimate.scale;
    sum += relative;
    squares += relative * relative;
    roundings += rounding * rounding;
  }
  double mean() const { return sum / count; }
  double sigma_of_mean() const { return std::sqrt(squares) / count; }

  void ExpectSound() const {
    // 94 of 100 and nearly all; the rest is for chance.
    EXPECT_GE(within_19, 0.925 * count);
    EXPECT_GE(within_30, 0.995 * count);
    EXPECT_LE(std::fabs(mean()), 3 * sigma_of_mean());
  }
};

// Rotations change as well, for rows alike under one are alike in their errors.
template <class Coder, class Make>
void ExpectSoundEstimates(CodeMetric metric, std::size_t dims, Make make) {
  SCOPED_TRACE(testing::Message() << "dims=" << dims << " metric=" << static_cast<int>(metric));
  constexpr int kRotations = 30;
  constexpr int kPairs = 100;
  Random random(dims);
  Tally tally;
  for (int seed = 0; seed < kRotations; ++seed) {
    const Rotation rotation(dims, static_cast<std::uint64_t>(seed),
                            std::pmr::get_default_resource());
    for (int pair = 0; pair < kPairs; ++pair) {
      tally.Add(EstimateBy<Coder>(metric, rotation, make(random)));
    }
  }
  tally.ExpectSound();
  // What the bits can do, for the bound not to be an idle one; less where o - c and
  // q - c are alike, more by the query's rounding.
  const double product = metric == CodeMetric::kL2 ? 2 : 1;
  const double gaussian =
      product * Coder::kSpread / std::sqrt(static_cast<double>(quantize::RotatedDims(dims)) - 1);
  const double spread = std::sqrt(tally.squares / tally.count);
  EXPECT_LE(spread, 1.1 * std::hypot(gaussian, std::sqrt(tally.roundings / tally.count)));
  EXPECT_GE(spread, 0.7 * gaussian);
}

template <class Coder>
void ExpectSoundEstimatesOfAllKinds() {
  const auto everywhere = [](const char* kind, auto make) {
    SCOPED_TRACE(kind);
    for (const CodeMetric metric : kMetrics) {
      for (const std::size_t dims : {std::size_t{64}, std::size_t{100}, std::size_t{192}}) {
        ExpectSoundEstimates<Coder>(metric, dims,
                                    [&](Random& random) { return make(dims, random); });
      }
    }
  };
  everywhere("Gaussian", [](std::size_t dims, Random& random) {
    return Triple{GaussianFloats(dims, random), GaussianFloats(dims, random, 0.3),
                  GaussianFloats(dims, random)};
  });
  everywhere("clusters", [](std::size_t dims, Random& random) {
    Triple x{Floats(dims), GaussianFloats(dims, random, 3), Floats(dims)};
    for (std::size_t i = 0; i < dims; ++i) {
      x.o[i] = x.c[i] + static_cast<float>(0.1 * Gaussian(random));
      x.q[i] = x.c[i] + static_cast<float>(0.1 * Gaussian(random));
    }
    return x;
  });
  // A few non-zero coordinates, some shared.
  everywhere("sparse", [](std::size_t dims, Random& random) {
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
  everywhere("uneven norms", [](std::size_t dims, Random& random) {
    return Triple{GaussianFloats(dims, random, std::exp(Gaussian(random))),
                  GaussianFloats(dims, random, std::exp(Gaussian(random))),
                  GaussianFloats(dims, random, std::exp(Gaussian(random)))};
  });
  everywhere("around the origin", [](std::size_t dims, Random& random) {
    return Triple{GaussianFloats(dims, random), Floats(dims, 0.0f), GaussianFloats(dims, random)};
  });
  everywhere("one huge component", [](std::size_t dims, Random& random) {
    Triple x{GaussianFloats(dims, random), GaussianFloats(dims, random), Floats(dims)};
    x.o[random.Below(dims)] = 1e4f;
    for (std::size_t i = 0; i < dims; ++i) x.q[i] = x.c[i] + static_cast<float>(Gaussian(random));
    return x;
  });
}

// Rows and queries around the mean of all, as in an index of one list.
template <class Coder>
void ExpectSoundEstimatesOfRealVectors() {
  int files = 0;
  for (const char* name : {"mnist784_base.bvecs", "bigann10k_sift128_base.bvecs"}) {
    SCOPED_TRACE(name);
    const auto rows = ReadByteVectors(name, 600);
    if (rows.size() < 600) continue;
    ++files;
    Floats mean(rows[0].size(), 0.0f);
    for (const Floats& row : rows) {
      for (std::size_t i = 0; i < row.size(); ++i) mean[i] += row[i] / 600;
    }
    for (const CodeMetric metric : kMetrics) {
      Tally tally;
      Random random(7);
      for (std::uint64_t seed = 0; seed < 40; ++seed) {
        const Rotation rotation(mean.size(), seed, std::pmr::get_default_resource());
        for (int pair = 0; pair < 100; ++pair) {
          const Triple x{rows[random.Below(600)], mean, rows[random.Below(600)]};
          if (x.o != x.q) tally.Add(EstimateBy<Coder>(metric, rotation, x));
        }
      }
      tally.ExpectSound();
    }
  }
  if (files == 0) GTEST_SKIP() << "VECTOR_TEST_DATA names no real vectors";
}

}  // namespace vec::test
