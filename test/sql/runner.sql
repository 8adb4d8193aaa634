-- Runs checks: each on its own, and its SQLSTATE decides.
\set SHOW_CONTEXT never
CREATE SCHEMA regress_runner;
CREATE FUNCTION regress_runner.define(id text, rule text, severity rds_guard.severity DEFAULT 'low', category text DEFAULT 'regress',
                                      scope text DEFAULT 'server') RETURNS void
    LANGUAGE sql AS $$
    SELECT rds_guard.define_check(id, category, severity, 'Title of ' || id, 'Why.', 'Remedy of ' || id || '.', ARRAY['REF 1'], rule, 'needs of ' || id, scope)
$$;
CREATE FUNCTION regress_runner.caught(statement text, OUT code text, OUT message text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
END
$$;
CREATE TABLE regress_runner.things (a integer, b integer);
CREATE FUNCTION regress_runner.raises(code text, message text, explanation text, hint text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message, DETAIL = explanation, HINT = hint;
END
$$;
CREATE FUNCTION regress_runner.asserts() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    ASSERT false, 'asserted';
    RETURN true;
END
$$;

-- Each way to end.
\set row 'SELECT NULL, NULL, NULL, NULL::jsonb WHERE '
SELECT regress_runner.define('r_' || v.id, v.rule)
FROM (VALUES
    ('01_nothing', :'row' || 'false'),
    ('02_rows', $$SELECT o, 'detail of ' || o, 'fix ' || o, jsonb_build_object('o', o) FROM unnest('{b,a,B}'::text[]) AS o$$),
    ('03_nulls', 'SELECT NULL, NULL, NULL, NULL'),
    ('04_denied_grant', :'row' || $$rds_guard.unknown('cannot see', 'GRANT pg_monitor TO somebody;')$$),
    ('05_denied_sentence', :'row' || $$rds_guard.unknown('cannot see', 'Ask somebody who can.')$$),
    ('06_denied', :'row' || $$rds_guard.unknown('cannot see')$$),
    ('07_denied_detail', :'row' || $$regress_runner.raises('42501', 'cannot see', 'It is dark.', '')$$),
    ('08_not_applicable', :'row' || $$rds_guard.not_applicable('no such thing here')$$),
    ('09_feature', :'row' || $$regress_runner.raises('0A000', 'no such thing', 'Not in this version.', 'Upgrade.')$$),
    ('10_division', $$SELECT g::text, 'd', NULL, jsonb_build_object('q', 1 / (3 - g)) FROM generate_series(1, 5) AS g$$),
    ('11_raise', :'row' || $$regress_runner.raises('P0001', 'went wrong', '', 'GRANT everything TO everybody;')$$),
    ('12_assert', :'row' || $$regress_runner.asserts()$$),
    ('13_gone', 'SELECT a::text, b::text, NULL, NULL::jsonb FROM regress_runner.things'),
    ('14_hostile', $$SELECT E'obj\x1b[2Ject', E'de\x1b[2Jtail\u202e', E'fix\x1b[2J\nline two', NULL$$),
    ('15_class_42', :'row' || $$regress_runner.raises('42502', 'like 42501, but not it', '', '')$$),
    ('16_deep', $$WITH RECURSIVE x (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x WHERE n < 1000) SELECT max(n)::text, repeat('x', 10), NULL, NULL FROM x$$)
) AS v (id, rule);
ALTER TABLE regress_runner.things DROP COLUMN a;
\x on
SELECT f.check_id, f.status, f.object, f.detail, f.remedy, f.fix, f.evidence
FROM rds_guard.report('{regress}') AS f
WHERE f.check_id <> 'r_13_gone' ORDER BY f.check_id, f.object COLLATE "C";
-- the text of this one is the server's
SELECT f.status, left(f.detail, 15) AS detail, f.fix FROM rds_guard.report('{r_13_gone}') AS f;
-- what is the same in each row of a check, whatever becomes of it
SELECT DISTINCT f.severity, f.category, f.refs, f.title = 'Title of ' || f.check_id AS title FROM rds_guard.report('{regress}') AS f;
\x off

-- What the evidence of a row says about that row alone.
SELECT regress_runner.define('r_parts', $$SELECT o, 'd', 'GRANT x TO y;', e FROM (VALUES
    ('1 plain', '{"n": 1}'::jsonb),
    ('2 worse', '{"severity": "critical"}'),
    ('3 no such severity', '{"severity": "awful"}'),
    ('4 severity is no string', '{"severity": {"critical": 1}}'),
    ('5 cannot be told', '{"unknown": "Ask \u001b[2J somebody."}'),
    ('6 not a reason', '{"unknown": true}'),
    ('7 allowed', '{"allowed_by": "owners", "severity": "info"}'),
    ('8 allowed perhaps', '{"allowed_by": "owners", "unknown": "Look."}'),
    ('9 an array', '["unknown", "severity"]')) AS v (o, e)$$);
SELECT f.object, f.severity, f.status, f.remedy, f.fix FROM rds_guard.run_check('r_parts') AS f;
SELECT r.decidable, r.reason FROM rds_guard.readiness AS r WHERE r.check_id = 'r_parts';
SELECT m.status, m.status_code, m.findings, m.severity FROM rds_guard.metrics AS m WHERE m.check_id = 'r_parts' ORDER BY m.severity;
DELETE FROM rds_guard.check_definitions WHERE check_id = 'r_parts';

-- Whatever breaks, every check of these scopes has its row, and the rest of
-- the report is as without the broken ones.
SELECT count(DISTINCT f.check_id) = (SELECT count(*) FROM rds_guard.checks AS c WHERE c.scope IN ('server', 'session')) AS all_there
FROM rds_guard.report() AS f;
SELECT f.check_id AS broken FROM rds_guard.report() AS f WHERE f.status = 'error' ORDER BY 1;
SELECT count(DISTINCT f.check_id) = (SELECT count(*) FROM rds_guard.checks AS c WHERE c.scope IN ('role', 'session')) AS all_there
FROM rds_guard.my_report() AS f;

-- Cancellation ends the report, and the session goes on.
SELECT regress_runner.define('r_sleep', 'SELECT NULL, NULL, NULL, NULL::jsonb FROM pg_sleep(60)');
SET statement_timeout = '200ms';
\set VERBOSITY sqlstate
SELECT count(*) FROM rds_guard.report('{r_sleep}');
SELECT count(*) FROM rds_guard.report('{regress}');
\set VERBOSITY default
RESET statement_timeout;
DELETE FROM rds_guard.check_definitions WHERE check_id = 'r_sleep';

-- Order: fail by severity, then the other statuses.
SELECT regress_runner.define('s_' || s, 'SELECT NULL, NULL, NULL, NULL', s, CASE WHEN s IN ('low', 'high') THEN 'a_first' ELSE 'z_last' END)
FROM unnest(enum_range(NULL::rds_guard.severity)) AS s;
SELECT regress_runner.define('s_passes_' || s, :'row' || 'false', s) FROM unnest(enum_range(NULL::rds_guard.severity)) AS s;
SELECT count(DISTINCT f.status) AS statuses, count(DISTINCT f.severity) FILTER (WHERE f.status = 'fail') AS failing_severities,
       count(*) FILTER (WHERE f.place <> f.should_be) AS out_of_place
FROM (SELECT r.*, row_number() OVER (
          ORDER BY array_position('{fail,error,unknown,waived,not_applicable,pass}', r.status::text),
                   CASE r.status WHEN 'fail' THEN array_position('{critical,high,medium,low,info}', r.severity::text) END,
                   r.category COLLATE "C", r.check_id COLLATE "C", r.object COLLATE "C") AS should_be
      FROM rds_guard.report() WITH ORDINALITY
           AS r (severity, status, category, check_id, title, object, detail, remedy, fix, refs, evidence, fingerprint, place)) AS f;
SELECT r.severity, r.status, r.category, r.check_id, r.object
FROM rds_guard.report('{a_first,z_last,r_02_rows,r_06_denied,r_08_not_applicable,r_10_division,s_passes_info,s_passes_critical}')
     WITH ORDINALITY AS r (severity, status, category, check_id, title, object, detail, remedy, fix, refs, evidence, fingerprint, place)
ORDER BY r.place;
-- a severity is comparable
SELECT count(*) FROM rds_guard.report('{a_first,z_last}') AS f WHERE f.severity >= 'high';

-- What to run.
SELECT f.check_id FROM rds_guard.report('{s_low}') AS f;
SELECT DISTINCT f.category FROM rds_guard.report('{a_first}') AS f;
-- both, and twice the same: each once
SELECT f.check_id FROM rds_guard.report('{s_low,a_first,s_info,s_info}') AS f;
SELECT count(*) FROM rds_guard.report('{}') AS f;
SELECT (SELECT count(*) FROM rds_guard.report(NULL)) = (SELECT count(*) FROM rds_guard.report()) AS same;
SELECT c.code, c.message, c.hint LIKE 'Categories: a_first, %. Checks: %, s_low, %.' AS lists
FROM (VALUES ($$SELECT * FROM rds_guard.report('{s_low,NULL}')$$),
             ($$SELECT * FROM rds_guard.report('{s_low,nonsense}')$$),
             ($$SELECT * FROM rds_guard.report('{""}')$$),
             ($$SELECT * FROM rds_guard.report('{S_LOW}')$$),
             ($$SELECT * FROM rds_guard.report(ARRAY[$q$it's " a \ trap$q$])$$)) AS s (statement)
CROSS JOIN LATERAL regress_runner.caught(s.statement) AS c;
-- the hint is complete, and has only what this function takes
SELECT DISTINCT c.scope, e.hint ~ ('\m' || c.check_id || '\M') AS lists_id, e.hint ~ ('\m' || c.category || '\M') AS lists_category
FROM regress_runner.caught($$SELECT * FROM rds_guard.report('{nonsense}')$$) AS e
CROSS JOIN rds_guard.checks AS c ORDER BY c.scope;
SELECT c.code, c.message
FROM (VALUES ($$SELECT * FROM rds_guard.report('{own_attributes}')$$),
             ($$SELECT * FROM rds_guard.report('{own}')$$),
             ($$SELECT * FROM rds_guard.my_report('{md5_password_hashes}')$$)) AS s (statement)
CROSS JOIN LATERAL regress_runner.caught(s.statement) AS c;

-- Fingerprints: the same on each run and for an object made anew, another for
-- another object.
CREATE TABLE regress_runner.one (a integer);
CREATE TABLE regress_runner.two (a integer);
GRANT SELECT ON regress_runner.one, regress_runner.two TO PUBLIC;
CREATE TABLE regress_runner.prints (run integer, check_id text, object text, fingerprint text);
INSERT INTO regress_runner.prints SELECT 1, f.check_id, f.object, f.fingerprint FROM rds_guard.report() AS f;
DROP TABLE regress_runner.one;
CREATE TABLE regress_runner.one (a integer);
GRANT SELECT ON regress_runner.one TO PUBLIC;
INSERT INTO regress_runner.prints SELECT 2, f.check_id, f.object, f.fingerprint FROM rds_guard.report() AS f;
SELECT count(*) > 50 AS many, count(DISTINCT fingerprint) = count(*) AS unique, count(*) FILTER (WHERE fingerprint !~ '^[0-9a-f]{32}$') AS odd
FROM regress_runner.prints WHERE run = 1 AND check_id NOT LIKE 'r\_%';
SELECT count(*) AS changed FROM regress_runner.prints AS a
JOIN regress_runner.prints AS b ON b.run = 2 AND a.run = 1 AND b.check_id = a.check_id AND b.object IS NOT DISTINCT FROM a.object
WHERE a.fingerprint <> b.fingerprint;
SELECT run, count(*) FROM regress_runner.prints WHERE object IN ('regress_runner.one', 'regress_runner.two') GROUP BY run ORDER BY run;
-- known for ever: a waiver depends on it
SELECT rds_guard.fingerprint('check', NULL) AS whole, rds_guard.fingerprint('check', 'object') AS object,
       rds_guard.fingerprint('check', E'\u00e4') AS letter, rds_guard.fingerprint('check', '') AS empty;

-- The views say what the report says.
CREATE FUNCTION regress_runner.differences() RETURNS TABLE (what text, differ bigint) LANGUAGE sql AS $$
    WITH report AS MATERIALIZED (SELECT f.* FROM rds_guard.report() AS f),
    metrics AS MATERIALIZED (SELECT m.* FROM rds_guard.metrics AS m),
    summary AS MATERIALIZED (SELECT s.* FROM rds_guard.summary AS s),
    readiness AS MATERIALIZED (SELECT r.* FROM rds_guard.readiness AS r),
    by_check AS (
        -- rows of one check may differ in severity, and some be unknown
        SELECT r.check_id, r.category, (array_agg(r.severity ORDER BY r.status = 'fail' DESC, r.severity DESC))[1]::text AS severity, min(r.status)::text AS status,
               bool_and(r.status NOT IN ('unknown', 'error')) AS decidable, count(*) FILTER (WHERE r.status = 'fail') AS findings
        FROM report AS r GROUP BY r.check_id, r.category
    )
    SELECT 'metrics: NULLs', count(*) FROM metrics AS m WHERE EXISTS (SELECT FROM jsonb_each(to_jsonb(m)) AS e WHERE e.value = 'null')
    UNION ALL
    SELECT 'metrics: report', count(*) FROM metrics AS m FULL JOIN by_check AS b
        ON (m.check_id, m.category, m.severity, m.status, m.findings) = (b.check_id, b.category, b.severity, b.status, b.findings)
    WHERE m.check_id IS NULL OR b.check_id IS NULL
    UNION ALL
    SELECT 'metrics: codes', count(*) FROM metrics AS m
    WHERE m.status_code <> (jsonb '{"pass": 0, "waived": 0, "fail": 2, "unknown": 3, "error": 4, "not_applicable": -1}' ->> m.status)::integer
    UNION ALL
    SELECT 'metrics: findings', count(*) FROM metrics AS m WHERE (m.findings > 0) <> (m.status = 'fail')
    UNION ALL
    SELECT 'summary: report', count(*) FROM summary AS s FULL JOIN (
        SELECT coalesce(r.category, 'all') AS category,
               sum((r.status = 'fail')::integer) AS fail, sum((r.status = 'error')::integer) AS error, sum((r.status = 'unknown')::integer) AS unknown,
               sum((r.status = 'waived')::integer) AS waived, sum((r.status = 'not_applicable')::integer) AS not_applicable,
               sum((r.status = 'pass')::integer) AS pass, max(CASE WHEN r.status = 'fail' THEN r.severity END) AS worst
        FROM report AS r GROUP BY GROUPING SETS ((r.category), ())
    ) AS t ON (s.category, s.fail, s.error, s.unknown, s.waived, s.not_applicable, s.pass) =
              (t.category, t.fail, t.error, t.unknown, t.waived, t.not_applicable, t.pass) AND s.worst IS NOT DISTINCT FROM t.worst
    WHERE s.category IS NULL OR t.category IS NULL
    UNION ALL
    SELECT 'readiness: report', count(*) FROM readiness AS r FULL JOIN by_check AS b
        ON (r.check_id, r.category, r.decidable) = (b.check_id, b.category, b.decidable)
    WHERE r.check_id IS NULL OR b.check_id IS NULL
    UNION ALL
    SELECT 'readiness: reasons', count(*) FROM readiness AS r WHERE NOT r.decidable AND coalesce(r.reason, '') = ''
    UNION ALL
    SELECT 'readiness: grants', count(*) FROM readiness AS r WHERE r.needed_grant IS NOT NULL AND (r.decidable OR r.needed_grant NOT LIKE 'GRANT %')
$$;
SELECT * FROM regress_runner.differences();
-- the last row is the sum
SELECT s.category = 'all' AS last, s.fail > 5 AS fails, s.worst FROM rds_guard.summary AS s OFFSET (SELECT count(DISTINCT c.category) FROM rds_guard.checks AS c WHERE c.scope IN ('server', 'session'));
SELECT r.check_id, r.decidable, r.reason, r.needed_grant FROM rds_guard.readiness AS r WHERE r.category = 'regress' AND (NOT r.decidable OR r.reason IS NOT NULL)
       AND r.check_id <> 'r_13_gone';
-- the same for a monitor, who may see less
CREATE ROLE regress_monitor;
GRANT pg_monitor TO regress_monitor;
GRANT USAGE ON SCHEMA regress_runner TO PUBLIC;
SET ROLE regress_monitor;
SELECT * FROM regress_runner.differences();
SELECT count(*) > 0 AS undecided, count(*) FILTER (WHERE r.needed_grant IS NULL) AS without_grant FROM rds_guard.readiness AS r
-- what is known of releases ends at some day, for some versions sooner; 19 has
-- only standard strings
WHERE NOT r.decidable AND r.category <> 'regress' AND r.check_id !~ '^(version_|cve_|legacy_)';
RESET ROLE;

-- The state of the session changes nothing. The functions are compiled anew,
-- under settings of plpgsql that a user may choose.
DELETE FROM rds_guard.check_definitions WHERE NOT builtin;
CREATE TABLE regress_runner.reports (run integer, finding rds_guard.finding);
CREATE FUNCTION regress_runner.format(text, VARIADIC "any") RETURNS text LANGUAGE internal IMMUTABLE AS 'text_format_nv';
CREATE FUNCTION regress_runner.quote_ident(text) RETURNS text LANGUAGE sql AS $$ SELECT 'trojan' $$;
CREATE TABLE regress_runner.pg_roles (rolname name);
INSERT INTO regress_runner.reports SELECT 1, f FROM rds_guard.report() AS f;
INSERT INTO regress_runner.reports SELECT 1, f FROM rds_guard.my_report() AS f;
\c -
SET search_path = regress_runner, pg_temp, pg_catalog;
SELECT current_setting('server_version_num')::integer < 190000 AS old_strings \gset
\if :old_strings
SET standard_conforming_strings = off;
SET escape_string_warning = off;
\endif
SET backslash_quote = on;
SET quote_all_identifiers = on;
SET transform_null_equals = on;
SET array_nulls = off;
SET DateStyle = 'SQL, DMY';
SET IntervalStyle = 'sql_standard';
SET bytea_output = 'escape';
SET extra_float_digits = -15;
SET xmloption = 'document';
SET row_security = off;
SET check_function_bodies = off;
SET default_transaction_isolation = 'serializable';
SET default_transaction_read_only = on;
SET plan_cache_mode = 'force_generic_plan';
SET enable_seqscan = off;
SET enable_hashagg = off;
SET from_collapse_limit = 1;
SET join_collapse_limit = 1;
SET jit = on;
SET jit_above_cost = 0;
LOAD 'plpgsql';
SET plpgsql.variable_conflict = 'use_variable';
SET plpgsql.extra_errors = 'all';
SET plpgsql.check_asserts = off;
SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE;
INSERT INTO reports SELECT 2, f FROM rds_guard.report() AS f;
INSERT INTO reports SELECT 2, f FROM rds_guard.my_report() AS f;
\c -
SELECT run, count(*) = (SELECT count(*) FROM regress_runner.reports WHERE run = 1) AS same_number FROM regress_runner.reports GROUP BY run ORDER BY run;
SELECT 'lost' AS what, d.* FROM (SELECT (finding).* FROM regress_runner.reports WHERE run = 1 EXCEPT SELECT (finding).* FROM regress_runner.reports WHERE run = 2) AS d
UNION ALL
SELECT 'new', d.* FROM (SELECT (finding).* FROM regress_runner.reports WHERE run = 2 EXCEPT SELECT (finding).* FROM regress_runner.reports WHERE run = 1) AS d;

-- Hostile names: one row each, nothing that a terminal obeys. 19 forbids line
-- breaks in the names of roles; escapes it does not.
CREATE SCHEMA "regress_runner ""q""";
DO $do$
DECLARE
    name text;
    n integer := 0;
BEGIN
    FOREACH name IN ARRAY ARRAY['regress it''s', 'regress "quoted"', 'regress; DROP ROLE x; --', E'regress \x1b[31m', E'regress \u202e', 'regress %s', 'regress $$',
                                'regress \', 'regress ' || repeat(E'\u00e4', 26)]
    LOOP
        EXECUTE format('CREATE ROLE %I LOGIN CREATEROLE BYPASSRLS REPLICATION', left(name, 35));
        EXECUTE format('GRANT pg_read_server_files TO %I', left(name, 35));
        EXECUTE format('ALTER ROLE %I SET log_min_messages = %L', left(name, 35), 'panic');
        EXECUTE format('CREATE TABLE "regress_runner ""q""".%I (%I integer)', name || E'\n\t', name || E'\n');
        EXECUTE format('GRANT SELECT (%I), UPDATE ON "regress_runner ""q""".%I TO PUBLIC', name || E'\n', name || E'\n\t');
        EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT INSERT ON TABLES TO PUBLIC', left(name, 35));
        n := n + 1;
    END LOOP;
    RAISE INFO '% names', n;
END
$do$;
SELECT f.check_id, count(*), count(DISTINCT f.object) AS objects, count(DISTINCT f.fingerprint) AS fingerprints
FROM rds_guard.report() AS f
WHERE f.status = 'fail' AND (f.object ~ 'regress[ ;]' OR f.detail ~ 'regress[ ;]')
      -- does not apply from 16 on
      AND f.check_id <> 'createrole_escalation_pre16'
GROUP BY f.check_id ORDER BY f.check_id COLLATE "C";
SELECT f.check_id, rds_guard.printable(f.object) AS object, rds_guard.printable(f.detail) AS detail, rds_guard.printable(f.fix) AS fix
FROM rds_guard.report() AS f
WHERE rds_guard.printable(f.object) <> f.object OR rds_guard.printable(f.detail) <> f.detail
      -- a fix may have several lines
      OR rds_guard.printable(replace(f.fix, E'\n', '')) <> replace(f.fix, E'\n', '');
SELECT f.object, f.fix FROM rds_guard.report('{bypassrls_roles,public_column_grants}') AS f WHERE f.object !~ E'\u00e4';
-- and the fixes do what they say
DO $$
DECLARE
    f record;
BEGIN
    FOR f IN SELECT r.fix FROM rds_guard.report('{bypassrls_roles,createrole_roles,replication_roles,public_table_grants,public_column_grants,default_privileges_public,log_suppressed_by_level}') AS r
             WHERE r.status = 'fail' AND (r.object ~ 'regress[ ;]' OR r.detail ~ 'regress[ ;]')
    LOOP
        EXECUTE f.fix;
    END LOOP;
END
$$;
SELECT r.check_id, r.object, r.fix
FROM rds_guard.report('{bypassrls_roles,createrole_roles,replication_roles,public_table_grants,public_column_grants,default_privileges_public,log_suppressed_by_level}') AS r
WHERE r.status = 'fail' AND (r.object ~ 'regress[ ;]' OR r.detail ~ 'regress[ ;]');

SET client_min_messages = error;
DROP SCHEMA "regress_runner ""q""", regress_runner CASCADE;
DO $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT rolname FROM pg_roles WHERE rolname LIKE 'regress%' LOOP
        EXECUTE format('DROP OWNED BY %I', r.rolname);
        EXECUTE format('DROP ROLE %I', r.rolname);
    END LOOP;
END
$$;
