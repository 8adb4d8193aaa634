-- Who on the server's machine could read or change the files that decide who
-- gets in.

SELECT rds_guard.define_check('tls_private_key_perms', 'tls', 'high',
    title => 'The private key of the server lies open to others on its machine',
    why => 'Whoever has the key can pass for this server, and read recorded traffic where the key exchange lacks forward secrecy. The server refuses to start with a key file that others may read, but not with a copy beside it or one in the file of certificates, and does not look at the folders above.',
    remedy => 'Let only the server''s account, or root and a group, read the key, and each that hosts_file names; delete copies, also from files of certificates, or close them in the same way; close folders in which others could put another file in its place. If others have been able to read the key, make a new one.',
    needs => 'pg_read_server_files, pg_read_all_settings and EXECUTE on pg_ls_dir(text, boolean, boolean), and the library',
    refs => ARRAY['STIG V-261894'],
    rule => $$
        WITH named AS MATERIALIZED (
            SELECT f.* FROM rds_guard.server_files('{ssl_key_file}') AS f
        ), files AS MATERIALIZED (
            SELECT n.*
            FROM named AS n
            -- with keys of hosts, that of ssl_key_file is not used unless it is one of them
            WHERE NOT (n.part = 'itself'
                       AND EXISTS (SELECT FROM named AS h WHERE h.part = 'host' AND (h.path = n.path OR (h.path IS NOT NULL AND n.kind = 'missing'))))
        ), seen AS MATERIALIZED (
            SELECT f.kind <> 'missing' AS exists, f.closed_by IS NOT NULL AS closed FROM files AS f WHERE f.part IN ('itself', 'host')
        )
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE
                  WHEN rds_guard.on_rds() THEN rds_guard.not_applicable('on RDS and Aurora the key is Amazon''s')
                  WHEN rds_guard.setting('ssl_key_file') = '' THEN rds_guard.not_applicable('ssl_key_file is not set')
                  WHEN rds_guard.setting('ssl') = 'off' AND NOT EXISTS (SELECT FROM seen AS s WHERE s.exists)
                      THEN rds_guard.not_applicable('ssl is off and there is no key')
              END
        UNION ALL
        SELECT rds_guard.printable(f.path),
               CASE f.part WHEN 'beside' THEN 'beside a key of the server, ' WHEN 'host' THEN 'named by hosts_file, '
                           WHEN 'certificate' THEN 'it holds a private key beside certificates, ' ELSE '' END
               || format('mode %s, owner %s, group %s: ', f.mode, f.owner || CASE f.owner WHEN 'other' THEN format(' (uid %s)', f.uid) ELSE '' END,
                         f.group_owner || CASE f.group_owner WHEN 'other' THEN format(' (gid %s)', f.gid) ELSE '' END)
               || CASE
                      WHEN f.writable_by <> 'owner' THEN format('the %s can write it', f.writable_by)
                      WHEN f.readable_by <> 'owner' THEN format('the %s can read it', f.readable_by)
                      ELSE 'its owner is neither the server nor root'
                  END,
               rds_guard.chmod_fix(f.path, CASE WHEN f.owner = 'root' THEN 'g-wx,o=' WHEN f.owner = 'server' THEN '0600' END),
               jsonb_strip_nulls(to_jsonb(f))
        FROM files AS f
        WHERE f.kind = 'file'
              AND (f.owner = 'other' OR f.writable_by <> 'owner' OR f.readable_by = 'world'
                   -- the server itself takes a key of root's that a group may read
                   OR (f.readable_by = 'group' AND NOT (f.owner = 'root' AND right(f.mode, 1) = '0')))
        UNION ALL
        SELECT rds_guard.printable(f.open_folder), rds_guard.open_folder_detail(f.open_folder, f.open_to, string_agg(f.path, ' and ' ORDER BY f.path)), NULL,
               jsonb_build_object('keys', jsonb_agg(f.path ORDER BY f.path), 'folder', f.open_folder, 'open_to', f.open_to)
        FROM files AS f
        WHERE f.part IN ('itself', 'host') AND f.open_folder IS NOT NULL
        GROUP BY f.open_folder, f.open_to
        UNION ALL
        SELECT coalesce(rds_guard.printable(f.path), CASE f.part WHEN 'host' THEN 'hosts_file' WHEN 'certificate' THEN 'ssl_cert_file' ELSE 'ssl_key_file' END),
               CASE
                   WHEN f.kind = 'missing' THEN 'the file is gone, although ssl is on: what became of it is not known'
                   WHEN f.part = 'beside' THEN 'what else lies in the folder of the key is not known'
                   WHEN f.part = 'certificate' THEN 'what a file of certificates holds besides is not known'
                   ELSE 'owner and mode of the key are not known: ' || f.problem
               END,
               CASE WHEN f.problem LIKE 'GRANT %' AND rds_guard.is_printable(f.problem) THEN f.problem END,
               jsonb_build_object('unknown', coalesce(f.problem, 'Look for where the key has gone.'))
        FROM files AS f
        WHERE (f.kind = 'unknown' OR (f.kind = 'missing' AND rds_guard.setting('ssl') = 'on'))
              -- a folder that the server may not list, and others not even pass
              AND NOT (f.part = 'beside' AND f.problem NOT LIKE 'GRANT %' AND (SELECT bool_and(s.closed) FROM seen AS s))
    $$);

