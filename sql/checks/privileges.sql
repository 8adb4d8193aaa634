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
                UNION ALL
                SELECT rds_guard.relation_name(t.attrelid) || ' (' || rds_guard.ident(t.attname) || ')', x.grantee,
                       rds_guard.revoke_statements(t.attacl, c.relowner, x.grantee, rds_guard.relation_name(c.oid), 'SELECT', t.attname)
                FROM pg_catalog.pg_attribute AS t
                JOIN pg_catalog.pg_class AS c ON c.oid = t.attrelid
                CROSS JOIN LATERAL aclexplode(t.attacl) AS x
                WHERE (t.attrelid, t.attname) IN (('pg_catalog.pg_authid'::regclass, 'rolpassword'), ('pg_catalog.pg_shadow'::regclass, 'passwd'))
                      AND x.privilege_type = 'SELECT'
                UNION ALL
                SELECT rds_guard.relation_name(c.oid), c.relowner,
                       format('SET allow_system_table_mods = on; ALTER TABLE %s OWNER TO %s; RESET allow_system_table_mods;',
                              rds_guard.relation_name(c.oid), rds_guard.role_name(10))
                FROM pg_catalog.pg_class AS c
                WHERE c.oid IN ('pg_catalog.pg_authid'::regclass, 'pg_catalog.pg_shadow'::regclass)
            ) AS a
            WHERE a.grantee NOT IN (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolsuper)
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
        SELECT rds_guard.relation_name(t.attrelid) || '.' || rds_guard.ident(t.attname),
               format('PUBLIC has %s on column %s of %s', p.privileges, rds_guard.ident(t.attname), rds_guard.relation_name(t.attrelid)),
               rds_guard.revoke_statements(t.attacl, c.relowner, 0, rds_guard.relation_name(t.attrelid), column_name => t.attname),
               jsonb_build_object('privileges', p.list)
        FROM pg_catalog.pg_attribute AS t
        JOIN pg_catalog.pg_class AS c ON c.oid = t.attrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL (
            SELECT string_agg(DISTINCT a.privilege_type, ', '), jsonb_agg(DISTINCT a.privilege_type)
            FROM aclexplode(t.attacl) AS a
            WHERE a.grantee = 0
        ) AS p (privileges, list)
        WHERE t.attacl IS NOT NULL AND NOT t.attisdropped AND p.privileges IS NOT NULL
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
            WHERE g.acl IS NOT NULL AND a.is_grantable
            UNION ALL
            SELECT 'TABLE', c.oid, c.relowner, a.grantor, a.grantee, a.privilege_type, t.attname
            FROM pg_catalog.pg_attribute AS t
            JOIN pg_catalog.pg_class AS c ON c.oid = t.attrelid
            CROSS JOIN LATERAL aclexplode(t.attacl) AS a
            WHERE t.attacl IS NOT NULL AND NOT t.attisdropped AND a.is_grantable
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
              AND NOT (p.privilege = 'SET' AND EXISTS (SELECT FROM pg_catalog.pg_settings AS s WHERE lower(s.name) = p.parameter AND s.context = 'user'))
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
        )
        SELECT f.kind || ' ' || f.name || ' TO ' || f.role,
               format('%s has %s on %s %s, which extension %s does not give it', f.role,
                      string_agg(f.privilege || coalesce(' (' || rds_guard.ident(f.column_name) || ')', ''), ', ' ORDER BY f.privilege, f.column_name),
                      lower(f.kind), f.name, rds_guard.ident(f.extension)),
               string_agg(rds_guard.revoke_statements(f.acl, f.owner, f.grantee, f.kind || ' ' || f.name, f.privilege, f.column_name),
                          ' ' ORDER BY f.privilege, f.column_name),
               jsonb_build_object('extension', f.extension, 'privileges', jsonb_agg(DISTINCT f.privilege),
                                  'columns', coalesce(jsonb_agg(DISTINCT f.column_name) FILTER (WHERE f.column_name IS NOT NULL), '[]'))
        FROM found AS f
        WHERE f.name IS NOT NULL AND f.role IS NOT NULL
        GROUP BY f.kind, f.name, f.role, f.extension
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
            FROM rds_guard.widened_grants(ARRAY(SELECT d.name FROM dangerous AS d)) AS w
            JOIN pg_catalog.pg_proc AS p ON p.oid = w.object
            JOIN dangerous AS d ON d.name = p.proname
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
