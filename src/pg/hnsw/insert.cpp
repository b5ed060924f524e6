#include "vector/hnsw/insert.hpp"

#include "vector/base/stack_resource.hpp"
#include "vector/pg/buffer_store.hpp"
#include "vector/pg/hnsw/hnsw.hpp"
#include "vector/pg/hnsw/insert_lock.hpp"
#include "vector/pg/hnsw/meta.hpp"
#include "vector/pg/hnsw/options.hpp"
#include "vector/pg/index_rows.hpp"
#include "vector/pg/kept_block.hpp"

namespace vec::pg::hnsw {

namespace {

// What the rows of one statement have in common. Lives, with all its memory, in a context
// below that of the statement's IndexInfo: where that ends, no destructor runs.
class InsertState {
 public:
  InsertState(Relation index, Relation heap, MemoryContext context)
      : index_(index),
        overflow_(context),
        memory_(TakeKeptBlock(context), &overflow_),
        per_row_(Call([&] {
          return AllocSetContextCreate(context, "hnsw insert row", ALLOCSET_SMALL_SIZES);
        })),
        meta_(MetaOf(index)),
        reader_(meta_.type, meta_.metric, meta_.dims, &memory_),
        spares_(index, heap),
        store_(index, spares_),
        inserter_(store_, meta_, {.ef_construction = EfConstruction(index)}, &memory_) {}

  Relation index() const { return index_; }

  void Insert(HeapTid tid, Datum value) {
    const MemoryContext caller = MemoryContextSwitchTo(per_row_);
    if (const auto row = reader_.Read(value)) {
      const InsertLock lock(index_);
      inserter_.Insert(tid, *row);
      spares_.Finish();
    }
    MemoryContextSwitchTo(caller);
    MemoryContextReset(per_row_);
  }

 private:
  Relation index_;
  ContextResource overflow_;
  StackResource memory_;
  MemoryContext per_row_;
  vec::hnsw::Meta meta_;
  RowReader reader_;
  SparePages spares_;
  BufferStore store_;
  vec::hnsw::Inserter<BufferStore> inserter_;
};

InsertState* NewState(Relation index, Relation heap, MemoryContext parent) {
  void* place = nullptr;
  const MemoryContext context = Call([&] {
    const MemoryContext created =
        AllocSetContextCreate(parent, "hnsw insert", ALLOCSET_DEFAULT_SIZES);
    place = MemoryContextAlloc(created, sizeof(InsertState));
    return created;
  });
  return new (place) InsertState(index, heap, context);
}

}  // namespace

bool Insert(Relation index, const Datum* values, const bool* isnull, ItemPointer tid, Relation heap,
            IndexInfo* info) {
  if (isnull[0]) return false;
  auto* state = static_cast<InsertState*>(info->ii_AmCache);
  if (state == nullptr || state->index() != index) {
    state = NewState(index, heap, info->ii_Context);
    info->ii_AmCache = state;
  }
  state->Insert(std::bit_cast<HeapTid>(*tid), values[0]);
  return false;
}

}  // namespace vec::pg::hnsw
