-- What indexes of vectors are known to have failed at; docs/security.md names each.
SET client_min_messages = warning;
SET maintenance_work_mem = '64MB';
SET enable_seqscan = off;

-- An empty table needs no memory for what might come (pgvector's issue 995).
CREATE TABLE empty_table (v vector(1536), s sparsevec(100000));
CREATE INDEX empty_i ON empty_table USING ivfflat (v vector_l2_ops) WITH (lists = 300);
CREATE INDEX empty_h ON empty_table USING hnsw (v vector_l2_ops) WITH (m = 100, ef_construction = 1000);
CREATE INDEX empty_s ON empty_table USING hnsw (s sparsevec_l2_ops);
-- Nothing is found in it (pg_embedding's issue 2).
SELECT count(*) FROM (SELECT FROM empty_table ORDER BY v <-> (SELECT v FROM empty_table) LIMIT 5) t;
SELECT count(*) FROM (SELECT FROM empty_table ORDER BY v <-> array_fill(1, ARRAY[1536])::vector LIMIT 5) t;
SELECT count(*) FROM (SELECT FROM empty_table ORDER BY s <-> '{1:1}/100000' LIMIT 5) t;
INSERT INTO empty_table VALUES (array_fill(1, ARRAY[1536])::vector, '{1:1}/100000');
SELECT count(*) FROM (SELECT FROM empty_table ORDER BY v <-> array_fill(1, ARRAY[1536])::vector LIMIT 5) t;
SELECT count(*) FROM (SELECT FROM empty_table ORDER BY s <-> '{1:1}/100000' LIMIT 5) t;
DELETE FROM empty_table;
VACUUM empty_table;
SELECT count(*) FROM (SELECT FROM empty_table ORDER BY v <-> array_fill(1, ARRAY[1536])::vector LIMIT 5) t;

-- As many lists as there may be, for fewer rows and of any number of dimensions (issues 41, 42, 1036).
CREATE TABLE shapes (id int, one vector(1), two vector(2), more vector(65), half halfvec(129));
INSERT INTO shapes SELECT i, array_fill(i, ARRAY[1])::vector, array_fill(i, ARRAY[2])::vector,
  array_fill(i, ARRAY[65])::vector, array_fill(i, ARRAY[129])::vector FROM generate_series(1, 60) i;
SET ivfflat.probes = 32768;
DO $$
DECLARE
  shape record;
  rows int;
BEGIN
  FOR shape IN SELECT * FROM (VALUES ('one', 'vector'), ('two', 'vector'), ('more', 'vector'), ('half', 'halfvec')) c (name, of_type),
    (VALUES (1), (61), (6501), (32768)) l (lists)
  LOOP
    EXECUTE format('CREATE INDEX shapes_index ON shapes USING ivfflat (%I %s_l2_ops) WITH (lists = %s)',
      shape.name, shape.of_type, shape.lists);
    EXECUTE format('SELECT count(*) FROM (SELECT FROM shapes ORDER BY %1$I <-> (SELECT %1$I FROM shapes WHERE id = 7)) t',
      shape.name) INTO rows;
    IF rows <> 60 THEN RAISE '% rows by % lists of %', rows, shape.lists, shape.name; END IF;
    PERFORM vector_index_check_strict('shapes_index', true);
    DROP INDEX shapes_index;
  END LOOP;
END $$;
RESET ivfflat.probes;
DROP TABLE shapes;

-- Settings that change while a scan is open, in one session and transaction (issue 893).
CREATE TABLE items (id int, v vector(40));
INSERT INTO items SELECT i, array_agg(i + (i * d) % 7)::vector FROM generate_series(1, 400) i, generate_series(1, 40) d GROUP BY i;
CREATE INDEX items_h ON items USING hnsw (v vector_l2_ops);
CREATE INDEX items_i ON items USING ivfflat (v vector_cosine_ops) WITH (lists = 8);
BEGIN;
DECLARE h CURSOR FOR SELECT id FROM items ORDER BY v <-> (SELECT v FROM items WHERE id = 5);
DECLARE i CURSOR FOR SELECT id FROM items ORDER BY v <=> (SELECT v FROM items WHERE id = 5);
FETCH 1 FROM h;
FETCH 1 FROM i;
SET hnsw.ef_search = 10000;
SET ivfflat.probes = 32768;
MOVE 20 FROM h;
MOVE 20 FROM i;
SET hnsw.ef_search = 1;
SET ivfflat.probes = 1;
SET hnsw.iterative_scan = strict_order;
SET ivfflat.iterative_scan = relaxed_order;
SET vector.simd = baseline;
DECLARE other CURSOR FOR SELECT id FROM items ORDER BY v <-> (SELECT v FROM items WHERE id = 5);
FETCH 2 FROM other;
SET vector.simd = auto;
SET work_mem = '64kB';
MOVE 5 FROM h;
MOVE 5 FROM i;
MOVE 5 FROM other;
SAVEPOINT s;
SET hnsw.ef_search = 0;
ROLLBACK TO s;
MOVE 5 FROM h;
MOVE 5 FROM other;
COMMIT;
DROP TABLE items, empty_table;
