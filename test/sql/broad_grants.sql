--
-- Grants that give roles more than they have a use for: schema_create_nonowner,
-- large_object_exposure, maintain_trigger_references_grants,
-- tablespace_language_fdw_usage, default_privileges_revoke_ineffective.
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

CREATE ROLE regress_b_owner;
CREATE ROLE regress_b_deploy LOGIN NOINHERIT;
CREATE ROLE regress_b_group;
CREATE ROLE regress_b_app LOGIN;
CREATE ROLE regress_b_web LOGIN;
CREATE ROLE regress_b_watch LOGIN;
CREATE ROLE regress_b_root SUPERUSER;
GRANT pg_monitor TO regress_b_watch;
-- who can become the owner has all that without a grant
GRANT regress_b_owner TO regress_b_deploy;
CREATE SCHEMA regress_b AUTHORIZATION regress_b_owner;

SELECT check_id, status FROM rds_guard.report('{schema_create_nonowner,large_object_exposure,maintain_trigger_references_grants,tablespace_language_fdw_usage,default_privileges_revoke_ineffective}');

--
-- schema_create_nonowner
--
BEGIN;
CREATE SCHEMA "regress_b ""x";
CREATE SCHEMA regress_b_web;
CREATE SCHEMA regress_b_idle;
GRANT ALL ON SCHEMA regress_b TO regress_b_app;
-- by a group, into the schema that another role looks into first
GRANT regress_b_group TO regress_b_app;
GRANT CREATE ON SCHEMA regress_b_web TO regress_b_group;
GRANT CREATE ON SCHEMA "regress_b ""x", public TO regress_b_app;
ALTER ROLE regress_b_watch SET search_path = "$user", regress_b, public;
ALTER ROLE regress_b_web SET search_path = regress_b;
ALTER ROLE regress_b_owner IN DATABASE :"DBNAME" SET search_path = 'regress_b', public;
ALTER ROLE regress_b_deploy SET search_path = regress_b;
-- silent: USAGE, who can become the owner, superusers, PUBLIC, a group that
-- nobody is in, temporary objects
GRANT USAGE ON SCHEMA "regress_b ""x" TO regress_b_web;
GRANT CREATE ON SCHEMA regress_b TO regress_b_deploy, regress_b_root;
GRANT CREATE ON SCHEMA regress_b_idle TO PUBLIC;
CREATE ROLE regress_b_empty;
CREATE ROLE regress_b_within IN ROLE regress_b_empty;
GRANT CREATE ON SCHEMA regress_b_idle TO regress_b_empty;
CREATE TEMP TABLE regress_b_temp ();
DO $$ BEGIN EXECUTE format('GRANT ALL ON SCHEMA %s TO regress_b_app', pg_my_temp_schema()::regnamespace); END $$;
SELECT r.status, r.object, replace(r.detail, :'DBNAME', 'DATABASE') AS detail, r.fix FROM pg_temp.report('schema_create_nonowner') AS r;
SELECT object, evidence - 'owner' AS evidence FROM rds_guard.report('{schema_create_nonowner}') WHERE object ~ 'regress_b_web';
SELECT pg_temp.same_for('regress_b_watch', 'schema_create_nonowner');
-- somebody who can log in joins
GRANT regress_b_within TO regress_b_web;
SELECT object FROM pg_temp.report('schema_create_nonowner') WHERE object ~ 'idle';
-- PUBLIC is said once
SELECT check_id, object FROM rds_guard.report('{schema_create_nonowner,public_schema_create}') WHERE object ~ 'idle' ORDER BY check_id;
CALL pg_temp.mend('schema_create_nonowner');
SELECT * FROM pg_temp.report('schema_create_nonowner');
SELECT has_schema_privilege('regress_b_app', 'regress_b', 'USAGE'), has_schema_privilege('regress_b_app', 'regress_b', 'CREATE');
ROLLBACK;
-- from 16 on a membership may be good for nothing
\if :from_16
BEGIN;
GRANT regress_b_group TO regress_b_app WITH INHERIT FALSE, SET FALSE;
GRANT CREATE ON SCHEMA regress_b TO regress_b_group;
SELECT pg_temp.differences('schema_create_nonowner', 'pass');
GRANT regress_b_group TO regress_b_app WITH SET TRUE;
SELECT pg_temp.differences('schema_create_nonowner',
    'fail | regress_b TO regress_b_group | regress_b_group may create objects in schema regress_b | REVOKE CREATE ON SCHEMA regress_b FROM regress_b_group;');
