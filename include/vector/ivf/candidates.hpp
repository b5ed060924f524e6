// Scanned rows, handed out in order within a fixed memory.
//
// Nothing is sorted that nobody asks for: Peek() selects and sorts the first
// few, then the next few. Where more rows are added than fit, only the first are
// kept and the caller is told (is_truncated), so that it can scan again for the
// rest: Restart() then ignores all rows up to the last one handed out. Rows are
// totally ordered, so none is lost or told twice.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory_resource>
#include <optional>
#include <span>
#include <vector>

#include "vector/base/assert.hpp"

namespace vec::ivf {

// REQUIRES: Row is trivially copyable and totally ordered by <.
template <typename Row>
class Candidates {
 public:
  // Keeps at most as many rows as fit the memory, at least kMinCapacity.
  Candidates(std::size_t memory_bytes, std::pmr::memory_resource* memory)
      : capacity_(std::max(memory_bytes / sizeof(Row), kMinCapacity)), rows_(memory) {}

  void Add(const Row& row) {
    VECTOR_ASSERT(next_ == 0 && sorted_ == 0);
    if (floor_ && !(*floor_ < row)) return;
    if (limit_ && *limit_ < row) return;
    if (rows_.size() == capacity_) {
      DropLast();
      if (*limit_ < row) return;
    }
    if (rows_.size() == rows_.capacity()) Grow();
    rows_.push_back(row);
  }

  // The next row, or nullptr; valid until the next call.
  const Row* Peek() {
    if (next_ == rows_.size()) return nullptr;
    if (next_ == sorted_) SortMore();
    return &rows_[next_];
  }

  // The row that will come `ahead` rows later, where it is known already.
  const Row* PeekSorted(std::size_t ahead) const {
    return next_ + ahead < sorted_ ? &rows_[next_ + ahead] : nullptr;
  }

  // Writes the TIDs of the rows that are known to come next; returns how many.
  template <typename Tid>
  std::size_t Likely(std::span<Tid> out) const {
    const std::size_t n = std::min(out.size(), sorted_ - std::min(sorted_, next_));
    for (std::size_t i = 0; i < n; ++i) out[i] = rows_[next_ + i].tid;
    return n;
  }

  // Hands out the row that Peek() showed. REQUIRES: it showed one.
  void Pop() { ++next_; }

  // Whether rows were dropped for lack of room since the last Clear/Restart.
  bool is_truncated() const { return limit_.has_value(); }

  // Forgets everything, for other rows.
  void Clear() {
    rows_.clear();
    next_ = sorted_ = 0;
    chunk_ = kFirstChunk;
    floor_.reset();
    limit_.reset();
  }

  // Forgets the rows but goes on behind the last one handed out: the caller adds
  // the same rows again. REQUIRES: some row was handed out.
  void Restart() {
    VECTOR_ASSERT(next_ > 0);
    const Row last = rows_[next_ - 1];
    Clear();
    floor_ = last;
  }

  static constexpr std::size_t kMinCapacity = 1024;

 private:
  // The usual LIMIT is 10; the first chunk serves it with some to spare.
  static constexpr std::size_t kFirstChunk = 64;
  static constexpr std::size_t kChunkGrowth = 4;

  auto At(std::size_t i) { return rows_.begin() + static_cast<std::ptrdiff_t>(i); }

  void Grow() { rows_.reserve(std::min(capacity_, std::max(kMinCapacity, 2 * rows_.size()))); }

  void DropLast() {
    const auto middle = At(rows_.size() / 2);
    std::nth_element(rows_.begin(), middle, rows_.end());
    limit_ = *middle;
    rows_.erase(middle + 1, rows_.end());
  }

  void SortMore() {
    const std::size_t end = std::min(rows_.size(), next_ + chunk_);
    if (end < rows_.size()) std::nth_element(At(next_), At(end), rows_.end());
    std::sort(At(next_), At(end));
    sorted_ = end;
    chunk_ *= kChunkGrowth;
  }

  std::size_t capacity_;
  std::pmr::vector<Row> rows_;
  std::size_t next_ = 0;    // first row not handed out
  std::size_t sorted_ = 0;  // rows_[next_, sorted_) are in order
  std::size_t chunk_ = kFirstChunk;
  std::optional<Row> floor_;  // rows up to here were handed out before
  std::optional<Row> limit_;  // rows behind here do not fit
};

}  // namespace vec::ivf
