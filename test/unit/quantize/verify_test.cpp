#include "vector/quantize/verify.hpp"

#include <gtest/gtest.h>

#include "support/code_estimates.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::quantize {
namespace {

using namespace test;

struct Coded {
  Coded(CodeMetric of, std::size_t dims, std::uint64_t seed)
      : metric(of), code(dims / 8), grid_code(dims / 2) {
    Random random(seed);
    r = GaussianFloats(dims, random);
    pc = GaussianFloats(dims, random);
    factors = Encode(metric, r, pc, code);
    grid = EncodeGrid(metric, r, pc, grid_code);
  }
  CodeFault Verify() const { return VerifyCode(metric, r, pc, code, factors, kRounding, true); }
  CodeFault VerifyGrid() const { return VerifyGridCode(metric, r, pc, grid_code, grid, kRounding); }

  static constexpr CodeRounding kRounding{.length = 10, .relative = 0, .add = 0, .rescale = 0};
  CodeMetric metric;
  Floats r;
  Floats pc;
  Bytes code;
  Bytes grid_code;
  CodeFactors factors{};
  GridFactors grid{};
};

TEST(Verify, KnowsTheCodesThatEncodingGives) {
  for (const CodeMetric metric : kMetrics) {
    for (const std::size_t dims : {64u, 192u, 1024u}) {
      const Coded coded(metric, dims, dims);
      EXPECT_EQ(coded.Verify(), CodeFault::kNone);
      EXPECT_EQ(coded.VerifyGrid(), CodeFault::kNone);
    }
  }
}

TEST(Verify, ForgivesWhatRoundingMayDo) {
  for (const CodeMetric metric : kMetrics) {
    Coded coded(metric, 128, 1);
    for (float& x : coded.r) x *= 1 + 1e-6f;
    EXPECT_EQ(coded.Verify(), CodeFault::kNone);
    EXPECT_EQ(coded.VerifyGrid(), CodeFault::kNone);
    // A coordinate next to zero may have either sign.
    coded.r[3] = 1e-7f;
    for (const std::uint8_t bit : {0, 8}) {
      coded.code[0] = static_cast<std::uint8_t>((coded.code[0] & ~8) | bit);
      EXPECT_NE(coded.Verify(), CodeFault::kCode);
    }
  }
}

TEST(Verify, FindsBitsAndLevelsThatDiffer) {
  for (const CodeMetric metric : kMetrics) {
    Coded coded(metric, 128, 2);
    for (std::size_t i = 0; i < 128; ++i) {
      coded.code[i / 8] ^= static_cast<std::uint8_t>(1 << i % 8);
      if (std::fabs(coded.r[i]) > 0.01f) {
        EXPECT_EQ(coded.Verify(), CodeFault::kCode) << i;
      }
      coded.code[i / 8] ^= static_cast<std::uint8_t>(1 << i % 8);
    }
    for (std::uint8_t& byte : coded.grid_code) {
      for (const std::uint8_t mask : {0x08, 0x80, 0xFF}) {
        byte ^= mask;
        EXPECT_EQ(coded.VerifyGrid(), CodeFault::kCode);
        byte ^= mask;
      }
    }
  }
}

TEST(Verify, FindsFactorsThatDiffer) {
  for (const CodeMetric metric : kMetrics) {
    Coded coded(metric, 128, 3);
    for (float* factor : {&coded.factors.add, &coded.factors.rescale, &coded.factors.error}) {
      const float before = *factor;
      for (const float other :
           {2 * before, -before, before / 2, 0.0f, std::numeric_limits<float>::quiet_NaN()}) {
        *factor = other;
        if (std::fabs(before) > 1) {
          EXPECT_EQ(coded.Verify(), CodeFault::kFactors);
        }
      }
      *factor = before;
    }
    coded.grid.norm *= 1.01f;
    EXPECT_EQ(coded.VerifyGrid(), CodeFault::kFactors);
  }
}

// A row that is the centroid of its list.
TEST(Verify, FindsFactorsWhereNoResidualIs) {
  for (const CodeMetric metric : kMetrics) {
    Coded coded(metric, 128, 4);
    std::ranges::fill(coded.r, 0.0f);
    coded.factors = Encode(metric, coded.r, coded.pc, coded.code);
    coded.grid = EncodeGrid(metric, coded.r, coded.pc, coded.grid_code);
    EXPECT_EQ(coded.Verify(), CodeFault::kNone);
    EXPECT_EQ(coded.VerifyGrid(), CodeFault::kNone);
    for (float* factor : {&coded.factors.add, &coded.factors.rescale, &coded.factors.error}) {
      *factor = 2;
      EXPECT_EQ(coded.Verify(), CodeFault::kFactors);
      *factor = 0;
    }
    CodeFactors& second = coded.grid.code;
    for (float* factor : {&second.add, &second.rescale, &second.error, &coded.grid.norm}) {
      *factor = 2;
      EXPECT_EQ(coded.VerifyGrid(), CodeFault::kFactors);
      *factor = 0;
    }
    // Another rounding may have left something.
    coded.r[5] = 1e-7f;
    coded.factors = Encode(metric, coded.r, coded.pc, coded.code);
    coded.grid = EncodeGrid(metric, coded.r, coded.pc, coded.grid_code);
    coded.r[5] = 0;
    EXPECT_EQ(coded.Verify(), CodeFault::kNone);
    EXPECT_EQ(coded.VerifyGrid(), CodeFault::kNone);
  }
}

// What is stored as a half is as wrong as a half may be, not as the terms of its sum.
TEST(Verify, FindsAnAddThatOtherTermsMakeSmall) {
  Coded coded(CodeMetric::kL2, 128, 5);
  coded.pc = coded.r;
  for (float& x : coded.pc) x *= -0.5f;
  coded.factors = Encode(coded.metric, coded.r, coded.pc, coded.code);
  CodeRounding rounding = Coded::kRounding;
  rounding.relative = 0.01;
  const auto verify = [&] {
    return VerifyCode(coded.metric, coded.r, coded.pc, coded.code, coded.factors, rounding, true);
  };
  EXPECT_EQ(verify(), CodeFault::kNone);
  coded.factors.add += 1;  // of terms of 128 each
  EXPECT_EQ(verify(), CodeFault::kFactors);
}

}  // namespace
}  // namespace vec::quantize
