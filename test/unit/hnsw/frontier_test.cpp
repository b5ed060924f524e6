#include "vector/hnsw/frontier.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace vec::hnsw {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

class Frontiers : public testing::Test {
 protected:
  // Visits all that are to be visited, each found as far away as `distance_of` tells.
  template <typename DistanceOf>
  std::vector<NodeId> Visits(Frontier& frontier, DistanceOf distance_of) {
    std::vector<NodeId> visits;
    while (const auto next = frontier.Next()) {
      visits.push_back(next->node);
      frontier.Found(distance_of(*next));
    }
    return visits;
  }

  std::pmr::memory_resource* memory_ = std::pmr::get_default_resource();
};

TEST_F(Frontiers, EndsBehindTheDistancesFoundWhereEstimatesAreRight) {
  Frontier frontier(false, false, memory_);
  frontier.Begin(3, 100);
  for (NodeId node = 0; node < 50; ++node) frontier.Offer(node, static_cast<float>(node));
  const auto visits = Visits(frontier, [](const Candidate& node) { return node.estimate; });
  EXPECT_EQ(visits, (std::vector<NodeId>{0, 1, 2}));
}

TEST_F(Frontiers, LooksFurtherWhereEstimatesAreTooSmall) {
  Frontier frontier(false, false, memory_);
  frontier.Begin(3, 100);
  for (NodeId node = 0; node < 50; ++node) frontier.Offer(node, static_cast<float>(node));
  const auto visits = Visits(frontier, [](const Candidate& node) { return node.estimate + 5; });
  EXPECT_EQ(visits.size(), 8u);
}

TEST_F(Frontiers, LooksAtNoMoreThanThePoolHolds) {
  Frontier frontier(false, false, memory_);
  frontier.Begin(3, 20);
  for (NodeId node = 50; node-- > 0;) frontier.Offer(node, static_cast<float>(node));
  const auto visits = Visits(frontier, [](const Candidate&) { return kInfinity; });
  ASSERT_EQ(visits.size(), 20u);
  EXPECT_EQ(visits.back(), 19u);
}

TEST_F(Frontiers, OffersAgainWhatWasNotVisited) {
  Frontier frontier(true, false, memory_);
  frontier.Begin(2, 10);
  for (NodeId node = 0; node < 50; ++node) frontier.Offer(node, static_cast<float>(node));
  const auto distance = [](const Candidate& node) { return node.estimate; };
  EXPECT_EQ(Visits(frontier, distance), (std::vector<NodeId>{0, 1}));
  EXPECT_TRUE(frontier.HasRest());
  frontier.Begin(3, 10);
  EXPECT_EQ(Visits(frontier, distance), (std::vector<NodeId>{2, 3, 4}));
  EXPECT_TRUE(frontier.IsVisited(4));
  EXPECT_FALSE(frontier.IsVisited(5));
}

TEST_F(Frontiers, TakeTheSmallestEstimateOfANode) {
  Frontier frontier(false, false, memory_);
  frontier.Begin(2, 10);
  for (const float estimate : {9.0f, 3.0f, 5.0f}) frontier.Offer(1, estimate);
  frontier.Offer(2, 4);
  const auto first = frontier.Next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->node, 1u);
  EXPECT_EQ(first->estimate, 3);
  EXPECT_EQ(frontier.Next()->node, 2u);
  EXPECT_FALSE(frontier.Next());
}

TEST(Smallest, KeepsTheSmallestAndTellsTheLargestOfThem) {
  Smallest smallest(std::pmr::get_default_resource());
  smallest.Begin(3);
  EXPECT_EQ(smallest.bound(), kInfinity);
  for (const float number : {8.0f, 2.0f, 6.0f}) smallest.Add(number);
  EXPECT_EQ(smallest.bound(), 8);
  smallest.Add(9);
  EXPECT_EQ(smallest.bound(), 8);
  smallest.Add(1);
  EXPECT_EQ(smallest.bound(), 6);
  smallest.Add(1);
  EXPECT_EQ(smallest.bound(), 2);
  smallest.Begin(1);
  EXPECT_EQ(smallest.bound(), kInfinity);
  smallest.Add(5);
  smallest.Add(4);
  EXPECT_EQ(smallest.bound(), 4);
}

}  // namespace
}  // namespace vec::hnsw
