#include "vector/ivf/estimate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace vec::ivf {

namespace {

constexpr float kUnbounded = -std::numeric_limits<float>::infinity();

}  // namespace

QueryEstimator::QueryEstimator(const Meta& meta, std::span<const float> query,
                               std::pmr::memory_resource* memory)
    : metric_(meta.metric),
      is_empty_(query.empty()),
      table_(memory),
      rotated_(memory),
      grid_(memory) {
  if (is_empty_ || meta.codec == Codec::kNone) return;
  query_norm_squared_ = simd::Active().inner_product(query.data(), query.data(), query.size());
  const quantize::Rotation rotation(meta.dims, meta.seed, memory);
  std::pmr::vector<float> rotated(rotation.rotated_dims(), memory);
  rotation.Rotate(query, rotated);
  if (HasSecondStage(meta)) grid_.Prepare(rotated);
  if (!HasCodeBlocks(meta)) {
    rotated_ = std::move(rotated);
    return;
  }
  table_.Prepare(rotated);
  // The roundings of n / 4 groups are independent and uniform within one step.
  const auto groups = static_cast<float>(rotated.size() / 4);
  slack_.rounding = table_.max_error() * std::sqrt(3.0f / groups);
}

void QueryEstimator::SetList(const RankedList& list) {
  const float centroid = list.centroid_norm_squared;
  float reach_squared = 0;
  if (metric_ == Metric::kInnerProduct) {
    const float dot = -list.centroid_distance;
    terms_.share = centroid > 0 ? dot / centroid : 0.0f;
    terms_.base = -dot;
    reach_squared = query_norm_squared_ - terms_.share * dot;
  } else {
    const bool is_cosine = metric_ == Metric::kCosine;
    terms_.base = is_cosine ? query_norm_squared_ + 2 * list.centroid_distance + centroid
                            : list.centroid_distance;
    terms_.share = 1;
    reach_squared = terms_.base;
  }
  // Infinity minus infinity: nothing is known, and every row is read.
  if (std::isnan(reach_squared)) reach_squared = std::numeric_limits<float>::infinity();
  terms_.list = list.list;
  terms_.width = slack_.width = kConfidence * std::sqrt(std::fmax(0.0f, reach_squared));
}

void QueryEstimator::LowerBounds(const CodeBlock& block, std::span<const std::uint8_t> codes,
                                 float (&bounds)[quantize::kLanes]) const {
  Score(block, codes, slack_, bounds);
}

float QueryEstimator::LowerBound(const CodeRowHead& head,
                                 std::span<const std::uint8_t> code) const {
  return Score(head, code, slack_);
}

float QueryEstimator::LowerBound(const ListTerms& terms, const SecondCode& second) const {
  const Slack slack{terms.width, 3 * grid_.rounding() * second.factors.norm};
  return Bound(second.factors.code, grid_.Product(second.code), terms, slack);
}

void QueryEstimator::Estimate(const CodePage& page, float* out) const {
  constexpr Slack kNone{0, 0};
  for (std::size_t i = 0; i < page.blocks(); ++i) {
    Score(page.block(i), page.codes(i), kNone, out + i * quantize::kLanes);
  }
  if (page.blocks() > 0) return;
  page.ForEachLive(
      [&](std::size_t lane) { out[lane] = Score(page.code_row(lane), page.code(lane), kNone); });
}

void QueryEstimator::Score(const CodeBlock& block, std::span<const std::uint8_t> codes, Slack slack,
                           float* out) const {
  if (is_empty_) {
    std::fill_n(out, quantize::kLanes, kUnbounded);
    return;
  }
  float products[quantize::kLanes];
  table_.Scan(codes, products);
  for (std::size_t t = 0; t < quantize::kLanes; ++t) {
    out[t] = Bound({block.add[t], block.rescale[t], UnpackError(block.error[t])}, products[t],
                   terms_, slack);
  }
}

float QueryEstimator::Score(const CodeRowHead& head, std::span<const std::uint8_t> code,
                            Slack slack) const {
  if (is_empty_) return kUnbounded;
  const float product = quantize::SignedSum(rotated_, code) / 2;
  return Bound({head.add, head.rescale, head.error}, product, terms_, slack);
}

float QueryEstimator::Bound(const quantize::CodeFactors& factors, float product,
                            const ListTerms& terms, Slack slack) const {
  const float estimate = terms.base + terms.share * factors.add + factors.rescale * product;
  const float bound =
      estimate - (slack.width * factors.error + std::fabs(factors.rescale) * slack.rounding);
  return bound == bound ? bound : kUnbounded;
}

}  // namespace vec::ivf
