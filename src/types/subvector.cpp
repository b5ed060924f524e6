#include "vector/types/subvector.hpp"

#include <algorithm>

#include "vector/types/dimensions.hpp"

namespace vec::types {

ElementRange Subrange(std::size_t dims, std::int32_t start, std::int32_t count,
                      std::string_view type) {
  const std::int64_t past_last = static_cast<std::int64_t>(dims) + 1;
  const std::int64_t first = std::max<std::int64_t>(start, 1);
  const std::int64_t end = std::min(std::int64_t{start} + count, past_last);
  if (count < 1 || end <= first) ThrowTooFewDimensions(type);
  return {static_cast<std::size_t>(first - 1), static_cast<std::size_t>(end - first)};
}

}  // namespace vec::types
