// Functions and operators of the type `sparsevec`: distances, norm.
#include "distance.hpp"
#include "vector/types/arithmetic.hpp"
#include "vector/types/sparse_convert.hpp"

namespace vec {

namespace {

using types::SparseElements;
using types::SparseVector;

SparseVector& NewCopy(std::size_t dims, std::span<const std::int32_t> indices,
                      std::span<const float> values) {
  SparseVector& result = pg::NewSparse(dims, indices.size());
  std::ranges::copy(indices, result.indices().begin());
  std::ranges::copy(values, result.values().begin());
  return result;
}

Datum Normalize(const SparseElements& elements) {
  SparseVector& result = NewCopy(elements.dims, elements.indices, elements.values);
  types::Normalize(elements.values, result.values());
  // What underflowed may not stay.
  const std::size_t size = types::DropZeros(result.indices(), result.values());
  if (size == elements.size()) return PointerGetDatum(&result);
  return PointerGetDatum(
      &NewCopy(elements.dims, result.indices().first(size), result.values().first(size)));
}

}  // namespace

VECTOR_FUNCTION(sparsevec_l2_distance) { return Distance<SparseVector, types::L2Distance>(fcinfo); }

VECTOR_FUNCTION(sparsevec_inner_product) {
  return Distance<SparseVector, types::InnerProduct>(fcinfo);
}

VECTOR_FUNCTION(sparsevec_cosine_distance) {
  return Distance<SparseVector, types::CosineDistance>(fcinfo);
}

VECTOR_FUNCTION(sparsevec_l1_distance) { return Distance<SparseVector, types::L1Distance>(fcinfo); }

VECTOR_FUNCTION(sparsevec_l2_squared_distance) {
  return Distance<SparseVector, types::SquaredL2Distance>(fcinfo);
}

VECTOR_FUNCTION(sparsevec_negative_inner_product) {
  return Distance<SparseVector, types::NegativeInnerProduct>(fcinfo);
}

VECTOR_FUNCTION(sparsevec_l2_norm) {
  return pg::Guard(
      [=] { return Float8GetDatum(types::Norm(pg::Argument<SparseVector>(fcinfo, 0).values)); });
}

VECTOR_FUNCTION(sparsevec_l2_normalize) {
  return pg::Guard([=] { return Normalize(pg::Argument<SparseVector>(fcinfo, 0)); });
}

}  // namespace vec
