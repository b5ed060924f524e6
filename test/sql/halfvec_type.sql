-- The type halfvec: text, binary form, type modifier, storage.

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

-- A row for each literal: what it fails with when read as a halfvec.
CREATE FUNCTION pg_temp.bad(VARIADIC literals text[])
  RETURNS TABLE (literal text, failure text) LANGUAGE sql AS $$
  SELECT l, pg_temp.failure(format('SELECT %L::halfvec', l)) FROM unnest(literals) l
$$;

\pset format unaligned

-- Text that is accepted.
SELECT '[1,2,3]'::halfvec;
SELECT E' [ 1,\t-2.5 ,+3\x0b] '::halfvec;
SELECT '[1.,.5,007,1e2,1E-2,0x1A]'::halfvec;

-- Rounded to the nearest, of two equally near ones to the even one; printed as float4.
SELECT '[1.23456789,0.6,0.8,2049,2051,2050,4097,4099,0.1]'::halfvec;
SELECT '[65504,65519,-65519,65519.99]'::halfvec;
SELECT '[6.1e-5,6e-5,6e-8,3e-8,2.9e-8,-1e-8,1e-46,0,-0]'::halfvec;
SELECT vector_dims(('[1' || repeat(',1', 15999) || ']')::halfvec);

-- Text that is not.
SELECT * FROM pg_temp.bad('', ' ', 'hello', '{1,2,3}', '[]', '[ ]', '[', '[1,', '[1,]', '[1,2,3');
SELECT * FROM pg_temp.bad('[hello]', '[1,,3]', '[1, ,3]', '[1a]', '[1 2]', '[1,2,3]]', '[1]x');
SELECT * FROM pg_temp.bad('[65520,1]', '[1,-65520 ]', '[1e5]', '[4e38]', '[-1e400]', '[65520x', '[0x1p16]');
SELECT * FROM pg_temp.bad('[NaN,1]', '[nan', '[Infinity,1]', '[-Infinity]', '[inf');
SELECT pg_temp.failure($$SELECT ('[1' || repeat(',1', 16000) || ']')::halfvec$$);

-- Type modifiers.
SELECT '[1,2,3]'::halfvec(3);
SELECT pg_temp.failure($$SELECT '[1,2,3]'::halfvec(2)$$);
SELECT pg_temp.failure($$SELECT '[1,2,3]'::halfvec(3)::halfvec(4)$$);
SELECT pg_temp.failure($$SELECT halfvec_in('[1,2,3]', 0, 2)$$);
SELECT pg_temp.failure($$SELECT '[1]'::halfvec(0)$$);
SELECT pg_temp.failure($$SELECT '[1]'::halfvec(-1)$$);
SELECT pg_temp.failure($$SELECT '[1]'::halfvec(16001)$$);
SELECT pg_temp.failure($$SELECT '[1]'::halfvec(1, 2)$$);
SELECT pg_temp.failure($$SELECT '[1]'::halfvec('a')$$);
SELECT halfvec_typmod_in('{16000}'), format_type('halfvec'::regtype, 3);
\pset format aligned
CREATE TABLE items (id int, embedding halfvec(3), any_size halfvec);
\d items
INSERT INTO items VALUES (1, '[1,2,3]', '[1]'), (2, ARRAY[1, 2, 3], ARRAY[0.5, 1.5]), (3, NULL, NULL);
INSERT INTO items VALUES (4, '[1,2]', '[1]');
COPY items FROM STDIN;
5	[4,5,6]	[7]
\.
COPY items FROM STDIN;
6	[4,5]	[7]
\.
TABLE items;

-- Binary form: to a file and back.
SELECT encode(halfvec_send('[1,-2.5,65504,6e-8]'), 'hex');
\getenv directory PG_ABS_BUILDDIR
\set file :directory '/results/halfvec_type.bin'
COPY items TO STDOUT (FORMAT binary) \g :file
CREATE TABLE copies (LIKE items);
\copy copies from program 'cat "$PG_ABS_BUILDDIR/results/halfvec_type.bin"' (format binary)
(TABLE items EXCEPT TABLE copies) UNION ALL (TABLE copies EXCEPT TABLE items);
SELECT count(*) FROM copies;
\! rm -f "$PG_ABS_BUILDDIR/results/halfvec_type.bin"

-- Binary form: no dimension, too many, wrong number, unused not 0, NaN, Inf, truncated, too long.
CREATE TABLE received (v halfvec);
CREATE TABLE received_3 (v halfvec(3));
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\004\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\004\076\201\000\000\377\377"' (format binary)
\copy received_3 from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\006\000\001\000\000\074\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\006\000\001\000\001\074\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\006\000\001\000\000\176\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\006\000\001\000\000\374\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\006\000\002\000\000\074\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\010\000\001\000\000\074\000\074\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\006\000\001\000\000\074\000\377\377"' (format binary)
TABLE received;
DROP TABLE items, copies, received, received_3;

-- Storage: short headers inline, out of line.
SELECT typstorage, typalign, typlen FROM pg_type WHERE typname = 'halfvec';
CREATE TABLE stored (id int, external halfvec(4000), main halfvec(4000), small halfvec);
ALTER TABLE stored ALTER main SET STORAGE main;
INSERT INTO stored
  SELECT i, v, v, ARRAY[i, 2, 3]
  FROM generate_series(1, 3) i, LATERAL (SELECT array_agg(n % (i + 2))::halfvec FROM generate_series(1, 4000) n) s(v);
SELECT id, pg_column_size(external) AS external, pg_column_size(main) < 4000 AS is_compressed,
       pg_column_size(small) AS small
FROM stored ORDER BY id;
SELECT id, vector_dims(external), external = main AS is_equal, external <-> main AS distance,
       external::halfvec(4000) = main AS is_cast, small
FROM stored ORDER BY id;
SELECT pg_temp.failure('SELECT external::halfvec(3) FROM stored');
SELECT pg_temp.failure('SELECT main::halfvec(3) FROM stored');
SELECT pg_temp.failure('SELECT small::halfvec(4) FROM stored');
DROP TABLE stored;

-- A value whose length and dimensions contradict each other is no crash.
CREATE CAST (bytea AS halfvec) WITHOUT FUNCTION;
SELECT pg_temp.failure($$SELECT ('\x01010000'::bytea)::halfvec::text$$);
SELECT pg_temp.failure($$SELECT ('\xffff000000000000'::bytea)::halfvec <-> '[1,2]'$$);
SELECT pg_temp.failure($$SELECT ('\x01010000'::bytea)::halfvec::vector$$);
SELECT ('\x01000000003c'::bytea)::halfvec;
DROP CAST (bytea AS halfvec);
