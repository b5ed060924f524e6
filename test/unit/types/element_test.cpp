#include "vector/types/element.hpp"

#include <cfloat>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "types/error_expectation.hpp"

namespace vec::types {
namespace {

void Check(const std::vector<float>& elements) { CheckElements(elements, "vector"); }

TEST(Element, MayBeAnyFiniteNumber) { Check({0, -0.0f, FLT_MAX, -FLT_MAX, FLT_TRUE_MIN}); }

TEST(Element, RejectsNan) {
  ExpectError(
      [] {
        Check({1, NAN, INFINITY});
      },
      ErrorKind::kInvalidValue, "NaN not allowed in vector");
}

TEST(Element, RejectsInfinity) {
  for (const float value : {INFINITY, -INFINITY}) {
    ExpectError(
        [&] {
          Check({1, value, NAN});
        },
        ErrorKind::kInvalidValue, "infinite value not allowed in vector");
  }
}

}  // namespace
}  // namespace vec::types
