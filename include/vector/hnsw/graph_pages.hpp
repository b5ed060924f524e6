// The node pages of a graph that was made at once (bulk.hpp).
//
// Where a node lies is known before any is written: node i is slot i % per_page of page
// first_block + i / per_page. So threads make pages in any order, in memory that is there.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <span>
#include <vector>

#include "vector/hnsw/bulk.hpp"
#include "vector/hnsw/coding.hpp"
#include "vector/hnsw/row_matrix.hpp"

namespace vec::hnsw {

// What the nodes are made of. All that it refers to must outlive it.
struct GraphNodes {
  const Meta& meta;
  const BulkGraph& graph;
  BulkRows rows;
  const Coding& coding;
  std::span<const ItemRef> values;  // of the nodes; none where all rows lie in nodes
  std::span<const ItemRef> tids;    // lists of copies; none where there are no copies
  BlockId first_block;
  std::vector<float> rotated;  // coded: rows in the order of nodes; none: rotated when needed

  std::size_t count() const { return graph.rows.size(); }
  std::size_t pages() const { return (count() + meta.per_page - 1) / meta.per_page; }
  NodeId IdOf(std::size_t node) const {
    return NodeIdOf(first_block + static_cast<BlockId>(node / meta.per_page), node % meta.per_page);
  }
  // REQUIRES: dense rows.
  std::span<const float> ValuesOf(std::size_t node) const {
    return rows.values.subspan(std::size_t{graph.rows[node]} * meta.dims, meta.dims);
  }
  // What is kept of a node's row, in `scratch` where it is made of its values.
  RowView KeptOf(std::size_t node, std::pmr::vector<std::byte>& scratch) const {
    const std::uint32_t row = graph.rows[node];
    if (!IsDense(meta.type)) return {{}, BytesOfRow(meta, rows.stored[row])};
    scratch.resize(KeptBytes(meta));
    EncodeKept(meta, ValuesOf(node), rows.OriginOf(row), scratch);
    return {ValuesOf(node), scratch};
  }
};

// Rotates all rows once and for all. REQUIRES: a coded form.
void RotateNodes(GraphNodes& nodes, std::size_t threads, const BulkProgress& progress);

// Makes the pages from number `first` on. REQUIRES: out.size() is a multiple of kPageBytes, not
// beyond nodes.pages(); aligned to 8.
void MakeNodePages(const GraphNodes& nodes, std::size_t first, std::span<std::byte> out,
                   std::size_t threads, const BulkProgress& progress);

}  // namespace vec::hnsw
