#include "vector/cluster/assign.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "vector/base/random.hpp"

namespace vec::cluster {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

std::vector<float> RandomValues(std::size_t n, Random& random) {
  std::vector<float> values(n);
  for (float& value : values) value = static_cast<float>(random.Uniform() * 2 - 1);
  return values;
}

double SquaredDistance(const float* a, const float* b, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  return sum;
}

struct Result {
  std::vector<std::uint32_t> labels;
  std::vector<float> distances;
};

Result Assign(const std::vector<float>& rows, const std::vector<float>& centroids,
              std::size_t dims) {
  Assigner assigner(centroids, dims, std::pmr::get_default_resource());
  Result result;
  result.labels.assign(rows.size() / dims, 0xFFFFFFFF);
  result.distances.assign(rows.size() / dims, -1);
  assigner.Nearest(rows, result.labels, result.distances);
  return result;
}

TEST(Assigner, FindsTheNearestCentroid) {
  Random random(1);
  for (const std::size_t dims : {1, 3, 16, 33, 128}) {
    for (const std::size_t k : {1, 2, 17, 511, 512, 513, 1100}) {
      SCOPED_TRACE("dims=" + std::to_string(dims) + " k=" + std::to_string(k));
      const auto rows = RandomValues(300 * dims, random);
      const auto centroids = RandomValues(k * dims, random);
      const Result result = Assign(rows, centroids, dims);
      for (std::size_t i = 0; i < 300; ++i) {
        const float* row = rows.data() + i * dims;
        double least = kInf;
        for (std::size_t j = 0; j < k; ++j) {
          least = std::min(least, SquaredDistance(row, centroids.data() + j * dims, dims));
        }
        ASSERT_LT(result.labels[i], k);
        const float* chosen = centroids.data() + result.labels[i] * dims;
        ASSERT_NEAR(SquaredDistance(row, chosen, dims), least, 1e-5 * static_cast<double>(dims));
        ASSERT_NEAR(result.distances[i], SquaredDistance(row, chosen, dims),
                    1e-6 * static_cast<double>(dims));
      }
    }
  }
}

TEST(Assigner, TakesTheLowerOfEquallyNearCentroids) {
  std::vector<float> centroids;
  for (int i = 0; i < 1200; ++i) centroids.push_back(static_cast<float>(i % 3));
  const Result result = Assign({0, 1, 2, 0.5, 1.5, 9}, centroids, 1);
  EXPECT_EQ(result.labels, (std::vector<std::uint32_t>{0, 1, 2, 0, 1, 2}));
}

TEST(Assigner, GivesDistanceZeroToARowThatIsACentroid) {
  Random random(2);
  const auto centroids = RandomValues(700 * 50, random);
  const Result result = Assign(centroids, centroids, 50);
  for (std::size_t i = 0; i < 700; ++i) {
    EXPECT_EQ(result.labels[i], i);
    EXPECT_EQ(result.distances[i], 0.0f);
  }
}

// |x|^2 is 3e12 here and the distances are near 1: float32 cannot tell them apart
// in |x|^2 + |c|^2 - 2 <x, c>.
TEST(Assigner, StaysExactFarFromTheOrigin) {
  Random random(3);
  std::vector<float> centroids(100 * 3);
  for (float& value : centroids) value = 1e6f + static_cast<float>(random.Below(1000));
  std::vector<float> rows(300 * 3);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = centroids[i % 300] + 0.25f;
  const Result result = Assign(rows, centroids, 3);
  for (std::size_t i = 0; i < 300; ++i) {
    EXPECT_EQ(result.labels[i], i % 100);
    EXPECT_EQ(result.distances[i], 0.1875f);
  }
}

TEST(Assigner, GivesValidLabelsWhereDistancesOverflow) {
  const std::size_t dims = 20;
  const float huge = 3e38f;
  std::vector<float> centroids(40 * dims, huge);
  std::vector<float> rows(5 * dims, -huge);
  for (std::size_t d = 0; d < dims; ++d) rows[d] = 0;
  for (std::size_t d = 0; d < dims; ++d) rows[dims + d] = huge;
  const Result result = Assign(rows, centroids, dims);
  for (const std::uint32_t label : result.labels) EXPECT_LT(label, 40u);
  EXPECT_EQ(result.distances[0], kInf);
  EXPECT_EQ(result.distances[1], 0.0f);
  EXPECT_EQ(result.distances[2], kInf);
}

TEST(Assigner, PrefersAFiniteDistanceAmongOverflows) {
  const std::vector<float> centroids{-3e38f, 3e38f, 1e19f, 2e38f};
  const Result result = Assign({1e19f, 2e38f, 0, -3e38f}, centroids, 1);
  EXPECT_EQ(result.labels, (std::vector<std::uint32_t>{2, 3, 2, 0}));
}

TEST(Assigner, ToleratesNanAndInfinity) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Result result = Assign({nan, 1, kInf, 1, -kInf, kInf, 2, 2}, {0, 0, 2, 2}, 2);
  EXPECT_EQ(result.labels, (std::vector<std::uint32_t>{0, 0, 0, 1}));
  EXPECT_EQ(result.distances, (std::vector<float>{kInf, kInf, kInf, 0}));
}

TEST(Assigner, AcceptsNoRowsAndNoDistances) {
  const std::vector<float> centroids{0, 10};
  Assigner assigner(centroids, 1, std::pmr::get_default_resource());
  assigner.Nearest({}, {});
  const std::vector<float> rows{9, 1};
  std::vector<std::uint32_t> labels(2);
  assigner.Nearest(rows, labels);
  EXPECT_EQ(labels, (std::vector<std::uint32_t>{1, 0}));
}

TEST(Assigner, TakesTheMemoryItSays) {
  for (const std::size_t k : {1, 100, 512, 2000}) {
    const std::vector<float> centroids(k * 7);
    std::vector<std::byte> block(Assigner::MemoryBytes(k, 7));
    std::pmr::monotonic_buffer_resource memory(block.data(), block.size(),
                                               std::pmr::null_memory_resource());
    EXPECT_NO_THROW(Assigner(centroids, 7, &memory)) << k;
  }
}

}  // namespace
}  // namespace vec::cluster
