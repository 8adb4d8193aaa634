-- Settings as they are in force. pg_settings alone hides some from ordinary
-- roles, current_setting() alone believes what a session made up.

CREATE FUNCTION rds_guard.setting(name text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    value text;
BEGIN
    -- The subtransaction makes this function, and each that calls it, parallel
    -- unsafe: before 17 there is none while parallel workers run.
    BEGIN
        value := current_setting(name, true);
    EXCEPTION
        WHEN insufficient_privilege THEN
            RAISE insufficient_privilege USING
                MESSAGE = format('permission denied to examine "%s"', name),
                HINT = format('GRANT pg_read_all_settings TO %s;', rds_guard.ident(current_user));
    END;
    -- Any session can make up a name with a dot; none can add to pg_settings.
    IF value IS NULL
       OR (strpos(name, '.') > 0
           AND NOT EXISTS (SELECT FROM rds_guard.known_setting(name))) THEN
        RAISE feature_not_supported USING MESSAGE = format('this server has no setting "%s"', name);
    END IF;
    RETURN value;
END
$$;

COMMENT ON FUNCTION rds_guard.setting(text) IS
'The value of a setting in this session, as SHOW prints it. For everybody. Errors: 42501 when the caller may not see it, with the GRANT as hint; 0A000 when this server has no such setting, also when the session made one up under that name. Of search_path it sees only its own value.';

CREATE FUNCTION rds_guard.has_setting(name text) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM rds_guard.setting(name);
    RETURN true;
EXCEPTION
    WHEN insufficient_privilege THEN
        RETURN true;
    WHEN feature_not_supported THEN
        RETURN false;
END
$$;

COMMENT ON FUNCTION rds_guard.has_setting(text) IS
'Whether this server has such a setting, also where the caller may not see its value: a library''s setting is there only when the library is loaded. For everybody.';

CREATE FUNCTION rds_guard.value_behind_session(name text) RETURNS TABLE (value text, source text)
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    undone CONSTANT text := 'RG001';
BEGIN
    IF lower(name) IN ('role', 'session_authorization', 'transaction_isolation', 'transaction_read_only', 'transaction_deferrable') THEN
        RETURN;
    END IF;
    BEGIN
        -- RESET in a subtransaction that does not last. If it is search_path,
        -- anybody's names are in force until then: nothing is looked up here
        -- that does not say pg_catalog.
        PERFORM pg_catalog.set_config(name, NULL, true);
        SELECT pg_catalog.current_setting(s.name), s.source INTO value, source
        FROM pg_catalog.pg_settings AS s
        WHERE pg_catalog.lower(s.name) OPERATOR(pg_catalog.=) pg_catalog.lower(value_behind_session.name);
        RAISE EXCEPTION USING ERRCODE = undone;
    EXCEPTION
        WHEN SQLSTATE 'RG001' THEN
            NULL;
        -- what this role cannot set, or what cannot be set in a session
        WHEN OTHERS THEN
            RETURN;
    END;
    IF source IS NOT NULL THEN
        RETURN NEXT;
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.value_behind_session(text) IS
'One row: the value that RESET would bring back in this session, and its source as pg_settings has it. SET, also that of a function, is looked behind so; what the client asked for when it connected, and ALTER ROLE and ALTER DATABASE, are not. No row for what this role may not set and for what no session can. For everybody. Source: set_config_option() in src/backend/utils/misc/guc.c.';

CREATE FUNCTION rds_guard.server_value(name text) RETURNS TABLE (value text, source text)
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    seen text := rds_guard.setting(name);
    origin text;
    kind text;
    boot text;
    line text;
    options text;
BEGIN
    SELECT s.source INTO origin FROM rds_guard.known_setting(name) AS s;
    IF origin = 'session' THEN
        SELECT b.value, b.source INTO seen, origin
        FROM (SELECT v.value, v.source, 1 AS place FROM rds_guard.value_behind_session(name) AS v
              UNION ALL
              SELECT seen, origin, 2) AS b
        ORDER BY b.place
        LIMIT 1;
    END IF;
    IF origin IN ('default', 'environment variable', 'configuration file', 'command line', 'override') THEN
        RETURN QUERY SELECT seen, CASE origin WHEN 'default' THEN 'default' ELSE 'server' END;
        RETURN;
    END IF;

    -- This session has a value of its own, which hides the server's. Whoever
    -- may read the files gets it from there, unless they were changed after
    -- the server read them, or the command line, which wins, names it too.
    IF has_table_privilege('pg_catalog.pg_file_settings', 'SELECT')
       AND has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'EXECUTE')
       AND has_function_privilege('pg_catalog.pg_read_file(text)', 'EXECUTE')
       AND has_function_privilege('pg_catalog.pg_stat_file(text)', 'EXECUTE')
       AND pg_has_role('pg_read_server_files', 'USAGE') THEN
        options := pg_read_file('postmaster.opts');
        -- -d changes what is logged, under no name
        IF strpos(translate(lower(options), '-', '_'), lower(name)) = 0 AND strpos(options, '"-d') = 0
           AND NOT EXISTS (SELECT FROM (SELECT DISTINCT f.sourcefile FROM pg_file_settings AS f) AS f
                           WHERE (pg_stat_file(f.sourcefile)).modification > pg_conf_load_time()) THEN
            SELECT s.vartype, s.boot_val INTO kind, boot FROM pg_settings AS s WHERE lower(s.name) = lower(server_value.name);
            SELECT f.setting INTO line
            FROM pg_file_settings AS f
            WHERE lower(f.name) = lower(server_value.name) AND f.applied
            ORDER BY f.seqno DESC
            LIMIT 1;
            source := CASE WHEN line IS NULL THEN 'default' ELSE 'server' END;
            line := coalesce(line, boot);
            -- a file may say TRUE where SHOW says on
            value := CASE kind
                         WHEN 'bool' THEN CASE WHEN line::boolean THEN 'on' ELSE 'off' END
                         WHEN 'enum' THEN lower(line)
                         ELSE line
                     END;
            RETURN NEXT;
            RETURN;
        END IF;
    END IF;
    RAISE insufficient_privilege USING
        MESSAGE = format('this session''s own value of "%s" (%s) hides the server''s', name, origin),
        HINT = CASE
                   WHEN origin IN ('session', 'client')
                       THEN 'Run the report in a session that does not set it.'
                   ELSE 'Run the report as a role and in a database for which nothing overrides it'
                        || CASE WHEN rds_guard.on_rds() THEN '.' ELSE ', or as a superuser.' END
               END;
