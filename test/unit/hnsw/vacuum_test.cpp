#include "vector/hnsw/vacuum.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <numeric>
#include <set>
#include <utility>

#include "support/growing_index.hpp"

namespace vec::hnsw {
namespace {

using test::ClusteredRows;
using test::Damage;
using test::Fault;
using test::GrowingIndex;
using test::RandomRows;
using test::Row;
using test::TidOf;

void Fill(GrowingIndex& index, const std::vector<Row>& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) index.Insert(i, rows[i]);
}

TEST(HnswVacuum, FreesDeadNodesAndKeepsTheRest) {
  for (const std::uint32_t dims : {16u, 64u, 700u}) {
    GrowingIndex index({.dims = dims});
    Fill(index, ClusteredRows(200, dims, 10, 1));
    for (std::size_t i = 0; i < 200; i += 4) index.Delete(i);
    const VacuumCounts counts = index.Vacuum();
    EXPECT_EQ(counts.removed, 50u);
    EXPECT_EQ(counts.remaining, 150u);
    EXPECT_EQ(counts.freed, 50u);
    EXPECT_EQ(index.waits, 1u);
    EXPECT_FALSE(index.store.checked_under_lock);
    const test::HnswCheck result = index.Check();
    EXPECT_TRUE(result.findings.empty()) << Damage(result);
    EXPECT_EQ(result.nodes, 150u);
    EXPECT_EQ(result.dead, 0u);
    EXPECT_EQ(result.orphans, 0u);
    EXPECT_GE(index.Recall(ClusteredRows(10, dims, 10, 2), 10, 60), .97);
  }
}

TEST(HnswVacuum, WritesNothingWhereNothingIsDead) {
  GrowingIndex index({.dims = 32});
  Fill(index, RandomRows(50, 32, 1));
  const std::size_t commits = index.store.commits;
  EXPECT_EQ(index.Vacuum().remaining, 50u);
  EXPECT_EQ(index.store.commits, commits);
  EXPECT_EQ(index.waits, 0u);
}

TEST(HnswVacuum, ShortensListsOfDuplicates) {
  GrowingIndex index({.dims = 32});
  const std::vector<Row> rows = RandomRows(20, 32, 1);
  Fill(index, rows);
  for (std::size_t i = 0; i < 200; ++i) index.Insert(100 + i, rows[3]);
  index.Delete(3);  // that of the node itself
  for (std::size_t i = 0; i < 200; i += 2) index.Delete(100 + i);
  VacuumCounts counts = index.Vacuum();
  EXPECT_EQ(counts.removed, 101u);
  EXPECT_EQ(counts.remaining, 119u);
  EXPECT_EQ(counts.freed, 0u);
  EXPECT_TRUE(index.Check().findings.empty());
  EXPECT_EQ(index.Search(rows[3], 1000, 40).size(), 119u);

  for (std::size_t i = 1; i < 200; i += 2) index.Delete(100 + i);
  counts = index.Vacuum();
  EXPECT_EQ(counts.removed, 100u);
  EXPECT_EQ(counts.freed, 1u);
  const test::HnswCheck result = index.Check();
  EXPECT_TRUE(result.findings.empty());
  EXPECT_EQ(result.rows, 19u);
}

TEST(HnswVacuum, EmptiesAnIndexThatFillsAgain) {
  GrowingIndex index({.dims = 32});
  const std::vector<Row> rows = RandomRows(300, 32, 1);
  Fill(index, rows);
  const BlockId blocks = index.store.BlockCount();
  for (std::size_t i = 0; i < rows.size(); ++i) index.Delete(i);
  EXPECT_EQ(index.Vacuum().remaining, 0u);
  EXPECT_TRUE(index.Search(rows[0], 10, 40).empty());
  Fill(index, rows);
  const test::HnswCheck result = index.Check();
  EXPECT_TRUE(result.findings.empty()) << Damage(result);
  EXPECT_EQ(result.unreachable, 0u);
  EXPECT_LE(index.store.BlockCount(), blocks + 1);
  EXPECT_GE(index.Recall(RandomRows(10, 32, 2), 10, 100), .9);
}

TEST(HnswVacuum, KeepsRecallAndSizeOverTurnovers) {
  for (const std::uint32_t dims : {48u, 700u}) {
    const std::size_t count = dims == 48 ? 240 : 60;
    GrowingIndex index({.dims = dims});
    const std::vector<Row> queries = ClusteredRows(20, dims, 10, 99);
    Fill(index, ClusteredRows(count, dims, 10, 1));
    const BlockId blocks = index.store.BlockCount();
    const double fresh = index.Recall(queries, 10, 40);
    for (std::size_t round = 0; round < 20; ++round) {
      const std::vector<Row> rows = ClusteredRows(count, dims, 10, 2 + round / 2);
      for (std::size_t i = round % 2; i < count; i += 2) {
        index.Delete(i);
      }
      index.Vacuum();
      for (std::size_t i = round % 2; i < count; i += 2) index.Insert(i, rows[i]);
    }
    const test::HnswCheck result = index.Check();
    EXPECT_EQ(Damage(result), "");
    EXPECT_EQ(result.nodes, count);
    EXPECT_LE(result.unreachable, 1u);
    EXPECT_GE(index.Recall(queries, 10, 40), fresh - .02);
    EXPECT_LE(index.store.BlockCount(), 1.3 * blocks);
  }
}

// Rows near other centres for each seed.
std::vector<Row> RowsNearCentres(std::size_t count, std::uint32_t dims, std::uint64_t seed) {
  const std::vector<Row> centres = RandomRows(12, dims, seed);
  std::vector<Row> rows = RandomRows(count, dims, seed + 10000);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t d = 0; d < dims; ++d) rows[i][d] += centres[i % 12][d];
  }
  return rows;
}

