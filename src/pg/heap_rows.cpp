#include "vector/pg/heap_rows.hpp"

#include "vector/pg/file_end.hpp"
#include "vector/pg/guard.hpp"

namespace vec::pg {

HeapRows::HeapRows(Relation heap, Relation index, Snapshot snapshot, const RowKind& rows,
                   MemoryContext context)
    : index_(index),
      snapshot_(snapshot),
      at_entry_(std::uncaught_exceptions()),
      memory_(context),
      reader_(rows.type, rows.metric, rows.dims, &memory_) {
  Call([&] {
    const MemoryContext caller = MemoryContextSwitchTo(context);
    info_ = BuildIndexInfo(index);
    executor_ = CreateExecutorState();
    slot_ = table_slot_create(heap, nullptr);
    fetch_ = table_index_fetch_begin(heap);
    MemoryContextSwitchTo(caller);
  });
}

HeapRows::~HeapRows() {
  if (Unwinding(at_entry_)) return;
  table_index_fetch_end(fetch_);
  ExecDropSingleTupleTableSlot(slot_);
  FreeExecutorState(executor_);
}

void HeapRows::Release() {
  Call([&] {
    ExecClearTuple(slot_);
    table_index_fetch_reset(fetch_);
  });
}

std::optional<std::span<const float>> HeapRows::Read(HeapTid tid) {
  Datum value = 0;
  const bool is_seen = Call([&] {
    CheckHasRow(fetch_->rel, index_, tid);
    ItemPointerData pointer = std::bit_cast<ItemPointerData>(tid);
    bool call_again = false;
    bool all_dead = false;
    if (!table_index_fetch_tuple(fetch_, &pointer, snapshot_, slot_, &call_again, &all_dead)) {
      return false;
    }
    ExprContext* expressions = GetPerTupleExprContext(executor_);
    ResetExprContext(expressions);
    expressions->ecxt_scantuple = slot_;
    const MemoryContext caller = MemoryContextSwitchTo(expressions->ecxt_per_tuple_memory);
    Datum values[INDEX_MAX_KEYS];
    bool is_null[INDEX_MAX_KEYS];
    FormIndexDatum(info_, slot_, executor_, values, is_null);
    value = values[0];
    MemoryContextSwitchTo(caller);
    return !is_null[0];
  });
  if (!is_seen) return std::nullopt;

  const MemoryContext caller =
      MemoryContextSwitchTo(GetPerTupleExprContext(executor_)->ecxt_per_tuple_memory);
  const std::optional<RowView> row = reader_.Read(value);
  MemoryContextSwitchTo(caller);
  if (!row) return std::nullopt;
  return row->values;
}

}  // namespace vec::pg
