-- From every role the shortest way to the power of a superuser: facts, then a
-- search among them, then the way in words.

CREATE FUNCTION rds_guard.escalation_by_server() RETURNS SETOF rds_guard.escalation_step
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
BEGIN
    -- A foreign server that is this one, where the server itself logs in, by
    -- whatever pg_hba.conf lets it in with.
    RETURN QUERY
    SELECT 'foreign_server', CASE m.umuser WHEN 0 THEN h.tail ELSE m.umuser END, CASE m.umuser WHEN 0 THEN 'hold' ELSE 'definer' END,
           t.oid, 'session', NULL::text, rds_guard.ident(m.srvname),
           format('CREATE FOREIGN TABLE ... SERVER %s OPTIONS (schema_name ''pg_catalog'', table_name ''pg_authid''), then read and write it: the server logs in to itself as %s, where pg_hba.conf asks it for no password.',
                  rds_guard.ident(m.srvname), rds_guard.role_name(t.oid)),
           format('ALTER USER MAPPING FOR %s SERVER %s OPTIONS (SET password_required ''true'');',
                  CASE m.umuser WHEN 0 THEN 'PUBLIC' ELSE rds_guard.role_name(m.umuser) END, rds_guard.ident(m.srvname)),
           jsonb_build_object('server', m.srvname, 'mapping_of', CASE m.umuser WHEN 0 THEN 'PUBLIC' ELSE rds_guard.role_name(m.umuser) END, 'user', t.rolname)
    FROM rds_guard.loopback_mappings() AS m
    JOIN pg_roles AS t ON t.rolname = coalesce(m.options ->> 'user', (SELECT r.rolname FROM pg_roles AS r WHERE r.oid = m.umuser))
    JOIN pg_foreign_server AS s ON s.oid = m.srvid
    CROSS JOIN LATERAL rds_guard.holders(rds_guard.grantees(coalesce(s.srvacl, acldefault('S', s.srvowner)), 'USAGE'),
                                         rds_guard.function_creators(false),
                                         CASE WHEN m.umuser <> 0 THEN ARRAY[m.umuser] END) AS h (tail)
    WHERE m.options ->> 'password_required' IN ('false', 'off', 'no', '0', 'f', 'n')
          AND t.oid <> m.umuser AND (m.umuser = 0 OR h.tail = m.umuser);
END
$$;

COMMENT ON FUNCTION rds_guard.escalation_by_server() IS
'The steps that foreign servers of postgres_fdw allow which lead back to this one and need no password. Mappings whose options the caller may not see are missing, see escalation_unseen(). For everybody.';

CREATE FUNCTION rds_guard.escalation_steps() RETURNS SETOF rds_guard.escalation_step
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY SELECT s.* FROM rds_guard.escalation_by_catalog() AS s;
    RETURN QUERY SELECT s.* FROM rds_guard.escalation_by_grant() AS s;
    RETURN QUERY SELECT s.* FROM rds_guard.escalation_by_ownership() AS s;
    RETURN QUERY SELECT s.* FROM rds_guard.escalation_by_code() AS s;
    RETURN QUERY SELECT s.* FROM rds_guard.escalation_by_server() AS s;
END
$$;

COMMENT ON FUNCTION rds_guard.escalation_steps() IS
'A row for each step, other than a membership, by which one role gets power of another in this database. For everybody.';

CREATE FUNCTION rds_guard.escalation_paths(for_role name DEFAULT NULL)
    RETURNS TABLE (role name, power text, step integer, steps integer, kind text, acts_as name, gains name, object text, sentence text, fix text, evidence jsonb)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    before_16 CONSTANT boolean := current_setting('server_version_num')::integer < 160000;
    admins CONSTANT name := (SELECT p.admin_role FROM rds_guard.platform() AS p);
