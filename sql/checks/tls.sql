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
        SELECT 'ssl', 'ssl is on, but there is no certificate: unless the server loaded one before, it offers no TLS, and it will not start again', NULL,
               jsonb_build_object('ssl', rds_guard.setting('ssl'), 'ssl_cert_file', rds_guard.setting('ssl_cert_file'))
        WHERE CASE
                  WHEN rds_guard.setting('ssl') = 'on' AND rds_guard.listens_on_network() THEN
                      NOT rds_guard.certificate_exists()
                      -- where hosts_file names the certificates, this file is not read
                      AND NOT (SELECT CASE WHEN rds_guard.has_setting('ssl_sni') THEN rds_guard.setting('ssl_sni') = 'on' ELSE false END)
              END
        UNION ALL
        SELECT 'ssl', 'ssl is on, but the server offers no TLS: it could not load its certificate or settings, and its log says why', NULL,
               jsonb_build_object('ssl', 'on', 'ssl_cert_file', rds_guard.setting('ssl_cert_file'), 'is_loaded', false)
        WHERE CASE WHEN rds_guard.setting('ssl') = 'on' AND rds_guard.listens_on_network() AND rds_guard.certificate_exists() IS NOT false THEN
                  (SELECT NOT f.is_loaded FROM rds_guard.tls_in_force() AS f) END
        UNION ALL
        SELECT 'ssl', f.doubt, NULL, jsonb_build_object('unknown', rds_guard.tls_hint())
        FROM rds_guard.tls_in_force() AS f
        WHERE CASE WHEN rds_guard.setting('ssl') = 'on' AND rds_guard.listens_on_network() AND rds_guard.certificate_exists() IS NOT false THEN
                  f.is_loaded IS NULL END
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
            SELECT rds_guard.hba_line(h.type, h.databases, h.roles, h.address, h.auth_method, rds_guard.hba_written_options(h.auth_method, h.options)) AS object,
                   format('%s line %s lets %s in to %s from %s by %s without encryption', coalesce(h.file_name, 'pg_hba.conf'), h.line_number,
                          rds_guard.hba_list(h.roles), rds_guard.hba_list(h.databases), h.address, h.auth_method) AS detail,
                   CASE
                       WHEN rds_guard.on_rds() THEN rds_guard.setting_fix('rds.force_ssl', '1')
                       -- without TLS a hostssl line would let nobody in
                       WHEN rds_guard.setting('ssl') = 'on' THEN rds_guard.hba_new_line('hostssl', h.databases, h.roles, h.address, h.auth_method, h.options)
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
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u WHERE (SELECT rds_guard.hba_visible())
    $$);

SELECT rds_guard.define_check('tls_min_protocol', 'tls', 'medium',
    title => 'The server accepts outdated TLS versions',
    why => 'TLS 1.0 and 1.1 are formally deprecated (RFC 8996): their handshakes rest on SHA-1 and MD5, and known attacks read parts of the traffic.',
    remedy => 'Set ssl_min_protocol_version to TLSv1.2, or to TLSv1.3 where every client has it. The policy tls_minimum_version says which of the two is asked for.',
    needs => 'pg_read_all_settings',
    refs => ARRAY['CIS 6.9', 'STIG V-261928'],
    rule => $$
        WITH found AS MATERIALIZED (
            SELECT 'ssl_min_protocol_version' AS object,
                   format('ssl_min_protocol_version is %s', s.value) AS detail,
                   rds_guard.setting_fix('ssl_min_protocol_version', 'TLSv1.' || (SELECT rds_guard.policy_number('tls_minimum_version'))) AS fix,
                   jsonb_build_object('ssl_min_protocol_version', s.value, 'asked_for', 'TLSv1.' || (SELECT rds_guard.policy_number('tls_minimum_version'))) AS evidence
            FROM (SELECT CASE rds_guard.setting('ssl')
                             WHEN 'off' THEN rds_guard.not_applicable('ssl is off')::text
                             ELSE rds_guard.setting('ssl_min_protocol_version')
                         END) AS s (value)
            WHERE coalesce(substring(s.value, '^TLSv1[.]([0-9]+)$'), '0')::numeric < (SELECT rds_guard.policy_number('tls_minimum_version'))
            UNION ALL
            SELECT 'ssl_max_protocol_version',
                   format('ssl_max_protocol_version is %s, below ssl_min_protocol_version: the server refuses both when it reads them, goes on with older ones, and does not start again',
                          s.highest),
                   rds_guard.setting_fix('ssl_max_protocol_version', ''),
                   jsonb_build_object('ssl_min_protocol_version', s.lowest, 'ssl_max_protocol_version', s.highest)
            FROM (SELECT rds_guard.setting('ssl_min_protocol_version'), rds_guard.setting('ssl_max_protocol_version')
                  WHERE rds_guard.setting('ssl') = 'on') AS s (lowest, highest)
            -- in the order of the alphabet, too
            WHERE s.highest <> '' AND s.highest COLLATE "C" < s.lowest COLLATE "C"
            UNION ALL
            -- the setting itself may be well
            SELECT 'TLS in force', format('the server could not load its settings of TLS, and goes on with older ones that accept %s; its log says why',
                                          coalesce(nullif(f.lowest_protocol, ''), 'any version')), NULL,
                   jsonb_build_object('lowest_protocol', f.lowest_protocol, 'ssl_min_protocol_version', rds_guard.setting('ssl_min_protocol_version'))
            FROM rds_guard.tls_in_force() AS f
            WHERE f.confirmed AND f.lowest_protocol IS NOT NULL
                  AND f.lowest_protocol <> (SELECT rds_guard.setting('ssl_min_protocol_version'))
                  AND coalesce(substring(f.lowest_protocol, '^TLSv1[.]([0-9]+)$'), '0')::numeric < (SELECT rds_guard.policy_number('tls_minimum_version'))
        )
        SELECT f.object, f.detail, f.fix, f.evidence FROM found AS f
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.tls_unseen('ssl_min_protocol_version') AS u WHERE NOT EXISTS (SELECT FROM found)
    $$);

