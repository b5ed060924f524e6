// Pages that a scan of lists will visit, told to the store ahead of the visits.
//
// Only the extents are known without reading; that is all pages of a fresh index.
#pragma once

#include "vector/ivf/ranked_list.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

template <PageStore Store>
class ReadAhead {
 public:
  // `blocks` is the length of the file: a damaged extent may lie behind it.
  ReadAhead(Store& store, std::span<const RankedList> lists, BlockId blocks)
      : store_(store), lists_(lists), blocks_(blocks) {}

  // To be called before each visit of a page of an extent. Keeps kDistance pages
  // in flight.
  void Advance() {
    PagePart parts[kDistance];
    std::size_t n = 0;
    const std::size_t wanted = is_started_ ? 1 : kDistance;
    is_started_ = true;
    while (n < wanted && list_ < lists_.size()) {
      const RankedList& list = lists_[list_];
      if (list.first_block >= blocks_ || offset_ >= list.extent_blocks || offset_ >= blocks_) {
        ++list_;
        offset_ = 0;
        continue;
      }
      const BlockId block = list.first_block + offset_++;
      if (block < blocks_) parts[n++] = {block};
    }
    if (n > 0) store_.Prefetch(std::span<const PagePart>(parts, n));
  }

 private:
  static constexpr std::size_t kDistance = 2;

  Store& store_;
  std::span<const RankedList> lists_;
  BlockId blocks_;
  bool is_started_ = false;
  std::size_t list_ = 0;
  std::uint32_t offset_ = 0;
};

}  // namespace vec::ivf
