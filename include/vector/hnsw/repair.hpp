// New edges in place of those to dead nodes.
//
// A node that loses a lane to a dead neighbour looks among that neighbour's own lanes, of
// which the codes tell the distances to it (own codes for the dead node, the dead node's for
// what lies behind), and reads the rows of the nearest few alone; those ask for an edge as
// new nodes do, and get offered one back. Plain nodes read the rows of all.
#pragma once

#include <algorithm>
#include <memory_resource>
#include <optional>
#include <utility>
#include <vector>

#include "vector/base/copy_bytes.hpp"
#include "vector/hnsw/edges.hpp"
#include "vector/hnsw/entries.hpp"
#include "vector/hnsw/explore.hpp"
#include "vector/hnsw/node_set.hpp"

namespace vec::hnsw {

// Finds the nodes to which no edge leads, by one pass over their pages.
class OrphanFinder {
 public:
  OrphanFinder(BlockId blocks, std::pmr::memory_resource* memory)
      : live_(blocks, memory), reached_(blocks, memory) {}

  // Notes who lives on a page, and whom their edges lead to.
  void Note(const NodePage& page, BlockId block) {
    for (std::size_t slot = 0; slot < page.count(); ++slot) {
      const NodeView node = page.node(slot);
      if (!node.is_live()) continue;
      live_.Add(NodeIdOf(block, slot));
      for (const NodeId neighbor : node.neighbors()) reached_.Add(neighbor);
    }
  }

  const NodeSet& live() const { return live_; }

  // Bit i: slot i of the block holds an orphan.
  std::uint64_t OrphansOf(BlockId block) const {
    return live_.SlotsOf(block) & ~reached_.SlotsOf(block);
  }

