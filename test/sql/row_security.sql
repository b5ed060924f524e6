-- Whom rows are hidden from learns nothing of them by an index: policies, security barriers,
-- privileges on columns, and what functions of the extension tell.
CREATE ROLE regress_vector_reader;
CREATE ROLE regress_vector_stranger;
CREATE TABLE secrets (id int, owner text, embedding vector(3), any_length vector);
INSERT INTO secrets SELECT i, CASE WHEN i % 2 = 0 THEN 'regress_vector_reader' ELSE 'somebody' END,
  ARRAY[i, i % 3, 1]::vector, ARRAY[i, i % 3, 1]::vector FROM generate_series(1, 400) i;
CREATE INDEX secrets_h ON secrets USING hnsw (embedding vector_l2_ops);
CREATE INDEX secrets_i ON secrets USING ivfflat (embedding vector_cosine_ops) WITH (lists = 4);
CREATE INDEX secrets_c ON secrets USING hnsw ((any_length::vector(3)) vector_ip_ops);
ANALYZE secrets;
GRANT SELECT ON secrets TO regress_vector_reader;
ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON secrets USING (owner = current_user);
CREATE VIEW own_secrets WITH (security_barrier) AS
  SELECT id, embedding, any_length FROM secrets WHERE owner = 'regress_vector_reader';
GRANT SELECT ON own_secrets TO regress_vector_reader;
-- Tells of others' rows that it sees, and costs nothing
CREATE FUNCTION leak(id int, v vector) RETURNS bool COST 0.0000001 LANGUAGE plpgsql AS $$
BEGIN
  IF id % 2 = 1 THEN RAISE NOTICE 'row % is %', id, v; END IF;
  RETURN true;
END $$;
SET enable_seqscan = off;
SET enable_sort = off;

-- No function of the extension may be evaluated before a policy, but where an index gives the order.
SELECT count(*) FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid AND d.classid = 'pg_proc'::regclass
WHERE d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'vector')
  AND (prosecdef OR proleakproof OR proconfig IS NOT NULL);

-- Functions of arguments of type internal cannot be called.
SELECT p.oid::regprocedure FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid AND d.classid = 'pg_proc'::regclass
WHERE d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'vector')
  AND 'internal'::regtype = ANY (proargtypes) ORDER BY p.proname COLLATE "C";
-- Who refuses them, the parser or the type's input function, depends on PostgreSQL's minor version.
CREATE FUNCTION is_refused(VARIADIC commands text[]) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  command text;
BEGIN
  FOREACH command IN ARRAY commands LOOP
    EXECUTE command;
  END LOOP;
  RETURN false;
EXCEPTION WHEN undefined_function OR feature_not_supported THEN
  RETURN true;
END $$;
SELECT is_refused('SELECT vector_recv(NULL, 0, -1)'), is_refused('SELECT vector_recv('''', 0, -1)'),
  is_refused('SELECT hnsw_halfvec_support(NULL)'), is_refused('SELECT vector_recv(hnsw_halfvec_support(0), 0, -1)'),
  is_refused('PREPARE support(internal) AS SELECT hnswhandler($1)', 'EXECUTE support(NULL)');
DROP FUNCTION is_refused;

SET ROLE regress_vector_reader;

-- The index gives the order, the policy chooses among its rows
EXPLAIN (COSTS OFF) SELECT id FROM secrets ORDER BY embedding <-> '[100,0,1]' LIMIT 3;
SELECT id FROM secrets ORDER BY embedding <-> '[100,0,1]' LIMIT 3;
EXPLAIN (COSTS OFF) SELECT id FROM secrets ORDER BY embedding <=> '[100,0,1]' LIMIT 3;
SELECT bool_and(id % 2 = 0) FROM (SELECT id FROM secrets ORDER BY embedding <=> '[100,0,1]' LIMIT 10) t;
EXPLAIN (COSTS OFF) SELECT id FROM secrets ORDER BY any_length <#> '[1,0,1]' LIMIT 3;
SELECT id FROM secrets ORDER BY any_length <#> '[1,0,1]' LIMIT 3;
SET hnsw.iterative_scan = relaxed_order;
SELECT id FROM secrets ORDER BY embedding <-> '[101,0,1]' LIMIT 5;
RESET hnsw.iterative_scan;
SELECT id, embedding <-> '[100,0,1]' < 1 FROM secrets WHERE embedding <-> '[100,0,1]' < 3 ORDER BY id;

-- What leaks is called with rows that the policy has let pass, and no others
SELECT id FROM secrets WHERE leak(id, embedding) ORDER BY embedding <-> '[100,0,1]' LIMIT 2;
SELECT id FROM own_secrets WHERE leak(id, embedding) ORDER BY embedding <-> '[100,0,1]' LIMIT 2;
SELECT id FROM own_secrets WHERE leak(id, any_length) ORDER BY any_length <#> '[1,0,1]' LIMIT 2;
-- (18 says of a plan that it is disabled.)
DO $$
DECLARE
  line text;
BEGIN
  FOR line IN EXPLAIN (COSTS OFF)
    SELECT id FROM own_secrets WHERE leak(id, embedding) ORDER BY embedding <-> '[100,0,1]' LIMIT 2
  LOOP
    IF line NOT LIKE '%Disabled%' THEN RAISE INFO '%', line; END IF;
  END LOOP;
END $$;

-- What scans have read, the hidden rows included, is nothing for whom rows are hidden from
SELECT * FROM vector_last_scan_stats();
SET row_security = off;
SELECT id FROM secrets ORDER BY embedding <-> '[100,0,1]' LIMIT 3;
SELECT * FROM vector_last_scan_stats();
RESET row_security;
RESET ROLE;
SELECT id FROM secrets ORDER BY embedding <-> '[100,0,1]' LIMIT 3;
SELECT index, pages > 0 AS has_pages, exact > 0 AS has_exact FROM vector_last_scan_stats();
-- nor for whom the table is not open to at all,
SET ROLE regress_vector_stranger;
SELECT * FROM vector_last_scan_stats();
RESET ROLE;
-- but one column is enough where there is no policy.
ALTER TABLE secrets DISABLE ROW LEVEL SECURITY;
GRANT SELECT (id) ON secrets TO regress_vector_stranger;
SET ROLE regress_vector_stranger;
SELECT index FROM vector_last_scan_stats();
SELECT id FROM secrets ORDER BY embedding <-> '[100,0,1]' LIMIT 3;
SELECT vector_index_check_strict('secrets_h');
SELECT * FROM vector_index_check('secrets_h', true);
SELECT vector_takeover_statement('secrets_h');
RESET ROLE;

-- An index that is gone
SELECT id FROM secrets ORDER BY embedding <-> '[100,0,1]' LIMIT 1;
DROP INDEX secrets_h;
SELECT * FROM vector_last_scan_stats();

DROP TABLE secrets CASCADE;
DROP FUNCTION leak;
DROP ROLE regress_vector_reader, regress_vector_stranger;
