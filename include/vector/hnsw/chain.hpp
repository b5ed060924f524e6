// Following chains that a damaged file may have bent into a cycle.
#pragma once

#include "vector/hnsw/layout.hpp"
#include "vector/storage/file_extent.hpp"

namespace vec::hnsw {

// To be called before a link is followed. Throws Error(kCorrupted) where it leads out of the
// file.
template <PageStore Store>
void CheckLink(FileExtent<Store>& file, BlockId block) {
  if (!file.Contains(block)) ThrowCorrupted("Link behind the end of the file", block);
}

// Brent's algorithm: one place is remembered, at steps 1, 2, 4, ...; who comes there again
// is in a cycle. Costs one comparison a step, and ends within three times its length.
template <typename Place>
class CycleGuard {
 public:
  // To be called at each place of a chain. Throws Error(kCorrupted) in a cycle.
  void Visit(const Place& place, BlockId block) {
    if (IsBack(place)) ThrowCorrupted("Endless chain", block);
  }
  // The same for who does not throw: whether this is a cycle.
  bool IsBack(const Place& place) {
    if (steps_ != 0 && place == remembered_) return true;
    if (++steps_ < limit_) return false;
    limit_ *= 2;
    remembered_ = place;
    return false;
  }

 private:
  Place remembered_{};
  std::uint64_t steps_ = 0;
  std::uint64_t limit_ = 1;
};

}  // namespace vec::hnsw
