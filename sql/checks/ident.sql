-- Who may be which role by another name, and who gets to the socket.

SELECT rds_guard.define_check('hba_ident_map_wildcard', 'network', 'high',
    title => 'A map of names lets many become a superuser',
    why => 'pg_ident.conf says which user of the operating system, Kerberos or a certificate may be which role. A regular expression that is not anchored by ^ and $ takes every name that contains it, and all, a group or a pattern as the role takes superusers along. Told are lines of maps by which a role with superuser power really gets in.',
    remedy => 'Name the users and the roles one by one, anchor regular expressions with ^ and $, and escape the dots in them.',
    needs => 'SELECT on pg_hba_file_rules and pg_ident_file_mappings, and EXECUTE on the functions of the same names',
    refs => ARRAY['STIG V-261895'],
    rule => $$
        WITH ways AS MATERIALIZED (
            SELECT a.role, substr(o.option, 5) AS map, min(a.line_number) AS line
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
                   current_setting('server_version_num')::integer >= 160000 AND (m.role = 'all' OR left(m.role, 1) IN ('/', '+')) AS many_roles
            FROM rds_guard.ident_mappings() AS m
            WHERE (SELECT EXISTS (SELECT FROM ways)) AND m.problem IS NULL
        )
        SELECT l.map || ' ' || rds_guard.hba_list(ARRAY[l.system_name, l.role]::text[]),
               format('%s line %s lets %s log in as %s by map %s (line %s of pg_hba.conf)', coalesce(l.file_name, 'pg_ident.conf'), l.line_number,
                      CASE WHEN l.loose THEN format('everybody whose name contains %s', substr(l.system_name, 2))
                           WHEN l.pattern AND NOT l.exact THEN format('everybody whose name matches %s', substr(l.system_name, 2))
                           ELSE l.system_name END,
                      CASE WHEN l.copied AND l.pattern THEN 'the role of the same name, ' ELSE '' END || string_agg(rds_guard.ident(w.role), ', ' ORDER BY w.role),
                      l.map, min(w.line)),
               -- who is meant nobody but the site knows
               NULL,
               jsonb_build_object('line', l.line_number, 'map', l.map, 'system_name', l.system_name, 'role', l.role, 'superusers', jsonb_agg(w.role ORDER BY w.role),
                                  'severity', CASE WHEN l.loose OR (l.pattern AND NOT l.exact AND NOT l.copied) THEN 'high'
                                                   WHEN l.copied THEN 'low' ELSE 'medium' END)
        FROM lines AS l
        JOIN ways AS w ON w.map = l.map
                          AND CASE WHEN l.copied AND l.pattern THEN w.role::text LIKE replace(regexp_replace(l.role, E'([%_])', E'\\\\\\1', 'g'), E'\\1', '%')
                                   ELSE rds_guard.ident_role_matches(l.role, w.role) END
        WHERE (l.pattern AND NOT l.exact) OR l.many_roles
        GROUP BY l.place, l.file_name, l.line_number, l.map, l.system_name, l.role, l.pattern, l.loose, l.exact, l.copied
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
               rds_guard.setting_fix('unix_socket_permissions', '0770'),
               jsonb_build_object('unix_socket_permissions', rds_guard.setting('unix_socket_permissions'),
                                  'unix_socket_group', rds_guard.setting('unix_socket_group'), 'lines', jsonb_agg(h.line ORDER BY h.place))
        FROM rds_guard.hba_open_lines('{trust}', of_providers => false) AS h
        WHERE (SELECT CASE WHEN p.platform <> 'self_managed' THEN rds_guard.not_applicable('here no customer reaches the socket')
                           -- to connect takes the right to write
                           ELSE right(rds_guard.setting('unix_socket_permissions'), 1) IN ('2', '3', '6', '7') END
               FROM rds_guard.platform() AS p)
              AND h.type = 'local'
        HAVING count(*) > 0
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
        SELECT h.line || CASE WHEN array_to_string(h.options, ' ') ~ 'include_realm=' THEN '' ELSE ' include_realm=0' END,
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
