#include "vector/ivf/rank_lists.hpp"

#include <gtest/gtest.h>

#include <set>

#include "support/ivf_fixture.hpp"

namespace vec::ivf {
namespace {

using test::Index;
using test::Row;
using test::TidOf;

constexpr std::size_t kLists = 400;

class CentroidCodes : public testing::TestWithParam<BuildParams> {
 protected:
  explicit CentroidCodes(std::size_t dims = 200)
      : rows_(test::ClusteredRows(3000, dims, kLists, 1)),
        queries_(test::ClusteredRows(40, dims, kLists, 2)),
        index_(GetParam(), rows_, kLists) {}

  // The first rows of a few probes, by codes of centroids and without them.
  std::set<HeapTid> Find(const Row& query, bool by_codes) {
    const BlockId codes = index_.meta.centroid_codes;
    if (!by_codes) index_.meta.centroid_codes = 0;
    const auto found = index_.Search(query, {.probes = 8, .max_probes = 8}, 10);
    index_.meta.centroid_codes = codes;
    return {found.begin(), found.end()};
  }

  std::vector<Row> rows_;
  std::vector<Row> queries_;
  Index index_;
};

TEST_P(CentroidCodes, FindWhatCentroidsFind) {
  EXPECT_NE(index_.meta.centroid_codes, 0u);
  EXPECT_EQ(index_.Check().rows, rows_.size());
  std::size_t hits = 0;
  std::size_t expected = 0;
  for (const Row& query : queries_) {
    const auto exact = Find(query, false);
    for (const HeapTid tid : Find(query, true)) hits += exact.contains(tid);
    expected += exact.size();
  }
  EXPECT_GE(hits * 100, expected * 97);
}

TEST_P(CentroidCodes, ReadEachPageOnce) {
  (void)Find(queries_[0], true);
  const auto by_codes = index_.counts.directory_pages;
  (void)Find(queries_[0], false);
  EXPECT_LE(by_codes, 1 + index_.counts.directory_pages +
                          (CentroidCodesEnd(index_.meta) - index_.meta.centroid_codes));
  EXPECT_GT(by_codes, 5u);
}

TEST_P(CentroidCodes, AreNotForManyProbes) {
  index_.Search(queries_[0], {.probes = kLists, .max_probes = kLists}, 1);
  EXPECT_EQ(index_.counts.directory_pages, index_.meta.slices * DirectoryBlocks(index_.meta));
}

TEST_P(CentroidCodes, IterativeSearchesComeToAllListsOnce) {
  for (const std::uint32_t most : {3u, 50u, static_cast<std::uint32_t>(kLists)}) {
    auto found = index_.Search(queries_[0], {.probes = 2, .max_probes = most});
    EXPECT_EQ(index_.counts.lists, most);
    std::sort(found.begin(), found.end());
    EXPECT_EQ(std::adjacent_find(found.begin(), found.end()), found.end());
    if (most == kLists) {
      EXPECT_EQ(found.size(), rows_.size());
    }
  }
}

TEST_P(CentroidCodes, InsertedRowsAreFound) {
  const auto more = test::ClusteredRows(100, rows_[0].size(), kLists, 3);
  for (std::size_t i = 0; i < more.size(); ++i) index_.Insert(10000 + i, more[i]);
  EXPECT_EQ(index_.Check().rows, rows_.size() + more.size());
  std::size_t found = 0;
  for (std::size_t i = 0; i < more.size(); ++i) {
    const auto near = index_.Search(more[i], {.probes = 2, .max_probes = 2}, 1);
    found += near.front() == TidOf(10000 + i);
  }
  EXPECT_GE(found, 98u);
}

// Whatever the pages hold, a search ends with an answer or a clear error.
TEST_P(CentroidCodes, FlippedBytesNeverCrash) {
  Random random(4);
  const BlockId first = index_.meta.centroid_codes;
  for (int i = 0; i < 400; ++i) {
    const auto block =
        static_cast<BlockId>(first + random.Below(CentroidCodesEnd(index_.meta) - first));
    const std::size_t at = i % 2 == 0 ? random.Below(900) : 8100 + random.Below(92);
    std::byte* page = index_.store.Corrupt(block);
    const std::byte before = page[at];
    page[at] ^= static_cast<std::byte>(1 + random.Below(255));
    try {
      (void)Find(queries_[static_cast<std::size_t>(i) % queries_.size()], true);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCorrupted);
    }
    page[at] = before;
  }
}

INSTANTIATE_TEST_SUITE_P(Metrics, CentroidCodes,
                         testing::Values(BuildParams{.metric = Metric::kL2,
                                                     .codec = Codec::kRabitq},
                                         BuildParams{.type = ElementType::kFloat16,
                                                     .metric = Metric::kL2,
                                                     .codec = Codec::kRabitq}));

TEST(CentroidCodesOfProducts, FindWhatCentroidsFind) {
  auto rows = test::ClusteredRows(3000, 200, kLists, 5);
  Index index(Metric::kInnerProduct, rows, kLists, Codec::kRabitq);
  ASSERT_NE(index.meta.centroid_codes, 0u);
  EXPECT_EQ(index.Check().rows, rows.size());
  std::size_t hits = 0;
  for (const Row& query : test::ClusteredRows(40, 200, kLists, 6)) {
    const SearchParams params{.probes = 8, .max_probes = 8};
    const auto by_codes = index.Search(query, params, 10);
    const BlockId codes = std::exchange(index.meta.centroid_codes, 0);
    const auto exact = index.Search(query, params, 10);
    index.meta.centroid_codes = codes;
    const std::set<HeapTid> best(exact.begin(), exact.end());
    for (const HeapTid tid : by_codes) hits += best.contains(tid);
  }
  EXPECT_GE(hits, 388u);
}

}  // namespace
}  // namespace vec::ivf
