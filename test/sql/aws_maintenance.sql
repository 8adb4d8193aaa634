-- Versions, updates and order among databases on RDS: each check fails, passes, and does not know.
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

-- aws_param_group_pending_reboot, aws_param_group_default: instances have groups, and so have clusters and their members
SELECT pg_temp.verdicts(c.id, pg_temp.documents(pg_temp.instances('{"DBParameterGroups": [{"DBParameterGroupName": "default.postgres16", "ParameterApplyStatus": "in-sync"}]}', '{"DBParameterGroups": [{"DBParameterGroupName": "mine", "ParameterApplyStatus": "pending-reboot"}]}',
        '{"DBParameterGroups": [{"DBParameterGroupName": "mine", "ParameterApplyStatus": "applying"}]}', '{}', '{"DBParameterGroups": [{}]}', '{"DBClusterIdentifier": "c1", "Engine": "aurora-postgresql", "DBParameterGroups": [{"DBParameterGroupName": "default.aurora-postgresql16", "ParameterApplyStatus": "in-sync"}]}'),
    '{"DBClusters": [{"DBClusterIdentifier": "c1", "Engine": "aurora-postgresql", "DBClusterArn": "arn:aws:rds:eu-west-1:123456789012:cluster:c1", "DBClusterParameterGroup": "default.aurora-postgresql16", "DBClusterMembers": [{"DBInstanceIdentifier": "i6", "DBClusterParameterGroupStatus": "in-sync"}, {"DBInstanceIdentifier": "i7", "DBClusterParameterGroupStatus": "pending-reboot"}]},
                     {"DBClusterIdentifier": "c2", "Engine": "postgres", "DBClusterParameterGroup": "mine"}]}'))
FROM unnest('{aws_param_group_pending_reboot,aws_param_group_default}'::text[]) AS c (id);

-- aws_auto_minor_upgrade_off: of Aurora all members
SELECT pg_temp.verdicts('aws_auto_minor_upgrade_off', pg_temp.documents(pg_temp.instances('{"AutoMinorVersionUpgrade": false}', '{"AutoMinorVersionUpgrade": true}', '{}', '{"AutoMinorVersionUpgrade": true, "DBClusterIdentifier": "c1", "Engine": "aurora-postgresql"}',
        '{"AutoMinorVersionUpgrade": false, "DBClusterIdentifier": "c1", "Engine": "aurora-postgresql"}', '{"AutoMinorVersionUpgrade": false, "DBClusterIdentifier": "c2"}'),
    '{"DBClusters": [{"DBClusterIdentifier": "c1", "DBClusterArn": "arn:aws:rds:eu-west-1:123456789012:cluster:c1", "Engine": "aurora-postgresql"}, {"DBClusterIdentifier": "c2", "DBClusterArn": "arn:aws:rds:eu-west-1:123456789012:cluster:c2", "Engine": "postgres", "AutoMinorVersionUpgrade": true}]}'));

-- aws_engine_version_outdated: what the list does not have is not known, not outdated
SELECT pg_temp.verdicts('aws_engine_version_outdated', pg_temp.documents(pg_temp.instances('{"EngineVersion": "16.4"}', '{"EngineVersion": "16.10"}', '{"EngineVersion": "12.5"}', '{"EngineVersion": "16.4-R2"}', '{"EngineVersion": "11.1"}', '{}', '{"EngineVersion": "16.9"}'),
    pg_temp.clusters('{"EngineVersion": "16.4"}'),
    '{"DBEngineVersions": [{"Engine": "postgres", "EngineVersion": "16.4", "Status": "available", "ValidUpgradeTarget": [{"EngineVersion": "16.9", "IsMajorVersionUpgrade": false}, {"EngineVersion": "16.10", "IsMajorVersionUpgrade": false}, {"EngineVersion": "17.2", "IsMajorVersionUpgrade": true}]},
                           {"Engine": "postgres", "EngineVersion": "16.10", "Status": "available", "ValidUpgradeTarget": [{"EngineVersion": "17.6", "IsMajorVersionUpgrade": true}]},
                           {"Engine": "postgres", "EngineVersion": "12.5", "Status": "deprecated", "ValidUpgradeTarget": [{"EngineVersion": "13.1", "IsMajorVersionUpgrade": true}]}, {"Engine": "postgres", "EngineVersion": "16.9", "Status": "available"},
                           {"Engine": "aurora-postgresql", "EngineVersion": "16.4", "Status": "available", "ValidUpgradeTarget": []}]}'));

