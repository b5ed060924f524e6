// What a search knows of the nodes it has not visited, and which it visited.
//
// The next visit goes to the node with the smallest estimate, and the search is over when that
// is beyond the distances of the `width` nearest nodes visited, as in HNSW. Estimates are
// vague: those of the nodes that come first are mostly too small, and the distances tell. So a
// search looks at few more nodes than `width` where neighbours are well apart, and at many
// where all are about equally far. At `most` so many of the smallest estimates, which are in the
// pool, are looked at (SymphonyQG's beam). Where estimates are distances, `most` is `width`, and
// nothing but the pool counts. Nodes outside of the pool are put aside without further ado, for
// searches that go on: Begin() offers them again.
//
// A node may be offered several times, from several neighbours: the smallest estimate
// counts, and makes one place of the pool. Nothing is allocated per node, up to growth.
#pragma once

#include <algorithm>
#include <limits>
#include <memory_resource>
#include <optional>
#include <span>
#include <vector>

#include "vector/hnsw/layout.hpp"
#include "vector/hnsw/smallest.hpp"

namespace vec::hnsw {

struct Candidate {
  float estimate;
  NodeId node;
};
static_assert(sizeof(Candidate) == 8);

// Node ids with the smallest estimate seen; open addressing, at most half full.
class SeenNodes {
 public:
  explicit SeenNodes(std::pmr::memory_resource* memory) : places_(kFirstPlaces, kEmpty, memory) {}

  static constexpr float kVisited = -std::numeric_limits<float>::infinity();

  // Whether the estimate is smaller than what is known of the node, which it then becomes;
  // `is_new` tells whether nothing was.
  bool Improve(NodeId node, float estimate, bool& is_new) {
    Candidate& place = Find(node);
    is_new = place.node == kNoNode;
    if (!is_new && !(estimate < place.estimate)) return false;
    place = {estimate, node};
    if (is_new) Count();
    return true;
  }

  // Returns whether this is the first visit.
  bool Visit(NodeId node) {
    bool is_new = false;
    return Improve(node, kVisited, is_new);
  }
  bool IsVisited(NodeId node) const {
    const Candidate& place = Find(node);
    return place.node != kNoNode && place.estimate == kVisited;
  }
  bool Contains(NodeId node) const { return Find(node).node != kNoNode; }

  // Keeps visited nodes alone.
  void ForgetOthers() {
    std::pmr::vector<Candidate> old(places_.size(), kEmpty, places_.get_allocator());
    old.swap(places_);
    count_ = 0;
    for (const Candidate& place : old) {
      if (place.node != kNoNode && place.estimate == kVisited) Visit(place.node);
    }
  }

  void Clear() {
    std::fill(places_.begin(), places_.end(), kEmpty);
    count_ = 0;
  }

  std::size_t bytes() const { return places_.size() * sizeof(Candidate); }

 private:
  static constexpr std::size_t kFirstPlaces = 1024;
  static constexpr Candidate kEmpty{0, kNoNode};

  const Candidate& Find(NodeId node) const {
    const std::size_t mask = places_.size() - 1;
    std::size_t at = (node * 2654435761u >> 8) & mask;
    while (places_[at].node != node && places_[at].node != kNoNode) at = (at + 1) & mask;
    return places_[at];
  }
  Candidate& Find(NodeId node) {
    return const_cast<Candidate&>(static_cast<const SeenNodes*>(this)->Find(node));
  }

  void Count() {
    if (2 * ++count_ <= places_.size()) return;
    std::pmr::vector<Candidate> old(4 * places_.size(), kEmpty, places_.get_allocator());
    old.swap(places_);
    for (const Candidate& place : old) {
      if (place.node != kNoNode) Find(place.node) = place;
    }
  }

  std::pmr::vector<Candidate> places_;
  std::size_t count_ = 0;
};

class Frontier {
 public:
  // `keeps_rest`: whether there may be a second Begin(). `is_exact`: estimates are
  // distances, and IsKnown() remembers every node that was offered.
  Frontier(bool keeps_rest, bool is_exact, std::pmr::memory_resource* memory)
      : keeps_rest_(keeps_rest),
        is_exact_(is_exact),
        seen_(memory),
        pool_(memory),
        found_(memory),
        nearest_(memory),
        rest_(memory) {}

