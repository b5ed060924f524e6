#include "vector/ivf/margins.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace vec::ivf {

namespace {

constexpr std::uint32_t kLimitFactor = 4;

ProbeRange RangeAround(std::uint32_t probes, std::size_t lists, float margin) {
  const std::size_t most = std::min<std::size_t>(std::size_t{kLimitFactor} * probes, lists);
  return {std::max(probes / kLimitFactor, 1u), static_cast<std::uint32_t>(most), margin};
}

}  // namespace

ProbeRange AboutProbes(const Meta& meta, std::uint32_t probes) {
  if (probes < 2 || probes >= meta.lists) return ExactlyProbes(probes);
  // Between two margins: linear in the logarithm of the probes.
  const auto below = static_cast<std::size_t>(std::bit_width(probes)) - 2;
  const std::uint32_t at_below = 2u << below;
  const float lower = meta.margins[below];
  const float upper = probes == at_below ? lower : meta.margins[below + 1];
  if (lower <= 0 || upper <= 0) return ExactlyProbes(probes);
  const float share = std::log2(static_cast<float>(probes) / static_cast<float>(at_below));
  return RangeAround(probes, meta.lists, lower + share * (upper - lower));
}

float MarginOf(Metric metric, std::size_t rank, float first_score, float score) {
  // By cosine scores are -<q, c> of unit vectors, half of the squared distance but for a constant.
  const bool is_cosine = metric == Metric::kCosine;
  const float first = is_cosine ? 2 + 2 * first_score : first_score;
  const float behind = is_cosine ? 2 * (score - first_score) : score - first_score;
  const float nearest = std::max(first, std::numeric_limits<float>::min());
  return std::sqrt(static_cast<float>(1 + rank)) / std::sqrt(nearest) * behind;
}

std::size_t MarginMeter::UsefulQueries(std::size_t lists) {
  constexpr std::size_t kMost = 256;
  constexpr std::size_t kLeast = 16;
  constexpr std::size_t kMostMargins = std::size_t{1} << 20;
  return std::clamp(kMostMargins / lists, kLeast, kMost);
}

void MarginMeter::Add(std::span<float> scores) {
  std::sort(scores.begin(), scores.end());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const float margin = MarginOf(metric_, i, scores[0], scores[i]);
    // Infinity minus infinity: as far as can be.
    margins_.push_back(margin >= 0 ? margin : std::numeric_limits<float>::infinity());
  }
}

double MarginMeter::MeanProbes(const ProbeRange& range) const {
  double sum = 0;
  for (std::size_t first = 0; first < margins_.size(); first += lists_) {
    const auto begin = margins_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = begin + static_cast<std::ptrdiff_t>(lists_);
    const auto count = std::lower_bound(begin, end, range.margin) - begin;
    sum += std::clamp<double>(static_cast<double>(count), range.least, range.most);
  }
  return sum / static_cast<double>(margins_.size() / lists_);
}

void MarginMeter::Measure(std::span<float, kMargins> margins) const {
  std::fill(margins.begin(), margins.end(), 0.0f);
  float greatest = 0;
  for (const float margin : margins_) {
    if (std::isfinite(margin)) greatest = std::max(greatest, margin);
  }
  float low = 0;
  for (std::size_t j = 0; j < kMargins && (std::size_t{2} << j) < lists_; ++j) {
    const std::uint32_t probes = 2u << j;
    float high = greatest;
    for (int i = 0; i < 40; ++i) {
      const float middle = low + (high - low) / 2;
      if (MeanProbes(RangeAround(probes, lists_, middle)) < probes) {
        low = middle;
      } else {
        high = middle;
      }
    }
    margins[j] = low = high;
  }
}

}  // namespace vec::ivf
