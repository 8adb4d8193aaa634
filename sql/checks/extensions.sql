-- What was installed besides PostgreSQL itself.

SELECT rds_guard.define_check('extension_unapproved', 'extensions', 'low',
    title => 'An extension is installed that was not approved',
    why => 'An extension is code that runs in the server, often with the rights of a superuser, and has to be kept up to date like the server.',
    remedy => 'Drop the extension, or name it in the policy approved_extensions.',
    refs => ARRAY['CIS 1.2', 'STIG V-261886', 'STIG V-261887'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN rds_guard.policy_names('approved_extensions') = '{}' THEN
                  rds_guard.not_applicable('the policy approved_extensions names none') END
        UNION ALL
        SELECT rds_guard.ident(e.extname),
               format('extension %s, version %s, is installed in schema %s', rds_guard.ident(e.extname), e.extversion, rds_guard.ident(n.nspname)),
               -- says so where something depends on it
               format('DROP EXTENSION %s;', rds_guard.ident(e.extname)),
               jsonb_build_object('version', e.extversion)
        FROM pg_catalog.pg_extension AS e
        JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
        WHERE e.extname <> ALL (rds_guard.policy_names('approved_extensions'))
              -- what initdb installs, and who asks
              AND e.extname NOT IN ('plpgsql', 'rds_guard')
    $$);

SELECT rds_guard.define_check('extension_dangerous', 'extensions', 'high',
    title => 'An extension is installed that leads past what privileges are for',
    why => 'Extensions that read files, run programs, look into pages or write code in an untrusted language act with the rights of the server. How bad that is depends on who can use them: where only administrators can, the row is for information. Other databases have their own extensions.',
    remedy => 'Drop the extension where it is not needed, or take its functions from those who do not need them. Name it in the policy approved_extensions if it is meant.',
    refs => ARRAY['CIS 1.2', 'STIG V-261886', 'STIG V-261888', 'STIG V-261915'],
    rule => $$
        WITH dangers (name, danger, severity, by_function) AS (VALUES
            ('adminpack', 'writes files of the server', 'high', true),
            ('file_fdw', 'reads files and runs programs of the server', 'medium', false),
            ('plpython3u', 'does what the operating system lets the server do', 'high', true),
            ('plpython2u', 'does what the operating system lets the server do', 'high', true),
            ('plpythonu', 'does what the operating system lets the server do', 'high', true),
            ('plperlu', 'does what the operating system lets the server do', 'high', true),
            ('pltclu', 'does what the operating system lets the server do', 'high', true),
            ('plsh', 'runs programs of the server', 'high', true),
            ('pageinspect', 'shows the bytes of every table, past privileges and row security', 'high', true),
            ('pg_walinspect', 'shows the changes of every table, past privileges and row security', 'high', true),
            ('pg_surgery', 'changes rows past all that keeps them consistent', 'high', true),
            ('pg_freespacemap', 'shows the layout of every table', 'low', true),
            ('dblink', 'connects from the server to others, and back to itself', 'medium', true),
            ('postgres_fdw', 'connects from the server to others, and back to itself', 'low', false),
            ('http', 'has the server call web services', 'high', true),
            ('pg_net', 'has the server call web services', 'high', true),
            ('aws_s3', 'copies data to and from Amazon S3', 'medium', true),
            ('aws_lambda', 'calls functions of AWS Lambda', 'medium', true),
            ('pg_background', 'runs statements in sessions of their own', 'high', true),
            ('pldbgapi', 'stops sessions of others and changes their variables', 'high', true)
        ), installed AS MATERIALIZED (
            SELECT e.oid, e.extname, e.extversion, coalesce(d.danger, 'is there to test PostgreSQL, not to be run') AS danger,
                   coalesce(d.severity, 'medium') AS severity, coalesce(d.by_function, true) AS by_function
            FROM pg_catalog.pg_extension AS e
            LEFT JOIN dangers AS d ON d.name = e.extname
            WHERE d.name IS NOT NULL OR e.extname LIKE 'test\_%'
        ), members AS MATERIALIZED (
            SELECT i.oid AS extension, d.classid, d.objid
            FROM installed AS i
            JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.refobjid = i.oid AND d.deptype = 'e'
        ), functions AS MATERIALIZED (
            SELECT m.extension, p.oid
            FROM members AS m
            JOIN installed AS i ON i.oid = m.extension AND i.by_function
            JOIN pg_catalog.pg_proc AS p ON p.oid = m.objid
            WHERE m.classid = 'pg_catalog.pg_proc'::regclass
                  -- nobody calls these by name
                  AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype, 'language_handler'::regtype, 'fdw_handler'::regtype)
                  AND NOT EXISTS (SELECT FROM pg_catalog.pg_language AS l WHERE p.oid IN (l.laninline, l.lanvalidator))
            UNION ALL
            -- what somebody wrote in its language
            SELECT m.extension, p.oid
            FROM members AS m
            JOIN pg_catalog.pg_proc AS p ON p.prolang = m.objid
            WHERE m.classid = 'pg_catalog.pg_language'::regclass
        ), users AS (
            SELECT f.extension, c.grantee
            FROM functions AS f
            JOIN rds_guard.function_callers(ARRAY(SELECT f.oid FROM functions AS f)) AS c ON c.function = f.oid
            UNION
            SELECT m.extension, a.grantee
            FROM members AS m
            JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid = m.objid AND m.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass
            LEFT JOIN pg_catalog.pg_foreign_server AS s ON s.srvfdw = w.oid
            CROSS JOIN LATERAL aclexplode(coalesce(w.fdwacl, acldefault('F', w.fdwowner)) || coalesce(s.srvacl, CASE WHEN s.oid IS NOT NULL THEN acldefault('S', s.srvowner) END, '{}')) AS a
            WHERE a.grantee NOT IN (SELECT r.oid FROM pg_catalog.pg_roles AS r JOIN rds_guard.administrators() AS s (role) ON s.role = r.rolname)
        ), told AS (
            SELECT i.extname, i.extversion, i.danger, i.severity, array_agg(rds_guard.role_name(u.grantee) ORDER BY u.grantee) FILTER (WHERE u.grantee IS NOT NULL) AS users
            FROM installed AS i
            LEFT JOIN users AS u ON u.extension = i.oid
            GROUP BY i.extname, i.extversion, i.danger, i.severity
        )
        SELECT rds_guard.ident(t.extname),
               format('extension %s %s; %s can use it', rds_guard.ident(t.extname), t.danger,
                      CASE WHEN t.users IS NULL THEN 'only administrators' ELSE array_to_string(t.users[1:5], ', ') || CASE WHEN cardinality(t.users) > 5 THEN ', ...' ELSE '' END END),
               format('DROP EXTENSION %s;', rds_guard.ident(t.extname)),
               jsonb_build_object('version', t.extversion, 'users', coalesce(t.users, '{}'), 'severity', CASE WHEN t.users IS NULL THEN 'info' ELSE t.severity END)
               || CASE WHEN t.extname = ANY (rds_guard.policy_names('approved_extensions')) THEN '{"allowed_by": "approved_extensions"}' ELSE '{}' END::jsonb
        FROM told AS t
    $$);

