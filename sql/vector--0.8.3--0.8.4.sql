\echo Use "ALTER EXTENSION vector UPDATE" to load this file. \quit

-- The catalogues of pgvector 0.8.3 and 0.8.4 are equal.
