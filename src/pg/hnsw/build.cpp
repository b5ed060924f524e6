// Building an index: scan the table, make the graph in memory, write it.
#include "vector/hnsw/build.hpp"

#include "vector/hnsw/create.hpp"
#include "vector/pg/buffer_store.hpp"
#include "vector/pg/build_workers.hpp"
#include "vector/pg/hnsw/hnsw.hpp"
#include "vector/pg/hnsw/insert_workers.hpp"
#include "vector/pg/hnsw/options.hpp"
#include "vector/pg/index_rows.hpp"

namespace vec::pg::hnsw {

namespace {

// Phases as pg_stat_progress_create_index shows them; 1 is PostgreSQL's own.
constexpr int64 kPhaseLoad = 2;
constexpr int64 kPhaseGraph = 3;

constexpr int64 kProgressEvery = 128;
constexpr std::uint64_t kSeed = 0x9E3779B97F4A7C15;

// What a process that inserts has at least of maintenance_work_mem, be it as little as that.
constexpr std::size_t kLeastBytes = std::size_t{4} << 20;

vec::hnsw::Meta MetaFor(const Declaration& declared) {
  return vec::hnsw::MakeMeta({.type = declared.rows.type,
                              .metric = declared.rows.metric,
                              .dims = declared.rows.dims,
                              .m = declared.m,
                              .codec = declared.codec,
                              .seed = kSeed});
}

struct BuildTotals {
  double rows_scanned = 0;
  double rows_indexed = 0;
};

class IndexBuild {
 public:
  IndexBuild(Relation heap, Relation index, IndexInfo* info)
      : heap_(heap),
        index_(index),
        info_(info),
        declared_(Describe(index)),
        meta_(MetaFor(declared_)),
        planned_workers_(PlanWorkers(heap, index, info, LeastKb())),
        memory_(CurrentMemoryContext),
        reader_(declared_.rows.type, declared_.rows.metric, declared_.rows.dims, &memory_),
        per_row_(Call([] {
          return AllocSetContextCreate(CurrentMemoryContext, "hnsw build row",
                                       ALLOCSET_DEFAULT_SIZES);
        })),
        fresh_(index, MAIN_FORKNUM, BuildLog::kWholeFork),
        store_(index, MAIN_FORKNUM, fresh_),
        builder_(store_, meta_, Params(), &memory_),
        workers_(index, info->ii_Concurrent, ParamsOfInserts()) {}

  BuildTotals Run() {
    SetPhase(kPhaseLoad);
    totals_.rows_scanned = Call([&] {
      return table_index_build_scan(heap_, index_, info_, true, true, AddRow, this, nullptr);
    });
    workers_.Finish();
    (void)builder_.Finish();
    fresh_.Finish();
    return totals_;
  }

 private:
  static void AddRow(Relation, ItemPointer tid, Datum* values, bool* isnull, bool, void* state) {
    if (isnull[0]) return;
    Guard([&] { static_cast<IndexBuild*>(state)->Add(std::bit_cast<HeapTid>(*tid), values[0]); });
  }

  void Add(HeapTid tid, Datum value) {
    const MemoryContext caller = MemoryContextSwitchTo(per_row_);
    if (const auto row = reader_.Read(value)) {
      const bool was_spilled = builder_.is_spilled();
      if (!workers_.Give(tid, *row)) builder_.Add(tid, *row);
      if (builder_.is_spilled() && !was_spilled) {
        NoteSpill();
        workers_.Launch(planned_workers_);
      }
      Count();
    }
    MemoryContextSwitchTo(caller);
    MemoryContextReset(per_row_);
  }

  void Count() {
    totals_.rows_indexed = static_cast<double>(++rows_);
    if (rows_ % kProgressEvery == 0) ReportTuples(rows_);
  }

  void NoteSpill() {
    SetPhase(kPhaseLoad);
    Call([&] {
      ereport(NOTICE,
              (errmsg("hnsw graph no longer fits into maintenance_work_mem after %lld tuples",
                      static_cast<long long>(rows_)),
               errdetail("Building will take more time."),
               errhint("Increase maintenance_work_mem to speed up builds.")));
    });
  }

