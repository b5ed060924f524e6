// The type `halfvec`: text and binary form, type modifier.
#include "dense_io.hpp"
#include "vector/types/halfvec.hpp"

namespace vec {

using types::HalfVector;

VECTOR_FUNCTION(halfvec_in) { return Input<HalfVector>(fcinfo); }
VECTOR_FUNCTION(halfvec_out) { return Output<HalfVector>(fcinfo); }
VECTOR_FUNCTION(halfvec_typmod_in) { return TypmodInput<HalfVector>(fcinfo); }
VECTOR_FUNCTION(halfvec_recv) { return Receive<HalfVector>(fcinfo); }
VECTOR_FUNCTION(halfvec_send) { return Send<HalfVector>(fcinfo); }

}  // namespace vec
