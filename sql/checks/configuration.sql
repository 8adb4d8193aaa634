-- What the server is told to do that it should not, for all or for one role.

SELECT rds_guard.define_check('risky_developer_options', 'configuration', 'high',
    title => 'A setting for developers of PostgreSQL is in use',
    why => 'These exist to find bugs and to rescue what is left of a broken cluster. They let superusers change system catalogs, return data that is known to be wrong, slow down logins, or write internals into the log.',
    remedy => 'Set them back to their defaults.',
    refs => ARRAY['CIS 6.2', 'CIS 6.3', 'CIS 6.4', 'CIS 6.5', 'CIS 6.6'],
    rule => $$
        SELECT v.object, format('%s is %s', v.name, v.value) || CASE v.scope WHEN 'server' THEN '' ELSE ' for ' || rds_guard.override_target(v.database, v.role) END,
               rds_guard.value_fix(v.name, o.good, v.scope, v.database, v.role),
               jsonb_strip_nulls(jsonb_build_object(v.name, v.value, 'scope', v.scope, 'severity', CASE WHEN o.harmful THEN NULL ELSE 'low' END))
        FROM (VALUES ('allow_system_table_mods', 'off', true), ('zero_damaged_pages', 'off', true), ('ignore_checksum_failure', 'off', true),
                     ('ignore_system_indexes', 'off', true), ('ignore_invalid_pages', 'off', true), ('allow_in_place_tablespaces', 'off', true),
                     ('jit_debugging_support', 'off', false), ('jit_profiling_support', 'off', false), ('trace_notify', 'off', false), ('trace_sort', 'off', false),
                     ('send_abort_for_crash', 'off', false), ('send_abort_for_kill', 'off', false), ('bonjour', 'off', false),
                     ('pre_auth_delay', '0', false), ('post_auth_delay', '0', false), ('debug_discard_caches', '0', false),
                     ('backtrace_functions', '', false), ('wal_consistency_checking', '', false)) AS o (name, good, harmful)
        JOIN rds_guard.settings_in_force('{allow_system_table_mods,zero_damaged_pages,ignore_checksum_failure,ignore_system_indexes,ignore_invalid_pages,
                                           allow_in_place_tablespaces,jit_debugging_support,jit_profiling_support,trace_notify,trace_sort,send_abort_for_crash,
                                           send_abort_for_kill,bonjour,pre_auth_delay,post_auth_delay,debug_discard_caches,backtrace_functions,
                                           wal_consistency_checking}') AS v ON v.name = o.name
        WHERE CASE o.good WHEN 'off' THEN v.value::boolean WHEN '0' THEN v.value !~ '^ *0 *[a-z]* *$' ELSE v.value <> '' END
    $$);

SELECT rds_guard.define_check('durability_disabled', 'configuration', 'high',
    title => 'A crash can lose or corrupt data',
    why => 'Without fsync or full_page_writes a crash of the machine leaves a cluster that is broken, whose backups may be, too. With synchronous_commit off what was committed in the last moments may be gone, audit tables among it, though nothing is corrupted.',
    remedy => 'Set them to on.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT v.object, format('%s is off', v.name) || CASE v.scope WHEN 'server' THEN '' ELSE ' for ' || rds_guard.override_target(v.database, v.role) END,
               rds_guard.value_fix(v.name, 'on', v.scope, v.database, v.role),
               jsonb_strip_nulls(jsonb_build_object(v.name, v.value, 'scope', v.scope, 'severity', CASE v.name WHEN 'synchronous_commit' THEN 'low' END))
        FROM rds_guard.settings_in_force('{fsync,full_page_writes,synchronous_commit}') AS v
        WHERE lower(v.value) IN ('off', 'false', 'no', '0')
              -- the storage of Aurora has no torn pages
              AND NOT (v.name = 'full_page_writes' AND (SELECT p.platform FROM rds_guard.platform() AS p) = 'aurora')
    $$);

