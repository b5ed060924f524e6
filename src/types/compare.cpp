#include "vector/types/compare.hpp"

#include <algorithm>
#include <cstddef>

namespace vec::types {

int Compare(std::span<const float> a, std::span<const float> b) noexcept {
  const std::size_t shared = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < shared; ++i) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  if (a.size() == b.size()) return 0;
  return a.size() < b.size() ? -1 : 1;
}

bool Equal(std::span<const float> a, std::span<const float> b) noexcept {
  return a.size() == b.size() && Compare(a, b) == 0;
}

}  // namespace vec::types
