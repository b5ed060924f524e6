#include "vector/pg/planner.hpp"

#include "vector/pg/guard.hpp"

VECTOR_FUNCTION(vector_distance_support) {
  return vec::pg::Guard([&] {
    return PointerGetDatum(
        vec::pg::planner::AnswerRequest(reinterpret_cast<Node*>(PG_GETARG_POINTER(0))));
  });
}
