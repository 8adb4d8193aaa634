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

CREATE FUNCTION rds_guard.hba_written_options(auth_method text, options text[]) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF coalesce(options, '{}') = '{}' AND auth_method NOT IN ('gss', 'sspi') THEN
        RETURN '{}';
    END IF;
    -- The view says true where the file wants 1, tells the scope of a search,
    -- which only an URL can set, and is silent where a default is off.
    RETURN ARRAY(SELECT regexp_replace(o.option, '^(ldaptls|include_realm|compat_realm|upn_username|pam_use_hostname|delegate_ident_mapping)=true$', E'\\1=1')
                 FROM unnest(options) WITH ORDINALITY AS o (option, place)
                 WHERE o.option !~ '^ldapscope='
                 ORDER BY o.place)
           || CASE WHEN auth_method IN ('gss', 'sspi') AND array_to_string(coalesce(options, '{}'), E'\n') !~ '(^|\n)include_realm='
                   THEN '{include_realm=0}'::text[] ELSE '{}' END;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_written_options(text, text[]) IS
'The options of a line of hba_rules() as the file has to say them.';

CREATE FUNCTION rds_guard.hba_new_line(type text, databases text[], roles text[], address text, auth_method text, options text[])
    RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    written CONSTANT text[] := rds_guard.hba_written_options(auth_method, options);
BEGIN
    -- a secret that is not shown cannot be written again, nor a search that
    -- may not be of the usual scope
    IF strpos(array_to_string(written, ' '), '<redacted>') > 0
       OR (array_to_string(options, E'\n') ~ '(^|\n)ldapbasedn=' AND NOT 'ldapscope=2' = ANY (options)) THEN
        RETURN NULL;
    END IF;
    -- what may have stood in quotes would be a keyword, and let in others
    IF EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = ANY (roles) AND (r.rolname = 'all' OR r.rolname LIKE '+%'))
       OR EXISTS (SELECT FROM pg_database AS d
                  WHERE d.datname = ANY (databases) AND d.datname IN ('all', 'sameuser', 'samerole', 'samegroup', 'replication'))
       OR EXISTS (SELECT FROM rds_guard.hba_lines() AS l WHERE l.roles = hba_new_line.roles AND l.databases = hba_new_line.databases AND l.uncertain LIKE '%stands in quotes%') THEN
        RETURN NULL;
    END IF;
    RETURN rds_guard.hba_line(type, databases, roles, address, auth_method, written);
END
$$;

COMMENT ON FUNCTION rds_guard.hba_new_line(text, text[], text[], text, text, text[]) IS
'A line of pg_hba.conf with these parts, as hba_rules() shows them; NULL when it cannot be told what the file would have to say: a secret, the scope of a search in LDAP, or the name of a role or database that is also a keyword. For whoever may read pg_hba_file_rules.';

CREATE FUNCTION rds_guard.hba_let_in()
    RETURNS TABLE (place bigint, file_name text, line_number integer, type text, databases text[], roles text[], address text,
                   auth_method text, options text[], networks cidr[], transports text[], from_afar text[], reach text, line text,
                   sentence text, evidence jsonb, is_ours boolean, keeps_a_way boolean)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    where_we_are CONSTANT text := (SELECT p.platform FROM rds_guard.platform() AS p);
    on_network CONSTANT boolean := rds_guard.listens_on_network();
    on_tcp CONSTANT boolean := rds_guard.setting('listen_addresses') <> '';
