#include "vector/pg/ivfflat/sample.hpp"

#include "vector/ivf/metric.hpp"
#include "vector/pg/guard.hpp"

namespace vec::pg::ivfflat {

namespace {

constexpr std::size_t kMaxFileBlockBytes = std::size_t{1} << 20;

std::size_t RowsIn(std::size_t bytes, std::size_t row_dims) {
  return std::max<std::size_t>(1, bytes / (row_dims * sizeof(float)));
}

}  // namespace

Sample::Sample(std::size_t wanted, std::size_t row_dims, std::size_t memory_bytes,
               std::pmr::memory_resource* memory)
    : wanted_(wanted),
      row_dims_(row_dims),
      block_rows_(RowsIn(std::min(memory_bytes, kMaxFileBlockBytes), row_dims)),
      in_file_(wanted > memory_bytes / (row_dims * sizeof(float))),
      at_entry_(std::uncaught_exceptions()),
      buffer_(memory),
      later_(memory) {
  if (in_file_) {
    file_ = Call([] { return BufFileCreateTemp(false); });
    buffer_.resize(block_rows_ * row_dims);
  } else {
    buffer_.reserve(wanted * row_dims);
  }
}

Sample::~Sample() {
  if (file_ != nullptr && !Unwinding(at_entry_)) BufFileClose(file_);
}

std::optional<std::size_t> Sample::NextSlot() {
  ++offered_;
  if (count_ < wanted_) return count_;
  const std::uint64_t slot = random_.Below(offered_);
  if (slot >= wanted_) return std::nullopt;
  return slot;
}

void Sample::Put(std::size_t slot, std::span<const float> row) {
  Include(slot);
  if (IsLater(slot)) later_[slot] = {};
  WriteRow(slot, row);
}

void Sample::PutLater(std::size_t slot, const varlena* pointer) {
  const bool is_new = slot == count_;
  Include(slot);
  if (is_new && in_file_) WriteRow(slot, {});  // a file has no gaps
  if (slot >= later_.size()) later_.resize(slot + 1);
  std::memcpy(later_[slot].data(), pointer, TOAST_POINTER_SIZE);
}

void Sample::Include(std::size_t slot) {
  if (slot < count_) return;
  ++count_;
  if (!in_file_) buffer_.resize(count_ * row_dims_);
}

void Sample::ReadLater(RowReader& reader) {
  std::pmr::vector<std::uint32_t> without_row(buffer_.get_allocator());
  for (const std::uint32_t slot : LaterSlots()) {
    CheckInterrupts();
    if (const auto row = reader.Read(PointerGetDatum(later_[slot].data()))) {
      WriteRow(slot, TrainingRow(*row));
    } else {
      without_row.push_back(slot);
    }
    reader.Release();
  }
  later_ = std::pmr::vector<Pointer>(buffer_.get_allocator());
  // The last first: what takes the place of a row is then one.
  std::pmr::vector<float> row(row_dims_, buffer_.get_allocator());
  std::sort(without_row.begin(), without_row.end(), std::greater<>());
  for (const std::uint32_t slot : without_row) Take(slot, row);
}

// In the order of their keys, which is mostly that of the TOAST table.
std::pmr::vector<std::uint32_t> Sample::LaterSlots() const {
  std::pmr::vector<std::uint32_t> slots(buffer_.get_allocator());
  for (std::uint32_t slot = 0; slot < later_.size(); ++slot) {
    if (IsLater(slot)) slots.push_back(slot);
  }
  std::sort(slots.begin(), slots.end(),
            [this](std::uint32_t a, std::uint32_t b) { return KeyOf(a) < KeyOf(b); });
  return slots;
}

Oid Sample::KeyOf(std::size_t slot) const {
  varatt_external pointer;
  VARATT_EXTERNAL_GET_POINTER(pointer, later_[slot].data());
  return pointer.va_valueid;
}

void Sample::Take(std::size_t slot, std::span<float> row) {
  const auto copy = [&](std::size_t from) {
    const std::span<const float> values = Read(from, 1);
    std::copy(values.begin(), values.end(), row.begin());
  };
  copy(count_ - 1);
  if (slot < count_ - 1) {
    std::pmr::vector<float> last(row.begin(), row.end(), buffer_.get_allocator());
    copy(slot);
    WriteRow(slot, last);
  }
  --count_;
  if (!in_file_) buffer_.resize(count_ * row_dims_);
}

// Coordinates behind the row's own are left zero.
void Sample::WriteRow(std::size_t slot, std::span<const float> row) {
  if (!in_file_) {
    std::copy(row.begin(), row.end(),
              buffer_.begin() + static_cast<std::ptrdiff_t>(slot * row_dims_));
    return;
  }
  Seek(slot);
  std::copy(row.begin(), row.end(), buffer_.begin());
  std::fill(buffer_.begin() + static_cast<std::ptrdiff_t>(row.size()),
            buffer_.begin() + static_cast<std::ptrdiff_t>(row_dims_), 0.0f);
  Call([&] { BufFileWrite(file_, buffer_.data(), row_dims_ * sizeof(float)); });
}

void Sample::Seek(std::size_t row) {
  const auto offset = static_cast<off_t>(row * row_dims_ * sizeof(float));
  if (Call([&] { return BufFileSeek(file_, 0, offset, SEEK_SET); }) != 0) {
    throw Error(ErrorKind::kInternal, "could not seek in temporary file of sampled rows");
  }
}

std::span<const float> Sample::Read(std::size_t first, std::size_t n) {
  const std::size_t values = n * row_dims_;
  if (!in_file_) return std::span<const float>(buffer_).subspan(first * row_dims_, values);
  Seek(first);
  const std::size_t bytes = values * sizeof(float);
  if (Call([&] { return BufFileRead(file_, buffer_.data(), bytes); }) != bytes) {
    throw Error(ErrorKind::kInternal, "could not read temporary file of sampled rows");
  }
  return std::span<const float>(buffer_).first(values);
}

std::size_t Sample::max_block() const {
  return in_file_ ? block_rows_ : std::max<std::size_t>(1, count_);
}

float Sample::Augment() {
  const std::size_t dims = row_dims_ - 1;
  const auto norm_squared = [dims](std::span<const float> row) {
    double sum = 0;
    for (const float x : row.first(dims)) sum += static_cast<double>(x) * x;
    return static_cast<float>(std::min<double>(sum, std::numeric_limits<float>::max()));
  };
  float max_norm_squared = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    CheckInterrupts();
    max_norm_squared = std::max(max_norm_squared, norm_squared(Read(i, 1)));
  }
  std::pmr::vector<float> row(row_dims_, buffer_.get_allocator());
  for (std::size_t i = 0; i < count_; ++i) {
    CheckInterrupts();
    const std::span<const float> old = Read(i, 1);
    std::copy(old.begin(), old.end(), row.begin());
    row[dims] = ivf::Augment(max_norm_squared, norm_squared(row));
    WriteRow(i, row);
  }
  return max_norm_squared;
}

