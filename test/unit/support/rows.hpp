// Rows that tests index, as floats and as an index takes them.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <vector>

#include "vector/base/half.hpp"
#include "vector/base/random.hpp"
#include "vector/storage/heap_vectors.hpp"
#include "vector/storage/kinds.hpp"

namespace vec::test {

using Row = std::vector<float>;

inline HeapTid TidOf(std::size_t i) {
  return {static_cast<std::uint16_t>(i >> 24), static_cast<std::uint16_t>(i >> 8),
          static_cast<std::uint16_t>((i & 0xFF) + 1)};
}

// Rows of small integers, so that distances are exact at every SIMD level.
inline std::vector<Row> RandomRows(std::size_t count, std::size_t dims, std::uint64_t seed) {
  Random random(seed);
  std::vector<Row> rows(count, Row(dims));
  for (Row& row : rows) {
    for (float& x : row) x = static_cast<float>(random.Below(21)) - 10.0f;
  }
  return rows;
}

// Rows of `clusters` tight clusters; the centres depend on `dims` alone.
inline std::vector<Row> ClusteredRows(std::size_t count, std::size_t dims, std::size_t clusters,
                                      std::uint64_t seed) {
  const std::vector<Row> centres = RandomRows(clusters, dims, dims);
  std::vector<Row> rows = RandomRows(count, dims, seed);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t d = 0; d < dims; ++d) rows[i][d] = centres[i % clusters][d] * 8 + rows[i][d];
  }
  return rows;
}

// Rows of unit length.
inline std::vector<Row> UnitRows(std::vector<Row> rows) {
  for (Row& row : rows) {
    double sum = 0;
    for (const float x : row) sum += double{x} * x;
    for (float& x : row) x = static_cast<float>(x / std::sqrt(sum));
  }
  return rows;
}

// A row as an index takes it. For bits a value above zero is 1; of sparse rows those that
// are not zero are stored.
class StoredRow {
 public:
  StoredRow(ElementType type, const Row& row) : values_(row) {
    if (row.empty()) return;
    if (type != ElementType::kSparse) stored_.resize(RowBytes(type, row.size()));
    switch (type) {
      case ElementType::kFloat32:
        std::memcpy(stored_.data(), row.data(), stored_.size());
        break;
      case ElementType::kFloat16:
        for (std::size_t i = 0; i < row.size(); ++i) {
          const Half half = ToHalf(row[i]);
          values_[i] = ToFloat(half);
          std::memcpy(&stored_[2 * i], &half, sizeof half);
        }
        break;
      case ElementType::kBit:
        for (std::size_t i = 0; i < row.size(); ++i) {
          if (row[i] > 0) stored_[i / 8] |= std::byte{0x80} >> (i % 8);
        }
        values_.clear();
        break;
      case ElementType::kSparse:
        StoreSparse(row);
        values_.clear();
        break;
    }
  }

  const Row& values() const { return values_; }
  const std::byte* stored() const { return stored_.data(); }
  RowView view() const { return {values_, stored_}; }

  // What k-means sees.
  Row TrainingRow() const {
    if (!values_.empty()) return values_;
    Row words(stored_.size() / sizeof(float));
    std::memcpy(words.data(), stored_.data(), stored_.size());
    return words;
  }

 private:
  void StoreSparse(const Row& row) {
    std::vector<std::uint32_t> words(1);
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i] != 0) words.push_back(static_cast<std::uint32_t>(i));
    }
    words[0] = static_cast<std::uint32_t>(words.size() - 1);
    for (const float x : row) {
      if (x != 0) words.push_back(std::bit_cast<std::uint32_t>(x));
    }
    stored_.resize(4 * words.size());
    std::memcpy(stored_.data(), words.data(), stored_.size());
  }

  Row values_;
  std::vector<std::byte> stored_;
};

// The table behind an index that leaves its vectors there.
class TestHeap final : public HeapVectors {
 public:
  std::optional<std::span<const float>> Read(HeapTid tid) override {
    ++reads;
    const auto row = rows.find(tid);
    if (row == rows.end()) return std::nullopt;
    return row->second;
  }

  std::map<HeapTid, Row> rows;
  std::size_t reads = 0;
};

}  // namespace vec::test
