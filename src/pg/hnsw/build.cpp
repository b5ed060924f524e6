// Building an index: scan the table, make the graph in memory, write it.
#include "vector/hnsw/create.hpp"
#include "vector/hnsw/insert.hpp"
#include "vector/hnsw/memory_pages.hpp"
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
        memory_(CurrentMemoryContext),
        reader_(declared_.rows.type, declared_.rows.metric, declared_.rows.dims, &memory_),
        per_row_(Call([] {
          return AllocSetContextCreate(CurrentMemoryContext, "hnsw build row",
                                       ALLOCSET_DEFAULT_SIZES);
        })),
        pages_(CheckInterrupts, &memory_),
        fresh_(index, MAIN_FORKNUM),
        store_(index, MAIN_FORKNUM, fresh_) {}

  BuildTotals Run() {
    Call([] { pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, kPhaseLoad); });
    vec::hnsw::CreateEmpty(pages_, meta_);
    in_memory_.emplace(pages_, meta_, Params(), &memory_);
    totals_.rows_scanned = Call([&] {
      return table_index_build_scan(heap_, index_, info_, true, true, AddRow, this, nullptr);
    });
    if (in_memory_) Flush();
    fresh_.Finish();
    return totals_;
  }

 private:
  using Pages = vec::hnsw::MemoryPages<void (*)()>;

  static void AddRow(Relation, ItemPointer tid, Datum* values, bool* isnull, bool, void* state) {
    if (isnull[0]) return;
    Guard([&] { static_cast<IndexBuild*>(state)->Add(std::bit_cast<HeapTid>(*tid), values[0]); });
  }

  void Add(HeapTid tid, Datum value) {
    const MemoryContext caller = MemoryContextSwitchTo(per_row_);
    if (const auto row = reader_.Read(value)) {
      if (in_memory_) {
        in_memory_->Insert(tid, *row);
      } else {
        on_disk_->Insert(tid, *row);
      }
      Count();
    }
    MemoryContextSwitchTo(caller);
    MemoryContextReset(per_row_);
  }

  void Count() {
    if (++rows_ % kProgressEvery == 0) {
      pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE, rows_);
    }
    totals_.rows_indexed = static_cast<double>(rows_);
    if (!in_memory_ || pages_.bytes() < static_cast<std::size_t>(maintenance_work_mem) * 1024) {
      return;
    }
    Flush();
    on_disk_.emplace(store_, meta_, Params(), &memory_);
    Call([&] {
      ereport(NOTICE,
              (errmsg("hnsw graph no longer fits into maintenance_work_mem after %lld tuples",
                      static_cast<long long>(rows_)),
               errdetail("Building will take more time."),
               errhint("Increase maintenance_work_mem to speed up builds.")));
    });
  }

  void Flush() {
    in_memory_.reset();
    pages_.CopyTo(store_);
    pages_.Clear();
  }

  vec::hnsw::InsertParams Params() const { return {.ef_construction = declared_.ef_construction}; }

  Relation heap_;
  Relation index_;
  IndexInfo* info_;
  Declaration declared_;
  vec::hnsw::Meta meta_;
  ContextResource memory_;
  RowReader reader_;
  MemoryContext per_row_;
  Pages pages_;
  FreshPages fresh_;
  BufferStore store_;
  std::optional<vec::hnsw::Inserter<Pages>> in_memory_;
  std::optional<vec::hnsw::Inserter<BufferStore>> on_disk_;
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
