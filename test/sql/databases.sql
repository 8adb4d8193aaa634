--
-- Databases and templates: database_public_connect, database_public_temp,
-- template_database_tampered. Other databases of this server are not looked at.
--
SELECT current_setting('server_version_num')::integer >= 140000 AS from_14,
       current_setting('server_version_num')::integer >= 150000 AS from_15,
       current_setting('server_version_num')::integer >= 160000 AS from_16,
       current_setting('server_version_num')::integer >= 170000 AS from_17 \gset
\pset format unaligned
\pset tuples_only on
\pset fieldsep '\n    '
\pset null -

-- What a check says; the superuser of this server has any name.
CREATE FUNCTION pg_temp.report(VARIADIC check_ids text[])
    RETURNS TABLE (status rds_guard.status, object text, detail text, fix text)
LANGUAGE sql AS $$
    SELECT f.status, f.object, f.detail, replace(f.fix, 'OWNER TO ' || (SELECT quote_ident(rolname) FROM pg_roles WHERE oid = 10), 'OWNER TO SUPERUSER')
    FROM rds_guard.report(check_ids) AS f
$$;
-- Does what a check says, to the letter.
CREATE PROCEDURE pg_temp.mend(VARIADIC check_ids text[])
LANGUAGE plpgsql SET client_min_messages = error AS $$
DECLARE
    statement text;
BEGIN
    FOR statement IN SELECT DISTINCT f.fix FROM rds_guard.report(check_ids) AS f WHERE f.status = 'fail' AND f.fix IS NOT NULL ORDER BY 1 LOOP
        EXECUTE statement;
    END LOOP;
END
$$;
-- Whether a role that may see nothing but the catalogs gets the same answer.
CREATE FUNCTION pg_temp.same_for(role name, VARIADIC check_ids text[]) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    mine CONSTANT text := (SELECT string_agg(f::text, ';') FROM rds_guard.report(check_ids) AS f);
    other text;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    other := (SELECT string_agg(f::text, ';') FROM rds_guard.report(check_ids) AS f);
    RESET ROLE;
    RETURN mine = other;
END
$$;

CREATE ROLE regress_d_owner;
CREATE ROLE regress_d_app LOGIN;
CREATE ROLE regress_d_watch LOGIN;
GRANT pg_monitor TO regress_d_watch;
-- as made, without a list of privileges
CREATE DATABASE regress_d_plain OWNER regress_d_owner;
CREATE DATABASE "regress_d "" x";
CREATE DATABASE regress_d_shut;
CREATE DATABASE regress_d_template IS_TEMPLATE true;
SELECT datname FROM pg_database WHERE datname LIKE 'regress\_d%' AND datacl IS NULL ORDER BY datname COLLATE "C";

BEGIN;
GRANT CONNECT, TEMPORARY ON DATABASE "regress_d "" x" TO regress_d_app;
UPDATE pg_database SET datallowconn = false WHERE datname = 'regress_d_shut';
SELECT * FROM pg_temp.report('database_public_connect', 'database_public_temp') WHERE object ~ 'regress_d';
SELECT object, evidence - 'owner' AS evidence FROM rds_guard.report('{database_public_connect,database_public_temp}') WHERE object ~ 'regress_d.*x';
SELECT evidence FROM rds_guard.report('{database_public_connect}') WHERE object = 'regress_d_plain';
SELECT pg_temp.same_for('regress_d_watch', 'database_public_connect', 'database_public_temp');
-- the one without the other
REVOKE CONNECT ON DATABASE regress_d_plain FROM PUBLIC;
SELECT check_id FROM rds_guard.report('{database_public_connect,database_public_temp}') WHERE object = 'regress_d_plain';
DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN SELECT f.fix FROM rds_guard.report('{database_public_connect,database_public_temp}') AS f WHERE f.object ~ 'regress_d' LOOP
        EXECUTE statement;
    END LOOP;
END
$$;
SELECT * FROM pg_temp.report('database_public_connect', 'database_public_temp') WHERE object ~ 'regress_d';
-- the roles that were named keep it
SELECT has_database_privilege('regress_d_app', 'regress_d " x', 'CONNECT'), has_database_privilege('regress_d_watch', 'regress_d " x', 'CONNECT'),
       has_database_privilege('regress_d_owner', 'regress_d_plain', 'CONNECT');
ROLLBACK;

-- Somebody who was let to hand it on did.
BEGIN;
REVOKE ALL ON DATABASE regress_d_plain FROM PUBLIC;
GRANT CONNECT ON DATABASE regress_d_plain TO regress_d_app WITH GRANT OPTION;
SET ROLE regress_d_app;
GRANT CONNECT ON DATABASE regress_d_plain TO PUBLIC;
RESET ROLE;
SELECT * FROM pg_temp.report('database_public_connect') WHERE object ~ 'regress_d_plain';
ROLLBACK;

-- Tools look for the database postgres; what counts is whether there is
-- anything in it, which is seen from inside.
SELECT object FROM rds_guard.report('{database_public_connect,database_public_temp}') WHERE object IN ('postgres', 'template1', 'template0', 'regress_d_template');
SELECT name FROM rds_guard.user_databases() WHERE name IN ('postgres', 'template1', 'regress_d_template');

--
-- template_database_tampered
--
SELECT * FROM pg_temp.report('template_database_tampered');
BEGIN;
ALTER DATABASE template0 ALLOW_CONNECTIONS true;
ALTER DATABASE template1 IS_TEMPLATE false;
ALTER DATABASE template1 OWNER TO regress_d_owner;
GRANT CREATE, TEMPORARY ON DATABASE template0 TO PUBLIC;
GRANT CREATE ON DATABASE template1 TO regress_d_app;
GRANT CREATE ON DATABASE regress_d_template TO PUBLIC, regress_d_owner;
SELECT * FROM pg_temp.report('template_database_tampered');
SELECT object, evidence FROM rds_guard.report('{template_database_tampered}') WHERE object = 'template0';
SELECT pg_temp.same_for('regress_d_watch', 'template_database_tampered');
CALL pg_temp.mend('template_database_tampered');
SELECT * FROM pg_temp.report('template_database_tampered');
-- as initdb left it
SELECT datname, datallowconn, datistemplate, has_database_privilege('public', oid, 'CONNECT') AS connect, has_database_privilege('public', oid, 'TEMPORARY') AS temp
FROM pg_database WHERE datname IN ('template0', 'template1') ORDER BY datname;
ROLLBACK;
-- silent: CONNECT, administrators, an owner and who can become it
BEGIN;
GRANT regress_d_owner TO regress_d_app;
GRANT CONNECT ON DATABASE template1 TO regress_d_app;
ALTER DATABASE regress_d_template OWNER TO regress_d_owner;
GRANT CREATE ON DATABASE regress_d_template TO regress_d_app;
SELECT * FROM pg_temp.report('template_database_tampered');
-- no list of privileges is not the list that initdb made
UPDATE pg_database SET datacl = NULL WHERE datname = 'template1';
SELECT * FROM pg_temp.report('template_database_tampered');
ROLLBACK;

-- What stands in template1 is seen there, and nothing but.
SELECT count(*) AS objects_here FROM rds_guard.report('{template_database_tampered}') AS f WHERE f.detail ~ 'holds';
DROP DATABASE regress_d_plain;
DROP DATABASE "regress_d "" x";
DROP DATABASE regress_d_shut;
ALTER DATABASE regress_d_template IS_TEMPLATE false;
DROP DATABASE regress_d_template;
DROP ROLE regress_d_owner, regress_d_app, regress_d_watch;
