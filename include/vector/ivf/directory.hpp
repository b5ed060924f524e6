// Reading the directory: the centroids of all lists, slice by slice.
#pragma once

#include <algorithm>
#include <cstring>

#include "vector/ivf/layout.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

namespace internal {

inline constexpr BlockId kDirectoryBatch = 4;

template <PageStore Store>
void PrefetchDirectory(Store& store, BlockId first, BlockId end) {
  PagePart parts[kDirectoryBatch];
  std::size_t n = 0;
  for (BlockId block = first; block < end && n < kDirectoryBatch; ++block) parts[n++] = {block};
  store.Prefetch(std::span<const PagePart>(parts, n));
}

}  // namespace internal

// visit(slice, first, page) for every page: row i of it is the slice of list first + i.
template <PageStore Store, typename Visit>
void ScanDirectory(Store& store, const Meta& meta, Visit visit) {
  const BlockId end = DirectoryEnd(meta);
  for (BlockId block = meta.directory_block; block < end; ++block) {
    const BlockId offset = block - meta.directory_block;
    if (offset % internal::kDirectoryBatch == 0) internal::PrefetchDirectory(store, block, end);
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
