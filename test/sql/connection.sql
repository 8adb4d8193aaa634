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
