// Casts from and to the type `halfvec`.
#include "dense_casts.hpp"
#include "vector/types/halfvec.hpp"
#include "vector/types/vector.hpp"

namespace vec {

using types::HalfVector;
using types::Vector;

VECTOR_FUNCTION(halfvec) { return EnforceTypmod<HalfVector>(fcinfo); }
VECTOR_FUNCTION(array_to_halfvec) { return FromArray<HalfVector>(fcinfo); }
VECTOR_FUNCTION(halfvec_to_float4) { return ToArray<HalfVector>(fcinfo); }
VECTOR_FUNCTION(vector_to_halfvec) { return Convert<Vector, HalfVector>(fcinfo); }
VECTOR_FUNCTION(halfvec_to_vector) { return Convert<HalfVector, Vector>(fcinfo); }

}  // namespace vec
