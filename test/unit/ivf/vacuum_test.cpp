#include "vector/ivf/vacuum.hpp"

#include <gtest/gtest.h>

#include <set>

#include "support/ivf_fixture.hpp"

namespace vec::ivf {
namespace {

using test::EveryThird;
using test::Fault;
using test::Index;
using test::RandomRows;
using test::Row;
using test::TidOf;

constexpr SearchParams kAllLists{.probes = 10, .max_probes = 10};

std::set<HeapTid> Tids(std::size_t begin, std::size_t end) {
  std::set<HeapTid> tids;
  for (std::size_t i = begin; i < end; ++i) tids.insert(TidOf(i));
  return tids;
}

TEST(Vacuum, RemovesExactlyTheDeadRows) {
  const std::vector<Row> rows = RandomRows(2000, 30, 1);
  Index index(Metric::kL2, rows, 10);
  const std::set<HeapTid> dead = EveryThird(rows.size());
  const VacuumCounts counts = index.Vacuum(dead);
  EXPECT_EQ(counts.removed, dead.size());
  EXPECT_EQ(counts.remaining, rows.size() - dead.size());
  EXPECT_EQ(index.Check().rows, counts.remaining);
  for (const HeapTid tid : index.Search(rows[1], kAllLists)) EXPECT_FALSE(dead.contains(tid));
}

TEST(Vacuum, RemovesAllRows) {
  const std::vector<Row> rows = RandomRows(500, 30, 2);
  Index index(Metric::kL2, rows, 5);
  std::set<HeapTid> dead;
  for (std::size_t i = 0; i < rows.size(); ++i) dead.insert(TidOf(i));
  EXPECT_EQ(index.Vacuum(dead).remaining, 0u);
  EXPECT_TRUE(index.Search(rows[0], kAllLists).empty());
  const CheckCounts counts = index.Check();
  EXPECT_EQ(counts.list_pages, 0u);
  EXPECT_EQ(counts.lost_pages, 0u);
  EXPECT_EQ(counts.free_pages, index.meta.directory_block - 1);
}

TEST(Vacuum, SpaceIsUsedAgain) {
  const std::vector<Row> rows = RandomRows(2000, 100, 3);
  Index index(Metric::kL2, rows, 4);
  const BlockId before = index.store.BlockCount();
  for (int round = 0; round < 5; ++round) {
    index.Vacuum(EveryThird(rows.size()));
    for (std::size_t i = 0; i < rows.size(); i += 3) index.Insert(i, rows[i]);
    EXPECT_EQ(index.Check().rows, rows.size());
  }
  EXPECT_LE(index.store.BlockCount(), before + 8);
}

TEST(Vacuum, WritesNothingWhereNothingIsDead) {
  Index index(Metric::kL2, RandomRows(500, 30, 4), 5);
  index.store.commits = 0;
  index.Vacuum({});
  EXPECT_EQ(index.store.commits, 0u);
}

TEST(Vacuum, FindsPagesThatACrashLeftUnused) {
  Index index(Metric::kL2, RandomRows(50, 30, 5), 5);
  const BlockId lost = index.store.Begin().Extend().first;
  EXPECT_EQ(index.Vacuum({}).unused_pages, 1u);
  EXPECT_EQ(index.freed_pages, std::vector<BlockId>{lost});
}

// One list far from the other.
std::vector<Row> TwoGroups(std::size_t count, std::size_t dims, std::uint64_t seed) {
  std::vector<Row> rows = RandomRows(count, dims, seed);
  for (std::size_t i = 1; i < count; i += 2) {
    for (float& x : rows[i]) x += 1000;
  }
  return rows;
}

std::set<HeapTid> SecondGroup(std::size_t count) {
  std::set<HeapTid> tids;
  for (std::size_t i = 1; i < count; i += 2) tids.insert(TidOf(i));
  return tids;
}

TEST(Vacuum, PagesOfOneListServeAnother) {
  const std::vector<Row> rows = TwoGroups(400, 200, 7);
  Index index(Metric::kL2, rows, 2);
  const BlockId before = index.store.BlockCount();
  const VacuumCounts counts = index.Vacuum(SecondGroup(rows.size()));
  EXPECT_GE(counts.freed_pages, 20u);
  for (std::size_t i = 0; i < 150; ++i) index.Insert(1000 + i, rows[2 * i]);
  EXPECT_EQ(index.store.BlockCount(), before);
  EXPECT_GE(index.store.reused, 15u);
  EXPECT_EQ(index.Check().rows, 350u);
  EXPECT_EQ(index.Check().lost_pages, 0u);
}

TEST(Vacuum, PagesWaitForOlderTransactions) {
  const std::vector<Row> rows = TwoGroups(400, 200, 8);
  Index index(Metric::kL2, rows, 2);
  index.store.next_transaction = index.store.oldest_transaction = 500;
  index.Vacuum(SecondGroup(rows.size()));
  for (std::size_t i = 0; i < 100; ++i) index.Insert(1000 + i, rows[2 * i]);
  EXPECT_EQ(index.store.reused, 0u);
  index.store.oldest_transaction = 501;
  for (std::size_t i = 100; i < 200; ++i) index.Insert(1000 + i, rows[2 * i]);
  EXPECT_GT(index.store.reused, 0u);
  EXPECT_EQ(index.Check().rows, 400u);
}

// What ends in the middle leaves pages that the next vacuum finds.
TEST(Vacuum, FreePagesAreToldAgain) {
  const std::vector<Row> rows = TwoGroups(400, 200, 9);
  Index index(Metric::kL2, rows, 2);
  index.Vacuum(SecondGroup(rows.size()));
  std::vector<BlockId> first = index.freed_pages;
  EXPECT_EQ(index.Vacuum({}).free_pages, first.size());
  std::sort(first.begin(), first.end());
  EXPECT_EQ(first, index.freed_pages);
}

// A search that knows of pages before they are taken out of their list.
TEST(Vacuum, SearchesThatCameBeforeGoOn) {
  const std::vector<Row> rows = TwoGroups(400, 200, 10);
  for (std::size_t dead_from : {std::size_t{0}, std::size_t{3}, std::size_t{60}}) {
    Index index(Metric::kL2, rows, 2);
    const test::StoredRow query(ElementType::kFloat32, rows[0]);
    const RowView view = query.view();
    PlainSearch<test::MemoryStore> search(index.store, index.meta, view,
                                          {.probes = 1, .max_probes = 2},
                                          std::pmr::get_default_resource());
    std::set<HeapTid> dead = SecondGroup(rows.size());
    for (std::size_t i = 0; i < dead_from; ++i) dead.erase(TidOf(399 - 2 * i));
    index.store.next_transaction = index.store.oldest_transaction = 500;
    index.Vacuum(dead);
    for (std::size_t i = 0; i < 100; ++i) index.Insert(1000 + i, rows[1]);
    std::set<HeapTid> found;
    while (const auto tid = search.Next()) EXPECT_TRUE(found.insert(*tid).second);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_TRUE(dead.contains(TidOf(i)) || found.contains(TidOf(i)));
    }
  }
}

TEST(Vacuum, LinksToFreePagesOfOtherListsAreReported) {
  const std::vector<Row> rows = TwoGroups(400, 200, 15);
  Index index(Metric::kL2, rows, 2);
  index.Vacuum(SecondGroup(rows.size()));
  ListHead& head = MutableDirectoryPage(index.store.Corrupt(index.meta.directory_block),
                                        SliceBytes(index.meta), sizeof(Trailer))
                       .head(0);
  head.first_block = head.insert_block = index.freed_pages.front();
  EXPECT_THROW(index.Search(rows[0], kAllLists), Error);
  EXPECT_THROW(index.Insert(1000, rows[0]), Error);
  EXPECT_THROW(index.Check(), Error);
}

BlockId InsertBlockOf(Index& index) {
  return DirectoryPage(index.store.Corrupt(index.meta.directory_block), SliceBytes(index.meta),
                       sizeof(Trailer))
      .heads()[0]
      .insert_block;
}

TEST(Vacuum, RoomOnEarlierPagesIsNotForgotten) {
  const std::vector<Row> rows = RandomRows(300, 200, 11);
  Index index(Metric::kL2, rows, 1);
  index.Vacuum(Tids(30, 40));
  const BlockId first = InsertBlockOf(index);
  index.Vacuum(Tids(250, 260));
  EXPECT_EQ(InsertBlockOf(index), first);
  const BlockId before = index.store.BlockCount();
  for (std::size_t i = 0; i < 20; ++i) index.Insert(1000 + i, rows[i]);
  EXPECT_EQ(index.store.BlockCount(), before);
}

TEST(Vacuum, RaisesTheVersionWithTheFirstFreePage) {
  const std::vector<Row> rows = TwoGroups(400, 200, 12);
  Index index(Metric::kL2, rows, 2);
  for (const std::uint8_t version : {std::uint8_t{1}, std::uint8_t{2}}) {
    index.store.Corrupt(kMetaBlock)[28] = std::byte{version};
    index.meta = ReadMeta(index.store.Corrupt(kMetaBlock));
    index.Vacuum(version == 1 ? Tids(0, 1) : SecondGroup(rows.size()));
    EXPECT_EQ(ReadMeta(index.store.Corrupt(kMetaBlock)).version, version == 1 ? 1 : kVersion);
  }
  EXPECT_EQ(index.Check().rows, 199u);
}

// Row pages that hold second codes are given back as others are.
TEST(Vacuum, PagesOfLongRowsBecomeFree) {
  const std::vector<Row> rows = TwoGroups(60, 768, 15);
  Index index(Metric::kL2, rows, 2, Codec::kRabitq);
  ASSERT_TRUE(HasSecondStage(index.meta));
  index.Vacuum(EveryThird(rows.size()));
  EXPECT_EQ(index.Check().rows, 40u);
  index.Vacuum(Tids(0, rows.size()));
  const CheckCounts counts = index.Check();
  EXPECT_EQ(counts.rows, 0u);
  EXPECT_EQ(counts.lost_pages, 0u);
  EXPECT_EQ(counts.free_pages, index.meta.directory_block - 1);
}

// Whatever comes and goes: no page is lost, and the file stays as long as its rows need.
TEST(Vacuum, ChurnLosesNoPage) {
  for (const Codec codec : {Codec::kNone, Codec::kRabitq}) {
    for (const std::size_t dims : {40, 100, 700, 1900}) {
      Random random(dims);
      std::vector<Row> rows = test::ClusteredRows(dims < 500 ? 600 : 300, dims, 6, 13);
      Index index(Metric::kL2, rows, 6, codec);
      const BlockId before = index.store.BlockCount();
      std::vector<bool> is_live(rows.size(), true);
      for (int round = 0; round < 25; ++round) {
        // A cluster, then rows of all.
        std::set<HeapTid> dead;
        std::vector<std::size_t> gone;
        for (std::size_t i = 0; i < rows.size(); ++i) {
          const bool dies = round % 2 == 0 ? i % 6 == random.Below(3) : random.Below(3) == 0;
          if (!is_live[i] || !dies) continue;
          dead.insert(TidOf(i));
          gone.push_back(i);
        }
        ++index.store.next_transaction;
        index.Vacuum(dead);
        for (const std::size_t i : gone) is_live[i] = false;
        index.store.oldest_transaction = index.store.next_transaction + (round % 3 == 0 ? 0 : 1);
        for (std::size_t i = 0; i < rows.size(); ++i) {
          if (is_live[i] || random.Below(10) == 0) continue;
          index.Insert(i, rows[i]);
          is_live[i] = true;
        }
        const CheckCounts counts = index.Check();
        ASSERT_EQ(counts.rows, std::count(is_live.begin(), is_live.end(), true));
        ASSERT_EQ(counts.lost_pages, 0u);
      }
      EXPECT_LE(index.store.BlockCount(), before + before / 3 + 12) << dims;
      EXPECT_FALSE(index.store.reserved_under_lock);
      EXPECT_FALSE(index.store.checked_under_lock);
    }
  }
}

TEST(Vacuum, FaultAtAnyStepLosesNoPage) {
  const std::vector<Row> rows = TwoGroups(60, 600, 14);
  for (const Codec codec : {Codec::kNone, Codec::kRabitq}) {
    for (std::size_t step = 1; step < 250; ++step) {
      Index index(Metric::kL2, rows, 2, codec);
      std::set<HeapTid> dead = SecondGroup(rows.size());
      dead.erase(TidOf(59));
      index.store.FailAtStep(step);
      try {
        index.Vacuum(dead);
      } catch (const Fault&) {
      }
      index.store.FailAtStep(0);
      ASSERT_EQ(index.Check().lost_pages, 0u) << step;
      index.Vacuum(dead);
      const CheckCounts counts = index.Check();
      ASSERT_EQ(counts.rows, 31u);
      ASSERT_EQ(counts.lost_pages, 0u);
      ASSERT_GE(counts.free_pages, codec == Codec::kNone ? 9u : 8u) << step;
    }
  }
}

TEST(Vacuum, FaultAtAnyStepLosesNoLiveRow) {
  const std::vector<Row> rows = RandomRows(60, 600, 6);
  const std::set<HeapTid> dead = EveryThird(rows.size());
  for (std::size_t step = 1; step < 200; ++step) {
    Index index(Metric::kL2, rows, 3);
    index.store.FailAtStep(step);
    try {
      index.Vacuum(dead);
    } catch (const Fault&) {
    }
    index.store.FailAtStep(0);
    index.Check();
    const auto found = index.Search(rows[0], kAllLists);
    const std::set<HeapTid> present(found.begin(), found.end());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i % 3 != 0) {
        EXPECT_TRUE(present.contains(TidOf(i))) << step;
      }
    }
  }
}

}  // namespace
}  // namespace vec::ivf
