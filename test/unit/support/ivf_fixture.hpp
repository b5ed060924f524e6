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

// A row as an index takes it. For bits a value above zero is 1.
class StoredRow {
 public:
  StoredRow(ivf::ElementType type, const Row& row)
      : values_(row), stored_(ivf::RowBytes(type, row.size())) {
    if (row.empty()) return;
    switch (type) {
      case ivf::ElementType::kFloat32:
        std::memcpy(stored_.data(), row.data(), stored_.size());
        break;
      case ivf::ElementType::kFloat16:
        for (std::size_t i = 0; i < row.size(); ++i) {
          const Half half = ToHalf(row[i]);
          values_[i] = ToFloat(half);
          std::memcpy(&stored_[2 * i], &half, sizeof half);
        }
        break;
      case ivf::ElementType::kBit:
        for (std::size_t i = 0; i < row.size(); ++i) {
          if (row[i] > 0) stored_[i / 8] |= std::byte{0x80} >> (i % 8);
        }
        values_.clear();
        break;
      case ivf::ElementType::kSparse:
        break;
    }
  }

  const Row& values() const { return values_; }
  const std::byte* stored() const { return stored_.data(); }
  ivf::RowView view() const { return {values_, stored_}; }

  // What k-means sees.
  Row TrainingRow() const {
    if (!values_.empty()) return values_;
    Row words(stored_.size() / sizeof(float));
    std::memcpy(words.data(), stored_.data(), stored_.size());
    return words;
  }

 private:
  Row values_;
  std::vector<std::byte> stored_;
};

// The table behind an index that leaves its vectors there.
class TestHeap final : public ivf::HeapVectors {
 public:
  std::optional<std::span<const float>> Read(HeapTid tid) override {
    ++reads;
    const auto row = rows.find(tid);
    if (row == rows.end()) return std::nullopt;
    return row->second;
  }

  std::map<HeapTid, Row> rows;
  std::size_t reads = 0;
};

class Index {
 public:
  // The first `lists` rows serve as centroids.
  Index(ivf::Metric metric, const std::vector<Row>& rows, std::size_t lists,
        ivf::Codec codec = ivf::Codec::kNone)
      : Index({.metric = metric, .codec = codec}, rows, lists) {}

  // `params` without dims and max_norm_squared.
  Index(ivf::BuildParams params, const std::vector<Row>& rows, std::size_t lists)
      : params_(params) {
    params_.dims = static_cast<std::uint32_t>(rows.front().size());
    params_.max_norm_squared = 1000.0f;
    const std::size_t stride = ivf::TrainingFloats(params.type, params.metric, params_.dims);
    std::vector<float> centroids;
    for (std::size_t i = 0; i < lists; ++i) {
      Row centroid = StoredRow(params.type, rows[i]).TrainingRow();
      centroid.resize(stride, 0.0f);
      centroids.insert(centroids.end(), centroid.begin(), centroid.end());
    }
    Build(rows, centroids);
  }

  void Insert(std::size_t i, const Row& row) {
    const StoredRow stored(params_.type, row);
    heap.rows[TidOf(i)] = stored.values();
    ivf::Insert(store, meta, TidOf(i), stored.view(), std::pmr::get_default_resource());
  }

  // All rows that a search hands out, or the first `limit`.
  std::vector<HeapTid> Search(const Row& query, ivf::SearchParams params,
                              std::size_t limit = SIZE_MAX) {
    params.heap = &heap;
    if (ivf::HasPlainLists(meta)) return Run<ivf::PlainSearch<MemoryStore>>(query, params, limit);
    return Run<ivf::CodedSearch<MemoryStore>>(query, params, limit);
  }

  ivf::CheckCounts Check() {
    return ivf::Checker<MemoryStore>(store, std::pmr::get_default_resource()).Run();
  }

  MemoryStore store;
  TestHeap heap;
  ivf::Meta meta{};
  ivf::SearchCounts counts;  // of the last search

 private:
  template <typename Search>
  std::vector<HeapTid> Run(const Row& row, ivf::SearchParams params, std::size_t limit) {
    const StoredRow query(params_.type, row);
    const ivf::RowView view = query.view();
    Search search(store, meta, view, params, std::pmr::get_default_resource());
    std::vector<HeapTid> found;
    while (found.size() < limit) {
      const auto tid = search.Next();
      if (!tid) break;
      found.push_back(*tid);
    }
    counts = search.counts();
    return found;
  }

  void Build(const std::vector<Row>& rows, std::vector<float>& centroids) {
    std::multimap<std::uint32_t, std::size_t> sorted;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      sorted.emplace(Nearest(StoredRow(params_.type, rows[i]), centroids), i);
    }
    ivf::Builder<MemoryStore> builder(store, params_, centroids, std::pmr::get_default_resource());
    for (const auto& [list, i] : sorted) {
      const StoredRow row(params_.type, rows[i]);
      heap.rows[TidOf(i)] = row.values();
      builder.Add(list, TidOf(i), row.stored());
    }
    meta = builder.Finish();
  }

  std::uint32_t Nearest(const StoredRow& row, const std::vector<float>& centroids) {
    const Row values = row.TrainingRow();
    const std::size_t stride = ivf::TrainingFloats(params_.type, params_.metric, params_.dims);
    if (ivf::IsBits(params_.type)) {
      return cluster::BitAssigner(ivf::BitMetricOf(params_.metric), centroids, stride)
          .Nearest(values.data())
          .centroid;
    }
    std::uint32_t best = 0;
    float best_distance = std::numeric_limits<float>::infinity();
    for (std::size_t list = 0; list < centroids.size() / stride; ++list) {
      const float distance =
          simd::Active().l2_squared(values.data(), &centroids[list * stride], values.size());
      if (distance < best_distance) {
        best_distance = distance;
        best = static_cast<std::uint32_t>(list);
      }
    }
    return best;
  }

  ivf::BuildParams params_;
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
