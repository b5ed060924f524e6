#include "vector/pg/hnsw/hnsw.hpp"

#include "vector/pg/guard.hpp"

namespace vec::pg::hnsw {

namespace {

struct Reloptions {
  int32 vl_len_;
  int m;
  int ef_construction;
};

relopt_kind reloption_kind;

// TRUNCATE builds the indexes of the table anew. So does REINDEX, which on an empty
// table leaves as little behind.
bool IsTruncated(Relation heap, Relation index, const IndexInfo* info) {
  const bool is_new = info->ii_Concurrent || index->rd_createSubid != InvalidSubTransactionId;
  return !is_new && Call([&] { return RelationGetNumberOfBlocks(heap); }) == 0;
}

}  // namespace

void DefineSettings() {
  Call([] {
    reloption_kind = add_reloption_kind();
    add_int_reloption(reloption_kind, "m", "Max number of connections", 16, 2, 100,
                      AccessExclusiveLock);
    add_int_reloption(reloption_kind, "ef_construction",
                      "Size of the dynamic candidate list for construction", 64, 4, 1000,
                      AccessExclusiveLock);
  });
}

bytea* ParseOptions(Datum reloptions, bool validate) {
  const relopt_parse_elt table[] = {
      Reloption("m", RELOPT_TYPE_INT, offsetof(Reloptions, m)),
      Reloption("ef_construction", RELOPT_TYPE_INT, offsetof(Reloptions, ef_construction)),
  };
  return Call([&] {
    return static_cast<bytea*>(build_reloptions(reloptions, validate, reloption_kind,
                                                sizeof(Reloptions), table, lengthof(table)));
  });
}

IndexBuildResult* Build(Relation heap, Relation index, const IndexInfo* info) {
  // pg_upgrade creates indexes on empty tables, then puts the files in place.
  if (!IsBinaryUpgrade && !IsTruncated(heap, index, info)) {
    throw Error(ErrorKind::kNotSupported, "building hnsw indexes is not supported yet",
                "The access method hnsw is here only for databases that come from pgvector.",
                "Use the access method ivfflat.");
  }
  return Call([] { return static_cast<IndexBuildResult*>(palloc0(sizeof(IndexBuildResult))); });
}

}  // namespace vec::pg::hnsw