ROLLBACK;
\endif
-- what an extension gives in its schema
BEGIN;
CREATE SCHEMA regress_b_member;
GRANT CREATE ON SCHEMA regress_b_member TO regress_b_app;
ALTER EXTENSION plpgsql ADD SCHEMA regress_b_member;
SELECT * FROM pg_temp.report('schema_create_nonowner');
GRANT CREATE ON SCHEMA regress_b_member TO regress_b_web;
SELECT object FROM pg_temp.report('schema_create_nonowner');
ROLLBACK;

--
-- large_object_exposure
--
BEGIN;
SET ROLE regress_b_owner;
SELECT count(lo_create(o)) FROM generate_series(424201, 424212) AS o;
GRANT SELECT ON LARGE OBJECT 424201, 424202, 424203, 424204, 424205, 424206 TO PUBLIC;
GRANT SELECT, UPDATE ON LARGE OBJECT 424207 TO PUBLIC;
-- silent: a role
GRANT SELECT ON LARGE OBJECT 424208 TO regress_b_app, regress_b_group;
-- by one who was let to
GRANT UPDATE ON LARGE OBJECT 424209 TO regress_b_app WITH GRANT OPTION;
SET ROLE regress_b_app;
GRANT UPDATE ON LARGE OBJECT 424209 TO PUBLIC;
RESET ROLE;
SELECT * FROM pg_temp.report('large_object_exposure');
SELECT object, evidence FROM rds_guard.report('{large_object_exposure}');
SELECT pg_temp.same_for('regress_b_watch', 'large_object_exposure');
SAVEPOINT proof;
SET ROLE regress_b_watch;
SELECT length(lo_get(424201)), lo_put(424207, 0, 'x');
ROLLBACK TO proof;
CALL pg_temp.mend('large_object_exposure');
SELECT * FROM pg_temp.report('large_object_exposure');
SAVEPOINT mended;
SET ROLE regress_b_watch;
\set VERBOSITY sqlstate
SELECT lo_get(424201);
\set VERBOSITY default
ROLLBACK TO mended;
-- a group of everybody is PUBLIC by another name
DO $$
DECLARE
    login name;
BEGIN
    FOR login IN SELECT r.rolname FROM pg_roles AS r WHERE r.rolcanlogin AND NOT r.rolsuper LOOP
        EXECUTE format('GRANT regress_b_group TO %I', login);
    END LOOP;
END
$$;
SELECT object, fix FROM pg_temp.report('large_object_exposure');
CREATE ROLE regress_b_stranger LOGIN;
SELECT * FROM pg_temp.report('large_object_exposure');
ROLLBACK;
-- more than one fix names
BEGIN;
DO $$
BEGIN
    FOR o IN 424301..424450 LOOP
        PERFORM lo_create(o);
        EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO PUBLIC', o);
    END LOOP;
END
$$;
SELECT object, detail FROM pg_temp.report('large_object_exposure');
CALL pg_temp.mend('large_object_exposure');
SELECT object, detail FROM pg_temp.report('large_object_exposure');
CALL pg_temp.mend('large_object_exposure');
SELECT * FROM pg_temp.report('large_object_exposure');
ROLLBACK;
-- the setting that opens all of them, for one role too
BEGIN;
ALTER ROLE regress_b_app SET lo_compat_privileges = on;
ALTER ROLE regress_b_web SET lo_compat_privileges = off;
SELECT * FROM pg_temp.report('large_object_exposure');
CALL pg_temp.mend('large_object_exposure');
SELECT * FROM pg_temp.report('large_object_exposure');
ROLLBACK;

