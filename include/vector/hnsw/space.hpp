// Where new nodes, items and heap TIDs go.
//
// Nodes go to the page State.insert_block until it is full, then to a page with freed slots
// (State.free_nodes), then to a fresh one. Items go to State.items_block; an item page that
// vacuum made room in links to the one that was there before, which comes next.
//
// Locks, in this order: item page, node page, state page. The pages of a record are looked
// at before any of them is written, so that a record dropped has changed nothing.
#pragma once

#include <algorithm>
#include <memory_resource>
#include <optional>
#include <utility>

#include "vector/base/error.hpp"
#include "vector/hnsw/items.hpp"
#include "vector/hnsw/node.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::hnsw {

// Trailer.flags: the page is in the chain of State.free_nodes, or of State.items_block.
inline constexpr std::uint16_t kIsListed = 1;

template <PageStore Store>
State ReadState(Store& store) {
  return ReadState(store.Read(kStateBlock).page());
}

// The slots of a page that a node may take, those behind the last one included.
inline std::size_t CountFree(const NodePage& page, const NodeShape& shape) {
  std::size_t used = 0;
  for (std::size_t slot = 0; slot < page.count(); ++slot) used += !page.node(slot).is_free();
  return shape.per_page - used;
}

// A node as it is to be stored: the bytes of its slot, and of the item of its row.
struct NewNode {
  std::span<const std::byte> slot;
  std::span<const std::byte> item;  // empty where the row lies in the slot
};

template <PageStore Store>
class NodeSpace {
 public:
  using Record = decltype(std::declval<Store&>().Begin());

  NodeSpace(Store& store, const Meta& meta) : store_(store), meta_(meta), shape_(meta) {}

  // Stores a node, with its item, in one record.
  NodeId Put(const NewNode& node) {
    const std::size_t first = node.item.size() % kMostItemBytes;
    const std::size_t front = first != 0 || node.item.empty() ? first : kMostItemBytes;
    const ItemRef rest = PutRest(node.item, front);
    for (;;) {
      store_.CheckInterrupts();
      const State state = ReadState(store_);
      if (state.insert_block == kNoBlock) {
        OpenNodes(state);
      } else if (node.item.empty()) {
        if (const NodeId id = TryPut(state.insert_block, node.slot); id != kNoNode) return id;
        OpenNodes(state);
      } else if (const NodeId id = TryPut(state, node, front, rest); id != kNoNode) {
        return id;
      }
    }
  }

  // Adds a heap TID to the list of a node; `is_same`: of the row that the node was made of.
  // Returns false where the node is not live any more.
  bool AddTid(NodeId id, HeapTid tid, bool is_same) {
    for (;;) {
      store_.CheckInterrupts();
      const std::optional<ItemRef> list = TidsOf(id);
      if (!list) return false;
      std::size_t places = 0;
      if (list->exists()) {
        auto record = store_.Begin();
        MutableItemPage items(record.Modify(list->block), list->block);
        MutableNodePage page(shape_, record.Modify(BlockOf(id)), BlockOf(id));
        NodeEditor node = page.node(SlotOf(id));
        if (!HasTids(node, *list)) continue;
        if (hnsw::AddTid(items, list->slot, tid)) {
          if (!is_same) node.head().flags |= kRowsDiffer;
          record.Commit();
          return true;
        }
        places = items.view().item(list->slot, ItemKind::kTids).tids().size();
      }
      if (AddTids(id, *list, PlacesAfter(places), tid, is_same)) return true;
    }
  }

 private:
  // --- nodes

  // Of a node without an item. kNoNode where the page is full.
  NodeId TryPut(BlockId block, std::span<const std::byte> slot) {
    auto record = store_.Begin();
    MutableNodePage page(shape_, record.Modify(block), block);
    const std::size_t at = page.view().FreeSlot();
    if (at == shape_.per_page) return kNoNode;
    page.Take(at).Assign(slot);
    record.Commit();
    return NodeIdOf(block, at);
  }

  // The same with the front of its item.
  NodeId TryPut(const State& state, const NewNode& node, std::size_t front, ItemRef rest) {
    if (state.items_block == kNoBlock) {
      OpenItems(state);
      return kNoNode;
    }
    bool has_item_room = false;
    {
      auto record = store_.Begin();
      MutableItemPage items(record.Modify(state.items_block), state.items_block);
      has_item_room = items.view().HasRoom(front);
      if (has_item_room) {
        MutableNodePage page(shape_, record.Modify(state.insert_block), state.insert_block);
        const std::size_t at = page.view().FreeSlot();
        if (at != shape_.per_page) {
          const ItemRef value = items.Append(ItemKind::kValue, rest, node.item.first(front));
          NodeEditor editor = page.Take(at);
          editor.Assign(node.slot);
          editor.head().value_block = value.block;
          editor.head().value_slot = value.slot;
          record.Commit();
          return NodeIdOf(state.insert_block, at);
        }
      }
    }
    if (has_item_room) {
      OpenNodes(state);
    } else {
      OpenItems(state);
    }
    return kNoNode;
  }

