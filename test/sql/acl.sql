-- Who may call what. A function or a view that is new shows up here.
\set SHOW_CONTEXT never
SELECT rds_guard.function_name(p.oid) AS function,
       CASE WHEN EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE') THEN 'PUBLIC'
            WHEN has_function_privilege('pg_monitor', p.oid, 'EXECUTE') THEN 'pg_monitor'
            ELSE 'owner' END AS for
FROM pg_proc AS p WHERE p.pronamespace = 'rds_guard'::regnamespace ORDER BY p.proname COLLATE "C", 1;
SELECT c.relname AS relation, c.relkind,
       (SELECT string_agg(DISTINCT CASE WHEN a.grantee = 0 THEN 'PUBLIC' WHEN a.grantee = c.relowner THEN 'owner' ELSE a.grantee::regrole::text END || ' ' || a.privilege_type, ', ')
        FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS a WHERE a.grantee <> c.relowner) AS for
FROM pg_class AS c WHERE c.relnamespace = 'rds_guard'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'f', 'p', 'S') ORDER BY c.relname COLLATE "C";
SELECT string_agg(DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE 'owner' END || ' ' || a.privilege_type, ', ') AS schema
FROM pg_namespace AS n CROSS JOIN LATERAL aclexplode(n.nspacl) AS a WHERE n.nspname = 'rds_guard';
-- nothing is granted with the right to pass it on
SELECT count(*) AS grant_options FROM pg_proc AS p CROSS JOIN LATERAL aclexplode(p.proacl) AS a WHERE p.pronamespace = 'rds_guard'::regnamespace AND a.is_grantable AND a.grantee <> p.proowner;
SELECT count(*) AS grant_options FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a WHERE c.relnamespace = 'rds_guard'::regnamespace AND a.is_grantable AND a.grantee <> c.relowner;
SELECT count(*) AS not_the_owners FROM pg_proc AS p WHERE p.pronamespace = 'rds_guard'::regnamespace AND p.proowner <> (SELECT extowner FROM pg_extension WHERE extname = 'rds_guard');

-- And tried.
CREATE ROLE regress_plain LOGIN;
CREATE ROLE regress_monitor LOGIN;
CREATE ROLE regress_group;
CREATE ROLE regress_asleep NOINHERIT LOGIN;
GRANT pg_monitor TO regress_group;
GRANT regress_group TO regress_monitor;
GRANT pg_monitor TO regress_asleep;
CREATE SCHEMA regress_acl;
GRANT USAGE ON SCHEMA regress_acl TO PUBLIC;
CREATE FUNCTION regress_acl.attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT count(*) FROM ' || statement;
    RETURN 'allowed';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END
$$;
CREATE VIEW regress_acl.attempts AS
SELECT s.n, s.statement, regress_acl.attempt('rds_guard.' || s.statement) AS outcome
FROM unnest(ARRAY['report()', 'report(''{tls}'')', 'run_checks(NULL, ''{server}'')', 'run_check(''superuser_count'')', 'run_check(''own_attributes'')', 'summary', 'readiness', 'metrics', 'my_report()', 'my_memberships', 'my_privileges', 'checks', 'check_definitions',
                  'explain_check(''tls_min_protocol'')', 'define_check(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)', 'platform()', 'setting(''port'')', 'setting_overrides()',
                  'role_memberships()', 'effective_privileges()', 'privilege_summary()', 'connection()', 'client_connections()', 'password_verifiers()', 'hba_rules()', 'file_modes(''{/}'')', 'server_files()',
                  'server_certificates()', 'tls_ciphers()', 'openssl()', 'weak_passwords()']) WITH ORDINALITY AS s (statement, n);
GRANT SELECT ON regress_acl.attempts TO PUBLIC;
SELECT * FROM regress_acl.attempts ORDER BY n;
-- A view runs functions with the rights of whoever asks.
SET ROLE regress_plain;
SELECT * FROM regress_acl.attempts ORDER BY n;
SET ROLE regress_monitor;
SELECT * FROM regress_acl.attempts ORDER BY n;
-- a member that does not inherit
SET ROLE regress_asleep;
SELECT * FROM regress_acl.attempts WHERE n <= 5 ORDER BY n;
RESET ROLE;
-- the report is not more than the sum of its parts: without a GRANT a plain
-- role may run the checks one by one, and sees as little
SET ROLE regress_plain;
SELECT f.status FROM rds_guard.run_check('md5_password_hashes') AS f;
SELECT count(*) FROM rds_guard.run_check('no_such_check') AS f;
RESET ROLE;
SET client_min_messages = error;
DROP SCHEMA regress_acl CASCADE;
DROP ROLE regress_plain, regress_monitor, regress_group, regress_asleep;
