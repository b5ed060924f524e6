#include "connect.hpp"

#include <bit>
#include <optional>

namespace vec::hnsw {

namespace {

constexpr int kRounds = 8;          // an edge may cut off what it was taken from
constexpr std::size_t kTries = 64;  // places before a node where it may be linked to

class Connector {
 public:
  Connector(const NodeDistance& distance, Edges& edges)
      : distance_(distance), edges_(edges), in_degrees_(edges.nodes()), fixed_(edges.nodes()) {
    for (std::uint32_t node = 0; node < edges.nodes(); ++node) {
      for (const std::uint32_t to : edges.NeighborsOf(node)) ++in_degrees_[to];
    }
  }

  // Reaches every node from the first, linking those in the way; true if none had to be.
  bool Walk(Workers& workers) {
    bool is_connected = true;
    reached_.assign(edges_.nodes(), false);
    Spread(0);
    for (std::uint32_t node = 1; node < edges_.nodes(); ++node) {
      workers.Report(0);
      if (reached_[node]) continue;
      is_connected = false;
      LinkToReached(node);
      Spread(node);
    }
    return is_connected;
  }

 private:
  // Marks all that is reached from a node.
  void Spread(std::uint32_t from) {
    reached_[from] = true;
    stack_.assign(1, from);
    while (!stack_.empty()) {
      const std::uint32_t node = stack_.back();
      stack_.pop_back();
      for (const std::uint32_t to : edges_.NeighborsOf(node)) {
        if (reached_[to]) continue;
        reached_[to] = true;
        stack_.push_back(to);
      }
    }
  }

  // The nearest of its neighbours that was reached takes an edge to the node, or else one
  // before it in the order, where near ones are and all have been reached.
  void LinkToReached(std::uint32_t node) {
    for (std::size_t lane = 0; lane < edges_.degrees[node]; ++lane) {
      const std::uint32_t neighbor = edges_.NeighborsOf(node)[lane];
      if (reached_[neighbor] && Link(neighbor, node)) return;
    }
    for (std::size_t i = 1; i <= kTries && i <= node; ++i) {
      const auto neighbor = static_cast<std::uint32_t>(node - i);
      if (!Link(neighbor, node)) continue;
      Link(node, neighbor);
      return;
    }
  }

  bool Link(std::uint32_t from, std::uint32_t to) {
    const std::optional<std::uint32_t> lane = FindLane(from);
    if (!lane) return false;
    if (*lane == edges_.degrees[from]) {
      ++edges_.degrees[from];
    } else {
      --in_degrees_[edges_.NeighborsOf(from)[*lane]];
    }
    edges_.Set(from, *lane, {distance_(from, to), to});
    const std::uint64_t bit = std::uint64_t{1} << *lane;
    edges_.redundant[from] &= ~bit;
    fixed_[from] |= bit;
    ++in_degrees_[to];
    return true;
  }

  // A free lane, or the farthest that can be spared, redundant ones first.
  std::optional<std::uint32_t> FindLane(std::uint32_t node) const {
    if (edges_.degrees[node] < edges_.lanes) return edges_.degrees[node];
    const auto redundant = Farthest(node, edges_.redundant[node]);
    return redundant ? redundant : Farthest(node, ~std::uint64_t{0});
  }

  std::optional<std::uint32_t> Farthest(std::uint32_t node, std::uint64_t lanes) const {
    lanes &= ~fixed_[node];
    std::optional<std::uint32_t> farthest;
    for (std::uint32_t lane = 0; lane < edges_.degrees[node]; ++lane) {
      if ((lanes >> lane & 1) == 0 || in_degrees_[edges_.NeighborsOf(node)[lane]] < 2) continue;
      const auto distances = edges_.DistancesOf(node);
      if (!farthest || distances[lane] > distances[*farthest]) farthest = lane;
    }
    return farthest;
  }

  const NodeDistance& distance_;
  Edges& edges_;
  std::vector<std::uint32_t> in_degrees_;
  std::vector<std::uint64_t> fixed_;  // lanes that were added here
  std::vector<bool> reached_;
  std::vector<std::uint32_t> stack_;
};

// A spanning forest of the graph, level by level from the first node.
class Spanner {
 public:
  explicit Spanner(Edges& edges)
      : edges_(edges), is_reached_(edges.nodes()), child_lanes_(edges.nodes()) {}

  // Returns the roots: the first node, and what it does not lead to.
  std::vector<std::uint32_t> Span(Workers& workers) {
    std::vector<std::uint32_t> roots;
    for (std::uint32_t node = 0; node < edges_.nodes(); ++node) {
      if (is_reached_[node]) continue;
      roots.push_back(node);
      const std::size_t first = order_.size();  // trees before lead to nothing more
      Take(node);
      // Nodes have more children than half of their lanes only where there is no other way.
      Grow(first, edges_.lanes / 2, workers);
      Grow(first, edges_.lanes, workers);
    }
    for (std::uint32_t node = 0; node < edges_.nodes(); ++node) PutChildrenFirst(node);
    return roots;
  }

 private:
  void Take(std::uint32_t node) {
    is_reached_[node] = true;
    order_.push_back(node);
  }

  // Goes on from the nodes that were reached as number `first` and later.
  void Grow(std::size_t first, std::size_t most_children, Workers& workers) {
    for (std::size_t i = first; i < order_.size(); ++i) {
      workers.Report(0);
      const std::uint32_t node = order_[i];
      const auto neighbors = edges_.NeighborsOf(node);
      for (std::size_t lane = 0; lane < neighbors.size(); ++lane) {
        if (is_reached_[neighbors[lane]] || edges_.children[node] >= most_children) continue;
        ++edges_.children[node];
        child_lanes_[node] |= std::uint64_t{1} << lane;
        Take(neighbors[lane]);
      }
    }
  }

  void PutChildrenFirst(std::uint32_t node) {
    std::uint32_t first = 0;
    for (std::uint64_t left = child_lanes_[node]; left != 0; left &= left - 1) {
      edges_.Swap(node, first++, static_cast<std::uint32_t>(std::countr_zero(left)));
    }
  }

  Edges& edges_;
  std::vector<bool> is_reached_;
  std::vector<std::uint64_t> child_lanes_;
  std::vector<std::uint32_t> order_;  // nodes as they were reached
};

}  // namespace

std::vector<std::uint32_t> Span(Edges& edges, Workers& workers) {
  return Spanner(edges).Span(workers);
}

void Connect(const NodeDistance& distance, Edges& edges, Workers& workers) {
  if (edges.nodes() < 2) return;
  Connector connector(distance, edges);
  for (int round = 0; round < kRounds; ++round) {
    if (connector.Walk(workers)) return;
  }
}

}  // namespace vec::hnsw
