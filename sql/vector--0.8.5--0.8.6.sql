\echo Use "ALTER EXTENSION vector UPDATE" to load this file. \quit

-- The catalogues of pgvector 0.8.5 and 0.8.6 are equal.
