-- What a scan hands out, and fetches from the table: pages are asked for ahead.
SET client_min_messages = warning;
SET enable_seqscan = off;
SET ivfflat.probes = 8;
SET jit = off;  -- a disabled plan looks expensive

CREATE TABLE items (id int, embedding vector(3), filler text);
INSERT INTO items
SELECT x * 400 + y * 20 + z, ARRAY[x, y, z]::vector(3), repeat('x', 200)
FROM generate_series(0, 19) x, generate_series(0, 19) y, generate_series(0, 19) z;
CREATE INDEX plain ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 8);

-- The n nearest, by an index scan and by a sort; how many distances differ.
CREATE FUNCTION wrong_rows(n int) RETURNS bigint LANGUAGE sql AS $$
  WITH found AS MATERIALIZED (
    SELECT embedding <-> '[9,8,7]' d FROM items ORDER BY embedding <-> '[9,8,7]' LIMIT n),
  f AS (SELECT d, row_number() OVER (ORDER BY d) i FROM found),
  e AS (SELECT d, row_number() OVER (ORDER BY d) i FROM (
    SELECT embedding <-> '[9,8,7]' d FROM items ORDER BY (embedding <-> '[9,8,7]') + 0 LIMIT n) s)
  SELECT count(*) FROM f FULL JOIN e USING (i) WHERE f.d IS DISTINCT FROM e.d
$$;
SELECT n, wrong_rows(n) FROM unnest(ARRAY[1, 2, 3, 9, 10, 11, 40, 500, 9000]) n;

-- Rows that are gone, and pages at the end of the table that are.
DELETE FROM items WHERE id % 3 = 0;
SELECT n, wrong_rows(n) FROM unnest(ARRAY[1, 10, 500, 9000]) n;
DELETE FROM items WHERE id > 4000;
VACUUM (TRUNCATE) items;
SELECT n, wrong_rows(n) FROM unnest(ARRAY[1, 10, 500, 9000]) n;

-- Scans that begin again, of vectors in the index and in the table.
CREATE TABLE queries AS
SELECT n, ARRAY[n % 20, n % 7, n % 19]::vector(3) q FROM generate_series(1, 30) n;
CREATE FUNCTION wrong_neighbours() RETURNS bigint LANGUAGE sql AS $$
  SELECT count(*) FROM queries,
    LATERAL (SELECT array_agg(d) a FROM (
      SELECT embedding <-> q d FROM items ORDER BY embedding <-> q LIMIT 12) f) found,
    LATERAL (SELECT array_agg(d) a FROM (
      SELECT embedding <-> q d FROM items ORDER BY (embedding <-> q) + 0 LIMIT 12) e) exact
  WHERE found.a <> exact.a
$$;
SELECT wrong_neighbours();
DROP INDEX plain;
CREATE INDEX in_table ON items USING ivfflat (embedding vector_l2_ops)
  WITH (lists = 8, vectors = heap);
SELECT wrong_neighbours();
SELECT n, wrong_rows(n) FROM unnest(ARRAY[1, 10, 500, 9000]) n;

-- A cursor that is read in parts, and back to its beginning.
BEGIN;
DECLARE nearest SCROLL CURSOR FOR SELECT id FROM items ORDER BY embedding <-> '[5,5,5.25]' LIMIT 100;
FETCH 2 FROM nearest;
MOVE 60 FROM nearest;
MOVE ABSOLUTE 0 FROM nearest;
FETCH 2 FROM nearest;
COMMIT;

-- Tables that are the session's own.
CREATE TEMP TABLE own AS SELECT id, embedding FROM items;
CREATE INDEX ON own USING ivfflat (embedding vector_l2_ops) WITH (lists = 8);
SELECT count(*) FROM (
  SELECT d, row_number() OVER (ORDER BY d) i FROM (
    SELECT embedding <-> '[5,6,7]' d FROM own ORDER BY embedding <-> '[5,6,7]' LIMIT 40) f) found
JOIN (
  SELECT d, row_number() OVER (ORDER BY d) i FROM (
    SELECT embedding <-> '[5,6,7]' d FROM own ORDER BY (embedding <-> '[5,6,7]') + 0 LIMIT 40) e
) exact USING (i, d);

DROP TABLE items, queries, own;
DROP FUNCTION wrong_rows, wrong_neighbours;
