#include "vector/ivf/vacuum.hpp"

#include <gtest/gtest.h>

#include <set>

#include "support/ivf_fixture.hpp"

namespace vec::ivf {
namespace {

using test::Fault;
using test::Index;
using test::RandomRows;
using test::Row;
using test::TidOf;

constexpr SearchParams kAllLists{.probes = 10, .max_probes = 10};

VacuumCounts RunVacuum(Index& index, const std::set<HeapTid>& dead,
                       std::vector<BlockId>* freed = nullptr) {
  const auto is_dead = [&](std::span<const HeapTid> tids, std::span<bool> out) {
    for (std::size_t i = 0; i < tids.size(); ++i) out[i] = dead.contains(tids[i]);
  };
  const auto free_page = [&](BlockId block) {
    if (freed != nullptr) freed->push_back(block);
  };
  return Vacuum(
             index.store, index.meta, is_dead, free_page, [] {}, std::pmr::get_default_resource())
      .Run();
}

std::set<HeapTid> EveryThird(std::size_t count) {
  std::set<HeapTid> dead;
  for (std::size_t i = 0; i < count; i += 3) dead.insert(TidOf(i));
  return dead;
}

TEST(Vacuum, RemovesExactlyTheDeadRows) {
  const std::vector<Row> rows = RandomRows(2000, 30, 1);
  Index index(Metric::kL2, rows, 10);
  const std::set<HeapTid> dead = EveryThird(rows.size());
  const VacuumCounts counts = RunVacuum(index, dead);
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
  EXPECT_EQ(RunVacuum(index, dead).remaining, 0u);
  EXPECT_TRUE(index.Search(rows[0], kAllLists).empty());
}

TEST(Vacuum, SpaceIsUsedAgain) {
  const std::vector<Row> rows = RandomRows(2000, 100, 3);
  Index index(Metric::kL2, rows, 4);
  const BlockId before = index.store.BlockCount();
  for (int round = 0; round < 5; ++round) {
    RunVacuum(index, EveryThird(rows.size()));
    for (std::size_t i = 0; i < rows.size(); i += 3) index.Insert(i, rows[i]);
    EXPECT_EQ(index.Check().rows, rows.size());
  }
  EXPECT_LE(index.store.BlockCount(), before + 8);
}

TEST(Vacuum, WritesNothingWhereNothingIsDead) {
  Index index(Metric::kL2, RandomRows(500, 30, 4), 5);
  index.store.commits = 0;
  RunVacuum(index, {});
  EXPECT_EQ(index.store.commits, 0u);
}

TEST(Vacuum, FindsPagesThatACrashLeftUnused) {
  Index index(Metric::kL2, RandomRows(50, 30, 5), 5);
  const BlockId lost = index.store.Begin().Extend().first;
  std::vector<BlockId> freed;
  EXPECT_EQ(RunVacuum(index, {}, &freed).unused_pages, 1u);
  EXPECT_EQ(freed, std::vector<BlockId>{lost});
}

TEST(Vacuum, FaultAtAnyStepLosesNoLiveRow) {
  const std::vector<Row> rows = RandomRows(60, 600, 6);
  const std::set<HeapTid> dead = EveryThird(rows.size());
  for (std::size_t step = 1; step < 200; ++step) {
    Index index(Metric::kL2, rows, 3);
    index.store.FailAtStep(step);
    try {
      RunVacuum(index, dead);
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
