// The first pass of vacuum: heap TIDs that are dead leave the lists of their nodes, and nodes
// without any other are marked.
#pragma once

#include <algorithm>
#include <array>
#include <optional>

#include "vector/hnsw/items.hpp"
#include "vector/hnsw/node.hpp"
#include "vector/hnsw/node_set.hpp"

namespace vec::hnsw {

struct VacuumCounts {
  std::uint64_t removed = 0;    // heap TIDs
  std::uint64_t remaining = 0;  // heap TIDs
  std::uint64_t freed = 0;      // nodes
  std::uint64_t repaired = 0;   // nodes
  std::uint64_t adopted = 0;    // nodes that no edge led to any more
  BlockId pages = 0;
  BlockId unused_pages = 0;  // never linked, given to FreePage()
};

// What vacuum asks of its caller, with no lock held unless said otherwise.
template <typename H>
concept VacuumHooks = requires(H& hooks, std::span<const HeapTid> tids, std::span<bool> dead,
                               BlockId block) {
  hooks.AreDead(tids, dead);  // sets dead[i]; may be called with pages locked
  hooks.FreePage(block);      // a page that a crash left unformatted
  hooks.Delay();              // between pages
  hooks.WaitForInserts();     // until all inserts have ended that run now
};

template <PageStore Store, VacuumHooks Hooks>
class Marker {
 public:
  // Adds dead nodes, those that an earlier vacuum marked as well, to `dead`.
  Marker(Store& store, const Meta& meta, Hooks& hooks, NodeSet& dead, VacuumCounts& counts)
      : store_(store), shape_(meta), hooks_(hooks), dead_(dead), counts_(counts) {}

  void Mark(BlockId block) {
    std::array<NodeId, kMostSlots> listed;
    std::size_t listed_count = 0;
    bool has_dead = false;
    {
      const auto guard = store_.Read(block);
      if (IsUnformatted(guard.page())) {
        ++counts_.unused_pages;
        hooks_.FreePage(block);
        return;
      }
      if (!IsPageOf(guard.page(), PageKind::kNodes)) return;
      const NodePage page(shape_, guard.page(), block);
      for (std::size_t slot = 0; slot < page.count(); ++slot) {
        const NodeView node = page.node(slot);
        if (node.is_free()) continue;
        const NodeId id = NodeIdOf(block, slot);
        if (!node.is_live()) {
          dead_.Add(id);
        } else if (node.head().tids().exists()) {
          listed[listed_count++] = id;
        } else {
          has_dead |= IsDead(node.head().tid);
          ++counts_.remaining;
        }
      }
    }
    if (has_dead) MarkPage(block, listed, listed_count);
    for (const NodeId id : std::span(listed).first(listed_count)) MarkListed(id);
  }

 private:
  bool IsDead(HeapTid tid) {
    bool dead = false;
    hooks_.AreDead(std::span<const HeapTid>(&tid, 1), std::span<bool>(&dead, 1));
    return dead;
  }

  // The nodes without a list. Those that inserts of duplicates gave one since the page was
  // read join `listed`, if their own row is dead.
  void MarkPage(BlockId block, std::array<NodeId, kMostSlots>& listed, std::size_t& listed_count) {
    const std::span before = std::span(listed).first(listed_count);
    auto record = store_.Begin();
    MutableNodePage page(shape_, record.Modify(block), block);
    for (std::size_t slot = 0; slot < page.view().count(); ++slot) {
      NodeEditor node = page.node(slot);
      const NodeId id = NodeIdOf(block, slot);
      if (!node.view().is_live() || std::ranges::find(before, id) != before.end()) continue;
      if (!IsDead(node.head().tid)) continue;
      if (node.head().tids().exists()) {
        listed[listed_count++] = id;
        --counts_.remaining;  // counted with the list
        continue;
      }
      node.head().state = NodeState::kDead;
      dead_.Add(id);
      ++counts_.removed;
      --counts_.remaining;
    }
    record.Commit();
  }

  // A node with a list: dead TIDs leave the items, empty items in front leave the list, and
  // where the TID in the node is dead, one of the list takes its place.
  void MarkListed(NodeId id) {
    RemoveFromItems(HeadOf(id).tids());
    while (!MarkFront(id)) store_.CheckInterrupts();
  }

  NodeHead HeadOf(NodeId id) {
    const auto guard = store_.Read(BlockOf(id));
    return NodePage(shape_, guard.page(), BlockOf(id)).node(SlotOf(id)).head();
  }

  void RemoveFromItems(ItemRef ref) {
    CycleGuard<ItemRef> cycle;
    while (ref.exists()) {
      cycle.Visit(ref, ref.block);
      store_.CheckInterrupts();
      bool has_dead = false;
      ItemRef next;
      {
        const auto guard = store_.Read(ref.block);
        const Item item = ItemPage(guard.page(), ref.block).item(ref.slot, ItemKind::kTids);
        next = item.next;
        for (const HeapTid tid : item.tids()) {
          if (tid.offset == 0) continue;
          ++counts_.remaining;
          has_dead |= IsDead(tid);
        }
      }
      if (has_dead) RemoveFromItem(ref);
      ref = next;
    }
  }

  void RemoveFromItem(ItemRef ref) {
    auto record = store_.Begin();
    MutableItemPage page(record.Modify(ref.block), ref.block);
    RemoveTids(page, ref.slot, [this](HeapTid tid) {
      const bool is_dead = IsDead(tid);
      counts_.removed += is_dead;
      counts_.remaining -= is_dead;
      return is_dead;
    });
    record.Commit();
  }

  // One step; returns whether it was the last.
  bool MarkFront(NodeId id) {
    const NodeHead seen = HeadOf(id);
    auto record = store_.Begin();
    std::optional<MutableItemPage> items;
    if (seen.tids().exists()) items.emplace(record.Modify(seen.tids_block), seen.tids_block);
    MutableNodePage page(shape_, record.Modify(BlockOf(id)), BlockOf(id));
    NodeEditor node = page.node(SlotOf(id));
    if (!node.view().is_live()) return true;
    if (node.head().tids() != seen.tids()) return false;
    const bool is_dead = IsDead(node.head().tid);
    if (!items) {
      if (is_dead) {
        node.head().state = NodeState::kDead;
        dead_.Add(id);
        ++counts_.removed;
        record.Commit();
      } else {
        ++counts_.remaining;
      }
      return true;
    }
    const std::uint16_t slot = seen.tids_slot;
    const Item item = items->view().item(slot, ItemKind::kTids);
    const auto first = std::ranges::find_if(item.tids(), [](HeapTid t) { return t.offset != 0; });
    if (first == item.tids().end()) {
      node.SetTids(item.next);
      items->Free(slot);
      record.Commit();
      return false;
    }
    if (is_dead) {
      node.head().tid = *first;
      RemoveTids(*items, slot, [&](HeapTid tid) { return tid == node.head().tid; });
      record.Commit();
      ++counts_.removed;
    } else {
      ++counts_.remaining;
    }
    return true;
  }

  Store& store_;
  NodeShape shape_;
  Hooks& hooks_;
  NodeSet& dead_;
  VacuumCounts& counts_;
};

}  // namespace vec::hnsw
