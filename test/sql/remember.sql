-- What the library computes once a report: how often, for whom, how fresh, and
-- what happens when it goes wrong.
\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = notice;

-- In a report nothing is computed twice.
SET track_functions = 'all';
BEGIN;
SELECT count(*) > 50 AS a_report FROM rds_guard.report();
SELECT f.funcname AS computed, f.calls FROM pg_stat_xact_user_functions AS f
WHERE f.schemaname = 'rds_guard'
      AND (f.calls > 1 AND f.funcname ~ '^fresh_'
           OR f.funcname IN ('fresh_administrators', 'fresh_internal_roles', 'fresh_platform', 'fresh_run_checks', 'fresh_setting_overrides', 'fresh_widened_grants'))
ORDER BY f.funcname COLLATE "C";
SELECT p.proname AS asked_once FROM pg_proc AS p
JOIN pg_stat_xact_user_functions AS f ON f.funcid = p.oid
WHERE p.pronamespace = 'rds_guard'::regnamespace AND p.prosrc = 'rg_remembered' AND p.proname IN ('administrators', 'internal_roles', 'platform', 'widened_grants') AND f.calls = 1;
COMMIT;
RESET track_functions;

-- A fact that says when it is computed, and ways to ask for it within one memory.
CREATE ROLE regress_remember_other LOGIN;
CREATE SCHEMA regress_remember;
GRANT USAGE ON SCHEMA regress_remember TO PUBLIC;
SET search_path = regress_remember;
CREATE FUNCTION fresh_noted(what text DEFAULT NULL, "row count" integer DEFAULT 1) RETURNS TABLE (number integer, filler text) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RAISE NOTICE 'computes % for %', coalesce(left(what, 10), 'nothing'), CASE current_user WHEN session_user THEN 'the caller' ELSE current_user END;
    IF what = 'broken' THEN
        RETURN QUERY SELECT 1, 'half';
        RAISE insufficient_privilege USING MESSAGE = 'not for you';
    END IF;
    RETURN QUERY SELECT n, repeat('x', 100) FROM generate_series(1, "row count") AS n;
