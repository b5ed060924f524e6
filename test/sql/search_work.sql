-- How much searches do, by vector_last_scan_stats(): bounds which twice the work would break.
SET max_parallel_maintenance_workers = 0;
SET enable_seqscan = off;

CREATE TABLE items (id int, v vector(64)) WITH (autovacuum_enabled = off);
-- Around forty centers.
INSERT INTO items SELECT i, (SELECT array_agg((i % 40 * (d * d + 5) + d * i % 40 * 11) % 61 + (i * 31 + d * d * 7 + i * d) % 23)
  FROM generate_series(1, 64) d)::vector FROM generate_series(1, 2000) i;

-- The work of ten searches of the nearest ten rows. `buffers` are those of the whole statement, of
-- the table and of the index.
CREATE FUNCTION work(OUT lists bigint, OUT pages bigint, OUT codes bigint, OUT refined bigint, OUT exact bigint,
  OUT buffers bigint) LANGUAGE plpgsql AS $$
DECLARE
  query vector;
  plan json;
  stats record;
BEGIN
  lists := 0; pages := 0; codes := 0; refined := 0; exact := 0; buffers := 0;
  FOR query IN SELECT v FROM items WHERE id % 200 = 7 ORDER BY id LOOP
    EXECUTE format('EXPLAIN (ANALYZE, BUFFERS, FORMAT json) SELECT id FROM items ORDER BY v <-> %L LIMIT 10', query)
      INTO plan;
    SELECT * INTO stats FROM vector_last_scan_stats();
    lists := lists + stats.lists; pages := pages + stats.pages; codes := codes + stats.codes;
    refined := refined + stats.refined; exact := exact + stats.exact;
    buffers := buffers + (plan->0->'Plan'->>'Shared Hit Blocks')::bigint + (plan->0->'Plan'->>'Shared Read Blocks')::bigint;
  END LOOP;
END $$;

-- Nodes with codes: each is visited once, its vector is on its page, and the table is read for what is
-- returned. Neighbours are estimated from the page.
CREATE INDEX items_idx ON items USING hnsw (v vector_l2_ops);
SELECT pages BETWEEN 500 AND 1400 AS pages, exact <= pages AS exact, codes <= 37 * pages AS codes,
  buffers - pages BETWEEN 100 AND 250 AS other_buffers FROM work();
SET hnsw.ef_search = 80;
SELECT pages BETWEEN 1200 AND 3200 AS pages, exact <= pages AS exact, buffers - pages BETWEEN 100 AND 250 AS other_buffers
FROM work();
RESET hnsw.ef_search;

-- Pages that a session finds where they were the last time are hits in the statistics too.
CREATE FUNCTION hits(OUT heap bigint, OUT idx bigint) LANGUAGE sql AS $$
  SELECT heap_blks_hit + heap_blks_read, idx_blks_hit + idx_blks_read FROM pg_statio_user_tables WHERE relname = 'items'
$$;
SELECT pg_stat_force_next_flush();
SELECT heap AS heap_before, idx AS idx_before FROM hits() \gset
SELECT pages AS work_pages, buffers AS work_buffers FROM work() \gset
SELECT pg_stat_force_next_flush();
SELECT heap - :heap_before BETWEEN 50 AND :work_buffers AS heap, idx - :idx_before BETWEEN :work_pages AND :work_buffers AS idx
FROM hits();
DROP FUNCTION hits;

-- What a session remembers of a table may have become another row's page, or another table's.
CREATE TABLE twins (LIKE items) WITH (fillfactor = 50);
INSERT INTO twins SELECT * FROM items WHERE id <= 400;
CREATE INDEX twins_idx ON twins USING hnsw (v vector_l2_ops);
CREATE FUNCTION nearest(table_name text) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  found int[];
BEGIN
  FOR i IN 1..8 LOOP
    EXECUTE format('SELECT array_agg(id) FROM (SELECT id FROM %I ORDER BY v <-> (SELECT v FROM items WHERE id = 7) LIMIT 5) n',
      table_name) INTO found;
  END LOOP;
  RETURN found;
