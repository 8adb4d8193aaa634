-- The catalogue: who may define a check, what is refused, whose rule runs.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA regress_registry;
CREATE FUNCTION regress_registry.define(rule text, id text DEFAULT 'regress_check', title text DEFAULT 'Title', scope text DEFAULT 'server',
                                        category text DEFAULT 'regress', refs text[] DEFAULT '{}', why text DEFAULT 'Why.',
                                        remedy text DEFAULT 'Remedy.', needs text DEFAULT 'any role') RETURNS void LANGUAGE sql AS $$
    SELECT rds_guard.define_check(id, category, 'low', title, why, remedy, refs, rule, needs, scope)
$$;
CREATE FUNCTION regress_registry.attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END
$$;
CREATE TABLE regress_registry.target (a integer);
GRANT USAGE ON SCHEMA regress_registry TO PUBLIC;

-- Rules. What is accepted is also run: nothing that is accepted breaks there.
CREATE TABLE regress_registry.rules (n integer, about text, rule text);
INSERT INTO regress_registry.rules VALUES
    (1, 'plain', $$SELECT 'o', 'd', 'f', jsonb '{}'$$),
    (2, 'trailing comment', $$SELECT 'o', 'd', 'f', jsonb '{}' -- the end$$),
    (3, 'WITH, UNION, ORDER BY, LIMIT', $$WITH x AS (SELECT 1) SELECT 'o', 'd', 'f', NULL::jsonb FROM x UNION ALL SELECT 'o2', NULL, NULL, NULL ORDER BY 1 LIMIT 2$$),
    (4, 'VALUES', $$VALUES ('o', 'd', NULL, NULL::jsonb)$$),
    (5, 'in parentheses', $$(SELECT 'o', 'd', 'f', NULL::jsonb)$$),
    (8, 'untyped NULLs in a UNION', $$SELECT 'o', 'd', 'f', NULL UNION ALL SELECT 'o2', NULL, NULL, NULL$$),
    (6, '@extschema@ in a literal', $$SELECT '@extschema@', 'd', 'f', NULL::jsonb$$),
    (7, 'long', 'SELECT ''o'', ''' || repeat('x', 1000000) || ''', NULL, NULL::jsonb'),
    (11, 'two statements', $$SELECT 'o', 'd', 'f', NULL::jsonb; SELECT 1$$),
    (12, 'semicolon', $$SELECT 'o', 'd', 'f', NULL::jsonb;$$),
    (13, 'DDL', 'DROP TABLE regress_registry.target'),
    (14, 'second DDL', $$SELECT 'o', 'd', 'f', NULL::jsonb; DROP TABLE regress_registry.target$$),
    (15, 'COMMIT', 'COMMIT'),
    (16, 'DELETE', $$DELETE FROM regress_registry.target RETURNING 'o', 'd', 'f', NULL::jsonb$$),
    (17, 'DELETE in WITH', $$WITH x AS (DELETE FROM regress_registry.target RETURNING a) SELECT 'o', 'd', 'f', NULL::jsonb FROM x$$),
    (18, 'SELECT INTO', $$SELECT 'o', 'd', 'f', NULL::jsonb INTO regress_registry.made$$),
    (19, 'FOR UPDATE', $$SELECT 'o', 'd', 'f', NULL::jsonb FROM regress_registry.target FOR UPDATE$$),
    (21, 'three columns', $$SELECT 'o', 'd', 'f'$$),
    (22, 'five columns', $$SELECT 'o', 'd', 'f', NULL::jsonb, 1$$),
    (23, 'object is a number', $$SELECT 1, 'd', 'f', NULL::jsonb$$),
    (24, 'detail is a number', $$SELECT 'o', 1, 'f', NULL::jsonb$$),
    (25, 'fix is an array', $$SELECT 'o', 'd', '{}'::text[], NULL::jsonb$$),
    (26, 'evidence is json', $$SELECT 'o', 'd', 'f', NULL::json$$),
    (27, 'evidence is text', $$SELECT 'o', 'd', 'f', 'e'::text$$),
    (31, 'parenthesis too few', $$SELECT 'o', 'd', ('f', NULL::jsonb$$),
    (32, 'parenthesis too many', $$SELECT 'o', 'd', 'f', NULL::jsonb)$$),
    (33, 'parentheses that close ours', $$SELECT 'o', 'd', 'f', NULL::jsonb) UNION ALL (SELECT 'o', 'd', 'f', NULL::jsonb$$),
    (34, 'closing ours, comment', $$SELECT 'o', 'd', 'f', NULL::jsonb)) AS q (object, detail, fix, evidence) --$$),
    (35, 'open comment', $$SELECT 'o', 'd', 'f', NULL::jsonb /*$$),
    (36, 'open quote', $$SELECT 'o', 'd', 'f$$),
    (41, 'no such table', $$SELECT 'o', 'd', 'f', NULL::jsonb FROM regress_registry.missing$$),
    (42, 'no such function', $$SELECT regress_registry.missing(), 'd', 'f', NULL::jsonb$$),
    (43, 'unqualified name', $$SELECT 'o', 'd', 'f', NULL::jsonb FROM target$$),
    (44, 'nothing', ''),
    (45, 'only a comment', '-- nothing'),
    (46, 'NULL', NULL);
SET search_path = regress_registry, public;
SELECT r.n, r.about, regress_registry.attempt(format('SELECT regress_registry.define(%L, %L)', r.rule, 'regress_rule_' || r.n)) AS outcome
FROM regress_registry.rules AS r ORDER BY r.n;
RESET search_path;
SELECT f.check_id, f.status, count(*), min(length(f.detail)) AS length FROM rds_guard.report('{regress}') AS f GROUP BY f.check_id, f.status ORDER BY f.check_id COLLATE "C";
SELECT to_regclass('regress_registry.target') IS NOT NULL AS still_there, to_regclass('regress_registry.made') AS made;
-- to define is not to run
CREATE TABLE regress_registry.calls (who name);
CREATE FUNCTION regress_registry.noted() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO regress_registry.calls VALUES (current_user);
    RETURN 'noted';
END
$$;
SELECT regress_registry.define('SELECT regress_registry.noted(), NULL, NULL, NULL');
SELECT count(*) AS calls FROM regress_registry.calls;

-- Everything else.
SELECT regress_registry.attempt($$SELECT regress_registry.define('SELECT NULL, NULL, NULL, NULL', $$ || a.arguments || ')') AS outcome, a.arguments
FROM unnest(ARRAY[
    'id => NULL', 'id => ''''', 'id => ''Upper''', 'id => ''has-dash''', 'id => ''1first''', 'id => ''_first''', 'id => ''two words''',
    'id => E''line\nbreak''', 'id => E''end\n''', 'id => repeat(''x'', 63)', 'id => repeat(''x'', 64)',
    'title => NULL', 'title => ''''', 'why => NULL', 'why => ''''', 'remedy => NULL', 'remedy => ''''', 'needs => NULL', 'needs => ''''',
    'scope => NULL', 'scope => ''galaxy''', 'scope => ''Server''', 'scope => ''role''', 'scope => ''session''',
    'category => NULL', 'category => ''''', 'category => ''Upper''', 'category => E''e\n''',
    'refs => NULL']) AS a (arguments);
