"""Benchmark of vector indexes in PostgreSQL: load, build, search, insert, vacuum."""
