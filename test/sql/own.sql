--
-- my_report(): what a role with no grant of ours finds out about itself. Each
-- own_ check fails, passes after its fix, and never speaks of others.
--
\pset format unaligned
\pset tuples_only on
\pset fieldsep '\n    '
\pset null -

-- The finding of one check, without the name of this server's superuser and
-- without the date of today.
CREATE SCHEMA regress_o;
GRANT USAGE ON SCHEMA regress_o TO PUBLIC;
CREATE FUNCTION regress_o.mine(check_id text)
    RETURNS TABLE (status rds_guard.status, object text, detail text, fix text)
LANGUAGE sql AS $$
    SELECT f.status, f.object, f.detail,
           regexp_replace(replace(f.fix, ' GRANTED BY ' || (SELECT quote_ident(rolname) FROM pg_catalog.pg_roles WHERE oid = 10), ''),
                          '\d{4}-\d\d-\d\d', 'DATE')
    FROM rds_guard.my_report(ARRAY[check_id]) AS f
$$;
-- Lets the role itself do what the check says.
CREATE PROCEDURE regress_o.mend(check_id text) LANGUAGE plpgsql AS $$
DECLARE
    statement text;
BEGIN
    FOR statement IN SELECT f.fix FROM rds_guard.my_report(ARRAY[check_id]) AS f WHERE f.status = 'fail' LOOP
        EXECUTE statement;
    END LOOP;
END
$$;

CREATE ROLE regress_o_ann LOGIN NOINHERIT;
CREATE ROLE regress_o_bob LOGIN;
CREATE ROLE regress_o_group;
CREATE ROLE regress_o_root SUPERUSER;
GRANT CREATE ON SCHEMA regress_o TO regress_o_ann, regress_o_bob, regress_o_group;

-- Nothing is wrong with a role that has nothing. Whether its password expires
-- it cannot know, as it cannot see whether it has one.
SET SESSION AUTHORIZATION regress_o_bob;
SELECT check_id, status, object, detail, fix FROM rds_guard.my_report('{own}') ORDER BY check_id;
-- This session is part of it, the server is not.
SELECT DISTINCT c.scope FROM rds_guard.my_report() AS f JOIN rds_guard.checks AS c USING (check_id) ORDER BY 1;
SELECT count(DISTINCT f.check_id) = count(DISTINCT c.check_id) AS all
FROM rds_guard.checks AS c LEFT JOIN rds_guard.my_report() AS f USING (check_id) WHERE c.scope IN ('role', 'session');

-- only
SELECT check_id FROM rds_guard.my_report('{own_attributes,own_superuser_path}') ORDER BY 1;
SELECT count(*) FROM rds_guard.my_report('{}');
SELECT array_agg(check_id ORDER BY check_id) = (SELECT array_agg(check_id ORDER BY check_id) FROM rds_guard.checks WHERE category = 'own') AS all
FROM rds_guard.my_report('{own,own_attributes}');
\set VERBOSITY terse
SELECT * FROM rds_guard.my_report('{own_attributes,nonsense}');
-- a check of the server is not for everybody, and not mine
SELECT * FROM rds_guard.my_report('{superuser_count}');
SELECT * FROM rds_guard.my_report(ARRAY[NULL]);
SELECT * FROM rds_guard.report('{own}');
\set VERBOSITY sqlstate
SELECT * FROM rds_guard.my_report('{nonsense}');
\set VERBOSITY default
RESET SESSION AUTHORIZATION;

--
-- own_superuser_path, through a group and although nothing is inherited
--
GRANT regress_o_root TO regress_o_group;
GRANT regress_o_group TO regress_o_ann;
GRANT pg_read_server_files TO regress_o_ann;
SET SESSION AUTHORIZATION regress_o_bob;
SELECT * FROM regress_o.mine('own_superuser_path');
SET SESSION AUTHORIZATION regress_o_ann;
SELECT * FROM regress_o.mine('own_superuser_path');
SELECT object, severity, evidence FROM rds_guard.my_report('{own_superuser_path}');
-- after SET ROLE it is about that role: a group asks for itself
SET ROLE regress_o_group;
SELECT * FROM regress_o.mine('own_superuser_path');
RESET ROLE;
SELECT string_agg(fix, ' ') AS fix FROM rds_guard.my_report('{own_superuser_path}') \gset
RESET SESSION AUTHORIZATION;
:fix
SET SESSION AUTHORIZATION regress_o_ann;
SELECT * FROM regress_o.mine('own_superuser_path');
RESET SESSION AUTHORIZATION;
REVOKE regress_o_group FROM regress_o_ann;

