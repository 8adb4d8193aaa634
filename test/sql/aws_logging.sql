-- What of databases on RDS is recorded, and who hears of it: each check fails, passes, and does not know.
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
CREATE FUNCTION pg_temp.group(name text, version text DEFAULT '16.4') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('EngineVersion', version, 'DBParameterGroups', jsonb_build_array(jsonb_build_object('DBParameterGroupName', name, 'ParameterApplyStatus', 'in-sync')))
$$;
CREATE FUNCTION pg_temp.parameters(settings jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('Parameters', jsonb_agg(jsonb_build_object('ParameterName', s.key, 'ParameterValue', s.value))) FROM jsonb_each(settings) AS s
$$;

-- aws_param_logging
SELECT pg_temp.verdicts('aws_param_logging', jsonb_build_object('i', pg_temp.instances(pg_temp.group('good'), pg_temp.group('none'), pg_temp.group('no.library'), pg_temp.group('lists'), pg_temp.group('default.postgres16'), pg_temp.group('absent'), '{}'),
    'good', pg_temp.parameters('{"log_connections": "1", "log_disconnections": "1", "log_statement": "ddl", "shared_preload_libraries": "pg_stat_statements, pgaudit", "pgaudit.log": "ddl, role"}'),
    'none', pg_temp.parameters('{"log_connections": "0", "log_disconnections": "off", "log_statement": "none", "shared_preload_libraries": "pg_stat_statements", "pgaudit.log": "none"}'),
    'no.library', pg_temp.parameters('{"log_connections": "on", "log_disconnections": "on", "log_statement": "all", "shared_preload_libraries": "pgaudit_like", "pgaudit.log": "all"}'),
    'lists', pg_temp.parameters('{"log_connections": "receipt", "log_disconnections": "true", "log_statement": "mod", "shared_preload_libraries": "pgaudit", "pgaudit.log": "all"}')));
-- what is no value of these, and what cannot be one
SELECT pg_temp.verdicts('aws_param_logging', jsonb_build_object('i', pg_temp.instances(pg_temp.group('odd'), pg_temp.group('unread')),
    'odd', pg_temp.parameters('{"log_connections": "maybe", "log_disconnections": "", "log_statement": "some", "shared_preload_libraries": "pgaudit2", "pgaudit.log": "-all"}'),
    'unread', pg_temp.parameters('{"log_connections": "1", "log_disconnections": ["1"], "log_statement": "ddl", "shared_preload_libraries": "pgaudit", "pgaudit.log": {"a": "ddl"}}')));
-- a library that waits for a reboot is not there yet; what takes effect at once does not wait
SELECT pg_temp.verdicts('aws_param_logging', jsonb_build_object('i', pg_temp.instances(jsonb_set(pg_temp.group('good'), '{DBParameterGroups,0,ParameterApplyStatus}', '"pending-reboot"')),
    'good', (SELECT jsonb_build_object('Parameters', jsonb_agg(p || jsonb_build_object('ApplyType', CASE p ->> 'ParameterName' WHEN 'shared_preload_libraries' THEN s.type ELSE 'dynamic' END)))
             FROM jsonb_array_elements(pg_temp.parameters('{"log_connections": "1", "log_disconnections": "1", "log_statement": "ddl", "shared_preload_libraries": "pgaudit", "pgaudit.log": "ddl"}') -> 'Parameters') AS p)))
FROM (VALUES ('static'), ('dynamic')) AS s (type);
-- Aurora: what the group of a member sets comes before what that of the cluster says; where it sets nothing, the cluster's holds
SELECT '-- ' || coalesce(g.name, 'not told') || E'\n' || (SELECT string_agg(v, E'\n') FROM pg_temp.verdicts('aws_param_logging', jsonb_build_object('parameters', jsonb_build_object(
    'good', pg_temp.parameters('{"log_connections": "1", "log_disconnections": "1", "log_statement": "ddl", "shared_preload_libraries": "pgaudit", "pgaudit.log": "ddl"}'),
    'quiet', jsonb '{"Parameters": [{"ParameterName": "log_connections", "ParameterValue": "0", "Source": "user", "ApplyType": "dynamic"}, {"ParameterName": "log_statement", "ParameterValue": "none", "Source": "engine-default", "ApplyType": "dynamic"}]}',
    'unset', jsonb '{"Parameters": [{"ParameterName": "log_connections", "Source": "engine-default", "ApplyType": "dynamic"}]}'), 'databases', jsonb_set(pg_temp.clusters('{"EngineVersion": "16.4", "DBClusterParameterGroup": "good", "DBClusterMembers": [{"DBInstanceIdentifier": "c1-1", "DBClusterParameterGroupStatus": "in-sync"}]}'),
        '{DBInstances,0,DBParameterGroups}', jsonb_build_array(jsonb_build_object('DBParameterGroupName', g.name, 'ParameterApplyStatus', 'in-sync'))))) AS v)
FROM unnest('{default.aurora-postgresql16,unset,quiet,absent,NULL}'::text[]) AS g (name);

-- aws_cloudwatch_logs_off: a list that is empty is left out; Aurora has no upgrade
SELECT pg_temp.verdicts('aws_cloudwatch_logs_off', pg_temp.documents(pg_temp.instances('{"EnabledCloudwatchLogsExports": ["postgresql", "upgrade"]}', '{"EnabledCloudwatchLogsExports": ["postgresql"]}', '{"EnabledCloudwatchLogsExports": ["upgrade"]}', '{}', '{"EnabledCloudwatchLogsExports": "postgresql"}'),
                                                                     pg_temp.clusters('{"EnabledCloudwatchLogsExports": ["postgresql"]}', '{"EnabledCloudwatchLogsExports": ["instance"]}')));

-- aws_log_group_retention: none means for ever
SELECT pg_temp.verdicts('aws_log_group_retention', pg_temp.documents(pg_temp.instances('{"EnabledCloudwatchLogsExports": ["postgresql", "upgrade"]}', '{"EnabledCloudwatchLogsExports": ["postgresql"]}', '{}'), pg_temp.clusters('{"EnabledCloudwatchLogsExports": ["postgresql", "instance"]}'),
    '{"logGroups": [{"logGroupName": "/aws/rds/instance/i1/postgresql", "retentionInDays": 30, "kmsKeyId": "k", "arn": "arn:aws:logs:eu-west-1:123456789012:log-group:x:*"}, {"logGroupName": "/aws/rds/instance/i1/upgrade", "retentionInDays": 365, "kmsKeyId": "k"},
                    {"logGroupName": "/aws/rds/instance/i2/postgresql", "retentionInDays": 365, "kmsKeyId": "k", "arn": "arn:aws:logs:us-east-1:123456789012:log-group:x:*"}, {"logGroupName": "/aws/rds/cluster/c1/postgresql"}, {"logGroupName": "/aws/rds/cluster/c1/instance", "retentionInDays": "x", "kmsKeyId": "k"},
                    {"logGroupName": "/aws/lambda/x", "retentionInDays": 1}, {"logGroupName": "/aws/rds/instance/mysql/error", "retentionInDays": 1}]}'));
SELECT pg_temp.verdicts('aws_log_group_retention', pg_temp.documents(pg_temp.instances('{}'), '{"logGroups": [], "nextToken": "t"}'));

-- aws_activity_stream_off: only where the policy asks for it
SELECT pg_temp.verdicts('aws_activity_stream_off', pg_temp.clusters('{"ActivityStreamStatus": "stopped"}', '{"ActivityStreamStatus": "started"}', '{}', '{"Engine": "postgres", "ActivityStreamStatus": "stopped"}'));
BEGIN;
UPDATE rds_guard.policy SET value = '"on"' WHERE name = 'aws_activity_stream';
SELECT pg_temp.verdicts('aws_activity_stream_off', pg_temp.clusters('{"ActivityStreamStatus": "stopped"}', '{"ActivityStreamStatus": "started"}', '{}', '{"ActivityStreamStatus": 1}', '{"Engine": "postgres", "ActivityStreamStatus": "stopped"}'));
ROLLBACK;

-- aws_enhanced_monitoring_off, aws_performance_insights_off: of each instance
SELECT pg_temp.verdicts('aws_enhanced_monitoring_off', pg_temp.instances('{"MonitoringInterval": 0}', '{"MonitoringInterval": 60}', '{}', '{"MonitoringInterval": 0, "DBClusterIdentifier": "c"}'));
SELECT pg_temp.verdicts('aws_performance_insights_off', pg_temp.instances('{"PerformanceInsightsEnabled": false}', '{"PerformanceInsightsEnabled": true}', '{}'));

-- aws_event_subscription_missing: no type and no categories are all; more than enough is enough; of other regions, of some, or switched off they do not count
SELECT d.about || ': ' || pg_temp.verdicts('aws_event_subscription_missing', pg_temp.documents(pg_temp.instances('{}'), d.subscriptions))
FROM (VALUES ('none', jsonb '{"EventSubscriptionsList": []}'), ('all', '{"EventSubscriptionsList": [{"CustSubscriptionId": "s", "Status": "active", "Enabled": true, "SourceIdsList": [], "EventCategoriesList": []}]}'),
             ('off', '{"EventSubscriptionsList": [{"CustSubscriptionId": "s", "Status": "active", "Enabled": false}]}'), ('broken', '{"EventSubscriptionsList": [{"CustSubscriptionId": "s", "Status": "topic-not-exist", "Enabled": true}]}'),
             ('elsewhere', '{"EventSubscriptionsList": [{"CustSubscriptionId": "s", "Status": "active", "Enabled": true, "EventSubscriptionArn": "arn:aws:rds:us-east-1:123456789012:es:s"}]}'),
             ('some', '{"EventSubscriptionsList": [{"CustSubscriptionId": "s", "Status": "active", "Enabled": true, "SourceIdsList": ["other"], "SourceType": "db-instance"}]}'),
             ('parts', '{"EventSubscriptionsList": [{"CustSubscriptionId": "s", "Status": "active", "Enabled": true, "SourceType": "db-instance", "EventCategoriesList": ["failure", "backup"]}, {"CustSubscriptionId": "t", "Status": "active", "Enabled": true, "SourceType": "db-instance", "EventCategoriesList": ["maintenance", "configuration change"]},
                         {"CustSubscriptionId": "u", "Status": "active", "Enabled": true, "SourceType": "db-parameter-group"}, {"CustSubscriptionId": "v", "Status": "active", "Enabled": true, "SourceType": "db-security-group"}]}')) AS d (about, subscriptions);
SELECT pg_temp.verdicts('aws_event_subscription_missing', pg_temp.documents(pg_temp.clusters('{}'), '{"EventSubscriptionsList": [{"CustSubscriptionId": "s", "Status": "active", "Enabled": true, "SourceType": "db-instance"}]}'));

-- aws_cloudwatch_alarms_missing: also inside expressions; a member's watches its cluster
SELECT pg_temp.verdicts('aws_cloudwatch_alarms_missing', pg_temp.documents(pg_temp.instances('{}', '{}', '{}', '{}', '{}', '{}'), pg_temp.clusters('{}', '{}', '{}'),
    '{"MetricAlarms": [{"AlarmName": "a1", "ActionsEnabled": true, "AlarmActions": ["x"], "Namespace": "AWS/RDS", "MetricName": "DatabaseConnections", "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "i1"}]},
                       {"AlarmName": "a2", "ActionsEnabled": false, "AlarmActions": ["x"], "Namespace": "AWS/RDS", "MetricName": "DatabaseConnections", "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "i2"}]},
                       {"AlarmName": "a3", "ActionsEnabled": true, "AlarmActions": [], "Namespace": "AWS/RDS", "MetricName": "DatabaseConnections", "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "i3"}]},
                       {"AlarmName": "a4", "ActionsEnabled": true, "AlarmActions": ["x"], "Namespace": "AWS/RDS", "MetricName": "CPUUtilization", "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "i4"}]},
                       {"AlarmName": "a5", "ActionsEnabled": true, "AlarmActions": ["x"], "Metrics": [{"Id": "m", "MetricStat": {"Metric": {"Namespace": "AWS/RDS", "MetricName": "DatabaseConnections", "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "i5"}]}}}]},
                       {"AlarmName": "a6", "ActionsEnabled": true, "AlarmActions": ["x"], "Namespace": "AWS/RDS", "MetricName": "DatabaseConnections", "Dimensions": [{"Name": "DBClusterIdentifier", "Value": "i6"}]},
                       {"AlarmName": "c1", "ActionsEnabled": true, "AlarmActions": ["x"], "Namespace": "AWS/RDS", "MetricName": "DatabaseConnections", "Dimensions": [{"Name": "DBClusterIdentifier", "Value": "c1"}, {"Name": "Role", "Value": "WRITER"}]},
                       {"AlarmName": "c2", "ActionsEnabled": true, "AlarmActions": ["x"], "Namespace": "AWS/RDS", "MetricName": "DatabaseConnections", "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "c2-1"}]}]}'));

-- aws_guardduty_rds_off, aws_config_recorder_off: of each region and account; a good one of one is none of another
\set ireland '{"DBInstances": [{"DBInstanceIdentifier": "i", "Engine": "postgres", "DBInstanceArn": "arn:aws:rds:eu-west-1:123456789012:db:i"}]}'
\set virginia '{"DBClusters": [{"DBClusterIdentifier": "c", "Engine": "aurora-postgresql", "DBClusterArn": "arn:aws:rds:us-east-1:123456789012:cluster:c"}]}'
\set other '{"DBInstances": [{"DBInstanceIdentifier": "o", "Engine": "postgres", "DBInstanceArn": "arn:aws:rds:eu-west-1:210987654321:db:o"}, {"DBInstanceIdentifier": "m", "Engine": "mysql", "DBInstanceArn": "arn:aws:rds:ap-south-1:123456789012:db:m"}]}'
\set detector '{"Status": "ENABLED", "ServiceRole": "arn:aws:iam::123456789012:role/x", "CreatedAt": "1", "Features": [{"Name": "RDS_LOGIN_EVENTS", "Status": "ENABLED"}]}'
SELECT d.n || ': ' || pg_temp.verdicts('aws_guardduty_rds_off', d.documents)
FROM (VALUES
    -- one for one region, one for two, each named, the other named, and one of a region without databases
    (1, pg_temp.documents(:'ireland', :'detector')), (2, pg_temp.documents(:'ireland', :'virginia', :'detector')),
    (3, pg_temp.documents(:'ireland', :'virginia', jsonb_build_object('prod-eu-west-1', :'detector'::jsonb, 'us-east-1 detector', :'detector'::jsonb))),
    (4, pg_temp.documents(:'ireland', :'virginia', jsonb_build_object('prod-eu-west-1', :'detector'::jsonb))),
    (5, pg_temp.documents(:'ireland', jsonb_build_object('prod-ap-southeast-2', :'detector'::jsonb))),
    -- two without names, the same one twice, one of either kind, and none that is good
    (6, pg_temp.documents(:'ireland', :'virginia', :'detector', replace(:'detector', '"1"', '"2"')::jsonb)), (7, pg_temp.documents(:'ireland', :'virginia', jsonb_build_object('a', :'detector'::jsonb, 'b', :'detector'::jsonb))),
    (8, pg_temp.documents(:'ireland', :'virginia', :'detector', jsonb_build_object('us-east-1', :'detector'::jsonb))),
    (9, pg_temp.documents(:'ireland', :'virginia', replace(:'detector', '"Status": "ENABLED"}]', '"Status": "DISABLED"}]')::jsonb)),
    -- two accounts in a region; no database is in the region of another engine
    (10, pg_temp.documents(:'ireland', :'other', jsonb_build_object('eu-west-1', :'detector'::jsonb))),
    (11, pg_temp.documents(:'ireland', :'other', jsonb_build_object('eu-west-1 a', :'detector'::jsonb, 'eu-west-1 b', replace(:'detector', '"1"', '"2"')::jsonb))),
    -- no database tells where it is
    (12, :'detector')) AS d (n, documents);
-- a recorder has an ARN in the documents of current versions; that of another service is none
SELECT d.n || ': ' || pg_temp.verdicts('aws_config_recorder_off', pg_temp.documents(:'ireland', :'virginia', jsonb_build_object('ConfigurationRecordersStatus', d.recorders::jsonb)))
FROM (VALUES
    (1, '[{"name": "default", "recording": true, "lastStatus": "SUCCESS"}]'),
    (2, '[{"name": "default", "recording": true, "lastStatus": "SUCCESS", "arn": "arn:aws:config:us-east-1:123456789012:configuration-recorder/default/a"}]'),
    (3, '[{"name": "default", "recording": true, "lastStatus": "SUCCESS", "arn": "arn:aws:config:us-east-1:123456789012:configuration-recorder/default/a"},
          {"name": "default", "recording": true, "lastStatus": "SUCCESS", "arn": "arn:aws:config:us-east-1:123456789012:configuration-recorder/default/a", "lastStartTime": "1"}]'),
    (4, '[{"name": "default", "recording": true, "lastStatus": "SUCCESS", "arn": "arn:aws:config:us-east-1:123456789012:configuration-recorder/default/a"},
          {"name": "default", "recording": true, "lastStatus": "SUCCESS", "arn": "arn:aws:config:eu-west-1:123456789012:configuration-recorder/default/a"}]'),
    (5, '[{"name": "default", "recording": true, "lastStatus": "SUCCESS"}, {"name": "AWSConfigurationRecorderForX", "recording": true, "servicePrincipal": "x.amazonaws.com"}]')) AS d (n, recorders);