SELECT rds_guard.define_check('egress_functions_exposed', 'extensions', 'high',
    title => 'A role may have the server connect to wherever it likes',
    why => 'The server stands where clients do not get: behind the firewall, beside other servers, and in a cloud next to 169.254.169.254, which hands out the credentials of the machine. Whoever may call a function that opens connections of its own reaches all that, and can send data out. Extensions leave such functions to everybody unless somebody takes them away.',
    remedy => 'Take the functions from PUBLIC, and grant them to the roles that need them. Let nothing but what is needed out of the network of the server.',
    refs => ARRAY['STIG V-261888'],
    rule => $$
        WITH openers (extension, pattern) AS (VALUES
            ('dblink', '^dblink(_connect|_connect_u|_exec)?$'),
            ('http', '^http(_get|_post|_put|_patch|_delete|_head)?$'),
            ('pg_net', '^http_(get|post|delete)$'),
            ('pg_background', '^pg_background_launch')
        ), members AS MATERIALIZED (
            SELECT e.extname, o.pattern, d.objid
            FROM pg_catalog.pg_extension AS e
            JOIN openers AS o ON o.extension = e.extname
            JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
                                              AND d.classid = 'pg_catalog.pg_proc'::regclass
        ), functions AS MATERIALIZED (
            SELECT m.extname, p.oid
            FROM members AS m
            JOIN pg_catalog.pg_proc AS p ON p.oid = m.objid AND p.proname ~ m.pattern
            -- without a name for the connection these use one that is open already
            WHERE p.proname !~ '^dblink(_exec)?$' OR p.proargtypes[1] = 'text'::regtype
        ), callers AS MATERIALIZED (
            SELECT f.extname, c.grantee, max(c.logins) AS logins, count(*) AS functions, min(rds_guard.function_name(c.function)) AS first,
                   string_agg(rds_guard.revoke_statements(c.acl, c.owner, c.grantee, 'FUNCTION ' || rds_guard.function_name(c.function), 'EXECUTE'), ' '
                              ORDER BY rds_guard.function_name(c.function)) AS fix
            FROM functions AS f
            JOIN rds_guard.function_callers(ARRAY(SELECT f.oid FROM functions AS f)) AS c ON c.function = f.oid
            GROUP BY f.extname, c.grantee
        )
        SELECT format('EXTENSION %s TO %s', rds_guard.ident(c.extname), rds_guard.role_name(c.grantee)),
               format('%s may have the server connect to others by %s function(s) of extension %s, such as %s', rds_guard.role_name(c.grantee), c.functions,
                      rds_guard.ident(c.extname), c.first),
               c.fix, jsonb_build_object('functions', c.functions, 'logins', c.logins)
               || CASE WHEN c.grantee = 0 THEN '{}'::jsonb ELSE '{"severity": "medium"}' END
        FROM callers AS c
        UNION ALL
        SELECT format('FOREIGN DATA WRAPPER %s TO %s', rds_guard.ident(w.fdwname), rds_guard.role_name(a.grantee)),
               format('%s may make servers of %s, which connect to an address of its choice', rds_guard.role_name(a.grantee), rds_guard.ident(w.fdwname)),
               rds_guard.revoke_statements(w.fdwacl, w.fdwowner, a.grantee, 'FOREIGN DATA WRAPPER ' || rds_guard.ident(w.fdwname), 'USAGE'),
               '{"severity": "medium"}'
        FROM pg_catalog.pg_foreign_data_wrapper AS w
        -- others read files or what is in the server
        JOIN pg_catalog.pg_proc AS h ON h.oid = w.fdwhandler AND h.proname ~ '^(postgres|mysql|oracle|tds|mongo|redis|odbc|jdbc|sqlite|hdfs|wasm|parquet_s3)_fdw_handler$'
        CROSS JOIN LATERAL (SELECT DISTINCT x.grantee FROM aclexplode(w.fdwacl) AS x WHERE x.privilege_type = 'USAGE') AS a
        WHERE a.grantee NOT IN (SELECT r.oid FROM pg_catalog.pg_roles AS r JOIN rds_guard.administrators() AS s (role) ON s.role = r.rolname)
    $$);

