-- The type sparsevec: text, binary form, type modifier, storage.

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

-- A row for each literal: what it fails with when read as a sparsevec.
CREATE FUNCTION pg_temp.bad(VARIADIC literals text[])
  RETURNS TABLE (literal text, failure text) LANGUAGE sql AS $$
  SELECT l, pg_temp.failure(format('SELECT %L::sparsevec', l)) FROM unnest(literals) l
$$;

\pset format unaligned

-- Text that is accepted: elements in any order, zeros dropped.
SELECT '{1:1.5,3:-2}/5'::sparsevec;
SELECT '{3:1,1:2,2:3}/3'::sparsevec;
SELECT '{}/5'::sparsevec, '{ }/1'::sparsevec, '{1:1}/1000000000'::sparsevec;
SELECT ' { 1 :	1.5 , 3 : 2 } / 5 '::sparsevec;
SELECT E'\t\n\r\x0b\x0c{\x0b1\x0c:\r2\n,\t3:4 }\n/\t5\x0b'::sparsevec;
SELECT '{+1:+2,002:-3,3:1.,4:.5,5:1e2,6:0x1A}/+06'::sparsevec;
SELECT '{1:0,2:-0,3:1,4:0.0,5:0e9}/5'::sparsevec;
SELECT '{1:1,1:0,0:0,-5:0,9:0,99999999999999999999:0}/5'::sparsevec;
SELECT '{1:1e-45,2:3.4028235e38,3:-1.5e38,4:1.23456789}/4'::sparsevec;
SELECT l2_norm(('{1:1' || (SELECT string_agg(',' || i || ':1', '' ORDER BY i) FROM generate_series(2, 16000) i) || '}/1000000')::sparsevec);

-- Text that is not.
SELECT * FROM pg_temp.bad('', ' ', 'hello', '1:1}/2', '[1,2]', '}', '(1:1)/2');
SELECT * FROM pg_temp.bad('{', '{1', '{1:', '{1:1', '{1:1,', '{1:1,}/2', '{,}/2', '{,1:1}/2', '{1:1,,2:1}/2');
SELECT * FROM pg_temp.bad('{:1}/2', '{1}/2', '{1:}/2', '{1::1}/2', '{a:1}/2', '{1:a}/2', '{1.5:1}/2', '{0x1:1}/2', '{-:1}/2',
                          '{1 1}/2', '{1:1 2:1}/2', '{1:1;2:1}/2', '{1:1]/2', '{1:--1}/2', '{1:1e}/2');
SELECT * FROM pg_temp.bad('{}', '{1:1}', '{1:1}2', '{1:1}}/2', '{}/', '{}/ ', '{}/a', '{}/-', '{}//1');
SELECT * FROM pg_temp.bad('{}/1a', '{}/1 2', '{}/1.5', '{}/0x5', '{1:1}/2}');
SELECT * FROM pg_temp.bad('{1:4e38}/1', '{1:-4e38 }/1', '{1:1e400}/1', '{1:1e-46}/1', '{1:-1e-46}/1', '{1:0x1p-200}/1', '{1:4e38');
SELECT * FROM pg_temp.bad('{1:NaN}/1', '{1:nan', '{1:-NaN}/1', '{1:Infinity}/1', '{1:-Infinity}/1', '{1:inf');
SELECT * FROM pg_temp.bad('{}/0', '{}/-1', '{1:1}/0', '{}/-99999999999999999999');
SELECT * FROM pg_temp.bad('{}/1000000001', '{}/2147483648', '{}/99999999999999999999');
SELECT * FROM pg_temp.bad('{0:1}/2', '{-1:1}/2', '{3:1}/2', '{2147483647:1}/2', '{2147483648:1}/2', '{-2147483648:1}/2',
                          '{-99999999999999999999:1}/2', '{1:1,3:1,3:2}/2');
SELECT * FROM pg_temp.bad('{1:1,1:1}/2', '{2:1,1:1,2:0,2:1}/2', '{1:1,1:1,3:1}/2');
SELECT pg_temp.failure($$SELECT ('{1:1' || repeat(',1:1', 16000) || '}/20000')::sparsevec$$);
SELECT pg_temp.failure($$SELECT ('{1:0' || repeat(',1:0', 16000) || '}/20000')::sparsevec$$);
SELECT pg_temp.failure($$SELECT repeat(',', 16000)::sparsevec$$);
SELECT pg_temp.failure($$SELECT ('{1:0' || repeat(',1:0', 15999) || '}/20000')::sparsevec$$);

