-- The certificates by which clients know the server, and the server its clients.

SELECT rds_guard.define_check('tls_cert_expiry', 'tls', 'high',
    title => 'A certificate of the server has expired or soon will',
    why => 'Clients that verify the server refuse an expired certificate: either all connections end at once, or somebody turns verification off. Clients with certificates are refused as soon as the authority in ssl_ca_file expires.',
    remedy => 'Install a new certificate and reload. The server reads the file only then, and it keeps the old one if the new one does not fit its key: look at its log. The policies certificate_days_high and certificate_days_medium say how early this is found.',
    needs => 'pg_read_server_files',
    refs => ARRAY['STIG V-261893'],
    rule => $$
        WITH examined AS MATERIALIZED (
            -- several lines of hosts_file may name the same file
            SELECT DISTINCT ON (rds_guard.certificate_name(e.certificate)) e.certificate, e.problem
            FROM rds_guard.examined_certificates() AS e
        ), judged AS (
            SELECT e.certificate AS c, (e.certificate).not_before AS starts, (e.certificate).not_after AS ends,
                   -- whole days that are left
                   floor(extract(epoch FROM (e.certificate).not_after - now()) / 86400) AS days
            FROM examined AS e
            -- what the server does not use, or not yet, cuts nobody off
            WHERE e.problem IS NULL AND (e.certificate).loaded <> 'no' AND (e.certificate).role <> 'unused'
        ), found AS MATERIALIZED (
            SELECT rds_guard.certificate_name(j.c) AS object,
                   format('%s (%s, %s) %s', rds_guard.certificate_name(j.c), (j.c).role, (j.c).subject,
                          CASE
                              WHEN j.ends < now() THEN format('expired at %s', j.ends)
                              WHEN j.starts > now() THEN format('is not valid before %s', j.starts)
                              ELSE format('expires in %s days, at %s', j.days, j.ends)
                          END) || rds_guard.certificate_remark(j.c) AS detail,
                   jsonb_build_object(
                       'severity', CASE
                                       WHEN j.ends < now() OR j.starts > now() THEN 'critical'
                                       WHEN j.days < (SELECT rds_guard.policy_number('certificate_days_high')) THEN 'high'
                                       ELSE 'medium'
                                   END,
                       'setting', (j.c).setting, 'file', (j.c).file, 'position', (j.c)."position", 'role', (j.c).role, 'subject', (j.c).subject,
                       'not_before', j.starts, 'not_after', j.ends, 'fingerprint', (j.c).fingerprint, 'loaded', (j.c).loaded) AS evidence
            FROM judged AS j
            WHERE j.starts > now()
                  OR j.days < (SELECT greatest(rds_guard.policy_number('certificate_days_high'), rds_guard.policy_number('certificate_days_medium')))
        )
        SELECT f.object, f.detail, NULL, f.evidence FROM found AS f
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence
        FROM (SELECT bool_or((e.certificate).loaded = 'newer'), bool_or((e.certificate).loaded = 'presumed') FROM examined AS e) AS e (newer, presumed)
        CROSS JOIN LATERAL rds_guard.certificates_unseen(e.newer, e.presumed) AS u
        WHERE NOT EXISTS (SELECT FROM found)
        UNION ALL
        SELECT 'ssl_cert_file', e.problem, NULL,
               jsonb_build_object('unknown', 'Put certificates in PEM form that the server can read where ssl_cert_file, ssl_ca_file or hosts_file name them, then run the report again.')
        FROM examined AS e
        WHERE e.problem IS NOT NULL
    $$);

