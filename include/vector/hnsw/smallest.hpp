// The smallest few of many numbers, and what the next one must be below to be among them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory_resource>
#include <vector>

namespace vec::hnsw {

class Smallest {
 public:
  explicit Smallest(std::pmr::memory_resource* memory) : heap_(memory) {}

  // Forgets all, and keeps so many from now on, at least one.
  void Begin(std::size_t width) {
    width_ = width;
    heap_.clear();
  }

  void Add(float number) {
    if (heap_.size() < width_) {
      heap_.push_back(number);
      std::push_heap(heap_.begin(), heap_.end());
    } else if (number < heap_.front()) {
      ReplaceLargest(number);
    }
  }

  // The largest of them: what is not below it changes nothing. Infinity while there is room.
  float bound() const {
    return heap_.size() < width_ ? std::numeric_limits<float>::infinity() : heap_.front();
  }

 private:
  void ReplaceLargest(float number) {
    const std::size_t size = heap_.size();
    std::size_t at = 0;
    for (std::size_t child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && heap_[child + 1] > heap_[child]) ++child;
      if (heap_[child] <= number) break;
      heap_[at] = heap_[child];
      at = child;
    }
    heap_[at] = number;
  }

  std::size_t width_ = 0;
  std::pmr::vector<float> heap_;  // a max-heap
};

}  // namespace vec::hnsw
