-- The aggregates avg(vector) and sum(vector).

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

SELECT avg(v), sum(v) FROM (VALUES ('[1,2,3]'::vector), ('[3,5,7]'), (NULL)) t(v);
SELECT avg(v), sum(v) FROM (VALUES ('[1,2,3]'::vector)) t(v);
SELECT avg(v), sum(v) FROM (VALUES ('[-0,0,-0]'::vector), ('[-0,-0,0]')) t(v);
SELECT avg(v), sum(v) FROM (VALUES (NULL::vector)) t(v);
SELECT avg(v), sum(v) FROM (SELECT '[1]'::vector WHERE false) t(v);
SELECT avg(v) FROM (VALUES ('[3e38]'::vector), ('[3e38]')) t(v);
SELECT avg(v)::vector(2), pg_typeof(sum(v)) FROM (VALUES ('[1,2]'::vector)) t(v);

-- One number of dimensions; no overflow.
SELECT pg_temp.failure($$SELECT avg(v) FROM (VALUES ('[1,2]'::vector), ('[3]')) t(v)$$);
SELECT pg_temp.failure($$SELECT sum(v) FROM (VALUES ('[1,2]'::vector), ('[3]')) t(v)$$);
SELECT pg_temp.failure($$SELECT sum(v) FROM (VALUES ('[3e38]'::vector), ('[3e38]')) t(v)$$);

-- Groups, windows, DISTINCT, ORDER BY, FILTER.
CREATE TABLE items AS
  SELECT i, i % 3 AS kind, ARRAY[i, 2 * i, -i]::vector AS v FROM generate_series(1, 3000) i;
INSERT INTO items VALUES (0, 3, NULL);
SELECT kind, avg(v), sum(v), count(v) FROM items GROUP BY kind ORDER BY kind;
SELECT i, avg(v) OVER w, sum(v) OVER w FROM items WHERE i BETWEEN 1 AND 5 WINDOW w AS (ORDER BY i) ORDER BY i;
SELECT i, avg(v) OVER w, sum(v) OVER w FROM items WHERE i BETWEEN 1 AND 5
WINDOW w AS (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) ORDER BY i;
SELECT avg(DISTINCT v), sum(v ORDER BY i DESC), avg(v) FILTER (WHERE i > 2999) FROM items;
SELECT kind, avg(v), sum(v) FROM items GROUP BY ROLLUP (kind) ORDER BY kind;

-- In parallel.
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
ALTER TABLE items SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT avg(v), sum(v) FROM items;
SELECT avg(v), sum(v) FROM items;
SELECT avg(v), sum(v) FROM items WHERE i = 0;
SELECT avg(v), sum(v) FROM items WHERE i < 0;
SELECT avg(v), sum(v) FROM items WHERE i = 7;
SELECT kind, avg(v), sum(v) FROM items GROUP BY kind ORDER BY kind;
INSERT INTO items VALUES (3001, 3, '[1,2]');
SELECT pg_temp.failure('SELECT avg(v) FROM items');
SELECT pg_temp.failure('SELECT sum(v) FROM items');
DROP TABLE items;

-- Values out of line.
CREATE TABLE wide AS
  SELECT array_agg(i * j)::vector AS v FROM generate_series(1, 10) i, generate_series(1, 2000) j GROUP BY i;
SELECT vector_dims(avg(v)), subvector(avg(v), 1, 3), subvector(sum(v), 1998, 3) FROM wide;
DROP TABLE wide;

-- The support functions, called directly, change nothing in place.
SELECT vector_accum('{0}', '[1,2]'), vector_accum('{1}', '[1,2]'), vector_accum('{3,4,5}', '[1,2]');
SELECT vector_accum(s, '[1]'), vector_accum(s, '[2]'), s FROM (VALUES ('{1,2}'::float8[])) t(s);
SELECT vector_combine('{0}', '{0}'), vector_combine('{0}', '{1,2}'), vector_combine('{1,2}', '{0}'),
       vector_combine('{1,2}', '{3,4}');
SELECT vector_combine(s, s), s FROM (VALUES ('{1,2}'::float8[])) t(s);
SELECT vector_avg('{2,3,-5}'), vector_avg('{0}'), vector_avg('{0,1}');
SELECT state, pg_temp.failure(format('SELECT vector_accum(%L, ''[1,2]'')', state))
FROM unnest(ARRAY['{}', '{NULL}', '{1,NULL,3}', '{{1,2,3}}', '{1,2}', '{1,2,Infinity}']) state;
SELECT state, pg_temp.failure(format('SELECT vector_combine(%L, ''{1,2,3}'')', state))
FROM unnest(ARRAY['{}', '{NULL}', '{1,NULL,3}', '{{1,2,3}}', '{1,2}', '{1,2,Infinity}']) state;
SELECT pg_temp.failure($$SELECT vector_combine('{1,2,3}', '{}')$$);
SELECT pg_temp.failure($$SELECT vector_combine('{1,1e308}', '{1,1e308}')$$);
SELECT state, pg_temp.failure(format('SELECT vector_avg(%L)', state))
FROM unnest(ARRAY['{}', '{NULL}', '{1,NULL,3}', '{{1,2,3}}', '{1}', '{1,2,Infinity}', '{1,NaN}', '{1,1e300}']) state;
SELECT pg_temp.failure('SELECT vector_avg(array_fill(1::float8, ARRAY[16002]))');
SELECT vector_dims(vector_avg(array_fill(1::float8, ARRAY[16001])));

SELECT aggfnoid::regprocedure, aggtransfn, aggfinalfn, aggcombinefn, aggtranstype::regtype, agginitval, proparallel
FROM pg_aggregate JOIN pg_proc ON aggfnoid = pg_proc.oid
WHERE proargtypes[0] = 'vector'::regtype ORDER BY proname;
