// The callbacks of the access method hnsw.
#include "vector/pg/guard.hpp"
#include "vector/pg/index_cache.hpp"
#include "vector/pg/hnsw/hnsw.hpp"

namespace hnsw = vec::pg::hnsw;
using vec::pg::Guard;

extern "C" {

PGDLLEXPORT void hnsw_parallel_insert_main(dsm_segment* segment, shm_toc* toc);

void hnsw_parallel_insert_main(dsm_segment* segment, shm_toc* toc) {
  Guard([&] { hnsw::InsertInWorker(segment, toc); });
}

static IndexBuildResult* hnsw_build(Relation heap, Relation index, IndexInfo* info) {
  return Guard([&] { return hnsw::Build(heap, index, info); });
}

static void hnsw_buildempty(Relation index) {
  Guard([&] { hnsw::BuildEmpty(index); });
}

static bool hnsw_insert(Relation index, Datum* values, bool* isnull, ItemPointer tid, Relation heap,
                        IndexUniqueCheck, bool, IndexInfo* info) {
  return Guard([&] { return hnsw::Insert(index, values, isnull, tid, heap, info); });
}

static IndexBulkDeleteResult* hnsw_bulkdelete(IndexVacuumInfo* info, IndexBulkDeleteResult* stats,
                                              IndexBulkDeleteCallback callback, void* state) {
  return Guard([&] {
    if (vec::pg::IndexCache(info->index).IsForeign()) return stats;
    return hnsw::BulkDelete(info, stats, callback, state);
  });
}

static IndexBulkDeleteResult* hnsw_vacuumcleanup(IndexVacuumInfo* info,
                                                 IndexBulkDeleteResult* stats) {
  return Guard([&] { return hnsw::VacuumCleanup(info, stats); });
}

static void hnsw_costestimate(PlannerInfo* root, IndexPath* path, double loop_count, Cost* startup,
                              Cost* total, Selectivity* selectivity, double* correlation,
                              double* pages) {
  const auto costs = Guard([&] { return hnsw::EstimateCost(root, path, loop_count); });
  *startup = costs.startup;
  *total = costs.total;
  *selectivity = costs.selectivity;
  *correlation = costs.correlation;
  *pages = costs.pages;
}

static bytea* hnsw_options(Datum reloptions, bool validate) {
  return Guard([&] { return hnsw::ParseOptions(reloptions, validate); });
}

static char* hnsw_buildphasename(int64 phase) { return const_cast<char*>(hnsw::PhaseName(phase)); }

// Any operator class is accepted; what cannot be indexed is refused by the build.
static bool hnsw_validate(Oid) { return true; }

static IndexScanDesc hnsw_beginscan(Relation index, int keys, int orderbys) {
  return Guard([&] { return hnsw::BeginScan(index, keys, orderbys); });
}

static void hnsw_rescan(IndexScanDesc scan, ScanKey keys, int nkeys, ScanKey orderbys,
                        int norderbys) {
  Guard([&] { hnsw::Rescan(scan, keys, nkeys, orderbys, norderbys); });
}

static bool hnsw_gettuple(IndexScanDesc scan, ScanDirection) {
  return Guard([&] { return hnsw::GetTuple(scan); });
}

static void hnsw_endscan(IndexScanDesc scan) {
  Guard([&] { hnsw::EndScan(scan); });
}

}  // extern "C"

VECTOR_FUNCTION(hnswhandler) {
  IndexAmRoutine* am = makeNode(IndexAmRoutine);  // zeroed: unset members mean "no"
  am->amsupport = 3;
  am->amcanorderbyop = true;
  am->amoptionalkey = true;
  am->amparallelvacuumoptions = VACUUM_OPTION_PARALLEL_BULKDEL;
  am->amkeytype = InvalidOid;
  vec::pg::FillVersionedMembers(*am);

  am->ambuild = hnsw_build;
  am->ambuildempty = hnsw_buildempty;
  am->aminsert = hnsw_insert;
  am->ambulkdelete = hnsw_bulkdelete;
  am->amvacuumcleanup = hnsw_vacuumcleanup;
  am->amcostestimate = hnsw_costestimate;
  am->amoptions = hnsw_options;
  am->ambuildphasename = hnsw_buildphasename;
  am->amvalidate = hnsw_validate;
  am->ambeginscan = hnsw_beginscan;
  am->amrescan = hnsw_rescan;
  am->amgettuple = hnsw_gettuple;
  am->amendscan = hnsw_endscan;
  PG_RETURN_POINTER(am);
}

// Support function 3 tells pgvector about a type. Here the distance function does: these
// are never called, and there for operator classes to name.
VECTOR_FUNCTION(hnsw_halfvec_support) { PG_RETURN_POINTER(nullptr); }
VECTOR_FUNCTION(hnsw_bit_support) { PG_RETURN_POINTER(nullptr); }
VECTOR_FUNCTION(hnsw_sparsevec_support) { PG_RETURN_POINTER(nullptr); }
