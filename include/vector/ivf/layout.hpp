// The bytes of an ivfflat index, format version 3.
//
//   block 0            meta page: Meta at offset 24
//   row pages          RowPage<HeapTid>: heap TIDs and rows of one list
//   code pages         codes of one list (code_page.hpp)
//   directory pages    RowPage<ListHead>: heads and centroids of all lists, in
//                      list order, Meta.directory_per_page to a page, in
//                      consecutive blocks from Meta.directory_block
//   code pages         of the centroids of many lists, in list order, in consecutive
//                      blocks from Meta.centroid_codes: against the centroid of the
//                      list Meta.center, with its spread in the place of a row's block
//
// A row is what a row page stores of a value: dims float32 or binary16, or the bits
// as SQL orders them, filled up with zeros to a multiple of 8 bytes. A centroid is
// float32, for bits a row of bits. A centroid that does not fit a page is cut into
// Meta.slices: the directory then holds the first slice of all lists, the second
// of all lists, and so on, DirectoryBlocks() each; the heads with the first slice
// count, those with the others repeat nothing but zeros.
//
// A list is a chain of pages linked by `next`: of row pages where vectors are not
// quantised (Codec::kNone), else of code pages, whose lanes refer to rows of row
// pages that are in no chain. Where vectors stay in the heap (Vectors::kHeap) there
// are no such row pages, and the row pages of a chain hold heap TIDs alone. A build
// writes the chain of a list into consecutive blocks (`extent_blocks` of them), list
// after list, then the directory, then the meta page. The chain is the truth; the
// extent only tells what to prefetch.
//
// Pages out of use are free pages (free_page.hpp), in no chain.
//
// Every page ends in a Trailer whose last two bytes name the index method.
// Rows end on a 64-byte boundary, so vectors whose size is a multiple of 64
// bytes never straddle cache lines.
//
// Version 1 had float32 rows in the index only: its bytes are those of version 2
// with one slice, except that Meta.slices was 0, as is what Meta has since. Version 2
// had no free pages; vacuum turns an index into one of version 3 before it makes the
// first.
#pragma once

#include <span>
#include <type_traits>

#include "vector/storage/row_page.hpp"

namespace vec::ivf {

inline constexpr BlockId kMetaBlock = 0;
inline constexpr std::uint32_t kMagic = 0x56495646;  // "VIVF"
inline constexpr std::uint16_t kVersion = 3;
inline constexpr std::uint16_t kPageId = 0xFF71;

inline constexpr std::uint32_t kMaxLists = 32768;

// In the trailer of code pages of centroids, in the place of a list.
inline constexpr std::uint32_t kCentroids = 0xFFFFFFFF;

// The pages of a directory from which on its centroids have codes: fewer are read as fast.
inline constexpr std::uint32_t kMinCodedPages = 32;

enum class ElementType : std::uint8_t { kFloat32 = 0, kFloat16 = 1, kBit = 2 };
enum class Metric : std::uint8_t {
  kL2 = 0,
  kInnerProduct = 1,
  kCosine = 2,
  kL1 = 3,
  kHamming = 4,  // bits only, as is
  kJaccard = 5,
};
inline constexpr std::uint8_t kMetrics = 6;

enum class Codec : std::uint8_t { kNone = 0, kRabitq = 1 };

// Where a search finds the exact vectors.
enum class Vectors : std::uint8_t { kIndex = 0, kHeap = 1 };

enum class PageKind : std::uint16_t { kMeta = 1, kDirectory = 2, kRows = 3, kCodes = 4, kFree = 5 };

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
  Vectors vectors;
  std::uint8_t slices;  // of a centroid
  std::uint8_t reserved;
  std::uint64_t seed;      // of the rotation in front of the codes
  std::uint64_t features;  // bits of optional parts; a reader refuses unknown ones
  BlockId centroid_codes;  // 0 where centroids have no codes
  std::uint32_t center;    // the list whose centroid is nearest to the mean of all
};
static_assert(sizeof(Meta) == 56 && std::is_trivially_copyable_v<Meta>);

// One list, in front of its centroid.
struct ListHead {
  BlockId first_block;          // kNoBlock while the list is empty
  BlockId insert_block;         // where an insert looks for room first
  std::uint32_t extent_blocks;  // consecutive blocks from first_block, as built
  float augment;                // inner product: mean augmented coordinate
  float spread;                 // inner product: root mean square distance to the centroid
  float norm_squared;           // of the centroid
  BlockId rows_block;           // codes: row page with room as built, or kNoBlock
  std::uint32_t reserved;
};
static_assert(sizeof(ListHead) == 32 && std::is_trivially_copyable_v<ListHead>);

struct Trailer {
  BlockId next;        // the next page of the chain or kNoBlock
  std::uint32_t list;  // row and code pages: whose
  PageKind kind;
  std::uint16_t reserved;
  BlockId rows_block;  // code pages: row page where an insert looks for room first; 0: none
  std::uint8_t unused[46];
  std::uint16_t page_id;
};
static_assert(sizeof(Trailer) == 64 && std::is_trivially_copyable_v<Trailer>);

