-- Privileges on users' objects that reach further than their owner thinks.

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
