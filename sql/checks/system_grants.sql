-- Grants on what belongs to the server, to its system schemas and to extensions.

SELECT rds_guard.define_check('pg_authid_readable', 'privileges', 'critical',
    title => 'A role without superuser can read the password verifiers',
    why => 'An MD5 hash is enough to log in as its owner, and a SCRAM verifier lets its holder guess offline and impersonate the server. A grant on one column, on the view pg_shadow or through pg_read_all_data is as good as one on the table.',
    remedy => 'Revoke the privilege; for monitoring, let a superuser run the checks that need it.',
    refs => ARRAY['STIG V-261885'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN rds_guard.on_rds() THEN rds_guard.not_applicable('RDS and Aurora keep pg_authid from every role') END
        UNION ALL
        -- one finding a role: its name is the key of a finding
        SELECT q.object, string_agg(q.detail, '; ' ORDER BY q.detail), string_agg(q.fix, ' ' ORDER BY q.detail),
               (jsonb_agg(q.evidence) -> 0) || coalesce(jsonb_agg(q.evidence) -> 1, '{}')
        FROM (
            -- whoever is named by a list of privileges
            SELECT rds_guard.role_name(a.grantee) AS object,
                   format('%s may read %s', rds_guard.role_name(a.grantee), string_agg(DISTINCT a.what, ' and ')) AS detail,
                   string_agg(DISTINCT a.fix, ' ') AS fix,
                   jsonb_build_object('readable', jsonb_agg(DISTINCT a.what)) AS evidence
            FROM (
                SELECT rds_guard.relation_name(c.oid) AS what, x.grantee,
                       rds_guard.revoke_statements(c.relacl, c.relowner, x.grantee, rds_guard.relation_name(c.oid), 'SELECT') AS fix
                FROM pg_catalog.pg_class AS c
                CROSS JOIN LATERAL aclexplode(c.relacl) AS x
                WHERE c.oid IN ('pg_catalog.pg_authid'::regclass, 'pg_catalog.pg_shadow'::regclass) AND x.privilege_type = 'SELECT'
                      AND x.grantee NOT IN (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolsuper)
                UNION ALL
                SELECT rds_guard.relation_name(t.relation) || ' (' || rds_guard.ident(t.attribute) || ')', x.grantee,
                       rds_guard.revoke_statements(t.acl, c.relowner, x.grantee, rds_guard.relation_name(c.oid), 'SELECT', t.attribute)
                FROM rds_guard.column_acls() AS t
                JOIN pg_catalog.pg_class AS c ON c.oid = t.relation
                CROSS JOIN LATERAL aclexplode(t.acl) AS x
                WHERE (t.relation, t.attribute) IN (('pg_catalog.pg_authid'::regclass, 'rolpassword'), ('pg_catalog.pg_shadow'::regclass, 'passwd'))
                      AND x.privilege_type = 'SELECT'
                      AND x.grantee NOT IN (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolsuper)
                UNION ALL
                SELECT rds_guard.relation_name(c.oid), c.relowner,
                       format('SET allow_system_table_mods = on; ALTER TABLE %s OWNER TO %s; RESET allow_system_table_mods;',
                              rds_guard.relation_name(c.oid), rds_guard.role_name(10))
                FROM pg_catalog.pg_class AS c
                WHERE c.oid IN ('pg_catalog.pg_authid'::regclass, 'pg_catalog.pg_shadow'::regclass)
                      AND c.relowner NOT IN (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolsuper)
            ) AS a
            GROUP BY a.grantee
            UNION ALL
            -- whoever gets there without being named
            SELECT rds_guard.ident(m.member),
                   format('%s can read pg_catalog.pg_authid through pg_read_all_data: %s', rds_guard.ident(m.member), rds_guard.path_text(m.path)),
                   rds_guard.cut_path(m.path),
                   jsonb_build_object('path', m.path)
            FROM rds_guard.role_memberships(only_how => 'hold') AS m
            JOIN pg_catalog.pg_roles AS r ON r.rolname = m.member AND r.rolcanlogin AND NOT r.rolsuper
            WHERE m.role = 'pg_read_all_data'
        ) AS q
        GROUP BY q.object
    $$);

SELECT rds_guard.define_check('parameter_grants', 'privileges', 'high',
    title => 'A role without superuser may change a protected setting',
    why => 'GRANT SET lets its holder switch off its own audit (pgaudit.log, log_statement), triggers (session_replication_role) or load a library into its sessions; GRANT ALTER SYSTEM does it for the whole server, up to running a program (archive_command).',
    remedy => 'Revoke the privilege; where a role needs one value, set it with ALTER ROLE as a superuser.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN current_setting('server_version_num')::integer < 150000 THEN
                  rds_guard.not_applicable('privileges on parameters exist from PostgreSQL 15 on') END
        UNION ALL
        SELECT p.parameter || ' TO ' || rds_guard.role_name(p.grantee),
               format('%s has %s on %s', rds_guard.role_name(p.grantee), string_agg(DISTINCT p.privilege, ' and '), p.parameter),
               -- what initdb's superuser granted is the rule, as for an owner
               string_agg(DISTINCT rds_guard.revoke_statements(p.acl, 10, p.grantee, 'PARAMETER ' || p.parameter, p.privilege), ' '),
               jsonb_build_object('parameter', p.parameter, 'privileges', jsonb_agg(DISTINCT p.privilege))
        FROM rds_guard.parameter_privileges() AS p
        WHERE (p.grantee = 0
               OR p.grantee IN (SELECT r.oid FROM pg_catalog.pg_roles AS r
                                WHERE r.rolname NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))))
              -- everybody may SET these anyway
              AND NOT (p.privilege = 'SET' AND EXISTS (SELECT FROM rds_guard.known_setting(p.parameter) AS s WHERE s.context = 'user'))
        GROUP BY p.parameter, p.grantee
    $$);

