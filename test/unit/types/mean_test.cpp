#include "vector/types/mean.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "types/error_expectation.hpp"

namespace vec::types {
namespace {

using Floats = std::vector<float>;
using State = std::vector<double>;

TEST(MeanState, TakesTheDimensionsOfTheFirstValue) {
  EXPECT_EQ(MeanStateSize(1, 3), 4u);
  EXPECT_EQ(MeanStateSize(4, 3), 4u);
  ExpectError([] { (void)MeanStateSize(3, 1); }, ErrorKind::kInvalidValue,
              "expected 2 dimensions, not 1");
}

TEST(MeanState, CountsAndSums) {
  State state{0, 0, 0};
  Accumulate(state, Floats{1, 2});
  Accumulate(state, Floats{3, -5});
  EXPECT_EQ(state, (State{2, 4, -3}));
}

TEST(MeanState, RejectsOverflow) {
  State state{1, INFINITY};
  const State large{1, 1e308};
  State sum(2);
  const std::string message = "value out of range: overflow";
  ExpectError([&] { Accumulate(state, Floats{1}); }, ErrorKind::kOutOfRange, message);
  ExpectError([&] { AddStates(large, large, sum); }, ErrorKind::kOutOfRange, message);
}

TEST(MeanState, AddsUpInPlace) {
  State a{1, 2, 3};
  AddStates(a, State{2, 5, -3}, a);
  EXPECT_EQ(a, (State{3, 7, 0}));
}

TEST(Mean, DividesTheSumsByTheCount) {
  Floats mean(2);
  Mean(State{4, 2, -6}, mean);
  EXPECT_EQ(mean, (Floats{0.5f, -1.5f}));
}

TEST(Mean, IsInfiniteBeyondFloat) {
  Floats mean(1);
  Mean(State{1, 1e300}, mean);
  EXPECT_EQ(mean, Floats{INFINITY});
}

}  // namespace
}  // namespace vec::types
