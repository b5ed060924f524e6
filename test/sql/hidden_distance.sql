-- The distance of ORDER BY is left out of an index scan's rows where nobody sees it.
SET client_min_messages = warning;
SET enable_seqscan = off;
SET max_parallel_workers_per_gather = 0;

CREATE TABLE items (id int, category int, embedding vector(3));
INSERT INTO items SELECT i, i % 5, ARRAY[i, i * i % 101, i % 7]::vector(3) FROM generate_series(1, 500) i;
CREATE INDEX items_idx ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 5);
ANALYZE items;
SET ivfflat.probes = 5;

-- The plan's nodes and what they put out.
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query;
END $$;

-- What is dropped, and that nothing else changes.
CREATE FUNCTION compare(query text, OUT uses_index boolean, OUT computes_distance boolean, OUT others_equal boolean,
  OUT rows_equal boolean, OUT row_count int) LANGUAGE plpgsql AS $$
DECLARE
  plans text[] := '{}';
  results text[] := '{}';
  line text;
  r record;
  plan text;
  outputs text;
  result text;
BEGIN
  FOR line IN VALUES ('on'), ('off') LOOP
    PERFORM set_config('vector.drop_hidden_distance', line, true);
    SELECT string_agg(l, E'\n') FILTER (WHERE l !~ 'Output:'), string_agg(l, E'\n') FILTER (WHERE l ~ 'Output:')
    INTO plan, outputs FROM plan_of(query) l;
    plans := plans || plan;
    computes_distance := coalesce(computes_distance, outputs ~ '<->|<=>', false);
    result := '';
    row_count := 0;
    FOR r IN EXECUTE query LOOP
      result := result || r::text;
      row_count := row_count + 1;
    END LOOP;
    results := results || result;
  END LOOP;
  uses_index := plans[1] ~ 'Order By:';
  others_equal := plans[1] = plans[2];
  rows_equal := results[1] = results[2];
END $$;

SELECT plan_of($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$);
SET vector.drop_hidden_distance = off;
SELECT plan_of($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$);
RESET vector.drop_hidden_distance;
SELECT plan_of($$SELECT * FROM items ORDER BY embedding <-> '[1,2,3]'$$);
SELECT plan_of($$SELECT FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$);
SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 3;
SELECT FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 3;