SELECT rds_guard.define_check('system_catalog_acl_drift', 'privileges', 'critical',
    title => 'A role may do more with the system catalogs than PostgreSQL allowed it',
    why => 'Nobody looks for grants there, no dump of roles shows them, and a role that may update one column of pg_authid makes itself a superuser: the server keeps ordinary roles from writing to a catalog, but not to a column of one that was granted. pg_init_privs remembers what initdb granted; reported is what takes effect beyond it, and an untrusted language that somebody marked as trusted. The password verifiers, functions that reach beyond the database, PUBLIC creating in pg_catalog and extensions have checks of their own (pg_authid_readable, dangerous_function_execute, public_schema_create, extension_acl_drift). Grants by which a provider made its server are left out.',
    remedy => 'Find out who granted it and why, then revoke it. For monitoring, grant pg_monitor or pg_read_all_settings.',
    refs => ARRAY['STIG V-261885', 'STIG V-261902'],
    rule => $$
        WITH found AS MATERIALIZED (
            SELECT w.kind, w.object, w.owner, w.acl, w.grantee, w.privilege, w.column_name,
                   rds_guard.object_name(w.kind, w.object) AS name, rds_guard.role_name(w.grantee) AS role
            FROM rds_guard.widened_grants() AS w
            WHERE w.extension IS NULL
                  AND NOT (w.kind = 'TABLE' AND w.object IN ('pg_catalog.pg_authid'::regclass, 'pg_catalog.pg_shadow'::regclass)
                           AND w.privilege IN ('SELECT', 'OWNERSHIP'))
                  AND NOT (w.kind = 'ROUTINE' AND EXISTS (SELECT FROM pg_catalog.pg_proc AS p
                                                          JOIN rds_guard.dangerous_functions() AS d ON d.name = p.proname
                                                          WHERE p.oid = w.object))
                  AND NOT (w.kind = 'SCHEMA' AND w.grantee = 0 AND w.privilege = 'CREATE')
                  -- the report itself asks for this
                  AND NOT CASE WHEN w.grantee <> 0
                                    AND (w.privilege, w.object) IN (('SELECT', 'pg_catalog.pg_hba_file_rules'::regclass),
                                                                    ('EXECUTE', 'pg_catalog.pg_hba_file_rules()'::regprocedure))
                               THEN has_function_privilege(w.grantee, 'rds_guard.report(text[])', 'EXECUTE') ELSE false END
        )
        SELECT f.kind || ' ' || f.name || ' TO ' || f.role,
               format('%s has %s on %s %s', f.role,
                      string_agg(f.privilege || coalesce(' (' || rds_guard.ident(f.column_name) || ')', ''), ', ' ORDER BY f.privilege, f.column_name),
                      lower(f.kind), f.name),
               string_agg(CASE WHEN f.privilege <> 'OWNERSHIP' THEN
                                   rds_guard.revoke_statements(f.acl, f.owner, f.grantee, f.kind || ' ' || f.name, f.privilege, f.column_name)
                               ELSE format('SET allow_system_table_mods = on; ALTER %s %s OWNER TO %s; RESET allow_system_table_mods;',
                                           f.kind, f.name, rds_guard.role_name(10)) END,
                          ' ' ORDER BY f.privilege, f.column_name),
               jsonb_build_object('privileges', jsonb_agg(DISTINCT f.privilege),
                                  'columns', coalesce(jsonb_agg(DISTINCT f.column_name) FILTER (WHERE f.column_name IS NOT NULL), '[]'))
        FROM found AS f
        -- gone meanwhile
        WHERE f.name IS NOT NULL AND f.role IS NOT NULL
        GROUP BY f.kind, f.name, f.role
        UNION ALL
        SELECT 'LANGUAGE ' || rds_guard.ident(l.lanname),
               format('language %s is marked as trusted: %s may write functions in it, which do what the server can do',
                      rds_guard.ident(l.lanname), string_agg(DISTINCT rds_guard.role_name(a.grantee), ', ')),
               format('UPDATE pg_catalog.pg_language SET lanpltrusted = false WHERE lanname = %s;', quote_literal(l.lanname)),
               jsonb_build_object('usage', jsonb_agg(DISTINCT rds_guard.role_name(a.grantee)))
        FROM pg_catalog.pg_language AS l
        LEFT JOIN pg_catalog.pg_proc AS h ON h.oid = l.lanplcallfoid
        CROSS JOIN LATERAL aclexplode(coalesce(l.lanacl, acldefault('l', l.lanowner))) AS a
        WHERE l.lanpltrusted
              AND (l.lanname IN ('internal', 'c')
                   OR h.prosrc IN ('plperlu_call_handler', 'pltclu_call_handler', 'plpython_call_handler', 'plpython2_call_handler',
                                   'plpython3_call_handler', 'plsh_handler', 'plr_call_handler'))
              AND a.grantee <> l.lanowner
        GROUP BY l.lanname
    $$);

