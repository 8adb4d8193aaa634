-- The facts of c.sql for servers where no library can be loaded: the same
-- names and columns, from views and catalogs alone. What they cannot know,
-- they raise.

CREATE FUNCTION rds_guard.connection()
    RETURNS TABLE (pid integer, session_role name, client_address inet, encryption text, protocol text, cipher text, bits integer,
                   client_certificate boolean, certificate_verified boolean, certificate_subject text, certificate_issuer text,
                   certificate_serial numeric, certificate_not_before timestamptz, certificate_not_after timestamptz,
                   gss_principal text, auth_method text, auth_identity text, unseen text[])
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    backend text;
    system_user_is text;
    -- NULL where it is hidden, or where there is none
    oauth_validators CONSTANT text := CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE')
                                           THEN current_setting('oauth_validator_libraries', true) END;
    unseen text[] := '{}';
BEGIN
    SELECT a.backend_type INTO backend FROM pg_stat_activity AS a WHERE a.pid = pg_backend_pid();
    -- After SET ROLE to a role that may not see the session role's rows, the
    -- views show this session's with nothing in them.
    IF backend IS NULL THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'the current role may not see this session, which belongs to another role',
            HINT = format('GRANT pg_read_all_stats TO %s;', rds_guard.ident(current_user));
    END IF;
    IF backend NOT IN ('client backend', 'walsender') THEN
        RAISE feature_not_supported USING
            MESSAGE = 'this process serves no client connection',
            DETAIL = format('It is a process of type "%s".', backend);
    END IF;

    IF current_setting('server_version_num')::integer >= 160000 THEN
        EXECUTE 'SELECT system_user' INTO system_user_is;
        -- trust asks for no identity, and nothing else leaves it out but an
        -- OAuth validator that decides about roles as well
        IF system_user_is IS NULL AND current_setting('server_version_num')::integer >= 180000 AND oauth_validators IS DISTINCT FROM '' THEN
            unseen := '{auth_method}';
        ELSE
            system_user_is := coalesce(system_user_is, 'trust:');
        END IF;
    ELSE
        unseen := '{auth_method,auth_identity}';
    END IF;

    RETURN QUERY
    SELECT pg_backend_pid(), session_user, inet_client_addr(),
           CASE WHEN s.ssl THEN 'tls' WHEN g.encrypted THEN 'gss' ELSE 'none' END,
           s.version, s.cipher, s.bits,
           s.client_dn IS NOT NULL,
           -- the server takes only certificates that it could verify
           s.client_dn IS NOT NULL,
           s.client_dn, s.issuer_dn, s.client_serial, NULL::timestamptz, NULL::timestamptz,
           g.principal,
           split_part(system_user_is, ':', 1),
           nullif(substr(system_user_is, strpos(system_user_is, ':') + 1), ''),
           unseen || CASE WHEN s.client_dn IS NOT NULL THEN '{certificate_not_before,certificate_not_after}' ELSE '{}' END::text[]
    FROM (SELECT) AS always
    LEFT JOIN pg_stat_ssl AS s ON s.pid = pg_backend_pid()
    LEFT JOIN pg_stat_gssapi AS g ON g.pid = pg_backend_pid();
END
$$;

COMMENT ON FUNCTION rds_guard.connection() IS
'One row: how this session is connected. Address (NULL on a Unix socket), encryption (tls, gss, none), protocol, cipher and bits; whether the client gave a certificate, whose, and whether it was verified; the Kerberos principal; how the user authenticated. NULL means that there is none, except for the columns named in unseen, which this server or edition cannot tell (auth_method also from 18 on, without an identity, where oauth_validator_libraries is set or hidden). For everybody. Errors: 42501 after SET ROLE to a role that may not see the session, 0A000 in a process without a client. Source: pg_stat_ssl, pg_stat_gssapi, SYSTEM_USER (16 and later).';

