// A stand-in for the access method hnsw, for catalogues that come from pgvector.
//
// Its indexes can be opened, passed by in plans and vacuums, truncated and dropped,
// but neither built nor read nor written. The extension's own script does not create
// the access method.
#pragma once

#include "vector/pg/compat.hpp"

namespace vec::pg::hnsw {

// Registers the reloptions.
void DefineSettings();
bytea* ParseOptions(Datum reloptions, bool validate);

// Raises an ERROR, except where an existing index becomes empty with its table, and
// in pg_upgrade.
IndexBuildResult* Build(Relation heap, Relation index, const IndexInfo* info);

}  // namespace vec::pg::hnsw
