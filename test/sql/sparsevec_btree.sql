-- The order of the type sparsevec, that of the dense vectors: operators, sorts, btree indexes.

SELECT a, b, a < b AS lt, a <= b AS le, a = b AS eq, a <> b AS ne, a >= b AS ge, a > b AS gt, sparsevec_cmp(a, b) AS cmp
FROM (VALUES ('{1:1,2:2}/3'::sparsevec, '{1:1,2:2}/3'::sparsevec), ('{1:1,3:3}/3', '{1:1,3:4}/3'), ('{1:1}/2', '{1:1}/3'),
             ('{1:1,2:3}/2', '{1:1,2:2,3:3}/3'), ('{2:1}/2', '{1:1}/2'), ('{2:-1}/2', '{}/2'), ('{}/2', '{2:1}/2'),
             ('{2:-1}/2', '{}/1'), ('{}/1', '{1:-1}/2'), ('{3:1}/3', '{2:-1}/3'), ('{3:1}/9', '{}/2')) t(a, b);
SELECT '{}/1'::sparsevec != '{}/1', '{}/1'::sparsevec = NULL;

CREATE TABLE items (id int, v sparsevec);
INSERT INTO items VALUES (1, '{1:1,2:2,3:3}/3'), (2, '{}/3'), (3, '{1:1,2:2,3:4}/3'), (4, '{1:1,2:2}/2'), (5, NULL), (6, '{1:1,2:2,3:3}/3'),
                         (7, '{1:-1}/1'), (8, '{1:1,2:2,3:3}/4'), (9, '{1:1e-45}/1'), (10, '{}/1'), (11, '{1000000000:-1}/1000000000');
SELECT id, v FROM items ORDER BY v, id;
SELECT id, v FROM items ORDER BY v DESC NULLS LAST, id LIMIT 3;
SELECT DISTINCT v FROM items ORDER BY v;
SELECT v, count(*) FROM items GROUP BY v HAVING count(*) > 1;
SELECT v FROM items WHERE id < 4 UNION SELECT v FROM items WHERE id > 5 ORDER BY 1;
SELECT a.id, b.id FROM items a JOIN items b USING (v) WHERE a.id < b.id;
SELECT id FROM items WHERE v IN ('{}/1', '{1:1,2:2}/2') ORDER BY id;
SELECT id FROM items WHERE v BETWEEN '{1:1}/1' AND '{1:1,2:2,3:3}/3' ORDER BY id;

-- An index: scans, uniqueness.
CREATE INDEX items_v ON items (v);
\d items
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM items WHERE v = '{1:1,2:2,3:3}/3';
SELECT id FROM items WHERE v = '{1:1,2:2,3:3}/3' ORDER BY id;
EXPLAIN (COSTS OFF) SELECT v FROM items WHERE v > '{1:1,2:2}/2' ORDER BY v;
SELECT v FROM items WHERE v > '{1:1,2:2}/2' ORDER BY v;
SELECT v FROM items WHERE v <= '{}/1' ORDER BY v DESC;
DROP INDEX items_v;
CREATE UNIQUE INDEX items_v ON items (v);
DELETE FROM items WHERE id = 6;
CREATE UNIQUE INDEX items_v ON items (v);
INSERT INTO items VALUES (12, '{1:-0}/1');
INSERT INTO items VALUES (12, '{3:4,2:2,1:1}/3') ON CONFLICT (v) DO UPDATE SET id = 33 RETURNING id;
RESET enable_seqscan;
RESET enable_bitmapscan;
DROP TABLE items;

-- Sorted as the dense vectors, out of line too.
CREATE TABLE wide AS
  SELECT i AS id, (ARRAY[i * 7919 % 7] || array_fill(i % 3, ARRAY[i % 5 * 200]) || ARRAY[i * 104729 % 11 - 5])::vector AS dense
  FROM generate_series(1, 1000) i;
ALTER TABLE wide ADD sparse sparsevec;
UPDATE wide SET sparse = dense;
SELECT count(*) FROM (SELECT row_number() OVER (ORDER BY dense, id) <> row_number() OVER (ORDER BY sparse, id) AS is_wrong FROM wide) s
WHERE is_wrong;
SELECT count(DISTINCT dense) = count(DISTINCT sparse) FROM wide;
ANALYZE wide;
DROP TABLE wide;

SELECT amname, opcname, opcdefault FROM pg_opclass JOIN pg_am ON opcmethod = pg_am.oid
WHERE opcintype = 'sparsevec'::regtype AND amname IN ('btree', 'hash');
SELECT amopstrategy, amopopr::regoperator FROM pg_amop
WHERE amoplefttype = 'sparsevec'::regtype AND amoppurpose = 's' ORDER BY 1;
