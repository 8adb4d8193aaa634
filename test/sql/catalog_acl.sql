--
-- What was granted on the server's own objects and on those of extensions:
-- system_catalog_acl_drift, extension_acl_drift, dangerous_function_execute.
-- Each in a transaction of its own: a state in which it fails, twins on which
-- it must stay silent, then its own fixes, after which it passes.
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

CREATE ROLE regress_c_app LOGIN;
CREATE ROLE regress_c_group;
CREATE ROLE regress_c_watch LOGIN;
CREATE ROLE regress_c_root SUPERUSER;
GRANT pg_monitor TO regress_c_watch;

-- as initdb and CREATE EXTENSION leave it
SELECT check_id, status FROM rds_guard.report('{system_catalog_acl_drift,extension_acl_drift,dangerous_function_execute}');
SELECT count(*) FROM rds_guard.widened_grants();

--
-- system_catalog_acl_drift
--
-- The server keeps ordinary roles from writing to a catalog, but not to a
-- column of one that was granted to them.
BEGIN;
GRANT regress_c_group TO regress_c_app;
GRANT UPDATE (rolsuper), SELECT (rolname) ON pg_catalog.pg_authid TO regress_c_group;
SELECT * FROM pg_temp.report('system_catalog_acl_drift');
SAVEPOINT proof;
SET ROLE regress_c_app;
UPDATE pg_catalog.pg_authid SET rolsuper = true WHERE rolname = 'regress_c_app';
RESET ROLE;
SELECT rolsuper FROM pg_roles WHERE rolname = 'regress_c_app';
ROLLBACK TO proof;
CALL pg_temp.mend('system_catalog_acl_drift');
SELECT * FROM pg_temp.report('system_catalog_acl_drift');
SET ROLE regress_c_app;
\set VERBOSITY sqlstate
UPDATE pg_catalog.pg_authid SET rolsuper = true WHERE rolname = 'regress_c_app';
\set VERBOSITY default
ROLLBACK;

-- tables, views, columns, functions, schemas
BEGIN;
GRANT SELECT ON pg_catalog.pg_statistic, pg_catalog.pg_class TO regress_c_app;
GRANT SELECT ON pg_catalog.pg_user_mapping TO PUBLIC;
GRANT SELECT (subconninfo) ON pg_catalog.pg_subscription TO regress_c_app;
GRANT INSERT, DELETE ON pg_catalog.pg_settings TO regress_c_app;
GRANT UPDATE ON information_schema.sql_features TO regress_c_app;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_reset(), pg_catalog.pg_ls_waldir() TO regress_c_app;
GRANT USAGE ON SCHEMA pg_toast TO regress_c_app;
GRANT CREATE ON SCHEMA pg_catalog TO regress_c_app;
-- without a word: a list that is emptied is the default, not what initdb left
UPDATE pg_catalog.pg_proc SET proacl = NULL WHERE oid = 'pg_catalog.pg_ls_logdir()'::regprocedure;
-- silent: what everybody or a group of the role has anyway, what the server
-- does not let the role do all the same, superusers, less than before
GRANT SELECT ON pg_catalog.pg_attribute, information_schema.tables TO regress_c_group;
GRANT SELECT (relname) ON pg_catalog.pg_class TO regress_c_group;
GRANT EXECUTE ON FUNCTION pg_catalog.now() TO regress_c_group;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_waldir() TO regress_c_watch;
GRANT INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES ON pg_catalog.pg_class TO regress_c_group;
GRANT ALL ON pg_catalog.pg_statistic TO regress_c_root;
REVOKE SELECT ON pg_catalog.pg_tables FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION pg_catalog.version() FROM PUBLIC;
-- silent: the checks of their own
GRANT SELECT ON pg_catalog.pg_authid, pg_catalog.pg_shadow TO regress_c_group;
GRANT SELECT (rolname) ON pg_catalog.pg_authid TO regress_c_group;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO regress_c_group;
GRANT CREATE ON SCHEMA pg_catalog TO PUBLIC;
-- silent: a schema that is for granting on
GRANT ALL ON SCHEMA public TO regress_c_group;
SELECT * FROM pg_temp.report('system_catalog_acl_drift');
SELECT object, evidence FROM rds_guard.report('{system_catalog_acl_drift}') WHERE object ~ 'pg_settings|pg_subscription';
SELECT pg_temp.same_for('regress_c_watch', 'system_catalog_acl_drift');
-- one mistake, one finding
SELECT f.object FROM rds_guard.report('{privileges}') AS f WHERE f.status = 'fail' AND f.object ~ 'regress_c_group' ORDER BY f.object COLLATE "C";
CALL pg_temp.mend('system_catalog_acl_drift');
SELECT * FROM pg_temp.report('system_catalog_acl_drift');
-- what was there before is still there
SELECT has_table_privilege('public', 'pg_catalog.pg_settings', 'UPDATE'), has_function_privilege('pg_monitor', 'pg_catalog.pg_ls_waldir()', 'EXECUTE');
ROLLBACK;

