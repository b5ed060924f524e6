// The running mean of dense values, as the aggregate avg() keeps it:
//
//   state = { count, sum of x[0], ..., sum of x[dims - 1] }
//
// A state of length 1 has not met a value yet, so knows no dimensions. Sums that
// overflow throw kOutOfRange; another number of dimensions throws kInvalidValue.
#pragma once

#include <cstddef>
#include <span>

#include "vector/base/half.hpp"

namespace vec::types {

// The length of the state after one more value, given its length before.
std::size_t MeanStateSize(std::size_t size, std::size_t dims);

// Adds one value. REQUIRES: state.size() == value.size() + 1.
void Accumulate(std::span<double> state, std::span<const float> value);
void Accumulate(std::span<double> state, std::span<const Half> value);

// Sets out to the sum of two states. REQUIRES: out has the size of both, and may be `a`.
void AddStates(std::span<const double> a, std::span<const double> b, std::span<double> out);

// Infinite where it exceeds float32.
// REQUIRES: state.size() == out.size() + 1, state.front() != 0.
void Mean(std::span<const double> state, std::span<float> out) noexcept;

}  // namespace vec::types
