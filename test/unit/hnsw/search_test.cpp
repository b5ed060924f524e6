#include "vector/hnsw/search.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/hnsw_fixture.hpp"
#include "vector/types/arithmetic.hpp"

namespace vec::hnsw {
namespace {

using test::HnswIndex;
using test::Row;
using test::TidOf;

constexpr std::size_t kQueries = 20;

struct Kind {
  const char* name;
  ElementType type;
  Metric metric;
  std::size_t dims;
  Codec codec = Codec::kRabitq;
  std::uint16_t m = 16;
  std::size_t inline_bytes = 1024;
  double recall = 0.95;
};

std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.name; }

Row Unit(const Row& row) {
  Row unit(row.size());
  types::Normalize(row, unit);
  return unit;
}

// Clustered rows; of sparse kinds most elements are zero.
std::vector<Row> RowsOf(const Kind& kind, std::size_t count, std::uint64_t seed) {
  std::vector<Row> rows = test::ClusteredRows(count, kind.dims, 30, seed);
  Random random(seed);
  for (Row& row : rows) {
    if (kind.type == ElementType::kSparse) {
      for (std::size_t d = 0; d < row.size(); ++d) {
        if ((d * 7 + 3) % 5 != 0) row[d] = 0;
      }
    }
    if (kind.metric == Metric::kCosine) row = Unit(row);
  }
  return rows;
}

Options OptionsOf(const Kind& kind) {
  Options options;
  options.type = kind.type;
  options.metric = kind.metric;
  options.codec = kind.codec;
  options.m = kind.m;
  options.inline_bytes = kind.inline_bytes;
  options.seed = 7;
  return options;
}

// By the index's own rule.
void ExpectAscending(const HnswIndex& index, const Row& query, const std::vector<HeapTid>& found) {
  float last = -std::numeric_limits<float>::infinity();
  for (const HeapTid tid : found) {
    const float distance = index.Distance(query, HnswIndex::NumberOf(tid));
    EXPECT_GE(distance, last);
    last = distance;
  }
}

class EveryHnswKind : public testing::TestWithParam<Kind> {
 protected:
  void TearDown() override { simd::Select(std::nullopt); }
};

TEST_P(EveryHnswKind, FindsTheNearestRowsInExactOrderAtEveryLevel) {
  const Kind& kind = GetParam();
  // The graph is made by brute force.
  HnswIndex index(OptionsOf(kind), RowsOf(kind, kind.dims > 200 ? 250 : 1000, 1));
  const std::vector<Row> queries = RowsOf(kind, kQueries, 2);
  for (const simd::Level level :
       {simd::Level::kBaseline, simd::Level::kAvx2, simd::Level::kAvx512}) {
    if (!simd::Select(level)) continue;
    double recall = 0;
    double nodes = 0;
    for (const Row& query : queries) {
      const std::vector<HeapTid> found = index.Search(query, {.ef = 40});
      ASSERT_GE(found.size(), 40u);
      recall += index.Recall(query, found, 10);
      nodes += static_cast<double>(index.counts.nodes);
      ExpectAscending(index, query, found);
      EXPECT_EQ(std::set(found.begin(), found.end()).size(), found.size());
    }
    EXPECT_GE(recall / kQueries, kind.recall) << simd::Active().name;
    if (index.meta.form == Form::kCoded) {
      EXPECT_LT(nodes / kQueries, 2.0 * Beam<test::MemoryStore>::MostEstimates(40))
          << simd::Active().name;
    }
  }
  EXPECT_FALSE(index.store.checked_under_lock);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, EveryHnswKind,
    testing::Values(
        Kind{"vector_l2", ElementType::kFloat32, Metric::kL2, 64},
        Kind{"vector_ip", ElementType::kFloat32, Metric::kInnerProduct, 64},
        Kind{"vector_cosine", ElementType::kFloat32, Metric::kCosine, 100},
        Kind{"vector_l1", ElementType::kFloat32, Metric::kL1, 24},
        Kind{"vector_l2_plain", ElementType::kFloat32, Metric::kL2, 16},
        Kind{"vector_ip_plain", ElementType::kFloat32, Metric::kInnerProduct, 48, Codec::kNone},
        Kind{"vector_cosine_plain", ElementType::kFloat32, Metric::kCosine, 8},
        // Few entries, so that some of the 30 clusters have none.
        Kind{"vector_l2_items", ElementType::kFloat32, Metric::kL2, 2100, Codec::kNone, 16, 1024,
             0.8},
        Kind{"vector_l2_half", ElementType::kFloat32, Metric::kL2, 320},
        Kind{"vector_ip_half", ElementType::kFloat32, Metric::kInnerProduct, 320},
        Kind{"vector_l2_cut", ElementType::kFloat32, Metric::kL2, 768},
        Kind{"vector_cosine_cut", ElementType::kFloat32, Metric::kCosine, 768},
        Kind{"vector_l2_half_items", ElementType::kFloat32, Metric::kL2, 2100},
        Kind{"vector_ip_half_items", ElementType::kFloat32, Metric::kInnerProduct, 2100},
        Kind{"vector_l2_64_lanes", ElementType::kFloat32, Metric::kL2, 64, Codec::kRabitq, 24},
        Kind{"halfvec_l2", ElementType::kFloat16, Metric::kL2, 96},
        Kind{"halfvec_ip", ElementType::kFloat16, Metric::kInnerProduct, 96},
        Kind{"halfvec_l2_items", ElementType::kFloat16, Metric::kL2, 2500},
        Kind{"halfvec_l1", ElementType::kFloat16, Metric::kL1, 40},
        Kind{"bit_hamming", ElementType::kBit, Metric::kHamming, 200},
        Kind{"bit_jaccard", ElementType::kBit, Metric::kJaccard, 200},
        Kind{"sparsevec_l2", ElementType::kSparse, Metric::kL2, 300},
        Kind{"sparsevec_ip", ElementType::kSparse, Metric::kInnerProduct, 300},
        Kind{"sparsevec_cosine", ElementType::kSparse, Metric::kCosine, 300},
        Kind{"sparsevec_l1", ElementType::kSparse, Metric::kL1, 300},
        Kind{"sparsevec_items", ElementType::kSparse, Metric::kL2, 300, Codec::kNone, 16, 64}),
    [](const auto& kind) { return std::string(kind.param.name); });

const Kind kSmall{"small", ElementType::kFloat32, Metric::kL2, 32};

class SmallHnsw : public testing::Test {
 protected:
  SmallHnsw() : rows_(RowsOf(kSmall, 600, 1)), index_(OptionsOf(kSmall), rows_) {}

