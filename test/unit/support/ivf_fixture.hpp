// Small ivfflat indexes on a MemoryStore, and what they should answer.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "support/memory_store.hpp"
#include "vector/base/random.hpp"
#include "vector/ivf/build.hpp"
#include "vector/ivf/check.hpp"
#include "vector/ivf/insert.hpp"
#include "vector/ivf/search.hpp"

namespace vec::test {

using Row = std::vector<float>;

inline HeapTid TidOf(std::size_t i) {
  return {static_cast<std::uint16_t>(i >> 24), static_cast<std::uint16_t>(i >> 8),
          static_cast<std::uint16_t>((i & 0xFF) + 1)};
}

// Rows of small integers, so that distances are exact at every SIMD level.
inline std::vector<Row> RandomRows(std::size_t count, std::size_t dims, std::uint64_t seed) {
  Random random(seed);
  std::vector<Row> rows(count, Row(dims));
  for (Row& row : rows) {
    for (float& x : row) x = static_cast<float>(random.Below(21)) - 10.0f;
  }
  return rows;
}

class Index {
 public:
  // The first `lists` rows serve as centroids.
  Index(ivf::Metric metric, const std::vector<Row>& rows, std::size_t lists)
      : metric_(metric), dims_(rows.front().size()) {
    const std::size_t stride = ivf::TrainingDims(metric, dims_);
    std::vector<float> centroids;
    for (std::size_t i = 0; i < lists; ++i) {
      Row centroid = rows[i];
      centroid.resize(stride, 0.0f);
      centroids.insert(centroids.end(), centroid.begin(), centroid.end());
    }
    Build(rows, centroids, stride);
  }

  void Insert(std::size_t i, const Row& row) {
    ivf::Insert(store, meta, TidOf(i), row, std::pmr::get_default_resource());
  }

  std::vector<HeapTid> Search(const Row& query, ivf::SearchParams params) {
    ivf::Search<MemoryStore> search(store, meta, query, params, std::pmr::get_default_resource());
    std::vector<HeapTid> found;
    while (const auto row = search.Next()) found.push_back(row->tid);
    return found;
  }

  ivf::CheckCounts Check() {
    return ivf::Checker<MemoryStore>(store, std::pmr::get_default_resource()).Run();
  }

  MemoryStore store;
  ivf::Meta meta{};

 private:
  void Build(const std::vector<Row>& rows, std::vector<float>& centroids, std::size_t stride) {
    std::multimap<std::uint32_t, std::size_t> sorted;
    for (std::size_t i = 0; i < rows.size(); ++i) sorted.emplace(Nearest(rows[i], centroids, stride), i);
    ivf::Builder<MemoryStore> builder(
        store, {metric_, static_cast<std::uint32_t>(dims_), 1000.0f}, centroids,
        std::pmr::get_default_resource());
    for (const auto& [list, i] : sorted) builder.Add(list, TidOf(i), rows[i]);
    meta = builder.Finish();
  }

  std::uint32_t Nearest(const Row& row, const std::vector<float>& centroids, std::size_t stride) {
    std::uint32_t best = 0;
    float best_distance = std::numeric_limits<float>::infinity();
    for (std::size_t list = 0; list < centroids.size() / stride; ++list) {
      const float distance =
          simd::Active().l2_squared(row.data(), &centroids[list * stride], dims_);
      if (distance < best_distance) {
        best_distance = distance;
        best = static_cast<std::uint32_t>(list);
      }
    }
    return best;
  }

  ivf::Metric metric_;
  std::size_t dims_;
};

inline float DistanceOf(ivf::Metric metric, const Row& a, const Row& b) {
  const simd::Kernels& kernels = simd::Active();
  switch (metric) {
    case ivf::Metric::kL2:
      return kernels.l2_squared(a.data(), b.data(), a.size());
    case ivf::Metric::kL1:
      return kernels.l1(a.data(), b.data(), a.size());
    default:
      return -kernels.inner_product(a.data(), b.data(), a.size());
  }
}

// All rows by (distance, TID).
inline std::vector<HeapTid> ExactOrder(ivf::Metric metric, const std::vector<Row>& rows,
                                       const Row& query) {
  std::vector<ivf::Candidate> order;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    order.push_back({DistanceOf(metric, query, rows[i]), TidOf(i)});
  }
  std::sort(order.begin(), order.end());
  std::vector<HeapTid> tids;
  for (const auto& row : order) tids.push_back(row.tid);
  return tids;
}

}  // namespace vec::test
