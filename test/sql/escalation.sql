--
-- escalation_paths(): who gets a superuser's power, how, and what only looks
-- like it. That the steps can be taken is shown by test/t/014_escalation.pl.
--
\pset format unaligned
\pset tuples_only on
\pset fieldsep '\n    '
\pset null -
SET client_min_messages = warning;
-- before 15 everybody may create in public
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- The columns, and nothing at all to begin with.
SELECT a.name, format_type(a.type, NULL)
FROM pg_proc AS p CROSS JOIN LATERAL unnest(p.proargnames, p.proallargtypes, p.proargmodes) AS a (name, type, mode)
WHERE p.oid = 'rds_guard.escalation_paths'::regproc AND a.mode = 't';
SELECT count(*) FROM rds_guard.escalation_paths();
SELECT count(*) FROM rds_guard.escalation_steps();
SELECT count(*) FROM rds_guard.escalation_unseen();
\set VERBOSITY terse
SELECT * FROM rds_guard.escalation_paths('regress_e_nobody');
\set VERBOSITY default

-- The search: the last two of six edges cost nothing.
\pset fieldsep ' '
SELECT * FROM rds_guard.shortest_paths('{0,1,2,0,3,4}', '{1,2,5,3,4,5}', 4, '{0,1,2,5}', '{5}');
-- a chain, of which the middle is left out on request
SELECT start, step, steps, edge FROM rds_guard.shortest_paths(
    ARRAY(SELECT generate_series(0, 99)), ARRAY(SELECT generate_series(1, 100)), NULL, '{0,98}', '{100}', 5);
-- of two ways the first edge; circles and edges into themselves are no trap
SELECT * FROM rds_guard.shortest_paths('{1,1,2,1,2}', '{1,2,1,3,3}', NULL, '{1,2}', '{3}');
SELECT * FROM rds_guard.shortest_paths('{1,1}', '{2,2}', NULL, '{1}', '{2}');
-- nothing
SELECT count(*) FROM rds_guard.shortest_paths('{}', '{}', 0, '{7}', '{8}');
SELECT count(*) FROM rds_guard.shortest_paths('{1}', '{2}', NULL, '{2}', '{1}');
\set VERBOSITY sqlstate
SELECT * FROM rds_guard.shortest_paths(NULL, '{}', 0, '{}', '{}');
\set VERBOSITY default
\pset fieldsep '\n    '

CREATE ROLE regress_e_boss SUPERUSER LOGIN;
CREATE ROLE regress_e_weak LOGIN;
CREATE ROLE regress_e_other LOGIN;
CREATE ROLE regress_e_group;
CREATE ROLE "regress_e ""we'ak"" \n" LOGIN;
CREATE ROLE "regress_e GROUP;--";
CREATE SCHEMA regress_e;
GRANT USAGE ON SCHEMA regress_e TO PUBLIC;
CREATE TABLE regress_e.t (a integer);
ALTER TABLE regress_e.t OWNER TO regress_e_boss;

-- What the check and the fact say; the server's superuser and versions apart.
CREATE VIEW regress_e.paths AS
SELECT p.role, p.step || '/' || p.steps AS step, p.kind, p.gains, p.sentence, p.fix
FROM rds_guard.escalation_paths() AS p WHERE p.role ~ '^regress_e' ORDER BY p.role, p.step;
CREATE FUNCTION regress_e.found() RETURNS TABLE (status rds_guard.status, object text, detail text, fix text)
LANGUAGE sql AS $$ SELECT f.status, f.object, f.detail, f.fix FROM rds_guard.report('{escalation_path_exists}') AS f $$;
CREATE PROCEDURE regress_e.mend() LANGUAGE plpgsql AS $$
DECLARE
    statement text;
BEGIN
    FOR statement IN SELECT DISTINCT f.fix FROM regress_e.found() AS f WHERE f.status = 'fail' LOOP
        EXECUTE statement;
    END LOOP;
END
$$;
SELECT * FROM regress_e.found();

