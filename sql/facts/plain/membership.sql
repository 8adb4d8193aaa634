-- Who is a member of what, directly and in every way through others.

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
