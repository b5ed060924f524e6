-- Functions, operators, order and aggregates of the type halfvec.

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
SELECT l2_distance('[0,0]'::halfvec, '[3,4]'), '[0,0]'::halfvec <-> '[3,4]' AS operator;
SELECT halfvec_l2_squared_distance('[0,0]', '[3,4]');
SELECT inner_product('[1,2]'::halfvec, '[3,4]'), '[1,2]'::halfvec <#> '[3,4]' AS operator;
SELECT l1_distance('[0,0]'::halfvec, '[3,4]'), '[0,0]'::halfvec <+> '[-3,4]' AS operator;
SELECT cosine_distance('[1,2]'::halfvec, '[2,4]'), '[1,2]'::halfvec <=> '[2,4]' AS operator;
SELECT cosine_distance('[1,1]'::halfvec, '[1,1]'), cosine_distance('[1,0]'::halfvec, '[0,2]'),
       cosine_distance('[1,1]'::halfvec, '[-1,-1]'), cosine_distance('[0]'::halfvec, '[1]');
SELECT halfvec_spherical_distance('[1,0]', '[0,1]'), halfvec_spherical_distance('[1,0]', '[-1,0]'),
       halfvec_spherical_distance('[2]', '[2]');
SELECT l2_distance('[65504]'::halfvec, '[-65504]'), inner_product('[65504,65504]'::halfvec, '[65504,65504]');

-- A vector becomes a halfvec by itself, not the other way round.
SELECT '[1,2]'::halfvec <-> '[4,6]'::vector, '[1,2]'::vector <-> '[4,6]'::halfvec;
SELECT pg_temp.failure($$SELECT vector_norm('[3,4]'::halfvec)$$);
SELECT l2_norm('[3,4]'::vector::halfvec);

