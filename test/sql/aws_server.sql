-- What AWS says of this server, compared with what it is: each check fails, passes, and does not know.
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
CREATE FUNCTION pg_temp.here(check_id text, fields jsonb, more jsonb DEFAULT '{}', instance text DEFAULT 'i1') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' | ', f.status || CASE WHEN f.status = 'fail' THEN ' ' || f.severity ELSE '' END, f.object, regexp_replace(f.detail, 'server runs .*', 'server runs ...'), f.fix, f.remedy)
    FROM rds_guard.aws_report(pg_temp.documents(pg_temp.instances(jsonb_build_object('DbiResourceId', 'db-1', 'EngineVersion', format('%s.%s', current_setting('server_version_num')::integer / 10000, current_setting('server_version_num')::integer % 10000)) || fields), more),
                              ARRAY[check_id], instance, '2026-03-01 12:00:00+00') WITH ORDINALITY AS f ORDER BY f.ordinality
$$;

-- which one this is: by each of its names, never by a guess
SELECT i.name, pg_temp.here('fused_version', '{}', instance => i.name) FROM unnest('{i1,db-1,arn:aws:rds:eu-west-1:123456789012:db:i1,i2,NULL}'::text[]) AS i (name);
SELECT pg_temp.here('fused_version', '{"DbiResourceId": null}');
SELECT f.status, f.detail FROM rds_guard.aws_report('{}', '{fused_version}', 'i1') AS f;
-- a member of a cluster is its cluster
SELECT f.status, f.object, f.detail FROM rds_guard.aws_report('{"DBInstances": [{"DBInstanceIdentifier": "m", "Engine": "aurora-postgresql", "DBClusterIdentifier": "c", "DbiResourceId": "db-m"}],
    "DBClusters": [{"DBClusterIdentifier": "c", "Engine": "aurora-postgresql", "DbClusterResourceId": "cluster-c"}]}', '{fused_version}', 'm') AS f;

-- fused_version
SELECT pg_temp.here('fused_version', f.fields) FROM (VALUES (jsonb '{}'), ('{"EngineVersion": "9.6.1"}'), ('{"EngineVersion": null}')) AS f (fields);

-- fused_param_drift: switches are 1 there and on here; what the engine says does not count
\set group '{"DBParameterGroups": [{"DBParameterGroupName": "g", "ParameterApplyStatus": "in-sync"}]}'
SELECT pg_temp.here('fused_param_drift', :'group', d.document)
FROM (VALUES (jsonb '{"g": {"Parameters": [{"ParameterName": "array_nulls", "ParameterValue": "1", "Source": "user"}, {"ParameterName": "from_collapse_limit", "ParameterValue": "8", "Source": "user"}, {"ParameterName": "rds.force_ssl", "ParameterValue": "1", "Source": "user"},
                                           {"ParameterName": "quote_all_identifiers", "ParameterValue": "1", "Source": "engine-default"}, {"ParameterName": "geqo_threshold", "ParameterValue": "{formula}", "Source": "user"}]}}'),
             ('{"g": {"Parameters": [{"ParameterName": "array_nulls", "ParameterValue": "0", "Source": "user"}, {"ParameterName": "geqo_threshold", "ParameterValue": "5", "Source": "user"}, {"ParameterName": "backslash_quote", "ParameterValue": "on", "Source": "user"}]}}'),
             -- of another group
             ('{"other": {"Parameters": [{"ParameterName": "array_nulls", "ParameterValue": "0", "Source": "user"}]}}'), ('{"other": {"Parameters": [{"ParameterName": "array_nulls", "ParameterValue": "0", "Source": "engine-default"}]}}'), ('{"other": {"Parameters": []}}'),
             ('{}')) AS d (document);
-- without an ARN
SELECT pg_temp.here('fused_param_drift', :'group'::jsonb || '{"DBInstanceArn": null}', '{"g": {"Parameters": [{"ParameterName": "geqo_threshold", "ParameterValue": "5", "Source": "user"}]}}');
-- a member of Aurora: its own group first
SELECT c.name || ': ' || v
FROM (VALUES ('agreeing', '12', '12'), ('set otherwise in the instance', '5', '12'), ('drift in the instance', '12', '5'), ('drift in the cluster', '5', NULL)) AS c (name, of_cluster, of_instance)
CROSS JOIN LATERAL (SELECT concat_ws(' | ', f.status, f.object, f.detail)
    FROM rds_guard.aws_report(jsonb_build_object('databases', jsonb '{"DBInstances": [{"DBInstanceIdentifier": "m", "Engine": "aurora-postgresql", "DBClusterIdentifier": "c", "DbiResourceId": "db-m", "DBParameterGroups": [{"DBParameterGroupName": "of.m", "ParameterApplyStatus": "in-sync"}]}],
            "DBClusters": [{"DBClusterIdentifier": "c", "Engine": "aurora-postgresql", "DbClusterResourceId": "cluster-c", "DBClusterParameterGroup": "of.c", "DBClusterMembers": []}]}',
        'of.c', jsonb_build_object('Parameters', jsonb_build_array(jsonb_build_object('ParameterName', 'geqo_threshold', 'ParameterValue', c.of_cluster, 'Source', 'user'))),
        'of.m', jsonb_build_object('Parameters', jsonb_build_array(jsonb_build_object('ParameterName', 'geqo_threshold', 'ParameterValue', c.of_instance, 'Source', CASE WHEN c.of_instance IS NULL THEN 'engine-default' ELSE 'user' END)))),
        '{fused_param_drift}', 'm') AS f) AS v (v);
