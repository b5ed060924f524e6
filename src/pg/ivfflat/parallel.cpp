#include "vector/pg/ivfflat/parallel.hpp"

#include "vector/pg/build_workers.hpp"
#include "vector/pg/guard.hpp"
#include "vector/pg/ivfflat/ivfflat.hpp"
#include "vector/pg/worker_usage.hpp"

namespace vec::pg::ivfflat {

// Lives in dynamic shared memory, followed by the parallel table scan.
struct SharedScan {
  Oid heap;
  Oid index;
  bool is_concurrent;
  int participants;
  int memory_kb;  // of each participant
  AssignSpec spec;

  ConditionVariable one_is_done;
  slock_t mutex;  // guards what follows
  int done;
  bool has_broken_hot_chain;
  double rows_scanned;
  double rows_indexed;

  ParallelTableScanDesc table_scan() {
    return reinterpret_cast<ParallelTableScanDesc>(reinterpret_cast<char*>(this) +
                                                   BUFFERALIGN(sizeof(SharedScan)));
  }
};
static_assert(std::is_standard_layout_v<SharedScan>);

namespace {

constexpr uint64 kKeyScan = 0x5645430000000001;
constexpr uint64 kKeySort = 0x5645430000000002;
constexpr uint64 kKeyCentroids = 0x5645430000000003;

// One participant's scan, in a worker or in the leader.
void Participate(SharedScan* shared, Sharedsort* shared_sort, std::span<const float> centroids,
                 Relation heap, Relation index, std::pmr::memory_resource* memory) {
  SortCoordinateData coordinate{};
  coordinate.isWorker = true;
  coordinate.nParticipants = -1;
  coordinate.sharedsort = shared_sort;

  const RowSink::Plan plan = RowSink::PlanMemory(shared->spec, shared->memory_kb);
  RowSort sort(shared->spec, plan.sort_kb, &coordinate);
  IndexInfo* info = Call([&] {
    IndexInfo* built = BuildIndexInfo(index);
    built->ii_Concurrent = shared->is_concurrent;
    return built;
  });
  TableScanDesc table_scan =
      Call([&] { return table_beginscan_parallel(heap, shared->table_scan()); });
  RowSink sink(shared->spec, plan, centroids, index, sort, memory);
  AssignScan scan(shared->spec, centroids, sink, memory);
  const double rows_scanned = scan.Run(heap, index, info, table_scan);
  sort.Perform();

  SpinLockAcquire(&shared->mutex);
  ++shared->done;
  shared->has_broken_hot_chain |= info->ii_BrokenHotChain;
  shared->rows_scanned += rows_scanned;
  shared->rows_indexed += scan.rows_indexed();
  SpinLockRelease(&shared->mutex);
  ConditionVariableSignal(&shared->one_is_done);
}

}  // namespace

bool ScanAndSort::Launch(int workers) {
  return Call([&] {
    EnterParallelMode();
    context_ = CreateParallelContext("vector", "ivfflat_parallel_build_main", workers);
    participants_ = workers + 1;  // the leader scans too
    snapshot_ = info_->ii_Concurrent ? RegisterSnapshot(GetTransactionSnapshot()) : SnapshotAny;

    const Size scan_bytes =
        BUFFERALIGN(sizeof(SharedScan)) + table_parallelscan_estimate(heap_, snapshot_);
    const Size sort_bytes = tuplesort_estimate_shared(participants_);
    shm_toc_estimator* estimator = &context_->estimator;
    shm_toc_estimate_chunk(estimator, scan_bytes);
    shm_toc_estimate_chunk(estimator, sort_bytes);
    shm_toc_estimate_chunk(estimator, centroids_.size_bytes());
    shm_toc_estimate_keys(estimator, 3);
    EstimateUsage(context_);
    InitializeParallelDSM(context_);
    if (context_->seg == nullptr) {  // no shared memory: build without workers
      LeaveParallelMode();
      return false;
    }

    shm_toc* toc = context_->toc;
    shared_ = static_cast<SharedScan*>(shm_toc_allocate(toc, scan_bytes));
    shared_->heap = RelationGetRelid(heap_);
    shared_->index = RelationGetRelid(index_);
    shared_->is_concurrent = info_->ii_Concurrent;
    shared_->participants = participants_;
    shared_->memory_kb = memory_kb_ / participants_;
    shared_->spec = spec_;
    ConditionVariableInit(&shared_->one_is_done);
    SpinLockInit(&shared_->mutex);
    shared_->done = 0;
    shared_->has_broken_hot_chain = false;
    shared_->rows_scanned = shared_->rows_indexed = 0;
    table_parallelscan_initialize(heap_, shared_->table_scan(), snapshot_);
    shm_toc_insert(toc, kKeyScan, shared_);

    shared_sort_ = static_cast<Sharedsort*>(shm_toc_allocate(toc, sort_bytes));
    tuplesort_initialize_shared(shared_sort_, participants_, context_->seg);
    shm_toc_insert(toc, kKeySort, shared_sort_);

    void* centroids = shm_toc_allocate(toc, centroids_.size_bytes());
    memcpy(centroids, centroids_.data(), centroids_.size_bytes());
    shm_toc_insert(toc, kKeyCentroids, centroids);

    ShareUsage(context_);
    LaunchParallelWorkers(context_);
    participants_ = context_->nworkers_launched + 1;
    if (participants_ == 1) {
      LeaveParallelMode();
      return false;
    }
    NoteWorkers(context_->nworkers_launched);
    return true;
  });
}

SortCoordinate ScanAndSort::LeaderCoordinate() {
  auto* coordinate =
      static_cast<SortCoordinate>(Call([] { return palloc0(sizeof(SortCoordinateData)); }));
  coordinate->isWorker = false;
  coordinate->nParticipants = participants_;
  coordinate->sharedsort = shared_sort_;
  return coordinate;
}

ScanTotals ScanAndSort::ParticipateAndWait() {
  Participate(shared_, shared_sort_, centroids_, heap_, index_, memory_);
  return Call([&] {
    // Also notices workers that died before they attached.
    WaitForParallelWorkersToAttach(context_);
    ScanTotals totals;
    for (;;) {
      SpinLockAcquire(&shared_->mutex);
      const bool all_done = shared_->done == participants_;
      totals = {shared_->rows_scanned, shared_->rows_indexed};
      SpinLockRelease(&shared_->mutex);
      if (all_done) break;
      ConditionVariableSleep(&shared_->one_is_done, WAIT_EVENT_PARALLEL_CREATE_INDEX_SCAN);
    }
    ConditionVariableCancelSleep();
    // Older snapshots must not use the index then; PostgreSQL asks the leader.
    if (shared_->has_broken_hot_chain) info_->ii_BrokenHotChain = true;
    return totals;
  });
}

void ScanAndSort::LeaveParallelMode() {
  WaitForParallelWorkersToFinish(context_);
  if (IsMVCCSnapshot(snapshot_)) UnregisterSnapshot(snapshot_);
  DestroyParallelContext(context_);
  ExitParallelMode();
}

void ScanAndSort::Finish() {
  Call([&] {
    WaitForParallelWorkersToFinish(context_);
    AddUsage(context_);
    LeaveParallelMode();
  });
}

void BuildInWorker(dsm_segment* segment, shm_toc* toc) {
  auto* shared =
      static_cast<SharedScan*>(Call([&] { return shm_toc_lookup(toc, kKeyScan, false); }));
  Relation heap = nullptr;
  Relation index = nullptr;
  const LOCKMODE heap_lock = shared->is_concurrent ? ShareUpdateExclusiveLock : ShareLock;
  const LOCKMODE index_lock = shared->is_concurrent ? RowExclusiveLock : AccessExclusiveLock;
  Sharedsort* shared_sort = nullptr;
  const float* centroids = nullptr;
  Call([&] {
    BeginUsage(toc);
    heap = table_open(shared->heap, heap_lock);
    index = index_open(shared->index, index_lock);
    shared_sort = static_cast<Sharedsort*>(shm_toc_lookup(toc, kKeySort, false));
    tuplesort_attach_shared(shared_sort, segment);
    centroids = static_cast<const float*>(shm_toc_lookup(toc, kKeyCentroids, false));
  });
  const AssignSpec& spec = shared->spec;
  ContextResource memory(CurrentMemoryContext);
  Participate(shared, shared_sort, {centroids, spec.lists * spec.row_floats()}, heap, index,
              &memory);
  Call([&] {
    EndUsage(toc);
    index_close(index, index_lock);
    table_close(heap, heap_lock);
  });
}

}  // namespace vec::pg::ivfflat
