-- The type vector: text, binary form, type modifier, storage.

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

-- A row for each literal: what it fails with when read as a vector.
CREATE FUNCTION pg_temp.bad(VARIADIC literals text[])
  RETURNS TABLE (literal text, failure text) LANGUAGE sql AS $$
  SELECT l, pg_temp.failure(format('SELECT %L::vector', l)) FROM unnest(literals) l
$$;

\pset format unaligned

-- Text that is accepted.
SELECT '[1,2,3]'::vector;
SELECT '[-1,-2.5,+3]'::vector;
SELECT ' [ 1,	2 , 3 ] '::vector;
SELECT E'\t\n\r\x0b\x0c [\x0b1\x0c,\r2\n]\x0b'::vector;
SELECT '[1.,.5,007,1e2,1E-2,0x1A,0X1p-1]'::vector;
SELECT '[1.23456789012345678,0.1,16777217,123456789]'::vector;
SELECT '[1.5e38,-1.5e38]'::vector;
SELECT '[3.4028235e38,-3.4028235e38,3.4028235677973362e38]'::vector;
SELECT '[1e-38,1e-45]'::vector;
SELECT '[1e-46,-1e-46,0,-0]'::vector;
SELECT '[1e-99999999999999999999,0e99999999999999999999]'::vector;
SELECT vector_dims(('[1' || repeat(',1', 15999) || ']')::vector);

-- Shortest text that reads back the same.
SELECT '[0.1,0.3333333333,1e10,1e-10,123456,1234567,0.0001,0.00001,1e15,1e16]'::vector;

-- Text that is not.
SELECT * FROM pg_temp.bad('', ' ', 'hello', '1,2,3', '{1,2,3}', '(1)', ']');
SELECT * FROM pg_temp.bad('[]', '[ ]', '[', '[,', '[,]', '[1,', '[1,]', '[1,2,', '[1,2,3');
SELECT * FROM pg_temp.bad('[hello]', '[1,,3]', '[1, ,3]', '[- 1]', '[--1]', '[.]', '[e1]', '[1a]',
                          '[1 2]', '[1;2]', '[1e]', '[1e+]', '[1e5.5]', '[0x]', '[1_000]');
SELECT * FROM pg_temp.bad('[1,2,3]]', '[1]x', '[1] ,', '[1][2]');
SELECT * FROM pg_temp.bad('[4e38,1]', '[1,-4e38 ]', '[1e400]', '[0x1p128]', '[3.4028235677973367e38]',
                          '[340282356779733661637539395458142568448]', '[4e38e]', '[4e38');
SELECT * FROM pg_temp.bad('[NaN,1]', '[nan', '[-NaN]', '[nan(1)]');
SELECT * FROM pg_temp.bad('[Infinity,1]', '[-Infinity]', '[inf', '[+INFx]');
SELECT pg_temp.failure($$SELECT ('[1' || repeat(',1', 16000) || ']')::vector$$);
SELECT pg_temp.failure($$SELECT ('[1' || repeat(',1', 15999) || ',]')::vector$$);

-- Type modifiers.
SELECT '[1,2,3]'::vector(3);
SELECT pg_temp.failure($$SELECT '[1,2,3]'::vector(2)$$);
SELECT pg_temp.failure($$SELECT '[1,2,3]'::vector(3)::vector(4)$$);
SELECT pg_temp.failure($$SELECT vector_in('[1,2,3]', 0, 2)$$);
SELECT pg_temp.failure($$SELECT '[1]'::vector(0)$$);
SELECT pg_temp.failure($$SELECT '[1]'::vector(-1)$$);
SELECT pg_temp.failure($$SELECT '[1]'::vector(16001)$$);
SELECT pg_temp.failure($$SELECT '[1]'::vector(1, 2)$$);
SELECT pg_temp.failure($$SELECT '[1]'::vector('a')$$);
SELECT vector_typmod_in('{16000}'), format_type('vector'::regtype, 3);
\pset format aligned
CREATE TABLE items (id int, embedding vector(3), any_size vector);
\d items
INSERT INTO items VALUES (1, '[1,2,3]', '[1]'), (2, ARRAY[1, 2, 3], ARRAY[0.5, 1.5]), (3, NULL, NULL);
INSERT INTO items VALUES (4, '[1,2]', '[1]');
INSERT INTO items SELECT id, any_size FROM items WHERE id = 1;
COPY items FROM STDIN;
5	[4,5,6]	[7]
\.
COPY items FROM STDIN;
6	[4,5]	[7]
\.
TABLE items;

