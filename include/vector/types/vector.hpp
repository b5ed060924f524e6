// The value of the SQL type `vector`: float32 elements, all finite.
#pragma once

#include "vector/types/dense.hpp"

namespace vec::types {

template <>
inline constexpr std::string_view kDenseTypeName<float> = "vector";

using Vector = Dense<float>;

static_assert(DenseLayout<Vector>);

}  // namespace vec::types
