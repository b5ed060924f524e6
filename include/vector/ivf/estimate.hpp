// From codes to lower bounds of distances.
#pragma once

#include <memory_resource>
#include <span>
#include <vector>

#include "vector/ivf/code_page.hpp"
#include "vector/ivf/ranked_list.hpp"
#include "vector/ivf/second_code.hpp"

namespace vec::ivf {

// How many standard deviations a lower bound lies below its estimate: one row in
// 160 is nearer than its bound says, and may be found a little too late.
inline constexpr float kConfidence = 2.5f;

// What the estimates of the rows of one list have in common.
struct ListTerms {
  std::uint32_t list = 0;
  float base = 0;   // the estimate for a row at its centroid
  float share = 1;  // of `add`: t of quantize/rabitq.hpp
  float width = 0;  // confidence times |q - t c|: what an error counts

  friend bool operator<(const ListTerms& a, const ListTerms& b) { return a.list < b.list; }
};

// The query as codes see it. Cosine works on unit vectors by squared L2.
class QueryEstimator {
 public:
  // `query` may be empty: then nothing is bounded.
  QueryEstimator(const Meta& meta, std::span<const float> query, std::pmr::memory_resource* memory);

  // Turns to the codes of one list.
  void SetList(const RankedList& list);

  // Those of that list.
  const ListTerms& terms() const { return terms_; }

  // bounds[t] <= distance of lane t (squared L2, or minus the inner product), with
  // the confidence above; never NaN.
  void LowerBounds(const CodeBlock& block, std::span<const std::uint8_t> codes,
                   float (&bounds)[quantize::kLanes]) const;

  // The same for one row of a page of code rows.
  float LowerBound(const CodeRowHead& head, std::span<const std::uint8_t> code) const;

  // The same by the second code of a row of a list that once was SetList().
  float LowerBound(const ListTerms& terms, const SecondCode& second) const;

  // The estimates themselves, not bounds, of all live lanes of a page. REQUIRES: out has room for
  // page.lanes(); a query.
  void Estimate(const CodePage& page, float* out) const;

 private:
  // What is taken off the estimates: nothing, for the estimates themselves.
  struct Slack {
    float width;     // see ListTerms
    float rounding;  // of the query, in products: three standard deviations
  };

  void Score(const CodeBlock& block, std::span<const std::uint8_t> codes, Slack slack,
             float* out) const;
  float Score(const CodeRowHead& head, std::span<const std::uint8_t> code, Slack slack) const;
  float Bound(const quantize::CodeFactors& factors, float product, const ListTerms& terms,
              Slack slack) const;

  Metric metric_;
  bool is_empty_;
  float query_norm_squared_ = 0;
  quantize::QueryTable table_;       // for blocks
  std::pmr::vector<float> rotated_;  // for code rows
  quantize::GridQuery grid_;         // for second codes
  ListTerms terms_;
  Slack slack_{0, 0};  // of the bounds
};

}  // namespace vec::ivf
