#include "vector/hnsw/scorer.hpp"

#include <cmath>
#include <cstring>
#include <limits>

#include "vector/base/assert.hpp"
#include "vector/base/error.hpp"
#include "vector/hnsw/half_row.hpp"
#include "vector/types/sparse_distance.hpp"

namespace vec::hnsw {

namespace {

template <typename Kernels>
simd::RowsKernel KernelOf(const Kernels& kernels, Metric metric) {
  if (metric == Metric::kL1) return kernels.l1_rows;
  if (metric == Metric::kInnerProduct) return kernels.inner_product_rows;
  return kernels.l2_squared_rows;
}

// NaN is infinity minus infinity.
float Ranked(float distance) {
  return distance == distance ? distance : std::numeric_limits<float>::infinity();
}

const std::uint8_t* Words(std::span<const std::byte> bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

}  // namespace

types::SparseElements SparseRow(const Meta& meta, std::span<const std::byte> bytes) {
  std::uint32_t count = 0;
  if (bytes.size() >= sizeof(count)) std::memcpy(&count, bytes.data(), sizeof(count));
  if (bytes.size() < sizeof(count) || count > types::kMaxSparseElements ||
      SparseRowBytes(count) > bytes.size()) {
    throw Error(ErrorKind::kCorrupted, "hnsw index is not valid",
                "A sparse row has an invalid length.", "Please REINDEX it.");
  }
  const auto* indices = reinterpret_cast<const std::int32_t*>(bytes.data() + sizeof(count));
  return {meta.dims, {indices, count}, {reinterpret_cast<const float*>(indices + count), count}};
}

Scorer::Scorer(const Meta& meta, const RowView& query)
    : meta_(meta), query_(query), is_product_(meta.metric == Metric::kInnerProduct) {
  const simd::Kernels& kernels = simd::Active();
  if (IsBits(meta.type)) {
    bits_ = &simd::BitKernelsOf(kernels.level);
  } else if (meta.type == ElementType::kSparse) {
    sparse_ = SparseRow(meta, query.stored);
  } else {
    float_kernel_ = KernelOf(kernels, meta.metric);
    half_kernel_ = KernelOf(simd::HalfKernelsOf(kernels.level), meta.metric);
    kernel_ = meta.type == ElementType::kFloat16 ? half_kernel_ : float_kernel_;
  }
}

float Scorer::Distance(std::span<const std::byte> stored) const {
  if (kernel_ != nullptr) {
    VECTOR_ASSERT(stored.size() >= RowBytes(meta_.type, meta_.dims));
    return Dense(kernel_, query_.values.data(), stored.data());
  }
  return bits_ != nullptr ? BitDistance(stored) : SparseDistance(stored);
}

float Scorer::Distance(std::span<const float> values) const {
  VECTOR_ASSERT(values.size() == meta_.dims);
  return Dense(float_kernel_, query_.values.data(), values.data());
}

// Rows of unusual scales are compared with the query divided by their scale; neighbours
// have the same one as a rule.
float Scorer::HalfDistance(std::span<const std::byte> row, std::span<float> scaled) {
  VECTOR_ASSERT(row.size() == HalfRowBytes(meta_.dims) && scaled.size() == meta_.dims);
  const float scale = HalfRowScale(row.data());
  const Half* halves = HalfRowHalves(row.data());
  if (scale == 1) return Dense(half_kernel_, query_.values.data(), halves);
  if (scale != scale_) {
    for (std::size_t i = 0; i < scaled.size(); ++i) scaled[i] = query_.values[i] / scale;
    scale_ = scale;
  }
  return Ranked(Dense(half_kernel_, scaled.data(), halves) * scale * scale);
}

float Scorer::Dense(simd::RowsKernel kernel, const float* query, const void* row) const {
  float distance = 0;
  kernel(query, row, 0, 1, meta_.dims, &distance);
  return Ranked(is_product_ ? -distance : distance);
}

float Scorer::BitDistance(std::span<const std::byte> stored) const {
  VECTOR_ASSERT(stored.size() >= query_.stored.size());
  const std::size_t bytes = query_.stored.size();
  if (meta_.metric == Metric::kHamming) {
    return static_cast<float>(bits_->hamming(Words(query_.stored), Words(stored), bytes));
  }
  const auto [shared, combined] = bits_->jaccard(Words(query_.stored), Words(stored), bytes);
  if (shared == 0) return 1;
  return 1 - static_cast<float>(static_cast<double>(shared) / static_cast<double>(combined));
}

float Scorer::SparseDistance(std::span<const std::byte> stored) const {
  const types::SparseElements row = SparseRow(meta_, stored);
  switch (meta_.metric) {
    case Metric::kInnerProduct:
      return Ranked(static_cast<float>(types::NegativeInnerProduct(sparse_, row)));
    case Metric::kL1:
      return Ranked(static_cast<float>(types::L1Distance(sparse_, row)));
    default:
      return Ranked(static_cast<float>(types::SquaredL2Distance(sparse_, row)));
  }
}

float NormSquared(const Meta& meta, const RowView& row) {
  const simd::Kernels& kernels = simd::Active();
  if (IsBits(meta.type)) {
    const std::uint8_t* bits = Words(row.stored);
    return static_cast<float>(
        simd::BitKernelsOf(kernels.level).jaccard(bits, bits, row.stored.size()).shared);
  }
  const std::span<const float> values =
      meta.type == ElementType::kSparse ? SparseRow(meta, row.stored).values : row.values;
  return kernels.inner_product(values.data(), values.data(), values.size());
}

}  // namespace vec::hnsw
