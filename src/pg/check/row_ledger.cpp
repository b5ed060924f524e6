#include "vector/pg/check/row_ledger.hpp"

namespace vec::pg {

namespace {

constexpr unsigned kTidShift = 16;
constexpr std::uint64_t kVisible = 1 << 15;
constexpr std::uint64_t kAgain = 1 << 14;
constexpr std::uint64_t kHashMask = kAgain - 1;

std::uint64_t Numbered(HeapTid tid) {
  return std::uint64_t{tid.block_high} << 48 | std::uint64_t{tid.block_low} << 32 |
         std::uint64_t{tid.offset} << kTidShift;
}

HeapTid TidOf(std::uint64_t entry) {
  return {static_cast<std::uint16_t>(entry >> 48), static_cast<std::uint16_t>(entry >> 32),
          static_cast<std::uint16_t>(entry >> kTidShift)};
}

}  // namespace

RowLedger::RowLedger(int memory_kb)
    : sort_(Call([&] {
        return tuplesort_begin_datum(INT8OID, Int8LessOperator, InvalidOid, false, memory_kb,
                                     nullptr, TUPLESORT_NONE);
      })),
      at_entry_(std::uncaught_exceptions()) {}

RowLedger::~RowLedger() {
  if (!Unwinding(at_entry_)) tuplesort_end(sort_);
}

std::uint16_t RowLedger::HashOf(std::span<const std::byte> row) {
  std::uint64_t hash = row.size();
  for (std::size_t at = 0; at < row.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, &row[at], std::min(sizeof(word), row.size() - at));
    hash = (hash ^ word) * 0x9E3779B97F4A7C15;
    hash ^= hash >> 29;
  }
  return static_cast<std::uint16_t>(1 + hash % kHashMask);
}

void RowLedger::PutIndexed(HeapTid tid, std::uint16_t hash, bool is_again) {
  Put(Numbered(tid) | (is_again ? kAgain : 0) | hash);
}

void RowLedger::PutVisible(HeapTid tid, std::uint16_t hash) {
  Put(Numbered(tid) | kVisible | hash);
}

void RowLedger::Put(std::uint64_t entry) {
  Call([&] { tuplesort_putdatum(sort_, Int64GetDatum(static_cast<int64>(entry)), false); });
}

void RowLedger::Sort() {
  Call([&] { tuplesort_performsort(sort_); });
  ahead_ = NextEntry();
}

std::optional<std::uint64_t> RowLedger::NextEntry() {
  CheckInterrupts();
  Datum value = 0;
  if (!Call([&] { return GetSortedDatum(sort_, &value); })) return std::nullopt;
  return static_cast<std::uint64_t>(DatumGetInt64(value));
}

// Entries of the table come behind those of the index.
bool RowLedger::Next(Row& row) {
  if (!ahead_) return false;
  row = {};
  row.tid = TidOf(*ahead_);
  std::uint64_t hash = 0;
  bool is_alike = true;
  for (; ahead_ && TidOf(*ahead_) == row.tid; ahead_ = NextEntry()) {
    const std::uint64_t entry = *ahead_;
    if (const std::uint64_t known = entry & kHashMask; known != 0) {
      is_alike = is_alike && (hash == 0 || hash == known);
      hash = known;
    }
    if ((entry & kVisible) != 0) {
      row.is_visible = true;
    } else if ((entry & kAgain) != 0) {
      row.is_indexed_again = true;
    } else {
      ++row.indexed;
    }
  }
  row.has_other_value = row.is_visible && !is_alike;
  return true;
}

}  // namespace vec::pg