SELECT rds_guard.define_check('tls_max_protocol_capped', 'tls', 'medium',
    title => 'TLS 1.3 is switched off',
    why => 'ssl_max_protocol_version below TLSv1.3 keeps clients that have TLS 1.3 from it, while whoever looks at ssl_min_protocol_version alone sees nothing wrong. Only TLS 1.3 encrypts the certificates and has no suite without forward secrecy.',
    remedy => 'Reset ssl_max_protocol_version: the server then takes the newest version that the client has, too.',
    needs => 'pg_read_all_settings',
    refs => ARRAY['CIS 6.9'],
    rule => $$
        WITH found AS MATERIALIZED (
            SELECT 'ssl_max_protocol_version' AS object, format('ssl_max_protocol_version is %s', s.value) AS detail,
                   rds_guard.setting_fix('ssl_max_protocol_version', '') AS fix,
                   jsonb_build_object('ssl_max_protocol_version', s.value) AS evidence
            FROM (SELECT CASE rds_guard.setting('ssl')
                             WHEN 'off' THEN rds_guard.not_applicable('ssl is off')::text
                             ELSE rds_guard.setting('ssl_max_protocol_version')
                         END) AS s (value)
            WHERE s.value NOT IN ('', 'TLSv1.3')
            UNION ALL
            SELECT 'TLS in force', format('the server could not load its settings of TLS, and goes on with older ones that accept no more than %s; its log says why',
                                          f.highest_protocol), NULL,
                   jsonb_build_object('highest_protocol', f.highest_protocol, 'ssl_max_protocol_version', rds_guard.setting('ssl_max_protocol_version'))
            FROM rds_guard.tls_in_force() AS f
            WHERE f.confirmed AND f.highest_protocol ~ '^(SSL|TLSv1([.][012])?$)'
                  AND f.highest_protocol <> (SELECT rds_guard.setting('ssl_max_protocol_version'))
        )
        SELECT f.object, f.detail, f.fix, f.evidence FROM found AS f
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.tls_unseen('ssl_max_protocol_version') AS u WHERE NOT EXISTS (SELECT FROM found)
    $$);

