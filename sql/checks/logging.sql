-- Where the log goes, what each line says, and what it says too much. Overrides
-- for one role or database that record less are in logging_guc_overridden.

SELECT rds_guard.define_check('log_destination_missing', 'audit_logging', 'high',
    title => 'The log goes nowhere',
    why => 'With an empty log_destination nothing is written. Without logging_collector the log goes to the standard error of the server: under systemd or in a container somebody collects that, but a server that was started with it closed or sent to /dev/null keeps no log, whatever it is told to record.',
    remedy => 'Set log_destination, or switch on logging_collector, which takes a restart.',
    needs => 'any role where logging_collector is on or syslog is used, otherwise pg_read_all_settings and the library',
    refs => ARRAY['CIS 3.1.2', 'CIS 3.1.3', 'STIG V-261865'],
    rule => $$
        SELECT 'log_destination', 'log_destination is empty', rds_guard.setting_fix('log_destination', 'stderr'), '{"log_destination": ""}'::jsonb
        WHERE rds_guard.log_destinations() = '{}'
        UNION ALL
        SELECT 'logging_collector',
               CASE e.kind WHEN 'unknown' THEN 'logging_collector is off, and where the standard error of the server goes cannot be seen'
                           ELSE format('logging_collector is off, and the standard error of the server is %s', replace(e.kind, 'null', '/dev/null')) END,
               CASE WHEN e.kind <> 'unknown' THEN rds_guard.setting_fix('logging_collector', 'on') WHEN e.unseen LIKE 'GRANT %' THEN e.unseen END,
               jsonb_strip_nulls(jsonb_build_object('log_destination', array_to_string(rds_guard.log_destinations(), ', '), 'logging_collector', 'off', 'standard_error', e.kind,
                                                    'unknown', CASE e.kind WHEN 'unknown' THEN CASE WHEN e.unseen LIKE 'GRANT %' THEN 'Run the report as a role that may read all settings.'
                                                                                                    ELSE e.unseen END END))
        FROM (SELECT CASE WHEN (SELECT p.platform FROM rds_guard.platform() AS p) = 'self_managed' AND rds_guard.setting('logging_collector') = 'off'
                               AND rds_guard.log_destinations() <> '{}' AND NOT rds_guard.log_destinations() && '{syslog,eventlog}' THEN true END) AS c (concerned)
        CROSS JOIN LATERAL (SELECT s.kind, s.unseen FROM rds_guard.standard_error() AS s WHERE c.concerned) AS e
        WHERE e.kind IN ('null', 'closed', 'unknown')
    $$);

SELECT rds_guard.define_check('log_line_prefix_weak', 'audit_logging', 'medium',
    title => 'Lines of the log do not say when, who and from where',
    why => 'A record is of use only if it tells the time, the process, the role, the database, the client''s address and the application. What stands behind %q is left out of the lines of background processes, which have a time and a process, too.',
    remedy => 'Put the missing escapes into log_line_prefix, those for time and process before %q.',
    refs => ARRAY['CIS 3.1.24', 'STIG V-261860', 'STIG V-261866', 'STIG V-261868', 'STIG V-261869', 'STIG V-261871'],
    rule => $$
        SELECT 'log_line_prefix', format('log_line_prefix is %L, without %s', s.value, m.what),
               -- the provider offers whole values only
               CASE WHEN p.platform = 'self_managed'
                    THEN rds_guard.setting_fix('log_line_prefix', m.in_front || CASE btrim(s.value) WHEN '' THEN '' ELSE btrim(s.value) || ' ' END || m.behind) END,
               jsonb_strip_nulls(jsonb_build_object('log_line_prefix', s.value, 'severity', CASE WHEN m.what = 'the application' THEN 'low' END))
        FROM rds_guard.server_setting('log_line_prefix') AS s (value)
        CROSS JOIN rds_guard.platform() AS p
        CROSS JOIN LATERAL (
            SELECT string_agg(n.what, ', ' ORDER BY n.place),
                   coalesce(string_agg(n.escape, '' ORDER BY n.place) FILTER (WHERE n.early), ''),
                   coalesce(string_agg(n.escape, '' ORDER BY n.place) FILTER (WHERE NOT n.early), '')
            FROM (VALUES (1, 'the time', '{m,t,n}'::text[], '%m ', true), (2, 'the process', '{p,c}', '[%p] ', true), (3, 'the role', '{u}', 'user=%u ', false),
                         (4, 'the database', '{d}', 'db=%d ', false), (5, 'the client', '{h,r}', 'client=%h ', false), (6, 'the application', '{a}', 'app=%a ', false))
                AS n (place, what, escapes, escape, early)
            WHERE NOT EXISTS (SELECT FROM rds_guard.log_line_prefix_escapes(s.value) AS e WHERE e.escape = ANY (n.escapes) AND (e.in_all_processes OR NOT n.early))
                  -- which RDS has in none of its values
                  AND NOT (n.what = 'the application' AND p.platform <> 'self_managed')
        ) AS m (what, in_front, behind)
        WHERE m.what IS NOT NULL AND rds_guard.prefix_is_written()
    $$);

