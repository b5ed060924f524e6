// Casts: from arrays of every element type and shape, between the types, of a type to
// itself, and type modifiers. Each gives the expected value or the expected SQLSTATE.
#include "support/generate.hpp"

namespace vec::fuzz {

namespace {

// What a cast should come to: one of two SQLSTATEs where both kinds of elements are bad.
struct Expected {
  int sqlstate = 0;
  int other_sqlstate = 0;
  Datum value = 0;

  bool IsMet(const Outcome& outcome) const {
    if (sqlstate == 0) return outcome.ok() && IsSame(outcome.value, value);
    return outcome.sqlstate == sqlstate || outcome.sqlstate == other_sqlstate;
  }
};

template <typename Layout>
constexpr std::size_t kMostDimensions =
    std::is_same_v<Layout, SparseVector> ? types::kMaxSparseDimensions : types::kMaxDimensions;

int CheckDimensions(std::size_t dims, std::size_t max, std::int32_t typmod) {
  if (dims < 1) return ERRCODE_DATA_EXCEPTION;
  if (dims > max) return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
  const bool is_expected = typmod == -1 || typmod == static_cast<std::int64_t>(dims);
  return is_expected ? 0 : ERRCODE_DATA_EXCEPTION;
}

template <typename Layout>
Datum MakeValue(const std::vector<float>& floats) {
  if constexpr (std::is_same_v<Layout, SparseVector>) {
    std::vector<std::int32_t> indices;
    std::vector<float> values;
    for (std::size_t i = 0; i < floats.size(); ++i) {
      if (floats[i] == 0) continue;
      indices.push_back(static_cast<std::int32_t>(i));
      values.push_back(floats[i]);
    }
    return MakeSparse(floats.size(), indices, values);
  } else {
    std::vector<typename Layout::Element> elements;
    elements.reserve(floats.size());
    for (const float x : floats) elements.push_back(Round<typename Layout::Element>(x));
    return MakeDense<Layout>(elements);
  }
}

template <typename Layout>
Expected ExpectedOf(const std::vector<float>& floats, std::int32_t typmod) {
  if (const int sqlstate = CheckDimensions(floats.size(), kMostDimensions<Layout>, typmod)) {
    return {sqlstate};
  }
  Expected expected;
  for (const float x : floats) {
    if (!std::isfinite(x)) expected.other_sqlstate = ERRCODE_DATA_EXCEPTION;
    if (std::is_same_v<Layout, HalfVector> && std::isfinite(x) && std::isinf(ToFloat(ToHalf(x)))) {
      expected.sqlstate = ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
    }
  }
  if (expected.sqlstate == 0) std::swap(expected.sqlstate, expected.other_sqlstate);
  if (expected.sqlstate == 0) expected.value = MakeValue<Layout>(floats);
  return expected;
}

// An array's elements as they are stored, and as floats.
struct Elements {
  Oid type = 0;
  std::vector<std::byte> bytes;
  std::vector<float> floats;
  bool is_unsupported = false;
  bool is_out_of_range = false;

