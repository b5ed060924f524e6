#include "vector/pg/check/heap_lines.hpp"

#include "vector/pg/file_end.hpp"

namespace vec::pg {

bool HeapLines::IsUsed(HeapTid tid) {
  const ItemPointerData pointer = std::bit_cast<ItemPointerData>(tid);
  const BlockNumber block = ItemPointerGetBlockNumberNoCheck(&pointer);
  using ::PageHeader;  // what PostgreSQL's macros mean
  return Call([&] {
    if (!HasBlock(heap_, MAIN_FORKNUM, block)) return false;
    const Buffer buffer = ReadBufferExtended(heap_, MAIN_FORKNUM, block, RBM_NORMAL, strategy_);
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    const Page page = BufferGetPage(buffer);
    const bool is_used =
        tid.offset <= PageGetMaxOffsetNumber(page) && ItemIdIsUsed(PageGetItemId(page, tid.offset));
    UnlockReleaseBuffer(buffer);
    return is_used;
  });
}

}  // namespace vec::pg
