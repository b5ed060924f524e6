// Every difference between PostgreSQL major versions that we depend on.
// No other file tests PG_VERSION_NUM.
#pragma once

#include "vector/pg/postgres.hpp"

#if PG_VERSION_NUM < 150000
#error "PostgreSQL 15 or later is required"
#endif

#if PG_VERSION_NUM >= 160000
extern "C" {
#include "varatt.h"
}
#endif

// Exported symbols. Before 16 PostgreSQL leaves PGDLLEXPORT empty on Unix and
// builds extensions with default visibility.
#if PG_VERSION_NUM < 160000 && !defined(_WIN32)
#undef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#endif

// Declares an SQL-callable C function.
#define VECTOR_FUNCTION(name)       \
  extern "C" {                      \
  PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
  PG_FUNCTION_INFO_V1(name);        \
  }                                 \
  Datum name([[maybe_unused]] PG_FUNCTION_ARGS)
