#include "vector/ivf/estimate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <iterator>

namespace vec::ivf {

QueryEstimator::QueryEstimator(const Meta& meta, std::span<const float> query,
                               std::pmr::memory_resource* memory)
    : metric_(meta.metric), is_empty_(query.empty()), table_(memory) {
  if (is_empty_) return;
  query_norm_squared_ = simd::Active().inner_product(query.data(), query.data(), query.size());
  const quantize::Rotation rotation(meta.dims, meta.seed, memory);
  std::pmr::vector<float> rotated(rotation.rotated_dims(), memory);
  rotation.Rotate(query, rotated);
  table_.Prepare(rotated);
  // The roundings of n / 4 groups are independent and uniform within one step.
  const auto groups = static_cast<float>(rotated.size() / 4);
  table_error_ = table_.max_error() * std::sqrt(3.0f / groups);
}

void QueryEstimator::SetList(const RankedList& list) {
  const float centroid = list.centroid_norm_squared;
  float reach_squared = 0;
  if (metric_ == Metric::kInnerProduct) {
    const float dot = -list.centroid_distance;
    share_ = centroid > 0 ? dot / centroid : 0.0f;
    base_ = -dot;
    reach_squared = query_norm_squared_ - share_ * dot;
  } else {
    const bool is_cosine = metric_ == Metric::kCosine;
    base_ = is_cosine ? query_norm_squared_ + 2 * list.centroid_distance + centroid
                      : list.centroid_distance;
    share_ = 1;
    reach_squared = base_;
  }
  // Infinity minus infinity: nothing is known, and every row is read.
  if (std::isnan(reach_squared)) reach_squared = std::numeric_limits<float>::infinity();
  width_ = kConfidence * std::sqrt(std::fmax(0.0f, reach_squared));
}

void QueryEstimator::LowerBounds(const CodeBlock& block, std::span<const std::uint8_t> codes,
                                 float (&bounds)[quantize::kLanes]) const {
  constexpr float kUnbounded = -std::numeric_limits<float>::infinity();
  if (is_empty_) {
    std::fill(std::begin(bounds), std::end(bounds), kUnbounded);
    return;
  }
  float products[quantize::kLanes];
  table_.Scan(codes, products);
  for (std::size_t t = 0; t < quantize::kLanes; ++t) {
    const float rescale = block.rescale[t];
    const float estimate = base_ + share_ * block.add[t] + rescale * products[t];
    const float slack = width_ * UnpackError(block.error[t]) + std::fabs(rescale) * table_error_;
    const float bound = estimate - slack;
    bounds[t] = bound == bound ? bound : kUnbounded;
  }
}

}  // namespace vec::ivf
