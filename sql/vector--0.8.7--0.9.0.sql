\echo Use "ALTER EXTENSION vector UPDATE" to load this file. \quit

-- From the catalogue of pgvector 0.8 to that of 0.9.0.

CREATE FUNCTION vector_distance_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

ALTER FUNCTION l2_distance(vector, vector) COST 50 SUPPORT vector_distance_support;
ALTER FUNCTION inner_product(vector, vector) COST 50 SUPPORT vector_distance_support;
ALTER FUNCTION cosine_distance(vector, vector) COST 50 SUPPORT vector_distance_support;
ALTER FUNCTION l1_distance(vector, vector) COST 50 SUPPORT vector_distance_support;
ALTER FUNCTION vector_negative_inner_product(vector, vector) COST 50 SUPPORT vector_distance_support;
ALTER FUNCTION l2_distance(halfvec, halfvec) COST 50 SUPPORT vector_distance_support;
ALTER FUNCTION inner_product(halfvec, halfvec) COST 50 SUPPORT vector_distance_support;
ALTER FUNCTION cosine_distance(halfvec, halfvec) COST 50 SUPPORT vector_distance_support;
ALTER FUNCTION l1_distance(halfvec, halfvec) COST 50 SUPPORT vector_distance_support;
ALTER FUNCTION halfvec_negative_inner_product(halfvec, halfvec) COST 50 SUPPORT vector_distance_support;
ALTER FUNCTION hamming_distance(bit, bit) COST 10 SUPPORT vector_distance_support;
ALTER FUNCTION jaccard_distance(bit, bit) COST 10 SUPPORT vector_distance_support;
ALTER FUNCTION l2_distance(sparsevec, sparsevec) COST 50 SUPPORT vector_distance_support;
ALTER FUNCTION inner_product(sparsevec, sparsevec) COST 50 SUPPORT vector_distance_support;
ALTER FUNCTION cosine_distance(sparsevec, sparsevec) COST 50 SUPPORT vector_distance_support;
ALTER FUNCTION l1_distance(sparsevec, sparsevec) COST 50 SUPPORT vector_distance_support;
ALTER FUNCTION sparsevec_negative_inner_product(sparsevec, sparsevec) COST 50 SUPPORT vector_distance_support;

CREATE OPERATOR CLASS vector_l1_ops
  FOR TYPE vector USING ivfflat AS
  OPERATOR 1 <+> (vector, vector) FOR ORDER BY float_ops,
  FUNCTION 1 l1_distance(vector, vector),
  FUNCTION 3 l1_distance(vector, vector);

CREATE OPERATOR CLASS halfvec_l1_ops
  FOR TYPE halfvec USING ivfflat AS
  OPERATOR 1 <+> (halfvec, halfvec) FOR ORDER BY float_ops,
  FUNCTION 1 l1_distance(halfvec, halfvec),
  FUNCTION 3 l1_distance(halfvec, halfvec),
  FUNCTION 5 ivfflat_halfvec_support(internal);

CREATE OPERATOR CLASS bit_jaccard_ops
  FOR TYPE bit USING ivfflat AS
  OPERATOR 1 <%> (bit, bit) FOR ORDER BY float_ops,
  FUNCTION 1 jaccard_distance(bit, bit),
  FUNCTION 3 jaccard_distance(bit, bit),
  FUNCTION 5 ivfflat_bit_support(internal);

CREATE FUNCTION vector_last_scan_stats(
    OUT index regclass, OUT lists bigint, OUT pages bigint, OUT codes bigint, OUT refined bigint,
    OUT exact bigint)
  AS 'MODULE_PATHNAME'
  LANGUAGE C VOLATILE PARALLEL RESTRICTED;

CREATE FUNCTION vector_index_check(index regclass, heapallindexed boolean DEFAULT false)
  RETURNS TABLE (block bigint, item integer, what text, severity text)
  AS 'MODULE_PATHNAME'
  LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;

CREATE FUNCTION vector_index_check_strict(index regclass, heapallindexed boolean DEFAULT false)
  RETURNS void
  AS 'MODULE_PATHNAME'
  LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;

CREATE FUNCTION vector_takeover_statement(regclass) RETURNS text
  AS 'MODULE_PATHNAME'
  LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;

