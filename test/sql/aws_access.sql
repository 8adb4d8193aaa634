-- Logins, secrets, roles of IAM and proxies of RDS: each check fails, passes, and does not know.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
-- A document of instances, or of clusters, each with these fields.
CREATE FUNCTION pg_temp.instances(VARIADIC fields jsonb[]) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('DBInstances', jsonb_agg(jsonb_build_object('DBInstanceIdentifier', 'i' || f.n, 'Engine', 'postgres', 'DBInstanceArn', 'arn:aws:rds:eu-west-1:123456789012:db:i' || f.n) || f.fields ORDER BY f.n))
    FROM unnest(fields) WITH ORDINALITY AS f (fields, n)
$$;
CREATE FUNCTION pg_temp.clusters(VARIADIC fields jsonb[]) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('DBClusters', jsonb_agg(jsonb_build_object('DBClusterIdentifier', 'c' || f.n, 'Engine', 'aurora-postgresql', 'DBClusterArn', 'arn:aws:rds:eu-west-1:123456789012:cluster:c' || f.n) || f.fields ORDER BY f.n),
                              'DBInstances', jsonb_agg(jsonb_build_object('DBInstanceIdentifier', 'c' || f.n || '-1', 'Engine', 'aurora-postgresql', 'DBInstanceArn', 'arn:aws:rds:eu-west-1:123456789012:db:c' || f.n || '-1',
                                                                          'DBClusterIdentifier', 'c' || f.n) ORDER BY f.n))
    FROM unnest(fields) WITH ORDINALITY AS f (fields, n)
$$;
CREATE FUNCTION pg_temp.verdicts(check_id text, documents jsonb, captured timestamptz DEFAULT '2026-03-01 12:00:00+00') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' | ', f.status || CASE WHEN f.status = 'fail' THEN ' ' || f.severity ELSE '' END, f.object, f.detail, f.fix, nullif(f.evidence, '{}')::text)
    FROM rds_guard.aws_report(documents, ARRAY[check_id], captured => captured) WITH ORDINALITY AS f ORDER BY f.ordinality
$$;
CREATE FUNCTION pg_temp.documents(VARIADIC documents jsonb[]) RETURNS jsonb LANGUAGE sql AS 'SELECT to_jsonb(documents)';

-- what is true or false, and text
SELECT '-- ' || c.id || E'\n' || (SELECT string_agg(v, E'\n') FROM pg_temp.verdicts(c.id, pg_temp.documents(
    pg_temp.instances(jsonb_build_object(c.field, c.bad::jsonb), jsonb_build_object(c.field, c.good::jsonb), '{}', jsonb_build_object(c.field, '{"a": 1}'::jsonb), jsonb_build_object(c.field, c.bad::jsonb, 'ReadReplicaSourceDBInstanceIdentifier', 'i1')),
    pg_temp.clusters(jsonb_build_object(c.field, c.bad::jsonb), jsonb_build_object(c.field, c.good::jsonb)))) AS v)
FROM (VALUES ('aws_iam_auth_disabled', 'IAMDatabaseAuthenticationEnabled', 'false', 'true'), ('aws_default_master_username', 'MasterUsername', '"Postgres"', '"cruddurroot"'),
             ('aws_kerberos_membership', 'DomainMemberships', '[{"Domain": "d-1", "Status": "kerberos-enabled"}, {"Domain": "d-2", "Status": "failed"}]', '[{"Domain": "d-1", "Status": "joined"}]'),
             ('aws_master_secret_unmanaged', 'MasterUserSecret', '{"SecretArn": "s", "SecretStatus": "impaired"}', '{"SecretArn": "s", "SecretStatus": "active"}'),
             ('aws_associated_roles', 'AssociatedRoles', '[{"RoleArn": "arn:aws:iam::123456789012:role/a", "FeatureName": "s3Export", "Status": "ACTIVE"}, {"RoleArn": "arn:aws:iam::123456789012:role/b", "FeatureName": "Lambda", "Status": "ACTIVE"}]', '[]'),
             ('aws_data_api_enabled', 'HttpEndpointEnabled', 'true', 'false'), ('aws_cross_account_clone', 'CrossAccountClone', 'true', 'false')) AS c (id, field, bad, good);
SELECT pg_temp.verdicts('aws_data_api_enabled', d.document) FROM (VALUES (pg_temp.clusters('{"HttpEndpointEnabled": true, "EngineMode": "serverless"}', '{}')), (pg_temp.clusters('{}') - 'DBClusters'), (pg_temp.instances('{}')), ('{"Subnets": []}'),
                                                                        (jsonb_build_object('DBClusters', pg_temp.clusters('{"HttpEndpointEnabled": false}') -> 'DBClusters'))) AS d (document);

