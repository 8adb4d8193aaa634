-- What a role can find out about itself, without any grant: my_report().

SELECT rds_guard.define_check('own_superuser_path', 'own', 'critical',
    scope => 'role',
    title => 'You can get the rights of a superuser',
    why => 'Whoever takes over your session or your password can take these steps too.',
    remedy => 'Ask for the membership at the end of the chain to be revoked, or for the fix to be run, and for a role of its own for the tasks that need it.',
    refs => ARRAY['CIS 4.8'],
    rule => $$
        WITH path AS MATERIALIZED (
            SELECT min(p.power) AS power, min(p.fix) AS fix, string_agg(p.sentence, ' ' ORDER BY p.step) AS sentences,
                   jsonb_agg(jsonb_build_object('step', p.step, 'kind', p.kind, 'acts_as', p.acts_as, 'gains', p.gains, 'evidence', p.evidence) ORDER BY p.step) AS evidence,
                   (array_agg(p.object ORDER BY p.step) FILTER (WHERE p.kind NOT IN ('inherit', 'set', 'admin')))[1] AS object
            FROM rds_guard.escalation_paths(current_user) AS p
            -- memberships alone are told below, each
            HAVING bool_or(p.kind NOT IN ('inherit', 'set', 'admin'))
        )
        SELECT p.object,
               format('you can get the power of %s: %s', CASE p.power WHEN 'superuser' THEN 'a superuser' ELSE rds_guard.ident(p.power) END, p.sentences),
               p.fix, jsonb_build_object('power', p.power, 'steps', p.evidence)
        FROM path AS p
        UNION ALL
        SELECT rds_guard.ident(m.role),
               format('%s is %s: %s', rds_guard.ident(m.role),
                      CASE WHEN t.rolsuper THEN 'a superuser' ELSE 'as good as one' END, rds_guard.path_text(m.path)),
               rds_guard.cut_path(m.path), jsonb_build_object('path', m.path)
        FROM rds_guard.role_memberships(for_member => current_user, only_how => 'hold') AS m
        JOIN pg_catalog.pg_roles AS t ON t.rolname = m.role
        WHERE t.rolsuper OR m.role IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')
              OR m.role IN (SELECT p.admin_role FROM rds_guard.platform() AS p)
        UNION ALL
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT EXISTS (SELECT FROM path)
                        AND NOT EXISTS (SELECT FROM rds_guard.role_memberships(for_member => current_user, only_how => 'hold') AS m
                                        JOIN pg_catalog.pg_roles AS t ON t.rolname = m.role AND t.rolsuper) THEN
                  (SELECT rds_guard.unknown(u.reason, u.hint) FROM rds_guard.escalation_unseen() AS u LIMIT 1) END
    $$);

SELECT rds_guard.define_check('own_attributes', 'own', 'medium',
    scope => 'role',
    title => 'Your role has attributes beyond using data',
    why => 'SUPERUSER, CREATEROLE, CREATEDB, REPLICATION and BYPASSRLS are for administration. A role that programs use should have none.',
    remedy => 'Ask for the attributes to be taken away, or use another role for daily work.',
    refs => ARRAY['CIS 4.3'],
    rule => $$
        SELECT rds_guard.ident(r.rolname), format('%s has %s', rds_guard.ident(r.rolname), array_to_string(a.attributes, ', ')),
               format('ALTER ROLE %s %s;', rds_guard.ident(r.rolname),
                      (SELECT string_agg('NO' || x.attribute, ' ' ORDER BY x.attribute) FROM unnest(a.attributes) AS x (attribute))),
               jsonb_build_object('attributes', a.attributes)
        FROM pg_catalog.pg_roles AS r
        CROSS JOIN LATERAL (
            SELECT array_remove(ARRAY[CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
                                      CASE WHEN r.rolcreatedb THEN 'CREATEDB' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END,
                                      CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END], NULL)
        ) AS a (attributes)
        WHERE r.rolname = current_user AND cardinality(a.attributes) > 0
    $$);

