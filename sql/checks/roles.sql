-- Who is, or can become, mightier than they look. Membership counts in every
-- way it can be used: inherited, by SET ROLE, or by granting it to oneself.

SELECT rds_guard.define_check('superuser_count', 'roles', 'high',
    title => 'There are superusers besides the one that initdb made',
    why => 'A superuser bypasses every check and can run programs as the operating system user. Each further one is one more account to lose, and nobody can tell afterwards which of them did what.',
    remedy => 'Give people and programs roles with just the rights that they need, and keep one superuser for emergencies. Name those that are meant in the policy superusers.',
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
               || CASE WHEN r.rolname = ANY (rds_guard.policy_names('superusers')) THEN '{"allowed_by": "superusers"}' ELSE '{}' END::jsonb
        FROM pg_catalog.pg_roles AS r
        -- the first one can be renamed, but not renumbered
        WHERE r.rolsuper AND r.oid <> 10
        UNION ALL
        SELECT rds_guard.ident(m.member),
               format('%s has the rights of %s, which stands in for superuser on %s', rds_guard.ident(m.member), rds_guard.ident(p.admin_role), p.platform),
               rds_guard.cut_path(m.path),
               jsonb_build_object('path', m.path)
               || CASE WHEN m.member = ANY (rds_guard.policy_names('superusers')) THEN '{"allowed_by": "superusers"}' ELSE '{}' END::jsonb
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
    title => 'More than the master user holds a role of RDS for administration',
    why => 'rds_superuser is the most powerful role that a customer has: it manages every other role, extensions, replication and parameters. One login role, the master user, has it by design; which of several that is, the database does not tell. Members of rds_password can change passwords of others, those of rds_extension install what is delegated to them, and those of rds_replication can read every change of data.',
    remedy => 'Revoke rds_superuser from all but the master user, and the others from who does not need them, also where they come through a group.',
    refs => ARRAY[]::text[],
    rule => $$
        WITH held AS MATERIALIZED (
            SELECT m.member, m.role, m.path, m.role IN ('rds_superuser', 'rdsadmin') AS highest
            FROM rds_guard.role_memberships(only_how => 'hold') AS m
            JOIN pg_catalog.pg_roles AS r ON r.rolname = m.member AND r.rolcanlogin AND NOT r.rolsuper
            WHERE m.role IN ('rds_superuser', 'rds_password', 'rds_extension', 'rds_replication', 'rdsadmin')
                  AND m.member NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
                  AND rds_guard.on_rds()
        )
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.on_rds() THEN rds_guard.not_applicable('only RDS and Aurora have rds_superuser') END
        UNION ALL
        SELECT rds_guard.ident(q.member),
               format('%s holds %s: %s', rds_guard.ident(q.member), rds_guard.ident(q.role), rds_guard.path_text(q.path)),
               -- what the provider granted made the master user: it stays
               CASE WHEN NOT (q.role = 'rds_superuser' AND rds_guard.is_granted_by_provider(q.role, q.member)) THEN rds_guard.cut_path(q.path) END,
               jsonb_build_object('path', q.path)
        FROM (SELECT h.*, count(*) OVER (PARTITION BY h.role) AS members FROM held AS h WHERE h.highest) AS q
        WHERE q.role <> 'rds_superuser' OR q.members > 1
        UNION ALL
        SELECT rds_guard.ident(h.member),
               format('%s holds %s: %s', rds_guard.ident(h.member), string_agg(rds_guard.ident(h.role), ', ' ORDER BY h.role),
                      string_agg(rds_guard.path_text(h.path), '; ' ORDER BY h.role)),
               string_agg(DISTINCT rds_guard.cut_path(h.path), ' '),
               jsonb_build_object('paths', jsonb_agg(h.path ORDER BY h.role), 'severity', 'medium')
        FROM held AS h
        -- it goes with rds_superuser
        WHERE h.member NOT IN (SELECT s.member FROM held AS s WHERE s.highest)
        GROUP BY h.member
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
        SELECT rds_guard.ident(h.role),
               CASE WHEN h.itself THEN format('%s has CREATEROLE and can grant itself pg_execute_server_program', rds_guard.ident(h.role))
                    ELSE format('%s can become %s, which has CREATEROLE: %s', rds_guard.ident(h.role), rds_guard.ident(h.holder), rds_guard.path_text(h.path))
               END,
               CASE WHEN h.itself THEN format('ALTER ROLE %s NOCREATEROLE;', rds_guard.ident(h.role)) ELSE rds_guard.cut_path(h.path) END,
               jsonb_build_object('path', h.path)
        FROM rds_guard.attribute_holders('CREATEROLE') AS h
        WHERE h.can_login
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
        SELECT rds_guard.ident(h.role),
               CASE WHEN h.itself THEN format('%s has REPLICATION', rds_guard.ident(h.role))
                    ELSE format('%s can use the replication right of %s: %s', rds_guard.ident(h.role), rds_guard.ident(h.holder), rds_guard.path_text(h.path))
               END,
               CASE WHEN h.itself THEN format('ALTER ROLE %s NOREPLICATION;', rds_guard.ident(h.role)) ELSE rds_guard.cut_path(h.path) END,
               jsonb_build_object('path', h.path)
        FROM rds_guard.attribute_holders('REPLICATION') AS h
        WHERE h.can_login
    $$);

