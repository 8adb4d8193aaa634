-- What AWS says of this server, compared with what it is. These checks decide
-- only when aws_report() is told which database of the documents it is.

SELECT rds_guard.define_check('fused_version', 'aws_server', 'medium',
    title => 'AWS says another version of this server than it runs',
    why => 'Either an upgrade is not finished, or the document is old, or it is of another database: then nothing that it says holds here.',
    remedy => 'Print the document again; look at pending maintenance, and at the argument instance.',
    needs => 'the argument instance, describe-db-instances, and describe-db-clusters where there are clusters',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT h.object,
               CASE WHEN v.wrong THEN format('EngineVersion is %s, and the server runs %s', h.item ->> 'EngineVersion', v.version)
                    ELSE rds_guard.aws_detail(NULL, NULL, h.item, '{EngineVersion}') END,
               NULL,
               jsonb_build_object('server_version', v.version) || rds_guard.aws_evidence(v.wrong, h.item, '{EngineVersion}')
        FROM rds_guard.aws_here($1) AS h
        CROSS JOIN LATERAL (
            SELECT CASE WHEN rds_guard.aws_major(h.item ->> 'EngineVersion') IS NOT NULL
                        THEN (rds_guard.aws_major(h.item ->> 'EngineVersion'), (regexp_match(h.item ->> 'EngineVersion', '^\d+\.(\d{1,4})'))[1]::integer)
                             IS DISTINCT FROM (r.version_num / 10000, r.version_num % 10000) END, r.version
            FROM rds_guard.running_release() AS r) AS v (wrong, version)
        WHERE v.wrong IS NOT FALSE
    $$);

SELECT rds_guard.define_check('fused_param_drift', 'aws_server', 'medium',
    title => 'A parameter of the parameter group is not in force in this server',
    why => 'The group looks as if all were well, and whoever audits AWS believes it: the parameter waits for a reboot, or the instance has another group.',
    remedy => 'Reboot the instance in a maintenance window, or look at which group it has. Compared is what somebody has set in the group, but for formulas, and for what the server does not show.',
    needs => 'the argument instance, describe-db-instances, describe-db-parameters or describe-db-cluster-parameters under the name of the group, and pg_read_all_settings',
    refs => '{}',
    scope => 'aws',
    rule => $$
        WITH here AS MATERIALIZED (
            SELECT h.object, h.arn FROM rds_guard.aws_here($1) AS h
            UNION ALL
            SELECT 'instance ' || (h.instance ->> 'DBInstanceIdentifier'), h.instance ->> 'DBInstanceArn' FROM rds_guard.aws_here($1) AS h WHERE h.kind = 'cluster'
        ), names AS MATERIALIZED (
            SELECT DISTINCT e.item ->> 'ParameterName' AS name
            FROM rds_guard.aws_items($1, 'Parameters') AS e (item)
            WHERE e.item ->> 'Source' = 'user' AND rds_guard.aws_text(e.item, 'ParameterValue') !~ '[{}]'
        ), parameters AS MATERIALIZED (
            SELECT p.*
            FROM here AS h
            -- one more, for which nothing is compared: it tells whether the
            -- group has a document at all
            JOIN rds_guard.aws_parameters($1, ARRAY(SELECT n.name FROM names AS n UNION SELECT 'rds.force_ssl')) AS p ON p.object = h.object AND p.arn IS NOT DISTINCT FROM h.arn
            -- what a library or RDS brings the server may not have
            WHERE CASE WHEN p.problem IS NULL THEN p.value IS NOT NULL AND rds_guard.has_setting(p.name) AND p.name IN (SELECT n.name FROM names AS n) ELSE true END
        ), settings AS MATERIALIZED (
            SELECT s.name,
                   -- RDS puts a library of its own first
                   CASE s.name WHEN 'shared_preload_libraries' THEN regexp_replace(s.setting, '^rdsutils(, *|$)', '') ELSE s.setting END AS setting,
                   s.vartype, s.pending_restart, s.source
            FROM pg_catalog.pg_settings AS s
        )
        SELECT p.object || ' parameter ' || p.name,
               CASE WHEN s.name IS NULL THEN 'the server does not show its value'
                    WHEN s.source IN ('database', 'user', 'database user', 'client', 'session', 'override') THEN 'this session has a value of its own'
                    WHEN rds_guard.is_secret_setting(p.name) THEN format('%s has another value than the server', p.group_name)
                    ELSE format('%s says %s, and the server has %s%s', p.group_name, left(p.value, 100), left(s.setting, 100), CASE WHEN s.pending_restart THEN ', until a restart' ELSE '' END) END,
               CASE WHEN s.name IS NULL THEN format('GRANT pg_read_all_settings TO %s;', rds_guard.ident(current_user)) END,
               jsonb_build_object('group', p.group_name, 'source', s.source, 'pending_restart', s.pending_restart)
               || CASE WHEN s.name IS NULL THEN '{"unknown": "Run the report as a role that may see this."}'::jsonb
                       WHEN s.source IN ('database', 'user', 'database user', 'client', 'session', 'override') THEN '{"unknown": "Run the report as a role, in a database, and in a session without settings of their own."}'
                       ELSE '{}'::jsonb END
        FROM parameters AS p
        LEFT JOIN settings AS s ON lower(s.name) = lower(p.name)
        WHERE p.problem IS NULL
              -- what its own group sets comes before what that of its cluster says
              AND NOT (p.kind = 'cluster' AND EXISTS (SELECT FROM parameters AS o WHERE o.kind = 'instance' AND o.name = p.name))
              AND NOT coalesce(rds_guard.aws_same_value(s.vartype, p.value, s.setting), false)
        UNION ALL
        SELECT DISTINCT p.object, p.problem, p.command, jsonb_build_object('group', p.group_name, 'unknown', 'Run the command and add what it prints to the documents, under the name of the group.')
        FROM parameters AS p
        WHERE p.problem IS NOT NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{Parameters}') AS u
    $$);

