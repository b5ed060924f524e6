#include "vector/types/parse.hpp"

#include <cmath>

#include "vector/types/dimensions.hpp"
#include "vector/types/literal.hpp"
#include "vector/types/number.hpp"

namespace vec::types {

namespace {

template <typename Element>
std::span<Element> Parse(std::string_view literal, std::string_view type,
                         std::span<Element, kMaxDimensions> out) {
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
    const auto element = Round<Element>(number.value);
    if (!std::isfinite(ToFloat(element))) [[unlikely]] {
      ThrowBadNumber({p, number.end}, ToFloat(element), type);
    }
    out[dims++] = element;
    p = SkipSpace(number.end);
    if (*p == ',') continue;
    if (*p == ']') break;
    ThrowSyntax(literal, type);
  }

  if (*SkipSpace(p + 1) != '\0') ThrowSyntax(literal, type, "Junk after closing right brace.");
  return out.first(dims);
}

}  // namespace

std::span<float> ParseList(std::string_view literal, std::string_view type,
                           std::span<float, kMaxDimensions> out) {
  return Parse(literal, type, out);
}

std::span<Half> ParseList(std::string_view literal, std::string_view type,
                          std::span<Half, kMaxDimensions> out) {
  return Parse(literal, type, out);
}

}  // namespace vec::types
