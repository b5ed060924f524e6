// Some rows of a large matrix as a dense one of their own, seen from a point among them.
//
// Distances come out of matrix products as |x|^2 + |y|^2 - 2 <x, y>: near rows keep their
// digits only where their norms are small, so every group of rows is moved to one of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "vector/simd/kernels.hpp"

namespace vec::hnsw {

// The rows that a graph is made of, by number.
struct Rows {
  std::span<const float> values;
  std::size_t dims;
  std::span<const std::uint32_t> numbers;  // of row i in `values`

  std::size_t count() const { return numbers.size(); }
  const float* operator[](std::size_t i) const { return values.data() + numbers[i] * dims; }
};

class Gathered {
 public:
  // Rows by number, minus `origin` (dims floats).
  void Load(const Rows& rows, std::span<const std::uint32_t> numbers, const float* origin);

  std::size_t count() const { return norms_.size(); }
  const float* matrix() const { return matrix_.data(); }
  const float* norms() const { return norms_.data(); }  // squared lengths

 private:
  std::vector<float> matrix_;
  std::vector<float> norms_;
};

}  // namespace vec::hnsw