SELECT rds_guard.define_check('fused_iam_unused', 'aws_server', 'high',
    title => 'AWS and this server do not agree about logins with IAM',
    why => 'Where IAM authentication is off, a role in rds_iam cannot log in at all, for its password does not count any more. Where it is on and no role has rds_iam, it is an open door without a use, which is of low severity.',
    remedy => 'Enable IAM authentication, or take the roles out of rds_iam; grant rds_iam to roles that should log in with it.',
    needs => 'the argument instance, describe-db-instances, and describe-db-clusters where there are clusters',
    refs => '{}',
    scope => 'aws',
    rule => $$
        WITH here AS MATERIALIZED (
            SELECT h.object, h.modify, h.item, rds_guard.aws_bool(h.item, 'IAMDatabaseAuthenticationEnabled') AS enabled
            FROM rds_guard.aws_here($1) AS h
            WHERE CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = 'rds_iam') THEN true
                       ELSE NOT rds_guard.not_applicable('there is no role rds_iam: nobody logs in to this server with IAM') END
        ), holders AS MATERIALIZED (
            SELECT r.rolname
            FROM pg_catalog.pg_roles AS r
            JOIN pg_catalog.pg_roles AS g ON g.rolname = 'rds_iam' AND g.oid <> r.oid
            WHERE r.rolcanlogin AND NOT r.rolsuper AND pg_has_role(r.oid, g.oid, 'MEMBER') AND r.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
        )
        SELECT rds_guard.ident(o.rolname), format('%s is in rds_iam, and IAMDatabaseAuthenticationEnabled of %s is false: it cannot log in', rds_guard.ident(o.rolname), h.object),
               h.modify || ' --enable-iam-database-authentication', jsonb_build_object('enabled', false)
        FROM here AS h
        CROSS JOIN holders AS o
        WHERE NOT h.enabled
        UNION ALL
        SELECT h.object, 'IAMDatabaseAuthenticationEnabled is true, and no role that logs in has rds_iam', NULL, '{"enabled": true, "severity": "low"}'
        FROM here AS h
        WHERE h.enabled AND NOT EXISTS (SELECT FROM holders)
        UNION ALL
        SELECT h.object, rds_guard.aws_detail(NULL, NULL, h.item, '{IAMDatabaseAuthenticationEnabled}'), NULL, rds_guard.aws_evidence(NULL, h.item, '{IAMDatabaseAuthenticationEnabled}')
        FROM here AS h
        WHERE h.enabled IS NULL
    $$);

