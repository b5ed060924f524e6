-- Which plans are chosen.
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;

CREATE FUNCTION numbers(i int, dims int) RETURNS real[] IMMUTABLE LANGUAGE sql AS $$
  SELECT array_agg((i * 31 + d::bigint * d * 7 + i * d) % 41 - 20) FROM generate_series(1, dims) d $$;

-- The index that a query uses.
CREATE FUNCTION index_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
    IF line LIKE '%Index Scan using %' THEN RETURN substring(line FROM 'using (\w+)'); END IF;
  END LOOP;
  RETURN 'none';
END $$;

-- An index scan that would lose rows is the last choice.
CREATE TABLE items (id int, category int, embedding vector(40));
INSERT INTO items SELECT i, i % 10, (numbers(i, 40)::vector + array_fill(i / 1000.0, ARRAY[40])::vector) FROM generate_series(1, 5000) i;
CREATE INDEX items_idx ON items USING hnsw (embedding vector_l2_ops);
ANALYZE items;
SELECT numbers(1, 40)::vector AS q \gset
PREPARE nearest (int) AS SELECT id FROM items ORDER BY embedding <-> :'q' LIMIT $1;
SELECT index_of($$EXECUTE nearest (10)$$);
SELECT index_of($$EXECUTE nearest (40)$$);
SELECT index_of($$EXECUTE nearest (41)$$);
SET plan_cache_mode = force_generic_plan;
SELECT index_of($$EXECUTE nearest (10)$$);
RESET plan_cache_mode;
SELECT count(*) FROM (SELECT id FROM items ORDER BY embedding <-> :'q' LIMIT 1000) t;
SELECT count(*) FROM (SELECT id FROM items ORDER BY embedding <-> :'q' OFFSET 0) t;
CREATE FUNCTION plan(filter text, tail text) RETURNS text LANGUAGE sql AS $$
  SELECT index_of(format('SELECT id FROM items %s ORDER BY embedding <-> %L %s', filter, numbers(1, 40)::vector, tail)) $$;
SELECT plan('', 'LIMIT 10 OFFSET 31');
SELECT plan('', '');
SELECT plan('WHERE id < 100', 'LIMIT 10');
SELECT plan('WHERE category = 3', 'LIMIT 10');
SELECT plan('WHERE category <> 3', 'LIMIT 10');
-- More candidates, and an iterative scan
SELECT plan('WHERE category < 5', 'LIMIT 21');
SET hnsw.ef_search = 80;
SELECT plan('', 'LIMIT 60');
SELECT plan('WHERE category < 5', 'LIMIT 21');
RESET hnsw.ef_search;
SET hnsw.iterative_scan = relaxed_order;
SELECT plan('', 'LIMIT 50');
SELECT plan('WHERE category < 5', 'LIMIT 21');
SET hnsw.max_scan_tuples = 50;
SELECT plan('', 'LIMIT 60');
SELECT plan('WHERE category < 5', 'LIMIT 26');
RESET hnsw.max_scan_tuples;
RESET hnsw.iterative_scan;
-- A minimum is exact.
SELECT index_of(format('SELECT min(embedding <-> %L) FROM items', numbers(1, 40)::vector));
-- Where the user wants the index, it is used.
SET enable_seqscan = off;
SET jit = off;
SELECT plan('', '');
RESET enable_seqscan;
-- Partitions share what is wanted.
CREATE TABLE parts (id int, v vector(40)) PARTITION BY HASH (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parts SELECT id, embedding FROM items;
CREATE INDEX ON parts USING hnsw (v vector_l2_ops);
ANALYZE parts;
SELECT index_of(format('SELECT id FROM parts ORDER BY v <-> %L LIMIT 60', numbers(1, 40)::vector)) <> 'none' AS is_used;
SELECT index_of(format('SELECT id FROM parts ORDER BY v <-> %L LIMIT 100', numbers(1, 40)::vector));
DROP TABLE parts;

-- The distance of ORDER BY is not computed again.
EXPLAIN (COSTS OFF, VERBOSE) SELECT id FROM items ORDER BY embedding <-> array_fill(1, ARRAY[40])::vector LIMIT 5;
DEALLOCATE nearest;
DROP FUNCTION plan;
DROP TABLE items;

-- A column without dimensions and an index on its cast.
CREATE TABLE items (id int, embedding vector, s sparsevec);
INSERT INTO items SELECT i, numbers(i, 4)::vector, numbers(i, 4)::sparsevec FROM generate_series(1, 3000) i;
CREATE INDEX items_cast ON items USING hnsw ((embedding::vector(4)) vector_cosine_ops);
CREATE INDEX items_sparse ON items USING hnsw ((s::sparsevec(4)) sparsevec_l2_ops);
ANALYZE items;
SELECT index_of($$SELECT id FROM items ORDER BY embedding <=> '[1,2,3,4]' LIMIT 5$$);
SELECT index_of($$SELECT id FROM items ORDER BY '[1,2,3,4]' <=> embedding LIMIT 5$$);
SELECT index_of($$SELECT id FROM items ORDER BY s <-> '{1:1}/4' LIMIT 5$$);
SELECT index_of($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4]' LIMIT 5$$);
INSERT INTO items VALUES (0, '[1,2,3]');
DROP TABLE items;

-- hnsw or ivfflat: what is cheaper.
CREATE TABLE items (id int, v vector(8));
INSERT INTO items SELECT i, numbers(i, 8)::vector FROM generate_series(1, 1000) i;
CREATE INDEX items_ivfflat ON items USING ivfflat (v vector_l2_ops) WITH (lists = 10);
CREATE INDEX items_hnsw ON items USING hnsw (v vector_l2_ops);
ANALYZE items;
SELECT index_of($$SELECT id FROM items ORDER BY v <-> array_fill(1, ARRAY[8])::vector LIMIT 5$$) <> 'none' AS one;
DROP TABLE items;
DROP FUNCTION index_of, numbers;
