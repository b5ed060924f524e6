#include "vector/types/literal.hpp"

#include <cmath>
#include <utility>

#include "vector/base/error.hpp"
#include "vector/types/element.hpp"

namespace vec::types {

void ThrowSyntax(std::string_view literal, std::string_view type, std::string detail) {
  throw Error(
      ErrorKind::kSyntax,
      "invalid input syntax for type " + std::string(type) + ": \"" + std::string(literal) + "\"",
      std::move(detail));
}

void ThrowOutOfRange(std::string_view number, std::string_view type) {
  throw Error(ErrorKind::kOutOfRange,
              "\"" + std::string(number) + "\" is out of range for type " + std::string(type));
}

void ThrowBadNumber(std::string_view text, float value, std::string_view type) {
  const bool has_digits = text.find_first_of("0123456789") != std::string_view::npos;
  if (!std::isinf(value) || !has_digits) ThrowNotFinite(value, type);
  ThrowOutOfRange(text, type);
}

}  // namespace vec::types
