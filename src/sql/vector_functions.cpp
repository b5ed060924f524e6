// Functions and operators of the type `vector`: distances, arithmetic, parts.
#include "vector/pg/value.hpp"
#include "vector/types/arithmetic.hpp"
#include "vector/types/binarize.hpp"
#include "vector/types/distance.hpp"
#include "vector/types/subvector.hpp"

namespace vec {

namespace {

using types::Vector;
using Elements = std::span<const float>;

template <double (*distance)(Elements, Elements) noexcept>
Datum Distance(FunctionCallInfo fcinfo) {
  return pg::Guard([fcinfo] {
    const pg::ArgumentPair<Vector> pair(fcinfo);
    return Float8GetDatum(distance(pair.a, pair.b));
  });
}

template <void (*operation)(Elements, Elements, std::span<float>)>
Datum Arithmetic(FunctionCallInfo fcinfo) {
  return pg::Guard([fcinfo] {
    const pg::ArgumentPair<Vector> pair(fcinfo);
    Vector& result = pg::NewDense<Vector>(pair.a.size());
    operation(pair.a, pair.b, result.elements());
    return PointerGetDatum(&result);
  });
}

Datum Normalize(Elements elements) {
  Vector& result = pg::NewDense<Vector>(elements.size());
  types::Normalize(elements, result.elements());
  return PointerGetDatum(&result);
}

Datum Binarize(Elements elements) {
  const int bits = static_cast<int>(elements.size());
  auto* result = reinterpret_cast<VarBit*>(pg::NewVarlena(VARBITTOTALLEN(bits)));
  VARBITLEN(result) = bits;
  types::Binarize(elements, {VARBITS(result), static_cast<std::size_t>(VARBITBYTES(result))});
  return PointerGetDatum(result);
}

Datum Subvector(Elements elements, std::int32_t start, std::int32_t count) {
  const auto range = types::Subrange(elements.size(), start, count, Vector::kTypeName);
  Vector& result = pg::NewDense<Vector>(range.count);
  std::ranges::copy(elements.subspan(range.first, range.count), result.elements().begin());
  return PointerGetDatum(&result);
}

Datum Concatenate(Elements a, Elements b) {
  types::CheckDimensions(a.size() + b.size(), Vector::kTypeName);
  Vector& result = pg::NewDense<Vector>(a.size() + b.size());
  std::ranges::copy(b, std::ranges::copy(a, result.elements().begin()).out);
  return PointerGetDatum(&result);
}

}  // namespace

VECTOR_FUNCTION(l2_distance) { return Distance<types::L2Distance>(fcinfo); }
VECTOR_FUNCTION(inner_product) { return Distance<types::InnerProduct>(fcinfo); }
VECTOR_FUNCTION(cosine_distance) { return Distance<types::CosineDistance>(fcinfo); }
VECTOR_FUNCTION(l1_distance) { return Distance<types::L1Distance>(fcinfo); }
VECTOR_FUNCTION(vector_l2_squared_distance) { return Distance<types::SquaredL2Distance>(fcinfo); }
VECTOR_FUNCTION(vector_spherical_distance) { return Distance<types::SphericalDistance>(fcinfo); }
VECTOR_FUNCTION(vector_negative_inner_product) {
  return Distance<types::NegativeInnerProduct>(fcinfo);
}

VECTOR_FUNCTION(vector_add) { return Arithmetic<types::Add>(fcinfo); }
VECTOR_FUNCTION(vector_sub) { return Arithmetic<types::Subtract>(fcinfo); }
VECTOR_FUNCTION(vector_mul) { return Arithmetic<types::Multiply>(fcinfo); }

VECTOR_FUNCTION(vector_dims) {
  return pg::Guard([=] {
    return Int32GetDatum(static_cast<std::int32_t>(pg::Argument<Vector>(fcinfo, 0).size()));
  });
}

VECTOR_FUNCTION(vector_norm) {
  return pg::Guard([=] { return Float8GetDatum(types::Norm(pg::Argument<Vector>(fcinfo, 0))); });
}

VECTOR_FUNCTION(l2_normalize) {
  return pg::Guard([=] { return Normalize(pg::Argument<Vector>(fcinfo, 0)); });
}

VECTOR_FUNCTION(binary_quantize) {
  return pg::Guard([=] { return Binarize(pg::Argument<Vector>(fcinfo, 0)); });
}

VECTOR_FUNCTION(subvector) {
  return pg::Guard([=] {
    return Subvector(pg::Argument<Vector>(fcinfo, 0), PG_GETARG_INT32(1), PG_GETARG_INT32(2));
  });
}

VECTOR_FUNCTION(vector_concat) {
  return pg::Guard([=] {
    return Concatenate(pg::Argument<Vector>(fcinfo, 0), pg::Argument<Vector>(fcinfo, 1));
  });
}

}  // namespace vec
