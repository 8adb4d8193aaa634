-- Who may do what, from catalogs alone: each ACL is expanded once and joined
-- with the closures of the memberships. No has_..._privilege(), which would
-- have to be asked about each pair of role and object.

CREATE FUNCTION rds_guard.privilege_objects(only_kind text)
    RETURNS TABLE (kind text, oid oid, schema name, name text, column_name name, owner oid, acl aclitem[], guarded boolean)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 10000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    system CONSTANT boolean := only_kind IS NOT DISTINCT FROM 'system';
    in_schemas CONSTANT text[] := '{schema,table,sequence,column,function,type}';
    in_none CONSTANT text[] := '{database,language,tablespace,foreign data wrapper,foreign server,large object,parameter}';
    wanted CONSTANT text[] := CASE WHEN system THEN in_schemas WHEN only_kind IS NULL THEN in_schemas || in_none ELSE ARRAY[only_kind] END;
    arrays_by_length CONSTANT boolean := current_setting('server_version_num')::integer < 140000;
BEGIN
    IF only_kind <> ALL (in_schemas || in_none || '{system}') THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('unrecognized kind of object: "%s"', only_kind),
            HINT = 'Valid values are "database", "schema", "table", "sequence", "column", "function", "type", "language", "tablespace", "foreign data wrapper", "foreign server", "large object", "parameter" and "system".';
    END IF;

    IF 'schema' = ANY (wanted) THEN
        RETURN QUERY
        SELECT 'schema', n.oid, NULL::name, n.nspname::text, NULL::name, n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner)), false
        FROM pg_namespace AS n
        WHERE (n.nspname ~ '^pg_' OR n.nspname = 'information_schema') = system
              -- who may use the session's own does not depend on its ACL
              AND n.oid <> pg_my_temp_schema();
    END IF;
    IF wanted && '{table,sequence}' THEN
        RETURN QUERY
        SELECT k.kind, c.oid, n.nspname, c.relname::text, NULL::name, c.relowner, coalesce(c.relacl, acldefault(k.acl_kind, c.relowner)),
               -- IsSystemClass(), for what is no TOAST table
               c.oid < 12000 AND c.relkind <> 'v'
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL (
            SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char"
        ) AS k (kind, acl_kind)
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND k.kind = ANY (wanted)
              AND (n.nspname ~ '^pg_' OR n.nspname = 'information_schema') = system;
    END IF;
    IF 'column' = ANY (wanted) THEN
        RETURN QUERY
        SELECT 'column', c.oid, n.nspname, c.relname::text, a.attname, c.relowner, a.attacl, false
        FROM pg_attribute AS a
        JOIN pg_class AS c ON c.oid = a.attrelid
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
              AND (n.nspname ~ '^pg_' OR n.nspname = 'information_schema') = system;
    END IF;
    IF 'function' = ANY (wanted) THEN
        RETURN QUERY
        SELECT 'function', p.oid, n.nspname, p.proname::text, NULL::name, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner)), false
        FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE (n.nspname ~ '^pg_' OR n.nspname = 'information_schema') = system;
    END IF;
    IF 'type' = ANY (wanted) THEN
        RETURN QUERY
        SELECT 'type', t.oid, n.nspname, t.typname::text, NULL::name, t.typowner, coalesce(t.typacl, acldefault('T', t.typowner)), false
        FROM pg_type AS t
        JOIN pg_namespace AS n ON n.oid = t.typnamespace
        LEFT JOIN pg_class AS c ON c.oid = t.typrelid
        WHERE t.typisdefined AND (n.nspname ~ '^pg_' OR n.nspname = 'information_schema') = system
              AND (t.typtype IN ('b', 'd', 'e', 'r') OR (t.typtype = 'c' AND (c.relkind = 'c' OR t.typacl IS NOT NULL)))
              -- the ACL of an array's elements holds for the array
              AND NOT CASE WHEN t.typelem <> 0 AND t.typlen = -1
                           THEN arrays_by_length OR to_jsonb(t) ->> 'typsubscript' = 'array_subscript_handler' ELSE false END;
    END IF;

    IF 'database' = ANY (wanted) THEN
        RETURN QUERY
        SELECT 'database', d.oid, NULL::name, d.datname::text, NULL::name, d.datdba, coalesce(d.datacl, acldefault('d', d.datdba)), false
        FROM pg_database AS d;
    END IF;
    IF 'language' = ANY (wanted) THEN
        RETURN QUERY
        SELECT 'language', l.oid, NULL::name, l.lanname::text, NULL::name, l.lanowner, coalesce(l.lanacl, acldefault('l', l.lanowner)), false
        FROM pg_language AS l;
    END IF;
    IF 'tablespace' = ANY (wanted) THEN
        RETURN QUERY
        SELECT 'tablespace', t.oid, NULL::name, t.spcname::text, NULL::name, t.spcowner, coalesce(t.spcacl, acldefault('t', t.spcowner)), false
        FROM pg_tablespace AS t;
    END IF;
    IF 'foreign data wrapper' = ANY (wanted) THEN
        RETURN QUERY
        SELECT 'foreign data wrapper', f.oid, NULL::name, f.fdwname::text, NULL::name, f.fdwowner, coalesce(f.fdwacl, acldefault('F', f.fdwowner)), false
        FROM pg_foreign_data_wrapper AS f;
    END IF;
    IF 'foreign server' = ANY (wanted) THEN
        RETURN QUERY
        SELECT 'foreign server', s.oid, NULL::name, s.srvname::text, NULL::name, s.srvowner, coalesce(s.srvacl, acldefault('S', s.srvowner)), false
        FROM pg_foreign_server AS s;
    END IF;
    IF 'large object' = ANY (wanted) THEN
        RETURN QUERY
        SELECT 'large object', l.oid, NULL::name, l.oid::text, NULL::name, l.lomowner, coalesce(l.lomacl, acldefault('L', l.lomowner)), false
        FROM pg_largeobject_metadata AS l;
    END IF;
    IF 'parameter' = ANY (wanted) AND to_regclass('pg_catalog.pg_parameter_acl') IS NOT NULL THEN
        RETURN QUERY EXECUTE
            'SELECT ''parameter'', p.oid, NULL::name, p.parname, NULL::name, 10::oid, p.paracl, false FROM pg_catalog.pg_parameter_acl AS p';
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.privilege_objects(text) IS
'A row for each object, or column, on which privileges can be granted, by the argument of effective_privileges(), with its owner and its ACL, the default where the catalog has none. guarded: only superusers may write to it. For everybody. Error 22023 for an unknown kind.';

