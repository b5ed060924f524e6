// The order of the type `vector`: comparison operators and btree support.
#include "vector/pg/value.hpp"
#include "vector/types/compare.hpp"

namespace vec {

namespace {

using types::Vector;

template <typename Function>
Datum Compare(FunctionCallInfo fcinfo, Function to_datum) {
  return pg::Guard([=] {
    const pg::ScopedArgument<Vector> a(fcinfo, 0);
    const pg::ScopedArgument<Vector> b(fcinfo, 1);
    return to_datum(types::Compare(a.elements(), b.elements()));
  });
}

}  // namespace

VECTOR_FUNCTION(vector_lt) {
  return Compare(fcinfo, [](int order) { return BoolGetDatum(order < 0); });
}

VECTOR_FUNCTION(vector_le) {
  return Compare(fcinfo, [](int order) { return BoolGetDatum(order <= 0); });
}

VECTOR_FUNCTION(vector_eq) {
  return Compare(fcinfo, [](int order) { return BoolGetDatum(order == 0); });
}

VECTOR_FUNCTION(vector_ne) {
  return Compare(fcinfo, [](int order) { return BoolGetDatum(order != 0); });
}

VECTOR_FUNCTION(vector_ge) {
  return Compare(fcinfo, [](int order) { return BoolGetDatum(order >= 0); });
}

VECTOR_FUNCTION(vector_gt) {
  return Compare(fcinfo, [](int order) { return BoolGetDatum(order > 0); });
}

VECTOR_FUNCTION(vector_cmp) {
  return Compare(fcinfo, [](int order) { return Int32GetDatum(order); });
}

}  // namespace vec