END
$$;
CREATE FUNCTION noted(what text DEFAULT NULL, "row count" integer DEFAULT 1) RETURNS TABLE (number integer, filler text) LANGUAGE C STABLE AS '$libdir/rds_guard', 'rg_remembered';
CREATE FUNCTION fresh_within(statements text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    statement text;
    answer text;
BEGIN
    FOREACH statement IN ARRAY statements LOOP
        BEGIN
            IF statement ~ '^ALTER' THEN
                EXECUTE statement;
                CONTINUE;
            END IF;
            EXECUTE statement INTO answer;
            RETURN NEXT coalesce(answer, 'NULL');
        EXCEPTION WHEN OTHERS THEN
            RETURN NEXT SQLERRM;
        END;
    END LOOP;
END
$$;
CREATE FUNCTION within(statements text[]) RETURNS SETOF text LANGUAGE C AS '$libdir/rds_guard', 'rg_remembering';

-- outside of a report: each time
SELECT count(*) FROM noted() AS a, noted() AS b;
SELECT * FROM within('{SELECT count(*) FROM noted(),SELECT count(*) FROM noted() AS a CROSS JOIN noted() AS b,SELECT max(number) FROM noted()}');
SELECT count(*) FROM noted();
-- each list of arguments is one
SELECT * FROM within(ARRAY['SELECT count(*) FROM noted(''a'', 2)', 'SELECT count(*) FROM noted(''a'', 3)', 'SELECT count(*) FROM noted(NULL, 2)',
                           'SELECT count(*) FROM noted(''a'', 2)', 'SELECT count(*) FROM noted(''a'', 3)', 'SELECT count(*) FROM noted(NULL, 2)',
                           'SELECT count(*) FROM noted(repeat(''long '', 10000))', 'SELECT count(*) FROM noted(repeat(''long '', 10000))', 'SELECT count(*) FROM noted(repeat(''long '', 10001))']);
-- without a row
SELECT * FROM within('{SELECT count(*) FROM noted(NULL\, 0),SELECT count(*) FROM noted(NULL\, 0)}');
-- in the list of columns, and backwards by a cursor
SELECT * FROM within('{SELECT (noted(NULL\, 3)).number FROM (SELECT) AS o OFFSET 2,SELECT count(*) FROM (SELECT noted(NULL\, 3)) AS q}');
BEGIN;
DECLARE answers SCROLL CURSOR FOR SELECT w.* FROM within('{SELECT max(number) FROM noted(NULL\, 3),SELECT min(number) FROM noted(NULL\, 3)}') AS w;
FETCH ALL FROM answers;
-- nothing stays behind while it is open
SELECT count(*) FROM noted(NULL, 3);
FETCH BACKWARD 1 FROM answers;
COMMIT;

-- What broke off is asked again, and leaves no half of it.
SELECT * FROM within('{SELECT count(*) FROM noted(broken),SELECT count(*) FROM noted($$broken$$),SELECT count(*) FROM noted($$broken$$)}');
-- a subtransaction that ends or breaks off takes nothing with it, nor does what
-- is too big for memory
SET work_mem = '64kB';
SELECT * FROM within(ARRAY['SELECT count(*) FROM noted(''big'', 20000)',
                           'SELECT 1 / (count(*) - 20000) FROM noted(''big'', 20000)',
                           'SELECT sum(number) FROM noted(''big'', 20000) LIMIT 1',
                           'SELECT 1 / (count(*) - 30000) FROM noted(''bigger'', 30000)',
                           'SELECT sum(number) FROM noted(''bigger'', 30000)']);
RESET work_mem;
-- nor does a memory that breaks off
CREATE FUNCTION fresh_broken() RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT count(*) FROM regress_remember.noted('big', 20000);
    RAISE division_by_zero;
END
$$;
CREATE FUNCTION broken() RETURNS SETOF bigint LANGUAGE C AS '$libdir/rds_guard', 'rg_remembering';
SET work_mem = '64kB';
SELECT * FROM within('{SELECT count(*) FROM noted(),SELECT * FROM broken(),SELECT count(*) FROM noted()}');
SELECT * FROM broken();
RESET work_mem;
SELECT count(*) FROM noted();

-- A report within a report computes anew, and its end does not end the other.
SELECT * FROM within('{SELECT count(*) FROM noted(),SELECT count(*) FROM within(ARRAY[$$SELECT count(*) FROM noted()$$\,$$SELECT count(*) FROM noted()$$]),SELECT count(*) FROM noted()}');
SELECT count(*) > 100 AS two_reports FROM (SELECT check_id FROM rds_guard.report() UNION ALL SELECT check_id FROM rds_guard.report()) AS q;
SELECT count(DISTINCT f.check_id) = (SELECT count(*) FROM rds_guard.checks WHERE scope IN ('server', 'session')) AS both
FROM rds_guard.report() AS f JOIN rds_guard.summary AS s ON s.category = f.category;

-- Each user has answers of their own.
CREATE FUNCTION as_other() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM regress_remember.noted()';
ALTER FUNCTION as_other() OWNER TO regress_remember_other;
SELECT * FROM within('{SELECT count(*) FROM noted(),SELECT as_other(),SELECT as_other(),SELECT count(*) FROM noted()}');
-- and needs the right to ask
REVOKE EXECUTE ON FUNCTION fresh_noted(text, integer) FROM PUBLIC;
SELECT * FROM within('{SELECT count(*) FROM noted(),SELECT as_other(),SELECT count(*) FROM noted()}');
GRANT EXECUTE ON FUNCTION fresh_noted(text, integer) TO PUBLIC;

-- The next report is up to date, in the same transaction and in the same block.
BEGIN;
SELECT count(*) AS findings FROM rds_guard.report('{password_encryption_md5}') WHERE object ~ 'regress_remember_other';
ALTER ROLE regress_remember_other SET password_encryption = 'md5';
SELECT count(*) AS findings FROM rds_guard.report('{password_encryption_md5}') WHERE object ~ 'regress_remember_other';
ROLLBACK;
SELECT count(*) AS findings FROM rds_guard.report('{password_encryption_md5}') WHERE object ~ 'regress_remember_other';
DO $$
DECLARE
    counts integer[];
BEGIN
    FOR i IN 1..2 LOOP
        counts := counts || (SELECT count(*)::integer FROM rds_guard.report('{dangerous_function_execute,system_catalog_acl_drift}') WHERE object ~ 'regress_remember_other');
        GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO regress_remember_other;
        counts := counts || (SELECT count(*)::integer FROM rds_guard.report('{dangerous_function_execute,system_catalog_acl_drift}') WHERE object ~ 'regress_remember_other');
        REVOKE EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) FROM regress_remember_other;
    END LOOP;
    RAISE NOTICE 'findings %', counts;
