#include "candidates.hpp"

#include <algorithm>
#include <array>

#include "vector/base/assert.hpp"

namespace vec::hnsw {

namespace {

constexpr std::size_t kLocks = 4096;  // a power of two
constexpr float kInf = std::numeric_limits<float>::infinity();

// Held for less than a microsecond.
class SpinLock {
 public:
  explicit SpinLock(std::atomic_flag& flag) : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire)) {
    }
  }
  ~SpinLock() { flag_.clear(std::memory_order_release); }
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;

 private:
  std::atomic_flag& flag_;
};

// Left to the compiler, which compares whole registers.
bool Holds(std::span<const Candidate> list, std::uint32_t row) {
  std::uint32_t found = 0;
  for (const Candidate candidate : list) found |= candidate.row() == row ? 1 : 0;
  return found != 0;
}

}  // namespace

CandidateLists::CandidateLists(std::size_t rows, std::size_t room)
    : room_(room),
      lists_(std::make_unique_for_overwrite<Candidate[]>(rows * room)),
      counts_(rows),
      limits_(rows),
      locks_(std::make_unique<std::atomic_flag[]>(kLocks)) {
  VECTOR_ASSERT(room > 0 && room < 256);
  for (std::atomic<float>& limit : limits_) limit.store(kInf, std::memory_order_relaxed);
}

void CandidateLists::Add(std::uint32_t row, std::span<const Candidate> nearest) {
  if (nearest.empty() || nearest.front().distance() > Limit(row)) return;
  const SpinLock lock(locks_[row & (kLocks - 1)]);
  Merge(row, nearest);
}

void CandidateLists::Merge(std::uint32_t row, std::span<const Candidate> nearest) {
  Candidate* list = lists_.get() + row * room_;
  const std::span<const Candidate> old(list, counts_[row]);
  std::array<Candidate, 256> merged;
  std::size_t count = 0;
  std::size_t from_old = 0;
  std::size_t from_new = 0;
  while (count < room_ && (from_old < old.size() || from_new < nearest.size())) {
    const bool is_old =
        from_new == nearest.size() || (from_old < old.size() && old[from_old] <= nearest[from_new]);
    const Candidate next = is_old ? old[from_old++] : nearest[from_new++];
    // A row comes at most once from either side, so its double is on the other one.
    const auto seen = is_old ? nearest.first(from_new) : old.first(from_old);
    if (!Holds(seen, next.row())) merged[count++] = next;
  }
  std::copy_n(merged.begin(), count, list);
  counts_[row] = static_cast<std::uint8_t>(count);
  if (count == room_) {
    limits_[row].store(list[count - 1].distance(), std::memory_order_relaxed);
  }
}

std::size_t CandidateLists::Bytes(std::size_t rows, std::size_t room) {
  return rows * (room * sizeof(Candidate) + sizeof(std::uint8_t) + sizeof(float)) + kLocks;
}

}  // namespace vec::hnsw