CREATE FUNCTION rds_guard.membership_edges()
    RETURNS TABLE (member oid, role oid, inherits boolean, sets boolean, administers boolean, climbs boolean)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH server AS (SELECT current_setting('server_version_num')::integer >= 160000 AS grants_have_options),
    edges AS (
        -- Up to 15 the member decides whether it inherits, and may always SET
        -- ROLE; from 16 on each grant does. The columns exist only then.
        SELECT m.member, m.roleid AS role,
               coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, r.rolinherit) AS inherits,
               coalesce((to_jsonb(m) ->> 'set_option')::boolean, true) AS sets,
               m.admin_option AS administers,
               -- only a superuser may grant a role that is one
               m.admin_option AND NOT t.rolsuper AS climbs
        FROM pg_catalog.pg_auth_members AS m
        JOIN pg_catalog.pg_roles AS r ON r.oid = m.member
        JOIN pg_catalog.pg_roles AS t ON t.oid = m.roleid
        UNION ALL
        -- in no catalog: who owns this database is in pg_database_owner
        SELECT r.oid, o.oid, s.grants_have_options OR r.rolinherit, true, false, false
        FROM pg_catalog.pg_database AS d
        JOIN pg_catalog.pg_roles AS r ON r.oid = d.datdba
        JOIN pg_catalog.pg_roles AS o ON o.rolname = 'pg_database_owner'
        CROSS JOIN server AS s
        WHERE d.datname = current_database()
    )
    -- from 16 on there may be a grant for each grantor
    SELECT e.member, e.role, bool_or(e.inherits), bool_or(e.sets), bool_or(e.administers), bool_or(e.climbs)
    FROM edges AS e
    GROUP BY e.member, e.role
$$;

COMMENT ON FUNCTION rds_guard.membership_edges() IS
'A row for each direct membership: whether the member inherits its privileges, may SET ROLE to it, has ADMIN OPTION on it, and could use that to grant it to itself, by the rules of this server''s version. For everybody. Source: roles_is_member_of() in acl.c.';

CREATE FUNCTION rds_guard.role_walks(for_member name, to_role name, hows text[])
    RETURNS TABLE (how text, member oid, role oid, depth integer, place integer, path name[])
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 10000
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    -- A role goes by its place among these: paths are short, and compare as
    -- their names do.
    oids CONSTANT oid[] := ARRAY(SELECT r.oid FROM pg_roles AS r ORDER BY r.rolname);
    names name[];
