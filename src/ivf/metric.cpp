#include "vector/ivf/metric.hpp"

#include <algorithm>

#include "vector/simd/bits.hpp"
#include "vector/simd/half.hpp"

namespace vec::ivf {

namespace {

bool IsInnerProduct(Metric metric) {
  return metric == Metric::kInnerProduct || metric == Metric::kCosine;
}

template <typename Kernels>
simd::RowsKernel KernelOf(const Kernels& kernels, Metric metric) {
  if (metric == Metric::kL2) return kernels.l2_squared_rows;
  if (metric == Metric::kL1) return kernels.l1_rows;
  return kernels.inner_product_rows;
}

simd::RowsKernel KernelOf(ElementType type, Metric metric) {
  if (IsBits(type)) return nullptr;
  const simd::Kernels& kernels = simd::Active();
  return type == ElementType::kFloat16 ? KernelOf(simd::HalfKernelsOf(kernels.level), metric)
                                       : KernelOf(kernels, metric);
}

// What codes estimate.
Metric CodeMetricOf(Metric metric) { return metric == Metric::kCosine ? Metric::kL2 : metric; }

// Row 0 lies last in the page: the kernel walks up the addresses, as the caches
// like it, and the scores are turned round.
template <typename Head>
void ScoreDense(simd::RowsKernel kernel, std::span<const float> query, const RowPage<Head>& page,
                std::size_t row_bytes, float* out) {
  if (page.count() == 0) return;
  kernel(query.data(), page.row(page.count() - 1), static_cast<std::ptrdiff_t>(row_bytes),
         page.count(), query.size(), out);
  std::reverse(out, out + page.count());
}

template <typename Head>
void ScoreBits(Metric metric, std::span<const std::byte> query, const RowPage<Head>& page,
               float* out) {
  if (page.count() == 0) return;
  const simd::BitKernels& kernels = simd::BitKernelsOf(simd::Active().level);
  const auto kernel = metric == Metric::kHamming ? kernels.hamming_rows : kernels.jaccard_rows;
  const auto bytes = [](const std::byte* p) { return reinterpret_cast<const std::uint8_t*>(p); };
  kernel(bytes(query.data()), bytes(page.row(page.count() - 1)),
         static_cast<std::ptrdiff_t>(query.size()), page.count(), query.size(), out);
  std::reverse(out, out + page.count());
}

// A larger inner product is nearer; NaN (infinity minus infinity) ranks last.
void RankScores(Metric metric, float* scores, std::size_t count) {
  if (IsInnerProduct(metric)) {
    for (std::size_t i = 0; i < count; ++i) scores[i] = -scores[i];
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (std::isnan(scores[i])) scores[i] = std::numeric_limits<float>::infinity();
  }
}

}  // namespace

RowScorer::RowScorer(const Meta& meta, const RowView& query)
    : kernel_(KernelOf(meta.type, meta.metric)),
      exact_kernel_(KernelOf(meta.type, CodeMetricOf(meta.metric))),
      float_kernel_(KernelOf(simd::Active(), CodeMetricOf(meta.metric))),
      metric_(meta.metric),
      query_(query),
      row_bytes_(RowBytes(meta)) {}

void RowScorer::ScoreRows(const ListRows& page, float* out) const {
  if (kernel_ == nullptr) {
    ScoreBits(metric_, query_.stored, page, out);
  } else {
    ScoreDense(kernel_, query_.values, page, row_bytes_, out);
    RankScores(metric_, out, page.count());
  }
}

float RowScorer::ExactDistance(const std::byte* stored) const {
  return Exact(exact_kernel_, stored);
}

float RowScorer::ExactDistance(std::span<const float> values) const {
  return Exact(float_kernel_, values.data());
}

float RowScorer::Exact(simd::RowsKernel kernel, const void* row) const {
  float distance = 0;
  kernel(query_.values.data(), row, 0, 1, query_.values.size(), &distance);
  RankScores(CodeMetricOf(metric_), &distance, 1);
  return distance;
}

CentroidScorer::CentroidScorer(const Meta& meta, Metric metric, const RowView& query,
                               std::pmr::memory_resource* memory)
    : metric_(metric), query_(query), slice_dims_(SliceDims(meta)), padded_(memory), part_(memory) {
  if (IsBits(meta.type)) return;
  kernel_ = KernelOf(simd::Active(), metric);
  if (meta.slices == 1) return;
  padded_.assign(meta.slices * slice_dims_, 0.0f);
  std::copy(query.values.begin(), query.values.end(), padded_.begin());
  part_.resize(meta.directory_per_page);
}

std::span<const float> CentroidScorer::Slice(std::uint32_t slice) const {
  if (padded_.empty()) return query_.values;
  return std::span<const float>(padded_).subspan(slice * slice_dims_, slice_dims_);
}

void CentroidScorer::AddPage(std::uint32_t slice, const DirectoryPage& page, float* out) {
  if (kernel_ == nullptr) return ScoreBits(metric_, query_.stored, page, out);
  const std::span<const float> query = Slice(slice);
  if (slice == 0) return ScoreDense(kernel_, query, page, query.size_bytes(), out);
  ScoreDense(kernel_, query, page, query.size_bytes(), part_.data());
  for (std::size_t i = 0; i < page.count(); ++i) out[i] += part_[i];
}

void CentroidScorer::AddRow(std::uint32_t slice, const std::byte* row, float* out) const {
  const std::span<const float> query = Slice(slice);
  float part = 0;
  kernel_(query.data(), row, 0, 1, query.size(), &part);
  *out = slice == 0 ? part : *out + part;
}

void CentroidScorer::Finish(std::span<float> scores) const {
  RankScores(metric_, scores.data(), scores.size());
}

}  // namespace vec::ivf
