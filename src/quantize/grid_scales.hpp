// The grids that codes of four bits are tried on.
#pragma once

#include "vector/simd/quantize.hpp"

namespace vec::quantize {

inline constexpr float kGridEnd = 8;   // in steps from the middle
inline constexpr float kMiddle = 7.5;  // the level of 0

// The ends of the grids that are tried, in shares of the greatest coordinate. What lies
// beyond an end is cut off, which pays off where few coordinates are great.
inline constexpr float kEnds[simd::kGridScales] = {1.0f,   0.93f, 0.86f, 0.79f,
                                                   0.725f, 0.66f, 0.6f,  0.54f};

// The steps of grid i in a unit.
inline float GridScale(float greatest, std::size_t i) { return kGridEnd / (greatest * kEnds[i]); }

}  // namespace vec::quantize