SELECT rds_guard.define_check('tls_cert_weak', 'tls', 'medium',
    title => 'A certificate of the server is weak, or clients cannot verify it',
    why => 'Keys and digests below today''s measure can be forged. A certificate that clients cannot verify leads to sslmode=require, which accepts anybody in the server''s place.',
    remedy => 'Have a certificate issued for a key of RSA with 2048 bits or P-256 and more, signed with SHA-256 or better, with the host''s names as subjectAltName. Put the leaf first into ssl_cert_file, then each intermediate after the one that it issued.',
    needs => 'pg_read_server_files',
    refs => ARRAY['CIS 6.8', 'STIG V-261929'],
    rule => $$
        WITH examined AS MATERIALIZED (
            -- several lines of hosts_file may name the same file
            SELECT DISTINCT ON (rds_guard.certificate_name(e.certificate)) e.certificate, e.problem
            FROM rds_guard.examined_certificates() AS e
        ), flaw AS (
            SELECT e.certificate AS c, f.severity::rds_guard.severity AS severity, f.flaw
            FROM examined AS e
            CROSS JOIN LATERAL (SELECT (e.certificate).*) AS c
            CROSS JOIN LATERAL (VALUES
                ('medium', CASE WHEN c.key_type IN ('RSA', 'RSA-PSS', 'DSA') AND c.key_bits < 2048 OR c.key_type = 'EC' AND c.key_bits < 256
                                THEN format('its key has only %s bits (%s)', c.key_bits, c.key_type) END),
                ('low', CASE WHEN 'key_bits' = ANY (c.unseen) THEN format('its key (%s) cannot be read', c.key_type) END),
                -- nobody verifies what a root says of itself
                ('medium', CASE WHEN NOT c.self_signed AND c.signature_digest IN ('MD2', 'MD4', 'MD5', 'SHA1', 'MD5-SHA1')
                                THEN format('it is signed with %s', c.signature_digest) END),
                ('medium', CASE WHEN c.role = 'leaf' AND c.chain NOT IN ('complete', 'open') AND c.chain !~ '(expired|not yet valid)'
                                THEN format('its chain does not verify: %s', c.chain) END),
                ('low', CASE WHEN c.role = 'client CA' AND c.chain <> 'complete' AND c.chain !~ '(expired|not yet valid)'
                             THEN format('no client''s certificate leads to it: %s', c.chain) END),
                ('low', CASE WHEN c.role = 'leaf' AND NOT EXISTS (SELECT FROM unnest(c.names) AS n (name) WHERE n.name ~ '^(DNS|IP):')
                             THEN 'it names no host as subjectAltName, and many clients look at nothing else' END),
                ('low', CASE WHEN c.role = 'leaf' AND c.is_ca AND NOT c.self_signed
                             THEN 'it is allowed to issue certificates, so whoever takes the server''s key can make them for any host' END),
                ('info', CASE WHEN c.role = 'leaf' AND c.self_signed
                              THEN 'it is self-signed: only clients that were given this very certificate can verify it' END),
                ('low', CASE WHEN c.role = 'unused' THEN 'it is sent to clients, but is not part of the chain' END)
            ) AS f (severity, flaw)
            WHERE e.problem IS NULL AND c.loaded <> 'no' AND f.flaw IS NOT NULL
            UNION ALL
            SELECT e.certificate, 'high',
                   'the server did not load it at its last reload, for this session got another one; its log says why, such as a private key that does not match'
            FROM examined AS e
            WHERE e.problem IS NULL AND (e.certificate).role = 'leaf' AND (e.certificate).loaded = 'no'
                  AND (e.certificate).file_changed <= pg_conf_load_time()
        )
        SELECT rds_guard.certificate_name(f.c),
               format('%s (%s, %s): %s', rds_guard.certificate_name(f.c), (f.c).role, (f.c).subject,
                      string_agg(f.flaw, '; ' ORDER BY f.severity DESC, f.flaw)) || rds_guard.certificate_remark(f.c),
               NULL,
               jsonb_build_object(
                   'severity', max(f.severity), 'flaws', jsonb_agg(f.flaw ORDER BY f.severity DESC, f.flaw),
                   'setting', (f.c).setting, 'file', (f.c).file, 'position', (f.c)."position", 'role', (f.c).role, 'subject', (f.c).subject,
                   'key_type', (f.c).key_type, 'key_bits', (f.c).key_bits, 'signature_algorithm', (f.c).signature_algorithm,
                   'chain', (f.c).chain, 'fingerprint', (f.c).fingerprint, 'loaded', (f.c).loaded)
        FROM flaw AS f
        GROUP BY f.c
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence
        FROM (SELECT bool_or((e.certificate).loaded = 'newer'), bool_or((e.certificate).loaded = 'presumed') FROM examined AS e) AS e (newer, presumed)
        CROSS JOIN LATERAL rds_guard.certificates_unseen(e.newer, e.presumed) AS u
        WHERE NOT EXISTS (SELECT FROM flaw)
        UNION ALL
        SELECT 'ssl_cert_file', format('%s: the server will not start again, and a reload will change nothing', e.problem), NULL,
               jsonb_build_object('severity', 'high')
        FROM examined AS e
        WHERE e.problem IS NOT NULL
    $$);

