#include "vector/ivf/heap_order.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "vector/base/random.hpp"

namespace vec::ivf {
namespace {

std::vector<std::uint64_t> First(const std::vector<std::uint64_t>& heap, std::size_t most) {
  std::vector<std::uint64_t> found;
  VisitHeapInOrder<32>(std::span<const std::uint64_t>(heap), most, std::greater<>(),
                       [&](std::uint64_t element) { found.push_back(element); });
  return found;
}

TEST(HeapOrder, VisitsTheFirstInOrder) {
  Random random(1);
  for (const std::size_t size : {0u, 1u, 2u, 3u, 7u, 100u}) {
    std::vector<std::uint64_t> heap(size);
    for (std::uint64_t& element : heap) element = random.Below(50);
    std::make_heap(heap.begin(), heap.end(), std::greater<>());
    std::vector<std::uint64_t> sorted = heap;
    std::sort(sorted.begin(), sorted.end());
    for (const std::size_t most : {0u, 1u, 5u, 31u, 32u, 40u}) {
      const std::size_t n = std::min({most, size, std::size_t{32}});
      const auto expected = std::vector<std::uint64_t>(
          sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(n));
      EXPECT_EQ(First(heap, most), expected);
    }
  }
}

}  // namespace
}  // namespace vec::ivf
