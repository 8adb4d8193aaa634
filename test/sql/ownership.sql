--
-- Who owns what: the checks of owners, and the facts that count.
--
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
\pset fieldsep '\n    '
\pset null -
CREATE FUNCTION pg_temp.report(VARIADIC check_ids text[])
    RETURNS TABLE (status rds_guard.status, object text, detail text, fix text)
LANGUAGE sql AS $$
    SELECT f.status, f.object, f.detail,
           replace(f.fix, ' GRANTED BY ' || (SELECT quote_ident(rolname) FROM pg_roles WHERE oid = 10), '')
    FROM rds_guard.report(check_ids) AS f
$$;
CREATE PROCEDURE pg_temp.mend(VARIADIC check_ids text[])
LANGUAGE plpgsql AS $$
DECLARE
    statement text;
BEGIN
    FOR statement IN SELECT DISTINCT f.fix FROM rds_guard.report(check_ids) AS f WHERE f.status = 'fail' AND f.fix IS NOT NULL ORDER BY 1 LOOP
        EXECUTE statement;
    END LOOP;
END
$$;

-- Extensions, ourselves among them, are nobody's objects.
SELECT * FROM pg_temp.report('app_role_owns_objects', 'object_owner_unauthorized', 'superuser_owned_user_objects', 'database_owned_by_login_role');
SELECT count(*) FROM rds_guard.owned_objects(only_kinds => '{table,view,sequence,function,type}');

BEGIN;
CREATE ROLE regress_o_owner;
CREATE ROLE regress_o_deploy NOINHERIT;
CREATE ROLE regress_o_app LOGIN;
CREATE ROLE regress_o_ann LOGIN NOINHERIT;
CREATE ROLE regress_o_bob LOGIN;
CREATE ROLE regress_o_eve LOGIN;
CREATE ROLE "regress_o ""x""" LOGIN;
CREATE ROLE regress_o_root SUPERUSER LOGIN;
CREATE SCHEMA regress_o AUTHORIZATION regress_o_owner;
CREATE SCHEMA "regress_o ""y""" AUTHORIZATION "regress_o ""x""";
GRANT CREATE, USAGE ON SCHEMA regress_o TO PUBLIC;
SET ROLE regress_o_owner;
CREATE TABLE regress_o.orders (id integer GENERATED ALWAYS AS IDENTITY, note text);
CREATE TABLE regress_o.parts (a integer) PARTITION BY LIST (a);
CREATE VIEW regress_o.seen AS SELECT 1 AS a;
CREATE FUNCTION regress_o.f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE TYPE regress_o.mood AS ENUM ('good');
CREATE TYPE regress_o.pair AS (a integer, b integer);
CREATE DOMAIN regress_o.small AS integer;
SET ROLE regress_o_app;
CREATE TEMP TABLE regress_o_temp (a integer);
RESET ROLE;

-- What is counted: not what belongs to something else, as arrays, row types,
-- indexes and temporary tables do.
SELECT schema, schema_owner, owns, evidence FROM rds_guard.owned_objects() WHERE owner = 'regress_o_owner';
SELECT schema, schema_owner, owns, evidence FROM rds_guard.owned_objects(true, '{view,function}') WHERE owner = 'regress_o_owner';
SELECT count(*) FROM rds_guard.owned_objects() WHERE owner = 'regress_o_app';

