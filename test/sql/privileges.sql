--
-- The checks of category privileges: what reaches further than its owner
-- thinks. Each in a transaction of its own: a state in which it fails, with
-- twins on which it must stay silent, then its own fixes, after which it passes.
--
SELECT current_setting('server_version_num')::integer >= 140000 AS has_read_all_data,
       current_setting('server_version_num')::integer >= 150000 AS has_parameter_grants,
       current_setting('server_version_num')::integer >= 180000 AS has_large_object_defaults \gset
\pset format unaligned
\pset tuples_only on
\pset fieldsep '\n    '
\pset null -

-- What a check says. Who granted a membership is part of the fix from 16 on;
-- here it is left out, as it is the name of the superuser of this server.
CREATE FUNCTION pg_temp.report(VARIADIC check_ids text[])
    RETURNS TABLE (status rds_guard.status, object text, detail text, fix text)
LANGUAGE sql AS $$
    SELECT f.status, f.object, f.detail,
           replace(f.fix, ' GRANTED BY ' || (SELECT quote_ident(rolname) FROM pg_roles WHERE oid = 10), '')
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
-- What a check says besides, or instead of, what is wanted: for where versions
-- differ. No row is right.
CREATE FUNCTION pg_temp.differences(check_id text, VARIADIC wanted text[]) RETURNS SETOF text
LANGUAGE sql AS $$
    WITH found AS (SELECT concat_ws(' | ', r.status, r.object, r.detail, r.fix) AS line FROM pg_temp.report(check_id) AS r)
    (SELECT 'unexpected: ' || f.line FROM found AS f WHERE f.line <> ALL (wanted)
     UNION ALL
     SELECT 'missing: ' || w.line FROM unnest(wanted) AS w (line) WHERE w.line NOT IN (SELECT f.line FROM found AS f))
    ORDER BY 1
$$;

CREATE ROLE regress_p_owner;
CREATE ROLE regress_p_app LOGIN;
CREATE ROLE regress_p_web LOGIN;
CREATE ROLE regress_p_watch LOGIN;
CREATE ROLE regress_p_root SUPERUSER;
GRANT pg_monitor TO regress_p_watch;
CREATE SCHEMA regress_p AUTHORIZATION regress_p_owner;

-- A new database is open to nobody who does not have to come in first, apart
-- from schema public before 15: that is really so, and here put out of the way.
SELECT r.check_id, r.status, r.object FROM rds_guard.report('{privileges}') AS r
WHERE r.check_id NOT IN ('parameter_grants', 'public_schema_create', 'database_public_connect', 'database_public_temp')
ORDER BY r.check_id, r.object COLLATE "C";
\if :has_parameter_grants
SELECT pg_temp.differences('public_schema_create', 'pass');
\else
SELECT pg_temp.differences('public_schema_create',
    'fail | public | PUBLIC may create objects in schema public | REVOKE CREATE ON SCHEMA public FROM PUBLIC;');
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
\endif

