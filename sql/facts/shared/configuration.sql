-- The configuration as a whole: several settings at once, what the files say and
-- the server does not do, and search paths.

CREATE FUNCTION rds_guard.settings_in_force(settings text[])
    RETURNS TABLE (name text, object text, value text, scope text, database name, role name)
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.name, s.name,
           CASE WHEN s.source IN ('default', 'environment variable', 'configuration file', 'command line', 'override') THEN s.setting
                ELSE rds_guard.server_setting(s.name) END,
           'server', NULL::name, NULL::name
    FROM pg_settings AS s
    WHERE s.name = ANY (settings)
    UNION ALL
    SELECT n.name, rds_guard.override_target(o.database, o.role) || ' SET ' || n.name, o.value, o.scope, o.database, o.role
    FROM (SELECT DISTINCT v.name FROM rds_guard.setting_overrides() AS v WHERE v.name = ANY (settings)) AS n
    CROSS JOIN LATERAL rds_guard.effective_overrides(n.name) AS o
    WHERE rds_guard.has_setting(n.name);
END
$$;

COMMENT ON FUNCTION rds_guard.settings_in_force(text[]) IS
'As values_in_force(), for several settings in one pass, without those that this server has not: the value of the server, without a unit, and the overrides that win for somebody. Not for settings that not everybody may see: of these it has no row. For everybody; errors as of server_setting().';

CREATE FUNCTION rds_guard.require_file_settings() RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (SELECT p.platform FROM rds_guard.platform() AS p) <> 'self_managed' THEN
        RAISE feature_not_supported USING MESSAGE = 'here the provider writes the configuration files';
    END IF;
    IF NOT (has_table_privilege('pg_catalog.pg_file_settings', 'SELECT')
            AND has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'EXECUTE')) THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'permission denied to read pg_file_settings',
            HINT = format('GRANT SELECT ON pg_catalog.pg_file_settings TO %1$s; GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_all_file_settings() TO %1$s;',
                          rds_guard.ident(current_user));
    END IF;
    RETURN true;
END
$$;

COMMENT ON FUNCTION rds_guard.require_file_settings() IS
'True for whoever may read pg_file_settings; raises 42501 for others, with the GRANTs as hint, and 0A000 where a provider writes the files.';

CREATE FUNCTION rds_guard.file_settings()
    RETURNS TABLE (file text, line integer, seqno integer, name text, value text, applied boolean, error text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 50
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM rds_guard.require_file_settings();
    RETURN QUERY SELECT f.sourcefile, f.sourceline, f.seqno, lower(f.name), f.setting, f.applied, f.error FROM pg_file_settings AS f;
END
$$;

COMMENT ON FUNCTION rds_guard.file_settings() IS
'A row for each line of the configuration files, and each error in them, as they are now: pg_file_settings. Values may be secrets. Errors as of require_file_settings().';

CREATE FUNCTION rds_guard.newer_configuration() RETURNS SETOF text
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF rds_guard.file_times_visible() THEN
        RETURN QUERY
        SELECT n.file
        FROM (SELECT DISTINCT f.file FROM rds_guard.file_settings() AS f WHERE f.file IS NOT NULL) AS n (file)
        WHERE rds_guard.file_changed(n.file) > pg_conf_load_time();
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.newer_configuration() IS
'The configuration files that were changed after the server last read them. None where file_times_visible() is false. A file that is gone is not noticed. Errors as of require_file_settings().';

CREATE FUNCTION rds_guard.is_secret_setting(name text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN name ~ '(_command|conninfo|passphrase|password|secret|key|token|ldap|oauth)';
END
$$;

COMMENT ON FUNCTION rds_guard.is_secret_setting(text) IS
'Whether the value of a setting may hold something that a report must not repeat.';

CREATE FUNCTION rds_guard.values_behind_ours(setting text)
    RETURNS TABLE (object text, value text, scope text, database name, role name, unseen text)
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    server text;
    hint text;
BEGIN
    BEGIN
        server := rds_guard.server_setting(setting);
    EXCEPTION WHEN insufficient_privilege THEN
        GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    END;
    RETURN QUERY
    SELECT setting, server, 'server', NULL::name, NULL::name, hint
    UNION ALL
    SELECT rds_guard.override_target(o.database, o.role) || ' SET ' || setting, o.value, o.scope, o.database, o.role, NULL
    FROM rds_guard.effective_overrides(setting) AS o;
END
$$;

COMMENT ON FUNCTION rds_guard.values_behind_ours(text) IS
'As values_in_force(), for settings such as search_path that clients and roles often have a value of their own for: where that hides the value of the server, there is a row nevertheless, with NULL for the value, and unseen says what would show it. For everybody.';

CREATE FUNCTION rds_guard.path_names(path text) RETURNS TABLE (place integer, name text)
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT m.place::integer, coalesce(replace(m.found[1], '""', '"'), lower(m.found[2]))
    FROM regexp_matches(path, '"((?:[^"]|"")*)"|([^,[:space:]"]+)', 'g') WITH ORDINALITY AS m (found, place);
END
$$;

COMMENT ON FUNCTION rds_guard.path_names(text) IS
'A row for each name of a search_path, with its place from 1, as the server reads it: in lower case unless quoted. For everybody. Source: SplitIdentifierString() in src/backend/utils/adt/varlena.c.';
