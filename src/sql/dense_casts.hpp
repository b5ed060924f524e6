// Casts from and to the dense types.
//
// Each has the form (value, typmod, is_explicit); the last does not matter.
#pragma once

#include "vector/pg/array.hpp"
#include "vector/pg/narrow.hpp"

namespace vec {

// The dimensions of a value that need not be fetched to tell: out of line or
// compressed, it carries its plain size.
template <typename Layout>
std::size_t DimensionsOf(Datum datum) {
  const auto* value = reinterpret_cast<const varlena*>(DatumGetPointer(datum));
  if (!VARATT_IS_EXTENDED(value)) return pg::CheckedLayout<Layout>(value).dims();
  return Layout::DimensionsOf(pg::Call([datum] { return toast_raw_datum_size(datum); }));
}

// The cast of a type to itself.
template <typename Layout>
Datum EnforceTypmod(FunctionCallInfo fcinfo) {
  return pg::Guard([=] {
    const std::int32_t typmod = PG_GETARG_INT32(1);
    if (typmod != types::kNoTypmod) {
      types::CheckExpectedDimensions(typmod, DimensionsOf<Layout>(PG_GETARG_DATUM(0)));
    }
    return PG_GETARG_DATUM(0);
  });
}

template <typename Layout>
Datum FromArray(FunctionCallInfo fcinfo) {
  return pg::Guard([=] {
    ArrayType* const array = pg::ArrayArgument(fcinfo, 0);
    const std::size_t dims = pg::CheckedArraySize(array);
    types::CheckDimensions(dims, Layout::kTypeName);
    types::CheckExpectedDimensions(PG_GETARG_INT32(1), dims);
    Layout& result = pg::NewFromFloats<Layout>(
        dims, [array](std::span<float> floats) { pg::ReadFloats(array, floats); });
    return PointerGetDatum(&result);
  });
}

template <typename Layout>
Datum ToArray(FunctionCallInfo fcinfo) {
  return pg::Guard([=] {
    const auto elements = pg::Argument<Layout>(fcinfo, 0);
    ArrayType* array = pg::NewArray(FLOAT4OID, sizeof(float), elements.size());
    Widen(elements, pg::ArrayElements<float>(array, elements.size()));
    return PointerGetDatum(array);
  });
}

template <typename From, typename To>
Datum Convert(FunctionCallInfo fcinfo) {
  return pg::Guard([=] {
    const auto elements = pg::Argument<From>(fcinfo, 0);
    types::CheckDimensions(elements.size(), To::kTypeName);
    types::CheckExpectedDimensions(PG_GETARG_INT32(1), elements.size());
    To& result = pg::NewFromFloats<To>(
        elements.size(), [elements](std::span<float> floats) { Widen(elements, floats); });
    return PointerGetDatum(&result);
  });
}

}  // namespace vec
