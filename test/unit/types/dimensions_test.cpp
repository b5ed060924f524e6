#include "vector/types/dimensions.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "types/error_expectation.hpp"

namespace vec::types {
namespace {

std::int32_t Typmod(std::vector<std::int32_t> modifiers) {
  return TypmodFromModifiers(modifiers, "vector", 16000);
}

TEST(Dimensions, AcceptsOneToTheMost) {
  CheckDimensions(1, "vector");
  CheckDimensions(16000, "vector");
}

TEST(Dimensions, RejectsNone) {
  ExpectError([] { CheckDimensions(0, "vector"); }, ErrorKind::kInvalidValue,
              "vector must have at least 1 dimension");
}

TEST(Dimensions, RejectsMoreThanTheMost) {
  ExpectError([] { CheckDimensions(16001, "halfvec"); }, ErrorKind::kLimit,
              "halfvec cannot have more than 16000 dimensions");
}

TEST(Dimensions, FitAnyValueWithoutTypmod) { CheckExpectedDimensions(kNoTypmod, 7); }

TEST(Dimensions, MustBeThoseOfTheColumn) {
  CheckExpectedDimensions(3, 3);
  ExpectError([] { CheckExpectedDimensions(3, 2); }, ErrorKind::kInvalidValue,
              "expected 3 dimensions, not 2");
}

TEST(Dimensions, MustBeEqualInPairs) {
  CheckSameDimensions(2, 2, "vector");
  ExpectError([] { CheckSameDimensions(2, 1, "vector"); }, ErrorKind::kInvalidValue,
              "different vector dimensions 2 and 1");
}

TEST(Typmod, IsTheOnlyModifier) {
  EXPECT_EQ(Typmod({3}), 3);
  EXPECT_EQ(Typmod({16000}), 16000);
}

TEST(Typmod, RejectsAnotherNumberOfModifiers) {
  for (const auto& modifiers : {std::vector<std::int32_t>{}, {1, 2}}) {
    ExpectError([&] { Typmod(modifiers); }, ErrorKind::kParameter, "invalid type modifier");
  }
}

TEST(Typmod, RejectsDimensionsOutsideTheLimits) {
  for (const std::int32_t dims : {0, -1}) {
    ExpectError([&] { Typmod({dims}); }, ErrorKind::kParameter,
                "dimensions for type vector must be at least 1");
  }
  ExpectError([] { Typmod({16001}); }, ErrorKind::kParameter,
              "dimensions for type vector cannot exceed 16000");
}

}  // namespace
}  // namespace vec::types
