// A list that a search probes, and where its centroid lies to the query.
#pragma once

#include <cstdint>

#include "vector/storage/page.hpp"

namespace vec::ivf {

struct RankedList {
  float score;  // smaller is probed earlier
  std::uint32_t list;
  BlockId first_block;
  std::uint32_t extent_blocks;
  float centroid_distance;  // of the query: squared L2, or minus the inner product
  float centroid_norm_squared;

  friend bool operator<(const RankedList& a, const RankedList& b) {
    return a.score != b.score ? a.score < b.score : a.list < b.list;
  }
};

// What a search did, for EXPLAIN and tests.
struct SearchCounts {
  std::uint64_t lists = 0;
  std::uint64_t directory_pages = 0;  // and those of centroids' codes
  std::uint64_t pages = 0;            // of chains
  std::uint64_t rows = 0;             // scored, exactly or by their code
  std::uint64_t refined = 0;          // by their second code
  std::uint64_t exact = 0;            // exact distances behind codes
};

}  // namespace vec::ivf
