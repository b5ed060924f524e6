-- Checks of indexes: sound ones of all operator classes, what is refused, who may.
CREATE TABLE items (id int, v vector(64), h halfvec(64), s sparsevec(64), b bit(64));
INSERT INTO items
  SELECT i, e::vector, e::halfvec, e::vector::sparsevec, binary_quantize(e::vector)::bit(64)
  FROM (SELECT i, array_agg((i * d * 7 + d * d) % 31 - 15.0) AS e
    FROM generate_series(1, 300) i, generate_series(1, 64) d GROUP BY i) t;
-- What indexes leave out, and what they have more than once
INSERT INTO items VALUES (1001), (1002, array_fill(0, ARRAY[64])::vector, array_fill(0, ARRAY[64])::halfvec,
  '{}/64', repeat('0', 64)::bit(64));
INSERT INTO items SELECT * FROM items WHERE id <= 10;
INSERT INTO items SELECT * FROM items WHERE id <= 3;

SET client_min_messages = warning;
SELECT format('CREATE INDEX %s_%s ON items USING %s (%s %s) %s', prefix, opcname, amname, left(opcname, 1), opcname, options)
FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod
JOIN (VALUES ('ivfflat', 'i', 'WITH (lists = 5)'), ('ivfflat', 'in', 'WITH (lists = 5, quantizer = none)'),
  ('ivfflat', 'ih', 'WITH (lists = 5, vectors = heap)'), ('hnsw', 'h', ''), ('hnsw', 'hn', 'WITH (quantizer = none)'))
  o (method, prefix, options) ON method = amname
WHERE amname IN ('ivfflat', 'hnsw') AND (opcname ~ '^(vector|halfvec)' OR prefix IN ('i', 'h'))
ORDER BY 1 \gexec

CREATE VIEW findings AS
  SELECT c.relname, f.* FROM pg_class c JOIN pg_am a ON a.oid = relam, vector_index_check(c.oid, true) f
  WHERE amname IN ('ivfflat', 'hnsw') AND c.relkind = 'i';
SELECT count(*) AS indexes FROM pg_class c JOIN pg_am a ON a.oid = relam WHERE amname IN ('ivfflat', 'hnsw');
SELECT * FROM findings;

-- After changes
DELETE FROM items WHERE id % 4 = 0;
UPDATE items SET id = id + 1 WHERE id % 4 = 1;
UPDATE items SET v = v * v, h = h + h, s = s, b = ~b WHERE id < 50;
SELECT * FROM findings;
VACUUM items;
SELECT * FROM findings;
INSERT INTO items SELECT * FROM items WHERE id > 280;
DELETE FROM items;
SELECT * FROM findings;
VACUUM items;
SELECT * FROM findings;

-- In one transaction; rows that others do not see
BEGIN;
INSERT INTO items (id, v) SELECT 1, array_fill(i, ARRAY[64])::vector FROM generate_series(1, 20) i;
SELECT * FROM findings;
ROLLBACK;
SELECT * FROM findings;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM findings;
COMMIT;
DROP TABLE items CASCADE;

-- Expressions, predicates, long vectors, many lists, empty and unlogged tables
CREATE TABLE forms (id int, wide vector(2100), plain vector);
INSERT INTO forms SELECT i, array_agg(sin(i * d))::vector, (array_agg(cos(i * d)))[1:40]::vector
  FROM generate_series(1, 40) i, generate_series(1, 2100) d GROUP BY i;
