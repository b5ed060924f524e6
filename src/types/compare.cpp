#include "vector/types/compare.hpp"

#include <algorithm>
#include <cstddef>

namespace vec::types {

namespace {

template <typename Element>
int CompareElements(std::span<const Element> a, std::span<const Element> b) noexcept {
  const std::size_t shared = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < shared; ++i) {
    const float x = ToFloat(a[i]);
    const float y = ToFloat(b[i]);
    if (x != y) return x < y ? -1 : 1;
  }
  if (a.size() == b.size()) return 0;
  return a.size() < b.size() ? -1 : 1;
}

}  // namespace

int Compare(std::span<const float> a, std::span<const float> b) noexcept {
  return CompareElements(a, b);
}

int Compare(std::span<const Half> a, std::span<const Half> b) noexcept {
  return CompareElements(a, b);
}

}  // namespace vec::types
