// Checking the structure of an index: used by tests after everything that writes.
//
// Holds for every valid index, also beside writers: pages are of a known kind; lanes lead to
// nodes that are live or dead, not to the node itself and nowhere twice; codes and factors are
// those of the rows; every item is referred to once; entries are nodes with their codes; the
// chains end, and their pages say so. Besides, nodes to which no way leads from the directory
// are counted. What is not so becomes a finding; pages that cannot be read at all throw.
#pragma once

#include <cmath>
#include <map>
#include <memory_resource>
#include <set>
#include <span>
#include <vector>

#include "vector/hnsw/coding.hpp"
#include "vector/hnsw/entries.hpp"
#include "vector/hnsw/kept_row.hpp"
#include "vector/hnsw/node_set.hpp"
#include "vector/hnsw/space.hpp"

namespace vec::hnsw {

// kLoss: room that nobody finds, as a crash may leave it. kDamage: it must not be.
enum class Severity { kLoss, kDamage };

struct Finding {
  BlockId block;
  std::size_t slot;  // of a node, item or entry; 0 for a page
  const char* what;
  Severity severity;
};

struct CheckResult {
  explicit CheckResult(std::pmr::memory_resource* memory) : findings(memory) {}

  std::pmr::vector<Finding> findings;
  std::uint64_t nodes = 0;  // live
  std::uint64_t dead = 0;
  std::uint64_t rows = 0;  // heap TIDs of live nodes
  std::uint64_t lanes = 0;
  std::uint64_t orphans = 0;      // live nodes that no edge leads to
  std::uint64_t unreachable = 0;  // live nodes without a way from the directory
};

template <PageStore Store>
class Checker {
 public:
  Checker(Store& store, std::pmr::memory_resource* memory)
      : store_(store),
        memory_(memory),
        meta_(ReadMeta(store.Read(kMetaBlock).page())),
        shape_(meta_),
        blocks_(store.BlockCount()),
        present_(blocks_, memory),
        live_(blocks_, memory),
        linked_(blocks_, memory),
        reached_(blocks_, memory),
        items_(memory),
        starts_(memory),
        coding_(store, meta_, memory),
        own_(memory),
        other_(memory),
        own_rotated_(coding_.rotated_dims(), memory),
        other_rotated_(coding_.rotated_dims(), memory),
        result_(memory) {}

  CheckResult Run() {
    state_ = ReadState(store_);
    ForEachPage([this](const std::byte* page, BlockId block) { NotePage(page, block); });
    if (meta_.center().exists()) UseItems(meta_.center(), ItemKind::kCenter, kMetaBlock, 0);
    ForEachPage([this](const std::byte* page, BlockId block) {
      if (TrailerOf(page).kind == PageKind::kNodes) CheckNodes(page, block);
    });
    for (const auto& [ref, uses] : items_) {
      if (uses == 0) Report(ref.first, ref.second, "item that nothing refers to", Severity::kLoss);
    }
    CheckEntries();
    CheckChain(state_.free_nodes, PageKind::kNodes);
    CheckChain(state_.items_block, PageKind::kItems);
    if (state_.insert_block != kNoBlock && !IsPage(state_.insert_block, PageKind::kNodes)) {
      Report(state_.insert_block, 0, "insert block is no node page", Severity::kDamage);
    }
    CountUnreachable();
    return std::move(result_);
  }

 private:
  using ItemKey = std::pair<BlockId, std::uint16_t>;

  void Report(BlockId block, std::size_t slot, const char* what,
              Severity severity = Severity::kDamage) {
    result_.findings.push_back({block, slot, what, severity});
  }

  // Pages are copied, so that others may be read meanwhile.
  template <typename Visit>
  void ForEachPage(Visit visit) {
    std::pmr::vector<std::byte> page(kPageBytes, memory_);
    for (BlockId block = kStateBlock + 1; block < blocks_; ++block) {
      store_.CheckInterrupts();
      std::memcpy(page.data(), store_.Read(block).page(), kPageBytes);
      if (!IsUnformatted(page.data())) visit(page.data(), block);
    }
  }

  bool IsPage(BlockId block, PageKind kind) {
    if (block >= blocks_) return false;
    const auto guard = store_.Read(block);
    return !IsUnformatted(guard.page()) && TrailerOf(guard.page()).kind == kind;
  }

