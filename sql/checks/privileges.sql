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
        WHERE NOT s.superuser
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
    $$);