--
-- pg_authid_readable
--
BEGIN;
CREATE ROLE regress_p_group;
GRANT regress_p_group TO regress_p_web;
GRANT SELECT ON pg_catalog.pg_authid TO regress_p_app;
GRANT SELECT (rolname, rolpassword) ON pg_catalog.pg_authid TO regress_p_group;
GRANT SELECT ON pg_catalog.pg_shadow TO regress_p_web, regress_p_group;
GRANT SELECT (passwd) ON pg_catalog.pg_shadow TO regress_p_watch;
-- silent: other columns, other privileges, superusers
GRANT SELECT (rolname, rolvaliduntil) ON pg_catalog.pg_authid TO regress_p_owner;
GRANT SELECT (usename) ON pg_catalog.pg_shadow TO regress_p_owner;
GRANT INSERT ON pg_catalog.pg_authid TO regress_p_owner;
GRANT SELECT ON pg_catalog.pg_authid TO regress_p_root;
SELECT * FROM pg_temp.report('pg_authid_readable');
SELECT object, evidence FROM rds_guard.report('{pg_authid_readable}');
-- who asks does not matter
SELECT md5(string_agg(f::text, ';')) AS as_superuser FROM rds_guard.report('{pg_authid_readable}') AS f \gset
SET ROLE regress_p_watch;
SELECT md5(string_agg(f::text, ';')) = :'as_superuser' AS same FROM rds_guard.report('{pg_authid_readable}') AS f;
RESET ROLE;
CALL pg_temp.mend('pg_authid_readable');
SELECT * FROM pg_temp.report('pg_authid_readable');
-- everybody
GRANT SELECT ON pg_catalog.pg_shadow TO PUBLIC;
SELECT * FROM pg_temp.report('pg_authid_readable');
CALL pg_temp.mend('pg_authid_readable');
SELECT * FROM pg_temp.report('pg_authid_readable');
-- by pg_read_all_data, which stands in no list of privileges: 14 and later
ALTER ROLE regress_p_group NOINHERIT;
\if :has_read_all_data
GRANT pg_read_all_data TO regress_p_group;
SELECT pg_temp.differences('pg_authid_readable',
    'fail | regress_p_web | regress_p_web can read pg_catalog.pg_authid through pg_read_all_data: regress_p_web -> regress_p_group -> pg_read_all_data'
    || ' | REVOKE pg_read_all_data FROM regress_p_group;');
-- it is true
SAVEPOINT proof;
ALTER ROLE regress_p_web INHERIT;
GRANT pg_read_all_data TO regress_p_web;
SET ROLE regress_p_web;
DO $$ BEGIN ASSERT (SELECT count(rolpassword) >= 0 FROM pg_authid); END $$;
RESET ROLE;
ROLLBACK TO proof;
CALL pg_temp.mend('pg_authid_readable');
\endif
SELECT * FROM pg_temp.report('pg_authid_readable');
-- Whoever owns it may read it, and grants it back to itself when that is revoked.
SET allow_system_table_mods = on;
ALTER TABLE pg_catalog.pg_authid OWNER TO regress_p_app;
RESET allow_system_table_mods;
SELECT object, detail, replace(fix, 'TO ' || (SELECT quote_ident(rolname) FROM pg_roles WHERE oid = 10), 'TO SUPERUSER') AS fix
FROM pg_temp.report('pg_authid_readable');
CALL pg_temp.mend('pg_authid_readable');
SELECT * FROM pg_temp.report('pg_authid_readable');
-- One who may hand it on did.
GRANT SELECT ON pg_catalog.pg_authid TO regress_p_app WITH GRANT OPTION;
SET ROLE regress_p_app;
GRANT SELECT ON pg_catalog.pg_authid TO regress_p_web;
RESET ROLE;
SELECT object, fix FROM pg_temp.report('pg_authid_readable') WHERE object = 'regress_p_web';
ROLLBACK;

--
-- public_schema_create
--
BEGIN;
CREATE SCHEMA regress_p_open AUTHORIZATION regress_p_owner;
GRANT ALL ON SCHEMA regress_p_open TO PUBLIC;
CREATE SCHEMA "regress_p "" x";
GRANT CREATE ON SCHEMA "regress_p "" x" TO PUBLIC;
-- the system's own, where nobody looks
GRANT CREATE ON SCHEMA pg_catalog TO PUBLIC;
-- silent: USAGE, and CREATE for a role; the schema of temporary tables
GRANT USAGE ON SCHEMA regress_p TO PUBLIC;
GRANT CREATE ON SCHEMA regress_p TO regress_p_app;
CREATE TEMP TABLE regress_p_temp ();
DO $$ BEGIN EXECUTE format('GRANT ALL ON SCHEMA %s TO PUBLIC', pg_my_temp_schema()::regnamespace); END $$;
SELECT * FROM pg_temp.report('public_schema_create');
SELECT object, evidence FROM rds_guard.report('{public_schema_create}') WHERE object = 'regress_p_open';
SET ROLE regress_p_watch;
SELECT object FROM rds_guard.report('{public_schema_create}');
RESET ROLE;
CALL pg_temp.mend('public_schema_create');
SELECT * FROM pg_temp.report('public_schema_create');
-- USAGE was not taken away with it
SELECT has_schema_privilege('public', 'regress_p_open', 'USAGE');
-- Somebody who was let to hand it on did: what the owner revokes is only what
-- the owner granted.
GRANT CREATE ON SCHEMA regress_p TO regress_p_app WITH GRANT OPTION;
SET ROLE regress_p_app;
GRANT CREATE ON SCHEMA regress_p TO PUBLIC;
RESET ROLE;
SAVEPOINT proof;
REVOKE CREATE ON SCHEMA regress_p FROM PUBLIC;
SELECT * FROM pg_temp.report('public_schema_create');
CALL pg_temp.mend('public_schema_create');
SELECT * FROM pg_temp.report('public_schema_create');
ROLLBACK;

