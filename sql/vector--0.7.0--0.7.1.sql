\echo Use "ALTER EXTENSION vector UPDATE" to load this file. \quit

-- The catalogues of pgvector 0.7.0 and 0.7.1 are equal.
