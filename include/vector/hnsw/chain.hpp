// Following chains that a damaged file may have bent into a cycle.
#pragma once

#include "vector/hnsw/layout.hpp"

namespace vec::hnsw {

// Brent's algorithm: one place is remembered, at steps 1, 2, 4, ...; who comes there again
// is in a cycle. Costs one comparison a step, and ends within three times its length.
template <typename Place>
class CycleGuard {
 public:
  // To be called at each place of a chain. Throws Error(kCorrupted) in a cycle.
  void Visit(const Place& place, BlockId block) {
    if (steps_ != 0 && place == remembered_) ThrowCorrupted("Endless chain", block);
    if (++steps_ < limit_) return;
    limit_ *= 2;
    remembered_ = place;
  }

 private:
  Place remembered_{};
  std::uint64_t steps_ = 0;
  std::uint64_t limit_ = 1;
};

}  // namespace vec::hnsw
