-- How much each role may do, in numbers. What PUBLIC has, and what the
-- predefined roles have of everything, is counted once and not for each role.

CREATE FUNCTION rds_guard.privilege_summary()
    RETURNS TABLE (role name, superuser boolean, relations_total integer, relations_reachable integer, share double precision,
                   relations_readable integer, relations_writable integer, relations_owned integer,
                   schemas_reached integer, schemas_written integer, functions_executable integer,
                   by_itself integer, by_membership integer, by_public integer, only_by_set_role integer, unshared_privileges bigint)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    SET enable_nestloop = off
    SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH roles AS MATERIALIZED (
        SELECT r.oid, r.rolname, r.rolsuper FROM pg_roles AS r WHERE r.rolcanlogin
    ), walks AS MATERIALIZED (
        SELECT w.how, w.member, w.role
        FROM rds_guard.role_walks(NULL, NULL, '{inherit,set,use}') AS w
        JOIN roles AS r ON r.oid = w.member
    ), reach AS MATERIALIZED (
        SELECT r.oid AS member, r.oid AS role, true AS at_once FROM roles AS r
        UNION ALL
        SELECT w.member, w.role, bool_or(w.how = 'inherit') FROM walks AS w WHERE w.how <> 'set' GROUP BY w.member, w.role
    ), objects AS MATERIALIZED (
        SELECT o.*
        FROM unnest('{table,column,function,schema}'::text[]) AS k (kind)
        CROSS JOIN LATERAL rds_guard.privilege_objects(k.kind) AS o
        WHERE coalesce(o.schema, o.name) <> 'rds_guard'
              -- who has only system columns can neither read nor write a row
              AND (o.column_name IS NULL OR o.column_name <> ALL ('{tableoid,cmax,xmax,cmin,xmin,ctid}'))
    ), totals AS MATERIALIZED (
        SELECT (count(*) FILTER (WHERE o.kind = 'table'))::integer AS relations, (count(*) FILTER (WHERE o.kind = 'schema'))::integer AS schemas,
               (count(*) FILTER (WHERE o.kind = 'function'))::integer AS functions,
               (count(DISTINCT o.schema) FILTER (WHERE o.kind = 'table'))::integer AS schemas_of_relations
        FROM objects AS o
    ), grants AS MATERIALIZED (
        -- that of a column is one on its relation; reads stands for EXECUTE
        -- and USAGE, too
        SELECT CASE o.kind WHEN 'column' THEN 'table' ELSE o.kind END AS kind, o.oid, o.schema, a.grantee,
               bool_or(a.privilege_type IN ('SELECT', 'EXECUTE', 'USAGE')) AS reads,
               bool_or(a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')) AS writes
        FROM objects AS o
        CROSS JOIN LATERAL aclexplode(o.acl) AS a
        WHERE a.privilege_type IN ('SELECT', 'EXECUTE', 'USAGE', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
        GROUP BY 1, o.oid, o.schema, a.grantee
    ), public AS MATERIALIZED (
        SELECT g.* FROM grants AS g WHERE g.grantee = 0
    ), to_all AS MATERIALIZED (
        SELECT (count(*) FILTER (WHERE p.kind = 'table' AND p.reads))::integer AS readable, (count(*) FILTER (WHERE p.kind = 'table' AND p.writes))::integer AS writable,
               (count(*) FILTER (WHERE p.kind = 'table'))::integer AS reachable,
               (count(*) FILTER (WHERE p.kind = 'schema'))::integer AS schemas, (count(*) FILTER (WHERE p.kind = 'function'))::integer AS functions
        FROM public AS p
    ), held AS MATERIALIZED (
        -- by the role's own grants and its memberships
        SELECT r.member, g.kind, g.oid, g.schema,
               bool_or(g.reads AND r.at_once) AS reads, bool_or(g.writes AND r.at_once) AS writes,
               bool_or(r.role = r.member) AS itself, bool_or(r.at_once) AS at_once
        FROM grants AS g
        JOIN reach AS r ON r.role = g.grantee
        GROUP BY r.member, g.kind, g.oid, g.schema
    ), counted AS MATERIALIZED (
        SELECT h.member,
               (count(*) FILTER (WHERE h.kind = 'table' AND h.reads AND p.reads IS NOT TRUE))::integer AS readable,
               (count(*) FILTER (WHERE h.kind = 'table' AND h.writes AND p.writes IS NOT TRUE))::integer AS writable,
               (count(*) FILTER (WHERE h.kind = 'table' AND h.at_once AND p.oid IS NULL))::integer AS reachable,
               (count(*) FILTER (WHERE h.kind = 'table' AND h.itself))::integer AS by_itself,
               (count(*) FILTER (WHERE h.kind = 'table' AND h.at_once AND NOT h.itself))::integer AS by_membership,
               (count(*) FILTER (WHERE h.kind = 'table' AND NOT h.at_once AND p.oid IS NULL))::integer AS after_set,
               (count(*) FILTER (WHERE h.kind = 'schema' AND h.at_once AND p.oid IS NULL))::integer AS schemas,
               (count(*) FILTER (WHERE h.kind = 'function' AND h.at_once AND p.oid IS NULL))::integer AS functions
        FROM held AS h
        LEFT JOIN public AS p ON p.kind = h.kind AND p.oid = h.oid
        GROUP BY h.member
    ), written AS MATERIALIZED (
        SELECT w.member, count(DISTINCT w.schema)::integer AS schemas
        FROM (SELECT h.member, h.schema FROM held AS h WHERE h.kind = 'table' AND h.writes
              UNION ALL
              SELECT r.oid, p.schema FROM (SELECT DISTINCT schema FROM public WHERE kind = 'table' AND writes) AS p CROSS JOIN roles AS r) AS w
        GROUP BY w.member
    ), owned AS MATERIALIZED (
        SELECT r.member, count(*)::integer AS relations
        FROM objects AS o JOIN reach AS r ON r.role = o.owner AND r.at_once
        WHERE o.kind = 'table'
        GROUP BY r.member
    ), sole AS MATERIALIZED (
        -- what only one role that can log in has at once
        SELECT min(r.member) AS member, r.role FROM reach AS r WHERE r.at_once GROUP BY r.role HAVING count(*) = 1
    ), unshared AS MATERIALIZED (
        SELECT u.member, count(*) AS privileges
        FROM (SELECT DISTINCT s.member, o.oid, a.privilege_type
              FROM objects AS o
              CROSS JOIN LATERAL aclexplode(o.acl) AS a
              JOIN sole AS s ON s.role = a.grantee
              WHERE o.kind = 'table') AS u
        GROUP BY u.member
    ), everything AS MATERIALIZED (
        -- what no ACL says: whether the role has all of it
        SELECT r.oid AS member,
               r.rolsuper OR EXISTS (SELECT FROM reach AS x WHERE x.member = r.oid AND x.at_once AND x.role = reads.oid) AS reads,
               r.rolsuper OR EXISTS (SELECT FROM reach AS x WHERE x.member = r.oid AND x.at_once AND x.role = writes.oid) AS writes,
               r.rolsuper OR EXISTS (SELECT FROM reach AS x WHERE x.member = r.oid AND x.role IN (reads.oid, writes.oid))
               OR EXISTS (SELECT FROM walks AS w JOIN pg_roles AS s ON s.oid = w.role AND s.rolsuper WHERE w.member = r.oid AND w.how = 'set') AS after_set
        FROM roles AS r
        LEFT JOIN pg_roles AS reads ON reads.rolname = 'pg_read_all_data'
        LEFT JOIN pg_roles AS writes ON writes.rolname = 'pg_write_all_data'
    )
    SELECT r.rolname, r.rolsuper, t.relations, n.reachable, CASE t.relations WHEN 0 THEN 0 ELSE n.reachable::double precision / t.relations END,
           CASE WHEN e.reads THEN t.relations ELSE a.readable + coalesce(c.readable, 0) END,
           CASE WHEN e.writes THEN t.relations ELSE a.writable + coalesce(c.writable, 0) END,
           coalesce(o.relations, 0),
           CASE WHEN e.reads OR e.writes THEN t.schemas ELSE a.schemas + coalesce(c.schemas, 0) END,
           CASE WHEN e.writes THEN t.schemas_of_relations ELSE coalesce(w.schemas, 0) END,
           CASE WHEN r.rolsuper THEN t.functions ELSE a.functions + coalesce(c.functions, 0) END,
           n.by_itself, n.by_membership, n.reachable - n.by_itself - n.by_membership,
           CASE WHEN e.after_set THEN t.relations - n.reachable ELSE coalesce(c.after_set, 0) END,
           coalesce(u.privileges, 0)
    FROM roles AS r
    CROSS JOIN totals AS t
    CROSS JOIN to_all AS a
    JOIN everything AS e ON e.member = r.oid
    LEFT JOIN counted AS c ON c.member = r.oid
    LEFT JOIN written AS w ON w.member = r.oid
    LEFT JOIN owned AS o ON o.member = r.oid
    LEFT JOIN unshared AS u ON u.member = r.oid
    CROSS JOIN LATERAL (
        SELECT CASE WHEN e.reads OR e.writes THEN t.relations ELSE a.reachable + coalesce(c.reachable, 0) END AS reachable,
               CASE WHEN r.rolsuper THEN t.relations ELSE coalesce(c.by_itself, 0) END AS by_itself,
               CASE WHEN r.rolsuper THEN 0
                    WHEN e.reads OR e.writes THEN t.relations - coalesce(c.by_itself, 0)
                    ELSE coalesce(c.by_membership, 0) END AS by_membership
    ) AS n;
END
$$;

COMMENT ON FUNCTION rds_guard.privilege_summary() IS
'A row for each role that can log in: how much it may do in this database, outside the schemas pg_*, information_schema and rds_guard. Relations are tables, views and all else with rows; reading or writing one of its columns counts as reading or writing it, share is the part that is reachable in one of the two ways, from 0 to 1. relations_owned: by the role or one whose privileges it has. schemas_reached: USAGE; schemas_written: with a writable relation. by_itself (superuser, or granted to the role), else by_membership, else by_public: of the reachable. only_by_set_role: what SET ROLE adds to these. unshared_privileges: pairs of relation and privilege from grants that reach no other role that can log in. For everybody. Source: aclchk.c, acl.c.';
