// Functions and operators of the type `halfvec`: distances, arithmetic, parts.
#include "dense_functions.hpp"
#include "vector/types/halfvec.hpp"

namespace vec {

using types::HalfVector;

VECTOR_FUNCTION(halfvec_l2_distance) { return Distance<HalfVector, types::L2Distance>(fcinfo); }
VECTOR_FUNCTION(halfvec_inner_product) { return Distance<HalfVector, types::InnerProduct>(fcinfo); }
VECTOR_FUNCTION(halfvec_cosine_distance) {
  return Distance<HalfVector, types::CosineDistance>(fcinfo);
}
VECTOR_FUNCTION(halfvec_l1_distance) { return Distance<HalfVector, types::L1Distance>(fcinfo); }
VECTOR_FUNCTION(halfvec_l2_squared_distance) {
  return Distance<HalfVector, types::SquaredL2Distance>(fcinfo);
}
VECTOR_FUNCTION(halfvec_negative_inner_product) {
  return Distance<HalfVector, types::NegativeInnerProduct>(fcinfo);
}
VECTOR_FUNCTION(halfvec_spherical_distance) {
  return Distance<HalfVector, types::SphericalDistance>(fcinfo);
}

VECTOR_FUNCTION(halfvec_add) { return Arithmetic<HalfVector, types::Add>(fcinfo); }
VECTOR_FUNCTION(halfvec_sub) { return Arithmetic<HalfVector, types::Subtract>(fcinfo); }
VECTOR_FUNCTION(halfvec_mul) { return Arithmetic<HalfVector, types::Multiply>(fcinfo); }

VECTOR_FUNCTION(halfvec_vector_dims) { return Dimensions<HalfVector>(fcinfo); }
VECTOR_FUNCTION(halfvec_l2_norm) { return Norm<HalfVector>(fcinfo); }
VECTOR_FUNCTION(halfvec_l2_normalize) { return Normalize<HalfVector>(fcinfo); }
VECTOR_FUNCTION(halfvec_binary_quantize) { return Binarize<HalfVector>(fcinfo); }
VECTOR_FUNCTION(halfvec_subvector) { return Subvector<HalfVector>(fcinfo); }
VECTOR_FUNCTION(halfvec_concat) { return Concatenate<HalfVector>(fcinfo); }

}  // namespace vec
