-- Whether pgaudit is really in force: loaded, told what to record, for every
-- role in every database, with its event triggers.

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

SELECT rds_guard.define_check('pgaudit_extension_missing', 'audit_logging', 'medium',
    title => 'pgaudit is loaded, but its extension is not in this database',
    why => 'Without the extension''s event triggers, records of DDL lack the type and name of the objects.',
    remedy => 'CREATE EXTENSION pgaudit in each database, before pgaudit.log is set.',
    refs => ARRAY['CIS 3.2'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.has_setting('pgaudit.log') THEN rds_guard.not_applicable('pgaudit is not loaded') END
        UNION ALL
        SELECT rds_guard.ident(current_database()), format('database %s has no extension pgaudit', rds_guard.ident(current_database())),
               'CREATE EXTENSION pgaudit;', jsonb_build_object('database', current_database())
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = 'pgaudit')
    $$);

SELECT rds_guard.define_check('pgaudit_event_triggers_disabled', 'audit_logging', 'high',
    title => 'The event triggers of pgaudit do not fire',
    why => 'They tell which objects a command touched. Without them DDL is still recorded, but not the type and name of what it made, changed or dropped, nor what a command does besides, such as the tables of CREATE SCHEMA. Few would notice.',
    remedy => 'Enable the event triggers, and event triggers as such. Where one is missing, drop the extension and create it again.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.has_setting('pgaudit.log') THEN rds_guard.not_applicable('pgaudit is not loaded')
                   WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = 'pgaudit')
                       THEN rds_guard.not_applicable('this database has no extension pgaudit') END
        UNION ALL
        SELECT coalesce(rds_guard.ident(t.name), 'event trigger ON ' || t.event),
               CASE WHEN t.name IS NULL THEN format('no event trigger of pgaudit is there for %s', t.event)
                    WHEN t.enabled = 'D' THEN format('event trigger %s of pgaudit is disabled', rds_guard.ident(t.name))
                    WHEN t.enabled = 'R' THEN format('event trigger %s of pgaudit fires in replica sessions only', rds_guard.ident(t.name))
                    ELSE format('event trigger %s of pgaudit fires for some commands only', rds_guard.ident(t.name)) END,
               CASE WHEN t.name IS NULL THEN 'DROP EXTENSION pgaudit; CREATE EXTENSION pgaudit;'
                    WHEN t.every_command THEN format('ALTER EVENT TRIGGER %s ENABLE;', rds_guard.ident(t.name)) END,
               jsonb_build_object('event', t.event, 'enabled', t.enabled)
        FROM (SELECT e.*, bool_or(coalesce(e.enabled IN ('O', 'A') AND e.every_command, false)) OVER (PARTITION BY e.event) AS watched
              FROM rds_guard.pgaudit_event_triggers() AS e) AS t
        WHERE NOT t.watched AND EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = 'pgaudit')
        UNION ALL
        -- for one role or database alone they are in logging_guc_overridden
        SELECT s.name, format('%s is %s for the server', s.name, v.value), rds_guard.setting_fix(s.name, s.good),
               jsonb_build_object(s.name, v.value)
        FROM (VALUES ('event_triggers', 'on'), ('session_replication_role', 'origin')) AS s (name, good)
        CROSS JOIN LATERAL (SELECT CASE WHEN rds_guard.has_setting(s.name) THEN rds_guard.server_setting(s.name) END) AS v (value)
        WHERE v.value IN ('off', 'replica')
    $$);

