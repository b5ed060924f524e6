// Lists of codes: building, searching, inserting and vacuum.
#include <gtest/gtest.h>

#include <set>

#include "support/ivf_fixture.hpp"

namespace vec::ivf {
namespace {

using test::EveryThird;
using test::ExactOrder;
using test::Fault;
using test::Index;
using test::RandomRows;
using test::Row;
using test::TidOf;
using test::UnitRows;

constexpr SearchParams kAllLists{.probes = 10, .max_probes = 10};
// All lists again, but by codes: only a search that starts with all is exact.
constexpr SearchParams kAllByCodes{.probes = 9, .max_probes = 10};

std::vector<Row> RowsFor(Metric metric, std::size_t count, std::size_t dims, std::uint64_t seed) {
  std::vector<Row> rows = RandomRows(count, dims, seed);
  return metric == Metric::kCosine ? UnitRows(std::move(rows)) : rows;
}

class CodedByMetric : public testing::TestWithParam<Metric> {};

TEST_P(CodedByMetric, BuildsAValidIndex) {
  Index index(GetParam(), RowsFor(GetParam(), 1500, 100, 1), 10, Codec::kRabitq);
  EXPECT_EQ(index.Check().rows, 1500u);
}

TEST_P(CodedByMetric, SearchOfAllListsIsExact) {
  const auto rows = RowsFor(GetParam(), 1500, 100, 2);
  Index index(GetParam(), rows, 10, Codec::kRabitq);
  for (const Row& query : RowsFor(GetParam(), 5, 100, 3)) {
    const auto found = index.Search(query, kAllLists);
    ASSERT_EQ(found.size(), rows.size());
    if (GetParam() == Metric::kCosine) continue;  // rounding of unit vectors
    EXPECT_EQ(found, ExactOrder(GetParam(), rows, query));
  }
}

TEST_P(CodedByMetric, CodesFindTheNearestRowsWithFewExactReads) {
  auto rows = test::ClusteredRows(4000, 128, 20, 4);
  auto queries = test::ClusteredRows(20, 128, 20, 5);
  if (GetParam() == Metric::kCosine) {
    rows = UnitRows(std::move(rows));
    queries = UnitRows(std::move(queries));
  }
  Index index(GetParam(), rows, 10, Codec::kRabitq);
  std::size_t hits = 0;
  std::size_t exact = 0;
  for (const Row& query : queries) {
    const auto nearest = ExactOrder(GetParam(), rows, query);
    const std::set<HeapTid> best(nearest.begin(), nearest.begin() + 10);
    for (const HeapTid tid : index.Search(query, kAllByCodes, 10)) hits += best.contains(tid);
    exact += index.counts.exact;
  }
  EXPECT_GE(hits, 195u);
  EXPECT_LT(exact, 20u * 4000 / 8);  // little more than the rows of one cluster
}

TEST_P(CodedByMetric, EveryRowComesOnce) {
  const auto rows = RowsFor(GetParam(), 3000, 64, 6);
  Index index(GetParam(), rows, 10, Codec::kRabitq);
  for (const std::size_t memory : {std::size_t{0}, std::size_t{1} << 20}) {
    auto found = index.Search(rows[5], {.probes = 4, .max_probes = 10, .memory_bytes = memory});
    std::sort(found.begin(), found.end());
    EXPECT_EQ(std::unique(found.begin(), found.end()), found.end());
    EXPECT_EQ(found.size(), rows.size());
  }
}

TEST_P(CodedByMetric, InsertedRowsAreFoundFirst) {
  auto rows = RowsFor(GetParam(), 500, 70, 7);
  Index index(GetParam(), rows, 10, Codec::kRabitq);
  const auto more = RowsFor(GetParam(), 1000, 70, 8);
  for (std::size_t i = 0; i < more.size(); ++i) index.Insert(10000 + i, more[i]);
  EXPECT_EQ(index.Check().rows, 1500u);
  if (GetParam() == Metric::kInnerProduct) return;  // a row need not be its own nearest
  for (std::size_t i = 0; i < more.size(); i += 37) {
    const auto found = index.Search(more[i], {.probes = 1, .max_probes = 1}, 1);
    EXPECT_EQ(found.front(), TidOf(10000 + i));
  }
}

// A search that takes more rows than were expected scans its lists again, and finds the same.
TEST_P(CodedByMetric, ListsAreScannedOnceForAsManyRowsAsExpected) {
  auto rows = test::ClusteredRows(6000, 128, 20, 9);
  if (GetParam() == Metric::kCosine) rows = UnitRows(std::move(rows));
  Index index(GetParam(), rows, 10, Codec::kRabitq);
  const auto search = [&](std::uint32_t expected, std::size_t wanted) {
    const SearchParams params{.probes = 9, .max_probes = 9, .expected_rows = expected};
    return index.Search(rows[5], params, wanted);
  };
  const auto few = search(0, 10);
  const std::uint64_t scored = index.counts.rows;
  const auto surprising = search(0, 1500);
  EXPECT_GT(index.counts.rows, scored);
  const auto expected = search(1500, 1500);
  EXPECT_EQ(index.counts.rows, scored);
  EXPECT_EQ(surprising.size(), 1500u);
  EXPECT_EQ(surprising, expected);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), expected.begin()));
}

