#include "vector/hnsw/items.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "support/memory_store.hpp"
#include "vector/base/random.hpp"

namespace vec::hnsw {
namespace {

using Bytes = std::vector<std::byte>;

Bytes RandomBytes(std::size_t count, Random& random) {
  Bytes bytes(count);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

TEST(ItemPage, KeepsItemsThroughAnyChanges) {
  Random random(1);
  test::MemoryStore store;
  {
    auto record = store.Begin();
    FormatHnswPage(record.Extend().second, PageKind::kItems);
    record.Commit();
  }
  std::map<std::uint16_t, Bytes> kept;
  for (int step = 0; step < 3000; ++step) {
    auto record = store.Begin();
    MutableItemPage page(record.Modify(0), 0);
    if (random.Below(2) == 0 && !kept.empty()) {
      const auto gone = std::next(kept.begin(), static_cast<long>(random.Below(kept.size())));
      page.Free(gone->first);
      kept.erase(gone);
    } else {
      const Bytes bytes = RandomBytes(random.Below(900), random);
      if (!page.view().HasRoom(bytes.size())) continue;
      const ItemRef ref = page.Append(ItemKind::kValue, {7, 3}, bytes);
      EXPECT_TRUE(kept.emplace(ref.slot, bytes).second);
    }
    record.Commit();
    if (step % 20 != 0) continue;
    const auto guard = store.Read(0);
    for (const auto& [slot, bytes] : kept) {
      const Item item = ItemPage(guard.page(), 0).item(slot, ItemKind::kValue);
      EXPECT_EQ(Bytes(item.payload.begin(), item.payload.end()), bytes);
      EXPECT_EQ(item.next, (ItemRef{7, 3}));
    }
  }
}

TEST(ItemPage, HasRoomForTheLongestItem) {
  test::MemoryStore store;
  auto record = store.Begin();
  std::byte* bytes = record.Extend().second;
  FormatHnswPage(bytes, PageKind::kItems);
  MutableItemPage page(bytes, 0);
  EXPECT_TRUE(page.view().HasRoom(kMostItemBytes));
  EXPECT_FALSE(page.view().HasRoom(kMostItemBytes + 1));
  page.Append(ItemKind::kValue, {}, Bytes(kMostItemBytes));
  EXPECT_FALSE(page.view().HasRoom(0));
  page.Free(0);
  EXPECT_TRUE(page.view().HasRoom(kMostItemBytes));
}

TEST(ItemPage, RefusesWhatIsNotThere) {
  test::MemoryStore store;
  auto record = store.Begin();
  std::byte* bytes = record.Extend().second;
  FormatHnswPage(bytes, PageKind::kItems);
  MutableItemPage page(bytes, 5);
  page.Append(ItemKind::kValue, {}, Bytes(10));
  EXPECT_THROW((void)page.view().item(0, ItemKind::kTids), Error);
  EXPECT_THROW((void)page.view().item(1), Error);
  EXPECT_EQ(page.view().Find(0, ItemKind::kTids), std::nullopt);
  EXPECT_EQ(page.view().Find(1, ItemKind::kValue), std::nullopt);
  page.Free(0);
  EXPECT_THROW((void)page.view().item(0), Error);
  EXPECT_THROW(page.Free(0), Error);
}

TEST(Items, OfAnyLengthAreReadAsWritten) {
  Random random(2);
  test::MemoryStore store;
  BlockId hint = kNoBlock;
  std::vector<std::pair<ItemRef, Bytes>> items;
  for (const std::size_t count : {0u, 1u, 8000u, 8136u, 8137u, 20000u, 128004u, 5u}) {
    const Bytes bytes = RandomBytes(count, random);
    // An empty item has no part that could be written.
    if (count == 0) {
      EXPECT_FALSE(WriteItem(store, hint, ItemKind::kValue, bytes).exists());
      continue;
    }
    items.emplace_back(WriteItem(store, hint, ItemKind::kValue, bytes), bytes);
  }
  for (const auto& [ref, bytes] : items) {
    std::pmr::vector<std::byte> read;
    ReadItem(store, ref, ItemKind::kValue, bytes.size(), read);
    EXPECT_TRUE(std::ranges::equal(read, bytes));
    std::pmr::vector<std::byte> shorter;
    EXPECT_THROW(ReadItem(store, ref, ItemKind::kValue, bytes.size() - 1, shorter), Error);
  }
}

TEST(Items, GiveFreePlacesToTids) {
  test::MemoryStore store;
  auto record = store.Begin();
  const auto ref = AppendItem(record, kNoBlock, ItemKind::kTids, {}, Bytes(3 * sizeof(HeapTid)));
  record.Commit();
  auto change = store.Begin();
  MutableItemPage page(change.Modify(ref->block), ref->block);
  for (std::uint16_t i = 1; i <= 3; ++i) EXPECT_TRUE(AddTid(page, ref->slot, {0, 0, i}));
  EXPECT_FALSE(AddTid(page, ref->slot, {0, 0, 4}));
  EXPECT_EQ(RemoveTids(page, ref->slot, [](HeapTid tid) { return tid.offset == 2; }), 2u);
  EXPECT_TRUE(AddTid(page, ref->slot, {0, 0, 5}));
  change.Commit();
  std::vector<std::uint16_t> found;
  ForEachTid(store, *ref, [&](HeapTid tid) { found.push_back(tid.offset); });
  EXPECT_EQ(found, (std::vector<std::uint16_t>{1, 5, 3}));
}

}  // namespace
}  // namespace vec::hnsw
