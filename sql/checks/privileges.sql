-- Privileges that reach further than their owner thinks. An ACL that is NULL
-- is not empty: it is the built-in default.

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

SELECT rds_guard.define_check('public_schema_create', 'privileges', 'high',
    title => 'Everybody may create objects in a schema',
    why => 'Whoever can create a function or an operator in a schema that others have in their search_path gets those others to run it, superusers included (CVE-2018-1058). From PostgreSQL 15 on new clusters do not allow it for the schema public, upgraded and restored ones still do.',
    remedy => 'Revoke CREATE from PUBLIC and grant it to the roles that deploy. Do the same in every database, and in template1.',
    refs => ARRAY['STIG V-261884', 'STIG V-261923'],
    rule => $$
        SELECT rds_guard.ident(n.nspname),
               format('PUBLIC may create objects in schema %s', rds_guard.ident(n.nspname)),
               rds_guard.revoke_statements(n.nspacl, n.nspowner, 0, 'SCHEMA ' || rds_guard.ident(n.nspname), 'CREATE'),
               jsonb_build_object('owner', (SELECT r.rolname FROM pg_catalog.pg_roles AS r WHERE r.oid = n.nspowner))
        FROM pg_catalog.pg_namespace AS n
        WHERE n.nspname !~ '^pg_(toast_)?temp_' AND has_schema_privilege('public', n.oid, 'CREATE')
    $$);

SELECT rds_guard.define_check('public_table_grants', 'privileges', 'high',
    title => 'Everybody has privileges on a table',
    why => 'A grant to PUBLIC holds for every role that exists or will exist, and no list of a role''s own privileges shows it.',
    remedy => 'Revoke it from PUBLIC and grant to the roles that need it.',
    refs => ARRAY['CIS 4.6', 'STIG V-261859', 'STIG V-261885'],
    rule => $$
        SELECT rds_guard.relation_name(c.oid),
               format('PUBLIC has %s on %s %s', p.privileges, p.kind, rds_guard.relation_name(c.oid)),
               rds_guard.revoke_statements(c.relacl, c.relowner, 0, CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END || rds_guard.relation_name(c.oid)),
               jsonb_build_object('kind', p.kind, 'privileges', p.list)
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL (
            SELECT string_agg(DISTINCT a.privilege_type, ', '), jsonb_agg(DISTINCT a.privilege_type),
                   CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'
                                  WHEN 'S' THEN 'sequence' WHEN 'p' THEN 'partitioned table' ELSE 'table' END
            FROM aclexplode(c.relacl) AS a
            WHERE a.grantee = 0
        ) AS p (privileges, list, kind)
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relacl IS NOT NULL AND p.privileges IS NOT NULL
              AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
              -- what belongs to an extension has the privileges that its author meant
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                              WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
              -- nor does the report speak of itself where it is no extension
              AND n.nspname <> 'rds_guard'
    $$);

SELECT rds_guard.define_check('public_column_grants', 'privileges', 'medium',
    title => 'Everybody has privileges on a column',
    why => 'Column privileges are kept apart from those of the table: whoever looks only at the table''s list of privileges overlooks them.',
    remedy => 'Revoke them from PUBLIC and grant to the roles that need them.',
    refs => ARRAY['STIG V-261859'],
    rule => $$
        SELECT rds_guard.relation_name(t.relation) || '.' || rds_guard.ident(t.attribute),
               format('PUBLIC has %s on column %s of %s', p.privileges, rds_guard.ident(t.attribute), rds_guard.relation_name(t.relation)),
               rds_guard.revoke_statements(t.acl, c.relowner, 0, rds_guard.relation_name(t.relation), column_name => t.attribute),
               jsonb_build_object('privileges', p.list)
        FROM rds_guard.column_acls() AS t
        JOIN pg_catalog.pg_class AS c ON c.oid = t.relation
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL (
            SELECT string_agg(DISTINCT a.privilege_type, ', '), jsonb_agg(DISTINCT a.privilege_type)
            FROM aclexplode(t.acl) AS a
            WHERE a.grantee = 0
        ) AS p (privileges, list)
        WHERE p.privileges IS NOT NULL
              AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                              WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    $$);

SELECT rds_guard.define_check('default_privileges_public', 'privileges', 'high',
    title => 'Objects created from now on will be open to everybody',
    why => 'Default privileges are copied into each new object of the role that they belong to. One line written long ago opens every table that a deployment creates.',
    remedy => 'Revoke them from PUBLIC, then look at what was created meanwhile (public_table_grants).',
    refs => ARRAY['STIG V-261924'],
    rule => $$
        SELECT q.object, q.detail, q.fix, q.evidence FROM rds_guard.default_privileges_public() AS q
    $$);

