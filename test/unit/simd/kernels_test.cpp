#include "vector/simd/kernels.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "vector/base/random.hpp"

namespace vec::simd {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<const Kernels*> AvailableKernels() {
  std::vector<const Kernels*> available;
  for (const Level level : {Level::kBaseline, Level::kAvx2, Level::kAvx512}) {
    if (const Kernels* kernels = Find(level)) available.push_back(kernels);
  }
  return available;
}

std::vector<std::size_t> Lengths() {
  std::vector<std::size_t> lengths;
  for (std::size_t n = 0; n <= 67; ++n) lengths.push_back(n);
  for (const std::size_t n : {100, 127, 128, 129, 768, 1000, 1536, 2000, 16000}) {
    lengths.push_back(n);
  }
  return lengths;
}

// n floats that end with their heap block, at an address that is a multiple of 4
// and not of 8: the sanitizer sees any access behind them.
class Values {
 public:
  explicit Values(std::size_t n) : storage_(n + 1), size_(n) {}
  Values(std::size_t n, Random& random) : Values(n) {
    for (std::size_t i = 0; i < n; ++i) {
      (*this)[i] = static_cast<float>(random.Uniform() * 2 - 1);
    }
  }

  float* data() { return storage_.data() + 1; }
  const float* data() const { return storage_.data() + 1; }
  std::size_t size() const { return size_; }
  float& operator[](std::size_t i) { return data()[i]; }
  float operator[](std::size_t i) const { return data()[i]; }

 private:
  std::vector<float> storage_;
  std::size_t size_;
};

template <class Term>
double Sum(std::size_t n, Term term) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += term(i);
  return sum;
}

double L2Reference(const float* a, const float* b, std::size_t n) {
  return Sum(n, [&](std::size_t i) { return (double{a[i]} - b[i]) * (double{a[i]} - b[i]); });
}
double InnerReference(const float* a, const float* b, std::size_t n) {
  return Sum(n, [&](std::size_t i) { return double{a[i]} * b[i]; });
}
double L1Reference(const float* a, const float* b, std::size_t n) {
  return Sum(n, [&](std::size_t i) { return std::fabs(double{a[i]} - b[i]); });
}

// Room for the rounding of a sum of n terms of at most 4.
double Tolerance(std::size_t n) {
  return 1e-6 + static_cast<double>(n) * 4 * std::sqrt(static_cast<double>(n)) * 6e-8;
}

TEST(Kernels, MatchScalarForEveryLength) {
  for (const Kernels* kernels : AvailableKernels()) {
    Random random(1);
    for (const std::size_t n : Lengths()) {
      SCOPED_TRACE(std::string(kernels->name) + " n=" + std::to_string(n));
      const Values a(n, random);
      const Values b(n, random);
      const double near = Tolerance(n);
      EXPECT_NEAR(kernels->l2_squared(a.data(), b.data(), n), L2Reference(a.data(), b.data(), n),
                  near);
      EXPECT_NEAR(kernels->inner_product(a.data(), b.data(), n),
                  InnerReference(a.data(), b.data(), n), near);
      EXPECT_NEAR(kernels->l1(a.data(), b.data(), n), L1Reference(a.data(), b.data(), n), near);
      const CosineSums sums = kernels->cosine(a.data(), b.data(), n);
      EXPECT_NEAR(sums.dot, InnerReference(a.data(), b.data(), n), near);
      EXPECT_NEAR(sums.norm_a, InnerReference(a.data(), a.data(), n), near);
      EXPECT_NEAR(sums.norm_b, InnerReference(b.data(), b.data(), n), near);
    }
  }
}

TEST(Kernels, GiveEqualBitsForSmallIntegersAtEveryLevel) {
  Random random(2);
  for (const std::size_t n : Lengths()) {
    Values a(n);
    Values b(n);
    for (std::size_t i = 0; i < n; ++i) {
      a[i] = static_cast<float>(random.Below(21)) - 10;
      b[i] = static_cast<float>(random.Below(21)) - 10;
    }
    for (const Kernels* kernels : AvailableKernels()) {
      SCOPED_TRACE(std::string(kernels->name) + " n=" + std::to_string(n));
      EXPECT_EQ(kernels->l2_squared(a.data(), b.data(), n), L2Reference(a.data(), b.data(), n));
      EXPECT_EQ(kernels->inner_product(a.data(), b.data(), n),
                InnerReference(a.data(), b.data(), n));
      EXPECT_EQ(kernels->l1(a.data(), b.data(), n), L1Reference(a.data(), b.data(), n));
      EXPECT_EQ(kernels->cosine(a.data(), b.data(), n).norm_b,
                InnerReference(b.data(), b.data(), n));
    }
  }
}

