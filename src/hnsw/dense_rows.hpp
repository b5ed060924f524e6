// Dense rows under squared L2, by matrix products.
//
// Distances come out of matrix products as |x|^2 + |y|^2 - 2 <x, y>: near rows keep their
// digits only where their norms are small, so every group of rows is moved to one of its own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "graph_rows.hpp"
#include "vector/base/workers.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::hnsw {

struct DenseRows {
  class Group;
  class Probe;

  std::span<const float> values;
  std::size_t dims;
  std::span<const std::uint32_t> numbers;  // of row i in `values`

  std::size_t count() const { return numbers.size(); }
  const float* operator[](std::size_t i) const { return values.data() + numbers[i] * dims; }

  // The start of the row: the rest follows by itself.
  void Prefetch(std::uint32_t i) const {
    PrefetchRow((*this)[i], std::min<std::size_t>(dims * sizeof(float), 512));
  }
};

class DenseRows::Group {
 public:
  // The rows less `origin`, or as they are.
  void Load(const DenseRows& rows, std::span<const std::uint32_t> chosen,
            std::optional<std::uint32_t> origin);

  std::size_t count() const { return norms_.size(); }
  const float* norms() const { return norms_.data(); }  // squared lengths

  // REQUIRES: both were loaded with the same origin.
  static void Compare(const Group& to, const Group& from, float* shared, Workers&) {
    simd::Active().gemm(to.matrix_.data(), to.count(), from.matrix_.data(), from.count(), to.dims_,
                        shared);
  }

 private:
  std::size_t dims_ = 0;
  std::vector<float> matrix_;
  std::vector<float> norms_;
};

class DenseRows::Probe {
 public:
  explicit Probe(const DenseRows& rows) : rows_(rows) {}

  void Set(std::uint32_t row) { row_ = rows_[row]; }
  float DistanceTo(std::uint32_t other) const {
    return kernels_.l2_squared(row_, rows_[other], rows_.dims);
  }
  float NegativeProductTo(std::uint32_t other) const {
    return -kernels_.inner_product(row_, rows_[other], rows_.dims);
  }

 private:
  const simd::Kernels& kernels_ = simd::Active();
  const DenseRows& rows_;
  const float* row_ = nullptr;
};

}  // namespace vec::hnsw