SELECT rds_guard.define_check('log_statement_leaks_secrets', 'audit_logging', 'medium',
    title => 'Statements that set passwords stand in the log as they were typed',
    why => 'log_statement and log_min_duration_statement write ALTER ROLE ... PASSWORD with the password, and everybody may change their own. Who reads the log, or what it is sent to, then knows it. pgaudit leaves it out of its own records. Statements that fail are logged as well, as log_min_error_statement has it.',
    remedy => 'Let pgaudit record ddl and role, and set log_statement to none; set passwords with \password of psql, which sends them hashed.',
    refs => ARRAY['STIG V-261918'],
    rule => $$
        SELECT v.object, format('%s is %s', n.name, v.value) || CASE v.scope WHEN 'server' THEN '' ELSE ' for ' || rds_guard.override_target(v.database, v.role) END,
               CASE WHEN n.name = 'log_min_duration_statement' THEN rds_guard.value_fix(n.name, '-1', v.scope, v.database, v.role)
                    -- only where something else records these statements
                    WHEN '{ddl,role}' <@ rds_guard.pgaudit_in_force() THEN rds_guard.value_fix(n.name, 'none', v.scope, v.database, v.role) END,
               jsonb_strip_nulls(jsonb_build_object(n.name, v.value, 'scope', v.scope,
                                                    -- for the sake of an audit by other means this is asked for
                                                    'severity', CASE WHEN lower(v.value) = 'ddl' THEN 'low' END))
        FROM (VALUES ('log_statement'), ('log_min_duration_statement')) AS n (name)
        CROSS JOIN LATERAL rds_guard.values_in_force(n.name) AS v
        WHERE CASE n.name WHEN 'log_statement' THEN lower(v.value) <> 'none' ELSE v.value ~ '^ *0 *[a-z]* *$' END
    $$);

SELECT rds_guard.define_check('log_replication_commands_off', 'audit_logging', 'medium',
    title => 'Commands of replication are not recorded',
    why => 'Whoever replicates reads all data, past every privilege and policy. Without these records nobody can tell who took a copy of the cluster, and which slot they used.',
    remedy => 'Set log_replication_commands to on.',
    refs => ARRAY['CIS 7.2'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots)
                        AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolreplication AND r.rolcanlogin AND NOT r.rolsuper)
                   THEN rds_guard.not_applicable('no role but superusers may replicate, and there is no replication slot') END
        UNION ALL
        SELECT 'log_replication_commands', 'log_replication_commands is off', rds_guard.setting_fix('log_replication_commands', 'on'),
               jsonb_build_object('log_replication_commands', s.value)
        FROM rds_guard.server_setting('log_replication_commands') AS s (value)
        WHERE s.value = 'off'
    $$);