SELECT rds_guard.define_check('fused_s3_exfil', 'aws_server', 'critical',
    title => 'An ordinary role can send data of this server to AWS',
    why => 'The instance has a role of IAM for S3 or Lambda, and somebody who is no administrator may execute the functions that use it: one statement copies a table into a bucket, or calls a function with it.',
    remedy => 'REVOKE EXECUTE on these functions and USAGE on their schema from all but the roles that need them, and let the role of IAM reach one bucket or function only. Judged is the current database.',
    needs => 'the argument instance, describe-db-instances, and describe-db-clusters where there are clusters',
    refs => '{}',
    scope => 'aws',
    rule => $$
        WITH here AS MATERIALIZED (
            SELECT h.object, h.item, rds_guard.aws_list(h.item, 'AssociatedRoles', '[]') AS roles FROM rds_guard.aws_here($1) AS h
        ), features AS MATERIALIZED (
            SELECT DISTINCT h.object, a.role ->> 'FeatureName' AS feature, a.role ->> 'RoleArn' AS arn
            FROM here AS h
            CROSS JOIN LATERAL jsonb_array_elements(h.roles) AS a (role)
        ), functions AS MATERIALIZED (
            SELECT f.object, f.feature, f.arn, p.oid, p.proname, n.nspname, n.oid AS schema
            FROM features AS f
            -- the Aurora feature of the cluster may have no name
            JOIN pg_catalog.pg_proc AS p ON p.proname ~ CASE lower(f.feature) WHEN 's3export' THEN '^query_export_to_s3' WHEN 's3import' THEN '^table_import_from_s3' WHEN 'lambda' THEN '^invoke' ELSE '^(query_export_to_s3|table_import_from_s3|invoke)' END
            JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace AND n.nspname IN ('aws_s3', 'aws_lambda')
            WHERE lower(f.feature) IN ('s3export', 's3import', 'lambda') OR coalesce(f.feature, '') = ''
        )
        SELECT format('%s may execute %s', rds_guard.ident(r.rolname), rds_guard.ident(f.nspname) || '.' || rds_guard.ident(f.proname)),
               format('%s has role %s for %s, and %s may execute %s', f.object, coalesce(f.arn, 'that is not told'), coalesce(f.feature, 'any feature'), rds_guard.ident(r.rolname), rds_guard.function_name(min(f.oid::bigint)::oid)),
               NULL,
               jsonb_build_object('feature', f.feature, 'iam_role', f.arn, 'role', r.rolname)
        FROM functions AS f
        JOIN pg_catalog.pg_roles AS r ON has_function_privilege(r.oid, f.oid, 'EXECUTE') AND has_schema_privilege(r.oid, f.schema, 'USAGE')
        WHERE r.rolcanlogin AND NOT r.rolsuper AND r.rolname NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
              AND r.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
        GROUP BY f.object, f.feature, f.arn, f.nspname, f.proname, r.rolname
        UNION ALL
        SELECT h.object, rds_guard.aws_detail(NULL, NULL, h.item, '{AssociatedRoles}'), NULL, rds_guard.aws_evidence(NULL, h.item, '{}')
        FROM here AS h
        WHERE h.roles IS NULL
    $$);