SELECT rds_guard.define_check('pgaudit_object_role_broken', 'audit_logging', 'medium',
    title => 'Object auditing of pgaudit does not do what it seems to',
    why => 'Whoever uses what is granted to the role that pgaudit.role names is recorded. A name that no role has records nothing and raises no error. A role that people log in with mixes what it may do with what is watched.',
    remedy => 'Create the role without LOGIN, as pgaudit.role spells it, and grant it the privileges whose use is to be recorded. Tables that are made later need a grant, too; TRUNCATE is never recorded so.',
    refs => ARRAY[]::text[],
    rule => $$
        WITH named AS MATERIALIZED (
            SELECT v.object, v.value, v.scope, v.database, v.role
            FROM rds_guard.values_in_force('pgaudit.role') AS v
            WHERE v.value <> ''
        )
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.has_setting('pgaudit.log') THEN rds_guard.not_applicable('pgaudit is not loaded')
                   WHEN NOT EXISTS (SELECT FROM named) THEN rds_guard.not_applicable('object auditing of pgaudit is not in use') END
        UNION ALL
        SELECT n.object, format('pgaudit.role is %s, which is no role', rds_guard.ident(n.value)),
               -- a slip of the case is likelier than a role that nobody made
               CASE WHEN s.name IS NULL THEN format('CREATE ROLE %s NOLOGIN;', rds_guard.ident(n.value))
                    WHEN n.scope = 'server' THEN rds_guard.setting_fix('pgaudit.role', s.name)
                    ELSE format('ALTER %s SET pgaudit.role = %L;', rds_guard.override_target(n.database, n.role), s.name) END,
               jsonb_build_object('pgaudit.role', n.value, 'scope', n.scope)
        FROM named AS n
        LEFT JOIN LATERAL (SELECT r.rolname::text FROM pg_catalog.pg_roles AS r WHERE lower(r.rolname) = lower(n.value) ORDER BY r.rolname LIMIT 1) AS s (name) ON true
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = n.value)
        UNION ALL
        SELECT DISTINCT rds_guard.ident(r.rolname), format('%s, the role of pgaudit.role, can log in', rds_guard.ident(r.rolname)),
               format('ALTER ROLE %s NOLOGIN;', rds_guard.ident(r.rolname)), jsonb_build_object('pgaudit.role', r.rolname)
        FROM named AS n
        JOIN pg_catalog.pg_roles AS r ON r.rolname = n.value AND r.rolcanlogin
        UNION ALL
        SELECT n.object, format('pgaudit.role is %s: here only rds_pgaudit has an effect', rds_guard.ident(n.value)),
               CASE n.scope WHEN 'server' THEN rds_guard.setting_fix('pgaudit.role', 'rds_pgaudit')
                            ELSE format('ALTER %s RESET pgaudit.role;', rds_guard.override_target(n.database, n.role)) END,
               jsonb_build_object('pgaudit.role', n.value, 'scope', n.scope)
        FROM named AS n
        WHERE n.value <> 'rds_pgaudit' AND (SELECT p.platform FROM rds_guard.platform() AS p) IN ('rds', 'aurora')
        UNION ALL
        SELECT rds_guard.ident(r.rolname), format('nothing in this database is granted to %s, the role of pgaudit.role', rds_guard.ident(r.rolname)),
               NULL, jsonb_build_object('pgaudit.role', r.rolname, 'severity', 'low')
        FROM pg_catalog.pg_roles AS r
        WHERE r.rolname IN (SELECT n.value FROM named AS n WHERE n.database IS NULL OR n.database = current_database())
              AND CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_class AS c
                                    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace <> 'rds_guard'::regnamespace
                                          AND c.oid >= 16384 AND c.relpersistence <> 't')
                       THEN NOT EXISTS (SELECT FROM rds_guard.role_audited_objects(r.oid)) END
    $$);

SELECT rds_guard.define_check('pgaudit_version_mismatch', 'audit_logging', 'medium',
    title => 'The extension pgaudit in this database is that of another version',
    why => 'Each version of pgaudit is made for one major version of PostgreSQL. After pg_upgrade the extension in the database is still the old one, which ALTER EXTENSION cannot bring up to date: records of DDL may lack details or fail.',
    remedy => 'Drop the extension and create it again. pgaudit.log and its kin are settings and stay.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.has_setting('pgaudit.log') THEN rds_guard.not_applicable('pgaudit is not loaded')
                   WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = 'pgaudit')
                       THEN rds_guard.not_applicable('this database has no extension pgaudit') END
        UNION ALL
        SELECT 'pgaudit', format('extension pgaudit has version %s, which is not made for PostgreSQL %s', e.extversion, v.major),
               'DROP EXTENSION pgaudit; CREATE EXTENSION pgaudit;', jsonb_build_object('installed', e.extversion, 'server', v.major)
        FROM pg_catalog.pg_extension AS e
        CROSS JOIN (SELECT current_setting('server_version_num')::integer / 10000) AS v (major)
        WHERE e.extname = 'pgaudit'
              AND e.extversion !~ ('^' || CASE v.major WHEN 13 THEN '1[.]5' WHEN 14 THEN '1[.]6' WHEN 15 THEN '1[.]7' ELSE v.major::text END || '([.]|$)')
        UNION ALL
        -- one setting of 'pg_catalog, pg_temp' is one schema of that name, so
        -- that pg_temp comes first; so it is in some releases
        SELECT rds_guard.function_name(p.oid), format('%s has a search_path of one schema with a comma in its name', rds_guard.function_name(p.oid)),
               format('ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp;', rds_guard.function_name(p.oid)),
               jsonb_build_object('search_path', c.entry, 'severity', 'low')
        FROM pg_catalog.pg_extension AS e
        JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
                                          AND d.classid = 'pg_catalog.pg_proc'::regclass
        JOIN pg_catalog.pg_proc AS p ON p.oid = d.objid
        CROSS JOIN LATERAL unnest(p.proconfig) AS c (entry)
        WHERE e.extname = 'pgaudit' AND c.entry ~ '^search_path=.*"[^"]*,[^"]*"'
    $$);