SELECT rds_guard.define_check('bypassrls_roles', 'roles', 'high',
    title => 'A role without superuser bypasses row security',
    why => 'For a role with BYPASSRLS, and for everybody who can SET ROLE to it, row security policies do not exist: tenants see each other''s rows.',
    remedy => 'Take BYPASSRLS away and write a policy for what the role has to see.',
    refs => ARRAY['CIS 4.3', 'CIS 4.7'],
    rule => $$
        SELECT rds_guard.ident(h.role),
               CASE WHEN h.itself THEN format('%s has BYPASSRLS', rds_guard.ident(h.role))
                    ELSE format('%s can become %s, which has BYPASSRLS: %s', rds_guard.ident(h.role), rds_guard.ident(h.holder), rds_guard.path_text(h.path))
               END,
               CASE WHEN h.itself THEN format('ALTER ROLE %s NOBYPASSRLS;', rds_guard.ident(h.role)) ELSE rds_guard.cut_path(h.path) END,
               jsonb_build_object('path', h.path, 'can_login', h.can_login)
        FROM rds_guard.attribute_holders('BYPASSRLS') AS h
        -- also who nobody logs in as: it may own a function or a view
        WHERE h.can_login OR h.itself
    $$);

SELECT rds_guard.define_check('createdb_roles', 'roles', 'low',
    title => 'A role without superuser may create databases',
    why => 'Who creates a database owns it: from PostgreSQL 14 on its owner is in pg_database_owner, to which from 15 on its schema public belongs. Databases that nobody keeps book of are neither backed up nor audited, and fill the disk of the others.',
    remedy => 'Take CREATEDB away and let one provisioning role create databases.',
    refs => ARRAY['CIS 4.3', 'STIG V-261898'],
    rule => $$
        SELECT rds_guard.ident(h.role),
               CASE WHEN h.itself THEN format('%s has CREATEDB', rds_guard.ident(h.role))
                    ELSE format('%s can become %s, which has CREATEDB: %s', rds_guard.ident(h.role), rds_guard.ident(h.holder), rds_guard.path_text(h.path))
               END,
               CASE WHEN h.itself THEN format('ALTER ROLE %s NOCREATEDB;', rds_guard.ident(h.role)) ELSE rds_guard.cut_path(h.path) END,
               jsonb_build_object('path', h.path)
        FROM rds_guard.attribute_holders('CREATEDB') AS h
        WHERE h.can_login
    $$);

