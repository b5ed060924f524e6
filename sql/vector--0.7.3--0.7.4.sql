\echo Use "ALTER EXTENSION vector UPDATE" to load this file. \quit

-- The catalogues of pgvector 0.7.3 and 0.7.4 are equal.
