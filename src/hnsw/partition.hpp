// Groups of rows that lie near to each other, by sampled leaders.
//
// Each set is split among leaders drawn from it; a row goes to its nearest ones, on the first
// levels to more than one, so that the groups overlap and neighbours on either side of a
// border meet in some group. Groups that are small enough are leaves.
//
// The leaf that a row comes to by its nearest leader on every level is its home. Homes are
// disjoint; leaders are put into a chain of near ones, and so are the homes: the order of
// rows by homes is one in which near rows have near places.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gather.hpp"
#include "vector/base/workers.hpp"

namespace vec::hnsw {

struct PartitionParams {
  std::size_t leaf_rows = 1000;  // at most
  std::size_t target_rows = 400;
  std::size_t fan_outs[2] = {3, 2};  // on the first levels; 1 below
  std::uint64_t seed = 0;
};

struct Partition {
  std::vector<std::uint32_t> order;       // all rows, by homes
  std::vector<std::uint32_t> members;     // of the leaves, one after the other
  std::vector<std::size_t> first_member;  // of leaf i, and the end
  std::vector<std::size_t> first_home;    // where the home of leaf i begins in `order`, and the end

  std::size_t leaves() const { return first_member.size() - 1; }
};

Partition Split(const Rows& rows, const PartitionParams& params, Workers& workers, double share);

}  // namespace vec::hnsw
