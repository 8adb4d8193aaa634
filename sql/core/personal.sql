-- What everybody may ask about themselves.

CREATE FUNCTION rds_guard.my_report("only" text[] DEFAULT NULL) RETURNS SETOF rds_guard.finding
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
    SELECT f.* FROM rds_guard.run_checks("only", ARRAY['role', 'session']) AS f
$$;

COMMENT ON FUNCTION rds_guard.my_report(text[]) IS
'What is unsafe about the current role and this session: escalation paths, objects that it opened to PUBLIC, missing hygiene. Columns and order as in report(). For everybody.';

CREATE VIEW rds_guard.my_memberships AS
SELECT m.role,
       bool_or(m.how = 'inherit') AS inherits,
       bool_or(m.how = 'set') AS can_set_role,
       bool_or(m.how = 'admin') AS can_grant,
       bool_or(m.how = 'become') AS can_become,
       min(m.depth) AS depth,
       (array_agg(rds_guard.path_text(m.path) ORDER BY m.depth, m.path))[1] AS path
FROM rds_guard.role_memberships(for_member => current_user) AS m
GROUP BY m.role
ORDER BY depth, m.role;

COMMENT ON VIEW rds_guard.my_memberships IS
'A row for each role that the current role gets to: whether it has that role''s privileges at once, may SET ROLE to it, may grant it, can become it in several steps (by granting it to itself first), the number of steps and the shortest chain. For everybody.';

CREATE VIEW rds_guard.my_privileges AS
WITH objects AS (
    SELECT 'database' AS kind, rds_guard.ident(d.datname) AS object, d.oid, d.datdba AS owner, d.datacl AS acl, 'd'::"char" AS acl_kind
    FROM pg_catalog.pg_database AS d
    UNION ALL
    SELECT 'schema', rds_guard.ident(n.nspname), n.oid, n.nspowner, n.nspacl, 'n'
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION ALL
    SELECT CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                          WHEN 'f' THEN 'foreign table' ELSE 'table' END,
           rds_guard.ident(n.nspname) || '.' || rds_guard.ident(c.relname), c.oid, c.relowner, c.relacl,
           CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION ALL
    SELECT 'function', rds_guard.function_name(p.oid), p.oid, p.proowner, p.proacl, 'f'
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), effective AS (
    SELECT o.*, p.privilege
    FROM objects AS o
    JOIN (VALUES ('d'::"char", 'CREATE'), ('d', 'CONNECT'), ('d', 'TEMPORARY'),
                 ('n', 'CREATE'), ('n', 'USAGE'),
                 ('r', 'SELECT'), ('r', 'INSERT'), ('r', 'UPDATE'), ('r', 'DELETE'),
                 ('r', 'TRUNCATE'), ('r', 'REFERENCES'), ('r', 'TRIGGER'), ('r', 'MAINTAIN'),
                 ('s', 'USAGE'), ('s', 'SELECT'), ('s', 'UPDATE'),
                 ('f', 'EXECUTE')) AS p (acl_kind, privilege) ON p.acl_kind = o.acl_kind
    WHERE CASE
              WHEN o.acl_kind = 'd' THEN has_database_privilege(o.oid, p.privilege)
              WHEN o.acl_kind = 'n' THEN has_schema_privilege(o.oid, p.privilege)
              WHEN o.acl_kind = 's' THEN has_sequence_privilege(o.oid, p.privilege)
              WHEN o.acl_kind = 'f' THEN has_function_privilege(o.oid, p.privilege)
              -- MAINTAIN exists from 17 on
              WHEN p.privilege <> 'MAINTAIN' OR current_setting('server_version_num')::integer >= 170000
                  THEN has_table_privilege(o.oid, p.privilege)
          END
)
SELECT e.kind, e.object, e.privilege, w.grantable, coalesce(w.via, 'predefined role') AS via
FROM effective AS e
CROSS JOIN LATERAL (
    SELECT r.oid, r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user
) AS me
CROSS JOIN LATERAL (
    SELECT (array_agg(s.via ORDER BY s.best, s.via COLLATE "C"))[1] AS via,
           -- an owner may always grant, even what it took from itself
           coalesce(bool_or(s.grantable), false) OR pg_has_role(e.owner, 'USAGE') AS grantable
    FROM (
        SELECT 1 AS best, 'superuser' AS via, true AS grantable WHERE me.rolsuper
        UNION ALL
        SELECT CASE WHEN a.grantee = 0 THEN 5 WHEN a.grantee <> me.oid THEN 4 WHEN e.owner <> me.oid THEN 3 ELSE 2 END,
               CASE WHEN a.grantee = 0 THEN 'PUBLIC'
                    WHEN a.grantee <> me.oid THEN
                        'member of ' || rds_guard.role_name(a.grantee) || CASE WHEN a.grantee = e.owner THEN ', the owner' ELSE '' END
                    WHEN e.owner <> me.oid THEN 'direct'
                    ELSE 'owner' END,
               a.is_grantable
        FROM aclexplode(coalesce(e.acl, acldefault(e.acl_kind, e.owner))) AS a
        WHERE a.privilege_type = e.privilege
              AND (a.grantee IN (0, me.oid) OR pg_has_role(a.grantee, 'USAGE'))
    ) AS s
) AS w
ORDER BY e.kind, e.object, e.privilege;

COMMENT ON VIEW rds_guard.my_privileges IS
'A row for each privilege that the current role effectively has on a database, schema, table, view, sequence or function outside the system schemas: whether it may pass it on, and the best way in which it was obtained (superuser, owner, direct, member of a role, PUBLIC, or a predefined role such as pg_read_all_data). Effective means: what the server''s own has_..._privilege() functions say, without SET ROLE. For everybody.';
