// Ways from the entry directory to every node.
//
// Where many rows lie closer to each other than to all others, no lane of the others may be
// left for them: then one of them becomes an entry. Sweeps over the pages in their order,
// as many as the longest way takes steps backwards, find what is reached.
#pragma once

#include <memory_resource>
#include <vector>

#include "vector/hnsw/repair.hpp"

namespace vec::hnsw {

template <PageStore Store, typename Pause>
class Reach {
 public:
  // `pause` is called before each page.
  Reach(Store& store, const Meta& meta, Repairer<Store>& repairer, Pause pause,
        std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        shape_(meta),
        repairer_(repairer),
        pause_(pause),
        blocks_(store.BlockCount()),
        live_(blocks_, memory),
        reached_(blocks_, memory),
        walked_(blocks_, memory),
        open_(memory) {}

  // Makes an entry of one node of each part that is not reached. Returns how many.
  std::size_t Complete() {
    ForEachEntryPage(store_, EntryShape(meta_), ReadState(store_),
                     [this](const EntryPage& page, BlockId) {
                       for (std::size_t place = 0; place < page.places(); ++place) {
                         if (page.node(place) != kNoNode) reached_.Add(page.node(place));
                       }
                     });
    ForEachBlock([this](BlockId block) { NoteLive(block); });
    for (bool grows = true; grows;) {
      grows = false;
      ForEachBlock([&](BlockId block) { grows = Walk(block) || grows; });
    }
    std::size_t entered = 0;
    ForEachBlock([&](BlockId block) {
      for (std::size_t slot = 0; slot < kMostSlots; ++slot) {
        if (((live_.SlotsOf(block) & ~reached_.SlotsOf(block)) >> slot & 1) == 0) continue;
        repairer_.Enter(NodeIdOf(block, slot));
        Flood(NodeIdOf(block, slot));
        ++entered;
      }
    });
    return entered;
  }

 private:
  template <typename Visit>
  void ForEachBlock(Visit visit) {
    for (BlockId block = kStateBlock + 1; block < blocks_; ++block) {
      pause_();
      visit(block);
    }
  }

  void NoteLive(BlockId block) {
    const auto guard = store_.Read(block);
    if (!IsPageOf(guard.page(), PageKind::kNodes)) return;
    const NodePage page(shape_, guard.page(), block);
    for (std::size_t slot = 0; slot < page.count(); ++slot) {
      if (page.node(slot).is_live()) live_.Add(NodeIdOf(block, slot));
    }
  }

  // Goes on from the nodes of a page that are reached. Returns whether it got to others.
  bool Walk(BlockId block) {
    if ((reached_.SlotsOf(block) & ~walked_.SlotsOf(block)) == 0) return false;
    const auto guard = store_.Read(block);
    if (!IsPageOf(guard.page(), PageKind::kNodes)) return false;
    const NodePage page(shape_, guard.page(), block);
    bool grows = false;
    for (std::size_t slot = 0; slot < page.count(); ++slot) {
      const NodeId id = NodeIdOf(block, slot);
      if (!reached_.Contains(id) || walked_.Contains(id)) continue;
      walked_.Add(id);
      grows = TakeNew(page.node(slot), [](NodeId) {}) || grows;
    }
    return grows;
  }

  // Reaches what a node leads to.
  void Flood(NodeId start) {
    reached_.Add(start);
    open_.push_back(start);
    while (!open_.empty()) {
      const NodeId id = open_.back();
      open_.pop_back();
      store_.CheckInterrupts();
      const auto guard = store_.Read(BlockOf(id));
      if (!IsPageOf(guard.page(), PageKind::kNodes)) continue;
      const NodePage page(shape_, guard.page(), BlockOf(id));
      if (SlotOf(id) >= page.count()) continue;
      TakeNew(page.node(SlotOf(id)), [this](NodeId neighbor) { open_.push_back(neighbor); });
    }
  }

  // Reaches the neighbours of a node; of each that was not, take(neighbor).
  template <typename Take>
  bool TakeNew(const NodeView& node, Take take) {
    if (node.is_free()) return false;
    bool is_any_new = false;
    for (const NodeId neighbor : node.neighbors()) {
      if (BlockOf(neighbor) >= blocks_ || reached_.Contains(neighbor)) continue;
      reached_.Add(neighbor);
      take(neighbor);
      is_any_new = true;
    }
    return is_any_new;
  }

  Store& store_;
  const Meta& meta_;
  NodeShape shape_;
  Repairer<Store>& repairer_;
  Pause pause_;
  BlockId blocks_;
  NodeSet live_;
  NodeSet reached_;
  NodeSet walked_;  // reached, and what they lead to as well
  std::pmr::vector<NodeId> open_;
};

}  // namespace vec::hnsw
