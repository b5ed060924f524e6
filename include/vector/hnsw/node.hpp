// Nodes and their pages.
//
// A node page (kind kNodes):
//
//   24       slot[0] slot[1] ... slot[n-1]   Meta.node_bytes each, up to `lower`
//            hole
//   special  Trailer; `next` links pages with freed slots (State.free_nodes)
//
// A slot, of R = Meta.lanes lanes:
//
//   0        NodeHead
//   48       u32 neighbour[R]            node ids
//   coded:
//            f16 add[R]                  times head.add_scale: quantize/rabitq.hpp
//            f16 rescale[R]              times head.rescale_scale
//            FastScan codes              R / 32 blocks of 4 * Meta.code_dims bytes
//   then     Meta.self_bytes of the node's own vector (SelfKind)
//
// Lanes from head.degree on are empty. The first head.children lanes are those of a
// spanning forest, which are given to no other node: one leads to each live node but the roots,
// which are in the entry directory for good. So there is a way to every node. A lane's code is that
// of P(neighbour - self), cut to its first code_dims coordinates; where its factors fit no float
// they are 0, and the lane looks as near as its node. The scales are powers of two, so that a lane
// may get larger factors than the others without rounding those again.
//
// What a view shows was checked for what keeps it within the page; ids and references are
// whatever the page holds, and are checked by those who follow them.
#pragma once

#include <cstring>
#include <span>

#include "vector/base/half.hpp"
#include "vector/hnsw/layout.hpp"
#include "vector/quantize/fastscan.hpp"
#include "vector/quantize/rabitq.hpp"

namespace vec::hnsw {

// kDead: vacuum is about to free it. Searches walk through it and do not hand it out.
enum class NodeState : std::uint8_t { kFree = 0, kLive = 1, kDead = 2 };

// NodeHead.flags: rows of the node's heap TIDs may differ, and are equal as kept alone.
inline constexpr std::uint16_t kRowsDiffer = 1;
// A root of the spanning forest: no other node takes its place in the entry directory.
inline constexpr std::uint16_t kIsRoot = 2;

struct NodeHead {
  NodeState state;
  std::uint8_t degree;
  std::uint16_t flags;
  std::uint32_t version;  // counts the changes of the lanes
  HeapTid tid;
  std::uint16_t value_slot;  // item of the row (SelfKind), or block kNoBlock
  BlockId value_block;
  BlockId tids_block;  // list of further heap TIDs: rows equal as kept; or kNoBlock
  std::uint16_t tids_slot;
  std::uint16_t children;  // lanes of the spanning forest: the first ones
  float norm_squared;      // of the row
  float add_scale;
  float rescale_scale;
  std::uint64_t redundant;  // bit k: lane k is there to fill the node

  ItemRef value() const { return {value_block, value_slot}; }
  ItemRef tids() const { return {tids_block, tids_slot}; }
};
static_assert(sizeof(NodeHead) == 48 && std::is_trivially_copyable_v<NodeHead>);

// The bytes of a slot in front of the node's own vector.
inline constexpr std::size_t SelfOffset(Form form, std::size_t lanes, std::size_t code_dims) {
  const std::size_t ids_end = sizeof(NodeHead) + lanes * sizeof(NodeId);
  if (form == Form::kPlain) return ids_end;
  return ids_end + 2 * lanes * sizeof(Half) +
         lanes / quantize::kLanes * quantize::BlockBytes(code_dims);
}

// Where things lie in a slot.
struct NodeShape {
  explicit NodeShape(const Meta& meta)
      : is_coded(meta.form == Form::kCoded),
        lanes(meta.lanes),
        per_page(meta.per_page),
        node_bytes(meta.node_bytes),
        self_bytes(meta.self_bytes),
        block_bytes(quantize::BlockBytes(meta.code_dims)),
        add_at(sizeof(NodeHead) + lanes * sizeof(NodeId)),
        rescale_at(add_at + lanes * sizeof(Half)),
        codes_at(rescale_at + lanes * sizeof(Half)),
        self_at(SelfOffset(meta.form, lanes, meta.code_dims)) {}

