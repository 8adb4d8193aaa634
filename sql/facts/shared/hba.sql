-- What pg_hba.conf says, and which of its lines a role can really hit. The
-- first line that matches a connection decides it. The view shows the file,
-- not what the server has loaded, and loses quoting: a role named "all"
-- looks like the keyword.

CREATE FUNCTION rds_guard.network(address text, netmask text) RETURNS inet
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- four bytes stand before the address
    bits text := ('x' || encode(substring(inet_send(netmask::inet) FROM 5), 'hex'))::varbit::text;
BEGIN
    IF bits ~ '^1*0*$' AND family(address::inet) = family(netmask::inet) THEN
        RETURN set_masklen(address::inet, length(rtrim(bits, '0')));
    END IF;
    RETURN NULL;
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
DECLARE
    plain CONSTANT text := array_to_string(names, ',');
BEGIN
    -- most lists have nothing to quote, and then this is quick
    IF plain ~ '^[+/]?[[:alnum:]_.-]+(,[+/]?[[:alnum:]_.-]+)*$'
       AND length(plain) - length(replace(plain, ',', '')) = cardinality(names) - 1 THEN
        RETURN plain;
    END IF;
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
    IF options = '{}' THEN
        RETURN NULL;
    END IF;
    RETURN (
        -- commas separate, # begins a comment
        SELECT nullif(string_agg(CASE WHEN o.option ~ '^[[:graph:]]+$' AND o.option !~ E'[",#\\\\]' THEN o.option
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

CREATE FUNCTION rds_guard.hba_lines()
    RETURNS TABLE (place bigint, file_name text, line_number integer, type text, databases text[], roles text[],
                   address text, network inet, auth_method text, options text[], transports text[], remote boolean, uncertain text,
                   by_word boolean)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    -- planning costs more than the answer, most of the time
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    -- 13 has no arrays of the view's rows
    seen jsonb[];
    main text;
    files text[];
    sources jsonb := '[]';
    newer record;
    broken text;
    readable CONSTANT boolean := rds_guard.load_visible();
    quoting jsonb := '[]';
    -- roles and databases whose names look like something else
    odd_roles text[];
    odd_databases text[];
    unread boolean := false;
BEGIN
    PERFORM rds_guard.hba_require();
    seen := ARRAY(SELECT to_jsonb(h) FROM pg_hba_file_rules AS h);
    files := ARRAY(SELECT DISTINCT s.line ->> 'file_name' FROM unnest(seen) AS s (line));

    IF readable THEN
        main := current_setting('hba_file');
        sources := (SELECT jsonb_agg(to_jsonb(q)) FROM rds_guard.hba_sources(ARRAY(SELECT coalesce(f.name, main) FROM unnest(files) AS f (name) UNION SELECT main)) AS q);
        files := ARRAY(SELECT DISTINCT q ->> 'path' FROM jsonb_array_elements(sources) AS q);
    ELSE
        files := rds_guard.hba_paths(files);
    END IF;
    SELECT n.certain INTO newer FROM rds_guard.hba_newer(files) AS n ORDER BY n.certain DESC LIMIT 1;
    IF FOUND THEN
        RAISE insufficient_privilege USING
            MESSAGE = format('pg_hba.conf %s changed after the server read it, and what it read cannot be seen', CASE WHEN newer.certain THEN 'was' ELSE 'may have been' END),
            HINT = 'Reload the server with SELECT pg_reload_conf(), and run the report again in a new session.';
    END IF;

    -- A line that cannot match is left out by the server. Any other error
    -- keeps the whole file from being loaded: what holds then is an older
    -- file, which nobody can see.
    SELECT format('Line %s: %s.', h.line_number, coalesce(rds_guard.hba_error(h.error), 'the server cannot read it')) INTO broken
    FROM unnest(seen) AS s (line)
    CROSS JOIN LATERAL jsonb_populate_record(NULL::pg_catalog.pg_hba_file_rules, s.line) AS h
    WHERE CASE WHEN h.error IS NULL THEN h.type IS NULL ELSE h.error NOT LIKE '%record cannot match because%' END
    ORDER BY h.line_number
    LIMIT 1;
    IF FOUND THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'pg_hba.conf has errors, so the server still uses an older one that cannot be seen',
            DETAIL = broken,
            HINT = 'Mend the file, reload, and run the report again.';
    END IF;

    IF readable THEN
        -- with what stands in quotes in the files that the line borrows from
        quoting := coalesce((
            WITH RECURSIVE known AS MATERIALIZED (
                SELECT q.* FROM jsonb_to_recordset(sources) AS q (path text, line_number integer, quoted text[], borrowed text[]) WHERE q.line_number IS NOT NULL
            ), borrowed (path, line_number, source) AS (
                SELECT q.path, q.line_number, n.name FROM known AS q CROSS JOIN LATERAL unnest(q.borrowed) AS n (name)
                UNION
                SELECT b.path, b.line_number, n.name FROM borrowed AS b JOIN known AS q ON q.path = b.source CROSS JOIN LATERAL unnest(q.borrowed) AS n (name)
            )
            SELECT jsonb_agg(jsonb_build_object('path', q.path, 'line_number', q.line_number, 'quoted',
                                                q.quoted || ARRAY(SELECT t.token
                                                                  FROM borrowed AS b JOIN known AS o ON o.path = b.source
                                                                  CROSS JOIN LATERAL unnest(o.quoted) AS t (token)
                                                                  WHERE b.path = q.path AND b.line_number = q.line_number)))
            FROM known AS q), '[]');
    ELSE
        odd_roles := ARRAY(SELECT r.rolname::text FROM pg_roles AS r WHERE r.rolname = 'all' OR r.rolname LIKE '+%');
        odd_databases := ARRAY(SELECT d.datname::text FROM pg_database AS d WHERE d.datname IN ('all', 'sameuser', 'samerole', 'samegroup', 'replication'));
        -- a provider puts no keyword in quotes
        unread := (SELECT p.platform = 'self_managed' FROM rds_guard.platform() AS p);
    END IF;

    RETURN QUERY
    SELECT row_number() OVER (ORDER BY coalesce((s.line ->> 'rule_number')::integer, h.line_number)),
           s.line ->> 'file_name', h.line_number, h.type, h.database, h.user_name,
           coalesce(n.network::text, nullif(concat_ws(' ', h.address, h.netmask), '')), n.network,
           h.auth_method,
           -- whoever adds a kind of option may have put a secret into it
           ARRAY(SELECT regexp_replace(o.option, '^(?!(?:map|clientcert|clientname|include_realm|krb_realm|compat_realm|upn_username|pamservice|pam_use_hostname|ldapserver|ldapport|ldaptls|ldapscheme|ldapbasedn|ldapbinddn|ldapprefix|ldapsuffix|ldapsearchattribute|ldapsearchfilter|ldapscope|radiusservers|radiusports|radiusidentifiers|issuer|scope|validator|delegate_ident_mapping)=)([^=]*)=.*', E'\\1=<redacted>')
                 FROM unnest(h.options) AS o (option)),
           CASE h.type
               WHEN 'local' THEN '{local}'
               WHEN 'host' THEN '{plain,tls,gss}'
               WHEN 'hostssl' THEN '{tls}'
               WHEN 'hostnossl' THEN '{plain,gss}'
               WHEN 'hostgssenc' THEN '{gss}'
               WHEN 'hostnogssenc' THEN '{plain,tls}'
           END::text[],
           h.type <> 'local' AND h.address NOT IN ('samehost', 'localhost') AND NOT coalesce(rds_guard.is_loopback(n.network), false),
           nullif(concat_ws('; ',
               CASE WHEN h.type = 'local' OR h.address = 'all' OR n.network IS NOT NULL THEN NULL
                    WHEN h.address = 'samehost' THEN 'samehost is whatever addresses the machine of the server has'
                    WHEN h.address = 'samenet' THEN 'samenet is whatever networks the machine of the server is in'
                    WHEN h.netmask IS NOT NULL THEN 'the mask has gaps'
                    ELSE 'a host name is looked up at each connection' END,
               CASE WHEN readable
                    THEN (SELECT format('%s stands in quotes and is a name', string_agg(DISTINCT k.token, ', ' ORDER BY k.token))
                          FROM unnest(q.quoted) AS k (token)
                          WHERE (k.token = ANY (h.database) AND k.token IN ('all', 'sameuser', 'samerole', 'samegroup', 'replication'))
                                OR (k.token = ANY (h.user_name) AND (k.token = 'all' OR left(k.token, 1) = '+'))
                                OR (k.token = h.address AND k.token IN ('all', 'samehost', 'samenet'))
                          HAVING count(*) > 0)
                    WHEN odd_roles && h.user_name OR odd_databases && h.database
                    THEN (SELECT format('%s may be a keyword or the name of one that exists', string_agg(k.token, ', ' ORDER BY k.token))
                          FROM (SELECT o.name FROM unnest(odd_roles) AS o (name) WHERE o.name = ANY (h.user_name)
                                UNION SELECT o.name FROM unnest(odd_databases) AS o (name) WHERE o.name = ANY (h.database)) AS k (token))
               END), ''),
           unread AND coalesce(h.user_name && '{all}' OR array_to_string(h.user_name, E'\n') ~ '(^|\n)[+]' OR h.address IN ('all', 'samehost', 'samenet')
                               OR h.database && '{all,sameuser,samerole,samegroup,replication}', true)
    FROM unnest(seen) AS s (line)
    CROSS JOIN LATERAL jsonb_populate_record(NULL::pg_catalog.pg_hba_file_rules, s.line) AS h
    CROSS JOIN LATERAL (
        SELECT CASE
                   WHEN h.address ~ '^[0-9a-fA-F:.]+$' AND h.netmask ~ '^[0-9a-fA-F:.]+$'
                       THEN rds_guard.network(h.address, h.netmask)
               END
    ) AS n (network)
    LEFT JOIN jsonb_to_recordset(quoting) AS q (path text, line_number integer, quoted text[])
        ON q.line_number = h.line_number AND q.path = coalesce(s.line ->> 'file_name', main)
    WHERE h.error IS NULL;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_lines() IS
'The rows of hba_rules() without the roles that groups and patterns resolve to, which costs less. by_word: the caller may not read the file, and what looks like a keyword here could stand in quotes there; uncertain does not tell this. For whoever may read pg_hba_file_rules; errors as there.';

CREATE FUNCTION rds_guard.hba_bearer(token text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT repeat(' ', 64) || token
$$;

COMMENT ON FUNCTION rds_guard.hba_bearer(text) IS
'A name that stands for one which this regular expression of pg_hba.conf matches, and nothing else in the file but all: it is too long for a name.';

CREATE FUNCTION rds_guard.hba_pattern_matches(name text, token text) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- no name has a line break here: it stands for any other
    IF left(token, 1) <> '/' OR name = E'\n' OR current_setting('server_version_num')::integer < 160000 THEN
        RETURN false;
    END IF;
    IF octet_length(name) >= 64 THEN
        RETURN name = rds_guard.hba_bearer(token);
    END IF;
    -- The server has no encoding yet when it matches: a character is a byte.
    IF getdatabaseencoding() = 'UTF8' AND octet_length(name) > length(name) THEN
        RETURN convert_from(convert_to(name, 'UTF8'), 'LATIN1') ~ convert_from(convert_to(substr(token, 2), 'UTF8'), 'LATIN1') COLLATE "C";
    END IF;
    RETURN name ~ substr(token, 2) COLLATE "C";
END
$$;

COMMENT ON FUNCTION rds_guard.hba_pattern_matches(text, text) IS
'Whether a token of pg_hba.conf is a regular expression (16 and later) and matches this name. Source: regexec_auth_token() in hba.c.';

CREATE FUNCTION rds_guard.hba_groups(for_role name) RETURNS SETOF name
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    WITH RECURSIVE groups (oid, name) AS (
        SELECT r.oid, r.rolname FROM pg_roles AS r WHERE r.rolname = for_role
        UNION
        SELECT r.oid, r.rolname FROM groups AS g JOIN pg_auth_members AS m ON m.member = g.oid JOIN pg_roles AS r ON r.oid = m.roleid
    )
    SELECT g.name FROM groups AS g;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_groups(name) IS
'The roles whose +name in pg_hba.conf takes this one in: itself and all that it is a member of by grants alone, whatever their options; a superuser is in no other. No row for a role that does not exist. Source: is_member_of_role_nosuper() in acl.c.';

CREATE FUNCTION rds_guard.hba_doubt(uncertain text, by_word boolean) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT nullif(concat_ws('; ', uncertain, CASE WHEN by_word THEN 'what looks like a keyword or a group may stand in quotes and be a name, which only the file tells' END), '')
$$;

COMMENT ON FUNCTION rds_guard.hba_doubt(text, boolean) IS
'Why it cannot be told what a line of hba_lines() matches; NULL when it can.';

CREATE FUNCTION rds_guard.hba_rules()
    RETURNS TABLE (place bigint, file_name text, line_number integer, type text, databases text[], roles text[],
                   address text, network inet, auth_method text, options text[], transports text[], remote boolean,
                   members name[], uncertain text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    PERFORM rds_guard.hba_require();
    -- without a group or pattern there is nothing to resolve
    IF NOT EXISTS (SELECT FROM pg_hba_file_rules AS h WHERE array_to_string(h.user_name, E'\n') ~ '(^|\n)[+/]') THEN
        RETURN QUERY
        SELECT l.place, l.file_name, l.line_number, l.type, l.databases, l.roles, l.address, l.network, l.auth_method, l.options,
               l.transports, l.remote, NULL::name[], rds_guard.hba_doubt(l.uncertain, l.by_word)
        FROM rds_guard.hba_lines() AS l
        ORDER BY l.place;
        RETURN;
    END IF;

    RETURN QUERY
    WITH RECURSIVE lines AS MATERIALIZED (
        SELECT h.* FROM rds_guard.hba_lines() AS h
    ), tokens (token) AS MATERIALIZED (
        SELECT DISTINCT t.token
        FROM lines AS l CROSS JOIN LATERAL unnest(l.roles) AS t (token)
        WHERE left(t.token, 1) IN ('+', '/') AND NOT 'all' = ANY (l.roles)
    ), members (token, oid) AS (
        SELECT t.token, r.oid FROM tokens AS t JOIN pg_roles AS r ON '+' || r.rolname::text = t.token
        UNION
        SELECT m.token, g.member FROM members AS m JOIN pg_auth_members AS g ON g.roleid = m.oid
    ), resolved (token, role) AS MATERIALIZED (
        SELECT m.token, r.rolname FROM members AS m JOIN pg_roles AS r ON r.oid = m.oid
        UNION ALL
        SELECT t.token, r.rolname
        FROM tokens AS t JOIN pg_roles AS r ON left(t.token, 1) = '/' AND rds_guard.hba_pattern_matches(r.rolname, t.token)
    ), by_line (place, members) AS MATERIALIZED (
        SELECT u.place, coalesce(array_agg(DISTINCT u.role ORDER BY u.role) FILTER (WHERE u.role IS NOT NULL), '{}')
        FROM (SELECT l.place, d.role
              FROM lines AS l CROSS JOIN LATERAL unnest(l.roles) AS t (token)
              JOIN tokens AS k ON k.token = t.token
              LEFT JOIN resolved AS d ON d.token = t.token
              WHERE NOT 'all' = ANY (l.roles)
                    AND (left(t.token, 1) = '+' OR current_setting('server_version_num')::integer >= 160000)) AS u (place, role)
        GROUP BY u.place
    )
    SELECT l.place, l.file_name, l.line_number, l.type, l.databases, l.roles, l.address, l.network, l.auth_method, l.options,
           l.transports, l.remote, b.members, rds_guard.hba_doubt(l.uncertain, l.by_word)
    FROM lines AS l
    LEFT JOIN by_line AS b ON b.place = l.place
    ORDER BY l.place;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_rules() IS
'A row for each line of pg_hba.conf that can match, in the order in which the server tries them (place): file (16 and later), line, type, databases, roles, address as text and as a network (NULL for all, names and keywords), method, options (what is not known to be harmless is redacted), the transports it speaks about (local, plain, tls, gss), and whether it lets in from beyond this machine. members: the existing roles that its groups and regular expressions stand for; NULL where it has none or says all. uncertain: NULL, or why it cannot be told from here what the line matches: samehost, samenet, a host name, a mask with gaps, a name that looks like a keyword.
The view does not tell names in quotes from keywords. Who may read the file (see load_visible()) gets it from there; for others each line with something that looks like a keyword or a group is uncertain, save with a provider, who puts none in quotes. The checks, hba_unreachable() and hba_access() take such a line at its word; it is not enough for a pass.
For whoever may read pg_hba_file_rules. Errors: 42501 when the caller may not, with the GRANTs as hint, or when the file is broken or newer than what the server has read. Source: hba.c.';

CREATE FUNCTION rds_guard.hba_asks(auth_method text, options text[]) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF auth_method = 'reject' THEN
        RETURN NULL;
    END IF;
    RETURN CASE
               WHEN auth_method = 'trust' THEN '{}'
               WHEN auth_method IN ('scram-sha-256', 'md5', 'password', 'ldap', 'pam', 'bsd', 'radius') THEN '{password}'
               WHEN auth_method = 'cert' THEN '{certificate}'
               WHEN auth_method = 'gss' THEN '{kerberos}'
               WHEN auth_method = 'oauth' THEN '{token}'
               ELSE ARRAY[auth_method]
           END
           || CASE WHEN auth_method <> 'cert' AND options && '{clientcert=verify-ca,clientcert=verify-full}' THEN '{certificate}'::text[] ELSE '{}' END;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_asks(text, text[]) IS
'What a client has to show where a line of pg_hba.conf has this method and these options: any of password, certificate, kerberos, token (OAuth), sspi, ident, peer; {} for trust, NULL for reject.';

CREATE FUNCTION rds_guard.hba_names_role(tokens text[], role text, groups text[], literal boolean) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    token text;
BEGIN
    IF 'all' = ANY (tokens) OR tokens && groups THEN
        RETURN true;
    END IF;
    FOREACH token IN ARRAY tokens LOOP
        IF left(token, 1) = '/' AND current_setting('server_version_num')::integer >= 160000 THEN
            IF rds_guard.hba_pattern_matches(role, token) THEN
                RETURN true;
            END IF;
        ELSIF token = role AND (literal OR left(token, 1) <> '+') THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_names_role(text[], text, text[], boolean) IS
'Whether the list of roles in a line of pg_hba.conf has this role in it. groups: +name of all that hba_groups() returns. literal: what looks like a group may also be a name. Source: check_role() in hba.c.';

CREATE FUNCTION rds_guard.hba_names_database(tokens text[], database text, role text, groups text[], literal boolean) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    token text;
BEGIN
    IF database IS NULL THEN
        RETURN 'replication' = ANY (tokens);
    END IF;
    IF 'all' = ANY (tokens) OR ('sameuser' = ANY (tokens) AND database = CASE WHEN octet_length(role) >= 64 THEN E'\n' ELSE role END)
       OR (tokens && '{samerole,samegroup}' AND '+' || database = ANY (groups)) THEN
        RETURN true;
    END IF;
    FOREACH token IN ARRAY tokens LOOP
        IF left(token, 1) = '/' AND current_setting('server_version_num')::integer >= 160000 THEN
            IF rds_guard.hba_pattern_matches(database, token) THEN
                RETURN true;
            END IF;
        ELSIF token = database AND (literal OR token NOT IN ('sameuser', 'samerole', 'samegroup', 'replication')) THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_names_database(text[], text, text, text[], boolean) IS
'Whether the list of databases in a line of pg_hba.conf has this one in it for this role; NULL is physical replication. groups and literal as in hba_names_role(). Source: check_db() in hba.c.';

CREATE FUNCTION rds_guard.hba_first_match(for_role name, to_database name, from_address inet, by_tls boolean)
    RETURNS TABLE (place bigint, file_name text, line_number integer, type text, address text, auth_method text,
                   options text[], asks text[], certain boolean)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    transport text := CASE WHEN from_address IS NULL THEN 'local' WHEN by_tls THEN 'tls' ELSE 'plain' END;
    client inet := host(from_address)::inet;
    groups text[] := ARRAY(SELECT '+' || g.name FROM rds_guard.hba_groups(for_role) AS g (name));
    line record;
BEGIN
    IF for_role IS NULL OR to_database IS NULL OR (from_address IS NOT NULL AND by_tls IS NULL) THEN
        RAISE null_value_not_allowed USING
            MESSAGE = 'hba_match() needs a role, a database, and for a connection from an address whether it is encrypted';
    END IF;
    FOR line IN
        SELECT h.*
        FROM rds_guard.hba_lines() AS h
        WHERE transport = ANY (h.transports)
              AND (h.type = 'local' OR h.network IS NULL OR client <<= h.network)
              AND rds_guard.hba_names_role(h.roles, for_role, groups, h.uncertain IS NOT NULL OR h.by_word)
              AND rds_guard.hba_names_database(h.databases, nullif(to_database, 'replication'), for_role, groups, h.uncertain IS NOT NULL OR h.by_word)
        ORDER BY h.place
    LOOP
        RETURN QUERY SELECT line.place, line.file_name, line.line_number, line.type, line.address, line.auth_method, line.options,
                            rds_guard.hba_asks(line.auth_method, line.options), line.uncertain IS NULL AND NOT line.by_word;
        IF line.uncertain IS NULL AND NOT line.by_word THEN
            RETURN;
        END IF;
    END LOOP;
    RETURN QUERY SELECT NULL::bigint, NULL::text, NULL::integer, NULL::text, NULL::text, 'reject', NULL::text[], NULL::text[], true;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_first_match(name, name, inet, boolean) IS
'What hba_match() returns; there the parameters have the names that the columns have here.';

CREATE FUNCTION rds_guard.hba_match(role name, database name, address inet, tls boolean)
    RETURNS TABLE (place bigint, file_name text, line_number integer, type text, address text, auth_method text,
                   options text[], asks text[], certain boolean)
    LANGUAGE sql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT m.* FROM rds_guard.hba_first_match($1, $2, $3, $4) AS m
$$;

COMMENT ON FUNCTION rds_guard.hba_match(name, name, inet, boolean) IS
'Which line of pg_hba.conf a connection as this role to this database would hit: from this address (NULL: through the Unix socket) with or without TLS (Kerberos encryption is not considered); the database replication stands for physical replication. The role need not exist.
One row with certain = true: the line, its method and what it asks the client for (see hba_asks()). Before it come, in their order, the lines of which hba_rules() says that it is uncertain whether they match, with certain = false. Where no line matches, line_number is NULL and auth_method is reject. What the server then does with the answer, and whether the role may log in at all, is not looked at.
For whoever may read pg_hba_file_rules. Errors: 42501 as hba_rules(); 22004 where role, database or, with an address, tls is NULL. Source: check_hba() in hba.c.';

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
    SELECT l.place, l.file_name, l.line_number, l.type, l.databases, l.roles, l.address, l.auth_method, l.options, r.transports, r.remote
    FROM rds_guard.hba_lines() AS l
    JOIN rds_guard.hba_reach() AS r ON r.place = l.place
    WHERE r.transports <> '{}'
    ORDER BY l.place;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_effective_rules() IS
'The rows of hba_rules() that some connection can hit because earlier lines do not take all of them, with the transports for which that is so and whether it is so for addresses beyond this machine. For whoever may read pg_hba_file_rules; 42501 for others.';

CREATE FUNCTION rds_guard.hba_unreachable()
    RETURNS TABLE (place bigint, file_name text, line_number integer, type text, databases text[], roles text[],
                   address text, auth_method text, covered_by integer[], certain boolean)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH lines AS MATERIALIZED (
        SELECT h.* FROM rds_guard.hba_lines() AS h
    )
    SELECT l.place, l.file_name, l.line_number, l.type, l.databases, l.roles, l.address, l.auth_method,
           ARRAY(SELECT e.line_number FROM lines AS e WHERE e.place = ANY (r.covered_by) ORDER BY e.place),
           NOT EXISTS (SELECT FROM lines AS e WHERE e.place = ANY (r.covered_by) AND e.by_word)
    FROM lines AS l
    JOIN rds_guard.hba_reach() AS r ON r.place = l.place
    WHERE r.transports = '{}'
    ORDER BY l.place;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_unreachable() IS
'A row for each line of pg_hba.conf that no connection can ever hit, because earlier lines take all of it, with the numbers of these lines. Considered are all roles and databases that exist or that the file names, any other, also those that a regular expression waits for, all addresses and all transports. Not a row: a line that matches nobody for another reason, such as a group or samerole that nothing fits now, and a line that the server leaves out (see hba_problems()). certain is false where an earlier line may have a name in quotes that looks like a keyword, which only who may read the file can tell.
For whoever may read pg_hba_file_rules; 42501 for others, as hba_rules(). Source: check_hba() in hba.c.';
