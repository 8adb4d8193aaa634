-- Who gets in to a database on RDS, and what it may do on AWS: logins of IAM,
-- the master user and its secret, roles of IAM that the database has, the Data
-- API, and proxies.

SELECT rds_guard.define_check('aws_iam_auth_disabled', 'aws_access', 'medium',
    title => 'Nobody can log in to a database on RDS with IAM',
    why => 'Without it every client has a password, which somebody has to store, hand over and change; a token of IAM is valid for 15 minutes and ends with the rights of its holder.',
    remedy => 'Enable it, in the next maintenance window unless the command says --apply-immediately, and grant rds_iam to the roles that shall use it: a role that has it can no longer log in with a password. Whether it is used, iam_auth_not_used tells from inside.',
    needs => 'describe-db-instances, and describe-db-clusters where there are clusters',
    refs => ARRAY['Security Hub RDS.10', 'Security Hub RDS.12'],
    scope => 'aws',
    rule => $$
        SELECT d.object,
               rds_guard.aws_detail(v.wrong, 'IAMDatabaseAuthenticationEnabled is false', d.item, '{IAMDatabaseAuthenticationEnabled}'),
               rds_guard.aws_fix(v.wrong, d.modify || ' --enable-iam-database-authentication', d.item),
               rds_guard.aws_evidence(v.wrong, d.item, '{IAMDatabaseAuthenticationEnabled}')
        FROM rds_guard.aws_databases($1) AS d
        CROSS JOIN LATERAL (SELECT NOT rds_guard.aws_bool(d.item, 'IAMDatabaseAuthenticationEnabled')) AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_kerberos_membership', 'aws_access', 'low',
    title => 'A database on RDS has failed to join its domain',
    why => 'Logins with Kerberos do not work then, and people fall back on passwords.',
    remedy => 'Look at the role of IAM that RDS uses for the directory, and at the network to it.',
    needs => 'describe-db-instances, and describe-db-clusters where there are clusters',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT d.object,
               CASE WHEN v.wrong THEN format('DomainMemberships has status %s for domain %s', v.status, coalesce(v.domain, 'unknown'))
                    ELSE rds_guard.aws_detail(NULL, NULL, d.item, '{DomainMemberships}') END,
               rds_guard.aws_fix(v.wrong, NULL, d.item),
               CASE WHEN v.wrong THEN jsonb_build_object('domain', v.domain, 'status', v.status) ELSE rds_guard.aws_evidence(NULL, d.item, '{}') END
        FROM rds_guard.aws_databases($1) AS d
        CROSS JOIN LATERAL (
            SELECT m.status ~* 'fail', m.domain, m.status
            FROM (SELECT rds_guard.aws_list(d.item, 'DomainMemberships', '[]')) AS l (list)
            CROSS JOIN LATERAL (SELECT rds_guard.aws_text(e.membership, 'Domain'), rds_guard.aws_text(e.membership, 'Status')
                                FROM jsonb_array_elements(l.list) AS e (membership)
                                UNION ALL
                                SELECT NULL, NULL WHERE l.list IS NULL) AS m (domain, status)) AS v (wrong, domain, status)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_master_secret_unmanaged', 'aws_access', 'medium',
    title => 'The password of a master user is not managed by RDS',
    why => 'Then a person or a program has chosen it, has it written down somewhere, and nobody changes it. One that RDS manages lies in Secrets Manager and is changed every seven days.',
    remedy => 'Let RDS manage it, aws rds modify-db-instance --manage-master-user-password, or modify-db-cluster: the password is another one from then on, so that nothing but people should use it. A secret that is impaired is not changed any more. Replicas have the password of what they follow.',
    needs => 'describe-db-instances, and describe-db-clusters where there are clusters',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT d.object,
               CASE WHEN v.wrong THEN coalesce('SecretStatus is ' || v.status, 'there is no MasterUserSecret')
                    ELSE rds_guard.aws_detail(NULL, NULL, d.item, '{MasterUserSecret}') END,
               rds_guard.aws_fix(v.wrong, NULL, d.item),
               jsonb_build_object('secret', d.item #> '{MasterUserSecret,SecretArn}', 'status', v.status) || rds_guard.aws_evidence(v.wrong, d.item, '{}')
        FROM rds_guard.aws_originals($1) AS d
        CROSS JOIN LATERAL (
            SELECT CASE WHEN d.item IS NULL THEN NULL
                        WHEN coalesce(jsonb_typeof(d.item -> 'MasterUserSecret'), 'null') = 'null' THEN true
                        WHEN rds_guard.aws_text(d.item -> 'MasterUserSecret', 'SecretArn') IS NULL THEN NULL
                        ELSE rds_guard.aws_text(d.item -> 'MasterUserSecret', 'SecretStatus') = 'impaired' END,
                   rds_guard.aws_text(d.item -> 'MasterUserSecret', 'SecretStatus')) AS v (wrong, status)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_secret_rotation_off', 'aws_access', 'medium',
    title => 'The password in a secret is not changed',
    why => 'A password that stays as it is can be used by everybody who has ever had it.',
    remedy => 'Switch rotation on in Secrets Manager. How old a password may get is the policy aws_secret_days. Judged are the secrets of master users and proxies, those that RDS made, and those of which there is a document of their own.',
    needs => 'describe-secret of each secret, or list-secrets; describe-db-instances, describe-db-clusters, and the policy',
    refs => ARRAY['Security Hub SecretsManager.1', 'Security Hub SecretsManager.4'],
    scope => 'aws',
    rule => $$
        WITH used AS MATERIALIZED (
            SELECT DISTINCT s.arn
            FROM (SELECT d.item #>> '{MasterUserSecret,SecretArn}' FROM rds_guard.aws_databases($1) AS d
                  UNION ALL
                  SELECT a.auth ->> 'SecretArn'
                  FROM jsonb_array_elements(coalesce($1 -> 'DBProxies', '[]')) AS p (item)
                  CROSS JOIN LATERAL jsonb_array_elements(rds_guard.aws_list(p.item, 'Auth', '[]')) AS a (auth)
                  WHERE p.item ->> 'EngineFamily' = 'POSTGRESQL') AS s (arn)
            WHERE s.arn IS NOT NULL
        ), known AS MATERIALIZED (
            SELECT e.item, e.item ->> 'ARN' AS arn, true AS meant FROM jsonb_array_elements(coalesce($1 -> 'describe-secret', '[]')) AS e (item)
            UNION ALL
            SELECT e.item, e.item ->> 'ARN', e.item ->> 'OwningService' = 'rds' FROM jsonb_array_elements(coalesce($1 -> 'SecretList', '[]')) AS e (item)
        ), judged AS (
            SELECT coalesce(k.arn, u.arn) AS arn, k.item, rds_guard.aws_bool(k.item, 'RotationEnabled', false) AS enabled,
                   coalesce(rds_guard.aws_number(k.item -> 'RotationRules', 'AutomaticallyAfterDays'),
                            (regexp_match(k.item #>> '{RotationRules,ScheduleExpression}', '^rate\((\d{1,9}) days?\)$'))[1]::numeric) AS every,
                   coalesce(jsonb_typeof(k.item -> 'LastRotatedDate'), 'null') = 'null' AS never,
                   floor(extract(epoch FROM coalesce(rds_guard.aws_captured($1), now())
                                            - rds_guard.aws_time(k.item, CASE WHEN coalesce(jsonb_typeof(k.item -> 'LastRotatedDate'), 'null') = 'null' THEN 'CreatedDate' ELSE 'LastRotatedDate' END)) / 86400)::bigint AS age,
                   (SELECT rds_guard.policy_number('aws_secret_days')) AS most
            FROM known AS k
            FULL JOIN used AS u ON u.arn = k.arn
            WHERE u.arn IS NOT NULL OR k.meant
        )
        SELECT DISTINCT 'secret ' || coalesce(j.item ->> 'Name', j.arn),
               CASE WHEN j.item IS NULL THEN 'it is not among the documents'
                    WHEN j.enabled IS NULL THEN rds_guard.aws_detail(NULL, NULL, j.item, '{RotationEnabled}')
                    WHEN NOT j.enabled THEN 'RotationEnabled is not true'
                    WHEN j.age IS NULL THEN rds_guard.aws_detail(NULL, NULL, j.item, CASE WHEN j.never THEN '{CreatedDate,LastRotatedDate}'::text[] ELSE '{LastRotatedDate}' END)
                    WHEN j.age > j.most AND j.never THEN format('it is %s days old and was never rotated', j.age)
                    WHEN j.age > j.most THEN format('it was last rotated %s days before', j.age)
                    ELSE format('it is rotated every %s days', j.every) END,
               CASE WHEN j.item IS NULL THEN format('%s --secret-id %s --output json', rds_guard.aws_call('secretsmanager describe-secret', j.arn), rds_guard.aws_arg(j.arn)) END,
               jsonb_build_object('arn', j.arn, 'rotation', j.enabled, 'every', j.every, 'age', j.age)
               || CASE WHEN j.item IS NULL THEN '{"unknown": "Run the command and add what it prints to the documents."}'::jsonb
                       WHEN j.enabled IS NULL OR (j.enabled AND j.age IS NULL) THEN '{"unknown": "Give the document as the command prints it, whole and anew."}' ELSE '{}'::jsonb END
        FROM judged AS j
        WHERE j.item IS NULL OR j.enabled IS NOT TRUE OR j.age IS NULL OR j.age > j.most OR j.every > j.most
        UNION ALL
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT EXISTS (SELECT FROM judged) THEN rds_guard.not_applicable('no database among the documents has its password in a secret') ELSE false END
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, CASE WHEN $1 ? 'SecretList' THEN '{SecretList,DBInstances,DBClusters}'::text[] ELSE '{DBInstances,DBClusters}' END) AS u
    $$);

SELECT rds_guard.define_check('aws_default_master_username', 'aws_access', 'low',
    title => 'The master user of a database has a name that everybody guesses',
    why => 'Whoever tries passwords tries them for postgres and admin first.',
    remedy => 'It cannot be changed. Let nobody log in as the master user but for administration, from few addresses, and choose another name for the next database.',
    needs => 'describe-db-instances, and describe-db-clusters where there are clusters',
    refs => ARRAY['Security Hub RDS.24', 'Security Hub RDS.25'],
    scope => 'aws',
    rule => $$
        SELECT d.object,
               rds_guard.aws_detail(v.wrong, format('MasterUsername is %s', d.item ->> 'MasterUsername'), d.item, '{MasterUsername}'),
               rds_guard.aws_fix(v.wrong, NULL, d.item),
               rds_guard.aws_evidence(v.wrong, d.item, '{MasterUsername}')
        FROM rds_guard.aws_originals($1) AS d
        CROSS JOIN LATERAL (SELECT lower(rds_guard.aws_text(d.item, 'MasterUsername')) IN ('postgres', 'admin', 'administrator', 'root', 'master', 'masteruser', 'dbadmin')) AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_associated_roles', 'aws_access', 'medium',
    title => 'A database on RDS may act on AWS',
    why => 'With a role of IAM for s3Export, s3Import or Lambda, whoever may execute aws_s3 or aws_lambda in the database reads and writes buckets and runs functions with the rights of that role.',
    remedy => 'Remove roles that nobody needs, with aws rds remove-role-from-db-instance or -cluster; let the others reach one bucket or one function only. Who may execute these functions, aws_integration_exposed tells from inside.',
    needs => 'describe-db-instances, and describe-db-clusters where there are clusters',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT d.object || coalesce(' role ' || (v.role ->> 'RoleArn'), ''),
               CASE WHEN v.role IS NULL THEN rds_guard.aws_detail(NULL, NULL, d.item, '{AssociatedRoles}')
                    ELSE format('feature %s, status %s', coalesce(v.role ->> 'FeatureName', 'not known'), coalesce(v.role ->> 'Status', 'not known')) END,
               rds_guard.aws_fix(v.role IS NOT NULL, NULL, d.item),
               CASE WHEN v.role IS NULL THEN rds_guard.aws_evidence(NULL, d.item, '{}')
                    ELSE jsonb_build_object('role', v.role -> 'RoleArn', 'feature', v.role -> 'FeatureName', 'status', v.role -> 'Status') END
        FROM rds_guard.aws_databases($1) AS d
        CROSS JOIN LATERAL (SELECT rds_guard.aws_list(d.item, 'AssociatedRoles', '[]')) AS l (list)
        CROSS JOIN LATERAL (SELECT e.role FROM jsonb_array_elements(l.list) AS e (role) UNION ALL SELECT NULL WHERE l.list IS NULL) AS v (role)
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_data_api_enabled', 'aws_access', 'medium',
    title => 'SQL can be sent to a cluster past its network',
    why => 'The Data API takes statements over HTTPS from anywhere: security groups and pg_hba.conf do not count, only the rights on rds-data and on the secret in IAM.',
    remedy => 'Disable it where nobody uses it; the query editor of the console does. Otherwise allow rds-data for few, on this cluster and its secret only.',
    needs => 'describe-db-clusters',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT d.object,
               rds_guard.aws_detail(v.wrong, 'HttpEndpointEnabled is true', d.item, '{HttpEndpointEnabled}'),
               rds_guard.aws_fix(v.wrong, CASE WHEN d.item ->> 'EngineMode' = 'serverless' THEN d.modify || ' --no-enable-http-endpoint'
                                               ELSE rds_guard.aws_call('rds disable-http-endpoint', d.arn) || ' --resource-arn ' || rds_guard.aws_arg(d.arn) END, d.item),
               rds_guard.aws_evidence(v.wrong, d.item, '{HttpEndpointEnabled,EngineMode}')
        FROM rds_guard.aws_databases($1, 'cluster') AS d
        CROSS JOIN LATERAL (SELECT rds_guard.aws_bool(d.item, 'HttpEndpointEnabled', false)) AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, CASE WHEN $1 ? 'DBClusters' THEN '{DBClusters}' ELSE '{DBInstances}' END::text[]) AS u
    $$);

SELECT rds_guard.define_check('aws_cross_account_clone', 'aws_access', 'medium',
    title => 'A cluster is a clone that crosses accounts',
    why => 'The data came from a cluster of another account, whose rules about it hold here no longer, and who may see it there may not be meant to see it here.',
    remedy => 'Ask what the clone is for and delete it when it has served.',
    needs => 'describe-db-clusters',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT d.object,
               rds_guard.aws_detail(v.wrong, 'CrossAccountClone is true', d.item, '{CrossAccountClone}'),
               rds_guard.aws_fix(v.wrong, NULL, d.item),
               rds_guard.aws_evidence(v.wrong, d.item, '{CrossAccountClone,CloneGroupId}')
        FROM rds_guard.aws_databases($1, 'cluster') AS d
        CROSS JOIN LATERAL (SELECT rds_guard.aws_bool(d.item, 'CrossAccountClone', false)) AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, CASE WHEN $1 ? 'DBClusters' THEN '{DBClusters}' ELSE '{DBInstances}' END::text[]) AS u
    $$);

SELECT rds_guard.define_check('aws_proxy_tls_not_required', 'aws_access', 'medium',
    title => 'A proxy of RDS takes connections without TLS',
    why => 'Between client and proxy, passwords and data cross the network as they are, whatever the database behind it asks for.',
    remedy => 'Require TLS; clients that do not ask for it are refused then.',
    needs => 'describe-db-proxies',
    refs => ARRAY['Security Hub RDS.43'],
    scope => 'aws',
    rule => $$
        SELECT 'proxy ' || (p.item ->> 'DBProxyName'),
               rds_guard.aws_detail(v.wrong, 'RequireTLS is false', p.item, '{RequireTLS}'),
               CASE WHEN v.wrong THEN format('%s --db-proxy-name %s --require-tls', rds_guard.aws_call('rds modify-db-proxy', p.item ->> 'DBProxyArn'), rds_guard.aws_arg(p.item ->> 'DBProxyName')) END,
               rds_guard.aws_evidence(v.wrong, p.item, '{RequireTLS,EngineFamily}')
        FROM rds_guard.aws_items($1, 'DBProxies') AS p (item)
        CROSS JOIN LATERAL (SELECT NOT rds_guard.aws_bool(p.item, 'RequireTLS')) AS v (wrong)
        WHERE p.item ->> 'EngineFamily' IN ('POSTGRESQL') IS NOT FALSE AND v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBProxies}') AS u
    $$);