  template <typename T>
  void Append(const T& stored) {
    const auto* const first = reinterpret_cast<const std::byte*>(&stored);
    bytes.insert(bytes.end(), first, first + sizeof stored);
  }
};

// A number as the stub of PostgreSQL stores it.
struct StoredNumeric {
  std::uint32_t length;
  float low, high;  // the halves of a double, which would be aligned to 8 bytes
};

void AppendNumeric(Elements& elements, double value) {
  StoredNumeric stored{};
  SET_VARSIZE(&stored, sizeof stored);
  std::memcpy(VARDATA(&stored), &value, sizeof value);
  elements.Append(stored);
}

Elements TakeElements(Input& input, std::size_t count) {
  constexpr Oid kTypes[] = {INT4OID, FLOAT4OID, FLOAT8OID, NUMERICOID, INT8OID};
  Elements elements;
  elements.type = kTypes[input.TakeBelow(std::size(kTypes))];
  elements.is_unsupported = elements.type == INT8OID;
  elements.bytes.reserve(count * sizeof(StoredNumeric));
  elements.floats.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    double value = TakeNumber(input);
    switch (elements.type) {
      case INT4OID: {
        const auto integer = static_cast<std::int32_t>(std::bit_cast<std::uint64_t>(value) >> 30);
        elements.Append(integer);
        value = integer;
        break;
      }
      case FLOAT4OID:
        elements.Append(static_cast<float>(value));
        break;
      case NUMERICOID:
        AppendNumeric(elements, value);
        elements.is_out_of_range |= std::isfinite(value) && std::isinf(static_cast<float>(value));
        break;
      default:
        elements.Append(value);
    }
    elements.floats.push_back(static_cast<float>(value));
  }
  return elements;
}

ArrayShape TakeShape(Input& input, std::size_t count) {
  ArrayShape shape;
  const unsigned choice = input.TakeBelow(16);
  if (count != 0) shape.dims = {static_cast<int>(count)};
  if (choice == 0 && count != 0) shape.dims = {1, static_cast<int>(count)};
  if (choice == 1) shape.lower_bound = input.Take<std::int16_t>();
  shape.has_bitmap = choice == 2 || choice == 3;
  if (choice == 3) shape.null = input.Take<std::uint8_t>();
  return shape;
}

template <typename Layout>
void RunArray(Input& input, std::int32_t typmod) {
  const std::size_t count = TakeCount(input);
  ArrayShape shape = TakeShape(input, count);
  const Elements elements = TakeElements(input, count);
  shape.type = elements.type;
  const Datum array = MakeArray(shape, elements.bytes, TakeStorage(input));

  Expected expected = ExpectedOf<Layout>(elements.floats, typmod);
  const int dimensions_sqlstate = CheckDimensions(count, kMostDimensions<Layout>, typmod);
  if (shape.dims.size() > 1) {
    expected = {ERRCODE_DATA_EXCEPTION};
  } else if (shape.null >= 0 && shape.null < static_cast<int>(count)) {
    expected = {ERRCODE_NULL_VALUE_NOT_ALLOWED};
  } else if (dimensions_sqlstate == 0 && elements.is_unsupported) {
    expected = {ERRCODE_DATA_EXCEPTION};
  } else if (dimensions_sqlstate == 0 && elements.is_out_of_range) {
    expected = {ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, ERRCODE_DATA_EXCEPTION};
  }
  const Outcome outcome =
      Call(kTypeFunctions<Layout>.from_array, {array, Int32GetDatum(typmod), BoolGetDatum(true)});
  FUZZ_REQUIRE(expected.IsMet(outcome));
  if (outcome.ok()) RequireValid(ValueOf<Layout>(outcome.value));
}

// A cast of a sample whose elements are these, or of a damaged one.
template <typename To>
void CheckCast(const Function& cast, Datum datum, const std::vector<float>* floats,
               std::int32_t typmod) {
  const Outcome outcome = CallSafely(cast, {datum, Int32GetDatum(typmod), BoolGetDatum(false)});
  if (floats == nullptr) return;
  FUZZ_REQUIRE(ExpectedOf<To>(*floats, typmod).IsMet(outcome));
  if (outcome.ok()) RequireValid(ValueOf<To>(outcome.value));
}

template <typename Layout>
void CheckItself(const Sample<Layout>& sample, std::int32_t typmod) {
  const Outcome outcome = CallSafely(kTypeFunctions<Layout>.enforce_typmod,
                                     {sample.datum, Int32GetDatum(typmod), BoolGetDatum(false)});
  if (!sample.is_valid) return;
  const bool is_accepted = typmod == -1 || typmod == static_cast<std::int64_t>(sample.dims);
  FUZZ_REQUIRE(outcome.sqlstate == (is_accepted ? 0 : ERRCODE_DATA_EXCEPTION));
  if (outcome.ok()) FUZZ_REQUIRE(outcome.value == sample.datum);
}

template <typename Layout>
void RunDense(Input& input, std::int32_t typmod) {
  using Other = std::conditional_t<std::is_same_v<Layout, Vector>, HalfVector, Vector>;
  const auto sample = TakeSample<Layout>(input);
  const auto& functions = kDenseFunctions<Layout>;
  const std::vector<float>* const floats = sample.is_valid ? &sample.values : nullptr;
  CheckItself(sample, typmod);
  CheckCast<Other>(functions.to_other_dense, sample.datum, floats, typmod);
  CheckCast<SparseVector>(functions.to_sparse, sample.datum, floats, typmod);
  const Outcome array = CallSafely(functions.to_array, {sample.datum, kNoTypmodDatum, 0});
  if (!sample.is_valid) return;
  const ArrayShape shape{FLOAT4OID, {static_cast<int>(sample.dims)}};
  FUZZ_REQUIRE(array.ok() && IsSame(array.value, MakeArray(shape, BytesOf(sample.values))));
}

void RunSparse(Input& input, std::int32_t typmod) {
  const auto sample = TakeSample<SparseVector>(input);
  CheckItself(sample, typmod);
  std::vector<float> floats;
  if (sample.is_valid && sample.dims <= types::kMaxDimensions) {
    floats.resize(sample.dims);
    for (std::size_t i = 0; i < sample.indices.size(); ++i) {
      floats[static_cast<std::size_t>(sample.indices[i])] = sample.values[i];
    }
  }
  const std::vector<float>* const expected = floats.empty() ? nullptr : &floats;
  CheckCast<Vector>(kDenseFunctions<Vector>.from_sparse, sample.datum, expected, typmod);
  CheckCast<HalfVector>(kDenseFunctions<HalfVector>.from_sparse, sample.datum, expected, typmod);
}

template <typename Layout>
void RunTypmod(Input& input) {
  std::vector<std::string> texts;
  std::vector<std::byte> bytes;
  for (unsigned count = input.TakeBelow(4); count > 0; --count) {
    texts.push_back(input.TakeBool() ? std::to_string(input.Take<std::int32_t>())
                                     : std::to_string(input.Take<std::int16_t>()));
    const auto text = std::as_bytes(std::span(texts.back().c_str(), texts.back().size() + 1));
    bytes.insert(bytes.end(), text.begin(), text.end());
  }
  const ArrayShape shape{CSTRINGOID, {static_cast<int>(texts.size())}};
  const Datum array = MakeArray(shape, bytes, TakeStorage(input));
  const Outcome outcome = Call(kTypeFunctions<Layout>.typmod_in, {array});
  const std::int64_t dims = texts.size() == 1 ? std::stol(texts[0]) : 0;
  const bool is_valid = dims >= 1 && dims <= static_cast<std::int64_t>(kMostDimensions<Layout>);
  FUZZ_REQUIRE(outcome.sqlstate == (is_valid ? 0 : ERRCODE_INVALID_PARAMETER_VALUE));
  if (outcome.ok()) FUZZ_REQUIRE(DatumGetInt32(outcome.value) == dims);
}

template <typename Layout>
void CheckManyElements(std::size_t dims) {
  const std::vector<float> floats(dims);
  const ArrayShape shape{FLOAT4OID, {static_cast<int>(dims)}};
  const Datum array = MakeArray(shape, BytesOf(floats));
  const Outcome outcome = Call(kTypeFunctions<Layout>.from_array, {array, kNoTypmodDatum, 0});
  FUZZ_REQUIRE(ExpectedOf<Layout>(floats, -1).IsMet(outcome));
}

}  // namespace

