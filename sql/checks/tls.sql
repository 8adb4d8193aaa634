-- Whether the server offers and demands encryption.

SELECT rds_guard.define_check('tls_server_disabled', 'tls', 'critical',
    title => 'The server listens on the network and offers no TLS',
    why => 'No client can encrypt its connection, however it is configured.',
    remedy => 'Install a certificate and key, set ssl = on, and then demand it with hostssl lines in pg_hba.conf: ssl = on alone only offers it.',
    refs => ARRAY['CIS 6.8', 'STIG V-261900', 'STIG V-261928', 'STIG V-261932', 'STIG V-261933'],
    rule => $$
        SELECT 'ssl',
               format('ssl is off and the server listens on %s', l.addresses),
               -- without a certificate the server would not start again
               CASE WHEN rds_guard.certificate_exists() THEN rds_guard.setting_fix('ssl', 'on') END,
               jsonb_build_object('ssl', rds_guard.setting('ssl'), 'listen_addresses', rds_guard.setting('listen_addresses'))
        FROM (SELECT string_agg(n.address, ', ') FROM rds_guard.network_listeners() AS n (address)) AS l (addresses)
        WHERE CASE
                  WHEN rds_guard.setting('ssl') = 'off' THEN
                      l.addresses IS NOT NULL
                      OR rds_guard.not_applicable(format('ssl is off, but the server does not listen beyond this machine (listen_addresses = %L)',
                                                         rds_guard.setting('listen_addresses')))
              END
        UNION ALL
        SELECT 'ssl', 'ssl is on, but there is no certificate: the server could not load it and offers no TLS', NULL,
               jsonb_build_object('ssl', rds_guard.setting('ssl'), 'ssl_cert_file', rds_guard.setting('ssl_cert_file'))
        WHERE rds_guard.setting('ssl') = 'on' AND rds_guard.listens_on_network() AND NOT rds_guard.certificate_exists()
    $$);