CREATE FUNCTION vector_takeover_report()
  RETURNS TABLE (index regclass, access_method text, statement text)
  LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
  WITH indexes AS MATERIALIZED (  -- so that no other index is opened
    SELECT c.oid::regclass AS index, a.amname::text AS access_method
    FROM pg_class c
    JOIN pg_am a ON a.oid = c.relam
    WHERE c.relkind = 'i' AND a.amname IN ('ivfflat', 'hnsw')
      AND (c.relpersistence <> 't' OR c.relnamespace = pg_my_temp_schema()))
  SELECT i.index, i.access_method, s.statement
  FROM indexes i, vector_takeover_statement(i.index) AS s (statement)
  WHERE s.statement IS NOT NULL
  ORDER BY i.access_method DESC, i.index::text;
END;

--
-- Comments: none of pgvector's, all of ours
--

-- Functions and operators whose arguments match exactly, so that none that others have put into
-- the extension's schema can match better.
DO $$
DECLARE
  object record;
BEGIN
  FOR object IN
    SELECT i.type, i.identity
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'vector'
    JOIN pg_catalog.pg_description c ON c.classoid = d.classid AND c.objoid = d.objid AND c.objsubid = 0
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, 0) AS i
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass::pg_catalog.oid AND d.deptype = 'e'
  LOOP
    EXECUTE pg_catalog.format('COMMENT ON %s %s IS NULL', object.type, object.identity);
  END LOOP;
END $$;

COMMENT ON TYPE vector IS 'vector of 32-bit floating-point numbers, ''[1,2,3]''; vector(n) has n dimensions';
COMMENT ON FUNCTION vector_distance_support(internal) IS 'planner support of distance functions';
COMMENT ON FUNCTION l2_distance(vector, vector) IS 'Euclidean distance';
COMMENT ON FUNCTION inner_product(vector, vector) IS 'inner product';
COMMENT ON FUNCTION cosine_distance(vector, vector) IS 'cosine distance: 1 - cosine of the angle';
COMMENT ON FUNCTION l1_distance(vector, vector) IS 'taxicab distance';
COMMENT ON FUNCTION vector_dims(vector) IS 'number of dimensions';
COMMENT ON FUNCTION vector_norm(vector) IS 'Euclidean norm';
COMMENT ON FUNCTION l2_normalize(vector) IS 'vector of the same direction with Euclidean norm 1';
COMMENT ON FUNCTION binary_quantize(vector) IS 'one bit for each element: 1 where it is positive';
COMMENT ON FUNCTION subvector(vector, int, int) IS
  'elements from a position, counted from 1, and their number';
COMMENT ON FUNCTION vector_add(vector, vector) IS 'implementation of + operator';
COMMENT ON FUNCTION vector_sub(vector, vector) IS 'implementation of - operator';
COMMENT ON FUNCTION vector_mul(vector, vector) IS 'implementation of * operator';
COMMENT ON FUNCTION vector_concat(vector, vector) IS 'implementation of || operator';
COMMENT ON FUNCTION vector_lt(vector, vector) IS 'implementation of < operator';
COMMENT ON FUNCTION vector_le(vector, vector) IS 'implementation of <= operator';
COMMENT ON FUNCTION vector_eq(vector, vector) IS 'implementation of = operator';
COMMENT ON FUNCTION vector_ne(vector, vector) IS 'implementation of <> operator';
COMMENT ON FUNCTION vector_ge(vector, vector) IS 'implementation of >= operator';
COMMENT ON FUNCTION vector_gt(vector, vector) IS 'implementation of > operator';
COMMENT ON FUNCTION vector_cmp(vector, vector) IS 'less-equal-greater: -1, 0 or 1';
COMMENT ON FUNCTION vector_l2_squared_distance(vector, vector) IS 'squared Euclidean distance';
COMMENT ON FUNCTION vector_negative_inner_product(vector, vector) IS 'negative inner product';
COMMENT ON FUNCTION vector_spherical_distance(vector, vector) IS
  'angle of vectors of norm 1, as a fraction of a half turn';