--
-- public_table_grants: each kind of relation
--
BEGIN;
SET ROLE regress_p_owner;
CREATE TABLE regress_p.plain (a integer, b integer);
CREATE TABLE regress_p.parted (a integer) PARTITION BY LIST (a);
CREATE TABLE regress_p.part PARTITION OF regress_p.parted FOR VALUES IN (1);
CREATE TABLE regress_p.other_part PARTITION OF regress_p.parted FOR VALUES IN (2);
CREATE VIEW regress_p.view AS SELECT 1 AS a;
CREATE MATERIALIZED VIEW regress_p.matview AS SELECT 1 AS a;
CREATE SEQUENCE regress_p.seq;
CREATE TABLE regress_p."a "" b; DROP TABLE c; --" ();
CREATE TABLE regress_p.closed (a integer);
CREATE TABLE regress_p.granted (a integer);
CREATE TABLE regress_p.empty (a integer);
RESET ROLE;
CREATE FOREIGN DATA WRAPPER regress_p_wrapper;
CREATE SERVER regress_p_server FOREIGN DATA WRAPPER regress_p_wrapper;
CREATE FOREIGN TABLE regress_p.far (a integer) SERVER regress_p_server;
GRANT SELECT, UPDATE, DELETE ON regress_p.plain TO PUBLIC;
GRANT SELECT ON regress_p.parted, regress_p.view, regress_p.matview, regress_p.far TO PUBLIC;
-- a partition that is open by itself
GRANT INSERT ON regress_p.other_part TO PUBLIC;
GRANT USAGE ON SEQUENCE regress_p.seq TO PUBLIC;
GRANT TRUNCATE ON regress_p."a "" b; DROP TABLE c; --" TO PUBLIC;
-- silent: no list at all, one of a role, one that was emptied, a temporary
-- table, the server's own, what belongs to an extension (which we borrow)
GRANT SELECT ON regress_p.granted TO regress_p_app;
REVOKE ALL ON regress_p.empty FROM regress_p_owner;
CREATE TEMP TABLE regress_p_temp (a integer);
GRANT ALL ON regress_p_temp TO PUBLIC;
CREATE TABLE regress_p.member (a integer);
CREATE SEQUENCE regress_p.member_seq;
GRANT SELECT ON regress_p.member, regress_p.member_seq TO PUBLIC;
ALTER EXTENSION rds_guard ADD TABLE regress_p.member;
ALTER EXTENSION rds_guard ADD SEQUENCE regress_p.member_seq;
SELECT * FROM pg_temp.report('public_table_grants');
SELECT object, evidence FROM rds_guard.report('{public_table_grants}') WHERE object IN ('regress_p.plain', 'regress_p.matview');
SELECT md5(string_agg(f::text, ';')) AS as_superuser FROM rds_guard.report('{public_table_grants}') AS f \gset
SET ROLE regress_p_watch;
SELECT md5(string_agg(f::text, ';')) = :'as_superuser' AS same FROM rds_guard.report('{public_table_grants}') AS f;
RESET ROLE;
CALL pg_temp.mend('public_table_grants');
SELECT * FROM pg_temp.report('public_table_grants');
-- what leaves the extension is ours to look at
ALTER EXTENSION rds_guard DROP TABLE regress_p.member;
SELECT object FROM rds_guard.report('{public_table_grants}');
DROP TABLE regress_p.member;
-- Two grantors, one of them not the owner: one finding, each privilege once,
-- and a fix that undoes both. What the owner revokes is only the owner's.
GRANT USAGE ON SCHEMA regress_p TO regress_p_app;
GRANT SELECT ON regress_p.plain TO PUBLIC;
GRANT SELECT, INSERT ON regress_p.plain TO regress_p_app WITH GRANT OPTION;
SET ROLE regress_p_app;
GRANT SELECT, INSERT ON regress_p.plain TO PUBLIC;
RESET ROLE;
SELECT * FROM pg_temp.report('public_table_grants');
SAVEPOINT proof;
REVOKE SELECT, INSERT ON regress_p.plain FROM PUBLIC;
SELECT * FROM pg_temp.report('public_table_grants');
ROLLBACK TO proof;
CALL pg_temp.mend('public_table_grants');
SELECT * FROM pg_temp.report('public_table_grants');
ROLLBACK;

