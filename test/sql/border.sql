--
-- The border between PostgreSQL and C++: errors, destructors, interrupts, memory
--

-- The server gets its own copy of the module: it may not be able to read ours.
\getenv builddir PG_ABS_BUILDDIR
\set module :builddir '/build/test/border.so'
\lo_import :module
SELECT current_setting('data_directory') || '/border.' || pg_backend_pid() || '.so' AS module \gset
SELECT lo_export(:LASTOID, :'module') = 1 AND lo_unlink(:LASTOID) = 1 AS copied;

CREATE FUNCTION border_fail(text) RETURNS void LANGUAGE c STRICT AS :'module';
CREATE FUNCTION border_nest(integer, text) RETURNS void LANGUAGE c STRICT AS :'module';
CREATE FUNCTION border_under_lock(regclass, text) RETURNS void LANGUAGE c STRICT AS :'module';
CREATE FUNCTION border_aligned(integer) RETURNS boolean LANGUAGE c STRICT AS :'module';
CREATE FUNCTION border_allocated(integer) RETURNS integer LANGUAGE c STRICT AS :'module';
CREATE FUNCTION border_live() RETURNS integer LANGUAGE c AS :'module';
CREATE FUNCTION border_holdoff() RETURNS bigint LANGUAGE c AS :'module';
CREATE FUNCTION border_resident() RETURNS bigint LANGUAGE c AS :'module';

-- What PL/pgSQL sees of an error
CREATE FUNCTION caught(name text, depth integer, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM border_nest(depth, name);
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
    detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;

-- What psql sees
SELECT border_fail('out of range');
SELECT border_fail('std');
SELECT border_fail('server');
SELECT border_fail('no such thing');

-- Each kind of exception, through one border and through eleven
SELECT name, c.* FROM unnest('{invalid value, syntax, out of range, null value, parameter, limit,
  not supported, corrupted, internal, message only, bad_alloc, std, int, server, through call,
  other context, absurd size, size that wraps, none}'::text[]) AS name, caught(name, 0) AS c;

SELECT name, caught(name, 10) = caught(name, 0) AS same
FROM unnest('{invalid value, bad_alloc, std, int, server, through call}'::text[]) AS name;

SELECT code, length(message), message = repeat('x', 1048576) AS whole FROM caught('long message', 0);

-- PL/pgSQL catches by condition, and goes on
DO $$
BEGIN
  PERFORM border_fail('server');
EXCEPTION WHEN division_by_zero THEN
  RAISE NOTICE 'caught: %', SQLERRM;
END $$;

-- Every destructor has run
SELECT border_live();

-- Cancel: C++ loops give way, and so does what comes after them
SET statement_timeout = '50ms';
SELECT border_fail('spin');
SELECT border_nest(5, 'spin');
SELECT pg_sleep(10);
RESET statement_timeout;
SELECT border_live(), border_holdoff();

-- An error under a page lock: the abort releases it, and interrupts stay on
CREATE TABLE locked AS SELECT 1 AS i;
SELECT border_under_lock('locked', 'none');
SELECT border_under_lock('locked', 'server');
SELECT border_under_lock('locked', 'std');
SELECT border_holdoff();
DO $$
BEGIN
  FOR i IN 1..3 LOOP
    BEGIN
      PERFORM border_under_lock('locked', 'server');
    EXCEPTION WHEN division_by_zero THEN
      UPDATE locked SET i = locked.i + 1;
    END;
  END LOOP;
END $$;
SET statement_timeout = '50ms';
SELECT pg_sleep(10);
RESET statement_timeout;
SELECT i, border_live(), border_holdoff() FROM locked;

-- Memory: alignment, and containers beyond the 1 GB of palloc()
SELECT alignment, border_aligned(alignment) FROM unnest('{1, 8, 16, 64, 4096}'::integer[]) AS alignment;
SELECT border_allocated(1200);

-- 100,000 failures of each sort leave nothing behind
CREATE FUNCTION grown(name text, times integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  before bigint;
BEGIN
  FOR i IN 1..times + 1000 LOOP
    IF i = 1000 THEN before := border_resident(); END IF;
    BEGIN
      PERFORM border_fail(name);
    EXCEPTION WHEN OTHERS THEN
    END;
  END LOOP;
  RETURN border_resident() - before;
END $$;
SELECT name, grown(name, 100000) < 4 * 1024 * 1024 AS flat FROM unnest('{std, syntax, server}'::text[]) AS name;

DROP TABLE locked;
DO $$
BEGIN
  EXECUTE format('COPY (SELECT WHERE false) TO PROGRAM %L',
    format('rm -f %L', current_setting('data_directory') || '/border.' || pg_backend_pid() || '.so'));
END $$;
DROP FUNCTION grown, caught, border_fail, border_nest, border_under_lock, border_aligned, border_allocated,
  border_live, border_holdoff, border_resident;
