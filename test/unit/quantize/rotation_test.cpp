#include "vector/quantize/rotation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "vector/base/random.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::quantize {
namespace {

using Floats = std::vector<float>;

constexpr std::size_t kDims[] = {1, 2, 3, 63, 64, 65, 100, 128, 784, 1000, 2000, 16000};

Floats RandomFloats(std::size_t n, Random& random) {
  Floats x(n);
  for (float& value : x) value = static_cast<float>(random.Uniform() * 2 - 1);
  return x;
}

Floats Rotated(const Rotation& rotation, const Floats& x) {
  Floats out(rotation.rotated_dims(), 7.0f);
  rotation.Rotate(x, out);
  return out;
}

double Dot(const Floats& a, const Floats& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
  return sum;
}

class RotationTest : public testing::Test {
 protected:
  void TearDown() override { simd::Select(std::nullopt); }

  template <class F>
  void AtEveryLevel(F test) {
    for (const simd::Level level :
         {simd::Level::kBaseline, simd::Level::kAvx2, simd::Level::kAvx512}) {
      if (!simd::Select(level)) continue;
      SCOPED_TRACE(simd::Active().name);
      test();
    }
  }

  Rotation Make(std::size_t dims, std::uint64_t seed) {
    return Rotation(dims, seed, std::pmr::get_default_resource());
  }
};

TEST_F(RotationTest, RoundsDimensionsUp) {
  EXPECT_EQ(RotatedDims(1), 64u);
  EXPECT_EQ(RotatedDims(64), 64u);
  EXPECT_EQ(RotatedDims(65), 128u);
  EXPECT_EQ(RotatedDims(784), 832u);
  EXPECT_EQ(RotatedDims(16000), 16000u);
  EXPECT_EQ(Make(100, 1).dims(), 100u);
  EXPECT_EQ(Make(100, 1).rotated_dims(), 128u);
}

TEST_F(RotationTest, KeepsLengthsAndInnerProducts) {
  AtEveryLevel([&] {
    Random random(1);
    for (const std::size_t dims : kDims) {
      SCOPED_TRACE(dims);
      const Rotation rotation = Make(dims, 42);
      const Floats a = RandomFloats(dims, random);
      const Floats b = RandomFloats(dims, random);
      const Floats pa = Rotated(rotation, a);
      const Floats pb = Rotated(rotation, b);
      const double scale = std::sqrt(Dot(a, a) * Dot(b, b));
      EXPECT_NEAR(Dot(pa, pa), Dot(a, a), 1e-5 * Dot(a, a));
      EXPECT_NEAR(Dot(pb, pb), Dot(b, b), 1e-5 * Dot(b, b));
      EXPECT_NEAR(Dot(pa, pb), Dot(a, b), 1e-5 * scale);
    }
  });
}

TEST_F(RotationTest, DependsOnTheSeedAlone) {
  Random random(2);
  for (const std::size_t dims : kDims) {
    const Floats x = RandomFloats(dims, random);
    const Floats first = Rotated(Make(dims, 7), x);
    EXPECT_EQ(first, Rotated(Make(dims, 7), x)) << dims;
    EXPECT_NE(first, Rotated(Make(dims, 8), x)) << dims;
  }
}

TEST_F(RotationTest, GivesTheSameNumbersAtEveryLevel) {
  Random random(3);
  for (const std::size_t dims : kDims) {
    const Rotation rotation = Make(dims, 9);
    const Floats x = RandomFloats(dims, random);
    ASSERT_TRUE(simd::Select(simd::Level::kBaseline));
    const Floats expected = Rotated(rotation, x);
    AtEveryLevel([&] {
      const Floats rotated = Rotated(rotation, x);
      for (std::size_t i = 0; i < rotated.size(); ++i) {
        ASSERT_NEAR(rotated[i], expected[i], 5e-6) << dims << " at " << i;
      }
    });
  }
}

// These numbers are in stored codes: another rotation would make indexes unreadable.
TEST_F(RotationTest, NeverChangesForASeed) {
  AtEveryLevel([&] {
    const Floats power_of_two = Rotated(Make(3, 1), {1, 2, 3});
    const Floats other = Rotated(Make(130, 1), Floats(130, 1.0f));
    const float expected_power_of_two[] = {0.359375f, 0.734375f, 0.328125f,
                                           0.578125f, 0.265625f, 0.953125f};
    const float expected_other[] = {-1.551154f,  0.4667967f, 0.5222974f,
                                    -0.5912217f, -1.604041f, -0.6153971f};
    for (std::size_t i = 0; i < 6; ++i) {
      EXPECT_NEAR(power_of_two[i], expected_power_of_two[i], 1e-5) << i;
      EXPECT_NEAR(other[i * 37], expected_other[i], 1e-5) << i;
    }
  });
}

TEST_F(RotationTest, SpreadsSingleCoordinates) {
  for (const std::size_t dims : {64, 65, 128, 192, 320, 784, 1000, 1984, 2000}) {
    const Rotation rotation = Make(dims, 10);
    const std::size_t step = std::max<std::size_t>(1, dims / 40);
    for (std::size_t hot = 0; hot < dims; hot += step) {
      Floats x(dims, 0.0f);
      x[hot] = 1;
      float greatest = 0;
      for (const float value : Rotated(rotation, x))
        greatest = std::max(greatest, std::fabs(value));
      EXPECT_LT(greatest, 5.5 / std::sqrt(static_cast<double>(rotation.rotated_dims())))
          << dims << " hot " << hot;
    }
  }
}

// Of a Gaussian, |x| has the mean 0.798 sigma: a flat or a sparse result differs.
TEST_F(RotationTest, MakesCoordinatesLookGaussian) {
  for (const std::size_t dims : {128, 192, 784, 2000}) {
    double mean = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const Rotation rotation = Make(dims, seed);
      Floats x(dims, 0.0f);
      x[dims / 2] = 1;
      for (const float value : Rotated(rotation, x)) mean += std::fabs(value);
    }
    mean /= 20 * std::sqrt(static_cast<double>(RotatedDims(dims)));
    EXPECT_NEAR(mean, 0.798, 0.02) << dims;
  }
}

TEST_F(RotationTest, TurnsZeroIntoZero) {
  for (const float x : Rotated(Make(100, 11), Floats(100, 0.0f))) EXPECT_EQ(x, 0.0f);
}

TEST_F(RotationTest, TakesGreatValues) {
  const Floats x(1000, 1e30f);
  double square = 0;
  for (const float value : Rotated(Make(1000, 12), x)) square += double{value} * value;
  EXPECT_NEAR(square, 1000 * 1e60, 1e-5 * 1000 * 1e60);
}

}  // namespace
}  // namespace vec::quantize
