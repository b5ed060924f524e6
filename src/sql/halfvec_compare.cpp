// The order of the type `halfvec`: comparison operators and btree support.
#include "order.hpp"
#include "vector/types/halfvec.hpp"

namespace vec {

using types::HalfVector;

VECTOR_FUNCTION(halfvec_lt) { return Order<HalfVector, IsLess>(fcinfo); }
VECTOR_FUNCTION(halfvec_le) { return Order<HalfVector, IsLessOrEqual>(fcinfo); }
VECTOR_FUNCTION(halfvec_eq) { return Order<HalfVector, IsEqual>(fcinfo); }
VECTOR_FUNCTION(halfvec_ne) { return Order<HalfVector, IsNotEqual>(fcinfo); }
VECTOR_FUNCTION(halfvec_ge) { return Order<HalfVector, IsGreaterOrEqual>(fcinfo); }
VECTOR_FUNCTION(halfvec_gt) { return Order<HalfVector, IsGreater>(fcinfo); }
VECTOR_FUNCTION(halfvec_cmp) { return Order<HalfVector, OrderItself>(fcinfo); }

}  // namespace vec
