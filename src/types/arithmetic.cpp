#include "vector/types/arithmetic.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "vector/base/assert.hpp"
#include "vector/base/error.hpp"

namespace vec::types {

namespace {

template <typename Element>
using Elements = std::span<const Element>;

template <typename Element, typename Operation>
void Combine(Elements<Element> a, Elements<Element> b, std::span<Element> out,
             Operation operation) {
  VECTOR_ASSERT(a.size() == b.size() && a.size() == out.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto result = Round<Element>(operation(ToFloat(a[i]), ToFloat(b[i])));
    if (std::isinf(ToFloat(result))) [[unlikely]]
      ThrowOverflow();
    out[i] = result;
  }
}

template <typename Element>
void Product(Elements<Element> a, Elements<Element> b, std::span<Element> out) {
  Combine(a, b, out, [](float x, float y) {
    const float product = x * y;
    if (ToFloat(Round<Element>(product)) == 0 && x != 0 && y != 0) [[unlikely]]
      ThrowUnderflow();
    return product;
  });
}

template <typename Element>
double NormOf(Elements<Element> a) noexcept {
  // Independent sums, so that one addition does not wait for the one before.
  constexpr std::size_t kLanes = 4;
  double sums[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= a.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double x = ToFloat(a[i + lane]);
      sums[lane] += x * x;
    }
  }
  for (; i < a.size(); ++i) {
    const double x = ToFloat(a[i]);
    sums[0] += x * x;
  }
  return std::sqrt((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

template <typename Element>
void DivideByNorm(Elements<Element> a, std::span<Element> out) noexcept {
  VECTOR_ASSERT(a.size() == out.size());
  const double norm = Norm(a);
  if (norm > 0) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      out[i] = Round<Element>(static_cast<float>(ToFloat(a[i]) / norm));
    }
  } else {
    std::ranges::fill(out, Element{});
  }
}

constexpr auto kPlus = [](float x, float y) { return x + y; };
constexpr auto kMinus = [](float x, float y) { return x - y; };

}  // namespace

void ThrowOverflow() { throw Error(ErrorKind::kOutOfRange, "value out of range: overflow"); }
void ThrowUnderflow() { throw Error(ErrorKind::kOutOfRange, "value out of range: underflow"); }

void Add(Elements<float> a, Elements<float> b, std::span<float> out) { Combine(a, b, out, kPlus); }
void Add(Elements<Half> a, Elements<Half> b, std::span<Half> out) { Combine(a, b, out, kPlus); }

void Subtract(Elements<float> a, Elements<float> b, std::span<float> out) {
  Combine(a, b, out, kMinus);
}
void Subtract(Elements<Half> a, Elements<Half> b, std::span<Half> out) {
  Combine(a, b, out, kMinus);
}

void Multiply(Elements<float> a, Elements<float> b, std::span<float> out) { Product(a, b, out); }
void Multiply(Elements<Half> a, Elements<Half> b, std::span<Half> out) { Product(a, b, out); }

double Norm(Elements<float> a) noexcept { return NormOf(a); }
double Norm(Elements<Half> a) noexcept { return NormOf(a); }

void Normalize(Elements<float> a, std::span<float> out) noexcept { DivideByNorm(a, out); }
void Normalize(Elements<Half> a, std::span<Half> out) noexcept { DivideByNorm(a, out); }

}  // namespace vec::types
