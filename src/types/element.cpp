#include "vector/types/element.hpp"

#include <cmath>
#include <string>

#include "vector/base/error.hpp"

namespace vec::types {

void ThrowNotFinite(float value, std::string_view type) {
  const std::string what = std::isnan(value) ? "NaN" : "infinite value";
  throw Error(ErrorKind::kInvalidValue, what + " not allowed in " + std::string(type));
}

void CheckElements(std::span<const float> elements, std::string_view type) {
  for (const float value : elements) {
    if (!std::isfinite(value)) [[unlikely]]
      ThrowNotFinite(value, type);
  }
}

}  // namespace vec::types
