-- The checks of category authentication. What pg_hba.conf decides is tested
-- with servers of their own; this one lets in everybody through its socket.
\set SHOW_CONTEXT never
SET client_min_messages = error;
CREATE SCHEMA regress_auth;
GRANT USAGE ON SCHEMA regress_auth TO PUBLIC;
-- The rows about roles of this test, or the one that gives the verdict.
CREATE FUNCTION regress_auth.verdict(of_check text)
    RETURNS TABLE (status rds_guard.status, object text, detail text, fix text) LANGUAGE sql AS $$
    SELECT f.status, f.object,
           regexp_replace(regexp_replace(f.detail, 'line \d+', 'line N', 'g'), 'has \d+ connections', 'has N connections'),
           regexp_replace(f.fix, '\d{4}-\d\d-\d\d', 'YYYY-MM-DD')
    FROM rds_guard.report(ARRAY[of_check]) AS f
    WHERE f.object IS NULL OR f.object ~* '(regress|all|password_encryption|scram_iterations)'
$$;
-- Executes what the rows say.
CREATE FUNCTION regress_auth.mend(of_check text) RETURNS void LANGUAGE plpgsql AS $$
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

-- password_encryption_md5: the server's value. It was md5 up to 13.
ALTER SYSTEM SET password_encryption = 'MD5';
SELECT pg_reload_conf();
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;
SELECT * FROM regress_auth.verdict('password_encryption_md5');
-- a session's own value changes nothing for whoever can read the files
SET password_encryption = 'scram-sha-256';
SELECT status, object FROM regress_auth.verdict('password_encryption_md5');
-- nor for who cannot: what a session sets, RESET would take back
SET ROLE "regress ""plain""";
SELECT f.status, f.detail, f.remedy, f.fix FROM rds_guard.report('{password_encryption_md5}') AS f;
RESET password_encryption;
SELECT f.status FROM rds_guard.report('{password_encryption_md5}') AS f;
RESET ROLE;
SELECT fix FROM regress_auth.verdict('password_encryption_md5') \gset
:fix
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;
SELECT * FROM regress_auth.verdict('password_encryption_md5');
SET password_encryption = 'md5';
SELECT * FROM regress_auth.verdict('password_encryption_md5');
RESET password_encryption;
-- Overrides of every scope; roles that cannot log in may get LOGIN. The
-- harmless twins say the safe value in other words.
CREATE ROLE regress_one LOGIN CONNECTION LIMIT 1;
CREATE ROLE regress_two LOGIN CONNECTION LIMIT 1;
CREATE ROLE regress_group;
ALTER ROLE regress_one SET password_encryption = 'md5';
ALTER ROLE regress_two IN DATABASE :"DBNAME" SET password_encryption = 'Md5';
ALTER ROLE regress_two SET password_encryption = 'SCRAM-SHA-256';
ALTER ROLE regress_group SET password_encryption = 'md5';
ALTER ROLE ALL SET Password_Encryption = 'MD5';
SELECT status, replace(object, :'DBNAME', 'here') AS object, replace(detail, :'DBNAME', 'here') AS detail, replace(fix, :'DBNAME', 'here') AS fix
FROM rds_guard.report('{password_encryption_md5}');
SELECT regress_auth.mend('password_encryption_md5');
SELECT * FROM regress_auth.verdict('password_encryption_md5');
SET ROLE "regress ""plain""";
SELECT f.status FROM rds_guard.report('{password_encryption_md5}') AS f;
RESET ROLE;
ALTER ROLE regress_two RESET password_encryption;
DROP ROLE regress_one, regress_two, regress_group;

