// The steps that find candidates, over all rows.
//
// A block is some rows that follow each other in the order of nodes, so they are near each
// other and share most of what is asked for; its columns are compared with all of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "candidates.hpp"
#include "gather.hpp"
#include "partition.hpp"
#include "vector/base/workers.hpp"

namespace vec::hnsw {

// The nearest in every leaf of the partition, whose members are row numbers.
void JoinLeaves(const Rows& rows, const Partition& partition, CandidateLists& lists,
                Workers& workers, double share);

// The candidates of candidates: `width` of each row and again of those.
void JoinCandidatesOfCandidates(const Rows& rows, std::size_t width, CandidateLists& lists,
                                Workers& workers, double share);

// The nearest in a sample of all rows: edges to farther away than the lists reach.
void JoinSample(const Rows& rows, CandidateLists& far, Workers& workers, double share);

// Those of the greatest inner product: among the longest rows, then among the nearest
// (by `lists`) of those found.
void JoinProducts(const Rows& rows, const CandidateLists& lists, CandidateLists& products,
                  Workers& workers, double share);

}  // namespace vec::hnsw