-- Type modifiers.
SELECT '{1:1}/3'::sparsevec(3), '{}/1000000000'::sparsevec(1000000000);
SELECT pg_temp.failure($$SELECT '{1:1}/3'::sparsevec(2)$$);
SELECT pg_temp.failure($$SELECT '{1:1}/3'::sparsevec(3)::sparsevec(4)$$);
SELECT pg_temp.failure($$SELECT sparsevec_in('{9:1}/3', 0, 2)$$);
SELECT pg_temp.failure($$SELECT '{1:1}/3'::sparsevec(0)$$);
SELECT pg_temp.failure($$SELECT '{1:1}/3'::sparsevec(-1)$$);
SELECT pg_temp.failure($$SELECT '{1:1}/3'::sparsevec(1000000001)$$);
SELECT pg_temp.failure($$SELECT '{1:1}/3'::sparsevec(1, 2)$$);
SELECT pg_temp.failure($$SELECT '{1:1}/3'::sparsevec('a')$$);
SELECT sparsevec_typmod_in('{1000000000}'), format_type('sparsevec'::regtype, 3);
\pset format aligned
CREATE TABLE items (id int, embedding sparsevec(3), any_size sparsevec);
\d items
INSERT INTO items VALUES (1, '{1:1,3:2}/3', '{}/1'), (2, ARRAY[1, 0, 3], ARRAY[0.5, 1.5]), (3, NULL, NULL);
INSERT INTO items VALUES (4, '{1:1}/2', '{}/1');
INSERT INTO items SELECT id, any_size FROM items WHERE id = 1;
COPY items FROM STDIN;
5	{2:4}/3	{7:7}/9
\.
COPY items FROM STDIN;
6	{2:4}/4	{7:7}/9
\.
TABLE items;

-- Binary form: to a file and back.
SELECT encode(sparsevec_send('{1:1,5:-2.5}/7'), 'hex'), encode(sparsevec_send('{}/1000000000'), 'hex');
\getenv directory PG_ABS_BUILDDIR
\set file :directory '/results/sparsevec_type.bin'
COPY items TO STDOUT (FORMAT binary) \g :file
CREATE TABLE copies (LIKE items);
\copy copies from program 'cat "$PG_ABS_BUILDDIR/results/sparsevec_type.bin"' (format binary)
(TABLE items EXCEPT TABLE copies) UNION ALL (TABLE copies EXCEPT TABLE items);
SELECT count(*) FROM copies;
\! rm -f "$PG_ABS_BUILDDIR/results/sparsevec_type.bin"

-- Binary form: a good one; no dimension, negative or too many; number of elements negative, too large, beyond the
-- dimensions; wrong number of dimensions; unused not 0; index negative, too large, repeated, not ascending; NaN,
-- infinity, zero, minus zero; truncated, too long.
CREATE TABLE received (v sparsevec);
CREATE TABLE received_3 (v sparsevec(3));
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\034\000\000\000\003\000\000\000\002\000\000\000\000\000\000\000\000\000\000\000\002\077\200\000\000\300\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\014\000\000\000\000\000\000\000\000\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\014\377\377\377\377\000\000\000\000\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\014\073\232\312\001\000\000\000\000\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\014\000\000\000\003\377\377\377\377\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\014\000\000N\040\000\000\076\201\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\014\000\000\000\003\000\000\000\004\000\000\000\000\377\377"' (format binary)
\copy received_3 from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\024\000\000\000\004\000\000\000\001\000\000\000\001\000\000\000\011\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\024\000\000\000\003\000\000\000\001\000\000\000\001\000\000\000\011\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\024\000\000\000\003\000\000\000\001\000\000\000\000\377\377\377\377\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\024\000\000\000\003\000\000\000\001\000\000\000\000\000\000\000\003\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\034\000\000\000\003\000\000\000\002\000\000\000\000\000\000\000\001\000\000\000\001\000\000\000\000\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\034\000\000\000\003\000\000\000\002\000\000\000\000\000\000\000\001\000\000\000\000\000\000\000\000\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\034\000\000\000\003\000\000\000\002\000\000\000\000\000\000\000\000\000\000\000\001\177\300\000\000\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\024\000\000\000\003\000\000\000\001\000\000\000\000\000\000\000\000\377\200\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\024\000\000\000\003\000\000\000\001\000\000\000\000\000\000\000\000\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\024\000\000\000\003\000\000\000\001\000\000\000\000\000\000\000\000\200\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\020\000\000\000\003\000\000\000\001\000\000\000\000\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\014\000\000\000\003\000\000\000\001\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\004\000\000\000\003\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\030\000\000\000\003\000\000\000\001\000\000\000\000\000\000\000\000\077\200\000\000\000\000\000\000\377\377"' (format binary)
TABLE received;
\set VERBOSITY sqlstate
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\014\000\000\000\000\000\000\000\000\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\014\073\232\312\001\000\000\000\000\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\014\000\000\000\003\377\377\377\377\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\014\000\000N\040\000\000\076\201\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\014\000\000\000\003\000\000\000\004\000\000\000\000\377\377"' (format binary)
\copy received_3 from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\024\000\000\000\004\000\000\000\001\000\000\000\001\000\000\000\011\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\024\000\000\000\003\000\000\000\001\000\000\000\001\000\000\000\011\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\024\000\000\000\003\000\000\000\001\000\000\000\000\377\377\377\377\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\034\000\000\000\003\000\000\000\002\000\000\000\000\000\000\000\001\000\000\000\001\000\000\000\000\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\034\000\000\000\003\000\000\000\002\000\000\000\000\000\000\000\001\000\000\000\000\000\000\000\000\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\034\000\000\000\003\000\000\000\002\000\000\000\000\000\000\000\000\000\000\000\001\177\300\000\000\000\000\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\024\000\000\000\003\000\000\000\001\000\000\000\000\000\000\000\000\377\200\000\000\377\377"' (format binary)
\copy received from program 'printf "PGCOPY\n\377\r\n\000\000\000\000\000\000\000\000\000\000\001\000\000\000\024\000\000\000\003\000\000\000\001\000\000\000\000\000\000\000\000\000\000\000\000\377\377"' (format binary)
\set VERBOSITY default
DROP TABLE items, copies, received, received_3;

