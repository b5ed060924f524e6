// The blocks of the file; its length is asked only where a block lies behind what is known: links
// that are read from pages are checked before they are followed.
#pragma once

#include "vector/storage/page_store.hpp"

namespace vec {

template <PageStore Store>
class FileExtent {
 public:
  explicit FileExtent(Store& store) : store_(store), blocks_(store.BlockCount()) {}

  bool Contains(BlockId block) {
    if (block >= blocks_) blocks_ = store_.BlockCount();
    return block < blocks_;
  }

  // As known last.
  BlockId blocks() const { return blocks_; }

 private:
  Store& store_;
  BlockId blocks_;
};

}  // namespace vec