-- aws_secret_rotation_off: secrets of master users and proxies, what RDS owns, what was asked for
SELECT pg_temp.verdicts('aws_secret_rotation_off', pg_temp.documents(
    pg_temp.instances('{"MasterUserSecret": {"SecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:m1", "SecretStatus": "active"}}', '{"MasterUserSecret": {"SecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:m2", "SecretStatus": "active"}}', '{}'),
    '{"DBProxies": [{"DBProxyName": "p", "EngineFamily": "POSTGRESQL", "Auth": [{"SecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:p1"}]}, {"DBProxyName": "q", "EngineFamily": "MYSQL", "Auth": [{"SecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:q"}]}]}',
    '{"ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:m1", "Name": "m1", "CreatedDate": "2025-01-01T00:00:00Z", "RotationEnabled": true, "RotationRules": {"AutomaticallyAfterDays": 7}, "LastRotatedDate": "2026-02-27T00:00:00Z"}',
    '{"ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:asked", "Name": "asked", "CreatedDate": 1735689600.5}',
    '{"SecretList": [{"ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:p1", "Name": "p1", "RotationEnabled": true, "RotationRules": {"AutomaticallyAfterDays": 200}, "LastRotatedDate": "2026-02-27T00:00:00Z"},
                     {"ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:other", "Name": "other"}, {"ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds", "Name": "rds!x", "OwningService": "rds", "RotationEnabled": true, "LastRotatedDate": "2025-02-27T00:00:00Z"},
                     {"ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:odd", "Name": "odd", "OwningService": "rds", "RotationEnabled": "yes"}]}'));