--
-- public_column_grants
--
BEGIN;
CREATE TABLE regress_p.staff (name text, salary integer, "odd "" name" text, gone text, own text);
CREATE VIEW regress_p.board AS SELECT name FROM regress_p.staff;
GRANT SELECT (name, salary), UPDATE (salary) ON regress_p.staff TO PUBLIC;
GRANT REFERENCES ("odd "" name") ON regress_p.staff TO PUBLIC;
GRANT SELECT (name) ON regress_p.board TO PUBLIC;
-- silent: a column that is gone, one of a role, the whole table (that is
-- public_table_grants), what belongs to an extension, the server's own
GRANT SELECT (gone) ON regress_p.staff TO PUBLIC;
ALTER TABLE regress_p.staff DROP COLUMN gone;
GRANT SELECT (own) ON regress_p.staff TO regress_p_app;
CREATE TABLE regress_p.whole (a integer);
GRANT SELECT ON regress_p.whole TO PUBLIC;
CREATE TABLE regress_p.member (a integer);
GRANT SELECT (a) ON regress_p.member TO PUBLIC;
ALTER EXTENSION rds_guard ADD TABLE regress_p.member;
SELECT count(*) > 0 AS server_has_such FROM pg_attribute AS a CROSS JOIN aclexplode(a.attacl) AS x WHERE a.attrelid < 16384 AND x.grantee = 0;
SELECT * FROM pg_temp.report('public_column_grants');
SET ROLE regress_p_watch;
SELECT object, evidence FROM rds_guard.report('{public_column_grants}');
RESET ROLE;
CALL pg_temp.mend('public_column_grants');
SELECT * FROM pg_temp.report('public_column_grants');
-- The list of privileges of the table does not show them, yet a REVOKE on the
-- table takes them along.
GRANT SELECT (salary) ON regress_p.staff TO PUBLIC;
SELECT object FROM rds_guard.report('{public_table_grants,public_column_grants}') WHERE object LIKE 'regress\_p.staff%';
REVOKE SELECT ON regress_p.staff FROM PUBLIC;
SELECT * FROM pg_temp.report('public_column_grants');
ROLLBACK;

-- granted by somebody who is not the owner
BEGIN;
SET ROLE regress_p_owner;
GRANT USAGE ON SCHEMA regress_p TO regress_p_app;
CREATE TABLE regress_p.staff (name text, salary integer);
GRANT SELECT (salary) ON regress_p.staff TO regress_p_app WITH GRANT OPTION;
SET ROLE regress_p_app;
GRANT SELECT (salary) ON regress_p.staff TO PUBLIC;
RESET ROLE;
SELECT * FROM pg_temp.report('public_column_grants');
CALL pg_temp.mend('public_column_grants');
SELECT * FROM pg_temp.report('public_column_grants');
ROLLBACK;

