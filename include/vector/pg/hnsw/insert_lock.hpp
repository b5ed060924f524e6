// What keeps vacuum from freeing nodes that an insert is about to link to.
//
// An insert that is under way may have read a node before vacuum marked it dead, and
// link to it afterwards. Every insert holds the lock of block 0 in share mode, a
// heavyweight one, and vacuum takes it in exclusive mode for a moment before it frees
// nodes: later inserts have seen the marks.
#pragma once

#include "vector/pg/guard.hpp"

namespace vec::pg::hnsw {

class InsertLock {
 public:
  explicit InsertLock(Relation index) : index_(index), at_entry_(std::uncaught_exceptions()) {
    Call([&] { LockPage(index_, kBlock, ShareLock); });
  }
  ~InsertLock() {
    if (!Unwinding(at_entry_)) UnlockPage(index_, kBlock, ShareLock);
  }
  InsertLock(const InsertLock&) = delete;
  InsertLock& operator=(const InsertLock&) = delete;

  // Returns when all inserts that were under way have ended. REQUIRES: no buffer is
  // locked.
  static void WaitForInserts(Relation index) {
    Call([&] {
      LockPage(index, kBlock, ExclusiveLock);
      UnlockPage(index, kBlock, ExclusiveLock);
    });
  }

  // Whether no insert is under way, asked without waiting.
  static bool AreNoInserts(Relation index) {
    return Call([&] {
      if (!ConditionalLockPage(index, kBlock, ExclusiveLock)) return false;
      UnlockPage(index, kBlock, ExclusiveLock);
      return true;
    });
  }

 private:
  static constexpr BlockNumber kBlock = 0;

  Relation index_;
  int at_entry_;
};

}  // namespace vec::pg::hnsw
