// What one element of a value may be: any finite number.
#pragma once

#include <span>
#include <string_view>

#include "vector/base/half.hpp"

namespace vec::types {

// Throws for the first NaN or infinity, naming the SQL type.
void CheckElements(std::span<const float> elements, std::string_view type);
void CheckElements(std::span<const Half> elements, std::string_view type);

// REQUIRES: value is not finite.
[[noreturn]] void ThrowNotFinite(float value, std::string_view type);

}  // namespace vec::types
