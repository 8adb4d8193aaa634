-- Whether what happens would be recorded. A setting proves nothing as long as
-- a role can have another, or something swallows the record.

SELECT rds_guard.define_check('log_suppressed_by_level', 'audit_logging', 'critical',
    title => 'Audit and connection records are swallowed by log_min_messages',
    why => 'Records of pgaudit, log_statement, log_connections and log_disconnections have the level LOG, which ranks below FATAL. With log_min_messages at fatal or panic none of them is written, whatever the other settings say. Records of pgaudit have the level of pgaudit.log_level, and may rank too low, while pgaudit.log_client is on.',
    remedy => 'Set log_min_messages to warning (error at most), pgaudit.log_client to off, and remove the overrides.',
    refs => ARRAY['CIS 3.1.14'],
    rule => $$
        SELECT 'log_min_messages', format('log_min_messages is %s', s.value),
               rds_guard.setting_fix('log_min_messages', 'warning'),
               jsonb_build_object('log_min_messages', s.value)
        FROM rds_guard.server_setting('log_min_messages') AS s (value)
        WHERE rds_guard.log_threshold(s.value) IN ('fatal', 'panic')
        UNION ALL
        SELECT rds_guard.override_target(o.database, o.role),
               format('log_min_messages is %s for %s, in force for %s pair(s) of login role and database', o.value,
                      rds_guard.override_target(o.database, o.role), o.logins),
               format('ALTER %s RESET log_min_messages;', rds_guard.override_target(o.database, o.role)),
               jsonb_build_object('log_min_messages', o.value, 'scope', o.scope)
        FROM rds_guard.effective_overrides('log_min_messages') AS o
        WHERE rds_guard.log_threshold(o.value) IN ('fatal', 'panic')
        UNION ALL
        SELECT CASE l.scope WHEN 'server' THEN 'pgaudit.log_client'
                            ELSE rds_guard.override_target(l.database, l.role) || ' SET pgaudit.log_client' END,
               format('pgaudit.log_client is on, so that records have the level %s of pgaudit.log_level, and log_min_messages is %s', l.audit_level, l.log_min_messages),
               -- without it they have level log
               rds_guard.value_fix('pgaudit.log_client', 'off', l.scope, l.database, l.role),
               jsonb_build_object('pgaudit.log_level', l.audit_level, 'log_min_messages', l.log_min_messages, 'scope', l.scope)
        FROM rds_guard.pgaudit_lost_records() AS l
    $$);

SELECT rds_guard.define_check('logging_guc_overridden', 'audit_logging', 'high',
    title => 'A role or a database records less than the server is set to',
    why => 'A value set with ALTER ROLE or ALTER DATABASE wins over the one of the server, for log_statement and its kin, for the parameters of pgaudit, and for what keeps triggers from firing (session_replication_role, event_triggers).',
    remedy => 'Remove the override.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT rds_guard.override_target(o.database, o.role) || ' SET ' || n.name,
               format('%s is %s for %s, %s for the server', n.name, o.value, rds_guard.override_target(o.database, o.role), s.value),
               format('ALTER %s RESET %s;', rds_guard.override_target(o.database, o.role), n.name),
               jsonb_build_object('name', n.name, 'override', o.value, 'server', s.value, 'scope', o.scope, 'logins', o.logins)
        FROM (SELECT DISTINCT v.name FROM rds_guard.setting_overrides() AS v
              WHERE rds_guard.logging_strength(v.name, v.value) IS NOT NULL AND rds_guard.has_setting(v.name)) AS n
        CROSS JOIN LATERAL rds_guard.effective_overrides(n.name) AS o
        CROSS JOIN LATERAL (SELECT rds_guard.server_setting(n.name)) AS s (value)
        WHERE rds_guard.logging_strength(n.name, o.value) < rds_guard.logging_strength(n.name, s.value)
    $$);

SELECT rds_guard.define_check('log_connections_off', 'audit_logging', 'medium',
    title => 'Logins are not recorded',
    why => 'Without these records nobody can tell who was connected, from where, or who tried in vain.',
    remedy => 'Set log_connections to on; from PostgreSQL 18 on to a list with at least authentication and authorization. It holds for new sessions.',
    refs => ARRAY['CIS 3.1.20', 'CIS 6.2', 'STIG V-261866', 'STIG V-261956', 'STIG V-261957'],
    rule => $$
        SELECT 'log_connections', format('log_connections is %L, which records neither authentication nor authorization', s.value),
               rds_guard.setting_fix('log_connections', 'on'),
               jsonb_build_object('log_connections', s.value)
        FROM rds_guard.server_setting('log_connections') AS s (value)
        WHERE NOT rds_guard.log_connections_aspects(s.value) && '{authentication,authorization}'
    $$);

