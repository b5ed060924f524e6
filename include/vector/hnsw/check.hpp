// Checking an index: what must hold of it, also beside writers.
//
//   pages    of a known kind and layout, items dense on theirs
//   state    hints and roots of the right kinds; chains that end, and whose pages say so
//   nodes    rows finite, of unit length by cosine, and of their norm; lanes in use lead to nodes,
//            live or dead, not to the node itself and nowhere twice, the others are empty; codes
//            and factors those of the rows (check_nodes.hpp)
//   entries  nodes, with their codes or rows
//   graph    each item is of one node; every node is reached from the directory (check_graph.hpp)
//
// What is not so becomes a finding. Throws Error(kCorrupted) where the meta page, the state page or
// the center cannot be read. Memory: `cache_bytes`, and some 60 bytes a page; where most of a graph
// cannot be reached, 4 bytes a node.
//
// Not checked: hints (State.rows), versions, which lanes are redundant, how good edges are.
#pragma once

#include "vector/hnsw/check_graph.hpp"
#include "vector/hnsw/check_nodes.hpp"

namespace vec::hnsw {

struct CheckCounts {
  std::uint64_t nodes = 0;  // live
  std::uint64_t dead = 0;
  std::uint64_t rows = 0;  // heap TIDs of live nodes
  std::uint64_t lanes = 0;
  std::uint64_t orphans = 0;      // live nodes that no edge leads to
  std::uint64_t unreachable = 0;  // live nodes without a way from the directory
};

template <PageStore Store, CheckSink Sink>
class Checker {
 public:
  Checker(Store& store, Sink& sink, std::size_t cache_bytes, std::pmr::memory_resource* memory)
      : store_(store),
        sink_(sink),
        memory_(memory),
        meta_(ReadMeta(store.Read(kMetaBlock).page())),
        shape_(meta_),
        blocks_(store.BlockCount()),
        file_(store),
        present_(blocks_, memory),
        nodes_(store, sink, meta_, present_, cache_bytes, memory),
        copy_(kPageBytes, memory) {}

  const Meta& meta() const { return meta_; }

  CheckCounts Run() {
    (void)ReadState(store_);
    ForEachPage([this](const std::byte* page, BlockId block) { NotePage(page, block); });
    ForEachPage([this](const std::byte* page, BlockId block) { nodes_.CheckPage(page, block); });
    CheckState();
    CheckEntries();
    GraphChecker<Store> graph(store_, meta_, memory_);
    ReportSettled(store_, sink_, memory_, [&](auto& findings) { graph.Look(findings); });
    return {.nodes = nodes_.nodes(),
            .dead = nodes_.dead(),
            .rows = nodes_.rows(),
            .lanes = nodes_.lanes(),
            .orphans = graph.orphans(),
            .unreachable = graph.unreachable()};
  }

 private:
  void Report(BlockId block, std::size_t item, const char* what) {
    sink_.Report({block, static_cast<std::uint32_t>(item), what, Severity::kError});
  }

  template <typename Visit>
  void ForEachPage(Visit visit) {
    for (BlockId block = kStateBlock + 1; block < blocks_; ++block) {
      store_.CheckInterrupts();
      std::memcpy(copy_.data(), store_.Read(block).page(), kPageBytes);
      if (!IsUnformatted(copy_.data())) visit(copy_.data(), block);
    }
  }

  // --- pages

  void NotePage(const std::byte* page, BlockId block) {
    if (const char* fault = FaultOfPage(page)) return Report(block, kNoItem, fault);
    if (IsPage(page, PageKind::kItems)) return CheckItems(ItemPage(page, block), block);
    if (!IsPage(page, PageKind::kNodes)) return;
    const std::size_t count = NodePage(shape_, page, block).count();
    for (std::size_t slot = 0; slot < count; ++slot) {
      if (!NodeView::IsNode(shape_, page + shape_.SlotAt(slot)))
        Report(block, slot, "damaged node");
    }
    ForEachNodeOf(shape_, page, block,
                  [&](std::size_t slot, const NodeView&) { present_.Add(NodeIdOf(block, slot)); });
  }

  const char* FaultOfPage(const std::byte* page) {
    if (!IsHnswPage(page)) return "page of another format";
    bool has_layout = false;
    switch (TrailerOf(page).kind) {
      case PageKind::kNodes:
        has_layout = NodePage::HasLayout(shape_, page);
        break;
      case PageKind::kItems:
        has_layout = ItemPage::HasLayout(page);
        break;
      case PageKind::kEntries:
        has_layout = EntryPage::HasLayout(EntryShape(meta_), page);
        break;
      default:
        return "page of an unexpected kind";
    }
    if (!has_layout) return "invalid layout of the page";
    const bool may_be_listed = TrailerOf(page).kind != PageKind::kEntries;
    const std::uint16_t known = may_be_listed ? kIsListed : 0;
    return (TrailerOf(page).flags & ~known) != 0 ? "page with unknown flags" : nullptr;
  }

  void CheckItems(const ItemPage& page, BlockId block) {
    if (!page.AreItemsDense()) return Report(block, kNoItem, "items in each other's places");
    for (std::size_t slot = 0; slot < page.lines(); ++slot) {
      if (page.IsFree(slot)) continue;
      const ItemKind kind = page.item(slot).kind;
      if (kind < ItemKind::kValue || kind > ItemKind::kCenter) {
        Report(block, slot, "item of an unknown kind");
      }
    }
  }

  // --- state

