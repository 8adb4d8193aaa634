-- Who may be which role by another name, and who gets to the socket.

SELECT rds_guard.define_check('hba_ident_map_wildcard', 'network', 'high',
    title => 'A map of names lets many become a superuser',
    why => 'The file pg_ident.conf says which user of the operating system, Kerberos or a certificate may be which role. A regular expression that is not anchored by ^ and $ takes every name that contains it, one that drops a part of the name makes many names one role, and all, a group or a pattern as the role takes superusers along. Told are lines of maps by which a role with superuser power really gets in.',
    remedy => 'Name the users and the roles one by one, anchor regular expressions with ^ and $, and escape the dots in them.',
    needs => 'SELECT on pg_hba_file_rules and pg_ident_file_mappings, and EXECUTE on the functions of the same names',
    refs => ARRAY['STIG V-261895'],
    rule => $$
        WITH ways AS MATERIALIZED (
            SELECT a.role, substr(o.option, 5) AS map, min(a.line_number) AS line,
                   -- where letters may be of either case, the role's name is compared so, too
                   bool_or(a.auth_method IN ('gss', 'sspi')) AND (SELECT rds_guard.setting('krb_caseins_users') = 'on') AS caseless
            FROM rds_guard.hba_access() AS a
            CROSS JOIN LATERAL unnest(a.options) AS o (option)
            -- maps are rare: without one nothing else is asked for
            WHERE (SELECT CASE WHEN p.platform <> 'self_managed' THEN rds_guard.not_applicable('here the provider writes pg_ident.conf')
                               ELSE EXISTS (SELECT FROM rds_guard.hba_rules() AS h WHERE array_to_string(h.options, E'\n') ~ '(^|\n)map=') END
                   FROM rds_guard.platform() AS p)
                  AND o.option ~ '^map=' AND a.role IN (SELECT s.role FROM rds_guard.superuser_reachers() AS s (role))
            GROUP BY a.role, o.option
        ), lines AS MATERIALIZED (
            SELECT m.*, left(m.system_name, 1) = '/' AS pattern,
                   left(m.system_name, 1) = '/' AND m.system_name !~ E'^/\\^.*[$]$' AS loose,
                   -- a pattern that only one name matches
                   m.system_name ~ E'^/\\^([[:alnum:]_@ -]|\\\\[^[:alnum:]])+[$]$' AS exact,
                   strpos(m.role, E'\\1') > 0 AS copied,
                   -- the whole name, of one realm at most, is that of the role
                   m.role = E'\\1' AND m.system_name ~ E'^/\\^\\([^()]*\\)(@([[:alnum:]_@ -]|\\\\[^[:alnum:]])+)?[$]$' AS own_name,
                   current_setting('server_version_num')::integer >= 160000 AND (m.role = 'all' OR left(m.role, 1) IN ('/', '+')) AS many_roles
            FROM rds_guard.ident_mappings() AS m
            WHERE (SELECT CASE WHEN NOT EXISTS (SELECT FROM ways) THEN false
                               -- the maps in force are those of an older file
                               WHEN EXISTS (SELECT FROM rds_guard.ident_problems()) THEN
                                   rds_guard.unknown('pg_ident.conf is not what the server uses, and what it uses cannot be seen',
                                                     'See hba_parse_error_stale, reload the server with SELECT pg_reload_conf(), and run the report again.')
                               ELSE true END)
        )
        SELECT l.map || ' ' || rds_guard.hba_list(ARRAY[l.system_name, l.role]::text[]),
               format('%s line %s lets %s log in as %s by map %s (line %s of pg_hba.conf)', coalesce(l.file_name, 'pg_ident.conf'), l.line_number,
                      CASE WHEN l.loose THEN format('everybody whose name contains %s', substr(l.system_name, 2))
                           WHEN l.pattern AND NOT l.exact THEN format('everybody whose name matches %s', substr(l.system_name, 2))
                           ELSE l.system_name END,
                      CASE WHEN l.own_name THEN 'the role of the same name, ' ELSE '' END || string_agg(rds_guard.ident(w.role), ', ' ORDER BY w.role),
                      l.map, min(w.line)),
               -- who is meant nobody but the site knows
               NULL,
               jsonb_build_object('line', l.line_number, 'map', l.map, 'system_name', l.system_name, 'role', l.role, 'superusers', jsonb_agg(w.role ORDER BY w.role),
                                  'severity', CASE WHEN l.own_name THEN 'low'
                                                   WHEN l.pattern AND NOT l.exact THEN 'high'
                                                   ELSE 'medium' END)
        FROM lines AS l
        JOIN ways AS w ON w.map = l.map
                          AND CASE WHEN l.copied AND l.pattern
                                   THEN CASE WHEN w.caseless THEN lower(w.role::text) ELSE w.role::text END
                                        LIKE replace(regexp_replace(CASE WHEN w.caseless THEN lower(l.role) ELSE l.role END, E'([%_])', E'\\\\\\1', 'g'), E'\\1', '%')
                                   ELSE rds_guard.ident_role_matches(l.role, w.role) OR (w.caseless AND lower(l.role) = lower(w.role)) END
        WHERE (l.pattern AND NOT l.exact) OR l.many_roles
        GROUP BY l.place, l.file_name, l.line_number, l.map, l.system_name, l.role, l.pattern, l.loose, l.exact, l.copied, l.own_name
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u
    $$);

