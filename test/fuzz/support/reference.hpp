// What functions of two samples should return, computed in the plainest way.
#pragma once

#include "generate.hpp"

namespace vec::fuzz {

struct Pair {
  std::size_t index;
  float x, y;
};

// Elements at the same index, in the order of indices; those that both lack are left out.
template <typename Layout>
std::vector<Pair> PairsOf(const Sample<Layout>& a, const Sample<Layout>& b) {
  std::vector<Pair> pairs;
  pairs.reserve(a.values.size() + b.values.size());
  const auto index_at = [](const Sample<Layout>& sample, std::size_t i) {
    if (i >= sample.values.size()) return SIZE_MAX;
    return sample.indices.empty() ? i : static_cast<std::size_t>(sample.indices[i]);
  };
  for (std::size_t i = 0, j = 0; i < a.values.size() || j < b.values.size();) {
    const std::size_t of_a = index_at(a, i);
    const std::size_t of_b = index_at(b, j);
    const bool has_x = of_a <= of_b;
    const bool has_y = of_b <= of_a;
    pairs.push_back({std::min(of_a, of_b), has_x ? a.values[i] : 0.0f, has_y ? b.values[j] : 0.0f});
    i += has_x ? 1 : 0;
    j += has_y ? 1 : 0;
  }
  return pairs;
}

// A sum in double precision, and that of the terms' magnitudes, which bounds the error of
// the same sum in float.
struct Sum {
  double value = 0;
  double magnitude = 0;

  void Add(double term) {
    value += term;
    magnitude += std::abs(term);
  }

  // Whether a float sum of `count` terms may come to this result.
  bool IsNear(double result, std::size_t count) const {
    constexpr double kOverflow = std::numeric_limits<float>::max() / 4;
    if (!(magnitude < kOverflow)) return true;
    const auto terms = static_cast<double>(count + 2);
    return std::abs(result - value) <= terms * (magnitude * 0x1p-23 + 0x1p-148);
  }
};

// -1, 0 or 1, as the dense forms of both are ordered.
template <typename Layout>
int OrderOf(const Sample<Layout>& a, const Sample<Layout>& b) {
  for (const Pair& pair : PairsOf(a, b)) {
    if (pair.index >= std::min(a.dims, b.dims)) break;
    if (pair.x != pair.y) return pair.x < pair.y ? -1 : 1;
  }
  return a.dims == b.dims ? 0 : (a.dims < b.dims ? -1 : 1);
}

}  // namespace vec::fuzz