-- MAINTAIN is not among what the server withholds (17 and later)
\if :from_17
BEGIN;
GRANT MAINTAIN ON pg_catalog.pg_class TO regress_c_app;
DO $$
BEGIN
    ASSERT (SELECT f.object = 'TABLE pg_catalog.pg_class TO regress_c_app' AND f.fix = 'REVOKE MAINTAIN ON TABLE pg_catalog.pg_class FROM regress_c_app;'
            FROM rds_guard.report('{system_catalog_acl_drift}') AS f);
END
$$;
ROLLBACK;
\endif

-- pg_hba.conf for a role that may ask us, which we tell it to get
BEGIN;
GRANT SELECT ON pg_catalog.pg_hba_file_rules TO regress_c_watch, regress_c_app;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO regress_c_watch, regress_c_app;
SELECT object FROM pg_temp.report('system_catalog_acl_drift');
ROLLBACK;

-- Somebody who was let to hand it on did: what the owner revokes is only the
-- owner's.
BEGIN;
GRANT SELECT ON pg_catalog.pg_statistic TO regress_c_app WITH GRANT OPTION;
SET ROLE regress_c_app;
GRANT SELECT ON pg_catalog.pg_statistic TO regress_c_group;
RESET ROLE;
SELECT * FROM pg_temp.report('system_catalog_acl_drift');
REVOKE SELECT ON pg_catalog.pg_statistic FROM regress_c_group;
SELECT object FROM pg_temp.report('system_catalog_acl_drift');
DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN SELECT f.fix FROM rds_guard.report('{system_catalog_acl_drift}') AS f ORDER BY f.object DESC LOOP
        EXECUTE statement;
    END LOOP;
END
$$;
SELECT object FROM pg_temp.report('system_catalog_acl_drift');
ROLLBACK;

-- an owner may do everything
BEGIN;
ALTER FUNCTION pg_catalog.pg_ls_tmpdir() OWNER TO regress_c_app;
SET allow_system_table_mods = on;
ALTER TABLE pg_catalog.pg_statistic OWNER TO regress_c_app;
RESET allow_system_table_mods;
SELECT * FROM pg_temp.report('system_catalog_acl_drift');
CALL pg_temp.mend('system_catalog_acl_drift');
SELECT * FROM pg_temp.report('system_catalog_acl_drift');
ROLLBACK;

-- information_schema is no part of the server that it could not do without
BEGIN;
SET client_min_messages = error;
DROP SCHEMA information_schema CASCADE;
GRANT SELECT ON pg_catalog.pg_statistic TO regress_c_app;
SELECT status, object FROM pg_temp.report('system_catalog_acl_drift');
ROLLBACK;

-- USAGE on an untrusted language seems to be everybody's and is nobody's, until
-- it is marked as trusted.
BEGIN;
SELECT lanname, has_language_privilege('public', oid, 'USAGE') FROM pg_language WHERE lanname IN ('c', 'internal') ORDER BY lanname;
UPDATE pg_catalog.pg_language SET lanpltrusted = true WHERE lanname = 'c';
SELECT * FROM pg_temp.report('system_catalog_acl_drift');
CALL pg_temp.mend('system_catalog_acl_drift');
SELECT * FROM pg_temp.report('system_catalog_acl_drift');
ROLLBACK;

--
-- extension_acl_drift: members borrowed from us for an extension that is
-- everywhere. What an object has when it becomes a member is what its author
-- gave.
--
BEGIN;
CREATE SCHEMA regress_c;
CREATE FUNCTION regress_c.reset() RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION regress_c.look() RETURNS void LANGUAGE sql AS '';
CREATE TABLE regress_c.settings (name text, secret text);
CREATE TABLE regress_c.plain (a integer);
CREATE SEQUENCE regress_c.numbers;
REVOKE EXECUTE ON FUNCTION regress_c.reset() FROM PUBLIC;
GRANT SELECT (name) ON regress_c.settings TO PUBLIC;
GRANT SELECT ON regress_c.settings TO pg_monitor;
ALTER EXTENSION plpgsql ADD FUNCTION regress_c.reset();
ALTER EXTENSION plpgsql ADD FUNCTION regress_c.look();
ALTER EXTENSION plpgsql ADD TABLE regress_c.settings;
ALTER EXTENSION plpgsql ADD TABLE regress_c.plain;
ALTER EXTENSION plpgsql ADD SEQUENCE regress_c.numbers;
SELECT * FROM pg_temp.report('extension_acl_drift', 'system_catalog_acl_drift');
GRANT EXECUTE ON FUNCTION regress_c.reset() TO regress_c_app, PUBLIC;
GRANT SELECT (secret), UPDATE (secret) ON regress_c.settings TO regress_c_app;
GRANT USAGE ON SEQUENCE regress_c.numbers TO PUBLIC;
GRANT SELECT ON regress_c.plain TO PUBLIC;
-- silent: what its author gave them; a role that works with it where the author
-- had nothing to say; superusers; our own
GRANT EXECUTE ON FUNCTION regress_c.look() TO regress_c_group;
GRANT SELECT ON regress_c.settings TO regress_c_watch;
GRANT SELECT (name) ON regress_c.settings TO regress_c_group;
GRANT INSERT ON regress_c.plain TO regress_c_group;
GRANT ALL ON regress_c.settings TO regress_c_root;
GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO regress_c_group;
SELECT * FROM pg_temp.report('extension_acl_drift');
SELECT object, evidence FROM rds_guard.report('{extension_acl_drift}');
SELECT pg_temp.same_for('regress_c_watch', 'extension_acl_drift');
SELECT * FROM pg_temp.report('system_catalog_acl_drift');
CALL pg_temp.mend('extension_acl_drift');
SELECT * FROM pg_temp.report('extension_acl_drift');
SELECT has_column_privilege('public', 'regress_c.settings', 'name', 'SELECT'), has_column_privilege('regress_c_app', 'regress_c.settings', 'secret', 'SELECT');
ROLLBACK;

