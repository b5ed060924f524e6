-- Reloptions, settings and what cannot be indexed.
SET client_min_messages = warning;
CREATE TABLE items (id int, embedding vector(3), plain vector, one vector(1));

CREATE INDEX ON items USING ivfflat (embedding) WITH (lists = -1);
CREATE INDEX ON items USING ivfflat (embedding) WITH (lists = 32769);
CREATE INDEX ON items USING ivfflat (embedding) WITH (probes = 0);
CREATE INDEX ON items USING ivfflat (embedding) WITH (probe = 1);
CREATE INDEX ON items USING ivfflat (plain);
CREATE INDEX ON items USING ivfflat (one vector_ip_ops);
CREATE INDEX ON items USING ivfflat (one vector_cosine_ops);
CREATE INDEX ON items USING ivfflat (id);
CREATE INDEX ON items USING ivfflat (embedding, embedding);
CREATE UNIQUE INDEX ON items USING ivfflat (embedding);
CREATE INDEX ON items USING ivfflat (embedding) INCLUDE (id);
CREATE INDEX ON items USING ivfflat (embedding DESC);
\set VERBOSITY sqlstate
CREATE INDEX ON items USING ivfflat (plain);
CREATE INDEX ON items USING ivfflat (one vector_ip_ops);
\set VERBOSITY default

RESET client_min_messages;
CREATE INDEX items_idx ON items USING ivfflat (embedding) WITH (lists = 7);
SELECT reloptions FROM pg_class WHERE relname = 'items_idx';
SELECT pg_get_indexdef('items_idx'::regclass);
ALTER INDEX items_idx SET (lists = 9);
SELECT pg_get_indexdef('items_idx'::regclass);
CREATE INDEX items_ip ON items USING ivfflat (embedding vector_ip_ops);
\d items
TRUNCATE items;
DROP TABLE items;

-- Settings
SHOW ivfflat.probes;
SET ivfflat.probes = 0;
SET ivfflat.probes = 32769;
SET ivfflat.probes = 32768;
SHOW ivfflat.iterative_scan;
SET ivfflat.iterative_scan = on;
SET ivfflat.iterative_scan = strict_order;
SET ivfflat.iterative_scan = relaxed_order;
SHOW ivfflat.max_probes;
SET ivfflat.max_probes = 0;
SET ivfflat.max_probes = 32769;
SET ivfflat.unknown = 1;
SET vector.simd = sse;

SELECT amname, opcname, opcdefault
FROM pg_opclass JOIN pg_am ON pg_am.oid = opcmethod WHERE amname = 'ivfflat' ORDER BY opcname;

-- lists = 0 chooses by the number of rows; probes of the index count unless the setting is set.
CREATE TABLE items (id int, v vector(2));
INSERT INTO items SELECT i, ARRAY[i, i % 7]::vector FROM generate_series(1, 400) i;
ANALYZE items;
CREATE INDEX items_idx ON items USING ivfflat (v) WITH (lists = 0, probes = 7);
CREATE FUNCTION lists_probed() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  PERFORM id FROM items ORDER BY v <-> '[3,1]' LIMIT 1;
  RETURN (SELECT lists FROM vector_last_scan_stats());
END $$;
SET enable_seqscan = off;
RESET ivfflat.probes;
SELECT lists_probed();
SET ivfflat.probes = 1;
SELECT lists_probed();
SET ivfflat.probes = 100;
SELECT lists_probed();
RESET ivfflat.probes;
SELECT lists_probed();
ALTER INDEX items_idx SET (probes = 3);
SELECT lists_probed();
ALTER INDEX items_idx RESET (probes);
SELECT lists_probed();
SELECT pg_get_indexdef('items_idx'::regclass);
DROP TABLE items;
DROP FUNCTION lists_probed;