SELECT rds_guard.define_check('predefined_role_misc', 'roles', 'low',
    title => 'A role may use a predefined role for monitoring or maintenance',
    why => 'pg_read_all_settings shows primary_conninfo, which may hold a password; pg_read_all_stats shows the statements of everybody, with what was written into them; pg_signal_backend ends sessions; pg_maintain runs code of the owners of indexes and materialized views; pg_create_subscription copies from other servers. Each is meant for few, and shows in no list of privileges on objects.',
    remedy => 'Revoke the role named, or name its holder, or the group through which it has it, in the policy operators.',
    refs => ARRAY['CIS 4.9'],
    rule => $$
        SELECT rds_guard.ident(m.member),
               format('%s can use %s: %s', rds_guard.ident(m.member),
                      string_agg(rds_guard.ident(m.role), ', ' ORDER BY m.role),
                      string_agg(rds_guard.path_text(m.path), '; ' ORDER BY m.role)),
               string_agg(DISTINCT rds_guard.cut_path(m.path), ' '),
               jsonb_build_object('paths', jsonb_agg(m.path ORDER BY m.role))
               || CASE WHEN bool_and(m.path[:cardinality(m.path) - 1] && rds_guard.policy_names('operators')) THEN '{"allowed_by": "operators"}' ELSE '{}' END::jsonb
        FROM rds_guard.role_memberships(only_how => 'hold') AS m
        JOIN pg_catalog.pg_roles AS r ON r.rolname = m.member AND r.rolcanlogin
        -- whatever predefined roles there are, but those that other checks ask
        -- about, and that of the owner of the database
        WHERE m.role ~ '^pg_'
              AND m.role NOT IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files',
                                 'pg_read_all_data', 'pg_write_all_data', 'pg_database_owner')
              -- what one of them has by another, as pg_monitor does, goes with it
              AND NOT EXISTS (SELECT FROM unnest(m.path[2:cardinality(m.path) - 1]) AS s (role) WHERE s.role ~ '^pg_')
              AND m.member NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
              AND m.member NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
        GROUP BY m.member
    $$);

SELECT rds_guard.define_check('login_role_used_as_group', 'roles', 'low',
    title => 'A role that can log in is granted to others',
    why => 'Its members act as it, so what the log says about it may have been done by any of them, and who knows its password has what was meant for a group. Such accounts are shared more often than not.',
    remedy => 'Grant the members a role without login that has what they need, and revoke this one; or, where it is the group, take LOGIN from it.',
    refs => ARRAY['STIG V-261890'],
    rule => $$
        WITH members AS (
            SELECT g.rolname AS role, m.rolname AS member
            FROM pg_catalog.pg_auth_members AS a
            JOIN pg_catalog.pg_roles AS g ON g.oid = a.roleid AND g.rolcanlogin
            JOIN pg_catalog.pg_roles AS m ON m.oid = a.member
            WHERE m.rolname NOT IN (SELECT d.role FROM rds_guard.administrators() AS d (role))
                  AND g.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
                  -- From 16 on a grant may be for ADMIN OPTION alone, as whoever
                  -- creates a role gets it: that uses no group.
                  AND (to_jsonb(a) ->> 'inherit_option' IS DISTINCT FROM 'false' OR to_jsonb(a) ->> 'set_option' IS DISTINCT FROM 'false')
            GROUP BY g.rolname, m.rolname
        )
        SELECT rds_guard.ident(q.role),
               format('%s can log in and has %s member(s): %s%s', rds_guard.ident(q.role), q.members,
                      (SELECT string_agg(rds_guard.ident(n.member), ', ' ORDER BY n.place)
                       FROM unnest(q.names[1:5]) WITH ORDINALITY AS n (member, place)),
                      CASE WHEN q.members > 5 THEN ', ...' ELSE '' END),
               (SELECT string_agg(rds_guard.revoke_membership(q.role, n.member), ' ' ORDER BY n.place)
                FROM unnest(q.names) WITH ORDINALITY AS n (member, place)),
               jsonb_build_object('members', q.members, 'first', q.names[1:5])
        FROM (SELECT s.role, count(*) AS members, array_agg(s.member ORDER BY s.member) AS names
              FROM members AS s
              GROUP BY s.role) AS q
    $$);

