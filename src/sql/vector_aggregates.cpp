// The aggregate avg(vector), and what avg() of every dense type has in common.
#include "mean_state.hpp"
#include "vector/types/vector.hpp"

namespace vec {

namespace {

Datum Combine(FunctionCallInfo fcinfo) {
  const MeanState a = StateArgument(fcinfo, 0, "vector_combine");
  const MeanState b = StateArgument(fcinfo, 1, "vector_combine");
  if (a.count() == 0) return PointerGetDatum(b.array);
  if (b.count() == 0) return PointerGetDatum(a.array);
  types::CheckExpectedDimensions(static_cast<std::int64_t>(a.values.size() - 1),
                                 b.values.size() - 1);
  const MeanState sum = WritableState(fcinfo, a, a.values.size());
  types::AddStates(a.values, b.values, sum.values);
  return PointerGetDatum(sum.array);
}

}  // namespace

VECTOR_FUNCTION(vector_accum) { return Accumulate<types::Vector>(fcinfo, "vector_accum"); }
VECTOR_FUNCTION(vector_avg) { return Average<types::Vector>(fcinfo, "vector_avg"); }

VECTOR_FUNCTION(vector_combine) {
  return pg::Guard([=] { return Combine(fcinfo); });
}

}  // namespace vec