// One special value at every position, so that heads, bodies and tails meet it.
template <class Check>
void WithValueEverywhere(float value, Check check) {
  for (const Kernels* kernels : AvailableKernels()) {
    for (std::size_t n = 1; n <= 67; ++n) {
      for (std::size_t at = 0; at < n; ++at) {
        SCOPED_TRACE(std::string(kernels->name) + " n=" + std::to_string(n) +
                     " at=" + std::to_string(at));
        Values a(n);
        Values b(n);
        for (std::size_t i = 0; i < n; ++i) b[i] = 1;
        a[at] = value;
        check(*kernels, a.data(), b.data(), n);
      }
    }
  }
}

TEST(Kernels, LetNanThrough) {
  WithValueEverywhere(kNan, [](const Kernels& k, const float* a, const float* b, std::size_t n) {
    EXPECT_TRUE(std::isnan(k.l2_squared(a, b, n)));
    EXPECT_TRUE(std::isnan(k.inner_product(a, b, n)));
    EXPECT_TRUE(std::isnan(k.l1(a, b, n)));
    EXPECT_TRUE(std::isnan(k.cosine(a, b, n).dot));
    EXPECT_TRUE(std::isnan(k.cosine(a, b, n).norm_a));
    EXPECT_EQ(k.cosine(a, b, n).norm_b, static_cast<float>(n));
  });
}

TEST(Kernels, LetInfinityThrough) {
  WithValueEverywhere(-kInf, [](const Kernels& k, const float* a, const float* b, std::size_t n) {
    EXPECT_EQ(k.l2_squared(a, b, n), kInf);
    EXPECT_EQ(k.inner_product(a, b, n), -kInf);
    EXPECT_EQ(k.l1(a, b, n), kInf);
    EXPECT_EQ(k.cosine(a, b, n).dot, -kInf);
    EXPECT_EQ(k.cosine(a, b, n).norm_a, kInf);
  });
}

TEST(Kernels, OverflowToInfinity) {
  WithValueEverywhere(3e38f, [](const Kernels& k, const float* a, const float* b, std::size_t n) {
    EXPECT_EQ(k.l2_squared(a, b, n), kInf);
    EXPECT_EQ(k.inner_product(a, a, n), kInf);
    EXPECT_EQ(k.cosine(a, b, n).norm_a, kInf);
    EXPECT_NEAR(k.l1(a, b, n), 3e38, 1e32);
  });
}

TEST(Kernels, KeepDenormals) {
  const float tiny = std::numeric_limits<float>::denorm_min();
  WithValueEverywhere(tiny, [&](const Kernels& k, const float* a, const float* b, std::size_t n) {
    EXPECT_EQ(k.inner_product(a, b, n), tiny);
    const Values zeros(n);
    EXPECT_EQ(k.l1(a, zeros.data(), n), tiny);
    EXPECT_EQ(k.l2_squared(a, zeros.data(), n), 0.0f);
  });
}

// Rows laid out in one exact block, with a gap between them, forwards or back.
TEST(RowsKernels, MatchPairsForEveryLengthCountAndDirection) {
  for (const Kernels* kernels : AvailableKernels()) {
    Random random(3);
    for (const std::size_t n : Lengths()) {
      for (const std::size_t count : {0, 1, 2, 3, 4, 5, 8, 11}) {
        for (const bool is_backward : {false, true}) {
          SCOPED_TRACE(std::string(kernels->name) + " n=" + std::to_string(n) +
                       " count=" + std::to_string(count));
          const std::size_t step = n + 3;
          const std::size_t last = count == 0 ? 0 : count - 1;
          const Values query(n, random);
          const Values rows(count == 0 ? 0 : last * step + n, random);
          const float* first = rows.data() + (is_backward ? last * step : 0);
          const auto bytes = static_cast<std::ptrdiff_t>(step * sizeof(float));
          const std::ptrdiff_t stride = is_backward ? -bytes : bytes;
          Values l2(count);
          Values inner(count);
          Values l1(count);
          kernels->l2_squared_rows(query.data(), first, stride, count, n, l2.data());
          kernels->inner_product_rows(query.data(), first, stride, count, n, inner.data());
          kernels->l1_rows(query.data(), first, stride, count, n, l1.data());
          for (std::size_t i = 0; i < count; ++i) {
            const float* row = rows.data() + (is_backward ? last - i : i) * step;
            EXPECT_NEAR(l2[i], L2Reference(query.data(), row, n), Tolerance(n));
            EXPECT_NEAR(inner[i], InnerReference(query.data(), row, n), Tolerance(n));
            EXPECT_NEAR(l1[i], L1Reference(query.data(), row, n), Tolerance(n));
          }
        }
      }
    }
  }
}

