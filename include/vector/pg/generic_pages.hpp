// Pages that one generic WAL record changes: what access/generic_xlog.h does, which compares pages
// byte by byte (see storage/page_delta.hpp). The records are the same, so that PostgreSQL replays
// them, and checks them with wal_consistency_checking = generic, without the extension.
#pragma once

#include "vector/pg/guard.hpp"
#include "vector/storage/page_delta.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::pg {

class GenericPages {
 public:
  // In the current memory context. Runs inside of Call.
  static GenericPages* Start(Relation index);

  // The image to change, of a page that is locked exclusively until Write() is over. A page is
  // added once. With `is_whole` all of it is logged.
  std::byte* Add(Buffer buffer, bool is_whole);

  // Changes the pages, and logs that where the index is logged. Runs inside of Call.
  void Write();

 private:
  struct Change {
    Buffer buffer;
    bool is_whole;
    PageDelta delta;
    alignas(std::uint64_t) std::byte image[BLCKSZ];
  };

  void Log();

  bool is_logged_;
  int count_;
  Change changes_[kMaxPagesPerRecord];
};

}  // namespace vec::pg
