--
-- my_privileges: what a role effectively may do, and by which way, compared with
-- what the server says. (my_memberships is in memberships.sql.)
--
SELECT current_setting('server_version_num')::integer >= 140000 AS has_read_all_data,
       current_setting('server_version_num')::integer >= 170000 AS has_maintain \gset
BEGIN;
CREATE ROLE regress_q_owner;
CREATE ROLE regress_q_owners NOINHERIT;
CREATE ROLE regress_q_group;
CREATE ROLE regress_q_ann LOGIN;
CREATE ROLE regress_q_bob LOGIN NOINHERIT;
CREATE ROLE regress_q_cat LOGIN;
CREATE ROLE regress_q_eve LOGIN;
CREATE ROLE regress_q_all LOGIN;
CREATE ROLE regress_q_root SUPERUSER LOGIN;
CREATE ROLE "regress_q_""x" LOGIN;
GRANT regress_q_group TO regress_q_ann, regress_q_bob;
GRANT regress_q_owner TO regress_q_owners;
GRANT regress_q_owner TO regress_q_cat;
GRANT regress_q_owners TO "regress_q_""x";
\if :has_read_all_data
GRANT pg_read_all_data TO regress_q_all;
\endif

CREATE SCHEMA regress_q AUTHORIZATION regress_q_owner;
CREATE SCHEMA "regress_q ""; --";
GRANT USAGE ON SCHEMA "regress_q ""; --" TO PUBLIC;
SET ROLE regress_q_owner;
GRANT USAGE ON SCHEMA regress_q TO regress_q_group, regress_q_eve;
GRANT CREATE ON SCHEMA regress_q TO regress_q_ann WITH GRANT OPTION;
CREATE TABLE regress_q.plain (a integer);
CREATE TABLE regress_q.parted (a integer) PARTITION BY LIST (a);
CREATE TABLE regress_q.part PARTITION OF regress_q.parted DEFAULT;
CREATE VIEW regress_q.view AS SELECT 1 AS a;
CREATE MATERIALIZED VIEW regress_q.matview AS SELECT 1 AS a;
CREATE SEQUENCE regress_q.seq;
CREATE FUNCTION regress_q.open() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION regress_q.closed(integer, text[], OUT x integer) LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE regress_q.proc() LANGUAGE sql AS '';
CREATE AGGREGATE regress_q.total(integer) (sfunc = int4pl, stype = integer);
REVOKE EXECUTE ON FUNCTION regress_q.closed(integer, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION regress_q.closed(integer, text[]) TO regress_q_ann;
GRANT SELECT ON regress_q.plain TO regress_q_group;
GRANT UPDATE ON regress_q.plain TO regress_q_ann;
GRANT UPDATE ON regress_q.plain TO regress_q_group WITH GRANT OPTION;
GRANT DELETE ON regress_q.plain TO PUBLIC;
GRANT TRUNCATE ON regress_q.plain TO regress_q_group, PUBLIC;
GRANT SELECT ON regress_q.parted, regress_q.matview TO regress_q_eve WITH GRANT OPTION;
GRANT INSERT ON regress_q.part TO regress_q_bob;
GRANT USAGE ON SEQUENCE regress_q.seq TO PUBLIC;
-- an owner without a right that it could give itself again, which everybody has
CREATE TABLE regress_q.shy (a integer);
REVOKE ALL ON regress_q.shy FROM regress_q_owner;
GRANT SELECT ON regress_q.shy TO PUBLIC;
-- one column is not the table
CREATE TABLE regress_q.columns (a integer, b integer);
GRANT SELECT (a) ON regress_q.columns TO regress_q_eve;
RESET ROLE;
CREATE FOREIGN DATA WRAPPER regress_q_wrapper;
CREATE SERVER regress_q_server FOREIGN DATA WRAPPER regress_q_wrapper;
CREATE FOREIGN TABLE regress_q.far (a integer) SERVER regress_q_server;
GRANT SELECT ON regress_q.far TO regress_q_eve;
CREATE TABLE "regress_q ""; --".U&"t \000a\001b[31m" (a integer);
GRANT SELECT ON "regress_q ""; --".U&"t \000a\001b[31m" TO regress_q_eve;
CREATE DOMAIN "regress_q ""; --"."d ,)" AS integer;
CREATE FUNCTION "regress_q ""; --"."f()"(a "regress_q ""; --"."d ,)"[]) RETURNS integer LANGUAGE sql AS 'SELECT 1';
GRANT CREATE ON DATABASE :"DBNAME" TO regress_q_group WITH GRANT OPTION;

-- What each of them sees. Under SET ROLE, as the view is about the current role.
CREATE TEMP TABLE seen (role name, kind text, object text, column_name name, privilege text, grantable boolean, via text, needs_set_role boolean, path text[]);
GRANT INSERT ON seen TO PUBLIC;
SET ROLE regress_q_owner;
INSERT INTO seen SELECT current_user, p.* FROM rds_guard.my_privileges AS p;
SET ROLE regress_q_owners;
INSERT INTO seen SELECT current_user, p.* FROM rds_guard.my_privileges AS p;
SET ROLE regress_q_group;
INSERT INTO seen SELECT current_user, p.* FROM rds_guard.my_privileges AS p;
SET ROLE regress_q_ann;
INSERT INTO seen SELECT current_user, p.* FROM rds_guard.my_privileges AS p;
SET ROLE regress_q_bob;
INSERT INTO seen SELECT current_user, p.* FROM rds_guard.my_privileges AS p;
SET ROLE regress_q_cat;
INSERT INTO seen SELECT current_user, p.* FROM rds_guard.my_privileges AS p;
SET ROLE regress_q_eve;
INSERT INTO seen SELECT current_user, p.* FROM rds_guard.my_privileges AS p;
SET ROLE regress_q_all;
INSERT INTO seen SELECT current_user, p.* FROM rds_guard.my_privileges AS p;
SET ROLE regress_q_root;
INSERT INTO seen SELECT current_user, p.* FROM rds_guard.my_privileges AS p;
SET ROLE "regress_q_""x";
INSERT INTO seen SELECT current_user, p.* FROM rds_guard.my_privileges AS p;
RESET ROLE;
SELECT role, count(*) > 0 AS sees, count(*) - count(DISTINCT (kind, object, column_name, privilege)) AS twice FROM seen GROUP BY role ORDER BY role;

-- The oracle: each privilege of each object of ours and of this database, asked
-- by the name of the role. An object's name is looked up as SQL would read it.
CREATE TEMP TABLE wanted AS
SELECT r.rolname AS role, x.*
FROM pg_roles AS r
CROSS JOIN LATERAL (
    SELECT 'schema' AS kind, n.oid, p.privilege,
           has_schema_privilege(r.oid, n.oid, p.privilege) AS has, has_schema_privilege(r.oid, n.oid, p.privilege || ' WITH GRANT OPTION') AS grantable
    FROM pg_namespace AS n CROSS JOIN unnest('{CREATE,USAGE}'::text[]) AS p (privilege)
    WHERE n.nspname LIKE 'regress\_q%'
    UNION ALL
    SELECT 'table', c.oid, p.privilege,
           has_table_privilege(r.oid, c.oid, p.privilege), has_table_privilege(r.oid, c.oid, p.privilege || ' WITH GRANT OPTION')
    FROM pg_class AS c
    CROSS JOIN unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[] || CASE WHEN :'has_maintain' THEN '{MAINTAIN}' ELSE '{}' END::text[]) AS p (privilege)
    WHERE c.relnamespace::regnamespace::text LIKE '%regress\_q%' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    UNION ALL
    SELECT 'sequence', c.oid, p.privilege,
           has_sequence_privilege(r.oid, c.oid, p.privilege), has_sequence_privilege(r.oid, c.oid, p.privilege || ' WITH GRANT OPTION')
    FROM pg_class AS c CROSS JOIN unnest('{USAGE,SELECT,UPDATE}'::text[]) AS p (privilege)
    WHERE c.relnamespace::regnamespace::text LIKE '%regress\_q%' AND c.relkind = 'S'
    UNION ALL
    SELECT 'function', f.oid, 'EXECUTE', has_function_privilege(r.oid, f.oid, 'EXECUTE'), has_function_privilege(r.oid, f.oid, 'EXECUTE WITH GRANT OPTION')
    FROM pg_proc AS f WHERE f.pronamespace::regnamespace::text LIKE '%regress\_q%'
    UNION ALL
    SELECT 'database', d.oid, p.privilege,
           has_database_privilege(r.oid, d.oid, p.privilege), has_database_privilege(r.oid, d.oid, p.privilege || ' WITH GRANT OPTION')
    FROM pg_database AS d CROSS JOIN unnest('{CREATE,CONNECT,TEMPORARY}'::text[]) AS p (privilege)
    WHERE d.datname = current_database()
) AS x
WHERE r.rolname LIKE 'regress\_q%';
-- The printed name leads back to the object. Names with characters that a
-- terminal obeys are written U&"...", which only the parser reads; such objects
-- are found by that spelling.
CREATE TEMP VIEW resolved AS
SELECT s.role, s.kind, s.privilege, s.grantable, s.via, s.object,
       CASE
           WHEN s.object LIKE '%U&%' THEN (SELECT c.oid FROM pg_class AS c WHERE c.relname = U&'t \000a\001b[31m')
           WHEN s.kind = 'schema' THEN to_regnamespace(s.object)::oid
           WHEN s.kind = 'function' THEN to_regprocedure(s.object)::oid
           WHEN s.kind = 'database' THEN (SELECT d.oid FROM pg_database AS d WHERE quote_ident(d.datname) = s.object)
           ELSE to_regclass(s.object)::oid
       END AS oid
