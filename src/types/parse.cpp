#include "vector/types/parse.hpp"

#include <cmath>
#include <string>
#include <utility>

#include "vector/base/error.hpp"
#include "vector/types/dimensions.hpp"
#include "vector/types/element.hpp"
#include "vector/types/number.hpp"

namespace vec::types {

namespace {

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

const char* SkipSpace(const char* p) {
  while (IsSpace(*p)) ++p;
  return p;
}

[[noreturn]] void ThrowSyntax(std::string_view literal, std::string_view type,
                              std::string detail = {}) {
  throw Error(
      ErrorKind::kSyntax,
      "invalid input syntax for type " + std::string(type) + ": \"" + std::string(literal) + "\"",
      std::move(detail));
}

// Tells a number too large from one that was written as NaN or infinity.
[[noreturn]] void ThrowBadNumber(std::string_view text, float value, std::string_view type) {
  const bool has_digits = text.find_first_of("0123456789") != std::string_view::npos;
  if (!std::isinf(value) || !has_digits) ThrowNotFinite(value, type);
  throw Error(ErrorKind::kOutOfRange,
              "\"" + std::string(text) + "\" is out of range for type " + std::string(type));
}

}  // namespace

std::span<float> ParseList(std::string_view literal, std::string_view type,
                           std::span<float, kMaxDimensions> out) {
  const char* const end = literal.data() + literal.size();
  const char* p = SkipSpace(literal.data());
  if (*p != '[') ThrowSyntax(literal, type, "Vector contents must start with \"[\".");
  p = SkipSpace(p + 1);
  if (*p == ']') ThrowTooFewDimensions(type);

  std::size_t dims = 0;
  for (;; ++p) {
    if (dims == kMaxDimensions) ThrowTooManyDimensions(type);
    p = SkipSpace(p);
    const Number number = ScanNumber(p, end);
    if (number.end == p) ThrowSyntax(literal, type);
    if (!std::isfinite(number.value)) [[unlikely]] {
      ThrowBadNumber({p, number.end}, number.value, type);
    }
    out[dims++] = number.value;
    p = SkipSpace(number.end);
    if (*p == ',') continue;
    if (*p == ']') break;
    ThrowSyntax(literal, type);
  }

  if (*SkipSpace(p + 1) != '\0') ThrowSyntax(literal, type, "Junk after closing right brace.");
  return out.first(dims);
}

}  // namespace vec::types
