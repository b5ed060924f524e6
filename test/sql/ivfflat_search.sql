-- Searches by each operator class; probes = lists makes them exact.
SET client_min_messages = warning;
SET enable_seqscan = off;

CREATE TABLE items (id int, embedding vector(3));
INSERT INTO items
SELECT 17 * x + 289 * y + z, ARRAY[x - 8, y - 8, z - 8]::vector(3)
FROM generate_series(0, 16) x, generate_series(0, 16) y, generate_series(0, 16) z;
INSERT INTO items VALUES (-1, NULL), (-2, '[0,0,0]');
CREATE INDEX l2 ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 20);
CREATE INDEX ip ON items USING ivfflat (embedding vector_ip_ops) WITH (lists = 20);
CREATE INDEX cosine ON items USING ivfflat (embedding vector_cosine_ops) WITH (lists = 20);
CREATE INDEX l1 ON items USING ivfflat (embedding vector_l1_ops) WITH (lists = 20);

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

SET ivfflat.probes = 20;
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

-- Wrong queries
SELECT id FROM items ORDER BY embedding <-> '[1,2]' LIMIT 1;
SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4]' LIMIT 1;

-- Rows that are far behind a small work_mem are found all the same.
SET work_mem = '64kB';
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]') t;
SELECT bool_and(d >= before) FROM (
  SELECT d, lag(d) OVER () before FROM (
    SELECT embedding <-> '[1,2,3]' d FROM items ORDER BY embedding <-> '[1,2,3]') t) t;
RESET work_mem;

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
DECLARE c CURSOR FOR SELECT embedding FROM items ORDER BY embedding <-> '[8,8,8]';
FETCH 2 FROM c;
DELETE FROM items WHERE id = -2;
FETCH 2 FROM c;
ROLLBACK;

-- Probes and iterative scans
SET ivfflat.probes = 1;
SELECT count(*) < 2000 AS one_list FROM (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]') t;
SET ivfflat.iterative_scan = relaxed_order;
SELECT count(*) FROM (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]') t;
SELECT count(*) FROM (SELECT id FROM items WHERE id % 100 = 0 ORDER BY embedding <-> '[1,2,3]' LIMIT 30) t;
SET ivfflat.max_probes = 2;
SELECT count(*) < 3000 AS two_lists FROM (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]') t;
SET ivfflat.probes = 20;
SELECT count(*) FROM (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]') t;

DROP FUNCTION differences;
DROP TABLE items;

-- What a search did.
CREATE TABLE items (id int, v vector(2));
INSERT INTO items SELECT i, ARRAY[i, i % 7]::vector FROM generate_series(1, 1000) i;
CREATE INDEX items_idx ON items USING ivfflat (v) WITH (lists = 10);
SET enable_seqscan = off;
SET ivfflat.probes = 3;
SELECT count(*) FROM (SELECT id FROM items ORDER BY v <-> '[500,3]' LIMIT 5) t;
SELECT index, lists, pages BETWEEN 4 AND 10 AS few_pages, codes, exact BETWEEN 100 AND 900 AS some_rows
FROM vector_last_scan_stats();
SET ivfflat.probes = 10;
SELECT count(*) FROM (SELECT id FROM items ORDER BY v <-> '[500,3]' LIMIT 5) t;
SELECT lists, exact FROM vector_last_scan_stats();
DROP INDEX items_idx;
CREATE INDEX items_idx ON items USING ivfflat (v) WITH (lists = 10, quantizer = rabitq, vectors = heap);
SET ivfflat.probes = 9;
SELECT count(*) FROM (SELECT id FROM items ORDER BY v <-> '[500,3]' LIMIT 5) t;
SELECT lists, codes BETWEEN 500 AND 999 AS most_codes, exact BETWEEN 5 AND 500 AS some_rows FROM vector_last_scan_stats();
RESET ivfflat.probes;
RESET enable_seqscan;
DROP TABLE items;

-- With codes a search probes about as many lists as it is asked for, by the query.
CREATE TABLE items (id int, v vector(2));
INSERT INTO items SELECT i, ARRAY[sqrt(i) * sin(i * i), sqrt(i) * cos(i * i)]::vector FROM generate_series(1, 2000) i;
CREATE INDEX ON items USING ivfflat (v) WITH (lists = 40, quantizer = rabitq);
CREATE FUNCTION lists_probed(query vector) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  PERFORM id FROM items ORDER BY v <-> query LIMIT 1;
  RETURN (SELECT lists FROM vector_last_scan_stats());
END $$;
CREATE VIEW searches AS
SELECT lists_probed(ARRAY[sqrt(i) * sin(i), sqrt(i) * cos(i)]::vector) AS lists FROM generate_series(3, 2000, 7) i;
SET enable_seqscan = off;
SHOW ivfflat.adaptive_probes;
SET ivfflat.probes = 6;
SELECT min(lists) >= 1 AS at_least, max(lists) <= 24 AS at_most, avg(lists) BETWEEN 4 AND 8 AS about,
       count(DISTINCT lists) > 1 AS different FROM searches;
SET ivfflat.probes = 1;
SELECT min(lists), max(lists) FROM searches;
SET ivfflat.probes = 40;
SELECT min(lists), max(lists) FROM searches;
SET ivfflat.probes = 6;
SET ivfflat.iterative_scan = relaxed_order;
SET ivfflat.max_probes = 5;
SELECT max(lists) <= 6 AS at_most FROM searches;
RESET ivfflat.max_probes;
SELECT count(*) FROM (SELECT id FROM items ORDER BY v <-> '[1,2]') t;
RESET ivfflat.iterative_scan;
SET ivfflat.adaptive_probes = off;
SELECT min(lists), max(lists) FROM searches;
RESET ivfflat.adaptive_probes;
RESET ivfflat.probes;
RESET enable_seqscan;
DROP VIEW searches;
DROP FUNCTION lists_probed;
DROP TABLE items;
