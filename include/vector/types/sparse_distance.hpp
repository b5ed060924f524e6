// The distances of SQL between two sparse values: equal to those of their dense forms.
//
// Sums are float32, in the order of the indices, and may overflow to infinity; what
// is made of them is double. REQUIRES of each: a.dims == b.dims.
#pragma once

#include "vector/types/sparse_vector.hpp"

namespace vec::types {

double L2Distance(SparseElements a, SparseElements b) noexcept;
double SquaredL2Distance(SparseElements a, SparseElements b) noexcept;
double InnerProduct(SparseElements a, SparseElements b) noexcept;
double NegativeInnerProduct(SparseElements a, SparseElements b) noexcept;
double L1Distance(SparseElements a, SparseElements b) noexcept;

// 1 - cosine of the angle, in [0, 2]; NaN where a norm is zero or infinite.
double CosineDistance(SparseElements a, SparseElements b) noexcept;

}  // namespace vec::types