SELECT rds_guard.define_check('log_readable_by_sql', 'audit_logging', 'medium',
    title => 'Roles can read the server''s log by SQL',
    why => 'The log holds statements with their values, names of roles and addresses. A foreign table over its files passes that on to everybody who may read the table, for the file is read with the rights of the server.',
    remedy => 'Revoke the privileges on the table, or let a view show what is meant to be seen.',
    refs => ARRAY['STIG V-261875'],
    rule => $$
        SELECT rds_guard.relation_name(c.oid) || ' TO ' || rds_guard.role_name(a.grantee),
               format('%s may read %s, which shows the log', rds_guard.role_name(a.grantee), rds_guard.relation_name(c.oid)),
               rds_guard.revoke_statements(c.relacl, c.relowner, a.grantee, 'TABLE ' || rds_guard.relation_name(c.oid), 'SELECT'),
               jsonb_build_object('file', t.file)
        FROM rds_guard.log_tables() AS t
        JOIN pg_catalog.pg_class AS c ON c.oid = t.relation
        CROSS JOIN LATERAL aclexplode(c.relacl) AS a
        WHERE a.privilege_type = 'SELECT' AND a.grantee <> c.relowner
        GROUP BY c.oid, c.relacl, c.relowner, a.grantee, t.file
    $$);

