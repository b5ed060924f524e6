-- Inserts, updates, deletes, vacuum, and every way to make or remake an index.
SET client_min_messages = warning;
SET enable_seqscan = off;
SET ivfflat.probes = 100;

CREATE FUNCTION found(relation regclass, query vector DEFAULT '[1,2,3]') RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE result bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM (SELECT 1 FROM %s ORDER BY embedding <-> %L) t',
                 relation, query) INTO result;
  RETURN result;
END $$;
CREATE FUNCTION vectors(first int, last int) RETURNS SETOF vector LANGUAGE sql IMMUTABLE AS $$
  SELECT ARRAY[i % 61, i % 53, i % 47]::vector FROM generate_series(first, last) i
$$;

-- An index on an empty table grows.
CREATE TABLE items (id serial, embedding vector(3));
CREATE INDEX items_idx ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 10);
SELECT found('items');
INSERT INTO items (embedding) SELECT vectors(1, 5000);
SELECT found('items');
INSERT INTO items (embedding) VALUES (NULL);
INSERT INTO items (embedding) VALUES ('[1,2]');
SELECT found('items');

-- REINDEX trains on what is there.
REINDEX INDEX items_idx;
SELECT found('items');
INSERT INTO items (embedding) SELECT vectors(1, 1000);
SELECT found('items');

-- Dead rows go, and their space is used again.
SELECT pg_relation_size('items_idx') AS size \gset
DELETE FROM items WHERE id % 2 = 0;
SELECT found('items');
VACUUM items;
SELECT found('items');
INSERT INTO items (embedding) SELECT vectors(1, 3000);
SELECT found('items');
SELECT pg_relation_size('items_idx') <= :size * 1.2 AS reused;
UPDATE items SET embedding = '[5,5,5]' WHERE id % 3 = 0;
SELECT found('items');
DELETE FROM items;
VACUUM items;
SELECT found('items');
INSERT INTO items (embedding) SELECT vectors(1, 100);
SELECT found('items');

-- The transaction after a vacuum may use the pages that it took out of lists.
CREATE TABLE again (id int, embedding vector(3));
INSERT INTO again SELECT i, vectors(i, i) FROM generate_series(1, 10000) i;
CREATE INDEX again_idx ON again USING ivfflat (embedding vector_l2_ops) WITH (lists = 10);
SELECT pg_relation_size('again_idx') AS size \gset
DELETE FROM again WHERE id < 10000;
VACUUM (TRUNCATE false) again;
INSERT INTO again SELECT i, vectors(i, i) FROM generate_series(1, 9999) i;
SELECT pg_relation_size('again_idx') <= :size AS reused;
DROP TABLE again;

-- Transactions and savepoints
BEGIN;
INSERT INTO items (embedding) SELECT vectors(1, 50);
SAVEPOINT s;
INSERT INTO items (embedding) SELECT vectors(1, 25);
SELECT found('items');
ROLLBACK TO s;
SELECT found('items');
ROLLBACK;
SELECT found('items');

TRUNCATE items;
SELECT found('items');
INSERT INTO items (embedding) SELECT vectors(1, 3000);

-- Concurrent builds
DROP INDEX items_idx;
CREATE INDEX CONCURRENTLY items_idx ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 5);
SELECT found('items');
REINDEX INDEX CONCURRENTLY items_idx;
SELECT found('items');

-- Parallel builds give the same rows.
DROP INDEX items_idx;
ALTER TABLE items SET (parallel_workers = 2);
SET maintenance_work_mem = '8MB';
CREATE INDEX items_idx ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 5);
SELECT found('items');
REINDEX INDEX CONCURRENTLY items_idx;
SELECT found('items');
RESET maintenance_work_mem;

