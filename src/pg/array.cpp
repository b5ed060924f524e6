#include "vector/pg/array.hpp"

#include "vector/pg/value.hpp"

namespace vec::pg {

namespace {

template <typename T>
void Convert(ArrayType* array, std::span<float> out) {
  std::ranges::transform(ArrayElements<const T>(array, out.size()), out.begin(),
                         [](T value) { return static_cast<float>(value); });
}

void ConvertNumeric(ArrayType* array, std::span<float> out) {
  Call([array, out] {
    Datum* elements = nullptr;
    int count = 0;
    deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &elements, nullptr, &count);
    for (int i = 0; i < count; ++i) {
      out[i] = DatumGetFloat4(DirectFunctionCall1(numeric_float4, elements[i]));
    }
    pfree(elements);
  });
}

}  // namespace

ArrayType* ArrayArgument(FunctionCallInfo fcinfo, int n) {
  return reinterpret_cast<ArrayType*>(Plain(PG_GETARG_DATUM(n)));
}

std::size_t CheckedArraySize(ArrayType* array) {
  if (ARR_NDIM(array) > 1) throw Error(ErrorKind::kInvalidValue, "array must be 1-D");
  if (ARR_HASNULL(array) && Call([array] { return array_contains_nulls(array); })) {
    throw Error(ErrorKind::kNullValue, "array must not contain nulls");
  }
  return ARR_NDIM(array) == 0 ? 0 : static_cast<std::size_t>(ARR_DIMS(array)[0]);
}

void ReadFloats(ArrayType* array, std::span<float> out) {
  switch (ARR_ELEMTYPE(array)) {
    case INT4OID:
      return Convert<std::int32_t>(array, out);
    case FLOAT4OID:
      return Convert<float>(array, out);
    case FLOAT8OID:
      return Convert<double>(array, out);
    case NUMERICOID:
      return ConvertNumeric(array, out);
    default:
      throw Error(ErrorKind::kInvalidValue, "unsupported array type");
  }
}

ArrayType* NewArray(Oid element_type, std::size_t element_size, std::size_t count) {
  const std::size_t bytes = ARR_OVERHEAD_NONULLS(1) + element_size * count;
  auto* array = reinterpret_cast<ArrayType*>(NewVarlena(bytes));
  array->ndim = 1;
  array->dataoffset = 0;
  array->elemtype = element_type;
  ARR_DIMS(array)[0] = static_cast<int>(count);
  ARR_LBOUND(array)[0] = 1;
  return array;
}

}  // namespace vec::pg