SELECT rds_guard.define_check('unix_socket_permissions', 'network', 'low',
    title => 'Every user of the machine reaches a socket that asks for nothing',
    why => 'With unix_socket_permissions 0777 each program on the machine gets to the server. Where local lines ask for peer or a password, that is as it should be; where one of them says trust, nothing is left.',
    remedy => 'Turn the trust lines into peer, or set unix_socket_permissions to 0770 and unix_socket_group to a group of those who may.',
    needs => 'SELECT on pg_hba_file_rules and EXECUTE on pg_hba_file_rules()',
    refs => ARRAY['CIS 8.3'],
    rule => $$
        SELECT 'unix_socket_permissions',
               format('unix_socket_permissions is %s, and pg_hba.conf trusts: %s', rds_guard.setting('unix_socket_permissions'),
                      string_agg(h.line, '; ' ORDER BY h.place)),
               -- without a group for it only the server's own account would be left
               CASE WHEN rds_guard.setting('unix_socket_group') <> '' THEN rds_guard.setting_fix('unix_socket_permissions', '0770') END,
               jsonb_build_object('unix_socket_permissions', rds_guard.setting('unix_socket_permissions'),
                                  'unix_socket_group', rds_guard.setting('unix_socket_group'), 'lines', jsonb_agg(h.line ORDER BY h.place))
        FROM rds_guard.hba_open_lines('{trust}', of_providers => false) AS h
        WHERE (SELECT CASE WHEN p.platform <> 'self_managed' THEN rds_guard.not_applicable('here no customer reaches the socket')
                           -- to connect takes the right to write
                           ELSE right(rds_guard.setting('unix_socket_permissions'), 1) IN ('2', '3', '6', '7') END
               FROM rds_guard.platform() AS p)
              AND h.type = 'local'
        HAVING count(*) > 0
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u
        WHERE right(rds_guard.setting('unix_socket_permissions'), 1) IN ('2', '3', '6', '7')
    $$);

SELECT rds_guard.define_check('hba_gss_realm_stripped', 'network', 'medium',
    title => 'Kerberos users of another realm count as one''s own',
    why => 'With include_realm=0 the server cuts the realm off the name: alice@PARTNER is the role alice like alice@HOME. A map sees only what is left. krb_caseins_users makes Alice and alice one.',
    remedy => 'Leave include_realm on and map the names of your realm by pg_ident.conf, or name the only realm that is let in with krb_realm. Set krb_caseins_users to off.',
    needs => 'SELECT on pg_hba_file_rules and EXECUTE on pg_hba_file_rules()',
    refs => ARRAY[]::text[],
    rule => $$
        WITH lines AS MATERIALIZED (
            SELECT h.* FROM rds_guard.hba_open_lines('{gss,sspi}', of_providers => false) AS h
        )
        SELECT h.line,
               h.sentence || format(' by %s, from whatever realm', h.auth_method),
               NULL,
               h.evidence || CASE h.reach WHEN 'network' THEN '{}' ELSE '{"severity": "low"}' END::jsonb
        FROM lines AS h
        -- the view shows the option when it is on, which it is by default
        WHERE NOT coalesce(h.options && '{include_realm=1,include_realm=true}', false)
              AND array_to_string(coalesce(h.options, '{}'), E'\n') !~ '(^|\n)krb_realm='
        UNION ALL
        SELECT 'krb_caseins_users', 'krb_caseins_users is on, and pg_hba.conf lets in by Kerberos', rds_guard.setting_fix('krb_caseins_users', 'off'),
               jsonb_build_object('krb_caseins_users', 'on', 'lines', (SELECT jsonb_agg(h.line ORDER BY h.place) FROM lines AS h), 'severity', 'low')
        WHERE CASE WHEN EXISTS (SELECT FROM lines) THEN rds_guard.setting('krb_caseins_users') = 'on' END
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u
    $$);

