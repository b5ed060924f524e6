// The meta page of an index, as the session remembers it.
#pragma once

#include "vector/hnsw/layout.hpp"
#include "vector/pg/compat.hpp"

namespace vec::pg::hnsw {

// Checked. Throws Error(kCorrupted), and raises an ERROR for an index of pgvector's.
vec::hnsw::Meta MetaOf(Relation index);

}  // namespace vec::pg::hnsw
