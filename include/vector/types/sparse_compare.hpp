// The order of sparse values: that of their dense forms, which are never built.
#pragma once

#include "vector/types/sparse_vector.hpp"

namespace vec::types {

// -1, 0 or 1. The first different element decides, a missing one being 0; where there
// is none, the value with fewer dimensions comes first.
int Compare(const SparseElements& a, const SparseElements& b) noexcept;

}  // namespace vec::types
