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
RESET maintenance_work_mem;