BEGIN
    names := ARRAY(SELECT r.rolname FROM unnest(oids) WITH ORDINALITY AS o (oid, number) JOIN pg_roles AS r ON r.oid = o.oid ORDER BY o.number);
    -- States of a walk: "is" can act as the role, "has" only has its
    -- privileges, "grants" may grant it and goes no further.
    RETURN QUERY
    WITH RECURSIVE numbers AS MATERIALIZED (
        SELECT o.oid, o.number::integer FROM unnest(oids) WITH ORDINALITY AS o (oid, number)
    ), edges AS MATERIALIZED (
        SELECT m.number AS member, r.number AS role, e.inherits, e.sets, e.administers, e.climbs
        FROM rds_guard.membership_edges() AS e
        JOIN numbers AS m ON m.oid = e.member
        JOIN numbers AS r ON r.oid = e.role
    ), steps (walk, start, state, cur, path) AS (
        SELECT w.walk, o.number, 'is', o.number, ARRAY[o.number]
        FROM (SELECT DISTINCT CASE WHEN h.how IN ('become', 'hold') THEN 'reach' ELSE h.how END FROM unnest(hows) AS h (how)) AS w (walk)
        CROSS JOIN numbers AS o
        WHERE for_member IS NULL OR names[o.number] = for_member
        UNION ALL
        SELECT next.*
        FROM (
            -- the first path to each place that a level reaches is enough
            SELECT DISTINCT ON (s.walk, s.start, n.state, e.role) s.walk, s.start, n.state, e.role, s.path || e.role
            FROM steps AS s
            JOIN edges AS e ON e.member = s.cur
            CROSS JOIN LATERAL (
                SELECT 'is' WHERE CASE s.walk
                                      WHEN 'inherit' THEN e.inherits
                                      WHEN 'set' THEN e.sets
                                      WHEN 'admin' THEN true
                                      WHEN 'use' THEN s.state = 'is' AND e.sets
                                      ELSE (s.state = 'is' AND e.sets) OR e.climbs
                                  END
                UNION ALL
                SELECT 'has' WHERE s.walk IN ('reach', 'use') AND e.inherits
                UNION ALL
                SELECT 'grants' WHERE s.walk = 'admin' AND e.administers
            ) AS n (state)
            WHERE s.state <> 'grants' AND e.role <> ALL (s.path)
            ORDER BY s.walk, s.start, n.state, e.role, s.path
        ) AS next (walk, start, state, cur, path)
    ), best AS (
        SELECT DISTINCT ON (h.how, s.start, s.cur) h.how, s.start, s.cur, s.path
        FROM steps AS s
        JOIN unnest(hows) AS h (how) ON CASE h.how
                                            WHEN 'become' THEN s.walk = 'reach' AND s.state = 'is'
                                            WHEN 'hold' THEN s.walk = 'reach'
                                            WHEN 'admin' THEN s.walk = 'admin' AND s.state = 'grants'
                                            ELSE s.walk = h.how
                                        END
        WHERE s.start <> s.cur
        ORDER BY h.how, s.start, s.cur, cardinality(s.path), s.path
    )
    SELECT b.how, oids[b.start], oids[b.cur], cardinality(b.path) - 1,
           row_number() OVER (PARTITION BY b.how, b.start ORDER BY cardinality(b.path), b.path)::integer,
           ARRAY(SELECT names[o.number]
                 FROM unnest(b.path) WITH ORDINALITY AS o (number, place)
                 -- as in edition c: a long chain loses its middle, unless it is the only one
                 WHERE (for_member IS NOT NULL AND to_role IS NOT NULL)
                       OR cardinality(b.path) <= 32 OR o.place <= 16 OR o.place > cardinality(b.path) - 16
                 ORDER BY o.place)
    FROM best AS b
    WHERE to_role IS NULL OR names[b.cur] = to_role;
END
$$;

COMMENT ON FUNCTION rds_guard.role_walks(name, name, text[]) IS
'What role_memberships() tells, by OIDs and for several ways: also use, has its privileges after SET ROLE, once or several times, to others. place orders what a member gets to in the same way: the nearest first, ties in the order of the names along the path. For everybody.';

CREATE FUNCTION rds_guard.role_memberships(for_member name DEFAULT NULL, to_role name DEFAULT NULL, only_how text DEFAULT NULL)
    RETURNS TABLE (member name, role name, how text, depth integer, path name[])
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 10000
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    hows CONSTANT text[] := '{inherit,set,admin,become,hold}';
    stranger name;
BEGIN
    IF only_how <> ALL (hows) THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('unrecognized way of membership: "%s"', only_how),
            HINT = 'Valid values are inherit, set, admin, become and hold.';
    END IF;
    SELECT n.name INTO stranger
    FROM unnest(ARRAY[for_member, to_role]) AS n (name)
    WHERE n.name IS NOT NULL AND NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = n.name);
    IF FOUND THEN
        RAISE undefined_object USING MESSAGE = format('role "%s" does not exist', stranger);
    END IF;

    RETURN QUERY
    SELECT m.rolname, r.rolname, w.how, w.depth, w.path
    FROM rds_guard.role_walks(for_member, to_role, CASE WHEN only_how IS NULL THEN hows ELSE ARRAY[only_how] END) AS w
    JOIN pg_roles AS m ON m.oid = w.member
    JOIN pg_roles AS r ON r.oid = w.role;
END
$$;

COMMENT ON FUNCTION rds_guard.role_memberships(name, name, text) IS
'A row for each way in which one role gets to another, directly or through others, with the number of steps and the shortest chain of roles. How: inherit, has its privileges at once; set, may SET ROLE to it; admin, may grant it; become, can act as it, if need be by granting it to itself first; hold, can have its privileges in any such way. Superusers, who get to every role, have only the rows of their grants. Arguments: only this member, only to this role, only this how. For everybody. Errors: 42704 for a role that does not exist, 22023 for another how. Source: roles_is_member_of() in acl.c.';

