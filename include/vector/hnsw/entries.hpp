// The entry directory as a whole: how large it is, which places new nodes take, how it is
// changed and read.
//
// It is a uniform sample of min(N / 256, 1.5 sqrt(N)) of N nodes, of 256 at least, so that
// every separate part of the graph has an entry (measurements: 20 to 50 % more queries a
// second than upper layers, and no lost clusters).
//
// A record locks the state page before an entry page.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>

#include "vector/base/random.hpp"
#include "vector/hnsw/chain.hpp"
#include "vector/hnsw/entry_page.hpp"

namespace vec::hnsw {

// How many entries an index of so many nodes should have; few where entries have no copies
// of their rows, so that each costs the visit of its node.
inline std::uint32_t WantedEntries(const Meta& meta, std::uint64_t rows) {
  constexpr std::uint64_t kLeast = 256;
  constexpr std::uint64_t kUncopied = 32;
  const bool has_copies = meta.form == Form::kCoded || meta.self_bytes > 0;
  if (!has_copies) return static_cast<std::uint32_t>(std::min(rows, kUncopied));
  const auto root = static_cast<std::uint64_t>(1.5 * std::sqrt(static_cast<double>(rows)));
  return static_cast<std::uint32_t>(std::min(rows, std::max(kLeast, std::min(rows / 256, root))));
}

// The place that a new node takes in the directory, `state.entries` for a further one; or
// none. `state.rows` counts the node already. Keeps the sample uniform while it grows.
inline std::optional<std::uint32_t> ChooseEntry(const Meta& meta, const State& state,
                                                Random& random) {
  const double wanted = WantedEntries(meta, state.rows);
  if (state.entries < wanted) return state.entries;
  const double rows = static_cast<double>(std::max<std::uint64_t>(state.rows, 1));
  // The directory grows by itself at this rate.
  const double growth = (wanted - WantedEntries(meta, state.rows / 2)) / (rows / 2);
  const double chance = state.entries / rows - growth;
  if (random.Uniform() >= chance) return std::nullopt;
  return static_cast<std::uint32_t>(random.Below(state.entries));
}

// Calls visit(page, block) for the pages of the directory, with the page locked.
template <PageStore Store, typename Visit>
void ForEachEntryPage(Store& store, const EntryShape& shape, const State& state, Visit visit) {
  if (state.entries_first == kNoBlock) return;
  FileExtent<Store> file(store);
  CycleGuard<BlockId> cycle;
  for (BlockId block = state.entries_first; block != kNoBlock;) {
    CheckLink(file, block);
    cycle.Visit(block, block);
    store.CheckInterrupts();
    const auto guard = store.Read(block);
    const EntryPage page(shape, guard.page(), block);
    visit(page, block);
    block = page.next();
  }
}

// The entry page that holds a place, or kNoBlock.
template <PageStore Store>
BlockId FindEntryPage(Store& store, const EntryShape& shape, const State& state,
                      std::uint32_t place) {
  BlockId found = kNoBlock;
  std::size_t index = 0;
  ForEachEntryPage(store, shape, state, [&](const EntryPage&, BlockId block) {
    if (index++ == place / shape.places()) found = block;
  });
  return found;
}

// Puts an entry into a place in use. Nothing happens where it is not there any more, or holds
// a node (kNoNode: none) that may not be replaced.
template <PageStore Store, typename MayReplace>
void ReplaceEntry(Store& store, const Meta& meta, const State& state, std::uint32_t place,
                  const Entry& entry, MayReplace may_replace) {
  const EntryShape shape(meta);
  const BlockId block = FindEntryPage(store, shape, state, place);
  if (block == kNoBlock) return;
  auto record = store.Begin();
  MutableEntryPage page(shape, record.Modify(block), block);
  if (place % shape.places() >= page.view().places()) return;
  if (!may_replace(page.view().node(place % shape.places()))) return;
  page.Put(place % shape.places(), entry);
  record.Commit();
}

// Puts an entry behind the last, in one record with the state, which may have changed since
// the place was chosen.
template <PageStore Store>
void AppendEntry(Store& store, const Meta& meta, const Entry& entry) {
  const EntryShape shape(meta);
  auto record = store.Begin();
  std::byte* state_page = record.Modify(kStateBlock);
  State state = ReadState(state_page);
  const std::size_t place = state.entries % shape.places();
  if (place != 0 && state.entries_last != kNoBlock) {
    MutableEntryPage page(shape, record.Modify(state.entries_last), state.entries_last);
    if (place > page.view().places()) ThrowCorrupted("Missing entries", state.entries_last);
    page.Put(place, entry);
  } else {
    std::byte* last = state.entries_last == kNoBlock ? nullptr : record.Modify(state.entries_last);
    const auto [block, bytes] = record.Extend();
    FormatHnswPage(bytes, PageKind::kEntries);
    MutableEntryPage(shape, bytes, block).Put(0, entry);
    if (last != nullptr) {
      CheckPage(last, PageKind::kEntries, state.entries_last);
      TrailerOf(last).next = block;
    } else {
      state.entries_first = block;
    }
    state.entries_last = block;
  }
  ++state.entries;
  WriteState(state_page, state);
  record.Commit();
}

// Whether a node is a root. REQUIRES: its block is in the file.
template <PageStore Store>
bool IsRoot(Store& store, const NodeShape& shape, NodeId id) {
  const auto guard = store.Read(BlockOf(id));
  return NodePage(shape, guard.page(), BlockOf(id)).node(SlotOf(id)).is_root();
}

// Marks a live node as a root. REQUIRES: it becomes an entry thereafter.
template <PageStore Store>
void MakeRoot(Store& store, const NodeShape& shape, NodeId id) {
  auto record = store.Begin();
  MutableNodePage page(shape, record.Modify(BlockOf(id)), BlockOf(id));
  NodeEditor node = page.node(SlotOf(id));
  if (!node.view().is_live()) return;
  node.head().flags |= kIsRoot;
  record.Commit();
}

// The node that holds a place of the directory in use, or kNoNode.
template <PageStore Store>
NodeId NodeAt(Store& store, const EntryShape& shape, const State& state, std::uint32_t place) {
  const BlockId block = FindEntryPage(store, shape, state, place);
  if (block == kNoBlock) return kNoNode;
  const auto guard = store.Read(block);
  const EntryPage page(shape, guard.page(), block);
  const std::size_t at = place % shape.places();
  return at < page.places() ? page.node(at) : kNoNode;
}

// Does what ChooseEntry() chose for a new node, which takes no root's place.
template <PageStore Store>
void PutEntry(Store& store, const Meta& meta, const State& state, std::uint32_t place,
              const Entry& entry) {
  if (place >= state.entries) return AppendEntry(store, meta, entry);
  const NodeId before = NodeAt(store, EntryShape(meta), state, place);
  if (before != kNoNode) {
    FileExtent<Store> file(store);
    CheckLink(file, BlockOf(before));
    if (IsRoot(store, NodeShape(meta), before)) return;
  }
  ReplaceEntry(store, meta, state, place, entry, [before](NodeId node) { return node == before; });
}

// Frees the places of nodes for which is_gone(node) holds, in a record a page.
template <PageStore Store, typename IsGone>
void ClearEntries(Store& store, const Meta& meta, const State& state, IsGone is_gone) {
  const EntryShape shape(meta);
  FileExtent<Store> file(store);
  CycleGuard<BlockId> cycle;
  for (BlockId block = state.entries_first; block != kNoBlock;) {
    CheckLink(file, block);
    cycle.Visit(block, block);
    store.CheckInterrupts();
    auto record = store.Begin();
    MutableEntryPage page(shape, record.Modify(block), block);
    bool is_changed = false;
    for (std::size_t place = 0; place < page.view().places(); ++place) {
      const NodeId node = page.view().node(place);
      if (node == kNoNode || !is_gone(node)) continue;
      page.Clear(place);
      is_changed = true;
    }
    block = page.view().next();
    if (is_changed) record.Commit();
  }
}

}  // namespace vec::hnsw
