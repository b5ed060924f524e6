#include "vector/types/sparse_compare.hpp"

#include <algorithm>

namespace vec::types {

namespace {

template <typename T>
int Order(T a, T b) {
  return static_cast<int>(a > b) - static_cast<int>(a < b);
}

}  // namespace

int Compare(const SparseElements& a, const SparseElements& b) noexcept {
  // Past the end of its elements a value is 0 up to the last dimension that both have.
  const auto shared = static_cast<std::int32_t>(std::min(a.dims, b.dims));
  const auto index_at = [shared](const SparseElements& elements, std::size_t i) {
    return i < elements.size() ? std::min(elements.indices[i], shared) : shared;
  };
  for (std::size_t i = 0;; ++i) {
    const std::int32_t index_a = index_at(a, i);
    const std::int32_t index_b = index_at(b, i);
    if (index_a < index_b) return Order(a.values[i], 0.0f);
    if (index_a > index_b) return Order(0.0f, b.values[i]);
    if (index_a == shared) return Order(a.dims, b.dims);
    if (a.values[i] != b.values[i]) return Order(a.values[i], b.values[i]);
  }
}

}  // namespace vec::types