// The share of edges with another one back.
double ShareOfMutualEdges(GrowingIndex& index) {
  std::set<std::pair<NodeId, NodeId>> edges;
  const NodeShape shape(index.meta);
  for (BlockId block = kStateBlock + 1; block < index.store.BlockCount(); ++block) {
    const auto guard = index.store.Read(block);
    if (!IsPageOf(guard.page(), PageKind::kNodes)) continue;
    const NodePage page(shape, guard.page(), block);
    for (std::size_t slot = 0; slot < page.count(); ++slot) {
      const NodeView node = page.node(slot);
      if (!node.is_live()) continue;
      for (const NodeId other : node.neighbors()) edges.emplace(NodeIdOf(block, slot), other);
    }
  }
  const auto mutual = std::ranges::count_if(edges, [&](const auto& edge) {
    return edges.contains({edge.second, edge.first});
  });
  return static_cast<double>(mutual) / static_cast<double>(edges.size());
}

// A node whose neighbours have died finds others, and is found by them, as if it were new:
// otherwise old nodes get out of reach little by little.
TEST(HnswVacuum, KeepsEdgesMutualOverManyVacuums) {
  constexpr std::size_t kCount = 300;
  for (const std::uint32_t dims : {12u, 48u}) {
    std::vector<Row> rows = RowsNearCentres(kCount, dims, 1);
    GrowingIndex old({.dims = dims, .m = 4});
    Fill(old, rows);
    std::vector<std::size_t> names(kCount);
    std::iota(names.begin(), names.end(), 0u);
    Random random(1);
    for (std::size_t round = 0; round < 60; ++round) {
      const std::vector<Row> arrivals = RowsNearCentres(kCount, dims, 2 + round / 4);
      for (std::size_t i = 0; i < 15; ++i) {
        const auto victim = static_cast<std::size_t>(random.Below(kCount));
        old.Delete(names[victim]);
        names[victim] = kCount + 15 * round + i;
        old.Insert(names[victim], rows[victim] = arrivals[victim]);
      }
      old.Vacuum();
    }
    EXPECT_EQ(Damage(old.Check()), "");
    GrowingIndex fresh({.dims = dims, .m = 4});
    Fill(fresh, rows);
    EXPECT_GE(ShareOfMutualEdges(old), ShareOfMutualEdges(fresh) - .025) << dims;
  }
}

// A vacuum that ends after any of its records leaves a valid index, and another one finishes.
TEST(HnswVacuum, IsFinishedByTheNextAfterACrash) {
  for (const std::uint32_t dims : {16u, 32u, 700u}) {
    GrowingIndex index({.dims = dims, .m = 4});
    const std::vector<Row> rows = RandomRows(80, dims, 1);
    Fill(index, rows);
    for (std::size_t i = 0; i < 40; ++i) index.Insert(100 + i, rows[i % 7]);
    for (std::size_t i = 0; i < 80; i += 3) index.Delete(i);
    for (std::size_t i = 0; i < 40; i += 2) index.Delete(100 + i);
    const std::size_t expected = index.rows.size();
    std::vector<test::MemoryStore> crashed;
    std::size_t commits = 0;
    index.store.on_commit = [&] {
      if (commits++ % 9 == 0) crashed.push_back(index.store);
    };
    const std::set<HeapTid> dead = index.dead;
    index.Vacuum();
    for (test::MemoryStore& store : crashed) {
      store.on_commit = nullptr;
      index.store = store;
      EXPECT_EQ(Damage(index.Check()), "");
      index.dead = dead;
      index.Vacuum();
      const test::HnswCheck result = index.Check();
      EXPECT_EQ(Damage(result), "");
      EXPECT_EQ(result.rows, expected);
      EXPECT_EQ(result.dead, 0u);
    }
  }
}

TEST(HnswVacuum, HonoursInterrupts) {
  GrowingIndex index({.dims = 32});
  Fill(index, RandomRows(100, 32, 1));
  for (std::size_t i = 0; i < 100; i += 5) index.Delete(i);
  const std::set<HeapTid> dead = index.dead;
  const test::MemoryStore before = index.store;
  for (std::size_t step = 1; step < 1000; step += 97) {
    index.store = before;
    index.dead = dead;
    index.store.FailAtStep(step);
    EXPECT_THROW(index.Vacuum(), Fault) << step;
    index.store.FailAtStep(0);
    EXPECT_EQ(Damage(index.Check()), "");
  }
}

