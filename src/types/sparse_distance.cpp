#include "vector/types/sparse_distance.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "vector/base/assert.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::types {

namespace {

// `value` or 0, without a branch.
float If(bool condition, float value) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) &
                              (0u - static_cast<std::uint32_t>(condition)));
}

// The sum of terms so far, and how many elements of each value went into it.
struct Partial {
  float sum = 0;
  std::size_t of_a = 0;
  std::size_t of_b = 0;
};

// Adds term(x, y) for every index of a or b, in order, until one of them has no more.
// Whose turn it is cannot be predicted, so the loop does not branch on it.
template <typename Term>
Partial SumOverlap(SparseElements a, SparseElements b, Term term) {
  VECTOR_ASSERT(a.dims == b.dims);
  Partial result;
  while (result.of_a < a.size() && result.of_b < b.size()) {
    const std::int32_t index_a = a.indices[result.of_a];
    const std::int32_t index_b = b.indices[result.of_b];
    const bool has_x = index_a <= index_b;
    const bool has_y = index_b <= index_a;
    result.sum += term(If(has_x, a.values[result.of_a]), If(has_y, b.values[result.of_b]));
    result.of_a += static_cast<std::size_t>(has_x);
    result.of_b += static_cast<std::size_t>(has_y);
  }
  return result;
}

// The same for every index of a or b.
template <typename Term>
float SumAll(const SparseElements& a, const SparseElements& b, Term term) {
  auto [sum, of_a, of_b] = SumOverlap(a, b, term);
  for (const float x : a.values.subspan(of_a)) sum += term(x, 0.0f);
  for (const float y : b.values.subspan(of_b)) sum += term(0.0f, y);
  return sum;
}

double SquaredNorm(std::span<const float> values) {
  return simd::Active().inner_product(values.data(), values.data(), values.size());
}

}  // namespace

double SquaredL2Distance(SparseElements a, SparseElements b) noexcept {
  return SumAll(a, b, [](float x, float y) { return (x - y) * (x - y); });
}

double L2Distance(SparseElements a, SparseElements b) noexcept {
  return std::sqrt(SquaredL2Distance(a, b));
}

double InnerProduct(SparseElements a, SparseElements b) noexcept {
  return SumOverlap(a, b, [](float x, float y) { return x * y; }).sum;
}

double NegativeInnerProduct(SparseElements a, SparseElements b) noexcept {
  return -InnerProduct(a, b);
}

double L1Distance(SparseElements a, SparseElements b) noexcept {
  return SumAll(a, b, [](float x, float y) { return std::abs(x - y); });
}

double CosineDistance(SparseElements a, SparseElements b) noexcept {
  const double norms = SquaredNorm(a.values) * SquaredNorm(b.values);
  // A NaN passes through the clamp.
  return 1 - std::clamp(InnerProduct(a, b) / std::sqrt(norms), -1.0, 1.0);
}

}  // namespace vec::types