--
-- maintain_trigger_references_grants
--
BEGIN;
SET ROLE regress_b_owner;
CREATE TABLE regress_b.orders (id integer, customer integer);
CREATE TABLE regress_b."a "" b" (id integer);
CREATE TABLE regress_b.parted (a integer) PARTITION BY LIST (a);
CREATE TABLE regress_b.read (a integer);
CREATE VIEW regress_b.view AS SELECT 1 AS a;
CREATE VIEW regress_b.other_view AS SELECT 1 AS a;
CREATE SEQUENCE regress_b.numbers;
GRANT USAGE ON SCHEMA regress_b TO regress_b_app, regress_b_web;
GRANT TRIGGER, TRUNCATE ON regress_b.orders TO regress_b_app;
GRANT REFERENCES ON regress_b."a "" b" TO regress_b_app;
GRANT TRUNCATE ON regress_b.parted TO regress_b_web;
GRANT TRIGGER ON regress_b.view TO regress_b_web;
-- one column is enough
GRANT REFERENCES (customer), SELECT (id) ON regress_b.orders TO regress_b_group;
-- silent: what programs need, what has no effect, who can become the owner,
-- PUBLIC, superusers, temporary tables, the server's own, what belongs to an
-- extension
GRANT SELECT, INSERT, UPDATE, DELETE ON regress_b.read TO regress_b_group;
GRANT REFERENCES, TRUNCATE ON regress_b.other_view TO regress_b_group;
GRANT ALL ON regress_b.numbers TO regress_b_group;
GRANT ALL ON regress_b.read TO regress_b_deploy, regress_b_root;
RESET ROLE;
GRANT TRIGGER ON regress_b.read TO PUBLIC;
CREATE TEMP TABLE regress_b_temp ();
GRANT ALL ON regress_b_temp TO regress_b_group;
CREATE TABLE regress_b.member ();
GRANT ALL ON regress_b.member TO regress_b_group;
ALTER EXTENSION plpgsql ADD TABLE regress_b.member;
SELECT * FROM pg_temp.report('maintain_trigger_references_grants');
SELECT object, evidence FROM rds_guard.report('{maintain_trigger_references_grants}') WHERE object ~ 'app';
SELECT pg_temp.same_for('regress_b_watch', 'maintain_trigger_references_grants');
-- it is true: code of the one role is run by the other
SAVEPOINT proof;
GRANT CREATE ON SCHEMA public TO regress_b_app;
SET ROLE regress_b_app;
CREATE FUNCTION public.regress_b_trojan() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'ran as %', current_user; RETURN new; END $$;
CREATE TRIGGER trojan BEFORE INSERT ON regress_b.orders FOR EACH ROW EXECUTE FUNCTION public.regress_b_trojan();
SET ROLE regress_b_owner;
INSERT INTO regress_b.orders VALUES (1, 1);
ROLLBACK TO proof;
CALL pg_temp.mend('maintain_trigger_references_grants');
SELECT * FROM pg_temp.report('maintain_trigger_references_grants');
SELECT has_column_privilege('regress_b_group', 'regress_b.orders', 'id', 'SELECT'), has_table_privilege('regress_b_group', 'regress_b.read', 'DELETE');
-- one who was let to hand it on did
GRANT TRUNCATE ON regress_b.orders TO regress_b_app WITH GRANT OPTION;
SET ROLE regress_b_app;
GRANT TRUNCATE ON regress_b.orders TO regress_b_web;
RESET ROLE;
SELECT * FROM pg_temp.report('maintain_trigger_references_grants');
ROLLBACK;
-- MAINTAIN: 17 and later
\if :from_17
BEGIN;
CREATE TABLE regress_b.orders ();
CREATE MATERIALIZED VIEW regress_b.sums AS SELECT 1 AS a;
GRANT MAINTAIN ON regress_b.orders TO regress_b_app;
GRANT ALL ON regress_b.sums TO regress_b_app;
SELECT pg_temp.differences('maintain_trigger_references_grants',
    'fail | regress_b TO regress_b_app | regress_b_app has MAINTAIN on 2 relations in schema regress_b: regress_b.orders, regress_b.sums'
    || ' | REVOKE MAINTAIN ON TABLE regress_b.orders FROM regress_b_app; REVOKE MAINTAIN ON TABLE regress_b.sums FROM regress_b_app;');
