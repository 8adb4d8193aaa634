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
           array_agg(t.transport ORDER BY t.transport), l.remote
    FROM rules AS l
    CROSS JOIN LATERAL unnest(l.transports) AS t (transport)
    WHERE NOT EXISTS (
        SELECT FROM rules AS e
        WHERE e.place < l.place AND t.transport = ANY (e.transports)
              AND ('all' = ANY (e.roles) OR l.roles <@ e.roles)
              AND rds_guard.hba_covers(e.databases, l.databases, e.address, l.address, e.network, l.network))
    GROUP BY l.place, l.file_name, l.line_number, l.type, l.databases, l.roles, l.address, l.auth_method, l.options, l.remote;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_effective_rules() IS
'The rows of hba_rules() that some connection can hit because no single earlier line takes all of them, with the transports for which that is so. For whoever may read pg_hba_file_rules; 42501 for others.';

CREATE FUNCTION rds_guard.hba_access(for_role name)
    RETURNS TABLE (place bigint, file_name text, line_number integer, type text, databases text[],
                   address text, auth_method text, options text[], transports text[], remote boolean)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH RECURSIVE groups (oid) AS (
        -- +group means membership by grants alone: not superuser, not INHERIT
        SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = for_role
        UNION
        SELECT m.roleid FROM groups AS g JOIN pg_catalog.pg_auth_members AS m ON m.member = g.oid
    ), group_names AS MATERIALIZED (
        SELECT '+' || r.rolname AS token FROM groups AS g JOIN pg_catalog.pg_roles AS r ON r.oid = g.oid
    ), rules AS MATERIALIZED (
        SELECT h.*
        FROM rds_guard.hba_rules() AS h
        WHERE EXISTS (
            SELECT FROM unnest(h.roles) AS u (token)
            WHERE u.token IN ('all', for_role::text)
                  OR u.token IN (SELECT n.token FROM group_names AS n)
                  OR CASE WHEN current_setting('server_version_num')::integer >= 160000 AND left(u.token, 1) = '/'
                          THEN for_role::text ~ substr(u.token, 2)
                     END)
    )
    SELECT l.place, l.file_name, l.line_number, l.type, l.databases, l.address, l.auth_method, l.options,
           array_agg(t.transport ORDER BY t.transport), l.remote
    FROM rules AS l
    CROSS JOIN LATERAL unnest(l.transports) AS t (transport)
    WHERE l.auth_method <> 'reject'
          AND NOT EXISTS (
              SELECT FROM rules AS e
              WHERE e.place < l.place AND t.transport = ANY (e.transports)
                    AND rds_guard.hba_covers(e.databases, l.databases, e.address, l.address, e.network, l.network))
    GROUP BY l.place, l.file_name, l.line_number, l.type, l.databases, l.address, l.auth_method, l.options, l.remote;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_access(name) IS
'A row for each line of pg_hba.conf by which this role gets as far as being asked who it is: the first lines that match it, with the transports (local, plain, tls, gss) and the method. Lines that reject are not shown, but count as first match. No row: the role cannot connect. For whoever may read pg_hba_file_rules; 42501 for others. Source: check_hba() in hba.c.';
