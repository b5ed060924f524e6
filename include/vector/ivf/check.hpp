// Checking the structure of an index: used by tests after everything that writes.
//
// Holds for every valid index, also beside writers: each list's chain begins at
// its first_block, visits pages of that list only, ends, and meets insert_block;
// no page is in two chains; every row is finite. Throws Error(kCorrupted) at the
// first violation.
#pragma once

#include <cmath>
#include <memory_resource>
#include <vector>

#include "vector/ivf/layout.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

struct CheckCounts {
  std::uint64_t rows = 0;
  std::uint64_t list_pages = 0;
};

template <PageStore Store>
class Checker {
 public:
  Checker(Store& store, std::pmr::memory_resource* memory)
      : store_(store), heads_(memory), seen_(memory) {}

  CheckCounts Run() {
    meta_ = ReadMeta(store_.Read(kMetaBlock).page());
    ReadDirectory();
    seen_.resize(store_.BlockCount(), 0);
    for (std::uint32_t list = 0; list < meta_.lists; ++list) CheckList(list);
    return counts_;
  }

 private:
  void ReadDirectory() {
    const BlockId end = meta_.directory_block + DirectoryBlocks(meta_);
    if (end > store_.BlockCount()) ThrowCorrupted("Directory behind the end", end);
    for (BlockId block = meta_.directory_block; block < end; ++block) {
      const auto guard = store_.Read(block);
      const auto heads = ViewDirectoryPage(meta_, guard.page(), block).heads();
      heads_.insert(heads_.end(), heads.begin(), heads.end());
    }
  }

  void CheckList(std::uint32_t list) {
    const ListHead& head = heads_[list];
    bool met_insert_block = head.insert_block == head.first_block;
    for (BlockId block = head.first_block; block != kNoBlock;) {
      store_.CheckInterrupts();
      if (block >= store_.BlockCount()) ThrowCorrupted("Chain leaves the file", block);
      if (block < seen_.size() && seen_[block]++ != 0) ThrowCorrupted("Page linked twice", block);
      met_insert_block |= block == head.insert_block;
      const auto guard = store_.Read(block);
      CheckRows(ViewListPage(meta_, guard.page(), block, list), block);
      block = TrailerOf(guard.page()).next;
    }
    if (!met_insert_block) ThrowCorrupted("Insert block outside of its list", head.insert_block);
  }

  void CheckRows(const ListPage& page, BlockId block) {
    ++counts_.list_pages;
    counts_.rows += page.count();
    for (std::size_t i = 0; i < page.count(); ++i) {
      if (page.heads()[i].offset == 0) ThrowCorrupted("Invalid heap TID", block);
      const auto* values = reinterpret_cast<const float*>(page.row(i));
      for (std::size_t d = 0; d < meta_.dims; ++d) {
        if (!std::isfinite(values[d])) ThrowCorrupted("Row is not finite", block);
      }
    }
  }

  Store& store_;
  Meta meta_{};
  std::pmr::vector<ListHead> heads_;
  std::pmr::vector<unsigned char> seen_;
  CheckCounts counts_;
};

}  // namespace vec::ivf