SELECT rds_guard.define_check('db_user_namespace', 'network', 'medium',
    title => 'Names of roles hold the name of a database',
    why => 'With db_user_namespace the client''s name is completed with @database before it is looked up: who is who depends on where they connect, SCRAM passwords and GRANT work with names that nobody types. PostgreSQL 17 removed it.',
    remedy => 'Set db_user_namespace to off and rename the roles, before the upgrade to PostgreSQL 17.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT 'db_user_namespace', 'db_user_namespace is on',
               -- roles such as ann@shop would have to log in with their whole name
               NULL, jsonb_build_object('db_user_namespace', 'on')
        WHERE rds_guard.setting('db_user_namespace') = 'on'
    $$);

SELECT rds_guard.define_check('hba_parse_error_stale', 'network', 'high',
    title => 'The server does not use what pg_hba.conf or pg_ident.conf says',
    why => 'One wrong line keeps the whole file from being loaded, with no more than a line in the log. The old rules stay in force until somebody restarts the server, which then does not start. Until then nobody can tell from the file who gets in.',
    remedy => 'Mend the lines named, then SELECT pg_reload_conf() and run the report again in a new session.',
    needs => 'SELECT on pg_hba_file_rules and pg_ident_file_mappings, and EXECUTE on the functions of the same names; to see files that were not loaded pg_read_server_files, and EXECUTE on pg_stat_file(text, boolean) and pg_read_binary_file(text)',
    refs => ARRAY[]::text[],
    rule => $$
        WITH ours AS MATERIALIZED (
            SELECT CASE WHEN p.platform <> 'self_managed' THEN rds_guard.not_applicable('here the provider writes pg_hba.conf and pg_ident.conf') ELSE true END AS yes
            FROM rds_guard.platform() AS p
        ), maps AS MATERIALIZED (
            SELECT CASE WHEN (SELECT o.yes FROM ours AS o) THEN rds_guard.ident_unseen() END AS unseen
        )
        SELECT regexp_replace(coalesce(p.file_name, p.main), '^.*/', '') || coalesce(' line ' || p.line_number, ''),
               coalesce(p.file_name, p.main)
               || CASE p.problem WHEN 'error' THEN format(' line %s is wrong, so that the file is not loaded: %s', p.line_number, p.detail)
                                 WHEN 'not loaded' THEN ' was changed after the server last read it'
                                 ELSE ' may have been changed after the server last read it' END,
               CASE WHEN p.problem <> 'error' THEN 'SELECT pg_reload_conf();' END,
               jsonb_build_object('file', p.file_name, 'line', p.line_number, 'problem', p.problem)
               || CASE p.problem WHEN 'perhaps not loaded' THEN '{"unknown": "Reload the server, and run the report again in a new session."}' ELSE '{}' END::jsonb
        FROM (SELECT 'pg_hba.conf' AS main, h.* FROM rds_guard.hba_problems() AS h WHERE (SELECT o.yes FROM ours AS o) AND h.problem <> 'cannot match'
              UNION ALL
              SELECT 'pg_ident.conf', m.* FROM rds_guard.ident_problems() AS m WHERE (SELECT g.unseen IS NULL FROM maps AS g)) AS p
        UNION ALL
        SELECT 'pg_ident.conf', 'whether pg_ident.conf is in order cannot be seen', CASE WHEN g.unseen LIKE 'GRANT %' THEN g.unseen END,
               jsonb_build_object('unknown', CASE WHEN g.unseen LIKE 'GRANT %' THEN 'Run the report as a role that may read pg_ident.conf: see the fix.' ELSE g.unseen END)
        FROM maps AS g
        WHERE g.unseen IS NOT NULL
        UNION ALL
        -- a grant of pg_read_server_files would show all files of the server
        SELECT 'pg_hba.conf', 'whether the server has read pg_hba.conf and pg_ident.conf since they were changed cannot be seen', NULL,
               '{"unknown": "Run the report as a superuser."}'
        FROM ours AS o
        WHERE o.yes AND NOT rds_guard.load_visible()
    $$);

