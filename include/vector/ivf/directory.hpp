// Reading the directory: the centroids of all lists, slice by slice.
#pragma once

#include <algorithm>
#include <cstring>

#include "vector/ivf/layout.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

// Tells the store of n blocks ahead, as many at a time as it brings in together; of
// equal neighbours one. block_at(i) gives the numbers.
template <PageStore Store, typename BlockAt>
void PrefetchBlocks(Store& store, std::size_t n, BlockAt block_at) {
  constexpr std::size_t kBatch = 16;
  PagePart parts[kBatch];
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const BlockId block = block_at(i);
    if (count > 0 && parts[count - 1].block == block) continue;
    if (count == kBatch) {
      store.Prefetch(std::span<const PagePart>(parts, count));
      count = 0;
    }
    parts[count++] = {block};
  }
  if (count > 0) store.Prefetch(std::span<const PagePart>(parts, count));
}

// visit(slice, first, page) for every page: row i of it is the slice of list first + i.
template <PageStore Store, typename Visit>
void ScanDirectory(Store& store, const Meta& meta, Visit visit) {
  constexpr BlockId kDirectoryBatch = 4;
  const BlockId end = DirectoryEnd(meta);
  for (BlockId block = meta.directory_block; block < end; ++block) {
    const BlockId offset = block - meta.directory_block;
    if (offset % kDirectoryBatch == 0) {
      PrefetchBlocks(store, std::min(kDirectoryBatch, end - block),
                     [block](std::size_t i) { return block + static_cast<BlockId>(i); });
    }
    store.CheckInterrupts();
    const auto guard = store.Read(block);
    visit(offset / DirectoryBlocks(meta), offset % DirectoryBlocks(meta) * meta.directory_per_page,
          ViewDirectoryPage(meta, guard.page(), block));
  }
}

// Puts the dims floats of a list's centroid into `out`. REQUIRES: no bits.
template <PageStore Store>
void ReadCentroid(Store& store, const Meta& meta, std::uint32_t list, std::span<float> out) {
  for (std::uint32_t slice = 0; slice < meta.slices; ++slice) {
    const std::size_t at = std::min(out.size(), std::size_t{slice} * SliceDims(meta));
    const auto part = out.subspan(at, std::min<std::size_t>(SliceDims(meta), out.size() - at));
    const BlockId block = DirectoryBlock(meta, list, slice);
    const auto guard = store.Read(block);
    const DirectoryPage page = ViewDirectoryPage(meta, guard.page(), block);
    std::memcpy(part.data(), page.row(DirectorySlot(meta, list)), part.size_bytes());
  }
}

}  // namespace vec::ivf
