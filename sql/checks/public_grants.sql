-- What everybody gets: grants to PUBLIC, those that PostgreSQL makes by itself,
-- and default privileges. An ACL that is NULL is not empty: it is the built-in
-- default.

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