-- md5_password_hashes: whether or not it can be used now.
SELECT * FROM regress_auth.verdict('md5_password_hashes');
SET password_encryption = 'md5';
CREATE ROLE regress_md5 LOGIN PASSWORD 'x' CONNECTION LIMIT 1;
CREATE ROLE "regress md5 nologin" NOLOGIN PASSWORD 'x';
CREATE ROLE regress_md5_expired LOGIN PASSWORD 'x' VALID UNTIL '2001-01-01' CONNECTION LIMIT 1;
SET password_encryption = 'scram-sha-256';
CREATE ROLE regress_scram LOGIN PASSWORD 'md5' CONNECTION LIMIT 1;
CREATE ROLE md5_regress LOGIN CONNECTION LIMIT 1;
SELECT * FROM regress_auth.verdict('md5_password_hashes');
-- psql's \password asks; this is what it does with the answer
ALTER ROLE regress_md5 PASSWORD 'y';
ALTER ROLE "regress md5 nologin" PASSWORD NULL;
ALTER ROLE regress_md5_expired PASSWORD 'y';
SELECT * FROM regress_auth.verdict('md5_password_hashes');
-- a plain role does not see it; the GRANT of the row shows it
SET password_encryption = 'md5';
ALTER ROLE regress_md5 PASSWORD 'x';
RESET password_encryption;
SET ROLE "regress ""plain""";
SELECT f.check_id, f.status, f.object, f.detail, f.fix
FROM rds_guard.report('{md5_password_hashes,scram_low_iterations,password_no_expiry,login_without_password,superuser_password_auth}') AS f;
SELECT f.fix AS "grant" FROM rds_guard.report('{md5_password_hashes}') AS f \gset
RESET ROLE;
:grant
SET ROLE "regress ""plain""";
SELECT f.status, f.object FROM rds_guard.report('{md5_password_hashes}') AS f;
RESET ROLE;
REVOKE ALL ON pg_catalog.pg_authid FROM "regress ""plain""";
SET ROLE "regress ""plain""";
SELECT f.status FROM rds_guard.report('{md5_password_hashes}') AS f;
RESET ROLE;
ALTER ROLE regress_md5 PASSWORD NULL;

-- scram_low_iterations: by the stored verifier, taken back again.
BEGIN;
SET LOCAL allow_system_table_mods = on;
UPDATE pg_authid SET rolpassword = 'SCRAM-SHA-256$' || CASE rolname WHEN 'regress_md5' THEN 4095 WHEN 'regress_scram' THEN 4096 ELSE 1 END
                                   || ':c2FsdHNhbHRzYWx0c2Fs$' || repeat('A', 43) || '=:' || repeat('A', 43) || '='
WHERE rolname IN ('regress_md5', 'regress_scram', 'regress md5 nologin');
SELECT * FROM regress_auth.verdict('scram_low_iterations');
-- the server's own parser takes these for 1 and for a negative number
UPDATE pg_authid SET rolpassword = replace(replace(rolpassword, '$4095:', '$-5:'), '$1:', '$4294967297:') WHERE rolname LIKE 'regress%';
SELECT * FROM regress_auth.verdict('scram_low_iterations');
ROLLBACK;
SELECT * FROM regress_auth.verdict('scram_low_iterations');
-- From 16 on there is a setting, which any role may lower for itself, and
-- which takes other spellings of numbers; before there is none, and what is
-- shown there is only a copy of the right answer.
CREATE TABLE regress_auth.seen (n integer, status text, object text, detail text, fix text);
SELECT current_setting('server_version_num')::integer >= 160000 AS has_iterations \gset
\if :has_iterations
ALTER SYSTEM SET scram_iterations = 4095;
SELECT pg_reload_conf() AS ok \gset
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;
SET scram_iterations = 5000;
ALTER ROLE regress_scram SET scram_iterations = 1;
ALTER ROLE regress_md5 SET scram_iterations = '0x10';
ALTER ROLE regress_md5_expired SET scram_iterations = 4096;
INSERT INTO regress_auth.seen SELECT 1, v.* FROM regress_auth.verdict('scram_low_iterations') AS v;
SELECT regress_auth.mend('scram_low_iterations') AS ok \gset
INSERT INTO regress_auth.seen SELECT 2, v.* FROM regress_auth.verdict('scram_low_iterations') AS v;
SELECT fix FROM regress_auth.verdict('scram_low_iterations') \gset
ALTER SYSTEM RESET scram_iterations;
SELECT pg_reload_conf() AS ok \gset
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;
SET scram_iterations = 1;
INSERT INTO regress_auth.seen SELECT 3, v.* FROM regress_auth.verdict('scram_low_iterations') AS v;
\else
INSERT INTO regress_auth.seen VALUES
    (1, 'fail', 'ROLE regress_md5', 'scram_iterations is 0x10 for ROLE regress_md5', 'ALTER ROLE regress_md5 RESET scram_iterations;'),
    (1, 'fail', 'ROLE regress_scram', 'scram_iterations is 1 for ROLE regress_scram', 'ALTER ROLE regress_scram RESET scram_iterations;'),
    (1, 'fail', 'scram_iterations', 'scram_iterations is 4095', 'ALTER SYSTEM SET scram_iterations = ''4096''; SELECT pg_reload_conf();'),
    (2, 'fail', 'scram_iterations', 'scram_iterations is 4095', 'ALTER SYSTEM SET scram_iterations = ''4096''; SELECT pg_reload_conf();'),
    (3, 'pass', NULL, NULL, NULL);
