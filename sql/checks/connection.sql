-- Who is connected now, and whether anybody could listen in.

SELECT rds_guard.define_check('tls_current_session', 'connection', 'high',
    scope => 'session',
    title => 'This session crosses the network unencrypted',
    why => 'Whoever can read the packets between client and server reads the queries and their results, and can change them. The server cannot know whether the client checked the certificate: only sslmode=verify-full does. Behind a pooler this speaks about the way from the pooler to the server.',
    remedy => 'Connect with sslmode=verify-full and a root certificate, or with Kerberos encryption.',
    refs => ARRAY['CIS 6.8', 'STIG V-261900', 'STIG V-261932', 'STIG V-261933', 'Security Hub RDS.38'],
    rule => $$
        SELECT rds_guard.ident(c.session_role),
               format('role %s is connected from %s without encryption', rds_guard.ident(c.session_role), host(c.client_address)),
               'sslmode=verify-full',
               jsonb_build_object('client_address', host(c.client_address), 'encryption', c.encryption)
        FROM rds_guard.connection() AS c
        WHERE CASE
                  WHEN c.client_address IS NULL THEN rds_guard.not_applicable('this session uses a Unix-domain socket, which crosses no network')
                  ELSE c.encryption = 'none' AND NOT rds_guard.is_loopback(c.client_address)
              END
    $$);

SELECT rds_guard.define_check('tls_cleartext_sessions', 'connection', 'high',
    title => 'Sessions cross the network unencrypted',
    why => 'Passwords sent by clients that still use cleartext methods, queries and results can be read and changed on the way. TLS that is merely offered does not help a client that does not ask for it.',
    remedy => 'Make pg_hba.conf accept these clients only by hostssl or hostgssenc lines, and set sslmode=verify-full in their connection strings. The fix shuts out all connections of the role without TLS, those with Kerberos encryption too: put it above the line that lets them in, once the clients are ready.',
    needs => 'pg_read_all_stats',
    refs => ARRAY['CIS 6.10', 'STIG V-261932', 'STIG V-261933', 'Security Hub RDS.38'],
    rule => $$
        SELECT rds_guard.ident(c.role),
               format('%s unencrypted session(s) of role %s from %s', count(*), rds_guard.ident(c.role),
                      string_agg(DISTINCT host(c.client_address), ', ')),
               -- without TLS it would shut out everybody
               (SELECT CASE WHEN rds_guard.on_rds() OR rds_guard.setting('ssl') = 'off' THEN NULL
                            ELSE 'hostnossl all,replication ' || rds_guard.hba_name(c.role) || ' all reject' END),
               jsonb_build_object('sessions', count(*),
                                  'addresses', jsonb_agg(DISTINCT host(c.client_address)),
                                  'applications', jsonb_agg(DISTINCT c.application),
                                  'databases', jsonb_agg(DISTINCT c.database))
        FROM rds_guard.client_connections() AS c
        WHERE c.encryption = 'none' AND c.client_address IS NOT NULL AND NOT rds_guard.is_loopback(c.client_address)
        GROUP BY c.role
    $$);

SELECT rds_guard.define_check('tls_legacy_protocol_sessions', 'connection', 'medium',
    title => 'Sessions use an outdated TLS version or a weak cipher',
    why => 'TLS before 1.2 is formally deprecated (RFC 8996), ciphers below 128 bits can be broken, and without an ephemeral key exchange whoever gets the server''s key later can decrypt recorded traffic.',
    remedy => 'Set ssl_min_protocol_version to TLSv1.2 or later, keep ssl_ciphers to ECDHE and DHE suites, and update the client libraries of the roles named.',
    needs => 'pg_read_all_stats',
    refs => ARRAY['CIS 6.9', 'CIS 6.10', 'STIG V-261928'],
    rule => $$
        SELECT rds_guard.ident(c.role),
               format('%s session(s) of role %s use %s', count(*), rds_guard.ident(c.role),
                      string_agg(DISTINCT concat_ws(' ', c.protocol, c.cipher, c.bits || ' bits'), ', ')),
               (SELECT CASE WHEN bool_or(c.protocol IN ('SSLv3', 'TLSv1', 'TLSv1.1')) THEN rds_guard.setting_fix('ssl_min_protocol_version', 'TLSv1.2') END),
               jsonb_build_object('sessions', count(*),
                                  'protocols', jsonb_agg(DISTINCT c.protocol),
                                  'ciphers', jsonb_agg(DISTINCT c.cipher),
                                  'addresses', jsonb_agg(DISTINCT host(c.client_address)))
        FROM rds_guard.client_connections() AS c
        WHERE c.encryption = 'tls'
              AND (c.protocol IN ('SSLv3', 'TLSv1', 'TLSv1.1')
                   OR c.bits < 128
                   -- the names of TLS 1.3 suites do not tell the key exchange, which is always ephemeral there
                   OR c.cipher !~ '^(TLS_|ECDHE|DHE)')
        GROUP BY c.role
    $$);