COMMENT ON FUNCTION vector_accum(double precision[], vector) IS 'aggregate transition function';
COMMENT ON FUNCTION vector_avg(double precision[]) IS 'aggregate final function';
COMMENT ON FUNCTION vector_combine(double precision[], double precision[]) IS 'aggregate combine function';
COMMENT ON AGGREGATE avg(vector) IS 'average of all vectors, element by element';
COMMENT ON AGGREGATE sum(vector) IS 'sum of all vectors, element by element';
COMMENT ON FUNCTION vector(vector, integer, boolean) IS 'enforces the dimensions of a column';
COMMENT ON FUNCTION array_to_vector(integer[], integer, boolean) IS 'converts integer[] to vector';
COMMENT ON FUNCTION array_to_vector(real[], integer, boolean) IS 'converts real[] to vector';
COMMENT ON FUNCTION array_to_vector(double precision[], integer, boolean) IS
  'converts double precision[] to vector';
COMMENT ON FUNCTION array_to_vector(numeric[], integer, boolean) IS 'converts numeric[] to vector';
COMMENT ON FUNCTION vector_to_float4(vector, integer, boolean) IS 'converts vector to real[]';
COMMENT ON OPERATOR <->(vector, vector) IS 'Euclidean distance';
COMMENT ON OPERATOR <#>(vector, vector) IS 'negative inner product';
COMMENT ON OPERATOR <=>(vector, vector) IS 'cosine distance';
COMMENT ON OPERATOR <+>(vector, vector) IS 'taxicab distance';
COMMENT ON OPERATOR +(vector, vector) IS 'add element by element';
COMMENT ON OPERATOR -(vector, vector) IS 'subtract element by element';
COMMENT ON OPERATOR *(vector, vector) IS 'multiply element by element';
COMMENT ON OPERATOR ||(vector, vector) IS 'concatenate';
COMMENT ON OPERATOR <(vector, vector) IS 'less than';
COMMENT ON OPERATOR <=(vector, vector) IS 'less than or equal';
COMMENT ON OPERATOR =(vector, vector) IS 'equal';
COMMENT ON OPERATOR <>(vector, vector) IS 'not equal';
COMMENT ON OPERATOR >=(vector, vector) IS 'greater than or equal';
COMMENT ON OPERATOR >(vector, vector) IS 'greater than';
COMMENT ON TYPE halfvec IS
  'vector of 16-bit floating-point numbers, ''[1,2,3]''; halfvec(n) has n dimensions';
COMMENT ON FUNCTION l2_distance(halfvec, halfvec) IS 'Euclidean distance';
COMMENT ON FUNCTION inner_product(halfvec, halfvec) IS 'inner product';
COMMENT ON FUNCTION cosine_distance(halfvec, halfvec) IS 'cosine distance: 1 - cosine of the angle';
COMMENT ON FUNCTION l1_distance(halfvec, halfvec) IS 'taxicab distance';
COMMENT ON FUNCTION vector_dims(halfvec) IS 'number of dimensions';
COMMENT ON FUNCTION l2_norm(halfvec) IS 'Euclidean norm';
COMMENT ON FUNCTION l2_normalize(halfvec) IS 'vector of the same direction with Euclidean norm 1';
COMMENT ON FUNCTION binary_quantize(halfvec) IS 'one bit for each element: 1 where it is positive';
COMMENT ON FUNCTION subvector(halfvec, int, int) IS
  'elements from a position, counted from 1, and their number';
COMMENT ON FUNCTION halfvec_add(halfvec, halfvec) IS 'implementation of + operator';
COMMENT ON FUNCTION halfvec_sub(halfvec, halfvec) IS 'implementation of - operator';
COMMENT ON FUNCTION halfvec_mul(halfvec, halfvec) IS 'implementation of * operator';
COMMENT ON FUNCTION halfvec_concat(halfvec, halfvec) IS 'implementation of || operator';
COMMENT ON FUNCTION halfvec_lt(halfvec, halfvec) IS 'implementation of < operator';
COMMENT ON FUNCTION halfvec_le(halfvec, halfvec) IS 'implementation of <= operator';
COMMENT ON FUNCTION halfvec_eq(halfvec, halfvec) IS 'implementation of = operator';
COMMENT ON FUNCTION halfvec_ne(halfvec, halfvec) IS 'implementation of <> operator';
COMMENT ON FUNCTION halfvec_ge(halfvec, halfvec) IS 'implementation of >= operator';
COMMENT ON FUNCTION halfvec_gt(halfvec, halfvec) IS 'implementation of > operator';
COMMENT ON FUNCTION halfvec_cmp(halfvec, halfvec) IS 'less-equal-greater: -1, 0 or 1';
COMMENT ON FUNCTION halfvec_l2_squared_distance(halfvec, halfvec) IS 'squared Euclidean distance';
COMMENT ON FUNCTION halfvec_negative_inner_product(halfvec, halfvec) IS 'negative inner product';
COMMENT ON FUNCTION halfvec_spherical_distance(halfvec, halfvec) IS
  'angle of vectors of norm 1, as a fraction of a half turn';
