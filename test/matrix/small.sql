-- Each operator class, form of the vectors and way to build, with 500 rows: a build, inserts,
-- updates, searches, vacuums, the check. For servers on which everything takes long.
SET client_min_messages = warning;
SET enable_seqscan = off;
SET max_parallel_maintenance_workers = 2;
SET min_parallel_table_scan_size = 0;
CREATE EXTENSION vector;

CREATE FUNCTION numbers(i int, dims int) RETURNS real[] IMMUTABLE LANGUAGE sql AS $$
  SELECT array_agg((i * 31 + d::bigint * d * 7 + i * d) % 41 - 20) FROM generate_series(1, dims) d $$;

-- A value of a type from the same numbers, and a distance of each operator class.
CREATE FUNCTION as_type(type text, dims int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
  SELECT format(CASE type WHEN 'vector' THEN 'numbers(i, %1$s)::vector(%1$s)'
    WHEN 'halfvec' THEN 'numbers(i, %1$s)::halfvec(%1$s)'
    WHEN 'sparsevec' THEN 'numbers(i, %1$s)::vector::sparsevec(%1$s)'
    ELSE 'binary_quantize(numbers(i, %1$s)::vector)::bit(%1$s)' END, dims) $$;

CREATE PROCEDURE use(method text, class text, operator text, dims int, options text)
LANGUAGE plpgsql AS $$
DECLARE
  type text := split_part(class, '_', 1);
  value text := as_type(type, dims);
  query text;
  way text;
  found bigint;
BEGIN
  DROP TABLE IF EXISTS used;
  CREATE TABLE used (id int);
  EXECUTE format('ALTER TABLE used ADD value %s(%s)', type, dims);
  EXECUTE format('INSERT INTO used SELECT i, %s FROM generate_series(1, 500) i', value);
  EXECUTE format('CREATE INDEX used_idx ON used USING %s (value %s) %s', method, class, options);
  EXECUTE format('INSERT INTO used SELECT i, %s FROM generate_series(501, 600) i', value);
  EXECUTE format('UPDATE used SET value = %s FROM generate_series(601, 620) i WHERE id = i - 600', value);
  DELETE FROM used WHERE id % 5 = 0;
  EXECUTE format('SELECT %s FROM generate_series(7, 7) i', value) INTO query;
  FOREACH way IN ARRAY ARRAY['off', 'relaxed_order'] LOOP
    PERFORM set_config(method || '.iterative_scan', way, true);
    EXECUTE format('SELECT count(*) FROM (SELECT FROM used ORDER BY value %s %L LIMIT 50) t', operator, query)
      INTO found;
    IF found = 0 OR way <> 'off' AND found < 50 THEN
      RAISE 'found % rows by % % with iterative_scan = %', found, method, class, way;
    END IF;
  END LOOP;
END $$;

CREATE PROCEDURE check_used() LANGUAGE plpgsql AS $$
DECLARE finding record;
BEGIN
  FOR finding IN SELECT * FROM vector_index_check('used_idx', true) LOOP RAISE '%', finding; END LOOP;
END $$;

-- One statement each, since VACUUM cannot be called.
SELECT statement FROM (
  SELECT c.opcname, amname, options, operator, dims, amname || c.opcname || options || dims AS key
  FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod
  JOIN pg_amop o ON o.amopfamily = c.opcfamily
  JOIN LATERAL (SELECT oprname FROM pg_operator p WHERE p.oid = o.amopopr) p (operator) ON true
  JOIN (VALUES ('ivfflat', 'WITH (lists = 5)', 70), ('ivfflat', 'WITH (lists = 5, quantizer = none)', 3),
    ('ivfflat', 'WITH (lists = 5, vectors = heap)', 70), ('hnsw', '', 70), ('hnsw', 'WITH (quantizer = none)', 3))
    f (method, options, dims) ON method = amname
  WHERE amname IN ('ivfflat', 'hnsw') AND (opcname ~ '^(vector|halfvec)' OR options !~ 'none|heap')) t,
LATERAL (VALUES (1, format('CALL use(%L, %L, %L, %s, %L)', amname, opcname, operator, dims, options)),
  (2, 'CALL check_used()'), (3, 'VACUUM used'), (4, 'CALL check_used()'),
  (5, format('INSERT INTO used SELECT i, %s FROM generate_series(1, 60) i',
             as_type(split_part(opcname, '_', 1), dims))),
  (6, 'REINDEX INDEX used_idx'), (7, 'CALL check_used()'),
  (8, format('SELECT %L AS ok', amname || ' ' || opcname || ' ' || options))) s (step, statement)
ORDER BY key, step \gexec
