-- What was granted on objects that came with PostgreSQL or with an extension:
-- pg_init_privs remembers what their authors gave to whom.

CREATE FUNCTION rds_guard.dangerous_functions() RETURNS TABLE (name name, danger text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 40
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT unnest(d.names)::name, d.danger
    FROM (VALUES
        ('reads files of the server',
         '{pg_read_file,pg_read_binary_file,pg_ls_dir,pg_stat_file,pg_file_read,pg_file_length,pg_logdir_ls,lo_import}'::text[]),
        ('writes files of the server', '{lo_export,pg_file_write,pg_file_rename,pg_file_unlink,pg_file_sync}'),
        ('connects from the server without a password', '{dblink_connect_u}'),
        ('damages or reveals rows behind the back of the server', '{heap_force_kill,heap_force_freeze,pg_truncate_visibility_map}'),
        ('controls the whole server',
         '{pg_reload_conf,pg_rotate_logfile,pg_logfile_rotate,pg_switch_wal,pg_promote,pg_create_restore_point,pg_start_backup,pg_stop_backup,pg_backup_start,pg_backup_stop,pg_wal_replay_pause,pg_wal_replay_resume,pg_log_backend_memory_contexts,pg_log_standby_snapshot}')
    ) AS d (danger, names);
END
$$;

COMMENT ON FUNCTION rds_guard.dangerous_functions() IS
'A row for each name of a function that PostgreSQL 13 to 19 or its contrib modules keep from PUBLIC because it reaches beyond the database, and what it does. For everybody.';

CREATE FUNCTION rds_guard.widened_grants()
    RETURNS TABLE (kind text, object oid, column_name name, extension name, owner oid, acl aclitem[], grantee oid, privilege text, has_initial boolean)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    -- planning costs more than the answer
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    where_we_are CONSTANT text := (SELECT p.platform FROM rds_guard.platform() AS p);
    administrators CONSTANT oid[] := ARRAY(SELECT r.oid FROM pg_roles AS r JOIN rds_guard.administrators() AS a (role) ON a.role = r.rolname);
    internals CONSTANT oid[] := ARRAY(SELECT r.oid FROM pg_roles AS r JOIN rds_guard.internal_roles() AS i (role) ON i.role = r.rolname
                                      WHERE where_we_are <> 'self_managed');
BEGIN
    RETURN QUERY
    WITH members AS MATERIALIZED (
        SELECT d.classid, d.objid, e.extname
        FROM pg_depend AS d
        JOIN pg_extension AS e ON e.oid = d.refobjid
        WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.classid IN ('pg_class'::regclass, 'pg_proc'::regclass)
    ), relations AS MATERIALIZED (
        SELECT c.oid, c.relkind, c.relnamespace, c.relowner, c.relacl, m.extname
        FROM (
            SELECT f.oid, NULL::name FROM pg_class AS f WHERE f.oid < 16384
            UNION ALL
            SELECT f.objid, f.extname FROM members AS f WHERE f.classid = 'pg_class'::regclass AND f.objid >= 16384
        ) AS m (oid, extname)
        JOIN pg_class AS c ON c.oid = m.oid
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
              -- who may ask us is for the site to say
              AND c.relnamespace <> 'rds_guard'::regnamespace
    ), objects AS (
        SELECT CASE r.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, r.oid, NULL::name AS attribute, r.extname, r.relnamespace AS schema,
               r.relowner AS owner, r.relacl AS acl, i.initprivs AS initial, i.objoid IS NOT NULL AS has_initial,
               CASE r.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char" AS acl_kind,
               -- the server lets nobody but a superuser do these to a catalog
               CASE WHEN r.relkind <> 'v' AND (r.oid < 12000 OR r.relnamespace = 'pg_toast'::regnamespace)
                    THEN '{INSERT,UPDATE,DELETE,TRUNCATE,TRIGGER,REFERENCES}'::text[] ELSE '{}' END AS void
        FROM relations AS r
        LEFT JOIN pg_init_privs AS i ON i.classoid = 'pg_class'::regclass AND i.objoid = r.oid AND i.objsubid = 0
        WHERE r.relacl IS DISTINCT FROM i.initprivs
        UNION ALL
        -- for columns it forgets that: whoever may update one of a catalog can
        SELECT 'TABLE', r.oid, t.attribute, r.extname, r.relnamespace, r.relowner, t.acl,
               coalesce(i.initprivs, '{}') || coalesce(w.initprivs, acldefault('r', r.relowner)), i.objoid IS NOT NULL OR w.objoid IS NOT NULL, 'c',
               CASE WHEN r.relkind <> 'v' AND r.oid < 12000 THEN '{REFERENCES}'::text[] ELSE '{}' END
        FROM relations AS r
        JOIN rds_guard.column_acls() AS t ON t.relation = r.oid
        LEFT JOIN pg_init_privs AS i ON i.classoid = 'pg_class'::regclass AND i.objoid = r.oid AND i.objsubid = t.number
        LEFT JOIN pg_init_privs AS w ON w.classoid = 'pg_class'::regclass AND w.objoid = r.oid AND w.objsubid = 0
        WHERE t.acl IS DISTINCT FROM i.initprivs
        UNION ALL
        SELECT 'ROUTINE', p.oid, NULL, m.extname, p.pronamespace, p.proowner, p.proacl, i.initprivs, i.objoid IS NOT NULL, 'f', '{}'
        FROM pg_proc AS p
        LEFT JOIN members AS m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
        LEFT JOIN pg_init_privs AS i ON i.classoid = 'pg_proc'::regclass AND i.objoid = p.oid AND i.objsubid = 0
        WHERE (p.proacl IS NOT NULL OR p.oid IN (SELECT o.objoid FROM pg_init_privs AS o WHERE o.classoid = 'pg_proc'::regclass))
              AND p.proacl IS DISTINCT FROM i.initprivs AND (p.oid < 16384 OR m.objid IS NOT NULL)
              AND p.pronamespace <> 'rds_guard'::regnamespace
        UNION ALL
        -- the schema public is for users to grant on
        SELECT 'SCHEMA', n.oid, NULL, NULL, n.oid, n.nspowner, n.nspacl, i.initprivs, i.objoid IS NOT NULL, 'n', '{}'
        FROM pg_namespace AS n
        LEFT JOIN pg_init_privs AS i ON i.classoid = 'pg_namespace'::regclass AND i.objoid = n.oid AND i.objsubid = 0
        WHERE n.nspname IN ('pg_catalog', 'pg_toast', 'information_schema') AND n.nspacl IS DISTINCT FROM i.initprivs
    )
    SELECT o.kind, o.oid, o.attribute, o.extname, o.owner, coalesce(o.acl, acldefault(o.acl_kind, o.owner)), a.grantee, a.privilege_type, o.has_initial
    FROM objects AS o
    CROSS JOIN LATERAL aclexplode(coalesce(o.acl, acldefault(o.acl_kind, o.owner))) AS a
    WHERE a.grantee <> o.owner AND a.grantee <> ALL (administrators) AND a.privilege_type <> ALL (o.void)
          -- initdb makes information_schema when it has already taken its notes
          AND NOT (o.schema IS NOT DISTINCT FROM to_regnamespace('information_schema') AND a.privilege_type IN ('SELECT', 'USAGE'))
          AND NOT EXISTS (SELECT FROM aclexplode(coalesce(o.initial, acldefault(o.acl_kind, o.owner))) AS b
                          WHERE b.privilege_type = a.privilege_type
                                AND CASE WHEN b.grantee IN (0, a.grantee) THEN true
                                         WHEN a.grantee = 0 THEN false
                                         ELSE pg_has_role(a.grantee, b.grantee, 'USAGE') END)
          -- What a provider did when it made the server is no drift. Where its
          -- roles are not known, that is whatever its superuser granted.
          AND NOT (where_we_are <> 'self_managed' AND a.grantor = 10
                   AND (a.grantee = 0 OR a.grantee = ANY (internals) OR where_we_are NOT IN ('rds', 'aurora')))
    UNION ALL
    -- an owner may do everything, and grant it
    SELECT o.kind, o.oid, NULL, NULL, o.owner, NULL, o.owner, 'OWNERSHIP', true
    FROM (
        SELECT 'TABLE', c.oid, c.relowner FROM pg_class AS c WHERE c.oid < 16384 AND c.relkind IN ('r', 'v')
        UNION ALL
        SELECT 'ROUTINE', p.oid, p.proowner FROM pg_proc AS p WHERE p.oid < 16384
        UNION ALL
        SELECT 'SCHEMA', n.oid, n.nspowner FROM pg_namespace AS n
        WHERE n.nspname IN ('pg_catalog', 'pg_toast', 'information_schema')
    ) AS o (kind, oid, owner)
    -- up to 15 the role that initdb made may have lost SUPERUSER
    WHERE o.owner <> 10 AND o.owner <> ALL (administrators) AND (where_we_are = 'self_managed' OR o.owner <> ALL (internals));
END
$$;

COMMENT ON FUNCTION rds_guard.widened_grants() IS
'A row for each privilege on a relation, column, function or schema of PostgreSQL''s own, or on a relation, column or function of an extension (extension), that takes effect and that its author gave neither to the grantee (0: PUBLIC) nor to PUBLIC nor to a role whose privileges the grantee inherits; OWNERSHIP for objects of PostgreSQL''s own that belong to a role other than an administrator. has_initial: the author set privileges on the object at all. Without the schemas public and rds_guard, administrators, and what a provider granted to its own roles and to PUBLIC; other providers than RDS, whatever their superuser granted. For everybody. Source: pg_init_privs, pg_class_aclmask() and pg_attribute_aclmask() in aclchk.c.';
