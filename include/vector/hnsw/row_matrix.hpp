// Rows of a build that wait in memory until a graph is made of all of them.
#pragma once

#include <algorithm>
#include <memory_resource>
#include <span>
#include <vector>

#include "vector/hnsw/kept_row.hpp"

namespace vec::hnsw {

// Rows with their heap TIDs. Of dense rows there are dims floats each, the numbers that the
// index keeps of them (DecodeKept) once they are rounded; of others the bytes that it keeps.
struct BulkRows {
  std::span<const float> values;
  std::span<const std::byte* const> stored;
  std::span<const HeapTid> tids;
  std::span<const std::uint32_t> origins;  // of half rows

  std::uint32_t OriginOf(std::size_t row) const { return origins.empty() ? 0 : origins[row]; }
};

class RowMatrix {
 public:
  // Room for `most` rows; it is taken at once for `expected` of them. REQUIRES: a dense type,
  // most > 0.
  RowMatrix(const Meta& meta, std::size_t most, std::size_t expected,
            std::pmr::memory_resource* memory)
      : meta_(meta),
        most_(most),
        expected_(expected),
        values_(memory),
        tids_(memory),
        origins_(memory),
        kept_(memory) {}

  static constexpr std::size_t RowBytes(std::size_t dims) {
    return dims * sizeof(float) + sizeof(HeapTid) + sizeof(std::uint32_t);
  }

  bool is_full() const { return tids_.size() == most_; }
  BulkRows rows() const { return {values_, {}, tids_, origins_}; }

  // REQUIRES: !is_full().
  void Add(HeapTid tid, const RowView& row) {
    if (tids_.size() == tids_.capacity()) Grow();
    tids_.push_back(tid);
    values_.insert(values_.end(), row.values.begin(), row.values.end());
  }

  // Makes the next `rows` what the index keeps of them. REQUIRES: half rows; no more Add().
  // Returns whether all are.
  bool Round(std::size_t rows) {
    const std::size_t first = origins_.size();
    const std::size_t end = std::min(first + rows, tids_.size());
    origins_.reserve(tids_.size());
    origins_.resize(end);
    kept_.resize(KeptBytes(meta_));
    for (std::size_t row = first; row < end; ++row) {
      const auto values = std::span(values_).subspan(row * meta_.dims, meta_.dims);
      KeepRow(meta_, {values, {}}, kept_);
      origins_[row] = HalfRowOrigin(kept_.data());
      DecodeKept(meta_, kept_, values);
    }
    return end == tids_.size();
  }

 private:
  static constexpr std::size_t kFirst = 1024;

  void Grow() {
    const std::size_t wanted = std::max({kFirst, expected_, 2 * tids_.size()});
    const std::size_t rows = std::min(most_, wanted);
    tids_.reserve(rows);
    values_.reserve(rows * meta_.dims);
  }

  const Meta& meta_;
  std::size_t most_;
  std::size_t expected_;
  std::pmr::vector<float> values_;
  std::pmr::vector<HeapTid> tids_;
  std::pmr::vector<std::uint32_t> origins_;
  std::pmr::vector<std::byte> kept_;
};

}  // namespace vec::hnsw
