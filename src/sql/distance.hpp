// Distance functions and operators of any type.
#pragma once

#include "vector/pg/value.hpp"
#include "vector/types/distance.hpp"
#include "vector/types/sparse_distance.hpp"

namespace vec {

template <typename Layout, double (*distance)(pg::Elements<Layout>, pg::Elements<Layout>) noexcept>
Datum Distance(FunctionCallInfo fcinfo) {
  return pg::Guard([fcinfo] {
    const pg::ArgumentPair<Layout> pair(fcinfo);
    return Float8GetDatum(distance(pair.a, pair.b));
  });
}

}  // namespace vec
