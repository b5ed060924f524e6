#include "vector/types/arithmetic.hpp"

#include <cfloat>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "types/error_expectation.hpp"

namespace vec::types {
namespace {

using Floats = std::vector<float>;
using Operation = void (*)(std::span<const float>, std::span<const float>, std::span<float>);

Floats Apply(Operation operation, const Floats& a, const Floats& b) {
  Floats out(a.size());
  operation(a, b, out);
  return out;
}

Floats Normalized(const Floats& a) {
  Floats out(a.size());
  Normalize(a, out);
  return out;
}

TEST(Arithmetic, WorksElementByElement) {
  EXPECT_EQ(Apply(Add, {1, 2}, {3, -5}), (Floats{4, -3}));
  EXPECT_EQ(Apply(Subtract, {1, 2}, {3, -5}), (Floats{-2, 7}));
  EXPECT_EQ(Apply(Multiply, {1, 2}, {3, -5}), (Floats{3, -10}));
}

TEST(Arithmetic, AcceptsAnOperandAsResult) {
  Floats a{1, 2};
  Add(a, a, a);
  EXPECT_EQ(a, (Floats{2, 4}));
}

TEST(Arithmetic, RejectsOverflow) {
  const Floats most{1, FLT_MAX};
  const Floats least{1, -FLT_MAX};
  const std::string message = "value out of range: overflow";
  ExpectError([&] { Apply(Add, most, most); }, ErrorKind::kOutOfRange, message);
  ExpectError([&] { Apply(Subtract, least, most); }, ErrorKind::kOutOfRange, message);
  ExpectError([&] { Apply(Multiply, most, least); }, ErrorKind::kOutOfRange, message);
}

TEST(Arithmetic, RejectsUnderflowOfProducts) {
  ExpectError([] { Apply(Multiply, {1e-30f}, {1e-30f}); }, ErrorKind::kOutOfRange,
              "value out of range: underflow");
  EXPECT_EQ(Apply(Multiply, {0, 1e-30f}, {1e-30f, 0}), (Floats{0, 0}));
}

TEST(Arithmetic, ReportsTheFirstElementThatFails) {
  ExpectError(
      [] {
        Apply(Multiply, {1e-30f, 3e38f}, {1e-30f, 3e38f});
      },
      ErrorKind::kOutOfRange, "value out of range: underflow");
}

TEST(Norm, IsTheEuclideanLength) {
  for (std::size_t size = 0; size < 20; ++size) {
    EXPECT_EQ(Norm(Floats(size, 1)), std::sqrt(static_cast<double>(size)));
  }
  EXPECT_EQ(Norm(Floats{3, 4}), 5);
}

TEST(Norm, DoesNotOverflow) { EXPECT_DOUBLE_EQ(Norm(Floats{FLT_MAX}), FLT_MAX); }

TEST(Normalize, GivesLengthOne) {
  EXPECT_EQ(Normalized({3, 4}), (Floats{0.6f, 0.8f}));
  EXPECT_EQ(Normalized({FLT_TRUE_MIN}), Floats{1});
  EXPECT_EQ(Normalized({-FLT_MAX}), Floats{-1});
}

TEST(Normalize, LeavesZeroAsItIs) { EXPECT_EQ(Normalized({0, -0.0f}), (Floats{0, 0})); }

}  // namespace
}  // namespace vec::types
