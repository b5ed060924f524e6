// The aggregate avg(halfvec); states are combined by vector_combine().
#include "mean_state.hpp"
#include "vector/types/halfvec.hpp"

namespace vec {

VECTOR_FUNCTION(halfvec_accum) { return Accumulate<types::HalfVector>(fcinfo, "halfvec_accum"); }
VECTOR_FUNCTION(halfvec_avg) { return Average<types::HalfVector>(fcinfo, "halfvec_avg"); }

}  // namespace vec
