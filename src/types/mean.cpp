#include "vector/types/mean.hpp"

#include <cmath>

#include "vector/base/assert.hpp"
#include "vector/types/arithmetic.hpp"
#include "vector/types/dimensions.hpp"

namespace vec::types {

std::size_t MeanStateSize(std::size_t size, std::size_t dims) {
  const std::size_t state_dims = size - 1;
  if (state_dims != 0 && state_dims != dims)
    ThrowUnexpectedDimensions(static_cast<std::int64_t>(state_dims), dims);
  return dims + 1;
}

namespace {

template <typename Element>
void AddValue(std::span<double> state, std::span<const Element> value) {
  VECTOR_ASSERT(state.size() == value.size() + 1);
  const std::span<double> sums = state.subspan(1);
  bool has_overflow = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    sums[i] += static_cast<double>(ToFloat(value[i]));
    has_overflow |= std::isinf(sums[i]);
  }
  if (has_overflow) ThrowOverflow();
  state.front() += 1;
}

}  // namespace

void Accumulate(std::span<double> state, std::span<const float> value) { AddValue(state, value); }
void Accumulate(std::span<double> state, std::span<const Half> value) { AddValue(state, value); }

void AddStates(std::span<const double> a, std::span<const double> b, std::span<double> out) {
  VECTOR_ASSERT(a.size() == b.size() && a.size() == out.size());
  bool has_overflow = false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = a[i] + b[i];
    has_overflow |= i != 0 && std::isinf(out[i]);
  }
  if (has_overflow) ThrowOverflow();
}

void Mean(std::span<const double> state, std::span<float> out) noexcept {
  VECTOR_ASSERT(state.size() == out.size() + 1);
  const double count = state.front();
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<float>(state[i + 1] / count);
  }
}

}  // namespace vec::types
