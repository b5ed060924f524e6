// A graph of many rows at once, in memory: partition, matrix products, pruning.
//
//   1  equal rows become one node (duplicates)
//   2  rows are split by sampled leaders, again and again, with overlap, into leaves of a
//      few hundred; a leaf's own rows are neighbours in the order of nodes (partition)
//   3  in each leaf the nearest of each row by one matrix product; the best over all leaves
//      are its candidates (join)
//   4  the same between groups of nearby rows and what their candidates' candidates are,
//      which is what a search on the graph would find; and the nearest in a sample of all
//      rows, for edges that lead farther; by inner product the greatest products (refine)
//   5  the rule of prune.hpp on the candidates, and once more with the edges that lead back (edges)
//   6  every node is reached from the first one (connect)
//
// After "PiPNN" (arXiv 2602.21247). Differences: candidates are kept by distance, not by
// hashed directions, and step 4, without which large sets lose recall.
//
// Nothing here knows pages. Memory is malloc'ed, because threads take part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "vector/base/workers.hpp"
#include "vector/storage/kinds.hpp"

namespace vec::hnsw {

struct BulkParams {
  std::size_t dims = 0;
  Metric metric = Metric::kL2;  // or kInnerProduct, or kCosine: then rows have unit length
  std::size_t lanes = 32;       // at most kMaxLanes
  std::size_t threads = 1;      // the caller's included
  std::uint64_t seed = 0;
};

// Nodes are numbered in the order in which they should lie on pages: neighbours together.
struct BulkGraph {
  std::size_t lanes = 0;
  std::vector<std::uint32_t> rows;       // the row of each node, the first of those equal
  std::vector<std::uint32_t> neighbors;  // `lanes` nodes each, the first degrees[i] in use
  std::vector<float> distances;          // squared L2 to them
  std::vector<std::uint8_t> degrees;
  std::vector<std::uint8_t> children;    // lanes of the spanning forest: the first ones
  std::vector<std::uint32_t> roots;      // of the forest, ascending: node 0 as a rule
  std::vector<std::uint64_t> redundant;  // prune.hpp

  // Further rows equal to that of node i: copies[first_copy[i]] up to first_copy[i + 1].
  std::vector<std::uint32_t> first_copy;
  std::vector<std::uint32_t> copies;
};

using BulkProgress = WorkProgress;

// The graph of rows (dims floats each, dense). The same for any number of threads.
// REQUIRES: fewer than 2^31 rows.
BulkGraph BuildGraph(std::span<const float> rows, const BulkParams& params,
                     const BulkProgress& progress);

// Bytes that BuildGraph takes for so many rows at most, its result included and the rows not.
std::size_t BulkBytes(std::size_t rows, const BulkParams& params);

}  // namespace vec::hnsw