SELECT rds_guard.define_check('guc_role_override_dangerous', 'configuration', 'high',
    title => 'A setting that takes effect at login is no protection, or is a danger',
    why => 'With ALTER ROLE ... SET role a login becomes another role at once, and nothing says so but pg_db_role_setting. With lo_compat_privileges everybody reads and writes all large objects. A role that is made read-only by default_transaction_read_only can switch that off. What keeps triggers from firing is in logging_guc_overridden, libraries are in preload_libraries_unknown, search paths in search_path_override_unsafe.',
    remedy => 'Remove the override; grant a membership with INHERIT instead of SET role, and grant only SELECT to who is to read only.',
    refs => ARRAY['CIS 6.1', 'CIS 6.6'],
    rule => $$
        SELECT v.object,
               CASE v.name WHEN 'role' THEN format('logins of %s act as %s', rds_guard.override_target(v.database, v.role), rds_guard.ident(v.value))
                           ELSE format('%s is %s', v.name, v.value) || CASE v.scope WHEN 'server' THEN '' ELSE ' for ' || rds_guard.override_target(v.database, v.role) END END,
               -- who relies on being read-only should first lose the other privileges
               CASE WHEN v.name <> 'default_transaction_read_only' THEN rds_guard.value_fix(v.name, 'off', v.scope, v.database, v.role) END,
               jsonb_strip_nulls(jsonb_build_object(v.name, v.value, 'scope', v.scope,
                                                    'severity', CASE v.name WHEN 'default_transaction_read_only' THEN 'info' WHEN 'check_function_bodies' THEN 'low' END))
        FROM rds_guard.settings_in_force('{lo_compat_privileges,check_function_bodies,default_transaction_read_only}') AS v
        WHERE v.value::boolean = (v.name <> 'check_function_bodies') AND (v.scope <> 'server' OR v.name = 'lo_compat_privileges')
        UNION ALL
        -- it has no row in pg_settings
        SELECT rds_guard.override_target(o.database, o.role) || ' SET role',
               format('logins of %s act as %s', rds_guard.override_target(o.database, o.role), rds_guard.ident(o.value)),
               format('ALTER %s RESET role;', rds_guard.override_target(o.database, o.role)), jsonb_build_object('role', o.value, 'scope', o.scope)
        FROM rds_guard.effective_overrides('role') AS o
        WHERE o.value <> 'none' AND o.value IS DISTINCT FROM o.role
    $$);

SELECT rds_guard.define_check('search_path_override_unsafe', 'configuration', 'high',
    title => 'A search_path lets others put their objects in front',
    why => 'Whoever can create objects in a schema that comes before pg_catalog replaces built-in functions and operators for all who have this search_path (CVE-2018-1058). A list that was quoted as a whole is one schema that does not exist, and then pg_temp is searched before all else that was meant. A schema with the name of a role, but of another owner, comes first in the default search_path of that role. Schemas in which everybody may create are in public_schema_create.',
    remedy => 'Leave pg_catalog out of the list or put it first, quote each name by itself, and let a schema with the name of a role belong to it.',
    refs => ARRAY[]::text[],
    rule => $$
        WITH paths AS MATERIALIZED (
            SELECT v.object, v.value, v.scope, v.database, v.role, v.unseen FROM rds_guard.values_behind_ours('search_path') AS v
            -- of other databases the schemas cannot be seen
            WHERE v.database IS NULL OR v.database = current_database()
        )
        SELECT p.object, format('pg_catalog comes after %s in search_path', b.before) || CASE p.scope WHEN 'server' THEN '' ELSE ' for ' || rds_guard.override_target(p.database, p.role) END,
               rds_guard.value_fix('search_path', '"$user", public', p.scope, p.database, p.role), jsonb_build_object('search_path', p.value, 'scope', p.scope)
        FROM paths AS p
        CROSS JOIN LATERAL (
            SELECT string_agg(rds_guard.ident(n.name), ', ' ORDER BY n.place)
            FROM rds_guard.path_names(p.value) AS n
            WHERE n.place < (SELECT min(c.place) FROM rds_guard.path_names(p.value) AS c WHERE c.name = 'pg_catalog')
        ) AS b (before)
        WHERE b.before IS NOT NULL
        UNION ALL
        SELECT p.object, format('search_path is the one name %s', rds_guard.ident(n.name)) || CASE p.scope WHEN 'server' THEN '' ELSE ' for ' || rds_guard.override_target(p.database, p.role) END,
               CASE p.scope WHEN 'server' THEN NULL ELSE format('ALTER %s SET search_path = %s;', rds_guard.override_target(p.database, p.role),
                                                                (SELECT string_agg(CASE btrim(w.word) WHEN '' THEN '''''' ELSE rds_guard.ident(btrim(w.word)) END, ', ' ORDER BY w.place)
                                                                 FROM unnest(string_to_array(n.name, ',')) WITH ORDINALITY AS w (word, place))) END,
               jsonb_build_object('search_path', p.value, 'scope', p.scope, 'severity', 'medium')
        FROM paths AS p
        CROSS JOIN LATERAL rds_guard.path_names(p.value) AS n
        WHERE n.name LIKE '%,%' AND NOT EXISTS (SELECT FROM pg_catalog.pg_namespace AS s WHERE s.nspname = n.name)
        UNION ALL
        SELECT rds_guard.ident(s.nspname), format('schema %s, the first in the search_path of the role of that name, belongs to %s', rds_guard.ident(s.nspname), rds_guard.ident(o.rolname)),
               format('ALTER SCHEMA %1$s OWNER TO %1$s;', rds_guard.ident(s.nspname)), jsonb_build_object('owner', o.rolname)
        FROM pg_catalog.pg_namespace AS s
        JOIN pg_catalog.pg_roles AS r ON r.rolname = s.nspname AND r.rolcanlogin
        -- an owner that nobody logs in with is that of an application's objects
        JOIN pg_catalog.pg_roles AS o ON o.oid = s.nspowner AND o.oid <> r.oid AND o.rolcanlogin
        WHERE NOT o.rolsuper AND NOT pg_has_role(o.oid, r.oid, 'MEMBER') AND o.rolname NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
        UNION ALL
        SELECT p.object, 'the search_path of the server cannot be seen', NULL, jsonb_build_object('unknown', p.unseen)
        FROM paths AS p
        WHERE p.unseen IS NOT NULL
    $$);

