-- The checks about passwords that need no library and no other configuration.
\set SHOW_CONTEXT never
SET client_min_messages = error;
SET password_encryption = 'scram-sha-256';
CREATE SCHEMA regress_passwords;
GRANT USAGE ON SCHEMA regress_passwords TO PUBLIC;
CREATE FUNCTION regress_passwords.verdict(of_check text)
    RETURNS TABLE (severity rds_guard.severity, status rds_guard.status, object text, detail text, fix text) LANGUAGE sql AS $$
    SELECT f.severity, f.status, f.object, f.detail, f.fix FROM rds_guard.report(ARRAY[of_check]) AS f
    WHERE f.object IS NULL OR f.object ~* 'regress|role all|^"?(root|sa|.*admin.*)"?$|md5_|authentication_'
$$;
CREATE FUNCTION regress_passwords.mend(of_check text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    fix text;
BEGIN
    FOR fix IN SELECT f.fix FROM rds_guard.report(ARRAY[of_check]) AS f WHERE f.object ~* 'regress|role all' LOOP
        EXECUTE fix;
    END LOOP;
END
$$;
CREATE ROLE "regress ""plain""" LOGIN PASSWORD NULL CONNECTION LIMIT 1;
GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO "regress ""plain""";

-- duplicate_password_hash: copied verifiers of SCRAM. Equal passwords have
-- other salts; an equal MD5 hash opens nothing.
CREATE ROLE regress_first LOGIN PASSWORD 'x';
CREATE ROLE regress_twin LOGIN PASSWORD 'x';
SET password_encryption = 'md5';
CREATE ROLE regress_md5 LOGIN PASSWORD 'x';
SET password_encryption = 'scram-sha-256';
CREATE ROLE "Regress ""copy""" NOLOGIN;
CREATE ROLE regress_second_copy LOGIN;
CREATE ROLE regress_md5_copy LOGIN;
SELECT * FROM regress_passwords.verdict('duplicate_password_hash');
DO $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT c.copy, a.rolpassword
             FROM (VALUES ('regress_first', 'Regress "copy"'), ('regress_first', 'regress_second_copy'), ('regress_md5', 'regress_md5_copy')) AS c (original, copy)
             JOIN pg_authid AS a ON a.rolname = c.original LOOP
        EXECUTE format('ALTER ROLE %I PASSWORD %L', r.copy, r.rolpassword);
    END LOOP;
END
$$;
SELECT * FROM regress_passwords.verdict('duplicate_password_hash');
SELECT role, same_as FROM rds_guard.password_verifiers() WHERE role ~* '^regress' ORDER BY role;
-- the same salt and key under another number of iterations is another
BEGIN;
SET LOCAL allow_system_table_mods = on;
UPDATE pg_authid SET rolpassword = replace(rolpassword, '$4096:', '$4097:') WHERE rolname = 'regress_second_copy';
SELECT object FROM regress_passwords.verdict('duplicate_password_hash');
-- unless it is no integer: the server wraps it
UPDATE pg_authid SET rolpassword = replace(rolpassword, '$4097:', '$4294971392:') WHERE rolname = 'regress_second_copy';
SELECT object FROM regress_passwords.verdict('duplicate_password_hash');
SELECT role, kind, same_as FROM rds_guard.password_verifiers() WHERE role = 'regress_second_copy';
UPDATE pg_authid SET rolpassword = replace(rolpassword, '$4294971392:', '$0099999999999999999:') WHERE rolname = 'regress_second_copy';
SELECT object FROM regress_passwords.verdict('duplicate_password_hash');
UPDATE pg_authid SET rolpassword = replace(rolpassword, '$0099999999999999999:', '$4097:') WHERE rolname = 'regress_second_copy';
-- the server's second key is not what a password is tested with
UPDATE pg_authid SET rolpassword = regexp_replace(replace(rolpassword, '$4097:', '$4096:'), ':[^:]*$', ':' || repeat('A', 43) || '=') WHERE rolname = 'regress_second_copy';
SELECT object FROM regress_passwords.verdict('duplicate_password_hash');
ROLLBACK;
SET ROLE "regress ""plain""";
SELECT status, detail, fix FROM regress_passwords.verdict('duplicate_password_hash');
RESET ROLE;

-- nologin_role_with_password: also an expired one, and one that no server wrote.
ALTER ROLE "Regress ""copy""" VALID UNTIL '2001-01-01';
CREATE ROLE regress_group;
SELECT * FROM regress_passwords.verdict('nologin_role_with_password');
SET ROLE "regress ""plain""";
SELECT status, detail FROM regress_passwords.verdict('nologin_role_with_password');
RESET ROLE;
SELECT regress_passwords.mend('nologin_role_with_password');
SELECT * FROM regress_passwords.verdict('nologin_role_with_password');
DROP ROLE regress_twin, regress_md5, regress_md5_copy, "Regress ""copy""", regress_second_copy;

-- password_expired_or_expiring: everybody sees dates; who sees that there is no
-- password, knows that its date means nothing.
ALTER ROLE regress_first VALID UNTIL '2001-01-01 00:00:00+00';
CREATE ROLE "Regress ""soon""" LOGIN PASSWORD 'x';
CREATE ROLE regress_later LOGIN PASSWORD 'x';
CREATE ROLE regress_never LOGIN PASSWORD 'x' VALID UNTIL 'infinity';
CREATE ROLE regress_always LOGIN PASSWORD 'x' VALID UNTIL '-infinity';
CREATE ROLE regress_nothing LOGIN VALID UNTIL '2001-01-01';
CREATE ROLE regress_nologin NOLOGIN PASSWORD 'x' VALID UNTIL '2001-01-01';
DO $$
BEGIN
    EXECUTE format('ALTER ROLE "Regress ""soon""" VALID UNTIL %L', now() + interval '13 days');
    EXECUTE format('ALTER ROLE regress_later VALID UNTIL %L', now() + interval '15 days');
END
$$;
SELECT severity, status, object, regexp_replace(detail, '20[2-9]\d-\d\d-\d\d', 'YYYY-MM-DD') AS detail, fix FROM regress_passwords.verdict('password_expired_or_expiring');
GRANT pg_monitor TO "regress ""plain""";
SET ROLE "regress ""plain""";
SELECT status, object FROM regress_passwords.verdict('password_expired_or_expiring');
RESET ROLE;
REVOKE pg_monitor FROM "regress ""plain""";
UPDATE rds_guard.policy SET value = '16' WHERE name = 'password_warning_days';
SELECT object FROM regress_passwords.verdict('password_expired_or_expiring');
UPDATE rds_guard.policy SET value = '1000000000' WHERE name = 'password_warning_days';
SELECT object FROM regress_passwords.verdict('password_expired_or_expiring');
UPDATE rds_guard.policy SET value = '0' WHERE name = 'password_warning_days';
SELECT object FROM regress_passwords.verdict('password_expired_or_expiring');
UPDATE rds_guard.policy SET value = DEFAULT WHERE name = 'password_warning_days';
DROP ROLE regress_first, "Regress ""soon""", regress_later, regress_never, regress_always, regress_nothing, regress_nologin;

-- default_admin_role_name: itself, or one grant away; not who only has the name.
CREATE ROLE root LOGIN SUPERUSER;
CREATE ROLE regress_super NOLOGIN SUPERUSER;
CREATE ROLE regress_step;
CREATE ROLE "Administrator" LOGIN NOINHERIT;
GRANT regress_super TO regress_step;
GRANT regress_step TO "Administrator";
CREATE ROLE admin LOGIN;
CREATE ROLE sa NOLOGIN SUPERUSER;
CREATE ROLE superadmin LOGIN SUPERUSER;
SELECT * FROM regress_passwords.verdict('default_admin_role_name');
SET ROLE "regress ""plain""";
SELECT object FROM regress_passwords.verdict('default_admin_role_name');
RESET ROLE;
DROP ROLE root, regress_super, regress_step, "Administrator", admin, sa, superadmin;

-- authentication_timeout
SELECT * FROM regress_passwords.verdict('authentication_timeout');
ALTER SYSTEM SET authentication_timeout = 61;
SELECT pg_reload_conf() AS ok \gset
\c -
SELECT * FROM regress_passwords.verdict('authentication_timeout');
SET ROLE "regress ""plain""";
SELECT status, object FROM regress_passwords.verdict('authentication_timeout');
RESET ROLE;
SELECT fix FROM regress_passwords.verdict('authentication_timeout') \gset
:fix
\c -
SELECT status, detail FROM regress_passwords.verdict('authentication_timeout');
ALTER SYSTEM SET authentication_timeout = '10min';
SELECT pg_reload_conf() AS ok \gset
\c -
SELECT status, detail FROM regress_passwords.verdict('authentication_timeout');
ALTER SYSTEM RESET authentication_timeout;
SELECT pg_reload_conf() AS ok \gset
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;

-- md5_warnings_silenced: from 18 on; before, what is shown is a copy of the
-- right answer.
CREATE TABLE regress_passwords.seen (n integer, severity rds_guard.severity, status text, object text, detail text, fix text);
SELECT current_setting('server_version_num')::integer >= 180000 AS has_warnings \gset
\if :has_warnings
CREATE ROLE regress_off LOGIN;
CREATE ROLE regress_on LOGIN;
ALTER ROLE regress_off SET md5_password_warnings = 'fal';
ALTER ROLE regress_on SET md5_password_warnings = 'yes';
ALTER ROLE ALL SET md5_password_warnings = '0';
INSERT INTO regress_passwords.seen SELECT 1, v.* FROM regress_passwords.verdict('md5_warnings_silenced') AS v;
SELECT regress_passwords.mend('md5_warnings_silenced') AS ok \gset
ALTER SYSTEM SET md5_password_warnings = off;
SELECT pg_reload_conf() AS ok \gset
\c -
SET md5_password_warnings = on;
INSERT INTO regress_passwords.seen SELECT 2, v.* FROM regress_passwords.verdict('md5_warnings_silenced') AS v;
SELECT fix FROM regress_passwords.verdict('md5_warnings_silenced') \gset
ALTER SYSTEM RESET md5_password_warnings;
SELECT pg_reload_conf() AS ok \gset
\c -
SET md5_password_warnings = off;
INSERT INTO regress_passwords.seen SELECT 3, v.* FROM regress_passwords.verdict('md5_warnings_silenced') AS v;
DROP ROLE regress_off, regress_on;
\else
INSERT INTO regress_passwords.seen VALUES
    (1, 'low', 'fail', 'ROLE ALL', 'md5_password_warnings is 0 for ROLE ALL', 'ALTER ROLE ALL RESET md5_password_warnings;'),
    (1, 'low', 'fail', 'ROLE regress_off', 'md5_password_warnings is fal for ROLE regress_off', 'ALTER ROLE regress_off RESET md5_password_warnings;'),
    (2, 'low', 'fail', 'md5_password_warnings', 'md5_password_warnings is off', 'ALTER SYSTEM SET md5_password_warnings = ''on''; SELECT pg_reload_conf();'),
    (3, 'low', 'pass', NULL, NULL, NULL);
SELECT status = 'not_applicable' AS ok FROM rds_guard.report('{md5_warnings_silenced}') \gset
\endif
SELECT * FROM regress_passwords.seen ORDER BY n, object COLLATE "C";
\set SHOW_CONTEXT never
SET client_min_messages = error;

-- What is loaded decides; a setting that a session made up loads nothing. A plain
-- role may not see what is loaded.
SET passwordcheck.made_up = 1;
SET credcheck.max_auth_failure = 5;
SET credcheck.password_min_length = 20;
SET auth_delay.milliseconds = 500;
SET pgtle.enable_password_check = 'require';
SELECT check_id, severity, status, object, detail, fix FROM rds_guard.report('{password_policy_missing,password_policy_weak,bruteforce_protection_missing,pg_tle_hooks_untrusted}');
SET ROLE "regress ""plain""";
SELECT check_id, severity, status, object, detail, fix FROM rds_guard.report('{password_policy_missing,password_policy_weak,bruteforce_protection_missing,pg_tle_hooks_untrusted}');
SELECT f.fix AS "grant" FROM rds_guard.report('{password_policy_missing}') AS f \gset
RESET ROLE;
:grant
SET ROLE "regress ""plain""";
SELECT check_id, status FROM rds_guard.report('{password_policy_missing,password_policy_weak}');
RESET ROLE;
-- a schema and a table of that name are not pg_tle's
CREATE SCHEMA pgtle AUTHORIZATION "regress ""plain""";
CREATE TABLE pgtle.feature_info (feature text, schema_name text, proname text, obj_identity text);
INSERT INTO pgtle.feature_info VALUES ('passcheck', 'public', 'f', 'public.f()');
SELECT count(*) AS features FROM rds_guard.tle_features();
DROP SCHEMA pgtle CASCADE;
-- only on RDS
SELECT check_id, status, detail FROM rds_guard.report('{rds_accepted_password_method,rds_password_commands_unrestricted}');

DROP OWNED BY "regress ""plain""";
DROP SCHEMA regress_passwords CASCADE;
DROP ROLE "regress ""plain""", regress_group;
