-- The order of the type vector: operators, sorts, btree indexes.

SELECT a, b, a < b AS lt, a <= b AS le, a = b AS eq, a <> b AS ne, a >= b AS ge, a > b AS gt, vector_cmp(a, b) AS cmp
FROM (VALUES ('[1,2,3]'::vector, '[1,2,3]'::vector), ('[1,2,3]', '[1,2,4]'), ('[1,2]', '[1,2,3]'),
             ('[1,3]', '[1,2,3]'), ('[2]', '[1,9,9]'), ('[0]', '[-0]'), ('[-1]', '[1]')) t(a, b);
SELECT '[1]'::vector != '[1]', '[1]'::vector = NULL;

CREATE TABLE items (id int, v vector);
INSERT INTO items VALUES (1, '[1,2,3]'), (2, '[0,0,0]'), (3, '[1,2,4]'), (4, '[1,2]'), (5, NULL), (6, '[1,2,3]'),
                         (7, '[-1]'), (8, '[1,2,3,0]'), (9, '[1e-45]'), (10, '[0]');
SELECT id, v FROM items ORDER BY v, id;
SELECT id, v FROM items ORDER BY v DESC NULLS LAST, id LIMIT 3;
SELECT DISTINCT v FROM items ORDER BY v;
SELECT v, count(*) FROM items GROUP BY v HAVING count(*) > 1;
SELECT count(DISTINCT v), count(*) FROM items;
SELECT v FROM items WHERE id < 4 UNION SELECT v FROM items WHERE id > 5 ORDER BY 1;
SELECT a.id, b.id FROM items a JOIN items b USING (v) WHERE a.id < b.id;
SELECT id FROM items WHERE v IN ('[0]', '[1,2]') ORDER BY id;
SELECT id FROM items WHERE v BETWEEN '[1]' AND '[1,2,3]' ORDER BY id;

-- An index: scans, merge joins, uniqueness.
CREATE INDEX items_v ON items (v);
\d items
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM items WHERE v = '[1,2,3]';
SELECT id FROM items WHERE v = '[1,2,3]' ORDER BY id;
EXPLAIN (COSTS OFF) SELECT v FROM items WHERE v > '[1,2]' ORDER BY v;
SELECT v FROM items WHERE v > '[1,2]' ORDER BY v;
SELECT v FROM items WHERE v <= '[0]' ORDER BY v DESC;
SELECT id FROM items WHERE v IS NULL;
DROP INDEX items_v;
CREATE UNIQUE INDEX items_v ON items (v);
DELETE FROM items WHERE id = 6;
CREATE UNIQUE INDEX items_v ON items (v);
INSERT INTO items VALUES (11, '[-0]');
INSERT INTO items VALUES (11, '[1,2,4]') ON CONFLICT (v) DO UPDATE SET id = 33 RETURNING id;
\set VERBOSITY sqlstate
INSERT INTO items VALUES (12, array_fill(1, ARRAY[2000])::vector);
\set VERBOSITY default
DROP TABLE items;

-- A sort of many values out of line.
CREATE TABLE wide AS
  SELECT i AS id, (ARRAY[i * 7919 % 1000] || array_fill(i % 3, ARRAY[1535]))::vector AS v FROM generate_series(1, 1000) i;
SELECT count(*) FROM (SELECT (v::real[])[1] < lag((v::real[])[1]) OVER (ORDER BY v) AS is_wrong FROM wide) s WHERE is_wrong;
SELECT count(DISTINCT v) FROM wide;
ANALYZE wide;
DROP TABLE wide;

-- No default class for hash: neither hash joins nor hash aggregates.
SELECT amname, opcname, opcdefault FROM pg_opclass JOIN pg_am ON opcmethod = pg_am.oid
WHERE opcintype = 'vector'::regtype AND amname IN ('btree', 'hash');
SELECT amopstrategy, amopopr::regoperator FROM pg_amop
WHERE amoplefttype = 'vector'::regtype AND amoppurpose = 's' ORDER BY 1;