  std::vector<Row> rows_;
  HnswIndex index_;
};

TEST_F(SmallHnsw, EndsAfterSoManyNodes) {
  EXPECT_EQ(index_.Search(rows_[0], {.ef = 7}).size(), 7u);
  EXPECT_EQ(index_.Search(rows_[0], {.ef = 1}).size(), 1u);
}

TEST_F(SmallHnsw, IterativeHandsOutEveryRowOnce) {
  for (const bool is_strict : {false, true}) {
    const auto found =
        index_.Search(rows_[3], {.ef = 20, .is_iterative = true, .is_strict = is_strict});
    EXPECT_EQ(std::set(found.begin(), found.end()).size(), found.size());
    if (is_strict) {
      ExpectAscending(index_, rows_[3], found);
    } else {
      EXPECT_EQ(found.size(), rows_.size());
    }
  }
}

// Rows that rounding brings close to each other, so that those of a later batch may be nearer or
// not.
std::vector<Row> CloseRows(std::size_t count, std::size_t dims) {
  Random random(11);
  std::vector<Row> rows(count, Row(dims));
  for (Row& row : rows) {
    for (float& x : row) x = 100 + static_cast<float>(random.Uniform());
  }
  return rows;
}

TEST(CloseHnsw, StrictIterativeLooksWhetherRowsOfALaterBatchAreLate) {
  const std::vector<Row> rows = CloseRows(400, 320);
  HnswIndex index({.metric = Metric::kL2, .seed = 7}, rows);
  ASSERT_EQ(index.meta.self, SelfKind::kHalf);
  for (const std::uint32_t ef : {1u, 3u, 10u}) {
    const auto relaxed = index.Search(rows[3], {.ef = ef, .is_iterative = true});
    EXPECT_EQ(relaxed.size(), rows.size());
    const auto found = index.Search(rows[3], {.ef = ef, .is_iterative = true, .is_strict = true});
    EXPECT_EQ(std::set(found.begin(), found.end()).size(), found.size());
    EXPECT_GE(found.size(), ef);
    EXPECT_LT(found.size(), rows.size());
    ExpectAscending(index, rows[3], found);
  }
}

// The first row of a node need not be visible, and one of the table may be another than was
// indexed.
TEST(CloseHnsw, ReadsARowThatTheTableHas) {
  std::vector<Row> rows = CloseRows(400, 320);
  for (std::size_t i = 0; i < 400; ++i) rows.push_back(Row(rows[i]));
  HnswIndex index({.metric = Metric::kL2, .seed = 7}, rows);
  for (std::size_t i = 0; i < 400; ++i) index.heap.rows.erase(TidOf(i));
  const auto found = index.Search(rows[3], {.ef = 30});
  EXPECT_EQ(found.size(), 60u);
  EXPECT_GT(index.counts.heap, 0u);
  ExpectAscending(index, rows[3], found);
  for (auto& [tid, row] : index.heap.rows) row.pop_back();
  EXPECT_THROW(index.Search(rows[3], {.ef = 30}), Error);
}

TEST_F(SmallHnsw, IterativeStopsAtItsLimits) {
  SearchParams params{.ef = 20, .is_iterative = true, .max_visited = 100};
  const std::size_t limited = index_.Search(rows_[3], params).size();
  EXPECT_GE(limited, 100u);
  EXPECT_LE(limited, 160u);
  params = {.ef = 20, .is_iterative = true, .memory_bytes = 1};
  EXPECT_LE(index_.Search(rows_[3], params).size(), 40u);
}

// Each row reported as dead is made up for.
TEST_F(SmallHnsw, DeadRowsDoNotCount) {
  const test::StoredRow query(ElementType::kFloat32, rows_[5]);
  const RowView view = query.view();
  SearchParams params{.ef = 20};
  Search<test::MemoryStore> search(index_.store, index_.meta, view, params,
                                   std::pmr::get_default_resource());
  std::size_t live = 0;
  std::size_t dead = 0;
  while (const auto tid = search.Next()) {
    if (HnswIndex::NumberOf(*tid) / 30 % 2 == 0) {
      search.ReportDead();
      ++dead;
    } else {
      ++live;
    }
  }
  EXPECT_EQ(live, 20u);
  EXPECT_GT(dead, 8u);
}

TEST_F(SmallHnsw, WithoutAQueryAllRowsAreEquallyNear) {
  EXPECT_EQ(index_.Search({}, {.ef = 40}).size(), 40u);
  EXPECT_EQ(index_.Search({}, {.ef = 40, .is_iterative = true}).size(), rows_.size());
}

TEST_F(SmallHnsw, WalksThroughDeadNodesAndDoesNotHandThemOut) {
  for (std::size_t node = 0; node < index_.nodes(); node += 2) {
    index_.Edit(node, [](NodeEditor& editor) { editor.head().state = NodeState::kDead; });
  }
  const auto found = index_.Search(rows_[1], {.ef = 40});
  EXPECT_EQ(found.size(), 40u);
  for (const HeapTid tid : found) {
    EXPECT_EQ(index_.node_of(HnswIndex::NumberOf(tid)) % 2, 1u);
  }
}

TEST_F(SmallHnsw, PassesOverFreeNodes) {
  for (std::size_t node = 0; node < index_.nodes(); node += 5) {
    index_.Edit(node, [](NodeEditor& editor) { editor.Free(); });
  }
  const auto found = index_.Search(rows_[1], {.ef = 40});
  EXPECT_EQ(found.size(), 40u);
}

TEST_F(SmallHnsw, FindsRowsWhereNoEntryIsLeft) {
  State state = ReadState(index_.store.Read(kStateBlock).page());
  ClearEntries(index_.store, index_.meta, state, [](NodeId) { return true; });
  EXPECT_EQ(index_.Search(rows_[1], {.ef = 40}).size(), 40u);
}

TEST(HnswSearch, FindsNothingInAnEmptyIndex) {
  Options options = OptionsOf(kSmall);
  options.dims = 32;
  test::MemoryStore store;
  const Meta meta = MakeMeta(options);
  CreateEmpty(store, meta);
  const Row values(32, 1.0f);
  const RowView query{values, {}};
  Search<test::MemoryStore> search(store, meta, query, {.ef = 40, .is_iterative = true},
                                   std::pmr::get_default_resource());
  EXPECT_EQ(search.Next(), std::nullopt);
}

TEST(HnswSearch, HandsOutAllDuplicates) {
  std::vector<Row> rows = RowsOf(kSmall, 300, 1);
  for (std::size_t i = 0; i < 20000; ++i) rows.push_back(rows[17]);
  HnswIndex index(OptionsOf(kSmall), rows);
  EXPECT_LT(index.nodes(), 301u);
  const auto found = index.Search(rows[17], {.ef = 10});
  EXPECT_EQ(found.size(), 20000u + 10u);
  EXPECT_EQ(std::set(found.begin(), found.end()).size(), found.size());
}

TEST(HnswSearch, AnswersWhereAllRowsAreEqual) {
  for (const float value : {0.0f, 1.0f}) {
    const std::vector<Row> rows(50, Row(32, value));
    HnswIndex index(OptionsOf(kSmall), rows);
    EXPECT_EQ(index.Search(rows[0], {.ef = 10}).size(), 50u);
  }
}

TEST(HnswSearch, FindsBothOfTwoFarClusters) {
  std::vector<Row> rows = RowsOf(kSmall, 800, 1);
  for (std::size_t i = 0; i < rows.size(); i += 2) {
    for (float& x : rows[i]) x += 1000;
  }
  HnswIndex index(OptionsOf(kSmall), rows);
  double recall = 0;
  for (std::size_t i = 0; i < rows.size(); i += 40) {
    recall += index.Recall(rows[i], index.Search(rows[i], {.ef = 40}), 10) / 20;
  }
  EXPECT_GE(recall, 0.95);
}

// No way leads from one cluster to another; all have entries.
TEST(HnswSearch, IterativeReachesPartsThatNothingNearerLeadsTo) {
  constexpr std::size_t kClusters = 12;
  constexpr std::size_t kSize = 160;
  for (const Codec codec : {Codec::kRabitq, Codec::kNone}) {
    std::vector<Row> rows = test::ClusteredRows(kClusters * kSize, 64, 1, 3);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      for (float& value : rows[i]) value += static_cast<float>(1000 * (i / kSize));
    }
    Options options;
    options.codec = codec;
    HnswIndex index(options, rows);
    EXPECT_EQ(index.Search(rows[0], {.ef = 40, .is_iterative = true}).size(), rows.size());
    EXPECT_EQ(index.Search(rows[0], {.ef = 2 * kSize}).size(), 2 * kSize);
  }
}

