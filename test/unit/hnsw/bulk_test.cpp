#include "vector/hnsw/bulk.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <stdexcept>
#include <vector>

#include "vector/base/random.hpp"
#include "vector/hnsw/prune.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::hnsw {
namespace {

using Values = std::vector<float>;

// Points of several clusters.
Values Clustered(std::size_t n, std::size_t dims, std::uint64_t seed) {
  Random random(seed);
  const auto draw = [&] { return static_cast<float>(random.Uniform() * 2 - 1); };
  Values centers(20 * dims);
  for (float& value : centers) value = 2 * draw();
  Values rows;
  for (std::size_t i = 0; i < n; ++i) {
    const float* center = centers.data() + random.Below(20) * dims;
    for (std::size_t j = 0; j < dims; ++j) rows.push_back(center[j] + draw());
  }
  return rows;
}

BulkParams Params(std::size_t dims, Metric metric = Metric::kL2) {
  BulkParams params;
  params.dims = dims;
  params.metric = metric;
  params.seed = 7;
  return params;
}

BulkGraph Build(const Values& rows, const BulkParams& params) {
  return BuildGraph(rows, params, nullptr);
}

std::span<const std::uint32_t> NeighborsOf(const BulkGraph& graph, std::uint32_t node) {
  return std::span(graph.neighbors).subspan(node * graph.lanes, graph.degrees[node]);
}

std::size_t Reached(const BulkGraph& graph, std::uint32_t from) {
  std::vector<bool> reached(graph.rows.size());
  std::vector<std::uint32_t> stack = {from};
  reached[from] = true;
  std::size_t count = 0;
  while (!stack.empty()) {
    const std::uint32_t node = stack.back();
    stack.pop_back();
    ++count;
    for (const std::uint32_t to : NeighborsOf(graph, node)) {
      if (!reached[to]) stack.push_back(to);
      reached[to] = true;
    }
  }
  return count;
}

// All that holds for every graph.
void Check(const BulkGraph& graph, const Values& rows, const BulkParams& params) {
  const std::size_t n = rows.size() / params.dims;
  const auto at = [&](std::uint32_t row) { return rows.data() + row * params.dims; };
  const auto are_equal = [&](std::uint32_t a, std::uint32_t b) {
    return std::equal(at(a), at(a) + params.dims, at(b));
  };
  const std::size_t nodes = graph.rows.size();
  ASSERT_EQ(graph.degrees.size(), nodes);
  ASSERT_EQ(graph.redundant.size(), nodes);
  ASSERT_EQ(graph.neighbors.size(), nodes * params.lanes);
  ASSERT_EQ(graph.distances.size(), nodes * params.lanes);
  ASSERT_EQ(graph.first_copy.size(), nodes + 1);

  std::vector<std::uint32_t> all = graph.rows;
  all.insert(all.end(), graph.copies.begin(), graph.copies.end());
  std::ranges::sort(all);
  ASSERT_EQ(all.size(), n);
  for (std::uint32_t i = 0; i < n; ++i) ASSERT_EQ(all[i], i);

  for (std::uint32_t node = 0; node < nodes; ++node) {
    for (std::uint32_t i = graph.first_copy[node]; i < graph.first_copy[node + 1]; ++i) {
      ASSERT_TRUE(are_equal(graph.copies[i], graph.rows[node]));
    }
    ASSERT_LE(graph.degrees[node], params.lanes);
    ASSERT_TRUE(graph.degrees[node] == 64 || graph.redundant[node] >> graph.degrees[node] == 0);
    const auto neighbors = NeighborsOf(graph, node);
    ASSERT_EQ(std::set(neighbors.begin(), neighbors.end()).size(), neighbors.size());
    for (std::size_t lane = 0; lane < neighbors.size(); ++lane) {
      ASSERT_LT(neighbors[lane], nodes);
      ASSERT_NE(neighbors[lane], node);
      const float distance = simd::Active().l2_squared(
          at(graph.rows[node]), at(graph.rows[neighbors[lane]]), params.dims);
      ASSERT_NEAR(graph.distances[node * params.lanes + lane], distance, 1e-3f * distance + 1e-5f);
    }
  }
  if (nodes > 0) {
    EXPECT_EQ(Reached(graph, 0), nodes);
    EXPECT_EQ(graph.roots, std::vector<std::uint32_t>{0});
  }
  std::vector<std::uint32_t> parents(nodes);
  for (std::uint32_t node = 0; node < nodes; ++node) {
    ASSERT_LE(graph.children[node], graph.degrees[node]);
    for (const std::uint32_t child : NeighborsOf(graph, node).first(graph.children[node])) {
      ++parents[child];
    }
  }
  for (std::uint32_t node = 0; node < nodes; ++node) EXPECT_EQ(parents[node], node == 0 ? 0u : 1u);
}

// Rows by ascending distance as a search from a sample of nodes with a beam of `ef` finds them.
std::vector<std::uint32_t> Search(const BulkGraph& graph, const Values& rows, const float* query,
                                  std::size_t ef) {
  const std::size_t dims = rows.size() / (graph.rows.size() + graph.copies.size());
  const auto distance = [&](std::uint32_t node) {
    return simd::Active().l2_squared(query, rows.data() + graph.rows[node] * dims, dims);
  };
  std::set<std::pair<float, std::uint32_t>> beam;
  std::set<std::uint32_t> seen;
  std::set<std::uint32_t> visited;
  const auto add = [&](std::uint32_t node) {
    if (seen.insert(node).second) beam.emplace(distance(node), node);
    if (beam.size() > ef) beam.erase(std::prev(beam.end()));
  };
  for (std::uint32_t node = 0; node < graph.rows.size(); node += 16) add(node);
  const auto is_new = [&](const auto& entry) { return !visited.contains(entry.second); };
  for (auto next = beam.begin(); next != beam.end(); next = std::ranges::find_if(beam, is_new)) {
    const std::uint32_t node = next->second;
    visited.insert(node);
    for (const std::uint32_t neighbor : NeighborsOf(graph, node)) add(neighbor);
  }
  std::vector<std::uint32_t> found;
  for (const auto& entry : beam) found.push_back(graph.rows[entry.second]);
  return found;
}

double Recall(const BulkGraph& graph, const Values& rows, const Values& queries, std::size_t dims) {
  std::size_t hits = 0;
  const std::size_t n = rows.size() / dims;
  for (std::size_t first = 0; first < queries.size(); first += dims) {
    std::vector<float> distances(n);
    simd::Active().l2_squared_rows(queries.data() + first, rows.data(),
                                   static_cast<std::ptrdiff_t>(dims * sizeof(float)), n, dims,
                                   distances.data());
    std::vector<std::uint32_t> order(n);
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::partial_sort(order, order.begin() + 10, {},
                              [&](std::uint32_t i) { return distances[i]; });
    const auto found = Search(graph, rows, queries.data() + first, 40);
    for (std::size_t i = 0; i < 10; ++i) {
      const auto end =
          found.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(10, found.size()));
      hits += std::find(found.begin(), end, order[i]) != end ? 1 : 0;
    }
  }
  return static_cast<double>(hits) * static_cast<double>(dims) /
         static_cast<double>(queries.size() * 10);
}

