// The order of dense values: that of PostgreSQL's arrays.
#pragma once

#include <span>

#include "vector/base/half.hpp"

namespace vec::types {

// -1, 0 or 1. The first different element decides (0 equals -0); a prefix comes
// before what it begins. A total order, since no element is NaN.
int Compare(std::span<const float> a, std::span<const float> b) noexcept;
int Compare(std::span<const Half> a, std::span<const Half> b) noexcept;

}  // namespace vec::types