SELECT rds_guard.define_check('superuser_session_remote', 'connection', 'high',
    title => 'A role with superuser power is connected over the network',
    why => 'An administrator''s session that comes from another machine means that the password or key that opens everything travels, and is stored, there. This is evidence, not configuration: it says that it happens, not only that it could.',
    remedy => 'Administer over a Unix-domain socket on the host or through a bastion, and give applications roles that cannot become superuser. RDS and Aurora have no socket for customers: there the sessions should come from a bastion, and by IAM.',
    needs => 'pg_read_all_stats',
    refs => ARRAY['STIG V-261885'],
    rule => $$
        WITH mighty AS (
            SELECT a.role FROM rds_guard.administrators() AS a (role)
            UNION
            SELECT m.member
            FROM rds_guard.role_memberships(only_how => 'hold') AS m
            JOIN pg_catalog.pg_roles AS r ON r.rolname = m.role AND r.rolsuper
        )
        SELECT rds_guard.ident(c.role),
               format('%s session(s) of role %s, which is or can become an administrator, from %s', count(*),
                      rds_guard.ident(c.role), string_agg(DISTINCT host(c.client_address), ', ')),
               -- only for whom this is not the one way in
               CASE WHEN NOT (SELECT rds_guard.on_rds()) AND rds_guard.hba_by_socket(c.role)
                    THEN 'host all,replication ' || rds_guard.hba_name(c.role) || ' all reject' END,
               jsonb_build_object('sessions', count(*),
                                  'addresses', jsonb_agg(DISTINCT host(c.client_address)),
                                  'applications', jsonb_agg(DISTINCT c.application))
               || CASE WHEN (SELECT rds_guard.on_rds()) THEN '{"severity": "low"}' ELSE '{}' END::jsonb
        FROM rds_guard.client_connections() AS c
        WHERE c.client_address IS NOT NULL AND NOT rds_guard.is_loopback(c.client_address)
              -- whoever asks for this report on RDS has no other way in
              AND NOT (c.pid = pg_backend_pid() AND (SELECT rds_guard.on_rds()))
              AND c.role IN (SELECT m.role FROM mighty AS m)
        GROUP BY c.role
    $$);

