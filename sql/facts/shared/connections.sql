-- Who is connected now, and how.

CREATE FUNCTION rds_guard.is_loopback(address inet) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN address <<= '127.0.0.0/8' OR address <<= '::1' OR address <<= '::ffff:127.0.0.0/104';
END
$$;

COMMENT ON FUNCTION rds_guard.is_loopback(inet) IS
'Whether packets from this address never leave the machine: 127.0.0.0/8, ::1, and the former written as IPv6.';

CREATE FUNCTION rds_guard.client_connections()
    RETURNS TABLE (pid integer, role name, database name, client_address inet, application text, backend_type text,
                   encryption text, protocol text, cipher text, bits integer)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    -- The views show other people's rows with the telling columns empty.
    IF NOT pg_has_role('pg_read_all_stats', 'USAGE') THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'permission denied to see the connections of other roles',
            HINT = format('GRANT pg_read_all_stats TO %s;', rds_guard.ident(current_user));
    END IF;
    RETURN QUERY
    SELECT a.pid, coalesce(a.usename, ('dropped role ' || a.usesysid)::name), a.datname, a.client_addr, a.application_name, a.backend_type,
           CASE WHEN s.ssl THEN 'tls' WHEN g.encrypted THEN 'gss' ELSE 'none' END,
           s.version, s.cipher, s.bits
    FROM pg_stat_activity AS a
    LEFT JOIN pg_stat_ssl AS s ON s.pid = a.pid
    LEFT JOIN pg_stat_gssapi AS g ON g.pid = a.pid
    WHERE a.backend_type IN ('client backend', 'walsender') AND a.usesysid IS NOT NULL
          AND NOT (a.usesysid = 10 AND (SELECT p.platform FROM rds_guard.platform() AS p) <> 'self_managed');
END
$$;

COMMENT ON FUNCTION rds_guard.client_connections() IS
'A row for each client and walsender connected now: process, login role, database (NULL for physical replication), address (NULL on a Unix socket), application, backend type, encryption (tls, gss, none), and for tls the protocol, cipher and bits. A provider''s own sessions are left out. Behind a pooler this is the pooler''s connection. For members of pg_read_all_stats; 42501 for others, with the GRANT as hint. Source: pg_stat_activity, pg_stat_ssl, pg_stat_gssapi.';

CREATE FUNCTION rds_guard.network_listeners() RETURNS SETOF text
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT l.address
    FROM (SELECT btrim(a.token, ' "') FROM unnest(string_to_array(rds_guard.setting('listen_addresses'), ',')) AS a (token)) AS l (address)
    -- and what /etc/hosts calls it
    WHERE lower(l.address) NOT IN ('', 'localhost', 'localhost.localdomain', 'localhost4', 'localhost6', 'ip6-localhost', 'ip6-loopback')
          AND l.address !~ '^127[.]' AND l.address !~ '^[0:]+:0*1$';
END
$$;

COMMENT ON FUNCTION rds_guard.network_listeners() IS
'A row for each entry of listen_addresses that reaches beyond the loopback interface (* and 0.0.0.0 do). No row: no client on the network gets in. For everybody.';

CREATE FUNCTION rds_guard.listens_on_network() RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM rds_guard.network_listeners());
END
$$;

COMMENT ON FUNCTION rds_guard.listens_on_network() IS
'Whether the server listens beyond the loopback interface. For everybody.';

CREATE FUNCTION rds_guard.timeout_seconds(value text) RETURNS numeric
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- as parse_int() in guc.c reads them; 0x10, 1e3 and the like count as none
    parts CONSTANT text[] := regexp_match(value, '^\s*([0-9]+(?:[.][0-9]*)?|[.][0-9]+)\s*(us|ms|s|min|h|d)?\s*$');
BEGIN
    RETURN coalesce(parts[1]::numeric * CASE coalesce(parts[2], 'ms')
                                            WHEN 'us' THEN 0.000001
                                            WHEN 'ms' THEN 0.001
                                            WHEN 's' THEN 1
                                            WHEN 'min' THEN 60
                                            WHEN 'h' THEN 3600
                                            WHEN 'd' THEN 86400
                                        END, 0);
END
$$;

COMMENT ON FUNCTION rds_guard.timeout_seconds(text) IS
'The seconds of a setting such as statement_timeout, from what SHOW prints or ALTER ROLE was given: milliseconds without a unit. 0, no limit, also for what cannot be read.';
