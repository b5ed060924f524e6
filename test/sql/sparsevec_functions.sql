-- Functions and operators of the type sparsevec.

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
SELECT l2_distance('{}/2'::sparsevec, '{1:3,2:4}/2'), '{}/2'::sparsevec <-> '{1:3,2:4}/2' AS operator;
SELECT l2_distance('{1:3}/2'::sparsevec, '{2:4}/2'), l2_distance('{1:3,2:4}/2'::sparsevec, '{2:4}/2');
SELECT sparsevec_l2_squared_distance('{}/2', '{1:3,2:4}/2');
SELECT inner_product('{1:1,2:2}/2'::sparsevec, '{1:2,2:4}/2'), '{1:1,2:2}/2'::sparsevec <#> '{1:2,2:4}/2' AS operator;
SELECT inner_product('{1:1,3:3}/4'::sparsevec, '{2:2,4:4}/4'), inner_product('{1:1}/1000000000'::sparsevec, '{1:7,1000000000:1}/1000000000');
SELECT sparsevec_negative_inner_product('{1:1}/2', '{1:3}/2'), sparsevec_negative_inner_product('{1:1}/2', '{2:3}/2') AS zero;
SELECT l1_distance('{}/2'::sparsevec, '{1:3,2:4}/2'), '{1:1}/2'::sparsevec <+> '{1:-3,2:4}/2' AS operator;
SELECT cosine_distance('{1:1,2:2}/2'::sparsevec, '{1:2,2:4}/2'), '{1:1,2:2}/2'::sparsevec <=> '{1:2,2:4}/2' AS operator;
SELECT cosine_distance('{1:1}/2'::sparsevec, '{2:2}/2'), cosine_distance('{1:1,2:1}/2'::sparsevec, '{1:-1,2:-1}/2');

-- Any number of elements, exactly as the dense vectors.
CREATE TABLE pairs AS
  SELECT dims, array_agg(CASE WHEN i * 7919 % 5 < dims % 5 THEN i % 7 - 3 ELSE 0 END)::vector AS a,
         array_agg(CASE WHEN i * 104729 % 7 < dims % 7 THEN i * dims % 5 - 1 ELSE 0 END)::vector AS b
  FROM generate_series(1, 300) dims, generate_series(1, dims) i GROUP BY dims;
WITH sparse AS (SELECT a, b, a::sparsevec AS x, b::sparsevec AS y FROM pairs)
SELECT count(*) AS checked, count(*) FILTER (WHERE x <-> y <> 0) AS different,
       count(*) FILTER (WHERE x <-> y <> a <-> b OR sparsevec_l2_squared_distance(x, y) <> vector_l2_squared_distance(a, b)) AS l2,
       count(*) FILTER (WHERE inner_product(x, y) <> inner_product(a, b) OR x <#> y <> a <#> b) AS inner_product,
       count(*) FILTER (WHERE x <+> y <> a <+> b) AS l1,
       count(*) FILTER (WHERE x <=> y <> a <=> b) AS cosine,
       count(*) FILTER (WHERE l2_norm(x)::real <> vector_norm(a)::real) AS norm,
       count(*) FILTER (WHERE sparsevec_cmp(x, y) <> vector_cmp(a, b)) AS cmp
FROM sparse;
DROP TABLE pairs;

-- Overflow gives Infinity, and no angle NaN.
SELECT l2_distance('{1:3e38}/1'::sparsevec, '{1:-3e38}/1'), l1_distance('{1:3e38,2:3e38}/2'::sparsevec, '{}/2'),
       inner_product('{1:3e38}/1'::sparsevec, '{1:3e38}/1'), sparsevec_l2_squared_distance('{1:3e38}/1', '{}/1');
SELECT cosine_distance('{1:3e38}/1'::sparsevec, '{1:3e38}/1'), cosine_distance('{}/2'::sparsevec, '{1:1}/2'),
       cosine_distance('{}/1'::sparsevec, '{}/1');

-- Dimensions must agree.
SELECT op, pg_temp.failure(format('SELECT ''{1:1}/2''::sparsevec %s ''{1:1}/3''', op))
FROM unnest(ARRAY['<->', '<#>', '<=>', '<+>']) op;
SELECT f, pg_temp.failure(format('SELECT %s(''{1:1}/2''::sparsevec, ''{1:1}/1000000000'')', f))
FROM unnest(ARRAY['l2_distance', 'inner_product', 'cosine_distance', 'l1_distance',
                  'sparsevec_l2_squared_distance', 'sparsevec_negative_inner_product']) f;

-- Norm, direction. What underflows is dropped.
SELECT l2_norm('{1:3,2:4}/2'::sparsevec), l2_norm('{}/1'::sparsevec), l2_norm('{1:3e37,2:4e37}/2'::sparsevec)::real;
SELECT l2_normalize('{1:3,3:4}/3'::sparsevec), l2_normalize('{}/2'::sparsevec), l2_normalize('{2:-3e38}/2'::sparsevec),
       l2_normalize('{1:1e-45}/1'::sparsevec);
SELECT l2_normalize('{1:3e38,2:1e-45,4:1e-45}/5'::sparsevec), l2_normalize('{1:1e-45,2:3e38}/2'::sparsevec) = '{2:1}/2';

-- No arithmetic.
SELECT op, pg_temp.failure(format('SELECT ''{1:1}/2''::sparsevec %s ''{1:1}/2''::sparsevec', op))
FROM unnest(ARRAY['+', '-', '*', '||']) op;

-- Functions are strict.
SELECT NULL::sparsevec <-> '{}/1', l2_norm(NULL::sparsevec), l2_normalize(NULL::sparsevec);

-- The catalogue: immutable, strict, parallel safe; operators and their commutators.
SELECT p.oid::regprocedure FROM pg_proc p
WHERE 'sparsevec'::regtype = ANY (proargtypes) AND NOT (provolatile = 'i' AND proisstrict AND proparallel = 's');
SELECT o.oid::regoperator, oprcode::regprocedure, oprcom::regoperator, oprnegate::regoperator, oprrest, oprjoin,
       oprcanmerge, oprcanhash
FROM pg_operator o WHERE oprleft = 'sparsevec'::regtype AND oprright = 'sparsevec'::regtype
ORDER BY oprname COLLATE "C";
