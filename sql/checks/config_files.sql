-- What the configuration files say, and the server does not do.

SELECT rds_guard.define_check('config_file_errors', 'configuration', 'medium',
    title => 'The server does not use what the configuration files say',
    why => 'After one line that cannot be read, nothing of the files is taken over, with no more than a line in the log, and the server does not start again. A file that was changed and not reloaded tells whoever reads it something else than what is in force.',
    remedy => 'Mend the line, then SELECT pg_reload_conf().',
    needs => 'SELECT on pg_file_settings and EXECUTE on pg_show_all_file_settings(); a superuser to see files that were not loaded',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT regexp_replace(coalesce(f.file, 'postgresql.conf'), '^.*/', '') || coalesce(' line ' || f.line, ''),
               format('%s%s: %s', coalesce(f.file, 'postgresql.conf'), coalesce(' line ' || f.line, ''), f.error)
               || CASE WHEN f.name IS NULL THEN '' ELSE format(' (%s)', rds_guard.ident(f.name)) END,
               NULL,
               -- of a line that cannot be read nobody knows what it holds
               jsonb_strip_nulls(jsonb_build_object('file', f.file, 'line', f.line, 'name', f.name, 'severity', 'high'))
        FROM rds_guard.file_settings() AS f
        WHERE f.error IS NOT NULL
              -- what waits for a restart is in pending_restart_security
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_settings AS s WHERE s.name = f.name AND s.context = 'postmaster' AND f.error = 'setting could not be applied')
        UNION ALL
        SELECT regexp_replace(n.file, '^.*/', ''), format('%s was changed after the server last read it', n.file), 'SELECT pg_reload_conf();', jsonb_build_object('file', n.file)
        FROM rds_guard.newer_configuration() AS n (file)
        UNION ALL
        SELECT 'postgresql.conf', 'whether the server has read its configuration since it was changed cannot be seen', NULL, '{"unknown": "Run the report as a superuser."}'::jsonb
        WHERE CASE WHEN rds_guard.require_file_settings() THEN NOT rds_guard.file_times_visible() END
    $$);

SELECT rds_guard.define_check('pending_restart_security', 'configuration', 'medium',
    title => 'A setting waits for a restart',
    why => 'The file says one thing, the server does another until somebody restarts it. Whoever checks the file believes that the server encrypts, audits or listens as it says there.',
    remedy => 'Restart the server, or take the change back. The server notices such a change only when it reloads.',
    needs => 'pg_read_all_settings',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT s.name, format('a new value of %s is in force after a restart only', s.name), NULL, jsonb_build_object('setting', s.name)
        FROM pg_catalog.pg_settings AS s
        WHERE CASE WHEN rds_guard.setting('shared_preload_libraries') IS NOT NULL THEN s.pending_restart END
              AND s.name ~ '^(ssl|shared_preload_libraries|listen_addresses|port|unix_socket|archive_mode|wal_level|hba_file|ident_file|hosts_file|krb_|logging_collector|track_commit_timestamp|data_directory|config_file|allow_system_table_mods|rds[.]|external_pid_file|max_wal_senders|superuser_reserved_connections|reserved_connections|bonjour|ignore_invalid_pages|primary_slot_name|event_source)'
    $$);

SELECT rds_guard.define_check('alter_system_overrides', 'configuration', 'low',
    title => 'ALTER SYSTEM contradicts the configuration file',
    why => 'What ALTER SYSTEM wrote into postgresql.auto.conf is read last and wins. Whoever looks into postgresql.conf, or has it written by a tool, sees a value that is not in force.',
    remedy => 'Decide which of the two is meant, and remove the other. From PostgreSQL 17 on allow_alter_system = off keeps it from happening by mistake.',
    needs => 'SELECT on pg_file_settings and EXECUTE on pg_show_all_file_settings()',
    refs => ARRAY['CIS 6.4'],
    rule => $$
        WITH lines AS MATERIALIZED (
            SELECT DISTINCT ON (f.name, f.file ~ '/postgresql[.]auto[.]conf$') f.name, f.value, f.file, f.line, f.file ~ '/postgresql[.]auto[.]conf$' AS by_statement
            FROM rds_guard.file_settings() AS f
            WHERE f.name IS NOT NULL
            ORDER BY f.name, f.file ~ '/postgresql[.]auto[.]conf$', f.seqno DESC
        )
        SELECT a.name,
               CASE WHEN rds_guard.is_secret_setting(a.name) THEN format('%s of %s line %s is overridden by ALTER SYSTEM', a.name, m.file, m.line)
                    ELSE format('%s is %L in %s line %s, and %L by ALTER SYSTEM', a.name, m.value, m.file, m.line, a.value) END,
               NULL, jsonb_build_object('setting', a.name, 'file', m.file, 'line', m.line)
        FROM lines AS a
        JOIN lines AS m ON m.name = a.name AND NOT m.by_statement
        WHERE a.by_statement AND lower(a.value) <> lower(m.value)
    $$);

SELECT rds_guard.define_check('external_command_settings', 'configuration', 'medium',
    title => 'A command in the configuration holds a secret',
    why => 'Everybody who can log in reads archive_command by SHOW, and the process list shows each command while it runs. A key or password in it is known to all of them.',
    remedy => 'Let the command read the secret from a file that only the server''s account can read, and change the secret.',
    needs => 'any role for archive_command, pg_read_all_settings for the others',
    refs => ARRAY['CIS 7.4', 'STIG V-261888'],
    rule => $$
        SELECT n.name, format('%s looks as if it held a password or a key', n.name), NULL, jsonb_build_object('setting', n.name)
        FROM unnest('{archive_command,restore_command,archive_cleanup_command,recovery_end_command,ssl_passphrase_command}'::text[]) AS n (name)
        CROSS JOIN LATERAL (SELECT CASE WHEN rds_guard.has_setting(n.name) THEN rds_guard.setting(n.name) END) AS s (value)
        WHERE s.value ~* '(pass(word|wd|phrase)?|pwd|secret|token|api_?key|access_?key|sig|PGPASSWORD)["'']?[ =:]+["'']?[^ "''$%/-][^ "'']{3,}'
              OR s.value ~ 'AKIA[0-9A-Z]{16}'
              OR s.value ~ '[a-z]+://[^ /:@]+:[^ /@]+@'
              OR (n.name = 'ssl_passphrase_command' AND s.value ~ '^ *echo +[^$ ]')
    $$);
