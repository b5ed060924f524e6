// Whether stored codes are those of a vector: for checks of an index.
//
// Codes were made by any level of SIMD, whose sums differ in their rounding: a coordinate next
// to a border may lie on either side of it. What is not explained by that is a fault. Factors are
// compared with those of the stored code, by the formulas of rabitq.hpp in double precision.
#pragma once

#include <cstdint>
#include <span>

#include "vector/quantize/grid_code.hpp"
#include "vector/quantize/rabitq.hpp"

namespace vec::quantize {

enum class CodeFault { kNone, kCode, kFactors };

// As a finding; nullptr: there is none.
inline const char* TextOf(CodeFault fault) {
  switch (fault) {
    case CodeFault::kCode:
      return "code of another row";
    case CodeFault::kFactors:
      return "factors of another row";
    case CodeFault::kNone:
      break;
  }
  return nullptr;
}

// How exact the numbers are that a code is compared with.
struct CodeRounding {
  double length = 0;    // of one of the vectors whose difference the residual is
  double relative = 0;  // of stored factors
  double add = 0;       // and absolute
  double rescale = 0;
};

// `r`, `pc` and `code` as for Encode(). `stored.error` counts unless `has_error` is false.
// Residuals that are tiny beside `length`, or beyond the range of floats, are taken on trust, with
// factors as small; where there is none, with those that another rounding may have left.
CodeFault VerifyCode(CodeMetric metric, std::span<const float> r, std::span<const float> pc,
                     std::span<const std::uint8_t> code, const CodeFactors& stored,
                     const CodeRounding& rounding, bool has_error);

// The same of EncodeGrid().
CodeFault VerifyGridCode(CodeMetric metric, std::span<const float> r, std::span<const float> pc,
                         std::span<const std::uint8_t> code, const GridFactors& stored,
                         const CodeRounding& rounding);

}  // namespace vec::quantize
