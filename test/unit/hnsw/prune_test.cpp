#include "vector/hnsw/prune.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "vector/base/random.hpp"

namespace vec::hnsw {
namespace {

using Point = std::array<float, 3>;

float Distance(const Point& a, const Point& b) {
  float sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

float NegativeProduct(const Point& a, const Point& b) {
  return -std::inner_product(a.begin(), a.end(), b.begin(), 0.0f);
}

// Random points in the order of their distances to the origin's neighbour `node`.
struct Neighborhood {
  Point node;
  std::vector<Point> points;
  std::vector<float> distances;

  Neighborhood(std::size_t n, std::uint64_t seed) : points(n) {
    Random random(seed);
    const auto draw = [&] { return static_cast<float>(random.Uniform() * 2 - 1); };
    node = {draw(), draw(), draw()};
    for (Point& point : points) point = {draw(), draw(), draw()};
    std::ranges::sort(points, {}, [&](const Point& p) { return Distance(node, p); });
    for (const Point& point : points) distances.push_back(Distance(node, point));
  }

  auto Between() const {
    return [this](std::uint32_t i, std::uint32_t j) { return Distance(points[i], points[j]); };
  }
};

std::vector<float> Squares(std::vector<float> values) {
  for (float& value : values) value *= value;
  return values;
}

// Candidates on a line beside a node at 0.
struct Line {
  std::vector<float> places;
  Selection selection;
  std::vector<std::uint32_t> chosen;

  Line(std::vector<float> at, std::size_t lanes) : places(std::move(at)), chosen(lanes) {
    const auto between = [this](std::uint32_t i, std::uint32_t j) {
      return (places[i] - places[j]) * (places[i] - places[j]);
    };
    selection = SelectNeighbors(Squares(places), between, chosen);
    chosen.resize(selection.count);
  }
};

TEST(SelectNeighbors, KeepsOneOfEachDirection) {
  const Line line({1, 2, -3, 4, -5}, 2);
  EXPECT_EQ(line.chosen, (std::vector<std::uint32_t>{0, 2}));
  EXPECT_EQ(line.selection.redundant, 0u);
}

TEST(SelectNeighbors, FillsLanesWithTheNearestOfTheRedundant) {
  const Line line({1, 2, -3, 4, -5}, 4);
  EXPECT_EQ(line.chosen, (std::vector<std::uint32_t>{0, 2, 1, 3}));
  EXPECT_EQ(line.selection.redundant, 0b1100u);
}

TEST(SelectNeighbors, LeavesLanesWhereCandidatesAreFew) {
  const Line line({1, 2}, 4);
  EXPECT_EQ(line.chosen, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(line.selection.redundant, 0b10u);
  EXPECT_EQ(Line({}, 4).selection.count, 0u);
}

TEST(SelectNeighbors, KeepsWhatIsAsFarFromAKeptOneAsFromTheNode) {
  const Line line({1, 2}, 1);
  EXPECT_EQ(line.chosen, std::vector<std::uint32_t>{0});
  EXPECT_EQ(Line({-1, 1, 0}, 3).selection.redundant, 0u);  // alpha is 1 exactly
}

TEST(SelectNeighbors, FollowsTheRule) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Neighborhood around(100, seed);
    std::vector<std::uint32_t> chosen(32);
    const Selection selection = SelectNeighbors(around.distances, around.Between(), chosen);
    ASSERT_EQ(selection.count, 32u);
    const auto kept = 32 - static_cast<std::size_t>(std::popcount(selection.redundant));
    ASSERT_EQ(selection.redundant, ~std::uint64_t{0} >> 32 >> kept << kept);
    for (std::uint32_t i = 0; i < 100; ++i) {
      const auto is_nearer = [&](std::uint32_t other) {
        return other < i && Distance(around.points[i], around.points[other]) < around.distances[i];
      };
      const bool is_redundant = std::ranges::any_of(std::span(chosen).first(kept), is_nearer);
      const auto* end = chosen.data() + kept;
      const bool is_kept = std::find(std::as_const(chosen).data(), end, i) != end;
      ASSERT_EQ(is_kept, !is_redundant) << i;
    }
    ASSERT_TRUE(std::is_sorted(chosen.begin() + static_cast<std::ptrdiff_t>(kept), chosen.end()));
  }
}

TEST(SelectByInnerProduct, ChoosesHalfByEachRule) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Neighborhood around(100, seed);
    std::vector<float> products;
    for (const Point& point : around.points) {
      products.push_back(NegativeProduct(around.node, point));
    }
    std::vector<std::uint32_t> order(100);
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::sort(order, {}, [&](std::uint32_t i) { return products[i]; });
    const auto product_between = [&](std::uint32_t i, std::uint32_t j) {
      return NegativeProduct(around.points[i], around.points[j]);
    };
    std::vector<std::uint32_t> chosen(16);
    const Selection selection = SelectByInnerProduct({around.distances, products, order},
                                                     around.Between(), product_between, chosen);
    ASSERT_EQ(selection.count, 16u);
    EXPECT_EQ(chosen[0], 0u);                                      // the nearest
    EXPECT_NE(std::ranges::find(chosen, order[0]), chosen.end());  // the greatest product
    const auto lane = std::ranges::find(chosen, order[0]) - chosen.begin();
    EXPECT_EQ(selection.redundant >> lane & 1, 0u);
    std::ranges::sort(chosen);
    EXPECT_EQ(std::ranges::adjacent_find(chosen), chosen.end());
  }
}

