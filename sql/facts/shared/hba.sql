-- What pg_hba.conf says, and which of its lines a role can really hit. The
-- first line that matches a connection decides it. The view shows the file,
-- not what the server has loaded, and loses quoting: a role named "all"
-- looks like the keyword.

CREATE FUNCTION rds_guard.hba_visible() RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN has_table_privilege('pg_catalog.pg_hba_file_rules', 'SELECT')
           AND has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE');
END
$$;

COMMENT ON FUNCTION rds_guard.hba_visible() IS
'Whether the caller may read pg_hba_file_rules: SELECT on the view and EXECUTE on the function under it. For everybody.';

CREATE FUNCTION rds_guard.network(address text, netmask text) RETURNS inet
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT set_masklen(address::inet, n.bits)
        FROM generate_series(0, CASE family(address::inet) WHEN 4 THEN 32 ELSE 128 END) AS n (bits)
        WHERE netmask(set_masklen(address::inet, n.bits)) = netmask::inet);
END
$$;

COMMENT ON FUNCTION rds_guard.network(text, text) IS
'Address and mask as one value; NULL for a mask with gaps.';

CREATE FUNCTION rds_guard.hba_name(name text) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN rds_guard.is_printable(name) AND left(name, 1) <> '/' THEN '"' || replace(name, '"', '""') || '"' END
$$;

COMMENT ON FUNCTION rds_guard.hba_name(text) IS
'The name of a database or role as pg_hba.conf writes it, always in quotes, for without them all, +name and others are not names. NULL where it cannot: a line break would begin a line of its own, and from 16 on /name is a regular expression even in quotes.';

CREATE FUNCTION rds_guard.hba_list(names text[]) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT string_agg(CASE
                              WHEN n.name ~ '^[+/]?[[:alnum:]_.-]+$' THEN n.name
                              WHEN left(n.name, 1) = '+' THEN '+"' || replace(substr(n.name, 2), '"', '""') || '"'
                              ELSE '"' || replace(n.name, '"', '""') || '"'
                          END, ',' ORDER BY n.place)
        FROM unnest(names) WITH ORDINALITY AS n (name, place));
END
$$;

COMMENT ON FUNCTION rds_guard.hba_list(text[]) IS
'A list of databases or roles as pg_hba.conf writes it.';

CREATE FUNCTION rds_guard.hba_options(options text[]) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT nullif(string_agg(CASE WHEN o.option ~ '^[[:graph:]]+$' AND strpos(o.option, '"') = 0 THEN o.option
                                      ELSE '"' || replace(o.option, '"', '""') || '"' END, ' ' ORDER BY o.place), '')
        FROM unnest(options) WITH ORDINALITY AS o (option, place));
END
$$;

COMMENT ON FUNCTION rds_guard.hba_options(text[]) IS
'The options of a line as pg_hba.conf writes them; NULL when there are none.';

CREATE FUNCTION rds_guard.hba_line(type text, databases text[], roles text[], address text, auth_method text, options text[])
    RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN concat_ws(' ', type, rds_guard.hba_list(databases), rds_guard.hba_list(roles), address, auth_method, rds_guard.hba_options(options));
END
$$;

COMMENT ON FUNCTION rds_guard.hba_line(text, text[], text[], text, text, text[]) IS
'A line of pg_hba.conf with these parts.';

CREATE FUNCTION rds_guard.hba_rules()
    RETURNS TABLE (place bigint, file_name text, line_number integer, type text, databases text[], roles text[],
                   address text, network inet, auth_method text, options text[], transports text[], remote boolean)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    broken text;
