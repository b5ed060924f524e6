#include "../../../src/cluster/lloyd.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace vec::cluster {
namespace {

std::vector<float> ImproveFrom(std::vector<float> centroids, const std::vector<float>& values,
                               std::size_t dims, bool spherical = false) {
  MemoryRows rows(values, dims);
  const KMeansParams params{.centroids = centroids.size() / dims, .spherical = spherical};
  Budget memory(std::pmr::get_default_resource(), std::size_t{1} << 24);
  const WorkProgress silent;
  Workers workers(1, silent);
  Training training(params, memory, workers);
  Improve(training, rows, centroids, params.iterations);
  return centroids;
}

TEST(Lloyd, MovesCentroidsToTheMeansOfTheirRows) {
  EXPECT_EQ(ImproveFrom({0, 100}, {1, 2, 3, 50, 60, 70}, 1), (std::vector<float>{2, 60}));
}

TEST(Lloyd, MovesCentroidsWithoutRowsToTheFurthestRows) {
  const std::vector<float> rows{0, 1, 20, 21, 300, 301};
  std::vector<float> centroids = ImproveFrom({0, 0, 0}, rows, 1);
  std::sort(centroids.begin(), centroids.end());
  EXPECT_EQ(centroids, (std::vector<float>{0.5f, 20.5f, 300.5f}));
}

TEST(Lloyd, DoesNotMoveTwoCentroidsToEqualRows) {
  const std::vector<float> rows{0, 0, 9, 9, 9, 9, 4};
  std::vector<float> centroids = ImproveFrom({0, 0, 0}, rows, 1);
  std::sort(centroids.begin(), centroids.end());
  EXPECT_EQ(centroids, (std::vector<float>{0, 4, 9}));
}

TEST(Lloyd, LeavesCentroidsWithoutRowsWhereAllRowsAreCentroids) {
  EXPECT_EQ(ImproveFrom({1, 1, 1}, {1, 1, 1, 1}, 1), (std::vector<float>{1, 1, 1}));
}

TEST(Lloyd, MovesSphericalCentroidsToRowsOfUnitLength) {
  const std::vector<float> rows{1, 0, 0.6f, 0.8f, 0, 0, -1, 0};
  const std::vector<float> centroids = ImproveFrom({1, 0, 1, 0, 1, 0}, rows, 2, true);
  for (std::size_t j = 0; j < 6; j += 2) {
    EXPECT_NEAR(std::hypot(centroids[j], centroids[j + 1]), 1, 1e-6);
  }
  EXPECT_NE(std::find(centroids.begin(), centroids.end(), -1.0f), centroids.end());
}

TEST(Lloyd, LeavesASphericalCentroidBetweenOppositeRows) {
  EXPECT_EQ(ImproveFrom({0, 1}, {1, 0, -1, 0}, 2, true), (std::vector<float>{0, 1}));
}

TEST(Lloyd, TakesTheMemoryItSays) {
  const std::vector<float> rows(40 * 30, 1.0f);
  std::vector<float> centroids(7 * 30, 0.0f);
  MemoryRows source(rows, 30);
  const KMeansParams params{.centroids = 7};
  Budget memory(std::pmr::get_default_resource(), ImproveBytes(7, 30) + PassBytes(kMaxBlockRows));
  const WorkProgress silent;
  Workers workers(1, silent);
  Training training(params, memory, workers);
  EXPECT_NO_THROW(Improve(training, source, centroids, params.iterations));
}

}  // namespace
}  // namespace vec::cluster
