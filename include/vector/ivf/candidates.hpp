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
#include <cstdint>
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
    is_bounded_ = false;
  }

  // Forgets the rows but goes on behind the last one handed out: the caller adds
  // the same rows again. REQUIRES: some row was handed out.
  void Restart() {
    VECTOR_ASSERT(next_ > 0);
    const Row last = rows_[next_ - 1];
    Clear();
    floor_ = last;
    is_bounded_ = true;
  }

  static constexpr std::size_t kMinCapacity = 1024;

 private:
  // The usual LIMIT is 10; the first chunk serves it with some to spare.
  static constexpr std::size_t kFirstChunk = 32;
  static constexpr std::size_t kChunkGrowth = 4;
  static constexpr std::size_t kSample = 64;

  auto At(std::size_t i) { return rows_.begin() + static_cast<std::ptrdiff_t>(i); }

  // Whether there is room for a row, and it is wanted. Rare, and kept out of the loops of Add().
  [[gnu::noinline]] bool MakeRoom(const Row& row) {
    if (floor_ && !(*floor_ < row)) return false;
    if (limit_ && *limit_ < row) return false;
    if (rows_.size() == capacity_) {
      DropLast();
      if (*limit_ < row) return false;
    }
    if (rows_.size() == rows_.capacity()) {
      rows_.reserve(std::min(capacity_, std::max(kMinCapacity, 2 * rows_.size())));
    }
    return true;
  }

  void DropLast() {
    const auto middle = At(rows_.size() / 2);
    std::nth_element(rows_.begin(), middle, rows_.end());
    limit_ = *middle;
    is_bounded_ = true;
    rows_.erase(middle + 1, rows_.end());
  }

  void SortMore() {
    const std::size_t left = rows_.size() - next_;
    std::size_t end = rows_.size();
    if (left > 2 * chunk_) {
      end = MoveToFront(SamplePivot(left));
      // A sample of equal neighbours may be far off.
      if (end == next_ || end - next_ > kChunkGrowth * chunk_) {
        end = next_ + chunk_;
        std::nth_element(At(next_), At(end), rows_.end());
      }
    }
    std::sort(At(next_), At(end));
    sorted_ = end;
    chunk_ *= kChunkGrowth;
  }

  // A row that about one and a half chunks of what is left come before.
  Row SamplePivot(std::size_t left) const {
    Row sample[kSample];
    for (std::size_t i = 0; i < kSample; ++i) sample[i] = rows_[next_ + i * left / kSample];
    const std::size_t rank = std::min(kSample - 1, 1 + 3 * chunk_ * kSample / (2 * left));
    std::nth_element(sample, sample + rank, sample + kSample);
    return sample[rank];
  }

  // Moves all rows before the pivot to the front; returns where they end. Whether a row is one
  // of them is not predictable, so that nothing branches on it (Edelkamp and Weiss,
  // "BlockQuicksort", 2016).
  std::size_t MoveToFront(const Row pivot) {
    constexpr std::size_t kBlock = 256;
    std::uint32_t found[kBlock];
    std::size_t end = next_;
    for (std::size_t first = next_; first < rows_.size(); first += kBlock) {
      const std::size_t count = std::min(kBlock, rows_.size() - first);
      std::size_t n = 0;
      for (std::size_t i = 0; i < count; ++i) {
        found[n] = static_cast<std::uint32_t>(i);
        n += rows_[first + i] < pivot;
      }
      for (std::size_t i = 0; i < n; ++i) std::swap(rows_[end++], rows_[first + found[i]]);
    }
    return end;
  }

  std::size_t capacity_;
  std::pmr::vector<Row> rows_;
  std::size_t next_ = 0;    // first row not handed out
  std::size_t sorted_ = 0;  // rows_[next_, sorted_) are in order
  std::size_t chunk_ = kFirstChunk;
  bool is_bounded_ = false;   // there is a floor or a limit
  std::optional<Row> floor_;  // rows up to here were handed out before
  std::optional<Row> limit_;  // rows behind here do not fit
};

}  // namespace vec::ivf
