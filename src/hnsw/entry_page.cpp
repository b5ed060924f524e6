#include "vector/hnsw/entry_page.hpp"

#include <algorithm>
#include <cstring>

#include "vector/base/assert.hpp"

namespace vec::hnsw {

EntryPage::EntryPage(const EntryShape& shape, const std::byte* page, BlockId block)
    : shape_(&shape), page_(page), block_(block) {
  CheckPage(page, PageKind::kEntries, block);
  if (!HasLayout(shape, page)) ThrowCorrupted("Invalid layout", block);
  units_ = (HeaderOf(page).lower - sizeof(PageHeader)) / shape.unit_bytes;
}

bool EntryPage::HasLayout(const EntryShape& shape, const std::byte* page) {
  const PageHeader& header = HeaderOf(page);
  if (header.lower < sizeof(PageHeader) || header.upper != header.special) return false;
  const std::size_t used = header.lower - sizeof(PageHeader);
  return used % shape.unit_bytes == 0 && used / shape.unit_bytes <= shape.units;
}

NodeId EntryPage::node(std::size_t place) const {
  VECTOR_ASSERT(place < places());
  if (!shape_->is_coded) return reinterpret_cast<const EntryHead*>(Unit(place))->node;
  const EntryBlock& entries = block(place / quantize::kLanes);
  const std::size_t lane = place % quantize::kLanes;
  return (entries.live >> lane & 1) != 0 ? entries.node[lane] : kNoNode;
}

std::span<const std::byte> EntryPage::row(std::size_t place) const {
  VECTOR_ASSERT(place < places() && !shape_->is_coded);
  if (!HasRow(place)) ThrowCorrupted("Damaged entry", block_);
  return {Unit(place) + sizeof(EntryHead), RowBytesOf(place)};
}

void MutableEntryPage::AppendUnit() {
  PageHeader& header = HeaderOf(page_);
  const std::size_t unit = view().units();
  VECTOR_ASSERT(unit < shape_->units);
  std::memset(Unit(unit), 0, shape_->unit_bytes);
  header.lower = static_cast<std::uint16_t>(header.lower + shape_->unit_bytes);
}

void MutableEntryPage::Put(std::size_t place, const Entry& entry) {
  if (place == view().places()) AppendUnit();
  VECTOR_ASSERT(place < view().places());
  if (!shape_->is_coded) {
    const auto bytes = static_cast<std::uint32_t>(entry.row.size());
    VECTOR_ASSERT(bytes <= shape_->row_bytes);
    const EntryHead head{entry.lane.node, bytes};
    std::memset(Unit(place), 0, shape_->unit_bytes);
    std::memcpy(Unit(place), &head, sizeof(head));
    std::ranges::copy(entry.row, Unit(place) + sizeof(head));
    return;
  }
  auto& entries = *reinterpret_cast<EntryBlock*>(Unit(place / quantize::kLanes));
  const std::size_t lane = place % quantize::kLanes;
  entries.live |= std::uint32_t{1} << lane;
  entries.node[lane] = entry.lane.node;
  entries.add[lane] = entry.lane.add;
  entries.rescale[lane] = entry.lane.rescale;
  quantize::PackLane({entries.codes(), shape_->code_bytes}, lane, entry.lane.code);
}

void MutableEntryPage::Clear(std::size_t place) {
  VECTOR_ASSERT(place < view().places());
  if (!shape_->is_coded) {
    const EntryHead head{kNoNode, 0};
    std::memcpy(Unit(place), &head, sizeof(head));
    return;
  }
  auto& entries = *reinterpret_cast<EntryBlock*>(Unit(place / quantize::kLanes));
  entries.live &= ~(std::uint32_t{1} << (place % quantize::kLanes));
}

}  // namespace vec::hnsw