using ListRows = RowPage<HeapTid>;
using MutableListRows = MutableRowPage<HeapTid>;
using DirectoryPage = RowPage<ListHead>;
using MutableDirectoryPage = MutableRowPage<ListHead>;

inline constexpr bool IsBits(ElementType type) { return type == ElementType::kBit; }

// The limits of the types.
inline constexpr std::uint32_t MaxDims(ElementType type) { return IsBits(type) ? 64000 : 16000; }

inline constexpr std::size_t RowBytes(ElementType type, std::size_t dims) {
  if (IsBits(type)) return (dims + 63) / 64 * 8;
  return dims * (type == ElementType::kFloat16 ? 2 : 4);
}
inline std::size_t RowBytes(const Meta& meta) { return RowBytes(meta.type, meta.dims); }

// Whether lists hold nothing but exact vectors.
inline bool HasPlainLists(const Meta& meta) {
  return meta.codec == Codec::kNone && meta.vectors == Vectors::kIndex;
}

// What a row page stores of a row: nothing where vectors stay in the heap.
inline std::size_t StoredBytes(const Meta& meta) {
  return meta.vectors == Vectors::kHeap ? 0 : RowBytes(meta);
}

inline constexpr bool FitsPage(std::size_t row_bytes) {
  return RowsPerPage<HeapTid>(row_bytes, sizeof(Trailer)) >= 1;
}
static_assert(FitsPage(RowBytes(ElementType::kBit, MaxDims(ElementType::kBit))));
static_assert(RowsPerPage<ListHead>(RowBytes(ElementType::kBit, MaxDims(ElementType::kBit)),
                                    sizeof(Trailer)) >= 1);

// Dimensions from which on codes are worth it, where nothing else is asked for.
inline constexpr std::uint32_t kMinCodeDims = 64;

// Codes estimate sums of products: there is none for sums of absolute differences.
// Bits are as small as codes.
inline bool CanQuantize(ElementType type, Metric metric) {
  return !IsBits(type) && metric != Metric::kL1;
}

inline constexpr std::uint8_t kMaxSlices = 16;

// How a centroid is cut: into as few pages a centroid as few slices allow.
std::uint8_t SlicesOf(ElementType type, std::uint32_t dims);

// The dimensions of a slice; where there are several, the last is filled up with zeros.
inline std::uint32_t SliceDims(std::uint32_t dims, std::uint32_t slices) {
  return slices == 1 ? dims : ((dims + slices - 1) / slices + 15) / 16 * 16;
}
inline std::uint32_t SliceDims(const Meta& meta) { return SliceDims(meta.dims, meta.slices); }

// A directory row: a slice of a centroid.
inline std::size_t SliceBytes(const Meta& meta) {
  return IsBits(meta.type) ? RowBytes(meta) : SliceDims(meta) * sizeof(float);
}

// A centroid on its way to the directory, in floats; bits count as raw words.
inline std::size_t CentroidFloats(ElementType type, std::size_t dims) {
  return IsBits(type) ? RowBytes(type, dims) / sizeof(float) : dims;
}

// The floats of the vectors that k-means works on: the inner product appends the
// augmented coordinate; bits are raw words.
inline std::size_t TrainingFloats(ElementType type, Metric metric, std::size_t dims) {
  return CentroidFloats(type, dims) + (metric == Metric::kInnerProduct ? 1 : 0);
}

// One value as the index sees it: a row to be stored, or the query of a search.
struct RowView {
  std::span<const float> values;      // dims floats, unit length for cosine; none for bits
  std::span<const std::byte> stored;  // RowBytes() as in a row page

  bool empty() const { return values.empty() && stored.empty(); }
};

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

// The pages of one slice of all lists.
inline std::uint32_t DirectoryBlocks(const Meta& meta) {
  return (meta.lists + meta.directory_per_page - 1) / meta.directory_per_page;
}
inline BlockId DirectoryEnd(const Meta& meta) {
  return meta.directory_block + meta.slices * DirectoryBlocks(meta);
}

// The directory page that holds a slice of a list, and its place there.
inline BlockId DirectoryBlock(const Meta& meta, std::uint32_t list, std::uint32_t slice = 0) {
  return meta.directory_block + slice * DirectoryBlocks(meta) + list / meta.directory_per_page;
}
inline std::size_t DirectorySlot(const Meta& meta, std::uint32_t list) {
  return list % meta.directory_per_page;
}

// Views that also check the trailer. Throw Error(kCorrupted).
ListRows ViewRows(const Meta& meta, const std::byte* page, BlockId block, std::uint32_t list);
DirectoryPage ViewDirectoryPage(const Meta& meta, const std::byte* page, BlockId block);

[[noreturn]] void ThrowCorrupted(const char* what, BlockId block);

}  // namespace vec::ivf
