-- Where we are: which provider, and how mighty the caller is there. Decided
-- only by what a customer's role cannot forge: the name of the bootstrap
-- superuser, what it owns, and rows of pg_settings, where no session can put
-- any.

CREATE FUNCTION rds_guard.platform()
    RETURNS TABLE (platform text, privilege_level text, admin_role name, evidence jsonb)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- renaming the bootstrap superuser, or giving away what it owns, takes a
    -- superuser
    boot CONSTANT name := (SELECT r.rolname FROM pg_roles AS r WHERE r.oid = 10);
    heroku CONSTANT boolean := EXISTS (SELECT FROM pg_namespace AS n WHERE n.nspname = 'heroku_ext' AND n.nspowner = 10);
    aurora_function CONSTANT boolean := EXISTS (
        SELECT FROM pg_proc AS p
        WHERE p.proname = 'aurora_version' AND p.pronargs = 0 AND p.pronamespace = 'pg_catalog'::regnamespace);
    aurora_extension boolean := false;
    provider_settings text[] := '{}';
    where_we_are text;
    admins name;
    level text;
BEGIN
    -- pg_settings costs, and is asked for what the name alone leaves in doubt: a
    -- session can make up rds.extensions where there is none, not another value
    -- where there is one.
    IF boot = 'cloud_admin' OR (boot = 'rdsadmin' AND NOT aurora_function AND current_setting('rds.extensions', true) ~ E'\\maurora_stat_utils\\M') THEN
        SELECT coalesce(bool_or(s.name = 'rds.extensions'), false),
               coalesce(array_agg(DISTINCT split_part(s.name, '.', 1)), '{}')
        INTO aurora_extension, provider_settings
        FROM pg_settings AS s
        WHERE s.name = CASE boot WHEN 'rdsadmin' THEN 'rds.extensions' ELSE s.name END AND s.name ~ '^(rds|neon)[.]';
    END IF;

    where_we_are := CASE
        WHEN heroku AND boot IN ('rdsadmin', 'postgres') THEN 'heroku'
        WHEN boot = 'rdsadmin' AND (aurora_function OR aurora_extension) THEN 'aurora'
        WHEN boot = 'rdsadmin' THEN 'rds'
        WHEN boot = 'cloudsqladmin' THEN 'cloud_sql'
        WHEN boot = 'alloydbadmin' THEN 'alloydb'
        WHEN boot IN ('azuresu', 'azure_superuser') THEN 'azure'
        WHEN boot = 'supabase_admin' THEN 'supabase'
        WHEN boot = 'cloud_admin' AND 'neon' = ANY (provider_settings) THEN 'neon'
        ELSE 'self_managed'
    END;

    -- the group that stands in for superuser there
    SELECT r.rolname INTO admins
    FROM pg_roles AS r
    WHERE r.rolname = ANY (CASE where_we_are
                               WHEN 'rds' THEN '{rds_superuser}'
                               WHEN 'aurora' THEN '{rds_superuser}'
                               WHEN 'cloud_sql' THEN '{cloudsqlsuperuser}'
                               WHEN 'alloydb' THEN '{alloydbsuperuser}'
                               WHEN 'azure' THEN '{azure_pg_admin}'
                               WHEN 'supabase' THEN '{postgres}'
                               WHEN 'neon' THEN '{neon_superuser,databricks_superuser}'
                           END::name[])
    ORDER BY r.rolname DESC
    LIMIT 1;

    SELECT CASE
               WHEN r.rolsuper THEN 'superuser'
               WHEN pg_has_role(current_user, a.oid, 'USAGE') THEN 'provider_admin'
               WHEN pg_has_role(current_user, 'pg_monitor', 'USAGE') THEN 'pg_monitor'
               ELSE 'plain'
           END
    INTO level
    FROM pg_roles AS r
    LEFT JOIN pg_roles AS a ON a.rolname = admins
    WHERE r.rolname = current_user;

    RETURN QUERY
    SELECT where_we_are, level, admins,
           jsonb_build_object(
               'bootstrap_superuser', boot,
               'aurora_version_function', aurora_function,
               'aurora_stat_utils_in_rds_extensions', aurora_extension,
               'provider_settings', provider_settings,
               'heroku_ext_owned_by_bootstrap_superuser', heroku);
END
$$;

COMMENT ON FUNCTION rds_guard.platform() IS
'One row: platform (rds, aurora, cloud_sql, alloydb, azure, supabase, neon, heroku, self_managed: anything else), the caller''s privilege level there (superuser, provider_admin, pg_monitor, plain), the role that stands in for superuser (NULL where customers have real ones or there is none), and the evidence, all of it beyond the reach of a customer''s role. For everybody.';

CREATE FUNCTION rds_guard.on_rds() RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (SELECT p.platform IN ('rds', 'aurora') FROM rds_guard.platform() AS p);
END
$$;

COMMENT ON FUNCTION rds_guard.on_rds() IS
'Whether this is Amazon RDS or Aurora. For everybody.';
