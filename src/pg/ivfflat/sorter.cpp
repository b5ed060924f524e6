#include "vector/pg/ivfflat/sorter.hpp"

#include "vector/ivf/build.hpp"
#include "vector/pg/guard.hpp"

namespace vec::pg::ivfflat {

namespace {

constexpr std::size_t kTileRows = 256;

// List and heap TID in one sort key: 15 + 32 + 16 bits.
std::int64_t SortKey(std::uint32_t list, HeapTid tid) {
  return static_cast<std::int64_t>(std::uint64_t{list} << 48 | std::uint64_t{tid.block_high} << 32 |
                                   std::uint64_t{tid.block_low} << 16 | tid.offset);
}
static_assert(ivf::kMaxLists <= 1 << 15);

TupleDesc SortDescriptor() {
  TupleDesc descriptor = CreateTemplateTupleDesc(2);
  TupleDescInitEntry(descriptor, 1, "key", INT8OID, -1, 0);
  TupleDescInitEntry(descriptor, 2, "row", BYTEAOID, -1, 0);
  SetPlainStorage(descriptor, 1);
  return descriptor;
}

}  // namespace

RowSort::RowSort(std::uint32_t dims, int memory_kb, SortCoordinate coordinate)
    : dims_(dims), at_entry_(std::uncaught_exceptions()) {
  Call([&] {
    TupleDesc descriptor = SortDescriptor();
    AttrNumber column = 1;
    Oid less = Int8LessOperator;
    Oid collation = InvalidOid;
    bool nulls_first = false;
    sort_ = tuplesort_begin_heap(descriptor, 1, &column, &less, &collation, &nulls_first,
                                 std::max(memory_kb, 64), coordinate, TUPLESORT_NONE);
    in_ = MakeSingleTupleTableSlot(descriptor, &TTSOpsVirtual);
    out_ = MakeSingleTupleTableSlot(descriptor, &TTSOpsMinimalTuple);
    payload_ = static_cast<bytea*>(palloc0(VARHDRSZ + dims * sizeof(float)));
    SET_VARSIZE(payload_, VARHDRSZ + dims * sizeof(float));
  });
}

RowSort::~RowSort() {
  if (Unwinding(at_entry_)) return;
  ExecDropSingleTupleTableSlot(in_);
  ExecDropSingleTupleTableSlot(out_);
  tuplesort_end(sort_);
}

void RowSort::Put(std::uint32_t list, HeapTid tid, std::span<const float> row) {
  std::memcpy(VARDATA(payload_), row.data(), row.size_bytes());
  ExecClearTuple(in_);
  in_->tts_values[0] = Int64GetDatum(SortKey(list, tid));
  in_->tts_values[1] = PointerGetDatum(payload_);
  in_->tts_isnull[0] = in_->tts_isnull[1] = false;
  Call([&] {
    ExecStoreVirtualTuple(in_);
    tuplesort_puttupleslot(sort_, in_);
  });
}

void RowSort::Perform() {
  Call([&] { tuplesort_performsort(sort_); });
}

std::optional<RowSort::Row> RowSort::Next() {
  return Call([&]() -> std::optional<Row> {
    if (!tuplesort_gettupleslot(sort_, true, false, out_, nullptr)) return std::nullopt;
    slot_getallattrs(out_);
    const auto key = static_cast<std::uint64_t>(DatumGetInt64(out_->tts_values[0]));
    const auto* payload = DatumGetPointer(out_->tts_values[1]);
    const auto word = [key](int shift) { return static_cast<std::uint16_t>(key >> shift); };
    return Row{.list = static_cast<std::uint32_t>(key >> 48),
               .tid = {word(32), word(16), word(0)},
               .values = {reinterpret_cast<const float*>(VARDATA(payload)), dims_}};
  });
}

AssignScan::AssignScan(const AssignSpec& spec, std::span<const float> centroids, RowSort& sort,
                       std::pmr::memory_resource* memory)
    : spec_(spec),
      row_dims_(ivf::TrainingDims(spec.metric, spec.dims)),
      centroids_(centroids),
      sort_(sort),
      reader_(spec.metric, spec.dims, memory),
      assigner_(centroids, row_dims_, memory),
      rows_(memory),
      tids_(memory),
      labels_(kTileRows, memory),
      scores_(spec.metric == ivf::Metric::kL1 ? spec.lists : 0, memory),
      per_row_(Call([] {
        return AllocSetContextCreate(CurrentMemoryContext, "ivfflat row", ALLOCSET_DEFAULT_SIZES);
      })) {
  rows_.reserve(kTileRows * row_dims_);
  tids_.reserve(kTileRows);
}

std::size_t AssignScan::MemoryBytes(const AssignSpec& spec) {
  const std::size_t row_dims = ivf::TrainingDims(spec.metric, spec.dims);
  return cluster::Assigner::MemoryBytes(spec.lists, row_dims) +
         kTileRows * (row_dims * sizeof(float) + sizeof(HeapTid) + sizeof(std::uint32_t)) +
         spec.lists * sizeof(float);
}

namespace {

extern "C" void AssignRow(Relation, ItemPointer tid, Datum* values, bool* isnull, bool,
                          void* state) {
  if (isnull[0]) return;
  Guard([&] { static_cast<AssignScan*>(state)->Add(tid, values[0]); });
}

}  // namespace

double AssignScan::Run(Relation heap, Relation index, IndexInfo* info, TableScanDesc scan) {
  const bool reports_progress = !IsParallelWorker();
  const double rows = Call([&] {
    return table_index_build_scan(heap, index, info, true, reports_progress, AssignRow, this, scan);
  });
  Flush();
  return rows;
}

void AssignScan::Add(ItemPointer tid, Datum value) {
  const MemoryContext caller = MemoryContextSwitchTo(per_row_);
  if (const auto row = reader_.Read(value)) {
    rows_.insert(rows_.end(), row->begin(), row->end());
    if (row_dims_ > spec_.dims) {
      const float norm = simd::Active().inner_product(row->data(), row->data(), row->size());
      rows_.push_back(ivf::Augment(spec_.max_norm_squared, norm));
    }
    tids_.push_back(std::bit_cast<HeapTid>(*tid));
  }
  MemoryContextSwitchTo(caller);
  MemoryContextReset(per_row_);
  if (tids_.size() == kTileRows) Flush();
}

void AssignScan::Flush() {
  const auto labels = std::span<std::uint32_t>(labels_).first(tids_.size());
  if (spec_.metric == ivf::Metric::kL1) {
    AssignByL1(labels);
  } else if (!labels.empty()) {
    assigner_.Nearest(rows_, labels);
  }
  for (std::size_t i = 0; i < tids_.size(); ++i) {
    const auto row = std::span<const float>(rows_).subspan(i * row_dims_, spec_.dims);
    sort_.Put(labels[i], tids_[i], row);
  }
  rows_indexed_ += static_cast<double>(tids_.size());
  rows_.clear();
  tids_.clear();
  CheckInterrupts();
}

// Sums of absolute differences are no matrix product.
void AssignScan::AssignByL1(std::span<std::uint32_t> labels) {
  const auto stride = static_cast<std::ptrdiff_t>(row_dims_ * sizeof(float));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    simd::Active().l1_rows(&rows_[i * row_dims_], centroids_.data(), stride, spec_.lists, row_dims_,
                           scores_.data());
    labels[i] = static_cast<std::uint32_t>(std::min_element(scores_.begin(), scores_.end()) -
                                           scores_.begin());
    if (i % 16 == 0) CheckInterrupts();
  }
}

}  // namespace vec::pg::ivfflat