SELECT rds_guard.define_check('aws_proxy_auth_weak', 'aws_access', 'low',
    title => 'Logins at a proxy of RDS are weaker than they could be',
    why => 'A proxy that does not ask for IAM lets in with passwords, MD5 ones are worth their hash, and with debug logging it writes statements, with the data in them, to a log.',
    remedy => 'Require IAM or SCRAM-SHA-256, and switch debug logging off when its reason is gone.',
    needs => 'describe-db-proxies',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT 'proxy ' || (p.item ->> 'DBProxyName'), string_agg(w.problem, '; ' ORDER BY w.place),
               CASE WHEN bool_or(w.place = 3) THEN format('%s --db-proxy-name %s --no-debug-logging', rds_guard.aws_call('rds modify-db-proxy', p.item ->> 'DBProxyArn'), rds_guard.aws_arg(p.item ->> 'DBProxyName')) END,
               jsonb_build_object('problems', jsonb_agg(w.problem ORDER BY w.place))
               || CASE WHEN bool_and(w.place = 4) THEN '{"unknown": "Give the document as the command prints it, whole and anew."}'::jsonb ELSE '{}'::jsonb END
        FROM rds_guard.aws_items($1, 'DBProxies') AS p (item)
        CROSS JOIN LATERAL (SELECT rds_guard.aws_list(p.item, 'Auth', CASE WHEN p.item ->> 'DefaultAuthScheme' = 'IAM_AUTH' THEN '[]'::jsonb END)) AS l (auth)
        CROSS JOIN LATERAL (
            SELECT 1, format('%s of %s ways in do not ask for IAM', count(*), jsonb_array_length(l.auth))
            FROM jsonb_array_elements(l.auth) AS a (auth) WHERE a.auth ->> 'IAMAuth' = 'DISABLED' HAVING count(*) > 0
            UNION ALL
            SELECT 2, 'clients log in with POSTGRES_MD5' WHERE EXISTS (SELECT FROM jsonb_array_elements(l.auth) AS a (auth) WHERE a.auth ->> 'ClientPasswordAuthType' = 'POSTGRES_MD5')
            UNION ALL
            SELECT 3, 'DebugLogging is true' WHERE rds_guard.aws_bool(p.item, 'DebugLogging')
            UNION ALL
            SELECT 4, 'the document does not tell: ' || rds_guard.aws_shown(p.item, f.field)
            FROM (VALUES ('Auth', l.auth IS NULL), ('DebugLogging', rds_guard.aws_bool(p.item, 'DebugLogging') IS NULL)) AS f (field, hidden) WHERE f.hidden) AS w (place, problem)
        WHERE p.item ->> 'EngineFamily' IN ('POSTGRESQL') IS NOT FALSE
        GROUP BY p.item
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBProxies}') AS u
    $$);

