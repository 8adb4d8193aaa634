-- From every role the shortest way to the power of a superuser: facts, then a
-- search among them, then the way in words.

CREATE FUNCTION rds_guard.escalation_by_server() RETURNS SETOF rds_guard.escalation_step
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    SET plan_cache_mode = force_generic_plan
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
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- from 16 on CREATEROLE gives nothing but ADMIN OPTION on what it creates
    RETURN QUERY
    SELECT 'createrole', r.oid, 'definer', NULL::oid, NULL, 'CREATEROLE', rds_guard.ident(r.rolname),
           'GRANT pg_execute_server_program TO yourself: CREATEROLE may grant every role that is no superuser.',
           format('ALTER ROLE %s NOCREATEROLE;', rds_guard.ident(r.rolname)), jsonb_build_object('role', r.rolname)
    FROM pg_roles AS r
    WHERE r.rolcreaterole AND NOT r.rolsuper AND current_setting('server_version_num')::integer < 160000;

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
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    before_16 CONSTANT boolean := current_setting('server_version_num')::integer < 160000;
    -- Nodes: 0 is PUBLIC, then come the powers, then three for each role, its
    -- states session, definer and hold. Only what is on a path becomes a row
    -- again: there may be a million memberships.
    powers CONSTANT text[] := array_remove(
        ARRAY['superuser', 'CREATEROLE', 'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files',
              (SELECT p.admin_role::text FROM rds_guard.platform() AS p)], NULL);
    first_role CONSTANT integer := 1 + cardinality(powers);
    roles CONSTANT oid[] := ARRAY(SELECT r.oid FROM pg_roles AS r ORDER BY r.rolname);
    others rds_guard.escalation_step[];
    inherits integer;
    sets integer;
    administers integer;
    tails integer[];
    heads integer[];
