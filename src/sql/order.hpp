// Comparison operators and btree support of a type that types::Compare() orders.
#pragma once

#include "vector/pg/value.hpp"
#include "vector/types/compare.hpp"
#include "vector/types/sparse_compare.hpp"

namespace vec {

inline Datum IsLess(int order) { return BoolGetDatum(order < 0); }
inline Datum IsLessOrEqual(int order) { return BoolGetDatum(order <= 0); }
inline Datum IsEqual(int order) { return BoolGetDatum(order == 0); }
inline Datum IsNotEqual(int order) { return BoolGetDatum(order != 0); }
inline Datum IsGreaterOrEqual(int order) { return BoolGetDatum(order >= 0); }
inline Datum IsGreater(int order) { return BoolGetDatum(order > 0); }
inline Datum OrderItself(int order) { return Int32GetDatum(order); }

// The answer on the order of the two arguments.
template <typename Layout, Datum (*answer)(int order)>
Datum Order(FunctionCallInfo fcinfo) {
  return pg::Guard([fcinfo] {
    const pg::ScopedArgument<Layout> a(fcinfo, 0);
    const pg::ScopedArgument<Layout> b(fcinfo, 1);
    return answer(types::Compare(a.elements(), b.elements()));
  });
}

}  // namespace vec
