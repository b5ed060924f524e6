// What a search is asked for, and what it cost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "vector/storage/heap_vectors.hpp"

namespace vec::hnsw {

struct SearchParams {
  std::uint32_t ef = 40;      // nodes that are looked for, at a time where the search goes on
  bool is_iterative = false;  // goes on when they are handed out
  bool is_strict = false;     // iterative: rows nearer than one handed out are left out
  std::size_t max_visited = std::numeric_limits<std::size_t>::max();  // iterative: nodes
  std::size_t memory_bytes = std::size_t{4} << 20;                    // iterative
  // For exact vectors where nodes hold rounded ones; without it these rank the rows.
  HeapVectors* heap = nullptr;
};

struct SearchCounts {
  std::size_t entries = 0;  // of the directory, compared
  std::size_t nodes = 0;    // visited: pages of nodes
  std::size_t lanes = 0;    // neighbours estimated
  std::size_t exact = 0;    // distances of rows
  std::size_t items = 0;    // rows read from items
  std::size_t heap = 0;     // rows read from the table
};

}  // namespace vec::hnsw
