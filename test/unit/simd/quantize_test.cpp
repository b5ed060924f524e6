#include "vector/simd/quantize.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "vector/base/random.hpp"

namespace vec::simd {
namespace {

using Floats = std::vector<float>;

std::vector<const Kernels*> AvailableKernels() {
  std::vector<const Kernels*> available;
  for (const Level level : {Level::kBaseline, Level::kAvx2, Level::kAvx512}) {
    if (const Kernels* kernels = Find(level)) available.push_back(kernels);
  }
  return available;
}

Floats RandomFloats(std::size_t n, Random& random) {
  Floats x(n);
  for (float& value : x) value = static_cast<float>(random.Uniform() * 2 - 1);
  return x;
}

constexpr std::size_t kLengths[] = {64, 128, 192, 256, 320, 768, 832, 1984, 2048, 4096, 16000};

// Straight from the definition, in double precision.
void TransformReference(double* x, std::size_t n) {
  for (std::size_t h = 1; h < n; h *= 2) {
    for (std::size_t i = 0; i < n; ++i) {
      if ((i & h) != 0) continue;
      const double a = x[i];
      const double b = x[i + h];
      x[i] = a + b;
      x[i + h] = a - b;
    }
  }
  for (std::size_t i = 0; i < n; ++i) x[i] /= std::sqrt(static_cast<double>(n));
}

std::vector<double> RotateReference(const Floats& in, const std::vector<std::uint32_t>& flips) {
  std::vector<double> x(in.begin(), in.end());
  const std::size_t n = x.size();
  std::size_t window = 1;
  while (2 * window <= n) window *= 2;
  for (std::size_t round = 0; round < kRotationRounds; ++round) {
    for (std::size_t i = 0; i < n; ++i) {
      if ((flips[(round * n + i) / 32] >> (i % 32)) & 1) x[i] = -x[i];
    }
    TransformReference(x.data() + (round % 2 == 0 ? 0 : n - window), window);
    if (window == n || round % 2 == 0) continue;
    for (std::size_t i = 0; i < n / 2; ++i) {
      const double a = x[i];
      const double b = x[i + n / 2];
      x[i] = (a + b) * std::sqrt(0.5);
      x[i + n / 2] = (a - b) * std::sqrt(0.5);
    }
  }
  return x;
}

TEST(QuantizeKernels, RotateAsDefinedAtEveryLevel) {
  Random random(1);
  for (const std::size_t n : kLengths) {
    const Floats x = RandomFloats(n, random);
    std::vector<std::uint32_t> flips(kRotationRounds * n / 32);
    for (std::uint32_t& word : flips) word = static_cast<std::uint32_t>(random());
    const std::vector<double> expected = RotateReference(x, flips);
    for (const Kernels* kernels : AvailableKernels()) {
      Floats rotated = x;
      QuantizeKernelsOf(kernels->level).rotate(rotated.data(), n, flips.data());
      double worst = 0;
      for (std::size_t i = 0; i < n; ++i) {
        worst = std::max(worst, std::fabs(rotated[i] - expected[i]));
      }
      EXPECT_LT(worst, 5e-6) << kernels->name << " n=" << n;
    }
  }
}

TEST(QuantizeKernels, EncodeSignsAndSumsAtEveryLevel) {
  Random random(2);
  for (const std::size_t n : kLengths) {
    Floats r = RandomFloats(n, random);
    r[0] = -0.0f;
    r[1] = 0.0f;
    r[2] = -1e-45f;
    const Floats c = RandomFloats(n, random);
    CodeSums expected;
    for (std::size_t i = 0; i < n; ++i) {
      const double sign = r[i] >= 0 ? 1 : -1;
      expected.square += double{r[i]} * r[i];
      expected.absolute += std::fabs(double{r[i]});
      expected.signed_center += sign * c[i];
      expected.product += double{r[i]} * c[i];
    }
    for (const Kernels* kernels : AvailableKernels()) {
      SCOPED_TRACE(testing::Message() << kernels->name << " n=" << n);
      std::vector<std::uint8_t> code(n / 8, 0x55);
      const CodeSums sums =
          QuantizeKernelsOf(kernels->level).encode(r.data(), c.data(), n, code.data());
      const double tolerance = 1e-6 * static_cast<double>(n);
      EXPECT_NEAR(sums.square, expected.square, tolerance);
      EXPECT_NEAR(sums.absolute, expected.absolute, tolerance);
      EXPECT_NEAR(sums.signed_center, expected.signed_center, tolerance);
      EXPECT_NEAR(sums.product, expected.product, tolerance);
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_EQ((code[i / 8] >> (i % 8)) & 1, r[i] >= 0 ? 1 : 0) << i;
      }
    }
  }
}

TEST(QuantizeKernels, SumGroupsAtEveryLevel) {
  Random random(3);
  for (const std::size_t n : kLengths) {
    const Floats q = RandomFloats(n, random);
    double widest = 0;
    double total = 0;
    for (std::size_t i = 0; i < n; i += 4) {
      double sum = 0;
      for (std::size_t j = 0; j < 4; ++j) sum += std::fabs(double{q[i + j]});
      widest = std::max(widest, sum);
      total += sum;
    }
    for (const Kernels* kernels : AvailableKernels()) {
      const GroupSums sums = QuantizeKernelsOf(kernels->level).sum_groups(q.data(), n);
      EXPECT_NEAR(sums.widest, widest, 1e-6) << kernels->name;
      EXPECT_NEAR(sums.total, total, 1e-6 * total) << kernels->name;
    }
  }
}

TEST(QuantizeKernels, TabulateSmallIntegersAlikeAtEveryLevel) {
  Random random(4);
  for (const std::size_t n : kLengths) {
    Floats q(n);
    for (float& x : q) x = static_cast<float>(random.Below(127)) - 63;
    for (const Kernels* kernels : AvailableKernels()) {
      std::vector<std::uint8_t> table(4 * n);
      QuantizeKernelsOf(kernels->level).tabulate(q.data(), n, 1, table.data());
      for (std::size_t at = 0; at < table.size(); ++at) {
        float expected = 0;
        for (std::size_t j = 0; j < 4; ++j) {
          const float x = q[at / 16 * 4 + j];
          if ((x > 0) == (((at >> j) & 1) != 0)) expected += std::fabs(x);
        }
        ASSERT_EQ(table[at], expected) << kernels->name << " n=" << n << " at=" << at;
      }
    }
  }
}

// Of small integers the sums are exact, in any order.
TEST(QuantizeKernels, SignedSumsAlikeAtEveryLevel) {
  Random random(5);
  for (const std::size_t n : kLengths) {
    Floats q(n);
    for (float& x : q) x = static_cast<float>(random.Below(127)) - 63;
    std::vector<std::uint8_t> code(n / 8);
    for (std::uint8_t& byte : code) byte = static_cast<std::uint8_t>(random.Below(256));
    float expected = 0;
    for (std::size_t i = 0; i < n; ++i) expected += (code[i / 8] >> (i % 8)) & 1 ? q[i] : -q[i];
    for (const Kernels* kernels : AvailableKernels()) {
      EXPECT_EQ(QuantizeKernelsOf(kernels->level).signed_sum(q.data(), code.data(), n), expected)
          << kernels->name << " n=" << n;
    }
  }
}

}  // namespace
}  // namespace vec::simd
