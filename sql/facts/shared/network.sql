-- Which lines of pg_hba.conf matter to the checks of category network, how far
-- each of them reaches, and how it is written anew.

CREATE FUNCTION rds_guard.hba_matches_anything(tokens text[]) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    token text;
BEGIN
    FOREACH token IN ARRAY tokens LOOP
        IF token = 'all' THEN
            RETURN true;
        END IF;
        -- What takes names that nobody would think of takes all. A pattern
        -- that is broken keeps the whole file from being loaded.
        IF left(token, 1) = '/' AND current_setting('server_version_num')::integer >= 160000 THEN
            BEGIN
                IF 'b7' ~ substr(token, 2) AND 'Quite another Name_0' ~ substr(token, 2) AND 'xyzzy' ~ substr(token, 2) THEN
                    RETURN true;
                END IF;
            EXCEPTION WHEN invalid_regular_expression THEN
                CONTINUE;
            END;
        END IF;
    END LOOP;
    RETURN false;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_matches_anything(text[]) IS
'Whether a list of roles or databases of pg_hba.conf takes every name: the keyword all, or from PostgreSQL 16 on a regular expression such as /.* that does the same. For everybody.';

CREATE FUNCTION rds_guard.hba_new_line(type text, databases text[], roles text[], address text, auth_method text, options text[])
    RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- A secret that is not shown cannot be written again, nor can the scope
    -- of a search but in the form of an URL. Whether a keyword was in quotes,
    -- and therefore a name, nobody sees.
    IF array_to_string(options, ' ') ~ '<redacted>|(^| )ldapscope=[^2]'
       OR EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname IN ('all', 'sameuser', 'samerole', 'samegroup', 'replication') AND r.rolname = ANY (roles))
       OR EXISTS (SELECT FROM pg_database AS d
                  WHERE d.datname IN ('all', 'sameuser', 'samerole', 'samegroup', 'replication') AND d.datname = ANY (databases)) THEN
        RETURN NULL;
    END IF;
    RETURN rds_guard.hba_line(
        type, databases, roles, address, auth_method,
        -- the view says true where the file wants 1
        ARRAY(SELECT regexp_replace(o.option, '^(ldaptls|include_realm|delegate_ident_mapping)=true$', E'\\1=1')
              FROM unnest(options) WITH ORDINALITY AS o (option, place)
              WHERE o.option <> 'ldapscope=2'
              ORDER BY o.place)
        || CASE WHEN auth_method IN ('gss', 'sspi') AND NOT 'include_realm=true' = ANY (coalesce(options, '{}'))
                     AND NOT 'include_realm=1' = ANY (coalesce(options, '{}')) THEN '{include_realm=0}'::text[] ELSE '{}' END);
END
$$;

COMMENT ON FUNCTION rds_guard.hba_new_line(text, text[], text[], text, text, text[]) IS
'A line of pg_hba.conf with these parts, options as hba_rules() shows them; NULL when it cannot be told how the file would have to say it. For everybody.';

CREATE FUNCTION rds_guard.hba_reach(type text, address text, remote boolean) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF type = 'local' THEN
        RETURN 'machine';
    ELSIF remote AND rds_guard.listens_on_network() THEN
        RETURN 'network';
    ELSIF rds_guard.setting('listen_addresses') = '' THEN
        RETURN 'nobody';
    -- what is not a network is a keyword or a name, which may well be this machine's
    ELSIF strpos(address, '/') > 0 AND NOT (address::inet >>= '127.0.0.1' OR address::inet >>= '::1' OR rds_guard.is_loopback(address::inet)) THEN
        RETURN 'nobody';
    END IF;
    RETURN 'machine';
END
$$;

COMMENT ON FUNCTION rds_guard.hba_reach(text, text, boolean) IS
'Who can get as far as a line of pg_hba.conf of this type, address and remoteness (as hba_rules() has them): network, only this machine, or nobody, because the server does not listen there. For everybody.';

CREATE FUNCTION rds_guard.hba_open_lines(methods text[] DEFAULT NULL, only_remote boolean DEFAULT false, of_providers boolean DEFAULT true)
    RETURNS TABLE (place bigint, file_name text, line_number integer, type text, databases text[], roles text[], address text,
                   auth_method text, options text[], transports text[], reach text, line text, sentence text, evidence jsonb,
                   is_ours boolean, keeps_a_way boolean)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    where_we_are CONSTANT text := (SELECT p.platform FROM rds_guard.platform() AS p);