SELECT rds_guard.define_check('orphan_roles', 'roles', 'low',
    title => 'A role has nothing and belongs to nothing',
    why => 'It owns nothing and was granted nothing in any database, is in no group, has no members, no session and no attribute that would be of use alone. An account that was left behind is one that nobody misses when it is taken over.',
    remedy => 'Drop the role; if it is wanted, for instance for what PUBLIC may do, grant it that explicitly. Lines of pg_hba.conf may still name it.',
    refs => ARRAY['CIS 4.4', 'STIG V-261886'],
    rule => $$
        SELECT rds_guard.ident(r.rolname),
               format('%s%s has no privilege, object, group, member or session', rds_guard.ident(r.rolname),
                      CASE WHEN r.rolcanlogin THEN ', which can log in,' ELSE '' END),
               format('DROP ROLE %s;', rds_guard.ident(r.rolname)),
               jsonb_build_object('can_login', r.rolcanlogin)
        FROM pg_catalog.pg_roles AS r
        WHERE NOT (r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls)
              -- shared: it knows of the objects and privileges in all databases
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_shdepend AS d
                              WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass AND d.refobjid = r.oid)
              AND r.oid NOT IN (SELECT m.member FROM pg_catalog.pg_auth_members AS m UNION ALL SELECT m.roleid FROM pg_catalog.pg_auth_members AS m)
              -- everybody sees who has a session, if not what it does
              AND r.oid NOT IN (SELECT a.usesysid FROM pg_catalog.pg_stat_activity AS a WHERE a.usesysid IS NOT NULL)
              AND r.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
    $$);

SELECT rds_guard.define_check('role_name_deceptive', 'roles', 'medium',
    title => 'The name of a role can be taken for something else',
    why => 'A line break in a name forges lines of the log, a space at its end or a letter of another script makes it look like the name of somebody else, in a report, a review or a GRANT. PostgreSQL 19 refuses names with line breaks, so that pg_upgrade stops at them.',
    remedy => 'Find out who made the role and why, then ALTER ROLE ... RENAME TO a plain name. An MD5 password is lost by that.',
    refs => ARRAY[]::text[],
    rule => $$
        WITH letters AS (
            -- what looks like a letter or digit of ASCII, or like a space, and is none
            SELECT CASE WHEN getdatabaseencoding() = 'UTF8'
                        THEN '\u0251\u0261\u0269\u026A\u0280\u028F\u0299\u029C\u029F\u0391\u0392\u0395-\u0397\u0399\u039A\u039C\u039D\u039F\u03A1\u03A4\u03A5\u03A7'
                             || '\u03B1\u03B3\u03B9\u03BA\u03BD\u03BF\u03C1\u03C5\u03F2\u03F3\u0405\u0406\u0408\u0410\u0412\u0415\u041A\u041C-\u041E\u0420-\u0422\u0425'
                             || '\u0430\u0435\u043E\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u0475\u04AE\u04AF\u04BB\u04C0\u04CF\u0501\u051B\u051D'
                             || '\u0555\u0578\u057D\u0581\u0585\uFF01-\uFF5E\u2010-\u2015\u2212\u2044\u2100-\u214F\U0001D400-\U0001D7FF'
                   END AS twins,
                   CASE WHEN getdatabaseencoding() = 'UTF8' THEN '\s\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000'
                        WHEN getdatabaseencoding() ~ '^(LATIN|ISO)' THEN '\s\u00A0'
                        ELSE '\s' END AS spaces,
                   rds_guard.tricky_characters() AS tricky
        ), names AS MATERIALIZED (
            SELECT r.oid, r.rolname,
                   -- only ASCII is safe to be translated: the bytes of a name may
                   -- be those of another database's encoding
                   CASE WHEN r.rolname ~ '^[ -~]*$' THEN translate(lower(r.rolname), '01-. $', 'ol____') END AS shape,
                   r.rolsuper OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls
                   OR r.rolname IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
                   OR r.rolname IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role)) AS mighty
            FROM pg_catalog.pg_roles AS r
        ), imitations AS (
            -- of two mighty ones the younger
            SELECT n.oid, (array_agg(m.rolname ORDER BY m.oid))[1] AS imitates
            FROM names AS m
            JOIN names AS n ON n.shape = m.shape AND n.oid <> m.oid AND (m.oid < n.oid OR NOT n.mighty)
            WHERE m.mighty AND n.oid <> 10
            GROUP BY n.oid
        ), odd AS (
            SELECT n.rolname, i.imitates,
                   array_remove(ARRAY[
                       CASE WHEN n.shape IS NULL AND n.rolname ~ l.tricky THEN 'has characters that a terminal obeys or does not show' END,
                       CASE WHEN n.rolname ~ ('^[' || l.spaces || ']|[' || l.spaces || ']$') THEN 'begins or ends with a space' END,
                       CASE WHEN n.shape IS NULL AND n.rolname ~ ('[' || l.twins || ']') AND n.rolname ~ ('^[ -~' || l.twins || ']*$')
                            THEN 'looks like ASCII and is not' END,
                       'looks like ' || rds_guard.ident(i.imitates)], NULL) AS reasons
            FROM names AS n
            CROSS JOIN letters AS l
            LEFT JOIN imitations AS i ON i.oid = n.oid
            WHERE n.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
        )
        SELECT rds_guard.ident(o.rolname),
               format('%s %s', rds_guard.ident(o.rolname), array_to_string(o.reasons, ', ')),
               NULL, jsonb_build_object('reasons', o.reasons, 'imitates', o.imitates)
        FROM odd AS o
        WHERE cardinality(o.reasons) > 0
    $$);