SELECT rds_guard.define_check('tls_sni_hosts', 'tls', 'info',
    title => 'Not every name of the server leads to a certificate for it',
    why => 'With ssl_sni on, hosts_file decides which certificate a client gets, and ssl_cert_file is not used any more. A client that asks for a name without a line is refused, unless there is a line for all others, and one whose certificate does not have the name is refused by the client.',
    remedy => 'Give each name a certificate that has it, and add a line for *, which also serves clients that ask for no name, unless all others are to be refused.',
    needs => 'pg_read_server_files',
    refs => ARRAY[]::text[],
    rule => $$
        WITH examined AS MATERIALIZED (
            SELECT e.certificate, e.problem
            FROM (SELECT CASE
                             WHEN rds_guard.setting('ssl') = 'off' THEN rds_guard.not_applicable('ssl is off')
                             WHEN rds_guard.setting('ssl_sni') = 'off' THEN rds_guard.not_applicable('ssl_sni is off')
                             ELSE true
                         END) AS s (used)
            CROSS JOIN LATERAL rds_guard.examined_certificates() AS e
            WHERE s.used
        ), leaf AS (
            SELECT (e.certificate).hosts, (e.certificate).names, (e.certificate).file, (e.certificate).fingerprint
            FROM examined AS e
            WHERE e.problem IS NULL AND (e.certificate).setting = 'hosts_file' AND (e.certificate).role = 'leaf'
        ), entry AS (
            SELECT count(*) AS lines, bool_or('*' = ANY (l.hosts)) AS has_default, bool_or('/no_sni/' = ANY (l.hosts)) AS has_no_sni,
                   jsonb_agg(jsonb_build_object('hosts', l.hosts, 'file', l.file, 'fingerprint', l.fingerprint) ORDER BY l.hosts, l.file) AS hosts
            FROM leaf AS l
        )
        SELECT 'hosts_file',
               CASE WHEN e.has_no_sni THEN 'hosts_file has no line for *: clients that ask for any other name are refused'
                    ELSE 'hosts_file has neither a line for * nor one for /no_sni/: clients that ask for another name, or for none, are refused' END,
               NULL, jsonb_build_object('hosts', e.hosts)
        FROM entry AS e
        WHERE e.lines > 0 AND NOT e.has_default
        UNION ALL
        SELECT format('hosts_file host %s', rds_guard.printable(h.host)),
               format('the certificate in %s, which clients of %s get, does not have that name', rds_guard.printable(l.file), rds_guard.printable(h.host)),
               NULL, jsonb_build_object('severity', 'low', 'host', h.host, 'names', l.names, 'file', l.file, 'fingerprint', l.fingerprint)
        FROM leaf AS l
        CROSS JOIN LATERAL unnest(l.hosts) AS h (host)
        WHERE h.host NOT IN ('*', '/no_sni/')
              AND NOT EXISTS (SELECT FROM unnest(l.names) AS n (name)
                              WHERE lower(n.name) = 'dns:' || lower(h.host)
                                    -- a star stands for exactly one part
                                    OR lower(n.name) = 'dns:*.' || lower(substr(h.host, strpos(h.host, '.') + 1)) AND strpos(h.host, '.') > 0)
        UNION ALL
        SELECT 'hosts_file', e.problem, NULL,
               jsonb_build_object('unknown', 'Correct hosts_file and the files that it names, then run the report again.')
        FROM examined AS e
        WHERE e.problem IS NOT NULL
    $$);

SELECT rds_guard.define_check('tls_crl_expired', 'tls', 'high',
    title => 'A list of revoked certificates has ended, or is not in force',
    why => 'Once a list has ended the server refuses every certificate of its authority, and nobody who needs one gets in. A list that was renewed is used from the next reload on, until then certificates revoked since are accepted.',
    remedy => 'Have the certificate authority publish lists well before the last one ends, and whatever fetches them reload the server. The policy crl_days says how long a list has to be valid.',
    needs => 'pg_read_server_files, for ssl_crl_dir also EXECUTE on pg_ls_dir(text), and the library',
    refs => ARRAY['STIG V-261893'],
    rule => $$
        WITH found AS MATERIALIZED (
            SELECT w.path, w.words, w.is_newer,
                   jsonb_build_object('setting', w.setting, 'file', w.path, 'next_update', w.next_update, 'changed', w.changed,
                                      'severity', CASE WHEN w.problem IS NOT NULL OR w.next_update < now() THEN 'high' ELSE 'medium' END) AS evidence
            FROM (SELECT l.*,
                         CASE
                             WHEN l.problem IS NOT NULL THEN format('the list cannot be used: %s', l.problem)
                             WHEN l.next_update < now() THEN format('the list ended at %s: whoever comes with a certificate is refused', l.next_update)
                             WHEN l.newer THEN format('the list was changed at %s, after the server last read it', l.changed)
                             WHEN l.next_update < now() + interval '1 day' * (SELECT rds_guard.policy_number('crl_days'))::double precision THEN
                                 format('the list ends at %s', l.next_update)
                         END AS words,
                         -- then a reload is what it takes
                         l.newer AND l.problem IS NULL AND l.next_update >= now() AS is_newer
                  FROM (SELECT r.*, r.setting = 'ssl_crl_file' AND r.changed > pg_conf_load_time() AS newer FROM rds_guard.revocation_lists() AS r) AS l) AS w
            WHERE w.words IS NOT NULL
        )
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE
                  WHEN rds_guard.setting('ssl') = 'off' THEN rds_guard.not_applicable('ssl is off')
                  WHEN rds_guard.on_rds() THEN rds_guard.not_applicable('RDS and Aurora let no client in by certificate')
                  WHEN rds_guard.setting('ssl_crl_file') = '' AND CASE WHEN rds_guard.has_setting('ssl_crl_dir') THEN rds_guard.setting('ssl_crl_dir') = '' ELSE true END THEN
                      rds_guard.not_applicable('the server has no list of revoked certificates')
              END
        UNION ALL
        SELECT rds_guard.printable(f.path), f.words, CASE WHEN f.is_newer THEN 'SELECT pg_reload_conf();' END, f.evidence FROM found AS f
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.tls_unseen('ssl_crl_file') AS u WHERE NOT EXISTS (SELECT FROM found)
    $$);
