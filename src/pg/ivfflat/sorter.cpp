#include "vector/pg/ivfflat/sorter.hpp"

#include "vector/pg/guard.hpp"
#include "vector/pg/ivfflat/sample.hpp"

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

RowSort::RowSort(std::size_t row_bytes, int memory_kb, SortCoordinate coordinate)
    : row_bytes_(row_bytes), at_entry_(std::uncaught_exceptions()) {
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
    payload_ = static_cast<bytea*>(palloc0(VARHDRSZ + row_bytes));
    SET_VARSIZE(payload_, VARHDRSZ + row_bytes);
  });
}

RowSort::~RowSort() {
  if (Unwinding(at_entry_)) return;
  ExecDropSingleTupleTableSlot(in_);
  ExecDropSingleTupleTableSlot(out_);
  tuplesort_end(sort_);
}

void RowSort::Put(std::uint32_t list, HeapTid tid, const std::byte* stored) {
  std::memcpy(VARDATA(payload_), stored, row_bytes_);
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
               .stored = reinterpret_cast<const std::byte*>(VARDATA(payload))};
  });
}

AssignScan::AssignScan(const AssignSpec& spec, std::span<const float> centroids, RowSort& sort,
                       std::pmr::memory_resource* memory)
    : spec_(spec),
      row_floats_(spec.row_floats()),
      centroids_(centroids),
      sort_(sort),
      reader_(spec.type, spec.metric, spec.dims, memory),
      rows_(memory),
      stored_(memory),
      tids_(memory),
      labels_(kTileRows, memory),
      scores_(spec.metric == ivf::Metric::kL1 ? spec.lists : 0, memory),
      per_row_(Call([] {
        return AllocSetContextCreate(CurrentMemoryContext, "ivfflat row", ALLOCSET_DEFAULT_SIZES);
      })) {
  if (spec.is_product()) assigner_.emplace(centroids, row_floats_, memory);
  if (ivf::IsBits(spec.type)) bit_assigner_.emplace(spec.bit_metric(), centroids, row_floats_);
  rows_.reserve(kTileRows * row_floats_);
  stored_.reserve(kTileRows * spec.row_bytes());
  tids_.reserve(kTileRows);
}

std::size_t AssignScan::MemoryBytes(const AssignSpec& spec) {
  const std::size_t row_floats = spec.row_floats();
  return (spec.is_product() ? cluster::Assigner::MemoryBytes(spec.lists, row_floats) : 0) +
         kTileRows * (row_floats * sizeof(float) + spec.row_bytes() + sizeof(HeapTid) +
                      sizeof(std::uint32_t)) +
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
    const std::span<const float> floats = TrainingRow(*row);
    rows_.insert(rows_.end(), floats.begin(), floats.end());
    stored_.insert(stored_.end(), row->stored.begin(), row->stored.end());
    if (spec_.metric == ivf::Metric::kInnerProduct) {
      const float norm = simd::Active().inner_product(floats.data(), floats.data(), floats.size());
      rows_.push_back(ivf::Augment(spec_.max_norm_squared, norm));
    }
    tids_.push_back(std::bit_cast<HeapTid>(*tid));
  }
  MemoryContextSwitchTo(caller);
  MemoryContextReset(per_row_);
  if (tids_.size() == kTileRows) Flush();
}

void AssignScan::Flush() {
  if (tids_.empty()) return;
  const auto labels = std::span<std::uint32_t>(labels_).first(tids_.size());
  if (assigner_) {
    assigner_->Nearest(rows_, labels);
  } else if (bit_assigner_) {
    AssignBits(labels);
  } else {
    AssignByL1(labels);
  }
  for (std::size_t i = 0; i < tids_.size(); ++i) {
    sort_.Put(labels[i], tids_[i], &stored_[i * spec_.row_bytes()]);
  }
  rows_indexed_ += static_cast<double>(tids_.size());
  rows_.clear();
  stored_.clear();
  tids_.clear();
  CheckInterrupts();
}

void AssignScan::AssignBits(std::span<std::uint32_t> labels) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    labels[i] = bit_assigner_->Nearest(&rows_[i * row_floats_]).centroid;
    CheckInterrupts();
  }
}

// Sums of absolute differences are no matrix product.
void AssignScan::AssignByL1(std::span<std::uint32_t> labels) {
  const auto stride = static_cast<std::ptrdiff_t>(row_floats_ * sizeof(float));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    simd::Active().l1_rows(&rows_[i * row_floats_], centroids_.data(), stride, spec_.lists,
                           row_floats_, scores_.data());
    labels[i] = static_cast<std::uint32_t>(std::min_element(scores_.begin(), scores_.end()) -
                                           scores_.begin());
    CheckInterrupts();
  }
}

}  // namespace vec::pg::ivfflat
