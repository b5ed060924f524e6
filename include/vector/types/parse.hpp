// The text form of a dense value: [1,2.5,-3e-7].
//
// White space may stand before and after every token. Messages name the SQL type
// and, for a wrong syntax, echo the whole literal.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "vector/base/half.hpp"
#include "vector/types/dense.hpp"

namespace vec::types {

// Parses `literal` into the front of `out` and returns that part. All elements are
// finite; there is at least one. Throws vec::Error.
// REQUIRES: *literal.end() == '\0'.
std::span<float> ParseList(std::string_view literal, std::string_view type,
                           std::span<float, kMaxDimensions> out);
std::span<Half> ParseList(std::string_view literal, std::string_view type,
                          std::span<Half, kMaxDimensions> out);

}  // namespace vec::types
