-- Where the server listens and what pg_hba.conf asks of whoever comes by the
-- network. A line counts for what earlier lines leave of it. One that lets in
-- only this machine, or nobody, is worth less.

SELECT rds_guard.define_check('hba_trust', 'network', 'critical',
    title => 'A line of pg_hba.conf lets somebody in without asking for anything',
    why => 'Whoever gets as far as a trust line is the role that they say they are, superusers included. On the network that is everybody who can reach the port; on a Unix socket or the loopback interface it is each program and user of the machine, also the web server that was broken into.',
    remedy => 'Let local lines ask the operating system (peer), and network lines for a SCRAM password, a certificate or Kerberos. Roles whose password is missing or an MD5 hash have to set one first.',
    needs => 'SELECT on pg_hba_file_rules and EXECUTE on pg_hba_file_rules()',
    refs => ARRAY['CIS 5.3', 'CIS 5.4', 'STIG V-261858', 'STIG V-261859', 'STIG V-261890'],
    rule => $$
        SELECT h.line,
               h.sentence || ' as whoever they say they are'
               || CASE WHEN h.reach = 'nobody' THEN '; the server does not listen there, or there is no such role or database' ELSE '' END,
               CASE
                   -- a certificate that is demanded already says who it is
                   WHEN NOT h.is_ours THEN NULL
                   WHEN h.type = 'local' THEN rds_guard.hba_new_line(h.type, h.databases, h.roles, h.address, 'peer', h.options)
                   WHEN h.keeps_a_way THEN rds_guard.hba_new_line(h.type, h.databases, h.roles, h.address, 'scram-sha-256', h.options)
               END,
               h.evidence || jsonb_build_object('severity', CASE h.reach WHEN 'network' THEN 'critical' WHEN 'machine' THEN 'high' ELSE 'low' END)
        FROM rds_guard.hba_open_lines('{trust}') AS h
        -- this is the method cert by another name
        WHERE NOT coalesce('clientcert=verify-full' = ANY (h.options), false)
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u
    $$);

SELECT rds_guard.define_check('hba_cleartext_password_method', 'network', 'high',
    title => 'A password is sent to the server in clear text',
    why => 'The methods password, ldap, pam, bsd and radius make the client send the password itself. On a line that takes connections without encryption everybody on the way reads it. Over TLS the server still sees it, and for the method password there is no need for that.',
    remedy => 'Use scram-sha-256 instead of password; turn the lines of the other methods into hostssl lines. Roles whose password is an MD5 hash have to set it again before scram-sha-256 lets them in.',
    needs => 'SELECT on pg_hba_file_rules and EXECUTE on pg_hba_file_rules()',
    refs => ARRAY['CIS 5.4', 'STIG V-261892'],
    rule => $$
        SELECT h.line,
               h.sentence || format(' by %s, which sends the password in clear text%s', h.auth_method,
                                    CASE WHEN h.reach = 'nobody' THEN '; nobody gets there now'
                                         WHEN 'plain' = ANY (h.transports) THEN ', and without encryption'
                                         ELSE ' to the server, though nobody on the way sees it' END),
               CASE
                   WHEN NOT h.is_ours OR NOT h.keeps_a_way THEN NULL
                   -- an MD5 hash does for password, but not for SCRAM
                   WHEN h.auth_method = 'password' THEN
                       CASE WHEN rds_guard.md5_password_count() = 0
                            THEN rds_guard.hba_new_line(h.type, h.databases, h.roles, h.address, 'scram-sha-256', h.options) END
                   -- a hostssl line matches nobody as long as there is no TLS
                   WHEN rds_guard.setting('ssl') = 'on' THEN rds_guard.hba_new_line('hostssl', h.databases, h.roles, h.address, h.auth_method, h.options)
               END,
               h.evidence || jsonb_build_object('severity', CASE WHEN h.reach = 'network' AND 'plain' = ANY (h.from_afar) THEN 'high' ELSE 'low' END)
        FROM rds_guard.hba_open_lines('{password,ldap,pam,bsd,radius}') AS h
        -- what goes through a socket or TLS to ldap and the like has to
        WHERE 'plain' = ANY (h.transports) OR h.auth_method = 'password'
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u
    $$);