SELECT rds_guard.define_check('grant_option_grants', 'privileges', 'medium',
    title => 'A role may hand on a privilege that is not its own',
    why => 'WITH GRANT OPTION lets its holder decide who else gets the privilege; the owner learns of it only by looking, and revoking it later takes CASCADE.',
    remedy => 'Revoke the grant option and let the owner grant. If others were granted the privilege meanwhile, the fix says so and needs CASCADE.',
    refs => ARRAY[]::text[],
    rule => $$
        WITH granted (kind, oid, owner, acl) AS (
            SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.oid, c.relowner, c.relacl FROM pg_catalog.pg_class AS c
            UNION ALL
            SELECT 'SCHEMA', n.oid, n.nspowner, n.nspacl FROM pg_catalog.pg_namespace AS n
            UNION ALL
            SELECT 'DATABASE', d.oid, d.datdba, d.datacl FROM pg_catalog.pg_database AS d
            UNION ALL
            SELECT 'ROUTINE', p.oid, p.proowner, p.proacl FROM pg_catalog.pg_proc AS p
            UNION ALL
            SELECT 'TYPE', t.oid, t.typowner, t.typacl FROM pg_catalog.pg_type AS t
            UNION ALL
            SELECT 'LANGUAGE', l.oid, l.lanowner, l.lanacl FROM pg_catalog.pg_language AS l
            UNION ALL
            SELECT 'TABLESPACE', s.oid, s.spcowner, s.spcacl FROM pg_catalog.pg_tablespace AS s
            UNION ALL
            SELECT 'FOREIGN DATA WRAPPER', w.oid, w.fdwowner, w.fdwacl FROM pg_catalog.pg_foreign_data_wrapper AS w
            UNION ALL
            SELECT 'FOREIGN SERVER', f.oid, f.srvowner, f.srvacl FROM pg_catalog.pg_foreign_server AS f
            UNION ALL
            SELECT 'LARGE OBJECT', o.oid, o.lomowner, o.lomacl FROM pg_catalog.pg_largeobject_metadata AS o
        ), options (kind, oid, owner, grantor, grantee, privilege, attribute) AS (
            SELECT g.kind, g.oid, g.owner, a.grantor, a.grantee, a.privilege_type, NULL::name
            FROM granted AS g
            CROSS JOIN LATERAL aclexplode(g.acl) AS a
            -- a grant option is written as *, and looking for that is quick
            WHERE g.acl::text LIKE '%*%' AND a.is_grantable
            UNION ALL
            SELECT 'TABLE', c.oid, c.relowner, a.grantor, a.grantee, a.privilege_type, t.attribute
            FROM rds_guard.column_acls() AS t
            JOIN pg_catalog.pg_class AS c ON c.oid = t.relation
            CROSS JOIN LATERAL aclexplode(t.acl) AS a
            WHERE a.is_grantable
        ), named AS MATERIALIZED (
            SELECT o.kind, rds_guard.object_name(o.kind, o.oid) AS object, o.owner, o.grantor, rds_guard.role_name(o.grantee) AS grantee,
                   array_agg(o.privilege || coalesce(' (' || rds_guard.ident(o.attribute) || ')', '') ORDER BY o.privilege, o.attribute) AS privileges
            FROM options AS o
            WHERE o.grantee <> o.owner
                  AND o.grantee NOT IN (SELECT r.oid FROM pg_catalog.pg_roles AS r JOIN rds_guard.administrators() AS a (role) ON a.role = r.rolname)
            GROUP BY o.kind, o.oid, o.owner, o.grantor, o.grantee
        )
        SELECT n.kind || ' ' || n.object || ' TO ' || n.grantee,
               format('%s may grant %s on %s %s to others', n.grantee, string_agg(DISTINCT p.privilege, ', '), lower(n.kind), n.object),
               string_agg(rds_guard.as_grantor(n.grantor, n.owner,
                                               format('REVOKE GRANT OPTION FOR %s ON %s %s FROM %s;',
                                                      array_to_string(n.privileges, ', '), n.kind, n.object, n.grantee)),
                          ' ' ORDER BY n.grantor <> n.owner, n.grantor) FILTER (WHERE p.place = 1),
               jsonb_build_object('privileges', jsonb_agg(DISTINCT p.privilege))
        FROM named AS n
        CROSS JOIN unnest(n.privileges) WITH ORDINALITY AS p (privilege, place)
        -- gone meanwhile
        WHERE n.object IS NOT NULL AND n.grantee IS NOT NULL
        GROUP BY n.kind, n.object, n.grantee
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

SELECT rds_guard.define_check('schema_create_nonowner', 'privileges', 'medium',
    title => 'A role may create objects in a schema that is not its own',
    why => 'Whoever can create a function or an operator in a schema that others have in their search_path gets those others to run it (CVE-2018-1058), and can hide a table behind one of its own. The search paths that lead there are in the detail. Roles that can become the owner, and grants that no role which can log in gets at, are left out; PUBLIC and the system catalogs have checks of their own (public_schema_create, system_catalog_acl_drift).',
    remedy => 'Let the role that deploys own the schema, or be a member of its owner, and revoke CREATE from the others.',
    refs => ARRAY['STIG V-261923'],
    rule => $$
        WITH RECURSIVE granted AS MATERIALIZED (
            SELECT DISTINCT n.oid, n.nspname, n.nspowner, n.nspacl, a.grantee
            FROM pg_catalog.pg_namespace AS n
            CROSS JOIN LATERAL aclexplode(n.nspacl) AS a
            WHERE n.nspacl IS NOT NULL AND a.privilege_type = 'CREATE' AND a.grantee NOT IN (0, n.nspowner)
                  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'rds_guard')
                  AND a.grantee NOT IN (SELECT r.oid FROM pg_catalog.pg_roles AS r JOIN rds_guard.administrators() AS s (role) ON s.role = r.rolname)
                  AND NOT pg_has_role(a.grantee, n.nspowner, 'MEMBER')
                  -- an extension says who works in its schema
                  AND NOT EXISTS (SELECT FROM pg_catalog.pg_init_privs AS i
                                  CROSS JOIN LATERAL aclexplode(i.initprivs) AS b
                                  WHERE i.classoid = 'pg_catalog.pg_namespace'::regclass AND i.objoid = n.oid AND i.privtype = 'e'
                                        AND b.grantee = a.grantee AND b.privilege_type = 'CREATE')
        ), holders (grantee, role) AS (
            SELECT g.grantee, g.grantee FROM granted AS g
            UNION
            SELECT h.grantee, m.member
            FROM holders AS h
            JOIN pg_catalog.pg_auth_members AS m ON m.roleid = h.role
            -- from 16 on a membership may be good for nothing
            WHERE coalesce((to_jsonb(m) ->> 'inherit_option')::boolean OR (to_jsonb(m) ->> 'set_option')::boolean OR m.admin_option, true)
        ), logins AS (
            SELECT h.grantee, count(*) AS number
            FROM holders AS h
            JOIN pg_catalog.pg_roles AS r ON r.oid = h.role AND r.rolcanlogin AND NOT r.rolsuper
            GROUP BY h.grantee
        ), paths (schema, target) AS MATERIALIZED (
            SELECT btrim(e.entry, ' "'), rds_guard.override_target(o.database, o.role)
            FROM rds_guard.setting_overrides() AS o
            CROSS JOIN LATERAL regexp_split_to_table(o.value, ',') AS e (entry)
            WHERE o.name = 'search_path' AND (o.database IS NULL OR o.database = current_database())
            UNION
            SELECT r.rolname, 'ROLE ' || rds_guard.ident(r.rolname)
            FROM pg_catalog.pg_roles AS r
            JOIN granted AS g ON g.nspname = r.rolname AND g.grantee <> r.oid
            UNION
            SELECT 'public', 'everybody'
        )
        SELECT rds_guard.ident(g.nspname) || ' TO ' || rds_guard.role_name(g.grantee),
               format('%s may create objects in schema %s', rds_guard.role_name(g.grantee), rds_guard.ident(g.nspname))
               || coalesce(', which is in the search_path of ' || array_to_string(p.targets[1:3], ', ')
                           || CASE WHEN cardinality(p.targets) > 3 THEN format(' and %s more', cardinality(p.targets) - 3) ELSE '' END, ''),
               rds_guard.revoke_statements(g.nspacl, g.nspowner, g.grantee, 'SCHEMA ' || rds_guard.ident(g.nspname), 'CREATE'),
               jsonb_build_object('owner', (SELECT r.rolname FROM pg_catalog.pg_roles AS r WHERE r.oid = g.nspowner),
                                  'logins', l.number, 'search_path_of', coalesce(to_jsonb(p.targets), '[]'))
        FROM granted AS g
        JOIN logins AS l ON l.grantee = g.grantee
        CROSS JOIN LATERAL (
            SELECT array_agg(DISTINCT t.target COLLATE "C") FROM paths AS t WHERE t.schema = g.nspname
        ) AS p (targets)
    $$);