  std::size_t blocks() const { return is_coded ? lanes / quantize::kLanes : 0; }
  std::size_t SlotAt(std::size_t slot) const { return sizeof(PageHeader) + slot * node_bytes; }

  bool is_coded;
  std::size_t lanes;
  std::size_t per_page;
  std::size_t node_bytes;
  std::size_t self_bytes;
  std::size_t block_bytes;  // of the codes of 32 lanes
  std::size_t add_at;
  std::size_t rescale_at;
  std::size_t codes_at;
  std::size_t self_at;
};

// A read-only view of a slot. The page stays pinned by its guard; the shape outlives it.
class NodeView {
 public:
  // Throws Error(kCorrupted) where the head is not one.
  NodeView(const NodeShape& shape, const std::byte* slot, BlockId block)
      : shape_(&shape), slot_(slot) {
    if (!IsNode(shape, slot)) ThrowCorrupted("Damaged node", block);
  }

  // Whether the head keeps a view within the slot.
  static bool IsNode(const NodeShape& shape, const std::byte* slot) {
    const auto& head = *reinterpret_cast<const NodeHead*>(slot);
    return head.state <= NodeState::kDead && head.degree <= shape.lanes &&
           head.children <= head.degree;
  }

  const NodeHead& head() const { return *reinterpret_cast<const NodeHead*>(slot_); }
  bool is_free() const { return head().state == NodeState::kFree; }
  bool is_live() const { return head().state == NodeState::kLive; }

  // As many as the degree says.
  std::span<const NodeId> neighbors() const {
    return {reinterpret_cast<const NodeId*>(slot_ + sizeof(NodeHead)), head().degree};
  }
  std::span<const NodeId> children() const { return neighbors().first(head().children); }
  bool is_root() const { return (head().flags & kIsRoot) != 0; }
  bool IsRedundant(std::size_t lane) const { return (head().redundant >> lane & 1) != 0; }

  // What lies in the node of its own vector.
  std::span<const std::byte> self() const { return {slot_ + shape_->self_at, shape_->self_bytes}; }

  // REQUIRES, for those below: a coded shape.
  const Half* add() const { return reinterpret_cast<const Half*>(slot_ + shape_->add_at); }
  const Half* rescale() const { return reinterpret_cast<const Half*>(slot_ + shape_->rescale_at); }
  // The codes of lanes 32 i .. 32 i + 31.
  std::span<const std::uint8_t> codes(std::size_t i) const {
    return {
        reinterpret_cast<const std::uint8_t*>(slot_) + shape_->codes_at + i * shape_->block_bytes,
        shape_->block_bytes};
  }
  float LaneAdd(std::size_t lane) const { return head().add_scale * ToFloat(add()[lane]); }
  float LaneRescale(std::size_t lane) const {
    return head().rescale_scale * ToFloat(rescale()[lane]);
  }

 private:
  const NodeShape* shape_;
  const std::byte* slot_;
};

// The neighbour of a lane with its code; of plain nodes the id counts alone.
struct Lane {
  NodeId node = kNoNode;
  float add = 0;
  float rescale = 0;
  std::span<const std::uint8_t> code;  // Meta.code_dims / 8 bytes
};

// The changing twin, over an image of a record. Whoever changes lanes calls CountChange()
// once a record.
class NodeEditor {
 public:
  // Throws Error(kCorrupted) as NodeView does.
  NodeEditor(const NodeShape& shape, std::byte* slot, BlockId block) : shape_(&shape), slot_(slot) {
    (void)NodeView(shape, slot, block);
  }

  NodeHead& head() { return *reinterpret_cast<NodeHead*>(slot_); }
  NodeView view() const { return {*shape_, slot_, kNoBlock}; }

  // Makes a live node of no lanes of a free slot. REQUIRES: self.size() <= Meta.self_bytes;
  // of kValue rows that lie in an item `self` is empty and `value` exists.
  void Create(HeapTid tid, ItemRef value, float norm_squared, std::span<const std::byte> self);

