// Rows of the table on their way into the index: assigned to lists, sorted by
// (list, heap TID) by PostgreSQL's tuplesort, which spills to disk as needed.
#pragma once

#include "vector/cluster/assign.hpp"
#include "vector/cluster/bits.hpp"
#include "vector/ivf/metric.hpp"
#include "vector/pg/index_rows.hpp"

namespace vec::pg::ivfflat {

// What assignment needs to know; in shared memory for parallel workers.
struct AssignSpec {
  ivf::ElementType type;
  ivf::Metric metric;
  std::uint32_t dims;
  std::uint32_t lists;
  float max_norm_squared;

  std::size_t row_bytes() const { return ivf::RowBytes(type, dims); }
  std::size_t row_floats() const { return ivf::TrainingFloats(type, metric, dims); }
  // Whether rows are compared by inner products.
  bool is_product() const { return !ivf::IsBits(type) && metric != ivf::Metric::kL1; }
  // REQUIRES: bits.
  cluster::BitMetric bit_metric() const { return ivf::BitMetricOf(metric); }
};

// One sort of rows. With a coordinate, one participant of a parallel sort.
class RowSort {
 public:
  RowSort(std::size_t row_bytes, int memory_kb, SortCoordinate coordinate);
  ~RowSort();
  RowSort(const RowSort&) = delete;
  RowSort& operator=(const RowSort&) = delete;

  void Put(std::uint32_t list, HeapTid tid, const std::byte* stored);
  void Perform();

  struct Row {
    std::uint32_t list;
    HeapTid tid;
    const std::byte* stored;
  };
  // The next row in order, valid until the next call, or nothing.
  std::optional<Row> Next();

 private:
  std::size_t row_bytes_;
  int at_entry_;
  TupleTableSlot* in_ = nullptr;
  TupleTableSlot* out_ = nullptr;
  bytea* payload_ = nullptr;  // the row being put
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
  void AssignBits(std::span<std::uint32_t> labels);

  AssignSpec spec_;
  std::size_t row_floats_;
  std::span<const float> centroids_;
  RowSort& sort_;
  RowReader reader_;
  std::optional<cluster::Assigner> assigner_;  // where rows are compared by products
  std::optional<cluster::BitAssigner> bit_assigner_;
  std::pmr::vector<float> rows_;        // one tile, as k-means sees them
  std::pmr::vector<std::byte> stored_;  // the same, as the index stores them
  std::pmr::vector<HeapTid> tids_;
  std::pmr::vector<std::uint32_t> labels_;
  std::pmr::vector<float> scores_;
  double rows_indexed_ = 0;
  MemoryContext per_row_;
};

}  // namespace vec::pg::ivfflat
