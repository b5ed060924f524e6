// What the installed C headers promise to other extensions.
//
// The dimensions that a caller asks for are its own responsibility, as everything
// else about a value that C code makes.
#include "vector/pg/value.hpp"
#include "vector/types/halfvec.hpp"

extern "C" {
#include "extension/vector/halfvec.h"
#include "extension/vector/sparsevec.h"
#include "extension/vector/vector.h"

PGDLLEXPORT Vector* InitVector(int dim);
PGDLLEXPORT HalfVector* InitHalfVector(int dim);
PGDLLEXPORT SparseVector* InitSparseVector(int dim, int nnz);
}

namespace types = vec::types;
using vec::pg::Guard;

namespace {

template <typename C, typename Ours>
constexpr bool kSameHead = sizeof(C) == sizeof(Ours) && alignof(C) == alignof(Ours) &&
                           offsetof(C, vl_len_) == offsetof(Ours, vl_len_) &&
                           offsetof(C, dim) == offsetof(Ours, dim) &&
                           offsetof(C, unused) == offsetof(Ours, unused) &&
                           sizeof(C::dim) == sizeof(Ours::dim);

static_assert(kSameHead<Vector, types::Vector> && offsetof(Vector, x) == sizeof(types::Vector));
static_assert(VECTOR_SIZE(3) == types::Vector::SizeOf(3));
static_assert(VECTOR_MAX_DIM == types::kMaxDimensions);

static_assert(kSameHead<HalfVector, types::HalfVector> &&
              offsetof(HalfVector, x) == sizeof(types::HalfVector));
static_assert(HALFVEC_SIZE(3) == types::HalfVector::SizeOf(3));
static_assert(HALFVEC_MAX_DIM == types::kMaxDimensions && sizeof(half) == sizeof(vec::Half));

static_assert(kSameHead<SparseVector, types::SparseVector> &&
              offsetof(SparseVector, nnz) == offsetof(types::SparseVector, nnz) &&
              offsetof(SparseVector, indices) == sizeof(types::SparseVector));
static_assert(SPARSEVEC_SIZE(3) == types::SparseVector::SizeOf(3));
static_assert(SPARSEVEC_MAX_DIM == types::kMaxSparseDimensions &&
              SPARSEVEC_MAX_NNZ == types::kMaxSparseElements);

// A value with all bytes zero but its length.
template <typename C>
C* NewZeroed(std::size_t bytes) {
  auto* value = vec::pg::NewVarlena(bytes);
  std::memset(VARDATA(value), 0, bytes - VARHDRSZ);
  return reinterpret_cast<C*>(value);
}

}  // namespace

Vector* InitVector(int dim) {
  return Guard([&] {
    Vector* value = NewZeroed<Vector>(VECTOR_SIZE(static_cast<std::size_t>(dim)));
    value->dim = static_cast<int16>(dim);
    return value;
  });
}

HalfVector* InitHalfVector(int dim) {
  return Guard([&] {
    HalfVector* value = NewZeroed<HalfVector>(HALFVEC_SIZE(static_cast<std::size_t>(dim)));
    value->dim = static_cast<int16>(dim);
    return value;
  });
}

SparseVector* InitSparseVector(int dim, int nnz) {
  return Guard([&] {
    SparseVector* value = NewZeroed<SparseVector>(SPARSEVEC_SIZE(static_cast<std::size_t>(nnz)));
    value->dim = dim;
    value->nnz = nnz;
    return value;
  });
}
