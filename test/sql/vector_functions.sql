-- Functions and operators of the type vector.

-- The SQLSTATE, message and detail with which a query fails.
CREATE FUNCTION pg_temp.failure(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; detail text;
BEGIN
  EXECUTE query;
  RETURN 'succeeded';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
  RETURN concat_ws(' | ', SQLSTATE, message, nullif(detail, ''));
END $$;

-- Distances.
SELECT l2_distance('[0,0]'::vector, '[3,4]'), '[0,0]'::vector <-> '[3,4]' AS operator;
SELECT l2_distance('[0,0]'::vector, '[0,1]');
SELECT vector_l2_squared_distance('[0,0]', '[3,4]');
SELECT inner_product('[1,2]'::vector, '[3,4]'), '[1,2]'::vector <#> '[3,4]' AS operator;
SELECT vector_negative_inner_product('[1,2]', '[3,4]'), vector_negative_inner_product('[1]', '[0]') AS zero;
SELECT l1_distance('[0,0]'::vector, '[3,4]'), '[0,0]'::vector <+> '[-3,4]' AS operator;
SELECT cosine_distance('[1,2]'::vector, '[2,4]'), '[1,2]'::vector <=> '[2,4]' AS operator;
SELECT cosine_distance('[1,1]'::vector, '[1,1]'), cosine_distance('[1,0]'::vector, '[0,2]'),
       cosine_distance('[1,1]'::vector, '[-1,-1]');
SELECT vector_spherical_distance('[1,0]', '[0,1]'), vector_spherical_distance('[1,0]', '[-1,0]'),
       vector_spherical_distance('[2]', '[2]');

-- Any number of dimensions, against plain arithmetic.
CREATE TABLE pairs AS
  SELECT dims, i % 7 - 3 AS x, i * dims % 5 AS y FROM generate_series(1, 150) dims, generate_series(1, dims) i;
WITH sums AS (
  SELECT sum((x - y) ^ 2) AS squared, sum(x * y) AS product, sum(abs(x - y)) AS taxicab,
         array_agg(x)::vector AS a, array_agg(y)::vector AS b
  FROM pairs GROUP BY dims
)
SELECT count(*) AS checked,
       count(*) FILTER (WHERE vector_l2_squared_distance(a, b) <> squared OR a <-> b <> sqrt(squared)) AS l2,
       count(*) FILTER (WHERE inner_product(a, b) <> product OR a <#> b <> -product) AS inner_product,
       count(*) FILTER (WHERE a <+> b <> taxicab) AS l1,
       count(*) FILTER (WHERE a <=> a <> 0 OR (a <=> b) <> (b <=> a)) AS cosine
FROM sums;
DROP TABLE pairs;

-- Overflow gives Infinity, and no angle NaN.
SELECT l2_distance('[3e38]'::vector, '[-3e38]'), l1_distance('[3e38,3e38]'::vector, '[1,1]'),
       inner_product('[3e38]'::vector, '[3e38]'), vector_l2_squared_distance('[3e38]', '[1]');
SELECT cosine_distance('[3e38]'::vector, '[3e38]'), cosine_distance('[0,0]'::vector, '[1,2]'),
       cosine_distance('[0]'::vector, '[0]');

-- Dimensions must agree.
SELECT op, pg_temp.failure(format('SELECT ''[1,2]''::vector %s ''[3]''', op))
FROM unnest(ARRAY['<->', '<#>', '<=>', '<+>', '+', '-', '*']) op;
SELECT f, pg_temp.failure(format('SELECT %s(''[1,2]''::vector, ''[3]'')', f))
FROM unnest(ARRAY['l2_distance', 'inner_product', 'cosine_distance', 'l1_distance',
                  'vector_l2_squared_distance', 'vector_negative_inner_product',
                  'vector_spherical_distance', 'vector_add', 'vector_sub', 'vector_mul']) f;

-- Dimensions, norm, direction.
SELECT vector_dims('[1,2,3]'::vector), vector_norm('[3,4]'), vector_norm('[0]'), vector_norm('[3e37,4e37]')::real;
SELECT l2_normalize('[3,4]'::vector), l2_normalize('[0,0]'::vector), l2_normalize('[-3e38]'::vector),
       l2_normalize('[1e-45]'::vector);

-- Bits.
SELECT binary_quantize('[1,0,-1]'::vector), binary_quantize('[0,0.1,-0.2,-0.3,0.4,0.5,0.6,-0.7,0.8]'::vector),
       binary_quantize('[-0,1e-45]'::vector);

-- Parts.
SELECT s, n, subvector('[1,2,3,4,5]'::vector, s, n)
FROM (VALUES (1, 3), (3, 2), (-1, 3), (3, 9), (3, 2147483647), (-2147483642, 2147483647)) r(s, n);
SELECT s, n, pg_temp.failure(format('SELECT subvector(''[1,2,3,4,5]''::vector, %s, %s)', s, n))
FROM (VALUES (1, 0), (1, -1), (3, -2147483648), (6, 1), (2147483647, 2147483647), (-1, 2),
             (-2147483648, 2147483647)) r(s, n);

-- Arithmetic.
SELECT '[1,2,3]'::vector + '[4,5,6]' AS sum, '[1,2,3]'::vector - '[4,5,6]' AS difference,
       '[1,2,3]'::vector * '[4,5,6]' AS product, '[1,2,3]'::vector || '[4,5]' AS concatenation;
SELECT '[1e-30,0]'::vector * '[0,1e-30]' AS product, '[1e-30]'::vector - '[1e-30]' AS difference;
SELECT pg_temp.failure($$SELECT '[3e38]'::vector + '[3e38]'$$);
SELECT pg_temp.failure($$SELECT '[-3e38]'::vector - '[3e38]'$$);
SELECT pg_temp.failure($$SELECT '[1e37]'::vector * '[1e37]'$$);
SELECT pg_temp.failure($$SELECT '[1e-37]'::vector * '[1e-37]'$$);
SELECT pg_temp.failure($$SELECT '[1e-37,1e37]'::vector * '[1e-37,1e37]'$$);
SELECT vector_dims(array_fill(0, ARRAY[15999])::vector || '[1]');
SELECT pg_temp.failure($$SELECT array_fill(0, ARRAY[15999])::vector || '[1,2]'$$);

-- Functions are strict.
SELECT NULL::vector <-> '[1]', NULL::vector + '[1]', vector_dims(NULL::vector), l2_normalize(NULL::vector);

-- The catalogue: immutable, strict, parallel safe; operators and their commutators.
SELECT p.oid::regprocedure FROM pg_proc p
WHERE proargtypes[0] = 'vector'::regtype AND proname NOT IN ('avg', 'sum')
  AND NOT (provolatile = 'i' AND proisstrict AND proparallel = 's');
SELECT o.oid::regoperator, oprcode::regprocedure, oprcom::regoperator, oprnegate::regoperator, oprrest, oprjoin,
       oprcanmerge, oprcanhash
FROM pg_operator o WHERE oprleft = 'vector'::regtype AND oprright = 'vector'::regtype
ORDER BY oprname COLLATE "C";