SELECT rds_guard.define_check('aws_integration_exposed', 'extensions', 'critical',
    title => 'A role may use the AWS rights of the instance',
    why => 'The extensions aws_s3, aws_lambda and aws_ml act with the IAM roles that are attached to the instance, whoever calls them: aws_s3.query_export_to_s3() copies whatever the caller may read to a bucket, which may be anybody''s. Whether a role is attached SQL does not show: aws rds describe-db-instances does, as AssociatedRoles.',
    remedy => 'Take the functions from PUBLIC, grant them to the one role that moves data, and let the IAM role name the buckets and functions that it is for.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.on_rds() THEN rds_guard.not_applicable('only RDS and Aurora have these extensions') END
        UNION ALL
        SELECT format('SCHEMA %s TO %s', rds_guard.ident(q.nspname), rds_guard.role_name(q.grantee)),
               format('%s may call %s%s, %s', rds_guard.role_name(q.grantee), q.first, CASE q.functions WHEN 1 THEN '' ELSE format(' and %s more', q.functions - 1) END,
                      CASE q.logins WHEN 0 THEN 'as each new role may' WHEN 1 THEN 'as one login role can' ELSE format('as %s login roles can', q.logins) END),
               q.fix,
               jsonb_build_object('functions', q.functions, 'logins', q.logins,
                                  'severity', CASE WHEN q.grantee = 0 THEN 'critical' WHEN q.logins > 1 THEN 'high' ELSE 'info' END)
        FROM (
            SELECT n.nspname, c.grantee, max(c.logins) AS logins, count(*) AS functions, min(rds_guard.function_name(c.function)) AS first,
                   string_agg(rds_guard.revoke_statements(c.acl, c.owner, c.grantee, 'FUNCTION ' || rds_guard.function_name(c.function), 'EXECUTE'), ' '
                              ORDER BY rds_guard.function_name(c.function)) AS fix
            FROM rds_guard.function_callers(ARRAY(
                     SELECT p.oid
                     FROM pg_catalog.pg_proc AS p
                     JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
                     WHERE rds_guard.on_rds()
                           AND (n.nspname, p.proname) IN (('aws_s3', 'query_export_to_s3'), ('aws_s3', 'table_import_from_s3'), ('aws_lambda', 'invoke'),
                                                          ('aws_comprehend', 'detect_sentiment'), ('aws_sagemaker', 'invoke_endpoint'), ('aws_bedrock', 'invoke_model'),
                                                          ('aws_bedrock', 'invoke_model_get_embeddings'))
                           -- anybody may give a schema of their own that name
                           AND p.proowner IN (SELECT r.oid FROM pg_catalog.pg_roles AS r JOIN rds_guard.administrators() AS a (role) ON a.role = r.rolname))) AS c
            JOIN pg_catalog.pg_proc AS p ON p.oid = c.function
            JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
            GROUP BY n.nspname, c.grantee
        ) AS q
    $$);

