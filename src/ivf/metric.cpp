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

}  // namespace

void ScoreRows(const Meta& meta, const simd::Kernels& kernels, std::span<const float> query,
               const ListPage& page, float* out) {
  Score(RowsKernelOf(kernels, meta.metric), query, page, out);
  if (meta.metric == Metric::kInnerProduct || meta.metric == Metric::kCosine) {
    Negate(out, page.count());
  }
  RankNanLast(out, page.count());
}

void ScoreListsForSearch(const Meta& meta, const simd::Kernels& kernels,
                         std::span<const float> query, float query_norm,
                         const DirectoryPage& page, float* out) {
  const std::size_t count = page.count();
  Score(RowsKernelOf(kernels, meta.metric), query, page, out);
  if (meta.metric == Metric::kInnerProduct || meta.metric == Metric::kCosine) Negate(out, count);
  if (meta.metric == Metric::kInnerProduct) {
    for (std::size_t i = 0; i < count; ++i) {
      out[i] -= kSpreadShare * query_norm * page.heads()[i].spread;
    }
  }
  RankNanLast(out, count);
}

void ScoreListsForInsert(const Meta& meta, const simd::Kernels& kernels, std::span<const float> row,
                         const DirectoryPage& page, float* out) {
  if (meta.metric != Metric::kInnerProduct) {
    ScoreListsForSearch(meta, kernels, row, 0.0f, page, out);
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
