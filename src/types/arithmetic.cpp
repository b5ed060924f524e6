#include "vector/types/arithmetic.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "vector/base/assert.hpp"
#include "vector/base/error.hpp"

namespace vec::types {

namespace {

template <typename Operation>
void Combine(std::span<const float> a, std::span<const float> b, std::span<float> out,
             Operation operation) {
  VECTOR_ASSERT(a.size() == b.size() && a.size() == out.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const float result = operation(a[i], b[i]);
    if (std::isinf(result)) [[unlikely]]
      ThrowOverflow();
    out[i] = result;
  }
}

}  // namespace

void ThrowOverflow() { throw Error(ErrorKind::kOutOfRange, "value out of range: overflow"); }
void ThrowUnderflow() { throw Error(ErrorKind::kOutOfRange, "value out of range: underflow"); }

void Add(std::span<const float> a, std::span<const float> b, std::span<float> out) {
  Combine(a, b, out, [](float x, float y) { return x + y; });
}

void Subtract(std::span<const float> a, std::span<const float> b, std::span<float> out) {
  Combine(a, b, out, [](float x, float y) { return x - y; });
}

void Multiply(std::span<const float> a, std::span<const float> b, std::span<float> out) {
  Combine(a, b, out, [](float x, float y) {
    const float product = x * y;
    if (product == 0 && x != 0 && y != 0) [[unlikely]]
      ThrowUnderflow();
    return product;
  });
}

double Norm(std::span<const float> a) noexcept {
  // Independent sums, so that one addition does not wait for the one before.
  constexpr std::size_t kLanes = 4;
  double sums[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= a.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double x = a[i + lane];
      sums[lane] += x * x;
    }
  }
  for (; i < a.size(); ++i) {
    const double x = a[i];
    sums[0] += x * x;
  }
  return std::sqrt((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

void Normalize(std::span<const float> a, std::span<float> out) noexcept {
  VECTOR_ASSERT(a.size() == out.size());
  const double norm = Norm(a);
  if (norm > 0) {
    for (std::size_t i = 0; i < a.size(); ++i) out[i] = static_cast<float>(a[i] / norm);
  } else {
    std::ranges::fill(out, 0.0f);
  }
}

}  // namespace vec::types