SELECT rds_guard.define_check('tls_weak_ciphers', 'tls', 'medium',
    title => 'The server accepts weak cipher suites',
    why => 'ssl_ciphers is an expression that OpenSSL expands with its own version and configuration, so that its text does not tell what a client gets. Without forward secrecy whoever gets the server''s key can decrypt what was recorded for years; suites without authentication or encryption protect from nobody.',
    remedy => 'Exclude the suites named. The fix adds their exclusion to the expression in force and keeps all others; where no other is left, it names strong ones. Clients that have nothing better can then no longer connect: tls_legacy_protocol_sessions names those that are connected now.',
    needs => 'pg_read_all_settings, and where ssl_dh_params_file is set pg_read_server_files',
    refs => ARRAY['CIS 6.10', 'STIG V-261928'],
    rule => $$
        WITH suite AS MATERIALIZED (
            SELECT c.name, c.grade, c.reason,
                   CASE WHEN c.protocol = 'TLSv1.3' THEN 'ssl_tls13_ciphers' ELSE 'ssl_ciphers' END AS setting,
                   CASE
                       WHEN c.encryption = 'none' THEN 'eNULL'
                       WHEN c.authentication = 'none' THEN 'aNULL'
                       WHEN c.encryption ~ '^RC4' THEN 'RC4'
                       WHEN c.encryption ~ '^DES-EDE3' THEN '3DES'
                       WHEN c.encryption ~ '^IDEA' THEN 'IDEA'
                       WHEN c.key_exchange = 'RSA' THEN 'kRSA'
                       WHEN c.authentication = 'DSS' THEN 'aDSS'
                       ELSE c.name
                   END AS keyword
            FROM rds_guard.tls_ciphers() AS c
            WHERE c.kind = 'cipher'
        ), weak AS (
            SELECT s.setting, s.grade, s.reason, string_agg(DISTINCT s.name, ', ') AS names, count(DISTINCT s.name) AS suites,
                   array_agg(DISTINCT s.keyword) AS keywords
            FROM suite AS s
            WHERE s.grade IN ('weak', 'broken')
            GROUP BY s.setting, s.grade, s.reason
        ), found AS MATERIALIZED (
            SELECT w.setting AS object,
                   format('%s of %s suites are %s: %s', sum(w.suites), (SELECT count(DISTINCT s.name) FROM suite AS s WHERE s.setting = w.setting),
                          CASE WHEN bool_and(w.grade = 'weak') THEN 'weak' WHEN bool_and(w.grade = 'broken') THEN 'broken' ELSE 'weak or broken' END,
                          string_agg(format('%s (%s)', w.names, w.reason), '; ' ORDER BY w.grade, w.reason)) AS detail,
                   CASE
                       WHEN w.setting = 'ssl_tls13_ciphers' THEN (SELECT rds_guard.setting_fix(w.setting, '') WHERE rds_guard.has_setting(w.setting))
                       -- an expression that leaves nothing is refused
                       WHEN EXISTS (SELECT FROM suite AS s WHERE s.setting = w.setting AND s.grade NOT IN ('weak', 'broken')) THEN
                           rds_guard.setting_fix(w.setting, rds_guard.setting(w.setting) || ':' ||
                               (SELECT string_agg(DISTINCT '!' || k.keyword, ':') FROM weak AS x CROSS JOIN LATERAL unnest(x.keywords) AS k (keyword)
                                WHERE x.setting = w.setting))
                       ELSE rds_guard.setting_fix(w.setting, 'ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM')
                   END AS fix,
                   jsonb_build_object('suites', jsonb_object_agg(w.names, w.reason), 'value', CASE WHEN rds_guard.has_setting(w.setting) THEN rds_guard.setting(w.setting) END)
                   || CASE WHEN bool_or(w.grade = 'broken') THEN '{"severity": "high"}'::jsonb ELSE '{}' END AS evidence
            FROM weak AS w
            GROUP BY w.setting
        )
        SELECT f.object, f.detail, f.fix, f.evidence FROM found AS f
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.tls_unseen('ssl_ciphers') AS u WHERE NOT EXISTS (SELECT FROM found)
    $$);

SELECT rds_guard.define_check('tls_weak_key_exchange', 'tls', 'low',
    title => 'The server exchanges keys with weak parameters',
    why => 'The strength of a session is that of its key exchange at most. Up to PostgreSQL 17 ssl_ecdh_curve allows one curve only; one that TLS 1.3 does not have switches that off.',
    remedy => 'Set ssl_groups (18 and later) to X25519:prime256v1 or stronger, ssl_ecdh_curve (up to 17) to prime256v1 or secp384r1, and leave ssl_dh_params_file empty or give it at least 2048 bits.',
    needs => 'pg_read_all_settings, and where ssl_dh_params_file is set pg_read_server_files',
    refs => ARRAY['STIG V-261928'],
    rule => $$
        WITH offer AS MATERIALIZED (
            SELECT c.kind, c.protocol, c.name, c.grade, c.reason,
                   CASE
                       WHEN c.name ~ '^DH [0-9]+ bits$' THEN 'ssl_dh_params_file'
                       ELSE (SELECT CASE WHEN rds_guard.has_setting('ssl_groups') THEN 'ssl_groups' ELSE 'ssl_ecdh_curve' END)
                   END AS setting
            FROM rds_guard.tls_ciphers() AS c
        ), found AS MATERIALIZED (
            SELECT o.setting AS object, string_agg(DISTINCT format('%s is %s: %s', o.name, o.grade, o.reason), '; ') AS detail,
                   rds_guard.setting_fix(o.setting, CASE o.setting WHEN 'ssl_groups' THEN 'X25519:prime256v1' WHEN 'ssl_ecdh_curve' THEN 'prime256v1' ELSE '' END) AS fix,
                   jsonb_build_object('groups', jsonb_agg(DISTINCT o.name), 'value', rds_guard.setting(o.setting)) AS evidence
            FROM offer AS o
            WHERE o.kind = 'group' AND o.grade IN ('weak', 'broken')
            GROUP BY o.setting
            UNION ALL
            SELECT 'TLSv1.3',
                   format('the settings allow TLS 1.3, but no client gets it: %s is %s, and the server''s key has to be of a kind that TLS 1.3 has',
                          s.setting, rds_guard.setting(s.setting)),
                   NULL, jsonb_build_object(s.setting, rds_guard.setting(s.setting))
            FROM (SELECT CASE WHEN rds_guard.has_setting('ssl_groups') THEN 'ssl_groups' ELSE 'ssl_ecdh_curve' END) AS s (setting)
            WHERE NOT EXISTS (SELECT FROM offer AS o WHERE o.protocol = 'TLSv1.3') AND rds_guard.setting('ssl_max_protocol_version') IN ('', 'TLSv1.3')
        )
        SELECT f.object, f.detail, f.fix, f.evidence FROM found AS f
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence
        FROM rds_guard.tls_unseen(CASE WHEN rds_guard.has_setting('ssl_groups') THEN 'ssl_groups' ELSE 'ssl_ecdh_curve' END) AS u
        WHERE NOT EXISTS (SELECT FROM found)
    $$);

