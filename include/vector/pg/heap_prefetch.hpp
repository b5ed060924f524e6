// Tells PostgreSQL of the table's pages that an index scan will send it to.
//
// The executor fetches row after row, and each is a stall: for the page's buffer, the
// page, its line pointer and the tuple, or for the disk. Known ahead, the stalls of
// several rows overlap: HeapPrefetch gives hints, pins and locks nothing, and results never
// depend on it. For any index method.
#pragma once

#include <algorithm>

#include "vector/pg/compat.hpp"
#include "vector/storage/page.hpp"

namespace vec::pg {

class HeapPrefetch {
 public:
  // A scan of `heap` begins, or begins again. REQUIRES: the scan has locked it, so that
  // it never gets shorter.
  void Start(Relation heap) noexcept;

  // To be called with every row that the scan hands out. next_rows(std::span<HeapTid>)
  // writes what will probably follow, in that order, and returns how many rows it knows.
  // A scan for one row only is never slowed down; batches grow as more are taken.
  template <typename NextRows>
  void Advance(HeapTid tid, NextRows next_rows) {
    if (heap_ == nullptr) return;
    if (covered_ > 0) {
      --covered_;
      return;
    }
    HeapTid tids[kMost] = {tid};
    covered_ = next_rows(std::span<HeapTid>(tids + 1, batch_ - 1));
    if (covered_ == 0) return;
    Prefetch(std::span<const HeapTid>(tids, covered_ + 1));
    batch_ = std::min(2 * batch_, kMost);
  }

 private:
  static constexpr std::size_t kMost = 32;
  static constexpr std::size_t kFirst = 9;  // with the row before: the usual LIMIT

  void Prefetch(std::span<const HeapTid> tids);
  Buffer Find(BlockNumber block);

  Relation heap_ = nullptr;  // nullptr where its rows do not lie in pages
  std::size_t covered_ = 0;  // rows to hand out before the next batch
  std::size_t batch_ = kFirst;
};

// Pins the page of the row that a scan hands out, desc->xs_heaptid, as the one that the executor
// has at hand, where it was seen before and is used often: the executor then need not look for it
// in the table of shared buffers, which are further stalls. Runs inside of Call.
void PinPageOfRow(IndexScanDesc desc);

}  // namespace vec::pg