TEST(HnswSearch, FindsNearRowsOfUnevenNormsByInnerProduct) {
  const Kind kind{"uneven", ElementType::kFloat32, Metric::kInnerProduct, 48};
  std::vector<Row> rows = RowsOf(kind, 1000, 1);
  Random random(3);
  for (Row& row : rows) {
    const auto factor = static_cast<float>(std::exp(3 * random.Uniform() - 1.5));
    for (float& x : row) x *= factor;
  }
  HnswIndex index(OptionsOf(kind), rows);
  double recall = 0;
  const std::vector<Row> queries = RowsOf(kind, 20, 5);
  for (const Row& query : queries) {
    recall += index.Recall(query, index.Search(query, {.ef = 40}), 10) / 20;
  }
  EXPECT_GE(recall, 0.95);
}

// Whatever magnitude, answers come in order, and nothing is infinite by mistake.
TEST(HnswSearch, AnswersAtTheEndsOfTheRange) {
  for (const float scale : {1e-18f, 1e15f}) {
    for (const std::size_t dims : {48u, 300u}) {
      const Kind kind{"scaled", ElementType::kFloat32, Metric::kL2, dims};
      std::vector<Row> rows = RowsOf(kind, 300, 1);
      for (Row& row : rows) {
        for (float& x : row) x *= scale;
      }
      HnswIndex index(OptionsOf(kind), rows);
      EXPECT_EQ(index.Search(rows[7], {.ef = 300}).size(), 300u) << scale;
      EXPECT_EQ(index.Search(rows[7], {.ef = 30}).front(), TidOf(7)) << scale;
    }
  }
}

