-- Who is, or can become, mightier than they look. Membership counts in every
-- way it can be used: inherited, by SET ROLE, or by granting it to oneself.

SELECT rds_guard.define_check('superuser_count', 'roles', 'high',
    title => 'There are superusers besides the one that initdb made',
    why => 'A superuser bypasses every check and can run programs as the operating system user. Each further one is one more account to lose, and nobody can tell afterwards which of them did what.',
    remedy => 'Give people and programs roles with just the rights that they need, and keep one superuser for emergencies.',
    refs => ARRAY['CIS 4.3', 'CIS 4.9', 'STIG V-261859', 'STIG V-261862', 'STIG V-261878', 'STIG V-261888'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN rds_guard.on_rds() THEN
                  rds_guard.not_applicable('on RDS and Aurora only the provider is superuser; rds_superuser_members asks the question there') END
        UNION ALL
        SELECT rds_guard.ident(r.rolname),
               format('%s is a superuser%s', rds_guard.ident(r.rolname), CASE WHEN r.rolcanlogin THEN ' and can log in' ELSE ', without login' END),
               format('ALTER ROLE %s NOSUPERUSER;', rds_guard.ident(r.rolname)),
               jsonb_build_object('can_login', r.rolcanlogin)
        FROM pg_catalog.pg_roles AS r
        -- the first one can be renamed, but not renumbered
        WHERE r.rolsuper AND r.oid <> 10
        UNION ALL
        SELECT rds_guard.ident(m.member),
               format('%s has the rights of %s, which stands in for superuser on %s', rds_guard.ident(m.member), rds_guard.ident(p.admin_role), p.platform),
               rds_guard.cut_path(m.path),
               jsonb_build_object('path', m.path)
        FROM rds_guard.platform() AS p
        -- asked only where a provider has such a role
        CROSS JOIN LATERAL rds_guard.role_memberships(to_role => p.admin_role, only_how => 'hold') AS m
        JOIN pg_catalog.pg_roles AS r ON r.rolname = m.member AND r.rolcanlogin AND NOT r.rolsuper
        WHERE p.admin_role IS NOT NULL AND NOT rds_guard.on_rds()
    $$);

SELECT rds_guard.define_check('superuser_reachable_path', 'roles', 'critical',
    title => 'A role without superuser can become one',
    why => 'SET ROLE works along a chain of memberships whether or not anything is inherited, so the list of superusers does not show who has the power. From PostgreSQL 16 on, ADMIN OPTION on a role in between is enough: its holder grants itself the rest.',
    remedy => 'End the membership at the last link of the chain, and give administrators a role of their own for the superuser tasks.',
    refs => ARRAY['CIS 4.8'],
    rule => $$
        SELECT rds_guard.ident(m.member),
               format('%s can get the rights of superuser %s: %s', rds_guard.ident(m.member),
                      string_agg(rds_guard.ident(m.role), ', ' ORDER BY m.depth, m.role),
                      string_agg(rds_guard.path_text(m.path), '; ' ORDER BY m.depth, m.role)),
               string_agg(DISTINCT rds_guard.cut_path(m.path), ' '),
               jsonb_build_object('paths', jsonb_agg(m.path ORDER BY m.depth, m.role))
        FROM rds_guard.role_memberships(only_how => 'hold') AS m
        JOIN pg_catalog.pg_roles AS t ON t.rolname = m.role AND t.rolsuper
        JOIN pg_catalog.pg_roles AS r ON r.rolname = m.member AND r.rolcanlogin AND NOT r.rolsuper
        GROUP BY m.member
    $$);

SELECT rds_guard.define_check('rds_superuser_members', 'roles', 'high',
    title => 'More than the master user holds rds_superuser',
    why => 'rds_superuser is the most powerful role that a customer has: it manages every other role, extensions, replication and parameters. One login role, the master user, has it by design; which of several that is, the database does not tell. Members of rds_password and rds_extension can change passwords of others and install extensions.',
    remedy => 'Revoke rds_superuser from all but the master user, also where it comes through a group.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.on_rds() THEN rds_guard.not_applicable('only RDS and Aurora have rds_superuser') END
        UNION ALL
        SELECT q.object, q.detail, q.fix, q.evidence
        FROM (
            SELECT rds_guard.ident(m.member) AS object,
                   format('%s holds %s: %s', rds_guard.ident(m.member), rds_guard.ident(m.role), rds_guard.path_text(m.path)) AS detail,
                   -- what the provider granted made the master user: it stays
                   CASE WHEN NOT (m.role = 'rds_superuser' AND rds_guard.is_granted_by_provider(m.role, m.member))
                        THEN rds_guard.cut_path(m.path) END AS fix,
                   jsonb_build_object('path', m.path) AS evidence,
                   m.role, count(*) OVER (PARTITION BY m.role) AS members,
                   row_number() OVER (PARTITION BY m.member ORDER BY m.role <> 'rds_superuser', m.role) AS best
            FROM rds_guard.role_memberships(only_how => 'hold') AS m
            JOIN pg_catalog.pg_roles AS r ON r.rolname = m.member AND r.rolcanlogin AND NOT r.rolsuper
            WHERE m.role IN ('rds_superuser', 'rds_password', 'rds_extension', 'rdsadmin')
                  AND m.member NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
        ) AS q
        WHERE rds_guard.on_rds() AND q.best = 1 AND (q.role <> 'rds_superuser' OR q.members > 1)
    $$);

SELECT rds_guard.define_check('createrole_roles', 'roles', 'medium',
    title => 'A role without superuser may create roles',
    why => 'Up to PostgreSQL 15 CREATEROLE may change every role that is no superuser, grant predefined roles and set passwords. From 16 on it is bound to the roles that it administers, and still makes accounts that nobody else keeps book of.',
    remedy => 'Take CREATEROLE away from roles that applications or people log in with; let one provisioning role have it.',
    refs => ARRAY['CIS 4.3', 'STIG V-261898'],
    rule => $$
        SELECT rds_guard.ident(r.rolname),
               format('%s has CREATEROLE%s', rds_guard.ident(r.rolname), CASE WHEN r.rolcanlogin THEN ' and can log in' ELSE '' END),
               format('ALTER ROLE %s NOCREATEROLE;', rds_guard.ident(r.rolname)),
               jsonb_build_object('can_login', r.rolcanlogin)
        FROM pg_catalog.pg_roles AS r
        WHERE r.rolcreaterole AND r.rolname NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
              AND r.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
    $$);

SELECT rds_guard.define_check('createrole_escalation_pre16', 'roles', 'critical',
    title => 'A role can make itself superuser by CREATEROLE',
    why => 'Before PostgreSQL 16 a role with CREATEROLE can grant itself pg_execute_server_program and run any program as the operating system user of the server: it is a superuser in all but name. On RDS it can grant itself rds_superuser.',
    remedy => 'Take CREATEROLE away, or upgrade to PostgreSQL 16 or later.',
    refs => ARRAY['STIG V-261898'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN
                  rds_guard.not_applicable('from PostgreSQL 16 on CREATEROLE is bound to the roles that it administers') END
        UNION ALL
        SELECT rds_guard.ident(r.rolname),
               CASE WHEN r.rolcreaterole THEN format('%s has CREATEROLE and can grant itself pg_execute_server_program', rds_guard.ident(r.rolname))
                    ELSE format('%s can become %s, which has CREATEROLE: %s', rds_guard.ident(r.rolname), rds_guard.ident(w.role), rds_guard.path_text(w.path))
               END,
               CASE WHEN r.rolcreaterole THEN format('ALTER ROLE %s NOCREATEROLE;', rds_guard.ident(r.rolname))
                    ELSE rds_guard.cut_path(w.path)
               END,
               jsonb_build_object('path', coalesce(w.path, ARRAY[r.rolname]))
        FROM pg_catalog.pg_roles AS r
        LEFT JOIN (
            SELECT DISTINCT ON (m.member) m.member, m.role, m.path
            FROM rds_guard.role_memberships(only_how => 'become') AS m
            JOIN pg_catalog.pg_roles AS t ON t.rolname = m.role AND t.rolcreaterole AND NOT t.rolsuper
            ORDER BY m.member, m.depth, m.role
        ) AS w ON w.member = r.rolname
        WHERE r.rolcanlogin AND (r.rolcreaterole OR w.member IS NOT NULL)
              AND r.rolname NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
              AND r.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
    $$);

SELECT rds_guard.define_check('predefined_role_os_access', 'roles', 'critical',
    title => 'A role may read or write files or run programs on the server',
    why => 'pg_execute_server_program, pg_read_server_files and pg_write_server_files act as the operating system user that owns the data directory. Each leads to superuser: by running a program, by reading the verifiers and keys, by writing a library or pg_hba.conf.',
    remedy => 'Revoke the role named; use \copy and tools on the client side for import and export.',
    refs => ARRAY['CIS 4.9', 'STIG V-261888', 'STIG V-261915'],
    rule => $$
        SELECT rds_guard.ident(m.member),
               format('%s can use %s: %s', rds_guard.ident(m.member),
                      string_agg(rds_guard.ident(m.role), ', ' ORDER BY m.role),
                      string_agg(rds_guard.path_text(m.path), '; ' ORDER BY m.role)),
               string_agg(DISTINCT rds_guard.cut_path(m.path), ' '),
               jsonb_build_object('paths', jsonb_agg(m.path ORDER BY m.role))
        FROM rds_guard.role_memberships(only_how => 'hold') AS m
        JOIN pg_catalog.pg_roles AS r ON r.rolname = m.member AND r.rolcanlogin
        WHERE m.role IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')
              AND m.member NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
        GROUP BY m.member
    $$);

SELECT rds_guard.define_check('predefined_role_data_access', 'roles', 'high',
    title => 'A role may read or write every table',
    why => 'pg_read_all_data and pg_write_all_data stand in no table''s list of privileges, so whoever looks there overlooks them. On a server of one''s own pg_read_all_data also reads the password verifiers in pg_authid. From PostgreSQL 19 on they cover large objects too.',
    remedy => 'Grant the tables and schemas that the role needs, and revoke the predefined role.',
    refs => ARRAY['CIS 4.9', 'STIG V-261885'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = 'pg_read_all_data') THEN
                  rds_guard.not_applicable('this version has no pg_read_all_data') END
        UNION ALL
        SELECT rds_guard.ident(m.member),
               format('%s can use %s: %s', rds_guard.ident(m.member),
                      string_agg(rds_guard.ident(m.role), ', ' ORDER BY m.role),
                      string_agg(rds_guard.path_text(m.path), '; ' ORDER BY m.role)),
               string_agg(DISTINCT rds_guard.cut_path(m.path), ' '),
               jsonb_build_object('paths', jsonb_agg(m.path ORDER BY m.role))
        FROM rds_guard.role_memberships(only_how => 'hold') AS m
        JOIN pg_catalog.pg_roles AS r ON r.rolname = m.member AND r.rolcanlogin
        WHERE m.role IN ('pg_read_all_data', 'pg_write_all_data')
              AND m.member NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
        GROUP BY m.member
    $$);

SELECT rds_guard.define_check('replication_roles', 'roles', 'high',
    title => 'A role without superuser may replicate the server',
    why => 'Physical replication copies everything, the password verifiers and every database included, past all privileges and row security. Each such role is worth as much as a backup of the server.',
    remedy => 'Keep REPLICATION to the roles of standbys and backup tools, restrict these in pg_hba.conf to their addresses, and let them authenticate by certificate.',
    refs => ARRAY['CIS 4.3', 'CIS 7.1'],
    rule => $$
        WITH reached AS (
            SELECT DISTINCT ON (m.member) m.member, m.role, m.path
            FROM rds_guard.role_memberships() AS m
            JOIN pg_catalog.pg_roles AS t ON t.rolname = m.role
            WHERE (m.how = 'become' AND t.rolreplication AND NOT t.rolsuper)
                  -- RDS tells by membership, without the attribute
                  OR (m.how = 'hold' AND t.rolname = 'rds_replication' AND rds_guard.on_rds())
            ORDER BY m.member, m.depth, m.role
        )
        SELECT rds_guard.ident(r.rolname),
               CASE WHEN r.rolreplication THEN format('%s has REPLICATION', rds_guard.ident(r.rolname))
                    ELSE format('%s can use the replication right of %s: %s', rds_guard.ident(r.rolname), rds_guard.ident(w.role), rds_guard.path_text(w.path))
               END,
               CASE WHEN r.rolreplication THEN format('ALTER ROLE %s NOREPLICATION;', rds_guard.ident(r.rolname))
                    ELSE rds_guard.cut_path(w.path)
               END,
               jsonb_build_object('path', coalesce(w.path, ARRAY[r.rolname]))
        FROM pg_catalog.pg_roles AS r
        LEFT JOIN reached AS w ON w.member = r.rolname
        WHERE r.rolcanlogin AND (r.rolreplication OR w.member IS NOT NULL)
              AND r.rolname NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
              AND r.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
    $$);

SELECT rds_guard.define_check('bypassrls_roles', 'roles', 'high',
    title => 'A role without superuser bypasses row security',
    why => 'For a role with BYPASSRLS, and for everybody who can SET ROLE to it, row security policies do not exist: tenants see each other''s rows.',
    remedy => 'Take BYPASSRLS away and write a policy for what the role has to see.',
    refs => ARRAY['CIS 4.3', 'CIS 4.7'],
    rule => $$
        WITH reached AS (
            SELECT DISTINCT ON (m.member) m.member, m.role, m.path
            FROM rds_guard.role_memberships(only_how => 'become') AS m
            JOIN pg_catalog.pg_roles AS t ON t.rolname = m.role AND t.rolbypassrls AND NOT t.rolsuper
            ORDER BY m.member, m.depth, m.role
        )
        SELECT rds_guard.ident(r.rolname),
               CASE WHEN r.rolbypassrls THEN format('%s has BYPASSRLS', rds_guard.ident(r.rolname))
                    ELSE format('%s can become %s, which has BYPASSRLS: %s', rds_guard.ident(r.rolname), rds_guard.ident(w.role), rds_guard.path_text(w.path))
               END,
               CASE WHEN r.rolbypassrls THEN format('ALTER ROLE %s NOBYPASSRLS;', rds_guard.ident(r.rolname))
                    ELSE rds_guard.cut_path(w.path)
               END,
               jsonb_build_object('path', coalesce(w.path, ARRAY[r.rolname]), 'can_login', r.rolcanlogin)
        FROM pg_catalog.pg_roles AS r
        LEFT JOIN reached AS w ON w.member = r.rolname AND r.rolcanlogin
        WHERE (r.rolbypassrls OR w.member IS NOT NULL)
              AND r.rolname NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
              AND r.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
    $$);

SELECT rds_guard.define_check('admin_option_grants', 'roles', 'medium',
    title => 'A role may hand on a membership',
    why => 'Whoever holds ADMIN OPTION decides who else gets the role, itself included, without asking an administrator.',
    remedy => 'Revoke the ADMIN OPTION and let a provisioning role grant memberships. If others were granted the role meanwhile, the fix says so and needs CASCADE, which ends these memberships too.',
    refs => ARRAY['STIG V-261862'],
    rule => $$
        SELECT rds_guard.ident(r.rolname) || ' IN ' || rds_guard.ident(t.rolname),
               format('%s may grant %s to others', rds_guard.ident(r.rolname), rds_guard.ident(t.rolname)),
               string_agg(format('REVOKE ADMIN OPTION FOR %s FROM %s%s;', rds_guard.ident(t.rolname), rds_guard.ident(r.rolname),
                                 CASE WHEN current_setting('server_version_num')::integer >= 160000
                                      THEN ' GRANTED BY ' || rds_guard.role_name(m.grantor) ELSE '' END), ' ' ORDER BY m.grantor),
               jsonb_build_object('member', r.rolname, 'role', t.rolname)
        FROM pg_catalog.pg_auth_members AS m
        JOIN pg_catalog.pg_roles AS r ON r.oid = m.member
        JOIN pg_catalog.pg_roles AS t ON t.oid = m.roleid
        WHERE m.admin_option
              AND r.rolname NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
              -- From 16 on whoever creates a role gets this grant from the
              -- system; it cannot be avoided and says no more than CREATEROLE.
              -- A superuser can make one that looks the same.
              AND NOT (m.grantor = 10 AND to_jsonb(m) ->> 'inherit_option' = 'false' AND to_jsonb(m) ->> 'set_option' = 'false'
                       AND r.rolcreaterole AND t.rolname !~ '^pg_')
        GROUP BY r.rolname, t.rolname
    $$);

SELECT rds_guard.define_check('noinherit_hidden_privilege', 'roles', 'medium',
    title => 'A role can reach power that it does not show',
    why => 'Tools that ask has_table_privilege() or list inherited rights see only what a role has at once. Through a membership that is not inherited, or by granting itself one, this role gets to attributes and predefined roles that such an audit leaves out.',
    remedy => 'Where the separation is meant (an administrator who has to say SET ROLE), keep it and know it; elsewhere revoke the membership.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT rds_guard.ident(m.member),
               format('%s does not inherit %s, yet gets to it: %s', rds_guard.ident(m.member),
                      string_agg(rds_guard.ident(m.role), ', ' ORDER BY m.role),
                      string_agg(rds_guard.path_text(m.path), '; ' ORDER BY m.role)),
               string_agg(DISTINCT rds_guard.cut_path(m.path), ' '),
               jsonb_build_object('paths', jsonb_agg(m.path ORDER BY m.role))
        FROM rds_guard.role_memberships(only_how => 'hold') AS m
        JOIN pg_catalog.pg_roles AS r ON r.rolname = m.member AND r.rolcanlogin
        JOIN pg_catalog.pg_roles AS t ON t.rolname = m.role
        WHERE NOT pg_has_role(r.oid, t.oid, 'USAGE')
              AND (t.rolsuper OR t.rolcreaterole OR t.rolbypassrls OR t.rolreplication
                   OR t.rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files',
                                    'pg_read_all_data', 'pg_write_all_data', 'pg_maintain', 'pg_signal_backend',
                                    'pg_create_subscription')
                   OR t.rolname IN (SELECT p.admin_role FROM rds_guard.platform() AS p))
              AND m.member NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
        GROUP BY m.member
    $$);

SELECT rds_guard.define_check('escalation_path_exists', 'roles', 'critical',
    title => 'A role can get a superuser''s power by more than memberships',
    why => 'Code that a stronger role runs is the way around all privileges: whoever can replace it, slip in front of it or attach to it acts as that role. The path is the shortest one, each step with what allows it. Paths of memberships alone are told by superuser_reachable_path and its neighbours.',
    remedy => 'Run the fix, then look again: the next shortest path shows only when this one is gone.',
    needs => 'any role; for jobs of pg_cron BYPASSRLS, for hidden user mappings the owner of their server',
    refs => ARRAY['STIG V-261884', 'STIG V-261916'],
    rule => $$
        WITH paths AS MATERIALIZED (
            SELECT p.role, min(p.power) AS power, min(p.fix) AS fix, max(p.steps) AS steps,
                   string_agg(p.sentence, ' ' ORDER BY p.step) AS sentences,
                   jsonb_agg(jsonb_build_object('step', p.step, 'kind', p.kind, 'acts_as', p.acts_as, 'gains', p.gains, 'evidence', p.evidence) ORDER BY p.step) AS evidence
            FROM rds_guard.escalation_paths() AS p
            GROUP BY p.role
            HAVING bool_or(p.kind NOT IN ('inherit', 'set', 'admin', 'createrole'))
        )
        -- what was found counts, even if there was something that could not be seen
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT EXISTS (SELECT FROM paths) THEN
                  (SELECT rds_guard.unknown(u.reason, u.hint) FROM rds_guard.escalation_unseen() AS u LIMIT 1) END
        UNION ALL
        SELECT rds_guard.ident(p.role),
               format('%s can get the power of %s in %s: %s', rds_guard.ident(p.role), CASE p.power WHEN 'superuser' THEN 'a superuser' ELSE rds_guard.ident(p.power) END,
                      CASE p.steps WHEN 1 THEN 'one step' ELSE p.steps || ' steps' END, p.sentences),
               p.fix,
               jsonb_build_object('power', p.power, 'steps', p.evidence)
        FROM paths AS p
        WHERE p.role NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
              AND p.role NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
    $$);
