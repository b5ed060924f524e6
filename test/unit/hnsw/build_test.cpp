#include "vector/hnsw/build.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "support/growing_index.hpp"

namespace vec::hnsw {
namespace {

using test::ClusteredRows;
using test::Damage;
using test::ExpectSound;
using test::Fault;
using test::GrowingIndex;
using test::Row;
using test::StoredRow;
using test::TidOf;

constexpr std::size_t kMuchMemory = std::size_t{1} << 30;

bool Build(GrowingIndex& index, const std::vector<Row>& rows, const BuildParams& params) {
  return index.Build(rows, params);
}

bool Build(GrowingIndex& index, const std::vector<Row>& rows) {
  return Build(index, rows, {.memory_bytes = kMuchMemory});
}

TEST(HnswBuild, MakesTheSameIndexInMemoryAsInTheFile) {
  const std::vector<Row> rows = ClusteredRows(700, 64, 20, 1);
  const std::vector<Row> queries = ClusteredRows(20, 64, 20, 2);
  for (const Codec codec : {Codec::kRabitq, Codec::kNone}) {
    for (const std::size_t memory_bytes : {kMuchMemory, std::size_t{1}}) {
      GrowingIndex index({.dims = 64, .codec = codec});
      EXPECT_EQ(Build(index, rows, {.memory_bytes = memory_bytes}), memory_bytes == 1);
      const test::HnswCheck result = index.Check();
      EXPECT_TRUE(result.findings.empty()) << Damage(result);
      EXPECT_EQ(result.nodes, rows.size());
      EXPECT_EQ(result.unreachable, 0u);
      EXPECT_EQ(index.meta.center().exists(), codec == Codec::kRabitq);
      EXPECT_GE(index.Recall(queries, 10, 40), .97);
      index.Insert(5000, rows[3]);
      EXPECT_EQ(index.Check().rows, rows.size() + 1);
    }
  }
}

struct Kind {
  Options options;
  SelfKind self;
};

// Every kind of coded nodes, and that nodes lie where searches come by.
TEST(HnswBuild, FindsAsMuchAsInserts) {
  const Kind kinds[] = {
      {{.metric = Metric::kL2, .dims = 64}, SelfKind::kValue},
      {{.metric = Metric::kInnerProduct, .dims = 64}, SelfKind::kValue},
      {{.metric = Metric::kCosine, .dims = 64, .m = 24}, SelfKind::kValue},
      {{.type = ElementType::kFloat16, .metric = Metric::kL2, .dims = 100}, SelfKind::kValue},
      {{.metric = Metric::kL2, .dims = 300}, SelfKind::kHalf},
      {{.metric = Metric::kCosine, .dims = 1600, .m = 24}, SelfKind::kHalfItem},
      {{.type = ElementType::kFloat16, .metric = Metric::kInnerProduct, .dims = 1700, .m = 24},
       SelfKind::kItem},
  };
  for (const Kind& kind : kinds) {
    SCOPED_TRACE(kind.options.dims);
    SCOPED_TRACE(static_cast<int>(kind.options.metric));
    const std::size_t count = kind.options.dims > 1000 ? 250 : 600;
    std::vector<Row> rows = ClusteredRows(count, kind.options.dims, 10, 1);
    std::vector<Row> queries = ClusteredRows(20, kind.options.dims, 10, 2);
    if (kind.options.metric == Metric::kCosine) {
      rows = test::UnitRows(rows);
      queries = test::UnitRows(queries);
    }
    GrowingIndex built(kind.options);
    EXPECT_EQ(built.meta.self, kind.self);
    EXPECT_FALSE(Build(built, rows));
    ExpectSound(built);
    GrowingIndex inserted(kind.options);
    for (std::size_t i = 0; i < rows.size(); ++i) inserted.Insert(i, rows[i]);
    EXPECT_GE(built.Recall(queries, 10, 20), inserted.Recall(queries, 10, 20) - .02);
    EXPECT_GE(built.Recall(queries, 10, 40), .95);
  }
}

// As real vectors are, not small integers: rounding moves them.
std::vector<Row> Moved(std::vector<Row> rows, float offset) {
  float step = 0;
  for (Row& row : rows) {
    for (float& x : row) x = x / 7 + (step += 1e-5f) + offset;
  }
  return rows;
}

// Rows of few dimensions are rounded where that tells them apart, and answers are exact all the
// same.
TEST(HnswBuild, RoundsRowsThatAreFarApart) {
  for (const Metric metric : {Metric::kL2, Metric::kInnerProduct}) {
    for (const float offset : {0.0f, 20000.0f}) {
      SCOPED_TRACE(offset);
      const std::vector<Row> rows = Moved(ClusteredRows(1200, 64, 20, 1), offset);
      const std::vector<Row> queries = Moved(ClusteredRows(20, 64, 20, 2), offset);
      GrowingIndex index({.metric = metric, .dims = 64});
      EXPECT_FALSE(Build(index, {rows.begin(), rows.begin() + 1100}));
      EXPECT_EQ(index.meta.self, offset == 0 ? SelfKind::kHalf : SelfKind::kValue);
      for (std::size_t i = 1100; i < 1200; ++i) index.Insert(i, rows[i]);
      for (std::size_t i = 0; i < 1200; i += 7) index.Delete(i);
      index.Vacuum();
      ExpectSound(index);
      EXPECT_GE(index.Recall(queries, 10, 100), .95);
      if (metric != Metric::kL2) continue;
      for (const Row& query : queries) {
        const StoredRow asked(ElementType::kFloat32, query);
        const RowView view = asked.view();
        const Scorer scorer(index.meta, view);
        std::vector<float> distances;
        for (const HeapTid& tid : index.Search(query, 20, 100)) {
          distances.push_back(scorer.Distance(index.rows.at(tid).view().stored));
        }
        EXPECT_EQ(distances.size(), 20u);
        EXPECT_TRUE(std::ranges::is_sorted(distances));
      }
    }
  }
}

// What the rows of the graph tell goes for those behind, which are inserted; few tell nothing.
TEST(HnswBuild, RoundsRowsThatFindNoMemory) {
  const std::vector<Row> rows = Moved(ClusteredRows(1500, 64, 20, 1), 0);
  for (const std::size_t memory_bytes : {std::size_t{1}, std::size_t{9} << 18}) {
    GrowingIndex index({.dims = 64});
    EXPECT_TRUE(Build(index, rows, {.memory_bytes = memory_bytes}));
    EXPECT_EQ(index.meta.self, memory_bytes == 1 ? SelfKind::kValue : SelfKind::kHalf);
    ExpectSound(index);
    EXPECT_EQ(index.Search(rows[1499], 1, 40), std::vector{TidOf(1499)});
  }
}

// An index of format version 1, which had no such rows.
TEST(HnswBuild, GoesOnWithAnIndexThatDoesNotRound) {
  const std::vector<Row> rows = ClusteredRows(400, 64, 20, 1);
  GrowingIndex index({.dims = 64});
  for (std::size_t i = 0; i < 300; ++i) index.Insert(i, rows[i]);
  index.store.Corrupt(kMetaBlock)[28] = std::byte{1};
  index.meta = ReadMeta(index.store.Corrupt(kMetaBlock));
  EXPECT_EQ(index.meta.version, 1);
  EXPECT_EQ(index.meta.self, SelfKind::kValue);
  for (std::size_t i = 300; i < 400; ++i) index.Insert(i, rows[i]);
  for (std::size_t i = 0; i < 400; i += 5) index.Delete(i);
  EXPECT_EQ(index.Vacuum().removed, 80u);
  ExpectSound(index);
  EXPECT_EQ(index.Search(rows[399], 1, 40), std::vector{TidOf(399)});
}

TEST(HnswBuild, TakesFewRows) {
  for (const std::size_t n : {0, 1, 2, 3, 40}) {
    SCOPED_TRACE(n);
    GrowingIndex index({.dims = 64});
    const std::vector<Row> rows = ClusteredRows(n, 64, 3, 1);
    EXPECT_FALSE(Build(index, rows));
    EXPECT_EQ(index.meta.center().exists(), n > 0);
    ExpectSound(index);
    const Row query(64, 0.5f);
    EXPECT_EQ(index.Search(query, 100, 100).size(), n);
    index.Insert(100, query);
    ExpectSound(index);
    EXPECT_EQ(index.Search(query, 1, 40), std::vector{TidOf(100)});
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
  EXPECT_FALSE(Build(index, rows));
  EXPECT_TRUE(index.Check().findings.empty());
  EXPECT_GE(index.Recall(queries, 10, 40), .95);
}

// A walk through a small cube: runs of rows that lie closer to each other than to others.
TEST(HnswBuild, ReachesRowsThatComeInRuns) {
  std::vector<Row> rows;
  for (int i = 0; i < 5000; ++i) {
    rows.push_back(
        {static_cast<float>(i % 61), static_cast<float>(i % 53), static_cast<float>(i % 47)});
  }
  for (const std::size_t memory_bytes : {kMuchMemory, std::size_t{1}}) {
    GrowingIndex index({.dims = 3});
    Build(index, rows, {.memory_bytes = memory_bytes});
    ExpectSound(index);
    EXPECT_EQ(index.Check().unreachable, 0u);
    for (std::size_t i = 0; i < rows.size(); i += 3) index.Delete(i);
    index.Vacuum();
    EXPECT_EQ(index.Check().unreachable, 0u);
  }
}

TEST(HnswBuild, MakesAnIndexOfNoRows) {
  for (const Codec codec : {Codec::kRabitq, Codec::kNone}) {
    GrowingIndex index({.dims = 64, .codec = codec});
    EXPECT_FALSE(Build(index, {}));
    EXPECT_EQ(index.store.BlockCount(), 2u);
    EXPECT_TRUE(index.Check().findings.empty());
  }
}

// Three thousand copies do not fit one item.
TEST(HnswBuild, MakesOneNodeOfEqualRows) {
  std::vector<Row> rows = ClusteredRows(300, 300, 5, 1);
  for (std::size_t i = 0; i < 3000; ++i) rows.push_back(rows[7]);
  for (std::size_t i = 0; i < 50; ++i) rows.push_back(rows[i]);
  GrowingIndex index({.dims = 300});
  EXPECT_FALSE(Build(index, rows));
  ExpectSound(index);
  EXPECT_EQ(index.Check().nodes, 300u);
  EXPECT_EQ(index.Search(rows[7], 4000, 1).size(), 3002u);
  index.Insert(9000, rows[7]);
  index.Insert(9001, rows[100]);
  EXPECT_EQ(index.Check().nodes, 300u);
  ExpectSound(index);
}

TEST(HnswBuild, TakesInsertsAndVacuum) {
  for (const std::uint32_t dims : {64u, 1600u}) {
    const std::size_t step = dims > 1000 ? 50 : 150;
    const std::vector<Row> rows = ClusteredRows(6 * step, dims, 10, 1);
    const std::vector<Row> queries = ClusteredRows(20, dims, 10, 2);
    GrowingIndex index({.dims = dims, .m = 24});
    EXPECT_FALSE(
        Build(index, {rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(4 * step)}));
    for (std::size_t i = 4 * step; i < 5 * step; ++i) index.Insert(i, rows[i]);
    for (std::size_t i = 0; i < 5 * step; i += 5) index.Delete(i);
    EXPECT_EQ(index.Vacuum().removed, step);
    const BlockId blocks = index.store.BlockCount();
    for (std::size_t i = 5 * step; i < 6 * step; ++i) index.Insert(i, rows[i]);
    EXPECT_EQ(index.store.BlockCount(), blocks) << "freed slots are taken again";
    const test::HnswCheck result = index.Check();
    EXPECT_TRUE(result.findings.empty()) << Damage(result);
    EXPECT_EQ(result.rows, index.rows.size());
    EXPECT_GE(index.Recall(queries, 10, 40), .95);
  }
}

TEST(HnswBuild, DoesNotDependOnThreads) {
  const std::vector<Row> rows = ClusteredRows(1500, 64, 10, 1);
  GrowingIndex alone({.dims = 64});
  EXPECT_FALSE(Build(alone, rows, {.memory_bytes = kMuchMemory}));
  GrowingIndex together({.dims = 64});
  EXPECT_FALSE(Build(together, rows, {.memory_bytes = kMuchMemory, .threads = 3}));
  ASSERT_EQ(alone.store.BlockCount(), together.store.BlockCount());
  for (BlockId block = 0; block < alone.store.BlockCount(); ++block) {
    const auto page = alone.store.Read(block);
    EXPECT_EQ(std::memcmp(page.page(), together.store.Read(block).page(), kPageBytes), 0) << block;
  }
}

TEST(HnswBuild, ReportsWhatIsDone) {
  std::vector<double> reports;
  GrowingIndex index({.dims = 64});
  const BuildParams params{.memory_bytes = kMuchMemory,
                           .progress = [&](double done) { reports.push_back(done); }};
  EXPECT_FALSE(Build(index, ClusteredRows(3000, 64, 10, 1), params));
  EXPECT_FALSE(reports.empty());
  EXPECT_TRUE(std::ranges::is_sorted(reports));
  for (const double done : reports) EXPECT_TRUE(done >= 0 && done <= 1);
}

TEST(HnswBuild, HonoursInterrupts) {
  for (const Codec codec : {Codec::kRabitq, Codec::kNone}) {
    GrowingIndex index({.dims = 64, .codec = codec});
    index.store = {};
    Builder<test::MemoryStore> builder(index.store, index.meta, {},
                                       std::pmr::get_default_resource());
    index.store.FailAtStep(20);
    const std::vector<Row> rows = ClusteredRows(600, 64, 20, 1);
    EXPECT_THROW(
        {
          for (std::size_t i = 0; i < rows.size(); ++i) {
            const StoredRow row(index.meta.type, rows[i]);
            builder.Add(TidOf(i), row.view());
          }
          (void)builder.Finish();
        },
        Fault);
  }
}

}  // namespace
}  // namespace vec::hnsw
