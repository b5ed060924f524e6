// Reading and writing items through their chains. Readers hold one page at a time.
#pragma once

#include <algorithm>
#include <memory_resource>
#include <optional>
#include <tuple>
#include <vector>

#include "vector/base/copy_bytes.hpp"
#include "vector/hnsw/chain.hpp"
#include "vector/hnsw/item_page.hpp"

namespace vec::hnsw {

// Calls visit(item, ref) for all items of a chain. Throws Error(kCorrupted) where it is
// broken.
template <PageStore Store, typename Visit>
void ForEachItem(Store& store, ItemRef ref, ItemKind kind, Visit visit) {
  if (!ref.exists()) return;
  FileExtent<Store> file(store);
  CycleGuard<ItemRef> cycle;
  while (ref.exists()) {
    CheckLink(file, ref.block);
    cycle.Visit(ref, ref.block);
    store.CheckInterrupts();
    const auto guard = store.Read(ref.block);
    const Item item = ItemPage(guard.page(), ref.block).item(ref.slot, kind);
    visit(item, ref);
    ref = item.next;
  }
}

// Appends the bytes of a chain of items to `out`, at most `most`; there is an error where
// there are more.
template <PageStore Store>
void ReadItem(Store& store, ItemRef ref, ItemKind kind, std::size_t most,
              std::pmr::vector<std::byte>& out) {
  const std::size_t limit = out.size() + most;
  ForEachItem(store, ref, kind, [&](const Item& item, ItemRef at) {
    if (item.payload.size() > limit - out.size()) ThrowCorrupted("Item is too long", at.block);
    AppendBytes(out, item.payload);
  });
}

// As ForEachItem(), for those who hold no lock on what refers to the chain: returns false
// where an item of it is missing, which another process may have freed meanwhile, or where
// visit(item) does.
template <PageStore Store, typename Visit>
bool TryForEachItem(Store& store, FileExtent<Store>& file, ItemRef ref, ItemKind kind,
                    Visit visit) {
  CycleGuard<ItemRef> cycle;
  while (ref.exists()) {
    CheckLink(file, ref.block);
    cycle.Visit(ref, ref.block);
    store.CheckInterrupts();
    const auto guard = store.Read(ref.block);
    if (!IsPageOf(guard.page(), PageKind::kItems)) return false;
    const std::optional<Item> item = ItemPage(guard.page(), ref.block).Find(ref.slot, kind);
    if (!item || !visit(*item)) return false;
    ref = item->next;
  }
  return true;
}

// The same of ReadItem().
template <PageStore Store>
bool TryReadItem(Store& store, FileExtent<Store>& file, ItemRef ref, ItemKind kind,
                 std::size_t most, std::pmr::vector<std::byte>& out) {
  const std::size_t limit = out.size() + most;
  return TryForEachItem(store, file, ref, kind, [&](const Item& item) {
    if (item.payload.size() > limit - out.size()) return false;
    AppendBytes(out, item.payload);
    return true;
  });
}

// Calls visit(tid) for all heap TIDs of a list.
template <PageStore Store, typename Visit>
void ForEachTid(Store& store, ItemRef list, Visit visit) {
  ForEachItem(store, list, ItemKind::kTids, [&](const Item& item, ItemRef) {
    for (const HeapTid tid : item.tids()) {
      if (tid.offset != 0) visit(tid);
    }
  });
}

// Appends an item within a record: to the page `block`, or to a fresh one where that is
// kNoBlock. Nothing where the page has no room; the record has locked it then all the same,
// and is to be dropped. REQUIRES: payload.size() <= kMostItemBytes.
template <PageRecord Record>
std::optional<ItemRef> AppendItem(Record& record, BlockId block, ItemKind kind, ItemRef next,
                                  std::span<const std::byte> payload) {
  std::byte* page = nullptr;
  if (block == kNoBlock) {
    std::tie(block, page) = record.Extend();
    FormatHnswPage(page, PageKind::kItems);
  } else {
    page = record.Modify(block);
  }
  MutableItemPage items(page, block);
  if (!items.view().HasRoom(payload.size())) return std::nullopt;
  return items.Append(kind, next, payload);
}

// Writes a whole item, each part in a record of its own, the last one first: a crash leaves
// parts that nothing refers to. `hint` is a page that may have room or kNoBlock, and becomes
// the page last written. What lies in front of `keep` bytes is left to the caller:
// returned is where the rest begins, nothing where there is none.
template <PageStore Store>
ItemRef WriteItemBehind(Store& store, BlockId& hint, ItemKind kind,
                        std::span<const std::byte> bytes, std::size_t keep) {
  ItemRef next;
  std::size_t end = bytes.size();
  while (end > keep) {
    // Full parts at the end, so that the one in front is the short one.
    const std::size_t begin = end - std::min(end - keep, kMostItemBytes);
    const auto part = bytes.subspan(begin, end - begin);
    std::optional<ItemRef> written;
    while (!written) {
      auto record = store.Begin();
      written = AppendItem(record, hint, kind, next, part);
      if (written) {
        record.Commit();
        hint = written->block;
      } else {
        hint = kNoBlock;
      }
    }
    next = *written;
    end = begin;
  }
  return next;
}

template <PageStore Store>
ItemRef WriteItem(Store& store, BlockId& hint, ItemKind kind, std::span<const std::byte> bytes) {
  return WriteItemBehind(store, hint, kind, bytes, 0);
}

// The places of a new item for heap TIDs: twice those of the item in front of which it goes.
inline constexpr std::size_t kFirstTids = 4;
inline constexpr std::size_t kMostTids = 1024;
inline std::size_t PlacesAfter(std::size_t places) {
  return std::clamp(2 * places, kFirstTids, kMostTids);
}

// Puts a TID into a free place of an item. Returns whether there was one.
inline bool AddTid(MutableItemPage& page, std::size_t slot, HeapTid tid) {
  const std::span<std::byte> payload = page.payload(slot, ItemKind::kTids);
  auto* places = reinterpret_cast<HeapTid*>(payload.data());
  for (std::size_t i = 0; i < payload.size() / sizeof(HeapTid); ++i) {
    if (places[i].offset != 0) continue;
    places[i] = tid;
    return true;
  }
  return false;
}

// Frees the places of TIDs for which is_dead(tid) holds. Returns how many are left.
template <typename IsDead>
std::size_t RemoveTids(MutableItemPage& page, std::size_t slot, IsDead is_dead) {
  const std::span<std::byte> payload = page.payload(slot, ItemKind::kTids);
  auto* places = reinterpret_cast<HeapTid*>(payload.data());
  std::size_t left = 0;
  for (std::size_t i = 0; i < payload.size() / sizeof(HeapTid); ++i) {
    if (places[i].offset == 0) continue;
    if (is_dead(places[i])) {
      places[i] = HeapTid{};
    } else {
      ++left;
    }
  }
  return left;
}

}  // namespace vec::hnsw
