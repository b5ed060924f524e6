// What ForEachLiveTid() of either index method comes to.
#pragma once

#include <algorithm>
#include <vector>

#include "vector/storage/page_store.hpp"

namespace vec::test {

// In order. The method is that of the index's meta data.
template <typename Index>
std::vector<HeapTid> LiveTids(Index& index) {
  std::vector<HeapTid> tids;
  ForEachLiveTid(index.store, index.meta,
                 [&](BlockId, std::size_t, HeapTid tid) { tids.push_back(tid); });
  std::ranges::sort(tids);
  return tids;
}

}  // namespace vec::test