INSTANTIATE_TEST_SUITE_P(Metrics, CodedByMetric,
                         testing::Values(Metric::kL2, Metric::kInnerProduct, Metric::kCosine));

TEST(CodedVacuum, RemovesDeadRowsAndReusesTheirSpace) {
  const auto rows = RandomRows(2000, 100, 9);
  Index index(Metric::kL2, rows, 4, Codec::kRabitq);
  const BlockId before = index.store.BlockCount();
  for (int round = 0; round < 4; ++round) {
    const VacuumCounts counts = index.Vacuum(EveryThird(rows.size()));
    EXPECT_EQ(counts.removed, EveryThird(rows.size()).size());
    EXPECT_EQ(index.Check().rows, counts.remaining);
    for (std::size_t i = 0; i < rows.size(); i += 3) index.Insert(i, rows[i]);
    EXPECT_EQ(index.Check().rows, rows.size());
  }
  EXPECT_LE(index.store.BlockCount(), before + 8);
}

TEST(CodedVacuum, RowPagesOfDeadRowsBecomeFree) {
  const auto rows = RandomRows(300, 700, 19);  // two rows a page
  Index index(Metric::kL2, rows, 1, Codec::kRabitq);
  std::set<HeapTid> dead;
  for (std::size_t i = 0; i < 300; i += 4) dead.insert({TidOf(i), TidOf(i + 1)});
  const BlockId before = index.store.BlockCount();
  EXPECT_EQ(index.Vacuum(dead).freed_pages, 75u);
  EXPECT_EQ(index.Check().free_pages, 75u);
  for (std::size_t i = 0; i < 300; i += 4) {
    index.Insert(i, rows[i]);
    index.Insert(i + 1, rows[i + 1]);
  }
  EXPECT_EQ(index.store.BlockCount(), before);
  EXPECT_EQ(index.Check().free_pages, 0u);
}

// Slots of an empty code page on row pages that others need, too.
TEST(CodedVacuum, SlotsWithoutAnOwnerAreTakenAgain) {
  const auto rows = RandomRows(400, 100, 20);  // 19 rows a row page, 192 lanes a code page
  Index index(Metric::kL2, rows, 1, Codec::kRabitq);
  std::set<HeapTid> dead;
  for (std::size_t i = 0; i < 192; ++i) dead.insert(TidOf(i));
  EXPECT_EQ(index.Vacuum(dead).freed_pages, 11u);  // of 10 full row pages and the codes
  EXPECT_EQ(index.Check().lost_pages, 0u);
  dead.clear();
  for (std::size_t i = 192; i < 384; ++i) dead.insert(TidOf(i));
  EXPECT_EQ(index.Vacuum(dead).freed_pages, 11u);  // the shared one with them
  EXPECT_EQ(index.Check().rows, 16u);
  EXPECT_EQ(index.Check().lost_pages, 0u);
}