BEGIN
    IF NOT of_providers AND where_we_are <> 'self_managed' THEN
        RAISE feature_not_supported USING MESSAGE = 'here the provider writes pg_hba.conf, and no customer can change this in it';
    END IF;
    -- what a line is worth is only asked where there is one
    IF NOT EXISTS (SELECT FROM rds_guard.hba_rules() AS h
                   WHERE h.auth_method <> 'reject' AND (methods IS NULL OR h.auth_method = ANY (methods)) AND (h.remote OR NOT only_remote)) THEN
        RETURN;
    END IF;

    RETURN QUERY
    WITH effective AS MATERIALIZED (
        SELECT h.* FROM rds_guard.hba_effective_rules() AS h WHERE h.auth_method <> 'reject'
    )
    SELECT h.place, h.file_name, h.line_number, h.type, h.databases, h.roles, h.address, h.auth_method, h.options, h.transports,
           w.reach, l.line,
           format('%s line %s lets %s in to %s from %s', coalesce(h.file_name, 'pg_hba.conf'), h.line_number, rds_guard.hba_list(h.roles),
                  rds_guard.hba_list(h.databases), coalesce(h.address, 'this machine')),
           jsonb_build_object('file', h.file_name, 'line', h.line_number, 'type', h.type, 'databases', h.databases, 'roles', h.roles,
                              'address', h.address, 'method', h.auth_method, 'options', h.options, 'reach', w.reach),
           where_we_are = 'self_managed',
           EXISTS (SELECT FROM effective AS e CROSS JOIN LATERAL unnest(e.roles) AS n (token)
                   WHERE e.type = 'local' AND NOT e.databases <@ '{replication}'
                         AND (n.token = 'all' OR EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = n.token AND r.rolsuper AND r.rolcanlogin)))
    FROM effective AS h
    CROSS JOIN LATERAL (SELECT rds_guard.hba_line(h.type, h.databases, h.roles, h.address, h.auth_method, h.options)) AS l (line)
    CROSS JOIN LATERAL (
        SELECT CASE
                   -- names that nobody bears now
                   WHEN NOT EXISTS (SELECT FROM unnest(h.roles) AS n (token)
                                    WHERE n.token = 'all' OR left(n.token, 1) = '/'
                                          OR EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname IN (n.token, substr(n.token, 2)) AND n.token IN (r.rolname, '+' || r.rolname)))
                        OR NOT EXISTS (SELECT FROM unnest(h.databases) AS n (token)
                                       WHERE n.token IN ('all', 'sameuser', 'samerole', 'samegroup', 'replication') OR left(n.token, 1) = '/'
                                             OR EXISTS (SELECT FROM pg_database AS d WHERE d.datname = n.token AND d.datallowconn)) THEN 'nobody'
                   ELSE rds_guard.hba_reach(h.type, h.address, h.remote)
               END
    ) AS w (reach)
    WHERE (methods IS NULL OR h.auth_method = ANY (methods)) AND (h.remote OR NOT only_remote)
          -- what RDS and Aurora need for themselves is nothing to report to their customer
          AND NOT (where_we_are IN ('rds', 'aurora')
                   AND (h.type = 'local' OR h.databases <@ '{replication,rdsadmin}' OR h.roles <@ '{rdsadmin}'));
END
$$;

COMMENT ON FUNCTION rds_guard.hba_open_lines(text[], boolean, boolean) IS
'For checks: the rows of hba_effective_rules() that let somebody in, by these methods or (NULL) any, or only those that let in from beyond this machine; without those that RDS and Aurora have for themselves. With reach (network, machine, or nobody: the server does not listen there, or there is no such role or database), the line as the file writes it, the beginning of a sentence about it, the evidence, whether the customer writes the file (is_ours), and whether a superuser gets in by a Unix socket (keeps_a_way), so that nothing said of network lines can lock everybody out. For whoever may read pg_hba_file_rules. Errors: those of hba_rules(), and 0A000 where a provider writes the file and of_providers is false.';

CREATE FUNCTION rds_guard.superuser_reachers() RETURNS SETOF name
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT a.role FROM rds_guard.administrators() AS a (role)
    UNION
    SELECT m.member
    FROM rds_guard.role_memberships(only_how => 'hold') AS m
    JOIN pg_roles AS t ON t.rolname = m.role AND t.rolsuper;
