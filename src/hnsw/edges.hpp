// The lanes of all nodes while a graph is being made, and the passes that fill them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "candidates.hpp"
#include "graph_rows.hpp"
#include "vector/hnsw/prune.hpp"
#include "vector/base/workers.hpp"

namespace vec::hnsw {

struct Edges {
  Edges(std::size_t nodes, std::size_t lanes_of_each)
      : lanes(lanes_of_each),
        neighbors(nodes * lanes),
        distances(nodes * lanes),
        degrees(nodes),
        children(nodes),
        redundant(nodes) {}

  std::size_t nodes() const { return degrees.size(); }
  std::span<const std::uint32_t> NeighborsOf(std::uint32_t node) const {
    return std::span(neighbors).subspan(node * lanes, degrees[node]);
  }
  std::span<const float> DistancesOf(std::uint32_t node) const {
    return std::span(distances).subspan(node * lanes, degrees[node]);
  }
  void Swap(std::uint32_t node, std::uint32_t a, std::uint32_t b) {
    std::swap(neighbors[node * lanes + a], neighbors[node * lanes + b]);
    std::swap(distances[node * lanes + a], distances[node * lanes + b]);
    const std::uint64_t differ = (redundant[node] >> a ^ redundant[node] >> b) & 1;
    redundant[node] ^= differ << a | differ << b;
  }
  void Set(std::uint32_t node, std::uint32_t lane, Candidate neighbor) {
    neighbors[node * lanes + lane] = neighbor.row();
    distances[node * lanes + lane] = neighbor.distance();
  }

  std::size_t lanes;
  std::vector<std::uint32_t> neighbors;
  std::vector<float> distances;
  std::vector<std::uint8_t> degrees;
  std::vector<std::uint8_t> children;
  std::vector<std::uint64_t> redundant;
};

namespace internal {

inline constexpr std::size_t kNodesPerTask = 256;
inline constexpr std::size_t kMaxReverse = 96;  // the nearest that a node looks at

inline bool Contains(std::span<const Candidate> list, std::uint32_t row) {
  return std::ranges::find(list, row, &Candidate::row) != list.end();
}

// One thread's scratch.
template <GraphRows Rows>
class Chooser {
 public:
  Chooser(const Rows& rows, bool by_product, Edges& edges)
      : rows_(rows), probe_(rows), by_product_(by_product), edges_(edges) {}

  // Candidates for the next Choose, by any distance: no node twice.
  std::vector<Candidate>& pool() { return pool_; }

  // The lanes of a node out of the pool.
  void Choose(std::uint32_t node) {
    std::ranges::sort(pool_);
    for (const Candidate candidate : pool_) rows_.Prefetch(candidate.row());
    distances_.resize(pool_.size());
    std::ranges::transform(pool_, distances_.begin(), &Candidate::distance);
    const Selection selection = by_product_ ? SelectByBoth(node) : SelectByDistance();
    for (std::uint32_t lane = 0; lane < selection.count; ++lane) {
      edges_.Set(node, lane, pool_[chosen_[lane]]);
    }
    edges_.degrees[node] = static_cast<std::uint8_t>(selection.count);
    edges_.redundant[node] = selection.redundant;
  }

  // Puts the candidates of all lists into the pool. Distances are made anew: those of matrix
  // products lose digits where rows far apart were in one group, and products have their own.
  void Offer(std::uint32_t node, std::span<const CandidateLists* const> lists) {
    pool_.clear();
    for (const CandidateLists* list : lists) {
      for (const Candidate candidate : list->Of(node)) rows_.Prefetch(candidate.row());
    }
    probe_.Set(node);
    for (const CandidateLists* list : lists) {
      for (const Candidate candidate : list->Of(node)) {
        if (Contains(pool_, candidate.row())) continue;
        const float distance = probe_.DistanceTo(candidate.row());
        if (distance >= 0) pool_.emplace_back(distance, candidate.row());
      }
    }
  }

 private:
  // The probe stays with one candidate as long as that is compared with others.
  void Turn(std::uint32_t position) {
    if (position == probed_) return;
    probe_.Set(pool_[position].row());
    probed_ = position;
  }

  auto Between() {
    probed_ = kNone;
    return [this](std::uint32_t i, std::uint32_t j) {
      Turn(i);
      return probe_.DistanceTo(pool_[j].row());
    };
  }

  auto ProductBetween() {
    return [this](std::uint32_t i, std::uint32_t j) {
      Turn(i);
      return probe_.NegativeProductTo(pool_[j].row());
    };
  }

  std::span<std::uint32_t> Chosen() { return std::span(chosen_).first(edges_.lanes); }

  Selection SelectByDistance() { return SelectNeighbors(distances_, Between(), Chosen()); }

