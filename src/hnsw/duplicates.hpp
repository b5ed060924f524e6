// Rows that equal each other byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "vector/base/workers.hpp"

namespace vec::hnsw {

struct Duplicates {
  std::vector<std::uint32_t> rows;    // the first of each value, ascending
  std::vector<std::uint32_t> first;   // of value i in `copies`, and the end
  std::vector<std::uint32_t> copies;  // the other rows of each value, ascending
};

// The bytes of a row by its number, a multiple of 4.
using BytesOf = std::function<std::span<const std::byte>(std::uint32_t)>;

Duplicates FindDuplicates(std::size_t rows, const BytesOf& bytes_of, Workers& workers);

}  // namespace vec::hnsw
