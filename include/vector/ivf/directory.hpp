// Reading the directory: the centroids of all lists, slice by slice.
#pragma once

#include <algorithm>
#include <cstring>

#include "vector/ivf/layout.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

// Where the slice of a list's centroid lies.
inline PagePart DirectoryPart(const Meta& meta, std::uint32_t list, std::uint32_t slice) {
  const std::size_t bytes = SliceBytes(meta);
  const std::size_t row = RowOffset(DirectorySlot(meta, list), bytes, sizeof(Trailer));
  return {DirectoryBlock(meta, list, slice), static_cast<std::uint16_t>(row),
          static_cast<std::uint16_t>(row + bytes)};
}

// Tells the store of n parts of pages ahead, as many at a time as it brings in together;
// neighbours in one page are one. part_at(i) gives them.
template <PageStore Store, typename PartAt>
void PrefetchParts(Store& store, std::size_t n, PartAt part_at) {
  constexpr std::size_t kBatch = 16;
  PagePart parts[kBatch];
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const PagePart part = part_at(i);
    if (count > 0 && parts[count - 1].block == part.block) {
      PagePart& last = parts[count - 1];
      last.from = std::min(last.from, part.from);
      last.to = std::max(last.to, part.to);
      continue;
    }
    if (count == kBatch) {
      store.Prefetch(std::span<const PagePart>(parts, count));
      count = 0;
    }
    parts[count++] = part;
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
      PrefetchParts(store, std::min(kDirectoryBatch, end - block),
                    [block](std::size_t i) { return PagePart{block + static_cast<BlockId>(i)}; });
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