BEGIN
    IF NOT rds_guard.hba_visible() THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'permission denied to read pg_hba_file_rules',
            HINT = format('GRANT SELECT ON pg_catalog.pg_hba_file_rules TO %1$s; GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO %1$s;',
                          rds_guard.ident(current_user));
    END IF;

    -- The file may be newer than what the server has read. Only who may look at
    -- files can tell.
    IF has_function_privilege('pg_catalog.pg_stat_file(text)', 'EXECUTE') AND pg_has_role('pg_read_server_files', 'USAGE')
       AND pg_has_role('pg_read_all_settings', 'USAGE') THEN
        IF EXISTS (SELECT FROM (SELECT DISTINCT coalesce(to_jsonb(h) ->> 'file_name', current_setting('hba_file')) FROM pg_hba_file_rules AS h) AS f (name)
                   WHERE (pg_stat_file(f.name)).modification > pg_conf_load_time()) THEN
            RAISE insufficient_privilege USING
                MESSAGE = 'pg_hba.conf was changed after the server read it, and what it read cannot be seen',
                HINT = 'Reload the server with SELECT pg_reload_conf(), and run the report again.';
        END IF;
    END IF;

    -- A line that cannot match is left out by the server. Any other error
    -- keeps the whole file from being loaded: what holds then is an older
    -- file, which nobody can see.
    SELECT format('Line %s: %s.', h.line_number, h.error) INTO broken
    FROM pg_hba_file_rules AS h
    WHERE h.error IS NOT NULL AND h.error NOT LIKE '%record cannot match because%'
    ORDER BY h.line_number
    LIMIT 1;
    IF FOUND THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'pg_hba.conf has errors, so the server still uses an older one that cannot be seen',
            DETAIL = broken,
            HINT = 'Mend the file, reload, and run the report again.';
    END IF;

    RETURN QUERY
    SELECT row_number() OVER (ORDER BY coalesce((to_jsonb(h) ->> 'rule_number')::integer, h.line_number)),
           to_jsonb(h) ->> 'file_name', h.line_number, h.type, h.database, h.user_name,
           coalesce(n.network::text, h.address), n.network,
           h.auth_method,
           ARRAY(SELECT regexp_replace(o.option, '^(ldapbindpasswd|radiussecrets)=.*', E'\\1=<redacted>')
                 FROM unnest(h.options) AS o (option)),
           CASE h.type
               WHEN 'local' THEN '{local}'
               WHEN 'host' THEN '{plain,tls,gss}'
               WHEN 'hostssl' THEN '{tls}'
               WHEN 'hostnossl' THEN '{plain,gss}'
               WHEN 'hostgssenc' THEN '{gss}'
               WHEN 'hostnogssenc' THEN '{plain,tls}'
           END::text[],
           h.type <> 'local' AND h.address NOT IN ('samehost', 'localhost') AND NOT coalesce(rds_guard.is_loopback(n.network), false)
    FROM pg_hba_file_rules AS h
    CROSS JOIN LATERAL (
        SELECT CASE
                   WHEN h.address ~ '^[0-9a-fA-F:.]+$' AND h.netmask ~ '^[0-9a-fA-F:.]+$'
                       THEN rds_guard.network(h.address, h.netmask)
               END
    ) AS n (network)
    WHERE h.error IS NULL;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_rules() IS
'A row for each line of pg_hba.conf that can match, in the order in which the server tries them (place): file (16 and later), line, type, databases, roles, address as text and as a network (NULL for all, names and keywords), method, options without secrets, the transports it speaks about (local, plain, tls, gss), and whether it lets in from beyond this machine. For whoever may read pg_hba_file_rules. Errors: 42501 when the caller may not, with the GRANTs as hint, or when the file is broken and therefore not what the server uses. Source: hba.c.';

CREATE FUNCTION rds_guard.hba_covers(earlier_databases text[], later_databases text[],
                                     earlier_address text, later_address text,
                                     earlier_network inet, later_network inet) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        -- "all" is every database but the pseudo-database "replication"
        SELECT (later_databases <@ earlier_databases
                OR ('all' = ANY (earlier_databases)
                    AND ('replication' = ANY (earlier_databases) OR NOT 'replication' = ANY (later_databases))))
               AND (earlier_address IS NULL
                    OR earlier_address = 'all'
                    OR coalesce(earlier_network >>= later_network, false)
                    OR (earlier_network IS NULL AND earlier_address = later_address AND later_network IS NULL
                        AND earlier_address !~ '^[0-9]')));
END
$$;

COMMENT ON FUNCTION rds_guard.hba_covers(text[], text[], text, text, inet, inet) IS
'Whether each connection that a later line of pg_hba.conf would match in database and address is matched by an earlier one already. When in doubt, no: a line is then shown that may never be reached.';

CREATE FUNCTION rds_guard.hba_effective_rules()
    RETURNS TABLE (place bigint, file_name text, line_number integer, type text, databases text[], roles text[],
                   address text, auth_method text, options text[], transports text[], remote boolean)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH rules AS MATERIALIZED (SELECT h.* FROM rds_guard.hba_rules() AS h)
    SELECT l.place, l.file_name, l.line_number, l.type, l.databases, l.roles, l.address, l.auth_method, l.options,
           array_agg(DISTINCT t.transport ORDER BY t.transport), l.remote
    FROM rules AS l
    CROSS JOIN LATERAL unnest(l.transports) AS t (transport)
    -- each family by itself: two earlier lines may take all of "all"
    CROSS JOIN LATERAL unnest(CASE l.address WHEN 'all' THEN '{0.0.0.0/0,::/0}'::inet[] ELSE ARRAY[l.network] END) AS f (network)
    WHERE NOT EXISTS (
        SELECT FROM rules AS e
        WHERE e.place < l.place AND t.transport = ANY (e.transports)
              AND ('all' = ANY (e.roles) OR l.roles <@ e.roles)
              AND rds_guard.hba_covers(e.databases, l.databases, e.address, l.address, e.network, f.network))
    GROUP BY l.place, l.file_name, l.line_number, l.type, l.databases, l.roles, l.address, l.auth_method, l.options, l.remote;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_effective_rules() IS