FROM seen AS s
WHERE NOT s.needs_set_role AND s.kind IN ('database', 'schema', 'table', 'sequence', 'function')
      AND (s.object LIKE '%regress\_q%' OR (s.kind = 'database' AND s.object = quote_ident(current_database())));

SELECT count(*) AS asked, count(*) FILTER (WHERE has) AS have, count(*) FILTER (WHERE has AND grantable) AS grantable
FROM wanted WHERE privilege <> 'MAINTAIN' AND role <> 'regress_q_all';
SELECT 'missing' AS differs, w.role, w.kind, w.oid::text AS object, w.privilege
FROM wanted AS w
WHERE w.has AND NOT EXISTS (SELECT FROM resolved AS s WHERE (s.role, s.kind, s.oid, s.privilege) = (w.role, w.kind, w.oid, w.privilege))
UNION ALL
SELECT 'unexpected', s.role, s.kind, s.object, s.privilege
FROM resolved AS s
WHERE NOT EXISTS (SELECT FROM wanted AS w WHERE w.has AND (s.role, s.kind, s.oid, s.privilege) = (w.role, w.kind, w.oid, w.privilege))
UNION ALL
SELECT 'grantable', s.role, s.kind, s.object, s.privilege
FROM resolved AS s
JOIN wanted AS w ON (s.role, s.kind, s.oid, s.privilege) = (w.role, w.kind, w.oid, w.privilege)
WHERE w.grantable <> s.grantable
ORDER BY 1, 2, 3, 4, 5;

