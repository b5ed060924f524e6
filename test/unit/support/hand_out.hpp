// What a search of either index method hands out.
#pragma once

#include <vector>

#include "vector/storage/page_store.hpp"

namespace vec::test {

// All rows, or the first `limit`.
template <typename Search>
std::vector<HeapTid> HandOut(Search& search, std::size_t limit) {
  std::vector<HeapTid> found;
  while (found.size() < limit) {
    const auto tid = search.Next();
    if (!tid) break;
    found.push_back(*tid);
  }
  return found;
}

}  // namespace vec::test