SELECT rds_guard.define_check('data_checksums_off', 'configuration', 'medium',
    title => 'Nothing tells when a disk returns wrong data',
    why => 'Without checksums a page that storage has damaged, or that somebody has changed in the files, is read as if it were right, and goes along into every backup.',
    remedy => 'Stop the server and run pg_checksums --enable; from PostgreSQL 19 on SELECT pg_enable_data_checksums() does it while the server runs. Pages that have failed: restore them from a backup, and look at the storage.',
    refs => ARRAY['CIS 1.4'],
    rule => $$
        SELECT 'data_checksums', format('data_checksums is %s', s.value), NULL,
               jsonb_strip_nulls(jsonb_build_object('data_checksums', s.value, 'severity', CASE WHEN s.value LIKE 'inprogress-on%' THEN 'info' END))
        FROM rds_guard.setting('data_checksums') AS s (value)
        WHERE s.value <> 'on'
        UNION ALL
        SELECT coalesce(rds_guard.ident(d.datname), 'shared objects'),
               format('%s page(s) of %s did not match their checksum, last at %s', d.checksum_failures, coalesce('database ' || rds_guard.ident(d.datname), 'the shared objects'),
                      d.checksum_last_failure),
               NULL, jsonb_build_object('failures', d.checksum_failures, 'severity', 'high')
        FROM pg_catalog.pg_stat_database AS d
        WHERE d.checksum_failures > 0
    $$);

