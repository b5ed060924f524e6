// Numbers by node id, forgotten all at once.
//
// Open addressing in a table of which at most half is in use; an epoch tells what is left
// over from before, so that clearing costs nothing.
#pragma once

#include <memory_resource>
#include <vector>

#include "vector/hnsw/layout.hpp"

namespace vec::hnsw {

template <typename Value>
class NodeMap {
 public:
  explicit NodeMap(std::pmr::memory_resource* memory) : places_(kFirstPlaces, memory) {}

  void Clear() {
    count_ = 0;
    if (++epoch_ != 0) return;
    places_.assign(places_.size(), Place{});
    epoch_ = 1;
  }

  // The value of a node, or nullptr. Valid until the next Add().
  Value* Find(NodeId id) {
    Place& place = PlaceOf(id);
    return place.epoch == epoch_ ? &place.value : nullptr;
  }

  // The value of a node, which is `value` where it had none.
  Value& Add(NodeId id, Value value) {
    if (2 * (count_ + 1) > places_.size()) Grow();
    Place& place = PlaceOf(id);
    if (place.epoch != epoch_) {
      place = {epoch_, id, value};
      ++count_;
    }
    return place.value;
  }

 private:
  struct Place {
    std::uint32_t epoch = 0;
    NodeId id = 0;
    Value value{};
  };
  static constexpr std::size_t kFirstPlaces = 1024;

  // Where the node is, or the free place where it would be.
  Place& PlaceOf(NodeId id) {
    const std::size_t mask = places_.size() - 1;
    std::size_t at = (id * 2654435761u >> 8) & mask;
    while (places_[at].epoch == epoch_ && places_[at].id != id) at = (at + 1) & mask;
    return places_[at];
  }

  void Grow() {
    std::pmr::vector<Place> old(2 * places_.size(), places_.get_allocator());
    old.swap(places_);
    for (const Place& place : old) {
      if (place.epoch == epoch_) PlaceOf(place.id) = place;
    }
  }

  std::pmr::vector<Place> places_;
  std::size_t count_ = 0;
  std::uint32_t epoch_ = 1;
};

}  // namespace vec::hnsw