  // Makes a copy of a slot made elsewhere of a free slot; the version goes on counting.
  // REQUIRES: slot.size() == Meta.node_bytes.
  void Assign(std::span<const std::byte> slot);

  // Puts a neighbour into a lane; lane == degree appends. REQUIRES: lane <= degree, lane <
  // Meta.lanes.
  void SetLane(std::size_t lane, const Lane& neighbor, bool is_redundant);

  // Takes a lane away; the last one takes its place. That of a child is taken by the last
  // child. REQUIRES: lane < degree.
  void RemoveLane(std::size_t lane);

  // Makes a child of the node that a lane leads to; the lane changes places with another.
  // REQUIRES: lane < degree.
  void AddChild(std::size_t lane);

  void SetTids(ItemRef tids);
  void CountChange() { ++head().version; }

  // All zeros but the version, which goes on counting.
  void Free();

 private:
  NodeId* ids() { return reinterpret_cast<NodeId*>(slot_ + sizeof(NodeHead)); }
  Half* add() { return reinterpret_cast<Half*>(slot_ + shape_->add_at); }
  Half* rescale() { return reinterpret_cast<Half*>(slot_ + shape_->rescale_at); }
  std::span<std::uint8_t> codes(std::size_t i) {
    return {reinterpret_cast<std::uint8_t*>(slot_) + shape_->codes_at + i * shape_->block_bytes,
            shape_->block_bytes};
  }
  void SetRedundant(std::size_t lane, bool is_redundant);
  void SwapLanes(std::size_t a, std::size_t b);

  const NodeShape* shape_;
  std::byte* slot_;
};

// A node page, read only.
class NodePage {
 public:
  // Throws Error(kCorrupted) where the page is no node page of the shape.
  NodePage(const NodeShape& shape, const std::byte* page, BlockId block)
      : shape_(&shape), page_(page), block_(block) {
    CheckPage(page, PageKind::kNodes, block);
    if (!HasLayout(shape, page)) ThrowCorrupted("Invalid layout", block);
    count_ = (HeaderOf(page).lower - sizeof(PageHeader)) / shape.node_bytes;
  }

  // Whether the layout of a page of kind kNodes is one of such slots.
  static bool HasLayout(const NodeShape& shape, const std::byte* page) {
    const PageHeader& header = HeaderOf(page);
    if (header.lower < sizeof(PageHeader) || header.upper != header.special) return false;
    const std::size_t used = header.lower - sizeof(PageHeader);
    return used % shape.node_bytes == 0 && used / shape.node_bytes <= shape.per_page;
  }

  std::size_t count() const { return count_; }

  // Throws Error(kCorrupted) where there is no such slot.
  NodeView node(std::size_t slot) const {
    if (slot >= count_) ThrowCorrupted("Link to a missing node", block_);
    return {*shape_, page_ + shape_->SlotAt(slot), block_};
  }

  // The first free slot, count() for one that is to be appended, or the shape's per_page
  // where the page is full.
  std::size_t FreeSlot() const;

 private:
  const NodeShape* shape_;
  const std::byte* page_;
  BlockId block_;
  std::size_t count_;
};

// A node page as an image of a record.
class MutableNodePage {
 public:
  // Of a fresh page: REQUIRES FormatHnswPage(page, PageKind::kNodes) before.
  MutableNodePage(const NodeShape& shape, std::byte* page, BlockId block)
      : shape_(&shape), page_(page), block_(block) {
    (void)NodePage(shape, page, block);
  }

  NodePage view() const { return {*shape_, page_, block_}; }

  // Throws Error(kCorrupted) where there is no such slot.
  NodeEditor node(std::size_t slot) {
    (void)view().node(slot);
    return {*shape_, page_ + shape_->SlotAt(slot), block_};
  }

  // The slot that NodePage::FreeSlot() named, appended where it is new. REQUIRES: slot <
  // per_page.
  NodeEditor Take(std::size_t slot);

 private:
  const NodeShape* shape_;
  std::byte* page_;
  BlockId block_;
};

}  // namespace vec::hnsw