TEST(RowsKernels, TakeTheSameRowAgainAtStrideZero) {
  for (const Kernels* kernels : AvailableKernels()) {
    Random random(4);
    const Values query(20, random);
    const Values row(20, random);
    Values out(6);
    kernels->l2_squared_rows(query.data(), row.data(), 0, 6, 20, out.data());
    for (std::size_t i = 0; i < 6; ++i) {
      EXPECT_NEAR(out[i], L2Reference(query.data(), row.data(), 20), 1e-5);
    }
  }
}

TEST(RowsKernels, KeepSpecialValuesInTheirRow) {
  for (const Kernels* kernels : AvailableKernels()) {
    for (std::size_t n = 1; n <= 67; ++n) {
      SCOPED_TRACE(std::string(kernels->name) + " n=" + std::to_string(n));
      const Values query(n);
      Values rows(7 * n);
      rows[2 * n + n - 1] = kNan;
      rows[5 * n] = kInf;
      Values out(7);
      kernels->l2_squared_rows(query.data(), rows.data(),
                               static_cast<std::ptrdiff_t>(n * sizeof(float)), 7, n, out.data());
      for (const std::size_t i : {0, 1, 3, 4, 6}) EXPECT_EQ(out[i], 0.0f);
      EXPECT_TRUE(std::isnan(out[2]));
      EXPECT_EQ(out[5], kInf);
    }
  }
}

TEST(Gemm, MatchesScalarForOddShapes) {
  for (const Kernels* kernels : AvailableKernels()) {
    Random random(5);
    for (const std::size_t m : {0, 1, 2, 7, 64, 129}) {
      for (const std::size_t k : {0, 1, 3, 17, 100}) {
        for (const std::size_t n : {0, 1, 5, 33, 700}) {
          SCOPED_TRACE(std::string(kernels->name) + " m=" + std::to_string(m) +
                       " k=" + std::to_string(k) + " n=" + std::to_string(n));
          const Values x(m * n, random);
          const Values c(k * n, random);
          Values out(m * k);
          for (std::size_t i = 0; i < m * k; ++i) out[i] = kNan;
          kernels->gemm(x.data(), m, c.data(), k, n, out.data());
          for (std::size_t i = 0; i < m; ++i) {
            for (std::size_t j = 0; j < k; ++j) {
              const double expected = InnerReference(x.data() + i * n, c.data() + j * n, n);
              ASSERT_NEAR(out[i * k + j], expected, Tolerance(n)) << i << ',' << j;
            }
          }
        }
      }
    }
  }
}

TEST(SelectBelow, FindsAllBelowTheLimit) {
  for (const Kernels* kernels : AvailableKernels()) {
    Random random(16);
    for (std::size_t k = 0; k <= 200; ++k) {
      SCOPED_TRACE(std::string(kernels->name) + " k=" + std::to_string(k));
      Values norms(k);
      Values dots(k);
      std::vector<std::uint32_t> expected;
      for (std::size_t j = 0; j < k; ++j) {
        norms[j] = random.Below(10) == 0 ? std::numeric_limits<float>::quiet_NaN()
                                         : static_cast<float>(random.Below(9));
        dots[j] = static_cast<float>(random.Below(9));
        if (norms[j] - 2 * dots[j] < -3) expected.push_back(static_cast<std::uint32_t>(j));
      }
      std::vector<std::uint32_t> positions(k);
      Values scores(k);
      const std::size_t count = kernels->select_below(norms.data(), dots.data(), k, -3.0f,
                                                      positions.data(), scores.data());
      positions.resize(count);
      ASSERT_EQ(positions, expected);
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_EQ(scores[i], norms[positions[i]] - 2 * dots[positions[i]]);
      }
    }
  }
}

