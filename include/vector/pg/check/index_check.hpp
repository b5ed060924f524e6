// Checking an index of ours against its own rules, and against its table.
#pragma once

#include "vector/pg/compat.hpp"
#include "vector/storage/check_sink.hpp"

namespace vec::pg {

// Receives findings, in the order in which they are made.
class FindingReceiver {
 public:
  virtual ~FindingReceiver() = default;
  // `block` is kNoBlock where the index has none of it, `item` kNoItem where it is the whole page.
  virtual void Receive(Relation index, BlockId block, std::uint32_t item, std::string_view what,
                       Severity severity) = 0;
};

// Takes AccessShareLock on the table, then on the index. `heapallindexed`: whether rows of the
// table are looked for in the index. Raises an ERROR where the session may not check the index, or
// it is none that can be checked, or its meta page cannot be read.
void CheckIndex(Oid index, bool heapallindexed, FindingReceiver& receiver);

}  // namespace vec::pg