END
$$;

COMMENT ON FUNCTION rds_guard.superuser_reachers() IS
'A row for each role that is an administrator or can become a superuser by its memberships, inherited or not, or by granting them to itself. For everybody. Errors: those of role_memberships().';

CREATE FUNCTION rds_guard.is_private_network(network inet) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN network <<= ANY ('{10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,169.254.0.0/16,127.0.0.0/8,fc00::/7,fe80::/10,::1/128,
                              ::ffff:10.0.0.0/104,::ffff:172.16.0.0/108,::ffff:192.168.0.0/112,::ffff:127.0.0.0/104}'::inet[]);
END
$$;

COMMENT ON FUNCTION rds_guard.is_private_network(inet) IS
'Whether a network lies within the ranges that no router of the Internet forwards: RFC 1918, the shared range of providers (RFC 6598), link-local, unique local IPv6, loopback. For everybody.';

CREATE FUNCTION rds_guard.merge_networks(networks inet[]) RETURNS inet[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    merged inet[] := ARRAY(SELECT DISTINCT network(n.network)::inet FROM unnest(networks) AS n (network));
    bits integer;
BEGIN
    FOR bits IN REVERSE 128 .. 1 LOOP
        -- most lengths do not occur, and one that stands alone has no twin
        CONTINUE WHEN (SELECT count(*) < 2 FROM unnest(merged) AS n (network) WHERE masklen(n.network) = bits);
        merged := ARRAY(
            SELECT DISTINCT CASE WHEN t.twins = 2 THEN t.parent ELSE t.network END
            FROM (SELECT n.network, p.parent, count(*) OVER (PARTITION BY p.parent) AS twins
                  FROM unnest(merged) AS n (network)
                  CROSS JOIN LATERAL (SELECT network(set_masklen(n.network, bits - 1))::inet) AS p (parent)
                  WHERE masklen(n.network) = bits) AS t
            UNION
            SELECT n.network FROM unnest(merged) AS n (network) WHERE masklen(n.network) <> bits);
    END LOOP;
    RETURN ARRAY(SELECT n.network FROM unnest(merged) AS n (network)
                 WHERE NOT EXISTS (SELECT FROM unnest(merged) AS o (network) WHERE o.network >> n.network)
                 ORDER BY n.network);
END
$$;

COMMENT ON FUNCTION rds_guard.merge_networks(inet[]) IS
'The same addresses in as few networks as possible: 0.0.0.0/1 and 128.0.0.0/1 are 0.0.0.0/0. For everybody.';

CREATE FUNCTION rds_guard.is_wide(address text, widest_ipv4 numeric, widest_ipv6 numeric) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN address IN ('all', 'samenet')
           OR (strpos(address, '/') > 0
               AND masklen(address::inet) < CASE family(address::inet) WHEN 4 THEN widest_ipv4 ELSE widest_ipv6 END);
END
$$;

COMMENT ON FUNCTION rds_guard.is_wide(text, numeric, numeric) IS
'Whether an address of hba_rules() is all, samenet or a network with a prefix shorter than these. NULL for a Unix socket. For everybody.';

CREATE FUNCTION rds_guard.hba_is_narrow() RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN NOT EXISTS (SELECT FROM rds_guard.hba_open_lines(only_remote => true) AS h
                       WHERE rds_guard.is_wide(h.address, (SELECT rds_guard.policy_number('widest_ipv4')), (SELECT rds_guard.policy_number('widest_ipv6'))));
EXCEPTION WHEN insufficient_privilege THEN
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_is_narrow() IS
'Whether no line of pg_hba.conf lets anybody in from a network that is wider than the policies widest_ipv4 and widest_ipv6 allow; NULL when the caller may not see. For everybody.';

CREATE FUNCTION rds_guard.md5_password_count() RETURNS bigint
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (SELECT count(*) FROM rds_guard.password_kinds() AS k WHERE k.kind = 'md5' AND k.can_login);
EXCEPTION WHEN insufficient_privilege THEN
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION rds_guard.md5_password_count() IS
'How many roles that may log in have a password that is stored as an MD5 hash; NULL when the caller may not see. For everybody.';

CREATE FUNCTION rds_guard.ident_mappings()
    RETURNS TABLE (place bigint, file_name text, line_number integer, map text, system_name text, role text, problem text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF to_regclass('pg_catalog.pg_ident_file_mappings') IS NOT NULL THEN
        IF NOT (has_table_privilege('pg_catalog.pg_ident_file_mappings', 'SELECT')
                AND has_function_privilege('pg_catalog.pg_ident_file_mappings()', 'EXECUTE')) THEN
            RAISE insufficient_privilege USING
                MESSAGE = 'permission denied to read pg_ident_file_mappings',
                HINT = format('GRANT SELECT ON pg_catalog.pg_ident_file_mappings TO %1$s; GRANT EXECUTE ON FUNCTION pg_catalog.pg_ident_file_mappings() TO %1$s;',
                              rds_guard.ident(current_user));
        END IF;
        RETURN QUERY EXECUTE
            'SELECT row_number() OVER (ORDER BY coalesce((to_jsonb(m) ->> ''map_number'')::integer, m.line_number)),
                    to_jsonb(m) ->> ''file_name'', m.line_number, m.map_name, m.sys_name, m.pg_username, m.error
             FROM pg_ident_file_mappings AS m';
        RETURN;
    END IF;

    -- Before 15 only the file itself tells.
    IF NOT (has_function_privilege('pg_catalog.pg_read_file(text)', 'EXECUTE') AND pg_has_role('pg_read_server_files', 'USAGE')
            AND pg_has_role('pg_read_all_settings', 'USAGE')) THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'permission denied to read pg_ident.conf, which this server shows in no view',
            HINT = 'Run the report as a superuser.';
    END IF;
    RETURN QUERY
    SELECT l.place, NULL::text, l.place::integer, t.tokens[1], t.tokens[2], t.tokens[3],
           CASE WHEN cardinality(t.tokens) < 3 THEN 'missing entry at end of line' END
    FROM regexp_split_to_table(pg_read_file(rds_guard.setting('ident_file')), E'\r?\n') WITH ORDINALITY AS l (line, place)
    CROSS JOIN LATERAL (
        -- a token is a run of what is no blank, in which quotes keep blanks and # together
        SELECT ARRAY(SELECT replace(m.token[1], '"', '')
                     FROM regexp_matches(substring(l.line FROM '^(?:[^"#]|"[^"]*")*'), '(?:[^[:space:]"]|"[^"]*")+', 'g') WITH ORDINALITY AS m (token, place)
                     ORDER BY m.place)
    ) AS t (tokens)
    WHERE cardinality(t.tokens) > 0;
END
$$;

COMMENT ON FUNCTION rds_guard.ident_mappings() IS
'A row for each line of pg_ident.conf, in the order in which the server tries them (place): file (16 and later), line, map, name that the operating system, Kerberos or the certificate gives, role that it may be, and what is wrong with the line (NULL: nothing). From PostgreSQL 15 on for whoever may read pg_ident_file_mappings, before for members of pg_read_server_files and pg_read_all_settings. Error 42501 for others, with the GRANTs as hint.';

CREATE FUNCTION rds_guard.ident_role_matches(token text, role name) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF current_setting('server_version_num')::integer >= 160000 THEN
        IF token = 'all' THEN
            RETURN true;
        ELSIF left(token, 1) = '/' THEN
            RETURN role::text ~ substr(token, 2);
        ELSIF left(token, 1) = '+' THEN
            -- by grants alone: a superuser is not in every group
            RETURN EXISTS (
                WITH RECURSIVE groups (oid) AS (
                    SELECT r.oid FROM pg_roles AS r WHERE r.rolname = ident_role_matches.role
                    UNION
                    SELECT m.roleid FROM groups AS g JOIN pg_auth_members AS m ON m.member = g.oid
                )
                SELECT FROM groups AS g JOIN pg_roles AS r ON r.oid = g.oid WHERE r.rolname = substr(token, 2));
        END IF;
    END IF;
    RETURN token = role;
EXCEPTION WHEN invalid_regular_expression THEN
    RETURN false;
END
$$;

COMMENT ON FUNCTION rds_guard.ident_role_matches(text, name) IS
'Whether the third column of pg_ident.conf names this role: by its name, and from PostgreSQL 16 on by all, +group or a regular expression. For everybody. Source: check_ident_usermap() in hba.c.';
