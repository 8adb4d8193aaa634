-- Which kind of password each role has, from whatever source may be read, and
-- what new ones have to be like.

CREATE FUNCTION rds_guard.password_kinds()
    RETURNS TABLE (role name, can_login boolean, kind text, valid_until timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    teller CONSTANT oid := (
        SELECT p.oid
        FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace
        -- anybody could make one: only the provider's own is ever called. Its
        -- schema may be that of the administrator who created the extension.
        WHERE n.nspname = 'rds_tools' AND p.proowner = 10
              AND n.nspowner IN (SELECT r.oid FROM pg_roles AS r JOIN rds_guard.administrators() AS a (role) ON a.role = r.rolname)
              AND p.proname = 'role_password_encryption_type' AND p.pronargs = 0);
BEGIN
    -- RDS shuts pg_authid for everybody, and tells the kind by this function.
    IF teller IS NOT NULL AND rds_guard.on_rds() THEN
        IF NOT (has_schema_privilege('rds_tools', 'USAGE') AND has_function_privilege(teller, 'EXECUTE')) THEN
            RAISE insufficient_privilege USING
                MESSAGE = 'permission denied to see the kinds of passwords',
                HINT = format('GRANT USAGE ON SCHEMA rds_tools TO %1$s; GRANT EXECUTE ON FUNCTION rds_tools.role_password_encryption_type() TO %1$s;',
                              rds_guard.ident(current_user));
        END IF;
        RETURN QUERY EXECUTE
            'SELECT r.rolname, r.rolcanlogin,
                    CASE WHEN t.encryption_type IS NULL THEN ''none''
                         WHEN t.encryption_type::text ILIKE ''scram%'' THEN ''scram-sha-256''
                         WHEN t.encryption_type::text ILIKE ''md5%'' THEN ''md5''
                         ELSE ''unrecognised'' END,
                    r.rolvaliduntil
             FROM rds_tools.role_password_encryption_type() AS t
             JOIN pg_catalog.pg_roles AS r ON r.rolname = t.rolname::name';
        RETURN;
    END IF;
    IF rds_guard.on_rds() AND NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user) THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'this database has no rds_tools, which tells the kinds of passwords',
            HINT = 'Run CREATE EXTENSION rds_tools; here as a member of rds_superuser.';
    END IF;
    RETURN QUERY SELECT v.role, v.can_login, v.kind, v.valid_until FROM rds_guard.password_verifiers() AS v;
END
$$;

COMMENT ON FUNCTION rds_guard.password_kinds() IS
'A row a role: whether it may log in, the kind of its password (none, md5, scram-sha-256, unrecognised) and until when that is valid (NULL or infinity: no limit). For whoever may read pg_authid; on RDS for whoever may execute rds_tools.role_password_encryption_type(). Never the password or its verifier. Error 42501 for others, with the GRANT as hint.';

CREATE FUNCTION rds_guard.passwords_unseen() RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    hint text;
BEGIN
    PERFORM FROM rds_guard.password_kinds() AS k;
    RETURN NULL;
EXCEPTION
    WHEN insufficient_privilege THEN
        GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
        RETURN hint;
END
$$;

COMMENT ON FUNCTION rds_guard.passwords_unseen() IS
'What would let the caller see the kinds of passwords, a GRANT or a sentence; NULL for who sees them. For everybody.';

CREATE FUNCTION rds_guard.roles_without_password() RETURNS SETOF name
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY SELECT k.role FROM rds_guard.password_kinds() AS k WHERE k.kind = 'none';
EXCEPTION
    WHEN insufficient_privilege THEN
        RETURN;
END
$$;

COMMENT ON FUNCTION rds_guard.roles_without_password() IS
'A row for each role that is known to have no password; none for who may not see that. For everybody.';

