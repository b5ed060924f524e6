// What a search is asked for.
#pragma once

#include <cstddef>
#include <cstdint>

#include "vector/storage/heap_vectors.hpp"

namespace vec::ivf {

using vec::HeapVectors;

struct SearchParams {
  std::uint32_t probes = 1;
  std::uint32_t max_probes = 1;  // > probes makes the search iterative
  std::size_t memory_bytes = std::size_t{4} << 20;
  std::uint32_t expected_rows = 0;  // codes likely to be looked at closer, where that is known
  HeapVectors* heap = nullptr;      // REQUIRED for Vectors::kHeap
  bool is_adaptive = false;         // about `probes` lists, by the query (margins.hpp)
};

}  // namespace vec::ivf