  void NotePage(const std::byte* page, BlockId block) {
    switch (TrailerOf(page).kind) {
      case PageKind::kNodes: {
        const NodePage nodes(shape_, page, block);
        for (std::size_t slot = 0; slot < nodes.count(); ++slot) {
          const NodeView node = nodes.node(slot);
          if (!node.is_free()) present_.Add(NodeIdOf(block, slot));
          if (node.is_live()) live_.Add(NodeIdOf(block, slot));
        }
        return;
      }
      case PageKind::kItems: {
        const ItemPage items(page, block);
        for (std::size_t slot = 0; slot < items.lines(); ++slot) {
          if (!items.IsFree(slot)) items_[{block, static_cast<std::uint16_t>(slot)}] = 0;
        }
        return;
      }
      case PageKind::kEntries:
        return;
      default:
        Report(block, 0, "page of an unexpected kind");
    }
  }

  // --- nodes

  void CheckNodes(const std::byte* bytes, BlockId block) {
    const NodePage page(shape_, bytes, block);
    for (std::size_t slot = 0; slot < page.count(); ++slot) {
      const NodeView node = page.node(slot);
      if (node.is_free()) continue;
      UseItems(node.head().tids(), ItemKind::kTids, block, slot);
      UseItems(node.head().value(), ItemKind::kValue, block, slot);
      if (!node.is_live()) {
        ++result_.dead;
        continue;
      }
      ++result_.nodes;
      result_.lanes += node.neighbors().size();
      CheckTids(node, block, slot);
      CheckLanes(node, block, slot);
      if (shape_.is_coded) CheckCodes(node, block, slot);
    }
  }

  void CheckTids(const NodeView& node, BlockId block, std::size_t slot) {
    ++result_.rows;
    if (node.head().tid.offset == 0) Report(block, slot, "node without a heap TID");
    ForEachTid(store_, node.head().tids(), [&](HeapTid) { ++result_.rows; });
  }

  void CheckLanes(const NodeView& node, BlockId block, std::size_t slot) {
    const std::span<const NodeId> lanes = node.neighbors();
    if (lanes.size() < 64 && node.head().redundant >> lanes.size() != 0) {
      Report(block, slot, "empty lane is marked");
    }
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      if (lanes[i] == NodeIdOf(block, slot)) Report(block, slot, "lane leads to its own node");
      if (!present_.Contains(lanes[i])) Report(block, slot, "lane leads to no node");
      const auto before = lanes.first(i);
      if (std::ranges::find(before, lanes[i]) != before.end()) {
        Report(block, slot, "two lanes lead to the same node");
      }
      linked_.Add(lanes[i]);
    }
  }

  void CheckCodes(const NodeView& node, BlockId block, std::size_t slot) {
    if (!ReadRotated(NodeIdOf(block, slot), own_rotated_, true)) return;
    for (std::size_t lane = 0; lane < node.neighbors().size(); ++lane) {
      const NodeId neighbor = node.neighbors()[lane];
      if (!live_.Contains(neighbor) || !ReadRotated(neighbor, other_rotated_, false)) continue;
      const Lane expected = coding_.Encode(neighbor, own_rotated_, other_rotated_);
      std::pmr::vector<std::uint8_t> code(expected.code.size(), memory_);
      quantize::UnpackLane(node.codes(lane / quantize::kLanes), lane % quantize::kLanes, code);
      if (IsOtherCode(code, expected.code)) Report(block, slot, "code of another row");
      const bool has_factors =
          IsNear(node.LaneAdd(lane), expected.add, node.head().add_scale) &&
          IsNear(node.LaneRescale(lane), expected.rescale, node.head().rescale_scale);
      if (!has_factors) Report(block, slot, "factors of another row");
    }
  }

