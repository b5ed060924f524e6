// Scanned rows, handed out in order within a fixed memory.
//
// Nothing is sorted that nobody asks for: Peek() selects and sorts the first
// few, then the next few. Where more rows are added than fit, only the first are
// kept and the caller is told (is_truncated), so that it can scan again for the
// rest: Restart() then ignores all rows up to the last one handed out. Rows are
// totally ordered, so none is lost or told twice.
//
// Where a second scan is cheap beside what its caller does with a row, few are kept
// at first (KeepFew): most searches want ten of thousands, and a row that is dropped by
// one comparison costs a tenth of one that is written down.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory_resource>
#include <optional>
#include <span>
#include <vector>

#include "vector/base/assert.hpp"
#include "vector/base/least.hpp"

namespace vec::ivf {

// REQUIRES: Row is trivially copyable and totally ordered by <, by its key() first, a float
// that is never NaN.
template <typename Row>
class Candidates {
 public:
  // Keeps at most as many rows as fit the memory, at least kMinCapacity.
  Candidates(std::size_t memory_bytes, std::pmr::memory_resource* memory)
      : most_(std::max(memory_bytes / sizeof(Row), kMinCapacity)),
        capacity_(most_),
        rows_(memory) {}

  // Keeps several times as many rows as are expected to be handed out (0: nobody knows), and
  // more with every Restart(). REQUIRES: no rows yet.
  void KeepFew(std::size_t expected) {
    const std::size_t few = expected == 0 ? kFew : std::max(kFewest, kCapacityGrowth * expected);
    capacity_ = std::min(most_, few);
  }
  void KeepAll() { capacity_ = most_; }

  // Whether Add() may keep a row with that key.
  bool Wants(float key) const { return key <= ceiling_; }

  void Add(const Row& row) {
    VECTOR_ASSERT(next_ == 0 && sorted_ == 0);
    if (is_bounded_ || rows_.size() == rows_.capacity()) {
      if (!MakeRoom(row)) return;
    }
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
    ceiling_ = kNoCeiling;
    is_bounded_ = false;
  }

  // Forgets the rows but goes on behind the last one handed out: the caller adds
  // the same rows again. REQUIRES: some row was handed out.
  void Restart() {
    VECTOR_ASSERT(next_ > 0);
    const Row last = rows_[next_ - 1];
    Clear();
    capacity_ = std::min(most_, kCapacityGrowth * capacity_);
    floor_ = last;
    is_bounded_ = true;
  }

  static constexpr std::size_t kMinCapacity = 1024;
  static constexpr std::size_t kFew = 512;
  static constexpr std::size_t kFewest = 192;

 private:
  // The usual LIMIT is 10; the first chunk serves it with some to spare.
  static constexpr std::size_t kFirstChunk = 32;
  static constexpr std::size_t kChunkGrowth = 4;
  static constexpr std::size_t kCapacityGrowth = 8;
  static constexpr float kNoCeiling = std::numeric_limits<float>::infinity();

  auto At(std::size_t i) { return rows_.begin() + static_cast<std::ptrdiff_t>(i); }

  // Whether there is room for a row, and it is wanted. Rare, and kept out of the loops of Add().
  [[gnu::noinline]] bool MakeRoom(const Row& row) {
    if (floor_ && !(*floor_ < row)) return false;
    if (limit_ && !(row < *limit_)) return false;
    if (rows_.size() == capacity_) {
      DropLast();
      if (!(row < *limit_)) return false;
    }
    if (rows_.size() == rows_.capacity()) {
      rows_.reserve(std::min(capacity_, std::max(kFew, 2 * rows_.size())));
    }
    return true;
  }

  // Drops about the farther half.
  void DropLast() {
    const Row middle = PivotOf(std::span<const Row>(rows_), kPivotSample / 2);
    std::size_t end = MoveLessToFront(std::span<Row>(rows_), middle);
    limit_ = middle;
    // A sample of equal neighbours may be far off.
    if (end < rows_.size() / 4 || end > rows_.size() / 4 * 3) {
      end = rows_.size() / 2;
      std::nth_element(rows_.begin(), At(end), rows_.end());
      limit_ = rows_[end];
    }
    ceiling_ = limit_->key();
    is_bounded_ = true;
    rows_.erase(At(end), rows_.end());
  }

  // Selects and sorts the rows of the next chunk, or all where that are not many more.
  void SortMore() {
    const std::span<Row> left = std::span<Row>(rows_).subspan(next_);
    const std::size_t count = left.size() > 2 * chunk_ ? chunk_ : left.size();
    MoveLeastToFront(left, count);
    sorted_ = next_ + count;
    std::sort(At(next_), At(sorted_));
    chunk_ *= kChunkGrowth;
  }

  std::size_t most_;      // rows that fit the memory
  std::size_t capacity_;  // rows to keep by now
  std::pmr::vector<Row> rows_;
  std::size_t next_ = 0;    // first row not handed out
  std::size_t sorted_ = 0;  // rows_[next_, sorted_) are in order
  std::size_t chunk_ = kFirstChunk;
  bool is_bounded_ = false;   // there is a floor or a limit
  std::optional<Row> floor_;  // rows up to here were handed out before
  std::optional<Row> limit_;  // rows from here on do not fit
  float ceiling_ = kNoCeiling;
};

}  // namespace vec::ivf
