// The lanes of all nodes while a graph is being made, and the passes that fill them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "candidates.hpp"
#include "gather.hpp"
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

// Chooses the lanes of every node among its candidates in all lists. Where by_product, half
// of the lanes go to the greatest inner products.
void ChooseLanes(const Rows& rows, std::span<const CandidateLists* const> lists, bool by_product,
                 Edges& edges, Workers& workers, double share);

// Offers every node those that have an edge to it, and chooses again. All of them: a node in
// a thin place is led to only from nodes that it is far from, and has nearer ones of.
void ChooseAgainWithReverse(const Rows& rows, bool by_product, Edges& edges, Workers& workers,
                            double share);

}  // namespace vec::hnsw