namespace {

struct SampleScan {
  RowReader* reader;
  Sample* sample;
};

// Vacuum may remove the value of a row that is not alive while the scan goes on.
extern "C" void SampleRow(Relation, ItemPointer, Datum* values, bool* isnull, bool is_alive,
                          void* state) {
  Guard([&] {
    auto* scan = static_cast<SampleScan*>(state);
    if (isnull[0]) return;
    const std::optional<std::size_t> slot = scan->sample->NextSlot();
    if (!slot) return;
    const auto* value = reinterpret_cast<const varlena*>(DatumGetPointer(values[0]));
    if (is_alive && VARATT_IS_EXTERNAL_ONDISK(value)) return scan->sample->PutLater(*slot, value);
    if (const auto row = scan->reader->Read(values[0])) {
      scan->sample->Put(*slot, TrainingRow(*row));
    }
    scan->reader->Release();
  });
}

}  // namespace

void TakeSample(Relation heap, Relation index, IndexInfo* info, RowReader& reader, Sample& sample,
                std::size_t blocks_wanted) {
  SampleScan scan{&reader, &sample};
  BlockSamplerData sampler;
  const BlockNumber blocks = Call([&] { return RelationGetNumberOfBlocks(heap); });
  BlockSampler_Init(&sampler, blocks,
                    static_cast<int>(std::min<std::size_t>(blocks_wanted, INT_MAX)), 1);
  // Rows that somebody may see do, but that is no question of a snapshot.
  const bool takes_any = !info->ii_Concurrent;
  // Neighbouring blocks are scanned in one go.
  BlockNumber first = InvalidBlockNumber;
  BlockNumber count = 0;
  const auto scan_range = [&] {
    if (count == 0) return;
    Call([&] {
      table_index_build_range_scan(heap, index, info, false, takes_any, false, first, count,
                                   SampleRow, &scan, nullptr);
    });
  };
  while (BlockSampler_HasMore(&sampler)) {
    CheckInterrupts();
    const BlockNumber block = BlockSampler_Next(&sampler);
    if (count == 0 || block != first + count) {
      scan_range();
      first = block;
      count = 0;
    }
    ++count;
  }
  scan_range();
  sample.ReadLater(reader);
}

}  // namespace vec::pg::ivfflat