--
-- Memberships alone are paths, but told by other checks
--
GRANT regress_e_boss TO regress_e_group;
GRANT regress_e_group TO regress_e_weak;
SELECT role, step, kind, gains, sentence FROM regress_e.paths;
SELECT status FROM regress_e.found();
-- of a role that cannot log in: when it is asked for
SELECT role, power, step, acts_as, gains FROM rds_guard.escalation_paths('regress_e_group');
SELECT count(*) FROM rds_guard.escalation_paths('regress_e_boss');
REVOKE regress_e_boss FROM regress_e_group;

--
-- Through a group with a hostile name
--
GRANT "regress_e GROUP;--" TO "regress_e ""we'ak"" \n";
GRANT TRIGGER ON regress_e.t TO "regress_e GROUP;--";
SELECT * FROM regress_e.paths;
SELECT * FROM regress_e.found();
SELECT p.evidence FROM rds_guard.escalation_paths() AS p WHERE p.step = p.steps;
-- my own
SET SESSION AUTHORIZATION "regress_e ""we'ak"" \n";
SELECT f.status, f.object, f.detail, f.fix FROM rds_guard.my_report('{own_superuser_path}') AS f;
RESET SESSION AUTHORIZATION;
CALL regress_e.mend();
SELECT * FROM regress_e.found();

-- Twins of it: the right to trigger what nobody stronger owns, and without a
-- way to the table or to a function.
CREATE TABLE regress_e.weaks (a integer);
ALTER TABLE regress_e.weaks OWNER TO regress_e_weak;
GRANT ALL ON regress_e.weaks TO regress_e_other;
GRANT REFERENCES, INSERT, SELECT ON regress_e.t TO regress_e_weak;
SELECT * FROM regress_e.paths;
CREATE SCHEMA regress_e_closed;
CREATE TABLE regress_e_closed.t (a integer);
GRANT TRIGGER ON regress_e_closed.t TO regress_e_weak;
SELECT * FROM regress_e.paths;

--
-- SECURITY DEFINER
--
CREATE SCHEMA regress_e_weak AUTHORIZATION regress_e_weak;
GRANT USAGE ON SCHEMA regress_e_weak TO PUBLIC;
SET SESSION AUTHORIZATION regress_e_boss;
CREATE FUNCTION regress_e.safe() RETURNS bigint LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS 'SELECT count(*) FROM pg_class';
CREATE FUNCTION regress_e.qualified() RETURNS bigint LANGUAGE sql SECURITY DEFINER
    SET search_path = '' AS 'SELECT count(*) FROM pg_catalog.pg_class AS c /* FROM t */ -- FROM t
                             WHERE c.relname IS DISTINCT FROM pg_catalog.lower(''FROM x'')';
CREATE FUNCTION regress_e.own_names() RETURNS bigint LANGUAGE sql SECURITY DEFINER
    SET search_path = '' AS 'WITH t AS (SELECT 1), t2 (a) AS MATERIALIZED (SELECT 2) SELECT 1 FROM t CROSS JOIN t2';
CREATE FUNCTION regress_e.revoked() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM pg_class';
REVOKE ALL ON FUNCTION regress_e.revoked() FROM PUBLIC;
CREATE FUNCTION regress_e.invoker() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM pg_class';
CREATE FUNCTION regress_e.after() RETURNS bigint LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, regress_e_weak, pg_temp AS 'SELECT count(*) FROM pg_class WHERE lower(relname) = ''x''';
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_e_weak;
CREATE FUNCTION regress_e_weak.no_stronger() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM pg_class';
RESET SESSION AUTHORIZATION;
SELECT * FROM regress_e.paths;

-- each of these is a path, for everybody or for the one who may create
SET SESSION AUTHORIZATION regress_e_boss;
CREATE FUNCTION regress_e."Odd ""one"""() RETURNS bigint LANGUAGE sql SECURITY DEFINER
    SET search_path = '' AS 'SELECT count(*) FROM "pg_class"';
RESET SESSION AUTHORIZATION;
SELECT * FROM regress_e.paths;
CALL regress_e.mend();
SELECT * FROM regress_e.paths;
SELECT unnest(p.proconfig) FROM pg_proc AS p WHERE p.proname = 'Odd "one"';
SET SESSION AUTHORIZATION regress_e_boss;
CREATE FUNCTION regress_e.before() RETURNS bigint LANGUAGE sql SECURITY DEFINER
    SET search_path = regress_e_weak, pg_catalog, pg_temp AS 'SELECT count(*) FROM pg_class';
