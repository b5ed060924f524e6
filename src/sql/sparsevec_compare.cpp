// The order of the type `sparsevec`: comparison operators and btree support.
#include "order.hpp"

namespace vec {

using types::SparseVector;

VECTOR_FUNCTION(sparsevec_lt) { return Order<SparseVector, IsLess>(fcinfo); }
VECTOR_FUNCTION(sparsevec_le) { return Order<SparseVector, IsLessOrEqual>(fcinfo); }
VECTOR_FUNCTION(sparsevec_eq) { return Order<SparseVector, IsEqual>(fcinfo); }
VECTOR_FUNCTION(sparsevec_ne) { return Order<SparseVector, IsNotEqual>(fcinfo); }
VECTOR_FUNCTION(sparsevec_ge) { return Order<SparseVector, IsGreaterOrEqual>(fcinfo); }
VECTOR_FUNCTION(sparsevec_gt) { return Order<SparseVector, IsGreater>(fcinfo); }
VECTOR_FUNCTION(sparsevec_cmp) { return Order<SparseVector, OrderItself>(fcinfo); }

}  // namespace vec
