// From sums over a residual and its code to the factors of rabitq.hpp.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>

#include "vector/quantize/rabitq.hpp"

namespace vec::quantize {

// Squares of floats in this range neither overflow nor vanish in sums of floats.
inline constexpr double kLeastSquare = 1e-30;
inline constexpr double kGreatestSquare = 1e37;

inline constexpr CodeFactors kUnknown = {0, 0, std::numeric_limits<float>::infinity()};

inline bool FitsFloat(double x) { return std::fabs(x) <= std::numeric_limits<float>::max(); }

// Of a residual r, a centre c and the code x~ of r.
struct ResidualSums {
  double square;       // <r, r>
  double product;      // <r, c>
  double code;         // <r, x~>, above 0
  double code_square;  // <x~, x~>
  double code_center;  // <c, x~>
};

// kUnknown where a factor is no finite float.
CodeFactors FactorsOf(CodeMetric metric, const ResidualSums& sums, std::size_t dims);

}  // namespace vec::quantize
