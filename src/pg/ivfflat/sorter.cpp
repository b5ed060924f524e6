#include "vector/pg/ivfflat/sorter.hpp"

#include "vector/ivf/second_code.hpp"
#include "vector/pg/guard.hpp"
#include "vector/pg/ivfflat/sample.hpp"

namespace vec::pg::ivfflat {

namespace {

constexpr std::size_t kTileRows = 256;

// List, whether it is a code, and heap TID in one sort key: 15 + 1 + 32 + 16 bits.
std::uint64_t SortKey(std::uint32_t list, bool is_code, HeapTid tid) {
  return std::uint64_t{list} << 49 | std::uint64_t{is_code} << 48 |
         std::uint64_t{tid.block_high} << 32 | std::uint64_t{tid.block_low} << 16 | tid.offset;
}
static_assert(ivf::kMaxLists <= 1 << 15);

// Signed integers in the order of unsigned ones.
constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

// In front of a code; row_block is kNoBlock where there is no place.
struct CodeHead {
  quantize::CodeFactors factors;
  BlockId row_block;
  std::uint32_t row_slot;
};

TupleDesc SortDescriptor() {
  TupleDesc descriptor = CreateTemplateTupleDesc(2);
  TupleDescInitEntry(descriptor, 1, "key", INT8OID, -1, 0);
  TupleDescInitEntry(descriptor, 2, "row", BYTEAOID, -1, 0);
  SetPlainStorage(descriptor, 1);
  return descriptor;
}

}  // namespace

RowSort::RowSort(const AssignSpec& spec, int memory_kb, SortCoordinate coordinate)
    : sorted_bytes_(spec.sorted_bytes()),
      code_bytes_(spec.has_codes() ? quantize::RotatedDims(spec.params.dims) / 8 : 0),
      at_entry_(std::uncaught_exceptions()) {
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
    payload_ = static_cast<bytea*>(
        palloc0(VARHDRSZ + std::max(sorted_bytes_, sizeof(CodeHead) + code_bytes_)));
  });
}

RowSort::~RowSort() {
  if (Unwinding(at_entry_)) return;
  ExecDropSingleTupleTableSlot(in_);
  ExecDropSingleTupleTableSlot(out_);
  tuplesort_end(sort_);
}

void RowSort::PutRow(std::uint32_t list, HeapTid tid, const std::byte* stored) {
  std::memcpy(VARDATA(payload_), stored, sorted_bytes_);
  Put(SortKey(list, false, tid), sorted_bytes_);
}

void RowSort::PutCode(std::uint32_t list, HeapTid tid, const ivf::EncodedRow& code,
                      std::optional<ivf::RowRef> ref) {
  const CodeHead head{code.factors, ref ? ref->block : kNoBlock, ref ? ref->slot : 0u};
  std::memcpy(VARDATA(payload_), &head, sizeof head);
  std::memcpy(VARDATA(payload_) + sizeof head, code.code.data(), code_bytes_);
  Put(SortKey(list, true, tid), sizeof head + code_bytes_);
}

void RowSort::Put(std::uint64_t key, std::size_t bytes) {
  SET_VARSIZE(payload_, VARHDRSZ + bytes);
  ExecClearTuple(in_);
  in_->tts_values[0] = Int64GetDatum(static_cast<std::int64_t>(key ^ kSign));
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
    const auto key = static_cast<std::uint64_t>(DatumGetInt64(out_->tts_values[0])) ^ kSign;
    const char* payload = VARDATA(DatumGetPointer(out_->tts_values[1]));
    const auto word = [key](int shift) { return static_cast<std::uint16_t>(key >> shift); };
    Row row{.list = static_cast<std::uint32_t>(key >> 49),
            .tid = {word(32), word(16), word(0)},
            .is_code = (key >> 48 & 1) != 0,
            .stored = reinterpret_cast<const std::byte*>(payload),
            .code = {},
            .ref = {}};
    if (row.is_code) {
      CodeHead head;
      std::memcpy(&head, payload, sizeof head);
      row.code = {head.factors,
                  {reinterpret_cast<const std::uint8_t*>(payload) + sizeof head, code_bytes_},
                  {},
                  {}};
      if (head.row_block != kNoBlock) {
        row.ref = {head.row_block, static_cast<std::uint16_t>(head.row_slot)};
      }
    }
    return row;
  });
}

