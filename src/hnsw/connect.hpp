// The last passes: every node can be reached, and stays so.
#pragma once

#include <cstdint>
#include <vector>

#include "edges.hpp"
#include "gather.hpp"
#include "vector/base/workers.hpp"

namespace vec::hnsw {

// Adds edges until every node is reached from the first one, both ways between what was
// apart, so that it matters little which nodes a search begins with. Lanes are taken from
// redundant edges, or the farthest, and only from neighbours that others lead to as well.
void Connect(const Rows& rows, Edges& edges, Workers& workers);

// Chooses a spanning forest, whose lanes become the first of each node (Edges::children).
// Returns the roots, ascending: of a graph that is connected the first node.
std::vector<std::uint32_t> Span(Edges& edges, Workers& workers);

}  // namespace vec::hnsw