SELECT rds_guard.define_check('hba_ident_method', 'network', 'high',
    title => 'The server believes what the client''s machine says of its user',
    why => 'With ident the server asks the machine that the connection comes from who is there. Whoever owns that machine, or can answer in its place, is any role they like.',
    remedy => 'Ask for a SCRAM password, a certificate or Kerberos instead. On Unix sockets the same word means peer, which is safe.',
    needs => 'SELECT on pg_hba_file_rules and EXECUTE on pg_hba_file_rules()',
    refs => ARRAY['CIS 5.4'],
    rule => $$
        SELECT h.line,
               h.sentence || ' as whoever the client''s own machine says',
               CASE WHEN h.keeps_a_way THEN
                   rds_guard.hba_new_line(h.type, h.databases, h.roles, h.address, 'scram-sha-256',
                                          ARRAY(SELECT o.option FROM unnest(h.options) AS o (option) WHERE o.option !~ '^map='))
               END,
               h.evidence || jsonb_build_object('severity', CASE h.reach WHEN 'network' THEN 'high' WHEN 'machine' THEN 'medium' ELSE 'low' END)
        FROM rds_guard.hba_open_lines('{ident}', of_providers => false) AS h
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u
    $$);

SELECT rds_guard.define_check('hba_superuser_remote', 'network', 'high',
    title => 'A role with superuser power can log in from another machine',
    why => 'What opens a superuser account opens the server and, through it, the operating system. As long as it works from the network, a stolen or guessed password is enough. Told are the lines that such a role really hits: through all, groups, lists and regular expressions too.',
    remedy => 'Put a reject line for these roles above the others, administer over a Unix-domain socket on the host or through a bastion, or demand a certificate or Kerberos. On RDS and Aurora nobody gets in otherwise: there security groups and IAM have to see to it.',
    needs => 'SELECT on pg_hba_file_rules and EXECUTE on pg_hba_file_rules()',
    refs => ARRAY['STIG V-261885'],
    rule => $$
        WITH ways AS (
            SELECT a.role, bool_or(a.auth_method = 'trust' AND NOT a.verified) AS unasked,
                   bool_and(a.auth_method IN ('cert', 'gss', 'sspi', 'oauth') OR a.verified) AS strong,
                   bool_or('plain' = ANY (a.transports)) AS clear,
                   string_agg(DISTINCT format('line %s (%s %s from %s)', a.line_number, a.type, a.auth_method,
                                              -- of a large network with a hole there are many parts
                                              CASE WHEN cardinality(a.networks) <= 3 THEN array_to_string(a.networks, ' and ') ELSE a.address END), ', ') AS lines,
                   jsonb_agg(jsonb_build_object('line', a.line_number, 'type', a.type, 'address', a.address, 'networks', to_jsonb(a.networks),
                                                'method', a.auth_method, 'transports', a.transports, 'databases', a.reached) ORDER BY a.place) AS evidence
            FROM (SELECT a.*, coalesce('clientcert=verify-full' = ANY (a.options), false) AS verified
                  FROM rds_guard.hba_access() AS a
                  -- nobody but AWS gets that far there
                  WHERE NOT (a.databases <@ '{replication,rdsadmin}' AND rds_guard.on_rds())) AS a
            JOIN rds_guard.superuser_reachers() AS s (role) ON s.role = a.role
            WHERE (SELECT rds_guard.listens_on_network()) AND a.remote
            GROUP BY a.role
        )
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE
                  WHEN NOT rds_guard.listens_on_network() THEN
                      rds_guard.not_applicable(format('the server does not listen beyond this machine (listen_addresses = %L)',
                                                      rds_guard.setting('listen_addresses')))
              END
        UNION ALL
        SELECT rds_guard.ident(w.role),
               format('%s, which is or can become an administrator, gets in from the network%s: %s', rds_guard.ident(w.role),
                      CASE WHEN w.unasked THEN ' without being asked' WHEN w.clear THEN ', also without encryption' ELSE '' END, w.lines),
               -- only for whom this is not the one way in
               CASE WHEN NOT rds_guard.on_rds() AND rds_guard.hba_by_socket(w.role)
                    THEN 'host all,replication ' || rds_guard.hba_name(w.role) || ' all reject' END,
               jsonb_build_object('lines', w.evidence, 'severity', CASE WHEN w.unasked THEN 'critical'
                                                                        -- the master user has no other way
                                                                        WHEN rds_guard.on_rds() THEN CASE WHEN w.clear THEN 'low' ELSE 'info' END
                                                                        WHEN w.strong AND NOT w.clear THEN 'medium'
                                                                        ELSE 'high' END)
        FROM ways AS w
        WHERE w.role NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u
    $$);