CALL pg_temp.mend('maintain_trigger_references_grants');
SELECT pg_temp.differences('maintain_trigger_references_grants', 'pass');
ROLLBACK;
\endif
-- GRANT ALL on a large schema is one finding and one statement; a role that has
-- a table there keeps what is its own.
BEGIN;
SET ROLE regress_b_owner;
DO $$ BEGIN FOR i IN 101..205 LOOP EXECUTE format('CREATE TABLE regress_b.t%s ()', i); END LOOP; END $$;
GRANT ALL ON SCHEMA regress_b TO regress_b_web;
GRANT SELECT, TRIGGER, TRUNCATE ON ALL TABLES IN SCHEMA regress_b TO regress_b_app, regress_b_web;
SET ROLE regress_b_web;
CREATE TABLE regress_b.own ();
RESET ROLE;
SELECT object, detail, left(fix, 110) AS fix, length(fix) > 1500 AS is_long FROM pg_temp.report('maintain_trigger_references_grants');
CALL pg_temp.mend('maintain_trigger_references_grants');
SELECT object, detail FROM pg_temp.report('maintain_trigger_references_grants');
CALL pg_temp.mend('maintain_trigger_references_grants');
SELECT * FROM pg_temp.report('maintain_trigger_references_grants');
SELECT has_table_privilege('regress_b_app', 'regress_b.t150', 'SELECT'), has_table_privilege('regress_b_web', 'regress_b.own', 'TRIGGER');
ROLLBACK;

--
-- tablespace_language_fdw_usage
--
BEGIN;
CREATE FOREIGN DATA WRAPPER "regress_b wrapper";
CREATE SERVER regress_b_server FOREIGN DATA WRAPPER "regress_b wrapper";
CREATE SERVER regress_b_other FOREIGN DATA WRAPPER "regress_b wrapper";
GRANT USAGE ON FOREIGN DATA WRAPPER "regress_b wrapper" TO regress_b_app;
GRANT USAGE ON FOREIGN SERVER regress_b_server TO PUBLIC;
-- silent: who can become the owner, superusers, languages, a tablespace in
-- which everything lies, what an extension gives
ALTER SERVER regress_b_other OWNER TO regress_b_root;
GRANT regress_b_root TO regress_b_web;
GRANT USAGE ON FOREIGN SERVER regress_b_other TO regress_b_web, regress_b_root;
GRANT USAGE ON LANGUAGE sql TO regress_b_group;
SELECT has_language_privilege('regress_b_app', 'c', 'USAGE');
GRANT CREATE ON TABLESPACE pg_default, pg_global TO regress_b_group;
CREATE FOREIGN DATA WRAPPER regress_b_member;
GRANT USAGE ON FOREIGN DATA WRAPPER regress_b_member TO regress_b_group;
ALTER EXTENSION plpgsql ADD FOREIGN DATA WRAPPER regress_b_member;
SELECT * FROM pg_temp.report('tablespace_language_fdw_usage');
SELECT object, evidence - 'owner' AS evidence FROM rds_guard.report('{tablespace_language_fdw_usage}');
SELECT pg_temp.same_for('regress_b_watch', 'tablespace_language_fdw_usage');
CALL pg_temp.mend('tablespace_language_fdw_usage');
SELECT * FROM pg_temp.report('tablespace_language_fdw_usage');
-- A tablespace beside that of the databases, made up in the catalog: a real one
-- needs a folder.
UPDATE pg_database SET dattablespace = 1 WHERE datname = 'template0';
SELECT object, fix FROM pg_temp.report('tablespace_language_fdw_usage');
CALL pg_temp.mend('tablespace_language_fdw_usage');
SELECT * FROM pg_temp.report('tablespace_language_fdw_usage');
ROLLBACK;