  // Levels of SIMD round differently: a coordinate near zero may change its sign.
  static bool IsOtherCode(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
    std::size_t different = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      different += static_cast<std::size_t>(std::popcount(static_cast<unsigned>(a[i] ^ b[i])));
    }
    return different > 1 + a.size() / 16;
  }

  // Up to the rounding of halves with a scale that the largest of them took.
  static bool IsNear(float stored, float expected, float scale) {
    return std::fabs(stored - expected) <= 0.01f * std::fabs(expected) + 64 * scale;
  }

  bool ReadRotated(NodeId id, std::pmr::vector<float>& rotated, bool is_own) {
    std::pmr::vector<std::byte>& kept = is_own ? own_ : other_;
    kept.clear();
    ItemRef item;
    {
      const auto guard = store_.Read(BlockOf(id));
      const NodeView node = NodePage(shape_, guard.page(), BlockOf(id)).node(SlotOf(id));
      if (!node.is_live()) return false;
      item = node.head().value();
      if (!item.exists()) {
        const auto bytes = KeptInNode(meta_, node);
        kept.assign(bytes.begin(), bytes.end());
      }
    }
    if (item.exists()) ReadKeptItem(store_, meta_, item, kept);
    std::pmr::vector<float> values(meta_.dims, memory_);
    DecodeKept(meta_, kept, values);
    coding_.Rotate(values, rotated);
    return true;
  }

  // --- items

  void UseItems(ItemRef ref, ItemKind kind, BlockId block, std::size_t slot) {
    if (!ref.exists()) return;
    ForEachItem(store_, ref, kind, [&](const Item&, ItemRef at) {
      if (items_[{at.block, at.slot}]++ != 0) Report(block, slot, "item is referred to twice");
    });
  }

  // --- roots

  void CheckEntries() {
    const EntryShape shape(meta_);
    std::uint64_t places = 0;
    BlockId last = kNoBlock;
    ForEachEntryPage(store_, shape, state_, [&](const EntryPage& page, BlockId block) {
      if (last != kNoBlock && places % shape.places() != 0) Report(last, 0, "gap in the directory");
      last = block;
      for (std::size_t place = 0; place < page.places(); ++place) {
        const NodeId node = page.node(place);
        if (node == kNoNode) continue;
        starts_.push_back(node);
        if (!present_.Contains(node)) Report(block, place, "entry is no node");
      }
      places += page.places();
    });
    if (last != state_.entries_last) Report(kStateBlock, 0, "directory ends elsewhere");
    if (places < state_.entries) Report(kStateBlock, 0, "directory has too few places");
  }

  void CheckChain(BlockId first, PageKind kind) {
    CycleGuard<BlockId> cycle;
    for (BlockId block = first; block != kNoBlock;) {
      cycle.Visit(block, block);
      if (!IsPage(block, kind)) return Report(block, 0, "chain leads to a page of another kind");
      const auto guard = store_.Read(block);
      if ((TrailerOf(guard.page()).flags & kIsListed) == 0) Report(block, 0, "page is not listed");
      block = TrailerOf(guard.page()).next;
    }
  }

  void CountUnreachable() {
    for (BlockId block = 0; block < blocks_; ++block) {
      const std::uint64_t orphans = live_.SlotsOf(block) & ~linked_.SlotsOf(block);
      result_.orphans += static_cast<unsigned>(std::popcount(orphans));
    }
    std::pmr::vector<NodeId> open(starts_, memory_);
    for (const NodeId node : open) reached_.Add(node);
    while (!open.empty()) {
      const NodeId id = open.back();
      open.pop_back();
      store_.CheckInterrupts();
      if (!present_.Contains(id)) continue;
      const auto guard = store_.Read(BlockOf(id));
      const NodeView node = NodePage(shape_, guard.page(), BlockOf(id)).node(SlotOf(id));
      for (const NodeId neighbor : node.neighbors()) {
        if (reached_.Contains(neighbor)) continue;
        reached_.Add(neighbor);
        open.push_back(neighbor);
      }
    }
    for (BlockId block = 0; block < blocks_; ++block) {
      const std::uint64_t lost = live_.SlotsOf(block) & ~reached_.SlotsOf(block);
      result_.unreachable += static_cast<unsigned>(std::popcount(lost));
    }
  }

  Store& store_;
  std::pmr::memory_resource* memory_;
  Meta meta_;
  NodeShape shape_;
  BlockId blocks_;
  State state_{};
  NodeSet present_;  // live or dead
  NodeSet live_;
  NodeSet linked_;                               // by a lane of a live node
  NodeSet reached_;                              // from the directory
  std::pmr::map<ItemKey, std::uint32_t> items_;  // with their uses
  std::pmr::vector<NodeId> starts_;              // entries
  Coding coding_;
  std::pmr::vector<std::byte> own_;
  std::pmr::vector<std::byte> other_;
  std::pmr::vector<float> own_rotated_;
  std::pmr::vector<float> other_rotated_;
  CheckResult result_;
};

}  // namespace vec::hnsw
