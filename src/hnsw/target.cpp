#include "vector/hnsw/target.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "vector/hnsw/half_row.hpp"
#include "vector/quantize/rotation.hpp"

namespace vec::hnsw {

namespace {

constexpr float kComputed = 0x1.0p-20f;

}  // namespace

bool IsWholeRow(const Meta& meta, std::span<const std::byte> item) {
  if (IsHalf(meta.self)) return item.size() == HalfRowBytes(meta.dims);
  if (HasFixedRows(meta.type)) return item.size() == RowBytes(meta.type, meta.dims);
  std::uint32_t count = 0;
  if (item.size() < sizeof(count)) return false;
  std::memcpy(&count, item.data(), sizeof(count));
  return item.size() == SparseRowBytes(count);
}

Target::Target(const Meta& meta, const RowView& query, std::pmr::memory_resource* memory)
    : meta_(meta), query_(query), estimator_(meta, memory), scaled_(memory) {
  if (query.empty()) return;
  scorer_.emplace(meta, query);
  if (IsHalf(meta.self)) scaled_.resize(meta.dims);
  if (meta.form != Form::kCoded) return;
  const simd::Kernels& kernels = simd::Active();
  query_norm_squared_ =
      kernels.inner_product(query.values.data(), query.values.data(), query.values.size());
}

float Target::ScoreStored(std::span<const std::byte> bytes) {
  if (!has_query()) return 0;
  if (IsHalf(meta_.self)) return scorer_->HalfDistance(bytes, scaled_);
  return scorer_->Distance(bytes);
}

// With x~ = x + e, whatever the direction of e:
//   L2              | |q - x~|^2 - |q - x|^2 | <= 2 |q - x~| |e| + |e|^2
//   inner product   |<q, e>| <= |q| |e|
// and each distance is computed to about kComputed of what it is made of.
float Target::ErrorOf(float distance, float norm_squared, std::uint32_t origin) const {
  if (!IsHalf(meta_.self) || !has_query()) return 0;
  const float norm = std::sqrt(norm_squared);
  const float moved = HalfRounding(meta_.dims, origin) * norm;
  if (meta_.metric == Metric::kInnerProduct) {
    return std::sqrt(query_norm_squared_) * (moved + kComputed * norm);
  }
  return 2 * moved * std::sqrt(distance) + moved * moved + kComputed * distance;
}

void Target::EstimateLanes(const NodeView& node, float distance, float* out) const {
  if (has_query()) {
    estimator_.Estimate(node, distance, out);
  } else {
    std::fill_n(out, meta_.lanes, 0.0f);
  }
}

void Target::SetCenter(std::span<const float> center) {
  if (!has_query()) return;
  const simd::Kernels& kernels = simd::Active();
  const bool is_product = meta_.metric == Metric::kInnerProduct;
  const std::span<const float> query = query_.values;
  std::pmr::vector<float> row(query.begin(), query.end(), scaled_.get_allocator());
  center_distance_ = is_product ? 0 : query_norm_squared_;
  center_share_ = is_product ? 0 : 1;
  if (!center.empty()) {
    center_distance_ = is_product
                           ? -kernels.inner_product(query.data(), center.data(), center.size())
                           : kernels.l2_squared(query.data(), center.data(), center.size());
    center_share_ = ShareAt(meta_.metric, center_distance_,
                            kernels.inner_product(center.data(), center.data(), center.size()));
    for (std::size_t i = 0; !is_product && i < row.size(); ++i) row[i] -= center[i];
  }
  const quantize::Rotation rotation(meta_.dims, meta_.seed, scaled_.get_allocator().resource());
  std::pmr::vector<float> rotated(rotation.rotated_dims(), scaled_.get_allocator());
  rotation.Rotate(row, rotated);
  estimator_.Prepare(rotated);
}

void Target::EstimateEntries(const EntryPage& page, std::size_t block,
                             float (&out)[quantize::kLanes]) const {
  if (!has_query()) {
    std::fill_n(out, quantize::kLanes, 0.0f);
    return;
  }
  const EntryBlock& entries = page.block(block);
  estimator_.table().Scan(page.codes(block), out);
  for (std::size_t t = 0; t < quantize::kLanes; ++t) {
    const float estimate =
        center_distance_ + center_share_ * entries.add[t] + entries.rescale[t] * out[t];
    out[t] = Known(estimate, center_distance_);
  }
}

std::optional<float> Target::ScoreEntry(const EntryPage& page, std::size_t place) const {
  if (!has_query()) return 0.0f;
  const std::span<const std::byte> row = page.row(place);
  if (row.empty()) return std::nullopt;
  return scorer_->Distance(row);
}

}  // namespace vec::hnsw