\endif
SELECT * FROM regress_auth.seen ORDER BY n, object COLLATE "C";
ALTER ROLE regress_md5_expired RESET ALL;
DROP ROLE regress_md5, "regress md5 nologin", regress_md5_expired, regress_scram, md5_regress;

-- password_no_expiry: of roles that can log in with one.
SELECT * FROM regress_auth.verdict('password_no_expiry');
CREATE ROLE regress_never LOGIN PASSWORD 'x' CONNECTION LIMIT 1;
CREATE ROLE "Regress infinity" LOGIN PASSWORD 'x' VALID UNTIL 'infinity' CONNECTION LIMIT 1;
CREATE ROLE regress_some_day LOGIN PASSWORD 'x' VALID UNTIL '2100-01-01' CONNECTION LIMIT 1;
CREATE ROLE regress_expired LOGIN PASSWORD 'x' VALID UNTIL '-infinity' CONNECTION LIMIT 1;
CREATE ROLE regress_no_password LOGIN CONNECTION LIMIT 1;
CREATE ROLE regress_no_login NOLOGIN PASSWORD 'x';
SELECT * FROM regress_auth.verdict('password_no_expiry');
SELECT regress_auth.mend('password_no_expiry');
SELECT * FROM regress_auth.verdict('password_no_expiry');
SELECT rolname, rolvaliduntil > now() + interval '80 days' AND rolvaliduntil < now() + interval '91 days' AS set
FROM pg_roles WHERE rolname IN ('regress_never', 'Regress infinity') ORDER BY rolname COLLATE "C";
DROP ROLE regress_never, "Regress infinity", regress_some_day, regress_expired, regress_no_password, regress_no_login;

-- login_without_password: here every role that may log in. Names that mean
-- others in pg_hba.conf stand in quotes.
CREATE ROLE regress_open LOGIN CONNECTION LIMIT 1;
CREATE ROLE "all" LOGIN CONNECTION LIMIT 1;
CREATE ROLE "+regress_open" LOGIN CONNECTION LIMIT 1;
CREATE ROLE "/^regress" LOGIN CONNECTION LIMIT 1;
CREATE ROLE regress_no_login;
CREATE ROLE regress_password LOGIN PASSWORD 'x' VALID UNTIL '2100-01-01' CONNECTION LIMIT 1;
ALTER ROLE "regress ""plain""" NOLOGIN;
SELECT * FROM regress_auth.verdict('login_without_password');
-- without them only the superuser's row remains, which is not shown here
ALTER ROLE regress_open NOLOGIN;
ALTER ROLE "+regress_open" PASSWORD 'x' VALID UNTIL '2100-01-01';
DROP ROLE "all", "/^regress";
SELECT * FROM regress_auth.verdict('login_without_password');
-- a plain role: one GRANT after the other
SET ROLE "regress ""plain""";
SELECT f.status, f.detail FROM rds_guard.report('{login_without_password}') AS f;
SELECT f.fix AS "grant" FROM rds_guard.report('{login_without_password}') AS f \gset
RESET ROLE;
:grant
SET ROLE "regress ""plain""";
SELECT f.status, f.detail FROM rds_guard.report('{login_without_password}') AS f;
SELECT f.fix AS "grant" FROM rds_guard.report('{login_without_password}') AS f \gset
RESET ROLE;
:grant
SET ROLE "regress ""plain""";
-- now it sees that the superuser needs no password
SELECT DISTINCT f.status FROM rds_guard.report('{login_without_password}') AS f;
RESET ROLE;
REVOKE ALL ON pg_catalog.pg_authid, pg_catalog.pg_hba_file_rules FROM "regress ""plain""";
REVOKE ALL ON FUNCTION pg_catalog.pg_hba_file_rules() FROM "regress ""plain""";
DROP ROLE regress_open, "+regress_open", regress_no_login, regress_password;

