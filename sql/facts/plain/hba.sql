-- Who gets in by which line of pg_hba.conf, exactly. The networks that the file
-- names cut the addresses into pieces, each of them all in or all out of any
-- line. The first line that matches takes a piece; a set of them is a string of
-- bits, the first of which is the Unix socket.

CREATE FUNCTION rds_guard.hba_merge(networks cidr[]) RETURNS cidr[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
DECLARE
    bits integer := 128;
    parents cidr[];
BEGIN
    WHILE bits > 0 LOOP
        parents := ARRAY(SELECT set_masklen(n.network, bits - 1)
                         FROM unnest(networks) AS n (network)
                         WHERE masklen(n.network) = bits
                         GROUP BY family(n.network), set_masklen(n.network, bits - 1)
                         HAVING count(*) = 2);
        IF parents <> '{}' THEN
            networks := parents || ARRAY(SELECT n.network FROM unnest(networks) AS n (network)
                                         WHERE masklen(n.network) <> bits OR set_masklen(n.network, bits - 1) <> ALL (parents));
        END IF;
        bits := (SELECT max(masklen(n.network)) FROM unnest(networks) AS n (network) WHERE masklen(n.network) < bits);
    END LOOP;
    RETURN ARRAY(SELECT n.network FROM unnest(networks) AS n (network) ORDER BY n.network);
END
$$;

COMMENT ON FUNCTION rds_guard.hba_merge(cidr[]) IS
'The fewest networks that are the same addresses as these, of which no two overlap; in their order.';

CREATE FUNCTION rds_guard.hba_pieces(networks cidr[]) RETURNS TABLE (number integer, network cidr, pieces cidr[])
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH RECURSIVE known (network) AS MATERIALIZED (
        SELECT DISTINCT n.network FROM unnest(networks || '{0.0.0.0/0,::/0}'::cidr[]) AS n (network)
    ), blocks (network, block, whole) AS (
        SELECT k.network, k.network, NOT EXISTS (SELECT FROM known AS i WHERE i.network << k.network) FROM known AS k
        UNION ALL
        SELECT b.network, h.half, NOT EXISTS (SELECT FROM known AS i WHERE i.network << h.half)
        FROM blocks AS b
        CROSS JOIN LATERAL (VALUES (set_masklen(b.block, masklen(b.block) + 1)),
                                   (network(set_masklen(broadcast(b.block), masklen(b.block) + 1))::cidr)) AS h (half)
        WHERE NOT b.whole AND NOT EXISTS (SELECT FROM known AS k WHERE k.network = h.half)
    )
    -- nothing is left of a network that is all in networks within it
    SELECT (row_number() OVER (ORDER BY b.network))::integer, b.network, array_agg(b.block)
    FROM blocks AS b
    WHERE b.whole
    GROUP BY b.network;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_pieces(cidr[]) IS
'What these networks cut all addresses into: a row for each network, those of all addresses included, with what is in it and in none within it; no row where that is nothing.';

CREATE FUNCTION rds_guard.hba_walk(places bigint[], masks bit varying[], sure boolean[], everything bit varying)
    RETURNS TABLE (place bigint, got bit varying, earlier bigint[])
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    remaining bit varying := everything;
    none bit varying := everything & ~everything;
    gots bit varying[];
BEGIN
    FOR i IN 1 .. coalesce(cardinality(places), 0) LOOP
        place := places[i];
        got := remaining & masks[i];
        gots[i] := got;
        earlier := NULL;
        IF got = none THEN
            earlier := ARRAY(SELECT places[e.n] FROM generate_series(1, i - 1) AS e (n) WHERE sure[e.n] AND gots[e.n] & masks[i] <> none);
        ELSIF sure[i] THEN
            remaining := remaining & ~masks[i];
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_walk(bigint[], bit varying[], boolean[], bit varying) IS
'What each of these lines of pg_hba.conf gets of everything, in their order, when those that are sure take what they match; where it is nothing, which lines before took it.';

CREATE FUNCTION rds_guard.hba_histories(for_role name, everybody boolean)
    RETURNS TABLE (role name, database text, places bigint[], idle boolean)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    patterns CONSTANT boolean := current_setting('server_version_num')::integer >= 160000;
BEGIN
    RETURN QUERY
    WITH lines AS MATERIALIZED (
        SELECT h.place, h.databases, h.roles, h.uncertain IS NOT NULL AS literal,
               h.databases && '{sameuser,samerole,samegroup}' AS by_role, 'all' = ANY (h.roles) AS all_roles
        FROM rds_guard.hba_lines() AS h
    ), roles (role, groups) AS MATERIALIZED (
        SELECT r.name, ARRAY(SELECT '+' || g.name FROM rds_guard.hba_groups(r.name::name) AS g (name))
        FROM (SELECT p.rolname::text FROM pg_roles AS p WHERE CASE WHEN everybody THEN true WHEN for_role IS NULL THEN p.rolcanlogin ELSE p.rolname = for_role END
              UNION
              SELECT n.name FROM lines AS l CROSS JOIN LATERAL unnest(l.roles) AS n (name) WHERE everybody AND octet_length(n.name) < 64
              UNION
              -- any other: a name that no line can have
              SELECT E'\n' WHERE everybody
              UNION
              SELECT rds_guard.hba_bearer(n.name) FROM lines AS l CROSS JOIN LATERAL unnest(l.roles) AS n (name) WHERE everybody AND patterns AND left(n.name, 1) = '/') AS r (name)
    ), databases (database) AS MATERIALIZED (
        SELECT d.datname::text FROM pg_database AS d WHERE everybody OR (d.datallowconn AND d.datconnlimit <> -2)
        UNION
        SELECT n.name FROM lines AS l CROSS JOIN LATERAL unnest(l.databases) AS n (name)
        WHERE everybody AND n.name NOT IN ('all', 'sameuser', 'samerole', 'samegroup', 'replication')
        UNION
        SELECT E'\n' WHERE everybody
        UNION
        SELECT rds_guard.hba_bearer(n.name) FROM lines AS l CROSS JOIN LATERAL unnest(l.databases) AS n (name) WHERE everybody AND patterns AND left(n.name, 1) = '/'
        UNION
        -- physical replication
        SELECT NULL
    ), by_role (role, groups, lines, by_role) AS MATERIALIZED (
        SELECT r.role, r.groups, array_agg(l.place), bool_or(l.by_role)
        FROM roles AS r
        JOIN lines AS l ON rds_guard.hba_names_role(l.roles, r.role, r.groups, l.literal)
        GROUP BY r.role, r.groups
    ), asked AS MATERIALIZED (
        -- where nobody asks who it is, one stands for all that hit the same lines
        SELECT b.role, b.groups, b.lines FROM by_role AS b WHERE b.by_role OR NOT everybody
        UNION ALL
        SELECT (array_agg(b.role ORDER BY b.role <> E'\n', octet_length(b.role) >= 64, b.role))[1], '{}', b.lines FROM by_role AS b WHERE NOT b.by_role AND everybody GROUP BY b.lines
    )
    SELECT a.role::name, d.database, array_agg(l.place ORDER BY l.place), octet_length(a.role) >= 64 OR coalesce(octet_length(d.database) >= 64, false)
    FROM asked AS a
    CROSS JOIN LATERAL unnest(a.lines) AS u (place)
    JOIN lines AS l ON l.place = u.place
    CROSS JOIN databases AS d
    WHERE rds_guard.hba_names_database(l.databases, d.database, a.role, a.groups, l.literal)
    GROUP BY a.role, d.database
    -- what says all for the roles is left to any other
    HAVING coalesce(octet_length(d.database) < 64, true)
           OR bool_or((NOT l.all_roles OR a.role = E'\n') AND substr(d.database, 65) = ANY (l.databases));
END
$$;

COMMENT ON FUNCTION rds_guard.hba_histories(name, boolean) IS
'Which lines of pg_hba.conf speak of a role and a database, whatever the address and transport: a row for each role that may log in, or for the one named, and each database that takes connections (NULL: physical replication). everybody: all roles and databases, those that the file names, too, one that stands for any other, and one for each regular expression that nothing else matches (idle), but of those that have the same lines perhaps only one.';

CREATE FUNCTION rds_guard.hba_shares(for_role name, everybody boolean)
    RETURNS TABLE (places bigint[], transport text, place bigint, earlier bigint[], networks cidr[], remote boolean, idle boolean)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH lines AS MATERIALIZED (
        SELECT h.place, h.type, h.address, h.network, h.transports, h.uncertain IS NULL AS sure,
               (h.network IS NOT NULL OR (h.address = 'all' AND h.uncertain IS NULL)) AND h.type <> 'local' AS exact,
               h.address IN ('samehost', 'localhost') AS loopback
        FROM rds_guard.hba_lines() AS h
    ), pieces AS MATERIALIZED (
        SELECT p.number, p.network, p.pieces
        FROM rds_guard.hba_pieces(ARRAY(SELECT DISTINCT network(l.network)::cidr FROM lines AS l WHERE l.network IS NOT NULL)) AS p
    ), masks AS MATERIALIZED (
        SELECT l.place, l.sure, l.transports,
               (CASE l.type WHEN 'local' THEN '1' ELSE '0' END
                || (SELECT string_agg(CASE WHEN l.type <> 'local' AND (l.network IS NULL OR p.network <<= l.network) THEN '1' ELSE '0' END, '' ORDER BY p.number)
                    FROM pieces AS p))::varbit AS mask
        FROM lines AS l
    ), histories AS MATERIALIZED (
        SELECT h.places, bool_and(h.idle) AS idle FROM rds_guard.hba_histories(for_role, everybody) AS h GROUP BY h.places
    ), walks AS MATERIALIZED (
        SELECT h.places, h.idle, t.transport, array_agg(m.place ORDER BY m.place) AS lines,
               array_agg(m.mask ORDER BY m.place) AS masks, array_agg(m.sure ORDER BY m.place) AS sure
        FROM histories AS h
        CROSS JOIN LATERAL unnest(h.places) AS u (place)
        JOIN masks AS m ON m.place = u.place
        CROSS JOIN LATERAL unnest(m.transports) AS t (transport)
        GROUP BY h.places, h.idle, t.transport
    ), shares AS MATERIALIZED (
        SELECT w.places, w.idle, w.transport, s.place, s.got, s.earlier
        FROM walks AS w
        CROSS JOIN LATERAL rds_guard.hba_walk(w.lines, w.masks, w.sure, (SELECT repeat('1', 1 + count(*)::integer)::varbit FROM pieces)) AS s
    ), networks AS MATERIALIZED (
        SELECT g.got, rds_guard.hba_merge(ARRAY(SELECT b.block FROM pieces AS p CROSS JOIN LATERAL unnest(p.pieces) AS b (block)
                                                WHERE get_bit(g.got, p.number) = 1)) AS networks
        FROM (SELECT DISTINCT s.got FROM shares AS s WHERE s.earlier IS NULL) AS g
    )
    SELECT s.places, s.transport, s.place, s.earlier, CASE WHEN l.exact THEN n.networks END,
           s.transport <> 'local' AND NOT l.loopback
           AND EXISTS (SELECT FROM unnest(n.networks) AS a (network) WHERE NOT rds_guard.is_loopback(a.network)),
           s.idle
    FROM shares AS s
    JOIN lines AS l ON l.place = s.place
    LEFT JOIN networks AS n ON n.got = s.got AND s.earlier IS NULL;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_shares(name, boolean) IS
'A row for each distinct answer of hba_histories(), transport and line of it: if earlier ones leave nothing to it, which (earlier), otherwise what they leave (networks, NULL for the socket, names and keywords) whether that is more than this machine, and whether the answer is only for idle ones. Lines are named by their place.';

CREATE FUNCTION rds_guard.hba_access(for_role name DEFAULT NULL)
    RETURNS TABLE (role name, place bigint, file_name text, line_number integer, type text, databases text[],
                   address text, auth_method text, options text[], transports text[], remote boolean,
                   reached name[], networks cidr[], certain boolean)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 10000
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    -- planning costs more than the answer, most of the time
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH lines AS MATERIALIZED (
        SELECT h.* FROM rds_guard.hba_lines() AS h
    ), by_transport AS (
        SELECT h.role, s.place, s.transport, s.networks, s.remote,
               array_agg(DISTINCT coalesce(h.database, 'replication')::name ORDER BY coalesce(h.database, 'replication')::name) AS reached
        FROM rds_guard.hba_histories(for_role, false) AS h
        JOIN rds_guard.hba_shares(for_role, false) AS s ON s.places = h.places
        WHERE s.earlier IS NULL
        GROUP BY h.role, s.place, s.transport, s.networks, s.remote
    )
    SELECT t.role, l.place, l.file_name, l.line_number, l.type, l.databases, l.address, l.auth_method, l.options,
           array_agg(t.transport ORDER BY t.transport), t.remote, t.reached, t.networks, l.uncertain IS NULL AND NOT l.by_word
    FROM by_transport AS t
    JOIN lines AS l ON l.place = t.place
    WHERE l.auth_method <> 'reject'
    GROUP BY t.role, l.place, l.file_name, l.line_number, l.type, l.databases, l.address, l.auth_method, l.options,
             t.remote, t.reached, t.networks, l.uncertain, l.by_word
    ORDER BY t.role, l.place, t.reached, array_agg(t.transport ORDER BY t.transport);
END
$$;

COMMENT ON FUNCTION rds_guard.hba_access(name) IS
'How each role that may log in, or only the one named, gets as far as being asked who it is: a row for each line of pg_hba.conf that it hits first, with the transports (local, plain, tls, gss), the databases (reached: of those that take connections; replication stands for physical replication) and the addresses (networks: the fewest networks that are exactly what earlier lines leave to this one; NULL for the Unix socket, names and keywords) for which that is so. A line has several rows if it gets different addresses for different databases or transports. remote: networks are more than this machine. certain is false where hba_rules() says that it is uncertain what the line matches; such a line takes nothing away from later ones, so that what these get may be less; one that may have a name in quotes is taken at its word, so that later ones may get more.
Lines that reject are not shown, but count as first match. No row for a role: it cannot connect. For whoever may read pg_hba_file_rules; 42501 for others, as hba_rules(). Source: check_hba() in hba.c.';

CREATE FUNCTION rds_guard.hba_reach()
    RETURNS TABLE (place bigint, transports text[], remote boolean, covered_by bigint[], idle boolean)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.place, coalesce(array_agg(DISTINCT s.transport ORDER BY s.transport) FILTER (WHERE s.earlier IS NULL), '{}'),
           coalesce(bool_or(s.remote), false),
           CASE WHEN bool_or(s.earlier IS NULL) THEN '{}'
                ELSE coalesce(array_agg(DISTINCT e.place ORDER BY e.place) FILTER (WHERE e.place IS NOT NULL), '{}') END,
           bool_and(s.idle)
    FROM rds_guard.hba_shares(NULL, true) AS s
    LEFT JOIN LATERAL unnest(s.earlier) AS e (place) ON true
    GROUP BY s.place;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_reach() IS
'A row for each line of pg_hba.conf that fits some role and database (all that exist, that the file names, any other, and for each regular expression one that nothing else matches): the transports by which some connection hits it, whether from beyond this machine, where no connection does the lines (by their place) that take all of it, and whether it is idle: only a regular expression of its own names a role or a database, and none that there is. For whoever may read pg_hba_file_rules; 42501 for others.';
