// Functions and operators of the type `vector`: distances, arithmetic, parts.
#include "dense_functions.hpp"
#include "vector/types/vector.hpp"

namespace vec {

using types::Vector;

VECTOR_FUNCTION(l2_distance) { return Distance<Vector, types::L2Distance>(fcinfo); }
VECTOR_FUNCTION(inner_product) { return Distance<Vector, types::InnerProduct>(fcinfo); }
VECTOR_FUNCTION(cosine_distance) { return Distance<Vector, types::CosineDistance>(fcinfo); }
VECTOR_FUNCTION(l1_distance) { return Distance<Vector, types::L1Distance>(fcinfo); }
VECTOR_FUNCTION(vector_l2_squared_distance) {
  return Distance<Vector, types::SquaredL2Distance>(fcinfo);
}
VECTOR_FUNCTION(vector_negative_inner_product) {
  return Distance<Vector, types::NegativeInnerProduct>(fcinfo);
}
VECTOR_FUNCTION(vector_spherical_distance) {
  return Distance<Vector, types::SphericalDistance>(fcinfo);
}

VECTOR_FUNCTION(vector_add) { return Arithmetic<Vector, types::Add>(fcinfo); }
VECTOR_FUNCTION(vector_sub) { return Arithmetic<Vector, types::Subtract>(fcinfo); }
VECTOR_FUNCTION(vector_mul) { return Arithmetic<Vector, types::Multiply>(fcinfo); }

VECTOR_FUNCTION(vector_dims) { return Dimensions<Vector>(fcinfo); }
VECTOR_FUNCTION(vector_norm) { return Norm<Vector>(fcinfo); }
VECTOR_FUNCTION(l2_normalize) { return Normalize<Vector>(fcinfo); }
VECTOR_FUNCTION(binary_quantize) { return Binarize<Vector>(fcinfo); }
VECTOR_FUNCTION(subvector) { return Subvector<Vector>(fcinfo); }
VECTOR_FUNCTION(vector_concat) { return Concatenate<Vector>(fcinfo); }

}  // namespace vec
