-- Reloptions, settings and what cannot be indexed.
SET client_min_messages = warning;
CREATE TABLE items (id int, embedding vector(3), plain vector, one vector(1));

CREATE INDEX ON items USING hnsw (embedding vector_l2_ops) WITH (m = 1);
CREATE INDEX ON items USING hnsw (embedding vector_l2_ops) WITH (m = 101);
CREATE INDEX ON items USING hnsw (embedding vector_l2_ops) WITH (ef_construction = 3);
CREATE INDEX ON items USING hnsw (embedding vector_l2_ops) WITH (ef_construction = 1001);
CREATE INDEX ON items USING hnsw (embedding vector_l2_ops) WITH (m = 16, ef_construction = 31);
CREATE INDEX ON items USING hnsw (embedding vector_l2_ops) WITH (lists = 1);
CREATE INDEX ON items USING hnsw (plain vector_l2_ops);
CREATE INDEX ON items USING hnsw (embedding);
CREATE INDEX ON items USING hnsw (id);
CREATE INDEX ON items USING hnsw (embedding vector_l2_ops, embedding vector_l2_ops);
CREATE UNIQUE INDEX ON items USING hnsw (embedding vector_l2_ops);
CREATE INDEX ON items USING hnsw (embedding vector_l2_ops) INCLUDE (id);
CREATE INDEX ON items USING hnsw (embedding vector_l2_ops DESC);
\set VERBOSITY sqlstate
CREATE INDEX ON items USING hnsw (embedding vector_l2_ops) WITH (m = 16, ef_construction = 31);
CREATE INDEX ON items USING hnsw (plain vector_l2_ops);
\set VERBOSITY default

RESET client_min_messages;
CREATE INDEX items_idx ON items USING hnsw (embedding vector_l2_ops) WITH (m = 16, ef_construction = 32);
SELECT reloptions FROM pg_class WHERE relname = 'items_idx';
SELECT pg_get_indexdef('items_idx'::regclass);
INSERT INTO items (embedding) VALUES ('[1,2,3]');
-- m is that of the build.
ALTER INDEX items_idx SET (m = 8, ef_construction = 100);
SELECT pg_get_indexdef('items_idx'::regclass);
INSERT INTO items (embedding) VALUES ('[1,2,4]');
ALTER INDEX items_idx SET (m = 100);
INSERT INTO items (embedding) VALUES ('[1,2,5]');
REINDEX INDEX items_idx;
CREATE INDEX items_ip ON items USING hnsw (embedding vector_ip_ops);
CREATE INDEX items_one ON items USING hnsw (one vector_cosine_ops);
\d items
DROP INDEX items_idx;
TRUNCATE items;
DROP TABLE items;

-- Settings
SHOW hnsw.ef_search;
SET hnsw.ef_search = 0;
SET hnsw.ef_search = 10001;
SET hnsw.ef_search = 10000;
SHOW hnsw.iterative_scan;
SET hnsw.iterative_scan = on;
SET hnsw.iterative_scan = strict_order;
SET hnsw.iterative_scan = relaxed_order;
SHOW hnsw.max_scan_tuples;
SET hnsw.max_scan_tuples = 0;
SET hnsw.max_scan_tuples = 2147483647;
SHOW hnsw.scan_mem_multiplier;
SET hnsw.scan_mem_multiplier = 0.5;
SET hnsw.scan_mem_multiplier = 1001;
SET hnsw.scan_mem_multiplier = 2.5;
SET hnsw.unknown = 1;

SELECT amname, opcname, opcdefault
FROM pg_opclass JOIN pg_am ON pg_am.oid = opcmethod WHERE amname = 'hnsw' ORDER BY opcname;
