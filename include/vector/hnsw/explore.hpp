// The search of an insert: what lies around a row, with all that pruning wants to know.
//
// It differs from that of a query in what it keeps: the rows of all nodes that it saw, and of
// plain nodes their lanes. Under the inner product it goes twice over the graph, once by
// -<q, x> and then by the distance, since half of a node's lanes are chosen by each.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory_resource>
#include <optional>
#include <vector>

#include "vector/base/raw_vector.hpp"
#include "vector/hnsw/chain.hpp"
#include "vector/hnsw/coding.hpp"
#include "vector/hnsw/frontier.hpp"
#include "vector/hnsw/kept_row.hpp"
#include "vector/hnsw/nearest_entries.hpp"
#include "vector/hnsw/node_map.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::hnsw {

// A node that the search saw.
struct Sighting {
  NodeId id;
  float score;     // of the metric
  float distance;  // inner product: squared L2; else the score
  float norm_squared;
  bool is_live;
  std::uint8_t degree;      // plain
  std::uint32_t row_bytes;  // as kept
  std::size_t row_at;
};

template <PageStore Store>
class Explorer {
 public:
  // `meta` and `coding` outlive the object.
  Explorer(Store& store, const Meta& meta, Coding& coding, std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        coding_(coding),
        memory_(memory),
        shape_(meta),
        file_(store),
        is_product_(meta.metric == Metric::kInnerProduct),
        rotated_(shape_.is_coded ? quantize::RotatedDims(meta.dims) : 0, memory),
        estimator_(meta, memory),
        entries_(store, meta, coding.center(), memory),
        frontier_(false, !shape_.is_coded, memory),
        places_(memory),
        sightings_(memory),
        rows_(memory),
        item_(memory),
        lanes_(memory),
        slot_(shape_.node_bytes, memory),
        values_(is_product_ && shape_.is_coded ? meta.dims : 0, memory) {}

  // Sees at least the `ef` nodes nearest to a row, if there are as many, more or less.
  // `rotated` is the row's, of coded forms.
  void Run(const RowView& row, std::span<const float> rotated, std::size_t ef) {
    Reserve(ef);
    KeptScorer scorer(meta_, row, memory_);
    scorer_ = &scorer;
    norm_squared_ = NormSquared(meta_, row);
    Forget();
    if (shape_.is_coded) estimator_.Prepare(rotated);
    frontier_.Clear();
    frontier_.Begin(ef, ef);
    entries_.Run(scorer, rotated, estimator_.table());
    for (const Candidate& entry : entries_.nearest()) {
      frontier_.Offer(entry.node, entry.estimate);
    }
    Walk(Order::kScore);
    if (is_product_) {
      frontier_.Clear();
      frontier_.Begin(ef, ef);
      for (const Sighting& sighting : sightings_) frontier_.Offer(sighting.id, sighting.distance);
      Walk(Order::kDistance);
    }
    scorer_ = nullptr;
  }

  std::span<const Sighting> sightings() const { return sightings_; }
  std::span<const std::byte> RowOf(const Sighting& sighting) const {
    return {rows_.data() + sighting.row_at, sighting.row_bytes};
  }
  // The place of a node among the sightings, or nullptr.
  const std::uint32_t* Find(NodeId id) { return places_.Find(id); }
  // Of the row: estimates distances to the lanes of any node.
  const LaneEstimator& estimator() const { return estimator_; }

 private:
  enum class Order { kScore, kDistance };

  static constexpr std::size_t kPrefetched = 3;

  // As much as most walks need, at once.
  void Reserve(std::size_t ef) {
    const std::size_t nodes = ef + ef / 2;
    if (IsDense(meta_.type)) rows_.reserve(nodes * Aligned(KeptBytes(meta_)));
    sightings_.reserve(nodes);
  }

  void Forget() {
    places_.Clear();
    sightings_.clear();
    rows_.clear();
    lanes_.clear();
  }

  // --- the walk

  void Walk(Order order) {
    order_ = order;
    while (const std::optional<Candidate> next = frontier_.Next()) {
      store_.CheckInterrupts();
      if (shape_.is_coded) {
        PrefetchNext();
        VisitCoded(next->node);
      } else {
        VisitPlain(next->node);
      }
    }
  }

  float OfferedBy(const Sighting& sighting) const {
    return order_ == Order::kDistance ? sighting.distance : sighting.score;
  }

  void PrefetchNext() {
    PagePart parts[kPrefetched];
    std::size_t count = 0;
    for (std::size_t i = 0; i < kPrefetched; ++i) {
      const NodeId ahead = frontier_.Ahead(i);
      if (ahead != kNoNode && file_.Contains(BlockOf(ahead))) parts[count++] = PartOf(ahead);
    }
    if (count > 0) store_.Prefetch(std::span<const PagePart>(parts, count));
  }

  PagePart PartOf(NodeId id) const {
    const std::size_t from = shape_.SlotAt(SlotOf(id));
    return {BlockOf(id), static_cast<std::uint16_t>(from),
            static_cast<std::uint16_t>(std::min(from + shape_.node_bytes, kPageBytes))};
  }

  // --- coded nodes

  void VisitCoded(NodeId id) {
    CheckLink(file_, BlockOf(id));
    ItemRef item;
    {
      const auto guard = store_.Read(BlockOf(id));
      const NodeView node = NodePage(shape_, guard.page(), BlockOf(id)).node(SlotOf(id));
      if (node.is_free()) return;
      item = node.head().value();
      if (item.exists() && !node.is_live()) return;  // vacuum may be taking the item
      if (!item.exists()) {
        const Sighting& sighting = See(id, node, KeptInNode(meta_, id, node));
        QueueLanes(node, sighting);
        return;
      }
      std::memcpy(slot_.data(), guard.page() + shape_.SlotAt(SlotOf(id)), slot_.size());
    }
    const NodeView node(shape_, slot_.data(), BlockOf(id));
    QueueLanes(node, SeeItem(id, node, item));
  }

  void QueueLanes(const NodeView& node, const Sighting& sighting) {
    float estimates[kMostLanes];
    estimator_.Estimate(node, sighting.score, estimates);
    if (order_ == Order::kDistance && is_product_) TurnIntoDistances(node, sighting, estimates);
    frontier_.Offer(node.neighbors(), estimates);
  }

  // |q - o|^2 = |q|^2 + |o|^2 - 2 <q, o>, where |o|^2 = |o - s|^2 + 2 <o, s> - |s|^2.
  void TurnIntoDistances(const NodeView& node, const Sighting& sighting, float* estimates) {
    DecodeKept(meta_, RowOf(sighting), values_);
    coding_.Rotate(values_, rotated_);
    LaneEstimator::LaneDistances lanes;
    coding_.OwnOf(rotated_).Recover(node, lanes);
    for (std::size_t lane = 0; lane < node.neighbors().size(); ++lane) {
      const float norm = lanes.squared[lane] + 2 * lanes.product[lane] - sighting.norm_squared;
      estimates[lane] = std::max(0.0f, norm_squared_ + norm + 2 * estimates[lane]);
    }
  }

  // --- plain nodes

  void VisitPlain(NodeId id) {
    if (Look(id) == nullptr) return;
    const std::uint32_t place = *places_.Find(id);
    PrefetchLanes(place);
    for (std::size_t lane = 0; lane < sightings_[place].degree; ++lane) {
      const NodeId neighbor = lanes_[place * shape_.lanes + lane];
      store_.CheckInterrupts();
      const Sighting* seen = Look(neighbor);
      if (seen != nullptr) frontier_.Offer(neighbor, OfferedBy(*seen));
    }
  }

  void PrefetchLanes(std::uint32_t place) {
    PagePart parts[kMostLanes];
    std::size_t count = 0;
    for (std::size_t lane = 0; lane < sightings_[place].degree; ++lane) {
      const NodeId neighbor = lanes_[place * shape_.lanes + lane];
      if (places_.Find(neighbor) != nullptr) continue;
      CheckLink(file_, BlockOf(neighbor));
      parts[count++] = PartOf(neighbor);
    }
    if (count > 0) store_.Prefetch(std::span<const PagePart>(parts, count));
  }

  // A plain node, seen now or before; nullptr where there is none any more.
  const Sighting* Look(NodeId id) {
    if (const std::uint32_t* place = places_.Find(id)) return &sightings_[*place];
    CheckLink(file_, BlockOf(id));
    ItemRef item;
    {
      const auto guard = store_.Read(BlockOf(id));
      const NodeView node = NodePage(shape_, guard.page(), BlockOf(id)).node(SlotOf(id));
      if (node.is_free()) return nullptr;
      item = node.head().value();
      if (item.exists() && !node.is_live()) return nullptr;
      if (!item.exists()) return &See(id, node, KeptInNode(meta_, id, node));
      std::memcpy(slot_.data(), guard.page() + shape_.SlotAt(SlotOf(id)), slot_.size());
    }
    return &SeeItem(id, NodeView(shape_, slot_.data(), BlockOf(id)), item);
  }

  // --- what was seen

  static constexpr std::size_t kRowAlignment = 64;

  const Sighting& See(NodeId id, const NodeView& node, std::span<const std::byte> kept) {
    if (const std::uint32_t* place = places_.Find(id)) return sightings_[*place];
    return Remember(id, node, kept);
  }

  const Sighting& SeeItem(NodeId id, const NodeView& node, ItemRef item) {
    if (const std::uint32_t* place = places_.Find(id)) return sightings_[*place];
    item_.clear();
    ReadKeptItem(store_, meta_, item, item_);
    return Remember(id, node, item_);
  }

  static std::size_t Aligned(std::size_t bytes) {
    return (bytes + kRowAlignment - 1) / kRowAlignment * kRowAlignment;
  }

  const Sighting& Remember(NodeId id, const NodeView& node, std::span<const std::byte> kept) {
    const std::size_t row_at = rows_.size();
    const std::span<std::byte> row = rows_.Extend(Aligned(kept.size())).first(kept.size());
    std::memcpy(row.data(), kept.data(), kept.size());
    places_.Add(id, static_cast<std::uint32_t>(sightings_.size()));
    Sighting sighting{.id = id,
                      .score = scorer_->Distance(row),
                      .distance = 0,
                      .norm_squared = node.head().norm_squared,
                      .is_live = node.is_live(),
                      .degree = node.head().degree,
                      .row_bytes = static_cast<std::uint32_t>(kept.size()),
                      .row_at = row_at};
    sighting.distance = sighting.score;
    if (is_product_) {
      const float squared = norm_squared_ + sighting.norm_squared + 2 * sighting.score;
      sighting.distance = squared > 0 ? squared : 0;
    }
    if (!shape_.is_coded) {
      lanes_.resize((sightings_.size() + 1) * shape_.lanes);
      std::ranges::copy(node.neighbors(), lanes_.end() - static_cast<std::ptrdiff_t>(shape_.lanes));
    }
    sightings_.push_back(sighting);
    return sightings_.back();
  }

  Store& store_;
  const Meta& meta_;
  Coding& coding_;
  std::pmr::memory_resource* memory_;
  NodeShape shape_;
  FileExtent<Store> file_;
  bool is_product_;

  // Of the row.
  KeptScorer* scorer_ = nullptr;
  std::pmr::vector<float> rotated_;  // of the node visited
  float norm_squared_ = 0;
  LaneEstimator estimator_;
  EntryScan<Store> entries_;

  // Of the walk.
  Order order_ = Order::kScore;
  Frontier frontier_;
  NodeMap<std::uint32_t> places_;  // of sightings

  std::pmr::vector<Sighting> sightings_;
  RawVector<std::byte> rows_;
  std::pmr::vector<std::byte> item_;
  std::pmr::vector<NodeId> lanes_;  // plain: Meta.lanes a sighting
  std::pmr::vector<std::byte> slot_;
  std::pmr::vector<float> values_;
};

}  // namespace vec::hnsw
