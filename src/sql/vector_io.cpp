// The type `vector`: text and binary form, type modifier.
#include "dense_io.hpp"
#include "vector/types/vector.hpp"

namespace vec {

using types::Vector;

VECTOR_FUNCTION(vector_in) { return Input<Vector>(fcinfo); }
VECTOR_FUNCTION(vector_out) { return Output<Vector>(fcinfo); }
VECTOR_FUNCTION(vector_typmod_in) { return TypmodInput<Vector>(fcinfo); }
VECTOR_FUNCTION(vector_recv) { return Receive<Vector>(fcinfo); }
VECTOR_FUNCTION(vector_send) { return Send<Vector>(fcinfo); }

}  // namespace vec
