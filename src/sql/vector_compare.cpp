// The order of the type `vector`: comparison operators and btree support.
#include "order.hpp"
#include "vector/types/vector.hpp"

namespace vec {

using types::Vector;

VECTOR_FUNCTION(vector_lt) { return Order<Vector, IsLess>(fcinfo); }
VECTOR_FUNCTION(vector_le) { return Order<Vector, IsLessOrEqual>(fcinfo); }
VECTOR_FUNCTION(vector_eq) { return Order<Vector, IsEqual>(fcinfo); }
VECTOR_FUNCTION(vector_ne) { return Order<Vector, IsNotEqual>(fcinfo); }
VECTOR_FUNCTION(vector_ge) { return Order<Vector, IsGreaterOrEqual>(fcinfo); }
VECTOR_FUNCTION(vector_gt) { return Order<Vector, IsGreater>(fcinfo); }
VECTOR_FUNCTION(vector_cmp) { return Order<Vector, OrderItself>(fcinfo); }

}  // namespace vec
