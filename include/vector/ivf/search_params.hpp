// What a search is asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "vector/storage/page.hpp"

namespace vec::ivf {

// The exact vectors of an index that leaves them in the heap.
class HeapVectors {
 public:
  virtual ~HeapVectors() = default;

  // The vector of a row as the index would store it, widened to float32 and valid until
  // the next call; nothing where the search need not see the row.
  virtual std::optional<std::span<const float>> Read(HeapTid tid) = 0;
};

struct SearchParams {
  std::uint32_t probes = 1;
  std::uint32_t max_probes = 1;  // > probes makes the search iterative
  std::size_t memory_bytes = std::size_t{4} << 20;
  HeapVectors* heap = nullptr;  // REQUIRED for Vectors::kHeap
};

}  // namespace vec::ivf