SELECT rds_guard.define_check('aws_param_password', 'aws_access', 'medium',
    title => 'The parameter group of a database is easy on passwords, TLS or extensions',
    why => 'Passwords stored as MD5 are worth their hash; without rds.restrict_password_commands every role that may create roles sets passwords as it likes; TLS before 1.2 is broken; and any extension that Amazon offers may be installed, with the functions that it brings.',
    remedy => 'Set the parameters in the group. rds.accepted_password_auth_method scram shuts out roles whose password is still stored as MD5: change those first. Give the documents of parameters under names that have that of the group. Only what lets in MD5 or old TLS is of medium severity, the rest is low.',
    needs => 'describe-db-parameters or describe-db-cluster-parameters of each group, describe-db-instances, and describe-db-clusters where there are clusters',
    refs => '{}',
    scope => 'aws',
    rule => $$
        WITH parameters AS MATERIALIZED (
            SELECT p.* FROM rds_guard.aws_parameters($1, '{password_encryption,rds.accepted_password_auth_method,rds.restrict_password_commands,ssl_min_protocol_version,rds.allowed_extensions}') AS p
        ), judged AS (
            SELECT p.object, p.kind, p.arn, p.group_name, p.name, p.value, p.problem, p.command, p.waits,
                   CASE p.name
                       WHEN 'password_encryption' THEN CASE WHEN p.value IS NULL THEN p.major < 14 ELSE lower(p.value) <> 'scram-sha-256' END
                       WHEN 'rds.accepted_password_auth_method' THEN lower(coalesce(p.value, 'md5+scram')) <> 'scram'
                       WHEN 'rds.restrict_password_commands' THEN lower(coalesce(p.value, '0')) NOT IN ('1', 'on', 'true')
                       WHEN 'ssl_min_protocol_version' THEN CASE WHEN p.value IS NULL THEN p.major < 13 ELSE p.value !~* '^TLSv1\.[23]$' END
                       WHEN 'rds.allowed_extensions' THEN p.listed AND coalesce(p.value, '*') ~ '\*'
                   END AS lacks
            FROM parameters AS p
        )
        SELECT j.object, format('%s: %s', j.group_name, string_agg(format('%s is %s', j.name, coalesce(nullif(j.value, ''), 'not set')), ', ' ORDER BY j.name COLLATE "C")),
               rds_guard.aws_set_parameters(j.kind, j.group_name, j.arn, array_agg(CASE j.name WHEN 'password_encryption' THEN 'password_encryption=scram-sha-256=immediate'
                       WHEN 'ssl_min_protocol_version' THEN 'ssl_min_protocol_version=TLSv1.2=immediate' END ORDER BY j.name COLLATE "C")
                       FILTER (WHERE j.name IN ('password_encryption', 'ssl_min_protocol_version'))),
               jsonb_build_object('group', j.group_name, 'parameters', jsonb_object_agg(j.name, j.value),
                                  'severity', CASE WHEN bool_or(j.name IN ('password_encryption', 'rds.accepted_password_auth_method', 'ssl_min_protocol_version')) THEN 'medium' ELSE 'low' END)
        FROM judged AS j
        WHERE j.problem IS NULL AND j.lacks
        GROUP BY j.object, j.kind, j.arn, j.group_name
        UNION ALL
        SELECT j.object, format('%s: %s is %s, and changes wait for a reboot', j.group_name, j.name, coalesce(j.value, 'not set')), NULL,
               jsonb_build_object('group', j.group_name, j.name, j.value, 'unknown', format('Reboot the database, or look at %s in it.', j.name))
        FROM judged AS j
        WHERE j.problem IS NULL AND NOT j.lacks AND j.waits
        UNION ALL
        SELECT DISTINCT j.object, j.problem, j.command,
               jsonb_build_object('group', j.group_name, 'unknown', 'Run the command and add what it prints to the documents, under the name of the group.')
        FROM judged AS j
        WHERE j.problem IS NOT NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);
