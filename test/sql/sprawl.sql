--
-- privilege_sprawl_score: what is too much stands in the policy. The numbers are
-- those of privilege_summary(), which has a test of its own.
--
SET client_min_messages = warning;
SELECT current_setting('server_version_num')::integer >= 140000 AS has_write_all_data \gset
\pset format unaligned
\pset tuples_only on
\pset fieldsep '\n    '
\pset null -
CREATE FUNCTION pg_temp.report() RETURNS TABLE (status rds_guard.status, object text, detail text, fix text)
LANGUAGE sql AS $$
    SELECT f.status, f.object, f.detail,
           replace(f.fix, ' GRANTED BY ' || (SELECT quote_ident(rolname) FROM pg_roles WHERE oid = 10), '')
    FROM rds_guard.report('{privilege_sprawl_score}') AS f
$$;
SELECT * FROM pg_temp.report();

BEGIN;
CREATE ROLE regress_s_owner;
CREATE ROLE regress_s_group;
CREATE ROLE regress_s_app LOGIN;
CREATE ROLE regress_s_ann LOGIN;
CREATE ROLE regress_s_bob LOGIN NOINHERIT;
CREATE ROLE regress_s_cat LOGIN;
CREATE ROLE regress_s_eve LOGIN;
CREATE ROLE regress_s_root SUPERUSER LOGIN;
DO $$
BEGIN
    FOR s IN 1..5 LOOP
        EXECUTE format('CREATE SCHEMA regress_s_%s AUTHORIZATION regress_s_owner', s);
        FOR t IN 1..4 LOOP
            EXECUTE format('CREATE TABLE regress_s_%s.t%s (a integer, b integer)', s, t);
            EXECUTE format('ALTER TABLE regress_s_%s.t%s OWNER TO regress_s_owner', s, t);
        END LOOP;
    END LOOP;
END
$$;
-- Half of 20 relations is too much, whichever way it comes: by the role itself,
-- by a group, by columns, by PUBLIC.
GRANT INSERT, DELETE ON ALL TABLES IN SCHEMA regress_s_1, regress_s_2 TO regress_s_app;
GRANT UPDATE ON ALL TABLES IN SCHEMA regress_s_1, regress_s_2 TO regress_s_group;
GRANT regress_s_group TO regress_s_ann, regress_s_bob;
GRANT UPDATE (b) ON regress_s_3.t1, regress_s_3.t2 TO regress_s_ann;
-- silent: reading, and less than that
GRANT SELECT ON ALL TABLES IN SCHEMA regress_s_1, regress_s_2, regress_s_3, regress_s_4, regress_s_5 TO regress_s_eve;
SELECT * FROM pg_temp.report();
SELECT evidence FROM rds_guard.report('{privilege_sprawl_score}');
-- silent: what takes SET ROLE shows in the evidence alone
SAVEPOINT before;
GRANT INSERT ON regress_s_5.t1 TO PUBLIC;
GRANT INSERT ON regress_s_5.t2 TO PUBLIC;
SELECT object, detail FROM pg_temp.report();
SELECT object, evidence -> 'by_public' AS by_public, evidence -> 'only_by_set_role' AS only_by_set_role FROM rds_guard.report('{privilege_sprawl_score}');
ROLLBACK TO before;
-- the owner, once somebody logs in as it
ALTER ROLE regress_s_owner LOGIN;
SELECT object, detail FROM pg_temp.report();
ALTER ROLE regress_s_owner NOLOGIN;

-- The thresholds: the share, the number of schemas, the size from which on it
-- matters.
UPDATE rds_guard.policy SET value = '50.1' WHERE name = 'sprawl_share';
SELECT * FROM pg_temp.report();
UPDATE rds_guard.policy SET value = '3' WHERE name = 'sprawl_schemas';
SELECT object, detail FROM pg_temp.report();
UPDATE rds_guard.policy SET value = '21' WHERE name = 'sprawl_minimum';
SELECT * FROM pg_temp.report();
ROLLBACK TO before;
-- nobody is found who can write to nothing
UPDATE rds_guard.policy SET value = '0' WHERE name ~ '^sprawl';
SELECT object, detail FROM pg_temp.report();
UPDATE rds_guard.policy SET value = DEFAULT;
REVOKE ALL ON ALL TABLES IN SCHEMA regress_s_1, regress_s_2 FROM regress_s_group;
SELECT * FROM pg_temp.report();

-- One statement mends what pg_write_all_data does, where there is such a role.
\if :has_write_all_data
GRANT pg_write_all_data TO regress_s_cat;
\endif
SELECT count(*) FILTER (WHERE detail LIKE 'regress_s_cat can write to 20 of 20 relations (100 %), in 5 schema(s)' AND fix = 'REVOKE pg_write_all_data FROM regress_s_cat;')
       = CASE WHEN :'has_write_all_data' THEN 1 ELSE 0 END
FROM pg_temp.report();
DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN SELECT f.fix FROM rds_guard.report('{privilege_sprawl_score}') AS f WHERE f.fix IS NOT NULL LOOP
        EXECUTE statement;
    END LOOP;
END
$$;
SELECT * FROM pg_temp.report();

-- Who asks does not matter, unless it may not read the policy or the catalogs.
CREATE ROLE regress_s_watch LOGIN IN ROLE pg_monitor;
GRANT INSERT ON ALL TABLES IN SCHEMA regress_s_1, regress_s_2, regress_s_3 TO regress_s_app;
SELECT f::text AS as_superuser FROM rds_guard.report('{privilege_sprawl_score}') AS f \gset
SET ROLE regress_s_watch;
SELECT f::text = :'as_superuser' AS same, f.status FROM rds_guard.report('{privilege_sprawl_score}') AS f;
RESET ROLE;
REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC;
SET ROLE regress_s_watch;
SELECT status, detail ~ '^permission denied' FROM rds_guard.report('{privilege_sprawl_score}');
RESET ROLE;
ROLLBACK;