--
-- own_attributes
--
ALTER ROLE regress_o_ann CREATEDB CREATEROLE BYPASSRLS;
SET SESSION AUTHORIZATION regress_o_bob;
SELECT * FROM regress_o.mine('own_attributes');
SET SESSION AUTHORIZATION regress_o_ann;
SELECT * FROM regress_o.mine('own_attributes');
SELECT evidence FROM rds_guard.my_report('{own_attributes}');
SELECT fix FROM rds_guard.my_report('{own_attributes}') \gset
RESET SESSION AUTHORIZATION;
:fix
SET SESSION AUTHORIZATION regress_o_ann;
SELECT * FROM regress_o.mine('own_attributes');
RESET SESSION AUTHORIZATION;
-- attributes are not inherited: being a member of a superuser is another check
GRANT regress_o_root TO regress_o_bob;
SET SESSION AUTHORIZATION regress_o_bob;
SELECT * FROM regress_o.mine('own_attributes');
SET ROLE regress_o_root;
SELECT * FROM regress_o.mine('own_attributes');
RESET SESSION AUTHORIZATION;
REVOKE regress_o_root FROM regress_o_bob;

--
-- own_objects_public
--
CREATE FOREIGN DATA WRAPPER regress_o_wrapper;
CREATE SERVER regress_o_server FOREIGN DATA WRAPPER regress_o_wrapper;
GRANT USAGE ON FOREIGN SERVER regress_o_server TO regress_o_ann;
GRANT regress_o_group TO regress_o_ann;
SET SESSION AUTHORIZATION regress_o_ann;
CREATE TABLE regress_o.plain (a integer, "b ""b" integer, c integer);
CREATE TABLE regress_o.parted (a integer) PARTITION BY LIST (a);
CREATE TABLE regress_o.part PARTITION OF regress_o.parted DEFAULT;
CREATE VIEW regress_o.view AS SELECT 1 AS a;
CREATE MATERIALIZED VIEW regress_o.matview AS SELECT 1 AS a;
CREATE FOREIGN TABLE regress_o.far (a integer) SERVER regress_o_server;
CREATE SEQUENCE regress_o.seq;
CREATE TABLE regress_o."1; DROP" (a integer);
GRANT INSERT, SELECT ON regress_o.plain TO PUBLIC;
GRANT UPDATE ("b ""b") ON regress_o.plain TO PUBLIC;
GRANT SELECT ON regress_o.part, regress_o.view, regress_o.matview, regress_o.far, regress_o.seq TO PUBLIC;
-- a column alone
GRANT SELECT (a) ON regress_o."1; DROP" TO PUBLIC;
-- silent: no list, a list of somebody, a temporary table, a column that is gone
CREATE TABLE regress_o.closed (a integer, gone integer);
GRANT SELECT ON regress_o.closed TO regress_o_bob;
GRANT SELECT (gone) ON regress_o.closed TO PUBLIC;
ALTER TABLE regress_o.closed DROP COLUMN gone;
CREATE TEMP TABLE regress_o_temp (a integer);
GRANT SELECT ON regress_o_temp TO PUBLIC;
-- nor is what the group owns mine, nor what others own
SET ROLE regress_o_group;
CREATE TABLE regress_o.of_group (a integer);
GRANT SELECT ON regress_o.of_group TO PUBLIC;
SET SESSION AUTHORIZATION regress_o_bob;
CREATE TABLE regress_o.of_bob (a integer);
GRANT SELECT ON regress_o.of_bob TO PUBLIC;
SELECT * FROM regress_o.mine('own_objects_public');
SET SESSION AUTHORIZATION regress_o_ann;
SELECT * FROM regress_o.mine('own_objects_public');
SELECT object, evidence FROM rds_guard.my_report('{own_objects_public}') WHERE object = 'regress_o.plain';
SET ROLE regress_o_group;
SELECT object FROM regress_o.mine('own_objects_public');
RESET ROLE;
-- the owner can mend it alone
CALL regress_o.mend('own_objects_public');
SELECT * FROM regress_o.mine('own_objects_public');
-- Somebody who was let to hand it on did. The owner can only take back the
-- right to.
GRANT SELECT ON regress_o.plain TO PUBLIC;
GRANT SELECT, UPDATE (c) ON regress_o.plain TO regress_o_bob WITH GRANT OPTION;
SET SESSION AUTHORIZATION regress_o_bob;
GRANT SELECT, UPDATE (c) ON regress_o.plain TO PUBLIC;
SET SESSION AUTHORIZATION regress_o_ann;
REVOKE SELECT, UPDATE (c) ON regress_o.plain FROM PUBLIC;
GRANT INSERT ON regress_o.plain TO PUBLIC;
SELECT * FROM regress_o.mine('own_objects_public');
CALL regress_o.mend('own_objects_public');
SELECT * FROM regress_o.mine('own_objects_public');
RESET SESSION AUTHORIZATION;
SELECT object FROM rds_guard.report('{public_table_grants,public_column_grants}') WHERE object LIKE 'regress\_o.%';

