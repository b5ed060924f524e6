// Rows of the table on their way into the index: assigned to lists, sorted by list with
// PostgreSQL's tuplesort, which spills to disk as needed.
//
// Of a row the sort takes the vector, its code, or both, one tuple each. The vectors of a
// list come first, then the codes, both by heap TID.
#pragma once

#include "vector/cluster/assign.hpp"
#include "vector/cluster/bits.hpp"
#include "vector/ivf/encoder.hpp"
#include "vector/ivf/metric.hpp"
#include "vector/ivf/new_index.hpp"
#include "vector/ivf/row_placer.hpp"
#include "vector/pg/buffer_store.hpp"
#include "vector/pg/index_rows.hpp"

namespace vec::pg::ivfflat {

// What assignment needs to know; in shared memory for parallel workers.
struct AssignSpec {
  ivf::BuildParams params;
  std::uint32_t lists;

  std::size_t row_bytes() const { return ivf::RowBytes(params.type, params.dims); }
  std::size_t row_floats() const {
    return ivf::TrainingFloats(params.type, params.metric, params.dims);
  }
  // Whether rows are compared by inner products.
  bool is_product() const { return !ivf::IsBits(params.type) && params.metric != ivf::Metric::kL1; }
  // REQUIRES: bits.
  cluster::BitMetric bit_metric() const { return ivf::BitMetricOf(params.metric); }
  // Whether codes are sorted.
  bool has_codes() const { return ivf::EncodesAtScan(params); }
  bool keeps_rows() const { return params.vectors == ivf::Vectors::kIndex; }
  // What the builder reads of a row.
  std::size_t sorted_bytes() const {
    if (!keeps_rows() && params.metric != ivf::Metric::kInnerProduct) return 0;
    return has_codes() ? ivf::StoredBytes(ivf::NewMeta(params, lists)) : row_bytes();
  }
};

// One sort of rows. With a coordinate, one participant of a parallel sort.
class RowSort {
 public:
  RowSort(const AssignSpec& spec, int memory_kb, SortCoordinate coordinate);
  ~RowSort();
  RowSort(const RowSort&) = delete;
  RowSort& operator=(const RowSort&) = delete;

  // `stored` has spec.sorted_bytes().
  void PutRow(std::uint32_t list, HeapTid tid, const std::byte* stored);
  // `ref` is nothing where the row is in the heap or is put as well.
  void PutCode(std::uint32_t list, HeapTid tid, const ivf::EncodedRow& code,
               std::optional<ivf::RowRef> ref);
  void Perform();

  struct Row {
    std::uint32_t list;
    HeapTid tid;
    bool is_code;
    const std::byte* stored;         // of a row
    ivf::EncodedRow code;            // of a code
    std::optional<ivf::RowRef> ref;  // of a code
  };
  // The next row in order, valid until the next call, or nothing.
  std::optional<Row> Next();

 private:
  void Put(std::uint64_t key, std::size_t bytes);

  std::size_t sorted_bytes_;
  std::size_t code_bytes_;
  int at_entry_;
  TupleTableSlot* in_ = nullptr;
  TupleTableSlot* out_ = nullptr;
  bytea* payload_ = nullptr;  // of the tuple being put
  Tuplesortstate* sort_ = nullptr;
};

// Where assigned rows go: into the sort or, of rows that are encoded while the table is
// scanned, their codes into the sort and the rows themselves onto row pages of the index, as
// far as there is memory for such pages. Else rows are sorted, too.
class RowSink {
 public:
  // How the memory of one participant is shared out.
  struct Plan {
    bool remembers_centroids;
    bool places_rows;
    int sort_kb;
  };
  static Plan PlanMemory(const AssignSpec& spec, int memory_kb);

  // `centroids` and `sort` must outlive the sink.
  RowSink(const AssignSpec& spec, const Plan& plan, std::span<const float> centroids,
          Relation index, RowSort& sort, std::pmr::memory_resource* memory);

  void Put(std::uint32_t list, HeapTid tid, std::span<const float> row, const std::byte* stored);

  // To be called in the end.
  void Finish();

 private:
  ivf::Meta meta_;
  RowSort& sort_;
  std::optional<ivf::ListEncoder> encoder_;
  std::pmr::vector<std::byte> long_row_;  // a row and its second code
  FreshPages fresh_;
  BufferStore store_;
  std::optional<ivf::RowPlacer<BufferStore>> placer_;
};

// Scans the table (or this participant's share of it) into a sink.
class AssignScan {
 public:
  AssignScan(const AssignSpec& spec, std::span<const float> centroids, RowSink& sink,
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
  bool stored_is_row_;  // the stored bytes are the beginning of the row as k-means sees it
  std::span<const float> centroids_;
  RowSink& sink_;
  RowReader reader_;
  std::optional<cluster::Assigner> assigner_;  // where rows are compared by products
  std::optional<cluster::BitAssigner> bit_assigner_;
  std::pmr::vector<float> rows_;        // one tile, as k-means sees them
  std::pmr::vector<std::byte> stored_;  // the same, as the index stores them, unless it is that
  std::pmr::vector<HeapTid> tids_;
  std::pmr::vector<std::uint32_t> labels_;
  std::pmr::vector<float> scores_;
  double rows_indexed_ = 0;
  MemoryContext per_row_;
};

}  // namespace vec::pg::ivfflat
