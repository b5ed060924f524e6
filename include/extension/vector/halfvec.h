/*
 * The type halfvec, for C code of other extensions.
 *
 * A value is a varlena of 8 + 2 * dim bytes, aligned to 4. All elements are finite,
 * and there are 1 to HALFVEC_MAX_DIM of them. Include postgres.h and fmgr.h first.
 */
#ifndef EXTENSION_VECTOR_HALFVEC_H
#define EXTENSION_VECTOR_HALFVEC_H

#define HALFVEC_MAX_DIM 16000

/* The bits of an IEEE 754 binary16, as not every compiler has the type. */
typedef uint16 half;

#define HALF_MAX 65504

typedef struct HalfVector {
  int32 vl_len_; /* belongs to PostgreSQL: SET_VARSIZE() */
  int16 dim;     /* number of elements */
  int16 unused;  /* always zero */
  half x[FLEXIBLE_ARRAY_MEMBER];
} HalfVector;

#define HALFVEC_SIZE(dims) (offsetof(HalfVector, x) + sizeof(half) * (dims))
#define DatumGetHalfVector(datum) ((HalfVector*)PG_DETOAST_DATUM(datum))
#define PG_GETARG_HALFVEC_P(n) DatumGetHalfVector(PG_GETARG_DATUM(n))
#define PG_RETURN_HALFVEC_P(value) PG_RETURN_POINTER(value)

#ifdef __cplusplus
extern "C" {
#endif

/* A new value, all elements zero; see InitVector(). */
extern HalfVector* InitHalfVector(int dim);

#ifdef __cplusplus
}
#endif

#endif
