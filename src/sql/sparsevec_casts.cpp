// Casts from and to the type `sparsevec`.
#include "dense_casts.hpp"
#include "vector/pg/memory.hpp"
#include "vector/types/sparse_convert.hpp"
#include "vector/types/sparse_rules.hpp"

namespace vec {

using types::HalfVector;
using types::SparseElements;
using types::SparseVector;
using types::Vector;

namespace {

// REQUIRES: as many elements are not 0 as a sparse value can have.
SparseVector& NewCompressed(std::span<const float> dense) {
  SparseVector& result = pg::NewSparse(dense.size(), types::CountNonZero(dense));
  types::Compress(dense, result.indices(), result.values());
  return result;
}

template <typename Layout>
Datum FromDense(FunctionCallInfo fcinfo) {
  return pg::Guard([=] {
    const auto elements = pg::Argument<Layout>(fcinfo, 0);
    types::CheckSparseDimensions(static_cast<std::int64_t>(elements.size()));
    types::CheckExpectedDimensions(PG_GETARG_INT32(1), elements.size());
    if constexpr (std::is_same_v<typename Layout::Element, float>) {
      return PointerGetDatum(&NewCompressed(elements));
    } else {
      pg::ContextResource memory(CurrentMemoryContext);
      std::pmr::vector<float> widened(elements.size(), &memory);
      Widen(elements, std::span<float>(widened));
      return PointerGetDatum(&NewCompressed(widened));
    }
  });
}

template <typename Layout>
Datum ToDense(FunctionCallInfo fcinfo) {
  return pg::Guard([=] {
    const SparseElements elements = pg::Argument<SparseVector>(fcinfo, 0);
    types::CheckDimensions(elements.dims, Layout::kTypeName);
    types::CheckExpectedDimensions(PG_GETARG_INT32(1), elements.dims);
    Layout& result = pg::NewFromFloats<Layout>(
        elements.dims, [&elements](std::span<float> floats) { types::Expand(elements, floats); });
    return PointerGetDatum(&result);
  });
}

// Unlike the dense types, an array may have more elements than a value can store.
Datum FromAnyArray(ArrayType* array, std::int32_t typmod) {
  const std::size_t dims = pg::CheckedArraySize(array);
  types::CheckSparseDimensions(static_cast<std::int64_t>(dims));
  types::CheckExpectedDimensions(typmod, dims);
  pg::ContextResource memory(CurrentMemoryContext);
  std::pmr::vector<float> dense(dims, &memory);
  pg::ReadFloats(array, dense);
  types::CheckSparseSize(static_cast<std::int64_t>(types::CountNonZero(dense)));
  SparseVector& result = NewCompressed(dense);
  types::CheckElements(result.values(), SparseVector::kTypeName);
  return PointerGetDatum(&result);
}

}  // namespace

// Of a value that is not at hand as it is, no more than the header is fetched.
template <>
std::size_t DimensionsOf<SparseVector>(Datum datum) {
  const auto* value = reinterpret_cast<const varlena*>(DatumGetPointer(datum));
  if (!VARATT_IS_EXTENDED(value)) return pg::CheckedLayout<SparseVector>(value).dims();
  constexpr std::int32_t kHeaderBytes = sizeof(SparseVector) - VARHDRSZ;
  const auto* header = pg::Call([datum] { return PG_DETOAST_DATUM_SLICE(datum, 0, kHeaderBytes); });
  if (VARSIZE(header) != sizeof(SparseVector)) {
    pg::internal::ThrowDamaged(SparseVector::kTypeName, 0, VARSIZE(header));
  }
  return reinterpret_cast<const SparseVector*>(header)->dims();
}

VECTOR_FUNCTION(sparsevec) { return EnforceTypmod<SparseVector>(fcinfo); }

VECTOR_FUNCTION(vector_to_sparsevec) { return FromDense<Vector>(fcinfo); }
VECTOR_FUNCTION(halfvec_to_sparsevec) { return FromDense<HalfVector>(fcinfo); }
VECTOR_FUNCTION(sparsevec_to_vector) { return ToDense<Vector>(fcinfo); }
VECTOR_FUNCTION(sparsevec_to_halfvec) { return ToDense<HalfVector>(fcinfo); }

VECTOR_FUNCTION(array_to_sparsevec) {
  return pg::Guard([=] { return FromAnyArray(pg::ArrayArgument(fcinfo, 0), PG_GETARG_INT32(1)); });
}

}  // namespace vec
