// The kernels of 4-bit codes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "vector/base/random.hpp"
#include "vector/simd/quantize.hpp"

namespace vec::simd {
namespace {

using Floats = std::vector<float>;
using Bytes = std::vector<std::uint8_t>;

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

constexpr std::size_t kLengths[] = {64, 128, 192, 320, 832, 2048, 16000};

int LevelOf(const Bytes& code, std::size_t i) {
  const std::size_t j = i % 64;
  const int byte = code[i / 64 * 32 + j % 32];
  return j < 32 ? byte & 15 : byte >> 4;
}

double Magnitude(float r, float scale) {
  return std::min(std::floor(std::fabs(r) * scale), 7.0f) + 0.5;
}

TEST(NibbleKernels, GreatestAtEveryLevel) {
  Random random(1);
  for (const std::size_t n : kLengths) {
    Floats x = RandomFloats(n, random);
    for (const std::size_t at : {std::size_t{0}, n / 2, n - 1}) {
      x[at] = -2 - static_cast<float>(at);
      for (const Kernels* kernels : AvailableKernels()) {
        EXPECT_EQ(QuantizeKernelsOf(kernels->level).greatest(x.data(), n), -x[at]);
      }
    }
  }
}

TEST(NibbleKernels, FitGridAtEveryLevel) {
  Random random(2);
  for (const std::size_t n : kLengths) {
    const Floats r = RandomFloats(n, random);
    float scales[kGridScales];
    for (std::size_t k = 0; k < kGridScales; ++k) scales[k] = 4 + static_cast<float>(k);
    for (const Kernels* kernels : AvailableKernels()) {
      GridFit fits[kGridScales];
      QuantizeKernelsOf(kernels->level).fit_grid(r.data(), n, scales, fits);
      for (std::size_t k = 0; k < kGridScales; ++k) {
        double product = 0;
        double square = 0;
        for (const float x : r) {
          const double m = Magnitude(x, scales[k]);
          product += std::fabs(x) * m;
          square += m * m;
        }
        EXPECT_NEAR(fits[k].product, product, 1e-5 * product) << kernels->name << " n=" << n;
        EXPECT_NEAR(fits[k].square, square, 1e-5 * square) << kernels->name << " n=" << n;
      }
    }
  }
}

TEST(NibbleKernels, EncodeGridAlikeAtEveryLevel) {
  Random random(3);
  for (const std::size_t n : kLengths) {
    Floats r = RandomFloats(n, random);
    r[0] = -0.0f;
    r[1] = 0.0f;
    r[2] = -1e-45f;
    r[3] = 100;
    r[4] = -100;
    r[5] = 0.125f;  // on the border of two levels
    const Floats c = RandomFloats(n, random);
    constexpr float kScale = 8;
    GridSums expected;
    for (std::size_t i = 0; i < n; ++i) {
      const double x = (r[i] < 0 ? -1 : 1) * Magnitude(r[i], kScale);
      expected.square += double{r[i]} * r[i];
      expected.product += r[i] * x;
      expected.center += double{r[i]} * c[i];
      expected.grid_square += x * x;
      expected.grid_center += c[i] * x;
    }
    for (const Kernels* kernels : AvailableKernels()) {
      SCOPED_TRACE(testing::Message() << kernels->name << " n=" << n);
      Bytes code(n / 2, 0x55);
      const GridSums sums =
          QuantizeKernelsOf(kernels->level).encode_grid(r.data(), c.data(), n, kScale, code.data());
      EXPECT_NEAR(sums.square, expected.square, 1e-6 * expected.square);
      EXPECT_NEAR(sums.product, expected.product, 1e-6 * expected.product);
      EXPECT_NEAR(sums.center, expected.center, 1e-5 * static_cast<double>(n));
      EXPECT_NEAR(sums.grid_square, expected.grid_square, 1e-6 * expected.grid_square);
      EXPECT_NEAR(sums.grid_center, expected.grid_center, 1e-5 * static_cast<double>(n));
      for (std::size_t i = 0; i < n; ++i) {
        const double x = (r[i] < 0 ? -1 : 1) * Magnitude(r[i], kScale);
        ASSERT_EQ(LevelOf(code, i), static_cast<int>(x + 7.5)) << i;
      }
    }
  }
}

TEST(NibbleKernels, QuantizeBytesAlikeAtEveryLevel) {
  Random random(4);
  for (const std::size_t n : kLengths) {
    Floats q = RandomFloats(n, random);
    q[0] = 1;
    q[1] = -1;
    q[2] = 9;
    q[3] = -9;
    q[4] = 0;
    std::vector<std::int8_t> first;
    for (const Kernels* kernels : AvailableKernels()) {
      SCOPED_TRACE(testing::Message() << kernels->name << " n=" << n);
      std::vector<std::int8_t> bytes(n);
      const std::int32_t sum =
          QuantizeKernelsOf(kernels->level).quantize_bytes(q.data(), n, 127.0f, bytes.data());
      std::int32_t expected = 0;
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_NEAR(bytes[i], std::clamp(q[i] * 127, -127.0f, 127.0f), 0.5001) << i;
        expected += bytes[i];
      }
      EXPECT_EQ(sum, expected);
      if (first.empty()) first = bytes;
      EXPECT_EQ(bytes, first);
    }
  }
}

TEST(NibbleKernels, DotNibblesAlikeAtEveryLevel) {
  Random random(5);
  for (const std::size_t n : kLengths) {
    for (const bool is_extreme : {false, true}) {
      Bytes code(n / 2 + 1);
      std::vector<std::int8_t> q(n + 1);
      for (std::uint8_t& byte : code) byte = static_cast<std::uint8_t>(random());
      for (std::int8_t& x : q)
        x = static_cast<std::int8_t>(static_cast<int>(random.Below(255)) - 127);
      if (is_extreme) {
        std::fill(code.begin(), code.end(), 0xFF);
        std::fill(q.begin(), q.end(), std::int8_t{-127});
      }
      // Unaligned.
      const Bytes shifted(code.begin() + 1, code.end());
      std::int32_t expected = 0;
      for (std::size_t i = 0; i < n; ++i) expected += LevelOf(shifted, i) * q[i + 1];
      for (const Kernels* kernels : AvailableKernels()) {
        EXPECT_EQ(QuantizeKernelsOf(kernels->level).dot_nibbles(&code[1], &q[1], n), expected)
            << kernels->name << " n=" << n;
      }
    }
  }
}

}  // namespace
}  // namespace vec::simd