TEST(SelectByInnerProduct, TakesNoCandidateTwice) {
  const std::vector<float> distances = {1, 2};
  const std::vector<float> products = {-2, -1};
  const std::vector<std::uint32_t> order = {0, 1};
  const auto far = [](std::uint32_t, std::uint32_t) { return 10.0f; };
  std::vector<std::uint32_t> chosen(4);
  const Selection selection = SelectByInnerProduct({distances, products, order}, far, far, chosen);
  EXPECT_EQ(selection.count, 2u);
  EXPECT_EQ(selection.redundant, 0u);
}

// Lanes of a node at 0 on a line, seen by a new node there.
struct LineNode {
  std::vector<float> places;
  std::uint64_t redundant = 0;
  std::size_t lanes = 4;
  std::size_t children = 0;

  std::optional<Placement> Place(float at) const {
    std::vector<float> from_node;
    std::vector<float> from_new;
    for (const float place : places) {
      from_node.push_back(std::abs(place));
      from_new.push_back(std::abs(place - at));
    }
    return PlaceReverseEdge({from_node, from_new, redundant, lanes, children}, std::abs(at));
  }
};

testing::AssertionResult Is(const std::optional<Placement>& placement, std::uint32_t lane,
                            std::uint64_t redundant) {
  if (!placement) return testing::AssertionFailure() << "no lane";
  if (placement->lane == lane && placement->redundant == redundant) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << placement->lane << " " << placement->redundant;
}

TEST(PlaceReverseEdge, TakesAFreeLane) {
  EXPECT_TRUE(Is(LineNode{{}}.Place(1), 0, 0));
  EXPECT_TRUE(Is(LineNode{{-1, -2}, 0b10}.Place(1), 2, 0b10));
}

TEST(PlaceReverseEdge, MarksItselfWhereANearerLaneLeadsToIt) {
  EXPECT_TRUE(Is(LineNode{{1}}.Place(2), 1, 0b10));
  EXPECT_TRUE(Is(LineNode{{1}, 0b1}.Place(2), 1, 0b01)) << "a redundant lane leads nowhere";
}

TEST(PlaceReverseEdge, MarksFartherLanesThatItLeadsTo) {
  EXPECT_TRUE(Is(LineNode{{3, -2, 4}}.Place(2), 3, 0b101));
}

TEST(PlaceReverseEdge, ReplacesTheFarthestRedundantLane) {
  EXPECT_TRUE(Is(LineNode{{-1, -2, -4, -3}, 0b1010}.Place(5), 3, 0b0010));
  EXPECT_TRUE(Is(LineNode{{-1, -2, 4, 3}}.Place(1), 2, 0b1000));
}

TEST(PlaceReverseEdge, ReplacesOnlyAFartherLaneWhereItIsRedundant) {
  EXPECT_TRUE(Is(LineNode{{1, -2, -4, -3}, 0b1100}.Place(2), 2, 0b1100));
  EXPECT_FALSE(LineNode({{1, -2, -4, -3}, 0b1100}).Place(5));
  EXPECT_FALSE(LineNode({{1, -2, -4, -3}}).Place(2));
}

TEST(PlaceReverseEdge, ReplacesTheFarthestLaneWhereNoneIsRedundant) {
  EXPECT_TRUE(Is(LineNode{{-1, -2, -4, -3}}.Place(1), 2, 0));
  EXPECT_FALSE(LineNode({{-1, -2, -4, -3}}).Place(5));
}

TEST(PlaceReverseEdge, LeavesTheLanesOfChildren) {
  EXPECT_TRUE(Is(LineNode{{-4, -2, -1, -3}, 0b1001, 4, 1}.Place(1), 3, 0b0001));
  EXPECT_TRUE(Is(LineNode{{-4, -2, -1, -3}, 0, 4, 1}.Place(1), 3, 0));
  EXPECT_FALSE(LineNode({{-4, -2, -1, -3}, 0b0001, 4, 4}).Place(1));
}

TEST(PlaceReverseEdge, DoesWithoutKnowingTheLanes) {
  const std::vector<float> from_node = {1, 2, 4, 3};
  EXPECT_TRUE(Is(PlaceReverseEdge({from_node, {}, 0b1010, 4}, 5), 3, 0b0010));
  EXPECT_TRUE(Is(PlaceReverseEdge({from_node, {}, 0, 4}, 3), 2, 0));
  EXPECT_FALSE(PlaceReverseEdge({from_node, {}, 0, 4}, 4));
}

TEST(PlaceReverseEdge, UsesAllSixtyFourLanes) {
  std::vector<float> from_node(64);
  std::iota(from_node.begin(), from_node.end(), 1.0f);
  const std::uint64_t last = std::uint64_t{1} << 63;
  EXPECT_TRUE(Is(PlaceReverseEdge({from_node, {}, last, 64}, 5), 63, 0));
  EXPECT_TRUE(Is(PlaceReverseEdge({std::span(from_node).first(63), {}, 1, 64}, 5), 63, 1));
  EXPECT_FALSE(PlaceReverseEdge({from_node, {}, last, 64, 64}, 5));
}

}  // namespace
}  // namespace vec::hnsw
