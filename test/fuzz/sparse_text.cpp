// The text form of sparsevec: what is read is what a plain reader on strtof() and
// strtol() reads; both refuse the same literals.
#include <cerrno>
#include <cstdlib>
#include <map>

#include "support/values.hpp"
#include "vector/types/literal.hpp"

namespace vec::fuzz {

namespace {

using types::SkipSpace;

struct Expected {
  std::int64_t dims = 0;
  std::map<std::int64_t, float> elements;  // by position, counted from 1
};

// Moves past a character and the white space around it.
bool Accept(const char*& p, char wanted) {
  p = SkipSpace(p);
  if (*p != wanted) return false;
  p = SkipSpace(p + 1);
  return true;
}

bool ReadInteger(const char*& p, std::int64_t& value) {
  char* end = nullptr;
  value = std::strtoll(p, &end, 10);
  return std::exchange(p, end) != end;
}

bool ReadElement(const char*& p, Expected& expected) {
  std::int64_t position = 0;
  if (!ReadInteger(p, position) || !Accept(p, ':')) return false;
  char* end = nullptr;
  errno = 0;
  const float value = std::strtof(p, &end);
  if (end == p || !std::isfinite(value) || (value == 0 && errno == ERANGE)) return false;
  p = end;
  return value == 0 || expected.elements.emplace(position, value).second;
}

std::optional<Expected> Read(const char* p) {
  Expected result;
  if (!Accept(p, '{')) return {};
  if (!Accept(p, '}')) {
    do {
      if (!ReadElement(p, result)) return {};
    } while (Accept(p, ','));
    if (!Accept(p, '}')) return {};
  }
  if (!Accept(p, '/') || !ReadInteger(p, result.dims) || *SkipSpace(p) != '\0') return {};
  const auto max = static_cast<std::int64_t>(types::kMaxSparseDimensions);
  if (result.dims < 1 || result.dims > max) return {};
  const auto& elements = result.elements;
  if (!elements.empty()) {
    if (elements.begin()->first < 1 || elements.rbegin()->first > result.dims) return {};
  }
  return result;
}

Datum MakeSparse(const Expected& expected) {
  std::vector<std::int32_t> indices;
  std::vector<float> values;
  for (const auto& [position, value] : expected.elements) {
    indices.push_back(static_cast<std::int32_t>(position - 1));
    values.push_back(value);
  }
  return fuzz::MakeSparse(static_cast<std::size_t>(expected.dims), indices, values);
}

bool IsAboutText(int sqlstate) {
  return sqlstate == ERRCODE_INVALID_TEXT_REPRESENTATION || sqlstate == ERRCODE_DATA_EXCEPTION ||
         sqlstate == ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE ||
         sqlstate == ERRCODE_PROGRAM_LIMIT_EXCEEDED;
}

void RequireDenseRoundTrip(Datum value) {
  const auto& functions = kDenseFunctions<Vector>;
  const Outcome dense = Call(functions.from_sparse, {value, kNoTypmodDatum});
  FUZZ_REQUIRE(dense.ok());
  RequireValid(ValueOf<Vector>(dense.value));
  const Outcome sparse = Call(functions.to_sparse, {dense.value, kNoTypmodDatum});
  FUZZ_REQUIRE(sparse.ok() && IsSame(sparse.value, value));
}

}  // namespace

void Run(Input& input) {
  constexpr std::int64_t kManyDimensions = 100;
  const std::uint8_t choice = input.Take<std::uint8_t>();
  const std::int32_t typmod = choice % 8 == 0 ? choice / 8 : -1;
  const std::string literal = input.TakeText();
  const std::optional<Expected> expected = Read(literal.c_str());
  const Outcome parsed =
      Call(kTypeFunctions<SparseVector>.in, {MakeText(literal), 0, Int32GetDatum(typmod)});
  if (expected && typmod != -1 && typmod != expected->dims) {
    FUZZ_REQUIRE(parsed.sqlstate == ERRCODE_DATA_EXCEPTION);
    return;
  }
  FUZZ_REQUIRE(parsed.ok() == expected.has_value());
  FUZZ_REQUIRE(parsed.ok() || IsAboutText(parsed.sqlstate));
  if (!parsed.ok()) return;
  FUZZ_REQUIRE(IsSame(parsed.value, MakeSparse(*expected)));
  RequireRoundTrips<SparseVector>(parsed.value);
  if (expected->dims <= kManyDimensions) RequireDenseRoundTrip(parsed.value);
}

void CheckLimits() {
  for (const std::size_t size : {types::kMaxSparseElements, types::kMaxSparseElements + 1}) {
    std::string literal = "{";
    for (std::size_t i = 1; i <= size; ++i) {
      literal += std::to_string(999'000'000 + i) + ":-1.17549435e-38,";
    }
    literal.back() = '}';
    literal += "/1000000000";
    const bool is_allowed = size <= types::kMaxSparseElements;
    const Outcome parsed =
        Call(kTypeFunctions<SparseVector>.in, {MakeText(literal), 0, kNoTypmodDatum});
    FUZZ_REQUIRE(parsed.sqlstate == (is_allowed ? 0 : ERRCODE_PROGRAM_LIMIT_EXCEEDED));
    if (parsed.ok()) RequireRoundTrips<SparseVector>(parsed.value);
  }
}

}  // namespace vec::fuzz
