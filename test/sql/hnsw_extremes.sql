-- Rows that short forms of vectors cannot tell apart, and numbers at the end of their range.
SET client_min_messages = warning;
SET enable_seqscan = off;

-- Distances of the first rows by the index beside those of a sort.
CREATE FUNCTION differences(tab regclass, operator text, query vector, rows int) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE result bigint;
BEGIN
  EXECUTE format(
    'WITH found AS MATERIALIZED (
       SELECT id, v FROM %1$s ORDER BY v %2$s %3$L LIMIT %4$s),
     f AS (SELECT v %2$s %3$L d, row_number() OVER () n FROM found),
     exact AS (SELECT d, row_number() OVER () n FROM (
       SELECT v %2$s %3$L d FROM %1$s ORDER BY (v %2$s %3$L) + 0 LIMIT %4$s) e)
     SELECT count(*) FROM f FULL JOIN exact USING (n)
     WHERE f.d <> exact.d OR f.d IS NULL OR exact.d IS NULL', tab, operator, query, rows)
  INTO result;
  RETURN result;
END $$;

-- From 257 dimensions on nodes hold binary16. These rows are rounded to three numbers.
CREATE FUNCTION near(i int) RETURNS vector LANGUAGE sql IMMUTABLE AS
  $$ SELECT array_fill((1000 + i * 1e-3)::real, ARRAY[300])::vector $$;
CREATE TABLE near (id int, v vector(300));
INSERT INTO near SELECT i, near(i) FROM generate_series(1, 500) i;
CREATE INDEX near_v ON near USING hnsw (v vector_l2_ops);
SELECT differences('near', '<->', near(250), 30);
INSERT INTO near SELECT i, near(i) FROM generate_series(501, 1000) i;
SELECT differences('near', '<->', near(q), 30) FROM unnest(ARRAY[250, 500, 900]) q;
DELETE FROM near WHERE id % 3 = 0;
SELECT differences('near', '<->', near(250), 30);
VACUUM near;
SELECT differences('near', '<->', near(250), 30);
UPDATE near SET v = near(2000 - id) WHERE id % 2 = 0;
SELECT differences('near', '<->', near(q), 30) FROM unnest(ARRAY[250, 900, 1500]) q;
SET hnsw.iterative_scan = strict_order;
SELECT differences('near', '<->', near(250), 600);
RESET hnsw.iterative_scan;
-- Duplicates come together.
INSERT INTO near SELECT 5000, near(5000) FROM generate_series(1, 100);
SELECT count(*) FROM (SELECT id FROM near ORDER BY v <-> near(5000) LIMIT 100) t WHERE id = 5000;
DROP INDEX near_v;
TRUNCATE near;
CREATE INDEX near_v ON near USING hnsw (v vector_l2_ops);
INSERT INTO near SELECT i, near(i) FROM generate_series(1, 300) i;
SELECT differences('near', '<->', near(250), 30);

-- Up to 256 a build looks at its rows first, and rounds them where that leaves them apart.
CREATE FUNCTION few(i int, nearness real) RETURNS vector LANGUAGE sql IMMUTABLE AS
  $$ SELECT (SELECT array_agg((nearness + sin(j * sqrt(i)))::real ORDER BY j)
             FROM generate_series(1, 128) j)::vector $$;
CREATE TABLE apart (id int, v vector(128));
INSERT INTO apart SELECT i, few(i, 0) FROM generate_series(1, 1000) i;
CREATE TABLE close (id int, v vector(128));
INSERT INTO close SELECT i, few(i, 10000) FROM generate_series(1, 1000) i;
CREATE INDEX apart_v ON apart USING hnsw (v vector_l2_ops);
CREATE INDEX close_v ON close USING hnsw (v vector_l2_ops);
SELECT pg_relation_size('apart_v') < pg_relation_size('close_v') AS smaller;
INSERT INTO apart SELECT i, few(i, 0) FROM generate_series(1001, 1200) i;
INSERT INTO close SELECT i, few(i, 10000) FROM generate_series(1001, 1200) i;
DELETE FROM apart WHERE id % 5 = 0;
DELETE FROM close WHERE id % 5 = 0;
VACUUM apart;
VACUUM close;
SET hnsw.ef_search = 1000;
SELECT differences('apart', '<->', few(q, 0), 960), differences('close', '<->', few(q, 10000), 960)
FROM unnest(ARRAY[7, 1112]) q;
RESET hnsw.ef_search;
SELECT * FROM vector_index_check('apart_v', true);
SELECT * FROM vector_index_check('close_v', true);