SELECT rds_guard.define_check('app_role_owns_objects', 'roles', 'medium',
    title => 'A role that can log in acts as owner of objects',
    why => 'An owner is not bound by row security unless it is forced, may disable triggers, drop policies and tables and hand on any privilege, so an injected statement can do all that. It makes no difference whether the role owns the objects itself or by membership in the owner.',
    remedy => 'Let a role without login own the objects (REASSIGN OWNED), let the application log in as another that is granted what it needs, and deploy as a third. Name the roles that deploy, or their group, in the policy owners.',
    refs => ARRAY['CIS 4.3', 'STIG V-261884', 'STIG V-261914'],
    rule => $$
        WITH owners AS MATERIALIZED (
            SELECT o.owner, o.owns, o.evidence
            FROM rds_guard.owned_objects() AS o
            -- other checks ask about those
            WHERE o.owner <> 'pg_database_owner' AND o.owner NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
        ), actors AS (
            SELECT o.owner AS member, o.owner, ARRAY[o.owner] AS path, ARRAY[o.owner] AS named
            FROM owners AS o
            UNION ALL
            SELECT m.member, m.role, m.path, m.path[:cardinality(m.path) - 1]
            FROM rds_guard.role_memberships(only_how => 'hold') AS m
            JOIN owners AS o ON o.owner = m.role
        )
        SELECT rds_guard.ident(a.member),
               format('%s can log in and %s', rds_guard.ident(a.member),
                      string_agg(CASE WHEN a.owner = a.member THEN format('owns %s', o.owns)
                                      ELSE format('can act as %s, which owns %s: %s', rds_guard.ident(a.owner), o.owns, rds_guard.path_text(a.path)) END,
                                 ', ' ORDER BY cardinality(a.path), a.owner)),
               -- what it owns itself has to be given to somebody first
               CASE WHEN NOT bool_or(a.owner = a.member) THEN string_agg(DISTINCT rds_guard.cut_path(a.path), ' ') END,
               jsonb_build_object('owners', jsonb_agg(o.evidence || jsonb_build_object('path', a.path) ORDER BY cardinality(a.path), a.owner))
               || CASE WHEN bool_and(a.named && rds_guard.policy_names('owners')) THEN '{"allowed_by": "owners"}' ELSE '{}' END::jsonb
        FROM actors AS a
        JOIN owners AS o ON o.owner = a.owner
        JOIN pg_catalog.pg_roles AS r ON r.rolname = a.member AND r.rolcanlogin
        WHERE a.member NOT IN (SELECT d.role FROM rds_guard.administrators() AS d (role))
              AND a.member NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
        GROUP BY a.member
    $$);

SELECT rds_guard.define_check('database_owned_by_login_role', 'roles', 'low',
    title => 'A database belongs to a role that can log in',
    why => 'The owner of a database may change its settings and drop it; from PostgreSQL 14 on it is in pg_database_owner, to which from 15 on the schema public belongs, with all that is created there.',
    remedy => 'Give the database to a role without login (ALTER DATABASE ... OWNER TO), and grant its present owner what it needs. Name owners that are meant in the policy owners.',
    refs => ARRAY['STIG V-261884', 'STIG V-261924'],
    rule => $$
        SELECT rds_guard.ident(d.datname),
               format('database %s belongs to %s, which can log in', rds_guard.ident(d.datname), rds_guard.ident(r.rolname)),
               -- who should have it nobody but the site knows
               NULL, jsonb_build_object('owner', r.rolname)
               || CASE WHEN r.rolname = ANY (rds_guard.policy_names('owners')) THEN '{"allowed_by": "owners"}' ELSE '{}' END::jsonb
        FROM pg_catalog.pg_database AS d
        JOIN pg_catalog.pg_roles AS r ON r.oid = d.datdba AND r.rolcanlogin
        WHERE r.rolname NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
              AND r.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
    $$);

