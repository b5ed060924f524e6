#include "vector/hnsw/item_page.hpp"

#include <algorithm>
#include <bitset>

#include "vector/base/assert.hpp"

namespace vec::hnsw {

namespace {

constexpr std::size_t Placed(std::size_t payload_bytes) {
  return (sizeof(ItemHead) + payload_bytes + 7) / 8 * 8;
}
// What an item of a line takes.
constexpr std::size_t Taken(ItemLine line) { return (std::size_t{line.bytes} + 7) / 8 * 8; }

}  // namespace

ItemPage::ItemPage(const std::byte* page, BlockId block) : page_(page), block_(block) {
  CheckPage(page, PageKind::kItems, block);
  if (!HasLayout(page)) ThrowCorrupted("Invalid layout", block);
  lines_ = (HeaderOf(page).lower - sizeof(PageHeader)) / sizeof(ItemLine);
}

bool ItemPage::HasLayout(const std::byte* page) {
  const PageHeader& header = HeaderOf(page);
  return header.lower >= sizeof(PageHeader) &&
         (header.lower - sizeof(PageHeader)) % sizeof(ItemLine) == 0 &&
         header.lower <= header.upper && header.upper <= header.special && header.upper % 8 == 0;
}

bool ItemPage::IsItem(ItemLine line) const {
  const PageHeader& header = HeaderOf(page_);
  return line.offset % 8 == 0 && line.offset >= header.upper && line.bytes >= sizeof(ItemHead) &&
         line.offset + Taken(line) <= header.special;
}

bool ItemPage::AreItemsDense() const {
  std::bitset<kPageBytes / 8> taken;
  for (std::size_t slot = 0; slot < lines_; ++slot) {
    if (IsFree(slot)) continue;
    if (!IsItem(line(slot))) return false;
    for (std::size_t at = 0; at < Taken(line(slot)) / 8; ++at) {
      const std::size_t place = line(slot).offset / 8 + at;
      if (taken.test(place)) return false;
      taken.set(place);
    }
  }
  const PageHeader& header = HeaderOf(page_);
  return taken.count() * 8 == static_cast<std::size_t>(header.special - header.upper);
}

Item ItemPage::item(std::size_t slot) const {
  if (slot >= lines_ || line(slot).offset == 0) ThrowCorrupted("Link to a missing item", block_);
  const ItemLine at = line(slot);
  if (!IsItem(at)) ThrowCorrupted("Damaged item", block_);
  ItemHead head;
  std::memcpy(&head, page_ + at.offset, sizeof(head));
  return {head.next(), head.kind, {page_ + at.offset + sizeof(head), at.bytes - sizeof(head)}};
}

Item ItemPage::item(std::size_t slot, ItemKind kind) const {
  const Item found = item(slot);
  if (found.kind != kind) ThrowCorrupted("Item of an unexpected kind", block_);
  return found;
}

std::optional<Item> ItemPage::Find(std::size_t slot, ItemKind kind) const {
  if (slot >= lines_ || IsFree(slot)) return std::nullopt;
  const Item found = item(slot);
  if (found.kind != kind) return std::nullopt;
  return found;
}

std::size_t ItemPage::FreeLine() const {
  std::size_t slot = 0;
  while (slot < lines_ && line(slot).offset != 0) ++slot;
  return slot;
}

bool ItemPage::HasRoom(std::size_t payload_bytes) const {
  const std::size_t line_bytes = FreeLine() == lines_ ? sizeof(ItemLine) : 0;
  return FreeBytes() >= Placed(payload_bytes) + line_bytes;
}

std::size_t ItemPage::FreeBytes() const {
  const PageHeader& header = HeaderOf(page_);
  return static_cast<std::size_t>(header.upper - header.lower);
}

ItemRef MutableItemPage::Append(ItemKind kind, ItemRef next, std::span<const std::byte> payload) {
  VECTOR_ASSERT(view().HasRoom(payload.size()));
  PageHeader& header = HeaderOf(page_);
  const std::size_t slot = view().FreeLine();
  if (slot == view().lines()) {
    header.lower = static_cast<std::uint16_t>(header.lower + sizeof(ItemLine));
  }
  header.upper = static_cast<std::uint16_t>(header.upper - Placed(payload.size()));
  const ItemHead head{next.block, next.slot, kind, 0};
  std::memcpy(page_ + header.upper, &head, sizeof(head));
  std::ranges::copy(payload, page_ + header.upper + sizeof(head));
  std::memset(page_ + header.upper + sizeof(head) + payload.size(), 0,
              Placed(payload.size()) - sizeof(head) - payload.size());
  SetLine(slot, {header.upper, static_cast<std::uint16_t>(sizeof(head) + payload.size())});
  return {block_, static_cast<std::uint16_t>(slot)};
}

std::span<std::byte> MutableItemPage::payload(std::size_t slot, ItemKind kind) {
  const std::span<const std::byte> found = view().item(slot, kind).payload;
  return {page_ + (found.data() - page_), found.size()};
}

void MutableItemPage::SetNext(std::size_t slot, ItemRef next) {
  const Item found = view().item(slot);
  const ItemHead head{next.block, next.slot, found.kind, 0};
  std::memcpy(page_ + (found.payload.data() - page_) - sizeof(head), &head, sizeof(head));
}

// The items below move up to close the gap.
void MutableItemPage::Free(std::size_t slot) {
  (void)view().item(slot);
  PageHeader& header = HeaderOf(page_);
  const ItemLine freed = view().line(slot);
  const std::size_t bytes = Taken(freed);
  std::memmove(page_ + header.upper + bytes, page_ + header.upper,
               static_cast<std::size_t>(freed.offset - header.upper));
  std::memset(page_ + header.upper, 0, bytes);
  for (std::size_t i = 0; i < view().lines(); ++i) {
    ItemLine line = view().line(i);
    if (line.offset == 0 || line.offset >= freed.offset) continue;
    line.offset = static_cast<std::uint16_t>(line.offset + bytes);
    SetLine(i, line);
  }
  header.upper = static_cast<std::uint16_t>(header.upper + bytes);
  SetLine(slot, {0, 0});
}

}  // namespace vec::hnsw
