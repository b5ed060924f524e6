// Edges back: a node takes a new one among its lanes, if that is worth it (prune.hpp).
//
// Coded: the node's codes tell all distances, so that the lane is found under the lock of
// the node's page. Plain: its neighbours' rows are read first, and the lanes that were seen
// are compared by their version under the lock.
#pragma once

#include <algorithm>
#include <limits>
#include <memory_resource>
#include <optional>
#include <vector>

#include "vector/base/copy_bytes.hpp"
#include "vector/hnsw/coding.hpp"
#include "vector/hnsw/kept_row.hpp"
#include "vector/hnsw/prune.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::hnsw {

// How an edge is offered to a node.
struct EdgeTerms {
  bool is_forced = false;  // it must take the edge
  bool is_child = false;   // the new node becomes its child, to which the edge stays
  bool is_kept = false;    // only if the rule of pruning keeps it
};

// The node at the other end of an edge, with its distance to the new node.
struct EdgeEnd {
  NodeId node;
  float score;     // of the metric
  float distance;  // inner product: squared L2; else the score
  EdgeTerms terms = {};
};

// What a node did with an edge.
enum class Answer {
  kTaken,
  kRefused,
  kFull,  // it cannot have a further child
};

// As many lanes as a node has for children; the others follow the rule of pruning.
inline std::size_t MostChildren(const Meta& meta) { return meta.lanes / 2u; }

// The place for an edge that must be taken: one that costs least.
inline std::optional<Placement> ForceReverseEdge(const Lanes& lanes) {
  std::uint32_t lane = 0;
  const std::uint64_t replaceable = ReplaceableLanes(lanes);
  const std::uint64_t redundant = lanes.redundant & replaceable;
  const std::uint64_t mask = redundant != 0 ? redundant : replaceable;
  float farthest = -std::numeric_limits<float>::infinity();
  for (std::uint32_t i = 0; i < lanes.from_node.size(); ++i) {
    if ((mask >> i & 1) == 0 || !(lanes.from_node[i] > farthest)) continue;
    farthest = lanes.from_node[i];
    lane = i;
  }
  return Placement{lane, lanes.redundant & ~(std::uint64_t{1} << lane)};
}

inline std::optional<Placement> PlaceEdge(const Lanes& lanes, const EdgeEnd& end) {
  std::optional<Placement> placement = PlaceReverseEdge(lanes, end.distance);
  if (!placement && end.terms.is_forced) placement = ForceReverseEdge(lanes);
  const bool is_redundant = placement && (placement->redundant >> placement->lane & 1) != 0;
  if (is_redundant && end.terms.is_kept) return std::nullopt;
  return placement;
}

// The lane that leads to a node: an insert and a vacuum may offer the same edge.
inline std::optional<std::size_t> LaneTo(const NodeView& node, NodeId id) {
  const auto lane = std::ranges::find(node.neighbors(), id);
  if (lane == node.neighbors().end()) return std::nullopt;
  return static_cast<std::size_t>(lane - node.neighbors().begin());
}

inline bool MayHaveChild(const Meta& meta, const NodeView& node) {
  return node.head().children < MostChildren(meta);
}

// What becomes of an edge that is there already.
inline Answer AcceptEdge(const Meta& meta, NodeEditor& node, std::size_t lane,
                         const EdgeTerms& terms) {
  if (!terms.is_child || lane < node.head().children) return Answer::kTaken;
  if (!MayHaveChild(meta, node.view())) return Answer::kFull;
  node.AddChild(lane);
  node.CountChange();
  return Answer::kTaken;
}

// The answer for which no distances are needed, if there is one.
inline std::optional<Answer> AnswerAtOnce(const Meta& meta, NodeEditor& node, NodeId id,
                                          const EdgeTerms& terms) {
  if (const auto lane = LaneTo(node.view(), id)) return AcceptEdge(meta, node, *lane, terms);
  if (terms.is_child && !MayHaveChild(meta, node.view())) return Answer::kFull;
  return std::nullopt;
}

