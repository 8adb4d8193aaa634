-- What the steps of an escalation ask again and again: who has all of several
-- rights, who can create a function, and which names a piece of code looks up.

CREATE FUNCTION rds_guard.grantees(acl aclitem[], only_privilege text) RETURNS oid[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN ARRAY(
        SELECT DISTINCT CASE r.rolname WHEN 'pg_database_owner' THEN d.datdba ELSE a.grantee END
        FROM aclexplode(acl) AS a
        JOIN pg_database AS d ON d.datname = current_database()
        LEFT JOIN pg_roles AS r ON r.oid = a.grantee
        WHERE a.privilege_type = only_privilege);
END
$$;

COMMENT ON FUNCTION rds_guard.grantees(aclitem[], text) IS
'Whom a list of privileges names for one privilege: roles, the owner of this database instead of pg_database_owner, and 0 for PUBLIC; empty for nobody. For everybody.';

CREATE FUNCTION rds_guard.function_creators(temporary boolean) RETURNS oid[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN ARRAY(
        SELECT unnest(rds_guard.grantees(coalesce(n.nspacl, acldefault('n', n.nspowner)), 'CREATE'))
        FROM pg_namespace AS n
        WHERE n.nspname !~ '^pg_(toast|temp)'
        UNION
        -- who may create a schema may create what is in it
        SELECT unnest(rds_guard.grantees(coalesce(d.datacl, acldefault('d', d.datdba)), 'CREATE')
                      || CASE WHEN temporary THEN rds_guard.grantees(coalesce(d.datacl, acldefault('d', d.datdba)), 'TEMPORARY') END)
        FROM pg_database AS d
        WHERE d.datname = current_database());
END
$$;

COMMENT ON FUNCTION rds_guard.function_creators(boolean) IS
'Whom privileges allow to create a function in this database, on request also one for their session only: roles, and 0 for PUBLIC. For everybody.';

CREATE FUNCTION rds_guard.holders(a oid[], b oid[] DEFAULT NULL, c oid[] DEFAULT NULL, d oid[] DEFAULT NULL) RETURNS SETOF oid
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- what everybody has asks for nothing
    needs CONSTANT integer := (SELECT count(*) FROM (VALUES (a), (b), (c), (d)) AS g (roles) WHERE NOT 0 = ANY (g.roles));
    named CONSTANT oid[] := ARRAY(SELECT r.oid FROM pg_roles AS r WHERE NOT r.rolsuper AND r.oid = ANY (a || b || c || d));
    candidates oid[] := named;
    found oid[] := '{}';
BEGIN
    IF needs = 0 THEN
        RETURN NEXT 0;
        RETURN;
    ELSIF needs = 1 THEN
        RETURN QUERY
        SELECT DISTINCT n.role
        FROM unnest(named) AS n (role)
        JOIN (VALUES (a), (b), (c), (d)) AS g (roles) ON n.role = ANY (g.roles) AND NOT 0 = ANY (g.roles);
        RETURN;
    END IF;

    -- Rights come together in a role that is named for one of them, or in one
    -- that is a member of several others; in the latter only if not all who
    -- are named for one of the rights have the others anyway.
    FOR attempt IN 1 .. 2 LOOP
        found := found || ARRAY(
            SELECT r.role
            FROM unnest(candidates) AS r (role)
            WHERE (a IS NULL OR 0 = ANY (a) OR EXISTS (SELECT FROM unnest(a) AS g (role) WHERE pg_has_role(r.role, g.role, 'USAGE')))
                  AND (b IS NULL OR 0 = ANY (b) OR EXISTS (SELECT FROM unnest(b) AS g (role) WHERE pg_has_role(r.role, g.role, 'USAGE')))
                  AND (c IS NULL OR 0 = ANY (c) OR EXISTS (SELECT FROM unnest(c) AS g (role) WHERE pg_has_role(r.role, g.role, 'USAGE')))
                  AND (d IS NULL OR 0 = ANY (d) OR EXISTS (SELECT FROM unnest(d) AS g (role) WHERE pg_has_role(r.role, g.role, 'USAGE'))));
        EXIT WHEN EXISTS (SELECT FROM (VALUES (a), (b), (c), (d)) AS g (roles)
                          WHERE NOT 0 = ANY (g.roles) AND NOT EXISTS (SELECT FROM unnest(g.roles) AS n (role) WHERE n.role = ANY (named) AND n.role <> ALL (found)));
        candidates := ARRAY(
            SELECT r.oid
            FROM pg_roles AS r
            WHERE NOT r.rolsuper AND r.oid <> ALL (named)
                  AND (r.oid IN (SELECT m.member FROM pg_auth_members AS m GROUP BY m.member HAVING count(DISTINCT m.roleid) > 1)
                       OR r.oid IN (SELECT o.datdba FROM pg_database AS o WHERE o.datname = current_database())));
    END LOOP;
    RETURN QUERY SELECT f.role FROM unnest(found) AS f (role);
END
$$;

COMMENT ON FUNCTION rds_guard.holders(oid[], oid[], oid[], oid[]) IS
'A row for each role from which on somebody is in all of these groups: a group has its roles and whoever inherits from one of them, everybody where it has 0, and is not asked for where it is NULL. One row with 0 where everybody is. Superusers and roles that only inherit from a role that has a row do not count. For everybody.';

CREATE FUNCTION rds_guard.code_names(code text) RETURNS TABLE (is_call boolean, writes boolean, qualifier text, name text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
    SET standard_conforming_strings = on
AS $$
DECLARE
    identifier CONSTANT text := '("(?:[^"]|"")+"|[[:alpha:]_][\w$]*)';
    bare CONSTANT text := regexp_replace(code, '--[^\n]*|/\*.*?\*/', ' ', 'g');
    -- common table expressions
    own CONSTANT text[] := ARRAY(
        SELECT lower(m.found[1]) FROM regexp_matches(bare, identifier || '\s*(?:\([^()]*\)\s*)?\mas\s+(?:(?:not\s+)?materialized\s*)?\(', 'gi') AS m (found));
BEGIN
    RETURN QUERY
    SELECT DISTINCT n.is_call, n.writes,
           CASE WHEN n.first LIKE '"%' THEN replace(substr(n.first, 2, length(n.first) - 2), '""', '"') ELSE lower(n.first) END,
           CASE WHEN n.last LIKE '"%' THEN replace(substr(n.last, 2, length(n.last) - 2), '""', '"') ELSE lower(n.last) END
    FROM (
        SELECT false, m.found[1] !~* '^(from|join)$', CASE WHEN m.found[3] IS NOT NULL THEN m.found[2] END, coalesce(m.found[3], m.found[2])
        FROM regexp_matches(bare, '\m(from|join|update|(?:insert|merge)\s+into|delete\s+from)\s+(?:only\s+)?' || identifier
                                  || '(?:\s*\.\s*' || identifier || ')?(?![\w$.]|\s*\()', 'gi') AS m (found)
        UNION ALL
        SELECT true, false, CASE WHEN m.found[2] IS NOT NULL THEN m.found[1] END, coalesce(m.found[2], m.found[1])
        FROM regexp_matches(bare, '(?<![\w$.])' || identifier || '(?:\s*\.\s*' || identifier || ')?\s*\(', 'gi') AS m (found)
    ) AS n (is_call, writes, first, last)
    WHERE NOT (n.first IS NULL AND NOT n.is_call AND lower(n.last) = ANY (own))
          -- the grammar looks these up in pg_catalog
          AND NOT (n.is_call AND n.first IS NULL AND lower(n.last) IN ('extract', 'normalize', 'overlay', 'position', 'substring', 'trim', 'xmlexists'));
END
$$;

COMMENT ON FUNCTION rds_guard.code_names(text) IS
'A row for each name that SQL or PL/pgSQL code seems to look up: of a function that it calls, or of a relation that it reads or writes, with its schema if the code says so. By patterns, without parsing: a name that no object bears means nothing, operators and the second table of a list are overlooked. For everybody.';

CREATE FUNCTION rds_guard.path_schemas(path text, runs_as oid) RETURNS TABLE (place integer, is_temp boolean, schema oid)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    names CONSTANT text[] := ARRAY(
        SELECT CASE coalesce(replace(m.found[1], '""', '"'), lower(m.found[2]))
                   WHEN '$user' THEN (SELECT r.rolname::text FROM pg_roles AS r WHERE r.oid = runs_as)
                   ELSE coalesce(replace(m.found[1], '""', '"'), lower(m.found[2]))
               END
        FROM regexp_matches(path, '"((?:[^"]|"")*)"|([^,[:space:]"]+)', 'g') WITH ORDINALITY AS m (found, place)
        ORDER BY m.place);
BEGIN
    RETURN QUERY
    SELECT e.place::integer, e.name = 'pg_temp', n.oid
    FROM (
        -- these two come first unless they are named
        SELECT -2, 'pg_temp' WHERE NOT 'pg_temp' = ANY (names)
        UNION ALL
        SELECT -1, 'pg_catalog' WHERE NOT 'pg_catalog' = ANY (names)
        UNION ALL
        SELECT u.place, u.name FROM unnest(names) WITH ORDINALITY AS u (name, place) WHERE u.name <> ''
    ) AS e (place, name)
    LEFT JOIN pg_namespace AS n ON n.nspname = e.name;
END
$$;

COMMENT ON FUNCTION rds_guard.path_schemas(text, oid) IS
'A row for each schema that a search_path leads to while a role is the current one: its place, whether it is that of temporary objects, and its OID (NULL if it does not exist). For everybody. Source: recomputeNamespacePath() in namespace.c.';

CREATE FUNCTION rds_guard.scheduled_jobs() RETURNS TABLE (id text, runs_as oid, command text, path text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT j.id, r.oid, j.command,
           coalesce((SELECT substr(c.setting, 13)
                     FROM pg_catalog.pg_db_role_setting AS s
                     JOIN pg_catalog.pg_database AS d ON d.datname = current_database()
                     CROSS JOIN LATERAL unnest(s.setconfig) AS c (setting)
                     WHERE c.setting LIKE 'search\_path=%' AND s.setrole IN (0, r.oid) AND s.setdatabase IN (0, d.oid)
                     ORDER BY s.setrole = 0, s.setdatabase = 0
                     LIMIT 1), '"$user", public')
    FROM rds_guard.cron_jobs() AS j
    JOIN pg_catalog.pg_roles AS r ON r.rolname = j.role
    WHERE j.active AND j.database = current_database();
END
$$;

COMMENT ON FUNCTION rds_guard.scheduled_jobs() IS
'A row for each active job of pg_cron in this database that the caller may see: its number, the role that it runs as, the command, and the search_path of its session as roles and databases set it. No row without pg_cron. For everybody.';

CREATE FUNCTION rds_guard.loopback_mappings() RETURNS TABLE (srvid oid, srvname name, umuser oid, options jsonb)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT m.srvid, m.srvname, m.umuser,
           (SELECT coalesce(jsonb_object_agg(split_part(o.option, '=', 1), substr(o.option, strpos(o.option, '=') + 1)), '{}')
            FROM unnest(m.umoptions) AS o (option)
            WHERE split_part(o.option, '=', 1) IN ('user', 'password_required'))
           -- hidden, which is not the same as none
           || CASE WHEN m.umoptions IS NULL AND NOT pg_has_role(s.srvowner, 'USAGE')
                        AND NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user) THEN NULL ELSE '{}'::jsonb END
    FROM pg_user_mappings AS m
    JOIN pg_foreign_server AS s ON s.oid = m.srvid
    JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
    JOIN pg_proc AS p ON p.oid = w.fdwhandler AND p.proname = 'postgres_fdw_handler'
    CROSS JOIN LATERAL (
        SELECT coalesce(max(o.value) FILTER (WHERE o.name = 'hostaddr'), max(o.value) FILTER (WHERE o.name = 'host'), '') AS host,
               coalesce(max(o.value) FILTER (WHERE o.name = 'port'), '5432') AS port
        FROM (SELECT split_part(x.option, '=', 1), substr(x.option, strpos(x.option, '=') + 1) FROM unnest(s.srvoptions) AS x (option)) AS o (name, value)
    ) AS c
    WHERE c.port = current_setting('port')
          AND (c.host IN ('', 'localhost', '::1') OR c.host ~ '^(/|@|127[.])' OR c.host = host(inet_server_addr()));
END
$$;

COMMENT ON FUNCTION rds_guard.loopback_mappings() IS
'A row for each user mapping (role 0: PUBLIC) of a server of postgres_fdw that leads back to this server: its options user and password_required, NULL where the caller may not see them. For everybody.';

CREATE FUNCTION rds_guard.escalation_unseen() RETURNS TABLE (reason text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT format('the options of a user mapping of server %s are hidden from others than its owner', rds_guard.ident(m.srvname)),
           format('Run the report as the owner of server %s or as a superuser.', rds_guard.ident(m.srvname))
    FROM rds_guard.loopback_mappings() AS m
    WHERE m.options IS NULL;

    RETURN QUERY SELECT u.reason, u.hint FROM rds_guard.jobs_unseen() AS u;

    RETURN QUERY
    SELECT 'the owners of subscriptions are hidden'::text,
           format('GRANT SELECT (oid) ON pg_catalog.pg_subscription TO %s;', rds_guard.ident(current_user))
    WHERE EXISTS (SELECT FROM pg_subscription_rel) AND NOT has_column_privilege('pg_catalog.pg_subscription', 'oid', 'SELECT');
END
$$;

COMMENT ON FUNCTION rds_guard.escalation_unseen() IS
'A row for each thing that may allow an escalation and that the current role may not look at, with what would show it: a GRANT, or a sentence where no GRANT does. For everybody.';