-- Any number of dimensions: the distances of vector.
WITH pairs AS (
  SELECT dims, array_agg(i % 7 - 3)::vector AS a, array_agg(i * dims % 5)::vector AS b
  FROM generate_series(1, 150) dims, generate_series(1, dims) i GROUP BY dims
)
SELECT count(*) AS checked,
       count(*) FILTER (WHERE a <-> b <> a::halfvec <-> b::halfvec) AS l2,
       count(*) FILTER (WHERE a <#> b <> a::halfvec <#> b::halfvec) AS inner_product,
       count(*) FILTER (WHERE a <+> b <> a::halfvec <+> b::halfvec) AS l1,
       count(*) FILTER (WHERE a <=> b <> a::halfvec <=> b::halfvec) AS cosine
FROM pairs;

-- Dimensions must agree.
SELECT op, pg_temp.failure(format('SELECT ''[1,2]''::halfvec %s ''[3]''', op))
FROM unnest(ARRAY['<->', '<#>', '<=>', '<+>', '+', '-', '*']) op;
SELECT f, pg_temp.failure(format('SELECT %s(''[1,2]''::halfvec, ''[3]'')', f))
FROM unnest(ARRAY['halfvec_l2_squared_distance', 'halfvec_spherical_distance']) f;

-- Dimensions, norm, direction, bits, parts.
SELECT vector_dims('[1,2,3]'::halfvec), l2_norm('[3,4]'::halfvec), l2_norm('[0]'::halfvec),
       l2_norm('[36000,48000]'::halfvec);
SELECT l2_normalize('[3,4]'::halfvec), l2_normalize('[0,0]'::halfvec), l2_normalize('[-65504]'::halfvec),
       l2_normalize('[6e-8]'::halfvec);
SELECT binary_quantize('[1,0,-1]'::halfvec),
       binary_quantize('[0,0.1,-0.2,-0.3,0.4,0.5,0.6,-0.7,0.8]'::halfvec), binary_quantize('[-0,6e-8]'::halfvec);
SELECT s, n, subvector('[1,2,3,4,5]'::halfvec, s, n)
FROM (VALUES (1, 3), (3, 2), (-1, 3), (3, 9), (3, 2147483647), (-2147483642, 2147483647)) r(s, n);
SELECT s, n, pg_temp.failure(format('SELECT subvector(''[1,2,3,4,5]''::halfvec, %s, %s)', s, n))
FROM (VALUES (1, 0), (3, -2147483648), (6, 1), (2147483647, 2147483647), (-1, 2)) r(s, n);

-- Arithmetic.
SELECT '[1,2,3]'::halfvec + '[4,5,6]' AS sum, '[1,2,3]'::halfvec - '[4,5,6]' AS difference,
       '[1,2,3]'::halfvec * '[4,5,6]' AS product, '[1,2,3]'::halfvec || '[4,5]' AS concatenation;
SELECT '[2048,2050]'::halfvec + '[1,1]' AS rounded, '[65504]'::halfvec + '[8]' AS largest,
       '[0,6e-8]'::halfvec * '[6e-8,1]' AS product;
SELECT pg_temp.failure($$SELECT '[65504]'::halfvec + '[16]'$$);
SELECT pg_temp.failure($$SELECT '[-65504]'::halfvec - '[65504]'$$);
SELECT pg_temp.failure($$SELECT '[1e4]'::halfvec * '[1e4]'$$);
SELECT pg_temp.failure($$SELECT '[1e-5]'::halfvec * '[1e-5]'$$);
SELECT vector_dims(array_fill(0, ARRAY[15999])::halfvec || '[1]');
SELECT pg_temp.failure($$SELECT array_fill(0, ARRAY[15999])::halfvec || '[1,2]'$$);

-- Order: operators, sorts, a btree index.
SELECT a, b, a < b AS lt, a <= b AS le, a = b AS eq, a <> b AS ne, a >= b AS ge, a > b AS gt, halfvec_cmp(a, b) AS cmp
FROM (VALUES ('[1,2,3]'::halfvec, '[1,2,3]'::halfvec), ('[1,2,3]', '[1,2,4]'), ('[1,2]', '[1,2,3]'),
             ('[1,3]', '[1,2,3]'), ('[2]', '[1,9,9]'), ('[0]', '[-0]'), ('[-1]', '[1]')) t(a, b);
CREATE TABLE items (id int, v halfvec);
INSERT INTO items VALUES (1, '[1,2,3]'), (2, '[0,0,0]'), (3, '[1,2,4]'), (4, '[1,2]'), (5, NULL), (6, '[1,2,3]'),
                         (7, '[-1]'), (8, '[1,2,3,0]'), (9, '[6e-8]'), (10, '[0]');
SELECT id, v FROM items ORDER BY v, id;
SELECT v, count(*) FROM items GROUP BY v HAVING count(*) > 1;
CREATE INDEX items_v ON items (v);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT v FROM items WHERE v > '[1,2]' ORDER BY v;
SELECT v FROM items WHERE v > '[1,2]' ORDER BY v;
SELECT v FROM items WHERE v <= '[0]' ORDER BY v DESC;
RESET enable_seqscan;
RESET enable_bitmapscan;
DROP TABLE items;

-- Aggregates.
SELECT avg(v), sum(v) FROM (VALUES ('[1,2,3]'::halfvec), ('[3,5,7]'), (NULL)) t(v);
SELECT avg(v), sum(v) FROM (VALUES ('[-0,0,-0]'::halfvec), ('[-0,-0,0]')) t(v);
SELECT avg(v), sum(v) FROM (VALUES (NULL::halfvec)) t(v);
SELECT avg(v) FROM (VALUES ('[65504]'::halfvec), ('[65504]')) t(v);
SELECT pg_temp.failure($$SELECT avg(v) FROM (VALUES ('[1,2]'::halfvec), ('[3]')) t(v)$$);
SELECT pg_temp.failure($$SELECT sum(v) FROM (VALUES ('[1,2]'::halfvec), ('[3]')) t(v)$$);
SELECT pg_temp.failure($$SELECT sum(v) FROM (VALUES ('[65504]'::halfvec), ('[65504]')) t(v)$$);
CREATE TABLE items AS
  SELECT i, i % 3 AS kind, ARRAY[i % 8, 1, -(i % 2)]::halfvec AS v FROM generate_series(1, 3000) i;
SELECT kind, avg(v), sum(v) FROM items GROUP BY kind ORDER BY kind;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
ALTER TABLE items SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT avg(v) FROM items;
SELECT avg(v) FROM items;
RESET max_parallel_workers_per_gather;
DROP TABLE items;
SELECT halfvec_accum('{0}', '[1,2]'), halfvec_accum('{3,4,5}', '[1,2]'), halfvec_combine('{1,2}', '{3,4}');
SELECT halfvec_avg('{2,3,-5}'), halfvec_avg('{0}');
SELECT state, pg_temp.failure(format('SELECT halfvec_accum(%L, ''[1,2]'')', state))
FROM unnest(ARRAY['{}', '{NULL}', '{{1,2,3}}', '{1,2}', '{1,2,Infinity}']) state;
SELECT state, pg_temp.failure(format('SELECT halfvec_avg(%L)', state))
FROM unnest(ARRAY['{}', '{NULL}', '{{1,2,3}}', '{1}', '{1,2,Infinity}', '{1,NaN}', '{1,65520}', '{2,1e30}']) state;
SELECT pg_temp.failure('SELECT halfvec_avg(array_fill(1::float8, ARRAY[16002]))');

-- The catalogue: immutable, strict, parallel safe; operators and their commutators.
SELECT p.oid::regprocedure FROM pg_proc p
WHERE proargtypes[0] = 'halfvec'::regtype AND proname NOT IN ('avg', 'sum')
  AND NOT (provolatile = 'i' AND proisstrict AND proparallel = 's');
SELECT o.oid::regoperator, oprcode::regprocedure, oprcom::regoperator, oprnegate::regoperator, oprrest, oprjoin,
       oprcanmerge, oprcanhash
FROM pg_operator o WHERE oprleft = 'halfvec'::regtype AND oprright = 'halfvec'::regtype
ORDER BY oprname COLLATE "C";
SELECT amopstrategy, amopopr::regoperator FROM pg_amop JOIN pg_am a ON a.oid = amopmethod
WHERE amoplefttype = 'halfvec'::regtype AND amname = 'btree' ORDER BY 1;
SELECT aggfnoid::regprocedure, aggtransfn, aggfinalfn, aggcombinefn, aggtranstype::regtype, agginitval, proparallel
FROM pg_aggregate JOIN pg_proc ON aggfnoid = pg_proc.oid
WHERE proargtypes[0] = 'halfvec'::regtype ORDER BY proname;
