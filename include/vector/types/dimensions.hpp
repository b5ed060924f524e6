// Rules on the number of dimensions, with the messages of every type.
//
// `type` is the SQL name that a message shows. The checks are inline and the
// throws are not: a check that passes costs one compare.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "vector/types/vector.hpp"

namespace vec::types {

// The type modifier of a column declared without dimensions.
inline constexpr std::int32_t kNoTypmod = -1;

[[noreturn]] void ThrowTooFewDimensions(std::string_view type);
[[noreturn]] void ThrowTooManyDimensions(std::string_view type, std::size_t max = kMaxDimensions);
[[noreturn]] void ThrowUnexpectedDimensions(std::int64_t expected, std::size_t dims);
[[noreturn]] void ThrowDifferentDimensions(std::size_t a, std::size_t b, std::string_view type);

// Throws unless 1 <= dims <= max.
void CheckDimensions(std::size_t dims, std::string_view type, std::size_t max = kMaxDimensions);

// Throws where a column, or an aggregate's state, wants another number.
inline void CheckExpectedDimensions(std::int64_t expected, std::size_t dims) {
  if (expected != kNoTypmod && expected != static_cast<std::int64_t>(dims)) [[unlikely]] {
    ThrowUnexpectedDimensions(expected, dims);
  }
}

inline void CheckSameDimensions(std::size_t a, std::size_t b, std::string_view type) {
  if (a != b) [[unlikely]]
    ThrowDifferentDimensions(a, b, type);
}

// The type modifier written in parentheses after a type name: one number from 1
// to max. Throws kParameter.
std::int32_t TypmodFromModifiers(std::span<const std::int32_t> modifiers, std::string_view type,
                                 std::int32_t max);

}  // namespace vec::types