// Candidates whose row pages are out of use by now.
TEST(CodedVacuum, SearchesThatCameBeforeGoOn) {
  const auto rows = RandomRows(300, 700, 21);
  Index index(Metric::kL2, rows, 2, Codec::kRabitq);
  const test::StoredRow query(ElementType::kFloat32, rows[0]);
  const RowView view = query.view();
  CodedSearch<test::MemoryStore> search(index.store, index.meta, view,
                                        {.probes = 1, .max_probes = 2},
                                        std::pmr::get_default_resource());
  std::set<HeapTid> dead;
  for (std::size_t i = 10; i < rows.size(); ++i) dead.insert(TidOf(i));
  index.store.next_transaction = index.store.oldest_transaction = 500;
  index.Vacuum(dead);
  for (std::size_t i = 0; i < 100; ++i) index.Insert(1000 + i, rows[i]);
  std::set<HeapTid> found;
  while (const auto tid = search.Next()) EXPECT_TRUE(found.insert(*tid).second);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_TRUE(found.contains(TidOf(i)));
}

TEST(CodedInsert, FillsAnIndexBuiltOnAnEmptyTable) {
  std::vector<float> centroid(200, 0.0f);
  test::MemoryStore store;
  const Meta meta = Builder<test::MemoryStore>(store, {.dims = 200, .codec = Codec::kRabitq},
                                               centroid, std::pmr::get_default_resource())
                        .Finish();
  const auto rows = RandomRows(300, 200, 10);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const test::StoredRow stored(meta.type, rows[i]);
    Insert(store, meta, TidOf(i), stored.view(), std::pmr::get_default_resource());
  }
  EXPECT_EQ(test::CheckIvf(store).rows, 300u);
}

TEST(CodedInsert, FaultAtAnyStepLeavesAValidIndex) {
  const auto rows = RandomRows(70, 700, 11);
  for (std::size_t step = 1; step < 120; ++step) {
    Index index(Metric::kL2, rows, 1, Codec::kRabitq);
    index.store.FailAtStep(step);
    std::size_t inserted = 0;
    try {
      for (; inserted < 12; ++inserted) index.Insert(100 + inserted, rows[inserted]);
    } catch (const Fault&) {
    }
    index.store.FailAtStep(0);
    ASSERT_EQ(index.Check().rows, rows.size() + inserted) << step;
    index.Insert(500, rows[0]);
    ASSERT_EQ(index.Check().rows, rows.size() + inserted + 1) << step;
  }
}

// What was a row page once may be anything by now.
TEST(CodedInsert, LooksAtTheRowPageBeforeItLocksAny) {
  const auto rows = RandomRows(40, 100, 16);
  for (const bool is_directory : {false, true}) {
    Index index(Metric::kL2, rows, 1, Codec::kRabitq);
    MutableDirectoryPage directory(index.store.Corrupt(index.meta.directory_block),
                                   SliceBytes(index.meta), sizeof(Trailer));
    ListHead& head = directory.head(0);
    head.rows_block = is_directory ? index.meta.directory_block : head.insert_block;
    index.Insert(900, rows[0]);
    EXPECT_EQ(index.Check().rows, 41u);
  }
}

TEST(CodedInsert, FetchesPagesBeforeItLocksAny) {
  const auto rows = RandomRows(500, 900, 18);
  Index index(Metric::kL2, {rows[0]}, 1, Codec::kRabitq);
  const BlockId before = index.store.BlockCount();
  for (std::size_t i = 1; i < rows.size(); ++i) index.Insert(i, rows[i]);
  EXPECT_EQ(index.store.reserved, index.store.BlockCount() - before);
  EXPECT_FALSE(index.store.reserved_under_lock);
}

// Waiting for a lock that one holds oneself cannot be cancelled.
TEST(CodedInsert, RefusesPlacesInPagesThatItHolds) {
  const auto rows = RandomRows(40, 100, 16);
  for (const bool is_directory : {false, true}) {
    Index index(Metric::kL2, rows, 1, Codec::kRabitq);
    index.Vacuum({TidOf(0)});
    const BlockId code_page = index.meta.directory_block - 1;
    CodeBlock& codes =
        *reinterpret_cast<CodeBlock*>(index.store.Corrupt(code_page) + sizeof(PageHeader));
    const std::size_t lane = codes.FreeLane();
    codes.row_block[lane] = is_directory ? index.meta.directory_block : code_page;
    EXPECT_THROW(index.Insert(900, rows[0]), Error);
  }
}

