#include "../../../src/hnsw/candidates.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "vector/base/random.hpp"

namespace vec::hnsw {
namespace {

std::vector<Candidate> Get(const CandidateLists& lists, std::uint32_t row) {
  const auto list = lists.Of(row);
  return {list.begin(), list.end()};
}

TEST(CandidateLists, KeepTheNearest) {
  CandidateLists lists(2, 3);
  EXPECT_EQ(lists.Limit(1), std::numeric_limits<float>::infinity());
  lists.Add(1, std::vector<Candidate>{{1, 10}, {4, 11}});
  lists.Add(1, std::vector<Candidate>{{2, 12}, {3, 13}});
  EXPECT_EQ(Get(lists, 1), (std::vector<Candidate>{{1, 10}, {2, 12}, {3, 13}}));
  EXPECT_EQ(lists.Limit(1), 3);
  EXPECT_TRUE(lists.Of(0).empty());
}

TEST(CandidateLists, HoldNoRowTwice) {
  CandidateLists lists(1, 4);
  lists.Add(0, std::vector<Candidate>{{2, 10}, {3, 11}});
  lists.Add(0, std::vector<Candidate>{{1, 11}, {5, 10}, {6, 12}});
  EXPECT_EQ(Get(lists, 0), (std::vector<Candidate>{{1, 11}, {2, 10}, {6, 12}}));
}

TEST(CandidateLists, DoNotDependOnTheOrderOfOffers) {
  Random random(1);
  std::vector<std::vector<Candidate>> offers(20);
  for (auto& offer : offers) {
    std::map<std::uint32_t, float> rows;
    for (int i = 0; i < 10; ++i) rows[random.Below(60)] = static_cast<float>(random.Below(30));
    for (const auto& [row, distance] : rows) offer.emplace_back(distance, row);
    std::ranges::sort(offer);
  }
  CandidateLists forward(1, 16);
  CandidateLists backward(1, 16);
  for (std::size_t i = 0; i < offers.size(); ++i) {
    forward.Add(0, offers[i]);
    backward.Add(0, offers[offers.size() - 1 - i]);
  }
  EXPECT_EQ(Get(forward, 0), Get(backward, 0));
  EXPECT_EQ(forward.Of(0).size(), 16u);
}

}  // namespace
}  // namespace vec::hnsw
