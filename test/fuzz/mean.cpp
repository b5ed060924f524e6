// The aggregate avg(): its functions with any array as a state, which SQL lets a user
// pass, and whole aggregations. Sums are computed here in the same order.
#include "support/generate.hpp"

namespace vec::fuzz {

namespace {

struct State {
  Datum datum = 0;
  bool is_valid = false;  // an array that the functions take for a state
  std::vector<double> values;

  std::size_t dims() const { return values.size() - 1; }
};

State TakeState(Input& input, std::size_t count) {
  const unsigned choice = input.TakeBelow(16);
  State state{0, false, std::vector<double>(count)};
  for (double& value : state.values) value = TakeNumber(input);
  ArrayShape shape{FLOAT8OID, {static_cast<int>(count)}};
  if (choice == 0) shape.type = INT8OID;
  if (choice == 1) shape.dims.push_back(1);
  if (choice == 2) shape.has_bitmap = true;
  if (count == 0) shape.dims.clear();
  state.is_valid = count != 0 && choice > 2;
  if (choice == 3) shape.lower_bound = input.Take<std::int32_t>();
  state.datum = MakeArray(shape, BytesOf(state.values), TakeStorage(input));
  return state;
}

// Whether an array is a state with these values; all NaNs are equal. A state that was
// changed in place keeps its lower bound.
bool HasValues(Datum datum, const std::vector<double>& expected) {
  auto* const array = reinterpret_cast<ArrayType*>(DatumGetPointer(datum));
  const std::size_t bytes = ARR_OVERHEAD_NONULLS(1) + expected.size() * sizeof(double);
  if (VARSIZE(array) != bytes || ARR_NDIM(array) != 1 || ARR_HASNULL(array)) return false;
  if (ARR_ELEMTYPE(array) != FLOAT8OID) return false;
  if (ARR_DIMS(array)[0] != static_cast<int>(expected.size())) return false;
  const auto* elements = reinterpret_cast<const double*>(ARR_DATA_PTR(array));
  return std::ranges::equal(expected, std::span(elements, expected.size()),
                            [](double x, double y) { return x == y || (x != x && y != y); });
}

bool HasInfinity(std::span<const double> values) {
  return std::ranges::any_of(values, [](double x) { return std::isinf(x); });
}

// Functions may change a state only where it is their own.
class UnchangedState {
 public:
  explicit UnchangedState(Datum state)
      : state_(VarlenaOf(state)), size_(VARSIZE_ANY(state_)), copy_(stub::Allocate(size_)) {
    std::memcpy(copy_, state_, size_);
  }
  void Require() const { FUZZ_REQUIRE(std::memcmp(state_, copy_, size_) == 0); }

