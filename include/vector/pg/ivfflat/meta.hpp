// The meta page of an index, as the session remembers it.
#pragma once

#include "vector/ivf/layout.hpp"
#include "vector/pg/compat.hpp"

namespace vec::pg::ivfflat {

// Checked. Throws Error(kCorrupted), and raises an ERROR for an index of pgvector's.
ivf::Meta MetaOf(Relation index);

}  // namespace vec::pg::ivfflat