SELECT rds_guard.define_check('extension_acl_drift', 'privileges', 'medium',
    title => 'A role may do more with an extension than its author allowed it',
    why => 'The author of an extension decides what everybody may do with its tables and functions. Reported is what PUBLIC got beyond that, and what a role got on an object for which the author had set privileges, such as a function that was taken from PUBLIC. Where pg_upgrade lost what the author had set, as before 9.6 nothing remembered it, the author''s own grants are reported, too.',
    remedy => 'Revoke it, or accept it for a role that works with the extension.',
    refs => ARRAY[]::text[],
    rule => $$
        WITH found AS MATERIALIZED (
            SELECT w.kind, w.object, w.owner, w.acl, w.grantee, w.privilege, w.column_name, w.extension,
                   rds_guard.object_name(w.kind, w.object) AS name, rds_guard.role_name(w.grantee) AS role
            FROM rds_guard.widened_grants() AS w
            WHERE w.extension IS NOT NULL AND (w.grantee = 0 OR w.has_initial)
                  AND NOT (w.kind = 'ROUTINE' AND EXISTS (SELECT FROM pg_catalog.pg_proc AS p
                                                          JOIN rds_guard.dangerous_functions() AS d ON d.name = p.proname
                                                          WHERE p.oid = w.object))
        ), grants AS (
            SELECT f.extension, f.role, f.name,
                   format('%s on %s %s', string_agg(f.privilege || coalesce(' (' || rds_guard.ident(f.column_name) || ')', ''), ', ' ORDER BY f.privilege, f.column_name),
                          lower(f.kind), f.name) AS what,
                   string_agg(rds_guard.revoke_statements(f.acl, f.owner, f.grantee, f.kind || ' ' || f.name, f.privilege, f.column_name),
                              ' ' ORDER BY f.privilege, f.column_name) AS fix
            FROM found AS f
            WHERE f.name IS NOT NULL AND f.role IS NOT NULL
            GROUP BY f.extension, f.role, f.kind, f.name
        )
        -- GRANT ... ON ALL FUNCTIONS IN SCHEMA opens all of an extension at once
        SELECT 'EXTENSION ' || rds_guard.ident(g.extension) || ' TO ' || g.role,
               format('%s has more than extension %s gives it: %s%s', g.role, rds_guard.ident(g.extension),
                      array_to_string((array_agg(g.what ORDER BY g.name COLLATE "C", g.what))[1:5], '; '),
                      CASE WHEN count(*) > 5 THEN format(' and %s more', count(*) - 5) ELSE '' END),
               string_agg(g.fix, ' ' ORDER BY g.name COLLATE "C", g.what),
               jsonb_build_object('granted', jsonb_agg(g.what ORDER BY g.name COLLATE "C", g.what))
        FROM grants AS g
        GROUP BY g.extension, g.role
    $$);