SELECT rds_guard.define_check('hba_replication_open', 'network', 'high',
    title => 'The whole server can be copied by replication too easily',
    why => 'A physical replication connection copies all databases, with every password hash, whatever GRANT says. Its line of pg_hba.conf should name the standby and ask for more than an MD5 hash.',
    remedy => 'Name the addresses of the standbys and a role of their own, and ask for scram-sha-256 or a certificate over TLS. What is too wide say the policies widest_ipv4 and widest_ipv6.',
    needs => 'SELECT on pg_hba_file_rules, EXECUTE on pg_hba_file_rules(), and the policy',
    refs => ARRAY['CIS 7.1', 'CIS 7.5', 'STIG V-261859', 'STIG V-261890'],
    rule => $$
        WITH lines AS MATERIALIZED (
            SELECT h.*, w.wrong
            FROM rds_guard.hba_open_lines(of_providers => false) AS h
            CROSS JOIN LATERAL (
                SELECT concat_ws(' and ',
                                 CASE WHEN h.auth_method IN ('trust', 'ident')
                                           AND NOT coalesce('clientcert=verify-full' = ANY (h.options), false) THEN h.auth_method || ' asks for no proof'
                                      WHEN h.reach = 'network' AND h.auth_method = 'md5' THEN 'a stolen MD5 hash is enough'
                                      WHEN h.reach = 'network' AND h.auth_method IN ('password', 'ldap', 'pam', 'bsd', 'radius') AND 'plain' = ANY (h.from_afar)
                                          THEN 'the password crosses the network in clear text' END,
                                 CASE WHEN h.reach <> 'machine'
                                           AND rds_guard.hba_is_wide(h.address, h.networks, (SELECT rds_guard.policy_number('widest_ipv4')),
                                                                     (SELECT rds_guard.policy_number('widest_ipv6')))
                                      THEN h.address || ' is more than the standbys' END)
            ) AS w (wrong)
            WHERE 'replication' = ANY (h.databases) AND w.wrong <> ''
        ), replicators AS MATERIALIZED (
            -- asked only where there is such a line
            SELECT a.place, string_agg(rds_guard.ident(a.role), ', ' ORDER BY a.role) AS roles, jsonb_agg(a.role ORDER BY a.role) AS names
            FROM (SELECT DISTINCT a.place, a.role FROM rds_guard.hba_access() AS a
                  WHERE (SELECT EXISTS (SELECT FROM lines)) AND 'replication' = ANY (a.reached)) AS a
            JOIN pg_catalog.pg_roles AS p ON p.rolname = a.role AND (p.rolreplication OR p.rolsuper)
            GROUP BY a.place
        )
        SELECT h.line,
               format('%s %s: %s; %s', h.sentence, 'by ' || h.auth_method, h.wrong,
                      coalesce('roles that may replicate and get in there: ' || r.roles, 'no role that may replicate gets in there now')),
               CASE WHEN h.type = 'local' AND h.auth_method = 'trust' THEN rds_guard.hba_new_line(h.type, h.databases, h.roles, h.address, 'peer', h.options)
                    WHEN h.keeps_a_way AND (h.auth_method IN ('trust', 'ident') OR (h.auth_method = 'password' AND rds_guard.md5_password_count() = 0))
                        THEN rds_guard.hba_new_line(h.type, h.databases, h.roles, h.address, 'scram-sha-256',
                                                    ARRAY(SELECT o.option FROM unnest(h.options) AS o (option) WHERE o.option !~ '^map='))
               END,
               h.evidence || jsonb_build_object('may_replicate', r.names,
                                                'severity', CASE WHEN h.reach = 'nobody' OR r.roles IS NULL THEN 'low'
                                                                 WHEN h.reach = 'machine' THEN 'medium' ELSE 'high' END)
        FROM lines AS h
        LEFT JOIN replicators AS r ON r.place = h.place
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u
    $$);

