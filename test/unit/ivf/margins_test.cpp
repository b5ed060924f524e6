#include "vector/ivf/margins.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "support/ivf_fixture.hpp"

namespace vec::ivf {
namespace {

using test::Index;
using test::Row;
using test::TidOf;

constexpr std::size_t kDims = 96;
constexpr std::uint32_t kLists = 200;

Meta MetaWith(std::initializer_list<float> margins) {
  Meta meta{};
  meta.lists = 100;
  std::copy(margins.begin(), margins.end(), meta.margins);
  return meta;
}

TEST(AboutProbes, AreExactWhereNothingIsMeasured) {
  for (const std::uint32_t probes : {1u, 2u, 5u, 64u, 99u, 100u}) {
    const ProbeRange range = AboutProbes(MetaWith({}), probes);
    EXPECT_EQ(range.least, probes);
    EXPECT_EQ(range.most, probes);
  }
}

TEST(AboutProbes, OneProbeAndAllListsStayAsTheyAre) {
  const Meta meta = MetaWith({1, 2, 3, 4, 5, 6});
  for (const std::uint32_t probes : {1u, 100u}) {
    const ProbeRange range = AboutProbes(meta, probes);
    EXPECT_EQ(range.least, probes);
    EXPECT_EQ(range.most, probes);
  }
  EXPECT_EQ(AboutProbes(meta, 65).most, 65u);  // no margin of 128 probes to go by
}

TEST(AboutProbes, StayWithinAFactorOfFour) {
  const Meta meta = MetaWith({1, 2, 3, 4, 5, 6});
  const auto expect = [&](std::uint32_t probes, std::uint32_t least, std::uint32_t most) {
    const ProbeRange range = AboutProbes(meta, probes);
    EXPECT_EQ(range.least, least) << probes;
    EXPECT_EQ(range.most, most) << probes;
  };
  expect(2, 1, 8);
  expect(7, 1, 28);
  expect(20, 5, 80);
  expect(40, 10, 100);  // lists
}

TEST(AboutProbes, MarginsBetweenThoseMeasuredAreInterpolated) {
  const Meta meta = MetaWith({1, 2, 4, 4});
  EXPECT_FLOAT_EQ(AboutProbes(meta, 2).margin, 1);
  EXPECT_FLOAT_EQ(AboutProbes(meta, 3).margin, 1 + std::log2(1.5f));
  EXPECT_FLOAT_EQ(AboutProbes(meta, 4).margin, 2);
  EXPECT_FLOAT_EQ(AboutProbes(meta, 6).margin, 2 + 2 * std::log2(1.5f));
  EXPECT_FLOAT_EQ(AboutProbes(meta, 11).margin, 4);
}

TEST(MarginOf, CountsTheRankAndTheDistanceOfTheFirst) {
  EXPECT_FLOAT_EQ(MarginOf(Metric::kL2, 0, 4, 4), 0);
  EXPECT_FLOAT_EQ(MarginOf(Metric::kL2, 3, 4, 6), 2);
  // <q, c> of 1/2 and 1/4: squared distances of 1 and 1.5.
  EXPECT_FLOAT_EQ(MarginOf(Metric::kCosine, 3, -0.5f, -0.25f), 1);
  EXPECT_TRUE(std::isfinite(MarginOf(Metric::kL2, 5, 0, 1)));
  EXPECT_FALSE(MarginOf(Metric::kL2, 5, INFINITY, INFINITY) < 1);
}

struct Scored {
  float score;
  friend bool operator<(const Scored& a, const Scored& b) { return a.score < b.score; }
};

TEST(MoveProbedToFront, LeavesWhatLiesBehindTheMargin) {
  const auto count = [](const ProbeRange& range) {
    std::vector<Scored> lists{{9}, {1}, {5}, {1.5}, {1.25}, {4}};
    const std::size_t n = MoveProbedToFront(range, Metric::kL2, std::span<Scored>(lists));
    for (std::size_t i = n; i < lists.size(); ++i) {
      for (std::size_t j = 0; j < n; ++j) EXPECT_LT(lists[j].score, lists[i].score);
    }
    return n;
  };
  EXPECT_EQ(count({1, 6, 1.0f}), 3u);
  EXPECT_EQ(count({1, 2, 1.0f}), 2u);
  EXPECT_EQ(count({4, 6, 1.0f}), 4u);
  EXPECT_EQ(count({1, 6, 0.0f}), 1u);
  EXPECT_EQ(count({1, 60, 100.0f}), 6u);
  EXPECT_EQ(count(ExactlyProbes(3)), 3u);
}

class AdaptiveSearch : public testing::TestWithParam<Metric> {
 protected:
  // Tight clusters and wide ones that overlap, in a few of the dimensions, so that queries differ.
  static std::vector<Row> Rows(std::size_t count, std::uint64_t seed) {
    constexpr std::size_t kClusters = 30;
    constexpr std::size_t kLatent = 8;
    const auto centres = test::RandomRows(kClusters, kLatent, 11);
    const auto axes = test::RandomRows(kLatent, kDims, 12);
    const auto steps = test::RandomRows(count, kLatent, seed);
    std::vector<Row> rows = test::RandomRows(count, kDims, seed + 100);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t cluster = i % kClusters;
      const float width = cluster % 3 == 0 ? 1.0f : 0.25f;
      for (std::size_t k = 0; k < kLatent; ++k) {
        const float at = centres[cluster][k] + width * steps[i][k];
        for (std::size_t d = 0; d < kDims; ++d) rows[i][d] += at * axes[k][d];
      }
    }
    return GetParam() == Metric::kCosine ? test::UnitRows(std::move(rows)) : rows;
  }