END $$;
SELECT nearest('twins') = (SELECT array_agg(id) FROM (SELECT id FROM twins ORDER BY (v <-> (SELECT v FROM items WHERE id = 7)) + 0 LIMIT 5) n);
SELECT nearest('twins') AS nearest \gset
UPDATE twins SET id = -id;  -- on the same pages, and the old versions leave them
SELECT nearest('twins') = (SELECT array_agg(-id) FROM unnest(:'nearest'::int[]) id);
VACUUM FULL twins;  -- in another file
SELECT nearest('twins') = (SELECT array_agg(-id) FROM unnest(:'nearest'::int[]) id);
TRUNCATE twins;
SELECT nearest('twins');
INSERT INTO twins SELECT id + 5000, v FROM items WHERE id <= 400;
SELECT nearest('twins') = (SELECT array_agg(id + 5000) FROM unnest(:'nearest'::int[]) id);
-- A cursor has the page of its last row pinned while others move on.
BEGIN;
DECLARE ahead CURSOR FOR SELECT id FROM twins ORDER BY v <-> (SELECT v FROM items WHERE id = 7) LIMIT 5;
FETCH 1 FROM ahead \gset ahead_
SELECT nearest('twins') = (SELECT array_agg(id + 5000) FROM unnest(:'nearest'::int[]) id);
SELECT :ahead_id = (:'nearest'::int[])[1] + 5000;
MOVE 3 FROM ahead;
FETCH 1 FROM ahead \gset ahead_
SELECT :ahead_id = (:'nearest'::int[])[5] + 5000;
COMMIT;
DROP TABLE twins;
DROP FUNCTION nearest;
DROP INDEX items_idx;

-- Without codes all neighbours are visited that were not before.
CREATE INDEX items_idx ON items USING hnsw (v vector_l2_ops) WITH (quantizer = none);
SELECT codes, pages BETWEEN 1000 AND 3200 AS pages, exact <= pages AS exact,
  buffers - pages BETWEEN 100 AND 350 AS other_buffers FROM work();
DROP INDEX items_idx;

-- Lists of rows: all rows of the lists that are probed, page by page. The same number for all queries.
SET ivfflat.adaptive_probes = off;
SET ivfflat.probes = 5;
CREATE INDEX items_idx ON items USING ivfflat (v vector_l2_ops) WITH (lists = 40, quantizer = none);
SELECT lists, codes, exact BETWEEN 2000 AND 4000 AS exact, pages BETWEEN 60 AND 200 AS pages,
  buffers - pages <= 200 AS other_buffers FROM work();
DROP INDEX items_idx;

-- With codes: a code for each row of as many lists, and few exact distances, each of a row on its page or
-- in the table.
CREATE INDEX items_idx ON items USING ivfflat (v vector_l2_ops) WITH (lists = 40, quantizer = rabitq);
SELECT w.lists, w.codes BETWEEN 1500 AND 4000 AS codes,
  w.refined, w.exact BETWEEN 100 AND 480 AS exact,
  w.pages - w.exact BETWEEN 10 AND 110 AS pages, w.buffers - w.pages <= 200 AS other_buffers FROM work() w;
SET ivfflat.probes = 10;
SELECT lists, exact * 10 <= codes AS exact FROM work();
SET ivfflat.probes = 5;
DROP INDEX items_idx;
CREATE INDEX items_idx ON items USING ivfflat (v vector_l2_ops) WITH (lists = 40, quantizer = rabitq, vectors = heap);
SELECT w.lists, w.codes BETWEEN 1500 AND 4000 AS codes,
  w.exact BETWEEN 100 AND 480 AS exact, w.pages BETWEEN 10 AND 110 AS pages,
  w.buffers - w.pages <= w.exact + 150 AS other_buffers FROM work() w;
DROP TABLE items;

-- Second codes: for few of the rows, and exact distances for fewer still.
CREATE TABLE items (id int, v vector(512));
INSERT INTO items SELECT i, (SELECT array_agg((i % 10 * (d * d + 5) + d * i % 10 * 11) % 61 + (i * 31 + d * d * 7 + i * d) % 23)
  FROM generate_series(1, 512) d)::vector FROM generate_series(1, 600) i;
CREATE INDEX items_idx ON items USING ivfflat (v vector_l2_ops) WITH (lists = 10);
SELECT lists, refined > 0 AND refined * 10 <= codes AS refined, exact BETWEEN 30 AND refined AS exact FROM work();

RESET ivfflat.probes;
RESET ivfflat.adaptive_probes;
RESET enable_seqscan;
RESET max_parallel_maintenance_workers;
DROP TABLE items;
DROP FUNCTION work;