SELECT c.refs FROM rds_guard.checks AS c WHERE c.check_id = 'regress_check';
-- a built-in one stays as it is
SELECT regress_registry.define('SELECT NULL, NULL, NULL, NULL WHERE false', id => 'superuser_password_auth');
SELECT title = 'Title' AS replaced, builtin FROM rds_guard.checks WHERE check_id = 'superuser_password_auth';
-- one's own can be replaced
SELECT regress_registry.define('SELECT ''new'', NULL, NULL, NULL', title => 'New title', scope => 'session', refs => '{a,b}');
SELECT c.title, c.scope, c.refs, c.builtin FROM rds_guard.checks AS c WHERE c.check_id = 'regress_check';
SELECT e.rule FROM rds_guard.explain_check('regress_check') AS e;
SELECT bool_and(c.builtin = (c.check_id !~ '^(regress|x)')) AS builtin_flag FROM rds_guard.checks AS c;
DELETE FROM rds_guard.check_definitions WHERE NOT builtin;

-- Who may do what.
CREATE ROLE regress_plain LOGIN;
CREATE ROLE regress_monitor LOGIN;
GRANT pg_monitor TO regress_monitor;
GRANT EXECUTE ON FUNCTION regress_registry.attempt(text) TO PUBLIC;
CREATE VIEW regress_registry.statements AS SELECT s.n, s.statement FROM (VALUES
    (1, 'SELECT rds_guard.define_check(''x'', ''x'', ''low'', ''x'', ''x'', ''x'', NULL, ''SELECT NULL, NULL, NULL, NULL'')'),
    (2, 'INSERT INTO rds_guard.check_definitions SELECT * FROM rds_guard.check_definitions LIMIT 1'),
    (3, 'UPDATE rds_guard.check_definitions SET rule = ''SELECT NULL, NULL, NULL, NULL'''),
    (4, 'DELETE FROM rds_guard.check_definitions'),
    (5, 'TRUNCATE rds_guard.check_definitions'),
    (6, 'ALTER TABLE rds_guard.check_definitions DISABLE TRIGGER USER'),
    (7, 'CREATE FUNCTION rds_guard.mine() RETURNS integer LANGUAGE sql AS ''SELECT 1'''),
    (8, 'LOCK TABLE rds_guard.check_definitions IN ACCESS EXCLUSIVE MODE'),
    (9, 'SELECT * FROM rds_guard.check_definitions'),
    (10, 'SELECT * FROM rds_guard.checks'),
    (11, 'SELECT * FROM rds_guard.explain_check(''superuser_password_auth'')')) AS s (n, statement);