-- aws_engine_eol_or_extended_support
SELECT pg_temp.verdicts('aws_engine_eol_or_extended_support', pg_temp.documents(pg_temp.instances('{"EngineVersion": "13.9", "EngineLifecycleSupport": "open-source-rds-extended-support"}', '{"EngineVersion": "14.1"}', '{"EngineVersion": "16.1", "EngineLifecycleSupport": "open-source-rds-extended-support"}', '{"EngineVersion": "99.1"}', '{"EngineVersion": "11.22"}', '{}'),
    '{"DBMajorEngineVersions": [{"Engine": "postgres", "MajorEngineVersion": "13", "SupportedEngineLifecycles": [{"LifecycleSupportName": "open-source-rds-standard-support", "LifecycleSupportEndDate": "2026-02-28T23:59:59Z"}, {"LifecycleSupportName": "open-source-rds-extended-support", "LifecycleSupportEndDate": "2029-02-28T23:59:59Z"}]},
                                {"Engine": "postgres", "MajorEngineVersion": "14", "SupportedEngineLifecycles": [{"LifecycleSupportName": "open-source-rds-standard-support", "LifecycleSupportEndDate": "2026-07-31T23:59:59Z"}]},
                                {"Engine": "postgres", "MajorEngineVersion": "16", "SupportedEngineLifecycles": [{"LifecycleSupportName": "open-source-rds-standard-support", "LifecycleSupportEndDate": "2029-02-28T23:59:59Z"}]},
                                {"Engine": "postgres", "MajorEngineVersion": "11", "SupportedEngineLifecycles": [{"LifecycleSupportName": "open-source-rds-standard-support", "LifecycleSupportEndDate": "2024-02-29T23:59:59Z"}, {"LifecycleSupportName": "open-source-rds-extended-support", "LifecycleSupportEndDate": "2026-02-28T00:00:00Z"}]}]}'));

-- aws_pending_maintenance: of our databases
SELECT pg_temp.verdicts('aws_pending_maintenance', pg_temp.documents(pg_temp.instances('{}', '{}'), pg_temp.clusters('{}'),
    '{"PendingMaintenanceActions": [{"ResourceIdentifier": "arn:aws:rds:eu-west-1:123456789012:db:i1", "PendingMaintenanceActionDetails": [{"Action": "system-update", "Description": "New Operating System update is available"}, {"Action": "db-upgrade", "CurrentApplyDate": "2026-03-05T00:00:00Z"}]},
                                    {"ResourceIdentifier": "arn:aws:rds:eu-west-1:123456789012:db:c1-1", "PendingMaintenanceActionDetails": [{"Action": "ca-certificate-rotation", "CurrentApplyDate": "2026-05-05T00:00:00Z"}, {"Action": "os-upgrade", "CurrentApplyDate": "whenever"}]},
                                    {"ResourceIdentifier": "arn:aws:rds:eu-west-1:123456789012:db:mysql", "PendingMaintenanceActionDetails": [{"Action": "system-update"}]}]}'));
SELECT pg_temp.verdicts('aws_pending_maintenance', pg_temp.documents(pg_temp.instances('{}'), '{"PendingMaintenanceActions": []}'));

-- aws_region_allowed
SELECT pg_temp.verdicts('aws_region_allowed', pg_temp.instances('{}'));
BEGIN;
UPDATE rds_guard.policy SET value = '["eu-central-1"]' WHERE name = 'aws_regions';
SELECT pg_temp.verdicts('aws_region_allowed', pg_temp.instances('{}', '{"DBInstanceArn": "arn:aws:rds:eu-central-1:123456789012:db:i2"}', '{"DBInstanceArn": null}'));
ROLLBACK;

-- aws_tags_missing
SELECT pg_temp.verdicts('aws_tags_missing', pg_temp.instances('{"TagList": [{"Key": "environment", "Value": "prod"}, {"Key": "Owner", "Value": "x"}, {"Key": "DataClassification", "Value": "y"}, {"Key": "z", "Value": ""}]}', '{"TagList": [{"Key": "Owner", "Value": "x"}]}', '{}', '{"TagList": {}}'));

-- aws_option_pending_modified: names, never the password
SELECT pg_temp.verdicts('aws_option_pending_modified', pg_temp.documents(pg_temp.instances('{"PendingModifiedValues": {"MasterUserPassword": "s3cret", "EngineVersion": "17.2"}}', '{"PendingModifiedValues": {}}', '{}', '{"PendingModifiedValues": "x"}'), pg_temp.clusters('{"PendingModifiedValues": {"IAMDatabaseAuthenticationEnabled": true}}')));

-- aws_env_separation
SELECT pg_temp.verdicts('aws_env_separation', pg_temp.instances('{"TagList": [{"Key": "Environment", "Value": "Prod"}], "DBSubnetGroup": {"VpcId": "vpc-1"}}', '{"TagList": [{"Key": "environment", "Value": "dev"}], "DBSubnetGroup": {"VpcId": "vpc-1"}}', '{"TagList": [{"Key": "Environment", "Value": "prod"}], "DBSubnetGroup": {"VpcId": "vpc-2"}}', '{"DBSubnetGroup": {"VpcId": "vpc-2"}}'));
SELECT pg_temp.verdicts('aws_env_separation', pg_temp.instances('{"TagList": [{"Key": "Environment", "Value": "prod"}], "DBSubnetGroup": {"VpcId": "vpc-1"}}', '{"TagList": [{"Key": "Environment", "Value": "PROD"}], "DBSubnetGroup": {"VpcId": "vpc-1"}}'));
