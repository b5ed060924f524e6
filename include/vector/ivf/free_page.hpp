// Pages out of use: vacuum takes them out of a list, inserts of any list take them.
//
//   24       u64 since   the next transaction when the page was taken out
//   special  Trailer (kind kFree; list, and next of a page of a chain, as they were)
//
// Who has read the way to a page before it was taken out may still come: it finds that
// the page holds nothing, and goes on to `next`, which is what came next then. Therefore
// a page may be used again only when all transactions and snapshots from before `since`
// have ended (PageStore::Reserve).
#pragma once

#include <cstring>
#include <optional>

#include "vector/ivf/layout.hpp"

namespace vec::ivf {

// The first version with free pages.
inline constexpr std::uint16_t kFreePagesVersion = 3;

inline bool IsFree(const std::byte* page) {
  return TrailerOf(page).page_id == kPageId && TrailerOf(page).kind == PageKind::kFree;
}

// The transaction from which on nobody can come to a free page; nothing where the page
// is in use.
inline std::optional<std::uint64_t> FreeSince(const std::byte* page) {
  if (IsUnformatted(page) || !IsFree(page)) return std::nullopt;
  std::uint64_t since = 0;
  std::memcpy(&since, page + sizeof(PageHeader), sizeof(since));
  return since;
}

// Turns a page of a list into a free one.
inline void FormatFreePage(std::byte* page, std::uint64_t since) {
  const BlockId next = TrailerOf(page).next;
  FormatIvfPage(page, PageKind::kFree, TrailerOf(page).list);
  TrailerOf(page).next = next;
  std::memcpy(page + sizeof(PageHeader), &since, sizeof(since));
  HeaderOf(page).lower = sizeof(PageHeader) + sizeof(since);
}

// For who follows a link: whether it leads to a page that was taken out of the list.
// Throws Error(kCorrupted) where it was one of another list.
inline bool IsFreeOf(const std::byte* page, BlockId block, std::uint32_t list) {
  if (!IsFree(page)) return false;
  CheckPage(page, PageKind::kFree, block);
  if (TrailerOf(page).list != list) ThrowCorrupted("Free page of another list", block);
  return true;
}

}  // namespace vec::ivf