SELECT rds_guard.define_check('rds_extension_policy', 'extensions', 'medium',
    title => 'More extensions may be created than are needed',
    why => 'By default whoever may create extensions may create any that RDS offers, also those that reach other servers, read the log or run jobs. rds.allowed_extensions names those that may be; rds.allowed_delegated_extensions, which can be set for one role or database, those that members of rds_extension may create besides.',
    remedy => 'Set rds.allowed_extensions to what the databases of the instance use: the fix names what this one has. Delegate none that connect elsewhere.',
    refs => ARRAY[]::text[],
    rule => $$
        WITH here AS MATERIALIZED (
            SELECT rds_guard.on_rds() AND rds_guard.has_setting('rds.allowed_extensions') AS allowed,
                   rds_guard.on_rds() AND rds_guard.has_setting('rds.allowed_delegated_extensions') AS delegated,
                   rds_guard.on_rds() AS rds
        ), allowed AS MATERIALIZED (
            SELECT CASE WHEN (SELECT h.allowed FROM here AS h) THEN rds_guard.server_setting('rds.allowed_extensions') END AS value
        ), holders AS MATERIALIZED (
            SELECT string_agg(rds_guard.ident(m.member), ', ' ORDER BY m.member) AS names
            FROM rds_guard.role_memberships(only_how => 'hold') AS m
            JOIN pg_catalog.pg_roles AS r ON r.rolname = m.member AND r.rolcanlogin
            WHERE (SELECT h.delegated FROM here AS h) AND m.role = 'rds_extension' AND m.member NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
        ), delegated AS MATERIALIZED (
            SELECT v.object, v.value, v.scope, v.database, v.role, v.unseen,
                   ARRAY(SELECT w.word FROM regexp_split_to_table(btrim(v.value), ' *, *') AS w (word)
                         WHERE w.word IN ('*', 'dblink', 'postgres_fdw', 'mysql_fdw', 'oracle_fdw', 'tds_fdw', 'log_fdw', 'pg_cron', 'aws_s3', 'aws_lambda', 'aws_ml')) AS far,
                   ARRAY(SELECT w.word FROM regexp_split_to_table(btrim(v.value), ' *, *') WITH ORDINALITY AS w (word, place)
                         WHERE w.word NOT IN ('*', 'dblink', 'postgres_fdw', 'mysql_fdw', 'oracle_fdw', 'tds_fdw', 'log_fdw', 'pg_cron', 'aws_s3', 'aws_lambda', 'aws_ml')
                         ORDER BY w.place) AS near
            FROM rds_guard.values_behind_ours(CASE WHEN (SELECT h.delegated FROM here AS h) THEN 'rds.allowed_delegated_extensions' END) AS v
        )
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.on_rds() THEN rds_guard.not_applicable('only RDS and Aurora have this setting') END
        UNION ALL
        SELECT 'rds.allowed_extensions', 'rds.allowed_extensions is *: any extension that RDS offers may be created',
               rds_guard.setting_fix('rds.allowed_extensions', (SELECT string_agg(e.extname, ',' ORDER BY e.extname) FROM pg_catalog.pg_extension AS e)),
               jsonb_build_object('rds.allowed_extensions', s.value)
        FROM allowed AS s
        WHERE '*' IN (SELECT btrim(w.word) FROM unnest(string_to_array(s.value, ',')) AS w (word))
        UNION ALL
        SELECT u.name, 'this server does not show ' || u.name, NULL, jsonb_build_object('unknown', rds_guard.setting_lookup(u.name))
        FROM here AS h
        CROSS JOIN LATERAL (VALUES ('rds.allowed_extensions', h.allowed)) AS u (name, shown)
        WHERE h.rds AND NOT u.shown
        UNION ALL
        SELECT d.object, format('%s is %L: %s can create %s', 'rds.allowed_delegated_extensions', d.value,
                                coalesce(h.names, 'members of rds_extension, of which there are none,'),
                                CASE WHEN d.far = '{*}' THEN 'any extension' ELSE array_to_string(d.far, ', ') END),
               rds_guard.value_fix('rds.allowed_delegated_extensions', array_to_string(d.near, ','), d.scope, d.database, d.role),
               jsonb_build_object('value', d.value, 'scope', d.scope, 'severity', CASE WHEN h.names IS NULL THEN 'low' ELSE 'medium' END)
        FROM delegated AS d
        CROSS JOIN holders AS h
        WHERE cardinality(d.far) > 0
        UNION ALL
        SELECT d.object, 'the server''s own rds.allowed_delegated_extensions cannot be seen', NULL, jsonb_build_object('unknown', d.unseen)
        FROM delegated AS d
        WHERE d.unseen IS NOT NULL
    $$);

