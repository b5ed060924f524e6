// The nearest rows found so far for each row: lists of fixed room, best first.
//
// Threads may add to the same list at once; what a list holds in the end does not depend on
// the order in which it was offered.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

namespace vec::hnsw {

// A distance and a row as one number that sorts by distance, then row: floats that are not
// negative sort as their bits do.
class Candidate {
 public:
  Candidate() = default;
  // REQUIRES: distance is not negative and no NaN.
  Candidate(float distance, std::uint32_t row)
      : key_(std::uint64_t{std::bit_cast<std::uint32_t>(distance)} << 32 | row) {}

  float distance() const { return std::bit_cast<float>(static_cast<std::uint32_t>(key_ >> 32)); }
  std::uint32_t row() const { return static_cast<std::uint32_t>(key_); }
  auto operator<=>(const Candidate&) const = default;

 private:
  std::uint64_t key_;
};

class CandidateLists {
 public:
  // A list of at most `room` for each row.
  CandidateLists(std::size_t rows, std::size_t room);

  std::size_t rows() const { return counts_.size(); }
  std::size_t room() const { return room_; }

  // Ascending, no row twice. REQUIRES: nobody adds to the list meanwhile.
  std::span<const Candidate> Of(std::uint32_t row) const {
    return {lists_.get() + row * room_, counts_[row]};
  }

  // A candidate that is farther will not be taken; +Inf where all are. May be read while
  // others add, and is then what it was a moment ago: never less than it is.
  float Limit(std::uint32_t row) const { return limits_[row].load(std::memory_order_relaxed); }

  // Offers further candidates, ascending, no row twice. A row that the list has keeps the
  // smaller distance.
  void Add(std::uint32_t row, std::span<const Candidate> nearest);

  static std::size_t Bytes(std::size_t rows, std::size_t room);

 private:
  void Merge(std::uint32_t row, std::span<const Candidate> nearest);

  std::size_t room_;
  std::unique_ptr<Candidate[]> lists_;  // touched by those who add first, not at once
  std::vector<std::uint8_t> counts_;
  std::vector<std::atomic<float>> limits_;
  std::unique_ptr<std::atomic_flag[]> locks_;
};

}  // namespace vec::hnsw
