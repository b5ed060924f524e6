/*
 * The type vector, for C code of other extensions.
 *
 * A value is a varlena of 8 + 4 * dim bytes, aligned to 4. All elements are finite,
 * and there are 1 to VECTOR_MAX_DIM of them. Include postgres.h and fmgr.h first.
 */
#ifndef EXTENSION_VECTOR_VECTOR_H
#define EXTENSION_VECTOR_VECTOR_H

#define VECTOR_MAX_DIM 16000

typedef struct Vector {
  int32 vl_len_; /* belongs to PostgreSQL: SET_VARSIZE() */
  int16 dim;     /* number of elements */
  int16 unused;  /* always zero */
  float x[FLEXIBLE_ARRAY_MEMBER];
} Vector;

#define VECTOR_SIZE(dims) (offsetof(Vector, x) + sizeof(float) * (dims))
#define DatumGetVector(datum) ((Vector*)PG_DETOAST_DATUM(datum))
#define PG_GETARG_VECTOR_P(n) DatumGetVector(PG_GETARG_DATUM(n))
#define PG_RETURN_VECTOR_P(value) PG_RETURN_POINTER(value)

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A new value, palloc'd, all elements zero. The library of the extension exports
 * it: a module that calls it cannot be loaded before that library is.
 */
extern Vector* InitVector(int dim);

#ifdef __cplusplus
}
#endif

#endif
