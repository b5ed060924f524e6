// The heap TIDs of an index and of its table, side by side: sorted by PostgreSQL's tuplesort,
// which spills to disk as needed, so that they are compared exactly in bounded memory.
//
// An entry is one integer:
//
//   bits 63..16   heap TID
//   bit  15       0: of the index, 1: of the table
//   bit  14       of the index: may have been put before
//   bits 13..0    hash of the row as the index keeps it, never 0; 0: not known
#pragma once

#include "vector/pg/guard.hpp"
#include "vector/storage/page.hpp"

namespace vec::pg {

// What is wrong with a row of the table.
enum class RowFault { kMissing, kTwice, kOtherValue };

class RowLedger {
 public:
  // Sorts within `memory_kb`.
  explicit RowLedger(int memory_kb);
  ~RowLedger();
  RowLedger(const RowLedger&) = delete;
  RowLedger& operator=(const RowLedger&) = delete;

  static std::uint16_t HashOf(std::span<const std::byte> row);

  void PutIndexed(HeapTid tid, std::uint16_t hash, bool is_again);
  void PutVisible(HeapTid tid, std::uint16_t hash);

  // Calls fault(tid, RowFault) for each row of the table that the index does not have once, with
  // its value, and hidden(tid) for those of the index that were not put as visible; both in the
  // order of TIDs. To be called once, after all were put.
  template <typename Fault, typename Hidden>
  void Compare(Fault fault, Hidden hidden) {
    Sort();
    Row row;
    while (Next(row)) {
      if (!row.is_visible) {
        hidden(row.tid);
        continue;
      }
      if (row.indexed == 0 && !row.is_indexed_again) {
        fault(row.tid, RowFault::kMissing);
      } else if (row.indexed > 1) {
        fault(row.tid, RowFault::kTwice);
      }
      if (row.has_other_value) fault(row.tid, RowFault::kOtherValue);
    }
  }

 private:
  struct Row {
    HeapTid tid;
    std::uint64_t indexed = 0;
    bool is_indexed_again = false;
    bool is_visible = false;
    bool has_other_value = false;
  };

  void Put(std::uint64_t entry);
  void Sort();
  // All entries of the next TID.
  bool Next(Row& row);
  std::optional<std::uint64_t> NextEntry();

  Tuplesortstate* sort_;
  std::optional<std::uint64_t> ahead_;  // the first entry of the next row
  int at_entry_;
};

}  // namespace vec::pg