SELECT rds_guard.define_check('dangerous_function_execute', 'privileges', 'critical',
    title => 'A role may execute a function that reaches beyond the database',
    why => 'Functions that read and write files of the server, connect from it without a password or control it as a whole are kept from PUBLIC, each with all its overloads, and check nothing else: EXECUTE on pg_read_file is enough to read the files of the whole cluster, password verifiers among them. Reported are grants beyond those of PostgreSQL and of the extension that brought the function, and other names under which a superuser declared the same code. Whoever inherits from the role that is named has it, too; pg_read_server_files and its like have a check of their own (predefined_role_os_access).',
    remedy => 'Revoke it; where a role needs one file, let a superuser own a function that reads that one.',
    refs => ARRAY['CIS 4.5', 'STIG V-261888', 'STIG V-261915'],
    rule => $$
        WITH dangerous AS MATERIALIZED (
            SELECT d.name, d.danger FROM rds_guard.dangerous_functions() AS d
        ), builtin AS MATERIALIZED (
            SELECT p.prosrc, min(d.danger) AS danger
            FROM dangerous AS d
            JOIN pg_catalog.pg_proc AS p ON p.proname = d.name AND p.oid < 16384
            WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prolang = (SELECT l.oid FROM pg_catalog.pg_language AS l WHERE l.lanname = 'internal')
            GROUP BY p.prosrc
        ), found AS MATERIALIZED (
            SELECT w.object, w.owner, w.acl, w.grantee, w.privilege, d.danger
            FROM rds_guard.widened_grants() AS w
            JOIN pg_catalog.pg_proc AS p ON p.oid = w.object
            JOIN dangerous AS d ON d.name = p.proname
            WHERE w.kind = 'ROUTINE'
            UNION ALL
            -- who made these had no business to; nothing remembers what was meant
            SELECT p.oid, p.proowner, x.acl, a.grantee, a.privilege_type, coalesce(b.danger, d.danger)
            FROM pg_catalog.pg_proc AS p
            LEFT JOIN builtin AS b ON b.prosrc = p.prosrc AND p.prolang = (SELECT l.oid FROM pg_catalog.pg_language AS l WHERE l.lanname = 'internal')
            LEFT JOIN dangerous AS d ON d.name = p.proname AND p.pronamespace = 'pg_catalog'::regnamespace
            CROSS JOIN LATERAL (SELECT coalesce(p.proacl, acldefault('f', p.proowner))) AS x (acl)
            CROSS JOIN LATERAL aclexplode(x.acl) AS a
            WHERE p.oid >= 16384 AND (b.danger IS NOT NULL OR d.danger IS NOT NULL)
                  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                                  WHERE m.classid = 'pg_catalog.pg_proc'::regclass AND m.objid = p.oid AND m.deptype = 'e')
                  AND NOT (p.proowner = 10 AND (SELECT w.platform FROM rds_guard.platform() AS w) <> 'self_managed')
                  AND a.grantee NOT IN (SELECT r.oid FROM pg_catalog.pg_roles AS r JOIN rds_guard.administrators() AS s (role) ON s.role = r.rolname)
        )
        SELECT f.name || ' TO ' || f.role,
               CASE WHEN f.privilege = 'OWNERSHIP' OR f.grantee = f.owner THEN format('%s owns %s, which %s', f.role, f.name, f.danger)
                    ELSE format('%s may execute %s, which %s', f.role, f.name, f.danger) END,
               CASE WHEN f.privilege = 'OWNERSHIP' OR f.grantee = f.owner
                    THEN format('ALTER ROUTINE %s OWNER TO %s;', f.name, rds_guard.role_name(10))
                    ELSE rds_guard.revoke_statements(f.acl, f.owner, f.grantee, 'ROUTINE ' || f.name, f.privilege) END,
               jsonb_build_object('danger', f.danger, 'owner', rds_guard.role_name(f.owner))
        FROM (SELECT f.*, rds_guard.function_name(f.object) AS name, rds_guard.role_name(f.grantee) AS role FROM found AS f OFFSET 0) AS f
        WHERE f.name IS NOT NULL AND f.role IS NOT NULL
        GROUP BY f.name, f.role, f.privilege, f.grantee, f.owner, f.danger, f.acl
    $$);