GRANT SELECT ON regress_registry.statements TO PUBLIC;
SET ROLE regress_plain;
SELECT s.n, regress_registry.attempt(s.statement) AS outcome, s.statement FROM regress_registry.statements AS s ORDER BY s.n;
SET ROLE regress_monitor;
SELECT s.n, regress_registry.attempt(s.statement) AS outcome FROM regress_registry.statements AS s WHERE regress_registry.attempt(s.statement) <> '42501' ORDER BY s.n;
RESET ROLE;

-- One check in full.
\x on
SELECT e.check_id, e.title <> '' AS title, e.category, e.severity, e.scope, e.why <> '' AS why, e.needs, e.remedy <> '' AS remedy, e.refs,
       e.rule ~ 'password_verifiers|password_kinds' AS rule, e.builtin, e.definer <> '' AS definer
FROM rds_guard.explain_check('md5_password_hashes') AS e;
\x off
-- it and the view say the same of each
SELECT count(*) > 40 AS all_explained,
       bool_and((e.title, e.category, e.severity, e.scope, e.why, e.needs, e.remedy, e.refs, e.builtin)
                = (c.title, c.category, c.severity, c.scope, c.why, c.needs, c.remedy, c.refs, c.builtin)) AS same
FROM rds_guard.checks AS c CROSS JOIN LATERAL rds_guard.explain_check(c.check_id) AS e;
DO $$
DECLARE
    wanted text;
    hint text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['nonsense', '', NULL, 'MD5_PASSWORD_HASHES', 'authentication'] LOOP
        BEGIN
            PERFORM * FROM rds_guard.explain_check(wanted);
            RAISE WARNING 'explained %', wanted;
        EXCEPTION WHEN invalid_parameter_value THEN
            GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
            RAISE WARNING '% (hint lacks % checks)', SQLERRM,
                (SELECT count(*) FROM rds_guard.checks AS c WHERE hint !~ ('\m' || c.check_id || '\M'));
        END;
    END LOOP;
END
$$;

-- A check of a superuser's runs for everybody, in the report of its scope.
SELECT regress_registry.define($$SELECT current_user, 'as ' || session_user, NULL, NULL$$, id => 'regress_' || s.scope, scope => s.scope)
FROM unnest('{server,session,role}'::text[]) AS s (scope);
SELECT f.check_id, f.status FROM rds_guard.report('{regress}') AS f;
SELECT f.check_id, f.status FROM rds_guard.my_report('{regress}') AS f;
SET ROLE regress_plain;
SELECT f.check_id, f.status, f.object FROM rds_guard.my_report('{regress}') AS f;
SET ROLE regress_monitor;
SELECT f.check_id, f.status, f.object FROM rds_guard.report('{regress}') AS f;
RESET ROLE;
DELETE FROM rds_guard.check_definitions WHERE NOT builtin;

