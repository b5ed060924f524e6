#include "vector/simd/half.hpp"

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "vector/base/random.hpp"

namespace vec::simd {
namespace {

struct Named {
  std::string name;
  const HalfKernels* half;
  const Kernels* single;
};

std::vector<Named> AvailableKernels() {
  std::vector<Named> available;
  for (const Level level : {Level::kBaseline, Level::kAvx2, Level::kAvx512}) {
    if (const Kernels* kernels = Find(level)) {
      available.push_back({kernels->name, &HalfKernelsOf(level), kernels});
    }
  }
  return available;
}

std::vector<std::size_t> Lengths() {
  std::vector<std::size_t> lengths;
  for (std::size_t n = 0; n <= 67; ++n) lengths.push_back(n);
  for (const std::size_t n : {127, 128, 129, 768, 1000, 1536, 16000}) lengths.push_back(n);
  return lengths;
}

// n Halfs that end with their heap block, at an odd multiple of 2: the sanitizer sees
// any access behind them.
class Halves {
 public:
  template <class F>
  Halves(std::size_t n, F value) : storage_(n + 1) {
    for (std::size_t i = 0; i < n; ++i) storage_[i + 1] = ToHalf(value());
  }
  const Half* data() const { return storage_.data() + 1; }
  std::vector<float> Widen() const {
    std::vector<float> floats;
    for (std::size_t i = 1; i < storage_.size(); ++i) floats.push_back(ToFloat(storage_[i]));
    return floats;
  }

 private:
  std::vector<Half> storage_;
};

auto Uniform(Random& random) {
  return [&random] { return static_cast<float>(random.Uniform() * 2 - 1); };
}
auto SmallInteger(Random& random) {
  return [&random] { return static_cast<float>(random.Below(21)) - 10; };
}

double Tolerance(std::size_t n) {
  return 1e-6 + static_cast<double>(n) * 4 * std::sqrt(static_cast<double>(n)) * 6e-8;
}

struct Sums {
  double l2 = 0, dot = 0, l1 = 0, norm_a = 0, norm_b = 0;
};

Sums Reference(const Halves& a, const Halves& b) {
  const std::vector<float> x = a.Widen();
  const std::vector<float> y = b.Widen();
  Sums sums;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double difference = double{x[i]} - y[i];
    sums.l2 += difference * difference;
    sums.l1 += std::fabs(difference);
    sums.dot += double{x[i]} * y[i];
    sums.norm_a += double{x[i]} * x[i];
    sums.norm_b += double{y[i]} * y[i];
  }
  return sums;
}

Sums Measure(const HalfKernels& kernels, const Half* a, const Half* b, std::size_t n) {
  const CosineSums cosine = kernels.cosine(a, b, n);
  EXPECT_NEAR(cosine.dot, kernels.inner_product(a, b, n), Tolerance(n));
  return {kernels.l2_squared(a, b, n), kernels.inner_product(a, b, n), kernels.l1(a, b, n),
          cosine.norm_a, cosine.norm_b};
}

void ExpectNear(const Sums& actual, const Sums& expected, double near) {
  EXPECT_NEAR(actual.l2, expected.l2, near);
  EXPECT_NEAR(actual.dot, expected.dot, near);
  EXPECT_NEAR(actual.l1, expected.l1, near);
  EXPECT_NEAR(actual.norm_a, expected.norm_a, near);
  EXPECT_NEAR(actual.norm_b, expected.norm_b, near);
}

TEST(HalfKernels, MatchScalarForEveryLength) {
  for (const Named& level : AvailableKernels()) {
    Random random(1);
    for (const std::size_t n : Lengths()) {
      SCOPED_TRACE(level.name + " n=" + std::to_string(n));
      const Halves a(n, Uniform(random));
      const Halves b(n, Uniform(random));
      ExpectNear(Measure(*level.half, a.data(), b.data(), n), Reference(a, b), Tolerance(n));
    }
  }
}

TEST(HalfKernels, AreExactForSmallIntegersAtEveryLevel) {
  for (const Named& level : AvailableKernels()) {
    Random random(2);
    for (const std::size_t n : Lengths()) {
      SCOPED_TRACE(level.name + " n=" + std::to_string(n));
      const Halves a(n, SmallInteger(random));
      const Halves b(n, SmallInteger(random));
      ExpectNear(Measure(*level.half, a.data(), b.data(), n), Reference(a, b), 0);
    }
  }
}

TEST(HalfKernels, WidenAndScaleRowsOfEveryLength) {
  for (const Named& level : AvailableKernels()) {
    Random random(3);
    for (const std::size_t n : Lengths()) {
      SCOPED_TRACE(level.name + " n=" + std::to_string(n));
      const Halves row(n, Uniform(random));
      std::vector<float> out(n + 1, 7);
      level.half->widen(row.data(), 0.3f, n, out.data());
      for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(out[i], 0.3f * ToFloat(row.data()[i]));
      EXPECT_EQ(out[n], 7);
    }
  }
}

TEST(HalfKernels, WidenEveryBitPattern) {
  for (const Named& level : AvailableKernels()) {
    for (unsigned bits = 0; bits < 0x10000; ++bits) {
      const Half half{static_cast<std::uint16_t>(bits)};
      for (const std::size_t n : {1u, 16u}) {
        const std::vector<Half> a(n, half);
        const std::vector<Half> ones(n, ToHalf(1));
        const float sum = level.half->inner_product(a.data(), ones.data(), n);
        const float expected = ToFloat(half) * static_cast<float>(n);
        if (std::isnan(expected)) {
          EXPECT_TRUE(std::isnan(sum)) << level.name << " " << bits;
        } else {
          EXPECT_EQ(sum, expected) << level.name << " " << bits;
        }
      }
    }
  }
}

TEST(HalfKernels, MeasureRowsAsTheFloatKernelsDo) {
  constexpr std::size_t kCount = 7;
  const auto check = [](RowsKernel half, RowsKernel single, const std::vector<float>& query,
                        const Halves& rows) {
    const std::size_t n = query.size();
    const std::vector<float> widened = rows.Widen();
    float actual[kCount];
    float expected[kCount];
    half(query.data(), rows.data(), static_cast<std::ptrdiff_t>(n * sizeof(Half)), kCount, n,
         actual);
    single(query.data(), widened.data(), static_cast<std::ptrdiff_t>(n * sizeof(float)), kCount, n,
           expected);
    for (std::size_t i = 0; i < kCount; ++i) EXPECT_EQ(actual[i], expected[i]) << i;
  };
  for (const Named& level : AvailableKernels()) {
    Random random(3);
    for (const std::size_t n : Lengths()) {
      SCOPED_TRACE(level.name + " n=" + std::to_string(n));
      const std::vector<float> query = Halves(n, SmallInteger(random)).Widen();
      const Halves rows(kCount * n, SmallInteger(random));
      check(level.half->l2_squared_rows, level.single->l2_squared_rows, query, rows);
      check(level.half->inner_product_rows, level.single->inner_product_rows, query, rows);
      check(level.half->l1_rows, level.single->l1_rows, query, rows);
    }
  }
}

}  // namespace
}  // namespace vec::simd
