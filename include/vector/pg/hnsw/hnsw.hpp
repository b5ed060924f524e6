// The access method hnsw on PostgreSQL: what src/am/hnsw.cpp forwards to.
//
// Throws C++ exceptions; the callers are Guards.
#pragma once

#include "vector/pg/scan_cost.hpp"

namespace vec::pg::hnsw {

// Settings and reloptions.
void DefineSettings();
bytea* ParseOptions(Datum reloptions, bool validate);
const char* PhaseName(int64 phase);

IndexBuildResult* Build(Relation heap, Relation index, IndexInfo* info);
void BuildEmpty(Relation index);
// A worker of InsertWorkers.
void InsertInWorker(dsm_segment* segment, shm_toc* toc);

bool Insert(Relation index, const Datum* values, const bool* isnull, ItemPointer tid, Relation heap,
            IndexInfo* info);

IndexScanDesc BeginScan(Relation index, int keys, int orderbys);
void Rescan(IndexScanDesc scan, ScanKey keys, int nkeys, ScanKey orderbys, int norderbys);
bool GetTuple(IndexScanDesc scan);
void EndScan(IndexScanDesc scan);

IndexBulkDeleteResult* BulkDelete(IndexVacuumInfo* info, IndexBulkDeleteResult* stats,
                                  IndexBulkDeleteCallback callback, void* state);
IndexBulkDeleteResult* VacuumCleanup(IndexVacuumInfo* info, IndexBulkDeleteResult* stats);

CostEstimate EstimateCost(PlannerInfo* root, IndexPath* path, double loop_count);

}  // namespace vec::pg::hnsw
