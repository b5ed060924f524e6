// The aggregate avg(vector); its state is a double precision[], see types/mean.hpp.
#include "vector/pg/array.hpp"
#include "vector/pg/value.hpp"
#include "vector/types/mean.hpp"

namespace vec {

namespace {

using types::Vector;

struct State {
  ArrayType* array;
  std::span<double> values;

  double count() const { return values.front(); }
};

State NewState(std::size_t size) {
  ArrayType* array = pg::NewArray(FLOAT8OID, sizeof(double), size);
  return {array, pg::ArrayElements<double>(array, size)};
}

State StateArgument(FunctionCallInfo fcinfo, int n, const char* function) {
  ArrayType* array = pg::ArrayArgument(fcinfo, n);
  if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] < 1 || ARR_HASNULL(array) ||
      ARR_ELEMTYPE(array) != FLOAT8OID) {
    throw Error(ErrorKind::kInternal, std::string(function) + ": expected state array");
  }
  return {array, pg::ArrayElements<double>(array, static_cast<std::size_t>(ARR_DIMS(array)[0]))};
}

// The state to write: the old one where the executor gave it to us for good.
State WritableState(FunctionCallInfo fcinfo, const State& old, std::size_t size) {
  if (old.values.size() == size && AggCheckCallContext(fcinfo, nullptr) != 0) return old;
  State fresh = NewState(size);
  std::ranges::fill(std::ranges::copy(old.values, fresh.values.begin()).out, fresh.values.end(), 0);
  return fresh;
}

Datum Accumulate(FunctionCallInfo fcinfo) {
  const State old = StateArgument(fcinfo, 0, "vector_accum");
  const std::span<const float> value = pg::Argument<Vector>(fcinfo, 1);
  const std::size_t size = types::MeanStateSize(old.values.size(), value.size());
  const State state = WritableState(fcinfo, old, size);
  types::Accumulate(state.values, value);
  return PointerGetDatum(state.array);
}

Datum Combine(FunctionCallInfo fcinfo) {
  const State a = StateArgument(fcinfo, 0, "vector_combine");
  const State b = StateArgument(fcinfo, 1, "vector_combine");
  if (a.count() == 0) return PointerGetDatum(b.array);
  if (b.count() == 0) return PointerGetDatum(a.array);
  types::CheckExpectedDimensions(static_cast<std::int64_t>(a.values.size() - 1),
                                 b.values.size() - 1);
  const State sum = WritableState(fcinfo, a, a.values.size());
  types::AddStates(a.values, b.values, sum.values);
  return PointerGetDatum(sum.array);
}

Datum Average(FunctionCallInfo fcinfo) {
  const State state = StateArgument(fcinfo, 0, "vector_avg");
  if (state.count() == 0) PG_RETURN_NULL();
  const std::size_t dims = state.values.size() - 1;
  types::CheckDimensions(dims, Vector::kTypeName);
  Vector& result = pg::NewDense<Vector>(dims);
  types::Mean(state.values, result.elements(), Vector::kTypeName);
  return PointerGetDatum(&result);
}

}  // namespace

VECTOR_FUNCTION(vector_accum) {
  return pg::Guard([=] { return Accumulate(fcinfo); });
}

VECTOR_FUNCTION(vector_combine) {
  return pg::Guard([=] { return Combine(fcinfo); });
}

VECTOR_FUNCTION(vector_avg) {
  return pg::Guard([=] { return Average(fcinfo); });
}

}  // namespace vec
