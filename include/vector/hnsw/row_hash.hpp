// A number that tells rows apart: equal rows have equal hashes, others seldom.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace vec::hnsw {

inline std::uint64_t HashRow(std::span<const float> row) {
  std::uint64_t hash[2] = {row.size(), ~std::uint64_t{row.size()}};
  for (std::size_t i = 0; i < row.size(); ++i) {
    std::uint64_t& half = hash[i % 2];
    half = (std::rotl(half, 23) ^ std::bit_cast<std::uint32_t>(row[i])) * 0x9E3779B97F4A7C15u;
  }
  const std::uint64_t both = (hash[0] ^ std::rotl(hash[1], 32)) * 0xBF58476D1CE4E5B9u;
  return both ^ (both >> 29);
}

}  // namespace vec::hnsw