void Run(Input& input) {
  const unsigned choice = input.TakeBelow(9);
  const std::int32_t typmod = input.TakeBelow(4) != 0 ? -1 : input.Take<std::int8_t>();
  if (choice == 0) return RunArray<Vector>(input, typmod);
  if (choice == 1) return RunArray<HalfVector>(input, typmod);
  if (choice == 2) return RunArray<SparseVector>(input, typmod);
  if (choice == 3) return RunDense<Vector>(input, typmod);
  if (choice == 4) return RunDense<HalfVector>(input, typmod);
  if (choice == 5) return RunSparse(input, typmod);
  if (choice == 6) return RunTypmod<Vector>(input);
  if (choice == 7) return RunTypmod<HalfVector>(input);
  return RunTypmod<SparseVector>(input);
}

void CheckLimits() {
  for (const std::size_t dims : {16000, 16001, 65535, 100'000}) {
    CheckManyElements<Vector>(dims);
    CheckManyElements<HalfVector>(dims);
    CheckManyElements<SparseVector>(dims);
    if (dims > UINT16_MAX) continue;
    for (const float x : {0.0f, 1.0f}) {
      const std::vector<float> floats(dims, x);
      CheckCast<HalfVector>(kDenseFunctions<Vector>.to_other_dense, MakeDense<Vector>(floats),
                            dims <= types::kMaxDimensions ? &floats : nullptr, -1);
      CallSafely(kDenseFunctions<Vector>.to_sparse, {MakeDense<Vector>(floats), kNoTypmodDatum});
    }
  }
}

}  // namespace vec::fuzz