  // Threads are told of as processes are.
  void NoteThreads() {
    const int workers = static_cast<int>(builder_.threads()) - 1;
    if (workers == 0) return;
    Call([&] { NoteWorkers(workers); });
  }

  // Of the rows that the graph is made of.
  void ReportGraph(double done) {
    if (phase_ != kPhaseGraph) {
      SetPhase(kPhaseGraph);
      pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_TOTAL, rows_);
      NoteThreads();
    }
    ReportTuples(static_cast<int64>(done * static_cast<double>(rows_)));
  }

  void SetPhase(int64 phase) {
    phase_ = phase;
    pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, phase);
    pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_TOTAL, 0);
  }

  static void ReportTuples(int64 done) {
    pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE, done);
  }

  vec::hnsw::BuildParams Params() {
    return {.insert = ParamsOfInserts(),
            .memory_bytes = static_cast<std::size_t>(maintenance_work_mem) * 1024,
            .threads = 1 + static_cast<std::size_t>(planned_workers_),
            .expected_rows = EstimateRows(),
            .progress = [this](double done) { ReportGraph(done); }};
  }

  vec::hnsw::InsertParams ParamsOfInserts() const {
    return {.ef_construction = declared_.ef_construction};
  }

  // Of a process that inserts.
  int LeastKb() const {
    const std::size_t bytes =
        vec::hnsw::InserterBytes(meta_, ParamsOfInserts()) + InsertWorkers::kQueueBytes;
    return static_cast<int>(std::max(bytes, kLeastBytes) / 1024);
  }

  std::size_t EstimateRows() const {
    BlockNumber pages = 0;
    double rows = 0;
    double all_visible = 0;
    Call([&] { estimate_rel_size(heap_, nullptr, &pages, &rows, &all_visible); });
    return static_cast<std::size_t>(std::clamp(rows, 0.0, 1e10));
  }

  Relation heap_;
  Relation index_;
  IndexInfo* info_;
  Declaration declared_;
  vec::hnsw::Meta meta_;
  int planned_workers_;  // and as many threads before
  ContextResource memory_;
  RowReader reader_;
  MemoryContext per_row_;
  FreshPages fresh_;
  BufferStore store_;
  vec::hnsw::Builder<BufferStore> builder_;
  InsertWorkers workers_;
  int64 phase_ = 0;
  int64 rows_ = 0;
  BuildTotals totals_;
};

}  // namespace

const char* PhaseName(int64 phase) {
  switch (phase) {
    case PROGRESS_CREATEIDX_SUBPHASE_INITIALIZE:
      return "initializing";
    case kPhaseLoad:
      return "loading tuples";
    case kPhaseGraph:
      return "building graph";
    default:
      return nullptr;
  }
}

IndexBuildResult* Build(Relation heap, Relation index, IndexInfo* info) {
  const MemoryContext caller = CurrentMemoryContext;
  const MemoryContext context = Call([] {
    return AllocSetContextCreate(CurrentMemoryContext, "hnsw build", ALLOCSET_DEFAULT_SIZES);
  });
  MemoryContextSwitchTo(context);
  const BuildTotals totals = IndexBuild(heap, index, info).Run();
  MemoryContextSwitchTo(caller);
  MemoryContextDelete(context);
  return Call([&] {
    auto* result = static_cast<IndexBuildResult*>(palloc(sizeof(IndexBuildResult)));
    result->heap_tuples = totals.rows_scanned;
    result->index_tuples = totals.rows_indexed;
    return result;
  });
}

void BuildEmpty(Relation index) {
  FreshPages fresh(index, INIT_FORKNUM);
  BufferStore store(index, INIT_FORKNUM, fresh);
  vec::hnsw::CreateEmpty(store, MetaFor(Describe(index)));
  fresh.Finish();
}

}  // namespace vec::pg::hnsw
