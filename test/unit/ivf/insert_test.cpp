#include "vector/ivf/insert.hpp"

#include <gtest/gtest.h>

#include "support/ivf_fixture.hpp"

namespace vec::ivf {
namespace {

using test::ExactOrder;
using test::Fault;
using test::Index;
using test::RandomRows;
using test::Row;

constexpr SearchParams kAllLists{.probes = 10, .max_probes = 10};

TEST(Insert, RowsAreFoundWithBuiltOnes) {
  std::vector<Row> rows = RandomRows(300, 9, 1);
  Index index(Metric::kL2, rows, 10);
  for (const Row& row : RandomRows(2000, 9, 2)) {
    index.Insert(rows.size(), row);
    rows.push_back(row);
  }
  EXPECT_EQ(index.Check().rows, rows.size());
  EXPECT_EQ(index.Search(rows[7], kAllLists), ExactOrder(Metric::kL2, rows, rows[7]));
}

TEST(Insert, FillsAnIndexBuiltOnAnEmptyTable) {
  std::vector<float> centroid(2, 0.0f);
  test::MemoryStore store;
  const Meta meta =
      Builder<test::MemoryStore>(store, {.dims = 2}, centroid, std::pmr::get_default_resource())
          .Finish();
  for (std::size_t i = 0; i < 3000; ++i) {
    const Row row{static_cast<float>(i), 0};
    const test::StoredRow stored(meta.type, row);
    Insert(store, meta, test::TidOf(i), stored.view(), std::pmr::get_default_resource());
  }
  EXPECT_EQ(test::CheckIvf(store).rows, 3000u);
}

TEST(Insert, ChoosesTheListThatASearchProbes) {
  for (const Metric metric : {Metric::kL2, Metric::kInnerProduct, Metric::kCosine, Metric::kL1}) {
    std::vector<Row> rows = RandomRows(500, 16, 3);
    Index index(metric, rows, 10);
    Row row(16, 0.0f);
    row[0] = 50;
    index.Insert(9999, row);
    const auto found = index.Search(row, {.probes = 1, .max_probes = 1});
    EXPECT_EQ(found.front(), test::TidOf(9999)) << static_cast<int>(metric);
  }
}

// As vacuum leaves it: insert_block at the front of a long chain without room.
TEST(Insert, WalksOverFullPagesWithoutWritingThem) {
  const std::vector<Row> rows = RandomRows(400, 1000, 5);
  Index index(Metric::kL2, rows, 1);
  MutableDirectoryPage directory(index.store.Corrupt(index.meta.directory_block),
                                 SliceBytes(index.meta), sizeof(Trailer));
  directory.head(0).insert_block = directory.head(0).first_block;
  index.store.commits = 0;
  index.Insert(900, rows[0]);
  EXPECT_LE(index.store.commits, 2u);
  index.store.reads = 0;
  index.Insert(901, rows[0]);
  EXPECT_LE(index.store.reads, 5u);
  EXPECT_EQ(index.Check().rows, rows.size() + 2);
}

TEST(Insert, ReportsAChainThatNeverEnds) {
  const std::vector<Row> rows = RandomRows(40, 1000, 6);
  Index index(Metric::kL2, rows, 1);
  const BlockId last = index.meta.directory_block - 1;
  while (TrailerOf(index.store.Corrupt(last)).next == kNoBlock &&
         RowPage<HeapTid>(index.store.Corrupt(last), SliceBytes(index.meta), sizeof(Trailer))
             .HasRoom()) {
    index.Insert(900, rows[0]);
  }
  TrailerOf(index.store.Corrupt(last)).next = 1;
  EXPECT_THROW(index.Insert(901, rows[0]), Error);
}

// Every record leaves a valid index: a fault at any step loses at most the row
// being inserted.
TEST(Insert, FaultAtAnyStepLeavesAValidIndex) {
  const std::vector<Row> rows = RandomRows(50, 600, 4);
  for (std::size_t step = 1; step < 60; ++step) {
    Index index(Metric::kL2, rows, 2);
    index.store.FailAtStep(step);
    std::size_t inserted = 0;
    bool failed = false;
    try {
      for (; inserted < 10; ++inserted) index.Insert(100 + inserted, rows[inserted]);
    } catch (const Fault&) {
      failed = true;
    }
    index.store.FailAtStep(0);
    EXPECT_TRUE(failed || inserted == 10);
    EXPECT_EQ(index.Check().rows, rows.size() + inserted) << step;
    index.Insert(500, rows[0]);
    EXPECT_EQ(index.Check().rows, rows.size() + inserted + 1) << step;
  }
}

}  // namespace
}  // namespace vec::ivf
