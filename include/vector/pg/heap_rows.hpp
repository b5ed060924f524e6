// Exact vectors from the table, for an index that does not store them.
#pragma once

#include "vector/pg/index_rows.hpp"
#include "vector/pg/row_kind.hpp"
#include "vector/storage/heap_vectors.hpp"

namespace vec::pg {

// Reads rows as the snapshot of a scan sees them; a row that it does not see is none of
// the scan's. Expressions of the index are evaluated again.
class HeapRows final : public HeapVectors {
 public:
  // Memory comes from `context`. Everything must outlive the object.
  HeapRows(Relation heap, Relation index, Snapshot snapshot, const RowKind& rows,
           MemoryContext context);
  ~HeapRows() override;
  HeapRows(const HeapRows&) = delete;
  HeapRows& operator=(const HeapRows&) = delete;

  std::optional<std::span<const float>> Read(HeapTid tid) override;

  // Lets go of the page of the last row; more may be read later.
  void Release();

 private:
  Relation index_;
  Snapshot snapshot_;
  int at_entry_;
  ContextResource memory_;
  RowReader reader_;
  IndexInfo* info_ = nullptr;
  EState* executor_ = nullptr;  // of expressions, and of their memory
  TupleTableSlot* slot_ = nullptr;
  IndexFetchTableData* fetch_ = nullptr;
};

}  // namespace vec::pg
