/*
 * The type sparsevec, for C code of other extensions.
 *
 * A value is a varlena of 16 + 8 * nnz bytes, aligned to 4: the head below, nnz
 * indices, nnz values. Indices count from 0 and ascend strictly; values are finite
 * and never zero. There are 1 to SPARSEVEC_MAX_DIM dimensions and at most
 * SPARSEVEC_MAX_NNZ values. Include postgres.h and fmgr.h first.
 */
#ifndef EXTENSION_VECTOR_SPARSEVEC_H
#define EXTENSION_VECTOR_SPARSEVEC_H

#define SPARSEVEC_MAX_DIM 1000000000
#define SPARSEVEC_MAX_NNZ 16000

typedef struct SparseVector {
  int32 vl_len_; /* belongs to PostgreSQL: SET_VARSIZE() */
  int32 dim;     /* number of dimensions */
  int32 nnz;     /* number of values */
  int32 unused;  /* always zero */
  int32 indices[FLEXIBLE_ARRAY_MEMBER];
} SparseVector;

/* The size in bytes, and where the values begin. */
#define SPARSEVEC_SIZE(nnz) \
  (offsetof(SparseVector, indices) + (sizeof(int32) + sizeof(float)) * (nnz))
#define SPARSEVEC_VALUES(value) ((float*)((value)->indices + (value)->nnz))

#define DatumGetSparseVector(datum) ((SparseVector*)PG_DETOAST_DATUM(datum))
#define PG_GETARG_SPARSEVEC_P(n) DatumGetSparseVector(PG_GETARG_DATUM(n))
#define PG_RETURN_SPARSEVEC_P(value) PG_RETURN_POINTER(value)

#ifdef __cplusplus
extern "C" {
#endif

/* A new value with all indices and values zero, to be filled; see InitVector(). */
extern SparseVector* InitSparseVector(int dim, int nnz);

#ifdef __cplusplus
}
#endif

#endif
