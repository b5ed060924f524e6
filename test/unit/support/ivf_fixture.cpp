#include "support/ivf_fixture.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "support/hand_out.hpp"

namespace vec::test {

Index::Index(ivf::BuildParams params, const std::vector<Row>& rows, std::size_t lists,
             const std::vector<Row>& queries)
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
  Build(rows, centroids, queries);
}

void Index::Insert(std::size_t i, const Row& row) {
  const StoredRow stored(params_.type, row);
  heap.rows[TidOf(i)] = stored.values();
  ivf::Insert(store, meta, TidOf(i), stored.view(), std::pmr::get_default_resource());
}

template <typename Search>
std::vector<HeapTid> Index::Run(const Row& row, ivf::SearchParams params, std::size_t limit) {
  const StoredRow query(params_.type, row);
  const ivf::RowView view = query.view();
  Search search(store, meta, view, params, std::pmr::get_default_resource());
  const std::vector<HeapTid> found = HandOut(search, limit);
  counts = search.counts();
  return found;
}

std::vector<HeapTid> Index::Search(const Row& query, ivf::SearchParams params, std::size_t limit) {
  params.heap = &heap;
  if (ivf::HasPlainLists(meta)) return Run<ivf::PlainSearch<MemoryStore>>(query, params, limit);
  return Run<ivf::CodedSearch<MemoryStore>>(query, params, limit);
}

ivf::VacuumCounts Index::Vacuum(const std::set<HeapTid>& dead) {
  freed_pages.clear();
  const auto is_dead = [&](std::span<const HeapTid> tids, std::span<bool> out) {
    for (std::size_t i = 0; i < tids.size(); ++i) out[i] = dead.contains(tids[i]);
  };
  const auto free_page = [&](BlockId block) {
    store.Free(block);
    freed_pages.push_back(block);
  };
  return ivf::Vacuum(
             store, meta, is_dead, free_page, [] {}, std::pmr::get_default_resource())
      .Run();
}

void Index::Build(const std::vector<Row>& rows, std::vector<float>& centroids,
                  const std::vector<Row>& queries) {
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
  std::vector<float> values;
  for (const Row& query : queries) {
    const Row row = StoredRow(params_.type, query).TrainingRow();
    values.insert(values.end(), row.begin(), row.end());
  }
  meta = builder.Finish(values);
}

std::uint32_t Index::Nearest(const StoredRow& row, const std::vector<float>& centroids) const {
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

float DistanceOf(ivf::Metric metric, const Row& a, const Row& b) {
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

std::vector<HeapTid> ExactOrder(ivf::Metric metric, const std::vector<Row>& rows,
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