SELECT rds_guard.define_check('database_public_connect', 'privileges', 'medium',
    title => 'Every role may connect to a database',
    why => 'A new database lets PUBLIC connect, and its list of privileges, which is empty, does not show it. A role that was made for one application then gets into all of them, where what is granted to PUBLIC awaits it. Templates are left out, and the database postgres unless the session is in it and it holds tables.',
    remedy => 'Grant CONNECT to the roles that work there first (granted, in the evidence, names those that have it), then revoke it from PUBLIC: roles without it cannot log in any more.',
    refs => ARRAY['STIG V-261924'],
    rule => $$
        SELECT rds_guard.ident(d.name),
               format('PUBLIC may connect to database %s', rds_guard.ident(d.name)),
               rds_guard.revoke_statements(d.acl, d.owner, 0, 'DATABASE ' || rds_guard.ident(d.name), 'CONNECT'),
               jsonb_build_object('owner', rds_guard.role_name(d.owner),
                                  'granted', (SELECT coalesce(jsonb_agg(DISTINCT rds_guard.role_name(a.grantee)), '[]') FROM aclexplode(d.acl) AS a
                                              WHERE a.privilege_type = 'CONNECT' AND a.grantee NOT IN (0, d.owner)))
        FROM rds_guard.user_databases() AS d
        WHERE EXISTS (SELECT FROM aclexplode(d.acl) AS a WHERE a.grantee = 0 AND a.privilege_type = 'CONNECT')
    $$);

