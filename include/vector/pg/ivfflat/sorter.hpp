// Rows of the table on their way into the index: assigned to lists, sorted by
// (list, heap TID) by PostgreSQL's tuplesort, which spills to disk as needed.
#pragma once

#include "vector/cluster/assign.hpp"
#include "vector/pg/ivfflat/rows.hpp"

namespace vec::pg::ivfflat {

// What assignment needs to know; in shared memory for parallel workers.
struct AssignSpec {
  ivf::Metric metric;
  std::uint32_t dims;
  std::uint32_t lists;
  float max_norm_squared;
};

// One sort of rows. With a coordinate, one participant of a parallel sort.
class RowSort {
 public:
  RowSort(std::uint32_t dims, int memory_kb, SortCoordinate coordinate);
  ~RowSort();
  RowSort(const RowSort&) = delete;
  RowSort& operator=(const RowSort&) = delete;

  void Put(std::uint32_t list, HeapTid tid, std::span<const float> row);
  void Perform();

  struct Row {
    std::uint32_t list;
    HeapTid tid;
    std::span<const float> values;
  };
  // The next row in order, valid until the next call, or nothing.
  std::optional<Row> Next();

 private:
  std::uint32_t dims_;
  int at_entry_;
  TupleTableSlot* in_ = nullptr;
  TupleTableSlot* out_ = nullptr;
  bytea* payload_ = nullptr;  // floats of the row being put
  Tuplesortstate* sort_ = nullptr;
};

// Scans the table (or this participant's share of it) into a sort.
class AssignScan {
 public:
  AssignScan(const AssignSpec& spec, std::span<const float> centroids, RowSort& sort,
             std::pmr::memory_resource* memory);

  // Returns the number of rows seen. `scan` is nullptr for a serial build.
  double Run(Relation heap, Relation index, IndexInfo* info, TableScanDesc scan);

  double rows_indexed() const { return rows_indexed_; }

  // Called by PostgreSQL's scan for each row.
  void Add(ItemPointer tid, Datum value);

  static std::size_t MemoryBytes(const AssignSpec& spec);

 private:
  void Flush();
  void AssignByL1(std::span<std::uint32_t> labels);

  AssignSpec spec_;
  std::size_t row_dims_;
  std::span<const float> centroids_;
  RowSort& sort_;
  RowReader reader_;
  cluster::Assigner assigner_;
  std::pmr::vector<float> rows_;  // one tile
  std::pmr::vector<HeapTid> tids_;
  std::pmr::vector<std::uint32_t> labels_;
  std::pmr::vector<float> scores_;
  double rows_indexed_ = 0;
  MemoryContext per_row_;
};

}  // namespace vec::pg::ivfflat
