-- How sessions are connected: the facts and the checks of category connection
-- through a Unix-domain socket. Networks and TLS are tested with servers of
-- their own.
\set SHOW_CONTEXT never
\x on
SELECT pid = pg_backend_pid() AS this, session_role = session_user AS session_role, client_address, encryption, protocol, cipher, bits,
       client_certificate, certificate_verified, certificate_subject, certificate_issuer, certificate_serial, certificate_not_before, certificate_not_after,
       gss_principal
FROM rds_guard.connection();
\x off
-- Before 16 the server does not keep how it authenticated, before 14 not whom.
SELECT current_setting('server_version_num')::integer AS version \gset
SELECT CASE WHEN :version >= 160000 THEN c.auth_method = 'trust' ELSE c.auth_method IS NULL AND 'auth_method' = ANY (c.unseen) END AS method,
       CASE WHEN :version >= 140000 THEN NOT 'auth_identity' = ANY (c.unseen) ELSE 'auth_identity' = ANY (c.unseen) END AS identity_seen,
       c.auth_identity
FROM rds_guard.connection() AS c;
SELECT count(*) FROM rds_guard.client_connections() AS c
WHERE c.pid = pg_backend_pid() AND c.role = session_user AND c.database = current_database() AND c.client_address IS NULL AND c.encryption = 'none'
      AND c.protocol IS NULL AND c.backend_type = 'client backend';
-- as many as the view shows
SELECT (SELECT count(*) FROM rds_guard.client_connections()) = (SELECT count(*) FROM pg_stat_activity WHERE backend_type IN ('client backend', 'walsender')) AS all_of_them;

SELECT f.check_id, f.severity, f.status, f.object, f.detail, f.fix FROM rds_guard.report('{connection}') AS f;
SELECT f.check_id, f.status FROM rds_guard.my_report('{connection}') AS f;

-- A role that sees only its own sessions: unknown, and the GRANT that helps.
CREATE ROLE "regress ""plain""" LOGIN;
GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO "regress ""plain""";
SET ROLE "regress ""plain""";
SELECT f.check_id, f.status, f.detail, f.fix FROM rds_guard.report('{connection}') AS f;
SELECT f.check_id, f.status FROM rds_guard.my_report('{connection}') AS f;
-- this session is still the superuser's
SELECT session_role = session_user AS session_role, session_role = current_user AS current, encryption FROM rds_guard.connection();
\set VERBOSITY sqlstate
SELECT count(*) FROM rds_guard.client_connections();
\set VERBOSITY default
SELECT f.fix AS "grant" FROM rds_guard.report('{tls_cleartext_sessions}') AS f \gset
RESET ROLE;
:grant
SET ROLE "regress ""plain""";
SELECT f.check_id, f.status FROM rds_guard.report('{connection}') AS f;
RESET ROLE;
-- held without being inherited it shows nothing, and proves nothing
REVOKE pg_read_all_stats FROM "regress ""plain""";
CREATE ROLE regress_between NOINHERIT;
GRANT pg_read_all_stats TO regress_between;
GRANT regress_between TO "regress ""plain""";
ALTER ROLE "regress ""plain""" NOINHERIT;
SET ROLE "regress ""plain""";
SELECT f.check_id, f.status, f.fix FROM rds_guard.report('{tls_cleartext_sessions}') AS f;
RESET ROLE;
DROP OWNED BY "regress ""plain""";
DROP ROLE "regress ""plain""", regress_between;

--
-- Limits of sessions
--
SELECT t.value, rds_guard.timeout_seconds(t.value)
FROM unnest('{0,0ms,1,5000,500ms," 5 s ",1min,2h,1d,1.5h,.5s,500us,"",abc,1e3,0x10,-1,5 m}'::text[]) AS t (value);
SELECT rds_guard.timeout_seconds(NULL) IS NULL AS nothing;
CREATE FUNCTION pg_temp.limits(OUT object text, OUT detail text, OUT fix text) RETURNS SETOF record LANGUAGE sql AS $$
    SELECT f.object, coalesce(f.detail, f.status::text), f.fix FROM rds_guard.report('{idle_session_limits}') AS f
