// Ways from the entry directory to every node: the spanning forest (node.hpp), after nodes
// have died.
//
// What the roots and their descendants do not lead to any more are trees of which the node
// above was taken away. Sweeps over the pages in their order, as many as the longest way takes
// steps backwards, make the top of each the child of a node with an edge to it. Where many rows
// lie closer to each other than to all others, no lane of the others may lead to them: then the
// top becomes the child of a neighbour of its own, or a root.
#pragma once

#include <algorithm>
#include <memory_resource>
#include <utility>
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
        children_(blocks_, memory),
        reached_(blocks_, memory),
        walked_(blocks_, memory),
        open_(memory),
        found_(memory) {}

  // Gives every node a parent, or makes it a root. Returns how many became roots.
  std::size_t Complete() {
    ForEachBlock([this](BlockId block) { Note(block); });
    NoteRoots();
    for (bool grows = true; grows;) {
      grows = false;
      ForEachBlock([&](BlockId block) { grows = Walk(block) || grows; });
    }
    std::size_t roots = 0;
    ForEachBlock([&](BlockId block) {
      for (std::size_t slot = 0; slot < kMostSlots; ++slot) {
        const NodeId id = NodeIdOf(block, slot);
        if (IsTop(id)) roots += Attach(id);
      }
    });
    return roots;
  }

 private:
  template <typename Visit>
  void ForEachBlock(Visit visit) {
    for (BlockId block = kStateBlock + 1; block < blocks_; ++block) {
      pause_();
      visit(block);
    }
  }

  // Calls visit(id, node) for the live nodes of a page, if it is one of nodes.
  template <typename Visit>
  void ForEachLive(BlockId block, Visit visit) {
    const auto guard = store_.Read(block);
    if (!IsPageOf(guard.page(), PageKind::kNodes)) return;
    const NodePage page(shape_, guard.page(), block);
    for (std::size_t slot = 0; slot < page.count(); ++slot) {
      const NodeView node = page.node(slot);
      if (node.is_live()) visit(NodeIdOf(block, slot), node);
    }
  }

  void Note(BlockId block) {
    ForEachLive(block, [this](NodeId id, const NodeView& node) {
      live_.Add(id);
      if (node.is_root()) walked_.Add(id);  // for NoteRoots()
      for (const NodeId child : node.children()) children_.Add(child);
    });
  }

  // Roots that the directory has. Later ones are of rows that are inserted meanwhile.
  void NoteRoots() {
    ForEachEntryPage(store_, EntryShape(meta_), ReadState(store_),
                     [this](const EntryPage& page, BlockId) {
                       for (std::size_t place = 0; place < page.places(); ++place) {
                         if (walked_.Contains(page.node(place))) reached_.Add(page.node(place));
                       }
                     });
    walked_.Clear();
  }

  // A node without a parent that nothing has reached yet.
  bool IsTop(NodeId id) const {
    return live_.Contains(id) && !children_.Contains(id) && !reached_.Contains(id);
  }

  // Goes on from the nodes of a page that are reached. Returns whether it got to others.
  bool Walk(BlockId block) {
    if ((reached_.SlotsOf(block) & ~walked_.SlotsOf(block)) == 0) return false;
    const std::size_t before = open_.size();
    ForEachLive(block, [this](NodeId id, const NodeView& node) {
      if (reached_.Contains(id) && !walked_.Contains(id)) TakeLanes(id, node);
    });
    MakeChildren(block);
    const bool grows = open_.size() > before;
    open_.clear();
    return grows;
  }

  // Reaches a node and all that it leads to.
  void Flood(NodeId start) {
    Take(start);
    while (!open_.empty()) {
      const NodeId next = open_.back();
      open_.pop_back();
      store_.CheckInterrupts();
      ForEachLive(BlockOf(next), [&](NodeId id, const NodeView& node) {
        if (id == next) TakeLanes(id, node);
      });
      MakeChildren(BlockOf(next));
    }
  }

  // Reaches the children of a node, and notes which others might become some.
  void TakeLanes(NodeId id, const NodeView& node) {
    walked_.Add(id);
    for (const NodeId child : node.children()) {
      if (live_.Contains(child) && !reached_.Contains(child)) Take(child);
    }
    for (const NodeId neighbor : node.neighbors()) {
      if (IsTop(neighbor)) found_.emplace_back(id, neighbor);
    }
  }

  void Take(NodeId id) {
    reached_.Add(id);
    open_.push_back(id);
  }

  // What was found of a page, in one record.
  void MakeChildren(BlockId block) {
    if (found_.empty()) return;
    auto record = store_.Begin();
    MutableNodePage page(shape_, record.Modify(block), block);
    bool is_changed = false;
    for (const auto& [parent, child] : found_) {
      if (!IsTop(child)) continue;
      NodeEditor node = page.node(SlotOf(parent));
      if (!node.view().is_live()) continue;
      const auto lane = LaneTo(node.view(), child);
      if (!lane || AcceptEdge(meta_, node, *lane, kAsChild) != Answer::kTaken) continue;
      is_changed = true;
      Take(child);
    }
    if (is_changed) record.Commit();
    found_.clear();
  }

  // Reaches a node without a parent, and what is below. Returns whether it became a root.
  bool Attach(NodeId id) {
    const bool has_parent =
        repairer_.AdoptAsChild(id, [this](NodeId other) { return reached_.Contains(other); });
    if (!has_parent) repairer_.Enter(id);
    Flood(id);
    return !has_parent;
  }

  static constexpr EdgeTerms kAsChild{.is_child = true};

  Store& store_;
  const Meta& meta_;
  NodeShape shape_;
  Repairer<Store>& repairer_;
  Pause pause_;
  BlockId blocks_;
  NodeSet live_;
  NodeSet children_;  // of live nodes
  NodeSet reached_;   // from the roots
  NodeSet walked_;    // reached, and their lanes as well
  std::pmr::vector<NodeId> open_;
  std::pmr::vector<std::pair<NodeId, NodeId>> found_;  // nodes with a lane to one without a parent
};

}  // namespace vec::hnsw