SELECT rds_guard.define_check('own_objects_public', 'own', 'high',
    scope => 'role',
    title => 'Everybody has privileges on a relation of yours',
    why => 'A grant to PUBLIC holds for every role that exists or will exist.',
    remedy => 'Revoke it from PUBLIC and grant to the roles that need it.',
    refs => ARRAY['CIS 4.6'],
    rule => $$
        SELECT rds_guard.relation_name(c.oid),
               format('PUBLIC has %s on %s', string_agg(DISTINCT a.privilege, ', '), rds_guard.relation_name(c.oid)),
               concat_ws(' ',
                   'REVOKE ' || string_agg(DISTINCT a.privilege, ', ') FILTER (WHERE a.grantor = c.relowner) || ' ON ' || o.object || ' FROM PUBLIC;',
                   -- an owner can take back what others granted only with their right to
                   string_agg(DISTINCT format('REVOKE GRANT OPTION FOR %s ON %s FROM %s CASCADE;', a.privilege, o.object, rds_guard.role_name(a.grantor)), ' ')
                       FILTER (WHERE a.grantor <> c.relowner)),
               jsonb_build_object('privileges', jsonb_agg(DISTINCT a.privilege))
        FROM pg_catalog.pg_class AS c
        CROSS JOIN LATERAL (
            SELECT x.privilege_type, x.grantor FROM aclexplode(c.relacl) AS x WHERE x.grantee = 0
            UNION ALL
            SELECT format('%s (%s)', x.privilege_type, rds_guard.ident(t.attname)), x.grantor
            FROM pg_catalog.pg_attribute AS t
            CROSS JOIN LATERAL aclexplode(t.attacl) AS x
            WHERE t.attrelid = c.oid AND t.attacl IS NOT NULL AND NOT t.attisdropped AND x.grantee = 0
        ) AS a (privilege, grantor)
        CROSS JOIN LATERAL (SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END || rds_guard.relation_name(c.oid)) AS o (object)
        WHERE c.relowner = (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user)
              AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.oid >= 16384
              AND c.relnamespace NOT IN (SELECT n.oid FROM pg_catalog.pg_namespace AS n
                                         WHERE n.nspname ~ '^pg_' OR n.nspname IN ('information_schema', 'rds_guard'))
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                              WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        GROUP BY c.oid, o.object
    $$);

SELECT rds_guard.define_check('own_default_privileges_public', 'own', 'high',
    scope => 'role',
    title => 'What you create from now on will be open to everybody',
    why => 'Your default privileges are copied into each object that you create.',
    remedy => 'Revoke them from PUBLIC, then look at what you created meanwhile (own_objects_public).',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT q.object, q.detail, q.fix, q.evidence
        FROM rds_guard.default_privileges_public() AS q
        WHERE q.creator = current_user
    $$);

SELECT rds_guard.define_check('own_password_no_expiry', 'own', 'low',
    scope => 'role',
    title => 'Your password never expires',
    why => 'A password that leaked once opens the door for ever.',
    remedy => 'Rotate it, and ask for a VALID UNTIL.',
    needs => 'SELECT on pg_authid, unless your role has an expiry date',
    refs => ARRAY['CIS 4.4'],
    rule => $$
        SELECT rds_guard.ident(r.rolname), format('%s has no expiry date', rds_guard.ident(r.rolname)),
               format('ALTER ROLE %s VALID UNTIL %L;', rds_guard.ident(r.rolname), to_char(now() + interval '90 days', 'YYYY-MM-DD')),
               jsonb_build_object('valid_until', r.rolvaliduntil)
        FROM pg_catalog.pg_roles AS r
        WHERE r.rolname = current_user AND r.rolcanlogin
              -- without an expiry date it depends on whether there is a password
              AND CASE WHEN coalesce(r.rolvaliduntil, 'infinity') = 'infinity' THEN
                      EXISTS (SELECT FROM rds_guard.password_kinds() AS k WHERE k.role = r.rolname AND k.kind <> 'none')
                  END
    $$);