  Selection SelectByBoth(std::uint32_t node) {
    probe_.Set(node);
    products_.resize(pool_.size());
    std::ranges::transform(pool_, products_.begin(), [&](Candidate candidate) {
      return probe_.NegativeProductTo(candidate.row());
    });
    order_.resize(pool_.size());
    std::iota(order_.begin(), order_.end(), 0u);
    std::ranges::stable_sort(order_, {}, [&](std::uint32_t i) { return products_[i]; });
    return SelectByInnerProduct({distances_, products_, order_}, Between(), ProductBetween(),
                                Chosen());
  }

  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  const Rows& rows_;
  typename Rows::Probe probe_;
  std::uint32_t probed_ = kNone;  // position in the pool
  bool by_product_;
  Edges& edges_;
  std::vector<Candidate> pool_;
  std::vector<float> distances_;
  std::vector<float> products_;
  std::vector<std::uint32_t> order_;
  std::array<std::uint32_t, kMaxLanes> chosen_;
};

template <class MakeScratch, class Visit>
void ForEachNode(std::size_t nodes, Workers& workers, double share, MakeScratch make_scratch,
                 Visit visit) {
  workers.Run(share, (nodes + kNodesPerTask - 1) / kNodesPerTask, make_scratch,
              [&](std::size_t task, auto& scratch) {
                const std::size_t end = std::min((task + 1) * kNodesPerTask, nodes);
                for (std::size_t node = task * kNodesPerTask; node < end; ++node) {
                  workers.CheckStop();
                  visit(static_cast<std::uint32_t>(node), scratch);
                }
              });
}

// For every node, the nodes that have a lane to it.
class Reverse {
 public:
  Reverse(const Edges& edges, Workers& workers) : first_(edges.nodes() + 2) {
    ForEachEdge(edges, workers, [&](std::uint32_t, Candidate to) { ++first_[to.row() + 2]; });
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
    sources_.resize(first_.back());
    ForEachEdge(edges, workers, [&](std::uint32_t node, Candidate to) {
      sources_[first_[to.row() + 1]++] = {to.distance(), node};
    });
  }

  std::span<const Candidate> Of(std::uint32_t node) const {
    return std::span(sources_).subspan(first_[node], first_[node + 1] - first_[node]);
  }

 private:
  template <class Visit>
  static void ForEachEdge(const Edges& edges, Workers& workers, Visit visit) {
    for (std::uint32_t node = 0; node < edges.nodes(); ++node) {
      if (node % 1024 == 0) workers.Report(0);
      const auto neighbors = edges.NeighborsOf(node);
      const auto distances = edges.DistancesOf(node);
      for (std::size_t lane = 0; lane < neighbors.size(); ++lane) {
        visit(node, Candidate(distances[lane], neighbors[lane]));
      }
    }
  }

  std::vector<std::size_t> first_;  // of each node, and the end
  std::vector<Candidate> sources_;
};

// Appends the nearest of `reverse` that the pool has not.
inline void AddNearest(std::span<const Candidate> reverse, std::vector<Candidate>& pool) {
  const std::size_t own = pool.size();
  for (const Candidate source : reverse) {
    if (!Contains(std::span(pool).first(own), source.row())) pool.push_back(source);
  }
  if (pool.size() <= own + kMaxReverse) return;
  const auto added = pool.begin() + static_cast<std::ptrdiff_t>(own);
  std::ranges::nth_element(added, added + kMaxReverse, pool.end());
  pool.resize(own + kMaxReverse);
}

}  // namespace internal

// Chooses the lanes of every node among its candidates in all lists. Where by_product, half
// of the lanes go to the greatest inner products.
template <GraphRows Rows>
void ChooseLanes(const Rows& rows, std::span<const CandidateLists* const> lists, bool by_product,
                 Edges& edges, Workers& workers, double share) {
  internal::ForEachNode(
      edges.nodes(), workers, share,
      [&] { return internal::Chooser<Rows>(rows, by_product, edges); },
      [&](std::uint32_t node, internal::Chooser<Rows>& chooser) {
        chooser.Offer(node, lists);
        chooser.Choose(node);
      });
}

// Offers every node those that have an edge to it, and chooses again. All of them: a node in
// a thin place is led to only from nodes that it is far from, and has nearer ones of.
template <GraphRows Rows>
void ChooseAgainWithReverse(const Rows& rows, bool by_product, Edges& edges, Workers& workers,
                            double share) {
  const internal::Reverse reverse(edges, workers);
  internal::ForEachNode(
      edges.nodes(), workers, share,
      [&] { return internal::Chooser<Rows>(rows, by_product, edges); },
      [&](std::uint32_t node, internal::Chooser<Rows>& chooser) {
        std::vector<Candidate>& pool = chooser.pool();
        pool.clear();
        for (std::size_t lane = 0; lane < edges.degrees[node]; ++lane) {
          pool.emplace_back(edges.DistancesOf(node)[lane], edges.NeighborsOf(node)[lane]);
        }
        internal::AddNearest(reverse.Of(node), pool);
        if (pool.size() > edges.degrees[node]) chooser.Choose(node);
      });
}

}  // namespace vec::hnsw