-- Storage: short headers inline, out of line, compressed.
SELECT typstorage, typalign, typlen FROM pg_type WHERE typname = 'sparsevec';
CREATE TABLE stored (id int, external sparsevec(5000), extended sparsevec(5000), main sparsevec(5000), small sparsevec);
ALTER TABLE stored ALTER extended SET STORAGE extended, ALTER main SET STORAGE main;
INSERT INTO stored
  SELECT i, v, v, v, ARRAY[0, i, 0, 3]
  FROM generate_series(1, 3) i, LATERAL (SELECT array_agg(n % 2 * i)::sparsevec FROM generate_series(1, 5000) n) s(v);
SELECT id, pg_column_size(external) AS external, pg_column_size(extended) < 16000 AS is_compressed,
       pg_column_size(main) < 16000 AS is_compressed, pg_column_size(small) AS small
FROM stored ORDER BY id;
SELECT id, external = extended AND extended = main AS is_equal, external <-> extended AS distance, l2_norm(main)::real,
       external::text = main::text AS is_same_text, external::sparsevec(5000) = main AS is_cast, small
FROM stored ORDER BY id;
SELECT a.id, b.id, a.external <+> b.main AS l1 FROM stored a, stored b WHERE a.id < b.id ORDER BY 1, 2;
SELECT pg_temp.failure('SELECT external::sparsevec(3) FROM stored');
SELECT pg_temp.failure('SELECT extended::sparsevec(3) FROM stored');
SELECT pg_temp.failure('SELECT small::sparsevec(5) FROM stored');
CREATE TABLE moved AS SELECT id, external::sparsevec(5000) AS v FROM stored;
TRUNCATE stored;
SELECT id, l2_norm(v)::real FROM moved ORDER BY id;
DROP TABLE stored, moved;

-- A value whose length and number of elements contradict each other is no crash, nor is a wrong index.
CREATE CAST (bytea AS sparsevec) WITHOUT FUNCTION;
SELECT pg_temp.failure($$SELECT ('\x050000000100000000000000'::bytea)::sparsevec::text$$);
SELECT pg_temp.failure($$SELECT ('\x05000000ffffffff00000000'::bytea)::sparsevec <-> '{}/5'$$);
SELECT pg_temp.failure($$SELECT ('\x05000000ffffff7f00000000'::bytea)::sparsevec < '{}/5'$$);
SELECT pg_temp.failure($$SELECT ('\x05'::bytea)::sparsevec::sparsevec(5)$$);
SELECT pg_temp.failure($$SELECT ('\x0500000001000000000000000700000000000000'::bytea)::sparsevec::vector$$);
SELECT pg_temp.failure($$SELECT ('\x050000000100000000000000ffffffff00000000'::bytea)::sparsevec::vector$$);
SELECT pg_temp.failure($$SELECT ('\xffffffff0100000000000000ffffff7f00000000'::bytea)::sparsevec::vector$$);
SELECT ('\xffffffff0100000000000000ffffff7f0000803f'::bytea)::sparsevec;
DROP CAST (bytea AS sparsevec);