--
-- default_privileges_revoke_ineffective
--
-- The command that stores nothing
BEGIN;
SET ROLE regress_b_owner;
ALTER DEFAULT PRIVILEGES IN SCHEMA regress_b REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
SELECT count(*) FROM pg_default_acl WHERE defaclrole = 'regress_b_owner'::regrole;
CREATE FUNCTION regress_b.f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
SELECT has_function_privilege('public', 'regress_b.f()', 'EXECUTE');
RESET ROLE;
-- by itself leaves no trace;
SELECT * FROM pg_temp.report('default_privileges_revoke_ineffective');
-- but together with it one gives EXECUTE to those who are meant to have it.
ALTER DEFAULT PRIVILEGES FOR ROLE regress_b_owner IN SCHEMA regress_b GRANT EXECUTE ON FUNCTIONS TO regress_b_app, regress_b_web;
SELECT * FROM pg_temp.report('default_privileges_revoke_ineffective');
SELECT evidence FROM rds_guard.report('{default_privileges_revoke_ineffective}');
SELECT pg_temp.same_for('regress_b_watch', 'default_privileges_revoke_ineffective');
CALL pg_temp.mend('default_privileges_revoke_ineffective');
SELECT * FROM pg_temp.report('default_privileges_revoke_ineffective');
SET ROLE regress_b_owner;
CREATE FUNCTION regress_b.g() RETURNS integer LANGUAGE sql AS 'SELECT 1';
RESET ROLE;
SELECT has_function_privilege('public', 'regress_b.g()', 'EXECUTE'), has_function_privilege('regress_b_app', 'regress_b.g()', 'EXECUTE');
ROLLBACK;
-- the same for all schemas; silent: other objects, the creator itself, a schema
-- that gives it to PUBLIC in so many words, one who took it from PUBLIC first
BEGIN;
ALTER DEFAULT PRIVILEGES FOR ROLE "regress_b_web" GRANT EXECUTE ON FUNCTIONS TO regress_b_app;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_b_owner GRANT SELECT ON TABLES TO regress_b_app;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_b_app IN SCHEMA regress_b GRANT EXECUTE ON FUNCTIONS TO PUBLIC, regress_b_web;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_b_watch REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_b_watch IN SCHEMA regress_b GRANT EXECUTE ON FUNCTIONS TO regress_b_app;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_b_watch GRANT EXECUTE ON FUNCTIONS TO regress_b_web;
SELECT * FROM pg_temp.report('default_privileges_revoke_ineffective');
ROLLBACK;
-- every function closed up to some day, and none since
BEGIN;
GRANT CREATE ON SCHEMA regress_b TO regress_b_web;
SET ROLE regress_b_owner;
CREATE FUNCTION regress_b.old_one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION regress_b.old_two() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION regress_b.old_three() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA regress_b FROM PUBLIC;
RESET ROLE;
SELECT * FROM pg_temp.report('default_privileges_revoke_ineffective');
-- another role, and a trigger function, which nobody can call
SET ROLE regress_b_web;
CREATE FUNCTION regress_b.others() RETURNS integer LANGUAGE sql AS 'SELECT 1';
SET ROLE regress_b_owner;
CREATE FUNCTION regress_b.new_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
RESET ROLE;
SELECT * FROM pg_temp.report('default_privileges_revoke_ineffective');
SET ROLE regress_b_owner;
CREATE FUNCTION regress_b.new_one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
RESET ROLE;
SELECT * FROM pg_temp.report('default_privileges_revoke_ineffective');
CALL pg_temp.mend('default_privileges_revoke_ineffective');
SELECT * FROM pg_temp.report('default_privileges_revoke_ineffective');
ROLLBACK;
-- Silent: one function that was closed for its own sake, here and there.
BEGIN;
SET ROLE regress_b_owner;
CREATE FUNCTION regress_b.one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION regress_b.two() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION regress_b.three() RETURNS integer LANGUAGE sql AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION regress_b.two() FROM PUBLIC;
CREATE FUNCTION regress_b.four() RETURNS integer LANGUAGE sql AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION regress_b.four() FROM PUBLIC;
CREATE FUNCTION regress_b.five() RETURNS integer LANGUAGE sql AS 'SELECT 1';
RESET ROLE;
SELECT * FROM pg_temp.report('default_privileges_revoke_ineffective');
ROLLBACK;

DROP SCHEMA regress_b;
DROP ROLE regress_b_owner, regress_b_deploy, regress_b_group, regress_b_app, regress_b_web, regress_b_watch, regress_b_root;
