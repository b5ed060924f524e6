#include "vector/types/sparse_text.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "vector/types/dimensions.hpp"
#include "vector/types/literal.hpp"
#include "vector/types/number.hpp"
#include "vector/types/sparse_rules.hpp"

namespace vec::types {

namespace {

constexpr std::string_view kType = SparseVector::kTypeName;
constexpr std::size_t kMaxInteger = 11;  // characters

struct Integer {
  std::int32_t value;  // the nearest one where the text is beyond the type
  const char* end;     // just after the number; where it began if there is none
};

// As strtol with base 10, without white space.
Integer ScanInteger(const char* text) {
  using Limits = std::numeric_limits<std::int32_t>;
  const bool is_negative = *text == '-';
  const char* const digits = text + (is_negative || *text == '+');
  const char* p = digits;
  std::int64_t value = 0;
  for (; *p >= '0' && *p <= '9'; ++p) {
    value = std::min<std::int64_t>(value * 10 + (*p - '0'), Limits::max());
  }
  if (p == digits) return {0, text};
  return {static_cast<std::int32_t>(is_negative ? -value : value), p};
}

// Unlike a dense one, a sparse value may not lose an element to underflow.
bool IsUnderflow(const char* text) {
  errno = 0;
  return std::strtof(text, nullptr) == 0 && errno == ERANGE;
}

class Parser {
 public:
  explicit Parser(std::string_view literal) : literal_(literal), p_(SkipSpace(literal.data())) {}

  void ReadElements(std::pmr::vector<SparseElement>& out) {
    if (*p_ != '{') ThrowSyntax(literal_, kType, "Vector contents must start with \"{\".");
    Advance(p_ + 1);
    if (*p_ != '}') {
      for (;;) {
        const SparseElement element = ReadElement();
        if (element.value != 0) out.push_back(element);
        if (*p_ != ',') break;
        Advance(p_ + 1);
      }
    }
    if (*p_ != '}') ThrowSyntax(literal_, kType);
    Advance(p_ + 1);
  }

  std::size_t ReadDimensions() {
    if (*p_ != '/') ThrowSyntax(literal_, kType, "Unexpected end of input.");
    Advance(p_ + 1);
    const std::int32_t dims = ReadInteger();
    if (*p_ != '\0') ThrowSyntax(literal_, kType, "Junk after closing.");
    CheckSparseDimensions(dims);
    return static_cast<std::size_t>(dims);
  }

 private:
  void Advance(const char* p) { p_ = SkipSpace(p); }

  std::int32_t ReadInteger() {
    const Integer integer = ScanInteger(p_);
    if (integer.end == p_) ThrowSyntax(literal_, kType);
    Advance(integer.end);
    return integer.value;
  }

  float ReadValue() {
    const Number number = ScanNumber(p_, literal_.data() + literal_.size());
    const std::string_view text(p_, number.end);
    if (text.empty()) ThrowSyntax(literal_, kType);
    if (!std::isfinite(number.value)) ThrowBadNumber(text, number.value, kType);
    if (number.value == 0 && IsUnderflow(p_)) ThrowOutOfRange(text, kType);
    Advance(number.end);
    return number.value;
  }

  SparseElement ReadElement() {
    const std::int32_t position = ReadInteger();
    if (*p_ != ':') ThrowSyntax(literal_, kType);
    Advance(p_ + 1);
    return {position - 1, ReadValue()};
  }

  std::string_view literal_;
  const char* p_;
};

}  // namespace

SparseLiteral ParseSparse(std::string_view literal, std::pmr::memory_resource* memory) {
  // More commas than that are refused even between zeros.
  const auto commas = static_cast<std::size_t>(std::ranges::count(literal, ','));
  CheckSparseSize(commas + 1);

  SparseLiteral result{0, std::pmr::vector<SparseElement>(memory)};
  result.elements.reserve(commas + 1);
  Parser parser(literal);
  parser.ReadElements(result.elements);
  result.dims = parser.ReadDimensions();
  if (!std::ranges::is_sorted(result.elements, {}, &SparseElement::index)) {
    std::ranges::sort(result.elements, {}, &SparseElement::index);
  }
  return result;
}

std::size_t MaxPrintedBytes(std::size_t size, std::size_t float_bytes) {
  constexpr std::size_t kPunctuation = 2;  // a colon, and a comma or brace
  return size * (kMaxInteger + float_bytes + kPunctuation) + sizeof "{}/" + kMaxInteger;
}

char* PrintSparse(const SparseElements& elements, FloatPrinter print, char* out) {
  const auto print_integer = [&out](std::int64_t value) {
    out = std::to_chars(out, out + kMaxInteger, value).ptr;
  };
  *out++ = '{';
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (i != 0) *out++ = ',';
    print_integer(std::int64_t{elements.indices[i]} + 1);
    *out++ = ':';
    out += print(elements.values[i], out);
  }
  *out++ = '}';
  *out++ = '/';
  print_integer(static_cast<std::int64_t>(elements.dims));
  return out;
}

}  // namespace vec::types
