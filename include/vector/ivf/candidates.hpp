// Scanned rows, handed out in order of distance within a fixed memory.
//
// Nothing is sorted that nobody asks for: Next() selects and sorts the nearest
// few, then the next few. Where more rows are added than fit, only the nearest
// are kept and the caller is told (is_truncated), so that it can scan again for
// the rest: Restart() then ignores all rows up to the last one handed out. Rows
// are totally ordered by (distance, heap TID), so none is lost or told twice.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "vector/storage/page.hpp"

namespace vec::ivf {

struct Candidate {
  float distance;  // never NaN
  HeapTid tid;

  friend bool operator<(const Candidate& a, const Candidate& b) {
    if (a.distance != b.distance) return a.distance < b.distance;
    return a.tid < b.tid;
  }
};
static_assert(sizeof(Candidate) == 12);

class Candidates {
 public:
  // Keeps at most `capacity` rows, at least kMinCapacity.
  Candidates(std::size_t capacity, std::pmr::memory_resource* memory);

  void Add(std::span<const float> distances, std::span<const HeapTid> tids);

  // The nearest row not handed out yet, or nothing.
  std::optional<Candidate> Next();

  // Whether rows were dropped for lack of room since the last Clear/Restart.
  bool is_truncated() const { return limit_.has_value(); }

  // Forgets everything, for other rows.
  void Clear();

  // Forgets the rows but goes on behind the last one handed out: the caller adds
  // the same rows again.
  void Restart();

  static constexpr std::size_t kMinCapacity = 1024;

 private:
  void DropFarthest();

  std::size_t capacity_;
  std::pmr::vector<Candidate> rows_;
  std::size_t next_ = 0;            // first row not handed out
  std::size_t sorted_ = 0;          // rows_[next_, sorted_) are in order
  std::size_t chunk_ = 0;           // how many the next selection sorts
  std::optional<Candidate> floor_;  // rows up to here were handed out before
  std::optional<Candidate> limit_;  // rows behind here do not fit
};

}  // namespace vec::ivf
