// The callbacks of the access method ivfflat.
#include "vector/pg/guard.hpp"
#include "vector/pg/index_cache.hpp"
#include "vector/pg/ivfflat/ivfflat.hpp"

namespace ivfflat = vec::pg::ivfflat;
using vec::pg::Guard;

extern "C" {

PGDLLEXPORT void ivfflat_parallel_build_main(dsm_segment* segment, shm_toc* toc);

void ivfflat_parallel_build_main(dsm_segment* segment, shm_toc* toc) {
  Guard([&] { ivfflat::BuildInWorker(segment, toc); });
}

static IndexBuildResult* ivfflat_build(Relation heap, Relation index, IndexInfo* info) {
  return Guard([&] { return ivfflat::Build(heap, index, info); });
}

static void ivfflat_buildempty(Relation index) {
  Guard([&] { ivfflat::BuildEmpty(index); });
}

static bool ivfflat_insert(Relation index, Datum* values, bool* isnull, ItemPointer tid,
                           Relation heap, IndexUniqueCheck, bool, IndexInfo*) {
  return Guard([&] { return ivfflat::Insert(index, values, isnull, tid, heap); });
}

static IndexBulkDeleteResult* ivfflat_bulkdelete(IndexVacuumInfo* info,
                                                 IndexBulkDeleteResult* stats,
                                                 IndexBulkDeleteCallback callback, void* state) {
  return Guard([&] {
    if (vec::pg::IndexCache(info->index).IsForeign()) return stats;
    return ivfflat::BulkDelete(info, stats, callback, state);
  });
}

static IndexBulkDeleteResult* ivfflat_vacuumcleanup(IndexVacuumInfo* info,
                                                    IndexBulkDeleteResult* stats) {
  return Guard([&] { return ivfflat::VacuumCleanup(info, stats); });
}

static void ivfflat_costestimate(PlannerInfo* root, IndexPath* path, double loop_count,
                                 Cost* startup, Cost* total, Selectivity* selectivity,
                                 double* correlation, double* pages) {
  const auto costs = Guard([&] { return ivfflat::EstimateCost(root, path, loop_count); });
  *startup = costs.startup;
  *total = costs.total;
  *selectivity = costs.selectivity;
  *correlation = costs.correlation;
  *pages = costs.pages;
}

static bytea* ivfflat_options(Datum reloptions, bool validate) {
  return Guard([&] { return ivfflat::ParseOptions(reloptions, validate); });
}

static char* ivfflat_buildphasename(int64 phase) {
  return const_cast<char*>(ivfflat::PhaseName(phase));
}

// Any operator class is accepted; what cannot be indexed is refused by the build.
static bool ivfflat_validate(Oid) { return true; }

static IndexScanDesc ivfflat_beginscan(Relation index, int keys, int orderbys) {
  return Guard([&] { return ivfflat::BeginScan(index, keys, orderbys); });
}

static void ivfflat_rescan(IndexScanDesc scan, ScanKey keys, int nkeys, ScanKey orderbys,
                           int norderbys) {
  Guard([&] { ivfflat::Rescan(scan, keys, nkeys, orderbys, norderbys); });
}

static bool ivfflat_gettuple(IndexScanDesc scan, ScanDirection) {
  return Guard([&] { return ivfflat::GetTuple(scan); });
}

static void ivfflat_endscan(IndexScanDesc scan) {
  Guard([&] { ivfflat::EndScan(scan); });
}

}  // extern "C"

VECTOR_FUNCTION(ivfflathandler) {
  IndexAmRoutine* am = makeNode(IndexAmRoutine);  // zeroed: unset members mean "no"
  am->amsupport = 5;
  am->amcanorderbyop = true;
  am->amoptionalkey = true;
  am->amparallelvacuumoptions = VACUUM_OPTION_PARALLEL_BULKDEL;
  am->amkeytype = InvalidOid;
  vec::pg::FillVersionedMembers(*am);

  am->ambuild = ivfflat_build;
  am->ambuildempty = ivfflat_buildempty;
  am->aminsert = ivfflat_insert;
  am->ambulkdelete = ivfflat_bulkdelete;
  am->amvacuumcleanup = ivfflat_vacuumcleanup;
  am->amcostestimate = ivfflat_costestimate;
  am->amoptions = ivfflat_options;
  am->ambuildphasename = ivfflat_buildphasename;
  am->amvalidate = ivfflat_validate;
  am->ambeginscan = ivfflat_beginscan;
  am->amrescan = ivfflat_rescan;
  am->amgettuple = ivfflat_gettuple;
  am->amendscan = ivfflat_endscan;
  PG_RETURN_POINTER(am);
}

// Support function 5 tells pgvector about a type. Here the distance function does: these
// are never called, and there for operator classes to name.
VECTOR_FUNCTION(ivfflat_halfvec_support) { PG_RETURN_POINTER(nullptr); }
VECTOR_FUNCTION(ivfflat_bit_support) { PG_RETURN_POINTER(nullptr); }