SELECT rds_guard.define_check('log_connections_partial', 'audit_logging', 'medium',
    title => 'Logins are recorded in part',
    why => 'Authentication gives the identity and the method, authorization the database, the application and the encryption: it takes both to tell who came in how. CIS asks for all that there is.',
    remedy => 'Add the missing aspects to log_connections. The policy log_connections says whether it is to be all of them.',
    needs => 'any role up to PostgreSQL 17, then SELECT on rds_guard.policy',
    refs => ARRAY['CIS 3.1.20'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN current_setting('server_version_num')::integer < 180000 THEN
                  rds_guard.not_applicable('up to PostgreSQL 17 log_connections is a switch') END
        UNION ALL
        SELECT 'log_connections', format('log_connections is %L, which lacks %s', s.value, array_to_string(m.missing, ' and ')),
               rds_guard.setting_fix('log_connections', CASE w.word WHEN 'all' THEN 'all' ELSE array_to_string(ARRAY(SELECT DISTINCT a.aspect
                                                                              FROM unnest(c.aspects || m.missing) AS a (aspect)
                                                                              ORDER BY a.aspect), ',') END),
               jsonb_build_object('log_connections', s.value, 'missing', m.missing)
        FROM rds_guard.server_setting('log_connections') AS s (value)
        CROSS JOIN (SELECT CASE WHEN current_setting('server_version_num')::integer >= 180000 THEN rds_guard.policy_word('log_connections') END) AS w (word)
        CROSS JOIN LATERAL (SELECT rds_guard.log_connections_aspects(s.value)) AS c (aspects)
        CROSS JOIN LATERAL (
            SELECT ARRAY(SELECT a.aspect FROM unnest('{authentication,authorization}' || CASE w.word WHEN 'all' THEN '{receipt,setup_durations}'::text[] ELSE '{}' END)
                                                  WITH ORDINALITY AS a (aspect, place)
                         WHERE a.aspect <> ALL (c.aspects) ORDER BY a.place)) AS m (missing)
        WHERE cardinality(c.aspects) > 0 AND cardinality(m.missing) > 0
    $$);

SELECT rds_guard.define_check('log_disconnections_off', 'audit_logging', 'medium',
    title => 'The end of sessions is not recorded',
    why => 'Without it the length of a session, and with it what happened while it lasted, cannot be told.',
    remedy => 'Set log_disconnections to on. It holds for new sessions.',
    refs => ARRAY['CIS 3.1.21', 'CIS 6.2', 'STIG V-261866', 'STIG V-261960'],
    rule => $$
        SELECT 'log_disconnections', format('log_disconnections is %s', s.value),
               rds_guard.setting_fix('log_disconnections', 'on'),
               jsonb_build_object('log_disconnections', s.value)
        FROM rds_guard.server_setting('log_disconnections') AS s (value)
        WHERE s.value <> 'on'
    $$);

SELECT rds_guard.define_check('log_statement_off', 'audit_logging', 'medium',
    title => 'Changes of the schema are recorded by nothing',
    why => 'Neither log_statement nor pgaudit records DDL: nobody can tell later who created, changed or dropped what.',
    remedy => 'Set log_statement to ddl, or load pgaudit with class ddl, which makes up for it.',
    refs => ARRAY['CIS 3.1.25'],
    rule => $$
        SELECT 'log_statement', 'log_statement is none, and pgaudit does not record class ddl',
               rds_guard.setting_fix('log_statement', 'ddl'),
               jsonb_build_object('log_statement', s.value, 'pgaudit_loaded', rds_guard.has_setting('pgaudit.log'))
        FROM rds_guard.server_setting('log_statement') AS s (value)
        WHERE CASE WHEN s.value = 'none' THEN NOT 'ddl' = ANY (rds_guard.pgaudit_in_force())
                                              -- an override may be in force for every session there can be
                                              AND (SELECT coalesce(sum(o.logins) FILTER (WHERE o.value <> 'none'), 0)
                                                   FROM rds_guard.effective_overrides('log_statement') AS o)
                                                  < (SELECT count(*) FROM pg_catalog.pg_roles AS r WHERE r.rolcanlogin)
                                                    * (SELECT count(*) FROM pg_catalog.pg_database AS d WHERE d.datallowconn) END
    $$);