TEST(HnswVacuum, TellsOfPagesThatACrashLeft) {
  GrowingIndex index({.dims = 32});
  Fill(index, RandomRows(10, 32, 1));
  { (void)index.store.Begin().Extend(); }
  EXPECT_EQ(index.Vacuum().unused_pages, 1u);
  EXPECT_EQ(index.freed_pages, std::vector<BlockId>{index.store.BlockCount() - 1});
}

// Vacuum hooks that run something when the first dead row has been told of, as another
// process might.
struct BesideHooks {
  void AreDead(std::span<const HeapTid> tids, std::span<bool> dead) {
    index.AreDead(tids, dead);
    if (std::ranges::find(dead, true) != dead.end() && beside) std::exchange(beside, nullptr)();
  }
  void FreePage(BlockId block) { index.FreePage(block); }
  void Delay() {}
  void WaitForInserts() {}

  GrowingIndex& index;
  std::function<void()> beside;
};

TEST(HnswVacuum, RemovesTheRowOfANodeThatGetsADuplicateMeanwhile) {
  GrowingIndex index({.dims = 16});
  const std::vector<Row> rows = RandomRows(20, 16, 1);
  Fill(index, rows);
  index.Delete(3);
  BesideHooks hooks{index, [&] { index.Insert(100, rows[3]); }};
  const VacuumCounts counts = Vacuum<test::MemoryStore, BesideHooks>(
                                  index.store, index.meta, hooks, std::pmr::get_default_resource())
                                  .Run();
  EXPECT_EQ(counts.removed, 1u);
  EXPECT_EQ(counts.remaining, 20u);
  const std::vector<HeapTid> found = index.Search(rows[3], 30, 40);
  EXPECT_EQ(found.size(), 20u);
  EXPECT_EQ(found.front(), TidOf(100));
  EXPECT_EQ(std::ranges::find(found, TidOf(3)), found.end());
}

// The nodes of the entry directory.
std::set<NodeId> EntriesOf(GrowingIndex& index) {
  std::set<NodeId> entries;
  ForEachEntryPage(index.store, EntryShape(index.meta), ReadState(index.store),
                   [&](const EntryPage& page, BlockId) {
                     for (std::size_t place = 0; place < page.places(); ++place) {
                       if (page.node(place) != kNoNode) entries.insert(page.node(place));
                     }
                   });
  return entries;
}

// Few rows are left, and none of those where searches began.
TEST(HnswVacuum, FindsEntriesWhereAllHaveDied) {
  for (const std::uint32_t dims : {16u, 32u}) {
    GrowingIndex index({.dims = dims, .m = 4});
    const std::size_t count = 500;
    Fill(index, RandomRows(count, dims, 1));
    const std::set<NodeId> entries = EntriesOf(index);
    const BlockId last = ReadState(index.store).insert_block;
    const NodeShape shape(index.meta);
    std::set<HeapTid> kept;
    for (BlockId block = 2; block < index.store.BlockCount() && kept.size() < 5; ++block) {
      const auto guard = index.store.Read(block);
      if (block == last || !IsPageOf(guard.page(), PageKind::kNodes)) continue;
      const NodePage page(shape, guard.page(), block);
      for (std::size_t slot = 0; slot < page.count() && kept.size() < 5; ++slot) {
        if (!entries.contains(NodeIdOf(block, slot))) kept.insert(page.node(slot).head().tid);
      }
    }
    ASSERT_EQ(kept.size(), 5u);
    for (std::size_t i = 0; i < count; ++i) {
      if (!kept.contains(TidOf(i))) index.Delete(i);
    }
    EXPECT_EQ(index.Vacuum().remaining, 5u);
    const test::HnswCheck result = index.Check();
    EXPECT_EQ(Damage(result), "");
    EXPECT_EQ(result.nodes, 5u);
    EXPECT_EQ(result.unreachable, 0u);
    EXPECT_EQ(index.Search(Row(dims, 1.0f), 10, 40).size(), 5u);
    EXPECT_EQ(EntriesOf(index).size(), 5u);
  }
}

// Rows of several items lose them one by one, while searches still know of their nodes: here
// all that the page of the last insert has.
TEST(HnswVacuum, LetsSearchesRunWhileItemsAreFreed) {
  for (const ElementType type : {ElementType::kSparse, ElementType::kFloat32}) {
    GrowingIndex index({.type = type, .dims = 6000, .m = 4});
    const Row row(6000, 1.5f);
    index.Insert(1, row);
    index.Delete(1);
    std::size_t commits = 0;
    index.store.on_commit = [&] {
      ++commits;
      EXPECT_NO_THROW((void)index.Search(row, 20, 40)) << commits;
    };
    EXPECT_EQ(index.Vacuum().freed, 1u);
    EXPECT_GE(commits, 4u);
  }
}

}  // namespace
}  // namespace vec::hnsw
