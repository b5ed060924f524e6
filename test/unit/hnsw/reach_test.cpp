#include "vector/hnsw/reach.hpp"

#include <gtest/gtest.h>

#include "support/busy_store.hpp"
#include "support/forest.hpp"
#include "support/growing_index.hpp"
#include "vector/hnsw/build.hpp"

namespace vec::hnsw {
namespace {

using test::BusyStore;
using test::Damage;
using test::Forest;
using test::GrowingIndex;
using test::MemoryStore;
using test::RandomRows;
using test::Row;
using test::StoredRow;
using test::TidOf;

// Values of which most are zero: many rows are equally near.
std::vector<Row> SparseRows(std::size_t count, std::size_t dims, std::uint64_t seed) {
  Random random(seed);
  std::vector<Row> rows(count, Row(dims));
  for (Row& row : rows) {
    for (std::uint64_t left = 1 + random.Below(4); left > 0; --left) {
      row[random.Below(dims)] = static_cast<float>(1 + random.Below(3));
    }
  }
  return rows;
}

// Norms from one to many thousands.
std::vector<Row> UnevenRows(std::size_t count, std::size_t dims, std::uint64_t seed) {
  Random random(seed);
  std::vector<Row> rows = RandomRows(count, dims, seed);
  for (Row& row : rows) {
    const double gauss = random.Uniform() + random.Uniform() + random.Uniform() - 1.5;
    for (float& x : row) x *= static_cast<float>(std::exp(6 * gauss));
  }
  return rows;
}

// Tight groups far from each other.
std::vector<Row> GroupedRows(std::size_t count, std::size_t dims, std::uint64_t seed) {
  Random random(seed);
  std::vector<Row> rows(count, Row(dims));
  for (Row& row : rows) {
    for (float& x : row) x = static_cast<float>(random.Below(2));
    row[random.Below(std::min<std::size_t>(dims, 20))] += 1000;
  }
  return rows;
}

std::vector<Row> DegenerateRows(std::size_t count, std::size_t dims, std::uint64_t seed) {
  if (seed % 3 == 0) return SparseRows(count, dims, seed);
  if (seed % 3 == 1) return UnevenRows(count, dims, seed);
  return GroupedRows(count, dims, seed);
}

void ExpectWhole(GrowingIndex& index) {
  const test::HnswCheck result = index.Check();
  EXPECT_EQ(Damage(result), "");
  EXPECT_EQ(result.unreachable, 0u);
  const Forest forest = test::ForestOf(index.store, index.meta);
  EXPECT_EQ(forest.descended, forest.nodes);
  EXPECT_LE(forest.roots, 1 + forest.nodes / 2);
}

const Options kDegenerate[] = {
    {.type = ElementType::kSparse, .metric = Metric::kL1, .dims = 257, .m = 8},
    {.type = ElementType::kSparse, .metric = Metric::kL2, .dims = 40, .m = 2},
    {.type = ElementType::kSparse, .metric = Metric::kInnerProduct, .dims = 40, .m = 3},
    {.metric = Metric::kL1, .dims = 16, .m = 3},
    {.metric = Metric::kL2, .dims = 8, .m = 2},
    {.metric = Metric::kInnerProduct, .dims = 8, .m = 2},
    {.metric = Metric::kInnerProduct, .dims = 16, .m = 5},
    {.type = ElementType::kBit, .metric = Metric::kHamming, .dims = 40, .m = 2},
    {.type = ElementType::kBit, .metric = Metric::kJaccard, .dims = 40, .m = 4},
    {.metric = Metric::kL2, .dims = 32},
    {.metric = Metric::kInnerProduct, .dims = 32},
};

TEST(HnswReach, InsertsLeaveAWayToEveryRow) {
  std::uint64_t seed = 1;
  for (const Options& options : kDegenerate) {
    for (int i = 0; i < 3; ++i, ++seed) {
      SCOPED_TRACE(seed);
      GrowingIndex index(options);
      const std::vector<Row> rows = DegenerateRows(400, options.dims, seed);
      for (std::size_t row = 0; row < rows.size(); ++row) index.Insert(row, rows[row]);
      ExpectWhole(index);
    }
  }
}

// Nearly all rows are found by what they are, without an iterative scan. Some are behind rows
// that many others are nearer than.
TEST(HnswReach, RowsFindThemselves) {
  GrowingIndex index({.type = ElementType::kSparse, .metric = Metric::kL1, .dims = 257, .m = 8});
  const std::vector<Row> rows = SparseRows(600, 257, 7);
  for (std::size_t row = 0; row < rows.size(); ++row) index.Insert(row, rows[row]);
  std::size_t missed = 0;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::vector<HeapTid> found = index.Search(rows[row], 600, 200);
    missed += std::ranges::find(found, TidOf(row)) == found.end();
  }
  EXPECT_LE(missed, 12u);
}

// Inserts that change what another has seen.
TEST(HnswReach, InsertsAtTheSameTimeDoSoToo) {
  for (const std::size_t every : {3u, 20u, 70u}) {
    for (const Options& options : {kDegenerate[0], kDegenerate[4], kDegenerate[10]}) {
      SCOPED_TRACE(every);
      GrowingIndex index(options);
      const std::vector<Row> rows = DegenerateRows(400, options.dims, every);
      std::size_t next = 0;
      BusyStore busy(index.store, every, [&] {
        if (next < rows.size() && next % 4 != 0) index.Insert(next, rows[next]);
        next += next % 4 != 0;
      });
      Inserter<BusyStore> inserter(busy, index.meta, {}, std::pmr::get_default_resource());
      while (next < rows.size()) {
        const std::size_t row = next++;
        inserter.Insert(TidOf(row), StoredRow(options.type, rows[row]).view());
      }
      ExpectWhole(index);
      EXPECT_EQ(index.Check().rows, rows.size());
    }
  }
}

TEST(HnswReach, VacuumLeavesAWayToEveryRow) {
  std::uint64_t seed = 100;
  for (const Options& options : kDegenerate) {
    SCOPED_TRACE(++seed);
    GrowingIndex index(options);
    const std::vector<Row> rows = DegenerateRows(300, options.dims, seed);
    for (std::size_t row = 0; row < rows.size(); ++row) index.Insert(row, rows[row]);
    for (std::size_t round = 0; round < 3; ++round) {
      for (std::size_t row = round; row < rows.size(); row += 3) index.Delete(row);
      index.Vacuum();
      ExpectWhole(index);
      for (std::size_t row = round; row < rows.size(); row += 3) index.Insert(row, rows[row]);
      ExpectWhole(index);
    }
  }
}

TEST(HnswReach, BuildsLeaveAWayToEveryRowThatLaterInsertsKeep) {
  std::uint64_t seed = 200;
  for (const Options& options : kDegenerate) {
    for (const std::size_t memory_bytes : {std::size_t{1} << 30, std::size_t{1}}) {
      SCOPED_TRACE(++seed);
      GrowingIndex index(options);
      index.store = {};
      const std::vector<Row> rows = DegenerateRows(400, options.dims, seed);
      Builder<MemoryStore> builder(index.store, index.meta, {.memory_bytes = memory_bytes},
                                   std::pmr::get_default_resource());
      for (std::size_t row = 0; row < 200; ++row) {
        builder.Add(TidOf(row), StoredRow(options.type, rows[row]).view());
      }
      index.meta = builder.Finish();
      ExpectWhole(index);
      for (std::size_t row = 200; row < rows.size(); ++row) index.Insert(row, rows[row]);
      ExpectWhole(index);
    }
  }
}

}  // namespace
}  // namespace vec::hnsw