// Puts an edge where PlaceEdge() finds place for it, if it does. The distances are those of
// Lanes.
inline Answer TakeEdge(const Meta& meta, NodeEditor& node, const EdgeEnd& end, const Lane& lane,
                       std::span<const float> from_node, std::span<const float> from_new) {
  const std::optional<Placement> placement = PlaceEdge({.from_node = from_node,
                                                        .from_new = from_new,
                                                        .redundant = node.head().redundant,
                                                        .lanes = meta.lanes,
                                                        .children = node.head().children},
                                                       end);
  if (!placement) return Answer::kRefused;
  node.head().redundant = placement->redundant;
  node.SetLane(placement->lane, lane, (placement->redundant >> placement->lane & 1) != 0);
  if (end.terms.is_child) node.AddChild(placement->lane);
  node.CountChange();
  return Answer::kTaken;
}

// The new node, as coded nodes see it.
struct CodedEdge {
  const LaneEstimator& own;  // of the node that takes the edge: Prepare with its row
  const LaneEstimator& row;  // of the new node
  float norm_squared;        // of the new node
  Lane lane;                 // to be written
};

// Puts an edge into the image of a node.
inline Answer AddCodedEdge(const Meta& meta, NodeEditor& node, const EdgeEnd& end,
                           const CodedEdge& edge) {
  const NodeView view = node.view();
  if (const auto answer = AnswerAtOnce(meta, node, edge.lane.node, end.terms)) return *answer;
  const std::size_t degree = view.head().degree;
  LaneEstimator::LaneDistances own;
  float from_new[kMostLanes];
  edge.own.Recover(view, own);
  edge.row.Estimate(view, end.score, from_new);
  if (meta.metric == Metric::kInnerProduct) {
    // |q - o|^2 = |q|^2 + |o|^2 - 2 <q, o>, where |o|^2 = |o - s|^2 + 2 <o, s> - |s|^2.
    for (std::size_t i = 0; i < degree; ++i) {
      const float norm = own.squared[i] + 2 * own.product[i] - view.head().norm_squared;
      from_new[i] = std::max(0.0f, edge.norm_squared + norm + 2 * from_new[i]);
    }
  }
  return TakeEdge(meta, node, end, edge.lane, std::span<const float>(own.squared, degree),
                  std::span<const float>(from_new, degree));
}

// A live node whose row was read before.
struct KnownNode {
  float distance;  // to the new node, as in EdgeEnd
  float norm_squared;
  std::span<const std::byte> kept;
};

