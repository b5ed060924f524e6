#include "vector/hnsw/codec.hpp"

#include <algorithm>
#include <cmath>

#include "vector/base/assert.hpp"

namespace vec::hnsw {

namespace {

// The mean of |x| / sqrt(mean of x^2) of a Gaussian coordinate: sqrt(2 / pi).
constexpr double kGaussianRatio = 0.7978845608;

}  // namespace

LaneEncoder::LaneEncoder(const Meta& meta, std::pmr::memory_resource* memory)
    : metric_(CodeMetricOf(meta.metric)),
      residual_(quantize::RotatedDims(meta.dims), memory),
      code_(meta.code_dims / 8, memory) {}

Lane LaneEncoder::Encode(NodeId id, std::span<const float> self, std::span<const float> neighbor) {
  VECTOR_ASSERT(self.size() == residual_.size() && neighbor.size() == residual_.size());
  for (std::size_t i = 0; i < residual_.size(); ++i) residual_[i] = neighbor[i] - self[i];
  const quantize::CodeFactors factors = quantize::Encode(metric_, residual_, self, code_);
  return {id, factors.add, factors.rescale, code_};
}

LaneEstimator::LaneEstimator(const Meta& meta, std::pmr::memory_resource* memory)
    : metric_(meta.metric),
      code_dims_(meta.code_dims),
      blocks_(meta.lanes / quantize::kLanes),
      radius_per_rescale_(
          static_cast<float>(kGaussianRatio / 2 * meta.code_dims /
                             std::sqrt(static_cast<double>(quantize::RotatedDims(meta.dims))))),
      table_(memory) {}

void LaneEstimator::Prepare(std::span<const float> rotated) {
  table_.Prepare(rotated.first(code_dims_));
  estimate_lanes_ = simd::HalfKernelsOf(simd::Active().level).estimate_lanes;
}

void LaneEstimator::Estimate(const NodeView& node, float base, float share, float* out) const {
  const NodeHead& head = node.head();
  const simd::LaneTerms terms{base, share * head.add_scale, head.rescale_scale * table_.base(),
                              head.rescale_scale * table_.step()};
  std::uint32_t sums[quantize::kLanes];
  for (std::size_t i = 0; i < blocks_; ++i) {
    const std::size_t first = i * quantize::kLanes;
    table_.Sum(node.codes(i), sums);
    estimate_lanes_(node.add() + first, node.rescale() + first, sums, terms, out + first);
  }
}

void LaneEstimator::Recover(const NodeView& node, LaneDistances& out) const {
  Estimate(node, 0, 1, out.squared);
  if (metric_ != Metric::kInnerProduct) {
    for (float& x : out.squared) x = std::max(x, 0.0f);
    return;
  }
  for (std::size_t i = 0; i < blocks_ * quantize::kLanes; ++i) {
    out.product[i] = node.head().norm_squared - out.squared[i];
    const float radius = radius_per_rescale_ * node.LaneRescale(i);
    out.squared[i] = radius * radius;
  }
}

}  // namespace vec::hnsw
