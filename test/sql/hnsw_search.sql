-- Searches; as many candidates as there are rows make them exact.
SET client_min_messages = warning;
SET enable_seqscan = off;

CREATE TABLE items (id int, embedding vector(3));
INSERT INTO items
SELECT 17 * x + 289 * y + z, ARRAY[x - 8, y - 8, z - 8]::vector(3)
FROM generate_series(0, 16) x, generate_series(0, 16) y, generate_series(0, 16) z;
INSERT INTO items VALUES (-1, NULL), (-2, '[0,0,0]');
CREATE INDEX l2 ON items USING hnsw (embedding vector_l2_ops);
CREATE INDEX ip ON items USING hnsw (embedding vector_ip_ops);
CREATE INDEX cosine ON items USING hnsw (embedding vector_cosine_ops);
CREATE INDEX l1 ON items USING hnsw (embedding vector_l1_ops);

EXPLAIN (COSTS OFF) SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5;
EXPLAIN (COSTS OFF) SELECT id FROM items ORDER BY embedding <#> '[1,2,3]' LIMIT 5;
EXPLAIN (COSTS OFF) SELECT id FROM items ORDER BY embedding <=> '[1,2,3]' LIMIT 5;
EXPLAIN (COSTS OFF) SELECT id FROM items ORDER BY embedding <+> '[1,2,3]' LIMIT 5;

-- Distances of the first 300 rows equal those of a sort.
CREATE FUNCTION differences(operator text, query vector) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE result bigint;
BEGIN
  EXECUTE format(
    'WITH found AS MATERIALIZED (
       SELECT embedding %1$s %2$L d FROM items ORDER BY embedding %1$s %2$L LIMIT 300),
     f AS (SELECT d, row_number() OVER () n FROM found),
     exact AS (SELECT d, row_number() OVER () n FROM (
       SELECT embedding %1$s %2$L d FROM items WHERE vector_norm(embedding) > 0
       ORDER BY (embedding %1$s %2$L) + 0 LIMIT 300) e)
     SELECT count(*) FROM f FULL JOIN exact USING (n)
     WHERE abs(f.d - exact.d) > 1e-6 OR f.d IS NULL OR exact.d IS NULL', operator, query)
  INTO result;
  RETURN result;
END $$;

SET hnsw.ef_search = 5000;
SELECT operator, query, differences(operator, query::vector)
FROM unnest(ARRAY['<->', '<#>', '<=>', '<+>']) operator,
     unnest(ARRAY['[9,9,9]', '[100,-3,2.5]', '[-1,2,-9]']) query;

-- NULLs are in no index; a zero vector is in all but the cosine one.
SELECT count(*) FROM items;
SELECT count(*) FROM (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]') t;
SELECT count(*) FROM (SELECT id FROM items ORDER BY embedding <#> '[1,2,3]') t;
SELECT count(*) FROM (SELECT id FROM items ORDER BY embedding <=> '[1,2,3]') t;
SELECT count(*) FROM (SELECT id FROM items ORDER BY embedding <+> '[1,2,3]') t;

-- No query, or one without a direction: all rows are equally near.
SELECT count(*) FROM (SELECT id FROM items ORDER BY embedding <-> NULL) t;
SELECT count(*) FROM (SELECT id FROM items ORDER BY embedding <=> '[0,0,0]') t;
SELECT count(*) FROM (SELECT id FROM items ORDER BY embedding <-> (SELECT NULL::vector)) t;
SET hnsw.ef_search = 40;
SELECT count(*) FROM (SELECT id FROM items ORDER BY embedding <-> (SELECT NULL::vector)) t;
SELECT count(*) BETWEEN 40 AND 400 AS some FROM (SELECT id FROM items ORDER BY embedding <=> '[0,0,0]') t;

-- Wrong queries
SELECT id FROM items ORDER BY embedding <-> '[1,2]' LIMIT 1;
SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4]' LIMIT 1;

-- As many rows as candidates, in order.
SET hnsw.ef_search = 100;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]') t;
SELECT bool_and(d >= before) FROM (
  SELECT d, lag(d) OVER () before FROM (
    SELECT embedding <-> '[1,2,3]' d FROM items ORDER BY embedding <-> '[1,2,3]') t) t;
SET hnsw.ef_search = 1;
SELECT id FROM items ORDER BY embedding <-> '[8,8,8]';
RESET hnsw.ef_search;