CREATE FUNCTION rds_guard.effective_privileges(role name DEFAULT NULL, kind text DEFAULT NULL)
    RETURNS SETOF rds_guard.effective_privilege
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100000
    SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off
    SET jit = off
    SET enable_nestloop = off
    SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    version CONSTANT integer := current_setting('server_version_num');
    names CONSTANT text[] := '{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER,MAINTAIN,USAGE,EXECUTE,CREATE,CONNECT,TEMPORARY,SET,ALTER SYSTEM}';
    writes CONSTANT text[] := '{INSERT,UPDATE,DELETE,TRUNCATE,USAGE}';
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = effective_privileges.role) AND effective_privileges.role IS NOT NULL THEN
        RAISE undefined_object USING MESSAGE = format('role "%s" does not exist', effective_privileges.role);
    END IF;

    -- An item is a privilege on an object; a code is a way to get it, the
    -- better the smaller: the way's number, and the place of the role that
    -- carries the privilege. That a SET ROLE is needed counts as 8 ways.
    RETURN QUERY
    WITH roles AS MATERIALIZED (
        SELECT r.oid, r.rolname, r.rolsuper
        FROM pg_roles AS r
        WHERE effective_privileges.role IS NULL OR r.rolname = effective_privileges.role
    ), walks AS MATERIALIZED (
        SELECT w.* FROM rds_guard.role_walks(effective_privileges.role, NULL, '{inherit,set,use}') AS w
    ), reach AS MATERIALIZED (
        SELECT r.oid AS member, r.oid AS role, 0 AS ways, 0 AS place, ARRAY[r.rolname] AS path FROM roles AS r WHERE NOT r.rolsuper
        UNION ALL
        SELECT w.member, w.role, 0, w.place, w.path FROM walks AS w JOIN roles AS r ON r.oid = w.member AND NOT r.rolsuper WHERE w.how = 'inherit'
        UNION ALL
        SELECT w.member, w.role, 8, w.place, w.path FROM walks AS w JOIN roles AS r ON r.oid = w.member AND NOT r.rolsuper
        WHERE w.how = 'use' AND NOT EXISTS (SELECT FROM walks AS i WHERE i.how = 'inherit' AND i.member = w.member AND i.role = w.role)
    ), superusers AS MATERIALIZED (
        SELECT r.oid AS member, 1 << 20 AS code, ARRAY[r.rolname] AS path FROM roles AS r WHERE r.rolsuper
        UNION ALL
        (SELECT DISTINCT ON (w.member) w.member, 9 << 20, w.path
         FROM walks AS w
         JOIN roles AS r ON r.oid = w.member AND NOT r.rolsuper
         JOIN pg_roles AS s ON s.oid = w.role AND s.rolsuper
         WHERE w.how = 'set'
         ORDER BY w.member, w.place)
    ), privileges (kind, privilege) AS MATERIALIZED (
        SELECT k.kind, p.privilege
        FROM (VALUES ('table', '{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER,MAINTAIN}'::text[]), ('sequence', '{USAGE,SELECT,UPDATE}'),
                     ('column', '{SELECT,INSERT,UPDATE,REFERENCES}'), ('database', '{CREATE,CONNECT,TEMPORARY}'), ('schema', '{CREATE,USAGE}'),
                     ('function', '{EXECUTE}'), ('type', '{USAGE}'), ('language', '{USAGE}'), ('tablespace', '{CREATE}'),
                     ('foreign data wrapper', '{USAGE}'), ('foreign server', '{USAGE}'), ('large object', '{SELECT,UPDATE}'),
                     ('parameter', '{SET,ALTER SYSTEM}')) AS k (kind, privileges)
        CROSS JOIN LATERAL unnest(k.privileges) AS p (privilege)
        WHERE p.privilege <> 'MAINTAIN' OR version >= 170000
    ), predefined (role, kind, privilege) AS (
        SELECT r.oid, p.kind, p.privilege
        FROM (VALUES ('pg_read_all_data', 'table', 'SELECT', 0), ('pg_read_all_data', 'sequence', 'SELECT', 0), ('pg_read_all_data', 'schema', 'USAGE', 0),
                     ('pg_read_all_data', 'large object', 'SELECT', 190000),
                     ('pg_write_all_data', 'table', 'INSERT', 0), ('pg_write_all_data', 'table', 'UPDATE', 0), ('pg_write_all_data', 'table', 'DELETE', 0),
                     ('pg_write_all_data', 'sequence', 'UPDATE', 0), ('pg_write_all_data', 'schema', 'USAGE', 0),
                     ('pg_write_all_data', 'large object', 'UPDATE', 190000),
                     ('pg_maintain', 'table', 'MAINTAIN', 0)) AS p (role, kind, privilege, since)
        JOIN pg_roles AS r ON r.rolname = p.role
        WHERE version >= p.since
    ), objects AS MATERIALIZED (
        SELECT o.*, row_number() OVER ()::integer AS object FROM rds_guard.privilege_objects(effective_privileges.kind) AS o
    ), type_names AS MATERIALIZED (
        SELECT t.oid, rds_guard.type_name(t.oid) AS name
        FROM (SELECT o.oid FROM objects AS o WHERE o.kind = 'type'
              UNION
              SELECT a.type FROM objects AS o JOIN pg_proc AS p ON p.oid = o.oid CROSS JOIN LATERAL unnest(p.proargtypes) AS a (type)
              WHERE o.kind = 'function') AS t (oid)
    ), arguments AS MATERIALIZED (
        SELECT o.object, string_agg(t.name, ', ' ORDER BY a.place) AS list
        FROM objects AS o
        JOIN pg_proc AS p ON p.oid = o.oid
        CROSS JOIN LATERAL unnest(p.proargtypes) WITH ORDINALITY AS a (type, place)
        JOIN type_names AS t ON t.oid = a.type
        WHERE o.kind = 'function'
        GROUP BY o.object
    ), named AS MATERIALIZED (
        SELECT o.object, o.kind, o.column_name, o.owner,
               CASE
                   WHEN o.kind = 'type' THEN t.name
                   WHEN o.kind IN ('parameter', 'large object') THEN o.name
                   WHEN o.kind = 'function' THEN i.schema || '.' || i.name || '(' || coalesce(a.list, '') || ')'
                   ELSE coalesce(i.schema || '.', '') || i.name
               END AS name
        FROM objects AS o
        -- most names are plain, and ident() takes its time
        CROSS JOIN LATERAL (
            SELECT CASE WHEN o.schema::text ~ '^[ -~]*$' THEN quote_ident(o.schema) ELSE rds_guard.ident(o.schema) END,
                   CASE WHEN o.name ~ '^[ -~]*$' THEN quote_ident(o.name) ELSE rds_guard.ident(o.name) END
        ) AS i (schema, name)
        LEFT JOIN type_names AS t ON o.kind = 'type' AND t.oid = o.oid
        LEFT JOIN arguments AS a ON a.object = o.object
    ), items AS MATERIALIZED (
        SELECT n.object * 16 + array_position(names, p.privilege) AS item, n.*, p.privilege FROM named AS n JOIN privileges AS p ON p.kind = n.kind
    ), grants (item, grantee, ways, grantable) AS (
        -- no join that the planner would think of as selective
        SELECT o.object * 16 + array_position(names, a.privilege_type), a.grantee, CASE a.grantee WHEN 0 THEN 5 WHEN o.owner THEN 2 ELSE 3 END, a.is_grantable
        FROM objects AS o
        CROSS JOIN LATERAL aclexplode(o.acl) AS a
        WHERE NOT (o.guarded AND a.privilege_type = ANY (writes))
        UNION ALL
        SELECT o.object * 16 + array_position(names, d.privilege), d.role, 6, false
        FROM objects AS o
        JOIN predefined AS d ON d.kind = o.kind
        WHERE NOT (o.guarded AND d.privilege = ANY (writes))
        UNION ALL
        SELECT i.item, 0, 5, false
        FROM items AS i
        WHERE i.kind = 'large object' AND current_setting('lo_compat_privileges')::boolean
    ), ways (member, item, code, grantable) AS (
        SELECT r.member, g.item,
               -- what was granted to another role comes to a member of it
               ((r.ways + CASE WHEN g.ways < 4 AND r.place > 0 THEN 4 ELSE g.ways END) << 20) + r.place, g.grantable
        FROM grants AS g
        JOIN (SELECT c.member, c.role, c.ways, c.place FROM reach AS c
              UNION ALL
              SELECT o.oid, 0, 0, 0 FROM roles AS o WHERE NOT o.rolsuper) AS r ON r.role = g.grantee
        UNION ALL
        SELECT s.member, i.item, s.code, true
        FROM superusers AS s
        CROSS JOIN items AS i
    ), best (member, item, code, grantable_at_once, grantable) AS (
        SELECT w.member, w.item, min(w.code), bool_or(w.grantable AND w.code < 8 << 20), bool_or(w.grantable)
        FROM ways AS w
        GROUP BY w.member, w.item
    )
    SELECT r.rolname, i.kind, i.name, i.column_name, i.privilege,
           -- whoever has the privileges of the owner may grant anything
           CASE WHEN v.via = 1 THEN true
                WHEN b.code < 8 << 20 THEN b.grantable_at_once OR coalesce(o.ways = 0, false)
                ELSE b.grantable OR o.ways IS NOT NULL END,
           CASE v.via WHEN 1 THEN 'superuser' WHEN 2 THEN 'owner' WHEN 3 THEN 'direct' WHEN 4 THEN 'member' WHEN 5 THEN 'public' ELSE 'predefined' END,
           b.code >= 8 << 20,
           CASE WHEN v.via = 1 THEN s.path WHEN v.via = 5 THEN ARRAY[r.rolname] ELSE c.path END::text[]
    FROM best AS b
    CROSS JOIN LATERAL (SELECT (b.code >> 20) % 8) AS v (via)
    JOIN roles AS r ON r.oid = b.member
    JOIN items AS i ON i.item = b.item
    LEFT JOIN reach AS o ON o.member = b.member AND o.role = i.owner
    LEFT JOIN superusers AS s ON s.member = b.member
    LEFT JOIN reach AS c ON c.member = b.member AND c.ways = (b.code >> 23) * 8 AND c.place = b.code % (1 << 20);
END
$$;

COMMENT ON FUNCTION rds_guard.effective_privileges(name, text) IS
'A row for each role, object, column (NULL for the object as a whole) and privilege that is effectively allowed; the arguments are one role, and one kind of object, or system for what lies in the schemas pg_* and information_schema, which comes only then. kind: database, schema, table (all with rows), sequence, column (only what was granted on it), function (procedures too), type (domains too), language, tablespace, foreign data wrapper, foreign server, large object, parameter (only those on which something was granted). grantable: may grant it to others. via, the best of: superuser, owner (who has it by the ACL), direct, member, public, predefined (pg_read_all_data and the like). needs_set_role: only after SET ROLE to another role. path: from the role to the one that carries the privilege, the shortest, ties in the order of names; beyond 32 names without its middle. For everybody. Errors: 42704 for a role that does not exist, 22023 for an unknown kind. Source: aclchk.c, acl.c.';