CREATE INDEX forms_cast ON forms USING hnsw ((plain::vector(40)) vector_cosine_ops);
CREATE INDEX forms_half ON forms USING hnsw ((wide::halfvec(2100)) halfvec_l2_ops);
CREATE INDEX forms_item ON forms USING hnsw (wide vector_ip_ops);
CREATE INDEX forms_slices ON forms USING ivfflat (wide vector_l2_ops) WITH (lists = 3);
CREATE INDEX forms_bits ON forms USING ivfflat ((binary_quantize(plain)::bit(40)) bit_hamming_ops) WITH (lists = 3);
CREATE INDEX forms_partial ON forms USING hnsw ((plain::vector(40)) vector_l2_ops) WHERE id % 2 = 0;
CREATE INDEX forms_partial_i ON forms USING ivfflat ((plain::vector(40)) vector_l2_ops) WITH (lists = 3) WHERE id > 20;
UPDATE forms SET id = id + 1;
CREATE TABLE none (v vector(64));
CREATE INDEX none_h ON none USING hnsw (v vector_l2_ops);
CREATE INDEX none_i ON none USING ivfflat (v vector_l2_ops);
CREATE UNLOGGED TABLE brief (v vector(64));
INSERT INTO brief SELECT array_agg(i + d)::vector FROM generate_series(1, 50) i, generate_series(1, 64) d GROUP BY i;
CREATE INDEX brief_h ON brief USING hnsw (v vector_l2_ops);
CREATE INDEX brief_i ON brief USING ivfflat (v vector_l2_ops) WITH (lists = 3);
CREATE TEMP TABLE passing AS SELECT * FROM brief;
CREATE INDEX passing_h ON passing USING hnsw (v vector_ip_ops);
CREATE INDEX passing_i ON passing USING ivfflat (v vector_ip_ops) WITH (lists = 3);
SELECT * FROM findings;
SELECT vector_index_check_strict('forms_cast'), vector_index_check_strict('forms_cast', true);
SELECT count(*) FROM vector_index_check('forms_cast');
SELECT count(*) FROM vector_index_check(NULL);

-- A row that the index does not have
UPDATE pg_index SET indisready = false WHERE indexrelid IN ('none_h'::regclass, 'none_i'::regclass);
INSERT INTO none SELECT array_fill(1, ARRAY[64])::vector;
UPDATE pg_index SET indisready = true WHERE indexrelid IN ('none_h'::regclass, 'none_i'::regclass);
SELECT * FROM vector_index_check('none_h');
SELECT * FROM vector_index_check('none_h', true);
SELECT * FROM vector_index_check('none_i', heapallindexed => true);
SELECT vector_index_check_strict('none_h');
SELECT vector_index_check_strict('none_h', true);
\set VERBOSITY sqlstate
SELECT vector_index_check_strict('none_i', true);
\set VERBOSITY default
REINDEX TABLE none;
SELECT vector_index_check_strict('none_h', true);

-- Indexes that vacuum has not told of rows that are gone
UPDATE pg_index SET indisready = false WHERE indrelid = 'passing'::regclass;
DELETE FROM passing;
VACUUM (TRUNCATE on) passing;
UPDATE pg_index SET indisready = true WHERE indrelid = 'passing'::regclass;
SELECT relname, min(block) > 0 AS has_block, min(item) >= 0 AS has_item, what, severity, count(*)
FROM findings GROUP BY relname, what, severity ORDER BY relname;
\set VERBOSITY terse
SELECT vector_index_check_strict('passing_h');
\set VERBOSITY default

-- What is refused
CREATE INDEX none_btree ON none (v);
CREATE TABLE parts (v vector(3)) PARTITION BY LIST (v);
CREATE INDEX parts_h ON parts USING hnsw (v vector_l2_ops);
SELECT * FROM vector_index_check('none_btree');
SELECT * FROM vector_index_check('none');
SELECT * FROM vector_index_check('parts_h');
SELECT * FROM vector_index_check(0::regclass);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'none_h'::regclass;
SELECT * FROM vector_index_check('none_h');
UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'none_h'::regclass;

-- The owner may, and nobody else
CREATE ROLE regress_vector_owner;
CREATE ROLE regress_vector_other;
GRANT SELECT ON none TO regress_vector_other;
ALTER TABLE none OWNER TO regress_vector_owner;
SET ROLE regress_vector_owner;
SELECT vector_index_check_strict('none_h', true);
SET ROLE regress_vector_other;
SELECT vector_index_check_strict('none_h', true);
SELECT * FROM vector_index_check('none_i');
SELECT * FROM vector_index_check('none');
RESET ROLE;

-- Expressions run as the owner of the table
CREATE FUNCTION as_whom(v vector) RETURNS vector LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF current_user <> 'regress_vector_owner' THEN RAISE 'as %', current_user; END IF;
  RETURN v;
END $$;
SET ROLE regress_vector_owner;
INSERT INTO none SELECT array_fill(2, ARRAY[64])::vector;
RESET ROLE;
CREATE INDEX none_whom ON none USING hnsw ((as_whom(v)::vector(64)) vector_l2_ops);
SELECT vector_index_check_strict('none_whom', true);
SELECT current_user = session_user AS is_back;
DROP VIEW findings;
DROP TABLE forms, none, brief, passing, parts;
DROP FUNCTION as_whom;
DROP ROLE regress_vector_owner, regress_vector_other;
