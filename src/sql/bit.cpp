// Distances between values of PostgreSQL's own type `bit`.
#include "vector/pg/value.hpp"
#include "vector/types/bits.hpp"

namespace vec {

namespace {

using Bytes = std::span<const std::uint8_t>;

struct BitString {
  std::uint32_t length;  // in bits
  Bytes bytes;
};

BitString BitArgument(FunctionCallInfo fcinfo, int n) {
  auto* const value = reinterpret_cast<VarBit*>(pg::Plain(PG_GETARG_DATUM(n)));
  const auto length = static_cast<std::uint32_t>(VARBITLEN(value));
  const std::size_t bytes = VARSIZE(value) - VARHDRSZ - VARBITHDRSZ;
  if (bytes != (std::size_t{length} + 7) / 8) {
    throw Error(ErrorKind::kInvalidValue, "invalid bit value",
                "The value claims " + std::to_string(length) + " bits but has " +
                    std::to_string(bytes) + " bytes of them.");
  }
  return {length, {VARBITS(value), bytes}};
}

template <double (*distance)(Bytes, Bytes) noexcept>
Datum Distance(FunctionCallInfo fcinfo) {
  return pg::Guard([fcinfo] {
    const BitString a = BitArgument(fcinfo, 0);
    const BitString b = BitArgument(fcinfo, 1);
    if (a.length != b.length) {
      throw Error(ErrorKind::kInvalidValue, "different bit lengths " + std::to_string(a.length) +
                                                " and " + std::to_string(b.length));
    }
    return Float8GetDatum(distance(a.bytes, b.bytes));
  });
}

}  // namespace

VECTOR_FUNCTION(hamming_distance) { return Distance<types::HammingDistance>(fcinfo); }
VECTOR_FUNCTION(jaccard_distance) { return Distance<types::JaccardDistance>(fcinfo); }

}  // namespace vec