TEST(ArgMin, FindsTheFirstOfTheLeast) {
  for (const Kernels* kernels : AvailableKernels()) {
    Random random(6);
    for (std::size_t k = 1; k <= 200; ++k) {
      SCOPED_TRACE(std::string(kernels->name) + " k=" + std::to_string(k));
      Values norms(k);
      Values dots(k);
      std::size_t expected = 0;
      for (std::size_t j = 0; j < k; ++j) {
        norms[j] = static_cast<float>(random.Below(9));
        dots[j] = static_cast<float>(random.Below(9));
        const float least = norms[expected] - 2 * dots[expected];
        if (norms[j] - 2 * dots[j] < least) expected = j;
      }
      const Least found = kernels->arg_min(norms.data(), dots.data(), k);
      EXPECT_EQ(found.position, expected);
      EXPECT_EQ(found.score, norms[expected] - 2 * dots[expected]);
    }
  }
}

TEST(ArgMin, NeverTakesNan) {
  for (const Kernels* kernels : AvailableKernels()) {
    for (std::size_t k = 1; k <= 67; ++k) {
      SCOPED_TRACE(std::string(kernels->name) + " k=" + std::to_string(k));
      const Values dots(k);
      Values norms(k);
      for (std::size_t j = 0; j < k; ++j) norms[j] = kNan;
      const Least none = kernels->arg_min(norms.data(), dots.data(), k);
      EXPECT_EQ(none.position, 0u);
      EXPECT_EQ(none.score, kInf);
      norms[k - 1] = 5;
      EXPECT_EQ(kernels->arg_min(norms.data(), dots.data(), k).position, k - 1);
    }
  }
}

TEST(ArgMin, OfNothingIsNothing) {
  for (const Kernels* kernels : AvailableKernels()) {
    EXPECT_EQ(kernels->arg_min(nullptr, nullptr, 0).score, kInf);
  }
}

TEST(AddTo, AddsInDouble) {
  for (const Kernels* kernels : AvailableKernels()) {
    Random random(7);
    for (const std::size_t n : Lengths()) {
      const Values row(n, random);
      std::vector<double> sum(n, 1e9);
      kernels->add_to(sum.data(), row.data(), n);
      for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(sum[i], 1e9 + double{row[i]});
    }
  }
}

class Dispatch : public ::testing::Test {
 protected:
  void TearDown() override { Select(std::nullopt); }
};

TEST_F(Dispatch, AlwaysHasTheBaseline) {
  ASSERT_NE(Find(Level::kBaseline), nullptr);
  EXPECT_EQ(Find(Level::kBaseline)->level, Level::kBaseline);
}

TEST_F(Dispatch, BeginsWithTheBestLevel) { EXPECT_EQ(&Active(), AvailableKernels().back()); }

TEST_F(Dispatch, SelectsAnyAvailableLevelAndReturnsToTheBest) {
  for (const Kernels* kernels : AvailableKernels()) {
    EXPECT_TRUE(Select(kernels->level));
    EXPECT_EQ(&Active(), kernels);
  }
  EXPECT_TRUE(Select(Level::kBaseline));
  EXPECT_TRUE(Select(std::nullopt));
  EXPECT_EQ(&Active(), AvailableKernels().back());
}

TEST_F(Dispatch, RefusesAnUnknownLevel) {
  ASSERT_TRUE(Select(Level::kBaseline));
  EXPECT_EQ(Find(static_cast<Level>(99)), nullptr);
  EXPECT_FALSE(Select(static_cast<Level>(99)));
  EXPECT_EQ(Active().level, Level::kBaseline);
}

TEST_F(Dispatch, GivesEveryLevelAFullTable) {
  for (const Kernels* kernels : AvailableKernels()) {
    EXPECT_GT(std::strlen(kernels->name), 0u);
    EXPECT_EQ(Find(kernels->level), kernels);
    EXPECT_NE(kernels->gemm, nullptr);
    EXPECT_NE(kernels->add_to, nullptr);
  }
}

}  // namespace
}  // namespace vec::simd
