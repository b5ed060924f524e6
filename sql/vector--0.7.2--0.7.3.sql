\echo Use "ALTER EXTENSION vector UPDATE" to load this file. \quit

-- The catalogues of pgvector 0.7.2 and 0.7.3 are equal.