SELECT rds_guard.define_check('pg_tle_admin', 'extensions', 'high',
    title => 'A role may put code into what pg_tle runs',
    why => 'Members of pgtle_admin register extensions that others then create, and functions that see each new password in clear text or decide about logins, where these hooks are on. Such functions run as superuser where pg_tle has a database of its own for them.',
    remedy => 'Revoke pgtle_admin from all but administrators, also where it comes through a group; extensions that are registered stay.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = 'pgtle_admin') THEN
                  rds_guard.not_applicable('pg_tle was never created on this server') END
        UNION ALL
        SELECT rds_guard.ident(m.member),
               format('%s holds pgtle_admin: %s', rds_guard.ident(m.member), rds_guard.path_text(m.path)),
               rds_guard.cut_path(m.path), jsonb_build_object('path', m.path)
        FROM rds_guard.role_memberships(only_how => 'hold') AS m
        JOIN pg_catalog.pg_roles AS r ON r.rolname = m.member AND r.rolcanlogin
        WHERE EXISTS (SELECT FROM pg_catalog.pg_roles AS t WHERE t.rolname = 'pgtle_admin') AND m.role = 'pgtle_admin'
              AND m.member NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
    $$);

SELECT rds_guard.define_check('pg_cron_jobs_risky', 'extensions', 'high',
    title => 'A scheduled job runs with more power than it needs, or holds a secret',
    why => 'Jobs of pg_cron run unattended, with all rights of the role that they are for: what an administrator''s job calls, whoever may replace that controls (escalation_path_exists looks into it). A job for a role that does not exist waits for whoever makes one of that name. Commands are readable in cron.job, in its history and in the log.',
    remedy => 'Schedule jobs as roles that have just what they need, keep passwords out of commands, and unschedule what nobody needs.',
    needs => 'BYPASSRLS and SELECT on cron.job',
    refs => ARRAY[]::text[],
    rule => $$
        WITH jobs AS MATERIALIZED (
            SELECT j.id, j.role, j.database, j.active, j.command, r.oid, r.rolcanlogin,
                   r.rolname IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
                   OR EXISTS (SELECT FROM pg_catalog.pg_roles AS s WHERE s.rolsuper AND pg_has_role(r.oid, s.oid, 'MEMBER')) AS mighty
            FROM rds_guard.cron_jobs() AS j
            LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = j.role
        ), elsewhere AS MATERIALIZED (
            SELECT CASE WHEN rds_guard.cron_table() IS NULL AND rds_guard.has_setting('cron.database_name') THEN rds_guard.setting('cron.database_name') END AS database
        ), faults AS (
            SELECT j.id, 'high' AS severity, format('runs as %s, an administrator', rds_guard.ident(j.role)) AS fault, 1 AS place FROM jobs AS j WHERE j.mighty
            UNION ALL
            SELECT j.id, 'high', 'runs a program of the server', 2 FROM jobs AS j WHERE j.command ~* '\mcopy\M.*\mprogram\M'
            UNION ALL
            SELECT j.id, 'high', 'has what looks like a password or a key in its command', 3
            FROM jobs AS j
            WHERE j.command ~* '\mpassword\M\s*(=|'')|://[^/\s:@]+:[^/\s@]+@|BEGIN [A-Z ]*PRIVATE KEY|\mbearer\s+[a-z0-9._-]{16}' OR j.command ~ '\m(AKIA|ASIA)[0-9A-Z]{16}\M'
            UNION ALL
            SELECT j.id, 'medium', format('is for %s, a role that does not exist: whoever makes it gets the job', rds_guard.ident(j.role)), 4 FROM jobs AS j WHERE j.oid IS NULL
            UNION ALL
            SELECT j.id, 'low', format('is for %s, which cannot log in', rds_guard.ident(j.role)), 5 FROM jobs AS j WHERE NOT j.rolcanlogin
            UNION ALL
            SELECT j.id, 'low', format('is for %s, a database that does not exist', rds_guard.ident(j.database)), 6
            FROM jobs AS j
            WHERE j.database NOT IN (SELECT d.datname FROM pg_catalog.pg_database AS d)
        )
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE
                  WHEN EXISTS (SELECT FROM jobs) THEN false
                  WHEN (SELECT e.database <> current_database() FROM elsewhere AS e) THEN
                      rds_guard.unknown('the jobs of pg_cron are in another database',
                                        format('Run the report in database %s, which has the extension pg_cron.', (SELECT rds_guard.ident(e.database) FROM elsewhere AS e)))
                  WHEN rds_guard.cron_table() IS NULL THEN rds_guard.not_applicable('pg_cron is neither loaded nor installed in this database')
              END
        UNION ALL
        SELECT 'job ' || f.id, format('job %s %s', f.id, string_agg(f.fault, ', ' ORDER BY f.place)),
               format('SELECT cron.unschedule(%s);', f.id),
               jsonb_build_object('severity', CASE min(f.place) WHEN 4 THEN 'medium' WHEN 5 THEN 'low' WHEN 6 THEN 'low' ELSE 'high' END)
               || (SELECT jsonb_build_object('role', j.role, 'database', j.database, 'active', j.active) FROM jobs AS j WHERE j.id = f.id)
        FROM faults AS f
        GROUP BY f.id
        UNION ALL
        SELECT 'cron.job', u.reason, NULL, jsonb_build_object('unknown', u.hint)
        FROM rds_guard.jobs_unseen() AS u
    $$);
