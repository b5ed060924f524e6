// Building an index.
//
// Rows wait in memory as long as that lasts; then a graph is made of all of them at once
// (bulk.hpp) and written. Rows that come later are inserted into the file one by one, so that a
// build with too little memory slows down to the speed of inserts and no further. Nobody else
// sees the file.
#pragma once

#include <memory_resource>
#include <optional>

#include "vector/base/assert.hpp"
#include "vector/hnsw/create.hpp"
#include "vector/hnsw/insert.hpp"
#include "vector/hnsw/packed_rows.hpp"
#include "vector/hnsw/rounding.hpp"
#include "vector/hnsw/write_graph.hpp"

namespace vec::hnsw {

struct BuildParams {
  InsertParams insert = {};
  std::size_t memory_bytes = std::size_t{64} << 20;
  std::size_t threads = 1;        // that compute, the caller's included
  std::size_t expected_rows = 0;  // about as many; 0 where nobody knows
  BulkProgress progress = {};     // of the graph that is made at once
};

template <PageStore Store>
class Builder {
 public:
  // REQUIRES: a store of no pages.
  Builder(Store& store, const Meta& meta, const BuildParams& params,
          std::pmr::memory_resource* memory)
      : store_(store), meta_(meta), params_(params), memory_(memory) {
    VECTOR_ASSERT(store.BlockCount() == 0);
    FitThreads();
    if (IsDense(meta_.type)) {
      matrix_.emplace(meta_, MostRows(), params_.expected_rows, memory_);
    } else {
      packed_.emplace(meta_, memory_);
    }
  }

  // REQUIRES: as Inserter::Insert().
  void Add(HeapTid tid, const RowView& row) {
    if (!is_spilled() && !HasRoom(row)) Spill();
    if (in_file_) {
      in_file_->Insert(tid, row);
    } else if (matrix_) {
      matrix_->Add(tid, row);
    } else {
      packed_->Add(tid, row);
    }
  }

  // Writes what is still in memory. Returns the meta data of the index.
  Meta Finish() {
    if (!is_spilled()) Write();
    return meta_;
  }

  // Whether rows went to the file one by one.
  bool is_spilled() const { return in_file_.has_value(); }

  // That make the graph, the caller's included: as many as asked for, or fewer for lack of memory.
  std::size_t threads() const { return params_.threads; }

 private:
  // Where there is less memory, a graph is made of so many rows all the same.
  static constexpr std::size_t kLeastRows = 64;
  static constexpr std::size_t kMostRows = (std::size_t{1} << 31) - 1;
  static constexpr std::size_t kRoundedAtOnce = 1024;

  // Nodes with codes are made with one effort.
  BulkParams GraphParams() const {
    BulkParams params{.type = meta_.type,
                      .dims = meta_.dims,
                      .metric = meta_.metric,
                      .lanes = meta_.lanes,
                      .threads = params_.threads,
                      .seed = meta_.seed};
    if (meta_.form == Form::kPlain) {
      params.ef_construction =
          std::max<std::size_t>(params.ef_construction, params_.insert.ef_construction);
    }
    if (packed_) params.longest_row = packed_->longest_row();
    return params;
  }

  // Of dense rows.
  std::size_t BytesOf(std::size_t rows) const {
    return rows * RowMatrix::RowBytes(meta_.dims) + BulkBytes(rows, GraphParams());
  }

  // Threads take a third of the memory at most.
  void FitThreads() {
    constexpr std::size_t kManyRows = 100000;
    BulkParams one = GraphParams();
    one.threads = 1;
    BulkParams two = one;
    two.threads = 2;
    const std::size_t a_thread = BulkBytes(kManyRows, two) - BulkBytes(kManyRows, one);
    const std::size_t most = params_.memory_bytes / 3 / a_thread;
    params_.threads = std::clamp<std::size_t>(params_.threads, 1, std::max<std::size_t>(most, 1));
  }

  // The most dense rows of which a graph can be made in the memory.
  std::size_t MostRows() const {
    std::size_t fits = kLeastRows;
    std::size_t most = std::max(params_.memory_bytes / RowMatrix::RowBytes(meta_.dims), fits);
    most = std::min(most, kMostRows);
    while (fits < most) {
      const std::size_t middle = most - (most - fits) / 2;
      if (BytesOf(middle) <= params_.memory_bytes) {
        fits = middle;
      } else {
        most = middle - 1;
      }
    }
    return fits;
  }

  bool HasRoom(const RowView& row) const {
    if (matrix_) return !matrix_->is_full();
    const std::size_t rows = packed_->count() + 1;
    if (rows <= kLeastRows) return true;
    return rows < kMostRows &&
           packed_->BytesWith(row) + BulkBytes(rows, GraphParams()) <= params_.memory_bytes;
  }

  void Spill() {
    Write();
    in_file_.emplace(store_, meta_, params_.insert, memory_);
  }

  void Write() {
    WriteGraph();
    matrix_.reset();
    packed_.reset();
  }

  // Float32 rows of few dimensions tell themselves how nodes hold them.
  void RoundRows() {
    const bool is_open = meta_.form == Form::kCoded && meta_.type == ElementType::kFloat32 &&
                         meta_.dims <= kMostFloatDims;
    if (is_open && AllowsRounding(matrix_->rows().values, meta_.dims, meta_.seed, memory_)) {
      meta_ = WithRounding(meta_);
    }
    if (!IsHalf(meta_.self)) return;
    do {
      store_.CheckInterrupts();
    } while (!matrix_->Round(kRoundedAtOnce));
  }

  void WriteGraph() {
    constexpr double kGraph = 0.85;
    if (matrix_) RoundRows();
    const BulkRows rows = matrix_ ? matrix_->rows() : packed_->rows();
    const auto report = [&](double done) { Report(kGraph * done); };
    BulkGraph graph = matrix_ ? BuildGraph(rows.values, GraphParams(), report)
                              : BuildGraph(rows.stored, GraphParams(), report);
    graph.distances = {};
    const std::size_t taken = rows.values.size_bytes() + rows.tids.size_bytes() +
                              graph.rows.size() * (graph.lanes + 4) * sizeof(std::uint32_t);
    const GraphWriterParams params{
        .threads = params_.threads,
        .memory_bytes = params_.memory_bytes - std::min(params_.memory_bytes, taken),
        .progress = [&](double done) { Report(kGraph + (1 - kGraph) * done); }};
    meta_ = GraphWriter<Store>(store_, meta_, graph, rows, params, memory_).Write();
  }

  void Report(double done) const {
    store_.CheckInterrupts();
    if (params_.progress) params_.progress(done);
  }

  Store& store_;
  Meta meta_;
  BuildParams params_;
  std::pmr::memory_resource* memory_;
  std::optional<RowMatrix> matrix_;   // of dense rows
  std::optional<PackedRows> packed_;  // of others
  std::optional<Inserter<Store>> in_file_;
};

}  // namespace vec::hnsw