CREATE FUNCTION rds_guard.password_hooks() RETURNS TABLE (name text, in_force boolean, remark text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    known CONSTANT text[] := '{passwordcheck,passwordcheck_extra,credcheck,passwordpolicy}';
    at_start CONSTANT text[] := ARRAY(SELECT l.library FROM rds_guard.preloaded_libraries() AS l (library));
    each_session text;
    mode text;
    home text;
BEGIN
    RETURN QUERY SELECT l.library, true, 'loaded' FROM unnest(at_start) AS l (library) WHERE l.library = ANY (known);

    -- What the server or ALTER ROLE ALL gives to each session, but for those
    -- that have a list of their own.
    each_session := coalesce((SELECT o.value FROM rds_guard.setting_overrides() AS o WHERE o.name = 'session_preload_libraries' AND o.scope = 'all'),
                             rds_guard.server_setting('session_preload_libraries'));
    RETURN QUERY
    SELECT l.library, e.exceptions IS NULL, coalesce('not loaded for ' || e.exceptions, 'loaded by each session')
    FROM unnest(rds_guard.library_names(each_session)) AS l (library)
    CROSS JOIN LATERAL (
        SELECT string_agg(t.target, ', ' ORDER BY t.target)
        FROM rds_guard.effective_overrides('session_preload_libraries') AS o
        CROSS JOIN LATERAL (SELECT rds_guard.override_target(o.database, o.role)) AS t (target)
        WHERE l.library <> ALL (rds_guard.library_names(o.value))) AS e (exceptions)
    WHERE l.library = ANY (known) AND l.library <> ALL (at_start);

    IF NOT rds_guard.has_setting('pgtle.enable_password_check') THEN
        RETURN;
    END IF;
    mode := rds_guard.setting('pgtle.enable_password_check');
    home := coalesce(rds_guard.setting('pgtle.passcheck_db_name'), '');
    -- "require" refuses every password where no function is registered. With a
    -- database of its own the functions of that one count, else those of
    -- whichever database the password is set from.
    RETURN QUERY
    SELECT 'pg_tle',
           CASE
               WHEN mode = 'off' THEN false
               WHEN mode = 'require' THEN true
               WHEN home = '' THEN false
               WHEN home = current_database()
                   THEN EXISTS (SELECT FROM rds_guard.tle_features() AS f WHERE f.feature = 'passcheck')
           END,
           CASE
               WHEN mode = 'on' AND home = '' THEN 'pgtle.passcheck_db_name is empty: a password set from another database is not looked at'
               WHEN mode = 'on' AND home <> current_database() THEN format('the functions in database %s decide', rds_guard.ident(home))
               ELSE format('pgtle.enable_password_check is %s', mode)
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.password_hooks() IS
'What looks at new passwords: a row for each library of that kind that was loaded when the server started or that the server has each session load, and for pg_tle if it is loaded. in_force is whether every new password is looked at, NULL where that is decided in another database. session_preload_libraries counts as the server gives it, although a superuser can do without in a session, and background workers load none; local_preload_libraries, which every client can empty, does not. For members of pg_read_all_settings; 42501 for others, with the GRANT as hint. Source: preloaded_libraries(), session_preload_libraries, pgtle.enable_password_check.';

CREATE FUNCTION rds_guard.tle_features()
    RETURNS TABLE (feature text, function text, owner name, schema_owner name, pinned boolean)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    -- anybody could make a table of that name: only the extension's is read
    IF NOT EXISTS (SELECT FROM pg_extension AS e
                   JOIN pg_depend AS d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
                                          AND d.classid = 'pg_class'::regclass
                   JOIN pg_class AS c ON c.oid = d.objid AND c.relname = 'feature_info'
                   JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'pgtle'
                   WHERE e.extname = 'pg_tle') THEN
        RETURN;
    END IF;
    IF NOT (has_schema_privilege('pgtle', 'USAGE') AND has_table_privilege('pgtle.feature_info', 'SELECT')) THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'permission denied for table pgtle.feature_info',
            HINT = format('GRANT USAGE ON SCHEMA pgtle TO %1$s; GRANT SELECT ON pgtle.feature_info TO %1$s;', rds_guard.ident(current_user));
    END IF;
    RETURN QUERY EXECUTE
        'SELECT i.feature::text, i.obj_identity::text, o.rolname,
                CASE s.rolname WHEN ''pg_database_owner'' THEN rds_guard.role_name(b.datdba)::name ELSE s.rolname END,
                EXISTS (SELECT FROM unnest(p.proconfig) AS c (entry) WHERE c.entry LIKE ''search_path=%'')
         FROM pgtle.feature_info AS i
         JOIN pg_catalog.pg_database AS b ON b.datname = pg_catalog.current_database()
         LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = i.schema_name
         LEFT JOIN pg_catalog.pg_proc AS p ON p.pronamespace = n.oid AND p.proname = i.proname
                                              AND (pg_catalog.pg_identify_object(''pg_catalog.pg_proc''::pg_catalog.regclass, p.oid, 0)).identity = i.obj_identity
         LEFT JOIN pg_catalog.pg_roles AS o ON o.oid = p.proowner
         LEFT JOIN pg_catalog.pg_roles AS s ON s.oid = n.nspowner';
END
$$;

COMMENT ON FUNCTION rds_guard.tle_features() IS
'A row for each function that pg_tle calls when somebody sets a password (passcheck) or logs in (clientauth): its identity, its owner and that of its schema (NULL: it is gone), and whether it has a search_path of its own. No row where this database has no pg_tle. For who may read pgtle.feature_info, by default everybody; 42501 for others, with the GRANT as hint.';