SELECT rds_guard.define_check('set_user_missing_or_weak', 'roles', 'low',
    title => 'Nothing records and bounds who becomes superuser',
    why => 'Where several people have superuser rights, set_user lets them in as themselves, records the change and keeps ALTER SYSTEM, COPY PROGRAM and SET log_statement from them. As installed it lets everybody who may call it become anybody: installed is not effective.',
    remedy => 'Preload set_user, take LOGIN from superusers, list who may call set_user_u() in set_user.superuser_allowlist and whom set_user() may lead to in set_user.nosuperuser_target_allowlist, and keep the blocks on.',
    needs => 'pg_read_all_settings where set_user is loaded',
    refs => ARRAY['CIS 4.8'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN (SELECT p.platform FROM rds_guard.platform() AS p) <> 'self_managed' THEN
                  rds_guard.not_applicable('here the provider alone is superuser, and set_user is none of its extensions') END
        UNION ALL
        SELECT 'shared_preload_libraries',
               format('set_user is not among the libraries that the server loaded at start, and %s login roles can get superuser rights', q.logins),
               -- a library that is not installed would keep the server from starting
               CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE')
                         AND EXISTS (SELECT FROM pg_catalog.pg_available_extensions AS e WHERE e.name = 'set_user') THEN
                   rds_guard.setting_fix('shared_preload_libraries', concat_ws(',', nullif(rds_guard.setting('shared_preload_libraries'), ''), 'set_user'))
               END,
               jsonb_build_object('logins', q.logins, 'first', q.names[1:5])
        FROM (
            SELECT count(*) AS logins, array_agg(s.role ORDER BY s.role) AS names
            FROM (
                SELECT r.rolname FROM pg_catalog.pg_roles AS r WHERE r.rolsuper AND r.rolcanlogin
                UNION
                SELECT m.member
                FROM rds_guard.role_memberships(only_how => 'hold') AS m
                JOIN pg_catalog.pg_roles AS t ON t.rolname = m.role AND t.rolsuper
                JOIN pg_catalog.pg_roles AS r ON r.rolname = m.member AND r.rolcanlogin
            ) AS s (role)
        ) AS q
        -- one alone has nobody to be told from
        WHERE q.logins > 1
              AND CASE
                      -- no session can put a row there: everybody sees that it is missing
                      WHEN NOT rds_guard.has_setting('set_user.block_alter_system') THEN true
                      ELSE NOT EXISTS (SELECT FROM rds_guard.preloaded_libraries() AS l (library) WHERE l.library = 'set_user')
                  END
        UNION ALL
        SELECT s.name, format('%s is %s', s.name, rds_guard.setting(s.name)),
               CASE s.weak WHEN 'off' THEN rds_guard.setting_fix(s.name, 'on') END,
               jsonb_build_object(s.name, rds_guard.setting(s.name))
        -- the lists had other names before 3.0
        FROM (VALUES ('set_user.superuser_allowlist', '*'), ('set_user.superuser_whitelist', '*'),
                     ('set_user.nosuperuser_target_allowlist', '*'), ('set_user.nosuperuser_target_whitelist', '*'),
                     ('set_user.block_alter_system', 'off'), ('set_user.block_copy_program', 'off'),
                     ('set_user.block_log_statement', 'off'), ('set_user.exit_on_error', 'off')) AS s (name, weak)
        WHERE CASE WHEN rds_guard.has_setting(s.name) THEN btrim(rds_guard.setting(s.name), E' \t\n"') = s.weak END
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
              -- (No such options, no such grant.)
              AND (to_jsonb(m) ->> 'inherit_option' IS DISTINCT FROM 'false' OR to_jsonb(m) ->> 'set_option' IS DISTINCT FROM 'false'
                   OR NOT (m.grantor = 10 AND r.rolcreaterole AND t.rolname !~ '^pg_'))
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