 private:
  NodeSet live_;
  NodeSet reached_;
};

template <PageStore Store>
class Repairer {
 public:
  // `dead` outlives the object.
  Repairer(Store& store, const Meta& meta, const NodeSet& dead, std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        shape_(meta),
        dead_(dead),
        memory_(memory),
        coding_(store, meta, memory),
        candidate_estimator_(meta, memory),
        edges_(store, meta, memory),
        explorer_(store, meta, coding_, memory),
        pool_(memory),
        one_way_(memory),
        kept_(memory),
        values_(memory),
        rotated_(coding_.rotated_dims(), memory),
        candidate_kept_(memory),
        candidate_values_(memory),
        candidate_rotated_(coding_.rotated_dims(), memory) {}

  bool NeedsRepair(const NodeView& node) const {
    return node.is_live() && std::ranges::any_of(node.neighbors(), [this](NodeId neighbor) {
             return dead_.Contains(neighbor);
           });
  }

  // Takes the lanes to dead nodes away. Returns how many there were.
  std::size_t Strip(NodeEditor& node) {
    std::size_t removed = 0;
    for (std::size_t lane = node.view().neighbors().size(); lane-- > 0;) {
      if (!dead_.Contains(node.view().neighbors()[lane])) continue;
      node.RemoveLane(lane);
      ++removed;
    }
    if (removed > 0) node.CountChange();
    return removed;
  }

  // Coded: changes a copy of a node.
  void RepairCopy(NodeId id, NodeEditor& node) {
    ReadOwn(id, node.view());
    coding_.Rotate(values_, rotated_);
    const LaneEstimator& own = coding_.OwnOf(rotated_);
    pool_.clear();
    FindBehindCoded(id, node.view(), own);
    const std::size_t removed = Strip(node);
    if (node.view().neighbors().size() < kFewLanes) FindByWalk(id, node.view());
    FillLanes(id, removed, [&](const Candidate& candidate, const EdgeTerms& terms) {
      return AddEdge(candidate.node, terms, node, own);
    });
  }

  // Plain: `node` is a copy from before its lanes were stripped, on its page too.
  void RepairPlain(NodeId id, const NodeView& node) {
    ReadOwn(id, node);
    pool_.clear();
    std::size_t removed = 0;
    for (const NodeId neighbor : node.neighbors()) {
      if (!dead_.Contains(neighbor)) continue;
      ++removed;
      FindBehindPlain(id, neighbor, node);
    }
    if (node.neighbors().size() - removed < kFewLanes) FindByWalk(id, node);
    FillLanes(id, removed, [&](const Candidate& candidate, const EdgeTerms& terms) {
      const EdgeEnd end{id, candidate.estimate, Distance(), terms};
      const RowView row{candidate_values_, candidate_kept_};
      return edges_.AddPlain(end, candidate.node, row, kept_, kNothingKnown);
    });
  }

  // Offers edges back along those that repairs have added since the last call. Otherwise nodes
  // would lose the edges to them one by one, where others die.
  void LinkBack() {
    for (const auto& [from, to] : one_way_) (void)Link(to, from, {});
    one_way_.clear();
  }

  // Makes a node a root, for which the entry directory has a place.
  void Enter(NodeId id) {
    const std::optional<Entry> entry = MakeEntry(id);
    if (!entry) return;
    MakeRoot(store_, shape_, id);
    AppendEntry(store_, meta_, *entry);
  }

  // Gives a node to which no edge leads one from its nearest live neighbour.
  void Adopt(NodeId id) {
    const std::optional<NeighborList> lanes = NeighborsOf(id);
    // The lanes of a new node are in the order of their distance, but for redundant ones.
    if (lanes && lanes->count > 0) (void)Link(lanes->ids[0], id, {.is_forced = true});
  }

  // Makes a node the child of the first of its neighbours that takes it, of those for which
  // may_be_parent(id) holds. Returns whether there was one.
  template <typename MayBeParent>
  bool AdoptAsChild(NodeId id, MayBeParent may_be_parent) {
    const std::optional<NeighborList> lanes = NeighborsOf(id);
    for (std::size_t lane = 0; lanes && lane < lanes->count; ++lane) {
      const NodeId parent = lanes->ids[lane];
      if (!may_be_parent(parent)) continue;
      if (Link(parent, id, {.is_forced = true, .is_child = true}) == Answer::kTaken) return true;
    }
    return false;
  }

  // What the entry directory is to hold of a node, until the next call; nothing where that is
  // not live any more.
  std::optional<Entry> MakeEntry(NodeId id) {
    if (!ReadCandidate(id)) return std::nullopt;
    Entry entry{.lane = {id, 0, 0, {}}, .row = {}};
    if (shape_.is_coded) {
      coding_.Rotate(candidate_values_, candidate_rotated_);
      entry.lane = coding_.Encode(id, coding_.center(), candidate_rotated_);
    } else if (LiesInNode(meta_, candidate_kept_.size())) {
      entry.row = candidate_kept_;
    }
    return entry;
  }

 private:
  // With fewer lanes than these left a node searches the graph for others.
  static constexpr std::size_t kFewLanes = 4;
  static constexpr std::size_t kWalkWidth = 32;
  // Rows read beyond twice the number of lanes lost.
  static constexpr std::size_t kSpareTries = 2;
  static constexpr auto kNothingKnown = [](NodeId) { return std::optional<KnownNode>(); };

  struct NeighborList {
    NodeId ids[kMostLanes];
    std::size_t count;
  };

  // Of a live node.
  std::optional<NeighborList> NeighborsOf(NodeId id) {
    const auto guard = store_.Read(BlockOf(id));
    const NodeView node = NodePage(shape_, guard.page(), BlockOf(id)).node(SlotOf(id));
    if (!node.is_live()) return std::nullopt;
    NeighborList lanes;
    lanes.count = node.neighbors().size();
    std::ranges::copy(node.neighbors(), lanes.ids);
    return lanes;
  }

  // Offers a node an edge to another.
  Answer Link(NodeId from, NodeId to, const EdgeTerms& terms) {
    store_.CheckInterrupts();
    if (!ReadRow(from, kept_, values_, norm_squared_)) return Answer::kRefused;
    if (!ReadCandidate(to)) return Answer::kRefused;
    const EdgeEnd end{from, Score(), Distance(), terms};
    if (!shape_.is_coded) {
      return edges_.AddPlain(end, to, {candidate_values_, candidate_kept_}, kept_, kNothingKnown);
    }
    coding_.Rotate(values_, rotated_);
    coding_.Rotate(candidate_values_, candidate_rotated_);
    candidate_estimator_.Prepare(candidate_rotated_);
    return edges_.AddCoded(end, {.own = coding_.OwnOf(rotated_),
                                 .row = candidate_estimator_,
                                 .norm_squared = candidate_norm_,
                                 .lane = coding_.Encode(to, rotated_, candidate_rotated_)});
  }

  // --- who may be a neighbour

  void Offer(NodeId id, const NodeView& node, NodeId candidate, float estimate) {
    if (candidate == id || dead_.Contains(candidate)) return;
    if (std::ranges::find(node.neighbors(), candidate) != node.neighbors().end()) return;
    pool_.push_back({estimate, candidate});
  }

  void FindBehindCoded(NodeId id, const NodeView& node, const LaneEstimator& own) {
    LaneEstimator::LaneDistances lanes;
    own.Recover(node, lanes);
    for (std::size_t lane = 0; lane < node.neighbors().size(); ++lane) {
      const NodeId neighbor = node.neighbors()[lane];
      if (!dead_.Contains(neighbor)) continue;
      const float score =
          meta_.metric == Metric::kInnerProduct ? -lanes.product[lane] : lanes.squared[lane];
      store_.CheckInterrupts();
      const auto guard = store_.Read(BlockOf(neighbor));
      const NodeView dead =
          NodePage(shape_, guard.page(), BlockOf(neighbor)).node(SlotOf(neighbor));
      float estimates[kMostLanes];
      own.Estimate(dead, score, estimates);
      for (std::size_t i = 0; i < dead.neighbors().size(); ++i) {
        Offer(id, node, dead.neighbors()[i], estimates[i]);
      }
    }
  }

  void FindBehindPlain(NodeId id, NodeId dead, const NodeView& node) {
    NodeId neighbors[kMostLanes];
    std::size_t count = 0;
    {
      const auto guard = store_.Read(BlockOf(dead));
      const NodeView view = NodePage(shape_, guard.page(), BlockOf(dead)).node(SlotOf(dead));
      count = view.neighbors().size();
      std::ranges::copy(view.neighbors(), neighbors);
    }
    for (const NodeId neighbor : std::span(neighbors).first(count)) {
      store_.CheckInterrupts();
      if (!dead_.Contains(neighbor) && ReadCandidate(neighbor)) Offer(id, node, neighbor, Score());
    }
  }

  void FindByWalk(NodeId id, const NodeView& node) {
    explorer_.Run({values_, kept_}, rotated_, kWalkWidth);
    for (const Sighting& sighting : explorer_.sightings()) {
      if (sighting.is_live) Offer(id, node, sighting.id, sighting.score);
    }
    if (shape_.is_coded) (void)coding_.OwnOf(rotated_);  // the walk may have taken it
  }

  // Gives a node the nearest of the pool in place of `missing` lanes: those that the rule of
  // pruning keeps, then others. offer(candidate, terms) offers an edge; the row is read.
  template <typename OfferEdge>
  void FillLanes(NodeId id, std::size_t missing, OfferEdge offer) {
    const std::span<Candidate> nearest = NearestOfPool(2 * missing + kSpareTries);
    for (const bool is_kept : {true, false}) {
      for (Candidate& candidate : nearest) {
        if (missing == 0) return;
        if (candidate.node == kNoNode || !ReadCandidate(candidate.node)) continue;
        if (offer(candidate, EdgeTerms{.is_kept = is_kept}) != Answer::kTaken) continue;
        one_way_.emplace_back(id, candidate.node);
        candidate.node = kNoNode;
        --missing;
      }
    }
  }

  // The nearest different ones, in order.
  std::span<Candidate> NearestOfPool(std::size_t most) {
    std::ranges::sort(pool_, {}, [](const Candidate& c) { return std::pair(c.node, c.estimate); });
    const auto is_same = [](const Candidate& a, const Candidate& b) { return a.node == b.node; };
    pool_.erase(std::unique(pool_.begin(), pool_.end(), is_same), pool_.end());
    std::ranges::sort(pool_, {}, &Candidate::estimate);
    if (pool_.size() > most) pool_.resize(most);
    return pool_;
  }

  Answer AddEdge(NodeId candidate, const EdgeTerms& terms, NodeEditor& node,
                 const LaneEstimator& own) {
    coding_.Rotate(candidate_values_, candidate_rotated_);
    candidate_estimator_.Prepare(candidate_rotated_);
    const EdgeEnd end{candidate, Score(), Distance(), terms};
    return AddCodedEdge(meta_, node, end,
                        {.own = own,
                         .row = candidate_estimator_,
                         .norm_squared = candidate_norm_,
                         .lane = coding_.Encode(candidate, rotated_, candidate_rotated_)});
  }

  // --- rows

  // Of the node to be repaired.
  void ReadOwn(NodeId id, const NodeView& node) {
    norm_squared_ = node.head().norm_squared;
    if (node.head().value().exists()) {
      kept_.clear();
      ReadKeptItem(store_, meta_, node.head().value(), kept_);
    } else {
      AssignBytes(kept_, KeptInNode(meta_, id, node));
    }
    Decode(kept_, values_);
  }

  bool ReadCandidate(NodeId id) {
    return ReadRow(id, candidate_kept_, candidate_values_, candidate_norm_);
  }

  // Of a live node.
  bool ReadRow(NodeId id, std::pmr::vector<std::byte>& kept, std::pmr::vector<float>& values,
               float& norm_squared) {
    ItemRef item;
    {
      const auto guard = store_.Read(BlockOf(id));
      const NodeView node = NodePage(shape_, guard.page(), BlockOf(id)).node(SlotOf(id));
      if (!node.is_live()) return false;
      norm_squared = node.head().norm_squared;
      item = node.head().value();
      if (!item.exists()) AssignBytes(kept, KeptInNode(meta_, id, node));
    }
    if (item.exists()) {
      kept.clear();
      ReadKeptItem(store_, meta_, item, kept);
    }
    Decode(kept, values);
    return true;
  }

  void Decode(std::span<const std::byte> kept, std::pmr::vector<float>& values) {
    if (!IsDense(meta_.type)) return;
    values.resize(meta_.dims);
    DecodeKept(meta_, kept, values);
  }

  // Between the node and the candidate.
  float Score() {
    const RowView row{values_, kept_};
    return KeptScorer(meta_, row, memory_).Distance(candidate_kept_);
  }
  float Distance() {
    if (meta_.metric != Metric::kInnerProduct) return Score();
    return std::max(0.0f, norm_squared_ + candidate_norm_ + 2 * Score());
  }

  Store& store_;
  const Meta& meta_;
  NodeShape shape_;
  const NodeSet& dead_;
  std::pmr::memory_resource* memory_;
  Coding coding_;
  LaneEstimator candidate_estimator_;
  EdgeWriter<Store> edges_;
  Explorer<Store> explorer_;

  std::pmr::vector<Candidate> pool_;
  std::pmr::vector<std::pair<NodeId, NodeId>> one_way_;  // edges: from, to
  std::pmr::vector<std::byte> kept_;
  std::pmr::vector<float> values_;
  std::pmr::vector<float> rotated_;
  float norm_squared_ = 0;
  std::pmr::vector<std::byte> candidate_kept_;
  std::pmr::vector<float> candidate_values_;
  std::pmr::vector<float> candidate_rotated_;
  float candidate_norm_ = 0;
};

}  // namespace vec::hnsw
