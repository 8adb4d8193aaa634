-- Who owns what in this database, counted: nobody reads a list of 20,000
-- tables. System schemas, what belongs to an extension, and our own schema
-- where we are none, are left out.

CREATE FUNCTION rds_guard.owned_kinds()
    RETURNS TABLE (owner oid, schema oid, schema_name name, schema_owner oid, place integer, kind text, objects bigint, names name[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    -- What users made has OIDs from 16384 on, which leaves little to look at.
    RETURN QUERY
    WITH schemas AS MATERIALIZED (
        SELECT n.oid, n.nspname, n.nspowner
        FROM pg_namespace AS n
        WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'rds_guard')
    ), members AS MATERIALIZED (
        SELECT d.classid, d.objid
        FROM pg_extension AS e
        JOIN pg_depend AS d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
        UNION ALL
        -- the constructors of a range type belong to initdb's superuser, whoever
        -- made the type
        SELECT d.classid, d.objid
        FROM pg_depend AS d
        WHERE d.classid = 'pg_proc'::regclass AND d.objid >= 16384 AND d.refclassid = 'pg_type'::regclass AND d.deptype = 'i'
    ), objects AS (
        SELECT 'pg_namespace'::regclass AS class, s.oid, 1 AS place, 'schema' AS kind, s.nspowner AS owner, s.oid AS schema, NULL::name AS name
        FROM schemas AS s
        UNION ALL
        SELECT 'pg_class'::regclass, c.oid, k.place, k.kind, c.relowner, c.relnamespace, c.relname
        FROM pg_class AS c
        JOIN (VALUES ('r'::"char", 2, 'table'), ('p', 2, 'table'), ('f', 2, 'table'), ('v', 3, 'view'), ('m', 3, 'view'),
                     ('S', 4, 'sequence')) AS k (relkind, place, kind) ON k.relkind = c.relkind
        WHERE c.oid >= 16384
        UNION ALL
        SELECT 'pg_proc'::regclass, p.oid, 5, 'function', p.proowner, p.pronamespace, p.proname
        FROM pg_proc AS p
        WHERE p.oid >= 16384
        UNION ALL
        -- no arrays, and no rows of relations: composite types are looked up
        -- from pg_class
        SELECT 'pg_type'::regclass, t.oid, 6, 'type', t.typowner, t.typnamespace, t.typname
        FROM pg_type AS t
        WHERE t.oid >= 16384 AND (t.typtype IN ('d', 'e', 'r') OR (t.typtype = 'b' AND t.typcategory <> 'A'))
        UNION ALL
        SELECT 'pg_type'::regclass, c.reltype, 6, 'type', c.relowner, c.relnamespace, c.relname
        FROM pg_class AS c
        WHERE c.oid >= 16384 AND c.relkind = 'c'
    )
    SELECT o.owner, s.oid, s.nspname, s.nspowner, o.place, o.kind, count(*),
           (array_agg(o.name ORDER BY o.name) FILTER (WHERE o.name IS NOT NULL))[1:3]
    FROM objects AS o
    JOIN schemas AS s ON s.oid = o.schema
    WHERE (o.class::oid, o.oid) NOT IN (SELECT m.classid, m.objid FROM members AS m)
    GROUP BY o.owner, s.oid, s.nspname, s.nspowner, o.place, o.kind;
END
$$;

COMMENT ON FUNCTION rds_guard.owned_kinds() IS
'A row for each role, schema and kind of object of which the role owns some there: how many, and the first three names (NULL for the schema itself). Leaves out what owned_objects() does. For everybody. Source: pg_class, pg_proc, pg_type, pg_namespace.';

CREATE FUNCTION rds_guard.owned_objects(each_schema boolean DEFAULT false, only_kinds text[] DEFAULT NULL)
    RETURNS TABLE (owner name, schema name, schema_owner name, owns text, evidence jsonb)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH kinds AS MATERIALIZED (
        SELECT k.*, CASE WHEN each_schema THEN k.schema END AS part
        FROM rds_guard.owned_kinds() AS k
        WHERE only_kinds IS NULL OR k.kind = ANY (only_kinds)
    ), counted AS (
        SELECT k.owner, k.part, k.place, k.kind, sum(k.objects) AS objects
        FROM kinds AS k
        GROUP BY k.owner, k.part, k.place, k.kind
    ), named AS (
        -- the first of each schema are enough to tell the first of all
        SELECT k.owner, k.part, k.place, (array_agg(ARRAY[k.schema_name, n.name] ORDER BY k.schema_name, n.name))[1:3] AS first
        FROM kinds AS k
        CROSS JOIN LATERAL unnest(k.names) AS n (name)
        GROUP BY k.owner, k.part, k.place
    )
    SELECT r.rolname, s.nspname, n.rolname,
           string_agg(CASE WHEN each_schema AND c.kind = 'schema' THEN 'the schema itself'
                           ELSE c.objects || ' ' || c.kind || CASE c.objects WHEN 1 THEN '' ELSE 's' END END, ', ' ORDER BY c.place),
           jsonb_build_object('owner', r.rolname, 'objects', jsonb_object_agg(c.kind, c.objects),
                              'first', coalesce(jsonb_object_agg(c.kind, f.first) FILTER (WHERE f.first IS NOT NULL), '{}'))
    FROM counted AS c
    LEFT JOIN named AS f ON f.owner = c.owner AND f.part IS NOT DISTINCT FROM c.part AND f.place = c.place
    JOIN pg_roles AS r ON r.oid = c.owner
    LEFT JOIN pg_namespace AS s ON s.oid = c.part
    LEFT JOIN pg_roles AS n ON n.oid = s.nspowner
    GROUP BY r.rolname, s.nspname, n.rolname;
END
$$;

COMMENT ON FUNCTION rds_guard.owned_objects(boolean, text[]) IS
'A row for each role that owns a schema, table, view, sequence, function or type in this database, or for each such role and schema with the owner of the schema: how many of each kind, in words and as evidence, there with the first three names of each kind as pairs of schema and name. System schemas, members of extensions and the schema rds_guard are left out. Kinds are schema, table, view, sequence, function and type, NULL for all. For everybody. Source: pg_class, pg_proc, pg_type, pg_namespace.';

CREATE FUNCTION rds_guard.change_owner(owner name, schema name, new_owner name) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    here CONSTANT oid := (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname = change_owner.schema);
    who CONSTANT oid := (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = change_owner.owner);
    named text[];
BEGIN
    named := ARRAY(
        WITH owned AS MATERIALIZED (
            SELECT d.classid, d.objid AS oid
            FROM pg_shdepend AS d
            WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = who AND d.deptype = 'o'
                  AND d.dbid = (SELECT b.oid FROM pg_database AS b WHERE b.datname = current_database())
                  -- what belongs to an extension, or to a table as a serial's sequence
                  AND NOT EXISTS (SELECT FROM pg_depend AS p
                                  WHERE p.classid = d.classid AND p.objid = d.objid AND p.objsubid = 0
                                        AND (p.deptype = 'e' OR (p.deptype IN ('a', 'i') AND p.classid = 'pg_class'::regclass
                                                                 AND p.refclassid = 'pg_class'::regclass AND p.refobjsubid > 0)))
        )
        SELECT o.kind || ' ' || CASE o.kind WHEN 'ROUTINE' THEN rds_guard.function_name(o.oid)
                                            WHEN 'TYPE' THEN rds_guard.type_name(o.oid)
                                            ELSE rds_guard.relation_name(o.oid) END
        FROM (
            SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                                  WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END AS kind,
                   c.oid, c.relname AS name
            FROM owned AS w
            JOIN pg_class AS c ON c.oid = w.oid AND w.classid = 'pg_class'::regclass AND c.relnamespace = here
            UNION ALL
            SELECT 'ROUTINE', p.oid, p.proname
            FROM owned AS w
            JOIN pg_proc AS p ON p.oid = w.oid AND w.classid = 'pg_proc'::regclass AND p.pronamespace = here
            UNION ALL
            SELECT 'TYPE', t.oid, t.typname
            FROM owned AS w
            JOIN pg_type AS t ON t.oid = w.oid AND w.classid = 'pg_type'::regclass AND t.typnamespace = here
            ORDER BY 1, 3, 2
            LIMIT 21
        ) AS o
        ORDER BY o.kind, o.name, o.oid);
    RETURN CASE WHEN cardinality(named) <= 20 THEN
               (SELECT string_agg(format('ALTER %s OWNER TO %s;', n.name, rds_guard.ident(new_owner)), ' ' ORDER BY n.place)
                FROM unnest(named) WITH ORDINALITY AS n (name, place))
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.change_owner(name, name, name) IS
'The statements that give to another role what a role owns in a schema, the schema itself apart; NULL when these are more than 20, or none. For everybody. Source: pg_shdepend, which has no row for what belongs to the superuser that initdb made.';
