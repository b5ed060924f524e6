#include "vector/hnsw/insert.hpp"

#include "vector/pg/buffer_store.hpp"
#include "vector/pg/hnsw/hnsw.hpp"
#include "vector/pg/hnsw/insert_lock.hpp"
#include "vector/pg/hnsw/meta.hpp"
#include "vector/pg/hnsw/options.hpp"
#include "vector/pg/index_rows.hpp"

namespace vec::pg::hnsw {

bool Insert(Relation index, const Datum* values, const bool* isnull, ItemPointer tid,
            Relation heap) {
  if (isnull[0]) return false;
  const MemoryContext caller = CurrentMemoryContext;
  const MemoryContext context = Call([] {
    return AllocSetContextCreate(CurrentMemoryContext, "hnsw insert", ALLOCSET_DEFAULT_SIZES);
  });
  MemoryContextSwitchTo(context);
  {
    ContextResource memory(context);
    const vec::hnsw::Meta meta = MetaOf(index);
    RowReader reader(meta.type, meta.metric, meta.dims, &memory);
    if (const auto row = reader.Read(values[0])) {
      SparePages spares(index, heap);
      BufferStore store(index, spares);
      const InsertLock lock(index);
      vec::hnsw::Insert(store, meta, std::bit_cast<HeapTid>(*tid), *row,
                        {.ef_construction = EfConstruction(index)}, &memory);
      spares.Finish();
    }
  }
  MemoryContextSwitchTo(caller);
  MemoryContextDelete(context);
  return false;
}

}  // namespace vec::pg::hnsw