  // Makes another page State.insert_block, unless somebody else has done so.
  void OpenNodes(const State& seen) {
    auto record = store_.Begin();
    const BlockId freed = seen.free_nodes;
    std::byte* page = freed == kNoBlock ? nullptr : record.Modify(freed);
    std::byte* state_page = record.Modify(kStateBlock);
    State state = ReadState(static_cast<const std::byte*>(state_page));
    if (state.insert_block != seen.insert_block || state.free_nodes != freed) return;
    if (page != nullptr) {
      state.rows += CountFree(NodePage(shape_, page, freed), shape_);
      state.free_nodes = Unlist(page);
      state.insert_block = freed;
    } else {
      std::tie(state.insert_block, page) = record.Extend();
      if (state.insert_block >= kMostBlocks) {
        throw Error(ErrorKind::kLimit, "hnsw index cannot have more than 67108864 pages");
      }
      FormatHnswPage(page, PageKind::kNodes);
      state.rows += shape_.per_page;
    }
    WriteState(state_page, state);
    record.Commit();
  }

  // Returns what came next.
  static BlockId Unlist(std::byte* page) {
    TrailerOf(page).flags &= static_cast<std::uint16_t>(~kIsListed);
    return std::exchange(TrailerOf(page).next, kNoBlock);
  }

  // --- items

  // The parts of an item behind the front one.
  ItemRef PutRest(std::span<const std::byte> item, std::size_t front) {
    if (item.size() <= front) return {};
    BlockId hint = ReadState(store_).items_block;
    return WriteItemBehind(store_, hint, ItemKind::kValue, item, front);
  }

  // Makes another page State.items_block, unless somebody else has done so.
  void OpenItems(const State& seen) {
    auto record = store_.Begin();
    const BlockId full = seen.items_block;
    std::byte* full_page = full == kNoBlock ? nullptr : record.Modify(full);
    std::byte* state_page = record.Modify(kStateBlock);
    State state = ReadState(static_cast<const std::byte*>(state_page));
    if (state.items_block != full) return;
    state.items_block = kNoBlock;
    if (full_page != nullptr) {
      CheckPage(full_page, PageKind::kItems, full);
      state.items_block = Unlist(full_page);
    }
    if (state.items_block == kNoBlock) {
      std::byte* page = nullptr;
      std::tie(state.items_block, page) = record.Extend();
      FormatHnswPage(page, PageKind::kItems);
      TrailerOf(page).flags = kIsListed;
    }
    WriteState(state_page, state);
    record.Commit();
  }

  // --- heap TIDs

  // The list of a live node, which may not exist; nothing where the node is not live.
  std::optional<ItemRef> TidsOf(NodeId id) {
    const auto guard = store_.Read(BlockOf(id));
    const NodeView node = NodePage(shape_, guard.page(), BlockOf(id)).node(SlotOf(id));
    if (!node.is_live()) return std::nullopt;
    return node.head().tids();
  }

  // Whether a node is live and has this list.
  static bool HasTids(NodeEditor& node, ItemRef list) {
    return node.view().is_live() && node.head().tids() == list;
  }

  // Puts a new item of so many places in front of a list. Returns false where that has
  // changed, or the item page was full.
  bool AddTids(NodeId id, ItemRef list, std::size_t places, HeapTid tid, bool is_same) {
    HeapTid tids[kMostTids] = {};
    tids[0] = tid;
    const auto payload = std::as_bytes(std::span(tids, places));
    const State state = ReadState(store_);
    if (state.items_block != kNoBlock) {
      auto record = store_.Begin();
      MutableItemPage items(record.Modify(state.items_block), state.items_block);
      if (items.view().HasRoom(payload.size())) {
        const BlockId block = BlockOf(id);
        MutableNodePage page(shape_, record.Modify(block), block);
        NodeEditor editor = page.node(SlotOf(id));
        if (!HasTids(editor, list)) return false;
        if (!is_same) editor.head().flags |= kRowsDiffer;
        editor.SetTids(items.Append(ItemKind::kTids, list, payload));
        record.Commit();
        return true;
      }
    }
    OpenItems(state);
    return false;
  }

  Store& store_;
  const Meta& meta_;
  NodeShape shape_;
};

}  // namespace vec::hnsw