--
-- default_privileges_public
--
BEGIN;
CREATE ROLE "regress_p_""owner";
ALTER DEFAULT PRIVILEGES FOR ROLE regress_p_owner GRANT SELECT, INSERT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_p_owner IN SCHEMA regress_p GRANT USAGE ON SEQUENCES TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_p_owner GRANT USAGE ON SCHEMAS TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE "regress_p_""owner" IN SCHEMA regress_p GRANT UPDATE ON TABLES TO PUBLIC;
-- silent: defaults of roles, also where PUBLIC keeps what everybody's new
-- functions and types give it anyway; and ones that take that away
ALTER DEFAULT PRIVILEGES FOR ROLE regress_p_app GRANT SELECT ON TABLES TO regress_p_web;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_p_app GRANT EXECUTE ON FUNCTIONS TO regress_p_web;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_p_app GRANT USAGE ON TYPES TO regress_p_web;
SELECT count(*) FROM pg_default_acl AS d CROSS JOIN aclexplode(d.defaclacl) AS a
WHERE a.grantee = 0 AND d.defaclrole = 'regress_p_app'::regrole;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_p_web REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
-- a schema adds what is there anyway
ALTER DEFAULT PRIVILEGES FOR ROLE regress_p_app IN SCHEMA regress_p GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
SELECT * FROM pg_temp.report('default_privileges_public');
SELECT evidence FROM rds_guard.report('{default_privileges_public}') WHERE object LIKE '%ON TABLES' AND object NOT LIKE '%SCHEMA%';
SET ROLE regress_p_watch;
SELECT object FROM rds_guard.report('{default_privileges_public}');
RESET ROLE;
CALL pg_temp.mend('default_privileges_public');
SELECT * FROM pg_temp.report('default_privileges_public');
-- a schema gives back what was taken away everywhere: that is news
ALTER DEFAULT PRIVILEGES FOR ROLE regress_p_web IN SCHEMA regress_p GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
SELECT * FROM pg_temp.report('default_privileges_public');
CALL pg_temp.mend('default_privileges_public');
SELECT * FROM pg_temp.report('default_privileges_public');
-- 18 and later
\if :has_large_object_defaults
ALTER DEFAULT PRIVILEGES FOR ROLE regress_p_owner GRANT SELECT ON LARGE OBJECTS TO PUBLIC;
SELECT pg_temp.differences('default_privileges_public',
    'fail | FOR ROLE regress_p_owner ON LARGE OBJECTS | each new large object that regress_p_owner creates gives SELECT to PUBLIC'
    || ' | ALTER DEFAULT PRIVILEGES FOR ROLE regress_p_owner REVOKE SELECT ON LARGE OBJECTS FROM PUBLIC;');
CALL pg_temp.mend('default_privileges_public');
SELECT pg_temp.differences('default_privileges_public', 'pass');
\endif
ROLLBACK;