  bool IsPageOfKind(BlockId block, PageKind kind) {
    return file_.Contains(block) && IsPage(store_.Read(block).page(), kind);
  }

  void CheckState() {
    const State state = ReadState(store_);
    if (state.insert_block != kNoBlock && !IsPageOfKind(state.insert_block, PageKind::kNodes)) {
      Report(kStateBlock, kNoItem, "insert block is no page of nodes");
    }
    CheckChain(state.free_nodes, PageKind::kNodes);
    CheckChain(state.items_block, PageKind::kItems);
  }

  // A page may have left the chain since the way to it was read; what it is does not change.
  void CheckChain(BlockId first, PageKind kind) {
    CycleGuard<BlockId> cycle;
    BlockId from = kStateBlock;
    for (BlockId block = first; block != kNoBlock;) {
      store_.CheckInterrupts();
      if (!IsPageOfKind(block, kind))
        return Report(from, kNoItem, "chain leads to another kind of page");
      const auto guard = store_.Read(block);
      if ((TrailerOf(guard.page()).flags & kIsListed) == 0) return CheckLeft(from, block);
      if (cycle.IsBack(block)) return Report(block, kNoItem, "endless chain of pages");
      from = block;
      block = TrailerOf(guard.page()).next;
    }
  }

  // Pages leave a chain at its front: what is not listed must not be behind another page.
  void CheckLeft(BlockId from, BlockId block) {
    const State state = ReadState(store_);
    const bool is_front = from == kStateBlock;
    if (is_front ? state.free_nodes == block || state.items_block == block : IsListed(from)) {
      Report(block, kNoItem, "page in a chain is not listed");
    }
  }
  bool IsListed(BlockId block) {
    return (TrailerOf(store_.Read(block).page()).flags & kIsListed) != 0;
  }

  // --- entries

  void CheckEntries() {
    const EntryShape shape(meta_);
    const State state = ReadState(store_);
    CycleGuard<BlockId> cycle;
    std::uint64_t places = 0;
    bool has_met_last = state.entries_last == kNoBlock;
    for (BlockId block = state.entries_first; block != kNoBlock;) {
      store_.CheckInterrupts();
      if (!IsPageOfKind(block, PageKind::kEntries)) {
        return Report(kStateBlock, kNoItem, "directory leads to another kind of page");
      }
      if (cycle.IsBack(block)) return Report(block, kNoItem, "endless directory");
      std::memcpy(copy_.data(), store_.Read(block).page(), kPageBytes);
      if (!EntryPage::HasLayout(shape, copy_.data())) return;
      const EntryPage page(shape, copy_.data(), block);
      has_met_last |= block == state.entries_last;
      places += page.places();
      if (page.next() != kNoBlock && page.places() != shape.places()) {
        Report(block, kNoItem, "gap in the directory");
      }
      for (std::size_t place = 0; place < page.places(); ++place) CheckEntry(page, place, block);
      block = page.next();
    }
    if (!has_met_last) Report(kStateBlock, kNoItem, "last page of the directory is not in it");
    if (places < state.entries) Report(kStateBlock, kNoItem, "directory has too few places");
  }

  // Looks twice: an entry and its node may change between the two.
  void CheckEntry(const EntryPage& page, std::size_t place, BlockId block) {
    constexpr int kLooks = 3;
    store_.CheckInterrupts();
    const char* fault = FaultOf(page, place);
    for (int look = 1; fault != nullptr && look < kLooks; ++look) {
      const EntryShape shape(meta_);
      std::pmr::vector<std::byte> bytes(kPageBytes, memory_);
      std::memcpy(bytes.data(), store_.Read(block).page(), kPageBytes);
      if (!IsPage(bytes.data(), PageKind::kEntries) || !EntryPage::HasLayout(shape, bytes.data()))
        return;
      const EntryPage now(shape, bytes.data(), block);
      fault = place < now.places() ? FaultOf(now, place) : nullptr;
    }
    if (fault != nullptr) Report(block, place, fault);
  }

  const char* FaultOf(const EntryPage& page, std::size_t place) {
    const NodeId id = page.node(place);
    if (id == kNoNode) return nullptr;
    if (!nodes_.Exists(id)) return "entry that is no node";
    const auto row = nodes_.ReadRow(id);
    if (!row) return nullptr;  // dead, or a finding of its own
    if (!shape_.is_coded) {
      if (!page.HasRow(place)) return "damaged entry";
      const auto copy = page.row(place);
      if (copy.empty()) return nullptr;
      return std::ranges::equal(copy, row->kept) ? nullptr : "entry with the row of another node";
    }
    const EntryBlock& entries = page.block(place / quantize::kLanes);
    const std::size_t lane = place % quantize::kLanes;
    std::pmr::vector<std::uint8_t> code(meta_.code_dims / 8, memory_);
    quantize::UnpackLane(page.codes(place / quantize::kLanes), lane, code);
    return nodes_.FaultOf(nodes_.center(), row->rotated, code,
                          {entries.add[lane], entries.rescale[lane], 0},
                          {.length = LengthOf(nodes_.center())});
  }

  Store& store_;
  Sink& sink_;
  std::pmr::memory_resource* memory_;
  Meta meta_;
  NodeShape shape_;
  BlockId blocks_;
  FileExtent<Store> file_;
  NodeSet present_;  // live or dead
  NodeChecker<Store, Sink> nodes_;
  std::pmr::vector<std::byte> copy_;  // of a page
};

}  // namespace vec::hnsw