SELECT rds_guard.define_check('fused_public_weak', 'aws_server', 'critical',
    title => 'This server is public, and passwords are all that keeps others out',
    why => 'The internet gets to its port, and inside there is a weakness that makes guessing or listening worthwhile: connections without TLS, or passwords as MD5.',
    remedy => 'Take the public address away first, then mend what the named checks of report() say. Where the documents do not show that a security group and a subnet are open, too, the severity is high.',
    needs => 'the argument instance, describe-db-instances, describe-db-clusters where there are clusters, and what tls_not_enforced, md5_password_hashes and password_encryption_md5 need',
    refs => '{}',
    scope => 'aws',
    rule => $$
        WITH here AS MATERIALIZED (
            SELECT h.object, h.modify, h.kind, j.item, rds_guard.aws_bool(j.item, 'PubliclyAccessible') AS public, 'instance ' || (j.item ->> 'DBInstanceIdentifier') AS place
            FROM rds_guard.aws_here($1) AS h
            CROSS JOIN LATERAL (SELECT CASE WHEN h.kind = 'cluster' AND h.engine = 'postgres' THEN h.item ELSE h.instance END) AS j (item)
        ), weak AS MATERIALIZED (
            SELECT c.check_id, min(f.status) AS status
            FROM here AS h
            CROSS JOIN unnest('{tls_not_enforced,md5_password_hashes,password_encryption_md5}'::text[]) AS c (check_id)
            CROSS JOIN LATERAL rds_guard.run_check(c.check_id) AS f
            WHERE h.public
            GROUP BY c.check_id
        ), chain AS (
            SELECT h.object, h.modify, h.kind, h.item, h.public, h.place,
                   (SELECT array_agg(w.check_id ORDER BY w.check_id) FROM weak AS w WHERE w.status = 'fail') AS fails,
                   (SELECT array_agg(w.check_id ORDER BY w.check_id) FROM weak AS w WHERE w.status IN ('unknown', 'error')) AS unseen
            FROM here AS h
        )
        SELECT c.object,
               CASE WHEN c.item IS NULL THEN 'only its cluster was named: which instance this is, is not known'
                    WHEN c.public IS NULL THEN rds_guard.aws_detail(NULL, NULL, c.item, '{PubliclyAccessible}')
                    WHEN c.fails IS NULL THEN format('PubliclyAccessible is true, and %s cannot tell', array_to_string(c.unseen, ', '))
                    ELSE format('PubliclyAccessible is true%s, and %s fails', CASE WHEN o.database IS NULL THEN '' ELSE format(', its port is open to %s', o.networks) END, array_to_string(c.fails, ', ')) END,
               CASE WHEN c.fails IS NOT NULL AND c.kind = 'instance' THEN c.modify || ' --no-publicly-accessible' END,
               jsonb_build_object('fails', c.fails, 'unseen', c.unseen, 'open_to', o.networks, 'severity', CASE WHEN o.database IS NULL THEN 'high' ELSE 'critical' END)
               || CASE WHEN c.fails IS NULL THEN jsonb_build_object('unknown', CASE WHEN c.public THEN 'Run the report as a role that may see this.' ELSE 'Name the instance, and give its document as the command prints it.' END) ELSE '{}'::jsonb END
        FROM chain AS c
        LEFT JOIN rds_guard.aws_open_databases($1) AS o ON o.database = c.place
        WHERE c.public IS NULL OR c.fails IS NOT NULL OR c.unseen IS NOT NULL
    $$);

SELECT rds_guard.define_check('fused_log_chain', 'aws_server', 'medium',
    title => 'Records of what was done here are gone too soon, or never made',
    why => 'An audit needs all of the chain: pgaudit that makes records, the export of the log, and a log group that keeps it. Without the export RDS deletes the log after rds.log_retention_period, three days by default and seven at most.',
    remedy => 'Mend the link that is named. How long records should be kept is the policy aws_log_days.',
    needs => 'the argument instance, describe-db-instances, describe-db-clusters where there are clusters, describe-log-groups, and the policy',
    refs => '{}',
    scope => 'aws',
    rule => $$
        WITH here AS MATERIALIZED (
            SELECT h.object, h.item, h.arn, h.modify, format('/aws/rds/%s/%s/postgresql', h.kind, h.identifier) AS log_group,
                   rds_guard.aws_list(h.item, 'EnabledCloudwatchLogsExports', '[]') ? 'postgresql' AS exported, rds_guard.pgaudit_in_force() AS classes,
                   (SELECT rds_guard.policy_number('aws_log_days')) AS least
            FROM rds_guard.aws_here($1) AS h
        ), kept AS (
            SELECT h.*, g.item AS group_item, rds_guard.aws_number(g.item, 'retentionInDays') AS days
            FROM here AS h
            LEFT JOIN LATERAL (SELECT e.item FROM jsonb_array_elements(coalesce($1 -> 'logGroups', '[]')) AS e (item)
                               WHERE e.item ->> 'logGroupName' = h.log_group AND (rds_guard.aws_place(e.item ->> 'arn') = rds_guard.aws_place(h.arn) OR e.item ->> 'arn' IS NULL)
                               LIMIT 1) AS g ON true
        )
        SELECT k.object,
               concat_ws('; ', CASE WHEN cardinality(k.classes) = 0 THEN 'pgaudit makes no records here' END,
                         CASE WHEN k.exported IS NULL THEN rds_guard.aws_detail(NULL, NULL, k.item, '{EnabledCloudwatchLogsExports}')
                              WHEN NOT k.exported THEN 'the log is not exported: records exist for seven days at most'
                              WHEN k.group_item IS NULL THEN format('log group %s is not among the documents', k.log_group)
                              WHEN k.days < k.least THEN format('records exist for %s days', k.days) END),
               CASE WHEN NOT k.exported THEN k.modify || ' --cloudwatch-logs-export-configuration ' || rds_guard.aws_arg('{"EnableLogTypes": ["postgresql"]}')
                    WHEN k.exported AND k.group_item IS NULL THEN format('%s --log-group-name-prefix %s --output json', rds_guard.aws_call('logs describe-log-groups', k.arn), rds_guard.aws_arg(k.log_group)) END,
               jsonb_build_object('pgaudit', k.classes, 'exported', k.exported, 'days', k.days, 'log_group', k.log_group)
               || CASE WHEN cardinality(k.classes) > 0 AND (k.exported IS NULL OR (k.exported AND k.group_item IS NULL)) THEN '{"unknown": "Run the command and add what it prints to the documents."}'::jsonb ELSE '{}'::jsonb END
        FROM kept AS k
        WHERE cardinality(k.classes) = 0 OR k.exported IS NOT TRUE OR k.group_item IS NULL OR k.days < k.least
    $$);

