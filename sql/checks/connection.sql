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
               (SELECT CASE WHEN rds_guard.on_rds() THEN NULL
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
    remedy => 'Administer over a Unix-domain socket on the host or through a bastion, and give applications roles that cannot become superuser.',
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
               (SELECT CASE WHEN rds_guard.on_rds() THEN NULL
                            ELSE 'host all,replication ' || rds_guard.hba_name(c.role) || ' all reject' END),
               jsonb_build_object('sessions', count(*),
                                  'addresses', jsonb_agg(DISTINCT host(c.client_address)),
                                  'applications', jsonb_agg(DISTINCT c.application))
        FROM rds_guard.client_connections() AS c
        WHERE c.client_address IS NOT NULL AND NOT rds_guard.is_loopback(c.client_address)
              AND c.role IN (SELECT m.role FROM mighty AS m)
        GROUP BY c.role
    $$);
