-- How much searches do, by vector_last_scan_stats(): bounds which twice the work would break.
SET max_parallel_maintenance_workers = 0;
SET enable_seqscan = off;

CREATE TABLE items (id int, v vector(64));
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
