// The aggregate avg() of the dense types; its state is a double precision[], see
// types/mean.hpp. `function` is the name that an error about the state shows.
#pragma once

#include "vector/pg/array.hpp"
#include "vector/pg/narrow.hpp"
#include "vector/types/mean.hpp"

namespace vec {

struct MeanState {
  ArrayType* array;
  std::span<double> values;

  double count() const { return values.front(); }
};

inline MeanState StateArgument(FunctionCallInfo fcinfo, int n, const char* function) {
  ArrayType* array = pg::ArrayArgument(fcinfo, n);
  if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] < 1 || ARR_HASNULL(array) ||
      ARR_ELEMTYPE(array) != FLOAT8OID) {
    throw Error(ErrorKind::kInternal, std::string(function) + ": expected state array");
  }
  return {array, pg::ArrayElements<double>(array, static_cast<std::size_t>(ARR_DIMS(array)[0]))};
}

// The state to write: the old one where the executor gave it to us for good. New sums
// begin at -0, which keeps the sign of a first zero.
inline MeanState WritableState(FunctionCallInfo fcinfo, const MeanState& old, std::size_t size) {
  if (old.values.size() == size && AggCheckCallContext(fcinfo, nullptr) != 0) return old;
  ArrayType* array = pg::NewArray(FLOAT8OID, sizeof(double), size);
  const MeanState fresh{array, pg::ArrayElements<double>(array, size)};
  std::ranges::fill(std::ranges::copy(old.values, fresh.values.begin()).out, fresh.values.end(),
                    -0.0);
  return fresh;
}

template <typename Layout>
Datum Accumulate(FunctionCallInfo fcinfo, const char* function) {
  return pg::Guard([=] {
    const MeanState old = StateArgument(fcinfo, 0, function);
    const auto value = pg::Argument<Layout>(fcinfo, 1);
    const std::size_t size = types::MeanStateSize(old.values.size(), value.size());
    const MeanState state = WritableState(fcinfo, old, size);
    types::Accumulate(state.values, value);
    return PointerGetDatum(state.array);
  });
}

template <typename Layout>
Datum Average(FunctionCallInfo fcinfo, const char* function) {
  return pg::Guard([=]() -> Datum {
    const MeanState state = StateArgument(fcinfo, 0, function);
    if (state.count() == 0) PG_RETURN_NULL();
    const std::size_t dims = state.values.size() - 1;
    types::CheckDimensions(dims, Layout::kTypeName);
    Layout& result = pg::NewFromFloats<Layout>(
        dims, [&state](std::span<float> floats) { types::Mean(state.values, floats); });
    return PointerGetDatum(&result);
  });
}

}  // namespace vec
