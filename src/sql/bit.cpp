// Distances between values of PostgreSQL's own type `bit`.
#include "vector/pg/value.hpp"
#include "vector/types/bits.hpp"

namespace vec {

namespace {

using Bytes = std::span<const std::uint8_t>;

pg::BitString BitArgument(FunctionCallInfo fcinfo, int n) {
  return pg::CheckedBits(pg::Plain(PG_GETARG_DATUM(n)));
}

template <double (*distance)(Bytes, Bytes) noexcept>
Datum Distance(FunctionCallInfo fcinfo) {
  return pg::Guard([fcinfo] {
    const pg::BitString a = BitArgument(fcinfo, 0);
    const pg::BitString b = BitArgument(fcinfo, 1);
    pg::CheckSameLength(a.length, b.length);
    return Float8GetDatum(distance(a.bytes, b.bytes));
  });
}

}  // namespace

VECTOR_FUNCTION(hamming_distance) { return Distance<types::HammingDistance>(fcinfo); }
VECTOR_FUNCTION(jaccard_distance) { return Distance<types::JaccardDistance>(fcinfo); }

}  // namespace vec