$$;
SELECT * FROM pg_temp.limits();
CREATE ROLE "regress ""lasting""" LOGIN;
CREATE ROLE regress_short LOGIN;
CREATE ROLE regress_group NOLOGIN;
BEGIN;
-- for everybody, so that the server's own holds for none; but three have longer ones
ALTER ROLE ALL SET idle_in_transaction_session_timeout = '10min';
ALTER ROLE "regress ""lasting""" SET idle_in_transaction_session_timeout = 0;
ALTER ROLE regress_short SET idle_in_transaction_session_timeout = '59s';
ALTER ROLE regress_group SET idle_in_transaction_session_timeout = 0;
ALTER DATABASE postgres SET idle_in_transaction_session_timeout = '2h';
ALTER ROLE regress_short IN DATABASE postgres SET idle_in_transaction_session_timeout = '3601s';
SELECT l.object, regexp_replace(l.detail, 'for [0-9]+ pair', 'for N pair') AS detail, l.fix FROM pg_temp.limits() AS l ORDER BY l.object COLLATE "C";
-- the policy decides, and 0 asks for nothing
UPDATE rds_guard.policy SET value = '7200' WHERE name = 'idle_in_transaction_limit';
SELECT l.object FROM pg_temp.limits() AS l;
UPDATE rds_guard.policy SET value = '0' WHERE name = 'idle_in_transaction_limit';
SELECT l.object, l.detail FROM pg_temp.limits() AS l;
UPDATE rds_guard.policy SET value = '60' WHERE name = 'statement_limit';
ALTER ROLE regress_short SET statement_timeout = '61s';
SELECT l.object, regexp_replace(l.detail, 'for [0-9]+ pair', 'for N pair') AS detail, l.fix FROM pg_temp.limits() AS l ORDER BY l.object COLLATE "C";
-- which a version has from 17 on
UPDATE rds_guard.policy SET value = '0' WHERE name = 'statement_limit';
UPDATE rds_guard.policy SET value = '60' WHERE name = 'transaction_limit';
SELECT (coalesce(string_agg(l.object, ', '), '') = 'transaction_timeout') = (current_setting('server_version_num')::integer >= 170000) AS transactions FROM pg_temp.limits() AS l;
ROLLBACK;
-- what this session set for itself is not the server's
SET idle_in_transaction_session_timeout = '5s';
SELECT l.object, l.detail FROM pg_temp.limits() AS l;
RESET idle_in_transaction_session_timeout;

--
-- Shared accounts: this session is one address and one application.
--
BEGIN;
UPDATE rds_guard.policy SET value = '2' WHERE name LIKE 'shared_account%';
SELECT f.status FROM rds_guard.report('{shared_account_many_clients}') AS f;
UPDATE rds_guard.policy SET value = '1' WHERE name = 'shared_account_applications';
SELECT f.severity, f.object = rds_guard.ident(session_user) AS me, replace(f.detail, rds_guard.ident(session_user), 'ME') AS detail, f.fix
FROM rds_guard.report('{shared_account_many_clients}') AS f;
ROLLBACK;
SELECT f.status, f.detail FROM rds_guard.report('{master_user_used_by_application}') AS f;

--
-- Slots: the limits of roles that are superusers or cannot log in count for nothing.
--
SELECT f.status, f.object FROM rds_guard.report('{connection_slots_reserved}') AS f;
SELECT current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer AS free \gset
BEGIN;
ALTER ROLE "regress ""lasting""" CONNECTION LIMIT :free;
ALTER ROLE regress_group CONNECTION LIMIT :free;
SELECT f.severity, f.status, f.object, replace(f.detail, :'free', 'N') AS detail, f.fix FROM rds_guard.report('{connection_slots_reserved}') AS f;
ALTER ROLE "regress ""lasting""" CONNECTION LIMIT 1;
ALTER ROLE regress_short SUPERUSER CONNECTION LIMIT :free;
SELECT f.status, f.object FROM rds_guard.report('{connection_slots_reserved}') AS f;
ROLLBACK;
-- everybody may know all that but who is connected
GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO regress_short;
GRANT SELECT ON rds_guard.policy TO regress_short;
SET ROLE regress_short;
SELECT f.check_id, f.status, f.object FROM rds_guard.report('{idle_session_limits,connection_slots_reserved,shared_account_many_clients,master_user_used_by_application}') AS f;
RESET ROLE;
DROP OWNED BY regress_short;
DROP ROLE "regress ""lasting""", regress_short, regress_group;