BEGIN
    RETURN QUERY
    WITH rules AS MATERIALIZED (
        SELECT h.*, CASE WHEN h.address = 'all' THEN '{0.0.0.0/0,::/0}' WHEN h.network IS NOT NULL THEN ARRAY[network(h.network)] END AS whole
        FROM rds_guard.hba_lines() AS h
    ), reaches AS MATERIALIZED (
        SELECT r.place, r.transports, r.remote, r.idle FROM rds_guard.hba_reach() AS r
    ), shares AS MATERIALIZED (
        -- what earlier lines leave to each, for one role or another
        SELECT DISTINCT a.place, a.transports, a.networks, a.remote FROM rds_guard.hba_access() AS a
    ), afar AS MATERIALIZED (
        SELECT s.place, array_agg(DISTINCT t.transport ORDER BY t.transport) FILTER (WHERE s.remote) AS transports
        FROM shares AS s
        CROSS JOIN LATERAL unnest(s.transports) AS t (transport)
        GROUP BY s.place
    ), kinds AS MATERIALIZED (
        SELECT DISTINCT s.place, s.networks FROM shares AS s WHERE s.networks IS NOT NULL
    ), merged AS MATERIALIZED (
        -- mostly all get the same
        SELECT k.place, min(k.networks) AS networks FROM kinds AS k GROUP BY k.place HAVING count(*) = 1
        UNION ALL
        SELECT p.place, rds_guard.merge_networks(array_agg(p.network))
        FROM (SELECT DISTINCT k.place, n.network
              FROM kinds AS k
              CROSS JOIN LATERAL unnest(k.networks) AS n (network)
              WHERE k.place IN (SELECT m.place FROM kinds AS m GROUP BY m.place HAVING count(*) > 1)) AS p
        GROUP BY p.place
    ), left_over AS MATERIALIZED (
        SELECT r.place, r.transports,
               CASE WHEN a.place IS NOT NULL THEN a.transports WHEN r.remote THEN array_remove(r.transports, 'local') END AS from_afar,
               CASE WHEN h.whole IS NOT NULL THEN coalesce(m.networks, h.whole) END AS networks,
               r.idle
        FROM reaches AS r
        JOIN rules AS h ON h.place = r.place
        LEFT JOIN afar AS a ON a.place = r.place
        LEFT JOIN merged AS m ON m.place = r.place
        WHERE r.transports <> '{}'
        UNION ALL
        -- lines that fit nobody now, such as those for a group without
        -- members, unless an earlier one for everybody takes them anyway
        SELECT h.place, h.transports, CASE WHEN h.remote THEN h.transports END, h.whole, true
        FROM rules AS h
        WHERE h.place NOT IN (SELECT r.place FROM reaches AS r)
              AND NOT EXISTS (SELECT FROM rules AS e
                              WHERE e.place < h.place AND e.uncertain IS NULL AND 'all' = ANY (e.roles) AND h.transports <@ e.transports
                                    AND (h.databases <@ e.databases OR ('all' = ANY (e.databases) AND NOT 'replication' = ANY (h.databases)))
                                    AND (h.type = 'local' OR e.address = 'all' OR coalesce(e.network >>= h.network, false)))
    ), bearers (token) AS MATERIALIZED (
        SELECT r.rolname::text FROM pg_roles AS r
        UNION ALL
        SELECT '+' || r.rolname FROM pg_roles AS r
    ), targets (token) AS MATERIALIZED (
        SELECT d.datname::text FROM pg_database AS d WHERE d.datallowconn
        UNION ALL
        SELECT unnest('{all,sameuser,samerole,samegroup,replication}'::text[])
    )
    SELECT h.place, h.file_name, h.line_number, h.type, h.databases, h.roles, h.address, h.auth_method, h.options,
           f.networks, f.transports, coalesce(f.from_afar, '{}'), w.reach, l.line,
           format('%s line %s lets %s in to %s from %s', coalesce(h.file_name, 'pg_hba.conf'), h.line_number, rds_guard.hba_list(h.roles),
                  rds_guard.hba_list(h.databases), coalesce(h.address, 'this machine')),
           jsonb_build_object('file', h.file_name, 'line', h.line_number, 'type', h.type, 'databases', h.databases, 'roles', h.roles,
                              'address', h.address, 'networks', to_jsonb(f.networks), 'method', h.auth_method, 'options', h.options, 'reach', w.reach),
           where_we_are = 'self_managed',
           EXISTS (SELECT FROM rules AS e
                   JOIN left_over AS o ON o.place = e.place
                   CROSS JOIN LATERAL unnest(e.roles) AS n (token)
                   WHERE e.type = 'local' AND e.auth_method <> 'reject' AND NOT e.databases <@ '{replication}'
                         AND (n.token = 'all' OR n.token IN (SELECT r.rolname::text FROM pg_roles AS r WHERE r.rolsuper AND r.rolcanlogin)))
    FROM rules AS h
    JOIN left_over AS f ON f.place = h.place
    CROSS JOIN LATERAL (
        SELECT rds_guard.hba_line(h.type, h.databases, h.roles, h.address, h.auth_method, rds_guard.hba_written_options(h.auth_method, h.options))
    ) AS l (line)
    CROSS JOIN LATERAL (
        SELECT CASE
                   -- names that nobody bears now
                   WHEN f.idle
                        OR NOT EXISTS (SELECT FROM unnest(h.roles) AS n (token)
                                       WHERE n.token = 'all' OR left(n.token, 1) = '/' OR n.token IN (SELECT b.token FROM bearers AS b))
                        OR NOT EXISTS (SELECT FROM unnest(h.databases) AS n (token)
                                       WHERE left(n.token, 1) = '/' OR n.token IN (SELECT t.token FROM targets AS t)) THEN 'nobody'
                   WHEN h.type = 'local' THEN 'machine'
                   WHEN on_network AND f.from_afar IS NOT NULL THEN 'network'
                   WHEN NOT on_tcp
                        OR NOT EXISTS (SELECT FROM unnest(coalesce(f.networks, '{127.0.0.1,::1}')) AS n (network)
                                       WHERE n.network >>= '127.0.0.1' OR n.network >>= '::1' OR rds_guard.is_loopback(n.network)) THEN 'nobody'
                   ELSE 'machine'
               END
        OFFSET 0
    ) AS w (reach)
    WHERE h.auth_method <> 'reject'
          -- what RDS and Aurora need for themselves is nothing to report to their customer
          AND NOT (where_we_are IN ('rds', 'aurora')
                   AND (h.type = 'local' OR h.databases <@ '{replication,rdsadmin}' OR h.roles <@ '{rdsadmin}'));
