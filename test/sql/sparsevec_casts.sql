-- Casts from and to the type sparsevec.

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

-- From and to dense vectors.
SELECT '[0,1.5,0,-0,-2]'::vector::sparsevec, '[0,0]'::vector::sparsevec, '[1,2]'::vector::sparsevec(2);
SELECT '{2:1.5,5:-2}/5'::sparsevec::vector, '{}/2'::sparsevec::vector, '{1:1}/2'::sparsevec::vector(2);
SELECT '[0,1.5,0,-0,-2]'::halfvec::sparsevec, '[0,0]'::halfvec::sparsevec, '[1,6e-8]'::halfvec::sparsevec(2);
SELECT '{2:1.5,5:-2}/5'::sparsevec::halfvec, '{}/2'::sparsevec::halfvec, '{1:65519,2:1e-8}/2'::sparsevec::halfvec(2);
SELECT t, pg_temp.failure(format('SELECT ''[1,2]''::%s::sparsevec(3)', t)) AS sparse,
       pg_temp.failure(format('SELECT ''{}/2''::sparsevec::%s(3)', t)) AS dense,
       pg_temp.failure(format('SELECT ''{}/16001''::sparsevec::%s(3)', t)) AS too_large,
       pg_temp.failure(format('SELECT ''{}/16000''::sparsevec::%s', t)) AS large
FROM unnest(ARRAY['vector', 'halfvec']) t;
SELECT pg_temp.failure($$SELECT '{1:1,2:65520}/3'::sparsevec::halfvec$$);
SELECT pg_temp.failure($$SELECT '{2:-3.4028235e38}/3'::sparsevec::halfvec$$);
SELECT l2_norm(array_fill(1, ARRAY[16000])::vector::sparsevec), l2_norm(array_fill(1, ARRAY[16000])::halfvec::sparsevec);
SELECT count(*) AS checked, count(*) FILTER (WHERE v::sparsevec::vector <> v OR h::sparsevec::halfvec <> h) AS different
FROM (SELECT array_agg(i * 7919 % 4 * (i % 5))::vector AS v, array_agg(i * 7919 % 4 * (i % 5))::halfvec AS h
      FROM generate_series(1, 100) dims, generate_series(1, dims) i GROUP BY dims) s;

-- From arrays.
SELECT ARRAY[1,0,3]::sparsevec, ARRAY[1.5,2.25]::sparsevec, ARRAY[1.5,-0.0]::real[]::sparsevec,
       ARRAY[0.1,1e-46,-1e-46]::float8[]::sparsevec, ARRAY[0.1,0,-7]::numeric[]::sparsevec;
SELECT ARRAY[16777217,2147483647]::sparsevec, '[5:7]={1,0,3}'::int[]::sparsevec;
SELECT ARRAY[1,2,3]::sparsevec(3), '{0}'::real[]::sparsevec(1);
SELECT l2_norm(array_fill(1, ARRAY[16000])::sparsevec), (array_fill(0, ARRAY[100000]) || 7)::sparsevec;

-- Not from every array.
CREATE TABLE element_types AS
  SELECT t FROM unnest(ARRAY['integer', 'real', 'double precision', 'numeric']) t;
SELECT t, pg_temp.failure(format('SELECT ''{{1,2},{3,4}}''::%s[]::sparsevec', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT ''{{1,NULL},{3,4}}''::%s[]::sparsevec(3)', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT ''{1,NULL}''::%s[]::sparsevec(3)', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT ''{}''::%s[]::sparsevec(3)', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT ''{1,2}''::%s[]::sparsevec(3)', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT array_fill(1::%s, ARRAY[16001])::sparsevec', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT array_fill(''NaN''::%s, ARRAY[16001])::sparsevec', t)) FROM element_types WHERE t <> 'integer';
SELECT t, pg_temp.failure(format('SELECT array_fill(1::%s, ARRAY[16001])::sparsevec(3)', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT ''{1,NaN}''::%s[]::sparsevec', t)) FROM element_types WHERE t <> 'integer';
SELECT t, pg_temp.failure(format('SELECT ''{1,-Infinity,NaN}''::%s[]::sparsevec', t)) FROM element_types WHERE t <> 'integer';
SELECT t, pg_temp.failure(format('SELECT ''{NaN}''::%s[]::sparsevec(2)', t)) FROM element_types WHERE t <> 'integer';
SELECT t, pg_temp.failure(format('SELECT ''{1,4e38}''::%s[]::sparsevec', t)) FROM element_types WHERE t <> 'integer';
SELECT t, pg_temp.failure(format('SELECT ''{1,1e-60}''::%s[]::sparsevec', t)) FROM element_types WHERE t <> 'integer';
SELECT pg_temp.failure($$SELECT '{1}'::bigint[]::sparsevec$$);
DROP TABLE element_types;

-- An element type that no cast declares.
CREATE FUNCTION pg_temp.smallint_to_sparsevec(smallint[], integer, boolean) RETURNS sparsevec
  AS '$libdir/vector', 'array_to_sparsevec' LANGUAGE C IMMUTABLE STRICT;
SELECT pg_temp.failure($$SELECT pg_temp.smallint_to_sparsevec('{1,2}', -1, false)$$);

-- To the same type; the last argument does not matter.
SELECT sparsevec('{1:1}/2'::sparsevec, -1, false), sparsevec('{1:1}/2'::sparsevec, 2, true);
SELECT pg_temp.failure($$SELECT sparsevec('{1:1}/2'::sparsevec, 3, true)$$);
SELECT pg_temp.failure($$SELECT array_to_sparsevec(ARRAY[1,2], 3, true)$$);
SELECT pg_temp.failure($$SELECT '{1:1}/2'::sparsevec::real[]$$);

-- Implicit from dense vectors, by assignment to them and from arrays.
CREATE TABLE assigned (v sparsevec(2));
INSERT INTO assigned VALUES (ARRAY[1,2]), (ARRAY[1,0]::real[]), (ARRAY[1.5,2]), (ARRAY[1,2]::float8[]), ('[0,1]'::vector), ('[1,0]'::halfvec);
TABLE assigned;
CREATE TABLE dense (v vector(2), h halfvec(2));
INSERT INTO dense SELECT v, v FROM assigned;
TABLE dense;
SELECT pg_temp.failure($$INSERT INTO assigned VALUES ('[0,1,2]'::vector)$$);
SELECT pg_temp.failure($$INSERT INTO dense (v) VALUES ('{}/3'::sparsevec)$$);
SELECT '{1:3,2:4}/2'::sparsevec <-> '[0,0]'::vector, '[0,0]'::halfvec <-> '{1:3,2:4}/2'::sparsevec;
DROP TABLE assigned, dense;
SELECT ARRAY[1,2,3] = ARRAY[1,2,3], ARRAY[1] || ARRAY[2], ARRAY[1.5] = ARRAY[1.5], '{1}'::real[] = '{1}';
SELECT pg_temp.failure($$SELECT '{1:1}/1'::sparsevec <-> ARRAY[1]$$);

SELECT castsource::regtype, casttarget::regtype, castfunc::regprocedure, castcontext, castmethod
FROM pg_cast WHERE 'sparsevec'::regtype IN (castsource, casttarget)
ORDER BY castsource::regtype::text COLLATE "C", casttarget::regtype::text COLLATE "C";
