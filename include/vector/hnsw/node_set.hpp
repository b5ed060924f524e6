// A set of nodes: one bit for each slot that a page may have.
#pragma once

#include <algorithm>
#include <bit>
#include <memory_resource>
#include <vector>

#include "vector/hnsw/layout.hpp"

namespace vec::hnsw {

class NodeSet {
 public:
  NodeSet(BlockId blocks, std::pmr::memory_resource* memory) : slots_(blocks, memory) {}

  // Nodes of blocks beyond those named at the start are in no set.
  bool Contains(NodeId id) const {
    return BlockOf(id) < slots_.size() && (slots_[BlockOf(id)] >> SlotOf(id) & 1) != 0;
  }
  void Add(NodeId id) {
    if (BlockOf(id) < slots_.size()) slots_[BlockOf(id)] |= std::uint64_t{1} << SlotOf(id);
  }
  void Clear() { std::ranges::fill(slots_, std::uint64_t{0}); }
  // Bit i: slot i of the block.
  std::uint64_t SlotsOf(BlockId block) const { return block < slots_.size() ? slots_[block] : 0; }
  BlockId blocks() const { return static_cast<BlockId>(slots_.size()); }

  std::uint64_t size() const {
    std::uint64_t count = 0;
    for (const std::uint64_t slots : slots_) count += static_cast<unsigned>(std::popcount(slots));
    return count;
  }

 private:
  static_assert(kMostSlots == 64);
  std::pmr::vector<std::uint64_t> slots_;
};

}  // namespace vec::hnsw
