// A number that tells rows apart: equal rows have equal hashes, others seldom.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace vec::hnsw {

// REQUIRES: a multiple of 4 bytes.
inline std::uint64_t HashRow(std::span<const std::byte> row) {
  const std::uint64_t words = row.size() / sizeof(std::uint32_t);
  std::uint64_t hash[2] = {words, ~words};
  for (std::size_t i = 0; i < words; ++i) {
    std::uint32_t word = 0;
    std::memcpy(&word, row.data() + i * sizeof(word), sizeof(word));
    std::uint64_t& half = hash[i % 2];
    half = (std::rotl(half, 23) ^ word) * 0x9E3779B97F4A7C15u;
  }
  const std::uint64_t both = (hash[0] ^ std::rotl(hash[1], 32)) * 0xBF58476D1CE4E5B9u;
  return both ^ (both >> 29);
}

}  // namespace vec::hnsw
