// Found nodes in the order of their exact distances.
//
// Where nodes hold rounded vectors a distance is known up to an error, and a node is handed
// out once it cannot be anything but the nearest of those that are left: at once where the
// ranges of no others overlap with its own, else after its exact distance has been asked for.
#pragma once

#include <algorithm>
#include <array>
#include <memory_resource>
#include <optional>
#include <span>
#include <vector>

#include "vector/hnsw/layout.hpp"

namespace vec::hnsw {

struct Found {
  float distance;
  float error;  // exact is within distance +- error
  NodeId id;
  HeapTid tid;
  std::uint16_t tids_slot;  // list of further TIDs
  BlockId tids_block;
  bool rows_differ;  // each row of the node has a distance of its own

  ItemRef tids() const { return {tids_block, tids_slot}; }
  float least() const { return distance - error; }
  float most() const { return distance + error; }
};
static_assert(sizeof(Found) == 28);

class Ranking {
 public:
  explicit Ranking(std::pmr::memory_resource* memory) : rough_(memory), exact_(memory) {}

  void Add(const Found& node) { Push(node.error > 0 || node.rows_differ ? rough_ : exact_, node); }

  bool empty() const { return size() == 0; }
  std::size_t size() const { return rough_.size() + exact_.size(); }

  // f(distance) of every node, in no order.
  template <typename F>
  void ForEachDistance(F f) const {
    for (const auto* heap : {&exact_, &rough_}) {
      for (const Found& found : *heap) f(found.distance);
    }
  }

  std::size_t bytes() const { return (rough_.capacity() + exact_.capacity()) * sizeof(Found); }

  // Takes the nearest node out. resolve(node) makes its distance exact and its error 0, and
  // returns false where the node is to be left out, having added what takes its place.
  template <typename Resolve>
  std::optional<Found> Next(Resolve resolve) {
    while (!rough_.empty()) {
      if (!exact_.empty() && exact_.front().distance <= rough_.front().least()) break;
      Found node = Pop(rough_);
      if (!node.rows_differ && IsApart(node)) return node;
      if (!resolve(node)) continue;
      Push(exact_, node);
    }
    if (exact_.empty()) return std::nullopt;
    return Pop(exact_);
  }

  // Writes heap TIDs of the nodes that Next() will probably hand out, in that order, as many
  // as there is room for; returns how many.
  std::size_t Likely(std::span<HeapTid> out) const {
    std::array<const Found*, kMostLikely> nearest;
    const std::size_t room = std::min(out.size(), nearest.size());
    std::size_t count = 0;
    for (const auto* heap : {&exact_, &rough_}) {
      for (const Found& found : *heap) {
        if (count == room) {
          if (room == 0 || !IsFarther(*nearest[count - 1], found)) continue;
          --count;
        }
        std::size_t at = count++;
        for (; at > 0 && IsFarther(*nearest[at - 1], found); --at) nearest[at] = nearest[at - 1];
        nearest[at] = &found;
      }
    }
    for (std::size_t i = 0; i < count; ++i) out[i] = nearest[i]->tid;
    return count;
  }

 private:
  static constexpr std::size_t kMostLikely = 32;

  static bool IsFarther(const Found& a, const Found& b) {
    return a.least() != b.least() ? a.least() > b.least() : a.tid > b.tid;
  }
  static void Push(std::pmr::vector<Found>& heap, const Found& node) {
    heap.push_back(node);
    std::push_heap(heap.begin(), heap.end(), IsFarther);
  }
  static Found Pop(std::pmr::vector<Found>& heap) {
    const Found node = heap.front();
    std::pop_heap(heap.begin(), heap.end(), IsFarther);
    heap.pop_back();
    return node;
  }

  // Whether all others are farther, whatever they are exactly.
  bool IsApart(const Found& node) const {
    return (rough_.empty() || node.most() < rough_.front().least()) &&
           (exact_.empty() || node.most() < exact_.front().distance);
  }

  // Min-heaps by the least distance.
  std::pmr::vector<Found> rough_;
  std::pmr::vector<Found> exact_;
};

}  // namespace vec::hnsw