SELECT rds_guard.define_check('hba_ldap_insecure', 'network', 'high',
    title => 'Passwords go to the LDAP server unencrypted, or its own stands in a file',
    why => 'The server passes the password of each user on to the directory. Without TLS everybody between the two reads it, however well the client''s connection is encrypted. A bind password in pg_hba.conf is shown in clear text to whoever may read pg_hba_file_rules.',
    remedy => 'Use ldapscheme=ldaps or ldaptls=1, and a search that needs no bind password, or a bind account that may do nothing else.',
    needs => 'SELECT on pg_hba_file_rules and EXECUTE on pg_hba_file_rules()',
    refs => ARRAY['STIG V-261858'],
    rule => $$
        SELECT h.line,
               h.sentence || ' by ldap: ' || concat_ws(' and ', CASE WHEN w.clear AND w.unseen THEN 'whether passwords go to the directory by TLS is not shown'
                                                            WHEN w.clear THEN 'passwords go to the directory without TLS' END,
                                                       CASE WHEN w.bind THEN 'the file holds the password of its bind account' END),
               -- a directory that knows no TLS would turn everybody away
               CASE WHEN w.clear AND NOT w.unseen AND NOT w.bind AND h.keeps_a_way THEN
                   rds_guard.hba_new_line(h.type, h.databases, h.roles, h.address, h.auth_method, h.options || '{ldaptls=1}'::text[]) END,
               h.evidence || jsonb_build_object('severity', CASE WHEN h.reach = 'nobody' THEN 'low' WHEN w.clear AND NOT w.unseen THEN 'high' ELSE 'medium' END)
               || CASE WHEN w.clear AND w.unseen AND NOT w.bind
                       THEN '{"unknown": "Before PostgreSQL 15 the view does not show ldapscheme: look into the file whether it is ldaps."}' ELSE '{}' END::jsonb
        FROM rds_guard.hba_open_lines('{ldap}', of_providers => false) AS h
        CROSS JOIN LATERAL (
            SELECT NOT bool_or(o.option IN ('ldaptls=1', 'ldaptls=true', 'ldapscheme=ldaps'))
                   -- a directory on this machine
                   AND NOT bool_or(o.option ~ '^ldapserver=((localhost|127[.][0-9.]+|::1)[ ]*)+$'),
                   bool_or(o.option ~ '^ldapbindpasswd='),
                   current_setting('server_version_num')::integer < 150000 AND NOT bool_or(o.option ~ '^ldapscheme=')
            FROM unnest(coalesce(h.options, '{}') || ''::text) AS o (option)
        ) AS w (clear, bind, unseen)
        WHERE w.clear OR w.bind
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u
    $$);