SELECT rds_guard.define_check('database_public_temp', 'privileges', 'low',
    title => 'Every role may create temporary tables in a database',
    why => 'A temporary table comes before all others of its name in the search_path of a SECURITY DEFINER function that does not put pg_temp last, and its size is limited by the disk alone. A new database lets PUBLIC create them, and its list of privileges, which is empty, does not show it.',
    remedy => 'Grant TEMPORARY to the roles that need it (granted, in the evidence, names those that have it), then revoke it from PUBLIC.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT rds_guard.ident(d.name),
               format('PUBLIC may create temporary tables in database %s', rds_guard.ident(d.name)),
               rds_guard.revoke_statements(d.acl, d.owner, 0, 'DATABASE ' || rds_guard.ident(d.name), 'TEMPORARY'),
               jsonb_build_object('owner', rds_guard.role_name(d.owner),
                                  'granted', (SELECT coalesce(jsonb_agg(DISTINCT rds_guard.role_name(a.grantee)), '[]') FROM aclexplode(d.acl) AS a
                                              WHERE a.privilege_type = 'TEMPORARY' AND a.grantee NOT IN (0, d.owner)))
        FROM rds_guard.user_databases() AS d
        WHERE EXISTS (SELECT FROM aclexplode(d.acl) AS a WHERE a.grantee = 0 AND a.privilege_type = 'TEMPORARY')
    $$);