// Blocks must not grow into what WAL takes for the used part above the hole.
TEST(CodedInsert, RefusesPagesWhoseHoleEndsElsewhere) {
  const auto rows = RandomRows(40, 100, 19);
  Index index(Metric::kL2, rows, 1, Codec::kRabitq);
  PageHeader& header = HeaderOf(index.store.Corrupt(index.meta.directory_block - 1));
  header.upper = static_cast<std::uint16_t>(header.lower + 16);
  EXPECT_THROW(index.Insert(900, rows[0]), Error);
}

TEST(CodedSearch, WithoutAQueryAllRowsCome) {
  const auto rows = RandomRows(3000, 64, 17);
  Index index(Metric::kL2, rows, 4, Codec::kRabitq);
  for (const std::uint32_t probes : {1u, 4u}) {
    const auto found = index.Search({}, {.probes = probes, .max_probes = 4, .memory_bytes = 0});
    EXPECT_EQ(found.size(), rows.size());
    EXPECT_EQ(index.counts.exact, 0u);
  }
}

TEST(CodedSearch, EqualRowsAllCome) {
  const std::vector<Row> rows(2000, Row(64, 1.0f));
  Index index(Metric::kL2, rows, 2, Codec::kRabitq);
  EXPECT_EQ(index.Search(rows[0], {.probes = 1, .max_probes = 2}).size(), rows.size());
  EXPECT_EQ(index.Search(Row(64, 0.0f), {.probes = 1, .max_probes = 2}).size(), rows.size());
}

TEST(CodedSearch, HugeValuesLoseNoRow) {
  std::vector<Row> rows = RandomRows(400, 64, 12);
  for (std::size_t i = 0; i < rows.size(); i += 2) {
    for (float& x : rows[i]) x *= 1e37f;
  }
  for (const Metric metric : {Metric::kL2, Metric::kInnerProduct}) {
    Index index(metric, rows, 4, Codec::kRabitq);
    EXPECT_EQ(index.Check().rows, rows.size());
    EXPECT_EQ(index.Search(rows[1], {.probes = 2, .max_probes = 4}).size(), rows.size());
    EXPECT_EQ(index.Search(rows[0], {.probes = 2, .max_probes = 4}).size(), rows.size());
  }
}

// Whatever the pages hold, a search ends with an answer or a clear error.
TEST(CodedSearch, FlippedBytesNeverCrash) {
  const auto rows = RandomRows(200, 64, 13);
  Index index(Metric::kL2, rows, 2, Codec::kRabitq);
  Random random(14);
  for (int i = 0; i < 3000; ++i) {
    const auto block = static_cast<BlockId>(1 + random.Below(index.store.BlockCount() - 1));
    const std::size_t at = i % 2 == 0 ? random.Below(900) : 8100 + random.Below(92);
    std::byte* page = index.store.Corrupt(block);
    const std::byte before = page[at];
    page[at] ^= static_cast<std::byte>(1 + random.Below(255));
    try {
      index.Search(rows[0], {.probes = 1, .max_probes = 2});
      index.Search(rows[0], kAllLists);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCorrupted);
    } catch (const std::out_of_range&) {  // a block behind the end of the file
    }
    page[at] = before;
  }
}

TEST(CodePage, ErrorsAreNeverRoundedDown) {
  Random random(15);
  for (int i = 0; i < 100000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()) & 0x7FFFFFFF);
    if (value != value) continue;
    EXPECT_GE(UnpackError(PackError(value)), value);
    EXPECT_LE(UnpackError(PackError(value)), value * 1.01f + 1e-38f);
  }
  EXPECT_EQ(UnpackError(PackError(0.0f)), 0.0f);
}

}  // namespace
}  // namespace vec::ivf
