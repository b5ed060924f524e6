// Casts from and to the type `vector`, except those between vector types.
//
// Each has the form (value, typmod, is_explicit); the last does not matter.
#include "vector/pg/array.hpp"
#include "vector/pg/value.hpp"
#include "vector/types/element.hpp"

namespace vec {

namespace {

using types::Vector;

// The dimensions of a value that need not be fetched to tell: out of line or
// compressed, it carries its plain size.
std::size_t Dimensions(Datum datum) {
  const auto* value = reinterpret_cast<const varlena*>(DatumGetPointer(datum));
  if (!VARATT_IS_EXTENDED(value)) return pg::CheckedLayout<Vector>(value).dims();
  const std::size_t bytes = pg::Call([datum] { return toast_raw_datum_size(datum); });
  return (bytes - sizeof(Vector)) / sizeof(float);
}

Datum FromArray(ArrayType* array, std::int32_t typmod) {
  const std::size_t dims = pg::CheckedArraySize(array);
  types::CheckDimensions(dims, Vector::kTypeName);
  types::CheckExpectedDimensions(typmod, dims);
  Vector& result = pg::NewDense<Vector>(dims);
  pg::ReadFloats(array, result.elements());
  types::CheckElements(result.elements(), Vector::kTypeName);
  return PointerGetDatum(&result);
}

Datum ToArray(std::span<const float> elements) {
  ArrayType* array = pg::NewArray(FLOAT4OID, sizeof(float), elements.size());
  std::ranges::copy(elements, pg::ArrayElements<float>(array, elements.size()).begin());
  return PointerGetDatum(array);
}

}  // namespace

VECTOR_FUNCTION(vector) {
  return pg::Guard([=] {
    const std::int32_t typmod = PG_GETARG_INT32(1);
    if (typmod != types::kNoTypmod) {
      types::CheckExpectedDimensions(typmod, Dimensions(PG_GETARG_DATUM(0)));
    }
    return PG_GETARG_DATUM(0);
  });
}

VECTOR_FUNCTION(array_to_vector) {
  return pg::Guard([=] { return FromArray(pg::ArrayArgument(fcinfo, 0), PG_GETARG_INT32(1)); });
}

VECTOR_FUNCTION(vector_to_float4) {
  return pg::Guard([=] { return ToArray(pg::Argument<Vector>(fcinfo, 0)); });
}

}  // namespace vec
