// Whether heap TIDs name anything in a table.
#pragma once

#include "vector/pg/guard.hpp"
#include "vector/storage/page.hpp"

namespace vec::pg {

// Line pointers of a table's pages. As long as an index has a TID, its line pointer is in use:
// that of a row that is gone is dead, and VACUUM gives it back after all indexes have let go of it.
class HeapLines {
 public:
  explicit HeapLines(Relation heap)
      : heap_(heap), strategy_(Call([] { return GetAccessStrategy(BAS_BULKREAD); })) {}

  // Whether the TID names a line pointer that is in use, of a row alive or dead. Locks the page of
  // the table shared for a moment; a page of an index may be locked meanwhile.
  bool IsUsed(HeapTid tid);

 private:
  Relation heap_;
  BufferAccessStrategy strategy_;
};

}  // namespace vec::pg