COMMENT ON FUNCTION halfvec_accum(double precision[], halfvec) IS 'aggregate transition function';
COMMENT ON FUNCTION halfvec_avg(double precision[]) IS 'aggregate final function';
COMMENT ON FUNCTION halfvec_combine(double precision[], double precision[]) IS 'aggregate combine function';
COMMENT ON AGGREGATE avg(halfvec) IS 'average of all vectors, element by element';
COMMENT ON AGGREGATE sum(halfvec) IS 'sum of all vectors, element by element';
COMMENT ON FUNCTION halfvec(halfvec, integer, boolean) IS 'enforces the dimensions of a column';
COMMENT ON FUNCTION halfvec_to_vector(halfvec, integer, boolean) IS 'converts halfvec to vector';
COMMENT ON FUNCTION vector_to_halfvec(vector, integer, boolean) IS 'converts vector to halfvec';
COMMENT ON FUNCTION array_to_halfvec(integer[], integer, boolean) IS 'converts integer[] to halfvec';
COMMENT ON FUNCTION array_to_halfvec(real[], integer, boolean) IS 'converts real[] to halfvec';
COMMENT ON FUNCTION array_to_halfvec(double precision[], integer, boolean) IS
  'converts double precision[] to halfvec';
COMMENT ON FUNCTION array_to_halfvec(numeric[], integer, boolean) IS 'converts numeric[] to halfvec';
COMMENT ON FUNCTION halfvec_to_float4(halfvec, integer, boolean) IS 'converts halfvec to real[]';
COMMENT ON OPERATOR <->(halfvec, halfvec) IS 'Euclidean distance';
COMMENT ON OPERATOR <#>(halfvec, halfvec) IS 'negative inner product';
COMMENT ON OPERATOR <=>(halfvec, halfvec) IS 'cosine distance';
COMMENT ON OPERATOR <+>(halfvec, halfvec) IS 'taxicab distance';
COMMENT ON OPERATOR +(halfvec, halfvec) IS 'add element by element';
COMMENT ON OPERATOR -(halfvec, halfvec) IS 'subtract element by element';
COMMENT ON OPERATOR *(halfvec, halfvec) IS 'multiply element by element';
COMMENT ON OPERATOR ||(halfvec, halfvec) IS 'concatenate';
COMMENT ON OPERATOR <(halfvec, halfvec) IS 'less than';
COMMENT ON OPERATOR <=(halfvec, halfvec) IS 'less than or equal';
COMMENT ON OPERATOR =(halfvec, halfvec) IS 'equal';
COMMENT ON OPERATOR <>(halfvec, halfvec) IS 'not equal';
COMMENT ON OPERATOR >=(halfvec, halfvec) IS 'greater than or equal';
COMMENT ON OPERATOR >(halfvec, halfvec) IS 'greater than';
COMMENT ON FUNCTION hamming_distance(bit, bit) IS 'Hamming distance: number of bits that differ';
COMMENT ON FUNCTION jaccard_distance(bit, bit) IS 'Jaccard distance: 1 - bits set in both / bits set in any';
COMMENT ON OPERATOR <~>(bit, bit) IS 'Hamming distance';
COMMENT ON OPERATOR <%>(bit, bit) IS 'Jaccard distance';
COMMENT ON TYPE sparsevec IS
  'sparse vector of 32-bit floating-point numbers, ''{1:1.5,3:2}/5''; sparsevec(n) has n dimensions';
