// The text forms of vector and halfvec: every literal is either read as a plain reader
// on strtof() reads it, or refused with the same SQLSTATE.
#include <cerrno>
#include <cstdlib>

#include "support/values.hpp"
#include "vector/types/literal.hpp"

namespace vec::fuzz {

namespace {

template <typename Element>
struct Expected {
  int sqlstate = 0;
  std::vector<Element> elements;
};

template <typename Element>
int ReadElement(const char*& p, std::vector<Element>& elements) {
  char* end = nullptr;
  errno = 0;
  const float number = std::strtof(p, &end);
  if (end == p) return ERRCODE_INVALID_TEXT_REPRESENTATION;
  const auto element = Round<Element>(number);
  if (std::isinf(ToFloat(element)) && (errno == ERANGE || std::isfinite(number))) {
    return ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
  }
  if (!std::isfinite(ToFloat(element))) return ERRCODE_DATA_EXCEPTION;
  elements.push_back(element);
  p = end;
  return 0;
}

template <typename Element>
Expected<Element> Read(const char* p) {
  Expected<Element> result{ERRCODE_INVALID_TEXT_REPRESENTATION, {}};
  p = types::SkipSpace(p);
  if (*p != '[') return result;
  p = types::SkipSpace(p + 1);
  if (*p == ']') return {ERRCODE_DATA_EXCEPTION, {}};
  do {
    p = types::SkipSpace(p);
    if (const int sqlstate = ReadElement(p, result.elements); sqlstate != 0) return {sqlstate, {}};
    p = types::SkipSpace(p);
  } while (*p++ == ',');
  if (p[-1] == ']' && *types::SkipSpace(p) == '\0') result.sqlstate = 0;
  return result;
}

template <typename Layout>
void RunType(const std::string& literal, std::int32_t typmod) {
  auto expected = Read<typename Layout::Element>(literal.c_str());
  const auto dims = static_cast<std::int32_t>(expected.elements.size());
  if (expected.sqlstate == 0 && typmod != -1 && typmod != dims) {
    expected.sqlstate = ERRCODE_DATA_EXCEPTION;
  }
  const Outcome parsed =
      Call(kTypeFunctions<Layout>.in, {MakeText(literal), 0, Int32GetDatum(typmod)});
  FUZZ_REQUIRE(parsed.sqlstate == expected.sqlstate);
  if (!parsed.ok()) return;
  FUZZ_REQUIRE(IsSame(parsed.value, MakeDense<Layout>(expected.elements)));
  RequireRoundTrips<Layout>(parsed.value);
}

// A number next to the middle of two floats, where rounding is hardest, with few digits
// or many.
std::string TakeMiddle(Input& input) {
  constexpr unsigned kMostDigits = 24;
  const double number = std::abs(std::bit_cast<float>(input.Take<std::uint32_t>()));
  const double next = std::nextafter(static_cast<float>(number), INFINITY);
  const double middle = number + (next - number) / 2;
  const auto bits = std::bit_cast<std::int64_t>(middle) + static_cast<int>(input.TakeBelow(9)) - 4;
  char text[64];
  const auto digits = static_cast<int>(input.TakeBelow(kMostDigits));
  const auto format = input.TakeBool() ? std::chars_format::scientific : std::chars_format::general;
  const auto end = std::to_chars(text, std::end(text), std::bit_cast<double>(bits), format, digits);
  return {text, end.ptr};
}

}  // namespace

void Run(Input& input) {
  const std::uint8_t choice = input.Take<std::uint8_t>();
  if (choice % 16 == 15) return RunType<Vector>('[' + TakeMiddle(input) + ']', -1);
  const std::int32_t typmod = choice / 2 % 8 == 0 ? choice / 16 : -1;
  const std::string literal = input.TakeText();
  if (choice % 2 == 0) {
    RunType<Vector>(literal, typmod);
  } else {
    RunType<HalfVector>(literal, typmod);
  }
}

void CheckLimits() {
  for (const std::size_t dims : {types::kMaxDimensions, types::kMaxDimensions + 1}) {
    std::string literal = "[0";
    for (std::size_t i = 1; i < dims; ++i) literal += ",-1.17549435e-38";
    literal += ']';
    const bool is_allowed = dims <= types::kMaxDimensions;
    const Outcome parsed = Call(kTypeFunctions<Vector>.in, {MakeText(literal), 0, kNoTypmodDatum});
    FUZZ_REQUIRE(parsed.sqlstate == (is_allowed ? 0 : ERRCODE_PROGRAM_LIMIT_EXCEEDED));
    if (parsed.ok()) RequireRoundTrips<Vector>(parsed.value);
  }
}

}  // namespace vec::fuzz