BEGIN
    IF for_role IS NOT NULL AND NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = for_role) THEN
        RAISE undefined_object USING MESSAGE = format('role "%s" does not exist', for_role);
    END IF;
    -- where nobody could set out, nothing has to be searched
    IF for_role IS NULL AND NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolcanlogin AND NOT r.rolsuper) THEN
        RETURN;
    END IF;

    -- Memberships by INHERIT, by SET, by ADMIN OPTION
    WITH numbered AS MATERIALIZED (
        SELECT r.oid, (first_role + 3 * (r.place - 1))::integer AS node FROM unnest(roles) WITH ORDINALITY AS r (oid, place)
    )
    SELECT count(*) FILTER (WHERE e.inherits), count(*) FILTER (WHERE e.sets), count(*) FILTER (WHERE e.climbs),
           array_agg(e.member + 2) FILTER (WHERE e.inherits) || array_agg(e.member) FILTER (WHERE e.sets) || array_agg(e.member + 2) FILTER (WHERE e.climbs),
           array_agg(e.role + 2) FILTER (WHERE e.inherits) || array_agg(e.role) FILTER (WHERE e.sets) || array_agg(e.role) FILTER (WHERE e.climbs)
    INTO inherits, sets, administers, tails, heads
    FROM (
        SELECT m.node, t.node, e.inherits, e.sets, e.climbs
        FROM rds_guard.membership_edges() AS e
        JOIN numbered AS m ON m.oid = e.member
        JOIN numbered AS t ON t.oid = e.role
        ORDER BY m.node, t.node
    ) AS e (member, role, inherits, sets, climbs);

    others := ARRAY(
        SELECT s FROM rds_guard.escalation_steps() AS s
        ORDER BY s.tail <> 0, array_position(roles, s.tail), array_position(roles, s.head), s.kind, s.object COLLATE "C");

    -- then the others, and last, at no cost, what a role in one state has anyway
    WITH numbered AS MATERIALIZED (
        SELECT r.oid, (first_role + 3 * (r.place - 1))::integer AS node FROM unnest(roles) WITH ORDINALITY AS r (oid, place)
    )
    SELECT tails || o.further_tails || f.free_tails, heads || o.further_heads || f.free_heads
    INTO tails, heads
    FROM (
        SELECT array_agg(coalesce(t.node + array_position('{session,definer,hold}', s.tail_state) - 1, 0) ORDER BY s.place),
               -- a step to what is gone by now leads nowhere
               array_agg(coalesce(array_position(powers, s.power), h.node + array_position('{session,definer,hold}', s.head_state) - 1, 0) ORDER BY s.place)
        FROM unnest(others) WITH ORDINALITY AS s (kind, tail, tail_state, head, head_state, power, object, sentence, fix, evidence, place)
        LEFT JOIN numbered AS t ON t.oid = s.tail
        LEFT JOIN numbered AS h ON h.oid = s.head
    ) AS o (further_tails, further_heads)
    CROSS JOIN (
        SELECT array_agg(q.tail), array_agg(q.head)
        FROM (
            SELECT n.node + s.state, CASE s.state WHEN 2 THEN 0 ELSE n.node + s.state + 1 END
            FROM numbered AS n
            CROSS JOIN generate_series(0, 2) AS s (state)
            UNION ALL
            SELECT n.node + 1, 1 FROM numbered AS n JOIN pg_roles AS r ON r.oid = n.oid AND r.rolsuper
            UNION ALL
            SELECT n.node + 2, array_position(powers, r.rolname::text) FROM numbered AS n JOIN pg_roles AS r ON r.oid = n.oid AND r.rolname = ANY (powers::name[])
        ) AS q (tail, head)
    ) AS f (free_tails, free_heads);

    RETURN QUERY
    WITH named AS MATERIALIZED (
        SELECT r.oid, r.rolname, rds_guard.ident(r.rolname) AS name, r.rolsuper, r.rolcanlogin, (first_role + 3 * (n.place - 1))::integer AS node
        FROM unnest(roles) WITH ORDINALITY AS n (oid, place)
        JOIN pg_roles AS r ON r.oid = n.oid
    ), ways AS MATERIALIZED (
        SELECT w.start, w.step, w.steps, w.edge, coalesce(s.kind, CASE WHEN w.edge <= inherits THEN 'inherit' WHEN w.edge <= inherits + sets THEN 'set' ELSE 'admin' END) AS kind,
               m.rolname AS member, m.name AS member_name, t.rolname AS role, t.name AS role_name, t.rolsuper AS role_is_super,
               s.power, s.object, s.sentence, s.fix, s.evidence
        FROM rds_guard.shortest_paths(
                 tails, heads, inherits + sets + administers + cardinality(others),
                 ARRAY(SELECT n.node FROM named AS n WHERE NOT n.rolsuper AND CASE WHEN for_role IS NULL THEN n.rolcanlogin ELSE n.rolname = for_role END ORDER BY n.node),
                 ARRAY(SELECT p.node FROM generate_series(1, cardinality(powers)) AS p (node)),
                 -- as in role_memberships() a long chain loses its middle, unless it is the only one
                 CASE WHEN for_role IS NULL THEN 32 END) AS w
        LEFT JOIN named AS m ON m.node = tails[w.edge] - (tails[w.edge] - first_role) % 3 AND tails[w.edge] >= first_role
        LEFT JOIN named AS t ON t.node = heads[w.edge] - (heads[w.edge] - first_role) % 3 AND heads[w.edge] >= first_role
        LEFT JOIN unnest(others) WITH ORDINALITY AS s (kind, tail, tail_state, head, head_state, power, object, sentence, fix, evidence, place)
             ON s.place = w.edge - inherits - sets - administers
    ), cuts AS MATERIALIZED (
        -- best cut where it is no membership, and as close to the power as can be
        SELECT DISTINCT ON (w.start) w.start, w.edge, w.fix, w.member, w.role
        FROM ways AS w
        -- nobody can be thrown out of pg_database_owner
        WHERE CASE WHEN w.kind IN ('inherit', 'set', 'admin') THEN w.role <> 'pg_database_owner' ELSE w.fix IS NOT NULL END
        ORDER BY w.start, w.kind IN ('inherit', 'set', 'admin'), w.step DESC
    ), fixes AS MATERIALIZED (
        SELECT c.edge, coalesce(c.fix, rds_guard.revoke_membership(c.role, c.member)) AS fix
        FROM (SELECT DISTINCT c.edge, c.fix, c.member, c.role FROM cuts AS c) AS c
    )
    SELECT r.rolname, coalesce(e.power, CASE WHEN e.role_is_super THEN 'superuser' ELSE e.role::text END),
           w.step, w.steps, w.kind, coalesce(w.member, r.rolname), coalesce(w.role, w.power::name), coalesce(w.object, w.role_name),
           CASE w.kind
               WHEN 'inherit' THEN format('Use the privileges of %s, which %s inherits.', w.role_name, w.member_name)
               WHEN 'set' THEN format('SET ROLE %s;', w.role_name)
               WHEN 'admin' THEN format('GRANT %s TO %s%s; SET ROLE %s;', w.role_name, r.name,
                                        CASE WHEN before_16 THEN '' ELSE ' WITH INHERIT TRUE, SET TRUE' END, w.role_name)
               ELSE w.sentence
           END
           || CASE WHEN w.step = w.steps AND w.role_is_super AND w.kind NOT IN ('set', 'foreign_server')
                   THEN format(' That code can run ALTER ROLE %s SUPERUSER;', r.name) ELSE '' END,
           f.fix, coalesce(w.evidence, jsonb_build_object('member', w.member, 'role', w.role))
    FROM ways AS w
    JOIN named AS r ON r.node = w.start
    JOIN ways AS e ON e.start = w.start AND e.step = e.steps
    LEFT JOIN cuts AS c ON c.start = w.start
    LEFT JOIN fixes AS f ON f.edge = c.edge
    ORDER BY r.rolname, w.step;
END
$$;

COMMENT ON FUNCTION rds_guard.escalation_paths(name) IS
'For each role that can log in and is no superuser, or for the role named, the shortest way to power like a superuser''s, a row for each step; no row for a role that has no such way, and none for a superuser.
power is where the way ends: superuser, the role that stands in for it (rds_superuser), pg_execute_server_program, pg_read_server_files, pg_write_server_files, or up to PostgreSQL 15 CREATEROLE. kind, object and evidence say what allows the step; acts_as is the role whose rights it uses, gains the role or power that it leads to; the sentence says what to do, with waits_for in the evidence where somebody else has to act. fix is the one statement that ends this way, the same on each of its rows: at a step that is no membership if there is one, and as close to the power as possible; the next shortest way shows afterwards.
Knows memberships and CREATEROLE as the version has them, and the steps of escalation_steps(), in this database. A way of more than 32 steps loses its middle unless a role is named. For everybody; what the caller may not look at is in escalation_unseen(). Error 42704 for a role that does not exist.';