SELECT rds_guard.define_check('tls_prefer_server_ciphers', 'tls', 'low',
    title => 'Clients choose the cipher suite',
    why => 'With ssl_prefer_server_ciphers = off the first suite of the client''s list that the server has is used, and an old client may put a weak one first.',
    remedy => 'Set ssl_prefer_server_ciphers = on.',
    refs => ARRAY['CIS 6.4', 'CIS 6.10'],
    rule => $$
        WITH found AS MATERIALIZED (
            SELECT 'ssl_prefer_server_ciphers' AS object, 'ssl_prefer_server_ciphers is off' AS detail,
                   rds_guard.setting_fix('ssl_prefer_server_ciphers', 'on') AS fix,
                   jsonb_build_object('ssl_prefer_server_ciphers', s.value) AS evidence
            FROM (SELECT CASE rds_guard.setting('ssl')
                             WHEN 'off' THEN rds_guard.not_applicable('ssl is off')::text
                             ELSE rds_guard.setting('ssl_prefer_server_ciphers')
                         END) AS s (value)
            WHERE s.value = 'off'
            UNION ALL
            SELECT 'TLS in force', 'the server could not load its settings of TLS, and goes on with older ones that let the client choose; its log says why', NULL,
                   jsonb_build_object('server_chooses', f.server_chooses, 'ssl_prefer_server_ciphers', 'on')
            FROM rds_guard.tls_in_force() AS f
            WHERE f.confirmed AND NOT f.server_chooses AND rds_guard.setting('ssl_prefer_server_ciphers') = 'on'
        )
        SELECT f.object, f.detail, f.fix, f.evidence FROM found AS f
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.tls_unseen('ssl_prefer_server_ciphers') AS u WHERE NOT EXISTS (SELECT FROM found)
    $$);

