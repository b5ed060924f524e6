// The callbacks of the stand-in for the access method hnsw, and the functions that
// pgvector's catalogues name beside it.
#include "vector/pg/guard.hpp"
#include "vector/pg/hnsw/hnsw.hpp"
#include "vector/pg/pgvector_index.hpp"

namespace hnsw = vec::pg::hnsw;
using vec::pg::Guard;

extern "C" {

static IndexBuildResult* hnsw_build(Relation heap, Relation index, IndexInfo* info) {
  return Guard([&] { return hnsw::Build(heap, index, info); });
}

// For TRUNCATE of an unlogged table: a file of no pages is as good as any other.
static void hnsw_buildempty(Relation) {}

static bool hnsw_insert(Relation index, Datum*, bool*, ItemPointer, Relation, IndexUniqueCheck,
                        bool, IndexInfo*) {
  return Guard([&]() -> bool { vec::pg::RaiseBuiltByPgvector(index); });
}

static IndexBulkDeleteResult* hnsw_bulkdelete(IndexVacuumInfo*, IndexBulkDeleteResult* stats,
                                              IndexBulkDeleteCallback, void*) {
  return stats;
}

static IndexBulkDeleteResult* hnsw_vacuumcleanup(IndexVacuumInfo*, IndexBulkDeleteResult* stats) {
  return stats;
}

static void hnsw_costestimate(PlannerInfo*, IndexPath* path, double, Cost* startup, Cost* total,
                              Selectivity* selectivity, double* correlation, double* pages) {
  vec::pg::DisablePath(path);
  *startup = *total = get_float8_infinity();
  *selectivity = *correlation = *pages = 0;
}

static bytea* hnsw_options(Datum reloptions, bool validate) {
  return Guard([&] { return hnsw::ParseOptions(reloptions, validate); });
}

static bool hnsw_validate(Oid) { return true; }

static IndexScanDesc hnsw_beginscan(Relation index, int, int) {
  return Guard([&]() -> IndexScanDesc { vec::pg::RaiseBuiltByPgvector(index); });
}

static void hnsw_rescan(IndexScanDesc, ScanKey, int, ScanKey, int) {}

static void hnsw_endscan(IndexScanDesc) {}

}  // extern "C"

// Without amgettuple and amgetbitmap there are no index scans to plan.
VECTOR_FUNCTION(hnswhandler) {
  IndexAmRoutine* am = makeNode(IndexAmRoutine);  // zeroed: unset members mean "no"
  am->amsupport = 3;
  am->amcanorderbyop = true;
  am->amoptionalkey = true;
  am->amkeytype = InvalidOid;
  vec::pg::FillVersionedMembers(*am);

  am->ambuild = hnsw_build;
  am->ambuildempty = hnsw_buildempty;
  am->aminsert = hnsw_insert;
  am->ambulkdelete = hnsw_bulkdelete;
  am->amvacuumcleanup = hnsw_vacuumcleanup;
  am->amcostestimate = hnsw_costestimate;
  am->amoptions = hnsw_options;
  am->amvalidate = hnsw_validate;
  am->ambeginscan = hnsw_beginscan;
  am->amrescan = hnsw_rescan;
  am->amendscan = hnsw_endscan;
  PG_RETURN_POINTER(am);
}

VECTOR_FUNCTION(hnsw_halfvec_support) { PG_RETURN_POINTER(nullptr); }
VECTOR_FUNCTION(hnsw_bit_support) { PG_RETURN_POINTER(nullptr); }
VECTOR_FUNCTION(hnsw_sparsevec_support) { PG_RETURN_POINTER(nullptr); }
