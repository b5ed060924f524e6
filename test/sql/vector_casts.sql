-- Casts from and to the type vector, except those between vector types.

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

-- From arrays.
SELECT ARRAY[1,2,3]::vector, ARRAY[1.5,2.25]::vector, ARRAY[1.5,-0.0]::real[]::vector,
       ARRAY[0.1,1e-46,-1e-46]::float8[]::vector, ARRAY[0.1,-7]::numeric[]::vector;
SELECT ARRAY[16777217,2147483647]::vector, '[5:7]={1,2,3}'::int[]::vector;
SELECT ARRAY[1,2,3]::vector(3), '{1}'::real[]::vector(1);
SELECT vector_dims(array_fill(1, ARRAY[16000])::vector);

-- Not from every array.
CREATE TABLE element_types AS
  SELECT t FROM unnest(ARRAY['integer', 'real', 'double precision', 'numeric']) t;
SELECT t, pg_temp.failure(format('SELECT ''{{1,2},{3,4}}''::%s[]::vector', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT ''{{1,NULL},{3,4}}''::%s[]::vector(3)', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT ''{1,NULL}''::%s[]::vector(3)', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT ''{}''::%s[]::vector(3)', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT ''{1,2}''::%s[]::vector(3)', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT array_fill(1::%s, ARRAY[16001])::vector(3)', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT ''{1,NaN}''::%s[]::vector', t)) FROM element_types WHERE t <> 'integer';
SELECT t, pg_temp.failure(format('SELECT ''{1,-Infinity,NaN}''::%s[]::vector', t)) FROM element_types WHERE t <> 'integer';
SELECT t, pg_temp.failure(format('SELECT ''{NaN}''::%s[]::vector(2)', t)) FROM element_types WHERE t <> 'integer';
SELECT t, pg_temp.failure(format('SELECT ''{1,4e38}''::%s[]::vector', t)) FROM element_types WHERE t <> 'integer';
SELECT t, pg_temp.failure(format('SELECT ''{1,1e-60}''::%s[]::vector', t)) FROM element_types WHERE t <> 'integer';
SELECT pg_temp.failure($$SELECT '{1}'::bigint[]::vector$$);
SELECT pg_temp.failure($$SELECT '{1}'::text[]::vector$$);
DROP TABLE element_types;

-- An element type that no cast declares.
CREATE FUNCTION pg_temp.smallint_to_vector(smallint[], integer, boolean) RETURNS vector
  AS '$libdir/vector', 'array_to_vector' LANGUAGE C IMMUTABLE STRICT;
SELECT pg_temp.failure($$SELECT pg_temp.smallint_to_vector('{1,2}', -1, false)$$);

-- From arrays that are not flat or lie out of line.
DO $$
DECLARE a float8[] := ARRAY[1,2];
BEGIN
  a[3] := 5;
  RAISE NOTICE '%', a::vector;
END $$;
CREATE TABLE arrays (a float8[], n numeric[]);
ALTER TABLE arrays ALTER n SET STORAGE external;
INSERT INTO arrays SELECT array_agg(i), array_agg(i / 8.0) FROM generate_series(1, 3000) i;
SELECT vector_dims(a::vector), vector_dims(n::vector), a::vector::real[]::float8[] = a AS is_same,
       n::vector = a::vector * array_fill(0.125, ARRAY[3000])::vector AS is_same
FROM arrays;
DROP TABLE arrays;

-- To arrays: implicit, so that functions of real[] take vectors.
SELECT '[1,2,3]'::vector::real[], ('[1,2,3]'::vector::real[])[2], array_dims('[1,2,3]'::vector::real[]);
SELECT vector_to_float4('[1,2,3]', 5, true);
CREATE FUNCTION pg_temp.first_element(a real[]) RETURNS real LANGUAGE sql AS 'SELECT a[1]';
SELECT pg_temp.first_element('[7,8]'::vector);
SELECT array_agg(v::real[]) FROM (VALUES ('[1,2]'::vector), ('[3,4]')) t(v);

-- To the same type.
SELECT vector('[1,2]'::vector, -1, false), vector('[1,2]'::vector, 2, true);
SELECT pg_temp.failure($$SELECT vector('[1,2]'::vector, 3, true)$$);
SELECT pg_temp.failure($$SELECT array_to_vector(ARRAY[1,2], 3, true)$$);

-- By assignment, but not implicitly from arrays: theirs stay unambiguous.
CREATE TABLE assigned (v vector(2));
INSERT INTO assigned VALUES (ARRAY[1,2]), (ARRAY[1,2]::real[]), (ARRAY[1.5,2]), (ARRAY[1,2]::float8[]);
TABLE assigned;
SELECT pg_temp.failure($$INSERT INTO assigned VALUES (ARRAY[1,2,3])$$);
SELECT pg_temp.failure($$INSERT INTO assigned VALUES ('{1,2}')$$);
DROP TABLE assigned;
SELECT ARRAY[1,2,3] = ARRAY[1,2,3], ARRAY[1,2] < ARRAY[1,3], ARRAY[1] || ARRAY[2],
       ARRAY[1.5] = ARRAY[1.5], '{1}'::real[] = '{1}';
SELECT pg_temp.failure($$SELECT '[1]'::vector <-> ARRAY[1]$$);

SELECT castsource::regtype, casttarget::regtype, castfunc::regprocedure, castcontext, castmethod
FROM pg_cast WHERE 'vector'::regtype IN (castsource, casttarget)
  AND (castsource::regtype::text ~ '\[]$' OR casttarget::regtype::text ~ '\[]$' OR castsource = casttarget)
ORDER BY castsource::regtype::text COLLATE "C", casttarget::regtype::text COLLATE "C";