  std::vector<Row> rows_ = Rows(4000, 1);
  std::vector<Row> queries_ = Rows(100, 2);
  Index index_{{.metric = GetParam(), .codec = Codec::kRabitq}, rows_, kLists, Rows(150, 3)};

  SearchParams Params(std::uint32_t probes) const {
    return {.probes = probes, .max_probes = probes, .is_adaptive = true};
  }
};

TEST_P(AdaptiveSearch, ProbesAboutAsManyListsOnAverage) {
  for (const std::uint32_t probes : {2u, 5u, 16u, 40u}) {
    std::uint64_t sum = 0;
    std::set<std::uint64_t> counts;
    for (const Row& query : queries_) {
      index_.Search(query, Params(probes), 1);
      EXPECT_GE(index_.counts.lists, std::max(probes / 4, 1u));
      EXPECT_LE(index_.counts.lists, 4 * probes);
      counts.insert(index_.counts.lists);
      sum += index_.counts.lists;
    }
    const double mean = static_cast<double>(sum) / static_cast<double>(queries_.size());
    EXPECT_NEAR(mean, probes, 0.25 * probes);
    EXPECT_GT(counts.size(), 2u) << probes;
  }
}

TEST_P(AdaptiveSearch, FindsMoreThanFixedProbesDo) {
  std::size_t found[2] = {};
  std::uint64_t scored[2] = {};
  for (const Row& query : queries_) {
    const auto all = index_.Search(query, {.probes = kLists, .max_probes = kLists}, 10);
    for (const bool is_adaptive : {false, true}) {
      SearchParams params = Params(8);
      params.is_adaptive = is_adaptive;
      for (const HeapTid tid : index_.Search(query, params, 10)) {
        found[is_adaptive] += std::count(all.begin(), all.end(), tid);
      }
      scored[is_adaptive] += index_.counts.rows;
    }
  }
  EXPECT_LE(static_cast<double>(scored[1]), 1.15 * static_cast<double>(scored[0]));
  EXPECT_GT(found[1], found[0]);
}

TEST_P(AdaptiveSearch, IterativeSearchesComeToAllListsOnce) {
  for (const std::uint32_t most : {3u, 20u, kLists}) {
    for (std::size_t q = 0; q < 10; ++q) {
      auto found =
          index_.Search(queries_[q], {.probes = 2, .max_probes = most, .is_adaptive = true});
      EXPECT_EQ(index_.counts.lists, most);
      std::sort(found.begin(), found.end());
      EXPECT_EQ(std::adjacent_find(found.begin(), found.end()), found.end());
      if (most == kLists) {
        EXPECT_EQ(found.size(), rows_.size());
      }
    }
  }
}

TEST_P(AdaptiveSearch, WithoutAnOrderProbesAreExact) {
  index_.Search({}, Params(8));
  EXPECT_EQ(index_.counts.lists, 8u);
}

INSTANTIATE_TEST_SUITE_P(Metrics, AdaptiveSearch, testing::Values(Metric::kL2, Metric::kCosine));

TEST(MarginMeter, InnerProductAndPlainListsHaveNoMargins) {
  const auto rows = test::ClusteredRows(200, kDims, 10, 1);
  for (const BuildParams& params :
       {BuildParams{.metric = Metric::kInnerProduct, .codec = Codec::kRabitq},
        BuildParams{.metric = Metric::kL2}}) {
    const Index index(params, rows, 20, rows);
    EXPECT_EQ(index.meta.margins[0], 0);
  }
}

TEST(MarginMeter, EqualListsHaveNoMargins) {
  const std::vector<Row> rows(50, Row(kDims, 1.0f));
  const Index index({.metric = Metric::kL2, .codec = Codec::kRabitq}, rows, 20, rows);
  EXPECT_EQ(AboutProbes(index.meta, 4).most, 4u);
}

}  // namespace
}  // namespace vec::ivf
