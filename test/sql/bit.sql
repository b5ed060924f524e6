-- Distances between bit strings.

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

SELECT hamming_distance(B'111', B'111'), hamming_distance(B'111', B'110'), hamming_distance(B'111', B'000'),
       B'1010'::bit(4) <~> B'0110' AS operator, hamming_distance('', '');
SELECT jaccard_distance(B'1111', B'1111'), jaccard_distance(B'1111', B'1110'), jaccard_distance(B'1111', B'0000'),
       B'1100'::bit(4) <%> B'1000' AS operator, jaccard_distance('', ''), jaccard_distance(B'0000', B'0000');
SELECT pg_temp.failure($$SELECT B'111' <~> B'00'$$);
SELECT pg_temp.failure($$SELECT B'111' <%> B'00'$$);
SELECT pg_temp.failure($$SELECT hamming_distance(B'11111111', B'000000000')$$);
SELECT NULL::bit(1) <~> B'1', NULL::bit(1) <%> B'1';

-- A value whose length and number of bits contradict each other is no crash.
CREATE CAST (bytea AS varbit) WITHOUT FUNCTION;
SELECT pg_temp.failure($$SELECT hamming_distance(('\x09000000ff'::bytea)::varbit, B'111111111')$$);
SELECT pg_temp.failure($$SELECT jaccard_distance(B'1', ('\xffffffffff'::bytea)::varbit)$$);
DROP CAST (bytea AS varbit);

-- Any number of bits, against text.
WITH texts AS (
  SELECT n, string_agg((i * n % 3 % 2)::text, '' ORDER BY i) AS a, string_agg((i % 7 % 2)::text, '' ORDER BY i) AS b
  FROM generate_series(1, 600) n, generate_series(1, n) i GROUP BY n
), counts AS (
  SELECT a, b, count(*) FILTER (WHERE x <> y) AS different, count(*) FILTER (WHERE x = '1' AND y = '1') AS shared,
         count(*) FILTER (WHERE x = '1' OR y = '1') AS combined
  FROM texts, unnest(string_to_array(a, NULL), string_to_array(b, NULL)) t(x, y) GROUP BY a, b
)
SELECT count(*) AS checked,
       count(*) FILTER (WHERE hamming_distance(a::varbit, b::varbit) <> different) AS hamming,
       count(*) FILTER (WHERE jaccard_distance(a::varbit, b::varbit) <>
                        CASE shared WHEN 0 THEN 1 ELSE 1 - shared::float8 / combined END) AS jaccard
FROM counts;

-- Bits out of line and compressed; of a vector.
CREATE TABLE wide (a varbit, b varbit);
ALTER TABLE wide ALTER b SET STORAGE external;
INSERT INTO wide SELECT repeat('01', 40000)::varbit, repeat('0111', 20000)::varbit;
SELECT a <~> b AS hamming, a <%> b AS jaccard FROM wide;
DROP TABLE wide;
SELECT binary_quantize('[1,-1,2,-3]'::vector) <~> binary_quantize('[1,1,-2,-3]'::vector) AS hamming,
       binary_quantize('[1,-1,2,-3]'::halfvec) <%> binary_quantize('[1,1,-2,-3]'::halfvec) AS jaccard;
CREATE TABLE items (id int, bits bit(3));
INSERT INTO items VALUES (1, B'000'), (2, B'100'), (3, B'111'), (4, NULL);
SELECT id FROM items ORDER BY bits <~> B'110', id;
SELECT id FROM items ORDER BY bits <%> B'111', id;
DROP TABLE items;

SELECT o.oid::regoperator, oprcode::regprocedure, oprcom::regoperator, oprnegate::regoperator, oprrest, oprjoin
FROM pg_operator o WHERE oprname IN ('<~>', '<%>') AND oprleft = 'bit'::regtype ORDER BY oprname COLLATE "C";
