-- Every operator class: a search that keeps as many candidates as there are rows gives what
-- a sequential scan gives, after a build, inserts, updates, deletes and a vacuum.
SET client_min_messages = warning;

CREATE FUNCTION numbers(i int, dims int) RETURNS real[] IMMUTABLE LANGUAGE sql AS $$
  SELECT array_agg((i * 31 + d::bigint * d * 7 + i * d) % 41 - 20) FROM generate_series(1, dims) d $$;
CREATE FUNCTION bits(i int, dims int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
  SELECT string_agg(CASE WHEN (i * 31 + d::bigint * d * 7 + i * d) % 5 < 2 THEN '1' ELSE '0' END, '')
  FROM generate_series(1, dims) d $$;
-- About every fifth element is not zero.
CREATE FUNCTION elements(i int, dims int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
  SELECT '{' || string_agg(format('%s:%s', d, (i * d) % 19 - 9), ',') || '}/' || dims
  FROM generate_series(1, dims) d WHERE (d * d + i * d + i) % 10 < 2 AND (i * d) % 19 <> 9 $$;

-- The distances of the nearest rows by the index and without it.
CREATE FUNCTION check_class(type text, class text, operator text, dims int, rows int, options text DEFAULT '')
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  value text := format('%s(i, %s)::%s(%s)',
    CASE type WHEN 'bit' THEN 'bits' WHEN 'sparsevec' THEN 'elements' ELSE 'numbers' END, dims, type, dims);
  query text;
  search text;
  by_index text;
  by_table text;
  plan text;
  line text;
BEGIN
  CREATE TABLE checked (id int);
  EXECUTE format('ALTER TABLE checked ADD value %s(%s)', type, dims);
  EXECUTE format('INSERT INTO checked SELECT i, %s FROM generate_series(1, %s) i', value, rows);
  EXECUTE format('CREATE INDEX checked_idx ON checked USING hnsw (value %s) %s', class, options);
  EXECUTE format('INSERT INTO checked SELECT i, %s FROM generate_series(%s, %s) i', value, rows + 1, rows * 2);
  INSERT INTO checked VALUES (0, NULL);
  EXECUTE format('UPDATE checked SET value = %s FROM generate_series(1, %s) i WHERE id %% 10 = 1 AND i = id + 1', value, rows);
  DELETE FROM checked WHERE id % 3 = 0;
  query := format('SELECT %s FROM generate_series(7, 7) i', value);
  EXECUTE query INTO query;
  search := format('SELECT string_agg(round(distance::numeric, 4)::text, %L) FROM
    (SELECT value %s %L AS distance FROM checked WHERE value IS NOT NULL ORDER BY value %s %L LIMIT 20) t',
    ' ', operator, query, operator, query);
  SET LOCAL enable_indexscan = off;
  SET LOCAL enable_seqscan = on;
  EXECUTE search INTO by_table;
  SET LOCAL enable_indexscan = on;
  SET LOCAL enable_seqscan = off;
  SET LOCAL hnsw.ef_search = 1000;
  EXECUTE search INTO by_index;
  plan := '';
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || search LOOP plan := plan || line; END LOOP;
  DROP TABLE checked;
  IF plan NOT LIKE '%Index Scan using checked_idx%' THEN RETURN 'the index is not used'; END IF;
  IF by_index IS DISTINCT FROM by_table THEN
    RETURN format('%s instead of %s', by_index, by_table);
  END IF;
  RETURN 'ok';
END $$;

SELECT check_class('vector', 'vector_l2_ops', '<->', 10, 100);
SELECT check_class('vector', 'vector_ip_ops', '<#>', 10, 100);
SELECT check_class('vector', 'vector_cosine_ops', '<=>', 10, 100);
SELECT check_class('vector', 'vector_l1_ops', '<+>', 10, 100);
SELECT check_class('vector', 'vector_l2_ops', '<->', 1, 30);
SELECT check_class('vector', 'vector_l2_ops', '<->', 100, 100);
SELECT check_class('vector', 'vector_ip_ops', '<#>', 100, 100);
SELECT check_class('vector', 'vector_cosine_ops', '<=>', 100, 100);
SELECT check_class('vector', 'vector_l1_ops', '<+>', 100, 100);
SELECT check_class('halfvec', 'halfvec_l2_ops', '<->', 10, 100);
SELECT check_class('halfvec', 'halfvec_ip_ops', '<#>', 10, 100);
SELECT check_class('halfvec', 'halfvec_l1_ops', '<+>', 10, 100);
SELECT check_class('halfvec', 'halfvec_l2_ops', '<->', 100, 100);
SELECT check_class('halfvec', 'halfvec_ip_ops', '<#>', 100, 100);
SELECT check_class('bit', 'bit_hamming_ops', '<~>', 1, 100);
SELECT check_class('bit', 'bit_hamming_ops', '<~>', 131, 100);
SELECT check_class('bit', 'bit_jaccard_ops', '<%>', 131, 100);
SELECT check_class('sparsevec', 'sparsevec_l2_ops', '<->', 100, 100);
SELECT check_class('sparsevec', 'sparsevec_ip_ops', '<#>', 100, 100);
SELECT check_class('sparsevec', 'sparsevec_cosine_ops', '<=>', 100, 100);
SELECT check_class('sparsevec', 'sparsevec_l1_ops', '<+>', 100, 100);

-- Unit vectors of halfvec are rounded once more, so that near ties may change places.
CREATE TABLE directions (id int, value halfvec(100));
INSERT INTO directions SELECT i, numbers(i, 100)::halfvec FROM generate_series(1, 300) i;
CREATE INDEX ON directions USING hnsw (value halfvec_cosine_ops);
INSERT INTO directions SELECT i, numbers(i, 100)::halfvec FROM generate_series(301, 400) i;
INSERT INTO directions SELECT 401, array_fill(0, ARRAY[100])::halfvec;
SET enable_seqscan = off;
SET hnsw.ef_search = 1000;
SELECT count(*), count(*) FILTER (WHERE distance < lag - 0.001) AS disordered FROM
  (SELECT distance, lag(distance) OVER () FROM
    (SELECT value <=> numbers(7, 100)::halfvec AS distance FROM directions
     ORDER BY value <=> numbers(7, 100)::halfvec LIMIT 1000) t) t;
RESET enable_seqscan;
RESET hnsw.ef_search;
DROP TABLE directions;

-- The limits are those of the types.
SELECT check_class('vector', 'vector_l2_ops', '<->', 400, 100);
SELECT check_class('vector', 'vector_l2_ops', '<->', 1900, 40);
SELECT check_class('vector', 'vector_ip_ops', '<#>', 2500, 20);
SELECT check_class('vector', 'vector_l1_ops', '<+>', 2500, 20);
SELECT check_class('vector', 'vector_l2_ops', '<->', 16000, 6);
SELECT check_class('halfvec', 'halfvec_l2_ops', '<->', 3072, 20);
SELECT check_class('halfvec', 'halfvec_l2_ops', '<->', 16000, 6);
SELECT check_class('bit', 'bit_hamming_ops', '<~>', 64000, 3);
SELECT check_class('sparsevec', 'sparsevec_l2_ops', '<->', 5000, 12);
CREATE TABLE wide (id int, s sparsevec(1000000000));
INSERT INTO wide SELECT i, format('{1:%s,1000000000:1}/1000000000', i)::sparsevec FROM generate_series(1, 20) i;
INSERT INTO wide SELECT 101, ('{' || string_agg(i || ':1', ',') || '}/1000000000')::sparsevec FROM generate_series(1, 16000) i;
CREATE INDEX ON wide USING hnsw (s sparsevec_l2_ops);
INSERT INTO wide SELECT 102, ('{' || string_agg(i || ':2', ',') || '}/1000000000')::sparsevec FROM generate_series(1, 16000) i;
INSERT INTO wide VALUES (103, '{}/1000000000');
SET enable_seqscan = off;
SELECT id FROM wide ORDER BY s <-> '{1:7,1000000000:1}/1000000000' LIMIT 3;
SELECT id FROM wide ORDER BY s <-> (SELECT s FROM wide WHERE id = 102) LIMIT 2;
SELECT id FROM wide ORDER BY s <-> '{}/1000000000' LIMIT 2;
SELECT id FROM wide ORDER BY s <-> '{}/5' LIMIT 2;
INSERT INTO wide VALUES (104, '{}/5');
RESET enable_seqscan;
DROP TABLE wide;

-- Options
SELECT check_class('vector', 'vector_l2_ops', '<->', 100, 100, 'WITH (quantizer = none)');
SELECT check_class('vector', 'vector_l2_ops', '<->', 32, 100, 'WITH (quantizer = rabitq)');
SELECT check_class('vector', 'vector_ip_ops', '<#>', 100, 100, 'WITH (quantizer = none)');
SELECT check_class('vector', 'vector_l2_ops', '<->', 100, 100, 'WITH (m = 2, ef_construction = 4)');
SELECT check_class('vector', 'vector_l2_ops', '<->', 10, 100, 'WITH (m = 2, ef_construction = 4)');
SELECT check_class('vector', 'vector_l2_ops', '<->', 100, 100, 'WITH (m = 32, ef_construction = 200)');
SELECT check_class('vector', 'vector_l2_ops', '<->', 100, 300, 'WITH (m = 100, ef_construction = 200)');
SELECT check_class('vector', 'vector_l2_ops', '<->', 10, 300, 'WITH (m = 100, ef_construction = 200)');

CREATE TABLE items (id int, v vector(3), h halfvec(3), one halfvec(1), b bit(3), vb bit varying(3),
  long bit(64001), plain halfvec, s sparsevec(100));
CREATE INDEX ON items USING hnsw (v vector_l2_ops) WITH (quantizer = pq);
CREATE INDEX ON items USING hnsw (v vector_l2_ops) WITH (vectors = heap);
CREATE INDEX ON items USING hnsw (v vector_l2_ops) WITH (quantizer = rabitq);
CREATE INDEX ON items USING hnsw (v vector_l1_ops) WITH (quantizer = rabitq);
CREATE INDEX ON items USING hnsw (b bit_hamming_ops) WITH (quantizer = rabitq);
CREATE INDEX ON items USING hnsw (s sparsevec_l2_ops) WITH (quantizer = rabitq);
CREATE INDEX ON items USING hnsw (vb bit_hamming_ops);
CREATE INDEX ON items USING hnsw (long bit_hamming_ops);
CREATE INDEX ON items USING hnsw (plain halfvec_l2_ops);
CREATE INDEX ON items USING hnsw (h);
\set VERBOSITY sqlstate
CREATE INDEX ON items USING hnsw (vb bit_hamming_ops);
CREATE INDEX ON items USING hnsw (long bit_hamming_ops);
CREATE INDEX ON items USING hnsw (v vector_l1_ops) WITH (quantizer = rabitq);
\set VERBOSITY default

CREATE INDEX items_h ON items USING hnsw (h halfvec_l2_ops) WITH (quantizer = auto);
CREATE INDEX items_one ON items USING hnsw (one halfvec_ip_ops);
CREATE INDEX items_vb ON items USING hnsw ((vb::bit(3)) bit_hamming_ops);
CREATE INDEX items_bq ON items USING hnsw ((binary_quantize(v)::bit(3)) bit_hamming_ops);
SELECT pg_get_indexdef('items_h'::regclass);
\d items
INSERT INTO items VALUES (1, '[1,2,-3]', '[1,2,3]', '[1]', B'101', B'111'), (2, '[-1,2,-3]', '[1,2,4]', '[2]', B'001', B'110');
SET enable_seqscan = off;
SELECT id FROM items ORDER BY binary_quantize(v)::bit(3) <~> B'010' LIMIT 2;
SELECT id FROM items ORDER BY vb::bit(3) <~> B'110' LIMIT 2;
SELECT id FROM items ORDER BY h <-> '[1,2,4]' LIMIT 2;
SELECT id FROM items ORDER BY one <#> '[1]' LIMIT 2;
SELECT id FROM items ORDER BY h <-> '[1,2]' LIMIT 2;
SELECT id FROM items ORDER BY vb::bit(3) <~> B'11' LIMIT 2;
DROP TABLE items;

-- An expression that is not the column's value, of vectors that nodes hold rounded.
CREATE TABLE items (id int, a real[]);
INSERT INTO items SELECT i, numbers(i, 400) FROM generate_series(1, 200) i;
CREATE INDEX ON items USING hnsw ((a::vector(400)) vector_l2_ops);
SET hnsw.ef_search = 200;
BEGIN;
DECLARE nearest CURSOR FOR SELECT id FROM items ORDER BY a::vector(400) <-> numbers(7, 400)::vector LIMIT 200;
FETCH 1 FROM nearest;
DELETE FROM items WHERE id <> 7;
SELECT id FROM items ORDER BY a::vector(400) <-> numbers(9, 400)::vector LIMIT 3;
MOVE 198 FROM nearest;
FETCH 2 FROM nearest;
ROLLBACK;
SELECT count(*) FROM (SELECT id FROM items ORDER BY a::vector(400) <-> NULL LIMIT 300) t;
DROP TABLE items;

DROP FUNCTION check_class, numbers, bits, elements;