SELECT rds_guard.define_check('fused_master_used', 'aws_server', 'medium',
    title => 'A program is connected as the master user',
    why => 'The master user may do all that a customer can on RDS: an injection into the program, or its leaked configuration, gives everything away.',
    remedy => 'Give the program a role of its own with no more privileges than it needs. Tools of administrators do not count.',
    needs => 'the argument instance, describe-db-instances, describe-db-clusters where there are clusters, and pg_read_all_stats',
    refs => '{}',
    scope => 'aws',
    rule => $$
        WITH here AS MATERIALIZED (
            SELECT h.object, h.item, rds_guard.aws_text(h.item, 'MasterUsername') AS master FROM rds_guard.aws_here($1) AS h
        )
        SELECT rds_guard.ident(h.master), format('%s session(s) of %s, the master user of %s, by %s', count(*), rds_guard.ident(h.master), h.object,
                                                 string_agg(DISTINCT coalesce(nullif(c.application, ''), 'a program without a name'), ', ')),
               NULL, jsonb_build_object('sessions', count(*), 'addresses', count(DISTINCT c.client_address))
        FROM here AS h
        JOIN rds_guard.client_connections() AS c ON c.role::text = h.master
        WHERE c.backend_type = 'client backend' AND c.pid <> pg_backend_pid()
              AND c.application !~* '^(psql|pgcli|pgadmin|dbeaver|datagrip|dbvisualizer|tableplus|navicat|heidisql|postico|pg_(dump|dumpall|restore|basebackup|isready)|vacuumdb|reindexdb|pgbench)\M'
        GROUP BY h.object, h.master
        UNION ALL
        SELECT h.object, rds_guard.aws_detail(NULL, NULL, h.item, '{MasterUsername}'), NULL, rds_guard.aws_evidence(NULL, h.item, '{}')
        FROM here AS h
        WHERE h.master IS NULL
    $$);

SELECT rds_guard.define_check('fused_ca', 'aws_server', 'medium',
    title => 'Clients of this server will be cut off when its certificate is exchanged',
    why => 'The certificate ends soon, and clients that verify it know the old authority only, unless they have been given the new one.',
    remedy => 'Give all clients the bundle of Amazon''s authorities before RDS rotates the certificate. How many days ahead this is reported is the policy certificate_days_medium.',
    needs => 'the argument instance, describe-db-instances, pg_read_all_stats, and the policy',
    refs => '{}',
    scope => 'aws',
    rule => $$
        WITH here AS MATERIALIZED (
            SELECT h.object, h.instance, rds_guard.aws_time(h.instance -> 'CertificateDetails', 'ValidTill') AS ends FROM rds_guard.aws_here($1) AS h
        )
        SELECT h.object,
               CASE WHEN h.instance IS NULL THEN 'only its cluster was named: which instance this is, is not known'
                    WHEN h.ends IS NULL THEN rds_guard.aws_detail(NULL, NULL, coalesce(h.instance -> 'CertificateDetails', '{}'), '{ValidTill}')
                    ELSE format('its certificate is valid until %s, and %s session(s) use TLS now', rds_guard.aws_day(h.ends),
                                (SELECT count(*) FROM rds_guard.client_connections() AS c WHERE c.encryption = 'tls')) END,
               NULL,
               jsonb_build_object('valid_till', rds_guard.aws_day(h.ends))
               || CASE WHEN h.ends IS NULL THEN '{"unknown": "Name the instance, and give its document as the command prints it."}'::jsonb ELSE '{}'::jsonb END
        FROM here AS h
        WHERE h.ends IS NULL OR h.ends < coalesce(rds_guard.aws_captured($1), now()) + (SELECT rds_guard.policy_number('certificate_days_medium')) * interval '1 day'
    $$);