CREATE FUNCTION rds_guard.password_verifiers()
    RETURNS TABLE (role name, can_login boolean, kind text, iterations integer, valid_until timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF NOT (has_column_privilege('pg_catalog.pg_authid', 'rolname', 'SELECT')
            AND has_column_privilege('pg_catalog.pg_authid', 'rolcanlogin', 'SELECT')
            AND has_column_privilege('pg_catalog.pg_authid', 'rolpassword', 'SELECT')
            AND has_column_privilege('pg_catalog.pg_authid', 'rolvaliduntil', 'SELECT')) THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'permission denied to read password verifiers',
            HINT = CASE WHEN rds_guard.on_rds() THEN 'RDS and Aurora let no role read them.'
                        ELSE format('GRANT SELECT ON pg_catalog.pg_authid TO %s; -- also shows the password hashes, better ask a superuser to run this',
                                    rds_guard.ident(current_user))
                   END;
    END IF;
    RETURN QUERY
    SELECT a.rolname, a.rolcanlogin, v.kind,
           CASE v.kind WHEN 'scram-sha-256' THEN substring(a.rolpassword, '^SCRAM-SHA-256[$]([0-9]+):')::integer END,
           a.rolvaliduntil
    FROM pg_authid AS a
    CROSS JOIN LATERAL (
        SELECT CASE
                   WHEN a.rolpassword IS NULL THEN 'none'
                   WHEN a.rolpassword ~ '^md5[0-9a-f]{32}$' THEN 'md5'
                   -- The keys are 32 bytes in base64; the server itself would
                   -- take a negative number of iterations and wrap a large one.
                   WHEN length(a.rolpassword) <= 1024
                        AND a.rolpassword ~ '^SCRAM-SHA-256[$][0-9]{1,10}:([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)[$][A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$'
                        AND substring(a.rolpassword, '^SCRAM-SHA-256[$]([0-9]+):')::bigint BETWEEN 1 AND 2147483647
                       THEN 'scram-sha-256'
                   ELSE 'unrecognised'
               END
    ) AS v (kind);
END
$$;

COMMENT ON FUNCTION rds_guard.password_verifiers() IS
'A row a role: whether it may log in, the kind of its password verifier (none, md5, scram-sha-256, unrecognised), for SCRAM the number of iterations, and until when the password is valid (NULL or infinity: no limit). Never the verifier, salt or keys. For whoever may read these columns of pg_authid; 42501 for others, with the GRANT as hint. Source: get_password_type() in crypt.c, parse_scram_secret() in auth-scram.c.';

CREATE FUNCTION rds_guard.shortest_paths(tails integer[], heads integer[], step_edges integer, starts integer[], targets integer[],
                                         most_steps integer DEFAULT NULL)
    RETURNS TABLE (start integer, step integer, steps integer, edge integer)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    edges CONSTANT integer := cardinality(tails);
    nodes CONSTANT integer := (SELECT 1 + coalesce(max(n.node), 0) FROM unnest(tails || heads || starts || targets) AS n (node));
    -- the edges by head, and where those of node n begin; arrays begin at 1
    incoming CONSTANT integer[] := ARRAY(SELECT h.edge FROM unnest(heads) WITH ORDINALITY AS h (head, edge) ORDER BY h.head, h.edge);
    first_incoming CONSTANT integer[] := ARRAY(
        SELECT 1 + coalesce(sum(c.count) OVER (ORDER BY n.node ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
        FROM generate_series(0, nodes) AS n (node)
        LEFT JOIN (SELECT h.head, count(*) FROM unnest(heads) AS h (head) GROUP BY h.head) AS c ON c.head = n.node
        ORDER BY n.node);
    distance integer[] := array_fill(-1, ARRAY[nodes]);
    next integer[] := array_fill(0, ARRAY[nodes]);
    queue integer[] := '{}';
    level integer := 0;
    begins integer := 1;
    level_ends integer;
    ends integer := 0;
    head integer;
    tail integer;
    place integer;
    hops integer;
BEGIN
    step_edges := coalesce(step_edges, edges);
    FOREACH head IN ARRAY targets LOOP
        IF distance[head + 1] < 0 THEN
            distance[head + 1] := 0;
            ends := ends + 1;
            queue[ends] := head;
        END IF;
    END LOOP;

    -- Breadth first from the targets, level by level: first whatever is
    -- reached for nothing, then the nodes that are one step away.
    WHILE begins <= ends LOOP
        place := begins;
        WHILE place <= ends LOOP
            head := queue[place];
            FOR i IN first_incoming[head + 1] .. first_incoming[head + 2] - 1 LOOP
                tail := tails[incoming[i]];
                IF incoming[i] > step_edges AND distance[tail + 1] < 0 THEN
                    distance[tail + 1] := level;
                    ends := ends + 1;
                    queue[ends] := tail;
                END IF;
            END LOOP;
            place := place + 1;
        END LOOP;
        level_ends := ends;
        level := level + 1;
        FOR place IN begins .. level_ends LOOP
            head := queue[place];
            FOR i IN first_incoming[head + 1] .. first_incoming[head + 2] - 1 LOOP
                tail := tails[incoming[i]];
                IF distance[tail + 1] < 0 THEN
                    distance[tail + 1] := level;
                    ends := ends + 1;
                    queue[ends] := tail;
                END IF;
            END LOOP;
        END LOOP;
        begins := level_ends + 1;
    END LOOP;

    -- of the edges that lie on a shortest way from their tail, the first
    FOR i IN REVERSE edges .. 1 LOOP
        head := heads[i] + 1;
        IF distance[head] >= 0 AND distance[tails[i] + 1] = distance[head] + (i <= step_edges)::integer THEN
            next[tails[i] + 1] := i;
        END IF;
    END LOOP;
    FOREACH head IN ARRAY targets LOOP
        next[head + 1] := 0;
    END LOOP;

    FOREACH start IN ARRAY starts LOOP
        steps := distance[start + 1];
        step := 0;
        hops := 0;
        head := start;
        WHILE next[head + 1] > 0 LOOP
            edge := next[head + 1];
            head := heads[edge];
            hops := hops + 1;
            IF hops > nodes THEN
                RAISE invalid_parameter_value USING MESSAGE = 'edges that cost nothing lead in a circle';
            END IF;
            CONTINUE WHEN edge > step_edges;
            step := step + 1;
            CONTINUE WHEN steps > most_steps AND step > (most_steps + 1) / 2 AND step <= steps - most_steps / 2;
            RETURN NEXT;
        END LOOP;
    END LOOP;
END
$$;

COMMENT ON FUNCTION rds_guard.shortest_paths(integer[], integer[], integer, integer[], integer[], integer) IS
'A row for each step of a shortest way from each start to the nearest target: the step''s number, how many there are, and the edge taken, numbered from 1. Nodes are numbers from 0; edge i leads from tails[i] to heads[i]; the first step_edges edges (NULL: all) are a step each, the others cost nothing and must not lead in a circle (22023). Where several edges are as short, the first. Beyond most_steps steps the middle is left out, NULL for never. For everybody; reads no catalog.';

CREATE FUNCTION rds_guard.run_rule(rule text) RETURNS rds_guard.violation[]
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    violations rds_guard.violation[];
BEGIN
    EXECUTE 'SELECT array_agg(ROW(q.object, q.detail, q.fix, q.evidence)::rds_guard.violation) FROM ('
            || rule || E'\n) AS q (object, detail, fix, evidence)'
    INTO violations;
    RETURN violations;
END
$$;

COMMENT ON FUNCTION rds_guard.run_rule(text) IS
'All violations that a rule finds, with the rights of the caller; NULL for none. All or nothing: a rule that breaks off half way gives none, so that the verdict does not depend on the order of execution. Raises what the rule raises.';