-- Partial and expression indexes
CREATE INDEX partial ON items USING ivfflat (embedding vector_ip_ops) WITH (lists = 3) WHERE id % 10 = 0;
SELECT count(*) FROM (
  SELECT 1 FROM items WHERE id % 10 = 0 ORDER BY embedding <#> '[1,2,3]') t;
CREATE TABLE mixed (id serial, embedding vector);
INSERT INTO mixed (embedding) SELECT vectors(1, 500);
INSERT INTO mixed (embedding) VALUES ('[1,2]');
CREATE INDEX ON mixed USING ivfflat ((embedding::vector(3)) vector_l2_ops);
CREATE INDEX mixed_idx ON mixed USING ivfflat ((embedding::vector(3)) vector_l2_ops)
  WITH (lists = 3) WHERE vector_dims(embedding) = 3;
SELECT count(*) FROM (
  SELECT 1 FROM mixed WHERE vector_dims(embedding) = 3
  ORDER BY embedding::vector(3) <-> '[1,2,3]') t;
DROP TABLE mixed;

-- Partitions
CREATE TABLE parts (id int, embedding vector(3)) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (1000);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (1000) TO (3000);
CREATE INDEX ON parts USING ivfflat (embedding vector_l2_ops) WITH (lists = 4);
INSERT INTO parts SELECT row_number() OVER (), v FROM vectors(1, 2500) v;
SELECT found('parts');
EXPLAIN (COSTS OFF) SELECT id FROM parts ORDER BY embedding <-> '[1,2,3]' LIMIT 5;
DROP TABLE parts;

-- Unlogged and temporary tables
CREATE UNLOGGED TABLE fast (id serial, embedding vector(3));
INSERT INTO fast (embedding) SELECT vectors(1, 500);
CREATE INDEX ON fast USING ivfflat (embedding vector_l2_ops) WITH (lists = 4);
SELECT found('fast');
ALTER TABLE fast SET LOGGED;
SELECT found('fast');
CREATE TEMP TABLE brief (id serial, embedding vector(3));
INSERT INTO brief (embedding) SELECT vectors(1, 500);
CREATE INDEX ON brief USING ivfflat (embedding vector_l2_ops) WITH (lists = 4);
INSERT INTO brief (embedding) SELECT vectors(1, 500);
SELECT found('brief');

-- Wide and toasted rows
CREATE TABLE wide (id serial, embedding vector(2000));
INSERT INTO wide (embedding)
SELECT (SELECT array_agg((i * d) % 101) FROM generate_series(1, 2000) d)::vector
FROM generate_series(1, 200) i;
CREATE INDEX ON wide USING ivfflat (embedding vector_cosine_ops) WITH (lists = 5);
INSERT INTO wide (embedding) SELECT embedding FROM wide;
SELECT count(*) FROM (SELECT 1 FROM wide ORDER BY embedding <=> (SELECT embedding FROM wide LIMIT 1)) t;
DELETE FROM wide WHERE id > 200;
VACUUM wide;
SELECT count(*) FROM (SELECT 1 FROM wide ORDER BY embedding <=> (SELECT embedding FROM wide LIMIT 1)) t;
DROP TABLE wide;

-- Little memory: a sample that does not fit is kept in a file, centroids must fit.
SET maintenance_work_mem = '4MB';
CREATE TABLE many (embedding vector(300));
INSERT INTO many SELECT array_agg((i * d) % 97)::vector
FROM generate_series(1, 8000) i, generate_series(1, 300) d GROUP BY i;
CREATE INDEX many_idx ON many USING ivfflat (embedding vector_l2_ops) WITH (lists = 100);
SELECT found('many', (SELECT embedding FROM many LIMIT 1));
SET maintenance_work_mem = '1MB';
DO $$ BEGIN
  CREATE INDEX ON many USING ivfflat (embedding vector_l2_ops) WITH (lists = 8000);
EXCEPTION WHEN program_limit_exceeded THEN
  RAISE WARNING '%', regexp_replace(SQLERRM, '\d+', 'N');
END $$;
RESET maintenance_work_mem;
DROP TABLE many;

-- Duplicates
CREATE TABLE same (id serial, embedding vector(3));
INSERT INTO same (embedding) SELECT '[1,1,1]' FROM generate_series(1, 2000);
CREATE INDEX ON same USING ivfflat (embedding vector_l2_ops) WITH (lists = 50);
SELECT found('same', '[1,1,1]');
DROP TABLE same;

-- Huge values overflow to infinity and are ranked last.
CREATE TABLE huge (id int, embedding vector(2));
INSERT INTO huge SELECT i, ARRAY[i, 3e38]::vector FROM generate_series(1, 200) i;
INSERT INTO huge SELECT i, ARRAY[i, -3e38]::vector FROM generate_series(201, 400) i;
INSERT INTO huge VALUES (0, '[0,0]');
CREATE INDEX h_l2 ON huge USING ivfflat (embedding vector_l2_ops) WITH (lists = 5);
SELECT found('huge', '[0,0]');
SELECT id FROM huge ORDER BY embedding <-> '[0,0]' LIMIT 1;
CREATE INDEX h_ip ON huge USING ivfflat (embedding vector_ip_ops) WITH (lists = 5);
SELECT count(*) FROM (SELECT 1 FROM huge ORDER BY embedding <#> '[1,1]') t;
CREATE INDEX h_cos ON huge USING ivfflat (embedding vector_cosine_ops) WITH (lists = 5);
SELECT count(*) FROM (SELECT 1 FROM huge ORDER BY embedding <=> '[1,1]') t;
CREATE INDEX h_l1 ON huge USING ivfflat (embedding vector_l1_ops) WITH (lists = 5);
SELECT count(*) FROM (SELECT 1 FROM huge ORDER BY embedding <+> '[1,1]') t;
DROP TABLE huge;

DROP FUNCTION found;
DROP FUNCTION vectors;
DROP TABLE items, fast, brief;
