-- What the index methods tell of themselves, and builds on more rows than their sample holds.
SELECT amname, property, pg_indexam_has_property(a.oid, property) AS has
FROM pg_am a, unnest(ARRAY['can_order', 'can_unique', 'can_multi_col', 'can_exclude', 'can_include']) WITH ORDINALITY AS p (property, n)
WHERE amname IN ('hnsw', 'ivfflat') ORDER BY amname, n;
SELECT amname, phase, pg_indexam_progress_phasename(a.oid, phase) AS name
FROM pg_am a, generate_series(0, 7) phase WHERE amname IN ('hnsw', 'ivfflat') ORDER BY amname, phase;
SELECT amname, count(*), bool_and(amvalidate(c.oid)) AS are_valid
FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod WHERE amname IN ('hnsw', 'ivfflat') GROUP BY amname ORDER BY amname;

CREATE TABLE samples (id int, v vector(2), b bit(3));
INSERT INTO samples SELECT i, ARRAY[i % 1000, i % 7]::vector, (i % 8)::bit(3) FROM generate_series(1, 30000) i;
CREATE INDEX samples_v ON samples USING ivfflat (v vector_l2_ops) WITH (lists = 2);
SELECT property, pg_index_column_has_property('samples_v', 1, property) AS has
FROM unnest(ARRAY['asc', 'orderable', 'distance_orderable', 'returnable', 'search_array', 'search_nulls']) property;
SELECT property, pg_index_has_property('samples_v', property) AS has
FROM unnest(ARRAY['clusterable', 'index_scan', 'bitmap_scan', 'backward_scan']) property;
-- A sample that does not fit into memory
SET maintenance_work_mem = '1MB';
CREATE INDEX samples_few ON samples USING ivfflat (v vector_cosine_ops) WITH (lists = 400);
CREATE INDEX samples_b ON samples USING ivfflat (b bit_hamming_ops) WITH (lists = 5);
SELECT vector_index_check_strict('samples_v', true), vector_index_check_strict('samples_few', true), vector_index_check_strict('samples_b', true);
DROP TABLE samples;

-- A sample of values out of line is that of the same values in line, in memory and in a file.
CREATE TABLE inside (id int PRIMARY KEY, v vector(510));
ALTER TABLE inside ALTER v SET STORAGE PLAIN;
CREATE TABLE outside (id int, v vector(510));
INSERT INTO inside SELECT i, (ARRAY[i % 97, i % 89, i % 83, i % 79, i % 73, i % 71] || array_fill(0, ARRAY[504]))::vector
  FROM generate_series(1, 10400) i;
INSERT INTO outside SELECT * FROM inside;
INSERT INTO outside VALUES (0, NULL);
SELECT pg_column_size(v) FROM outside WHERE id = 1;
SELECT pg_relation_size(reltoastrelid) > pg_relation_size(oid) AS is_outside FROM pg_class WHERE relname = 'outside';
CREATE FUNCTION nearest_ids(name text, i int) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  ids int[];
BEGIN
  EXECUTE format('SELECT array_agg(id) FROM (SELECT id FROM %I ORDER BY v <-> (SELECT v FROM inside WHERE id = $1) LIMIT 5) t',
                 name) USING i INTO ids;
  RETURN ids;
END $$;
SET enable_seqscan = off;
CREATE INDEX inside_v ON inside USING ivfflat (v vector_l2_ops) WITH (lists = 30);
CREATE INDEX outside_v ON outside USING ivfflat (v vector_l2_ops) WITH (lists = 30);
SELECT count(*) FILTER (WHERE nearest_ids('inside', i) <> nearest_ids('outside', i)) AS different FROM generate_series(1, 10400, 100) i;
SET maintenance_work_mem = '8MB';
REINDEX INDEX inside_v;
REINDEX INDEX outside_v;
RESET maintenance_work_mem;
SELECT count(*) FILTER (WHERE nearest_ids('inside', i) <> nearest_ids('outside', i)) AS different FROM generate_series(1, 10400, 100) i;
-- Rows without a direction leave the sample again.
DROP INDEX inside_v, outside_v;
UPDATE outside SET v = array_fill(0, ARRAY[510])::vector WHERE id % 3 = 0;
CREATE INDEX outside_v ON outside USING ivfflat (v vector_cosine_ops) WITH (lists = 30);
SELECT vector_index_check_strict('outside_v', true);
DROP TABLE inside, outside;
DROP FUNCTION nearest_ids;
RESET enable_seqscan;
RESET maintenance_work_mem;
