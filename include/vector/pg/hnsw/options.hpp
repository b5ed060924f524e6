// What an index was declared as, and the settings of a search.
#pragma once

#include "vector/hnsw/layout.hpp"
#include "vector/pg/compat.hpp"
#include "vector/pg/row_kind.hpp"

namespace vec::pg::hnsw {

// Type, metric and size as the catalogue declares them.
struct Declaration {
  RowKind rows;
  std::uint16_t m;
  std::uint32_t ef_construction;
  vec::hnsw::Codec codec;
};

// Reads operator class, type modifier and reloptions of an index to be built.
// Throws Error where it cannot be indexed.
Declaration Describe(Relation index);

// The reloption as it is now.
std::uint32_t EfConstruction(Relation index);

// Current values of hnsw.ef_search, hnsw.iterative_scan, hnsw.max_scan_tuples,
// hnsw.scan_mem_multiplier.
struct SearchSettings {
  std::uint32_t ef_search;
  bool is_iterative;
  bool is_strict;
  std::uint32_t max_scan_tuples;
  std::size_t memory_bytes;
};
SearchSettings CurrentSearch();

}  // namespace vec::pg::hnsw
