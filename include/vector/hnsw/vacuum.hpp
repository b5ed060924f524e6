// Removing dead rows, in passes over the file from front to end.
//
//   mark     heap TIDs that are dead leave the lists; nodes without any other become kDead
//   (wait)   for inserts that saw those nodes alive: from now on nobody links to them
//   repair   lanes to dead nodes give way to others (repair.hpp); nodes that no edge leads
//            to any more get one
//   entries  dead nodes leave the entry directory; others take their places where it would
//            have too few
//   free     the items and slots of dead nodes become room
//
// Each step is a record after which the index is valid, and what a crash leaves of dead
// nodes, the next vacuum finishes. Searches may hold the id of a slot that is freed, or even
// taken again, while they run: they find it free, or a row that their snapshot does not
// know. Inserts of the same time find nodes dead before they link to them, so that the one
// wait is enough.
//
// Locks, in this order: item page, node page, state page.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <memory_resource>
#include <optional>
#include <vector>

#include "vector/hnsw/entries.hpp"
#include "vector/hnsw/mark_dead.hpp"
#include "vector/hnsw/reach.hpp"
#include "vector/hnsw/space.hpp"

namespace vec::hnsw {

template <PageStore Store, VacuumHooks Hooks>
class Vacuum {
 public:
  Vacuum(Store& store, const Meta& meta, Hooks& hooks, std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        shape_(meta),
        hooks_(hooks),
        blocks_(store.BlockCount()),
        dead_(blocks_, memory),
        orphans_(blocks_, memory),
        marker_(store, meta, hooks, dead_, counts_),
        repairer_(store, meta, dead_, memory),
        memory_(memory),
        copy_(kPageBytes, memory) {}

  VacuumCounts Run() {
    counts_.pages = blocks_;
    ForEachBlock([this](BlockId block) { marker_.Mark(block); });
    if (dead_.size() == 0) return counts_;
    hooks_.WaitForInserts();
    blocks_ = store_.BlockCount();  // those inserts may have linked new nodes to dead ones
    ForEachBlock([this](BlockId block) { Repair(block); });
    ForEachBlock([this](BlockId block) { AdoptOrphans(block); });
    RenewEntries();
    ForEachBlock([this](BlockId block) { Free(block); });
    const auto pause = [this] {
      hooks_.Delay();
      store_.CheckInterrupts();
    };
    Reach(store_, meta_, repairer_, pause, memory_).Complete();
    return counts_;
  }

 private:
  using Record = decltype(std::declval<Store&>().Begin());

  template <typename Visit>
  void ForEachBlock(Visit visit) {
    for (BlockId block = kStateBlock + 1; block < blocks_; ++block) {
      hooks_.Delay();
      store_.CheckInterrupts();
      visit(block);
    }
  }

  static bool IsNodePage(const std::byte* page) { return IsPageOf(page, PageKind::kNodes); }

  NodeHead HeadOf(NodeId id) {
    const auto guard = store_.Read(BlockOf(id));
    return NodePage(shape_, guard.page(), BlockOf(id)).node(SlotOf(id)).head();
  }

  // --- repair

  void Repair(BlockId block) {
    {
      const auto guard = store_.Read(block);
      if (!IsNodePage(guard.page())) return;
      std::memcpy(copy_.data(), guard.page(), kPageBytes);
    }
    MutableNodePage page(shape_, copy_.data(), block);
    std::array<std::uint32_t, kMostSlots> versions;
    std::uint64_t damaged = 0;
    for (std::size_t slot = 0; slot < page.view().count(); ++slot) {
      const NodeView node = page.view().node(slot);
      versions[slot] = node.head().version;
      if (repairer_.NeedsRepair(node)) damaged |= std::uint64_t{1} << slot;
    }
    if (damaged != 0) {
      counts_.repaired += static_cast<unsigned>(std::popcount(damaged));
      if (shape_.is_coded) {
        RepairCoded(page, block, damaged);
        WriteRepaired(block, damaged, versions);
      } else {
        StripPage(block, damaged);
        RepairPlain(page.view(), block, damaged);
      }
      repairer_.LinkBack();
    }
    NoteEdges(block);
  }

  void RepairCoded(MutableNodePage& page, BlockId block, std::uint64_t damaged) {
    for (std::size_t slot = 0; slot < page.view().count(); ++slot) {
      if ((damaged >> slot & 1) == 0) continue;
      NodeEditor node = page.node(slot);
      repairer_.RepairCopy(NodeIdOf(block, slot), node);
    }
  }

  void RepairPlain(const NodePage& page, BlockId block, std::uint64_t damaged) {
    for (std::size_t slot = 0; slot < page.count(); ++slot) {
      if ((damaged >> slot & 1) != 0) repairer_.RepairPlain(NodeIdOf(block, slot), page.node(slot));
    }
  }

  // A node that changed since it was copied only loses its lanes to dead nodes.
  void WriteRepaired(BlockId block, std::uint64_t damaged,
                     const std::array<std::uint32_t, kMostSlots>& versions) {
    auto record = store_.Begin();
    std::byte* bytes = record.Modify(block);
    MutableNodePage page(shape_, bytes, block);
    for (std::size_t slot = 0; slot < page.view().count(); ++slot) {
      if ((damaged >> slot & 1) == 0) continue;
      NodeEditor node = page.node(slot);
      if (node.head().version != versions[slot]) {
        repairer_.Strip(node);
        continue;
      }
      // What inserts of duplicates may have changed meanwhile stays.
      const NodeHead current = node.head();
      std::memcpy(bytes + shape_.SlotAt(slot), copy_.data() + shape_.SlotAt(slot),
                  shape_.node_bytes);
      node.head().flags = current.flags;
      node.head().tids_block = current.tids_block;
      node.head().tids_slot = current.tids_slot;
    }
    record.Commit();
  }

  void StripPage(BlockId block, std::uint64_t damaged) {
    auto record = store_.Begin();
    MutableNodePage page(shape_, record.Modify(block), block);
    for (std::size_t slot = 0; slot < page.view().count(); ++slot) {
      if ((damaged >> slot & 1) == 0) continue;
      NodeEditor node = page.node(slot);
      repairer_.Strip(node);
    }
    record.Commit();
  }

  void NoteEdges(BlockId block) {
    const auto guard = store_.Read(block);
    orphans_.Note(NodePage(shape_, guard.page(), block), block);
  }

  void AdoptOrphans(BlockId block) {
    for (std::uint64_t left = orphans_.OrphansOf(block); left != 0; left &= left - 1) {
      repairer_.Adopt(NodeIdOf(block, static_cast<std::size_t>(std::countr_zero(left))));
      ++counts_.adopted;
    }
  }

  // --- entries

  // A sample of N nodes loses as large a part of itself as the graph, but for the least number
  // that it should have. Places are filled before others are freed: searches always find a
  // way in.
  void RenewEntries() {
    const State state = ReadState(store_);
    const auto is_gone = [this](NodeId node) { return node == kNoNode || dead_.Contains(node); };
    std::pmr::vector<std::uint32_t> places(memory_);  // to be filled
    NodeSet entries(blocks_, memory_);
    std::uint32_t page_place = 0;
    const EntryShape shape(meta_);
    ForEachEntryPage(store_, shape, state, [&](const EntryPage& page, BlockId) {
      for (std::uint32_t i = 0; i < page.places() && page_place + i < state.entries; ++i) {
        if (is_gone(page.node(i))) {
          places.push_back(page_place + i);
        } else {
          entries.Add(page.node(i));
        }
      }
      page_place += static_cast<std::uint32_t>(shape.places());
    });
    std::size_t next_place = 0;
    for (const NodeId node : FurtherEntries(entries)) {
      store_.CheckInterrupts();
      if (next_place == places.size()) break;  // inserts append the rest
      const std::optional<Entry> entry = repairer_.MakeEntry(node);
      if (!entry) continue;
      ReplaceEntry(store_, meta_, state, places[next_place++], *entry, is_gone);
    }
    ClearEntries(store_, meta_, state, [this](NodeId node) { return dead_.Contains(node); });
  }

  // Live nodes that are missing in the directory: as many as it lacks, a uniform sample.
  std::pmr::vector<NodeId> FurtherEntries(const NodeSet& entries) {
    std::pmr::vector<NodeId> chosen(memory_);
    const NodeSet& live = orphans_.live();
    std::uint64_t candidates = 0;
    std::uint64_t present = 0;
    for (BlockId block = 0; block < live.blocks(); ++block) {
      const std::uint64_t slots = live.SlotsOf(block);
      candidates += static_cast<unsigned>(std::popcount(slots & ~entries.SlotsOf(block)));
      present += static_cast<unsigned>(std::popcount(slots & entries.SlotsOf(block)));
    }
    const std::uint64_t wanted = WantedEntries(meta_, candidates + present);
    std::uint64_t missing = wanted - std::min(wanted, present);
    Random random(meta_.seed ^ candidates);
    for (BlockId block = 0; block < live.blocks() && missing > 0; ++block) {
      std::uint64_t slots = live.SlotsOf(block) & ~entries.SlotsOf(block);
      for (; slots != 0 && missing > 0; slots &= slots - 1) {
        if (random.Below(candidates--) >= missing) continue;
        chosen.push_back(NodeIdOf(block, static_cast<std::size_t>(std::countr_zero(slots))));
        --missing;
      }
    }
    return chosen;
  }

  // --- free

  void Free(BlockId block) {
    const std::uint64_t dead = dead_.SlotsOf(block);
    if (dead == 0) return;
    for (std::size_t slot = 0; slot < kMostSlots; ++slot) {
      if ((dead >> slot & 1) == 0) continue;
      while (FreeFirstItem(NodeIdOf(block, slot))) store_.CheckInterrupts();
    }
    FreeSlots(block, dead);
  }

  // An item and the reference to it go in one record. Returns whether there was one.
  bool FreeFirstItem(NodeId id) {
    const NodeHead seen = HeadOf(id);
    const bool is_list = seen.tids().exists();
    const ItemRef ref = is_list ? seen.tids() : seen.value();
    if (!ref.exists()) return false;
    auto record = store_.Begin();
    std::byte* items_page = record.Modify(ref.block);
    MutableItemPage items(items_page, ref.block);
    MutableNodePage page(shape_, record.Modify(BlockOf(id)), BlockOf(id));
    NodeEditor node = page.node(SlotOf(id));
    const ItemKind kind = is_list ? ItemKind::kTids : ItemKind::kValue;
    const ItemRef next = items.view().item(ref.slot, kind).next;
    if (is_list) {
      node.SetTids(next);
    } else {
      node.head().value_block = next.block;
      node.head().value_slot = next.slot;
    }
    items.Free(ref.slot);
    ListItems(record, items_page, ref.block);
    record.Commit();
    return true;
  }

  // Puts a page with room in front of those for items, if it is not among them.
  void ListItems(Record& record, std::byte* page, BlockId block) {
    Trailer& trailer = TrailerOf(page);
    if ((trailer.flags & kIsListed) != 0) return;
    std::byte* state_page = record.Modify(kStateBlock);
    State state = ReadState(static_cast<const std::byte*>(state_page));
    trailer.flags |= kIsListed;
    trailer.next = state.items_block;
    state.items_block = block;
    WriteState(state_page, state);
  }

  void FreeSlots(BlockId block, std::uint64_t dead) {
    auto record = store_.Begin();
    std::byte* bytes = record.Modify(block);
    MutableNodePage page(shape_, bytes, block);
    std::uint64_t freed = 0;
    for (std::size_t slot = 0; slot < page.view().count(); ++slot) {
      NodeEditor node = page.node(slot);
      if ((dead >> slot & 1) == 0 || node.head().state != NodeState::kDead) continue;
      node.Free();
      ++freed;
    }
    std::byte* state_page = record.Modify(kStateBlock);
    State state = ReadState(static_cast<const std::byte*>(state_page));
    if (state.insert_block != block) {
      std::uint64_t free = freed;  // State.rows counts the slots of pages that are not listed
      if (Trailer& trailer = TrailerOf(bytes); (trailer.flags & kIsListed) == 0) {
        trailer.flags |= kIsListed;
        trailer.next = state.free_nodes;
        state.free_nodes = block;
        free = CountFree(page.view(), shape_);
      }
      state.rows -= std::min(state.rows, free);
      WriteState(state_page, state);
    }
    record.Commit();
    counts_.freed += freed;
  }

  Store& store_;
  const Meta& meta_;
  NodeShape shape_;
  Hooks& hooks_;
  BlockId blocks_;
  NodeSet dead_;
  OrphanFinder orphans_;  // after repair
  VacuumCounts counts_;
  Marker<Store, Hooks> marker_;
  Repairer<Store> repairer_;
  std::pmr::memory_resource* memory_;
  std::pmr::vector<std::byte> copy_;  // of a page
};

}  // namespace vec::hnsw
