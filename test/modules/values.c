/*
 * What another extension may do with the installed C headers: read values of the
 * three types and make new ones. For test/t/013_headers.pl.
 */
#include "postgres.h"

#include "fmgr.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#include "extension/vector/halfvec.h"
#include "extension/vector/sparsevec.h"
#include "extension/vector/vector.h"

#ifdef PG_MODULE_MAGIC
PG_MODULE_MAGIC;
#endif

PGDLLEXPORT Datum reversed_vector(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum reversed_halfvec(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum doubled_sparsevec(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum sparse_ones(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum ones(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum half_zeros(PG_FUNCTION_ARGS);

PG_FUNCTION_INFO_V1(reversed_vector);
PG_FUNCTION_INFO_V1(reversed_halfvec);
PG_FUNCTION_INFO_V1(doubled_sparsevec);
PG_FUNCTION_INFO_V1(sparse_ones);
PG_FUNCTION_INFO_V1(ones);
PG_FUNCTION_INFO_V1(half_zeros);

Datum reversed_vector(PG_FUNCTION_ARGS) {
  Vector* value = PG_GETARG_VECTOR_P(0);
  Vector* result = (Vector*)palloc0(VECTOR_SIZE(value->dim));

  SET_VARSIZE(result, VECTOR_SIZE(value->dim));
  result->dim = value->dim;
  for (int i = 0; i < value->dim; i++) result->x[i] = value->x[value->dim - 1 - i];
  PG_RETURN_VECTOR_P(result);
}

Datum reversed_halfvec(PG_FUNCTION_ARGS) {
  HalfVector* value = PG_GETARG_HALFVEC_P(0);
  HalfVector* result = (HalfVector*)palloc0(HALFVEC_SIZE(value->dim));

  SET_VARSIZE(result, HALFVEC_SIZE(value->dim));
  result->dim = value->dim;
  for (int i = 0; i < value->dim; i++) result->x[i] = value->x[value->dim - 1 - i];
  PG_RETURN_HALFVEC_P(result);
}

Datum doubled_sparsevec(PG_FUNCTION_ARGS) {
  SparseVector* value = PG_GETARG_SPARSEVEC_P(0);
  SparseVector* result = (SparseVector*)palloc0(SPARSEVEC_SIZE(value->nnz));

  memcpy(result, value, SPARSEVEC_SIZE(value->nnz));
  for (int i = 0; i < value->nnz; i++) SPARSEVEC_VALUES(result)[i] *= 2;
  PG_RETURN_SPARSEVEC_P(result);
}

/* The functions that the library exports. */
Datum ones(PG_FUNCTION_ARGS) {
  Vector* result = InitVector(PG_GETARG_INT32(0));

  for (int i = 0; i < result->dim; i++) result->x[i] = 1;
  PG_RETURN_VECTOR_P(result);
}

Datum half_zeros(PG_FUNCTION_ARGS) { PG_RETURN_HALFVEC_P(InitHalfVector(PG_GETARG_INT32(0))); }

Datum sparse_ones(PG_FUNCTION_ARGS) {
  SparseVector* result = InitSparseVector(1000, PG_GETARG_INT32(0));

  for (int i = 0; i < result->nnz; i++) {
    result->indices[i] = i;
    SPARSEVEC_VALUES(result)[i] = 1;
  }
  PG_RETURN_SPARSEVEC_P(result);
}