-- The ways. ann: UPDATE directly, although the group would do as well; what the
-- group has; what everybody has. The group may hand on UPDATE, so ann may.
SELECT kind, object, privilege, grantable, via, path FROM seen
WHERE role = 'regress_q_ann' AND object LIKE '%regress\_q%' ORDER BY kind, object COLLATE "C", privilege;
-- bob inherits nothing: what the group has is not his without SET ROLE
SELECT kind, object, privilege, grantable, via, needs_set_role, path FROM seen
WHERE role = 'regress_q_bob' AND object LIKE '%regress\_q%' AND via <> 'public' ORDER BY kind, object COLLATE "C", privilege;
-- The owner, and members of it. It took all from itself on "shy": what it has
-- there is what everybody has, and yet its to grant.
SELECT role, kind, object, privilege, grantable, via, path FROM seen
WHERE role IN ('regress_q_owner', 'regress_q_cat') AND object IN ('regress_q.shy', 'regress_q.seq', 'regress_q') ORDER BY role, kind, object, privilege;
-- owners does not inherit what it is a member of: only SET ROLE leads x there
SELECT DISTINCT via, needs_set_role, path FROM seen WHERE role = 'regress_q_"x' ORDER BY via, path;
-- one column
SELECT kind, object, column_name, privilege, via FROM seen WHERE role = 'regress_q_eve' AND column_name IS NOT NULL AND object LIKE '%regress\_q%';
-- a superuser
SELECT DISTINCT via, grantable FROM seen WHERE role = 'regress_q_root';
-- hostile names
SELECT kind, object, privilege, via FROM seen WHERE role = 'regress_q_eve' AND object LIKE '"regress%' ORDER BY kind, object COLLATE "C", privilege;
-- No list of privileges names pg_read_all_data (14 and later): whatever its
-- member has more than a role with nothing, it has from there.
SELECT 'missing' AS differs, w.* FROM (
    (SELECT kind, oid, privilege FROM wanted WHERE role = 'regress_q_all' AND has
     EXCEPT SELECT kind, oid, privilege FROM wanted WHERE role = 'regress_q_"x' AND has)
    EXCEPT SELECT kind, oid, privilege FROM resolved WHERE role = 'regress_q_all' AND via = 'predefined' AND NOT grantable) AS w
UNION ALL
SELECT 'unexpected', s.* FROM (
    SELECT kind, oid, privilege FROM resolved WHERE role = 'regress_q_all' AND via = 'predefined'
    EXCEPT SELECT kind, oid, privilege FROM wanted WHERE role = 'regress_q_all' AND has) AS s;
SELECT (count(*) FILTER (WHERE via = 'predefined' AND privilege = 'SELECT') > 7) = :'has_read_all_data' AS some,
       count(*) FILTER (WHERE via = 'predefined' AND privilege NOT IN ('SELECT', 'USAGE')) AS others
FROM seen WHERE role = 'regress_q_all' AND object LIKE '%regress\_q%' AND kind IN ('schema', 'table', 'sequence');

-- The system's own schemas are left out, ours is in.
SELECT count(*) FILTER (WHERE object ~ '^(pg_catalog|pg_toast|information_schema)') AS system, bool_or(object = 'rds_guard.checks') AS ours
FROM seen WHERE role = 'regress_q_eve';
-- A privilege that the server does not have is not asked for.
SELECT bool_or(privilege = 'MAINTAIN') = :'has_maintain' AS maintain FROM seen WHERE role = 'regress_q_owner';
ROLLBACK;