SELECT rds_guard.define_check('log_file_exposure', 'audit_logging', 'low',
    title => 'Files of the log are open to others or never end',
    why => 'The log holds statements with their values. log_file_mode decides who on the machine reads it. A file that is never rotated fills the disk, and one in the data directory goes along with each base backup.',
    remedy => 'Set log_file_mode to 0600, or 0640 for a group that reads it, put log_directory outside of the data directory, and let log_rotation_age or log_rotation_size end a file.',
    needs => 'pg_read_all_settings',
    refs => ARRAY['CIS 3.1.4', 'CIS 3.1.6', 'CIS 3.1.8', 'CIS 3.1.9', 'STIG V-261875', 'STIG V-261876', 'STIG V-261877'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN (SELECT p.platform FROM rds_guard.platform() AS p) <> 'self_managed' THEN rds_guard.not_applicable('here the provider keeps the log')
                   WHEN rds_guard.setting('logging_collector') = 'off' THEN rds_guard.not_applicable('the server writes no files of its own: logging_collector is off') END
        UNION ALL
        SELECT w.name, w.detail, w.fix, w.evidence
        FROM (SELECT CASE WHEN rds_guard.setting('logging_collector') = 'on' THEN true END) AS c (collects)
        CROSS JOIN LATERAL (
            SELECT 'log_file_mode', format('log_file_mode is %s', s.value), rds_guard.setting_fix('log_file_mode', '0600'), jsonb_build_object('log_file_mode', s.value)
            FROM rds_guard.server_setting('log_file_mode') AS s (value)
            -- octal: more than owner and reading group
            WHERE c.collects AND s.value !~ '^0*[0-6][04]0$'
            UNION ALL
            SELECT 'log_directory', format('log_directory is %s, in the data directory', rds_guard.ident(d.folder)), NULL,
                   jsonb_build_object('log_directory', d.folder, 'severity', 'info')
            FROM (SELECT CASE WHEN c.collects THEN rds_guard.log_directory_inside() END) AS d (folder)
            WHERE d.folder IS NOT NULL
            UNION ALL
            SELECT 'log_rotation_age', 'log_rotation_age and log_rotation_size are 0: no file of the log ever ends', rds_guard.setting_fix('log_rotation_age', '1d'),
                   jsonb_build_object('log_rotation_age', '0', 'log_rotation_size', '0')
            WHERE c.collects AND rds_guard.server_setting('log_rotation_age') = '0' AND rds_guard.server_setting('log_rotation_size') = '0'
        ) AS w (name, detail, fix, evidence)
    $$);

SELECT rds_guard.define_check('log_min_error_statement', 'audit_logging', 'low',
    title => 'Statements that fail are not recorded',
    why => 'A statement that was refused is what an attacker tries first, and pgaudit does not see it. With log_min_error_statement at log, fatal or panic the message is written, but not the statement.',
    remedy => 'Set log_min_error_statement to error.',
    refs => ARRAY['CIS 3.1.15'],
    rule => $$
        SELECT 'log_min_error_statement', format('log_min_error_statement is %s', s.value), rds_guard.setting_fix('log_min_error_statement', 'error'),
               jsonb_build_object('log_min_error_statement', s.value)
        FROM rds_guard.server_setting('log_min_error_statement') AS s (value)
        WHERE NOT rds_guard.is_logged('error', s.value)
    $$);

SELECT rds_guard.define_check('debug_print_settings', 'audit_logging', 'low',
    title => 'The trees of statements are printed into the log',
    why => 'They repeat each statement with its values at great length: secrets in the log, and a log in which nobody finds anything.',
    remedy => 'Switch them off.',
    refs => ARRAY['CIS 3.1.16', 'CIS 3.1.17', 'CIS 3.1.18'],
    rule => $$
        SELECT v.object, format('%s is on', n.name) || CASE v.scope WHEN 'server' THEN '' ELSE ' for ' || rds_guard.override_target(v.database, v.role) END,
               rds_guard.value_fix(n.name, 'off', v.scope, v.database, v.role), jsonb_build_object(n.name, v.value, 'scope', v.scope)
        FROM (VALUES ('debug_print_parse'), ('debug_print_rewritten'), ('debug_print_plan'), ('debug_print_raw_parse')) AS n (name)
        CROSS JOIN LATERAL rds_guard.values_in_force(CASE WHEN rds_guard.has_setting(n.name) THEN n.name END) AS v
        WHERE v.value::boolean
    $$);

SELECT rds_guard.define_check('log_parameter_values', 'audit_logging', 'low',
    title => 'The values of parameters stand in the log',
    why => 'What a program binds to its statements is the data: names, numbers of cards, passwords of its own users. It is logged with each statement that log_statement or a duration has logged, and with errors where log_parameter_max_length_on_error says so.',
    remedy => 'Set log_parameter_max_length to 0 where statements are logged, and log_parameter_max_length_on_error to 0.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT v.object, format('%s is %s', n.name, v.value) || CASE v.scope WHEN 'server' THEN '' ELSE ' for ' || rds_guard.override_target(v.database, v.role) END
               || CASE n.name WHEN 'log_parameter_max_length' THEN ', and statements are logged' ELSE '' END,
               rds_guard.value_fix(n.name, '0', v.scope, v.database, v.role), jsonb_build_object(n.name, v.value, 'scope', v.scope)
        FROM (VALUES ('log_parameter_max_length'), ('log_parameter_max_length_on_error'), ('auto_explain.log_parameter_max_length')) AS n (name)
        CROSS JOIN LATERAL rds_guard.values_in_force(CASE WHEN rds_guard.has_setting(n.name) THEN n.name END) AS v
        WHERE v.value !~ '^ *0 *[A-Za-z]* *$'
              AND CASE n.name
                      -- ddl has no parameters
                      WHEN 'log_parameter_max_length' THEN
                          EXISTS (SELECT FROM rds_guard.values_in_force('log_statement') AS l WHERE lower(l.value) IN ('mod', 'all'))
                          OR EXISTS (SELECT FROM rds_guard.values_in_force('log_min_duration_statement') AS l WHERE btrim(l.value) NOT LIKE '-%')
                      WHEN 'auto_explain.log_parameter_max_length' THEN
                          EXISTS (SELECT FROM rds_guard.values_in_force(CASE WHEN rds_guard.has_setting('auto_explain.log_min_duration') THEN 'auto_explain.log_min_duration' END) AS l WHERE btrim(l.value) NOT LIKE '-%')
                      ELSE true
                  END
    $$);

SELECT rds_guard.define_check('log_timezone_not_utc', 'audit_logging', 'low',
    title => 'The times in the log are not in UTC',
    why => 'In a zone with summer time one hour of the year comes twice, and records of several machines cannot be put in order.',
    remedy => 'Set log_timezone to UTC.',
    refs => ARRAY['CIS 3.1.26', 'STIG V-261921'],
    rule => $$
        SELECT 'log_timezone', format('log_timezone is %s', s.value), rds_guard.setting_fix('log_timezone', 'UTC'), jsonb_build_object('log_timezone', s.value)
        FROM rds_guard.server_setting('log_timezone') AS s (value)
        WHERE s.value !~* '^(posix/)?(Etc/)?(UTC|UCT|Universal|Zulu|GMT|GMT[+-]?0|Greenwich)$'
    $$);

SELECT rds_guard.define_check('log_error_verbosity', 'audit_logging', 'low',
    title => 'Errors are logged with less than is asked for',
    why => 'With terse, DETAIL, HINT and CONTEXT are left out: of a violated constraint the values, of a failed function where it happened. CIS asks for verbose, which adds the place in the source, STIG for default.',
    remedy => 'Set log_error_verbosity as the policy of the same name says; use_profile() sets that for CIS or STIG.',
    needs => 'SELECT on rds_guard.policy',
    refs => ARRAY['CIS 3.1.22', 'STIG V-261870'],
    rule => $$
        SELECT 'log_error_verbosity', format('log_error_verbosity is %s, %s asked for', s.value, w.word),
               rds_guard.setting_fix('log_error_verbosity', replace(w.word, 'not terse', 'default')), jsonb_build_object('log_error_verbosity', s.value, 'asked_for', w.word)
        FROM rds_guard.server_setting('log_error_verbosity') AS s (value)
        CROSS JOIN (SELECT rds_guard.policy_word('log_error_verbosity')) AS w (word)
        WHERE CASE w.word WHEN 'not terse' THEN s.value = 'terse' ELSE s.value <> w.word END
    $$);

SELECT rds_guard.define_check('track_activities_off', 'audit_logging', 'low',
    title => 'What sessions are doing cannot be seen',
    why => 'Without track_activities pg_stat_activity shows no statements: nobody sees what a session does that should not be there.',
    remedy => 'Set track_activities to on.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT 'track_activities', 'track_activities is off', rds_guard.setting_fix('track_activities', 'on'), '{"track_activities": "off"}'::jsonb
        WHERE rds_guard.server_setting('track_activities') = 'off'
    $$);

SELECT rds_guard.define_check('log_hostname', 'audit_logging', 'info',
    title => 'The log has names of clients against what is asked for, or has none',
    why => 'CIS wants log_hostname off, for each connection then waits for a look-up, and STIG wants it on, for names say more than addresses that change. Who owns an address decides about its name.',
    remedy => 'Set log_hostname as the policy of the same name says; use_profile() sets that for CIS or STIG.',
    needs => 'SELECT on rds_guard.policy',
    refs => ARRAY['CIS 3.1.23', 'STIG V-261869'],
    rule => $$
        SELECT 'log_hostname', format('log_hostname is %s, %s asked for', s.value, w.word), rds_guard.setting_fix('log_hostname', w.word),
               jsonb_build_object('log_hostname', s.value, 'asked_for', w.word)
        FROM rds_guard.server_setting('log_hostname') AS s (value)
        CROSS JOIN (SELECT rds_guard.policy_word('log_hostname')) AS w (word)
        WHERE w.word NOT IN ('any', s.value)
    $$);

SELECT rds_guard.define_check('log_operational_gaps', 'audit_logging', 'info',
    title => 'The log says little about how the server fares',
    why => 'Checkpoints, waits for locks and temporary files explain a slow or stopped server. They say nothing about its security.',
    remedy => 'Switch on what you would ask for after an outage.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT n.name, format('%s is %s', n.name, s.value), rds_guard.setting_fix(n.name, n.good), jsonb_build_object(n.name, s.value)
        FROM (VALUES ('log_checkpoints', 'off', 'on'), ('log_lock_waits', 'off', 'on'), ('log_temp_files', '-1', '0')) AS n (name, bad, good)
        CROSS JOIN LATERAL (SELECT rds_guard.server_setting(n.name)) AS s (value)
        WHERE s.value = n.bad
    $$);

SELECT rds_guard.define_check('syslog_settings', 'audit_logging', 'info',
    title => 'Records may get lost or mixed up on their way through syslog',
    why => 'A syslogd may drop a message that repeats the one before it, which numbers prevent, and cut long ones, which splitting prevents.',
    remedy => 'Switch on syslog_sequence_numbers and syslog_split_messages.',
    refs => ARRAY['CIS 3.1.12', 'CIS 3.1.13'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT 'syslog' = ANY (rds_guard.log_destinations()) THEN rds_guard.not_applicable('the log does not go to syslog') END
        UNION ALL
        SELECT n.name, format('%s is off', n.name), rds_guard.setting_fix(n.name, 'on'), jsonb_build_object(n.name, s.value)
        FROM (VALUES ('syslog_sequence_numbers'), ('syslog_split_messages')) AS n (name)
        CROSS JOIN LATERAL (SELECT rds_guard.server_setting(n.name)) AS s (value)
        WHERE s.value = 'off' AND CASE WHEN 'syslog' = ANY (rds_guard.log_destinations()) THEN true END
    $$);

SELECT rds_guard.define_check('rds_log_retention', 'audit_logging', 'low',
    title => 'RDS deletes the log before a week has passed',
    why => 'An intrusion is often noticed only after days, and by then the log that shows it is gone: RDS keeps it for three days by default and for seven at most. Whether it is exported to CloudWatch Logs, which keeps it as long as one likes, SQL does not show: aws rds describe-db-instances does, as EnabledCloudwatchLogsExports.',
    remedy => 'Set rds.log_retention_period to 10080 minutes, and export the log to CloudWatch Logs.',
    refs => ARRAY['Security Hub RDS.36', 'Security Hub RDS.37'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.on_rds() THEN rds_guard.not_applicable('only RDS and Aurora have this setting')
                   WHEN NOT rds_guard.has_setting('rds.log_retention_period') THEN
                       rds_guard.unknown('this server does not show rds.log_retention_period', rds_guard.setting_lookup('rds.log_retention_period')) END
        UNION ALL
        SELECT 'rds.log_retention_period', format('the log is kept for %s minutes, of 10080 at most', s.value),
               rds_guard.setting_fix('rds.log_retention_period', '10080'), jsonb_build_object('rds.log_retention_period', s.value)
        FROM (SELECT CASE WHEN rds_guard.on_rds() AND rds_guard.has_setting('rds.log_retention_period')
                          THEN rds_guard.server_setting('rds.log_retention_period') END) AS s (value)
        WHERE CASE WHEN s.value ~ '^[0-9]{1,9}$' THEN s.value::integer < 10080 WHEN s.value IS NOT NULL THEN true END
    $$);

SELECT rds_guard.define_check('rds_admin_logging', 'audit_logging', 'info',
    title => 'What the provider''s administrator does in the databases is not logged',
    why => 'The provider''s rdsadmin is superuser and connects for maintenance. With rds.force_admin_logging_level its messages from the customer''s databases get into the log, up to a level of one''s choice, so that an audit can tell them from somebody else''s.',
    remedy => 'Set rds.force_admin_logging_level to log.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.on_rds() THEN rds_guard.not_applicable('only RDS and Aurora have this setting')
                   WHEN NOT rds_guard.has_setting('rds.force_admin_logging_level') THEN
                       rds_guard.unknown('this server does not show rds.force_admin_logging_level', rds_guard.setting_lookup('rds.force_admin_logging_level')) END
        UNION ALL
        SELECT 'rds.force_admin_logging_level', format('rds.force_admin_logging_level is %s', s.value),
               rds_guard.setting_fix('rds.force_admin_logging_level', 'log'), jsonb_build_object('rds.force_admin_logging_level', s.value)
        FROM (SELECT CASE WHEN rds_guard.on_rds() AND rds_guard.has_setting('rds.force_admin_logging_level')
                          THEN rds_guard.server_setting('rds.force_admin_logging_level') END) AS s (value)
        WHERE lower(s.value) IN ('', 'disabled')
    $$);