SELECT rds_guard.define_check('large_object_exposure', 'privileges', 'medium',
    title => 'Large objects are open to everybody',
    why => 'Large objects stand in no schema, so no list of tables shows them, and lo_compat_privileges, a setting from before they had owners, opens all of them at once. A group that has every login counts as everybody.',
    remedy => 'Revoke the privileges; the fix does it for up to 100 large objects at a time. Turn lo_compat_privileges off.',
    refs => ARRAY[]::text[],
    rule => $$
        WITH granted AS MATERIALIZED (
            SELECT o.oid, a.grantee, a.privilege_type, CASE WHEN a.grantor = o.lomowner THEN 0 ELSE a.grantor END AS other_grantor
            FROM pg_catalog.pg_largeobject_metadata AS o
            CROSS JOIN LATERAL aclexplode(o.lomacl) AS a
            WHERE o.lomacl IS NOT NULL AND a.grantee <> o.lomowner
        ), everybody AS MATERIALIZED (
            SELECT g.grantee
            FROM (SELECT DISTINCT d.grantee FROM granted AS d) AS g
            WHERE CASE WHEN g.grantee = 0 THEN true
                       ELSE (SELECT count(*) > 1 AND bool_and(pg_has_role(r.oid, g.grantee, 'MEMBER'))
                             FROM pg_catalog.pg_roles AS r
                             WHERE r.rolcanlogin AND r.oid NOT IN (SELECT i.oid FROM pg_catalog.pg_roles AS i
                                                                   WHERE i.rolsuper OR i.rolname IN (SELECT s.role FROM rds_guard.administrators() AS s (role)
                                                                                                     UNION ALL
                                                                                                     SELECT s.role FROM rds_guard.internal_roles() AS s (role)))) END
        ), revoked AS (
            SELECT g.grantee, g.other_grantor, (array_agg(DISTINCT g.oid))[1:100] AS oids, array_agg(DISTINCT g.privilege_type) AS privileges
            FROM granted AS g
            JOIN everybody AS e ON e.grantee = g.grantee
            GROUP BY g.grantee, g.other_grantor
        ), counted AS (
            SELECT g.grantee, count(DISTINCT g.oid) AS objects, (array_agg(DISTINCT g.oid))[1:5] AS oids,
                   count(DISTINCT g.oid) FILTER (WHERE g.privilege_type = 'SELECT') AS readable,
                   count(DISTINCT g.oid) FILTER (WHERE g.privilege_type = 'UPDATE') AS writable
            FROM granted AS g
            JOIN everybody AS e ON e.grantee = g.grantee
            GROUP BY g.grantee
        )
        SELECT rds_guard.role_name(c.grantee),
               format('%s may read %s and write %s large objects: %s%s', rds_guard.role_name(c.grantee), c.readable, c.writable,
                      array_to_string(c.oids, ', '), CASE WHEN c.objects > 5 THEN ', ...' ELSE '' END),
               (SELECT string_agg(rds_guard.as_grantor(r.other_grantor, 0,
                                                       format('REVOKE %s ON LARGE OBJECT %s FROM %s;', array_to_string(r.privileges, ', '),
                                                              array_to_string(r.oids, ', '), rds_guard.role_name(r.grantee))),
                                  ' ' ORDER BY r.other_grantor)
                FROM revoked AS r WHERE r.grantee = c.grantee),
               jsonb_build_object('readable', c.readable, 'writable', c.writable, 'first', c.oids)
        FROM counted AS c
        WHERE rds_guard.role_name(c.grantee) IS NOT NULL
        UNION ALL
        SELECT 'lo_compat_privileges', 'lo_compat_privileges is on: every role may read and write all large objects',
               rds_guard.setting_fix('lo_compat_privileges', 'off'), jsonb_build_object('value', s.value)
        FROM rds_guard.server_setting('lo_compat_privileges') AS s (value)
        WHERE s.value = 'on'
        UNION ALL
        SELECT rds_guard.override_target(o.database, o.role) || ' SET lo_compat_privileges',
               format('%s has lo_compat_privileges = %s, with which every large object may be read and written',
                      rds_guard.override_target(o.database, o.role), o.value),
               format('ALTER %s RESET lo_compat_privileges;', rds_guard.override_target(o.database, o.role)),
               jsonb_build_object('value', o.value, 'scope', o.scope, 'logins', o.logins)
        FROM rds_guard.effective_overrides('lo_compat_privileges') AS o
        WHERE o.value::boolean
    $$);