SELECT rds_guard.define_check('master_user_used_by_application', 'connection', 'medium',
    title => 'An application is connected as the master user',
    why => 'The master user of RDS and Aurora may do all that a customer can: an injection into the application, or its leaked configuration, gives everything away.',
    remedy => 'Give the application a role of its own with no more privileges than it needs, and keep the master user for administration. The policy shared_account_addresses is the number of addresses that make one an application.',
    needs => 'pg_read_all_stats',
    refs => ARRAY['STIG V-261885'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.on_rds() THEN rds_guard.not_applicable('only RDS and Aurora have a master user') END
        UNION ALL
        SELECT rds_guard.ident(q.role),
               format('%s session(s) of role %s, a member of rds_superuser, from %s address(es), of %s', q.sessions, rds_guard.ident(q.role), q.addresses,
                      coalesce(nullif(array_to_string(q.programs, ', '), ''), 'tools for administration')),
               NULL,
               jsonb_build_object('sessions', q.sessions, 'addresses', q.addresses, 'applications', q.programs)
        FROM (
            SELECT c.role, count(*) AS sessions, count(DISTINCT c.client_address) AS addresses,
                   array_agg(DISTINCT c.application ORDER BY c.application)
                       FILTER (WHERE c.application <> ''
                                     AND c.application !~* '^(psql|pgcli|pgadmin|dbeaver|datagrip|dbvisualizer|tableplus|navicat|heidisql|postico|pg_(dump|dumpall|restore|basebackup|isready)|vacuumdb|reindexdb|pgbench)\M')
                       AS programs
            FROM rds_guard.client_connections() AS c
            JOIN (SELECT a.role FROM rds_guard.administrators() AS a (role)) AS a ON a.role = c.role
            WHERE rds_guard.on_rds() AND c.backend_type = 'client backend' AND c.pid <> pg_backend_pid()
            GROUP BY c.role
        ) AS q
        WHERE cardinality(q.programs) > 0 OR q.addresses >= (SELECT rds_guard.policy_number('shared_account_addresses'))
    $$);

SELECT rds_guard.define_check('idle_session_limits', 'connection', 'low',
    title => 'Sessions may be idle without limit',
    why => 'A session that is idle within a transaction keeps its locks and keeps dead rows from being removed; a forgotten one is open to whoever comes by. A value set with ALTER ROLE or ALTER DATABASE wins over the one of the server.',
    remedy => 'Set idle_in_transaction_session_timeout, at least for the roles that people and programs use. The policies idle_in_transaction_limit, idle_session_limit, statement_limit and transaction_limit (17 and later) say what is asked for; for all but the first that is nothing by default, since poolers keep sessions and maintenance takes its time.',
    refs => ARRAY['STIG V-261899', 'STIG V-261910', 'STIG V-261927'],
    rule => $$
        WITH asked AS MATERIALIZED (
            SELECT n.name, l.seconds
            FROM (VALUES ('idle_in_transaction_session_timeout', 'idle_in_transaction_limit'),
                         ('idle_session_timeout', 'idle_session_limit'),
                         ('statement_timeout', 'statement_limit'),
                         ('transaction_timeout', 'transaction_limit')) AS n (name, policy)
            CROSS JOIN LATERAL (SELECT rds_guard.policy_number(n.policy)) AS l (seconds)
            WHERE CASE WHEN l.seconds > 0 THEN rds_guard.has_setting(n.name) END
        ), wrong AS MATERIALIZED (
            SELECT a.name, o.database, o.role, o.value, o.scope, o.logins, a.seconds
            FROM asked AS a
            CROSS JOIN LATERAL rds_guard.effective_overrides(a.name) AS o
            WHERE EXISTS (SELECT FROM rds_guard.setting_overrides() AS s WHERE s.name = a.name)
                  AND rds_guard.timeout_seconds(o.value) NOT BETWEEN 0.000001 AND a.seconds
        )
        SELECT a.name, format('%s is %s, asked for is %s seconds at most', a.name, s.value, a.seconds),
               rds_guard.setting_fix(a.name, a.seconds || 's'),
               jsonb_build_object('name', a.name, 'value', s.value, 'limit', a.seconds)
        FROM asked AS a
        CROSS JOIN LATERAL (SELECT rds_guard.server_setting(a.name)) AS s (value)
        WHERE rds_guard.timeout_seconds(s.value) NOT BETWEEN 0.000001 AND a.seconds
              -- does it hold for anybody?
              AND CASE WHEN EXISTS (SELECT FROM rds_guard.setting_overrides() AS v WHERE v.name = a.name) THEN
                  (SELECT count(*) FROM pg_catalog.pg_roles AS r WHERE r.rolcanlogin)
                  * (SELECT count(*) FROM pg_catalog.pg_database AS d WHERE d.datallowconn)
                  > (SELECT sum(o.logins) FROM rds_guard.effective_overrides(a.name) AS o)
                  ELSE true END
        UNION ALL
        SELECT rds_guard.override_target(w.database, w.role) || ' SET ' || w.name,
               format('%s is %s for %s, in force for %s pair(s) of login role and database; asked for is %s seconds at most', w.name, w.value,
                      rds_guard.override_target(w.database, w.role), w.logins, w.seconds),
               format('ALTER %s SET %s = %L;', rds_guard.override_target(w.database, w.role), w.name, w.seconds || 's'),
               jsonb_build_object('name', w.name, 'value', w.value, 'scope', w.scope, 'logins', w.logins, 'limit', w.seconds)
        FROM wrong AS w
    $$);

SELECT rds_guard.define_check('shared_account_many_clients', 'connection', 'info',
    title => 'A role is used by many clients',
    why => 'What a shared account did nobody did: the log names the role, not the person. Many addresses may also be an application that scales; behind a pooler many people have one address.',
    remedy => 'Give each person and each program a role of its own. The policies shared_account_addresses and shared_account_applications are the numbers that count as many.',
    needs => 'pg_read_all_stats',
    refs => ARRAY['CIS 5.5', 'STIG V-261890', 'STIG V-261897', 'STIG V-261961'],
    rule => $$
        SELECT rds_guard.ident(q.role),
               format('role %s is connected from %s address(es) and by %s application(s)', rds_guard.ident(q.role), q.addresses, q.applications)
               || CASE WHEN q.mighty THEN ', and is or can become an administrator' WHEN q.owner THEN ', and owns relations here' ELSE '' END,
               NULL,
               jsonb_build_object('sessions', q.sessions, 'addresses', q.addresses, 'applications', q.applications)
               || CASE WHEN q.mighty OR q.owner THEN '{"severity": "low"}'::jsonb ELSE '{}' END
        FROM (
            SELECT c.role, count(*) AS sessions,
                   -- all of a Unix socket are one
                   count(DISTINCT coalesce(host(c.client_address), '')) AS addresses, count(DISTINCT nullif(c.application, '')) AS applications,
                   c.role IN (SELECT a.role FROM rds_guard.administrators() AS a (role)) AS mighty,
                   EXISTS (SELECT FROM pg_catalog.pg_class AS t JOIN pg_catalog.pg_roles AS r ON r.oid = t.relowner WHERE r.rolname = c.role) AS owner
            FROM rds_guard.client_connections() AS c
            WHERE c.backend_type = 'client backend'
            GROUP BY c.role
            HAVING count(DISTINCT coalesce(host(c.client_address), '')) >= (SELECT rds_guard.policy_number('shared_account_addresses'))
                   OR count(DISTINCT nullif(c.application, '')) >= (SELECT rds_guard.policy_number('shared_account_applications'))
        ) AS q
    $$);

SELECT rds_guard.define_check('connection_slots_reserved', 'connection', 'low',
    title => 'No connection is left for who has to help',
    why => 'Whoever can open sessions can use up all of them. The slots of superuser_reserved_connections and, from PostgreSQL 16 on, reserved_connections let an administrator in nevertheless; a limit of a role that reaches the number of slots limits nothing.',
    remedy => 'Keep superuser_reserved_connections at 3 or more (on RDS and Aurora rds.rds_superuser_reserved_connections up to 15, reserved_connections from 16 on), and give each role a limit well below max_connections.',
    refs => ARRAY['CIS 6.3', 'STIG V-261857'],
    rule => $$
        WITH slots AS MATERIALIZED (
            SELECT rds_guard.setting('max_connections')::integer AS total,
                   rds_guard.setting('superuser_reserved_connections')::integer AS superusers,
                   CASE WHEN rds_guard.has_setting('reserved_connections') THEN rds_guard.setting('reserved_connections')::integer END AS others,
                   rds_guard.on_rds() AS on_rds
        ), kept AS MATERIALIZED (
            SELECT 'superuser_reserved_connections' AS name, s.superusers AS value FROM slots AS s WHERE NOT s.on_rds
            UNION ALL
            SELECT 'reserved_connections', s.others FROM slots AS s WHERE s.on_rds AND s.others IS NOT NULL
            UNION ALL
            SELECT 'rds.rds_superuser_reserved_connections',
                   CASE WHEN rds_guard.has_setting('rds.rds_superuser_reserved_connections')
                        THEN rds_guard.setting('rds.rds_superuser_reserved_connections')::integer END
            FROM slots AS s WHERE s.on_rds AND s.others IS NULL
        )
        SELECT k.name, format('%s is 0', k.name), rds_guard.setting_fix(k.name, '3'), jsonb_build_object(k.name, k.value)
        FROM kept AS k
        WHERE k.value = 0
        UNION ALL
        SELECT 'reserved_connections',
               format('reserved_connections is 0, so that pg_use_reserved_connections is of no use to %s', string_agg(rds_guard.ident(r.rolname), ', ' ORDER BY r.rolname)),
               rds_guard.setting_fix('reserved_connections', '3'),
               jsonb_build_object('roles', jsonb_agg(r.rolname ORDER BY r.rolname))
        FROM slots AS s
        JOIN pg_catalog.pg_roles AS p ON p.rolname = 'pg_use_reserved_connections'
        JOIN pg_catalog.pg_roles AS r ON r.rolcanlogin AND NOT r.rolsuper AND pg_has_role(r.oid, p.oid, 'USAGE')
        WHERE s.others = 0 AND NOT s.on_rds
        HAVING count(*) > 0
        UNION ALL
        SELECT rds_guard.ident(r.rolname),
               format('role %s may open %s connections, of which there are %s for all roles', rds_guard.ident(r.rolname), r.rolconnlimit, a.free),
               NULL,
               jsonb_build_object('limit', r.rolconnlimit, 'connections', a.free)
        FROM slots AS s
        CROSS JOIN LATERAL (SELECT s.total - s.superusers - coalesce(s.others, 0)) AS a (free)
        JOIN pg_catalog.pg_roles AS r ON r.rolcanlogin AND NOT r.rolsuper AND r.rolconnlimit >= a.free
        WHERE r.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
    $$);
