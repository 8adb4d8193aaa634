-- Whether what happens would be recorded. A setting proves nothing as long as
-- a role can have another, or something swallows the record.

SELECT rds_guard.define_check('log_suppressed_by_level', 'audit_logging', 'critical',
    title => 'Audit and connection records are swallowed by log_min_messages',
    why => 'Records of pgaudit, log_statement, log_connections and log_disconnections have the level LOG, which ranks below FATAL. With log_min_messages at fatal or panic none of them is written, whatever the other settings say.',
    remedy => 'Set log_min_messages to warning (error at most) and remove the overrides.',
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
    $$);

SELECT rds_guard.define_check('pgaudit_not_loaded', 'audit_logging', 'high',
    title => 'pgaudit is not loaded',
    why => 'Without it the server records at best the text of statements, not which objects they touched, and nothing inside functions. Installing the extension or setting pgaudit.log loads nothing: the library has to be in shared_preload_libraries when the server starts.',
    remedy => 'Add pgaudit to shared_preload_libraries (on RDS and Aurora in the parameter group), restart, CREATE EXTENSION pgaudit, then set pgaudit.log. Keep the libraries that are there already.',
    needs => 'pg_read_all_settings',
    refs => ARRAY['CIS 3.2', 'STIG V-261860', 'STIG V-261938', 'STIG V-261940', 'STIG V-261944'],
    rule => $$
        SELECT 'shared_preload_libraries', 'pgaudit is not among the libraries that the server loaded at start',
               -- a library that is not installed would keep the server from starting
               CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE')
                         AND EXISTS (SELECT FROM pg_catalog.pg_available_extensions AS e WHERE e.name = 'pgaudit') THEN
                   rds_guard.setting_fix('shared_preload_libraries',
                                         -- rdsutils is RDS' own, and no part of the parameter
                                         concat_ws(',', nullif(regexp_replace(rds_guard.setting('shared_preload_libraries'), '^rdsutils,?', ''), ''), 'pgaudit'))
               END,
               jsonb_build_object('pgaudit_settings_exist', rds_guard.has_setting('pgaudit.log'))
        WHERE CASE
                  -- no session can put a row there: everybody sees that it is missing
                  WHEN NOT rds_guard.has_setting('pgaudit.log') THEN true
                  ELSE NOT EXISTS (SELECT FROM rds_guard.preloaded_libraries() AS l (library) WHERE l.library = 'pgaudit')
              END
    $$);

SELECT rds_guard.define_check('pgaudit_log_insufficient', 'audit_logging', 'high',
    title => 'pgaudit does not record changes of roles and of the schema',
    why => 'Who changed privileges, and who changed or dropped objects, are the first questions after an incident: classes role and ddl. Class write, for changes of data, is for you to decide.',
    remedy => 'Set pgaudit.log to at least ''role, ddl''.',
    refs => ARRAY['CIS 3.2', 'STIG V-261870', 'STIG V-261940', 'STIG V-261944', 'STIG V-261946'],
    rule => $$
        SELECT 'pgaudit.log', format('pgaudit.log is %L, without %s', s.value, array_to_string(c.missing, ' and ')),
               rds_guard.setting_fix('pgaudit.log', array_to_string(c.classes || c.missing, ', ')),
               jsonb_build_object('pgaudit.log', s.value, 'missing', c.missing)
        FROM (SELECT CASE WHEN rds_guard.has_setting('pgaudit.log') THEN rds_guard.server_setting('pgaudit.log')
                          ELSE rds_guard.not_applicable('pgaudit is not loaded')::text END) AS s (value)
        CROSS JOIN LATERAL (
            SELECT rds_guard.pgaudit_classes(s.value),
                   ARRAY(SELECT n.class FROM unnest('{ddl,role}'::text[]) AS n (class) WHERE n.class <> ALL (rds_guard.pgaudit_classes(s.value)))
        ) AS c (classes, missing)
        WHERE cardinality(c.missing) > 0
    $$);

