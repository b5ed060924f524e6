// The value of the SQL type `halfvec`: binary16 elements, all finite.
#pragma once

#include "vector/base/half.hpp"
#include "vector/types/dense.hpp"

namespace vec::types {

template <>
inline constexpr std::string_view kDenseTypeName<Half> = "halfvec";

using HalfVector = Dense<Half>;

static_assert(DenseLayout<HalfVector>);

}  // namespace vec::types