--
-- dangerous_function_execute
--
-- the names are those of functions that are really kept from PUBLIC
SELECT d.name AS open_to_all FROM rds_guard.dangerous_functions() AS d
JOIN pg_proc AS p ON p.proname = d.name AND p.pronamespace = 'pg_catalog'::regnamespace
WHERE has_function_privilege('public', p.oid, 'EXECUTE');
SELECT count(DISTINCT d.name) >= 10 AS known_here FROM rds_guard.dangerous_functions() AS d
JOIN pg_proc AS p ON p.proname = d.name AND p.pronamespace = 'pg_catalog'::regnamespace;

BEGIN;
GRANT regress_c_group TO regress_c_app;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text), pg_catalog.pg_read_binary_file(text, bigint, bigint) TO regress_c_group;
GRANT EXECUTE ON FUNCTION pg_catalog.lo_export(oid, text) TO regress_c_app;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_reload_conf() TO PUBLIC;
-- a module of the kind of adminpack and dblink
CREATE SCHEMA "regress ""c";
CREATE FUNCTION "regress ""c".dblink_connect_u(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
REVOKE EXECUTE ON FUNCTION "regress ""c".dblink_connect_u(text) FROM PUBLIC;
ALTER EXTENSION plpgsql ADD FUNCTION "regress ""c".dblink_connect_u(text);
GRANT EXECUTE ON FUNCTION "regress ""c".dblink_connect_u(text) TO regress_c_app;
-- one that was left in pg_catalog
CREATE FUNCTION pg_catalog.pg_file_write(text, text, boolean) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
-- the same code under another name, which nobody took from PUBLIC
CREATE FUNCTION public.regress_c_harmless(text) RETURNS text LANGUAGE internal STRICT AS 'pg_read_file_all';
-- its twin, which is for superusers
CREATE FUNCTION public.regress_c_closed(text) RETURNS text LANGUAGE internal STRICT AS 'pg_read_file_all';
REVOKE EXECUTE ON FUNCTION public.regress_c_closed(text) FROM PUBLIC;
-- silent: other functions of the server and of other names, superusers, the
-- author's own grants, a function that only has such a name
GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_reset() TO regress_c_app;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_terminate_backend TO regress_c_app;
CREATE FUNCTION public.regress_c_lower(text) RETURNS text LANGUAGE internal STRICT AS 'lower';
CREATE FUNCTION public.pg_ls_dir(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1';
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO regress_c_root;
SELECT * FROM pg_temp.report('dangerous_function_execute');
SELECT object, evidence - 'owner' AS evidence FROM rds_guard.report('{dangerous_function_execute}') WHERE object ~ 'lo_export|harmless';
SELECT pg_temp.same_for('regress_c_watch', 'dangerous_function_execute');
-- not said twice
SELECT check_id, object FROM rds_guard.report('{system_catalog_acl_drift,extension_acl_drift}');
SAVEPOINT proof;
SET ROLE regress_c_app;
SELECT pg_read_file('PG_VERSION') <> '' AS reads_files, public.regress_c_harmless('PG_VERSION') <> '' AS so_does_its_twin;
ROLLBACK TO proof;
CALL pg_temp.mend('dangerous_function_execute');
SELECT * FROM pg_temp.report('dangerous_function_execute');
SAVEPOINT mended;
SET ROLE regress_c_app;
\set VERBOSITY sqlstate
SELECT pg_read_file('PG_VERSION');
ROLLBACK TO mended;
SET ROLE regress_c_app;
SELECT public.regress_c_harmless('PG_VERSION');
\set VERBOSITY default
ROLLBACK;

-- owners
BEGIN;
ALTER FUNCTION pg_catalog.pg_rotate_logfile() OWNER TO regress_c_app;
SELECT * FROM pg_temp.report('dangerous_function_execute');
CALL pg_temp.mend('dangerous_function_execute');
SELECT * FROM pg_temp.report('dangerous_function_execute', 'system_catalog_acl_drift');
ROLLBACK;

DROP ROLE regress_c_app, regress_c_group, regress_c_watch, regress_c_root;