 private:
  const varlena* state_;
  std::size_t size_;
  void* copy_;
};

template <typename Layout>
void CheckAccumulate(Input& input, bool is_aggregate) {
  const State state = TakeState(input, TakeCount(input));
  const std::size_t dims = state.values.size() > 1 ? state.dims() : TakeCount(input);
  const auto sample =
      input.TakeBelow(8) != 0 ? TakeSample<Layout>(input, dims) : TakeSample<Layout>(input);
  const UnchangedState unchanged(state.datum);
  const Outcome outcome = Call(kDenseFunctions<Layout>.accum, {state.datum, sample.datum});
  if (!is_aggregate) unchanged.Require();
  if (!state.is_valid) {
    FUZZ_REQUIRE(outcome.sqlstate == ERRCODE_INTERNAL_ERROR);
    return;
  }
  FUZZ_REQUIRE(outcome.sqlstate != ERRCODE_INTERNAL_ERROR);
  if (!sample.is_valid) return;
  if (state.dims() != 0 && state.dims() != sample.dims) {
    FUZZ_REQUIRE(outcome.sqlstate == ERRCODE_DATA_EXCEPTION);
    return;
  }
  std::vector<double> expected = state.values;
  expected.resize(sample.dims + 1);
  for (std::size_t i = 0; i < sample.dims; ++i) expected[i + 1] += sample.values[i];
  const bool has_overflow = HasInfinity(std::span(expected).subspan(1));
  expected[0] += 1;
  FUZZ_REQUIRE(outcome.sqlstate == (has_overflow ? ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE : 0));
  if (outcome.ok()) FUZZ_REQUIRE(HasValues(outcome.value, expected));
}

void CheckCombine(Input& input, bool is_aggregate) {
  const State a = TakeState(input, TakeCount(input));
  const State b = TakeState(input, input.TakeBelow(8) != 0 ? a.values.size() : TakeCount(input));
  const UnchangedState unchanged_a(a.datum), unchanged_b(b.datum);
  const Outcome outcome = Call({sql::vector_combine, Result::kVarlena}, {a.datum, b.datum});
  unchanged_b.Require();
  if (!is_aggregate) unchanged_a.Require();
  if (!a.is_valid || !b.is_valid) {
    FUZZ_REQUIRE(outcome.sqlstate == ERRCODE_INTERNAL_ERROR);
    return;
  }
  if (a.values[0] == 0 || b.values[0] == 0) {
    FUZZ_REQUIRE(outcome.ok());
    return;
  }
  if (a.values.size() != b.values.size()) {
    FUZZ_REQUIRE(outcome.sqlstate == ERRCODE_DATA_EXCEPTION);
    return;
  }
  std::vector<double> expected = a.values;
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += b.values[i];
  const bool has_overflow = HasInfinity(std::span(expected).subspan(1));
  FUZZ_REQUIRE(outcome.sqlstate == (has_overflow ? ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE : 0));
  if (outcome.ok()) FUZZ_REQUIRE(HasValues(outcome.value, expected));
}

// The mean of a state with a count, which is exact to the last bit.
template <typename Layout>
void RequireMean(const Outcome& outcome, const std::vector<double>& state) {
  std::vector<typename Layout::Element> elements;
  elements.reserve(state.size());
  bool is_finite = true;
  for (std::size_t i = 1; i < state.size(); ++i) {
    const auto mean = static_cast<float>(state[i] / state[0]);
    elements.push_back(Round<typename Layout::Element>(mean));
    is_finite &= std::isfinite(ToFloat(elements.back()));
  }
  if (elements.empty()) {
    FUZZ_REQUIRE(outcome.sqlstate == ERRCODE_DATA_EXCEPTION);
  } else if (is_finite) {
    FUZZ_REQUIRE(outcome.ok() && IsSame(outcome.value, MakeDense<Layout>(elements)));
  } else {
    FUZZ_REQUIRE(outcome.sqlstate == ERRCODE_DATA_EXCEPTION ||
                 outcome.sqlstate == ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE);
  }
}

template <typename Layout>
void CheckAverage(Input& input) {
  const State state = TakeState(input, TakeCount(input));
  const UnchangedState unchanged(state.datum);
  const Outcome outcome = Call(kDenseFunctions<Layout>.avg, {state.datum});
  unchanged.Require();
  if (!state.is_valid) {
    FUZZ_REQUIRE(outcome.sqlstate == ERRCODE_INTERNAL_ERROR);
    return;
  }
  FUZZ_REQUIRE(outcome.is_null == (state.values[0] == 0));
  if (!outcome.is_null) RequireMean<Layout>(outcome, state.values);
}

// One worker's part of an aggregation.
template <typename Layout>
State Aggregate(Input& input, std::size_t dims) {
  State state{0, true, {0}};
  state.datum = MakeArray({FLOAT8OID, {1}}, BytesOf(state.values));
  for (unsigned count = input.TakeBelow(5); count > 0; --count) {
    const auto sample = TakeSample<Layout>(input, dims);
    if (!sample.is_valid) continue;
    const Outcome outcome = Call(kDenseFunctions<Layout>.accum, {state.datum, sample.datum});
    FUZZ_REQUIRE(outcome.ok());  // no sum of few floats exceeds a double
    state.datum = outcome.value;
    state.values.resize(dims + 1, -0.0);  // keeps the sign of a first zero
    for (std::size_t i = 0; i < dims; ++i) state.values[i + 1] += sample.values[i];
    state.values[0] += 1;
    FUZZ_REQUIRE(HasValues(state.datum, state.values));
  }
  return state;
}

template <typename Layout>
void CheckAggregation(Input& input) {
  const std::size_t dims = TakeCount(input);
  const State a = Aggregate<Layout>(input, dims);
  const State b = Aggregate<Layout>(input, dims);
  const Outcome sum = Call({sql::vector_combine, Result::kVarlena}, {a.datum, b.datum});
  FUZZ_REQUIRE(sum.ok());
  std::vector<double> expected(std::max(a.values.size(), b.values.size()), -0.0);
  for (std::size_t i = 0; i < a.values.size(); ++i) expected[i] += a.values[i];
  for (std::size_t i = 0; i < b.values.size(); ++i) expected[i] += b.values[i];
  FUZZ_REQUIRE(HasValues(sum.value, expected));
  const Outcome mean = Call(kDenseFunctions<Layout>.avg, {sum.value});
  FUZZ_REQUIRE(mean.ok() && mean.is_null == (expected[0] == 0));
  if (mean.is_null) return;
  RequireMean<Layout>(mean, expected);
  RequireRoundTrips<Layout>(mean.value);
}

}  // namespace

void Run(Input& input) {
  const unsigned choice = input.TakeBelow(7);
  const bool is_aggregate = input.TakeBool();
  stub::SetAggregate(is_aggregate);
  if (choice == 0) return CheckAccumulate<Vector>(input, is_aggregate);
  if (choice == 1) return CheckAccumulate<HalfVector>(input, is_aggregate);
  if (choice == 2) return CheckCombine(input, is_aggregate);
  if (choice == 3) return CheckAverage<Vector>(input);
  if (choice == 4) return CheckAverage<HalfVector>(input);
  if (choice == 5) return CheckAggregation<Vector>(input);
  return CheckAggregation<HalfVector>(input);
}

void CheckLimits() {
  for (const std::size_t dims : {16000, 16001, 100'000}) {
    const std::vector<double> values(dims + 1, 1.0);
    const Datum state = MakeArray({FLOAT8OID, {static_cast<int>(dims + 1)}}, BytesOf(values));
    const int sqlstate = dims <= types::kMaxDimensions ? 0 : ERRCODE_PROGRAM_LIMIT_EXCEEDED;
    FUZZ_REQUIRE(Call(kDenseFunctions<Vector>.avg, {state}).sqlstate == sqlstate);
    FUZZ_REQUIRE(Call(kDenseFunctions<HalfVector>.avg, {state}).sqlstate == sqlstate);
    FUZZ_REQUIRE(Call({sql::vector_combine, Result::kVarlena}, {state, state}).ok());
  }
}

}  // namespace vec::fuzz
