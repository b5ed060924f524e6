// Building an index: every row that the table's scan gives goes to the core's builder.
#include "vector/hnsw/build.hpp"

#include "vector/pg/buffer_store.hpp"
#include "vector/pg/hnsw/hnsw.hpp"
#include "vector/pg/hnsw/options.hpp"
#include "vector/pg/index_rows.hpp"

namespace vec::pg::hnsw {

namespace {

// Phases as pg_stat_progress_create_index shows them; 1 is PostgreSQL's own.
constexpr int64 kPhaseLoad = 2;

constexpr int64 kProgressEvery = 128;
constexpr std::uint64_t kSeed = 0x9E3779B97F4A7C15;

vec::hnsw::Meta MetaFor(const Declaration& declared) {
  return vec::hnsw::MakeMeta({.type = declared.rows.type,
                              .metric = declared.rows.metric,
                              .dims = declared.rows.dims,
                              .m = declared.m,
                              .codec = declared.codec,
                              .seed = kSeed});
}

vec::hnsw::BuildParams ParamsOf(const Declaration& declared) {
  return {.insert = {.ef_construction = declared.ef_construction},
          .memory_bytes = static_cast<std::size_t>(maintenance_work_mem) * 1024};
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
        memory_(CurrentMemoryContext),
        reader_(declared_.rows.type, declared_.rows.metric, declared_.rows.dims, &memory_),
        per_row_(Call([] {
          return AllocSetContextCreate(CurrentMemoryContext, "hnsw build row",
                                       ALLOCSET_DEFAULT_SIZES);
        })),
        fresh_(index, MAIN_FORKNUM),
        store_(index, MAIN_FORKNUM, fresh_),
        builder_(store_, MetaFor(declared_), ParamsOf(declared_), &memory_) {}

  BuildTotals Run() {
    Call([] { pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, kPhaseLoad); });
    totals_.rows_scanned = Call([&] {
      return table_index_build_scan(heap_, index_, info_, true, true, AddRow, this, nullptr);
    });
    builder_.Finish();
    ReportTuples();
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
      builder_.Add(tid, *row);
      Count();
    }
    MemoryContextSwitchTo(caller);
    MemoryContextReset(per_row_);
  }

  void Count() {
    totals_.rows_indexed += 1;
    if (++rows_ % kProgressEvery == 0) ReportTuples();
    if (!was_spilled_ && builder_.is_spilled()) NoticeSpill();
  }

  void ReportTuples() const { pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE, rows_); }

  void NoticeSpill() {
    was_spilled_ = true;
    Call([&] {
      ereport(NOTICE,
              (errmsg("hnsw graph no longer fits into maintenance_work_mem after %lld tuples",
                      static_cast<long long>(rows_)),
               errdetail("Building will take more time."),
               errhint("Increase maintenance_work_mem to speed up builds.")));
    });
  }

  Relation heap_;
  Relation index_;
  IndexInfo* info_;
  Declaration declared_;
  ContextResource memory_;
  RowReader reader_;
  MemoryContext per_row_;
  FreshPages fresh_;
  BufferStore store_;
  vec::hnsw::Builder<BufferStore> builder_;
  int64 rows_ = 0;
  bool was_spilled_ = false;
  BuildTotals totals_;
};

}  // namespace

const char* PhaseName(int64 phase) {
  switch (phase) {
    case PROGRESS_CREATEIDX_SUBPHASE_INITIALIZE:
      return "initializing";
    case kPhaseLoad:
      return "loading tuples";
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
  // GenericXLog does not log changes of an unlogged relation, but this fork must
  // survive a crash.
  Call([&] {
    log_newpage_range(index, INIT_FORKNUM, 0, RelationGetNumberOfBlocksInFork(index, INIT_FORKNUM),
                      true);
  });
}

}  // namespace vec::pg::hnsw
