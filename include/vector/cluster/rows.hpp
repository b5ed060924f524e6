// The rows that a clustering reads: dense float32, all of one length.
//
// A clustering passes over its rows many times, block by block, so they may lie
// in memory or in a temporary file. One virtual call a block, never one a row.
#pragma once

#include <cstddef>
#include <span>

namespace vec::cluster {

class RowSource {
 public:
  virtual ~RowSource() = default;

  virtual std::size_t count() const = 0;
  virtual std::size_t dims() const = 0;

  // Rows [first, first + n), n * dims() floats; valid until the next Read.
  // REQUIRES: first + n <= count(), n <= max_block().
  virtual std::span<const float> Read(std::size_t first, std::size_t n) = 0;

  // The most rows that one Read may ask for; at least 1.
  virtual std::size_t max_block() const = 0;
};

// Rows in memory that somebody else owns.
class MemoryRows final : public RowSource {
 public:
  MemoryRows(std::span<const float> values, std::size_t dims) : values_(values), dims_(dims) {}

  std::size_t count() const override { return values_.size() / dims_; }
  std::size_t dims() const override { return dims_; }
  std::span<const float> Read(std::size_t first, std::size_t n) override {
    return values_.subspan(first * dims_, n * dims_);
  }
  std::size_t max_block() const override { return count() == 0 ? 1 : count(); }

 private:
  std::span<const float> values_;
  std::size_t dims_;
};

}  // namespace vec::cluster