// Distances and estimates that overflow are as far as can be; their nodes are visited all
// the same, and a search that goes on comes to its end.
TEST(HnswSearch, EndsWhereDistancesOverflow) {
  std::vector<Row> rows = RowsOf(kSmall, 100, 1);
  for (std::size_t i = 0; i < rows.size(); i += 2) {
    for (float& x : rows[i]) x *= 1e19f;
  }
  for (const Codec codec : {Codec::kNone, Codec::kRabitq}) {
    Options options = OptionsOf(kSmall);
    options.codec = codec;
    HnswIndex index(options, rows);
    const auto found = index.Search(rows[1], {.ef = 10, .is_iterative = true});
    EXPECT_GE(found.size(), 50u);
    EXPECT_EQ(std::set(found.begin(), found.end()).size(), found.size());
  }
}

// Half rows: the table is asked only where their rounding leaves the order open.
TEST(HnswSearch, ReadsFewRowsOfTheTable) {
  const Kind kind{"half", ElementType::kFloat32, Metric::kL2, 320};
  HnswIndex index(OptionsOf(kind), RowsOf(kind, 600, 1));
  ASSERT_EQ(index.meta.self, SelfKind::kHalf);
  std::size_t reads = 0;
  for (const Row& query : RowsOf(kind, 20, 2)) {
    index.Search(query, {.ef = 40}, 10);
    reads += index.counts.heap;
  }
  EXPECT_LT(reads, 20u * 5);
}