SELECT rds_guard.define_check('preload_libraries_unknown', 'configuration', 'medium',
    title => 'The server loads a library that nobody approved',
    why => 'A library runs with all rights of the server, in every session, and can change what any other part does, this report included. shared_preload_libraries is for the whole server; session_preload_libraries and local_preload_libraries can be set for one role, where nobody looks.',
    remedy => 'Find out what it is and who set it, and remove it, or name it in the policy approved_libraries. What belongs to PostgreSQL, and widely used extensions, need not be named.',
    needs => 'pg_read_all_settings',
    refs => ARRAY['CIS 6.3', 'CIS 8.3', 'STIG V-261888'],
    rule => $$
        SELECT CASE s.scope WHEN 'server' THEN s.name ELSE rds_guard.override_target(s.database, s.role) || ' SET ' || s.name END || ': ' || rds_guard.ident(l.library),
               format('%s loads %s', s.name, rds_guard.ident(l.library)) || CASE s.scope WHEN 'server' THEN '' ELSE ' for ' || rds_guard.override_target(s.database, s.role) END,
               CASE s.scope WHEN 'server' THEN NULL ELSE format('ALTER %s RESET %s;', rds_guard.override_target(s.database, s.role), s.name) END,
               jsonb_build_object('setting', s.name, 'library', l.library, 'scope', s.scope)
               || CASE WHEN l.library = ANY ((SELECT rds_guard.policy_names('approved_libraries'))::text[]) THEN '{"allowed_by": "approved_libraries"}'::jsonb ELSE '{}' END
        FROM (SELECT n.name, v.value, v.scope, v.database, v.role
              FROM unnest('{shared_preload_libraries,session_preload_libraries,local_preload_libraries}'::text[]) AS n (name)
              CROSS JOIN LATERAL rds_guard.values_in_force(n.name) AS v) AS s
        CROSS JOIN LATERAL unnest(rds_guard.library_names(s.value)) AS l (library)
        WHERE l.library <> ALL ('{auth_delay,auto_explain,basic_archive,passwordcheck,pg_overexplain,pg_prewarm,pg_stat_statements,pgoutput,plpgsql,sepgsql,test_decoding,
                                  citus,credcheck,pg_cron,pg_hint_plan,pg_partman_bgw,pg_qualstats,pg_show_plans,pg_squeeze,pg_stat_kcache,pg_stat_monitor,pg_tle,
                                  pg_wait_sampling,pgaudit,pgauditlogtofile,pglogical,pgsodium,plpgsql_check,plprofiler,powa,rds_guard,rdsutils,set_user,supautils,
                                  timescaledb,wal2json}'::text[])
    $$);

SELECT rds_guard.define_check('library_or_extension_path_nondefault', 'configuration', 'high',
    title => 'Libraries or extensions are looked for in other places',
    why => 'Whoever can write into a folder of dynamic_library_path or extension_control_path has their code run as the server at the next LOAD or CREATE EXTENSION.',
    remedy => 'Set them back to their defaults, or see to it that root alone can write into these folders.',
    needs => 'pg_read_all_settings',
    refs => ARRAY['CIS 2.2', 'CIS 5.6', 'CIS 6.5'],
    rule => $$
        SELECT v.object, format('%s is %s', o.name, rds_guard.ident(v.value)) || CASE v.scope WHEN 'server' THEN '' ELSE ' for ' || rds_guard.override_target(v.database, v.role) END,
               rds_guard.value_fix(o.name, o.good, v.scope, v.database, v.role), jsonb_build_object(o.name, v.value, 'scope', v.scope)
        FROM (VALUES ('dynamic_library_path', '$libdir'), ('extension_control_path', '$system'), ('extension_destdir', '')) AS o (name, good)
        CROSS JOIN LATERAL rds_guard.values_in_force(CASE WHEN rds_guard.has_setting(o.name) THEN o.name END) AS v
        WHERE v.value <> o.good
    $$);

SELECT rds_guard.define_check('output_plugin_libraries_widened', 'configuration', 'high',
    title => 'More libraries than PostgreSQL''s own may decode the WAL',
    why => 'A role with REPLICATION names the output plugin, and the server loads it. output_plugin_libraries came with the releases of August 2026 that mend CVE-2026-6471, and lists what may be named.',
    remedy => 'Take out what nobody uses. What the policy output_plugins names is waived.',
    needs => 'pg_read_all_settings',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.has_setting('output_plugin_libraries') THEN rds_guard.not_applicable('this release has no output_plugin_libraries: see cve_reachable') END
        UNION ALL
        SELECT v.object || ': ' || rds_guard.ident(l.library), format('output_plugin_libraries has %s', rds_guard.ident(l.library)),
               -- without it a slot may stop to work
               NULL,
               jsonb_build_object('library', l.library, 'scope', v.scope)
               || CASE WHEN l.library = ANY ((SELECT rds_guard.policy_names('output_plugins'))::text[]) THEN '{"allowed_by": "output_plugins"}'::jsonb ELSE '{}' END
        FROM rds_guard.values_in_force(CASE WHEN rds_guard.has_setting('output_plugin_libraries') THEN 'output_plugin_libraries' END) AS v
        CROSS JOIN LATERAL unnest(rds_guard.library_names(v.value)) AS l (library)
        WHERE l.library NOT IN ('pgoutput', 'test_decoding')
    $$);

