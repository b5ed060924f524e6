// What checks read of an index that may be damaged: nothing here throws for what a page holds.
#pragma once

#include <array>
#include <cmath>
#include <memory_resource>
#include <vector>

#include "vector/base/copy_bytes.hpp"
#include "vector/hnsw/kept_row.hpp"
#include "vector/storage/check_sink.hpp"

namespace vec::hnsw {

inline bool IsPage(const std::byte* page, PageKind kind) {
  return !IsUnformatted(page) && IsPageOf(page, kind);
}

// Whether a page is one of nodes that may be viewed.
inline bool HasNodes(const NodeShape& shape, const std::byte* page) {
  return IsPage(page, PageKind::kNodes) && NodePage::HasLayout(shape, page);
}

// Calls visit(slot, NodeView) for the nodes of a page that are not free.
template <typename Visit>
void ForEachNodeOf(const NodeShape& shape, const std::byte* page, BlockId block, Visit visit) {
  if (!HasNodes(shape, page)) return;
  const std::size_t count = NodePage(shape, page, block).count();
  for (std::size_t slot = 0; slot < count; ++slot) {
    const std::byte* at = page + shape.SlotAt(slot);
    if (!NodeView::IsNode(shape, at)) continue;
    const NodeView node(shape, at, block);
    if (!node.is_free()) visit(slot, node);
  }
}

// Calls visit(payload, ref) for the items of a chain, with no page locked; where that is false,
// the item is of an invalid length. Returns what is wrong, nullptr for nothing.
template <PageStore Store, typename Visit>
const char* FollowItems(Store& store, FileExtent<Store>& file, ItemRef ref, ItemKind kind,
                        Visit visit) {
  alignas(8) std::array<std::byte, kPageBytes> payload;
  CycleGuard<ItemRef> cycle;
  while (ref.exists()) {
    if (!file.Contains(ref.block)) return "link to an item behind the end of the file";
    if (cycle.IsBack(ref)) return "endless chain of items";
    store.CheckInterrupts();
    ItemRef next;
    std::size_t bytes = 0;
    {
      const auto guard = store.Read(ref.block);
      if (!IsPage(guard.page(), PageKind::kItems) || !ItemPage::HasLayout(guard.page())) {
        return "link to an item on no page of items";
      }
      const ItemPage page(guard.page(), ref.block);
      if (!page.HasItem(ref.slot)) return "link to a missing item";
      const Item item = page.item(ref.slot);
      if (item.kind != kind) return "link to an item of another kind";
      next = item.next;
      bytes = item.payload.size();
      std::memcpy(payload.data(), item.payload.data(), bytes);
    }
    if (!visit(std::span<const std::byte>(payload.data(), bytes), ref)) {
      return "item of an invalid length";
    }
    ref = next;
  }
  return nullptr;
}

// Puts the row of a node into `out`. Returns what is wrong, nullptr for nothing.
template <PageStore Store>
const char* CopyKept(Store& store, FileExtent<Store>& file, const Meta& meta, const NodeView& node,
                     std::pmr::vector<std::byte>& out) {
  const ItemRef item = node.head().value();
  const bool has_fixed = HasFixedRows(meta.type);
  if (!item.exists()) {
    if (IsItem(meta.self)) return "node without its row";
    AssignBytes(out, node.self());
    return nullptr;
  }
  out.clear();
  if (has_fixed && !IsItem(meta.self)) return "row of a node in another place";
  const std::size_t most = MostKeptBytes(meta);
  const char* fault = FollowItems(store, file, item, ItemKind::kValue,
                                  [&](std::span<const std::byte> part, ItemRef) {
                                    if (part.size() > most - out.size()) return false;
                                    AppendBytes(out, part);
                                    return true;
                                  });
  if (fault == nullptr && has_fixed && out.size() != most) fault = "row of an invalid length";
  return fault;
}

// Whether a row is one of the type, of finite values, and by cosine of unit length; nullptr: it
// is. Cuts a sparse row that lies in its node to its length.
const char* FaultOfRow(const Meta& meta, std::pmr::vector<std::byte>& kept,
                       std::pmr::vector<float>& values);

// The squared norm of a row without a fault, as its node has it.
float NormSquaredOf(const Meta& meta, std::span<const std::byte> kept,
                    std::span<const float> values);

// Whether a scale of factors is 0 or a power of two.
bool IsScale(float scale);

}  // namespace vec::hnsw
