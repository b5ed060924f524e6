// Builds of nodes without codes: each kind of rows, and sets that no distance tells apart.
#include <gtest/gtest.h>

#include <cstring>
#include <stdexcept>

#include "support/growing_index.hpp"
#include "support/meter.hpp"

namespace vec::hnsw {
namespace {

using test::ClusteredRows;
using test::ExpectSound;
using test::GrowingIndex;
using test::Meter;
using test::Row;
using test::TidOf;

constexpr std::size_t kMuchMemory = std::size_t{1} << 30;

struct Kind {
  const char* name;
  Options options;
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

// Clustered rows, of sparse types with few elements that are not zero.
std::vector<Row> RowsOf(const Kind& kind, std::size_t count, std::uint64_t seed) {
  const std::size_t dims = kind.options.dims;
  std::vector<Row> rows = ClusteredRows(count, dims, 20, seed);
  if (kind.options.type == ElementType::kSparse) {
    Random random(seed);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t d = 0; d < dims; ++d) {
        const bool is_of_cluster = (d * 7 + i % 20) % 20 == 0;
        if (!is_of_cluster && random.Below(25) != 0) rows[i][d] = 0;
      }
    }
  }
  return kind.options.metric == Metric::kCosine ? test::UnitRows(rows) : rows;
}

class EveryPlainKind : public testing::TestWithParam<Kind> {};

TEST_P(EveryPlainKind, FindsAsMuchAsInserts) {
  const std::vector<Row> rows = RowsOf(GetParam(), GetParam().options.dims > 1000 ? 250 : 1000, 1);
  const std::vector<Row> queries = RowsOf(GetParam(), 30, 2);
  GrowingIndex built(GetParam().options);
  EXPECT_FALSE(built.Build(rows, {.memory_bytes = kMuchMemory}));
  ExpectSound(built);
  GrowingIndex inserted(GetParam().options);
  for (std::size_t i = 0; i < rows.size(); ++i) inserted.Insert(i, rows[i]);
  EXPECT_GE(built.Recall(queries, 10, 40), inserted.Recall(queries, 10, 40) - .02);
  EXPECT_GE(built.Recall(queries, 10, 100), .9);
}

TEST_P(EveryPlainKind, DoesNotDependOnThreads) {
  const std::vector<Row> rows = RowsOf(GetParam(), GetParam().options.dims > 1000 ? 300 : 1300, 3);
  GrowingIndex alone(GetParam().options);
  EXPECT_FALSE(alone.Build(rows, {.memory_bytes = kMuchMemory}));
  GrowingIndex together(GetParam().options);
  EXPECT_FALSE(together.Build(rows, {.memory_bytes = kMuchMemory, .threads = 3}));
  ASSERT_EQ(alone.store.BlockCount(), together.store.BlockCount());
  for (BlockId block = 0; block < alone.store.BlockCount(); ++block) {
    const auto page = alone.store.Read(block);
    EXPECT_EQ(std::memcmp(page.page(), together.store.Read(block).page(), kPageBytes), 0) << block;
  }
}

TEST_P(EveryPlainKind, MakesOneNodeOfEqualRows) {
  std::vector<Row> rows = RowsOf(GetParam(), 200, 4);
  for (std::size_t i = 0; i < 1500; ++i) rows.push_back(rows[7]);
  for (std::size_t i = 0; i < 50; ++i) rows.push_back(rows[i]);
  GrowingIndex index(GetParam().options);
  EXPECT_FALSE(index.Build(rows, {.memory_bytes = kMuchMemory}));
  ExpectSound(index);
  const std::uint64_t nodes = index.Check().nodes;
  EXPECT_LE(nodes, 200u);
  index.Insert(9000, rows[7]);
  index.Insert(9001, rows[100]);
  EXPECT_EQ(index.Check().nodes, nodes) << "inserts find the rows that were built";
  ExpectSound(index);
}

TEST_P(EveryPlainKind, GoesOnWithInsertsWhereMemoryEnds) {
  const std::vector<Row> rows = RowsOf(GetParam(), GetParam().options.dims > 1000 ? 200 : 700, 5);
  const std::vector<Row> queries = RowsOf(GetParam(), 20, 6);
  GrowingIndex index(GetParam().options);
  EXPECT_TRUE(index.Build(rows, {.memory_bytes = 1}));
  ExpectSound(index);
  EXPECT_GE(index.Recall(queries, 10, 100), .9);
  for (std::size_t i = 0; i < rows.size(); i += 3) index.Delete(i);
  index.Vacuum();
  ExpectSound(index);
}

TEST_P(EveryPlainKind, BreaksOffWhenTheReportThrows) {
  const std::vector<Row> rows = RowsOf(GetParam(), 800, 7);
  for (const std::size_t threads : {1, 3}) {
    GrowingIndex index(GetParam().options);
    const BulkProgress refuse = [](double) { throw std::runtime_error("enough"); };
    const BuildParams params{.memory_bytes = kMuchMemory, .threads = threads, .progress = refuse};
    EXPECT_THROW(index.Build(rows, params), std::runtime_error);
  }
}

TEST_P(EveryPlainKind, TakesFewRows) {
  for (const std::size_t n : {0, 1, 2, 3, 40}) {
    GrowingIndex index(GetParam().options);
    const std::vector<Row> rows = RowsOf(GetParam(), n, 8);
    EXPECT_FALSE(index.Build(rows, {.memory_bytes = kMuchMemory}));
    ExpectSound(index);
    EXPECT_EQ(index.Search(RowsOf(GetParam(), 1, 9)[0], 100, 100).size(), n);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, EveryPlainKind,
    testing::Values(
        Kind{"vector_l1", {.metric = Metric::kL1, .dims = 24}},
        Kind{"vector_l1_items", {.metric = Metric::kL1, .dims = 2100}},
        Kind{"halfvec_l1", {.type = ElementType::kFloat16, .metric = Metric::kL1, .dims = 40}},
        Kind{"vector_l2", {.metric = Metric::kL2, .dims = 8}},
        Kind{"vector_ip",
             {.metric = Metric::kInnerProduct, .dims = 48, .m = 8, .codec = Codec::kNone}},
        Kind{"halfvec_cosine",
             {.type = ElementType::kFloat16, .metric = Metric::kCosine, .dims = 20, .m = 40}},
        Kind{"bit_hamming", {.type = ElementType::kBit, .metric = Metric::kHamming, .dims = 200}},
        Kind{"bit_jaccard", {.type = ElementType::kBit, .metric = Metric::kJaccard, .dims = 200}},
        Kind{"sparsevec_l2", {.type = ElementType::kSparse, .metric = Metric::kL2, .dims = 300}},
        Kind{"sparsevec_ip",
             {.type = ElementType::kSparse, .metric = Metric::kInnerProduct, .dims = 300}},
        Kind{"sparsevec_cosine",
             {.type = ElementType::kSparse, .metric = Metric::kCosine, .dims = 300}},
        Kind{"sparsevec_l1", {.type = ElementType::kSparse, .metric = Metric::kL1, .dims = 300}},
        Kind{"sparsevec_items",
             {.type = ElementType::kSparse,
              .metric = Metric::kL2,
              .dims = 300,
              .inline_bytes = 160}}),
    [](const auto& kind) { return std::string(kind.param.name); });

// Each row has an element of its own: all are equally far from each other.
TEST(HnswBuildPlain, ReachesSparseRowsThatShareNothing) {
  std::vector<Row> rows(2500, Row(2600));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i][i] = 1;
  for (const Metric metric : {Metric::kL2, Metric::kInnerProduct, Metric::kCosine, Metric::kL1}) {
    GrowingIndex index({.type = ElementType::kSparse, .metric = metric, .dims = 2600});
    EXPECT_FALSE(index.Build(rows, {.memory_bytes = kMuchMemory}));
    ExpectSound(index);
  }
}

// The row of no elements is as far from all as the length of these.
TEST(HnswBuildPlain, TakesRowsOfNoElements) {
  std::vector<Row> rows = RowsOf({"", {.type = ElementType::kSparse, .dims = 300}}, 400, 1);
  rows[17] = rows[18] = Row(300);
  for (const Metric metric : {Metric::kL2, Metric::kInnerProduct, Metric::kL1}) {
    GrowingIndex index({.type = ElementType::kSparse, .metric = metric, .dims = 300});
    EXPECT_FALSE(index.Build(rows, {.memory_bytes = kMuchMemory}));
    ExpectSound(index);
    EXPECT_EQ(index.Check().nodes, 399u);
  }
}

// Of no shared bit, whatever else: all are 1 apart.
TEST(HnswBuildPlain, ReachesBitsThatShareNothing) {
  std::vector<Row> rows(2000, Row(2048));
  for (std::size_t i = 1; i < rows.size(); ++i) rows[i][i] = 1;
  for (const Metric metric : {Metric::kHamming, Metric::kJaccard}) {
    GrowingIndex index({.type = ElementType::kBit, .metric = metric, .dims = 2048});
    EXPECT_FALSE(index.Build(rows, {.memory_bytes = kMuchMemory}));
    ExpectSound(index);
  }
}

TEST(HnswBuildPlain, TakesSumsThatOverflow) {
  std::vector<Row> rows = ClusteredRows(1200, 8, 10, 1);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (float& x : rows[i]) x *= i % 3 == 0 ? 1e36f : 1e25f;
  }
  for (const ElementType type : {ElementType::kFloat32, ElementType::kSparse}) {
    for (const Metric metric : {Metric::kL1, Metric::kL2}) {
      GrowingIndex index({.type = type, .metric = metric, .dims = 8});
      EXPECT_FALSE(index.Build(rows, {.memory_bytes = kMuchMemory}));
      EXPECT_EQ(index.Check().unreachable, 0u);
    }
  }
}