SELECT rds_guard.define_check('maintain_trigger_references_grants', 'privileges', 'medium',
    title => 'A role has privileges on tables that programs have no use for',
    why => 'GRANT ALL gives more than reading and writing. TRIGGER lets a role run its code as whoever changes the table next, TRUNCATE empties it past row security and row triggers, MAINTAIN (17 and later) locks it for everybody, and REFERENCES lets a foreign key say which keys exist and keep rows from being deleted. One finding for each role and schema. Only what takes effect: a view can have triggers and nothing else. What PUBLIC has is in public_table_grants; roles that can become the owner are left out.',
    remedy => 'Grant SELECT, INSERT, UPDATE and DELETE by name instead of ALL, also in default privileges. Where the fix names 100 relations, run the report again for the rest.',
    refs => ARRAY[]::text[],
    rule => $$
        WITH alike AS MATERIALIZED (
            -- a schema has few different lists of privileges
            SELECT c.relnamespace, c.relowner, c.relkind, c.relacl, array_agg(c.oid) AS oids
            FROM pg_catalog.pg_class AS c
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relacl IS NOT NULL
                  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'rds_guard')
                  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
            GROUP BY c.relnamespace, c.relowner, c.relkind, c.relacl
        ), columns AS (
            SELECT c.relnamespace, c.relowner, c.relkind, t.acl, ARRAY[c.oid]
            FROM rds_guard.column_acls() AS t
            JOIN pg_catalog.pg_class AS c ON c.oid = t.relation
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p')
                  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'rds_guard')
                  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        ), granted AS MATERIALIZED (
            SELECT r.relnamespace, a.grantee, CASE WHEN a.grantor = r.relowner THEN 0 ELSE a.grantor END AS other_grantor, a.privileges, r.oids
            FROM (SELECT w.* FROM alike AS w UNION ALL SELECT w.* FROM columns AS w) AS r (relnamespace, relowner, relkind, acl, oids)
            CROSS JOIN LATERAL (
                SELECT x.grantor, x.grantee, array_agg(x.privilege_type ORDER BY x.privilege_type)
                FROM aclexplode(r.acl) AS x
                WHERE x.privilege_type = ANY (CASE WHEN r.relkind IN ('r', 'p') THEN '{TRIGGER,TRUNCATE,REFERENCES,MAINTAIN}'::text[]
                                                   WHEN r.relkind = 'f' THEN '{TRIGGER,TRUNCATE,MAINTAIN}'
                                                   WHEN r.relkind = 'v' THEN '{TRIGGER}'
                                                   ELSE '{MAINTAIN}' END)
                GROUP BY x.grantor, x.grantee
            ) AS a (grantor, grantee, privileges)
            WHERE a.grantee NOT IN (0, r.relowner)
                  AND a.grantee NOT IN (SELECT i.oid FROM pg_catalog.pg_roles AS i JOIN rds_guard.administrators() AS s (role) ON s.role = i.rolname)
                  AND NOT pg_has_role(a.grantee, r.relowner, 'MEMBER')
        ), owners AS MATERIALIZED (
            SELECT DISTINCT c.relnamespace, c.relowner
            FROM pg_catalog.pg_class AS c
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
        ), found AS MATERIALIZED (
            SELECT g.relnamespace, g.grantee,
                   (SELECT rds_guard.ident(n.nspname) FROM pg_catalog.pg_namespace AS n WHERE n.oid = g.relnamespace) AS schema,
                   rds_guard.role_name(g.grantee) AS role,
                   count(DISTINCT o.oid) AS relations, (array_agg(DISTINCT o.oid))[1:10] AS first
            FROM granted AS g
            CROSS JOIN LATERAL unnest(g.oids) AS o (oid)
            GROUP BY g.relnamespace, g.grantee
        )
        SELECT f.schema || ' TO ' || f.role,
               format('%s has %s on %s in schema %s: %s%s', f.role, p.list, CASE f.relations WHEN 1 THEN '1 relation' ELSE f.relations || ' relations' END,
                      f.schema, array_to_string(t.names, ', '), CASE WHEN f.relations > 10 THEN ', ...' ELSE '' END),
               x.fix,
               jsonb_build_object('privileges', p.privileges, 'relations', f.relations, 'first', t.names)
        FROM found AS f
        CROSS JOIN LATERAL (
            SELECT array_agg(rds_guard.relation_name(o.oid) ORDER BY o.oid) FROM unnest(f.first) AS o (oid)
        ) AS t (names)
        CROSS JOIN LATERAL (
            SELECT string_agg(DISTINCT v.privilege, ', '), jsonb_agg(DISTINCT v.privilege)
            FROM granted AS g
            CROSS JOIN LATERAL unnest(g.privileges) AS v (privilege)
            WHERE g.relnamespace = f.relnamespace AND g.grantee = f.grantee
        ) AS p (list, privileges)
        CROSS JOIN LATERAL (
            SELECT string_agg(DISTINCT rds_guard.as_grantor(g.other_grantor, 0, format('REVOKE %s ON %s FROM %s;', array_to_string(g.privileges, ', '), y.target, f.role)), ' ')
            FROM granted AS g
            CROSS JOIN LATERAL (
                -- what a role owns in the schema it may keep
                SELECT CASE WHEN cardinality(g.oids) > 100 AND g.other_grantor = 0
                                 AND NOT EXISTS (SELECT FROM owners AS w WHERE w.relnamespace = g.relnamespace AND w.relowner = g.grantee)
                            THEN 'ALL TABLES IN SCHEMA ' || f.schema
                            ELSE 'TABLE ' || (SELECT string_agg(rds_guard.relation_name(o.oid), ', ' ORDER BY o.oid)
                                              FROM (SELECT u.oid FROM unnest(g.oids) AS u (oid) ORDER BY u.oid LIMIT 100) AS o) END
            ) AS y (target)
            WHERE g.relnamespace = f.relnamespace AND g.grantee = f.grantee
        ) AS x (fix)
        WHERE f.schema IS NOT NULL AND f.role IS NOT NULL
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