END
$$;

COMMENT ON FUNCTION rds_guard.hba_let_in() IS
'All rows of hba_open_lines(). For whoever may read pg_hba_file_rules. Errors: those of hba_rules().';

CREATE FUNCTION rds_guard.hba_open_lines(methods text[] DEFAULT NULL, only_remote boolean DEFAULT false, of_providers boolean DEFAULT true)
    RETURNS TABLE (place bigint, file_name text, line_number integer, type text, databases text[], roles text[], address text,
                   auth_method text, options text[], networks cidr[], transports text[], from_afar text[], reach text, line text,
                   sentence text, evidence jsonb, is_ours boolean, keeps_a_way boolean)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    IF NOT of_providers AND (SELECT p.platform <> 'self_managed' FROM rds_guard.platform() AS p) THEN
        RAISE feature_not_supported USING MESSAGE = 'here the provider writes pg_hba.conf, and no customer can change this in it';
    END IF;
    -- what a line is worth is only asked where there is one
    IF EXISTS (SELECT FROM rds_guard.hba_lines() AS h
               WHERE h.auth_method <> 'reject' AND (methods IS NULL OR h.auth_method = ANY (methods)) AND (h.remote OR NOT only_remote)) THEN
        RETURN QUERY
        SELECT h.*
        FROM rds_guard.hba_let_in() AS h
        WHERE (methods IS NULL OR h.auth_method = ANY (methods)) AND (h.from_afar <> '{}' OR NOT only_remote);
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_open_lines(text[], boolean, boolean) IS
'For checks: a row for each line of pg_hba.conf that lets somebody in, by these methods or (NULL) any, and of which earlier lines leave something; only_remote: only those that let in from beyond this machine. Lines that RDS and Aurora have for themselves are left out. networks: what is left for one role or another (NULL for the socket, names and keywords), transports by which, and those by which it is left beyond this machine (from_afar). reach: network, machine, or nobody (the server does not listen there, or there is no such role or database, or nobody in the group). Then the line as the file writes it, the beginning of a sentence about it, the evidence, whether the customer writes the file (is_ours), and whether a superuser has a line for the Unix socket (keeps_a_way), so that a change of a network line locks nobody out for good. For whoever may read pg_hba_file_rules. Errors: those of hba_rules(), and 0A000 where a provider writes the file and of_providers is false.';

CREATE FUNCTION rds_guard.hba_by_socket(for_role name) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM rds_guard.hba_access(for_role) AS a WHERE a.type = 'local' AND NOT a.reached <@ '{replication}');
EXCEPTION WHEN insufficient_privilege THEN
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_by_socket(name) IS
'Whether a role gets as far as being asked who it is by the Unix socket, to some database; NULL when the caller may not see. For everybody.';

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

