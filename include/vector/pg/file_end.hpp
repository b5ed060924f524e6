// Where the file of a relation ends, for block numbers that come from a damaged page: the
// buffer manager takes one that is far behind it for an internal error.
#pragma once

#include "vector/pg/compat.hpp"
#include "vector/storage/page.hpp"

namespace vec::pg {

// The file may be longer than PostgreSQL remembers, but not shorter: a truncation makes
// it forget. May raise: to be called inside of Call.
inline bool HasBlock(Relation relation, ForkNumber fork, BlockNumber block) {
  const BlockNumber known = RelationGetSmgr(relation)->smgr_cached_nblocks[fork];
  if (known != InvalidBlockNumber && block < known) return true;
  return block < RelationGetNumberOfBlocksInFork(relation, fork);
}

// Whether the TIDs of a table name pages, as those of PostgreSQL's own table access method do.
inline bool HasHeapPages(Relation heap) { return heap->rd_tableam == GetHeapamTableAmRoutine(); }

// Whether a row can be in a table; of tables whose TIDs need not name pages, any can.
// REQUIRES: a lock that keeps the table from getting shorter. To be called inside of Call.
inline bool MayHaveRow(Relation heap, HeapTid tid) {
  if (!HasHeapPages(heap)) return true;
  const auto pointer = std::bit_cast<ItemPointerData>(tid);
  return HasBlock(heap, MAIN_FORKNUM, ItemPointerGetBlockNumberNoCheck(&pointer));
}

// ERROR that the index is damaged, unless MayHaveRow().
inline void CheckHasRow(Relation heap, Relation index, HeapTid tid) {
  if (MayHaveRow(heap, tid)) return;
  const auto pointer = std::bit_cast<ItemPointerData>(tid);
  ereport(ERROR, (errcode(ERRCODE_INDEX_CORRUPTED),
                  errmsg("index \"%s\" is not valid", RelationGetRelationName(index)),
                  errdetail("Row in block %u behind the end of the table.",
                            ItemPointerGetBlockNumberNoCheck(&pointer)),
                  errhint("Please REINDEX it.")));
}

}  // namespace vec::pg
