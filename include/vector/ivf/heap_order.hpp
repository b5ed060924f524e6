// The first elements of a binary heap in order, without taking them out.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace vec::ivf {

// visit(element) for the first min(most, kMost) elements of a heap as std::push_heap with
// `after` makes it: the top, and then always the first of the children of those visited.
template <std::size_t kMost, typename Element, typename After, typename Visit>
void VisitHeapInOrder(std::span<const Element> heap, std::size_t most, After after, Visit visit) {
  std::array<std::size_t, kMost + 1> open;
  std::size_t n = 0;
  if (!heap.empty()) open[n++] = 0;
  for (most = std::min(most, kMost); most > 0 && n > 0; --most) {
    std::size_t first = 0;
    for (std::size_t i = 1; i < n; ++i) {
      if (after(heap[open[first]], heap[open[i]])) first = i;
    }
    const std::size_t at = open[first];
    visit(heap[at]);
    open[first] = open[--n];
    for (const std::size_t child : {2 * at + 1, 2 * at + 2}) {
      if (child < heap.size()) open[n++] = child;
    }
  }
}

}  // namespace vec::ivf