SELECT rds_guard.define_check('default_privileges_revoke_ineffective', 'privileges', 'medium',
    title => 'New functions are open to everybody although somebody thinks they are not',
    why => 'ALTER DEFAULT PRIVILEGES IN SCHEMA ... REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC says so and stores nothing: a schema can only add to the privileges of new functions, of which EXECUTE for PUBLIC is one, and only the form without IN SCHEMA takes it away. Such a command leaves no trace, therefore a role is reported if what else it did makes sense only with it: default privileges that give EXECUTE to somebody who would have it anyway as part of PUBLIC, or a schema in which it closed every function up to some day and none since. A role that never touched EXECUTE is not.',
    remedy => 'Take EXECUTE from PUBLIC for all schemas, then from the functions that were created meanwhile.',
    refs => ARRAY[]::text[],
    rule => $$
        WITH closed_by_default AS MATERIALIZED (
            SELECT d.defaclrole
            FROM pg_catalog.pg_default_acl AS d
            WHERE d.defaclobjtype = 'f' AND d.defaclnamespace = 0
                  AND NOT EXISTS (SELECT FROM aclexplode(d.defaclacl) AS a WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE')
        -- or else each function is asked for the name of its owner
        ), signs (creator, sign) AS MATERIALIZED (
            SELECT d.defaclrole,
                   format('its default privileges%s give EXECUTE to %s', coalesce(' in schema ' || rds_guard.ident(n.nspname), ''),
                          string_agg(DISTINCT rds_guard.role_name(a.grantee), ', '))
            FROM pg_catalog.pg_default_acl AS d
            LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
            CROSS JOIN LATERAL aclexplode(d.defaclacl) AS a
            WHERE d.defaclobjtype = 'f' AND (d.defaclnamespace = 0 OR n.oid IS NOT NULL)
                  AND a.privilege_type = 'EXECUTE' AND a.grantee NOT IN (0, d.defaclrole)
                  -- a schema that gives it to PUBLIC itself means to
                  AND NOT EXISTS (SELECT FROM aclexplode(d.defaclacl) AS b WHERE d.defaclnamespace <> 0 AND b.grantee = 0)
            GROUP BY d.defaclrole, n.nspname
            UNION ALL
            SELECT f.proowner,
                   format('of its functions in schema %s the first %s are closed to PUBLIC and the last %s open', rds_guard.ident(n.nspname), f.closed, f.open)
            FROM (
                SELECT p.proowner, p.pronamespace,
                       count(*) FILTER (WHERE NOT q.is_open) AS closed, max(p.oid::bigint) FILTER (WHERE NOT q.is_open) AS last_closed,
                       count(*) FILTER (WHERE q.is_open) AS open, min(p.oid::bigint) FILTER (WHERE q.is_open) AS first_open
                FROM pg_catalog.pg_proc AS p
                CROSS JOIN LATERAL (
                    SELECT CASE WHEN p.proacl IS NULL THEN true ELSE EXISTS (SELECT FROM aclexplode(p.proacl) AS a WHERE a.grantee = 0) END
                ) AS q (is_open)
                WHERE p.oid >= 16384
                      -- nobody can call these
                      AND p.prorettype NOT IN ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
                      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                                      WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
                GROUP BY p.proowner, p.pronamespace
            ) AS f
            JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'rds_guard'
            -- one that was closed for its own sake says nothing
            WHERE f.closed > 1 AND f.first_open > f.last_closed
        )
        SELECT 'FOR ROLE ' || rds_guard.role_name(s.creator),
               format('each new function of %s gives EXECUTE to PUBLIC, but %s', rds_guard.role_name(s.creator), string_agg(s.sign, '; ' ORDER BY s.sign)),
               format('ALTER DEFAULT PRIVILEGES FOR ROLE %s REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;', rds_guard.role_name(s.creator)),
               jsonb_build_object('signs', jsonb_agg(s.sign ORDER BY s.sign))
        FROM signs AS s
        WHERE s.creator NOT IN (SELECT c.defaclrole FROM closed_by_default AS c) AND rds_guard.role_name(s.creator) IS NOT NULL
              AND NOT (s.creator = 10 AND (SELECT w.platform FROM rds_guard.platform() AS w) <> 'self_managed')
        GROUP BY s.creator
    $$);

SELECT rds_guard.define_check('privilege_sprawl_score', 'privileges', 'medium',
    title => 'A role can write to far more than one application needs',
    why => 'Whoever takes over this account can change or delete a large part of the database at once. Such privileges grow by GRANT ... ON ALL TABLES, by groups and by PUBLIC, and nobody takes them back.',
    remedy => 'Give each application the privileges on its own tables, by a role of its own, and revoke what comes through groups and PUBLIC. What counts as too much stands in the policies sprawl_share, sprawl_schemas and sprawl_minimum.',
    refs => ARRAY['CIS 4.6'],
    rule => $$
        WITH limits AS MATERIALIZED (
            SELECT rds_guard.policy_number('sprawl_share') AS share,
                   rds_guard.policy_number('sprawl_schemas') AS schemas,
                   rds_guard.policy_number('sprawl_minimum') AS minimum
        ), size AS MATERIALIZED (
            SELECT count(*) AS relations
            FROM pg_catalog.pg_class AS c
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
                  AND c.relnamespace NOT IN (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname ~ '^pg_' OR n.nspname IN ('information_schema', 'rds_guard'))
        )
        SELECT rds_guard.ident(s.role),
               format('%s can write to %s of %s relations (%s %%), in %s schema(s)', rds_guard.ident(s.role),
                      s.relations_writable, s.relations_total, floor(100.0 * s.relations_writable / s.relations_total), s.schemas_written),
               rds_guard.cut_path(w.path),
               jsonb_build_object('relations_total', s.relations_total, 'relations_writable', s.relations_writable,
                                  'schemas_written', s.schemas_written, 'relations_owned', s.relations_owned,
                                  'by_public', s.by_public, 'by_membership', s.by_membership, 'only_by_set_role', s.only_by_set_role)
        FROM rds_guard.privilege_summary() AS s
        CROSS JOIN limits AS l
        LEFT JOIN (
            SELECT m.member, m.path
            FROM pg_catalog.pg_roles AS p
            CROSS JOIN LATERAL rds_guard.role_memberships(to_role => p.rolname, only_how => 'inherit') AS m
            WHERE p.rolname = 'pg_write_all_data'
        ) AS w ON w.member = s.role
        -- in a small database nobody is even counted
        WHERE (SELECT z.relations FROM size AS z) >= (SELECT m.minimum FROM limits AS m)
              AND NOT s.superuser
              AND s.relations_total >= l.minimum AND s.relations_writable > 0
              AND (100.0 * s.relations_writable >= l.share * s.relations_total OR s.schemas_written >= l.schemas)
              AND s.role NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
              AND s.role NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
    $$);

SELECT rds_guard.define_check('object_owner_unauthorized', 'privileges', 'medium',
    title => 'Objects belong to a role that should own none there',
    why => 'Who owns a table, view or function in the schema of another can change what those run who use that schema, and its owner cannot take that back. Often it is what a person made by hand, and leaves behind.',
    remedy => 'Give the objects to the owner of the schema. Name the roles that may own objects in the policy owners.',
    refs => ARRAY['STIG V-261884', 'STIG V-261914'],
    rule => $$
        WITH policy AS MATERIALIZED (
            SELECT rds_guard.policy_names('owners') AS owners
        ), judged AS (
            SELECT o.owner, o.schema, o.schema_owner, o.owns, o.evidence, cardinality(p.owners) > 0 AS is_list, o.owner = ANY (p.owners) AS is_named,
                   -- to whom it could go
                   o.owner <> o.schema_owner AND o.schema_owner NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
                   AND o.schema_owner NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role)) AS is_foreign,
                   o.schema_owner = ANY (p.owners) AS is_schema_owner_named
            FROM rds_guard.owned_objects(each_schema => true) AS o
            CROSS JOIN policy AS p
            -- another check asks about those
            WHERE o.owner NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
                  AND o.owner NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
        )
        SELECT rds_guard.ident(j.owner) || ' IN SCHEMA ' || rds_guard.ident(j.schema),
               format('%s owns %s in schema %s%s%s', rds_guard.ident(j.owner), j.owns, rds_guard.ident(j.schema),
                      CASE WHEN j.is_foreign THEN ', which belongs to ' || rds_guard.ident(j.schema_owner) ELSE '' END,
                      CASE WHEN j.is_list AND NOT j.is_named THEN ', and is not named in the policy owners' ELSE '' END),
               CASE WHEN j.is_foreign AND (j.is_schema_owner_named OR NOT j.is_list)
                    THEN rds_guard.change_owner(j.owner, j.schema, j.schema_owner) END,
               j.evidence || jsonb_build_object('schema', j.schema, 'schema_owner', j.schema_owner)
               || CASE WHEN j.is_named THEN '{"allowed_by": "owners"}' ELSE '{}' END::jsonb
        FROM judged AS j
        WHERE j.is_foreign OR (j.is_list AND NOT j.is_named)
    $$);

