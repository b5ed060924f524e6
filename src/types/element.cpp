#include "vector/types/element.hpp"

#include <cmath>
#include <string>

#include "vector/base/error.hpp"

namespace vec::types {

void ThrowNotFinite(float value, std::string_view type) {
  const std::string what = std::isnan(value) ? "NaN" : "infinite value";
  throw Error(ErrorKind::kInvalidValue, what + " not allowed in " + std::string(type));
}

namespace {

template <typename Element>
void CheckEach(std::span<const Element> elements, std::string_view type) {
  for (const Element element : elements) {
    const float value = ToFloat(element);
    if (!std::isfinite(value)) [[unlikely]]
      ThrowNotFinite(value, type);
  }
}

}  // namespace

void CheckElements(std::span<const float> elements, std::string_view type) {
  CheckEach(elements, type);
}

void CheckElements(std::span<const Half> elements, std::string_view type) {
  CheckEach(elements, type);
}

}  // namespace vec::types