-- superuser_password_auth: a password that nothing asks for is none.
CREATE ROLE regress_super SUPERUSER LOGIN PASSWORD 'x' VALID UNTIL '2100-01-01';
SELECT * FROM regress_auth.verdict('superuser_password_auth');
-- For a plain role it takes both: the password and the way in. Never pass
-- before that.
SET ROLE "regress ""plain""";
SELECT f.status, f.detail, f.fix FROM rds_guard.report('{superuser_password_auth}') AS f;
SELECT f.fix AS "grant" FROM rds_guard.report('{superuser_password_auth}') AS f \gset
RESET ROLE;
:grant
SET ROLE "regress ""plain""";
SELECT f.status, f.detail, f.fix FROM rds_guard.report('{superuser_password_auth}') AS f;
SELECT f.fix AS "grant" FROM rds_guard.report('{superuser_password_auth}') AS f \gset
RESET ROLE;
-- half of it is not enough
GRANT SELECT ON pg_catalog.pg_hba_file_rules TO "regress ""plain""";
SET ROLE "regress ""plain""";
SELECT f.status FROM rds_guard.report('{superuser_password_auth}') AS f;
RESET ROLE;
:grant
SET ROLE "regress ""plain""";
SELECT f.status FROM rds_guard.report('{superuser_password_auth}') AS f;
RESET ROLE;
REVOKE ALL ON FUNCTION pg_catalog.pg_hba_file_rules() FROM "regress ""plain""";
-- where no superuser can use a stored password, pg_hba.conf may ask the one
-- that runs this for another
ALTER ROLE regress_super VALID UNTIL '2001-01-01';
SET ROLE "regress ""plain""";
SELECT f.status FROM rds_guard.report('{superuser_password_auth}') AS f;
RESET ROLE;
ALTER ROLE regress_super VALID UNTIL 'infinity' NOLOGIN;
SET ROLE "regress ""plain""";
SELECT f.status FROM rds_guard.report('{superuser_password_auth}') AS f;
RESET ROLE;
ALTER ROLE regress_super LOGIN NOSUPERUSER;
SET ROLE "regress ""plain""";
SELECT f.status FROM rds_guard.report('{superuser_password_auth}') AS f;
RESET ROLE;
DROP ROLE regress_super;
-- where no superuser can log in at all there is nobody to ask, which everybody sees
REVOKE ALL ON pg_catalog.pg_authid, pg_catalog.pg_hba_file_rules FROM "regress ""plain""";
BEGIN;
DO $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT rolname FROM pg_roles WHERE rolsuper AND rolcanlogin LOOP
        EXECUTE format('ALTER ROLE %I NOLOGIN', r.rolname);
    END LOOP;
END
$$;
SELECT f.status FROM rds_guard.report('{superuser_password_auth}') AS f;
SET LOCAL ROLE "regress ""plain""";
SELECT f.status FROM rds_guard.report('{superuser_password_auth}') AS f;
ROLLBACK;
SET ROLE "regress ""plain""";
SELECT f.status FROM rds_guard.report('{superuser_password_auth}') AS f;
RESET ROLE;

-- connection_limit_unlimited: visible to everybody; superusers are not bound.
SELECT * FROM regress_auth.verdict('connection_limit_unlimited');
CREATE ROLE "Regress many" LOGIN;
CREATE ROLE regress_none_at_all LOGIN CONNECTION LIMIT 0;
CREATE ROLE regress_group NOLOGIN;
CREATE ROLE regress_super SUPERUSER LOGIN;
CREATE ROLE pgregress_looks_internal LOGIN;
SET ROLE "regress ""plain""";
SELECT f.status, f.object FROM rds_guard.report('{connection_limit_unlimited}') AS f;
RESET ROLE;
SELECT status, object, detail, fix = format('ALTER ROLE %s CONNECTION LIMIT %s;', object, current_setting('max_connections')::integer / 4) AS fix
FROM regress_auth.verdict('connection_limit_unlimited');
SELECT regress_auth.mend('connection_limit_unlimited');
SELECT * FROM regress_auth.verdict('connection_limit_unlimited');
DROP ROLE "Regress many", regress_none_at_all, regress_group, regress_super, pgregress_looks_internal;

-- IAM: not here, whatever the roles are called.
CREATE ROLE rds_superuser;
CREATE ROLE rds_iam;
CREATE ROLE rds_ad;
CREATE ROLE regress_rds LOGIN PASSWORD 'x' VALID UNTIL '2100-01-01' CONNECTION LIMIT 1 IN ROLE rds_superuser, rds_iam, rds_ad;
SELECT f.check_id, f.status, f.detail FROM rds_guard.report('{iam_kerberos_conflict,iam_auth_not_used,superuser_password_auth,rds_superuser_members}') AS f;
SET rds.force_ssl = 1;
SELECT f.check_id, f.status FROM rds_guard.report('{iam_kerberos_conflict,iam_auth_not_used}') AS f;
DROP ROLE regress_rds, rds_superuser, rds_iam, rds_ad;

ALTER SYSTEM RESET password_encryption;
SELECT pg_reload_conf();
DROP SCHEMA regress_auth CASCADE;
DROP OWNED BY "regress ""plain""";
DROP ROLE "regress ""plain""";
SELECT count(*) AS left_behind FROM pg_roles WHERE rolname ~* 'regress';
SELECT count(*) AS left_behind FROM rds_guard.setting_overrides() WHERE name IN ('password_encryption', 'scram_iterations');
