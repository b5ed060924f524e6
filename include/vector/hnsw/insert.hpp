// Inserting one row: the node with its lanes in one record, then one record for each
// neighbour that takes an edge back, then maybe one for the entry directory.
//
// A row that an equal one is there for only adds its heap TID to that one's node. After
// any of the records the index is valid: a crash leaves a node that few edges lead to, whose
// row is dead, for vacuum to take.
//
// No page is locked while the graph is searched, rows are compared or encoded: an edge back
// is fitted in under the lock of its node alone, by what the node's codes tell (coded), or,
// if its lanes have changed since they were read, after reading them again (plain).
#pragma once

#include <algorithm>
#include <array>
#include <memory_resource>
#include <numeric>
#include <optional>
#include <vector>

#include "vector/hnsw/edges.hpp"
#include "vector/hnsw/explore.hpp"
#include "vector/hnsw/gallery.hpp"
#include "vector/hnsw/prune.hpp"
#include "vector/hnsw/space.hpp"

namespace vec::hnsw {

struct InsertParams {
  std::uint32_t ef_construction = 64;
};

// Nodes that the search of an insert looks for at least.
inline constexpr std::uint32_t kLeastInsertWidth = 64;
// Candidates of a node's lanes: the nearest, and for the inner product so many by it.
inline constexpr std::size_t kInsertCandidates = 64;
inline constexpr std::size_t kInsertProductCandidates = 32;
inline constexpr std::size_t kMostInsertCandidates = kInsertCandidates + kInsertProductCandidates;

// About the memory that an Inserter takes: rows that it sees, and what it compares.
std::size_t InserterBytes(const Meta& meta, const InsertParams& params);

// Inserts rows one after the other; keeps between them what all of them need.
template <PageStore Store>
class Inserter {
 public:
  Inserter(Store& store, const Meta& meta, const InsertParams& params,
           std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        shape_(meta),
        width_(std::max(kLeastInsertWidth, params.ef_construction)),
        coding_(store, meta, memory),
        explorer_(store, meta, coding_, memory),
        space_(store, meta),
        edges_(store, meta, memory),
        gallery_(meta, memory),
        kept_(memory),
        values_(memory),
        rotated_(coding_.rotated_dims(), memory),
        neighbors_rotated_(memory),
        order_(memory),
        by_product_(memory),
        distances_(memory),
        products_(memory),
        slot_(shape_.node_bytes, memory) {}

  // REQUIRES: a row of the type and dims of the index, of finite values.
  void Insert(HeapTid tid, const RowView& row) {
    const RowView kept = Keep(row);
    norm_squared_ = NormSquared(meta_, kept);
    if (shape_.is_coded) coding_.Rotate(kept.values, rotated_);
    explorer_.Run(kept, rotated_, width_);
    if (AddToDuplicate(tid)) return;
    RankCandidates();
    Choose();
    MakeSlot(tid);
    const bool is_inside = LiesInNode(meta_, kept_.size());
    const NodeId id = space_.Put({slot_, is_inside ? std::span<const std::byte>() : kept_});
    const bool is_root = !LinkBack(id, kept);
    if (is_root) MakeRoot(store_, shape_, id);
    Register(id, is_root);
  }

 private:
  // The row as the index will know it.
  RowView Keep(const RowView& row) {
    kept_.resize(KeptBytes(meta_, row));
    KeepRow(meta_, row, kept_);
    if (!IsHalf(meta_.self)) return row;
    values_.resize(meta_.dims);
    DecodeKept(meta_, kept_, values_);
    return {values_, row.stored};
  }

  bool AddToDuplicate(HeapTid tid) {
    for (const Sighting& sighting : explorer_.sightings()) {
      if (!sighting.is_live || sighting.norm_squared != norm_squared_) continue;
      const std::span<const std::byte> row = explorer_.RowOf(sighting);
      if (!IsSameKept(meta_, row, kept_)) continue;
      if (space_.AddTid(sighting.id, tid, IsSameRow(meta_, row, kept_))) return true;
    }
    return false;
  }

  // --- the node's own lanes

  // Puts the best live sightings into order_, by ascending distance.
  void RankCandidates() {
    const std::span<const Sighting> seen = explorer_.sightings();
    order_.clear();
    for (std::uint32_t i = 0; i < seen.size(); ++i) {
      if (seen[i].is_live) order_.push_back(i);
    }
    const auto by_score = [&](std::uint32_t a, std::uint32_t b) {
      return seen[a].score < seen[b].score;
    };
    const auto by_distance = [&](std::uint32_t a, std::uint32_t b) {
      return seen[a].distance < seen[b].distance;
    };
    const std::size_t nearest = std::min(kInsertCandidates, order_.size());
    std::partial_sort(order_.begin(), At(order_, nearest), order_.end(), by_distance);
    std::size_t count = nearest;
    if (meta_.metric == Metric::kInnerProduct) {
      count += std::min(kInsertProductCandidates, order_.size() - nearest);
      std::partial_sort(At(order_, nearest), At(order_, count), order_.end(), by_score);
    }
    order_.resize(count);
    std::sort(order_.begin(), order_.end(), by_distance);
    gallery_.Clear();
    for (const std::uint32_t i : order_)
      gallery_.Add(explorer_.RowOf(seen[i]), seen[i].norm_squared);
  }

  static auto At(std::pmr::vector<std::uint32_t>& v, std::size_t i) {
    return v.begin() + static_cast<std::ptrdiff_t>(i);
  }

  const Sighting& Candidate(std::size_t position) const {
    return explorer_.sightings()[order_[position]];
  }

  void Choose() {
    distances_.resize(order_.size());
    products_.resize(order_.size());
    for (std::size_t i = 0; i < order_.size(); ++i) {
      distances_[i] = Candidate(i).distance;
      products_[i] = Candidate(i).score;
    }
    const auto between = [&](std::uint32_t i, std::uint32_t j) { return gallery_.Distance(i, j); };
    const std::span<std::uint32_t> chosen = std::span(chosen_).first(shape_.lanes);
    if (meta_.metric != Metric::kInnerProduct) {
      selection_ = SelectNeighbors(std::span<const float>(distances_), between, chosen);
      return;
    }
    by_product_.resize(order_.size());
    std::iota(by_product_.begin(), by_product_.end(), 0u);
    std::sort(by_product_.begin(), by_product_.end(),
              [&](std::uint32_t a, std::uint32_t b) { return products_[a] < products_[b]; });
    const auto product_between = [&](std::uint32_t i, std::uint32_t j) {
      return gallery_.NegativeProduct(i, j);
    };
    selection_ = SelectByInnerProduct({distances_, products_, by_product_}, between,
                                      product_between, chosen);
  }

  void MakeSlot(HeapTid tid) {
    std::ranges::fill(slot_, std::byte{0});
    NodeEditor node(shape_, slot_.data(), kNoBlock);
    const bool is_inside = LiesInNode(meta_, kept_.size());
    node.Create(tid, {}, norm_squared_,
                is_inside ? std::span<const std::byte>(kept_) : std::span<const std::byte>());
    const std::size_t dims = rotated_.size();
    neighbors_rotated_.clear();
    (void)neighbors_rotated_.Extend(selection_.count * dims);
    for (std::size_t lane = 0; lane < selection_.count; ++lane) {
      const NodeId neighbor = Candidate(chosen_[lane]).id;
      const bool is_redundant = (selection_.redundant >> lane & 1) != 0;
      if (shape_.is_coded) {
        const std::span<float> rotated = RotatedNeighbor(lane);
        coding_.Rotate(gallery_.values(chosen_[lane]), rotated);
        node.SetLane(lane, coding_.Encode(neighbor, rotated_, rotated), is_redundant);
      } else {
        node.SetLane(lane, Lane{neighbor, 0, 0, {}}, is_redundant);
      }
    }
  }

  std::span<float> RotatedNeighbor(std::size_t lane) {
    return {neighbors_rotated_.data() + lane * rotated_.size(), rotated_.size()};
  }

  // --- edges back

  // Offers the neighbours an edge to the node. The nearest that takes it becomes the node's
  // parent (node.hpp), or has to where no one would. Returns whether there is one.
  bool LinkBack(NodeId id, const RowView& kept) {
    std::uint64_t asked = 0;
    const bool has_parent = FindParent(id, kept, false, asked) || FindParent(id, kept, true, asked);
    for (std::size_t lane = selection_.count; lane-- > 0;) {
      if ((asked >> lane & 1) == 0) Offer(id, kept, lane, {});
    }
    return has_parent;
  }

  // `asked` becomes the lanes whose nodes have decided on the edge.
  bool FindParent(NodeId id, const RowView& kept, bool is_forced, std::uint64_t& asked) {
    std::array<std::uint32_t, kMaxLanes> lanes;
    const auto nearest_first = std::span(lanes).first(selection_.count);
    std::iota(nearest_first.begin(), nearest_first.end(), 0u);
    std::ranges::sort(nearest_first, {}, [this](std::uint32_t lane) { return chosen_[lane]; });
    for (const std::uint32_t lane : nearest_first) {
      const Answer answer = Offer(id, kept, lane, {.is_forced = is_forced, .is_child = true});
      if (answer != Answer::kFull) asked |= std::uint64_t{1} << lane;
      if (answer == Answer::kTaken) return true;
    }
    return false;
  }

  Answer Offer(NodeId id, const RowView& kept, std::size_t lane, const EdgeTerms& terms) {
    store_.CheckInterrupts();
    const Sighting& neighbor = Candidate(chosen_[lane]);
    const EdgeEnd end{neighbor.id, neighbor.score, neighbor.distance, terms};
    if (!shape_.is_coded) {
      return edges_.AddPlain(end, id, kept, explorer_.RowOf(neighbor),
                             [this](NodeId other) { return Known(other); });
    }
    const std::span<const float> rotated = RotatedNeighbor(lane);
    return edges_.AddCoded(end, {.own = coding_.OwnOf(rotated),
                                 .row = explorer_.estimator(),
                                 .norm_squared = norm_squared_,
                                 .lane = coding_.Encode(id, rotated, rotated_)});
  }

  std::optional<KnownNode> Known(NodeId id) {
    const std::uint32_t* place = explorer_.Find(id);
    if (place == nullptr) return std::nullopt;
    const Sighting& sighting = explorer_.sightings()[*place];
    if (!sighting.is_live) return std::nullopt;
    return KnownNode{sighting.distance, sighting.norm_squared, explorer_.RowOf(sighting)};
  }

  // --- the entry directory

  void Register(NodeId id, bool is_root) {
    const State state = ReadState(store_);
    Random random(meta_.seed ^ id * std::uint64_t{0x9E3779B97F4A7C15});
    std::optional<std::uint32_t> place = ChooseEntry(meta_, state, random);
    if (is_root) place = state.entries;
    if (!place) return;
    Entry entry{.lane = {id, 0, 0, {}}, .row = {}};
    if (shape_.is_coded) {
      entry.lane = coding_.Encode(id, coding_.center(), rotated_);
    } else if (LiesInNode(meta_, kept_.size())) {
      entry.row = kept_;
    }
    PutEntry(store_, meta_, state, *place, entry);
  }

  Store& store_;
  const Meta& meta_;
  NodeShape shape_;
  std::size_t width_;
  Coding coding_;
  Explorer<Store> explorer_;
  NodeSpace<Store> space_;
  EdgeWriter<Store> edges_;
  Gallery gallery_;

  // Of the row that is being inserted.
  std::pmr::vector<std::byte> kept_;
  std::pmr::vector<float> values_;   // where what is kept was rounded
  std::pmr::vector<float> rotated_;  // coded
  float norm_squared_ = 0;
  RawVector<float> neighbors_rotated_;  // coded, of the lanes

  std::pmr::vector<std::uint32_t> order_;  // candidates: sightings by ascending distance
  std::pmr::vector<std::uint32_t> by_product_;
  std::pmr::vector<float> distances_;
  std::pmr::vector<float> products_;
  std::array<std::uint32_t, kMaxLanes> chosen_;  // positions in order_
  Selection selection_;
  std::pmr::vector<std::byte> slot_;
};

template <PageStore Store>
void Insert(Store& store, const Meta& meta, HeapTid tid, const RowView& row,
            const InsertParams& params, std::pmr::memory_resource* memory) {
  Inserter<Store>(store, meta, params, memory).Insert(tid, row);
}

}  // namespace vec::hnsw
