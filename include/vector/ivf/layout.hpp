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
// Where Meta.second_bits says so, the rows of row pages behind codes are longer: a second,
// finer code of the vector stands beside it. It takes only what the page would have left
// empty, so that it costs no page (HasRoomForSecond):
//
//   0                vector           RowBytes(), at a 64-byte boundary
//                    zeros
//   SecondOffset()   GridFactors      quantize/grid_code.hpp; 16 bytes
//                    grid code        half a byte a rotated dimension
//   StoredBytes()    end of the row, at a 64-byte boundary
//
// A list is a chain of pages linked by `next`: of row pages where vectors are not
// quantised (Codec::kNone), else of code pages, whose lanes refer to rows of row
// pages that are in no chain. Where vectors stay in the heap (Vectors::kHeap) there
// are no such row pages, and the row pages of a chain hold heap TIDs alone. A build
// writes the chain of a list into consecutive blocks (`extent_blocks` of them), list
// after list, then the directory, then the meta page. The chain is the truth; the
// extent only tells what to prefetch. Row pages in no chain that were full before lists
// were written lie in front of them, in any order.
//
// Pages out of use are free pages (free_page.hpp), in no chain.
//
// Every page ends in a Trailer whose last two bytes name the index method.
// Rows end on a 64-byte boundary, so vectors whose size is a multiple of 64
// bytes never straddle cache lines.
//
// Version 2 had no second codes: its bytes are those of version 3 with second_bits 0.
// Version 1 had float32 rows in the index only: its bytes are those of version 2
// with one slice, except that Meta.slices was 0, as is what Meta has since. Version 2
// had no free pages; vacuum turns an index into one of version 3 before it makes the
// first.
#pragma once

#include <span>
#include <type_traits>

#include "vector/quantize/grid_code.hpp"
#include "vector/quantize/rotation.hpp"
#include "vector/storage/kinds.hpp"
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

using vec::CanQuantize;
using vec::ElementType;
using vec::IsBits;
using vec::kMetrics;
using vec::MaxDims;
using vec::Metric;
using vec::RowBytes;
using vec::RowView;

enum class Codec : std::uint8_t { kNone = 0, kRabitq = 1 };

// Where a search finds the exact vectors.
enum class Vectors : std::uint8_t { kIndex = 0, kHeap = 1 };

enum class PageKind : std::uint16_t { kMeta = 1, kDirectory = 2, kRows = 3, kCodes = 4, kFree = 5 };

// Places of Meta.margins: up to kMaxLists probes.
inline constexpr std::size_t kMargins = 16;

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
  std::uint8_t slices;       // of a centroid
  std::uint8_t second_bits;  // a dimension of second codes: 0 or kSecondBits
  std::uint64_t seed;        // of the rotation in front of the codes
  std::uint64_t features;    // bits of optional parts; a reader refuses unknown ones
  BlockId centroid_codes;    // 0 where centroids have no codes
  std::uint32_t center;      // the list whose centroid is nearest to the mean of all
  float margins[kMargins];   // of 2, 4, 8, ... probes (margins.hpp); 0 where none was measured
};
static_assert(sizeof(Meta) == 120 && std::is_trivially_copyable_v<Meta>);

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

inline std::size_t RowBytes(const Meta& meta) { return RowBytes(meta.type, meta.dims); }

// Whether lists hold nothing but exact vectors.
inline bool HasPlainLists(const Meta& meta) {
  return meta.codec == Codec::kNone && meta.vectors == Vectors::kIndex;
}

inline constexpr std::uint8_t kSecondBits = 4;

// A second code and its factors.
inline constexpr std::size_t SecondBytes(std::size_t dims) {
  return sizeof(quantize::GridFactors) + quantize::GridCodeBytes(quantize::RotatedDims(dims));
}
static_assert(sizeof(quantize::GridFactors) == 16);

// A vector with its second code.
inline constexpr std::size_t LongRowBytes(ElementType type, std::size_t dims) {
  return (RowBytes(type, dims) + SecondBytes(dims) + 63) / 64 * 64;
}

inline bool HasSecondStage(const Meta& meta) { return meta.second_bits != 0; }

// What a row page stores of a row: nothing where vectors stay in the heap.
inline std::size_t StoredBytes(const Meta& meta) {
  if (meta.vectors == Vectors::kHeap) return 0;
  return HasSecondStage(meta) ? LongRowBytes(meta.type, meta.dims) : RowBytes(meta);
}

// Where the second code of a row begins. REQUIRES: HasSecondStage(meta).
inline std::size_t SecondOffset(const Meta& meta) {
  return StoredBytes(meta) - SecondBytes(meta.dims);
}

inline constexpr bool FitsPage(std::size_t row_bytes) {
  return RowsPerPage<HeapTid>(row_bytes, sizeof(Trailer)) >= 1;
}
// Whether second codes leave as many rows on a page as there are without.
inline constexpr bool HasRoomForSecond(ElementType type, std::size_t dims) {
  const auto rows = [](std::size_t bytes) { return RowsPerPage<HeapTid>(bytes, sizeof(Trailer)); };
  return rows(LongRowBytes(type, dims)) == rows(RowBytes(type, dims));
}

// The second_bits of a new index.
inline constexpr std::uint8_t SecondBitsOf(ElementType type, std::size_t dims, Codec codec,
                                           Vectors vectors) {
  const bool has_both = codec == Codec::kRabitq && vectors == Vectors::kIndex;
  return has_both && HasRoomForSecond(type, dims) ? kSecondBits : 0;
}

static_assert(FitsPage(RowBytes(ElementType::kBit, MaxDims(ElementType::kBit))));
static_assert(RowsPerPage<ListHead>(RowBytes(ElementType::kBit, MaxDims(ElementType::kBit)),
                                    sizeof(Trailer)) >= 1);

// Dimensions from which on codes are worth it, where nothing else is asked for.
inline constexpr std::uint32_t kMinCodeDims = 64;

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

inline const Trailer& TrailerOf(const std::byte* page) {
  return *reinterpret_cast<const Trailer*>(page + kPageBytes - sizeof(Trailer));
}
inline Trailer& TrailerOf(std::byte* page) {
  return *reinterpret_cast<Trailer*>(page + kPageBytes - sizeof(Trailer));
}

void FormatIvfPage(std::byte* page, PageKind kind, std::uint32_t list = 0);

// Whether the page was made by FormatIvfPage, and as `kind`.
inline bool IsIvfPage(const std::byte* page) {
  return HeaderOf(page).special == kPageBytes - sizeof(Trailer) &&
         TrailerOf(page).page_id == kPageId;
}
inline bool IsPageOf(const std::byte* page, PageKind kind) {
  return IsIvfPage(page) && TrailerOf(page).kind == kind;
}

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