'The rows of hba_rules() that some connection can hit because no single earlier line takes all of them, with the transports for which that is so. For whoever may read pg_hba_file_rules; 42501 for others.';

CREATE FUNCTION rds_guard.hba_access(for_role name DEFAULT NULL)
    RETURNS TABLE (role name, place bigint, file_name text, line_number integer, type text, databases text[],
                   address text, auth_method text, options text[], transports text[], remote boolean)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 10000
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    -- planning costs more than the answer, most of the time
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH RECURSIVE members (role, oid) AS (
        -- +group means membership by grants alone: not superuser, not INHERIT
        SELECT r.rolname, r.oid FROM pg_roles AS r WHERE CASE WHEN for_role IS NULL THEN r.rolcanlogin ELSE r.rolname = for_role END
        UNION
        SELECT g.role, m.roleid FROM members AS g JOIN pg_auth_members AS m ON m.member = g.oid
    ), asked (role) AS MATERIALIZED (
        SELECT DISTINCT m.role FROM members AS m
    ), tokens (role, token) AS MATERIALIZED (
        SELECT m.role, '+' || r.rolname FROM members AS m JOIN pg_roles AS r ON r.oid = m.oid
        UNION ALL
        SELECT a.role, a.role::text FROM asked AS a
        UNION ALL
        SELECT a.role, 'all' FROM asked AS a
    ), rules AS MATERIALIZED (
        SELECT h.* FROM rds_guard.hba_rules() AS h
    ), matches (role, place) AS MATERIALIZED (
        SELECT t.role, u.place
        FROM (SELECT h.place, n.token FROM rules AS h CROSS JOIN LATERAL unnest(h.roles) AS n (token)) AS u
        JOIN tokens AS t ON t.token = u.token
        UNION
        SELECT a.role, u.place
        FROM (SELECT h.place, substr(n.token, 2) AS pattern FROM rules AS h CROSS JOIN LATERAL unnest(h.roles) AS n (token)
              WHERE current_setting('server_version_num')::integer >= 160000 AND left(n.token, 1) = '/') AS u
        JOIN asked AS a ON a.role::text ~ u.pattern
    ), parts (place, transport, network) AS MATERIALIZED (
        SELECT h.place, t.transport, f.network
        FROM rules AS h
        CROSS JOIN LATERAL unnest(h.transports) AS t (transport)
        -- each family by itself: two earlier lines may take all of "all"
        CROSS JOIN LATERAL unnest(CASE h.address WHEN 'all' THEN '{0.0.0.0/0,::/0}'::inet[] ELSE ARRAY[h.network] END) AS f (network)
    ), covers (place, transport, network, earlier) AS MATERIALIZED (
        SELECT p.place, p.transport, p.network, e.place
        FROM parts AS p
        JOIN rules AS l ON l.place = p.place
        JOIN rules AS e ON e.place < l.place AND p.transport = ANY (e.transports)
                           AND rds_guard.hba_covers(e.databases, l.databases, e.address, l.address, e.network, p.network)
    ), taken AS MATERIALIZED (
        SELECT DISTINCT m.role, c.place, c.transport, c.network
        FROM covers AS c
        JOIN matches AS m ON m.place = c.earlier
    )
    SELECT m.role, l.place, l.file_name, l.line_number, l.type, l.databases, l.address, l.auth_method, l.options,
           array_agg(DISTINCT p.transport ORDER BY p.transport), l.remote
    FROM matches AS m
    JOIN rules AS l ON l.place = m.place
    JOIN parts AS p ON p.place = m.place
    LEFT JOIN taken AS t ON t.role = m.role AND t.place = p.place AND t.transport = p.transport
                            AND coalesce(t.network::text, '') = coalesce(p.network::text, '')
    WHERE l.auth_method <> 'reject' AND t.role IS NULL
    GROUP BY m.role, l.place, l.file_name, l.line_number, l.type, l.databases, l.address, l.auth_method, l.options, l.remote;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_access(name) IS
'A row for each role that may log in, or only for the one named, and each line of pg_hba.conf by which it gets as far as being asked who it is: the first lines that match it, with the transports (local, plain, tls, gss) and the method. Lines that reject are not shown, but count as first match. No row for a role: it cannot connect. For whoever may read pg_hba_file_rules; 42501 for others. Source: check_hba() in hba.c.';