-- Dropped
CREATE TABLE queries (n serial, query text);
INSERT INTO queries (query) VALUES
  ($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$),
  ($$SELECT id FROM items ORDER BY '[1,2,3]' <-> embedding LIMIT 5$$),
  ($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3]'$$),
  ($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT ALL OFFSET 490$$),
  ($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5 OFFSET 5$$),
  ($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' FETCH FIRST 5 ROWS ONLY$$),
  ($$SELECT id FROM items WHERE category = 2 AND id > 50 ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$),
  ($$SELECT id FROM items WHERE embedding <-> '[1,2,3]' < 50 ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$),
  ($$SELECT id, id * 2, embedding, ctid, tableoid::regclass FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$),
  ($$SELECT * FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$),
  ($$SELECT i FROM items i ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$),
  ($$SELECT i.*, i IS NULL FROM items i ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$),
  ($$SELECT FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$),
  ($$SELECT 1 FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$),
  ($$SELECT id FROM items ORDER BY embedding <-> (SELECT embedding FROM items WHERE id = 7) LIMIT 5$$),
  ($$SELECT id FROM (SELECT id, embedding <-> '[1,2,3]' AS d FROM items) t ORDER BY d LIMIT 5$$),
  ($$SELECT i.id FROM items i JOIN (SELECT 1 AS id) o ON i.category > o.id ORDER BY i.embedding <-> '[1,2,3]' LIMIT 5$$),
  ($$SELECT ARRAY(SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5)$$),
  ($$SELECT (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 1), generate_series(1, 2)$$),
  ($$SELECT n, ARRAY(SELECT id FROM items ORDER BY embedding <-> ARRAY[n, n, n]::vector LIMIT 5) FROM generate_series(1, 9) n$$),
  ($$SELECT n, ROW(n, 0) = (SELECT id, category FROM items ORDER BY embedding <-> '[1,1,1]' LIMIT 1) FROM generate_series(1, 5) n$$),
  ($$WITH t AS MATERIALIZED (SELECT id, category FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5) SELECT count(*), sum(id) FROM t$$),
  ($$WITH t AS MATERIALIZED (SELECT i FROM items i ORDER BY embedding <-> '[1,2,3]' LIMIT 5) SELECT t, (i).id FROM t$$),
  ($$WITH t AS (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5) SELECT * FROM t a, t b WHERE a.id > b.id$$),
  ($$SELECT n FROM generate_series(1, 5) n WHERE n NOT IN (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 3)$$);
SELECT n, c.* FROM queries, compare(query) c ORDER BY n;

-- Not dropped: shown, needed by a node above, or in a subquery whose hidden columns may be copied
TRUNCATE queries RESTART IDENTITY;
INSERT INTO queries (query) VALUES
  ($$SELECT id, embedding <-> '[1,2,3]' FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$),
  ($$SELECT id, embedding <-> '[1,2,3]' AS d FROM items ORDER BY d LIMIT 5$$),
  ($$SELECT embedding <-> '[1,2,3]' AS d, embedding <-> '[3,2,1]' AS e FROM items ORDER BY d LIMIT 5$$),
  ($$SELECT id, (embedding <-> '[1,2,3]') * 2 FROM items ORDER BY embedding <-> '[1,2,3]', id LIMIT 5$$),
  ($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3]', id LIMIT 5$$),
  ($$SELECT id FROM items WHERE category = 3 ORDER BY embedding <-> '[1,2,3]', category LIMIT 5$$),
  ($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' DESC LIMIT 5$$),
  ($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' FETCH FIRST 5 ROWS WITH TIES$$),
  ($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5 FOR UPDATE$$),
  ($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5 FOR KEY SHARE SKIP LOCKED$$),
  ($$SELECT DISTINCT ON (embedding <-> '[1,2,3]') id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$),
  ($$SELECT id FROM items GROUP BY id, embedding ORDER BY embedding <-> '[1,2,3]', id LIMIT 5$$),
  ($$SELECT min(id) FROM items GROUP BY embedding <-> '[1,2,3]' ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$),
  ($$SELECT id, rank() OVER (ORDER BY embedding <-> '[1,2,3]') FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$),
  ($$SELECT id, row_number() OVER () FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$),
  ($$SELECT id, generate_series(1, 2) FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$),
  ($$SELECT i.id, o.id FROM items i, generate_series(1, 3) o(id) ORDER BY i.embedding <-> '[1,2,3]' LIMIT 5$$),
  ($$SELECT i.id FROM items i LEFT JOIN queries q ON q.n = i.id ORDER BY i.embedding <-> '[1,2,3]' LIMIT 5$$),
  ($$SELECT count(*) FROM (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5) t$$),
  ($$SELECT * FROM (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5) t ORDER BY id DESC$$),
  ($$SELECT * FROM (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 9) t LIMIT 5$$),
  ($$SELECT t, t.* FROM (SELECT id, category FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5 OFFSET 0) t WHERE id > 0$$),
  ($$SELECT n, t.id FROM generate_series(1, 4) n, LATERAL (SELECT id FROM items ORDER BY embedding <-> ARRAY[n, 1, 1]::vector LIMIT 2) t$$),
  ($$WITH t AS (SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5) SELECT id FROM t WHERE id > 1$$),
  ($$(SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 3) UNION ALL (SELECT id FROM items ORDER BY embedding <-> '[3,2,1]' LIMIT 3)$$),
  ($$(SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 3) EXCEPT (SELECT id FROM items ORDER BY embedding <-> '[3,2,1]' LIMIT 3)$$);
SELECT n, computes_distance, others_equal, rows_equal, row_count FROM queries, compare(query) ORDER BY n;
DROP TABLE queries;

-- Another access method's, and another index's, distances stay.
CREATE TABLE points (p point);
INSERT INTO points SELECT point(i, i) FROM generate_series(1, 500) i;
CREATE INDEX ON points USING gist (p);
ANALYZE points;
SELECT plan_of($$SELECT 1 FROM points ORDER BY p <-> '(1,1)' LIMIT 5$$);
DROP TABLE points;

-- Prepared statements: the plan keeps what the setting was when it was made.
PREPARE nearest (vector) AS SELECT id, category FROM items ORDER BY embedding <-> $1 LIMIT 3;
SET plan_cache_mode = force_custom_plan;
SELECT plan_of($$EXECUTE nearest ('[1,2,3]')$$);
EXECUTE nearest ('[1,2,3]');
SET plan_cache_mode = force_generic_plan;
SELECT plan_of($$EXECUTE nearest ('[1,2,3]')$$);
EXECUTE nearest ('[1,2,3]');
EXECUTE nearest ('[90,2,3]');
SET vector.drop_hidden_distance = off;
SELECT count(*) FROM plan_of($$EXECUTE nearest ('[1,2,3]')$$) l WHERE l ~ 'Output.*<->';
DISCARD PLANS;
SELECT count(*) FROM plan_of($$EXECUTE nearest ('[1,2,3]')$$) l WHERE l ~ 'Output.*<->';
RESET vector.drop_hidden_distance;
EXECUTE nearest ('[1,2,3]');
DROP INDEX items_idx;
EXECUTE nearest ('[1,2,3]');
CREATE INDEX items_idx ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 5);
EXECUTE nearest ('[1,2,3]');
SELECT count(*) FROM plan_of($$EXECUTE nearest ('[1,2,3]')$$) l WHERE l ~ 'Output.*<->';
ALTER TABLE items ADD COLUMN added int DEFAULT 1;
EXECUTE nearest ('[1,2,3]');
RESET plan_cache_mode;
DEALLOCATE nearest;
ALTER TABLE items DROP COLUMN added;
SELECT * FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 2;
\gdesc
SELECT * FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 2;

-- Cursors
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM items ORDER BY embedding <-> '[1,2,3]';
FETCH 2 FROM c;
UPDATE items SET category = 100 WHERE CURRENT OF c;
FETCH 1 FROM c;
DECLARE s SCROLL CURSOR FOR SELECT id, category FROM items ORDER BY embedding <-> '[1,2,3]';
FETCH 3 FROM s;
FETCH BACKWARD 2 FROM s;
FETCH LAST FROM s;
FETCH ABSOLUTE 2 FROM s;
DECLARE h CURSOR WITH HOLD FOR SELECT id, category FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 4;
FETCH 1 FROM h;
DECLARE hs SCROLL CURSOR WITH HOLD FOR SELECT * FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 4;
SELECT count(*) FROM plan_of($$DECLARE d CURSOR FOR SELECT id FROM items ORDER BY embedding <-> '[1,2,3]'$$) l WHERE l ~ 'Output.*<->';
SELECT plan_of($$DECLARE d SCROLL CURSOR FOR SELECT id FROM items ORDER BY embedding <-> '[1,2,3]'$$);
FETCH BACKWARD 1 FROM c;
ROLLBACK;
BEGIN;
DECLARE h CURSOR WITH HOLD FOR SELECT id, category FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 4;
FETCH 1 FROM h;
DECLARE hs SCROLL CURSOR WITH HOLD FOR SELECT * FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 4;
COMMIT;
FETCH ALL FROM h;
FETCH ALL FROM hs;
FETCH PRIOR FROM hs;
CLOSE ALL;

-- Where the rows go
CREATE TABLE copied AS SELECT id AS first, embedding, 1::smallint AS one FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 3;
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'copied'::regclass AND attnum > 0 ORDER BY attnum;
SELECT * FROM copied;
INSERT INTO copied SELECT id, embedding FROM items ORDER BY embedding <-> '[90,2,3]' LIMIT 2;
INSERT INTO copied SELECT (SELECT id FROM items ORDER BY embedding <-> '[7,49,0]' LIMIT 1);
UPDATE copied SET one = (SELECT category FROM items i ORDER BY i.embedding <-> copied.embedding LIMIT 1);
DELETE FROM copied WHERE first IN (SELECT id FROM items ORDER BY embedding <-> '[90,2,3]' LIMIT 1);
SELECT * FROM copied;
CREATE MATERIALIZED VIEW seen AS SELECT * FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 3;
REFRESH MATERIALIZED VIEW seen;
SELECT * FROM seen;
COPY (SELECT id, category FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 3) TO STDOUT;
WITH gone AS (DELETE FROM copied RETURNING first)
SELECT id, (SELECT count(*) FROM gone) AS deleted FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 1;
DROP MATERIALIZED VIEW seen;
DROP TABLE copied;

-- Functions
CREATE FUNCTION nearest_ids(vector) RETURNS SETOF int LANGUAGE sql STABLE AS
  'SELECT id FROM items ORDER BY embedding <-> $1 LIMIT 3';
CREATE FUNCTION nearest_id(vector) RETURNS int LANGUAGE sql AS
  'SELECT id FROM items ORDER BY embedding <-> $1 LIMIT 1';
CREATE FUNCTION nearest_items(vector) RETURNS SETOF items LANGUAGE sql VOLATILE AS
  'SELECT * FROM items ORDER BY embedding <-> $1 LIMIT 3';
CREATE FUNCTION nearest_table(vector) RETURNS TABLE (key int, kind bigint) LANGUAGE sql VOLATILE AS
  'SELECT id, category FROM items ORDER BY embedding <-> $1 LIMIT 3';
CREATE FUNCTION nearest_in_order(query vector, OUT ids int[], OUT first items) LANGUAGE plpgsql AS $$
DECLARE
  r record;
BEGIN
  FOR r IN SELECT id, category FROM items ORDER BY embedding <-> query LIMIT 3 LOOP
    ids := ids || r.id;
  END LOOP;
  SELECT * INTO first FROM items ORDER BY embedding <-> query;
  ids := ids || (SELECT id FROM items ORDER BY embedding <-> query LIMIT 1);
  ids := ids || ARRAY(SELECT t.key FROM nearest_table(query) t);
END $$;
CREATE FUNCTION nearest_rows(query vector) RETURNS TABLE (key int, vec vector) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY SELECT id, embedding FROM items ORDER BY embedding <-> query LIMIT 3;
END $$;
SELECT nearest_ids('[1,2,3]'), nearest_id('[1,2,3]');
SELECT * FROM nearest_ids('[1,2,3]') i, nearest_id('[90,2,3]') j;
SELECT * FROM nearest_items('[1,2,3]');
SELECT nearest_items('[1,2,3]');
SELECT * FROM nearest_table('[1,2,3]');
SELECT * FROM nearest_in_order('[1,2,3]');
SELECT * FROM nearest_rows('[1,2,3]');
DROP FUNCTION nearest_ids, nearest_id, nearest_items, nearest_table, nearest_in_order, nearest_rows;

-- Views and row security; the right to call the distance is still asked for.
CREATE VIEW plain_view AS SELECT id, embedding FROM items WHERE category <> 1;
CREATE VIEW ordered_view AS SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5;
CREATE VIEW barrier WITH (security_barrier) AS SELECT id, embedding FROM items WHERE category <> 1;
SELECT computes_distance, rows_equal, row_count FROM compare($$SELECT id FROM plain_view ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$);
SELECT rows_equal, row_count FROM compare($$SELECT * FROM ordered_view$$);
SELECT rows_equal, row_count FROM compare($$SELECT id FROM barrier ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$);
CREATE ROLE regress_hidden_distance;
GRANT SELECT ON items TO regress_hidden_distance;
ALTER TABLE items ENABLE ROW LEVEL SECURITY;
CREATE POLICY even ON items TO regress_hidden_distance USING (id % 2 = 0);
SET ROLE regress_hidden_distance;
SELECT * FROM compare($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$);
SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 3;
RESET ROLE;
REVOKE EXECUTE ON FUNCTION l2_distance(vector, vector) FROM PUBLIC;
SET ROLE regress_hidden_distance;
SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 3;
RESET ROLE;
GRANT EXECUTE ON FUNCTION l2_distance(vector, vector) TO PUBLIC;
ALTER TABLE items DISABLE ROW LEVEL SECURITY;
DROP POLICY even ON items;
REVOKE SELECT ON items FROM regress_hidden_distance;
DROP ROLE regress_hidden_distance;
DROP VIEW plain_view, ordered_view, barrier;

-- Plans with workers are left alone.
SET max_parallel_workers_per_gather = 2;
SELECT count(set_config(name, 'on', false)) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT * FROM compare($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$);
SELECT count(set_config(name, 'off', false)) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SET max_parallel_workers_per_gather = 0;

-- Iterative scans
SET ivfflat.probes = 1;
SET ivfflat.iterative_scan = relaxed_order;
SELECT * FROM compare($$SELECT id FROM items WHERE category = 4 ORDER BY embedding <-> '[1,2,3]' LIMIT 90$$);
RESET ivfflat.iterative_scan;
SET ivfflat.probes = 5;

-- Errors are the same.
SELECT id FROM items ORDER BY embedding <-> '[1,2]' LIMIT 5;
SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT -1;
SELECT id FROM items WHERE category = 'x' ORDER BY embedding <-> '[1,2,3]' LIMIT 5;
CREATE FUNCTION fails() RETURNS vector IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'while planning' USING HINT = 'none'; END $$;
SELECT id FROM items ORDER BY embedding <-> fails() LIMIT 5;
DO $$
BEGIN
  PERFORM id FROM items ORDER BY embedding <-> fails() LIMIT 5;
EXCEPTION WHEN raise_exception THEN
  RAISE WARNING 'caught: %', SQLERRM;
END $$;
DROP FUNCTION fails;
DROP TABLE items;

-- Partitions: one alone is a scan, several are merged by the distance. Children are merged, too.
CREATE TABLE items (id int, embedding vector(3)) PARTITION BY RANGE (id);
CREATE TABLE items_low PARTITION OF items FOR VALUES FROM (0) TO (200);
CREATE TABLE items_high (embedding vector(3), other text, id int);
ALTER TABLE items_high DROP COLUMN other;
ALTER TABLE items ATTACH PARTITION items_high FOR VALUES FROM (200) TO (1000);
INSERT INTO items SELECT i, ARRAY[i, i * i % 101, i % 7]::vector(3) FROM generate_series(1, 500) i;
CREATE INDEX ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 5);
ANALYZE items;
SELECT plan_of($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$);
SELECT plan_of($$SELECT id FROM items WHERE id > 250 ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$);
SELECT q, c.* FROM unnest(ARRAY[
  $$SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$,
  $$SELECT * FROM items WHERE id > 250 ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$,
  $$SELECT i FROM items i WHERE id < 100 ORDER BY embedding <-> '[1,2,3]' LIMIT 5$$]) q, compare(q) c;
DROP TABLE items;

-- A column without dimensions and an index on its cast
CREATE TABLE items (id int, embedding vector);
INSERT INTO items SELECT i, ARRAY[i, i * i % 101, i % 7]::vector FROM generate_series(1, 500) i;
CREATE INDEX ON items USING ivfflat ((embedding::vector(3)) vector_cosine_ops) WITH (lists = 5);
ANALYZE items;
SELECT plan_of($$SELECT id FROM items ORDER BY embedding <=> '[1,2,3]' LIMIT 5$$);
SELECT q, c.* FROM unnest(ARRAY[
  $$SELECT id FROM items ORDER BY embedding <=> '[1,2,3]' LIMIT 5$$,
  $$SELECT id FROM items ORDER BY '[1,2,3]' <=> embedding LIMIT 5$$,
  $$SELECT id FROM items ORDER BY embedding::vector(3) <=> '[1,2,3]' LIMIT 5$$,
  $$SELECT id, embedding <=> '[1,2,3]' AS d FROM items ORDER BY d LIMIT 5$$]) q, compare(q) c;
DROP TABLE items;

DROP FUNCTION compare, plan_of;
