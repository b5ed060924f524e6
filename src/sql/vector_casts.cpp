// Casts from and to the type `vector`, except those between vector types.
#include "dense_casts.hpp"
#include "vector/types/vector.hpp"

namespace vec {

using types::Vector;

VECTOR_FUNCTION(vector) { return EnforceTypmod<Vector>(fcinfo); }
VECTOR_FUNCTION(array_to_vector) { return FromArray<Vector>(fcinfo); }
VECTOR_FUNCTION(vector_to_float4) { return ToArray<Vector>(fcinfo); }

}  // namespace vec