SELECT rds_guard.define_check('tls_not_enforced', 'tls', 'high',
    title => 'The server accepts unencrypted connections from the network',
    why => 'With ssl = on and a host line in pg_hba.conf TLS is optional: a client with sslmode=disable or allow, or anybody who strips the offer on the way, gets a cleartext session.',
    remedy => 'Turn the lines named into hostssl (or hostgssenc) lines and reload. On RDS and Aurora set rds.force_ssl = 1 in the parameter group.',
    needs => 'SELECT on pg_hba_file_rules and EXECUTE on pg_hba_file_rules()',
    refs => ARRAY['CIS 5.4', 'CIS 6.8', 'STIG V-261892', 'Security Hub RDS.38'],
    rule => $$
        -- Conditions without a column gate a branch: where they do not hold,
        -- its facts are not even asked for.
        WITH by_hba AS (
            -- the lines that really decide
            SELECT rds_guard.hba_line(h.type, h.databases, h.roles, h.address, h.auth_method, h.options) AS object,
                   format('%s line %s lets %s in to %s from %s by %s without encryption', coalesce(h.file_name, 'pg_hba.conf'), h.line_number,
                          rds_guard.hba_list(h.roles), rds_guard.hba_list(h.databases), h.address, h.auth_method) AS detail,
                   CASE
                       WHEN rds_guard.on_rds() THEN rds_guard.setting_fix('rds.force_ssl', '1')
                       -- a secret that is not shown cannot be written again
                       WHEN strpos(array_to_string(h.options, ' '), '<redacted>') = 0
                           THEN rds_guard.hba_line('hostssl', h.databases, h.roles, h.address, h.auth_method, h.options)
                   END AS fix,
                   jsonb_build_object('line', h.line_number, 'type', h.type, 'databases', h.databases, 'roles', h.roles,
                                      'address', h.address, 'method', h.auth_method) AS evidence
            FROM rds_guard.hba_effective_rules() AS h
            WHERE rds_guard.hba_visible() AND rds_guard.listens_on_network()
                  AND h.remote AND 'plain' = ANY (h.transports) AND h.auth_method <> 'reject'
                  -- RDS replicates within the host and keeps its own database to itself
                  AND NOT (h.databases <@ '{replication,rdsadmin}' AND rds_guard.on_rds())
        ), by_parameter AS MATERIALIZED (
            SELECT lower(rds_guard.setting('rds.force_ssl')) IN ('1', 'on', 'true') AS forced
            WHERE rds_guard.on_rds() AND NOT rds_guard.hba_visible() AND rds_guard.has_setting('rds.force_ssl')
        ), by_session AS MATERIALIZED (
            SELECT c.role, string_agg(DISTINCT host(c.client_address), ', ') AS addresses, count(*) AS sessions
            FROM rds_guard.client_connections() AS c
            WHERE NOT rds_guard.hba_visible() AND pg_has_role('pg_read_all_stats', 'USAGE') AND NOT EXISTS (SELECT FROM by_parameter)
                  AND c.encryption = 'none' AND c.backend_type = 'client backend'
                  AND c.client_address IS NOT NULL AND NOT rds_guard.is_loopback(c.client_address)
            GROUP BY c.role
        )
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE
                  WHEN NOT rds_guard.listens_on_network() THEN
                      rds_guard.not_applicable(format('the server does not listen beyond this machine (listen_addresses = %L)',
                                                      rds_guard.setting('listen_addresses')))
              END
        UNION ALL
        SELECT h.object, h.detail, h.fix, h.evidence FROM by_hba AS h
        UNION ALL
        SELECT 'rds.force_ssl', 'rds.force_ssl is off', rds_guard.setting_fix('rds.force_ssl', '1'),
               jsonb_build_object('rds.force_ssl', rds_guard.setting('rds.force_ssl'))
        FROM by_parameter AS p
        WHERE NOT p.forced
        UNION ALL
        -- one cleartext session proves that they are accepted
        SELECT rds_guard.ident(s.role), format('role %s is connected from %s without encryption', rds_guard.ident(s.role), s.addresses),
               CASE WHEN rds_guard.on_rds() THEN rds_guard.setting_fix('rds.force_ssl', '1') END,
               jsonb_build_object('sessions', s.sessions, 'addresses', s.addresses)
        FROM by_session AS s
        UNION ALL
        -- no such session proves nothing
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE
                  WHEN NOT rds_guard.hba_visible() AND NOT EXISTS (SELECT FROM by_parameter) AND NOT EXISTS (SELECT FROM by_session) THEN
                      -- raises, with the GRANT as hint
                      EXISTS (SELECT FROM rds_guard.hba_rules())
              END
    $$);

SELECT rds_guard.define_check('tls_min_protocol', 'tls', 'medium',
    title => 'The server accepts TLS versions before 1.2',
    why => 'TLS 1.0 and 1.1 are formally deprecated (RFC 8996): their handshakes rest on SHA-1 and MD5, and known attacks read parts of the traffic.',
    remedy => 'Set ssl_min_protocol_version to TLSv1.2, or to TLSv1.3 where every client has it.',
    needs => 'pg_read_all_settings',
    refs => ARRAY['CIS 6.9', 'STIG V-261928'],
    rule => $$
        SELECT 'ssl_min_protocol_version',
               format('ssl_min_protocol_version is %s', s.value),
               rds_guard.setting_fix('ssl_min_protocol_version', 'TLSv1.2'),
               jsonb_build_object('ssl_min_protocol_version', s.value)
        FROM (SELECT CASE rds_guard.setting('ssl')
                         WHEN 'off' THEN rds_guard.not_applicable('ssl is off')::text
                         ELSE rds_guard.setting('ssl_min_protocol_version')
                     END) AS s (value)
        WHERE s.value NOT IN ('TLSv1.2', 'TLSv1.3')
    $$);