// Estimates tell such rows apart least of all.
TEST(HnswSearch, FindsAsMuchOfUnrelatedNumbersByCodesAsByDistances) {
  for (const std::size_t dims : {32, 64, 256, 1024}) {
    const Kind coded{"coded", ElementType::kFloat32, Metric::kL2, dims};
    const Kind plain{"plain", ElementType::kFloat32, Metric::kL2, dims, Codec::kNone};
    const std::vector<Row> rows = test::RandomRows(800, dims, 1);
    const std::vector<Row> queries = test::RandomRows(100, dims, 2);
    HnswIndex by_codes(OptionsOf(coded), rows);
    HnswIndex by_distances(OptionsOf(plain), rows);
    ASSERT_EQ(by_codes.meta.form, Form::kCoded);
    ASSERT_EQ(by_distances.meta.form, Form::kPlain);
    for (const std::uint32_t ef : {10, 20, 40, 80}) {
      double more = 0;
      for (const Row& query : queries) {
        more += by_codes.Recall(query, by_codes.Search(query, {.ef = ef}), 10);
        more -= by_distances.Recall(query, by_distances.Search(query, {.ef = ef}), 10);
      }
      EXPECT_GE(more / 100, -0.02) << dims << " dimensions, ef " << ef;
    }
  }
}

