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

-- A column without dimensions and an index on its cast, as LangChain makes them.
CREATE TABLE items (id int, category int, embedding vector);
INSERT INTO items SELECT i, i % 10, numbers(i, 4)::vector FROM generate_series(1, 5000) i;
INSERT INTO items (id) VALUES (5001);
CREATE INDEX items_cast ON items USING ivfflat ((embedding::vector(4)) vector_cosine_ops) WITH (lists = 20);
ANALYZE items;
EXPLAIN (COSTS OFF) SELECT id FROM items ORDER BY embedding <=> '[1,2,3,4]' LIMIT 5;
SELECT index_of($$SELECT id FROM items ORDER BY '[1,2,3,4]' <=> embedding LIMIT 5$$);
SELECT index_of($$SELECT id, embedding <=> '[1,2,3,4]' AS distance FROM items WHERE category = 3 ORDER BY distance LIMIT 5$$);
PREPARE nearest (vector, int) AS SELECT id FROM items i ORDER BY i.embedding <=> $1 LIMIT $2;
SET plan_cache_mode = force_generic_plan;
SELECT index_of($$EXECUTE nearest ('[1,2,3,4]', 5)$$);
RESET plan_cache_mode;
SELECT count(*) FROM (
  SELECT id, embedding <=> '[1,2,3,4]' AS d, row_number() OVER () AS place FROM items ORDER BY d LIMIT 5) t WHERE d IS NOT NULL;
-- Another operator, a partial index, an index that is not valid, a cast that truncates,
-- and a child without one do not do.
SELECT index_of($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4]' LIMIT 5$$);
CREATE INDEX items_partial ON items USING ivfflat ((embedding::vector(4)) vector_l2_ops) WHERE category = 1;
SELECT index_of($$SELECT id FROM items WHERE category = 1 ORDER BY embedding <-> '[1,2,3,4]' LIMIT 5$$);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'items_cast'::regclass;
SELECT index_of($$SELECT id FROM items ORDER BY embedding <=> '[1,2,3,4]' LIMIT 5$$);
UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'items_cast'::regclass;
CREATE TABLE strings (b "bit");
INSERT INTO strings VALUES (B'10111111'), (B'10111110');
CREATE INDEX ON strings USING ivfflat ((b::bit(4)) bit_hamming_ops);
SET enable_seqscan = off;
SELECT b FROM strings ORDER BY b <~> B'10111110' LIMIT 1;
RESET enable_seqscan;
DROP TABLE strings;
CREATE TABLE child () INHERITS (items);
INSERT INTO child VALUES (6000, 1, '[1,2,3]');
SELECT id FROM items WHERE id > 4999 ORDER BY embedding <=> '[1,2,3]' LIMIT 5;
SELECT index_of($$SELECT id FROM ONLY items ORDER BY embedding <=> '[1,2,3,4]' LIMIT 5$$);
DROP TABLE child;
-- The same number of dimensions is demanded of no other table, and no expression changes.
CREATE TABLE others (id int, category int, embedding vector);
INSERT INTO others VALUES (1, 1, '[1,2]');
SELECT id, EXISTS (SELECT 1 FROM others o WHERE o.id = i.id AND o.embedding <-> '[1,2]' < 5)
FROM items i WHERE id < 3 ORDER BY id;
CREATE UNIQUE INDEX items_distance ON items ((embedding <=> '[1,0,0,0]'::vector), id);
INSERT INTO items VALUES (1, 1, (SELECT embedding FROM items WHERE id = 1))
  ON CONFLICT ((embedding <=> '[1,0,0,0]'::vector), id) DO NOTHING;
SELECT count(*) FROM items WHERE id = 1;
DROP TABLE others;
-- Partitions, where each has an index of its own.
CREATE TABLE parts (id int, embedding vector) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (2500);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (2500) TO (9000);
INSERT INTO parts SELECT id, embedding FROM items WHERE id < 5000;
CREATE INDEX parts_idx ON parts USING ivfflat ((embedding::vector(4)) vector_cosine_ops) WITH (lists = 20);
ANALYZE parts;
SELECT index_of($$SELECT id FROM parts ORDER BY embedding <=> '[1,2,3,4]' LIMIT 5$$);
DROP TABLE parts;
-- Errors stay what they are, and rows of other dimensions cannot come in.
SELECT id FROM items ORDER BY embedding <=> '[1,2,3]' LIMIT 5;
INSERT INTO items VALUES (1, 1, '[1,2,3]');
INSERT INTO items VALUES (1, 1, '[1,2,3,4]') RETURNING embedding <=> '[1,2,3,4]';
DROP INDEX items_cast;
SELECT index_of($$EXECUTE nearest ('[1,2,3,4]', 5)$$);
DROP TABLE items;
DEALLOCATE nearest;

