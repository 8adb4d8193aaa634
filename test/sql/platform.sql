-- Where we are: nothing that a customer's role can make changes the answer.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT p.platform, p.privilege_level, p.admin_role, p.evidence - 'bootstrap_superuser' AS evidence FROM rds_guard.platform() AS p;
SELECT p.evidence ->> 'bootstrap_superuser' = (SELECT rolname FROM pg_roles WHERE oid = 10) AS true_name FROM rds_guard.platform() AS p;

-- All the bait there is, by a role that may create databases and roles.
CREATE ROLE regress_customer LOGIN CREATEDB CREATEROLE;
SELECT format('GRANT CREATE ON DATABASE %I TO regress_customer', current_database()) AS statement \gset
:statement;
GRANT CREATE, USAGE ON SCHEMA public TO regress_customer;
SET ROLE regress_customer;
CREATE ROLE rds_superuser;
CREATE ROLE rds_iam;
CREATE ROLE rds_ad;
CREATE ROLE rdsadmin;
CREATE ROLE cloudsqladmin;
CREATE ROLE cloudsqlsuperuser;
CREATE ROLE alloydbadmin;
CREATE ROLE azuresu;
CREATE ROLE azure_pg_admin;
CREATE ROLE supabase_admin;
CREATE ROLE cloud_admin;
CREATE ROLE neon_superuser;
CREATE DATABASE rdsadmin;
CREATE SCHEMA heroku_ext;
CREATE SCHEMA rds_tools;
CREATE SCHEMA aurora;
CREATE TABLE public.regress_calls (who name, what text);
GRANT INSERT ON public.regress_calls TO PUBLIC;
CREATE FUNCTION rds_tools.role_password_encryption_type(OUT rolname name, OUT encryption_type text) RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.regress_calls VALUES (current_user, 'role_password_encryption_type');
    RETURN QUERY SELECT r.rolname, NULL::text FROM pg_roles AS r;
END
$$;
CREATE FUNCTION public.aurora_version() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.regress_calls VALUES (current_user, 'aurora_version');
    RETURN '99';
END
$$;
CREATE FUNCTION pg_temp.aurora_version() RETURNS text LANGUAGE sql AS 'SELECT ''99''';
SET rds.extensions = 'aurora_stat_utils';
SET rds.force_ssl = 1;
SET neon.project_id = 'x';
SET search_path = rds_tools, aurora, public;
SELECT p.platform, p.privilege_level, p.admin_role, p.evidence - 'bootstrap_superuser' AS evidence FROM rds_guard.platform() AS p;
SELECT rds_guard.on_rds();
RESET ROLE;
SELECT p.platform, p.privilege_level, p.admin_role FROM rds_guard.platform() AS p;
SELECT count(*) FILTER (WHERE f.status = 'error') AS errors, count(*) > 40 AS checks FROM rds_guard.report() AS f;
SELECT count(*) > 3 AS own FROM rds_guard.my_report() AS f;
SELECT count(*) > 3 AS roles FROM rds_guard.password_kinds();
SELECT f.check_id, f.status FROM rds_guard.report('{iam_auth_not_used,rds_superuser_members}') AS f;
RESET search_path;
-- nothing of it was called
SELECT * FROM public.regress_calls;
-- the fixes are for a server of one's own
SELECT count(*) FROM rds_guard.report() AS f WHERE f.fix ~ 'aws|GRANT rds_iam';
-- not even a superuser makes Heroku by accident of ownership elsewhere
ALTER SCHEMA heroku_ext OWNER TO rds_superuser;
SELECT p.platform FROM rds_guard.platform() AS p;
DROP SCHEMA rds_tools, heroku_ext, aurora CASCADE;
DROP TABLE public.regress_calls;
DROP FUNCTION public.aurora_version();
DROP DATABASE rdsadmin;
DROP OWNED BY regress_customer;
DROP ROLE rds_superuser, rds_iam, rds_ad, rdsadmin, cloudsqladmin, cloudsqlsuperuser, alloydbadmin, azuresu, azure_pg_admin, supabase_admin, cloud_admin, neon_superuser;
DROP ROLE regress_customer;

-- The caller's level: by what it has at once, not by what it could become.
CREATE ROLE regress_level;
CREATE ROLE regress_group;
GRANT pg_monitor TO regress_group;
SET ROLE regress_level;
SELECT p.privilege_level FROM rds_guard.platform() AS p;
RESET ROLE;
GRANT regress_group TO regress_level;
SET ROLE regress_level;
SELECT p.privilege_level FROM rds_guard.platform() AS p;
RESET ROLE;
REVOKE regress_group FROM regress_level;
ALTER ROLE regress_level NOINHERIT;
GRANT regress_group TO regress_level;
SET ROLE regress_level;
SELECT p.privilege_level FROM rds_guard.platform() AS p;
RESET ROLE;
GRANT pg_read_all_settings, pg_read_all_stats TO regress_level;
ALTER ROLE regress_level CREATEROLE CREATEDB REPLICATION BYPASSRLS;
SET ROLE regress_level;
SELECT p.privilege_level FROM rds_guard.platform() AS p;
RESET ROLE;
ALTER ROLE regress_level SUPERUSER;
SET ROLE regress_level;
SELECT p.privilege_level FROM rds_guard.platform() AS p;
RESET ROLE;
DROP ROLE regress_level, regress_group;