SELECT rds_guard.define_check('hba_shadowed_rule', 'network', 'medium',
    title => 'A line of pg_hba.conf can never match',
    why => 'The first line that matches decides. A line that earlier ones take wholly does nothing, though whoever reads the file relies on it: a reject behind a trust that is wider rejects nobody.',
    remedy => 'Move the line above those that take it if it is meant, or remove it.',
    needs => 'SELECT on pg_hba_file_rules and EXECUTE on pg_hba_file_rules()',
    refs => ARRAY[]::text[],
    rule => $$
        WITH rules AS MATERIALIZED (
            SELECT h.place, h.line_number, h.auth_method, h.options,
                   CASE h.auth_method WHEN 'trust' THEN 0 WHEN 'ident' THEN 1 WHEN 'scram-sha-256' THEN 3 WHEN 'reject' THEN 5
                                      ELSE CASE WHEN h.auth_method IN ('peer', 'cert', 'gss', 'sspi', 'oauth') THEN 4 ELSE 2 END END
                   + CASE WHEN h.options && '{clientcert=verify-ca,clientcert=verify-full}' AND h.auth_method <> 'cert' THEN 1 ELSE 0 END AS strictness
            FROM rds_guard.hba_rules() AS h
            WHERE (SELECT CASE WHEN p.platform <> 'self_managed'
                               THEN rds_guard.not_applicable('here the provider writes pg_hba.conf, and no customer can change this in it') ELSE true END
                   FROM rds_guard.platform() AS p)
        )
        SELECT rds_guard.hba_line(u.type, u.databases, u.roles, u.address, u.auth_method, rds_guard.hba_written_options(u.auth_method, l.options)),
               format('%s line %s never matches: line%s %s take%s it all%s', coalesce(u.file_name, 'pg_hba.conf'), u.line_number,
                      CASE cardinality(u.covered_by) WHEN 1 THEN '' ELSE 's' END, array_to_string(u.covered_by, ', '),
                      CASE cardinality(u.covered_by) WHEN 1 THEN 's' ELSE '' END,
                      CASE WHEN l.strictness > c.strictness THEN format(' by %s, which asks for less', c.methods) ELSE ' by ' || c.methods END),
               NULL,
               jsonb_build_object('file', u.file_name, 'line', u.line_number, 'method', u.auth_method, 'covered_by', u.covered_by, 'covering_methods', c.methods,
                                  'severity', CASE WHEN l.strictness <= c.strictness THEN 'low'
                                                   WHEN c.strictness = 0 OR u.auth_method = 'reject' THEN 'high' ELSE 'medium' END)
               || CASE WHEN u.certain THEN '{}'
                       ELSE '{"unknown": "Look into the file whether all, or what else looks like a keyword, stands in quotes there, or run the report as a superuser."}' END::jsonb
        FROM rds_guard.hba_unreachable() AS u
        JOIN rules AS l ON l.place = u.place
        -- by places, for lines of several files may have the same number
        JOIN rds_guard.hba_reach() AS r ON r.place = u.place
        CROSS JOIN LATERAL (
            SELECT min(e.strictness), string_agg(DISTINCT e.auth_method, ', ')
            FROM rules AS e
            WHERE e.place = ANY (r.covered_by)
        ) AS c (strictness, methods)
        WHERE (SELECT count(*) > 1 FROM rules)
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u
    $$);
