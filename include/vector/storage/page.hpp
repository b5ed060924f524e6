// The 8 KiB page that every index method builds on.
//
//   0   PageHeader (24 bytes, PostgreSQL's own layout)
//   24  used from below, up to `lower`
//       hole: zeros; PostgreSQL leaves it out of WAL and of full-page images
//       used from above, from `upper` up to `special`
//   special  trailer of the index method; its last two bytes are the page id
//
// The core reads and writes these bytes itself, so that it needs no PostgreSQL
// header; src/pg/buffer_store.cpp asserts that both sides agree.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace vec {

using BlockId = std::uint32_t;

inline constexpr BlockId kNoBlock = 0xFFFFFFFF;
inline constexpr std::size_t kPageBytes = 8192;

struct PageHeader {
  std::uint64_t lsn;
  std::uint16_t checksum;
  std::uint16_t flags;
  std::uint16_t lower;
  std::uint16_t upper;
  std::uint16_t special;
  std::uint16_t size_and_version;
  std::uint32_t prune_xid;
};
static_assert(sizeof(PageHeader) == 24);

inline constexpr std::uint16_t kSizeAndVersion = kPageBytes | 4;

// Where a row lives in the heap: PostgreSQL's ItemPointerData.
struct HeapTid {
  std::uint16_t block_high;
  std::uint16_t block_low;
  std::uint16_t offset;

  friend constexpr auto operator<=>(const HeapTid&, const HeapTid&) = default;
};
static_assert(sizeof(HeapTid) == 6 && alignof(HeapTid) == 2);

inline const PageHeader& HeaderOf(const std::byte* page) {
  return *reinterpret_cast<const PageHeader*>(page);
}
inline PageHeader& HeaderOf(std::byte* page) { return *reinterpret_cast<PageHeader*>(page); }

// A page that was extended but never formatted (a crash in between) is all zeros.
inline bool IsUnformatted(const std::byte* page) { return HeaderOf(page).upper == 0; }

// Makes an empty page with `special_bytes` (a multiple of 8) for the trailer.
inline void FormatPage(std::byte* page, std::size_t special_bytes) {
  std::memset(page, 0, kPageBytes);
  PageHeader& header = HeaderOf(page);
  header.lower = sizeof(PageHeader);
  header.upper = header.special = static_cast<std::uint16_t>(kPageBytes - special_bytes);
  header.size_and_version = kSizeAndVersion;
}

// REQUIRES: lower <= upper <= kPageBytes in the header.
inline void ClearHole(std::byte* page) {
  const PageHeader& header = HeaderOf(page);
  std::memset(page + header.lower, 0, static_cast<std::size_t>(header.upper - header.lower));
}

}  // namespace vec