  // Begins a search for `width` nodes, with a pool of `most` places. What was offered before and
  // not visited is offered again.
  void Begin(std::size_t width, std::size_t most) {
    pool_.Begin(most);
    found_.Begin(width);
    bound_ = std::numeric_limits<float>::infinity();
    if (nearest_.empty() && rest_.empty()) return;
    seen_.ForgetOthers();
    std::pmr::vector<Candidate> old(rest_.get_allocator());
    old.swap(rest_);
    old.insert(old.end(), nearest_.begin(), nearest_.end());
    nearest_.clear();
    for (const Candidate& candidate : old) Offer(candidate.node, candidate.estimate);
  }

  // Forgets everything, for another query.
  void Clear() {
    seen_.Clear();
    nearest_.clear();
    rest_.clear();
  }

  void Offer(NodeId node, float estimate) {
    estimate = Finite(estimate);
    if (estimate < bound_) {
      Accept(node, estimate);
    } else if (!is_exact_ || IsNews(node, estimate)) {
      if (keeps_rest_) rest_.push_back({estimate, node});
    }
  }

  // Offers as many nodes as there are. Most lanes of most nodes lie beyond the pool, so that
  // putting them aside may not cost more than writing them down.
  void Offer(std::span<const NodeId> nodes, const float* estimates) {
    const std::size_t before = rest_.size();
    if (keeps_rest_) MakeRoom(nodes.size());
    Candidate* rest = rest_.data() + before;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const float estimate = Finite(estimates[i]);
      if (estimate < bound_) {
        Accept(nodes[i], estimate);
      } else if (keeps_rest_) {
        *rest++ = {estimate, nodes[i]};
      }
    }
    if (keeps_rest_) rest_.resize(static_cast<std::size_t>(rest - rest_.data()));
  }

  // The next node to visit, which from now on is visited; nothing when the pool is.
  std::optional<Candidate> Next() {
    while (!nearest_.empty() && nearest_.front().estimate <= bound_) {
      const Candidate next = nearest_.front();
      std::pop_heap(nearest_.begin(), nearest_.end(), IsFarther());
      nearest_.pop_back();
      if (seen_.Visit(next.node)) return next;
    }
    return std::nullopt;
  }

  // A node that was visited, and may be handed out, is so far away.
  void Found(float distance) {
    found_.Add(distance);
    bound_ = std::min(bound_, found_.bound());
  }

  // The node that would be visited i places later, as far as is known; i < 3.
  NodeId Ahead(std::size_t i) const {
    return i < nearest_.size() && nearest_[i].estimate <= bound_ ? nearest_[i].node : kNoNode;
  }

  bool IsVisited(NodeId node) const { return seen_.IsVisited(node); }
  // Whether it was offered; of estimates that are no distances, whether it got in the pool.
  bool IsKnown(NodeId node) const { return seen_.Contains(node); }
  // Whether Begin() would find anything.
  bool HasRest() const { return !nearest_.empty() || !rest_.empty(); }

  // Estimates beyond this are not worth an offer.
  float bound() const { return bound_; }
  std::size_t bytes() const {
    return seen_.bytes() + (nearest_.capacity() + rest_.capacity()) * sizeof(Candidate);
  }

 private:
  struct IsFarther {
    bool operator()(const Candidate& a, const Candidate& b) const {
      return a.estimate > b.estimate;
    }
  };

  // Even the farthest node gets into a pool that has room, and none looks as if visited.
  // What is not a number is as far as can be.
  static float Finite(float estimate) {
    constexpr float kMost = std::numeric_limits<float>::max();
    return std::max(-kMost, std::min(kMost, estimate));
  }

  bool IsNews(NodeId node, float estimate) {
    bool is_new = false;
    return seen_.Improve(node, estimate, is_new);
  }

  void Accept(NodeId node, float estimate) {
    bool is_new = false;
    if (!seen_.Improve(node, estimate, is_new)) return;
    if (is_new) {
      pool_.Add(estimate);
      bound_ = std::min(bound_, pool_.bound());
    }
    nearest_.push_back({estimate, node});
    std::push_heap(nearest_.begin(), nearest_.end(), IsFarther());
  }

  void MakeRoom(std::size_t count) {
    const std::size_t wanted = rest_.size() + count;
    if (wanted > rest_.capacity()) rest_.reserve(std::max(wanted, 2 * rest_.capacity()));
    rest_.resize(wanted);
  }

  bool keeps_rest_;
  bool is_exact_;
  float bound_ = std::numeric_limits<float>::infinity();
  SeenNodes seen_;
  Smallest pool_;                        // estimates of nodes offered
  Smallest found_;                       // distances of nodes visited
  std::pmr::vector<Candidate> nearest_;  // a min-heap: may hold a node more than once
  std::pmr::vector<Candidate> rest_;     // beyond the pool
};

}  // namespace vec::hnsw