--
-- app_role_owns_objects
--
-- An owner that nobody can be is fine; the one with a schema is not, empty or
-- not.
SELECT * FROM pg_temp.report('app_role_owns_objects');
SET ROLE regress_o_app;
CREATE TABLE regress_o.mine (a integer);
CREATE SEQUENCE regress_o.numbers;
RESET ROLE;
-- Members act as owner: at once, or after SET ROLE.
GRANT regress_o_owner TO regress_o_bob, regress_o_deploy;
GRANT regress_o_deploy TO regress_o_ann;
-- silent: superusers, and rights on objects that are not those of the owner
GRANT regress_o_owner TO regress_o_root;
GRANT ALL ON ALL TABLES IN SCHEMA regress_o TO regress_o_eve;
SELECT * FROM pg_temp.report('app_role_owns_objects');
-- it is true
SAVEPOINT proof;
SET SESSION AUTHORIZATION regress_o_bob;
DROP VIEW regress_o.seen;
RESET SESSION AUTHORIZATION;
ROLLBACK TO proof;
-- Who deploys is meant to: by the group. The owner in the list says nothing
-- about its members.
UPDATE rds_guard.policy SET value = '["regress_o_deploy", "regress_o_owner"]' WHERE name = 'owners';
SELECT * FROM pg_temp.report('app_role_owns_objects');
-- one that has another way besides is not waived
GRANT regress_o_app TO regress_o_ann;
SELECT status, object, evidence FROM rds_guard.report('{app_role_owns_objects}') WHERE object = 'regress_o_ann';
REVOKE regress_o_app FROM regress_o_ann;
UPDATE rds_guard.policy SET value = DEFAULT WHERE name = 'owners';
-- Memberships can be revoked, what a role owns has to go to somebody.
CALL pg_temp.mend('app_role_owns_objects');
SELECT * FROM pg_temp.report('app_role_owns_objects');
SELECT pg_has_role('regress_o_ann', 'regress_o_owner', 'MEMBER'), pg_has_role('regress_o_bob', 'regress_o_owner', 'MEMBER');
REASSIGN OWNED BY regress_o_app, "regress_o ""x""" TO regress_o_owner;
SELECT * FROM pg_temp.report('app_role_owns_objects');

--
-- object_owner_unauthorized
--
-- Without a list an object should belong to the owner of its schema.
SELECT * FROM pg_temp.report('object_owner_unauthorized');
SET ROLE regress_o_app;
CREATE TABLE regress_o.later (a integer, b serial);
CREATE VIEW regress_o."View; --" AS SELECT 1 AS a;
CREATE MATERIALIZED VIEW regress_o.kept AS SELECT 1 AS a;
CREATE SEQUENCE regress_o.more;
CREATE FUNCTION regress_o.f(text, regress_o.mood) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE regress_o.p() LANGUAGE sql AS '';
CREATE AGGREGATE regress_o.total(integer) (sfunc = int4pl, stype = integer);
CREATE TYPE regress_o.span AS RANGE (subtype = integer);
CREATE TYPE regress_o.triple AS (a integer, b integer, c integer);
CREATE DOMAIN regress_o.tiny AS integer;
RESET ROLE;
-- silent: who owns the schema, and schemas of superusers, which belong to nobody
-- in particular
CREATE SCHEMA regress_o_hall;
GRANT CREATE ON SCHEMA regress_o_hall TO PUBLIC;
SET ROLE regress_o_eve;
CREATE TABLE regress_o_hall.t (a integer);
RESET ROLE;
-- silent: what a superuser owns, which another check asks about
CREATE TABLE regress_o.by_superuser (a integer);
-- from 14 to 16 a multirange has an owner of its own
SELECT status, object, detail, replace(fix, ' ALTER TYPE regress_o.span_multirange OWNER TO regress_o_owner;', '')
FROM pg_temp.report('object_owner_unauthorized');
SELECT evidence FROM rds_guard.report('{object_owner_unauthorized}') WHERE status = 'fail';
SAVEPOINT before;
CALL pg_temp.mend('object_owner_unauthorized');
SELECT * FROM pg_temp.report('object_owner_unauthorized');
SELECT count(*) FROM pg_shdepend WHERE refobjid = 'regress_o_app'::regrole AND dbid <> 0 AND deptype = 'o' AND classid <> 'pg_class'::regclass;
ROLLBACK TO before;
-- With a list it is the list that counts: a schema of one's own is no excuse,
-- and a foreign one no fault, though it is shown.
UPDATE rds_guard.policy SET value = '["regress_o_owner"]' WHERE name = 'owners';
SELECT status, object, detail, fix IS NOT NULL AS mended FROM pg_temp.report('object_owner_unauthorized');
UPDATE rds_guard.policy SET value = '["regress_o_app", "regress_o_eve"]' WHERE name = 'owners';
SELECT status, object, detail, fix IS NOT NULL AS mended FROM pg_temp.report('object_owner_unauthorized');
UPDATE rds_guard.policy SET value = DEFAULT WHERE name = 'owners';
-- more than 20 objects are too many to be named
DO $$ BEGIN FOR i IN 1..21 LOOP EXECUTE format('CREATE TABLE regress_o.many_%s (); ALTER TABLE regress_o.many_%s OWNER TO regress_o_eve', i, i); END LOOP; END $$;
SELECT status, object, detail, fix FROM pg_temp.report('object_owner_unauthorized') WHERE object ~ 'eve';