COMMENT ON FUNCTION l2_distance(sparsevec, sparsevec) IS 'Euclidean distance';
COMMENT ON FUNCTION inner_product(sparsevec, sparsevec) IS 'inner product';
COMMENT ON FUNCTION cosine_distance(sparsevec, sparsevec) IS 'cosine distance: 1 - cosine of the angle';
COMMENT ON FUNCTION l1_distance(sparsevec, sparsevec) IS 'taxicab distance';
COMMENT ON FUNCTION l2_norm(sparsevec) IS 'Euclidean norm';
COMMENT ON FUNCTION l2_normalize(sparsevec) IS 'vector of the same direction with Euclidean norm 1';
COMMENT ON FUNCTION sparsevec_lt(sparsevec, sparsevec) IS 'implementation of < operator';
COMMENT ON FUNCTION sparsevec_le(sparsevec, sparsevec) IS 'implementation of <= operator';
COMMENT ON FUNCTION sparsevec_eq(sparsevec, sparsevec) IS 'implementation of = operator';
COMMENT ON FUNCTION sparsevec_ne(sparsevec, sparsevec) IS 'implementation of <> operator';
COMMENT ON FUNCTION sparsevec_ge(sparsevec, sparsevec) IS 'implementation of >= operator';
COMMENT ON FUNCTION sparsevec_gt(sparsevec, sparsevec) IS 'implementation of > operator';
COMMENT ON FUNCTION sparsevec_cmp(sparsevec, sparsevec) IS 'less-equal-greater: -1, 0 or 1';
COMMENT ON FUNCTION sparsevec_l2_squared_distance(sparsevec, sparsevec) IS 'squared Euclidean distance';
COMMENT ON FUNCTION sparsevec_negative_inner_product(sparsevec, sparsevec) IS 'negative inner product';
COMMENT ON FUNCTION sparsevec(sparsevec, integer, boolean) IS 'enforces the dimensions of a column';
COMMENT ON FUNCTION vector_to_sparsevec(vector, integer, boolean) IS 'converts vector to sparsevec';
COMMENT ON FUNCTION sparsevec_to_vector(sparsevec, integer, boolean) IS 'converts sparsevec to vector';
COMMENT ON FUNCTION halfvec_to_sparsevec(halfvec, integer, boolean) IS 'converts halfvec to sparsevec';
COMMENT ON FUNCTION sparsevec_to_halfvec(sparsevec, integer, boolean) IS 'converts sparsevec to halfvec';
COMMENT ON FUNCTION array_to_sparsevec(integer[], integer, boolean) IS 'converts integer[] to sparsevec';
COMMENT ON FUNCTION array_to_sparsevec(real[], integer, boolean) IS 'converts real[] to sparsevec';
COMMENT ON FUNCTION array_to_sparsevec(double precision[], integer, boolean) IS
  'converts double precision[] to sparsevec';
COMMENT ON FUNCTION array_to_sparsevec(numeric[], integer, boolean) IS 'converts numeric[] to sparsevec';
COMMENT ON OPERATOR <->(sparsevec, sparsevec) IS 'Euclidean distance';
COMMENT ON OPERATOR <#>(sparsevec, sparsevec) IS 'negative inner product';
COMMENT ON OPERATOR <=>(sparsevec, sparsevec) IS 'cosine distance';
COMMENT ON OPERATOR <+>(sparsevec, sparsevec) IS 'taxicab distance';
COMMENT ON OPERATOR <(sparsevec, sparsevec) IS 'less than';
COMMENT ON OPERATOR <=(sparsevec, sparsevec) IS 'less than or equal';
COMMENT ON OPERATOR =(sparsevec, sparsevec) IS 'equal';
COMMENT ON OPERATOR <>(sparsevec, sparsevec) IS 'not equal';
COMMENT ON OPERATOR >=(sparsevec, sparsevec) IS 'greater than or equal';
COMMENT ON OPERATOR >(sparsevec, sparsevec) IS 'greater than';
COMMENT ON ACCESS METHOD ivfflat IS 'ivfflat index access method';
COMMENT ON ACCESS METHOD hnsw IS 'hnsw index access method';
COMMENT ON FUNCTION vector_takeover_statement(regclass) IS
  'what an index built by pgvector needs; null for any other';
COMMENT ON FUNCTION vector_takeover_report() IS
  'indexes built by pgvector, and the statement that each needs';
COMMENT ON FUNCTION vector_last_scan_stats() IS
  'what the last index scan of this session did';
COMMENT ON FUNCTION vector_index_check(regclass, boolean) IS
  'what is wrong with an index of ivfflat or hnsw';
COMMENT ON FUNCTION vector_index_check_strict(regclass, boolean) IS
  'raises the first error of an index of ivfflat or hnsw';
