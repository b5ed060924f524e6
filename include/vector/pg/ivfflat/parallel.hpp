// Parallel workers for the table scan of a build: each scans a share of the
// table, assigns its rows to lists, encodes them, writes row pages and sorts the rest; the
// leader, itself a participant, merges the sorted runs.
#pragma once

#include "vector/pg/ivfflat/sorter.hpp"

namespace vec::pg::ivfflat {

struct ScanTotals {
  double rows_scanned = 0;
  double rows_indexed = 0;
};

// Scans, assigns and sorts with `workers` background workers (0: none, and so
// also where none can be started). Hands the sorted rows to `consume` while the
// shared memory is attached. Memory for sorts: memory_kb in all.
//
// `consume` is called once, as consume(RowSort&, const ScanTotals&).
class ScanAndSort {
 public:
  ScanAndSort(Relation heap, Relation index, IndexInfo* info, const AssignSpec& spec,
              std::span<const float> centroids, int memory_kb, std::pmr::memory_resource* memory)
      : heap_(heap),
        index_(index),
        info_(info),
        spec_(spec),
        centroids_(centroids),
        memory_kb_(memory_kb),
        memory_(memory) {}

  template <typename Consume>
  ScanTotals Run(int workers, Consume&& consume) {
    ScanTotals totals;
    if (workers > 0 && Launch(workers)) {
      {
        RowSort sort(spec_, memory_kb_, LeaderCoordinate());
        totals = ParticipateAndWait();
        sort.Perform();
        consume(sort, totals);
      }  // the sort reads files that Finish() removes
      Finish();
      return totals;
    }
    const RowSink::Plan plan = RowSink::PlanMemory(spec_, memory_kb_);
    RowSort sort(spec_, plan.sort_kb, nullptr);
    {
      RowSink sink(spec_, plan, centroids_, index_, sort, memory_);
      AssignScan scan(spec_, centroids_, sink, memory_);
      totals.rows_scanned = scan.Run(heap_, index_, info_, nullptr);
      totals.rows_indexed = scan.rows_indexed();
    }
    sort.Perform();
    consume(sort, totals);
    return totals;
  }

 private:
  bool Launch(int workers);
  SortCoordinate LeaderCoordinate();
  ScanTotals ParticipateAndWait();
  void Finish();
  void LeaveParallelMode();

  Relation heap_;
  Relation index_;
  IndexInfo* info_;
  AssignSpec spec_;
  std::span<const float> centroids_;
  int memory_kb_;
  std::pmr::memory_resource* memory_;

  ParallelContext* context_ = nullptr;
  Snapshot snapshot_ = nullptr;
  struct SharedScan* shared_ = nullptr;
  Sharedsort* shared_sort_ = nullptr;
  int participants_ = 0;
};

}  // namespace vec::pg::ivfflat
