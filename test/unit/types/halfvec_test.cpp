#include "vector/types/halfvec.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "types/error_expectation.hpp"
#include "vector/types/arithmetic.hpp"
#include "vector/types/binarize.hpp"
#include "vector/types/compare.hpp"
#include "vector/types/distance.hpp"
#include "vector/types/element.hpp"
#include "vector/types/mean.hpp"
#include "vector/types/parse.hpp"
#include "vector/types/wire.hpp"

namespace vec::types {
namespace {

using Floats = std::vector<float>;
using Halves = std::vector<Half>;

Halves Narrow(const Floats& floats) {
  Halves halves;
  for (const float value : floats) halves.push_back(ToHalf(value));
  return halves;
}

Floats Widen(std::span<const Half> halves) {
  Floats floats;
  for (const Half half : halves) floats.push_back(ToFloat(half));
  return floats;
}

Floats Parse(const std::string& literal) {
  Halves buffer(kMaxDimensions);
  return Widen(
      ParseList(literal, "halfvec", std::span<Half, kMaxDimensions>(buffer.data(), buffer.size())));
}

template <typename Operation>
Floats Result(Operation operation, const Floats& a, const Floats& b) {
  Halves out(a.size());
  operation(Narrow(a), Narrow(b), out);
  return Widen(out);
}

Floats Sum(const Floats& a, const Floats& b) {
  return Result([](const Halves& x, const Halves& y, std::span<Half> out) { Add(x, y, out); }, a,
                b);
}

Floats Difference(const Floats& a, const Floats& b) {
  return Result([](const Halves& x, const Halves& y, std::span<Half> out) { Subtract(x, y, out); },
                a, b);
}

Floats Product(const Floats& a, const Floats& b) {
  return Result([](const Halves& x, const Halves& y, std::span<Half> out) { Multiply(x, y, out); },
                a, b);
}

TEST(HalfVector, TakesEightBytesAndTwoPerElement) {
  EXPECT_EQ(HalfVector::SizeOf(0), 8u);
  EXPECT_EQ(HalfVector::SizeOf(3), 14u);
  EXPECT_EQ(HalfVector::SizeOf(kMaxDimensions), 32008u);
  EXPECT_EQ(HalfVector::DimensionsOf(14), 3u);
  EXPECT_EQ(HalfVector::kTypeName, "halfvec");
}

TEST(HalfVector, IsParsedWithRoundingToNearest) {
  EXPECT_EQ(Parse("[1,-2.5,0.1]"), (Floats{1, -2.5f, 0.0999755859375f}));
  EXPECT_EQ(Parse("[65519,-65519,1e-8]"), (Floats{65504, -65504, 0}));
}

TEST(HalfVector, RejectsNumbersBeyondItsRange) {
  ExpectError([] { Parse("[1,65520]"); }, ErrorKind::kOutOfRange,
              "\"65520\" is out of range for type halfvec");
  ExpectError([] { Parse("[-1e5]"); }, ErrorKind::kOutOfRange,
              "\"-1e5\" is out of range for type halfvec");
  ExpectError([] { Parse("[4e38]"); }, ErrorKind::kOutOfRange,
              "\"4e38\" is out of range for type halfvec");
  ExpectError([] { Parse("[inf]"); }, ErrorKind::kInvalidValue,
              "infinite value not allowed in halfvec");
  ExpectError([] { Parse("[NaN]"); }, ErrorKind::kInvalidValue, "NaN not allowed in halfvec");
}

TEST(HalfVector, RoundsTheResultsOfArithmetic) {
  EXPECT_EQ(Sum({2048, 2050}, {1, 1}), (Floats{2048, 2052}));
  EXPECT_EQ(Difference({1, 1}, {3, 0x1p-12f}), (Floats{-2, 1}));
  EXPECT_EQ(Product({3, 0x1p-12f}, {5, 0x1p-12f}), (Floats{15, 0x1p-24f}));
}

TEST(HalfVector, RejectsOverflowAndUnderflow) {
  const std::string overflow = "value out of range: overflow";
  EXPECT_EQ(Sum({65504}, {8}), Floats{65504});
  ExpectError([] { Sum({65504}, {16}); }, ErrorKind::kOutOfRange, overflow);
  ExpectError([] { Difference({-65504}, {65504}); }, ErrorKind::kOutOfRange, overflow);
  ExpectError([] { Product({256}, {256}); }, ErrorKind::kOutOfRange, overflow);
  ExpectError([] { Product({0x1p-12f}, {0x1p-13f}); }, ErrorKind::kOutOfRange,
              "value out of range: underflow");
}

TEST(HalfVector, HasANormAndADirection) {
  EXPECT_EQ(Norm(Narrow({3, 4})), 5);
  EXPECT_DOUBLE_EQ(Norm(Narrow({60000, 60000})), std::sqrt(2.0) * 60000);
  Halves out(2);
  Normalize(Narrow({-3, 4}), out);
  EXPECT_EQ(Widen(out), (Floats{ToFloat(ToHalf(-0.6f)), ToFloat(ToHalf(0.8f))}));
  Normalize(Narrow({0, 0}), out);
  EXPECT_EQ(Widen(out), (Floats{0, 0}));
}

TEST(HalfVector, ComparesByValue) {
  EXPECT_EQ(Compare(Narrow({1, -2}), Narrow({1, -1})), -1);
  EXPECT_EQ(Compare(Narrow({0, 1}), Narrow({-0.0f, 1})), 0);
  EXPECT_EQ(Compare(Narrow({1, 0}), Narrow({1})), 1);
}

TEST(HalfVector, BecomesBitsBySign) {
  std::uint8_t bits[2];
  Binarize(Narrow({1, 0, -1, 0x1p-24f, -0.0f, 2, 3, 4, 5}), bits);
  EXPECT_EQ(bits[0], 0b10010111);
  EXPECT_EQ(bits[1], 0b10000000);
}

TEST(HalfVector, HasTheDistancesOfVector) {
  const Floats x{1, -2, 3, 7, 0.5f};
  const Floats y{4, 0, -3, 7, 2};
  const Halves a = Narrow(x);
  const Halves b = Narrow(y);
  EXPECT_EQ(L2Distance(a, b), L2Distance(x, y));
  EXPECT_EQ(SquaredL2Distance(a, b), SquaredL2Distance(x, y));
  EXPECT_EQ(InnerProduct(a, b), InnerProduct(x, y));
  EXPECT_EQ(NegativeInnerProduct(a, b), NegativeInnerProduct(x, y));
  EXPECT_EQ(L1Distance(a, b), L1Distance(x, y));
  EXPECT_EQ(CosineDistance(a, b), CosineDistance(x, y));
  EXPECT_EQ(SphericalDistance(Narrow({1, 0}), Narrow({0, 1})), 0.5);
  EXPECT_TRUE(std::isnan(CosineDistance(Narrow({0}), Narrow({1}))));
}

TEST(HalfVector, AccumulatesInDouble) {
  std::vector<double> state{1, 0.5, 1e6};
  Accumulate(state, Narrow({2, 65504}));
  EXPECT_EQ(state, (std::vector<double>{2, 2.5, 1065504}));
}

TEST(HalfVector, ChecksItsElements) {
  CheckElements(Narrow({65504, 0x1p-24f}), "halfvec");
  ExpectError(
      [] {
        CheckElements(Narrow({1, NAN}), "halfvec");
      },
      ErrorKind::kInvalidValue, "NaN not allowed in halfvec");
  ExpectError([] { CheckElements(Narrow({-INFINITY}), "halfvec"); }, ErrorKind::kInvalidValue,
              "infinite value not allowed in halfvec");
}

TEST(HalfVector, TravelsInBigEndian) {
  std::byte bytes[5];
  const Halves written = Narrow({-2, 1.5f});
  WriteBigEndian<Half>(written, bytes + 1);
  EXPECT_EQ(bytes[1], std::byte{0xC0});
  EXPECT_EQ(bytes[4], std::byte{0});
  Halves read(2);
  ReadBigEndian<Half>(bytes + 1, read);
  EXPECT_EQ(Widen(read), Widen(written));
}

}  // namespace
}  // namespace vec::types
