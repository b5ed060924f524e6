-- Casts from and to the type halfvec, except those of sparsevec.

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

-- From and to vector.
SELECT '[1,0.1,65519,1e-8,-0]'::vector::halfvec, '[1,0.1,65504]'::halfvec::vector;
SELECT '[1,2]'::vector::halfvec(2), '[1,2]'::halfvec::vector(2);
SELECT pg_temp.failure($$SELECT '[1,2]'::vector::halfvec(3)$$);
SELECT pg_temp.failure($$SELECT '[1,2]'::halfvec::vector(3)$$);
SELECT pg_temp.failure($$SELECT halfvec_to_vector('[1,2]', 3, true)$$);
SELECT pg_temp.failure($$SELECT vector_to_halfvec('[1,2]', 3, true)$$);
SELECT v, pg_temp.failure(format('SELECT %L::vector::halfvec', v))
FROM unnest(ARRAY['[1,65520]', '[-65520]', '[1e6]', '[123456.7]', '[16777217]', '[3e38]']) v;

-- From arrays.
SELECT ARRAY[1,2,3]::halfvec, ARRAY[1.5,0.1]::halfvec, ARRAY[1.5,-0.0]::real[]::halfvec,
       ARRAY[0.1,1e-46,-1e-46]::float8[]::halfvec, ARRAY[0.1,-7]::numeric[]::halfvec, '{65519}'::int[]::halfvec(1);
CREATE TABLE element_types AS
  SELECT t FROM unnest(ARRAY['integer', 'real', 'double precision', 'numeric']) t;
SELECT t, pg_temp.failure(format('SELECT ''{{1,2},{3,4}}''::%s[]::halfvec', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT ''{1,NULL}''::%s[]::halfvec(3)', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT ''{}''::%s[]::halfvec(3)', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT ''{1,2}''::%s[]::halfvec(3)', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT array_fill(1::%s, ARRAY[16001])::halfvec(3)', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT ''{1,65520}''::%s[]::halfvec', t)) FROM element_types;
SELECT t, pg_temp.failure(format('SELECT ''{1,NaN}''::%s[]::halfvec', t)) FROM element_types WHERE t <> 'integer';
SELECT t, pg_temp.failure(format('SELECT ''{1,-Infinity}''::%s[]::halfvec', t)) FROM element_types WHERE t <> 'integer';
SELECT t, pg_temp.failure(format('SELECT ''{NaN,65520}''::%s[]::halfvec', t)) FROM element_types WHERE t <> 'integer';
SELECT t, pg_temp.failure(format('SELECT ''{1,4e38}''::%s[]::halfvec', t)) FROM element_types WHERE t <> 'integer';
SELECT pg_temp.failure($$SELECT '{1}'::bigint[]::halfvec$$);
DROP TABLE element_types;
CREATE FUNCTION pg_temp.smallint_to_halfvec(smallint[], integer, boolean) RETURNS halfvec
  AS '$libdir/vector', 'array_to_halfvec' LANGUAGE C IMMUTABLE STRICT;
SELECT pg_temp.failure($$SELECT pg_temp.smallint_to_halfvec('{1,2}', -1, false)$$);

-- To arrays: by assignment only.
SELECT '[1,0.1,65504]'::halfvec::real[], halfvec_to_float4('[1,2,3]', 5, true);
CREATE FUNCTION pg_temp.first_element(a real[]) RETURNS real LANGUAGE sql AS 'SELECT a[1]';
SELECT pg_temp.failure($$SELECT pg_temp.first_element('[7,8]'::halfvec)$$);

-- By assignment, implicitly, to the same type.
CREATE TABLE assigned (h halfvec(2), v vector(2), a real[]);
INSERT INTO assigned VALUES ('[1,2]'::vector, '[1,2]'::halfvec, '[3,4]'::halfvec), (ARRAY[1,2], NULL, NULL);
TABLE assigned;
SELECT pg_temp.failure($$INSERT INTO assigned (h) VALUES ('[1,2,3]'::vector)$$);
SELECT pg_temp.failure($$INSERT INTO assigned (v) VALUES ('[1,2,3]'::halfvec)$$);
DROP TABLE assigned;
SELECT halfvec('[1,2]'::halfvec, -1, false), halfvec('[1,2]'::halfvec, 2, true);
SELECT pg_temp.failure($$SELECT halfvec('[1,2]'::halfvec, 3, true)$$);
SELECT ARRAY[1,2,3] = ARRAY[1,2,3], ARRAY[1] || ARRAY[2], '{1}'::real[] = '{1}';

SELECT castsource::regtype, casttarget::regtype, castfunc::regprocedure, castcontext, castmethod
FROM pg_cast WHERE 'halfvec'::regtype IN (castsource, casttarget)
  AND 'sparsevec' NOT IN (castsource::regtype::text, casttarget::regtype::text)
ORDER BY castsource::regtype::text COLLATE "C", casttarget::regtype::text COLLATE "C";