TEST(HnswSearch, ReadsOnePageAHop) {
  const Kind kind{"coded", ElementType::kFloat32, Metric::kL2, 128};
  HnswIndex index(OptionsOf(kind), RowsOf(kind, 1000, 1));
  const Row query = RowsOf(kind, 1, 2)[0];
  index.store.reads = 0;
  index.Search(query, {.ef = 20}, 10);
  EXPECT_LE(index.store.reads, index.counts.nodes + 3);
  EXPECT_EQ(index.counts.exact, index.counts.nodes);
  EXPECT_EQ(index.counts.items, 0u);
}

// Whatever a page holds, a search ends with an answer or a clear error.
TEST(HnswSearch, FlippedBytesNeverCrashIt) {
  for (const Kind& kind :
       {kSmall, Kind{"half_items", ElementType::kFloat32, Metric::kL2, 2100},
        Kind{"half", ElementType::kFloat32, Metric::kInnerProduct, 300},
        Kind{"items", ElementType::kFloat32, Metric::kL1, 2100},
        Kind{"sparse", ElementType::kSparse, Metric::kL2, 300, Codec::kNone, 16, 200},
        Kind{"bits", ElementType::kBit, Metric::kJaccard, 100}}) {
    std::vector<Row> rows = RowsOf(kind, 60, 1);
    for (std::size_t i = 0; i < 20; ++i) rows.push_back(rows[3]);
    HnswIndex index(OptionsOf(kind), rows);
    const test::StoredRow query(kind.type, rows[3]);
    const RowView view = query.view();
    Random random(7);
    std::size_t errors = 0;
    for (int i = 0; i < 3000; ++i) {
      const auto block = static_cast<BlockId>(random.Below(index.store.BlockCount()));
      // Heads, the first node, trailers, anything.
      constexpr std::size_t kRanges[][2] = {{0, 100}, {24, 340}, {8176, 8192}, {0, 8192}};
      const auto& range = kRanges[i % 4];
      const std::size_t at = range[0] + random.Below(range[1] - range[0]);
      std::byte* page = index.store.Corrupt(block);
      const std::byte before = page[at];
      page[at] ^= static_cast<std::byte>(1 + random.Below(255));
      try {
        const Meta meta = ReadMeta(index.store.Read(kMetaBlock).page());
        if (meta.dims == index.meta.dims && meta.type == index.meta.type) {
          Search<test::MemoryStore> search(index.store, meta, view,
                                           {.ef = 10, .is_iterative = true, .heap = &index.heap},
                                           std::pmr::get_default_resource());
          for (int found = 0; search.Next(); ++found) ASSERT_LT(found, 10000);
        }
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kCorrupted);
        ++errors;
      }
      page[at] = before;
    }
    EXPECT_GT(errors, 100u) << kind.name;
  }
}

TEST(HnswSearch, EndsInChainsThatAreCycles) {
  std::vector<Row> rows = RowsOf(kSmall, 60, 1);
  for (std::size_t i = 0; i < 3000; ++i) rows.push_back(rows[3]);
  HnswIndex index(OptionsOf(kSmall), rows);
  // The last item of the list of TIDs leads to the first.
  ItemRef first;
  index.Edit(index.node_of(3), [&](NodeEditor& node) { first = node.head().tids(); });
  ItemRef last;
  ForEachItem(index.store, first, ItemKind::kTids, [&](const Item&, ItemRef at) { last = at; });
  {
    auto record = index.store.Begin();
    MutableItemPage page(record.Modify(last.block), last.block);
    page.SetNext(last.slot, first);
    record.Commit();
  }
  EXPECT_THROW(index.Search(rows[3], {.ef = 10}), Error);
  // So does the directory.
  const State state = ReadState(index.store.Read(kStateBlock).page());
  TrailerOf(index.store.Corrupt(state.entries_last)).next = state.entries_first;
  EXPECT_THROW(index.Search(rows[4], {.ef = 10}), Error);
}

}  // namespace
}  // namespace vec::hnsw
