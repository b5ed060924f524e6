#include "vector/ivf/search.hpp"

#include <gtest/gtest.h>

#include "support/ivf_fixture.hpp"

namespace vec::ivf {
namespace {

using test::ExactOrder;
using test::Index;
using test::RandomRows;
using test::Row;

constexpr SearchParams kAllLists{.probes = 10, .max_probes = 10};

class SearchByMetric : public testing::TestWithParam<Metric> {};

TEST_P(SearchByMetric, ProbingAllListsIsExact) {
  const std::vector<Row> rows = RandomRows(2000, 17, 1);
  Index index(GetParam(), rows, 10);
  for (const Row& query : RandomRows(20, 17, 2)) {
    EXPECT_EQ(index.Search(query, kAllLists), ExactOrder(GetParam(), rows, query));
  }
}

TEST_P(SearchByMetric, SmallMemoryChangesNothing) {
  const std::vector<Row> rows = RandomRows(6000, 3, 3);
  Index index(GetParam(), rows, 10);
  SearchParams params = kAllLists;
  params.memory_bytes = 0;
  const Row query{1, -2, 3};
  EXPECT_EQ(index.Search(query, params), ExactOrder(GetParam(), rows, query));
}

TEST_P(SearchByMetric, IterativeSearchFindsEveryRowOnce) {
  const std::vector<Row> rows = RandomRows(3000, 5, 4);
  Index index(GetParam(), rows, 10);
  std::vector<HeapTid> found = index.Search(Row{1, 2, 3, 4, 5}, {.probes = 3, .max_probes = 10});
  std::sort(found.begin(), found.end());
  EXPECT_EQ(std::unique(found.begin(), found.end()), found.end());
  EXPECT_EQ(found.size(), rows.size());
}

TEST_P(SearchByMetric, WithoutAQueryAllRowsAreNear) {
  const std::vector<Row> rows = RandomRows(500, 5, 5);
  Index index(GetParam(), rows, 10);
  EXPECT_EQ(index.Search({}, kAllLists).size(), rows.size());
}

INSTANTIATE_TEST_SUITE_P(Metrics, SearchByMetric,
                         testing::Values(Metric::kL2, Metric::kInnerProduct, Metric::kCosine,
                                         Metric::kL1));

TEST(Search, ReadsOnlyTheProbedLists) {
  const std::vector<Row> rows = RandomRows(4000, 64, 6);
  Index index(Metric::kL2, rows, 40);
  index.store.reads = 0;
  index.Search(rows[0], {.probes = 2, .max_probes = 2});
  EXPECT_EQ(index.store.reads, DirectoryBlocks(index.meta) + index.counts.pages);
  EXPECT_EQ(index.counts.lists, 2u);
  EXPECT_LT(index.counts.rows, 1000u);
}

TEST(Search, PrefetchesEachPageOnce) {
  const std::vector<Row> rows = RandomRows(4000, 64, 7);
  Index index(Metric::kL2, rows, 40);
  index.store.reads = index.store.prefetched = 0;
  index.Search(rows[0], {.probes = 5, .max_probes = 5});
  EXPECT_EQ(index.store.prefetched, index.store.reads);
}

TEST(Search, NeverChecksInterruptsUnderALock) {
  const std::vector<Row> rows = RandomRows(1000, 8, 8);
  Index index(Metric::kL2, rows, 10);
  index.Search(rows[0], kAllLists);
  EXPECT_FALSE(index.store.checked_under_lock);
}

TEST(Search, ReportsAChainThatNeverEnds) {
  const std::vector<Row> rows = RandomRows(3000, 8, 9);
  Index index(Metric::kL2, rows, 1);
  TrailerOf(index.store.Corrupt(3)).next = 1;
  EXPECT_THROW(index.Search(rows[0], kAllLists), Error);
}

}  // namespace
}  // namespace vec::ivf