SELECT pg_temp.verdicts('aws_secret_rotation_off', pg_temp.instances('{"MasterUserSecret": {"SecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:m1", "SecretStatus": "active"}}'));
-- rotation that is never, or not known, to have happened; schedules as rates
SELECT pg_temp.verdicts('aws_secret_rotation_off', pg_temp.documents(pg_temp.instances('{}'), jsonb_build_object('SecretList', (
    SELECT jsonb_agg('{"OwningService": "rds", "RotationEnabled": true}'::jsonb || jsonb_build_object('Name', 's' || s.n, 'ARN', 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:s' || s.n) || s.fields)
    FROM unnest(ARRAY['{"CreatedDate": "2020-01-01T00:00:00Z", "RotationRules": {"ScheduleExpression": "rate(7 days)"}}', '{"CreatedDate": "2026-02-27T00:00:00Z", "RotationRules": {"ScheduleExpression": "rate(999 days)"}}',
                      '{"CreatedDate": "2026-02-27T00:00:00Z", "RotationRules": {"ScheduleExpression": "rate(1 day)"}}', '{"CreatedDate": "2020-01-01T00:00:00Z", "LastRotatedDate": "2026-02-27T00:00:00Z", "RotationRules": {"ScheduleExpression": "cron(0 8 * * ? *)"}}',
                      '{}', '{"LastRotatedDate": "lately", "CreatedDate": "2026-02-27T00:00:00Z"}']::jsonb[]) WITH ORDINALITY AS s (fields, n)))));

-- proxies: those of PostgreSQL
SELECT pg_temp.verdicts(c.id, '{"DBProxies": [
    {"DBProxyName": "p1", "DBProxyArn": "arn:aws:rds:eu-west-1:123456789012:db-proxy:prx-1", "EngineFamily": "POSTGRESQL", "RequireTLS": false, "DebugLogging": true, "Auth": [{"IAMAuth": "DISABLED", "ClientPasswordAuthType": "POSTGRES_MD5"}, {"IAMAuth": "REQUIRED"}]},
    {"DBProxyName": "p2", "EngineFamily": "POSTGRESQL", "RequireTLS": true, "DebugLogging": false, "Auth": [{"IAMAuth": "REQUIRED", "ClientPasswordAuthType": "POSTGRES_SCRAM_SHA_256"}]},
    {"DBProxyName": "p3", "EngineFamily": "MYSQL", "RequireTLS": false, "DebugLogging": true, "Auth": []}, {"DBProxyName": "p4", "EngineFamily": "POSTGRESQL"},
    {"DBProxyName": "p5", "EngineFamily": "POSTGRESQL", "RequireTLS": true, "DebugLogging": false, "DefaultAuthScheme": "IAM_AUTH"}]}') FROM unnest('{aws_proxy_tls_not_required,aws_proxy_auth_weak}'::text[]) AS c (id);
SELECT pg_temp.verdicts(c.id, d.document) FROM unnest('{aws_proxy_tls_not_required,aws_proxy_auth_weak}'::text[]) AS c (id), (VALUES (jsonb '{"DBProxies": []}'), ('{}')) AS d (document);

-- aws_param_password: by the name under which the parameters are given
\set good '[{"ParameterName": "password_encryption", "ParameterValue": "scram-sha-256"}, {"ParameterName": "rds.accepted_password_auth_method", "ParameterValue": "scram"}, {"ParameterName": "rds.restrict_password_commands", "ParameterValue": "1"}, {"ParameterName": "ssl_min_protocol_version", "ParameterValue": "TLSv1.2"}, {"ParameterName": "rds.allowed_extensions", "ParameterValue": "pgaudit"}]'
SELECT pg_temp.verdicts('aws_param_password', jsonb_build_object('i', pg_temp.instances(
        '{"EngineVersion": "16.4", "DBParameterGroups": [{"DBParameterGroupName": "good", "ParameterApplyStatus": "in-sync"}]}', '{"EngineVersion": "16.4", "DBParameterGroups": [{"DBParameterGroupName": "bad", "ParameterApplyStatus": "in-sync"}]}',
        '{"EngineVersion": "16.4", "DBParameterGroups": [{"DBParameterGroupName": "lax", "ParameterApplyStatus": "in-sync"}]}', '{"EngineVersion": "13.4", "DBParameterGroups": [{"DBParameterGroupName": "default.postgres13", "ParameterApplyStatus": "in-sync"}]}',
        '{"EngineVersion": "16.4", "DBParameterGroups": [{"DBParameterGroupName": "absent", "ParameterApplyStatus": "in-sync"}]}', '{"EngineVersion": "16.4"}'),
    'parameters of good', jsonb_build_object('Parameters', :'good'::jsonb), 'bad', '{"Parameters": [{"ParameterName": "password_encryption", "ParameterValue": "md5"}, {"ParameterName": "rds.accepted_password_auth_method"}, {"ParameterName": "ssl_min_protocol_version", "ParameterValue": "TLSv1"}, {"ParameterName": "rds.allowed_extensions", "ParameterValue": "*"}]}'::jsonb,
    'lax', jsonb_build_object('Parameters', (SELECT jsonb_agg(p - CASE p ->> 'ParameterName' WHEN 'rds.allowed_extensions' THEN 'ParameterValue' ELSE '' END) FROM jsonb_array_elements(:'good'::jsonb) AS p))));
SELECT pg_temp.verdicts('aws_param_password', pg_temp.documents(pg_temp.clusters('{"EngineVersion": "16.4", "DBClusterParameterGroup": "good", "DBClusterMembers": []}', '{}'), jsonb_build_object('good', jsonb_build_object('Parameters', :'good'::jsonb))));
-- what waits for a reboot
SELECT pg_temp.verdicts('aws_param_password', jsonb_build_object('i', pg_temp.instances('{"EngineVersion": "16.4", "DBParameterGroups": [{"DBParameterGroupName": "good", "ParameterApplyStatus": "pending-reboot"}]}'),
    'good', jsonb_build_object('Parameters', (SELECT jsonb_agg(p || jsonb_build_object('ApplyType', CASE p ->> 'ParameterName' WHEN 'rds.restrict_password_commands' THEN 'static' ELSE 'dynamic' END)) FROM jsonb_array_elements(:'good'::jsonb) AS p))));

-- a number is a value, too, not the default
SELECT p.value, f.status, f.object
FROM (VALUES ('0'), ('"0"'), ('1'), ('null')) AS p (value)
CROSS JOIN LATERAL rds_guard.aws_report(format('[{"DBInstances": [{"DBInstanceIdentifier": "a", "Engine": "postgres", "EngineVersion": "16.3", "DBParameterGroups": [{"DBParameterGroupName": "prod", "ParameterApplyStatus": "in-sync"}]}]},
                                                {"prod": {"Parameters": [{"ParameterName": "rds.force_ssl", "ParameterValue": %s, "ApplyType": "dynamic"}]}}]', p.value)::jsonb, '{aws_force_ssl_off}') AS f;

-- where only replicas are known, the one that they follow has the password
SELECT c.id || ': ' || f.status FROM unnest('{aws_master_secret_unmanaged,aws_default_master_username}'::text[]) AS c (id)
CROSS JOIN LATERAL rds_guard.aws_report(pg_temp.instances('{"ReadReplicaSourceDBInstanceIdentifier": "x", "MasterUsername": "postgres"}'), ARRAY[c.id]) AS f;