-- Defaults, constraints and views print as text that reads back the same.
ALTER TABLE items ALTER embedding SET DEFAULT '[1,2,3]', ADD CHECK (embedding <-> '[0,0,0]' < 100);
CREATE VIEW distances AS SELECT '[1,2]'::vector(2) <=> ARRAY[3,4]::vector AS cosine;
\d items
SELECT pg_get_viewdef('distances');
DROP VIEW distances;
INSERT INTO items (id) VALUES (7) RETURNING embedding;

-- Binary form: to a file and back.
SELECT encode(vector_send('[1,-2.5]'), 'hex');
\getenv directory PG_ABS_BUILDDIR
\set file :directory '/results/vector_type.bin'
COPY items TO STDOUT (FORMAT binary) \g :file
CREATE TABLE copies (LIKE items);
\copy copies from program 'cat "$PG_ABS_BUILDDIR/results/vector_type.bin"' (format binary)
(TABLE items EXCEPT TABLE copies) UNION ALL (TABLE copies EXCEPT TABLE items);
SELECT count(*) FROM copies;
\! rm -f "$PG_ABS_BUILDDIR/results/vector_type.bin"

-- Binary form: no dimension, too many, wrong number, unused not 0, NaN, Inf, truncated, too long.
CREATE TABLE received (v vector);
CREATE TABLE received_3 (v vector(3));
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\004\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\004\076\201\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\004\377\377\000\000\377\377"' (format binary)
\copy received_3 from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\010\000\001\000\000\077\200\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\010\000\001\000\001\077\200\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\010\000\001\000\000\177\300\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\010\000\001\000\000\377\200\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\010\000\002\000\000\077\200\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\014\000\001\000\000\077\200\000\000\077\200\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\010\000\001\000\000\077\200\000\000\377\377"' (format binary)
TABLE received;
\set VERBOSITY sqlstate
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\004\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\004\076\201\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\010\000\001\000\001\077\200\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\010\000\001\000\000\177\300\000\000\377\377"' (format binary)
\set VERBOSITY default
DROP TABLE items, copies, received, received_3;

-- Storage: short headers inline, out of line, compressed.
SELECT typstorage, typalign, typlen FROM pg_type WHERE typname = 'vector';
CREATE TABLE stored (id int, external vector(2000), extended vector(2000), main vector(2000), small vector);
ALTER TABLE stored ALTER extended SET STORAGE extended, ALTER main SET STORAGE main;
INSERT INTO stored
  SELECT i, v, v, v, ARRAY[i, 2, 3]
  FROM generate_series(1, 3) i, LATERAL (SELECT array_agg(n % (i + 2))::vector FROM generate_series(1, 2000) n) s(v);
SELECT id, pg_column_size(external) AS external, pg_column_size(extended) < 4000 AS is_compressed,
       pg_column_size(main) < 4000 AS is_compressed, pg_column_size(small) AS small
FROM stored ORDER BY id;
SELECT id, vector_dims(external), vector_dims(extended), vector_dims(main), vector_dims(small)
FROM stored ORDER BY id;
SELECT id, external = extended AND extended = main AS is_equal, external <-> extended AS distance,
       external::text = main::text AS is_same_text, external::vector(2000) = main AS is_cast, small
FROM stored ORDER BY id;
SELECT a.id, b.id, a.external <+> b.main AS l1 FROM stored a, stored b WHERE a.id < b.id ORDER BY 1, 2;
SELECT pg_temp.failure('SELECT external::vector(3) FROM stored');
SELECT pg_temp.failure('SELECT extended::vector(3) FROM stored');
SELECT pg_temp.failure('SELECT small::vector(4) FROM stored');
SELECT avg(external) = avg(main) AS is_equal, sum(extended) = sum(external) AS is_equal FROM stored;
CREATE TABLE moved AS SELECT id, external::vector(2000) AS v FROM stored;
TRUNCATE stored;
SELECT id, vector_dims(v), vector_norm(v) FROM moved ORDER BY id;
DROP TABLE stored, moved;

-- A value whose length and dimensions contradict each other is no crash.
CREATE CAST (bytea AS vector) WITHOUT FUNCTION;
SELECT pg_temp.failure($$SELECT ('\x01010000'::bytea)::vector::text$$);
SELECT pg_temp.failure($$SELECT ('\xffff000000000000'::bytea)::vector <-> '[1,2]'$$);
SELECT pg_temp.failure($$SELECT ('\x01010000'::bytea)::vector < '[1]'$$);
SELECT pg_temp.failure($$SELECT ('\x01010000'::bytea)::vector::vector(257)$$);
SELECT ('\x00000000'::bytea)::vector;
DROP CAST (bytea AS vector);