END
$$;

COMMENT ON FUNCTION rds_guard.server_value(text) IS
'One row: the value that the server gives a session before any ALTER ROLE, ALTER DATABASE or SET, and whether somebody set it (source server) or nobody did (default). For everybody whose session did not start with another value; a superuser gets it from the configuration files otherwise. Errors: 0A000 when there is no such setting; 42501 when the caller may not see it, or when what the session started with hides it.';

CREATE FUNCTION rds_guard.server_setting(name text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (SELECT v.value FROM rds_guard.server_value(name) AS v);
END
$$;

COMMENT ON FUNCTION rds_guard.server_setting(text) IS
'The value that the server gives a session before any ALTER ROLE, ALTER DATABASE or SET. For everybody; errors as of server_value().';

CREATE FUNCTION rds_guard.setting_overrides()
    RETURNS TABLE (database name, role name, name text, value text, scope text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 50
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT d.datname, r.rolname, lower(split_part(c.entry, '=', 1)), substr(c.entry, strpos(c.entry, '=') + 1),
           CASE
               WHEN s.setdatabase <> 0 AND s.setrole <> 0 THEN 'role in database'
               WHEN s.setrole <> 0 THEN 'role'
               WHEN s.setdatabase <> 0 THEN 'database'
               ELSE 'all'
           END
    FROM pg_catalog.pg_db_role_setting AS s
    CROSS JOIN LATERAL unnest(s.setconfig) AS c (entry)
    LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
    LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
    WHERE (s.setdatabase = 0 OR d.oid IS NOT NULL) AND (s.setrole = 0 OR r.oid IS NOT NULL);
END
$$;

COMMENT ON FUNCTION rds_guard.setting_overrides() IS
'A row for each setting that ALTER ROLE or ALTER DATABASE gives new sessions: the database (NULL: every one), the role (NULL: every one), the name in lower case, the value, and the scope in descending precedence: role in database, role, database, all (ALTER ROLE ALL). They hold from the next login and follow the login role, not SET ROLE or membership. For everybody. Source: pg_db_role_setting.';

CREATE FUNCTION rds_guard.effective_overrides(setting text)
    RETURNS TABLE (database name, role name, name text, value text, scope text, logins bigint)
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH candidate AS MATERIALIZED (
        -- no name is empty: '' stands for every one
        SELECT o.database, o.role, o.name, o.value, o.scope, coalesce(o.database, '') AS database_key, coalesce(o.role, '') AS role_key
        FROM rds_guard.setting_overrides() AS o
        WHERE o.name = lower(setting) AND rds_guard.is_accepted(o.name, o.value)
    ), here AS (
        -- all that nothing names are alike
        SELECT CASE WHEN d.datname IN (SELECT c.database FROM candidate AS c) THEN d.datname ELSE '' END AS key, count(*)
        FROM pg_catalog.pg_database AS d
        WHERE d.datallowconn AND EXISTS (SELECT FROM candidate)
        GROUP BY 1
    ), who AS (
        SELECT CASE WHEN r.rolname IN (SELECT c.role FROM candidate AS c) THEN r.rolname ELSE '' END AS key, count(*)
        FROM pg_catalog.pg_roles AS r
        -- a provider's own superuser is not the customer's to configure
        WHERE r.rolcanlogin AND EXISTS (SELECT FROM candidate)
              AND NOT (r.oid = 10 AND (SELECT p.platform FROM rds_guard.platform() AS p) <> 'self_managed')
        GROUP BY 1
    ), winner AS (
        SELECT DISTINCT ON (h.key, w.key) c.database, c.role, c.name, c.value, c.scope, h.count * w.count AS logins
        FROM here AS h
        CROSS JOIN who AS w
        CROSS JOIN LATERAL (VALUES (h.key, w.key, 1), ('', w.key, 2), (h.key, '', 3), ('', '', 4)) AS l (database, role, precedence)
        JOIN candidate AS c ON c.database_key = l.database AND c.role_key = l.role
        ORDER BY h.key, w.key, l.precedence
    )
    SELECT w.database, w.role, w.name, w.value, w.scope, sum(w.logins)::bigint
    FROM winner AS w
    GROUP BY w.database, w.role, w.name, w.value, w.scope;
END
$$;

COMMENT ON FUNCTION rds_guard.effective_overrides(text) IS
'The rows of setting_overrides() for one setting that the server accepts at login and that really win for at least one login role in one database that accepts connections, with the number of such pairs (logins). For everybody.';

CREATE FUNCTION rds_guard.values_in_force(setting text)
    RETURNS TABLE (object text, value text, scope text, database name, role name, logins bigint)
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT lower(setting), rds_guard.server_setting(setting), 'server', NULL::name, NULL::name, NULL::bigint
    UNION ALL
    SELECT rds_guard.override_target(o.database, o.role) || ' SET ' || o.name, o.value, o.scope, o.database, o.role, o.logins
    FROM rds_guard.effective_overrides(setting) AS o;
END
$$;

COMMENT ON FUNCTION rds_guard.values_in_force(text) IS
'A row for each value of a setting that sessions start with: that of the server (scope server, object the name of the setting), and each override that wins for at least one login role in one database, as effective_overrides() has them (object: ROLE worker SET log_statement). For everybody; errors as of server_setting().';

CREATE FUNCTION rds_guard.value_fix(setting text, good text, scope text, database name, role name) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE scope
               WHEN 'server' THEN rds_guard.setting_fix(setting, good)
               ELSE format('ALTER %s RESET %s;', rds_guard.override_target(database, role), lower(setting))
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.value_fix(text, text, text, name, name) IS
'The statement that mends a row of values_in_force(): the good value for the server, or what takes the override back, after which the value of the server holds.';

CREATE FUNCTION rds_guard.override_target(database name, role name) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
               WHEN role IS NOT NULL THEN 'ROLE ' || rds_guard.ident(role) || coalesce(' IN DATABASE ' || rds_guard.ident(database), '')
               WHEN database IS NOT NULL THEN 'DATABASE ' || rds_guard.ident(database)
               ELSE 'ROLE ALL'
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.override_target(name, name) IS
'What ALTER has to name to change an override: ROLE r, ROLE r IN DATABASE d, DATABASE d, or ROLE ALL.';

CREATE FUNCTION rds_guard.setting_fix(name text, value text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT CASE
                   WHEN p.platform IN ('rds', 'aurora') THEN
                       format('aws rds modify-db-%sparameter-group --db-%sparameter-group-name YOUR_GROUP --parameters ''[{"ParameterName":%s,"ParameterValue":%s,"ApplyMethod":"%s"}]''',
                              g.kind, g.kind, to_json(setting_fix.name), to_json(setting_fix.value),
                              CASE WHEN r.restart THEN 'pending-reboot' ELSE 'immediate' END)
                   WHEN p.platform = 'self_managed' AND r.restart THEN
                       format('ALTER SYSTEM SET %s = %s; -- then restart the server', setting_fix.name, l.literal)
                   WHEN p.platform = 'self_managed' THEN
                       format('ALTER SYSTEM SET %s = %s; SELECT pg_reload_conf();', setting_fix.name, l.literal)
               END
        FROM rds_guard.platform() AS p
        CROSS JOIN LATERAL (SELECT CASE p.platform WHEN 'aurora' THEN 'cluster-' ELSE '' END) AS g (kind)
        CROSS JOIN LATERAL (
            -- a list of libraries in one literal would be one library of that name
            SELECT CASE WHEN setting_fix.name ~ '_preload_libraries$'
                        THEN (SELECT string_agg(quote_literal(btrim(t.token, ' "')), ', ' ORDER BY t.place)
                              FROM unnest(string_to_array(setting_fix.value, ',')) WITH ORDINALITY AS t (token, place))
                        ELSE quote_literal(setting_fix.value)
                   END
        ) AS l (literal)
        CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM rds_guard.known_setting(setting_fix.name) AS s
                                           WHERE s.name = setting_fix.name AND s.context = 'postmaster')) AS r (restart));
END
$$;

COMMENT ON FUNCTION rds_guard.setting_fix(text, text) IS
'How to change a setting of the server here: ALTER SYSTEM on a server of one''s own, the aws command on RDS and Aurora, NULL where the provider''s own tool is needed.';

CREATE FUNCTION rds_guard.certificate_exists() RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF has_function_privilege('pg_catalog.pg_stat_file(text,boolean)', 'EXECUTE') AND pg_has_role('pg_read_server_files', 'USAGE') THEN
        RETURN (pg_stat_file(rds_guard.setting('ssl_cert_file'), true)).size IS NOT NULL;
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION rds_guard.certificate_exists() IS
'Whether the file that ssl_cert_file names is there; NULL when the caller may not look at files. For everybody.';