BEGIN
    IF for_role IS NOT NULL AND NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = for_role) THEN
        RAISE undefined_object USING MESSAGE = format('role "%s" does not exist', for_role);
    END IF;

    RETURN QUERY
    WITH powers (power, node) AS MATERIALIZED (
        -- node 0 is PUBLIC
        SELECT p.power, p.place::integer
        FROM unnest(ARRAY['superuser', 'CREATEROLE', 'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files', admins::text])
             WITH ORDINALITY AS p (power, place)
        WHERE p.power IS NOT NULL
    ), roles AS MATERIALIZED (
        -- three nodes each: session, definer, hold
        SELECT r.oid, r.rolname, r.rolsuper, r.rolcreaterole, r.rolcanlogin, 4 + 3 * row_number() OVER (ORDER BY r.rolname)::integer AS node
        FROM pg_roles AS r
    ), memberships AS MATERIALIZED (
        SELECT e.*, m.node AS member_node, t.node AS role_node, t.rolname = 'pg_database_owner' AS implicit
        FROM rds_guard.membership_edges() AS e
        JOIN roles AS m ON m.oid = e.member
        JOIN roles AS t ON t.oid = e.role
    ), edges AS MATERIALIZED (
        SELECT row_number() OVER (ORDER BY q.rank, q.tail, q.head, q.kind, q.object COLLATE "C")::integer AS edge, q.*
        FROM (
            -- what a role in one state has anyway costs nothing
            SELECT 6 AS rank, 'has' AS kind, r.node + s.state AS tail, CASE s.state WHEN 2 THEN 0 ELSE r.node + s.state + 1 END AS head,
                   NULL::oid AS member, NULL::oid AS role, NULL::text AS power, true AS fixable, NULL::text AS object, NULL::text AS sentence, NULL::text AS fix, NULL::jsonb AS evidence
            FROM roles AS r
            CROSS JOIN generate_series(0, 2) AS s (state)
            UNION ALL
            SELECT 6, 'is', r.node + 1, 1, NULL, NULL, NULL, true, NULL, NULL, NULL, NULL
            FROM roles AS r
            WHERE r.rolsuper
            UNION ALL
            SELECT 6, 'is', r.node + 2, p.node, NULL, NULL, NULL, true, NULL, NULL, NULL, NULL
            FROM powers AS p
            JOIN roles AS r ON r.rolname = p.power AND p.power ~ '_'
            UNION ALL
            SELECT 1, 'inherit', m.member_node + 2, m.role_node + 2, m.member, m.role, NULL, NOT m.implicit, NULL, NULL, NULL, NULL
            FROM memberships AS m
            WHERE m.inherits
            UNION ALL
            SELECT 2, 'set', m.member_node, m.role_node, m.member, m.role, NULL, NOT m.implicit, NULL, NULL, NULL, NULL
            FROM memberships AS m
            WHERE m.sets
            UNION ALL
            SELECT 3, 'admin', m.member_node + 2, m.role_node, m.member, m.role, NULL, NOT m.implicit, NULL, NULL, NULL, NULL
            FROM memberships AS m
            WHERE m.climbs
            UNION ALL
            SELECT 4, 'createrole', r.node + 1, 2, r.oid, NULL, 'CREATEROLE', true, rds_guard.ident(r.rolname),
                   NULL,
                   format('ALTER ROLE %s NOCREATEROLE;', rds_guard.ident(r.rolname)), jsonb_build_object('role', r.rolname)
            FROM roles AS r
            WHERE r.rolcreaterole AND NOT r.rolsuper AND before_16
            UNION ALL
            SELECT 5, s.kind, coalesce(t.node + CASE s.tail_state WHEN 'session' THEN 0 WHEN 'definer' THEN 1 ELSE 2 END, 0),
                   coalesce(p.node, h.node + CASE s.head_state WHEN 'session' THEN 0 WHEN 'definer' THEN 1 ELSE 2 END),
                   s.tail, s.head, s.power, true, s.object, s.sentence, s.fix, s.evidence
            FROM rds_guard.escalation_steps() AS s
            LEFT JOIN roles AS t ON t.oid = s.tail
            LEFT JOIN roles AS h ON h.oid = s.head
            LEFT JOIN powers AS p ON p.power = s.power
            WHERE (t.oid IS NOT NULL OR s.tail = 0) AND (h.oid IS NOT NULL OR p.node IS NOT NULL)
        ) AS q
    ), graph AS MATERIALIZED (
        SELECT array_agg(e.tail ORDER BY e.edge) AS tails, array_agg(e.head ORDER BY e.edge) AS heads, (count(*) FILTER (WHERE e.rank < 6))::integer AS step_edges
        FROM edges AS e
    ), ways AS MATERIALIZED (
        SELECT w.start, w.step, w.steps, e.*
        FROM graph AS g
        CROSS JOIN LATERAL rds_guard.shortest_paths(
            g.tails, g.heads, g.step_edges,
            ARRAY(SELECT r.node FROM roles AS r WHERE NOT r.rolsuper AND CASE WHEN for_role IS NULL THEN r.rolcanlogin ELSE r.rolname = for_role END ORDER BY r.node),
            ARRAY(SELECT p.node FROM powers AS p),
            -- as in role_memberships() a long chain loses its middle, unless it is the only one
            CASE WHEN for_role IS NULL THEN 32 END) AS w
        JOIN edges AS e USING (edge)
    ), cuts AS MATERIALIZED (
        -- best cut where it is no membership, and as close to the power as can be
        SELECT DISTINCT ON (w.start) w.start, w.edge
        FROM ways AS w
        WHERE w.fixable AND (w.fix IS NOT NULL OR w.rank < 4)
        ORDER BY w.start, w.rank < 4, w.step DESC
    ), fixes AS MATERIALIZED (
        SELECT e.edge, coalesce(e.fix, rds_guard.revoke_membership(t.rolname, m.rolname)) AS fix
        FROM (SELECT DISTINCT c.edge FROM cuts AS c) AS c
        JOIN edges AS e USING (edge)
        LEFT JOIN roles AS m ON m.oid = e.member
        LEFT JOIN roles AS t ON t.oid = e.role
    ), ends AS MATERIALIZED (
        SELECT w.start, CASE WHEN w.power IS NOT NULL THEN w.power WHEN t.rolsuper THEN 'superuser' ELSE t.rolname::text END AS power
        FROM ways AS w
        LEFT JOIN roles AS t ON t.oid = w.role
        WHERE w.step = w.steps
    )
    SELECT r.rolname, n.power, w.step, w.steps, w.kind, coalesce(m.rolname, r.rolname), coalesce(t.rolname, w.power::name),
           coalesce(w.object, x.role),
           CASE w.kind
               WHEN 'inherit' THEN format('Use the privileges of %s, which %s inherits.', x.role, x.member)
               WHEN 'set' THEN format('SET ROLE %s;', x.role)
               WHEN 'admin' THEN format('GRANT %s TO %s%s; SET ROLE %s;', x.role, rds_guard.ident(r.rolname),
                                        CASE WHEN before_16 THEN '' ELSE ' WITH INHERIT TRUE, SET TRUE' END, x.role)
               WHEN 'createrole' THEN format('GRANT pg_execute_server_program TO %s; CREATEROLE may grant every role that is no superuser.', rds_guard.ident(r.rolname))
               ELSE w.sentence
           END
           || CASE WHEN w.step = w.steps AND t.rolsuper AND w.kind NOT IN ('set', 'foreign_server')
                   THEN format(' That code can run ALTER ROLE %s SUPERUSER;', rds_guard.ident(r.rolname)) ELSE '' END,
           f.fix,
           coalesce(w.evidence, jsonb_build_object('member', m.rolname, 'role', t.rolname))
    FROM ways AS w
    JOIN roles AS r ON r.node = w.start
    LEFT JOIN roles AS m ON m.oid = w.member
    LEFT JOIN roles AS t ON t.oid = w.role
    JOIN ends AS n ON n.start = w.start
    LEFT JOIN cuts AS c ON c.start = w.start
    LEFT JOIN fixes AS f ON f.edge = c.edge
    CROSS JOIN LATERAL (SELECT rds_guard.ident(m.rolname) AS member, rds_guard.ident(t.rolname) AS role) AS x
    ORDER BY r.rolname, w.step;
END
$$;

COMMENT ON FUNCTION rds_guard.escalation_paths(name) IS
'For each role that can log in and is no superuser, or for the role named, the shortest way to power like a superuser''s, a row for each step; no row for a role that has no such way, and none for a superuser.
power is where the way ends: superuser, the role that stands in for it (rds_superuser), pg_execute_server_program, pg_read_server_files, pg_write_server_files, or up to PostgreSQL 15 CREATEROLE. kind, object and evidence say what allows the step; acts_as is the role whose rights it uses, gains the role or power that it leads to; the sentence says what to do, with waits_for in the evidence where somebody else has to act. fix is the one statement that ends this way, the same on each of its rows: at a step that is no membership if there is one, and as close to the power as possible; the next shortest way shows afterwards.
Knows memberships and CREATEROLE as the version has them, and the steps of escalation_steps(), in this database. A way of more than 32 steps loses its middle unless a role is named. For everybody; what the caller may not look at is in escalation_unseen(). Error 42704 for a role that does not exist.';
