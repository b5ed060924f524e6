// Which neighbours a node keeps: the rule of relative neighbourhood graphs, filled up.
//
// A candidate x of node u is kept unless a kept one y is nearer to x than u is: then the
// edge is redundant, since a search gets to x through y (Toussaint 1980; Malkov and
// Yashunin, arXiv 1603.09320, algorithm 4). Lanes left over take the nearest of the
// redundant ones, and a mask remembers which lanes those are: they may be replaced without
// loss when another node asks for an edge.
//
// Differences to the papers: no slack (alpha = 1 exactly) and every lane filled; both ways to
// soften the rule, and unfilled lists, need more hops. Under inner product half of the
// lanes follow the same rule with -<x, y> in place of the distance: alone it would leave
// short rows without an edge to them, and the distance alone never leads to long ones.
//
// Distances are of one kind throughout, squared or not; any monotone function of them does.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace vec::hnsw {

inline constexpr std::size_t kMaxLanes = 64;  // a mask of lanes is one word

// Chosen lanes: the first `kept` by the rule, nearest first, then redundant ones.
struct Selection {
  std::uint32_t count = 0;
  std::uint64_t redundant = 0;  // bit i: lane i was filled up
};

// Chooses among candidates whose distances to the node ascend; `between(i, j)` is the
// distance of the candidates at two positions. Writes the positions of at most
// chosen.size() of them. REQUIRES: candidates are different rows, chosen.size() <= kMaxLanes.
template <class Between>
Selection SelectNeighbors(std::span<const float> distances, Between between,
                          std::span<std::uint32_t> chosen);

// The candidates of a node under inner product: by ascending distance, and the positions
// of the same in the order of ascending -<node, candidate>.
struct RankedTwice {
  std::span<const float> distances;
  std::span<const float> negative_products;  // of the candidates as in `distances`
  std::span<const std::uint32_t> by_product;
};

// Chooses half of the lanes by the distance, half by -<x, y> (`product_between` is that of
// two positions) and fills up by the distance. No position is chosen twice.
// REQUIRES: chosen.size() <= kMaxLanes.
template <class Between, class ProductBetween>
Selection SelectByInnerProduct(const RankedTwice& candidates, Between between,
                               ProductBetween product_between, std::span<std::uint32_t> chosen);

// What the lanes of a node look like to a node that wants an edge from it.
struct Lanes {
  std::span<const float> from_node;  // the node's distances to its neighbours, one a lane in use
  std::span<const float> from_new;   // the new node's distances to them; none where unknown
  std::uint64_t redundant = 0;
  std::size_t lanes = 0;     // lanes that the node has, in use or not
  std::size_t children = 0;  // the first ones: they are given to no other
};

// A lane to write, and the mask of redundant lanes thereafter.
struct Placement {
  std::uint32_t lane;
  std::uint64_t redundant;
};

// A mask of the lanes that may be given to another node.
std::uint64_t ReplaceableLanes(const Lanes& lanes);

// Where a node finds place for an edge to a new node at `distance`, or nothing where the
// edge is worth less than all that it has (then the mask stays too). A lane in use that is
// returned is to be overwritten. No distances but those given are needed, which may be
// estimates. REQUIRES: lanes.lanes <= kMaxLanes.
std::optional<Placement> PlaceReverseEdge(const Lanes& lanes, float distance);

namespace internal {

// Keeps, in the order given, what no kept one makes redundant: returns how many positions
// it wrote. `scores` are by position, `order` says which comes when.
template <class Order, class Between>
std::uint32_t Keep(std::span<const float> scores, Order order, Between& between,
                   std::span<std::uint32_t> kept) {
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < scores.size() && count < kept.size(); ++i) {
    const std::uint32_t candidate = order(i);
    const auto is_nearer = [&](std::uint32_t other) {
      return between(candidate, other) < scores[candidate];
    };
    if (std::ranges::none_of(kept.first(count), is_nearer)) kept[count++] = candidate;
  }
  return count;
}

// Appends to the `kept` chosen positions the least of 0..candidates-1 that are not among them.
Selection FillUp(std::size_t candidates, std::uint32_t kept, std::span<std::uint32_t> chosen);

}  // namespace internal

template <class Between>
Selection SelectNeighbors(std::span<const float> distances, Between between,
                          std::span<std::uint32_t> chosen) {
  const auto as_given = [](std::uint32_t i) { return i; };
  const std::uint32_t kept = internal::Keep(distances, as_given, between, chosen);
  return internal::FillUp(distances.size(), kept, chosen);
}

template <class Between, class ProductBetween>
Selection SelectByInnerProduct(const RankedTwice& candidates, Between between,
                               ProductBetween product_between, std::span<std::uint32_t> chosen) {
  const std::size_t half = chosen.size() / 2;
  const auto as_given = [](std::uint32_t i) { return i; };
  std::uint32_t kept = internal::Keep(candidates.distances, as_given, between, chosen.first(half));

  std::array<std::uint32_t, kMaxLanes> others;
  const auto by_product = [&](std::uint32_t i) { return candidates.by_product[i]; };
  const std::uint32_t count =
      internal::Keep(candidates.negative_products, by_product, product_between,
                     std::span(others).first(chosen.size() - half));
  const std::span<std::uint32_t> by_distance = chosen.first(kept);
  for (const std::uint32_t position : std::span(others).first(count)) {
    if (std::ranges::find(by_distance, position) == by_distance.end()) chosen[kept++] = position;
  }
  return internal::FillUp(candidates.distances.size(), kept, chosen);
}

}  // namespace vec::hnsw
