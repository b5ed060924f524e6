#include "vector/hnsw/build.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/growing_index.hpp"

namespace vec::hnsw {
namespace {

using test::ClusteredRows;
using test::Damage;
using test::Fault;
using test::GrowingIndex;
using test::Row;
using test::StoredRow;
using test::TidOf;

// An index built of rows; whether its memory was too small.
bool Build(GrowingIndex& index, const std::vector<Row>& rows, std::size_t memory_bytes) {
  index.store = {};
  Builder<test::MemoryStore> builder(index.store, index.meta,
                                     {.insert = {}, .memory_bytes = memory_bytes},
                                     std::pmr::get_default_resource());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const StoredRow row(index.meta.type, rows[i]);
    index.rows.insert_or_assign(TidOf(i), row);
    builder.Add(TidOf(i), row.view());
  }
  index.meta = builder.Finish();
  return builder.is_spilled();
}

TEST(HnswBuild, MakesTheSameIndexInMemoryAsInTheFile) {
  const std::vector<Row> rows = ClusteredRows(700, 64, 20, 1);
  const std::vector<Row> queries = ClusteredRows(20, 64, 20, 2);
  for (const std::size_t memory_bytes : {std::size_t{1} << 30, std::size_t{1}}) {
    GrowingIndex index({.dims = 64});
    EXPECT_EQ(Build(index, rows, memory_bytes), memory_bytes == 1);
    const CheckResult result = index.Check();
    EXPECT_TRUE(result.findings.empty()) << Damage(result);
    EXPECT_EQ(result.nodes, rows.size());
    EXPECT_EQ(result.unreachable, 0u);
    EXPECT_TRUE(index.meta.center().exists());
    EXPECT_GE(index.Recall(queries, 10, 40), .97);
    index.Insert(5000, rows[3]);
    EXPECT_EQ(index.Check().rows, rows.size() + 1);
  }
}

TEST(HnswBuild, KeepsWhatAllRowsHaveInCommonOutOfCodes) {
  std::vector<Row> rows = ClusteredRows(1520, 64, 20, 1);
  for (Row& row : rows) {
    for (float& x : row) x = 30000 + std::round(x * 64) / 64;
  }
  const std::vector<Row> queries(rows.end() - 20, rows.end());
  rows.resize(rows.size() - queries.size());
  GrowingIndex index({.dims = 64});
  Build(index, rows, std::size_t{1} << 30);
  EXPECT_TRUE(index.Check().findings.empty());
  EXPECT_GE(index.Recall(queries, 10, 40), .95);
}

TEST(HnswBuild, MakesAnIndexOfNoRows) {
  GrowingIndex index({.dims = 64});
  EXPECT_FALSE(Build(index, {}, 1 << 20));
  EXPECT_EQ(index.store.BlockCount(), 2u);
  EXPECT_TRUE(index.Check().findings.empty());
}

TEST(HnswBuild, HonoursInterrupts) {
  GrowingIndex index({.dims = 64});
  index.store = {};
  Builder<test::MemoryStore> builder(index.store, index.meta, {}, std::pmr::get_default_resource());
  index.store.FailAtStep(20);
  const std::vector<Row> rows = ClusteredRows(600, 64, 20, 1);
  EXPECT_THROW(
      {
        for (std::size_t i = 0; i < rows.size(); ++i) {
          const StoredRow row(index.meta.type, rows[i]);
          builder.Add(TidOf(i), row.view());
        }
      },
      Fault);
}

}  // namespace
}  // namespace vec::hnsw