CREATE FUNCTION rds_guard.merge_networks(networks cidr[]) RETURNS cidr[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    merged cidr[] := '{}';
    size integer := 0;
    part cidr;
BEGIN
    -- A network comes before those within it, and the lower half of one just
    -- before the upper.
    FOR part IN SELECT DISTINCT n.network FROM unnest(networks) AS n (network) WHERE n.network IS NOT NULL ORDER BY n.network LOOP
        CONTINUE WHEN merged[size] >>= part;
        WHILE masklen(merged[size]) = masklen(part) AND set_masklen(merged[size], masklen(part) - 1) = set_masklen(part, masklen(part) - 1) LOOP
            part := set_masklen(part, masklen(part) - 1);
            size := size - 1;
        END LOOP;
        size := size + 1;
        merged[size] := part;
    END LOOP;
    RETURN merged[1:size];
END
$$;

COMMENT ON FUNCTION rds_guard.merge_networks(cidr[]) IS
'The same addresses in as few networks as possible: 0.0.0.0/1 and 128.0.0.0/1 are 0.0.0.0/0. For everybody.';

CREATE FUNCTION rds_guard.is_wide(network inet, widest_ipv4 numeric, widest_ipv6 numeric) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN masklen(network) < CASE family(network) WHEN 4 THEN widest_ipv4 ELSE widest_ipv6 END AND NOT rds_guard.is_loopback(network);
END
$$;

COMMENT ON FUNCTION rds_guard.is_wide(inet, numeric, numeric) IS
'Whether the prefix of a network is shorter than these; never of the loopback network. For everybody.';

CREATE FUNCTION rds_guard.hba_is_wide(address text, networks cidr[], widest_ipv4 numeric, widest_ipv6 numeric) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- a mask with gaps stands after its address
    RETURN coalesce(address = 'samenet' OR strpos(address, ' ') > 0, false)
           OR EXISTS (SELECT FROM unnest(networks) AS n (network) WHERE rds_guard.is_wide(n.network, widest_ipv4, widest_ipv6));
END
$$;

COMMENT ON FUNCTION rds_guard.hba_is_wide(text, cidr[], numeric, numeric) IS
'Whether a line of hba_open_lines() is for a network with a prefix shorter than these, for samenet, or for a mask with gaps, of which nobody can tell. For everybody.';

CREATE FUNCTION rds_guard.hba_is_narrow() RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN NOT EXISTS (SELECT FROM rds_guard.hba_open_lines(only_remote => true) AS h
                       WHERE rds_guard.hba_is_wide(h.address, h.networks, (SELECT rds_guard.policy_number('widest_ipv4')), (SELECT rds_guard.policy_number('widest_ipv6'))));
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

CREATE FUNCTION rds_guard.is_valid_text(bytes bytea) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM convert_from(bytes, getdatabaseencoding());
    RETURN true;
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
    RETURN false;
END
$$;

COMMENT ON FUNCTION rds_guard.is_valid_text(bytea) IS
'Whether these bytes are text in the encoding of the database. For everybody.';

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
    IF NOT (has_function_privilege('pg_catalog.pg_read_binary_file(text)', 'EXECUTE') AND pg_has_role('pg_read_server_files', 'USAGE')
            AND pg_has_role('pg_read_all_settings', 'USAGE')) THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'permission denied to read pg_ident.conf, which this server shows in no view',
            HINT = format('GRANT pg_read_server_files, pg_read_all_settings TO %1$s; GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text) TO %1$s; -- also allows to read any other file of the server, better ask a superuser to run this',
                          rds_guard.ident(current_user));
    END IF;
    RETURN QUERY
    SELECT l.place, NULL::text, l.place::integer, t.tokens[1], t.tokens[2], t.tokens[3],
           CASE WHEN cardinality(t.tokens) < 3 THEN 'missing entry at end of line' END
    FROM (SELECT pg_read_binary_file(rds_guard.setting('ident_file'))) AS f (content)
    -- it may be in another encoding than the database, in which case names
    -- beyond ASCII are shown byte by byte
    CROSS JOIN LATERAL regexp_split_to_table(CASE WHEN rds_guard.is_valid_text(f.content) THEN convert_from(f.content, getdatabaseencoding())
                                                  ELSE replace(encode(f.content, 'escape'), E'\\\\', E'\\') END, E'\r?\n') WITH ORDINALITY AS l (line, place)
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
'A row for each line of pg_ident.conf, in the order in which the server tries them (place): file (16 and later), line, map, name that the operating system, Kerberos or the certificate gives, role that it may be, and what is wrong with the line (NULL: nothing). From PostgreSQL 15 on for whoever may read pg_ident_file_mappings, before for members of pg_read_server_files and pg_read_all_settings with EXECUTE on pg_read_binary_file(text). Error 42501 for others, with the GRANTs as hint.';

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

CREATE FUNCTION rds_guard.ident_problems()
    RETURNS TABLE (file_name text, line_number integer, problem text, detail text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH lines AS MATERIALIZED (
        SELECT m.file_name, m.line_number, m.problem FROM rds_guard.ident_mappings() AS m
    )
    SELECT l.file_name, l.line_number, 'error', l.problem
    FROM lines AS l
    WHERE l.problem IS NOT NULL
    UNION ALL
    SELECT n.name, NULL, CASE WHEN n.certain THEN 'not loaded' ELSE 'perhaps not loaded' END,
           format('the file %s changed after the server last read it', CASE WHEN n.certain THEN 'was' ELSE 'may have been' END)
    FROM rds_guard.hba_newer(rds_guard.hba_paths(ARRAY(SELECT DISTINCT l.file_name FROM lines AS l), 'ident_file')) AS n;
END
$$;

COMMENT ON FUNCTION rds_guard.ident_problems() IS
'A row for each reason why what pg_ident.conf says is not what the server uses, as hba_problems() has them: error, or not loaded and perhaps not loaded, of which there is no row where file_times_visible() is false. For whoever may call ident_mappings(); errors as there.';

CREATE FUNCTION rds_guard.ident_unseen() RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    hint text;
BEGIN
    PERFORM FROM rds_guard.ident_mappings();
    RETURN NULL;
EXCEPTION WHEN insufficient_privilege THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN hint;
END
$$;

COMMENT ON FUNCTION rds_guard.ident_unseen() IS
'What the caller needs for ident_mappings(), the hint of its error; NULL when it can be read. For everybody.';