SELECT rds_guard.define_check('pgaudit_effective_override', 'audit_logging', 'high',
    title => 'pgaudit records too little of a role or a database',
    why => 'A value set with ALTER ROLE or ALTER DATABASE wins over the one of the server: the account that most needs watching can be the one that is not. It holds from the role''s next login, and follows the login role, not SET ROLE.',
    remedy => 'Remove the override, or give it the classes role and ddl at least. Some extensions ask for pgaudit.log = none while they are created: check that it was switched back.',
    refs => ARRAY['CIS 3.2'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.has_setting('pgaudit.log') THEN rds_guard.not_applicable('pgaudit is not loaded') END
        UNION ALL
        SELECT rds_guard.override_target(o.database, o.role),
               format('pgaudit.log is %L for %s, in force for %s pair(s) of login role and database', o.value,
                      rds_guard.override_target(o.database, o.role), o.logins),
               -- one that records something is completed, for the server may record nothing
               CASE WHEN c.classes = '{}' THEN format('ALTER %s RESET pgaudit.log;', rds_guard.override_target(o.database, o.role))
                    ELSE format('ALTER %s SET pgaudit.log = %L;', rds_guard.override_target(o.database, o.role),
                                array_to_string(ARRAY(SELECT DISTINCT a.class FROM unnest(c.classes || '{ddl,role}') AS a (class) ORDER BY a.class), ', '))
               END,
               jsonb_build_object('pgaudit.log', o.value, 'scope', o.scope, 'logins', o.logins)
        FROM rds_guard.effective_overrides('pgaudit.log') AS o
        CROSS JOIN LATERAL (SELECT rds_guard.pgaudit_classes(o.value)) AS c (classes)
        WHERE NOT c.classes @> '{ddl,role}'
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

SELECT rds_guard.define_check('pgaudit_extension_missing', 'audit_logging', 'medium',
    title => 'pgaudit is loaded, but its extension is not in force in this database',
    why => 'Without the extension''s event triggers, records of DDL lack the type and name of the objects.',
    remedy => 'CREATE EXTENSION pgaudit in each database, before pgaudit.log is set, and enable its event triggers.',
    refs => ARRAY['CIS 3.2'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.has_setting('pgaudit.log') THEN rds_guard.not_applicable('pgaudit is not loaded') END
        UNION ALL
        SELECT rds_guard.ident(current_database()), format('database %s has no extension pgaudit', rds_guard.ident(current_database())),
               'CREATE EXTENSION pgaudit;', jsonb_build_object('database', current_database())
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = 'pgaudit')
        UNION ALL
        SELECT rds_guard.ident(t.evtname), format('event trigger %s of pgaudit does not fire', rds_guard.ident(t.evtname)),
               format('ALTER EVENT TRIGGER %s ENABLE;', rds_guard.ident(t.evtname)), jsonb_build_object('enabled', t.evtenabled)
        FROM pg_catalog.pg_event_trigger AS t
        JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_event_trigger'::regclass AND d.objid = t.oid AND d.deptype = 'e'
                                          AND d.refclassid = 'pg_catalog.pg_extension'::regclass
        JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'pgaudit'
        WHERE t.evtenabled NOT IN ('O', 'A')
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
    why => 'Authentication gives the identity and the method, authorization the database, the application and the encryption: it takes both to tell who came in how.',
    remedy => 'Add the missing aspects to log_connections.',
    refs => ARRAY['CIS 3.1.20'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN current_setting('server_version_num')::integer < 180000 THEN
                  rds_guard.not_applicable('up to PostgreSQL 17 log_connections is a switch') END
        UNION ALL
        SELECT 'log_connections', format('log_connections is %L, which lacks authentication or authorization', s.value),
               rds_guard.setting_fix('log_connections', array_to_string(ARRAY(SELECT DISTINCT a.aspect
                                                                              FROM unnest(c.aspects || '{authentication,authorization}') AS a (aspect)
                                                                              ORDER BY a.aspect), ',')),
               jsonb_build_object('log_connections', s.value)
        FROM rds_guard.server_setting('log_connections') AS s (value)
        CROSS JOIN LATERAL (SELECT rds_guard.log_connections_aspects(s.value)) AS c (aspects)
        WHERE cardinality(c.aspects) > 0 AND NOT c.aspects @> '{authentication,authorization}'
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
        SELECT 'log_statement', format('log_statement is none, and pgaudit does not record class ddl'),
               rds_guard.setting_fix('log_statement', 'ddl'),
               jsonb_build_object('log_statement', s.value, 'pgaudit_loaded', rds_guard.has_setting('pgaudit.log'))
        FROM rds_guard.server_setting('log_statement') AS s (value)
        WHERE CASE WHEN s.value = 'none' THEN NOT 'ddl' = ANY (rds_guard.pgaudit_in_force()) END
    $$);