-- An index scan that would lose rows is the last choice.
CREATE TABLE items (id int, category int, embedding vector(4));
INSERT INTO items SELECT i, i % 10, numbers(i, 4)::vector FROM generate_series(1, 5000) i;
CREATE INDEX items_idx ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 20);
ANALYZE items;
SELECT index_of($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4]' LIMIT 10$$);
SELECT index_of($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4]' LIMIT 1000$$);
SELECT index_of($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4]' LIMIT 10 OFFSET 1000$$);
SELECT index_of($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4]'$$);
SELECT count(*) FROM (SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4]' LIMIT 1000) t;
SELECT count(*) FROM (SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4]' OFFSET 0) t;
SELECT index_of($$SELECT id FROM items WHERE id < 100 ORDER BY embedding <-> '[1,2,3,4]' LIMIT 10$$);
SELECT index_of($$SELECT id FROM items WHERE category = 3 ORDER BY embedding <-> '[1,2,3,4]' LIMIT 10$$);
-- More probes, an iterative scan, and a subquery that gives only some rows.
SET ivfflat.probes = 10;
SELECT index_of($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4]' LIMIT 1000$$);
RESET ivfflat.probes;
SET ivfflat.iterative_scan = relaxed_order;
SELECT index_of($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4]' LIMIT 300$$);
SELECT index_of($$SELECT id FROM items WHERE category = 3 ORDER BY embedding <-> '[1,2,3,4]' LIMIT 30$$);
SET ivfflat.max_probes = 1;
SELECT index_of($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4]' LIMIT 1000$$);
RESET ivfflat.max_probes;
SELECT index_of($$DECLARE c CURSOR FOR SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4]'$$);
RESET ivfflat.iterative_scan;
SELECT index_of($$SELECT * FROM (SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4]') t LIMIT 10$$);
SELECT index_of($$DECLARE c CURSOR FOR SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4]'$$);
-- A minimum is exact, and a merge join reads all rows.
SELECT index_of($$SELECT min(embedding <-> '[1,2,3,4]') FROM items$$);
SET enable_hashjoin = off;
SET enable_nestloop = off;
SELECT index_of($$SELECT a.id FROM items a JOIN (SELECT 1.5::float8 * i AS d FROM generate_series(1, 100) i) b
  ON b.d = a.embedding <-> '[1,2,3,4]' ORDER BY b.d LIMIT 10$$);
RESET enable_hashjoin;
RESET enable_nestloop;
-- Partitions share what is wanted.
CREATE TABLE parts (id int, v vector(4)) PARTITION BY HASH (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE parts_3 PARTITION OF parts FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE parts_4 PARTITION OF parts FOR VALUES WITH (MODULUS 4, REMAINDER 3);
INSERT INTO parts SELECT id, embedding FROM items;
CREATE INDEX ON parts USING ivfflat (v vector_l2_ops) WITH (lists = 20);
ANALYZE parts;
SELECT index_of($$SELECT id FROM parts ORDER BY v <-> '[1,2,3,4]' LIMIT 100$$) <> 'none' AS is_used;
SELECT index_of($$SELECT id FROM parts ORDER BY v <-> '[1,2,3,4]' LIMIT 1000$$);
DROP TABLE parts;
-- A partial index has the rows of its predicate only.
CREATE INDEX items_part ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 10) WHERE category = 1;
ANALYZE items;
SELECT index_of($$SELECT id FROM items WHERE category = 1 ORDER BY embedding <-> '[1,2,3,4]' LIMIT 5$$);
DROP INDEX items_part;
PREPARE nearest (int) AS SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4]' LIMIT $1;
SET plan_cache_mode = force_generic_plan;
SELECT index_of($$EXECUTE nearest (10)$$);
RESET plan_cache_mode;
SELECT index_of($$EXECUTE nearest (1000)$$);
DEALLOCATE nearest;
-- Where the user wants the index, it is used.
SET enable_seqscan = off;
SET jit = off;
SELECT index_of($$SELECT id FROM items ORDER BY embedding <-> '[1,2,3,4]'$$);
RESET enable_seqscan;
DROP TABLE items;

-- Distances cost what values weigh, and more where they are toasted.
CREATE TABLE items (small vector(3), large vector(1500), half halfvec(1500), plain vector(1500), bits bit(1500));
ALTER TABLE items ALTER plain SET STORAGE main;
CREATE FUNCTION cost_of(filter text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON) SELECT 1 FROM items WHERE ' || filter INTO plan;
  RETURN (plan -> 0 -> 'Plan' ->> 'Total Cost')::numeric;
END $$;
SELECT cost_of($$small <-> '[1,2,3]' < 1$$) < cost_of($$plain <-> array_fill(1, ARRAY[1500])::vector < 1$$) AS by_size,
  cost_of($$plain <-> array_fill(1, ARRAY[1500])::vector < 1$$) < cost_of($$large <-> array_fill(1, ARRAY[1500])::vector < 1$$) AS by_toast,
  cost_of($$half <-> array_fill(1, ARRAY[1500])::halfvec < 1$$) < cost_of($$large <-> array_fill(1, ARRAY[1500])::vector < 1$$) AS by_type,
  cost_of($$bits <~> repeat('1', 1500)::bit(1500) < 1$$) < cost_of($$plain <-> array_fill(1, ARRAY[1500])::vector < 1$$) AS of_bits;
SELECT proname, procost FROM pg_proc WHERE prosupport = 'vector_distance_support'::regproc
ORDER BY proname, oid::regprocedure::text;
DROP TABLE items;
DROP FUNCTION cost_of, index_of, numbers;