END
$$;

-- A cancelled report leaves nothing that is old.
SELECT rds_guard.define_check('regress_slow', 'regress', 'low', 'title', 'why', 'remedy', '{}',
    'SELECT count(*)::text, pg_catalog.pg_sleep(60)::text, NULL, NULL FROM rds_guard.setting_overrides()');
SET statement_timeout = '200ms';
SELECT count(*) FROM rds_guard.report('{regress_slow}');
RESET statement_timeout;
ALTER ROLE regress_remember_other SET password_encryption = 'md5';
SELECT count(*) AS overrides FROM rds_guard.setting_overrides() WHERE role = 'regress_remember_other';
SELECT count(*) AS findings FROM rds_guard.report('{password_encryption_md5}') WHERE object ~ 'regress_remember_other';
DELETE FROM rds_guard.check_definitions WHERE check_id = 'regress_slow';

-- Whoever declares such functions wrongly is told so.
CREATE FUNCTION lonely() RETURNS SETOF integer LANGUAGE C AS '$libdir/rds_guard', 'rg_remembered';
SELECT * FROM lonely();
CREATE FUNCTION fresh_other_types() RETURNS TABLE (a text, b text) LANGUAGE sql AS $$ SELECT 'a', 'b' $$;
CREATE FUNCTION other_types() RETURNS TABLE (a text, b integer) LANGUAGE C AS '$libdir/rds_guard', 'rg_remembered';
SELECT * FROM other_types();
CREATE FUNCTION fresh_other_number() RETURNS SETOF text LANGUAGE sql AS $$ SELECT 'a' $$;
CREATE FUNCTION other_number() RETURNS TABLE (a text, b integer) LANGUAGE C AS '$libdir/rds_guard', 'rg_remembered';
SELECT * FROM other_number();
CREATE FUNCTION fresh_one_row() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION one_row() RETURNS SETOF integer LANGUAGE C AS '$libdir/rds_guard', 'rg_remembered';
SELECT * FROM one_row();
CREATE FUNCTION fresh_no_set() RETURNS SETOF integer LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION no_set() RETURNS integer LANGUAGE C AS '$libdir/rds_guard', 'rg_remembered';
SELECT no_set();
CREATE FUNCTION fresh_any() RETURNS SETOF record LANGUAGE sql AS $$ SELECT 1, 2 $$;
CREATE FUNCTION "any"() RETURNS SETOF record LANGUAGE C AS '$libdir/rds_guard', 'rg_remembered';
SELECT * FROM "any"() AS a (b integer, c integer);
SELECT * FROM "any"() AS a (b text, c integer);
CREATE FUNCTION fresh_strict(integer) RETURNS SETOF integer LANGUAGE sql STRICT AS $$ SELECT 1 $$;
CREATE FUNCTION strict(integer) RETURNS SETOF integer LANGUAGE C AS '$libdir/rds_guard', 'rg_remembered';
SELECT * FROM strict(NULL);
SELECT * FROM strict(1);
CREATE PROCEDURE fresh_procedure() LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION procedure() RETURNS SETOF integer LANGUAGE C AS '$libdir/rds_guard', 'rg_remembered';
SELECT * FROM procedure();
-- a row type that changes in the middle
CREATE TYPE shape AS (a integer);
CREATE FUNCTION fresh_shapes() RETURNS SETOF shape LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'computes shapes'; RETURN QUERY EXECUTE 'SELECT s.* FROM pg_catalog.jsonb_populate_record(NULL::regress_remember.shape, ''{"a": 1, "b": 2}'') AS s'; END $$;
CREATE FUNCTION shapes() RETURNS SETOF shape LANGUAGE C AS '$libdir/rds_guard', 'rg_remembered';
SELECT * FROM within(ARRAY['SELECT row(s.*) FROM shapes() AS s', 'SELECT row(s.*) FROM shapes() AS s', 'ALTER TYPE shape ADD ATTRIBUTE b integer', 'SELECT row(s.*) FROM shapes() AS s', 'SELECT row(s.*) FROM shapes() AS s']);

SET client_min_messages = error;
DROP SCHEMA regress_remember CASCADE;
DROP ROLE regress_remember_other;