-- RDS puts a library of its own first
SELECT rds_guard.define_check('regress_drift', 'aws_regress', 'low', 'T', 'W.', 'R.', '{}', scope => 'aws',
    rule => (SELECT replace(d.rule, 'FROM pg_catalog.pg_settings AS s', 'FROM (SELECT s.name, CASE s.name WHEN ''shared_preload_libraries'' THEN ''rdsutils,pgaudit'' ELSE s.setting END AS setting, s.vartype, s.pending_restart, s.source FROM pg_catalog.pg_settings AS s) AS s')
             FROM rds_guard.check_definitions AS d WHERE d.check_id = 'fused_param_drift'));
SELECT pg_temp.here('regress_drift', :'group', jsonb_build_object('g', jsonb_build_object('Parameters', jsonb_build_array(jsonb_build_object('ParameterName', 'shared_preload_libraries', 'ParameterValue', p.value, 'Source', 'user')))))
FROM (VALUES ('pgaudit'), ('pgaudit,pg_cron')) AS p (value);
DELETE FROM rds_guard.check_definitions WHERE NOT builtin;
BEGIN;
SET geqo_threshold = 5;
SELECT pg_temp.here('fused_param_drift', :'group', '{"g": {"Parameters": [{"ParameterName": "geqo_threshold", "ParameterValue": "12", "Source": "user"}]}}');
ROLLBACK;

-- fused_iam_unused
SELECT pg_temp.here('fused_iam_unused', '{"IAMDatabaseAuthenticationEnabled": true}');
BEGIN;
CREATE ROLE rds_iam;
SELECT pg_temp.here('fused_iam_unused', '{"IAMDatabaseAuthenticationEnabled": true}');
CREATE ROLE regress_by_iam LOGIN;
CREATE ROLE regress_group;
GRANT rds_iam TO regress_group;
GRANT regress_group TO regress_by_iam;
SELECT pg_temp.here('fused_iam_unused', f.fields) FROM (VALUES (jsonb '{"IAMDatabaseAuthenticationEnabled": true}'), ('{"IAMDatabaseAuthenticationEnabled": false}'), ('{}')) AS f (fields);
ROLLBACK;

-- fused_s3_exfil: in this database, by roles that are no administrators
\set roles '{"AssociatedRoles": [{"FeatureName": "s3Export", "RoleArn": "arn:aws:iam::123456789012:role/export", "Status": "ACTIVE"}]}'
SELECT pg_temp.here('fused_s3_exfil', :'roles');
BEGIN;
CREATE ROLE regress_app LOGIN;
CREATE SCHEMA aws_s3;
CREATE FUNCTION aws_s3.query_export_to_s3(query text) RETURNS text LANGUAGE sql AS 'SELECT query';
CREATE FUNCTION aws_s3.table_import_from_s3(query text) RETURNS text LANGUAGE sql AS 'SELECT query';
SELECT pg_temp.here('fused_s3_exfil', :'roles');
GRANT USAGE ON SCHEMA aws_s3 TO regress_app;
SELECT pg_temp.here('fused_s3_exfil', f.fields) FROM (VALUES (:'roles'::jsonb), ('{"AssociatedRoles": []}'), ('{"AssociatedRoles": "x"}')) AS f (fields);
REVOKE EXECUTE ON FUNCTION aws_s3.query_export_to_s3(text) FROM PUBLIC;
SELECT pg_temp.here('fused_s3_exfil', :'roles');
ROLLBACK;

-- fused_public_weak: what weakens, other checks say
SELECT pg_temp.here('fused_public_weak', '{"PubliclyAccessible": false}');
SELECT pg_temp.here('fused_public_weak', '{}');
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL password_encryption = md5;
CREATE ROLE regress_md5 LOGIN PASSWORD 'regress';
SELECT f.status, f.severity, f.evidence -> 'fails' ? 'md5_password_hashes' AS md5, f.fix FROM rds_guard.aws_report(pg_temp.instances('{"DbiResourceId": "db-1", "PubliclyAccessible": true}'), '{fused_public_weak}', 'i1') AS f;
ROLLBACK;

-- fused_log_chain: pgaudit is not loaded here
SELECT pg_temp.here('fused_log_chain', f.fields, f.more) FROM (VALUES (jsonb '{}', jsonb '{}'), ('{"EnabledCloudwatchLogsExports": ["postgresql"]}', '{}'),
    ('{"EnabledCloudwatchLogsExports": ["postgresql"]}', '{"logGroups": [{"logGroupName": "/aws/rds/instance/i1/postgresql", "retentionInDays": 7}]}'), ('{"EnabledCloudwatchLogsExports": ["postgresql"]}', '{"logGroups": [{"logGroupName": "/aws/rds/instance/i1/postgresql"}]}')) AS f (fields, more);

-- fused_master_used: this session does not count, nor a tool
SELECT pg_temp.here('fused_master_used', jsonb_build_object('MasterUsername', current_user));
SELECT pg_temp.here('fused_master_used', '{}');

-- fused_ca
SELECT pg_temp.here('fused_ca', f.fields) FROM (VALUES (jsonb '{"CertificateDetails": {"ValidTill": "2026-04-01T00:00:00Z"}}'), ('{"CertificateDetails": {"ValidTill": "2027-04-01T00:00:00Z"}}'), ('{}')) AS f (fields);