--
-- grant_option_grants: each kind of object
--
BEGIN;
CREATE TABLE regress_p.staff (name text, salary integer);
CREATE VIEW regress_p.board AS SELECT 1 AS a;
CREATE SEQUENCE regress_p.seq;
CREATE TYPE regress_p.mood AS ENUM ('bad');
CREATE DOMAIN regress_p.small AS integer;
CREATE FUNCTION regress_p.f(a integer, VARIADIC b text[]) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION regress_p.f(a regress_p.mood, OUT b integer) LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE regress_p.p() LANGUAGE sql AS '';
CREATE AGGREGATE regress_p.total(integer) (sfunc = int4pl, stype = integer);
CREATE FOREIGN DATA WRAPPER regress_p_wrapper;
CREATE SERVER "regress_p server" FOREIGN DATA WRAPPER regress_p_wrapper;
SELECT lo_create(4201) AS large_object;
GRANT SELECT, INSERT, UPDATE (salary) ON regress_p.staff TO regress_p_app WITH GRANT OPTION;
GRANT SELECT (a) ON regress_p.board TO regress_p_app WITH GRANT OPTION;
GRANT USAGE ON SEQUENCE regress_p.seq TO regress_p_app WITH GRANT OPTION;
GRANT USAGE ON TYPE regress_p.mood, regress_p.small TO regress_p_app WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION regress_p.f(integer, text[]), regress_p.f(regress_p.mood), regress_p.total(integer) TO regress_p_app WITH GRANT OPTION;
GRANT EXECUTE ON PROCEDURE regress_p.p() TO regress_p_app WITH GRANT OPTION;
GRANT USAGE ON FOREIGN DATA WRAPPER regress_p_wrapper TO regress_p_app WITH GRANT OPTION;
GRANT USAGE ON FOREIGN SERVER "regress_p server" TO regress_p_app WITH GRANT OPTION;
GRANT SELECT ON LARGE OBJECT 4201 TO regress_p_app WITH GRANT OPTION;
GRANT CREATE ON SCHEMA regress_p TO regress_p_app WITH GRANT OPTION;
GRANT CONNECT ON DATABASE :"DBNAME" TO regress_p_app WITH GRANT OPTION;
GRANT USAGE ON LANGUAGE sql TO regress_p_app WITH GRANT OPTION;
GRANT CREATE ON TABLESPACE pg_default TO regress_p_app WITH GRANT OPTION;
-- the server's own
GRANT SELECT ON pg_catalog.pg_class TO regress_p_web WITH GRANT OPTION;
-- silent: the owner, who has it anyway; a superuser; a grant without it
GRANT ALL ON SCHEMA regress_p TO regress_p_owner WITH GRANT OPTION;
GRANT SELECT ON regress_p.staff TO regress_p_root WITH GRANT OPTION;
GRANT SELECT ON regress_p.staff TO regress_p_web;
SELECT replace(r.status || ' ' || r.object, :'DBNAME', 'DATABASE') AS object, replace(r.detail, :'DBNAME', 'DATABASE') AS detail, replace(r.fix, :'DBNAME', 'DATABASE') AS fix
FROM pg_temp.report('grant_option_grants') AS r;
SELECT object, evidence FROM rds_guard.report('{grant_option_grants}') WHERE object LIKE '%staff%';
SELECT md5(string_agg(f::text, ';')) AS as_superuser FROM rds_guard.report('{grant_option_grants}') AS f \gset
SET ROLE regress_p_watch;
SELECT md5(string_agg(f::text, ';')) = :'as_superuser' AS same FROM rds_guard.report('{grant_option_grants}') AS f;
RESET ROLE;
CALL pg_temp.mend('grant_option_grants');
SELECT * FROM pg_temp.report('grant_option_grants');
-- the privileges themselves are left
SELECT has_table_privilege('regress_p_app', 'regress_p.staff', 'INSERT'), has_column_privilege('regress_p_app', 'regress_p.staff', 'salary', 'UPDATE');
ROLLBACK;

-- Handed on and back: two grantors, one finding a grantee, and a fix that takes
-- back what each of them gave. What others got in this way stands in its way,
-- as the remedy says.
BEGIN;
SET ROLE regress_p_owner;
CREATE TABLE regress_p.staff (name text);
GRANT USAGE ON SCHEMA regress_p TO regress_p_app;
GRANT SELECT ON regress_p.staff TO regress_p_app, regress_p_web WITH GRANT OPTION;
SET ROLE regress_p_app;
GRANT SELECT ON regress_p.staff TO regress_p_web WITH GRANT OPTION;
RESET ROLE;
SELECT * FROM pg_temp.report('grant_option_grants');
SELECT DISTINCT remedy FROM rds_guard.report('{grant_option_grants}');
SAVEPOINT proof;
\set VERBOSITY sqlstate
REVOKE GRANT OPTION FOR SELECT ON TABLE regress_p.staff FROM regress_p_app;
\set VERBOSITY default
ROLLBACK TO proof;
DO $$
DECLARE
    statement text;
BEGIN
    -- web's first: it depends on app's
    FOR statement IN SELECT f.fix FROM rds_guard.report('{grant_option_grants}') AS f ORDER BY f.object DESC LOOP
        BEGIN
            EXECUTE statement;
        EXCEPTION WHEN dependent_objects_still_exist THEN
            EXECUTE replace(statement, ';', ' CASCADE;');
        END;
    END LOOP;
END
$$;
SELECT * FROM pg_temp.report('grant_option_grants');
ROLLBACK;

