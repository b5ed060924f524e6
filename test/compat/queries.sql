-- What must be the same before and after a restore, on both sides.
\pset format unaligned
SET extra_float_digits = 0;
SET ivfflat.probes = 5;
\d+ items
\d+ large
\d+ parts
\d+ parts_1
\d+ nearest
\d+ averages
\d+ items_l2
\d+ items_expression
\d labelled
\dD+ point3
\df neighbours
\sf inlined
\sf neighbours
\da concatenation
\dX

TABLE items ORDER BY id;
TABLE large ORDER BY id;
TABLE parts ORDER BY id;
TABLE nearest ORDER BY id;
TABLE averages ORDER BY category;
SELECT * FROM neighbours('[3,1,-2]');
SELECT id, inlined(v, '[1,2,0]') FROM items ORDER BY 2, 1 LIMIT 5;
SELECT concatenation(v ORDER BY id) FROM parts WHERE id < 5;
SELECT id FROM items ORDER BY v, h, s, any_v, id;
SELECT DISTINCT any_v FROM items ORDER BY 1 DESC;
SELECT category, count(DISTINCT v), min(norm), max(norm) FROM items GROUP BY 1 ORDER BY 1;
SELECT a.id, b.id FROM items a JOIN items b ON a.v = b.v AND a.id < b.id ORDER BY 1, 2 LIMIT 10;

-- Index scans: as many lists probed as there are, so that nothing is missed.
SET enable_seqscan = off;
SET enable_sort = off;
EXPLAIN (COSTS off) SELECT id FROM items ORDER BY v <-> '[3,1,-2]' LIMIT 5;
SELECT v <-> '[3,1,-2]' FROM items ORDER BY v <-> '[3,1,-2]' LIMIT 20;
SELECT v <#> '[3,1,-2]' FROM items ORDER BY v <#> '[3,1,-2]' LIMIT 20;
EXPLAIN (COSTS off) SELECT id FROM items WHERE category = 2 ORDER BY v <=> '[3,1,-2]' LIMIT 5;
SELECT round((v <=> '[3,1,-2]')::numeric, 6) FROM items WHERE category = 2
  ORDER BY v <=> '[3,1,-2]' LIMIT 20;
SELECT h::vector(3) <-> '[3,1,-2]' FROM items ORDER BY h::vector(3) <-> '[3,1,-2]' LIMIT 20;
SELECT half <-> '[3,1,-2]' FROM items ORDER BY half <-> '[3,1,-2]' LIMIT 20;
SELECT half <#> '[3,1,-2]' FROM items ORDER BY half <#> '[3,1,-2]' LIMIT 20;
SELECT b <~> B'10101010' FROM items ORDER BY b <~> B'10101010' LIMIT 20;
SELECT binary_quantize(v)::bit(3) <~> B'101' FROM items ORDER BY binary_quantize(v)::bit(3) <~> B'101' LIMIT 20;
SELECT v <-> '[20,3]' FROM parts ORDER BY v <-> '[20,3]' LIMIT 20;
SELECT id FROM items WHERE any_v = '[2,2,2]' ORDER BY id;
SELECT id FROM items WHERE h > '[11,2,0]' ORDER BY id;
SELECT id FROM items WHERE s < '{1:-3}/1000' ORDER BY id;

BEGIN;
UPDATE items SET category = 9 WHERE id = 3 RETURNING any_v;
INSERT INTO items (id, v, p) VALUES (1001, '[1,2]', NULL);
ROLLBACK;
BEGIN;
INSERT INTO items (id, v, p) VALUES (1001, '[1,2,3]', '[1000,0,0]');
ROLLBACK;