--
-- superuser_owned_user_objects
--
ALTER TABLE regress_o.by_superuser OWNER TO regress_o_root;
ALTER VIEW regress_o.seen OWNER TO regress_o_root;
-- silent: schemas, sequences and types are no doors
ALTER SCHEMA regress_o_hall OWNER TO regress_o_root;
ALTER TYPE regress_o.mood OWNER TO regress_o_root;
-- ... nor what the server itself makes in that name for a range of others
SELECT count(*) > 1 FROM pg_proc WHERE pronamespace = 'regress_o'::regnamespace AND proowner = 10;
SELECT status, object, detail, fix, evidence FROM rds_guard.report('{superuser_owned_user_objects}');
-- whose it is decides, not who may use it
ALTER ROLE regress_o_root NOSUPERUSER;
SELECT status, object, detail FROM pg_temp.report('superuser_owned_user_objects');
ALTER ROLE regress_o_root SUPERUSER;
UPDATE rds_guard.policy SET value = '["regress_o_root"]' WHERE name = 'owners';
SELECT status, object, detail FROM pg_temp.report('superuser_owned_user_objects');
UPDATE rds_guard.policy SET value = DEFAULT WHERE name = 'owners';
REASSIGN OWNED BY regress_o_root TO regress_o_owner;
SELECT * FROM pg_temp.report('superuser_owned_user_objects');

-- Who asks does not matter.
CREATE ROLE regress_o_watch LOGIN;
GRANT pg_monitor TO regress_o_watch;
GRANT regress_o_app TO regress_o_bob;
SELECT string_agg(f::text, ';' ORDER BY f::text) AS as_superuser FROM rds_guard.report('{app_role_owns_objects,object_owner_unauthorized,superuser_owned_user_objects,database_owned_by_login_role}') AS f \gset
SET ROLE regress_o_watch;
SELECT string_agg(f::text, ';' ORDER BY f::text) = :'as_superuser' AS same, count(*) > 3 AS some
FROM rds_guard.report('{app_role_owns_objects,object_owner_unauthorized,superuser_owned_user_objects,database_owned_by_login_role}') AS f;
RESET ROLE;
-- Where the catalog was closed there is no verdict.
REVOKE SELECT ON pg_catalog.pg_proc FROM PUBLIC;
SET ROLE regress_o_watch;
SELECT check_id, status, detail FROM rds_guard.report('{app_role_owns_objects,object_owner_unauthorized,superuser_owned_user_objects}');
RESET ROLE;
ROLLBACK;

--
-- database_owned_by_login_role
--
SELECT rolname AS boot FROM pg_roles WHERE oid = 10 \gset
BEGIN;
CREATE ROLE "regress_o ""x""" LOGIN;
CREATE ROLE regress_o_owner;
CREATE ROLE regress_o_bob LOGIN;
CREATE ROLE regress_o_root SUPERUSER LOGIN;
-- silent: an owner without login, whoever its members are, and a superuser
GRANT regress_o_owner TO regress_o_bob;
ALTER DATABASE template1 OWNER TO regress_o_owner;
ALTER DATABASE template0 OWNER TO regress_o_root;
SELECT * FROM pg_temp.report('database_owned_by_login_role');
ALTER DATABASE template1 OWNER TO "regress_o ""x""";
ALTER DATABASE template0 RENAME TO "regress_o ""db""";
ALTER DATABASE "regress_o ""db""" OWNER TO "regress_o ""x""";
SELECT * FROM pg_temp.report('database_owned_by_login_role');
UPDATE rds_guard.policy SET value = '["regress_o \"x\""]' WHERE name = 'owners';
SELECT status, object, fix, evidence FROM rds_guard.report('{database_owned_by_login_role}');
UPDATE rds_guard.policy SET value = DEFAULT WHERE name = 'owners';
-- From 15 on the schema public is the database owner's: that is said once.
SELECT format('ALTER DATABASE %I OWNER TO regress_o_bob', current_database()) AS statement \gset
:statement;
SELECT status, object = quote_ident(current_database()) AS this FROM rds_guard.report('{database_owned_by_login_role,app_role_owns_objects}') WHERE status <> 'waived';
SELECT format('ALTER DATABASE %I OWNER TO %I', current_database(), :'boot') AS statement \gset
:statement;
ALTER DATABASE template1 OWNER TO :"boot";
ALTER DATABASE "regress_o ""db""" OWNER TO regress_o_owner;
SELECT * FROM pg_temp.report('database_owned_by_login_role');
ROLLBACK;
