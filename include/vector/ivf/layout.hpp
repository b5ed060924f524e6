// The bytes of an ivfflat index, format version 1.
//
//   block 0            meta page: Meta at offset 24
//   row pages          RowPage<HeapTid>: heap TIDs and vectors of one list
//   code pages         blocks of 32 codes of one list (code_page.hpp)
//   directory pages    RowPage<ListHead>: heads and centroids of all lists, in
//                      list order, Meta.directory_per_page to a page, in
//                      consecutive blocks from Meta.directory_block
//
// A list is a chain of pages linked by `next`: of row pages where vectors are not
// quantised (Codec::kNone), else of code pages, whose lanes refer to rows of row
// pages that are in no chain. A build writes the chain of a list into consecutive
// blocks (`extent_blocks` of them), list after list, then the directory, then the
// meta page. The chain is the truth; the extent only tells what to prefetch.
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

enum class Codec : std::uint8_t { kNone = 0, kRabitq = 1 };

enum class PageKind : std::uint16_t { kMeta = 1, kDirectory = 2, kRows = 3, kCodes = 4 };

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
  Codec codec;
  std::uint8_t reserved[3];
  std::uint64_t seed;      // of the rotation in front of the codes
  std::uint64_t features;  // bits of optional parts; a reader refuses unknown ones
};
static_assert(sizeof(Meta) == 48 && std::is_trivially_copyable_v<Meta>);

// One list, in front of its centroid.
struct ListHead {
  BlockId first_block;          // kNoBlock while the list is empty
  BlockId insert_block;         // where an insert looks for room first
  std::uint32_t extent_blocks;  // consecutive blocks from first_block, as built
  float augment;                // inner product: mean augmented coordinate
  float spread;                 // inner product: root mean square distance to the centroid
  float norm_squared;           // of the centroid
  BlockId rows_block;           // codes: row page where an insert looks for room, or kNoBlock
  std::uint32_t reserved;
};
static_assert(sizeof(ListHead) == 32 && std::is_trivially_copyable_v<ListHead>);

struct Trailer {
  BlockId next;        // the next page of the chain or kNoBlock
  std::uint32_t list;  // row and code pages: whose
  PageKind kind;
  std::uint8_t reserved[52];
  std::uint16_t page_id;
};
static_assert(sizeof(Trailer) == 64 && std::is_trivially_copyable_v<Trailer>);

using ListRows = RowPage<HeapTid>;
using MutableListRows = MutableRowPage<HeapTid>;
using DirectoryPage = RowPage<ListHead>;
using MutableDirectoryPage = MutableRowPage<ListHead>;

// pgvector's limit; a row and its head fit one page.
inline constexpr std::uint32_t kMaxDims = 2000;
static_assert(RowsPerPage<ListHead>(kMaxDims * sizeof(float), sizeof(Trailer)) >= 1);

// Dimensions that are worth a code, and whose block of 32 codes fits a page.
inline constexpr std::uint32_t kMinCodeDims = 64;
inline constexpr std::uint32_t kMaxCodeDims = 1792;

// Sums of absolute differences have no code.
inline bool CanQuantize(Metric metric, std::uint32_t dims) {
  return metric != Metric::kL1 && dims >= kMinCodeDims && dims <= kMaxCodeDims;
}

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
ListRows ViewRows(const Meta& meta, const std::byte* page, BlockId block, std::uint32_t list);
DirectoryPage ViewDirectoryPage(const Meta& meta, const std::byte* page, BlockId block);

[[noreturn]] void ThrowCorrupted(const char* what, BlockId block);

}  // namespace vec::ivf
