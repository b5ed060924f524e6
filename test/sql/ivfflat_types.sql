-- Every operator class: a search of all lists gives what a sequential scan gives, after a
-- build, inserts, updates, deletes and a vacuum.
SET client_min_messages = warning;

CREATE FUNCTION numbers(i int, dims int) RETURNS real[] IMMUTABLE LANGUAGE sql AS $$
  SELECT array_agg((i * 31 + d::bigint * d * 7 + i * d) % 41 - 20) FROM generate_series(1, dims) d $$;
CREATE FUNCTION bits(i int, dims int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
  SELECT string_agg(CASE WHEN (i * 31 + d::bigint * d * 7 + i * d) % 5 < 2 THEN '1' ELSE '0' END, '')
  FROM generate_series(1, dims) d $$;

-- The distances of the nearest rows by the index and without it.
CREATE FUNCTION check_class(type text, class text, operator text, dims int, rows int, options text DEFAULT '')
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  value text := format(CASE WHEN type = 'bit' THEN 'bits(i, %s)::bit(%s)' ELSE 'numbers(i, %s)::' || type END, dims, dims);
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
  EXECUTE format('CREATE INDEX checked_idx ON checked USING ivfflat (value %s) WITH (lists = 5%s)', class, options);
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
  SET LOCAL ivfflat.probes = 5;
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

SELECT check_class('vector', 'vector_l2_ops', '<->', 10, 300);
SELECT check_class('vector', 'vector_ip_ops', '<#>', 10, 300);
SELECT check_class('vector', 'vector_cosine_ops', '<=>', 10, 300);
SELECT check_class('vector', 'vector_l1_ops', '<+>', 10, 300);
SELECT check_class('vector', 'vector_l2_ops', '<->', 100, 300);
SELECT check_class('vector', 'vector_ip_ops', '<#>', 100, 300);
SELECT check_class('vector', 'vector_cosine_ops', '<=>', 100, 300);
SELECT check_class('halfvec', 'halfvec_l2_ops', '<->', 10, 300);
SELECT check_class('halfvec', 'halfvec_ip_ops', '<#>', 10, 300);
SELECT check_class('halfvec', 'halfvec_l1_ops', '<+>', 10, 300);
SELECT check_class('halfvec', 'halfvec_l2_ops', '<->', 100, 300);
SELECT check_class('halfvec', 'halfvec_ip_ops', '<#>', 100, 300);
SELECT check_class('bit', 'bit_hamming_ops', '<~>', 1, 100);
SELECT check_class('bit', 'bit_hamming_ops', '<~>', 131, 300);
SELECT check_class('bit', 'bit_jaccard_ops', '<%>', 131, 300);

-- Unit vectors of halfvec are rounded once more, so that near ties may change places.
CREATE TABLE directions (id int, value halfvec(100));
INSERT INTO directions SELECT i, numbers(i, 100)::halfvec FROM generate_series(1, 300) i;
CREATE INDEX ON directions USING ivfflat (value halfvec_cosine_ops) WITH (lists = 5);
INSERT INTO directions SELECT i, numbers(i, 100)::halfvec FROM generate_series(301, 400) i;
INSERT INTO directions SELECT 401, array_fill(0, ARRAY[100])::halfvec;
SET enable_seqscan = off;
SET ivfflat.probes = 5;
SELECT count(*), count(*) FILTER (WHERE distance < lag - 0.001) AS disordered FROM
  (SELECT distance, lag(distance) OVER () FROM
    (SELECT value <=> numbers(7, 100)::halfvec AS distance FROM directions
     ORDER BY value <=> numbers(7, 100)::halfvec LIMIT 1000) t) t;
RESET enable_seqscan;
RESET ivfflat.probes;
DROP TABLE directions;

-- The limits are those of the types.
SELECT check_class('vector', 'vector_l2_ops', '<->', 1900, 40);
SELECT check_class('vector', 'vector_ip_ops', '<#>', 2500, 40);
SELECT check_class('vector', 'vector_l1_ops', '<+>', 2500, 40);
SELECT check_class('vector', 'vector_l2_ops', '<->', 16000, 12);
SELECT check_class('halfvec', 'halfvec_l2_ops', '<->', 3072, 40);
SELECT check_class('halfvec', 'halfvec_l2_ops', '<->', 16000, 12);
SELECT check_class('bit', 'bit_hamming_ops', '<~>', 64000, 8);

-- Options
SELECT check_class('vector', 'vector_l2_ops', '<->', 100, 300, ', quantizer = none');
SELECT check_class('vector', 'vector_l2_ops', '<->', 10, 300, ', quantizer = rabitq');
SELECT check_class('vector', 'vector_l2_ops', '<->', 100, 300, ', vectors = heap');
SELECT check_class('vector', 'vector_ip_ops', '<#>', 100, 300, ', vectors = heap');
SELECT check_class('vector', 'vector_cosine_ops', '<=>', 100, 300, ', vectors = heap');
SELECT check_class('vector', 'vector_l1_ops', '<+>', 100, 300, ', vectors = heap');
SELECT check_class('vector', 'vector_l2_ops', '<->', 100, 300, ', vectors = heap, quantizer = none');
SELECT check_class('halfvec', 'halfvec_l2_ops', '<->', 100, 300, ', vectors = heap');

CREATE TABLE items (id int, v vector(3), h halfvec(3), one halfvec(1), b bit(3), vb bit varying(3),
  long bit(64001), plain halfvec);
CREATE INDEX ON items USING ivfflat (v) WITH (quantizer = pq);
CREATE INDEX ON items USING ivfflat (v) WITH (vectors = nowhere);
CREATE INDEX ON items USING ivfflat (v vector_l1_ops) WITH (quantizer = rabitq);
CREATE INDEX ON items USING ivfflat (b bit_hamming_ops) WITH (quantizer = rabitq);
CREATE INDEX ON items USING ivfflat (b bit_hamming_ops) WITH (vectors = heap);
CREATE INDEX ON items USING ivfflat (one halfvec_ip_ops);
CREATE INDEX ON items USING ivfflat (vb bit_hamming_ops);
CREATE INDEX ON items USING ivfflat (long bit_hamming_ops);
CREATE INDEX ON items USING ivfflat (plain halfvec_l2_ops);
CREATE INDEX ON items USING ivfflat (h);
\set VERBOSITY sqlstate
CREATE INDEX ON items USING ivfflat (vb bit_hamming_ops);
CREATE INDEX ON items USING ivfflat (long bit_hamming_ops);
CREATE INDEX ON items USING ivfflat (v vector_l1_ops) WITH (quantizer = rabitq);
\set VERBOSITY default

CREATE INDEX items_h ON items USING ivfflat (h halfvec_l2_ops) WITH (quantizer = auto, vectors = index);
CREATE INDEX items_vb ON items USING ivfflat ((vb::bit(3)) bit_hamming_ops);
CREATE INDEX items_bq ON items USING ivfflat ((binary_quantize(v)::bit(3)) bit_hamming_ops);
SELECT pg_get_indexdef('items_h'::regclass);
\d items
INSERT INTO items VALUES (1, '[1,2,-3]', '[1,2,3]', NULL, B'101', B'111'), (2, '[-1,2,-3]', '[1,2,4]', NULL, B'001', B'110');
SET enable_seqscan = off;
SELECT id FROM items ORDER BY binary_quantize(v)::bit(3) <~> B'010' LIMIT 2;
SELECT id FROM items ORDER BY vb::bit(3) <~> B'110' LIMIT 2;
SELECT id FROM items ORDER BY h <-> '[1,2,4]' LIMIT 2;
SELECT id FROM items ORDER BY h <-> '[1,2]' LIMIT 2;
SELECT id FROM items ORDER BY vb::bit(3) <~> B'11' LIMIT 2;
DROP TABLE items;

-- The table is read with the index's expression, and by the snapshot of the scan.
CREATE TABLE items (id int, a real[]);
INSERT INTO items SELECT i, numbers(i, 80) FROM generate_series(1, 200) i;
CREATE INDEX ON items USING ivfflat ((a::vector(80)) vector_l2_ops) WITH (lists = 2, vectors = heap);
SET ivfflat.probes = 2;
BEGIN;
DECLARE nearest CURSOR FOR SELECT id FROM items ORDER BY a::vector(80) <-> numbers(7, 80)::vector LIMIT 200;
FETCH 1 FROM nearest;
DELETE FROM items WHERE id <> 7;
SELECT id FROM items ORDER BY a::vector(80) <-> numbers(9, 80)::vector LIMIT 3;
MOVE 198 FROM nearest;
FETCH 2 FROM nearest;
ROLLBACK;
SELECT count(*) FROM (SELECT id FROM items ORDER BY a::vector(80) <-> NULL LIMIT 300) t;
DROP TABLE items;

DROP FUNCTION check_class, numbers, bits;