--
-- own_default_privileges_public
--
ALTER DEFAULT PRIVILEGES FOR ROLE regress_o_bob GRANT SELECT ON TABLES TO PUBLIC;
SET SESSION AUTHORIZATION regress_o_ann;
SELECT * FROM regress_o.mine('own_default_privileges_public');
ALTER DEFAULT PRIVILEGES IN SCHEMA regress_o GRANT SELECT ON TABLES TO PUBLIC;
-- silent: what PUBLIC gets anyway
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO regress_o_bob;
SELECT * FROM regress_o.mine('own_default_privileges_public');
CALL regress_o.mend('own_default_privileges_public');
SELECT * FROM regress_o.mine('own_default_privileges_public');
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM regress_o_bob;
SET SESSION AUTHORIZATION regress_o_bob;
SELECT * FROM regress_o.mine('own_default_privileges_public');
CALL regress_o.mend('own_default_privileges_public');
SELECT * FROM regress_o.mine('own_default_privileges_public');
RESET SESSION AUTHORIZATION;
SELECT * FROM rds_guard.report('{default_privileges_public}') WHERE status = 'fail';

--
-- own_password_no_expiry
--
-- the date is for everybody to see
ALTER ROLE regress_o_bob VALID UNTIL '2099-01-01';
SET SESSION AUTHORIZATION regress_o_bob;
SELECT * FROM regress_o.mine('own_password_no_expiry');
RESET SESSION AUTHORIZATION;
-- infinity is no date
ALTER ROLE regress_o_bob VALID UNTIL 'infinity';
SET SESSION AUTHORIZATION regress_o_bob;
SELECT status FROM regress_o.mine('own_password_no_expiry');
RESET SESSION AUTHORIZATION;
-- the columns that are needed are enough to know
GRANT SELECT (rolname, rolcanlogin, rolpassword, rolvaliduntil) ON pg_catalog.pg_authid TO regress_o_bob, regress_o_group;
SET SESSION AUTHORIZATION regress_o_bob;
SELECT * FROM regress_o.mine('own_password_no_expiry');
RESET SESSION AUTHORIZATION;
SET password_encryption = 'scram-sha-256';
ALTER ROLE regress_o_bob PASSWORD 'not a secret';
ALTER ROLE regress_o_group PASSWORD 'not a secret';
SET SESSION AUTHORIZATION regress_o_bob;
SELECT * FROM regress_o.mine('own_password_no_expiry');
-- never the password, nor anything made of it
SELECT f::text LIKE '%SCRAM%' AS leaks FROM rds_guard.my_report('{own_password_no_expiry}') AS f;
SELECT fix FROM rds_guard.my_report('{own_password_no_expiry}') \gset
RESET SESSION AUTHORIZATION;
:fix
SET SESSION AUTHORIZATION regress_o_bob;
SELECT * FROM regress_o.mine('own_password_no_expiry');
RESET SESSION AUTHORIZATION;
-- silent: a password that nobody can log in with
SET ROLE regress_o_group;
SELECT * FROM regress_o.mine('own_password_no_expiry');
RESET ROLE;
REVOKE SELECT (rolname, rolcanlogin, rolpassword, rolvaliduntil) ON pg_catalog.pg_authid FROM regress_o_bob, regress_o_group;

-- A superuser is one.
SET ROLE regress_o_root;
SELECT check_id, status, detail FROM rds_guard.my_report('{own}') ORDER BY check_id;
RESET ROLE;

SET client_min_messages = warning;
DROP SCHEMA regress_o CASCADE;
DROP FOREIGN DATA WRAPPER regress_o_wrapper CASCADE;
DROP OWNED BY regress_o_ann, regress_o_bob, regress_o_group;
DROP ROLE regress_o_ann, regress_o_bob, regress_o_group, regress_o_root;
