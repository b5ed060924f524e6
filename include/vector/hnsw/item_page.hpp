// Item pages: things of any length that do not lie in nodes.
//
//   24       Line[0] Line[1] ... Line[n-1]   u16 offset, u16 bytes; grows up to `lower`
//            hole
//   upper    items, each from a multiple of 8, in any order, no gaps
//   special  Trailer (kind kItems)
//
// A line of offset 0 is free, and is taken again before lines are added. An item:
//
//   0        ItemHead: where it continues, its kind
//   8        payload
//
// kValue, kCenter   bytes; those that fit no page continue in further items
// kTids             HeapTid[n]; the places of offset 0 are free; a list of any number
//                   continues in further items
#pragma once

#include <cstring>
#include <optional>
#include <span>

#include "vector/hnsw/layout.hpp"

namespace vec::hnsw {

enum class ItemKind : std::uint8_t { kValue = 1, kTids = 2, kCenter = 3 };

struct ItemHead {
  BlockId next_block;
  std::uint16_t next_slot;
  ItemKind kind;
  std::uint8_t reserved;

  ItemRef next() const { return {next_block, next_slot}; }
};
static_assert(sizeof(ItemHead) == 8 && std::is_trivially_copyable_v<ItemHead>);

struct ItemLine {
  std::uint16_t offset;
  std::uint16_t bytes;  // with the head
};
static_assert(sizeof(ItemLine) == 4);

// The longest payload of one item.
inline constexpr std::size_t kMostItemBytes =
    (kPageRoom - sizeof(ItemLine)) / 8 * 8 - sizeof(ItemHead);

struct Item {
  ItemRef next;
  ItemKind kind;
  std::span<const std::byte> payload;

  // REQUIRES: kTids.
  std::span<const HeapTid> tids() const {
    return {reinterpret_cast<const HeapTid*>(payload.data()), payload.size() / sizeof(HeapTid)};
  }
};

// A read-only view.
class ItemPage {
 public:
  // Throws Error(kCorrupted) where the page is no item page.
  ItemPage(const std::byte* page, BlockId block);

  // Whether the layout of a page of kind kItems is one of lines and items.
  static bool HasLayout(const std::byte* page);
  // Whether the items fill the page from `upper` on, without gaps, each in a place of its own.
  bool AreItemsDense() const;

  std::size_t lines() const { return lines_; }
  bool IsFree(std::size_t slot) const { return slot < lines_ && line(slot).offset == 0; }
  // Whether item(slot) does not throw.
  bool HasItem(std::size_t slot) const {
    return slot < lines_ && line(slot).offset != 0 && IsItem(line(slot));
  }

  // Throws Error(kCorrupted) where there is no such item, or one of another kind.
  Item item(std::size_t slot, ItemKind kind) const;
  // The same, but nothing where there is none of the kind.
  std::optional<Item> Find(std::size_t slot, ItemKind kind) const;
  // The same of any kind.
  Item item(std::size_t slot) const;

  // Whether an item of so many bytes can be appended.
  bool HasRoom(std::size_t payload_bytes) const;
  // Bytes that no item takes, with those of gaps; for statistics.
  std::size_t FreeBytes() const;

 private:
  friend class MutableItemPage;

  ItemLine line(std::size_t slot) const {
    ItemLine line;
    std::memcpy(&line, page_ + sizeof(PageHeader) + slot * sizeof(line), sizeof(line));
    return line;
  }
  std::size_t FreeLine() const;
  // Whether a line that is not free stays within the page.
  bool IsItem(ItemLine line) const;

  const std::byte* page_;
  BlockId block_;
  std::size_t lines_;
};

// The changing twin, over an image of a record. Of a fresh page: REQUIRES
// FormatHnswPage(page, PageKind::kItems) before.
class MutableItemPage {
 public:
  MutableItemPage(std::byte* page, BlockId block) : page_(page), block_(block) { (void)view(); }

  ItemPage view() const { return {page_, block_}; }

  // REQUIRES: HasRoom(payload.size()). Returns the new item.
  ItemRef Append(ItemKind kind, ItemRef next, std::span<const std::byte> payload);

  // The payload of an item, to be changed in place. Throws Error(kCorrupted).
  std::span<std::byte> payload(std::size_t slot, ItemKind kind);
  void SetNext(std::size_t slot, ItemRef next);

  // Gives an item's bytes back. Throws Error(kCorrupted) where there is none.
  void Free(std::size_t slot);

 private:
  void SetLine(std::size_t slot, ItemLine line) {
    std::memcpy(page_ + sizeof(PageHeader) + slot * sizeof(line), &line, sizeof(line));
  }

  std::byte* page_;
  BlockId block_;
};

}  // namespace vec::hnsw