RowSink::Plan RowSink::PlanMemory(const AssignSpec& spec, int memory_kb) {
  Plan plan{false, false, memory_kb};
  if (!spec.has_codes()) return plan;
  const ivf::Meta meta = ivf::NewMeta(spec.params, spec.lists);
  // The sort keeps half at least.
  const auto take = [&plan, memory_kb](std::size_t bytes) {
    const std::size_t kb = bytes / 1024 + 1;
    if (kb > static_cast<std::size_t>(memory_kb) / 4) return false;
    plan.sort_kb -= static_cast<int>(kb);
    return true;
  };
  plan.remembers_centroids = take(ivf::ListEncoder::MemoryBytes(meta));
  plan.places_rows = spec.keeps_rows() && take(ivf::RowPlacer<BufferStore>::MemoryBytes(meta));
  return plan;
}

RowSink::RowSink(const AssignSpec& spec, const Plan& plan, std::span<const float> centroids,
                 Relation index, RowSort& sort, std::pmr::memory_resource* memory)
    : meta_(ivf::NewMeta(spec.params, spec.lists)),
      sort_(sort),
      long_row_(ivf::HasSecondStage(meta_) ? ivf::StoredBytes(meta_) : 0, memory),
      fresh_(index, MAIN_FORKNUM),
      store_(index, MAIN_FORKNUM, fresh_) {
  if (!spec.has_codes()) return;
  encoder_.emplace(meta_, centroids, spec.row_floats(), plan.remembers_centroids, memory);
  if (plan.places_rows) placer_.emplace(store_, meta_, memory);
}

void RowSink::Put(std::uint32_t list, HeapTid tid, std::span<const float> row,
                  const std::byte* stored) {
  if (!encoder_) return sort_.PutRow(list, tid, stored);
  const ivf::EncodedRow code = encoder_->Encode(list, row);
  if (ivf::HasSecondStage(meta_)) {
    ivf::WriteLongRow(meta_, {stored, ivf::RowBytes(meta_)}, code, long_row_);
    stored = long_row_.data();
  }
  if (!placer_) {
    if (meta_.vectors == ivf::Vectors::kIndex) sort_.PutRow(list, tid, stored);
    return sort_.PutCode(list, tid, code, std::nullopt);
  }
  placer_->Add(list, tid, stored, code,
               [&](HeapTid placed, const ivf::EncodedRow& encoded, ivf::RowRef ref) {
                 sort_.PutCode(list, placed, encoded, ref);
               });
}

void RowSink::Finish() {
  if (!placer_) return;
  placer_->Finish(
      [&](std::uint32_t list, HeapTid tid, const ivf::EncodedRow& code, const std::byte* stored) {
        sort_.PutRow(list, tid, stored);
        sort_.PutCode(list, tid, code, std::nullopt);
      });
  fresh_.Finish();
}

AssignScan::AssignScan(const AssignSpec& spec, std::span<const float> centroids, RowSink& sink,
                       std::pmr::memory_resource* memory)
    : spec_(spec),
      row_floats_(spec.row_floats()),
      stored_is_row_(spec.params.type != ivf::ElementType::kFloat16),
      centroids_(centroids),
      sink_(sink),
      reader_(spec.params.type, spec.params.metric, spec.params.dims, memory),
      rows_(memory),
      stored_(memory),
      tids_(memory),
      labels_(kTileRows, memory),
      scores_(spec.params.metric == ivf::Metric::kL1 ? spec.lists : 0, memory),
      per_row_(Call([] {
        return AllocSetContextCreate(CurrentMemoryContext, "ivfflat row", ALLOCSET_DEFAULT_SIZES);
      })) {
  if (spec.is_product()) assigner_.emplace(centroids, row_floats_, memory);
  if (ivf::IsBits(spec.params.type))
    bit_assigner_.emplace(spec.bit_metric(), centroids, row_floats_);
  rows_.reserve(kTileRows * row_floats_);
  if (!stored_is_row_) stored_.reserve(kTileRows * spec.row_bytes());
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
  sink_.Finish();
  return rows;
}

void AssignScan::Add(ItemPointer tid, Datum value) {
  const MemoryContext caller = MemoryContextSwitchTo(per_row_);
  if (const auto row = reader_.Read(value)) {
    const std::span<const float> floats = TrainingRow(*row);
    rows_.insert(rows_.end(), floats.begin(), floats.end());
    if (!stored_is_row_) stored_.insert(stored_.end(), row->stored.begin(), row->stored.end());
    if (spec_.params.metric == ivf::Metric::kInnerProduct) {
      const float norm = simd::Active().inner_product(floats.data(), floats.data(), floats.size());
      rows_.push_back(ivf::Augment(spec_.params.max_norm_squared, norm));
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
    const std::span<const float> row(&rows_[i * row_floats_], row_floats_);
    sink_.Put(labels[i], tids_[i], row,
              stored_is_row_ ? std::as_bytes(row).data() : &stored_[i * spec_.row_bytes()]);
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
