// What the last index scan of this session did.
#pragma once

#include "vector/pg/compat.hpp"

namespace vec::pg {

struct ScanStats {
  Oid index = InvalidOid;     // InvalidOid: there was none
  std::uint64_t lists = 0;    // probed
  std::uint64_t pages = 0;    // of the index, each time that one was visited
  std::uint64_t codes = 0;    // compared
  std::uint64_t refined = 0;  // by their second code
  std::uint64_t exact = 0;    // distances to exact vectors
};

// Scans set it when they end or begin anew. One session has one thread.
inline ScanStats last_scan;

}  // namespace vec::pg