SELECT rds_guard.define_check('tls_client_ca_crl', 'tls', 'medium',
    title => 'Clients come in with certificates that nobody can revoke',
    why => 'Who steals the key of a client''s certificate can use it until it expires. The server refuses revoked certificates only if it has a list of them.',
    remedy => 'Let the certificate authority publish a list of revoked certificates and set ssl_crl_file or, from PostgreSQL 14 on, ssl_crl_dir. Renew the list before it expires: after that the server refuses every client certificate.',
    needs => 'SELECT on pg_hba_file_rules and EXECUTE on pg_hba_file_rules()',
    refs => ARRAY['STIG V-261893', 'STIG V-261929'],
    rule => $$
        WITH list AS MATERIALIZED (
            SELECT CASE
                       WHEN rds_guard.setting('ssl') = 'off' THEN rds_guard.not_applicable('ssl is off')
                       WHEN rds_guard.on_rds() THEN rds_guard.not_applicable('RDS and Aurora let no client in by certificate')
                       WHEN rds_guard.setting('ssl_crl_file') <> '' THEN true
                       WHEN rds_guard.has_setting('ssl_crl_dir') THEN rds_guard.setting('ssl_crl_dir') <> ''
                       ELSE false
                   END AS is_set
        ), lines AS MATERIALIZED (
            SELECT count(*) AS lines, (array_agg(h.line_number ORDER BY h.place))[1] AS first, jsonb_agg(h.line_number ORDER BY h.place) AS numbers
            FROM rds_guard.hba_rules() AS h
            -- without a column: where a list is in force, the lines are not even read
            WHERE (SELECT CASE WHEN l.is_set THEN (SELECT CASE WHEN f.confirmed THEN NOT f.checks_revocation ELSE f.doubt IS NOT NULL END
                                                   FROM rds_guard.tls_in_force() AS f)
                               ELSE true END
                   FROM list AS l)
                  AND (h.auth_method = 'cert'
                       OR EXISTS (SELECT FROM unnest(h.options) AS o (option) WHERE o.option IN ('clientcert=verify-ca', 'clientcert=verify-full', 'clientcert=1')))
            HAVING count(*) > 0
        )
        SELECT 'ssl_crl_file',
               format('%s line(s) of pg_hba.conf ask for a client certificate, the first is line %s, and %s', n.lines, n.first,
                      CASE WHEN l.is_set THEN 'the server could not load its list of revoked ones: its log says why'
                           ELSE 'neither ssl_crl_file nor ssl_crl_dir is set' END),
               NULL,
               jsonb_build_object('lines', n.numbers, 'ssl_ca_file', rds_guard.setting('ssl_ca_file'))
        FROM lines AS n
        CROSS JOIN list AS l
        WHERE NOT l.is_set
              -- without an authority it lets nobody in by certificate, and needs no list
              OR (SELECT f.confirmed FROM rds_guard.tls_in_force() AS f) AND rds_guard.setting('ssl_ca_file') <> ''
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence
        FROM rds_guard.tls_unseen('ssl_crl_file') AS u
        WHERE (SELECT l.is_set FROM list AS l) AND EXISTS (SELECT FROM lines)
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u WHERE (SELECT NOT l.is_set FROM list AS l)
    $$);

SELECT rds_guard.define_check('gss_accept_delegation', 'tls', 'medium',
    title => 'The server takes over the Kerberos credentials of its clients',
    why => 'With gss_accept_delegation = on a client may hand over its Kerberos ticket. Whatever code runs in its session, such as a function of another user or dblink and postgres_fdw, can then log in elsewhere as this client.',
    remedy => 'Set gss_accept_delegation = off, unless foreign servers are used with the identity of the client on purpose.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT 'gss_accept_delegation', 'gss_accept_delegation is on', rds_guard.setting_fix('gss_accept_delegation', 'off'),
               jsonb_build_object('gss_accept_delegation', s.value)
        FROM (SELECT CASE
                         WHEN rds_guard.on_rds() THEN rds_guard.not_applicable('RDS and Aurora do not let this be set')::text
                         WHEN NOT rds_guard.has_setting('gss_accept_delegation') THEN
                             rds_guard.not_applicable('before PostgreSQL 16 the server takes no delegated credentials')::text
                         ELSE rds_guard.setting('gss_accept_delegation')
                     END) AS s (value)
        WHERE s.value = 'on'
    $$);

SELECT rds_guard.define_check('fips_mode', 'tls', 'info',
    title => 'OpenSSL is not in FIPS mode',
    why => 'Some sites may use validated cryptography only. In FIPS mode OpenSSL refuses what is not approved, MD5 passwords and old TLS among it. Nobody else needs it: this is for information.',
    remedy => 'Switch FIPS mode on in the operating system or in openssl.cnf and restart the server; with pgcrypto, from PostgreSQL 18 on, also set pgcrypto.builtin_crypto_enabled to fips. Replace MD5 passwords before.',
    refs => ARRAY['CIS 6.7', 'STIG V-261896', 'STIG V-261928', 'STIG V-261965', 'STIG V-261966'],
    rule => $$
        SELECT 'OpenSSL', format('%s is not in FIPS mode', o.version), NULL, jsonb_build_object('version', o.version, 'fips', o.fips)
        FROM rds_guard.openssl() AS o
        WHERE NOT o.fips
        UNION ALL
        SELECT 'pgcrypto.builtin_crypto_enabled', 'OpenSSL is in FIPS mode, but pgcrypto still has algorithms of its own',
               rds_guard.setting_fix('pgcrypto.builtin_crypto_enabled', 'fips'), jsonb_build_object('version', o.version, 'fips', o.fips)
        FROM rds_guard.openssl() AS o
        WHERE CASE WHEN o.fips AND rds_guard.has_setting('pgcrypto.builtin_crypto_enabled') THEN
                  rds_guard.setting('pgcrypto.builtin_crypto_enabled') = 'on' END
    $$);
