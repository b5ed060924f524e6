// Building an index: sample, k-means, assign and sort, write.
#include "vector/ivf/build.hpp"

#include "vector/cluster/bits.hpp"
#include "vector/cluster/kmeans.hpp"
#include "vector/pg/buffer_store.hpp"
#include "vector/pg/build_workers.hpp"
#include "vector/pg/ivfflat/ivfflat.hpp"
#include "vector/pg/ivfflat/options.hpp"
#include "vector/pg/ivfflat/parallel.hpp"
#include "vector/pg/ivfflat/sample.hpp"

namespace vec::pg::ivfflat {

namespace {

// Phases as pg_stat_progress_create_index shows them; 1 is PostgreSQL's own.
constexpr int64 kPhaseKMeans = 2;
constexpr int64 kPhaseAssign = 3;
constexpr int64 kPhaseLoad = 4;

constexpr std::size_t kSampleRowsPerList = 50;
constexpr std::size_t kMinSampleRows = 10000;

// The rows that margins are measured by: of the sample and in all.
constexpr std::size_t kRowsPerQuery = 20;
constexpr std::size_t kMostQueryFloats = std::size_t{1} << 18;
constexpr int64 kProgressEvery = 128;

void ReportPhase(int64 phase) { pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, phase); }

void ReportTuples(int64 done) {
  pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE, done);
}

std::size_t RowFloats(const Declaration& declared) {
  return ivf::TrainingFloats(declared.type, declared.metric, declared.dims);
}

ivf::BuildParams ParamsOf(const Declaration& declared, float max_norm_squared) {
  return {.type = declared.type,
          .metric = declared.metric,
          .dims = declared.dims,
          .max_norm_squared = max_norm_squared,
          .codec = declared.codec,
          .vectors = declared.vectors};
}

class IndexBuild {
 public:
  IndexBuild(Relation heap, Relation index, IndexInfo* info)
      : heap_(heap),
        index_(index),
        info_(info),
        declared_(Describe(index)),
        chooses_lists_(declared_.lists == 0),
        row_floats_(RowFloats(declared_)),
        memory_bytes_(static_cast<std::size_t>(maintenance_work_mem) * 1024),
        workers_(PlanWorkers(heap, index, info)),
        memory_(CurrentMemoryContext),
        queries_(&memory_) {
    if (chooses_lists_) declared_.lists = ListsForRows(declared_, EstimateRows());
  }

  ScanTotals Run() {
    ReportPhase(kPhaseKMeans);
    std::pmr::vector<float> centroids = Train();
    ReportPhase(kPhaseAssign);
    const AssignSpec spec{ParamsOf(declared_, max_norm_squared_),
                          static_cast<std::uint32_t>(centroids.size() / row_floats_)};
    ReserveMeta();
    ScanAndSort scan(heap_, index_, info_, spec, centroids, SortMemoryKb(spec), &memory_);
    return scan.Run(workers_,
                    [&](RowSort& sort, const ScanTotals& seen) { Load(sort, seen, centroids); });
  }

 private:
  // Before others add pages.
  void ReserveMeta() {
    FreshPages fresh(index_, MAIN_FORKNUM);
    BufferStore store(index_, MAIN_FORKNUM, fresh);
    ivf::ReserveMeta(store);
    fresh.Finish();
  }

  std::pmr::vector<float> Train() {
    const std::size_t wanted = SampleRows();
    Sample sample(wanted, row_floats_, SampleMemory(), &memory_);
    RowReader reader(declared_.type, declared_.metric, declared_.dims, &memory_);
    IndexInfo info = *info_;  // what the scan of all rows notes there is not for us to note
    TakeSample(heap_, index_, &info, reader, sample, wanted);
    const std::size_t expected = chooses_lists_ ? 1 : declared_.lists;
    if (sample.count() < expected) WarnLittleData();
    if (sample.count() == 0) return std::pmr::vector<float>(row_floats_, 0.0f, &memory_);
    if (ivf::IsBits(declared_.type)) return TrainBits(sample);
    if (declared_.metric == ivf::Metric::kInnerProduct) max_norm_squared_ = sample.Augment();

    KeepQueries(sample);
    const cluster::KMeansParams params{.centroids = declared_.lists,
                                       .spherical = declared_.metric == ivf::Metric::kCosine,
                                       .memory_bytes = memory_bytes_ - sample.memory_bytes(),
                                       .memory = &memory_,
                                       .threads = static_cast<std::size_t>(workers_) + 1,
                                       .check_interrupts = CheckInterrupts};
    return cluster::Train(sample, params);
  }

  // Rows by which margins are measured: k-means must not know them, for queries are not as
  // near to its centroids as the rows that these are the means of.
  void KeepQueries(Sample& sample) {
    if (!ivf::MayHaveMargins(declared_.codec, declared_.metric)) return;
    const std::size_t fit = std::max<std::size_t>(kMostQueryFloats / row_floats_, 1);
    const std::size_t useful = ivf::MarginMeter::UsefulQueries(declared_.lists);
    const std::size_t count = std::min({fit, useful, sample.count() / kRowsPerQuery});
    queries_.resize(count * row_floats_);
    for (std::size_t i = 0; i < count; ++i) {
      sample.Take(i * sample.count() / count,
                  std::span(queries_).subspan(i * row_floats_, row_floats_));
    }
  }