SELECT rds_guard.define_check('pgaudit_options_weak', 'audit_logging', 'low',
    title => 'Options of pgaudit leave something out of the record or show it to clients',
    why => 'With pgaudit.log_catalog off, nobody learns who read password hashes or the mappings of foreign servers. With pgaudit.log_statement off, records lack the statement. With pgaudit.log_client on, whoever is watched sees what is recorded about them, and of which level.',
    remedy => 'Set them back to their defaults.',
    refs => ARRAY['STIG V-261870', 'STIG V-261946'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.has_setting('pgaudit.log') THEN rds_guard.not_applicable('pgaudit is not loaded') END
        UNION ALL
        SELECT v.object, format('%s is %s', o.name, o.bad) || CASE v.scope WHEN 'server' THEN '' ELSE format(' for %s', rds_guard.override_target(v.database, v.role)) END,
               rds_guard.value_fix(o.name, CASE o.bad WHEN 'on' THEN 'off' ELSE 'on' END, v.scope, v.database, v.role),
               jsonb_build_object(o.name, v.value, 'scope', v.scope)
        FROM (VALUES ('pgaudit.log_catalog', 'off'), ('pgaudit.log_statement', 'off'), ('pgaudit.log_client', 'on')) AS o (name, bad)
        CROSS JOIN LATERAL rds_guard.values_in_force(CASE WHEN rds_guard.has_setting(o.name) THEN o.name END) AS v
        WHERE v.value::boolean = o.bad::boolean
              -- what records less than the server is in logging_guc_overridden
              AND (v.scope = 'server' OR o.name = 'pgaudit.log_client')
    $$);

SELECT rds_guard.define_check('pgaudit_logs_sensitive_params', 'audit_logging', 'low',
    title => 'pgaudit records parameters, or not, against what is asked for',
    why => 'The values tell what was read and changed, which STIG wants to know, and are the data itself, personal data among it, which then lies in the log.',
    remedy => 'Set pgaudit.log_parameter as the policy pgaudit_log_parameter says; use_profile() sets that for CIS or STIG.',
    needs => 'SELECT on rds_guard.policy',
    refs => ARRAY['STIG V-261870'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.has_setting('pgaudit.log') THEN rds_guard.not_applicable('pgaudit is not loaded') END
        UNION ALL
        SELECT v.object, format('pgaudit.log_parameter is %s, %s asked for', CASE WHEN v.value::boolean THEN 'on' ELSE 'off' END, w.word)
                         || CASE v.scope WHEN 'server' THEN '' ELSE ': ' || rds_guard.override_target(v.database, v.role) END,
               rds_guard.value_fix('pgaudit.log_parameter', w.word, v.scope, v.database, v.role),
               jsonb_build_object('pgaudit.log_parameter', v.value, 'asked_for', w.word, 'scope', v.scope)
        FROM (SELECT CASE WHEN rds_guard.has_setting('pgaudit.log') THEN rds_guard.policy_word('pgaudit_log_parameter') END) AS w (word)
        CROSS JOIN LATERAL rds_guard.values_in_force(CASE WHEN w.word <> 'any' THEN 'pgaudit.log_parameter' END) AS v
        WHERE v.value::boolean <> (w.word = 'on')
    $$);

SELECT rds_guard.define_check('pgaudit_superuser_blind', 'audit_logging', 'info',
    title => 'Roles can switch off what pgaudit records of them',
    why => 'pgaudit records within the session that it watches. Whoever is or becomes superuser, or may SET its settings, can switch it off there, change the log''s files by other means, and be recorded no more. No setting prevents that.',
    remedy => 'Let nobody log in as a superuser but through set_user, which records the switch and keeps such settings from being changed, revoke the grants of SET and ALTER SYSTEM, and send the log to another machine at once.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.has_setting('pgaudit.log') THEN rds_guard.not_applicable('pgaudit is not loaded') END
        UNION ALL
        SELECT rds_guard.ident(c.role),
               format('%s can switch off its own audit: %s', rds_guard.ident(c.role),
                      string_agg(DISTINCT CASE WHEN c.setting IS NULL THEN c.how ELSE c.how || ' on ' || c.setting END, ', ')),
               NULL, jsonb_build_object('how', jsonb_agg(DISTINCT c.how))
        FROM rds_guard.audit_changers() AS c
        JOIN pg_catalog.pg_roles AS r ON r.rolname = c.role AND r.rolcanlogin
        -- a provider's own superuser is not the customer's
        WHERE NOT (r.oid = 10 AND (SELECT p.platform FROM rds_guard.platform() AS p) <> 'self_managed')
              AND CASE WHEN rds_guard.has_setting('pgaudit.log') THEN true END
        GROUP BY c.role
    $$);