--
-- parameter_grants: 15 and later
--
BEGIN;
\if :has_parameter_grants
GRANT SET ON PARAMETER log_statement TO regress_p_app;
GRANT SET, ALTER SYSTEM ON PARAMETER session_replication_role TO PUBLIC;
-- everybody may SET it, not ALTER SYSTEM it
GRANT SET, ALTER SYSTEM ON PARAMETER work_mem TO regress_p_web;
-- a library that is not loaded yet
GRANT SET ON PARAMETER pgaudit.log TO regress_p_web;
-- through a group: the group is what has to be changed
GRANT regress_p_owner TO regress_p_app;
GRANT ALTER SYSTEM ON PARAMETER archive_command TO regress_p_owner;
-- silent: what everybody may SET anyway, under any spelling, and superusers
GRANT SET ON PARAMETER enable_seqscan TO regress_p_web;
GRANT SET ON PARAMETER DateStyle TO PUBLIC;
GRANT SET ON PARAMETER "TimeZone" TO regress_p_app;
GRANT ALTER SYSTEM ON PARAMETER log_statement TO regress_p_root;
SELECT pg_temp.differences('parameter_grants',
    'fail | archive_command TO regress_p_owner | regress_p_owner has ALTER SYSTEM on archive_command | REVOKE ALTER SYSTEM ON PARAMETER archive_command FROM regress_p_owner;',
    'fail | log_statement TO regress_p_app | regress_p_app has SET on log_statement | REVOKE SET ON PARAMETER log_statement FROM regress_p_app;',
    'fail | pgaudit.log TO regress_p_web | regress_p_web has SET on pgaudit.log | REVOKE SET ON PARAMETER pgaudit.log FROM regress_p_web;',
    'fail | session_replication_role TO PUBLIC | PUBLIC has ALTER SYSTEM and SET on session_replication_role'
    || ' | REVOKE ALTER SYSTEM ON PARAMETER session_replication_role FROM PUBLIC; REVOKE SET ON PARAMETER session_replication_role FROM PUBLIC;',
    'fail | work_mem TO regress_p_web | regress_p_web has ALTER SYSTEM on work_mem | REVOKE ALTER SYSTEM ON PARAMETER work_mem FROM regress_p_web;');
SET ROLE regress_p_watch;
DO $$ BEGIN ASSERT (SELECT count(*) = 5 FROM rds_guard.report('{parameter_grants}')); END $$;
RESET ROLE;
CALL pg_temp.mend('parameter_grants');
SELECT pg_temp.differences('parameter_grants', 'pass');
-- two grantors
GRANT SET ON PARAMETER log_statement TO regress_p_app WITH GRANT OPTION;
GRANT SET ON PARAMETER log_statement TO regress_p_web;
SET ROLE regress_p_app;
GRANT SET ON PARAMETER log_statement TO regress_p_web;
RESET ROLE;
SELECT pg_temp.differences('parameter_grants',
    'fail | log_statement TO regress_p_app | regress_p_app has SET on log_statement | REVOKE SET ON PARAMETER log_statement FROM regress_p_app;',
    'fail | log_statement TO regress_p_web | regress_p_web has SET on log_statement | REVOKE SET ON PARAMETER log_statement FROM regress_p_web;'
    || ' SET ROLE regress_p_app; REVOKE SET ON PARAMETER log_statement FROM regress_p_web; RESET ROLE;');
\else
SELECT pg_temp.differences('parameter_grants', 'not_applicable | privileges on parameters exist from PostgreSQL 15 on');
\endif
ROLLBACK;

-- Put back what was put out of the way.
\if :has_parameter_grants
\else
GRANT CREATE ON SCHEMA public TO PUBLIC;
\endif
DROP SCHEMA regress_p;
DROP ROLE regress_p_owner, regress_p_app, regress_p_web, regress_p_watch, regress_p_root;
--
-- A role that reads the verifiers in two ways is one finding: its key says so.
--
BEGIN;
CREATE ROLE regress_both LOGIN;
GRANT SELECT ON pg_catalog.pg_authid TO regress_both;
DO $$
BEGIN
    IF current_setting('server_version_num')::integer >= 140000 THEN
        GRANT pg_read_all_data TO regress_both;
    END IF;
END
$$;
SELECT count(*) FROM rds_guard.report('{pg_authid_readable}') AS f WHERE f.object = 'regress_both';
ROLLBACK;