template <PageStore Store>
class EdgeWriter {
 public:
  EdgeWriter(Store& store, const Meta& meta, std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        shape_(meta),
        memory_(memory),
        rows_(memory),
        values_(memory),
        from_node_(memory),
        from_new_(memory) {}

  // Each asks a node to take an edge, in a record of its own.
  Answer AddCoded(const EdgeEnd& end, const CodedEdge& edge) {
    const BlockId block = BlockOf(end.node);
    auto record = store_.Begin();
    MutableNodePage page(shape_, record.Modify(block), block);
    NodeEditor node = page.node(SlotOf(end.node));
    if (!node.view().is_live()) return Answer::kRefused;
    const Answer answer = AddCodedEdge(meta_, node, end, edge);
    if (answer == Answer::kTaken) record.Commit();
    return answer;
  }

  // `row` is the new node's, `kept` that of the node that takes the edge; known(id) tells
  // what is known of other nodes.
  template <typename Known>
  Answer AddPlain(const EdgeEnd& end, NodeId id, const RowView& row,
                  std::span<const std::byte> kept, Known known) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      store_.CheckInterrupts();
      const std::optional<std::uint32_t> version = ReadLanes(end.node);
      if (!version) break;
      CompareLanes(row, kept, known);
      if (const std::optional<Answer> answer = TryPlain(end, id, *version)) return *answer;
    }
    return Answer::kRefused;
  }

 private:
  static constexpr int kAttempts = 3;

  // The neighbours of a live node into ids_, and its version.
  std::optional<std::uint32_t> ReadLanes(NodeId id) {
    const auto guard = store_.Read(BlockOf(id));
    const NodeView node = NodePage(shape_, guard.page(), BlockOf(id)).node(SlotOf(id));
    if (!node.is_live()) return std::nullopt;
    degree_ = node.neighbors().size();
    std::ranges::copy(node.neighbors(), ids_);
    return node.head().version;
  }

  // A lane whose node is gone is as far as can be: the first to be replaced.
  template <typename Known>
  void CompareLanes(const RowView& row, std::span<const std::byte> kept, Known known) {
    from_node_.assign(degree_, std::numeric_limits<float>::infinity());
    from_new_.assign(degree_, std::numeric_limits<float>::infinity());
    const RowView own = ViewOf(kept);
    KeptScorer from_node(meta_, own, memory_);
    KeptScorer from_new(meta_, row, memory_);
    const float own_norm = NormSquared(meta_, own);
    const float new_norm = NormSquared(meta_, row);
    for (std::size_t lane = 0; lane < degree_; ++lane) {
      if (const std::optional<KnownNode> node = known(ids_[lane])) {
        from_node_[lane] = Distance(from_node.Distance(node->kept), own_norm + node->norm_squared);
        from_new_[lane] = node->distance;
      } else if (const std::optional<float> norm = ReadRow(ids_[lane])) {
        from_node_[lane] = Distance(from_node.Distance(rows_), own_norm + *norm);
        from_new_[lane] = Distance(from_new.Distance(rows_), new_norm + *norm);
      }
    }
  }

  float Distance(float score, float norms) const {
    return meta_.metric == Metric::kInnerProduct ? norms + 2 * score : score;
  }

  RowView ViewOf(std::span<const std::byte> kept) {
    if (!IsDense(meta_.type)) return {{}, kept};
    values_.resize(meta_.dims);
    DecodeKept(meta_, kept, values_);
    return {values_, kept};
  }

  // The row of a live node into rows_; its norm.
  std::optional<float> ReadRow(NodeId id) {
    ItemRef item;
    float norm = 0;
    {
      const auto guard = store_.Read(BlockOf(id));
      const NodeView node = NodePage(shape_, guard.page(), BlockOf(id)).node(SlotOf(id));
      if (!node.is_live()) return std::nullopt;
      norm = node.head().norm_squared;
      item = node.head().value();
      if (!item.exists()) {
        AssignBytes(rows_, KeptInNode(meta_, id, node));
        return norm;
      }
    }
    rows_.clear();
    ReadKeptItem(store_, meta_, item, rows_);
    return norm;
  }

  // Nothing where the lanes have changed since they were read.
  std::optional<Answer> TryPlain(const EdgeEnd& end, NodeId id, std::uint32_t version) {
    const BlockId block = BlockOf(end.node);
    auto record = store_.Begin();
    MutableNodePage page(shape_, record.Modify(block), block);
    NodeEditor node = page.node(SlotOf(end.node));
    if (!node.view().is_live()) return Answer::kRefused;
    std::optional<Answer> answer = AnswerAtOnce(meta_, node, id, end.terms);
    if (!answer && node.head().version != version) return std::nullopt;
    if (!answer) answer = TakeEdge(meta_, node, end, Lane{id, 0, 0, {}}, from_node_, from_new_);
    if (*answer == Answer::kTaken) record.Commit();
    return answer;
  }

  Store& store_;
  const Meta& meta_;
  NodeShape shape_;
  std::pmr::memory_resource* memory_;

  // Plain: the lanes of the node that takes the edge.
  std::size_t degree_ = 0;
  NodeId ids_[kMostLanes];
  std::pmr::vector<std::byte> rows_;
  std::pmr::vector<float> values_;
  std::pmr::vector<float> from_node_;
  std::pmr::vector<float> from_new_;
};

}  // namespace vec::hnsw
