// Which nodes the lanes of others lead to.
#pragma once

#include <memory_resource>
#include <vector>

#include "vector/hnsw/check_rows.hpp"
#include "vector/hnsw/node_set.hpp"

namespace vec::hnsw {

// Nodes that are reached: from those that were added, by sweeps over the pages, which read
// each in its order, or from one at a time. Pages that are no node pages lead nowhere.
template <PageStore Store>
class Ways {
 public:
  // Of the first `blocks` blocks. `shape` outlives the object.
  Ways(Store& store, const NodeShape& shape, BlockId blocks, std::pmr::memory_resource* memory)
      : store_(store),
        shape_(shape),
        reached_(blocks, memory),
        walked_(blocks, memory),
        open_(memory) {}

  const NodeSet& reached() const { return reached_; }

  void Add(NodeId node) { reached_.Add(node); }

  // Goes on from the nodes of a page that are reached. Returns whether it got to others.
  bool Walk(BlockId block) {
    if ((reached_.SlotsOf(block) & ~walked_.SlotsOf(block)) == 0) return false;
    bool grows = false;
    const auto guard = store_.Read(block);
    ForEachNodeOf(shape_, guard.page(), block, [&](std::size_t slot, const NodeView& node) {
      const NodeId id = NodeIdOf(block, slot);
      if (!reached_.Contains(id) || walked_.Contains(id)) return;
      walked_.Add(id);
      grows = TakeNew(node, [](NodeId) {}) || grows;
    });
    return grows;
  }

  // Reaches a node and all that it leads to.
  void Flood(NodeId start) {
    reached_.Add(start);
    open_.push_back(start);
    while (!open_.empty()) {
      const NodeId id = open_.back();
      open_.pop_back();
      store_.CheckInterrupts();
      const auto guard = store_.Read(BlockOf(id));
      ForEachNodeOf(shape_, guard.page(), BlockOf(id), [&](std::size_t slot, const NodeView& node) {
        if (slot != SlotOf(id)) return;
        TakeNew(node, [this](NodeId neighbor) { open_.push_back(neighbor); });
      });
    }
  }

 private:
  // Reaches the neighbours of a node; of each that was not, take(neighbor).
  template <typename Take>
  bool TakeNew(const NodeView& node, Take take) {
    bool is_any_new = false;
    for (const NodeId neighbor : node.neighbors()) {
      if (BlockOf(neighbor) >= reached_.blocks() || reached_.Contains(neighbor)) continue;
      reached_.Add(neighbor);
      take(neighbor);
      is_any_new = true;
    }
    return is_any_new;
  }

  Store& store_;
  const NodeShape& shape_;
  NodeSet reached_;
  NodeSet walked_;  // reached, and their neighbours as well
  std::pmr::vector<NodeId> open_;
};

}  // namespace vec::hnsw
