// The SQL functions of src/sql, type by type.
#pragma once

#include "call.hpp"
#include "vector/types/halfvec.hpp"
#include "vector/types/sparse_vector.hpp"
#include "vector/types/vector.hpp"

namespace vec::fuzz {

using types::HalfVector;
using types::SparseVector;
using types::Vector;

namespace sql {

using Entry = Datum(FunctionCallInfo fcinfo);

extern "C" {

Entry vector_in, vector_out, vector_typmod_in, vector_recv, vector_send;
Entry vector, array_to_vector, vector_to_float4, vector_to_halfvec, vector_to_sparsevec;
Entry l2_distance, inner_product, cosine_distance, l1_distance, vector_l2_squared_distance,
    vector_negative_inner_product, vector_spherical_distance;
Entry vector_add, vector_sub, vector_mul, vector_dims, vector_norm, l2_normalize, binary_quantize,
    subvector, vector_concat;
Entry vector_lt, vector_le, vector_eq, vector_ne, vector_ge, vector_gt, vector_cmp;
Entry vector_accum, vector_avg, vector_combine;

Entry halfvec_in, halfvec_out, halfvec_typmod_in, halfvec_recv, halfvec_send;
Entry halfvec, array_to_halfvec, halfvec_to_float4, halfvec_to_vector, halfvec_to_sparsevec;
Entry halfvec_l2_distance, halfvec_inner_product, halfvec_cosine_distance, halfvec_l1_distance,
    halfvec_l2_squared_distance, halfvec_negative_inner_product, halfvec_spherical_distance;
Entry halfvec_add, halfvec_sub, halfvec_mul, halfvec_vector_dims, halfvec_l2_norm,
    halfvec_l2_normalize, halfvec_binary_quantize, halfvec_subvector, halfvec_concat;
Entry halfvec_lt, halfvec_le, halfvec_eq, halfvec_ne, halfvec_ge, halfvec_gt, halfvec_cmp;
Entry halfvec_accum, halfvec_avg;

Entry sparsevec_in, sparsevec_out, sparsevec_typmod_in, sparsevec_recv, sparsevec_send;
Entry sparsevec, array_to_sparsevec, sparsevec_to_vector, sparsevec_to_halfvec;
Entry sparsevec_l2_distance, sparsevec_inner_product, sparsevec_cosine_distance,
    sparsevec_l1_distance, sparsevec_l2_squared_distance, sparsevec_negative_inner_product;
Entry sparsevec_l2_norm, sparsevec_l2_normalize;
Entry sparsevec_lt, sparsevec_le, sparsevec_eq, sparsevec_ne, sparsevec_ge, sparsevec_gt,
    sparsevec_cmp;

Entry hamming_distance, jaccard_distance;

}  // extern "C"

}  // namespace sql

// What every type has.
struct TypeFunctions {
  Function in, out, typmod_in, recv, send;
  Function enforce_typmod, from_array;
  Function l2_distance, inner_product, cosine_distance, l1_distance, l2_squared_distance,
      negative_inner_product;
  Function norm, normalize;
  Function lt, le, eq, ne, ge, gt, cmp;
};

// What only the dense types have besides.
struct DenseFunctions {
  Function to_array, to_other_dense, to_sparse, from_sparse;
  Function spherical_distance;
  Function add, sub, mul, dims, binarize, subvector, concat;
  Function accum, avg;
};

template <typename Layout>
inline constexpr TypeFunctions kTypeFunctions{};

template <typename Layout>
inline constexpr DenseFunctions kDenseFunctions{};

template <>
inline constexpr TypeFunctions kTypeFunctions<Vector>{
    .in = {sql::vector_in, Result::kVarlena},
    .out = {sql::vector_out, Result::kText},
    .typmod_in = {sql::vector_typmod_in},
    .recv = {sql::vector_recv, Result::kVarlena},
    .send = {sql::vector_send, Result::kVarlena},
    .enforce_typmod = {sql::vector, Result::kVarlena},
    .from_array = {sql::array_to_vector, Result::kVarlena},
    .l2_distance = {sql::l2_distance},
    .inner_product = {sql::inner_product},
    .cosine_distance = {sql::cosine_distance},
    .l1_distance = {sql::l1_distance},
    .l2_squared_distance = {sql::vector_l2_squared_distance},
    .negative_inner_product = {sql::vector_negative_inner_product},
    .norm = {sql::vector_norm},
    .normalize = {sql::l2_normalize, Result::kVarlena},
    .lt = {sql::vector_lt},
    .le = {sql::vector_le},
    .eq = {sql::vector_eq},
    .ne = {sql::vector_ne},
    .ge = {sql::vector_ge},
    .gt = {sql::vector_gt},
    .cmp = {sql::vector_cmp}};

template <>
inline constexpr DenseFunctions kDenseFunctions<Vector>{
    .to_array = {sql::vector_to_float4, Result::kVarlena},
    .to_other_dense = {sql::vector_to_halfvec, Result::kVarlena},
    .to_sparse = {sql::vector_to_sparsevec, Result::kVarlena},
    .from_sparse = {sql::sparsevec_to_vector, Result::kVarlena},
    .spherical_distance = {sql::vector_spherical_distance},
    .add = {sql::vector_add, Result::kVarlena},
    .sub = {sql::vector_sub, Result::kVarlena},
    .mul = {sql::vector_mul, Result::kVarlena},
    .dims = {sql::vector_dims},
    .binarize = {sql::binary_quantize, Result::kVarlena},
    .subvector = {sql::subvector, Result::kVarlena},
    .concat = {sql::vector_concat, Result::kVarlena},
    .accum = {sql::vector_accum, Result::kVarlena},
    .avg = {sql::vector_avg, Result::kVarlena}};

template <>
inline constexpr TypeFunctions kTypeFunctions<HalfVector>{
    .in = {sql::halfvec_in, Result::kVarlena},
    .out = {sql::halfvec_out, Result::kText},
    .typmod_in = {sql::halfvec_typmod_in},
    .recv = {sql::halfvec_recv, Result::kVarlena},
    .send = {sql::halfvec_send, Result::kVarlena},
    .enforce_typmod = {sql::halfvec, Result::kVarlena},
    .from_array = {sql::array_to_halfvec, Result::kVarlena},
    .l2_distance = {sql::halfvec_l2_distance},
    .inner_product = {sql::halfvec_inner_product},
    .cosine_distance = {sql::halfvec_cosine_distance},
    .l1_distance = {sql::halfvec_l1_distance},
    .l2_squared_distance = {sql::halfvec_l2_squared_distance},
    .negative_inner_product = {sql::halfvec_negative_inner_product},
    .norm = {sql::halfvec_l2_norm},
    .normalize = {sql::halfvec_l2_normalize, Result::kVarlena},
    .lt = {sql::halfvec_lt},
    .le = {sql::halfvec_le},
    .eq = {sql::halfvec_eq},
    .ne = {sql::halfvec_ne},
    .ge = {sql::halfvec_ge},
    .gt = {sql::halfvec_gt},
    .cmp = {sql::halfvec_cmp}};

template <>
inline constexpr DenseFunctions kDenseFunctions<HalfVector>{
    .to_array = {sql::halfvec_to_float4, Result::kVarlena},
    .to_other_dense = {sql::halfvec_to_vector, Result::kVarlena},
    .to_sparse = {sql::halfvec_to_sparsevec, Result::kVarlena},
    .from_sparse = {sql::sparsevec_to_halfvec, Result::kVarlena},
    .spherical_distance = {sql::halfvec_spherical_distance},
    .add = {sql::halfvec_add, Result::kVarlena},
    .sub = {sql::halfvec_sub, Result::kVarlena},
    .mul = {sql::halfvec_mul, Result::kVarlena},
    .dims = {sql::halfvec_vector_dims},
    .binarize = {sql::halfvec_binary_quantize, Result::kVarlena},
    .subvector = {sql::halfvec_subvector, Result::kVarlena},
    .concat = {sql::halfvec_concat, Result::kVarlena},
    .accum = {sql::halfvec_accum, Result::kVarlena},
    .avg = {sql::halfvec_avg, Result::kVarlena}};

template <>
inline constexpr TypeFunctions kTypeFunctions<SparseVector>{
    .in = {sql::sparsevec_in, Result::kVarlena},
    .out = {sql::sparsevec_out, Result::kText},
    .typmod_in = {sql::sparsevec_typmod_in},
    .recv = {sql::sparsevec_recv, Result::kVarlena},
    .send = {sql::sparsevec_send, Result::kVarlena},
    .enforce_typmod = {sql::sparsevec, Result::kVarlena},
    .from_array = {sql::array_to_sparsevec, Result::kVarlena},
    .l2_distance = {sql::sparsevec_l2_distance},
    .inner_product = {sql::sparsevec_inner_product},
    .cosine_distance = {sql::sparsevec_cosine_distance},
    .l1_distance = {sql::sparsevec_l1_distance},
    .l2_squared_distance = {sql::sparsevec_l2_squared_distance},
    .negative_inner_product = {sql::sparsevec_negative_inner_product},
    .norm = {sql::sparsevec_l2_norm},
    .normalize = {sql::sparsevec_l2_normalize, Result::kVarlena},
    .lt = {sql::sparsevec_lt},
    .le = {sql::sparsevec_le},
    .eq = {sql::sparsevec_eq},
    .ne = {sql::sparsevec_ne},
    .ge = {sql::sparsevec_ge},
    .gt = {sql::sparsevec_gt},
    .cmp = {sql::sparsevec_cmp}};

}  // namespace vec::fuzz