TEST(BuildGraph, TakesAnyNumberOfRows) {
  const BulkParams params = Params(5);
  for (const std::size_t n : {0, 1, 2, 3, 32, 33, 34, 999, 1001, 1100}) {
    SCOPED_TRACE(n);
    const Values rows = Clustered(n, 5, n);
    const BulkGraph graph = Build(rows, params);
    Check(graph, rows, params);
    EXPECT_EQ(graph.rows.size(), n);
    for (const std::uint8_t degree : graph.degrees) {
      EXPECT_EQ(degree, std::min<std::size_t>(n - 1, params.lanes));
    }
  }
}

TEST(BuildGraph, FindsNearestRows) {
  for (const std::size_t lanes : {32, 64}) {
    BulkParams params = Params(24);
    params.lanes = lanes;
    const Values all = Clustered(4100, 24, 1);
    const auto middle = all.begin() + 4000 * 24;
    const Values rows(all.begin(), middle);
    const BulkGraph graph = Build(rows, params);
    Check(graph, rows, params);
    EXPECT_GE(Recall(graph, rows, Values(middle, all.end()), 24), 0.97);
  }
}

TEST(BuildGraph, MakesOneNodeOfEqualRows) {
  const BulkParams params = Params(8);
  Values rows(3000 * 8, 1.5f);
  BulkGraph graph = Build(rows, params);
  Check(graph, rows, params);
  EXPECT_EQ(graph.rows, std::vector<std::uint32_t>{0});
  EXPECT_EQ(graph.copies.size(), 2999u);

  const Values others = Clustered(3000, 8, 3);
  for (std::size_t i = 0; i < 3000; ++i) {  // every third row stays
    if (i % 3 == 0)
      std::copy_n(others.begin() + static_cast<std::ptrdiff_t>(i * 8), 8,
                  rows.begin() + static_cast<std::ptrdiff_t>(i * 8));
  }
  graph = Build(rows, params);
  Check(graph, rows, params);
  EXPECT_EQ(graph.rows.size(), 1001u);
  EXPECT_EQ(graph.copies.size(), 1999u);
}

