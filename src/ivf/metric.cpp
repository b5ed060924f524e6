#include "vector/ivf/metric.hpp"

#include <algorithm>
#include <limits>

namespace vec::ivf {

namespace {

simd::RowsKernel RowsKernelOf(const simd::Kernels& kernels, Metric metric) {
  switch (metric) {
    case Metric::kL2:
      return kernels.l2_squared_rows;
    case Metric::kL1:
      return kernels.l1_rows;
    case Metric::kInnerProduct:
    case Metric::kCosine:
      break;
  }
  return kernels.inner_product_rows;
}

// Row 0 lies last in the page: the kernel walks up the addresses, as the caches
// like it, and the scores are turned round.
template <typename Head>
void Score(simd::RowsKernel kernel, std::span<const float> query, const RowPage<Head>& page,
           float* out) {
  if (page.count() == 0) return;
  const auto stride = static_cast<std::ptrdiff_t>(query.size() * sizeof(float));
  kernel(query.data(), page.row(page.count() - 1), stride, page.count(), query.size(), out);
  std::reverse(out, out + page.count());
}

// A larger inner product is nearer; NaN (infinity minus infinity) ranks last.
void Negate(float* scores, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) scores[i] = -scores[i];
}
void RankNanLast(float* scores, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (std::isnan(scores[i])) scores[i] = std::numeric_limits<float>::infinity();
  }
}

bool IsInnerProduct(Metric metric) {
  return metric == Metric::kInnerProduct || metric == Metric::kCosine;
}

// Scores rows or centroids by the kernel of the metric, smaller is nearer.
template <typename Head>
void ScoreByMetric(const Meta& meta, const simd::Kernels& kernels, std::span<const float> query,
                   const RowPage<Head>& page, float* out) {
  Score(RowsKernelOf(kernels, meta.metric), query, page, out);
  if (IsInnerProduct(meta.metric)) Negate(out, page.count());
  RankNanLast(out, page.count());
}

}  // namespace

void ScoreRows(const Meta& meta, const simd::Kernels& kernels, std::span<const float> query,
               const ListRows& page, float* out) {
  ScoreByMetric(meta, kernels, query, page, out);
}

float ExactDistance(Metric metric, const simd::Kernels& kernels, std::span<const float> query,
                    const std::byte* row) {
  const auto* values = reinterpret_cast<const float*>(row);
  float distance = metric == Metric::kInnerProduct
                       ? -kernels.inner_product(query.data(), values, query.size())
                       : kernels.l2_squared(query.data(), values, query.size());
  RankNanLast(&distance, 1);
  return distance;
}

void CentroidDistances(const Meta& meta, const simd::Kernels& kernels, std::span<const float> query,
                       const DirectoryPage& page, float* out) {
  ScoreByMetric(meta, kernels, query, page, out);
}

void ScoreListsForInsert(const Meta& meta, const simd::Kernels& kernels, std::span<const float> row,
                         const DirectoryPage& page, float* out) {
  if (meta.metric != Metric::kInnerProduct) {
    ScoreByMetric(meta, kernels, row, page, out);
    return;
  }
  const float norm_squared = kernels.inner_product(row.data(), row.data(), row.size());
  const float augment = Augment(meta.max_norm_squared, norm_squared);
  Score(kernels.l2_squared_rows, row, page, out);
  for (std::size_t i = 0; i < page.count(); ++i) {
    const float difference = augment - page.heads()[i].augment;
    out[i] += difference * difference;
  }
  RankNanLast(out, page.count());
}

}  // namespace vec::ivf