SELECT rds_guard.define_check('template_database_tampered', 'privileges', 'medium',
    title => 'A template database is open to change',
    why => 'What stands in a template is copied into each database that is made from it: a function or an event trigger in template1 runs in databases that do not exist yet. Seen from every database are the settings, the owner and the privileges of templates; objects that somebody left in template1 or template0 only from inside it, so run the report there once, too.',
    remedy => 'Put back what initdb made: template0 accepts no connections, both belong to a superuser, and nobody else may create in a template. Drop objects that are not meant for all databases.',
    refs => ARRAY['STIG V-261924'],
    needs => 'any role; a session in template1 to see the objects in it',
    rule => $$
        WITH templates AS MATERIALIZED (
            SELECT d.oid, d.datname, d.datdba, d.datallowconn, d.datistemplate, coalesce(d.datacl, acldefault('d', d.datdba)) AS acl,
                   d.datname IN ('template0', 'template1') AS standard, p.platform = 'self_managed' AS ours, rds_guard.ident(d.datname) AS name
            FROM pg_catalog.pg_database AS d
            CROSS JOIN rds_guard.platform() AS p
            WHERE (d.datistemplate OR d.datname IN ('template0', 'template1'))
                  AND NOT (d.datdba = 10 AND p.platform <> 'self_managed')
        ), reasons (name, place, detail, fix) AS (
            SELECT t.name, 1, 'accepts connections', format('ALTER DATABASE %s ALLOW_CONNECTIONS false;', t.name)
            FROM templates AS t
            WHERE t.datname = 'template0' AND t.datallowconn
            UNION ALL
            SELECT t.name, 2, 'is not marked as a template, so that it can be dropped', format('ALTER DATABASE %s IS_TEMPLATE true;', t.name)
            FROM templates AS t
            WHERE t.standard AND NOT t.datistemplate
            UNION ALL
            SELECT t.name, 3, 'belongs to ' || rds_guard.role_name(t.datdba),
                   CASE WHEN t.ours THEN format('ALTER DATABASE %s OWNER TO %s;', t.name, rds_guard.role_name(10)) END
            FROM templates AS t
            WHERE t.standard AND t.datdba <> 10
                  AND t.datdba NOT IN (SELECT r.oid FROM pg_catalog.pg_roles AS r JOIN rds_guard.administrators() AS s (role) ON s.role = r.rolname)
            UNION ALL
            SELECT t.name, 4, format('gives %s to %s', string_agg(DISTINCT a.privilege_type, ' and '), rds_guard.role_name(a.grantee)),
                   string_agg(DISTINCT rds_guard.revoke_statements(t.acl, t.datdba, a.grantee, 'DATABASE ' || t.name, a.privilege_type), ' ')
            FROM templates AS t
            CROSS JOIN LATERAL aclexplode(t.acl) AS a
            WHERE a.grantee <> t.datdba
                  AND a.grantee NOT IN (SELECT r.oid FROM pg_catalog.pg_roles AS r JOIN rds_guard.administrators() AS s (role) ON s.role = r.rolname)
                  AND CASE WHEN a.grantee = 0 THEN true ELSE NOT pg_has_role(a.grantee, t.datdba, 'MEMBER') END
                  -- initdb takes TEMPORARY from PUBLIC there
                  AND (a.privilege_type = 'CREATE' OR (a.privilege_type = 'TEMPORARY' AND a.grantee = 0 AND t.standard AND t.ours))
            GROUP BY t.name, a.grantee
            UNION ALL
            SELECT t.name, 5, format('holds %s objects that new databases get: %s%s', o.number, array_to_string(o.names[1:5], ', '),
                                     CASE WHEN o.number > 5 THEN ', ...' ELSE '' END), NULL
            FROM templates AS t
            CROSS JOIN LATERAL (
                SELECT count(*), array_agg(m.name ORDER BY m.name COLLATE "C")
                FROM (
                    SELECT 'schema ' || rds_guard.ident(n.nspname)
                    FROM pg_catalog.pg_namespace AS n
                    WHERE n.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('public', 'rds_guard')
                          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                                          WHERE d.classid = 'pg_catalog.pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
                    UNION ALL
                    SELECT 'relation ' || rds_guard.relation_name(c.oid)
                    FROM pg_catalog.pg_class AS c
                    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                    WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname !~ '^pg_(toast|temp)' AND n.nspname <> 'rds_guard'
                          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                                          WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
                    UNION ALL
                    SELECT 'function ' || rds_guard.function_name(f.oid)
                    FROM pg_catalog.pg_proc AS f
                    JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
                    WHERE f.oid >= 16384 AND n.nspname !~ '^pg_temp' AND n.nspname <> 'rds_guard'
                          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                                          WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e')
                    UNION ALL
                    SELECT 'event trigger ' || rds_guard.ident(e.evtname)
                    FROM pg_catalog.pg_event_trigger AS e
                    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                                      WHERE d.classid = 'pg_catalog.pg_event_trigger'::regclass AND d.objid = e.oid AND d.deptype = 'e')
                ) AS m (name)
                -- only a template that is this database is looked into
                WHERE t.standard AND t.datname = current_database()
            ) AS o (number, names)
            WHERE o.number > 0
        )
        SELECT r.name, r.name || ' ' || string_agg(r.detail, '; ' ORDER BY r.place, r.detail), string_agg(r.fix, ' ' ORDER BY r.place, r.detail),
               jsonb_build_object('reasons', jsonb_agg(r.detail ORDER BY r.place, r.detail))
        FROM reasons AS r
        GROUP BY r.name
    $$);