-- A check of a lesser role's never runs with the rights of a mightier one. Its
-- rule notes down who calls it.
CREATE ROLE "regress ""lesser""" LOGIN;
CREATE ROLE regress_above LOGIN;
GRANT "regress ""lesser""" TO regress_above;
CREATE ROLE regress_below LOGIN;
GRANT regress_below TO "regress ""lesser""";
GRANT SELECT, INSERT, UPDATE ON rds_guard.check_definitions TO "regress ""lesser""";
GRANT EXECUTE ON FUNCTION rds_guard.define_check(text, text, rds_guard.severity, text, text, text, text[], text, text, text) TO "regress ""lesser""";
GRANT INSERT ON regress_registry.calls TO PUBLIC;
TRUNCATE regress_registry.calls;
SET ROLE "regress ""lesser""";
SELECT regress_registry.define('SELECT regress_registry.noted(), NULL, NULL, NULL', id => 'regress_lesser', scope => 'session');
-- it cannot replace one that is built in, nor pass its own off as such
SELECT regress_registry.attempt($$SELECT regress_registry.define('SELECT NULL, NULL, NULL, NULL', id => 'superuser_password_auth')$$) AS builtin;
RESET ROLE;
SELECT e.builtin, e.definer FROM rds_guard.explain_check('regress_lesser') AS e;
\x on
SELECT f.status, f.object, f.detail, f.remedy, f.fix FROM rds_guard.report('{regress_lesser}') AS f;
\x off
-- a superuser who has become the definer could be led back
SET ROLE "regress ""lesser""";
SELECT f.status FROM rds_guard.my_report('{regress_lesser}') AS f;
RESET ROLE;
SELECT count(*) AS calls FROM regress_registry.calls;
SET SESSION AUTHORIZATION "regress ""lesser""";
SELECT current_user, f.status FROM rds_guard.my_report('{regress_lesser}') AS f;
SET SESSION AUTHORIZATION regress_below;
SELECT current_user, f.status FROM rds_guard.my_report('{regress_lesser}') AS f;
SET SESSION AUTHORIZATION regress_above;
SELECT current_user, f.status FROM rds_guard.my_report('{regress_lesser}') AS f;
SET ROLE "regress ""lesser""";
SELECT current_user, f.status FROM rds_guard.my_report('{regress_lesser}') AS f;
RESET ROLE;
SET SESSION AUTHORIZATION regress_plain;
SELECT current_user, f.status FROM rds_guard.my_report('{regress_lesser}') AS f;
RESET SESSION AUTHORIZATION;
SELECT who, count(*) FROM regress_registry.calls GROUP BY who ORDER BY who COLLATE "C";
-- mightier than it was
ALTER ROLE "regress ""lesser""" SUPERUSER;
SELECT f.status FROM rds_guard.report('{regress_lesser}') AS f;
ALTER ROLE "regress ""lesser""" NOSUPERUSER;
SELECT f.status FROM rds_guard.report('{regress_lesser}') AS f;
-- gone
SET client_min_messages = error;
REVOKE "regress ""lesser""" FROM regress_above;
REVOKE regress_below FROM "regress ""lesser""";
DROP OWNED BY "regress ""lesser""";
DROP ROLE "regress ""lesser""";
SELECT f.status, f.detail FROM rds_guard.report('{regress_lesser}') AS f;
SELECT e.builtin, e.definer FROM rds_guard.explain_check('regress_lesser') AS e;
SELECT f.status FROM rds_guard.report() AS f WHERE f.status = 'error';
-- defined again by a superuser
SELECT regress_registry.define('SELECT NULL, NULL, NULL, NULL WHERE false', id => 'regress_lesser');
SELECT f.status FROM rds_guard.report('{regress_lesser}') AS f;

DELETE FROM rds_guard.check_definitions WHERE NOT builtin;
DROP SCHEMA regress_registry CASCADE;
DROP ROLE regress_plain, regress_monitor, regress_above, regress_below;
SELECT count(*) AS left_behind FROM pg_roles WHERE rolname LIKE 'regress%';
-- Rights on all data are no rights to what others run: who does not own the
-- registry changes no built-in check and adds none under another's name.
CREATE ROLE regress_writer;
GRANT INSERT, UPDATE, DELETE ON rds_guard.check_definitions TO regress_writer;
SET ROLE regress_writer;
UPDATE rds_guard.check_definitions SET rule = 'SELECT 1' WHERE check_id = 'superuser_count';
DELETE FROM rds_guard.check_definitions WHERE check_id = 'superuser_count';
INSERT INTO rds_guard.check_definitions (check_id, category, severity, scope, title, why, remedy, needs, refs, rule, builtin, definer)
VALUES ('regress_forged', 'site', 'low', 'server', 'Forged', 'Forged.', 'None.', 'any role', '{}',
        'SELECT NULL::text, NULL::text, NULL::text, NULL::jsonb', true, 10::oid::regrole);
SELECT d.builtin, d.definer::text FROM rds_guard.check_definitions AS d WHERE d.check_id = 'regress_forged';
RESET ROLE;
SELECT f.status FROM rds_guard.report('{regress_forged}') AS f;
DELETE FROM rds_guard.check_definitions WHERE check_id = 'regress_forged';
REVOKE ALL ON rds_guard.check_definitions FROM regress_writer;
DROP ROLE regress_writer;
-- Rights without SET ROLE, which 16 brought, are not all that a role has: who
-- only inherits from the caller is not trusted with the caller's attributes.
CREATE ROLE regress_caller;
CREATE ROLE regress_heir;
DO $$
BEGIN
    EXECUTE 'GRANT regress_caller TO regress_heir'
            || CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN ' WITH INHERIT TRUE, SET FALSE' ELSE '' END;
END
$$;
SET SESSION AUTHORIZATION regress_caller;
SELECT pg_has_role('regress_heir', 'regress_caller', 'USAGE') AS inherits,
       rds_guard.is_trusted('regress_heir'::regrole) = (current_setting('server_version_num')::integer < 160000) AS as_it_should;
RESET SESSION AUTHORIZATION;
DROP ROLE regress_heir, regress_caller;