SELECT rds_guard.define_check('hba_file_perms', 'network', 'medium',
    title => 'Configuration files lie open to others on the server''s machine',
    why => 'Whoever can write pg_hba.conf, pg_ident.conf, postgresql.conf or a file that they take in, or put others in their place, logs in as a superuser after the next reload, or has the server run a program. pg_hba.conf and postgresql.auto.conf may hold passwords, and tell how to get in.',
    remedy => 'Let the server''s account own these files and nobody else write them, nor any folder above them; let at most a group read pg_hba.conf, pg_ident.conf and postgresql.auto.conf. A folder with mode 0700 above them is enough.',
    needs => 'pg_read_server_files, pg_read_all_settings and SELECT on pg_file_settings, pg_hba_file_rules and pg_ident_file_mappings with EXECUTE on their functions, EXECUTE on pg_read_binary_file(text) and pg_stat_file(text), and the library',
    refs => ARRAY['STIG V-261880', 'STIG V-261881'],
    rule => $$
        WITH files AS MATERIALIZED (
            SELECT f.* FROM rds_guard.server_files('{config_file,auto_file,hba_file,ident_file,hosts_file}') AS f
        ), judged AS MATERIALIZED (
            SELECT f.*,
                   CASE
                       WHEN f.writable_by <> 'owner' THEN format('the %s can write it', f.writable_by)
                       WHEN f.owner = 'other' THEN format('its owner (uid %s) is neither the server nor root', f.uid)
                       -- packages let everybody read postgresql.conf
                       WHEN f.readable_by = 'world' AND f.setting <> 'config_file' THEN 'the world can read it'
                   END AS wrong
            FROM files AS f
            WHERE f.kind = 'file'
        )
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN rds_guard.on_rds() THEN rds_guard.not_applicable('on RDS and Aurora the configuration files are Amazon''s') END
        UNION ALL
        SELECT rds_guard.printable(j.path), format('mode %s: %s', j.mode, j.wrong),
               rds_guard.chmod_fix(j.path, CASE WHEN j.owner <> 'other' THEN CASE j.setting WHEN 'config_file' THEN 'g-w,o-w' ELSE 'g-w,o=' END END),
               jsonb_strip_nulls(to_jsonb(j) - 'wrong')
               || CASE WHEN j.writable_by = 'world' OR j.owner = 'other' THEN '{"severity": "high"}' ELSE '{}' END::jsonb
        FROM judged AS j
        WHERE j.wrong IS NOT NULL
        UNION ALL
        SELECT rds_guard.printable(f.open_folder), rds_guard.open_folder_detail(f.open_folder, f.open_to, string_agg(DISTINCT f.path, ', ' ORDER BY f.path)), NULL,
               jsonb_build_object('folder', f.open_folder, 'open_to', f.open_to, 'files', jsonb_agg(DISTINCT f.path ORDER BY f.path))
               || CASE WHEN f.open_to <> 'group' THEN '{"severity": "high"}' ELSE '{}' END::jsonb
        FROM files AS f
        WHERE f.open_folder IS NOT NULL
        GROUP BY f.open_folder, f.open_to
        UNION ALL
        SELECT coalesce(rds_guard.printable(f.path), f.setting || CASE f.part WHEN 'borrowed' THEN ' @' ELSE '' END),
               CASE WHEN f.path IS NULL AND f.part = 'borrowed' THEN format('the files that %s takes names from (@name) are not known', f.setting)
                    WHEN f.path IS NULL THEN format('the files that %s includes are not known', f.setting)
                    ELSE 'owner and mode are not known: ' || f.problem END,
               CASE WHEN f.problem LIKE 'GRANT %' AND rds_guard.is_printable(f.problem) THEN f.problem END,
               jsonb_build_object('unknown', f.problem)
        FROM files AS f
        WHERE f.kind = 'unknown'
    $$);