SELECT rds_guard.define_check('tablespace_language_fdw_usage', 'privileges', 'low',
    title => 'A role may use a tablespace, foreign data wrapper or server of others',
    why => 'CREATE on a tablespace lets a role fill its disk; USAGE on a foreign data wrapper lets it reach servers of its choice from inside the network, and USAGE on a foreign server the one behind it, with a user mapping of its own. Languages need no grant to look at: trusted ones are for everybody, and USAGE on one that is not, which even c and internal seem to give to PUBLIC, is good for nothing unless somebody marked it as trusted (system_catalog_acl_drift). Left out are roles that can become the owner, and tablespaces in which all databases lie anyway.',
    remedy => 'Revoke it, or accept it for a role that works with it.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT o.kind || ' ' || rds_guard.object_name(o.kind, o.oid) || ' TO ' || rds_guard.role_name(a.grantee),
               format('%s has %s on %s %s', rds_guard.role_name(a.grantee), a.privilege_type, lower(o.kind), rds_guard.object_name(o.kind, o.oid)),
               rds_guard.revoke_statements(o.acl, o.owner, a.grantee, o.kind || ' ' || rds_guard.object_name(o.kind, o.oid), a.privilege_type),
               jsonb_build_object('owner', rds_guard.role_name(o.owner))
        FROM (
            SELECT 'TABLESPACE', s.oid, s.spcowner, s.spcacl
            FROM pg_catalog.pg_tablespace AS s
            WHERE s.spcname <> 'pg_global'
                  -- where a database has it by default, the server does not ask
                  AND EXISTS (SELECT FROM pg_catalog.pg_database AS d WHERE d.dattablespace <> s.oid)
                  AND s.spcowner NOT IN (SELECT r.oid FROM pg_catalog.pg_roles AS r
                                         JOIN rds_guard.internal_roles() AS i (role) ON i.role = r.rolname)
            UNION ALL
            SELECT 'FOREIGN DATA WRAPPER', w.oid, w.fdwowner, w.fdwacl FROM pg_catalog.pg_foreign_data_wrapper AS w
            UNION ALL
            SELECT 'FOREIGN SERVER', f.oid, f.srvowner, f.srvacl FROM pg_catalog.pg_foreign_server AS f
        ) AS o (kind, oid, owner, acl)
        CROSS JOIN LATERAL (SELECT DISTINCT x.grantee, x.privilege_type FROM aclexplode(o.acl) AS x) AS a
        WHERE a.grantee <> o.owner AND rds_guard.role_name(a.grantee) IS NOT NULL
              AND a.grantee NOT IN (SELECT r.oid FROM pg_catalog.pg_roles AS r JOIN rds_guard.administrators() AS s (role) ON s.role = r.rolname)
              AND CASE WHEN a.grantee = 0 THEN true ELSE NOT pg_has_role(a.grantee, o.owner, 'MEMBER') END
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_init_privs AS i
                              CROSS JOIN LATERAL aclexplode(i.initprivs) AS b
                              WHERE i.objoid = o.oid AND b.grantee = a.grantee AND b.privilege_type = a.privilege_type
                                    AND i.classoid IN ('pg_catalog.pg_foreign_data_wrapper'::regclass, 'pg_catalog.pg_foreign_server'::regclass))
    $$);
