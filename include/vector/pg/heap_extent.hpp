// Where the table ends: heap TIDs of a damaged index may lie behind.
#pragma once

#include <string>

#include "vector/base/error.hpp"
#include "vector/pg/guard.hpp"
#include "vector/storage/page.hpp"

namespace vec::pg {

class HeapExtent {
 public:
  HeapExtent(Relation heap, Relation index) : heap_(heap), index_(index) {}

  // Throws Error(kCorrupted) where a row cannot be in the table. Vacuum shortens no table
  // that is being searched.
  void Check(HeapTid tid) {
    const BlockNumber block = BlockNumber{tid.block_high} << 16 | tid.block_low;
    if (block < blocks_ || heap_->rd_tableam != GetHeapamTableAmRoutine()) return;
    blocks_ = Call([&] { return RelationGetNumberOfBlocks(heap_); });
    if (block < blocks_) return;
    throw Error(ErrorKind::kCorrupted,
                "index \"" + std::string(RelationGetRelationName(index_)) + "\" is not valid",
                "A row lies behind the end of the table.", "Please REINDEX it.");
  }

 private:
  Relation heap_;
  Relation index_;
  BlockNumber blocks_ = 0;
};

}  // namespace vec::pg
