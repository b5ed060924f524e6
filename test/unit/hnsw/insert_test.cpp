#include "vector/hnsw/insert.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "support/growing_index.hpp"
#include "support/meter.hpp"

namespace vec::hnsw {
namespace {

using test::ClusteredRows;
using test::Damage;
using test::Fault;
using test::GrowingIndex;
using test::RandomRows;
using test::Row;
using test::TidOf;

std::vector<Row> Queries(std::size_t dims) { return ClusteredRows(20, dims, 20, 77); }

void InsertAll(GrowingIndex& index, const std::vector<Row>& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) index.Insert(i, rows[i]);
}

struct Kind {
  const char* name;
  ElementType type;
  Metric metric;
  std::uint32_t dims;
  Codec codec;
  double recall;  // at least
};

class InsertKinds : public testing::TestWithParam<Kind> {};

TEST_P(InsertKinds, FindsNeighboursOfAnIndexMadeByInsertsAlone) {
  const Kind& kind = GetParam();
  GrowingIndex index(
      {.type = kind.type, .metric = kind.metric, .dims = kind.dims, .codec = kind.codec});
  // Long rows are few.
  const std::size_t count = kind.dims > 1000 ? 120 : 600;
  std::vector<Row> rows = ClusteredRows(count, kind.dims, 20, 1);
  std::vector<Row> queries = Queries(kind.dims);
  if (kind.metric == Metric::kCosine) {
    rows = test::UnitRows(rows);
    queries = test::UnitRows(queries);
  }
  InsertAll(index, rows);
  const test::HnswCheck result = index.Check();
  EXPECT_EQ(Damage(result), "");
  EXPECT_TRUE(result.findings.empty());
  EXPECT_EQ(result.rows, rows.size());
  EXPECT_EQ(result.unreachable, 0u);
  EXPECT_FALSE(index.store.checked_under_lock);
  EXPECT_GE(index.Recall(queries, 10, 60), kind.recall);
}

INSTANTIATE_TEST_SUITE_P(
    All, InsertKinds,
    testing::Values(
        Kind{"L2", ElementType::kFloat32, Metric::kL2, 64, Codec::kRabitq, .97},
        Kind{"InnerProduct", ElementType::kFloat32, Metric::kInnerProduct, 64, Codec::kRabitq, .9},
        Kind{"Cosine", ElementType::kFloat32, Metric::kCosine, 64, Codec::kRabitq, .95},
        Kind{"Float16", ElementType::kFloat16, Metric::kL2, 64, Codec::kRabitq, .97},
        Kind{"Half", ElementType::kFloat32, Metric::kL2, 260, Codec::kRabitq, .97},
        Kind{"HalfItem", ElementType::kFloat32, Metric::kL2, 1600, Codec::kRabitq, .97},
        Kind{"PlainL2", ElementType::kFloat32, Metric::kL2, 16, Codec::kNone, .98},
        Kind{"PlainProduct", ElementType::kFloat32, Metric::kInnerProduct, 16, Codec::kNone, .9},
        Kind{"L1", ElementType::kFloat32, Metric::kL1, 32, Codec::kRabitq, .98},
        Kind{"Hamming", ElementType::kBit, Metric::kHamming, 256, Codec::kNone, .9},
        Kind{"Jaccard", ElementType::kBit, Metric::kJaccard, 256, Codec::kNone, .9},
        Kind{"Item", ElementType::kFloat32, Metric::kL1, 2500, Codec::kNone, .98},
        Kind{"Sparse", ElementType::kSparse, Metric::kL2, 40, Codec::kNone, .98}),
    [](const auto& kind) { return kind.param.name; });

// Room that vacuum has made is found without a search through pages that are full.
TEST(Insert, ReadsNoMorePagesAfterVacuum) {
  constexpr std::size_t kMany = 300;
  constexpr std::size_t kSome = 30;
  for (const Options& options : {Options{.dims = 64}, Options{.dims = 16, .codec = Codec::kNone},
                                 Options{.type = ElementType::kSparse, .dims = 40}}) {
    SCOPED_TRACE(options.dims);
    GrowingIndex index(options);
    const std::vector<Row> rows = ClusteredRows(kMany + 2 * kSome, options.dims, 20, 1);
    const auto reads_of = [&](std::size_t first, std::size_t end) {
      const std::size_t before = index.store.reads;
      for (std::size_t i = first; i < end; ++i) index.Insert(i, rows[i]);
      return index.store.reads - before;
    };
    reads_of(0, kMany);
    const std::size_t fresh = reads_of(kMany, kMany + kSome);
    for (std::size_t i = 0; i < kMany; i += 3) index.Delete(i);
    index.Vacuum();
    EXPECT_LE(reads_of(kMany + kSome, kMany + 2 * kSome), 2 * fresh);
  }
}

TEST(Insert, StartsAnIndex) {
  GrowingIndex index({.dims = 32});
  index.Insert(0, RandomRows(1, 32, 1)[0]);
  const test::HnswCheck result = index.Check();
  EXPECT_TRUE(result.findings.empty());
  EXPECT_EQ(result.nodes, 1u);
  EXPECT_EQ(result.unreachable, 0u);
  EXPECT_EQ(index.Search(RandomRows(1, 32, 2)[0], 10, 10), std::vector{TidOf(0)});
}

TEST(Insert, KeepsDuplicatesInOneNode) {
  for (const Codec codec : {Codec::kRabitq, Codec::kNone}) {
    GrowingIndex index({.dims = 32, .m = 4, .codec = codec});
    const std::vector<Row> rows = RandomRows(30, 32, 3);
    InsertAll(index, rows);
    for (std::size_t i = 0; i < 5000; ++i) index.Insert(100 + i, rows[7]);
    const test::HnswCheck result = index.Check();
    EXPECT_TRUE(result.findings.empty());
    EXPECT_EQ(result.nodes, rows.size());
    EXPECT_EQ(result.rows, rows.size() + 5000);
    EXPECT_EQ(index.Search(rows[7], 10000, 100).size(), rows.size() + 5000);
  }
}

TEST(Insert, FindsBothOfTwoFarClusters) {
  GrowingIndex index({.dims = 32});
  std::vector<Row> rows = RandomRows(600, 32, 4);
  for (std::size_t i = 300; i < rows.size(); ++i) {
    for (float& x : rows[i]) x += 300;
  }
  InsertAll(index, rows);
  EXPECT_EQ(index.Check().unreachable, 0u);
  EXPECT_GE(index.Recall({rows[5], rows[100], rows[305], rows[599]}, 10, 60), .95);
}

TEST(Insert, ReachesLongRowsUnderTheInnerProduct) {
  GrowingIndex index({.metric = Metric::kInnerProduct, .dims = 32});
  std::vector<Row> rows = RandomRows(1000, 32, 5);
  Random random(6);
  for (Row& row : rows) {
    const double gauss = random.Uniform() + random.Uniform() + random.Uniform() - 1.5;
    for (float& x : row) x *= static_cast<float>(std::exp(2 * gauss));
  }
  InsertAll(index, rows);
  EXPECT_EQ(index.Check().unreachable, 0u);
  EXPECT_GE(index.Recall(RandomRows(20, 32, 7), 10, 100), .9);
}

TEST(Insert, SurvivesDistancesThatOverflow) {
  GrowingIndex index({.dims = 32});
  std::vector<Row> rows = RandomRows(60, 32, 8);
  for (std::size_t i = 0; i < rows.size(); i += 3) {
    for (float& x : rows[i]) x *= 1e30f;
  }
  InsertAll(index, rows);
  EXPECT_EQ(Damage(index.Check()), "");
  EXPECT_EQ(index.Search(rows[1], 100, 100).size(), rows.size());
}

// Has change(node) damage every node in its place.
template <typename Change>
void CorruptNodes(GrowingIndex& index, Change change) {
  const NodeShape shape(index.meta);
  for (BlockId block = kStateBlock + 1; block < index.store.BlockCount(); ++block) {
    std::byte* page = index.store.Corrupt(block);
    if (!IsPageOf(page, PageKind::kNodes)) continue;
    for (std::size_t slot = 0; slot < NodePage(shape, page, block).count(); ++slot) {
      change(page + shape.SlotAt(slot));
    }
  }
}

TEST(Insert, FollowsNoLinkOutOfTheFile) {
  for (const Codec codec : {Codec::kRabitq, Codec::kNone}) {
    const std::vector<Row> rows = RandomRows(60, 32, 11);
    GrowingIndex index({.dims = 32, .codec = codec});
    InsertAll(index, rows);
    const NodeId away = NodeIdOf(index.store.BlockCount() + 1000, 0);
    CorruptNodes(index, [away](std::byte* node) {
      std::memcpy(node + sizeof(NodeHead), &away, sizeof(away));
    });
    EXPECT_THROW(index.Insert(100, rows[3]), Error);
  }
}

TEST(Insert, ReadsNoCopyOfARowThatIsTooShort) {
  const std::vector<Row> rows = RandomRows(60, 32, 12);
  for (const ElementType type : {ElementType::kFloat32, ElementType::kBit}) {
    const Metric metric = type == ElementType::kBit ? Metric::kHamming : Metric::kL2;
    GrowingIndex index({.type = type, .metric = metric, .dims = 32, .codec = Codec::kNone});
    InsertAll(index, rows);
    std::byte* page = index.store.Corrupt(ReadState(index.store).entries_first);
    reinterpret_cast<EntryHead*>(page + sizeof(PageHeader))->bytes -= 1;
    EXPECT_THROW(index.Insert(100, rows[3]), Error);
    EXPECT_THROW(index.Search(rows[3], 10, 10), Error);
  }
}

// Of each form and kind of items, and by all that read rows.
TEST(Insert, ReadsNoRowInANodeThatHasNone) {
  const Options kinds[] = {
      {.metric = Metric::kL2, .dims = 1400, .m = 17},
      {.type = ElementType::kFloat16, .metric = Metric::kL2, .dims = 1700, .m = 24},
      {.metric = Metric::kL1, .dims = 2100}};
  for (const Options& options : kinds) {
    SCOPED_TRACE(options.dims);
    GrowingIndex index(options);
    ASSERT_TRUE(IsItem(index.meta.self));
    const std::vector<Row> rows = RandomRows(12, options.dims, 13);
    InsertAll(index, rows);
    CorruptNodes(
        index, [](std::byte* node) { reinterpret_cast<NodeHead*>(node)->value_block = kNoBlock; });
    EXPECT_THROW(index.Search(rows[3], 10, 10), Error);
    EXPECT_THROW(index.Insert(100, rows[3]), Error);
    index.Delete(2);
    EXPECT_THROW(index.Vacuum(), Error);
  }
}

TEST(Insert, HonoursInterrupts) {
  const std::vector<Row> rows = RandomRows(60, 32, 9);
  GrowingIndex index({.dims = 32});
  InsertAll(index, rows);
  for (std::size_t step = 1; step < 200; step += 19) {
    index.store.FailAtStep(step);
    EXPECT_THROW(index.Insert(100 + step, RandomRows(1, 32, step + 20)[0]), Fault);
    index.store.FailAtStep(0);
    EXPECT_EQ(Damage(index.Check()), "");
  }
}

// By which builds know how many processes may insert.
TEST(Insert, TakesNoMoreMemoryThanExpected) {
  for (const Options& options :
       {Options{.dims = 128}, Options{.metric = Metric::kInnerProduct, .dims = 300},
        Options{.dims = 60, .m = 32}, Options{.dims = 128, .codec = Codec::kNone},
        Options{.type = ElementType::kBit, .metric = Metric::kHamming, .dims = 512}}) {
    for (const std::uint32_t ef : {64u, 200u}) {
      GrowingIndex index(options);
      test::Meter meter;
      Inserter<test::MemoryStore> inserter(index.store, index.meta, {.ef_construction = ef},
                                           &meter);
      const std::vector<Row> rows = RandomRows(600, options.dims, 5);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        inserter.Insert(TidOf(i), test::StoredRow(options.type, rows[i]).view());
      }
      EXPECT_LE(meter.most(), InserterBytes(index.meta, {.ef_construction = ef})) << options.dims;
    }
  }
}

// Whatever record is the last, the index is valid, and no row is lost that was in it.
void CheckAfterEachRecord(const Options& options, std::size_t stride) {
  GrowingIndex index(options);
  const std::vector<Row> rows = RandomRows(60, options.dims, 10);
  std::size_t inserted = 0;
  index.store.on_commit = [&] {
    if (index.store.commits % stride != 0) return;
    test::MemoryStore crashed = index.store;
    crashed.on_commit = nullptr;
    const test::HnswCheck result = test::CheckHnsw(crashed);
    EXPECT_EQ(Damage(result), "");
    EXPECT_GE(result.rows, inserted);
    EXPECT_LE(result.unreachable, 1u);
  };
  for (; inserted < rows.size(); ++inserted) {
    index.Insert(inserted, rows[inserted < 50 ? inserted : inserted - 50]);
  }
  EXPECT_EQ(index.Check().nodes, 50u);
}

TEST(Insert, LeavesAValidIndexAfterEachRecord) {
  CheckAfterEachRecord({.dims = 16, .m = 2, .codec = Codec::kNone}, 1);
  CheckAfterEachRecord({.dims = 32}, 11);
  CheckAfterEachRecord({.dims = 700}, 37);
}

}  // namespace
}  // namespace vec::hnsw
