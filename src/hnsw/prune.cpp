#include "vector/hnsw/prune.hpp"

#include "vector/base/assert.hpp"

namespace vec::hnsw {

namespace {

constexpr std::uint64_t Bit(std::size_t lane) { return std::uint64_t{1} << lane; }

// Whether a lane of the node already leads to the new one: one that is no makeshift itself.
bool IsReachedThroughLane(const Lanes& lanes, float distance) {
  for (std::size_t lane = 0; lane < lanes.from_new.size(); ++lane) {
    const bool is_nearer = lanes.from_node[lane] < distance;
    const bool is_kept = (lanes.redundant & Bit(lane)) == 0;
    if (is_nearer && is_kept && lanes.from_new[lane] < distance) return true;
  }
  return false;
}

// The lanes that the edge to the new node makes redundant: farther ones that it is nearer to.
std::uint64_t ReachedThroughNew(const Lanes& lanes, float distance) {
  std::uint64_t reached = 0;
  for (std::size_t lane = 0; lane < lanes.from_new.size(); ++lane) {
    const float own = lanes.from_node[lane];
    if (own >= distance && lanes.from_new[lane] < own) reached |= Bit(lane);
  }
  return reached;
}

// The farthest lane beyond `distance` of those in the mask.
std::optional<std::uint32_t> Farthest(const Lanes& lanes, std::uint64_t mask, float distance) {
  std::optional<std::uint32_t> farthest;
  for (std::uint32_t lane = 0; lane < lanes.from_node.size(); ++lane) {
    if ((mask & Bit(lane)) == 0 || !(lanes.from_node[lane] > distance)) continue;
    distance = lanes.from_node[lane];
    farthest = lane;
  }
  return farthest;
}

}  // namespace

std::uint64_t ReplaceableLanes(const Lanes& lanes) {
  return lanes.children == kMaxLanes ? 0 : ~std::uint64_t{0} << lanes.children;
}

std::optional<Placement> PlaceReverseEdge(const Lanes& lanes, float distance) {
  VECTOR_ASSERT(lanes.lanes <= kMaxLanes && lanes.from_node.size() <= lanes.lanes);
  VECTOR_ASSERT(lanes.from_new.empty() || lanes.from_new.size() == lanes.from_node.size());
  const bool is_redundant = IsReachedThroughLane(lanes, distance);
  std::uint64_t redundant = lanes.redundant;
  if (!is_redundant) redundant |= ReachedThroughNew(lanes, distance);

  const std::uint64_t replaceable = ReplaceableLanes(lanes);
  std::optional<std::uint32_t> lane;
  if (lanes.from_node.size() < lanes.lanes) {
    lane = static_cast<std::uint32_t>(lanes.from_node.size());
  } else if ((redundant & replaceable) != 0) {
    // Any redundant lane is worth less than an edge that is none.
    lane = Farthest(lanes, redundant & replaceable, is_redundant ? distance : -1);
  } else if (!is_redundant) {
    lane = Farthest(lanes, replaceable, distance);
  }
  if (!lane) return std::nullopt;
  const std::uint64_t bit = Bit(*lane);
  return Placement{*lane, is_redundant ? redundant | bit : redundant & ~bit};
}

namespace internal {

Selection FillUp(std::size_t candidates, std::uint32_t kept, std::span<std::uint32_t> chosen) {
  VECTOR_ASSERT(chosen.size() <= kMaxLanes);
  Selection selection{kept, 0};
  for (std::uint32_t i = 0; i < candidates && selection.count < chosen.size(); ++i) {
    const auto first = chosen.first(kept);
    if (std::ranges::find(first, i) != first.end()) continue;
    selection.redundant |= Bit(selection.count);
    chosen[selection.count++] = i;
  }
  return selection;
}

}  // namespace internal

}  // namespace vec::hnsw
