#include "vector/ivf/insert.hpp"

#include "vector/pg/buffer_store.hpp"
#include "vector/pg/index_rows.hpp"
#include "vector/pg/ivfflat/ivfflat.hpp"
#include "vector/pg/ivfflat/meta.hpp"

namespace vec::pg::ivfflat {

bool Insert(Relation index, const Datum* values, const bool* isnull, ItemPointer tid,
            Relation heap) {
  if (isnull[0]) return false;
  const MemoryContext caller = CurrentMemoryContext;
  const MemoryContext context = Call([] {
    return AllocSetContextCreate(CurrentMemoryContext, "ivfflat insert", ALLOCSET_SMALL_SIZES);
  });
  MemoryContextSwitchTo(context);
  {
    ContextResource memory(context);
    const ivf::Meta meta = MetaOf(index);
    RowReader reader(meta.type, meta.metric, meta.dims, &memory);
    if (const auto row = reader.Read(values[0])) {
      SparePages spares(index, heap);
      BufferStore store(index, spares);
      ivf::Insert(store, meta, std::bit_cast<HeapTid>(*tid), *row, &memory);
      spares.Finish();
    }
  }
  MemoryContextSwitchTo(caller);
  MemoryContextDelete(context);
  return false;
}

}  // namespace vec::pg::ivfflat