SELECT rds_guard.define_check('listen_all_interfaces', 'network', 'medium',
    title => 'The server listens on every network interface',
    why => 'An interface that is added later, such as a second network or a VPN, is served without anybody having decided so, and only pg_hba.conf stands between it and the server.',
    remedy => 'List the addresses that clients use in listen_addresses. In a container that cannot be done: there let pg_hba.conf name narrow networks, which makes this low.',
    refs => ARRAY['CIS 5.2'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN rds_guard.on_rds() THEN rds_guard.not_applicable('on RDS and Aurora the provider sets listen_addresses, and security groups decide who gets there') END
        UNION ALL
        SELECT 'listen_addresses',
               format('listen_addresses is %L%s', rds_guard.setting('listen_addresses'),
                      CASE n.narrow WHEN true THEN ', though pg_hba.conf lets in no wide network' ELSE '' END),
               -- which addresses clients use nobody but the site knows
               NULL,
               jsonb_build_object('listen_addresses', rds_guard.setting('listen_addresses'), 'hba_is_narrow', n.narrow)
               || CASE n.narrow WHEN true THEN '{"severity": "low"}' ELSE '{}' END::jsonb
        FROM (SELECT CASE
                         -- 0 and ::0 are the same to the server
                         WHEN EXISTS (SELECT FROM rds_guard.network_listeners() AS l (address)
                                      WHERE l.address = '*' OR l.address ~ '^0+([.]0+)*$' OR l.address ~ '^[0:]*:[0:]*$')
                         THEN coalesce(rds_guard.hba_is_narrow()::text, 'unknown')
                     END) AS a (answer)
        CROSS JOIN LATERAL (SELECT CASE a.answer WHEN 'true' THEN true WHEN 'false' THEN false END) AS n (narrow)
        WHERE a.answer IS NOT NULL AND NOT rds_guard.on_rds()
    $$);

SELECT rds_guard.define_check('hba_md5_method', 'network', 'medium',
    title => 'A line of pg_hba.conf accepts MD5 passwords',
    why => 'Where a password is stored as an MD5 hash, a line with the method md5 takes the hash itself for proof: whoever saw a dump gets in. For SCRAM passwords the same line asks for SCRAM, so that it matters only as long as there are such hashes, or new ones are made.',
    remedy => 'Have the roles named by md5_password_hashes set their password again, then turn md5 into scram-sha-256. On RDS and Aurora set rds.accepted_password_auth_method to scram.',
    needs => 'SELECT on pg_hba_file_rules and EXECUTE on pg_hba_file_rules()',
    refs => ARRAY['CIS 5.4', 'STIG V-261858', 'STIG V-261892'],
    rule => $$
        WITH lines AS MATERIALIZED (
            SELECT h.* FROM rds_guard.hba_open_lines('{md5}') AS h
        ), hashes AS MATERIALIZED (
            SELECT CASE WHEN EXISTS (SELECT FROM lines) THEN rds_guard.md5_password_count() END AS logins
        ), accepted AS MATERIALIZED (
            SELECT CASE WHEN rds_guard.on_rds() AND rds_guard.has_setting('rds.accepted_password_auth_method')
                        THEN rds_guard.setting('rds.accepted_password_auth_method') END AS methods
            WHERE EXISTS (SELECT FROM lines)
        )
        SELECT h.line,
               h.sentence || ' by md5; ' || CASE m.logins WHEN 0 THEN 'no role that may log in has an MD5 hash'
                                                          ELSE coalesce(m.logins || ' role(s) that may log in have an MD5 hash', 'whether any password is an MD5 hash cannot be seen') END,
               CASE WHEN a.methods IS NOT NULL THEN rds_guard.setting_fix('rds.accepted_password_auth_method', 'scram')
                    WHEN h.is_ours AND m.logins = 0 AND h.keeps_a_way THEN
                        rds_guard.hba_new_line(h.type, h.databases, h.roles, h.address, 'scram-sha-256', h.options) END,
               h.evidence || jsonb_build_object('md5_hashes', m.logins, 'severity', CASE WHEN m.logins = 0 OR h.reach <> 'network' THEN 'low' ELSE 'medium' END)
        FROM lines AS h
        CROSS JOIN hashes AS m
        CROSS JOIN accepted AS a
        -- there the line stays as AWS wrote it, and takes no MD5 hash
        WHERE coalesce(a.methods, '') <> 'scram'
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u
    $$);

SELECT rds_guard.define_check('hba_wide_cidr', 'network', 'medium',
    title => 'A line of pg_hba.conf lets in a very wide network',
    why => 'The addresses in pg_hba.conf are the last fence when a firewall or a security group is opened by mistake. A line for all addresses, or for a network of thousands of machines, is none. Told is what earlier lines leave of it; neighbouring networks count together.',
    remedy => 'Name the networks of the clients that need it. Which prefixes are too short say the policies widest_ipv4 and widest_ipv6.',
    needs => 'SELECT on pg_hba_file_rules, EXECUTE on pg_hba_file_rules(), and the policy',
    refs => ARRAY['STIG V-261903'],
    rule => $$
        WITH limits AS MATERIALIZED (
            SELECT rds_guard.policy_number('widest_ipv4') AS ipv4, rds_guard.policy_number('widest_ipv6') AS ipv6
        ), lines AS MATERIALIZED (
            SELECT h.line, h.sentence, h.evidence, h.reach, h.address, h.networks,
                   h.auth_method IN ('cert', 'gss', 'sspi') OR coalesce('clientcert=verify-full' = ANY (h.options), false) AS strong,
                   rds_guard.hba_is_wide(h.address, h.networks, l.ipv4, l.ipv6) AS wide
            FROM rds_guard.hba_open_lines(only_remote => true, of_providers => false) AS h
            CROSS JOIN limits AS l
        ), parts AS MATERIALIZED (
            -- lines that are narrow each by itself
            SELECT h.line, h.evidence, n.network
            FROM lines AS h
            CROSS JOIN LATERAL unnest(h.networks) AS n (network)
            WHERE NOT h.wide AND h.reach = 'network' AND NOT h.strong
        )
        SELECT h.line,
               h.sentence || CASE WHEN h.address = 'samenet' THEN ': all networks that the machine is in, whatever these are'
                                  WHEN h.networks IS NULL THEN ': a mask with gaps'
                                  ELSE coalesce(', of which is left ' || left_over.parts, '') END,
               -- which networks it should be the site knows
               NULL,
               h.evidence || jsonb_build_object('severity', CASE WHEN h.reach <> 'network' OR h.strong THEN 'low' WHEN left_over.is_public THEN 'high' ELSE 'medium' END)
        FROM lines AS h
        CROSS JOIN limits AS l
        CROSS JOIN LATERAL (
            SELECT CASE WHEN array_to_string(h.networks, ' ') NOT IN (h.address, '0.0.0.0/0 ::/0')
                        THEN string_agg(n.network::text, ', ' ORDER BY masklen(n.network), n.network) END,
                   bool_or(NOT rds_guard.is_private_network(n.network))
            FROM unnest(h.networks) AS n (network)
            WHERE rds_guard.is_wide(n.network, l.ipv4, l.ipv6)
        ) AS left_over (parts, is_public)
        WHERE h.wide
        UNION ALL
        SELECT 'pg_hba.conf: ' || t.network,
               format('lines %s of pg_hba.conf together let in %s', string_agg(DISTINCT p.evidence ->> 'line', ', '), t.network),
               NULL,
               jsonb_build_object('network', t.network, 'lines', jsonb_agg(DISTINCT p.line),
                                  'severity', CASE WHEN rds_guard.is_private_network(t.network) THEN 'medium' ELSE 'high' END)
        FROM unnest((SELECT rds_guard.merge_networks(array_agg(p.network)) FROM parts AS p)) AS t (network)
        CROSS JOIN limits AS l
        JOIN parts AS p ON p.network <<= t.network
        WHERE rds_guard.is_wide(t.network, l.ipv4, l.ipv6)
        GROUP BY t.network
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u
    $$);

SELECT rds_guard.define_check('hba_all_databases_all_users', 'network', 'low',
    title => 'One line of pg_hba.conf lets every role in to every database',
    why => 'Such a line gives a role that is made tomorrow, and each database that is, a way in from the network that nobody decided on.',
    remedy => 'Write a line for each application, with its database and its role, or with a group such as +app_users.',
    needs => 'SELECT on pg_hba_file_rules and EXECUTE on pg_hba_file_rules()',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT h.line, h.sentence || format(' by %s: each role, each database, also those to come', h.auth_method), NULL,
               h.evidence || CASE h.reach WHEN 'network' THEN '{}' ELSE '{"severity": "info"}' END::jsonb
        FROM rds_guard.hba_open_lines(only_remote => true, of_providers => false) AS h
        WHERE rds_guard.hba_matches_anything(h.databases) AND rds_guard.hba_matches_anything(h.roles)
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u
    $$);

SELECT rds_guard.define_check('hba_radius_removed', 'network', 'medium',
    title => 'RADIUS is in use, which PostgreSQL 19 no longer knows',
    why => 'After the upgrade the line is an error, and a file with an error keeps the server from starting. RADIUS as PostgreSQL speaks it also rests on MD5.',
    remedy => 'Move these roles to another method, LDAP, PAM or SCRAM, before the upgrade.',
    needs => 'SELECT on pg_hba_file_rules and EXECUTE on pg_hba_file_rules()',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN current_setting('server_version_num')::integer >= 190000 THEN rds_guard.not_applicable('this server has no RADIUS')
                   WHEN (SELECT p.platform FROM rds_guard.platform() AS p) <> 'self_managed' THEN
                       rds_guard.not_applicable('here the provider writes pg_hba.conf, and no customer can change this in it') END
        UNION ALL
        -- also lines that nobody gets to: they would be errors as well
        SELECT rds_guard.hba_line(h.type, h.databases, h.roles, h.address, h.auth_method, rds_guard.hba_written_options(h.auth_method, h.options)),
               format('%s line %s uses the method radius', coalesce(h.file_name, 'pg_hba.conf'), h.line_number), NULL,
               jsonb_build_object('line', h.line_number, 'type', h.type, 'databases', h.databases, 'roles', h.roles, 'address', h.address, 'options', h.options)
        FROM rds_guard.hba_rules() AS h
        WHERE (SELECT p.platform = 'self_managed' AND current_setting('server_version_num')::integer < 190000 FROM rds_guard.platform() AS p)
              AND h.auth_method = 'radius'
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u
    $$);

SELECT rds_guard.define_check('hba_oauth_weak', 'network', 'medium',
    title => 'Logins by OAuth are weaker than they could be',
    why => 'A bearer token is as good as a password: without TLS whoever reads it can use it. A line without a scope takes tokens that were issued for anything, and delegate_ident_mapping leaves it to the validator alone who may be which role.',
    remedy => 'Use hostssl lines, name a scope of the database''s own, and map names by pg_ident.conf instead of delegate_ident_mapping.',
    needs => 'SELECT on pg_hba_file_rules and EXECUTE on pg_hba_file_rules()',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN current_setting('server_version_num')::integer < 180000 THEN rds_guard.not_applicable('OAuth came with PostgreSQL 18') END
        UNION ALL
        SELECT h.line,
               h.sentence || ' by oauth: ' || w.wrong,
               CASE WHEN w.wrong = 'the token may cross the network in clear text' AND h.keeps_a_way AND rds_guard.setting('ssl') = 'on'
                    THEN rds_guard.hba_new_line('hostssl', h.databases, h.roles, h.address, h.auth_method, h.options) END,
               h.evidence || jsonb_build_object('validators', rds_guard.setting('oauth_validator_libraries'),
                                                'severity', CASE WHEN h.reach = 'nobody' THEN 'low'
                                                                 WHEN h.reach = 'network' AND 'plain' = ANY (h.from_afar) THEN 'high' ELSE 'medium' END)
        FROM rds_guard.hba_open_lines('{oauth}', of_providers => false) AS h
        CROSS JOIN LATERAL (
            SELECT concat_ws(', ', CASE WHEN 'plain' = ANY (h.from_afar) THEN 'the token may cross the network in clear text' END,
                             CASE WHEN h.options && '{delegate_ident_mapping=1,delegate_ident_mapping=true}' THEN 'the validator alone decides who may be which role' END,
                             CASE WHEN NOT EXISTS (SELECT FROM unnest(h.options) AS o (option) WHERE o.option ~ '^scope=.') THEN 'no scope is asked for' END)
        ) AS w (wrong)
        WHERE (SELECT current_setting('server_version_num')::integer >= 180000) AND w.wrong <> ''
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u
    $$);

SELECT rds_guard.define_check('hba_clientcert_incomplete', 'network', 'medium',
    title => 'No certificate says who an administrator is, or it does not say enough',
    why => 'With cert or clientcert=verify-full the certificate has to name the role. clientcert=verify-ca only proves that some certificate of the authority was there: with trust its holder is any role. Without either an administrator''s password alone is the key to everything.',
    remedy => 'Use the method cert, or add clientcert=verify-full to the lines by which administrators come in, after issuing certificates that name them. Needs ssl_ca_file.',
    needs => 'SELECT on pg_hba_file_rules and EXECUTE on pg_hba_file_rules()',
    refs => ARRAY['STIG V-261893', 'STIG V-261895'],
    rule => $$
        WITH lines AS MATERIALIZED (
            SELECT h.*, coalesce('clientcert=verify-ca' = ANY (h.options), false) AS some_certificate
            FROM rds_guard.hba_open_lines(only_remote => true, of_providers => false) AS h
            WHERE h.type = 'hostssl' AND h.reach = 'network'
                  AND h.auth_method NOT IN ('cert', 'gss', 'sspi', 'oauth') AND NOT coalesce('clientcert=verify-full' = ANY (h.options), false)
        ), mighty AS MATERIALIZED (
            -- asked only where there is such a line
            SELECT a.place, string_agg(rds_guard.ident(a.role), ', ' ORDER BY a.role) AS roles, jsonb_agg(a.role ORDER BY a.role) AS names
            FROM (SELECT DISTINCT a.place, a.role FROM rds_guard.hba_access() AS a WHERE (SELECT EXISTS (SELECT FROM lines)) AND a.remote) AS a
            JOIN rds_guard.superuser_reachers() AS s (role) ON s.role = a.role
            GROUP BY a.place
        )
        SELECT h.line,
               h.sentence || format(' by %s, and %s', h.auth_method,
                                    CASE WHEN h.some_certificate AND h.auth_method = 'trust' THEN 'whoever has any certificate of the authority is any of them'
                                         WHEN h.some_certificate THEN format('any certificate of the authority will do for %s', m.roles)
                                         ELSE format('asks %s for no certificate', m.roles) END),
               -- without an authority the line would be an error, and whoever
               -- else uses it may have no certificate
               CASE WHEN h.keeps_a_way AND rds_guard.setting('ssl_ca_file') <> ''
                         AND (h.some_certificate OR h.roles <@ ARRAY(SELECT n.name FROM jsonb_array_elements_text(m.names) AS n (name)))
                    THEN rds_guard.hba_new_line(h.type, h.databases, h.roles, h.address, h.auth_method,
                                                ARRAY(SELECT o.option FROM unnest(h.options) AS o (option) WHERE o.option !~ '^clientcert=')
                                                || '{clientcert=verify-full}'::text[]) END,
               h.evidence || jsonb_build_object('administrators', m.names)
               || CASE WHEN h.some_certificate AND h.auth_method = 'trust' THEN '{"severity": "high"}' ELSE '{}' END::jsonb
        FROM lines AS h
        LEFT JOIN mighty AS m ON m.place = h.place
        WHERE m.roles IS NOT NULL OR (h.some_certificate AND h.auth_method = 'trust')
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u
    $$);

SELECT rds_guard.define_check('hba_dns_name_rule', 'network', 'low',
    title => 'A line of pg_hba.conf names a host instead of an address',
    why => 'Whoever controls the reverse and the forward lookup of an address decides whether the line takes it, and a slow name server delays each login.',
    remedy => 'Write the address, or at least ask these clients for more than that they come from there.',
    needs => 'SELECT on pg_hba_file_rules and EXECUTE on pg_hba_file_rules()',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT h.line,
               h.sentence || format(' by %s: the name server decides who that is', h.auth_method)
               || CASE WHEN h.auth_method IN ('trust', 'ident') THEN ', and nothing else does' ELSE '' END,
               -- which addresses these are the site knows
               NULL,
               h.evidence || jsonb_build_object('severity', CASE WHEN h.reach <> 'network' THEN 'info'
                                                                 WHEN h.auth_method IN ('trust', 'ident') THEN 'medium' ELSE 'low' END)
        FROM rds_guard.hba_open_lines(only_remote => true, of_providers => false) AS h
        WHERE h.networks IS NULL AND strpos(h.address, ' ') = 0 AND h.address <> 'samenet'
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u
    $$);

SELECT rds_guard.define_check('default_port', 'network', 'info',
    title => 'The server listens on the default port',
    why => 'Scanners of the Internet try 5432 first. Another port keeps some of them away and stops nobody who looks: it is no protection.',
    remedy => 'Where a rule demands it, change the port together with the configuration of all clients.',
    refs => ARRAY['STIG V-261889', 'STIG V-261926', 'Security Hub RDS.23'],
    rule => $$
        SELECT 'port', format('port is %s', rds_guard.setting('port')), NULL,
               jsonb_build_object('port', rds_guard.setting('port'), 'listen_addresses', rds_guard.setting('listen_addresses'))
        WHERE CASE WHEN rds_guard.listens_on_network() THEN rds_guard.setting('port') = '5432'
                   ELSE rds_guard.not_applicable(format('the server does not listen beyond this machine (listen_addresses = %L)',
                                                        rds_guard.setting('listen_addresses'))) END
    $$);