-- A second order is not the index's. (18 says of a plan that it is disabled.)
DO $$
DECLARE
  line text;
BEGIN
  FOR line IN EXPLAIN (COSTS OFF)
    SELECT id FROM items ORDER BY embedding <-> '[1,2,3]', embedding <-> '[9,9,9]' LIMIT 3
  LOOP
    IF line NOT LIKE '%Disabled%' THEN RAISE INFO '%', line; END IF;
  END LOOP;
END $$;

-- Rescans, parameters, cursors
SELECT q.n, t.id FROM (VALUES (1, '[8,8,8]'::vector), (2, '[-8,-8,-8]'), (3, '[8,-8,8]')) q(n, v),
  LATERAL (SELECT id FROM items ORDER BY embedding <-> q.v LIMIT 1) t ORDER BY n;
PREPARE nearest(vector) AS SELECT id FROM items ORDER BY embedding <-> $1 LIMIT 1;
SET plan_cache_mode = force_generic_plan;
EXECUTE nearest('[8,8,8]');
EXECUTE nearest('[-8,-8,-8]');
BEGIN;
DECLARE c CURSOR FOR SELECT embedding FROM items ORDER BY embedding <-> '[8.3,8.2,8.1]';
FETCH 2 FROM c;
DELETE FROM items WHERE id = -2;
FETCH 2 FROM c;
ROLLBACK;
DEALLOCATE nearest;
RESET plan_cache_mode;

-- Iterative scans
SELECT count(*) FROM (SELECT id FROM items WHERE id % 100 = 0 ORDER BY embedding <-> '[1,2,3]' LIMIT 30) t;
SET hnsw.iterative_scan = relaxed_order;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]') t;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM items ORDER BY embedding <#> '[1,2,3]') t;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM items ORDER BY embedding <=> '[1,2,3]') t;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM items ORDER BY embedding <-> NULL) t;
SELECT count(*) FROM (SELECT id FROM items WHERE id % 100 = 0 ORDER BY embedding <-> '[1,2,3]' LIMIT 30) t;
SET hnsw.max_scan_tuples = 200;
SELECT count(*) BETWEEN 40 AND 1000 AS some FROM (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]') t;
SET hnsw.ef_search = 400;
SELECT count(*) >= 400 AS first_scan FROM (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]') t;
RESET hnsw.ef_search;
RESET hnsw.max_scan_tuples;
SET work_mem = '64kB';
SELECT count(*) BETWEEN 40 AND 4914 AS some FROM (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]') t;
SET hnsw.scan_mem_multiplier = 1000;
SELECT count(*) FROM (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]') t;
RESET hnsw.scan_mem_multiplier;
RESET work_mem;
SET hnsw.iterative_scan = strict_order;
SELECT bool_and(d >= before), count(*) BETWEEN 1000 AND 4914 AS most FROM (
  SELECT d, lag(d) OVER () before FROM (
    SELECT embedding <-> '[1,2,3]' d FROM items ORDER BY embedding <-> '[1,2,3]') t) t;
RESET hnsw.iterative_scan;

DROP FUNCTION differences;
DROP TABLE items;

-- What a search did.
CREATE TABLE items (id int, v vector(64));
INSERT INTO items SELECT i, (SELECT array_agg((i * 31 + d * d * 7 + i * d) % 41) FROM generate_series(1, 64) d)::vector
  FROM generate_series(1, 1000) i;
CREATE INDEX items_idx ON items USING hnsw (v vector_l2_ops);
SELECT count(*) FROM (SELECT id FROM items ORDER BY v <-> (SELECT v FROM items WHERE id = 500) LIMIT 5) t;
SELECT index, lists, pages BETWEEN 10 AND 500 AS few_pages, codes > 100 AS codes, exact BETWEEN 5 AND 500 AS some_rows
FROM vector_last_scan_stats();
DROP INDEX items_idx;
CREATE INDEX items_idx ON items USING hnsw (v vector_l2_ops) WITH (quantizer = none);
SELECT count(*) FROM (SELECT id FROM items ORDER BY v <-> (SELECT v FROM items WHERE id = 500) LIMIT 5) t;
SELECT codes, exact BETWEEN 40 AND 2000 AS some_rows FROM vector_last_scan_stats();
RESET enable_seqscan;
DROP TABLE items;