SELECT rds_guard.define_check('superuser_owned_user_objects', 'privileges', 'low',
    title => 'Tables, views or functions belong to a superuser',
    why => 'A view reads its tables with the rights of its owner, and a SECURITY DEFINER function runs with them: owned by a superuser, each is a door through every privilege, for whoever may use or replace it.',
    remedy => 'Give them to a role without login that owns the schema (ALTER ... OWNER TO), and create objects as that role. A superuser that may own objects goes into the policy owners.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT rds_guard.ident(o.owner),
               format('%s, %s, owns %s', rds_guard.ident(o.owner), CASE WHEN r.rolsuper THEN 'a superuser' ELSE 'as good as a superuser here' END, o.owns),
               -- who should have them nobody but the site knows
               NULL, o.evidence || CASE WHEN o.owner = ANY (rds_guard.policy_names('owners')) THEN '{"allowed_by": "owners"}' ELSE '{}' END::jsonb
        FROM rds_guard.owned_objects(only_kinds => '{table,view,function}') AS o
        JOIN pg_catalog.pg_roles AS r ON r.rolname = o.owner
        WHERE o.owner IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
              -- what a provider made is not the customer's to give away
              AND NOT (r.oid = 10 AND (SELECT p.platform FROM rds_guard.platform() AS p) <> 'self_managed')
    $$);
