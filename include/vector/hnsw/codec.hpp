// The codes in the lanes of coded nodes.
//
// With self s, neighbour o, r = P(o - s), x~ the code of r cut to Meta.code_dims, and add
// and rescale as in quantize/rabitq.hpp, a visit of s by query q estimates
//
//   d(q, o) ~ d(q, s) + t add + rescale <Pq, x~>
//     L2, cosine     t = 1
//     inner product  t = <q, s> / |s|^2, 0 for s = 0
//
// and the query q = s gives back what the encoder knew:
//
//   L2, cosine     |o - s|^2 = add + rescale <Ps, x~>
//   inner product  <o, s> = |s|^2 - (add + rescale <Ps, x~>); and |o - s| is rescale times
//                  what <r, x~> / |r| is on average
#pragma once

#include <limits>
#include <memory_resource>
#include <span>
#include <vector>

#include "vector/hnsw/node.hpp"
#include "vector/quantize/fastscan.hpp"
#include "vector/quantize/rotation.hpp"
#include "vector/simd/half.hpp"

namespace vec::hnsw {

inline quantize::CodeMetric CodeMetricOf(Metric metric) {
  return metric == Metric::kInnerProduct ? quantize::CodeMetric::kInnerProduct
                                         : quantize::CodeMetric::kL2;
}

// What `add` is multiplied with at a node at distance `distance` of squared norm `norm`.
inline float ShareAt(Metric metric, float distance, float norm) {
  if (metric != Metric::kInnerProduct) return 1;
  return norm > 0 ? -distance / norm : 0.0f;
}

// An estimate of numbers too large to tell is that of the center, or as far as can be.
inline float Known(float estimate, float center) {
  if (estimate == estimate) return estimate;
  return center == center ? center : std::numeric_limits<float>::max();
}

// Encodes neighbours. REQUIRES: a coded form; vectors are rotated by Rotation(meta.dims,
// meta.seed).
class LaneEncoder {
 public:
  LaneEncoder(const Meta& meta, std::pmr::memory_resource* memory);

  // The lane of `neighbor` at `self`, both of RotatedDims(meta.dims) floats. Its code is
  // valid until the next call.
  Lane Encode(NodeId id, std::span<const float> self, std::span<const float> neighbor);

 private:
  quantize::CodeMetric metric_;
  std::pmr::vector<float> residual_;
  std::pmr::vector<std::uint8_t> code_;
};

// Estimates the distances of one query to the neighbours of nodes.
class LaneEstimator {
 public:
  LaneEstimator(const Meta& meta, std::pmr::memory_resource* memory);

  // REQUIRES: rotated.size() == RotatedDims(meta.dims).
  void Prepare(std::span<const float> rotated);

  // Writes the estimates of all Meta.lanes lanes, those beyond the degree without meaning;
  // none is NaN unless `distance` is. `distance` is d(q, self). REQUIRES: Prepare.
  void Estimate(const NodeView& node, float distance, float* out) const {
    Estimate(node, distance, ShareAt(metric_, distance, node.head().norm_squared), out);
  }

  // What lanes tell of the distances between their neighbours and the node.
  struct LaneDistances {
    float squared[kMostLanes];  // |neighbour - self|^2
    float product[kMostLanes];  // <neighbour, self>; for the inner product alone
  };
  // REQUIRES: Prepare with the node's own vector. Off by the rounding of factors and table,
  // for the inner product by some per cent.
  void Recover(const NodeView& node, LaneDistances& out) const;

  const quantize::QueryTable& table() const { return table_; }

 private:
  void Estimate(const NodeView& node, float base, float share, float* out) const;

  Metric metric_;
  std::size_t code_dims_;
  std::size_t blocks_;
  float radius_per_rescale_;  // inner product: |o - s| / -rescale on average
  quantize::QueryTable table_;
  decltype(simd::HalfKernels::estimate_lanes) estimate_lanes_ = nullptr;
};

}  // namespace vec::hnsw
