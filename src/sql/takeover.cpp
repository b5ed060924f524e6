// What databases that come from pgvector have to do.
#include "vector/pg/pgvector_index.hpp"

#include "vector/pg/guard.hpp"

using vec::pg::Call;
using vec::pg::Guard;

VECTOR_FUNCTION(vector_takeover_statement) {
  return Guard([&]() -> Datum {
    const char* statement = vec::pg::TakeoverStatement(PG_GETARG_OID(0));
    if (statement == nullptr) PG_RETURN_NULL();
    return Call([&] { return CStringGetTextDatum(statement); });
  });
}
