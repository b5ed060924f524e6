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

// Rows of `clusters` tight clusters; the centres depend on `dims` alone.
inline std::vector<Row> ClusteredRows(std::size_t count, std::size_t dims, std::size_t clusters,
                                      std::uint64_t seed) {
  const std::vector<Row> centres = RandomRows(clusters, dims, dims);
  std::vector<Row> rows = RandomRows(count, dims, seed);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t d = 0; d < dims; ++d) rows[i][d] = centres[i % clusters][d] * 8 + rows[i][d];
  }
  return rows;
}

class Index {
 public:
  // The first `lists` rows serve as centroids.
  Index(ivf::Metric metric, const std::vector<Row>& rows, std::size_t lists,
        ivf::Codec codec = ivf::Codec::kNone)
      : metric_(metric), codec_(codec), dims_(rows.front().size()) {
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

  // All rows that a search hands out, or the first `limit`.
  std::vector<HeapTid> Search(const Row& query, ivf::SearchParams params,
                              std::size_t limit = SIZE_MAX) {
    if (meta.codec == ivf::Codec::kNone)
      return Run<ivf::PlainSearch<MemoryStore>>(query, params, limit);
    return Run<ivf::CodedSearch<MemoryStore>>(query, params, limit);
  }

  ivf::CheckCounts Check() {
    return ivf::Checker<MemoryStore>(store, std::pmr::get_default_resource()).Run();
  }

  MemoryStore store;
  ivf::Meta meta{};
  ivf::SearchCounts counts;  // of the last search

 private:
  template <typename Search>
  std::vector<HeapTid> Run(const Row& query, ivf::SearchParams params, std::size_t limit) {
    Search search(store, meta, query, params, std::pmr::get_default_resource());
    std::vector<HeapTid> found;
    while (found.size() < limit) {
      const auto tid = search.Next();
      if (!tid) break;
      found.push_back(*tid);
    }
    counts = search.counts();
    return found;
  }

  void Build(const std::vector<Row>& rows, std::vector<float>& centroids, std::size_t stride) {
    std::multimap<std::uint32_t, std::size_t> sorted;
    for (std::size_t i = 0; i < rows.size(); ++i)
      sorted.emplace(Nearest(rows[i], centroids, stride), i);
    ivf::Builder<MemoryStore> builder(store,
                                      {metric_, static_cast<std::uint32_t>(dims_), 1000.0f, codec_},
                                      centroids, std::pmr::get_default_resource());
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
  ivf::Codec codec_;
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
  std::vector<ivf::PlainCandidate> order;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    order.push_back({DistanceOf(metric, query, rows[i]), TidOf(i)});
  }
  std::sort(order.begin(), order.end());
  std::vector<HeapTid> tids;
  for (const auto& row : order) tids.push_back(row.tid);
  return tids;
}

}  // namespace vec::test
