// The bytes of an ivfflat index, format version 1.
//
//   block 0            meta page: Meta at offset 24
//   list pages         RowPage<HeapTid>: heap TIDs and vectors of one list; the
//                      pages of a list are chained by `next`
//   directory pages    RowPage<ListHead>: heads and centroids of all lists, in
//                      list order, kMeta.directory_per_page to a page, in
//                      consecutive blocks from Meta.directory_block
//
// A build writes the pages of a list into consecutive blocks (`extent_blocks`
// of them), list after list, then the directory, then the meta page. The chain
// is the truth; the extent only tells a reader what to prefetch.
//
// Every page ends in a Trailer whose last two bytes name the index method.
// Rows end on a 64-byte boundary, so vectors whose size is a multiple of 64
// bytes never straddle cache lines.
#pragma once

#include <type_traits>

#include "vector/storage/row_page.hpp"

namespace vec::ivf {

inline constexpr BlockId kMetaBlock = 0;
inline constexpr std::uint32_t kMagic = 0x56495646;  // "VIVF"
inline constexpr std::uint16_t kVersion = 1;
inline constexpr std::uint16_t kPageId = 0xFF71;

inline constexpr std::uint32_t kMaxLists = 32768;

enum class ElementType : std::uint8_t { kFloat32 = 0 };
enum class Metric : std::uint8_t { kL2 = 0, kInnerProduct = 1, kCosine = 2, kL1 = 3 };
inline constexpr std::uint8_t kMetrics = 4;

enum class PageKind : std::uint16_t { kMeta = 1, kDirectory = 2, kList = 3 };

// The contents of block 0, at offset 24.
struct Meta {
  std::uint32_t magic;
  std::uint16_t version;
  ElementType type;
  Metric metric;
  std::uint32_t dims;
  std::uint32_t lists;
  BlockId directory_block;
  std::uint32_t directory_per_page;
  float max_norm_squared;  // inner product: M^2 of the augmented coordinate
  std::uint32_t reserved;
  std::uint64_t features;  // bits of optional parts; a reader refuses unknown ones
};
static_assert(sizeof(Meta) == 40 && std::is_trivially_copyable_v<Meta>);

// One list, in front of its centroid.
struct ListHead {
  BlockId first_block;          // kNoBlock while the list is empty
  BlockId insert_block;         // where an insert looks for room first
  std::uint32_t extent_blocks;  // consecutive blocks from first_block, as built
  float augment;                // inner product: mean augmented coordinate
  float spread;                 // inner product: root mean square distance to the centroid
  std::uint32_t reserved[3];
};
static_assert(sizeof(ListHead) == 32 && std::is_trivially_copyable_v<ListHead>);

struct Trailer {
  BlockId next;        // list pages: the next of the chain or kNoBlock
  std::uint32_t list;  // list pages: whose
  PageKind kind;
  std::uint8_t reserved[52];
  std::uint16_t page_id;
};
static_assert(sizeof(Trailer) == 64 && std::is_trivially_copyable_v<Trailer>);

using ListPage = RowPage<HeapTid>;
using MutableListPage = MutableRowPage<HeapTid>;
using DirectoryPage = RowPage<ListHead>;
using MutableDirectoryPage = MutableRowPage<ListHead>;

// The most dimensions whose row and head fit one page is above this limit,
// which is the incumbent's.
inline constexpr std::uint32_t kMaxDims = 2000;
static_assert(RowsPerPage<ListHead>(kMaxDims * sizeof(float), sizeof(Trailer)) >= 1);

inline std::size_t RowBytes(const Meta& meta) { return meta.dims * sizeof(float); }

inline const Trailer& TrailerOf(const std::byte* page) {
  return *reinterpret_cast<const Trailer*>(page + kPageBytes - sizeof(Trailer));
}
inline Trailer& TrailerOf(std::byte* page) {
  return *reinterpret_cast<Trailer*>(page + kPageBytes - sizeof(Trailer));
}

void FormatIvfPage(std::byte* page, PageKind kind, std::uint32_t list = 0);

// Throws Error(kCorrupted) unless the page was made by FormatIvfPage as `kind`.
void CheckPage(const std::byte* page, PageKind kind, BlockId block);

// Reads and checks the contents of block 0.
Meta ReadMeta(const std::byte* page);
void WriteMeta(std::byte* page, const Meta& meta);

// The directory page that holds a list, and its place there.
inline BlockId DirectoryBlock(const Meta& meta, std::uint32_t list) {
  return meta.directory_block + list / meta.directory_per_page;
}
inline std::size_t DirectorySlot(const Meta& meta, std::uint32_t list) {
  return list % meta.directory_per_page;
}
inline std::uint32_t DirectoryBlocks(const Meta& meta) {
  return (meta.lists + meta.directory_per_page - 1) / meta.directory_per_page;
}

// Views that also check the trailer. Throw Error(kCorrupted).
ListPage ViewListPage(const Meta& meta, const std::byte* page, BlockId block, std::uint32_t list);
DirectoryPage ViewDirectoryPage(const Meta& meta, const std::byte* page, BlockId block);

[[noreturn]] void ThrowCorrupted(const char* what, BlockId block);

}  // namespace vec::ivf