TEST(HnswBuildPlain, LooksFartherWithMoreEffort) {
  const std::vector<Row> rows = test::RandomRows(2500, 40, 1);
  const std::vector<Row> queries = test::RandomRows(60, 40, 2);
  const Options options{.metric = Metric::kL1, .dims = 40};
  double recall[2] = {};
  for (const std::uint32_t ef : {64u, 400u}) {
    GrowingIndex index(options);
    index.Build(rows, {.insert = {.ef_construction = ef}, .memory_bytes = kMuchMemory});
    recall[ef == 64 ? 0 : 1] = index.Recall(queries, 10, 40);
  }
  EXPECT_GE(recall[1], recall[0] - .01);
}

// The rows leave room for what the graph of so many takes.
TEST(HnswBuildPlain, KeepsItsMemory) {
  constexpr std::size_t kMemory = std::size_t{16} << 20;
  const Kind kind{"", {.type = ElementType::kSparse, .metric = Metric::kL2, .dims = 300}};
  const std::vector<Row> rows = RowsOf(kind, 3000, 1);
  Meter meter;
  GrowingIndex index(kind.options);
  index.store = {};
  const BuildParams params{.memory_bytes = kMemory};
  Builder<test::MemoryStore> builder(index.store, index.meta, params, &meter);
  BulkParams graph{.type = ElementType::kSparse, .dims = 300, .lanes = index.meta.lanes};
  std::size_t taken = 0;  // by the rows of which the graph was made
  std::size_t added = 0;
  for (; !builder.is_spilled(); ++added) {
    taken = meter.most();
    const test::StoredRow row(index.meta.type, rows[added % rows.size()]);
    graph.longest_row = std::max(graph.longest_row, SparseElementsAt(row.stored()).size());
    builder.Add(TidOf(added), row.view());
  }
  EXPECT_GT(added, 4000u);
  EXPECT_LE(BulkBytes(added - 1, graph) + taken, kMemory);
}

}  // namespace
}  // namespace vec::hnsw