  std::pmr::vector<float> TrainBits(Sample& sample) {
    return cluster::TrainBits(sample, {.metric = ivf::BitMetricOf(declared_.metric),
                                       .centroids = declared_.lists,
                                       .memory = &memory_,
                                       .check_interrupts = CheckInterrupts});
  }

  std::size_t TrainMemory() const {
    return ivf::IsBits(declared_.type)
               ? cluster::TrainBitsMemoryBytes(SampleRows(), declared_.lists, row_floats_)
               : cluster::TrainMemoryBytes(declared_.lists, row_floats_);
  }

  // What k-means leaves of the memory.
  std::size_t SampleMemory() const {
    const std::size_t train = TrainMemory();
    const std::size_t least = train + Sample::MinMemoryBytes(row_floats_);
    cluster::CheckMemory(least, memory_bytes_);
    return memory_bytes_ - train;
  }

  double EstimateRows() const {
    BlockNumber pages = 0;
    double rows = 0;
    double all_visible = 0;
    Call([&] { estimate_rel_size(heap_, nullptr, &pages, &rows, &all_visible); });
    return rows;
  }

  // No more than the table can hold, so that a small one needs no file.
  std::size_t SampleRows() const {
    const std::size_t wanted = std::max(kSampleRowsPerList * declared_.lists, kMinSampleRows);
    const std::size_t blocks = Call([&] { return RelationGetNumberOfBlocks(heap_); });
    return std::min(wanted, blocks * MaxHeapTuplesPerPage);
  }

  int SortMemoryKb(const AssignSpec& spec) const {
    const std::size_t taken =
        spec.lists * row_floats_ * sizeof(float) + AssignScan::MemoryBytes(spec);
    return static_cast<int>((memory_bytes_ - std::min(memory_bytes_, taken)) / 1024);
  }

  void Load(RowSort& sort, const ScanTotals& totals, std::span<float> centroids) {
    ReportPhase(kPhaseLoad);
    pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_TOTAL,
                                 static_cast<int64>(totals.rows_indexed));
    FreshPages fresh(index_, MAIN_FORKNUM);
    BufferStore store(index_, MAIN_FORKNUM, fresh);
    ivf::Builder<BufferStore> builder(store, ParamsOf(declared_, max_norm_squared_), centroids,
                                      &memory_);
    const bool has_codes = ivf::EncodesAtScan(ParamsOf(declared_, max_norm_squared_));
    int64 done = 0;
    while (const auto row = sort.Next()) {
      if (row->is_code) {
        builder.AddCode(row->list, row->tid, row->code, row->ref);
      } else if (has_codes) {
        builder.AddPlaced(row->list, row->tid, row->stored);
        continue;  // counted by its code
      } else {
        builder.Add(row->list, row->tid, row->stored);
      }
      if (++done % kProgressEvery == 0) ReportTuples(done);
    }
    builder.Finish(queries_);
    fresh.Finish();
    ReportTuples(done);
  }

  static void WarnLittleData() {
    Call([] {
      ereport(NOTICE, (errmsg("ivfflat index created with little data"),
                       errdetail("This will cause low recall."),
                       errhint("Drop the index until the table has more data.")));
    });
  }

  Relation heap_;
  Relation index_;
  IndexInfo* info_;
  Declaration declared_;
  bool chooses_lists_;
  std::size_t row_floats_;
  std::size_t memory_bytes_;
  int workers_;  // planned; k-means starts as many threads in their place
  ContextResource memory_;
  float max_norm_squared_ = 0;
  std::pmr::vector<float> queries_;
};

}  // namespace

const char* PhaseName(int64 phase) {
  switch (phase) {
    case PROGRESS_CREATEIDX_SUBPHASE_INITIALIZE:
      return "initializing";
    case kPhaseKMeans:
      return "performing k-means";
    case kPhaseAssign:
      return "assigning tuples";
    case kPhaseLoad:
      return "loading tuples";
    default:
      return nullptr;
  }
}

IndexBuildResult* Build(Relation heap, Relation index, IndexInfo* info) {
  const MemoryContext caller = CurrentMemoryContext;
  const MemoryContext context = Call([] {
    return AllocSetContextCreate(CurrentMemoryContext, "ivfflat build", ALLOCSET_DEFAULT_SIZES);
  });
  MemoryContextSwitchTo(context);
  const ScanTotals totals = IndexBuild(heap, index, info).Run();
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
  const Declaration declared = Describe(index);
  ContextResource memory(CurrentMemoryContext);
  std::pmr::vector<float> centroid(RowFloats(declared), 0.0f, &memory);
  FreshPages fresh(index, INIT_FORKNUM);
  BufferStore store(index, INIT_FORKNUM, fresh);
  ivf::Builder<BufferStore>(store, ParamsOf(declared, 0.0f), centroid, &memory).Finish();
  fresh.Finish();
}

}  // namespace vec::pg::ivfflat
