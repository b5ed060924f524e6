// Rows of one length whose distance is no matter of products: L1 of floats, and bits.
//
// A distance d is put as 0 + 0 - 2 * (-d / 2).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "graph_rows.hpp"
#include "vector/base/workers.hpp"
#include "vector/simd/bits.hpp"
#include "vector/simd/kernels.hpp"
#include "vector/storage/kinds.hpp"

namespace vec::hnsw {

// The distance of one row to rows side by side.
class DirectDistance {
 public:
  // REQUIRES: floats with L1, or bits. `row_bytes` of one row.
  DirectDistance(Metric metric, std::size_t row_bytes);

  std::size_t row_bytes() const { return row_bytes_; }

  void operator()(const std::byte* row, const std::byte* others, std::size_t count,
                  float* out) const {
    if (bits_ != nullptr) {
      bits_(reinterpret_cast<const std::uint8_t*>(row),
            reinterpret_cast<const std::uint8_t*>(others), static_cast<std::ptrdiff_t>(row_bytes_),
            count, row_bytes_, out);
    } else {
      floats_(reinterpret_cast<const float*>(row), others, static_cast<std::ptrdiff_t>(row_bytes_),
              count, row_bytes_ / sizeof(float), out);
    }
  }

 private:
  std::size_t row_bytes_;
  simd::RowsKernel floats_ = nullptr;
  simd::BitRowsKernel bits_ = nullptr;
};

struct DirectRows {
  class Group;
  class Probe;

  DirectDistance distance;
  std::span<const std::byte> matrix;            // all rows side by side, or
  std::span<const std::byte* const> scattered;  // where each of them is
  std::span<const std::uint32_t> numbers;       // of row i among these

  std::size_t count() const { return numbers.size(); }
  const std::byte* operator[](std::size_t i) const {
    const std::size_t row = numbers[i];
    return scattered.empty() ? matrix.data() + row * distance.row_bytes() : scattered[row];
  }

  void Prefetch(std::uint32_t i) const {
    PrefetchRow((*this)[i], std::min<std::size_t>(distance.row_bytes(), 512));
  }
};

class DirectRows::Group {
 public:
  void Load(const DirectRows& rows, std::span<const std::uint32_t> chosen,
            std::optional<std::uint32_t> origin);

  std::size_t count() const { return zeros_.size(); }
  const float* norms() const { return zeros_.data(); }

  static void Compare(const Group& to, const Group& from, float* shared, Workers& workers);

 private:
  std::optional<DirectDistance> distance_;
  std::vector<std::byte> matrix_;
  std::vector<float> zeros_;
};

class DirectRows::Probe {
 public:
  explicit Probe(const DirectRows& rows) : rows_(rows) {}

  void Set(std::uint32_t row) { row_ = rows_[row]; }
  float DistanceTo(std::uint32_t other) const {
    float score = 0;
    rows_.distance(row_, rows_[other], 1, &score);
    return score;
  }
  // There is no inner product of such rows.
  float NegativeProductTo(std::uint32_t) const { return 0; }

 private:
  const DirectRows& rows_;
  const std::byte* row_ = nullptr;
};

}  // namespace vec::hnsw
