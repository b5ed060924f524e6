// From codes to lower bounds of distances.
#pragma once

#include <memory_resource>
#include <span>
#include <vector>

#include "vector/ivf/code_page.hpp"
#include "vector/ivf/ranked_list.hpp"

namespace vec::ivf {

// How many standard deviations a lower bound lies below its estimate: one row in
// 160 is nearer than its bound says, and may be found a little too late.
inline constexpr float kConfidence = 2.5f;

// The query as codes see it. Cosine works on unit vectors by squared L2.
class QueryEstimator {
 public:
  // `query` may be empty: then nothing is bounded.
  QueryEstimator(const Meta& meta, std::span<const float> query, std::pmr::memory_resource* memory);

  // Turns to the codes of one list.
  void SetList(const RankedList& list);

  // bounds[t] <= distance of lane t (squared L2, or minus the inner product), with
  // the confidence above; never NaN.
  void LowerBounds(const CodeBlock& block, std::span<const std::uint8_t> codes,
                   float (&bounds)[quantize::kLanes]) const;

  // The same for one row of a page of code rows.
  float LowerBound(const CodeRowHead& head, std::span<const std::uint8_t> code) const;

  // The estimates themselves, not bounds, of all live lanes of a page. REQUIRES: out has room for
  // page.lanes(); a query.
  void Estimate(const CodePage& page, float* out) const;

 private:
  // What is taken off the estimates: nothing, for the estimates themselves.
  struct Slack {
    float width;        // confidence times |q - t c|
    float table_error;  // three standard deviations of the table's rounding
  };

  void Score(const CodeBlock& block, std::span<const std::uint8_t> codes, Slack slack,
             float* out) const;
  float Score(const CodeRowHead& head, std::span<const std::uint8_t> code, Slack slack) const;
  float Bound(float add, float rescale, float error, float product, Slack slack) const;

  Metric metric_;
  bool is_empty_;
  float query_norm_squared_ = 0;
  quantize::QueryTable table_;       // for blocks
  std::pmr::vector<float> rotated_;  // for code rows
  float base_ = 0;                   // of the list: the estimate for a row at its centroid
  float share_ = 1;                  // of `add`: t of quantize/rabitq.hpp
  Slack slack_{0, 0};                // of the bounds
};

}  // namespace vec::ivf
