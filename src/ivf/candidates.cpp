#include "vector/ivf/candidates.hpp"

#include <algorithm>

#include "vector/base/assert.hpp"

namespace vec::ivf {

namespace {

// The usual LIMIT is 10; the first chunk serves it with some to spare.
constexpr std::size_t kFirstChunk = 64;
constexpr std::size_t kChunkGrowth = 4;

}  // namespace

Candidates::Candidates(std::size_t capacity, std::pmr::memory_resource* memory)
    : capacity_(std::max(capacity, kMinCapacity)), rows_(memory), chunk_(kFirstChunk) {}

void Candidates::Add(std::span<const float> distances, std::span<const HeapTid> tids) {
  VECTOR_ASSERT(next_ == 0 && sorted_ == 0);
  for (std::size_t i = 0; i < tids.size(); ++i) {
    const Candidate row{distances[i], tids[i]};
    if (floor_ && !(*floor_ < row)) continue;
    if (limit_ && *limit_ < row) continue;
    if (rows_.size() == capacity_) DropFarthest();
    if (limit_ && *limit_ < row) continue;
    if (rows_.size() == rows_.capacity()) {
      rows_.reserve(std::min(capacity_, std::max(kMinCapacity, 2 * rows_.size())));
    }
    rows_.push_back(row);
  }
}

void Candidates::DropFarthest() {
  const auto middle = rows_.begin() + static_cast<std::ptrdiff_t>(rows_.size() / 2);
  std::nth_element(rows_.begin(), middle, rows_.end());
  limit_ = *middle;
  rows_.erase(middle + 1, rows_.end());
}

std::optional<Candidate> Candidates::Next() {
  if (next_ == rows_.size()) return std::nullopt;
  if (next_ == sorted_) {
    const std::size_t end = std::min(rows_.size(), next_ + chunk_);
    const auto first = rows_.begin() + static_cast<std::ptrdiff_t>(next_);
    const auto last = rows_.begin() + static_cast<std::ptrdiff_t>(end);
    if (last != rows_.end()) std::nth_element(first, last, rows_.end());
    std::sort(first, last);
    sorted_ = end;
    chunk_ *= kChunkGrowth;
  }
  return rows_[next_++];
}

void Candidates::Clear() {
  rows_.clear();
  next_ = sorted_ = 0;
  chunk_ = kFirstChunk;
  floor_.reset();
  limit_.reset();
}

void Candidates::Restart() {
  VECTOR_ASSERT(next_ > 0);
  const Candidate last = rows_[next_ - 1];
  Clear();
  floor_ = last;
}

}  // namespace vec::ivf