SELECT rds_guard.define_check('legacy_string_escapes', 'configuration', 'medium',
    title => 'Strings are read in a way that helps SQL injection',
    why => 'With standard_conforming_strings off a backslash escapes the quote that ends a string, and with backslash_quote on it does so in every encoding: programs that double quotes only are open to injection.',
    remedy => 'Set standard_conforming_strings to on, which PostgreSQL 19 forces, and backslash_quote to safe_encoding.',
    refs => ARRAY[]::text[],
    rule => $$
        WITH found AS (
            SELECT v.name, v.object, v.value, v.scope, v.database, v.role, NULL AS unseen
            FROM rds_guard.settings_in_force('{backslash_quote,escape_string_warning}') AS v
            UNION ALL
            SELECT 'standard_conforming_strings', v.object, v.value, v.scope, v.database, v.role, v.unseen
            FROM rds_guard.values_behind_ours(CASE WHEN current_setting('server_version_num')::integer < 190000 THEN 'standard_conforming_strings' END) AS v
        )
        SELECT f.object, format('%s is %s', f.name, f.value) || CASE f.scope WHEN 'server' THEN '' ELSE ' for ' || rds_guard.override_target(f.database, f.role) END,
               rds_guard.value_fix(f.name, CASE f.name WHEN 'backslash_quote' THEN 'safe_encoding' ELSE 'on' END, f.scope, f.database, f.role),
               jsonb_strip_nulls(jsonb_build_object(f.name, f.value, 'scope', f.scope, 'severity', CASE f.name WHEN 'escape_string_warning' THEN 'low' END))
        FROM found AS f
        WHERE CASE f.name WHEN 'backslash_quote' THEN lower(f.value) IN ('on', 'true', 'yes', '1') ELSE lower(f.value) IN ('off', 'false', 'no', '0') END
        UNION ALL
        SELECT f.object, format('the server''s %s cannot be seen', f.name), NULL, jsonb_build_object('unknown', f.unseen)
        FROM found AS f
        WHERE f.unseen IS NOT NULL
    $$);

SELECT rds_guard.define_check('client_min_messages', 'configuration', 'info',
    title => 'Clients are shown what is for developers',
    why => 'With client_min_messages at a debug level or log, each client is told of internals, and of what is logged about it.',
    remedy => 'Set client_min_messages to notice or higher.',
    refs => ARRAY['STIG V-261908'],
    rule => $$
        SELECT v.object, format('client_min_messages is %s', v.value) || CASE v.scope WHEN 'server' THEN '' ELSE ' for ' || rds_guard.override_target(v.database, v.role) END,
               rds_guard.value_fix('client_min_messages', 'notice', v.scope, v.database, v.role), jsonb_build_object('client_min_messages', v.value, 'scope', v.scope)
        FROM rds_guard.values_in_force('client_min_messages') AS v
        WHERE lower(v.value) ~ '^(debug|log)'
    $$);

SELECT rds_guard.define_check('data_directory_mode', 'configuration', 'low',
    title => 'A group can read the data directory',
    why => 'Its members read all data past every privilege, the password hashes among it.',
    remedy => 'Unless a backup program runs as a member of this group: chmod -R g-rwx the data directory while the server is stopped.',
    refs => ARRAY['STIG V-261862'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN (SELECT p.platform FROM rds_guard.platform() AS p) <> 'self_managed' THEN rds_guard.not_applicable('here the provider keeps the data directory') END
        UNION ALL
        SELECT 'data_directory', format('the mode of the data directory was %s when the server started', s.value), NULL, jsonb_build_object('data_directory_mode', s.value)
        FROM rds_guard.setting('data_directory_mode') AS s (value)
        WHERE s.value !~ '00$'
    $$);
