// Rows that equal each other byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "vector/base/workers.hpp"

namespace vec::hnsw {

struct Duplicates {
  std::vector<std::uint32_t> rows;    // the first of each value, ascending
  std::vector<std::uint32_t> first;   // of value i in `copies`, and the end
  std::vector<std::uint32_t> copies;  // the other rows of each value, ascending
};

// REQUIRES: dims >= 1.
Duplicates FindDuplicates(std::span<const float> rows, std::size_t dims, Workers& workers);

}  // namespace vec::hnsw