TEST(BuildGraph, ConnectsFarClusters) {
  const BulkParams params = Params(12);
  Values rows = Clustered(4000, 12, 4);
  for (std::size_t i = 0; i < rows.size() / 2; ++i) rows[i] += 3000;
  const BulkGraph graph = Build(rows, params);
  Check(graph, rows, params);
  for (std::uint32_t node = 0; node < graph.rows.size(); node += 97) {
    ASSERT_EQ(Reached(graph, node), graph.rows.size());
  }
}

TEST(BuildGraph, TakesRowsThatNoLeaderTellsApart) {
  const BulkParams params = Params(4);
  Values rows(2500 * 4, 0.0f);
  for (std::size_t i = 0; i < 2500; ++i) rows[i * 4] = 1e-30f * static_cast<float>(i);
  Check(Build(rows, params), rows, params);
}

TEST(BuildGraph, TakesDistancesThatOverflow) {
  const BulkParams params = Params(4);
  Values rows = Clustered(2500, 4, 5);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] *= i % 3 == 0 ? 1e30f : 1e25f;
  const BulkGraph graph = Build(rows, params);
  EXPECT_EQ(graph.rows.size(), 2500u);
  EXPECT_EQ(Reached(graph, 0), 2500u);
}

TEST(BuildGraph, ReachesShortRowsUnderInnerProduct) {
  const BulkParams params = Params(16, Metric::kInnerProduct);
  Random random(6);
  Values rows = Clustered(4000, 16, 6);
  for (std::size_t i = 0; i < 4000; ++i) {
    double normal = -6;
    for (int j = 0; j < 12; ++j) normal += random.Uniform();
    const auto factor = static_cast<float>(std::exp(normal));
    for (std::size_t j = 0; j < 16; ++j) rows[i * 16 + j] *= factor;
  }
  const BulkGraph graph = Build(rows, params);
  Check(graph, rows, params);

  // Most nodes have an edge to the row of their greatest product.
  std::size_t have = 0;
  for (std::uint32_t node = 0; node < 400; ++node) {
    const float* row = rows.data() + graph.rows[node] * 16;
    const auto product = [&](std::uint32_t other) {
      return simd::Active().inner_product(row, rows.data() + graph.rows[other] * 16, 16);
    };
    std::uint32_t best = node == 0 ? 1 : 0;
    for (std::uint32_t other = 0; other < 4000; ++other) {
      if (other != node && product(other) > product(best)) best = other;
    }
    const auto neighbors = NeighborsOf(graph, node);
    have += std::ranges::find(neighbors, best) != neighbors.end() ? 1 : 0;
  }
  EXPECT_GE(have, 360u);
}

TEST(BuildGraph, DoesNotDependOnThreads) {
  BulkParams params = Params(10);
  const Values rows = Clustered(5000, 10, 8);
  const BulkGraph alone = Build(rows, params);
  params.threads = 3;
  const BulkGraph together = Build(rows, params);
  EXPECT_EQ(alone.rows, together.rows);
  EXPECT_EQ(alone.neighbors, together.neighbors);
  EXPECT_EQ(alone.redundant, together.redundant);
}

TEST(BuildGraph, BreaksOffWhenTheReportThrows) {
  const Values rows = Clustered(3000, 10, 9);
  for (const std::size_t threads : {1, 3}) {
    BulkParams params = Params(10);
    params.threads = threads;
    const BulkProgress refuse = [](double) { throw std::runtime_error("enough"); };
    EXPECT_THROW(BuildGraph(rows, params, refuse), std::runtime_error);
  }
}

TEST(BuildGraph, ReportsWhatIsDone) {
  std::vector<double> reports;
  const Values rows = Clustered(20000, 16, 10);
  BuildGraph(rows, Params(16), [&](double done) { reports.push_back(done); });
  EXPECT_FALSE(reports.empty());
  EXPECT_TRUE(std::ranges::is_sorted(reports));
  for (const double done : reports) EXPECT_TRUE(done >= 0 && done <= 1);
}

TEST(BulkBytes, RefusesSizesThatWrapAround) {
  constexpr std::size_t kMax = std::numeric_limits<std::size_t>::max();
  EXPECT_THROW(BulkBytes(kMax / 64, Params(16)), std::bad_alloc);
  BulkParams many = Params(16000);
  many.threads = kMax / 1000;
  EXPECT_THROW(BulkBytes(100000, many), std::bad_alloc);
  // As many rows as a graph may have take more than 32 bits count.
  EXPECT_GT(BulkBytes((std::size_t{1} << 31) - 1, Params(1)), std::size_t{1} << 40);
}

}  // namespace
}  // namespace vec::hnsw