-- All coordinates of a row may be rounded the same way, or one may count alone.
CREATE TABLE even (id int, v vector(1024));
INSERT INTO even SELECT i, array_fill((1 + 3 * abs(sin(i)))::real, ARRAY[1024])::vector
FROM generate_series(1, 300) i;
CREATE INDEX ON even USING hnsw (v vector_l2_ops);
CREATE INDEX ON even USING hnsw (v vector_ip_ops);
SET hnsw.ef_search = 300;
SELECT operator, differences('even', operator, array_fill(2.3, ARRAY[1024])::vector, 300)
FROM unnest(ARRAY['<->', '<#>']) operator;
CREATE TABLE single (id int, v vector(300));
INSERT INTO single SELECT i, ('[' || 1000 + sin(i) || repeat(',0', 299) || ']')::vector
FROM generate_series(1, 300) i;
CREATE INDEX ON single USING hnsw (v vector_l2_ops);
CREATE INDEX ON single USING hnsw (v vector_ip_ops);
SELECT operator, differences('single', operator, (SELECT v FROM single WHERE id = 7), 300)
FROM unnest(ARRAY['<->', '<#>']) operator;
RESET hnsw.ef_search;

-- Products that are not a number: a search ends, and reaches every row.
CREATE TABLE far (id int, v vector(32));
INSERT INTO far SELECT i, (
  SELECT array_agg(CASE WHEN (i * 7 + j) % 2 = 0 THEN 3e38 ELSE -3e38 END ORDER BY j)
  FROM generate_series(1, 32) j)::vector FROM generate_series(1, 100) i;
INSERT INTO far SELECT i, (SELECT array_agg(3e38 * sin(i * j) ORDER BY j)
  FROM generate_series(1, 32) j)::vector FROM generate_series(101, 400) i;
CREATE INDEX ON far USING hnsw (v vector_ip_ops);
SET hnsw.iterative_scan = relaxed_order;
SELECT count(*), count(DISTINCT id) FROM (
  SELECT id FROM far ORDER BY v <#> (SELECT v FROM far WHERE id = 7)) t;
SELECT count(*), count(DISTINCT id) FROM (
  SELECT id FROM far ORDER BY v <#> (SELECT v FROM far WHERE id = 207)) t;

-- Directions that can hardly be told apart: inserts leave rows aside, which an iterative
-- scan finds all the same.
CREATE TABLE steep (id int, v vector(2));
CREATE INDEX ON steep USING hnsw (v vector_cosine_ops) WITH (m = 2);
INSERT INTO steep SELECT i, ARRAY[i, 3e38]::vector FROM generate_series(1, 1000) i;
SELECT count(*), count(DISTINCT id) FROM (SELECT id FROM steep ORDER BY v <=> '[1,1]') t;
-- In so many slots as it may visit nodes.
SET hnsw.max_scan_tuples = 100;
SELECT count(*) < 1000 AS some FROM (SELECT id FROM steep ORDER BY v <=> '[1,1]') t;
RESET hnsw.max_scan_tuples;
RESET hnsw.iterative_scan;

-- Dead rows make a search go on; its rows are in order nevertheless.
CREATE TABLE bits (id int, v bit(512));
INSERT INTO bits SELECT i, (
  SELECT string_agg(('x' || md5((i * 8 + j)::text))::bit(64)::text, '' ORDER BY j)
  FROM generate_series(1, 8) j)::bit(512) FROM generate_series(1, 400) i;
CREATE INDEX ON bits USING hnsw (v bit_hamming_ops) WITH (m = 2);
DELETE FROM bits WHERE id % 2 = 0;
SELECT count(*) FROM bits b, LATERAL (
  SELECT count(*) FROM (
    SELECT v <~> b.v d, lag(v <~> b.v) OVER () before
    FROM (SELECT v FROM bits ORDER BY v <~> b.v) t) t WHERE d < before) t
WHERE b.id < 60 AND t.count > 0;

DROP TABLE near, even, single, far, steep, bits;
DROP FUNCTION differences;
DROP FUNCTION near;
