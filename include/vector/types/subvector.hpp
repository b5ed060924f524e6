// A run of consecutive elements, with the rules of SQL's substring.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vec::types {

struct ElementRange {
  std::size_t first;  // counted from 0
  std::size_t count;
};

// The elements among `dims` that lie in the `count` positions from `start`,
// counted from 1; `start` may lie before the first. Throws where none is left.
ElementRange Subrange(std::size_t dims, std::int32_t start, std::int32_t count,
                      std::string_view type);

}  // namespace vec::types