RESET SESSION AUTHORIZATION;
SELECT * FROM regress_e.paths;
CALL regress_e.mend();
SELECT * FROM regress_e.paths;
-- only who may create, where temporary tables are no way in
DROP FUNCTION regress_e.before();
SET SESSION AUTHORIZATION regress_e_boss;
CREATE FUNCTION regress_e.unset(a text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN lower(a); END';
RESET SESSION AUTHORIZATION;
SELECT * FROM regress_e.paths;
CALL regress_e.mend();
SELECT * FROM regress_e.found();

--
-- Code that others run: only if its owner can change it
--
SET SESSION AUTHORIZATION regress_e_boss;
CREATE FUNCTION regress_e.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER f BEFORE INSERT ON regress_e.t FOR EACH ROW EXECUTE FUNCTION regress_e.f();
RESET SESSION AUTHORIZATION;
ALTER FUNCTION regress_e.f() OWNER TO regress_e_other;
SELECT * FROM regress_e.paths;
GRANT CREATE ON SCHEMA regress_e TO regress_e_other;
SELECT * FROM regress_e.paths;
ALTER TABLE regress_e.t DISABLE TRIGGER f;
SELECT * FROM regress_e.paths;
ALTER TABLE regress_e.t ENABLE TRIGGER f;
CALL regress_e.mend();
SELECT * FROM regress_e.found();

--
-- Who may not look: what a scheduler runs is hidden by its row security
--
CREATE SCHEMA cron;
CREATE TABLE cron.job (jobid bigint, command text, database text, username text, active boolean);
GRANT USAGE ON SCHEMA cron TO PUBLIC;
GRANT SELECT ON cron.job TO PUBLIC;
ALTER TABLE cron.job ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON cron.job USING (username = current_user);
SET SESSION AUTHORIZATION regress_e_weak;
SELECT * FROM rds_guard.escalation_unseen();
SELECT f.status, f.detail, f.remedy, f.fix FROM rds_guard.my_report('{own_superuser_path}') AS f;
RESET SESSION AUTHORIZATION;
SELECT * FROM rds_guard.escalation_unseen();
SELECT status FROM regress_e.found();
-- of these only the first is one that the weak role owns and that runs here
INSERT INTO cron.job VALUES (1, 'SELECT regress_e_weak.nightly()', current_database(), 'regress_e_boss', true),
    (2, 'SELECT regress_e_weak.nightly()', current_database(), 'regress_e_boss', false),
    (3, 'SELECT regress_e_weak.nightly()', 'elsewhere', 'regress_e_boss', true),
    (4, 'VACUUM', current_database(), 'regress_e_boss', true);
SELECT id, runs_as::regrole, command, path FROM rds_guard.scheduled_jobs() ORDER BY id;
SELECT * FROM regress_e.paths;
CREATE FUNCTION regress_e_weak.nightly() RETURNS integer LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION regress_e_weak.nightly() OWNER TO regress_e_weak;
SELECT * FROM regress_e.paths;
-- seen by itself only as far as it may look: none of the jobs are its own
SET SESSION AUTHORIZATION regress_e_weak;
SELECT count(*) FROM rds_guard.escalation_paths('regress_e_weak');
RESET SESSION AUTHORIZATION;
CALL regress_e.mend();
SELECT * FROM regress_e.found();
-- a table that is not the scheduler's
ALTER TABLE cron.job OWNER TO regress_e_weak;
SELECT count(*) FROM rds_guard.scheduled_jobs();

DROP SCHEMA cron CASCADE;
DROP SCHEMA regress_e, regress_e_weak, regress_e_closed CASCADE;
DROP OWNED BY regress_e_boss, regress_e_weak, regress_e_other, regress_e_group, "regress_e ""we'ak"" \n", "regress_e GROUP;--";
DROP ROLE regress_e_boss, regress_e_weak, regress_e_other, regress_e_group, "regress_e ""we'ak"" \n", "regress_e GROUP;--";
-- what the next script finds
SELECT current_setting('server_version_num')::integer < 150000 AS public_is_open \gset
\if :public_is_open
GRANT CREATE ON SCHEMA public TO PUBLIC;
\endif
