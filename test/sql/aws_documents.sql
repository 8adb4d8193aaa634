-- aws_report(): which documents it takes and how, what is none, whose databases
-- they are about, single values, commands, and what is unknown. The checks
-- themselves have scripts of their own.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\pset null -
-- no value depends on it
SET datestyle = 'SQL, DMY';
SET timezone = 'Asia/Tokyo';

-- The list of kinds. Each query shows offenders.
SELECT k.key, k.type, count(*) AS twice FROM rds_guard.aws_kinds() AS k GROUP BY k.key, k.type, k.mark HAVING count(*) > 1;
SELECT k.key AS odd FROM rds_guard.aws_kinds() AS k
WHERE k.shape NOT IN ('list', 'one', 'whole') OR (k.shape = 'list') <> (k.type = 'array' AND k.kind = k.key) OR (k.shape = 'whole') <> (k.kind ~ '^[a-z]+(-[a-z]+)+$')
      OR (k.shape = 'whole' AND (NOT k.named OR split_part(k.command, ' ', 3) <> k.kind))
      OR k.command !~ '^aws [a-z0-9]+ [a-z]+(-[a-z]+)+( --[a-z]+(-[a-z]+)* ([A-Z]+|default))*$';
-- each rule of scope aws asks the documents, says what it has not read, and is in a category of its own
SELECT d.check_id AS careless FROM rds_guard.check_definitions AS d
WHERE d.scope = 'aws' AND (d.rule !~ '\$1' OR (d.check_id ~ '^aws_' AND d.rule !~ 'rds_guard\.aws_unread(_[a-z]+)?\(\$1[,)]')) OR (d.scope = 'aws') <> (d.category ~ '^aws_') OR (d.scope = 'aws' AND d.check_id !~ '^(aws|fused)_')
      OR (d.scope = 'aws' AND d.needs = 'any role');

-- What is a document, and under which name.
CREATE FUNCTION pg_temp.attempt(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE query INTO answer;
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;
CREATE FUNCTION pg_temp.documents(value jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.attempt(format('SELECT string_agg(path || coalesce('' '' || to_json(name), ''''), '', '') FROM rds_guard.aws_documents(%L)', value))
$$;
SELECT d.value, pg_temp.documents(d.value) AS documents
FROM (VALUES (NULL::jsonb), ('null'), ('{}'), ('[]'), ('[{}, [], null]'),
             ('{"DBInstances": []}'), ('{"Marker": "x", "DBInstances": []}'), ('[{"DBInstances": []}, {"DBClusters": []}]'),
             ('{"prod": {"DBInstances": []}, "dev": {"DBInstances": []}}'), ('{"all": [{"DBInstances": []}, [{"inner": {"DBClusters": []}}, {"DBClusters": []}]]}'),
             -- names of the caller's that are keys of Amazon's
             ('{"DBInstances": {"DBInstances": []}, "Policy": {"Policy": "{}"}}'),
             -- more beside a document: under the name of a list, under any name, and what is no document
             ('{"DBInstances": [], "DBClusters": {"DBClusters": []}, "Marker": "x"}'), ('{"DBInstances": [], "dev": [{"more": {"Policy": "{}"}}], "ResponseMetadata": {"HTTPStatusCode": 200}}'),
             ('{"DBInstances": [], "DBClusters": null}'), ('{"DBInstances": [], "DBClusters": "x"}'), ('{"RoleName": "r", "PolicyName": "p", "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "s3:*"}]}}'),
             ('{"Policy": "{}"}'), ('{"Policy": {"PolicySummary": {}, "Content": "{}"}}'), ('{"Policy": {"PolicyId": "x"}}'),
             ('{"Attributes": {"TopicArn": "x"}}'), ('{"Attributes": {"QueueArn": "x"}}'),
             ('{"ARN": "x", "Name": "n", "CreatedDate": 1}'), ('{"ARN": "x"}'),
             ('"x"'), ('1'), ('[[[7]]]'), ('{"DBInstances": 3}'), ('{"DBInstanceIdentifier": "bare", "Engine": "postgres"}'),
             ('{"a\n\u001b[31m": {"b": false}}'), (('[' || repeat('[', 21) || repeat(']', 21) || ']')::jsonb), ((repeat('{"a":', 22) || '1' || repeat('}', 22))::jsonb)) AS d (value);
-- what is inside
CREATE FUNCTION pg_temp.bundle(value jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.attempt(format('SELECT rds_guard.aws_bundle(%L)', value))
$$;
SELECT d.n, pg_temp.bundle(d.value) AS bundle
FROM (VALUES
    (1, '{"DBInstances": [{"DBInstanceIdentifier": "a", "Engine": "postgres"}]}'::jsonb),
    -- pages and regions, what is there twice, what create printed
    (2, '[{"DBInstances": [{"DBInstanceIdentifier": "b", "Engine": "x"}, {"DBInstanceIdentifier": "a", "Engine": "x"}], "Marker": "m"},
         {"DBInstances": [{"DBInstanceIdentifier": "a", "Engine": "x"}, {"DBInstanceIdentifier": "a", "Engine": "y"}]}, {"DBInstance": {"DBInstanceIdentifier": "c", "Engine": "x"}}]'),
    -- names stay where the document has none
    (3, '{"group one": [{"Parameters": [{"ParameterName": "p"}]}, {"Parameters": [{"ParameterName": "q"}]}], "group two": {"Parameters": [{"ParameterName": "p", "_name": "forged"}]}, "k": {"Policy": "{}", "PolicyName": "default"}}'),
    (4, '{"KeyRotationEnabled": true}'),
    (5, '{"DBInstances": [], "Parameters": []}'),
    (6, '{"DBSnapshotAttributesResult": {"DBSnapshotIdentifier": "s", "DBSnapshotAttributes": []}}'),
    -- cut off
    (11, '{"DBInstances": [], "Marker": "m"}'), (12, '{"DBInstances": [], "Marker": ""}'), (13, '{"Roles": [], "IsTruncated": true}'), (14, '{"Roles": [], "IsTruncated": false}'), (15, '{"logGroups": [], "nextToken": "t"}'),
    (16, '[{"DBInstances": [{"DBInstanceIdentifier": "a", "Engine": "x", "DBInstanceArn": "arn:aws:rds:eu-west-1:1:db:a"}], "Marker": "m"}, {"DBInstances": [{"DBInstanceIdentifier": "a", "Engine": "x", "DBInstanceArn": "arn:aws:rds:us-east-1:1:db:a"}]}]'),
    (17, '{"one": {"Parameters": [], "Marker": "m"}, "two": {"Parameters": []}}'),
    -- what comes later need not be the next page
    (18, '{"a": {"RouteTables": [], "NextToken": "m"}, "b": {"RouteTables": []}}'), (19, '[{"RouteTables": [], "NextToken": "m"}, {"Subnets": []}, {"RouteTables": []}]'), (20, '{"a": [{"RouteTables": [], "NextToken": "m"}, {"RouteTables": []}], "b": [{"Subnets": []}]}'),
    -- items that are none
    (21, '{"DBInstances": [{"DBInstanceIdentifier": "a", "Engine": "postgres"}, 7]}'), (22, '{"DBInstances": [[]]}'), (23, '{"DBInstances": [null]}'),
    (24, '{"x": [{"DBInstances": [{"DBInstanceIdentifier": "a"}]}]}'), (25, '{"DBInstances": [{"DBInstanceIdentifier": 5, "Engine": "postgres"}]}'), (26, '{"DBClusters": [{"DBClusterIdentifier": "", "Engine": "postgres"}]}'),
    (27, '{"DBInstance": {"Engine": "postgres"}}')) AS d (n, value)
ORDER BY d.n;
SELECT rds_guard.aws_bundle(NULL, 'shop', '2026-01-02 03:04:05+00') -> 'about' AS about;
SELECT rds_guard.aws_has('{"a": []}', 'a'), rds_guard.aws_has('{"a": []}', 'b'), rds_guard.aws_has(NULL, 'a');

-- Values: of another type they are unknown, absent ones what Amazon means by that.
SELECT f.item, rds_guard.aws_bool(f.item, 'a') AS bool, rds_guard.aws_bool(f.item, 'a', false) AS or_false, rds_guard.aws_number(f.item, 'a') AS number, rds_guard.aws_number(f.item, 'a', 5) AS or_5,
       rds_guard.aws_text(f.item, 'a') AS text, rds_guard.aws_text(f.item, 'a', 'x') AS or_x, rds_guard.aws_list(f.item, 'a') AS list, rds_guard.aws_list(f.item, 'a', '[]') AS or_empty, rds_guard.aws_shown(f.item, 'a') AS shown
FROM (VALUES ('{"a": true}'::jsonb), ('{"a": false}'), ('{"a": "true"}'), ('{"a": 0}'), ('{"a": 1.5}'), ('{"a": null}'), ('{}'), ('{"a": [1]}'), ('{"a": {"MasterUserPassword": "x"}}'), ('[]'), ('7'), (NULL)) AS f (item);
SELECT f.value, to_char(rds_guard.aws_time(jsonb_build_object('t', f.value), 't') AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS') AS time
FROM (VALUES (jsonb '"2026-01-02T03:04:05Z"'), ('"2026-01-02T03:04:05.250000+00:00"'), ('"2026-01-02T03:04:05+0900"'), ('"2026-01-02T03:04:05"'), ('1767323045'), ('1767323045.25'),
             ('"2026-13-02T03:04:05Z"'), ('"tomorrow"'), ('"2026-01-02"'), ('"infinity"'), ('true'), ('1e20'), (NULL)) AS f (value);
-- Commands: nothing in a document runs in a shell.
SELECT a.argument, rds_guard.aws_arg(a.argument) FROM unnest(ARRAY['shop-prod', 'arn:aws:rds:eu-west-1:1:db:a', '', 'a b', '$(id)', 'it''s', '-rf', '*', E'a\nb', '`x`', '~root', 'a;b', '--profile=x', 'file:///etc/passwd', 'FILEB://x', 'a--b', NULL]) AS a (argument);
SELECT a.arn, rds_guard.aws_arn(a.arn, 'region') AS region, rds_guard.aws_arn(a.arn, 'account') AS account, rds_guard.aws_call('rds x', a.arn) AS call
FROM unnest(ARRAY['arn:aws:rds:eu-west-1:123456789012:db:shop', 'arn:aws-cn:rds:cn-north-1:1:db:x', 'arn:aws:iam::123456789012:role/x', 'arn:aws:rds:$(id):1:db:x', 'shop', 'a:b:c:d:e:f', '', NULL]) AS a (arn);

-- Whose databases: standalone instances, clusters with their members, replicas; other engines are nobody's business.
CREATE FUNCTION pg_temp.estate() RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb '[{"DBInstances": [
        {"DBInstanceIdentifier": "shop", "Engine": "postgres", "DBInstanceArn": "arn:aws:rds:eu-west-1:1:db:shop", "BackupRetentionPeriod": 0},
        {"DBInstanceIdentifier": "shop-copy", "Engine": "postgres", "DBInstanceArn": "arn:aws:rds:eu-west-1:1:db:shop-copy", "BackupRetentionPeriod": 0, "ReadReplicaSourceDBInstanceIdentifier": "shop"},
        {"DBInstanceIdentifier": "books", "Engine": "mysql", "DBInstanceArn": "arn:aws:rds:eu-west-1:1:db:books", "BackupRetentionPeriod": 0},
        {"DBInstanceIdentifier": "orders-1", "Engine": "aurora-postgresql", "DBInstanceArn": "arn:aws:rds:eu-west-1:1:db:orders-1", "DBClusterIdentifier": "orders", "BackupRetentionPeriod": 0},
        {"DBInstanceIdentifier": "orders-2", "Engine": "aurora-postgresql", "DBInstanceArn": "arn:aws:rds:eu-west-1:1:db:orders-2", "DBClusterIdentifier": "orders", "BackupRetentionPeriod": 0},
        {"DBInstanceIdentifier": "three-1", "Engine": "postgres", "DBInstanceArn": "arn:aws:rds:eu-west-1:1:db:three-1", "DBClusterIdentifier": "three", "BackupRetentionPeriod": 0}]},
        {"DBClusters": [
        {"DBClusterIdentifier": "orders", "Engine": "aurora-postgresql", "DBClusterArn": "arn:aws:rds:eu-west-1:1:cluster:orders", "BackupRetentionPeriod": 7},
        {"DBClusterIdentifier": "orders", "Engine": "aurora-postgresql", "DBClusterArn": "arn:aws:rds:us-east-1:1:cluster:orders", "BackupRetentionPeriod": 7, "ReplicationSourceIdentifier": "arn:aws:rds:eu-west-1:1:cluster:orders"},
        {"DBClusterIdentifier": "old", "Engine": "aurora-mysql", "BackupRetentionPeriod": 0}]}]'
$$;
SELECT d.object, d.kind, d.arn, d.engine, d.is_replica, d.modify, d.item IS NOT NULL AS has_item, jsonb_array_length(d.members) AS members FROM rds_guard.aws_databases(rds_guard.aws_bundle(pg_temp.estate())) AS d ORDER BY d.object COLLATE "C", d.arn COLLATE "C";
SELECT i.object, i.arn, i.engine, i.cluster, i.is_replica, i.modify FROM rds_guard.aws_instances(rds_guard.aws_bundle(pg_temp.estate())) AS i ORDER BY i.object COLLATE "C";

-- The verdicts of one check.
\x on
SELECT f.status, f.severity, f.object, f.detail, f.remedy, f.fix, f.evidence
FROM (VALUES (1, pg_temp.estate()), (2, NULL), (3, '{"DBInstances": [], "Marker": "more"}'), (4, '{"DBInstances": [{"DBInstanceIdentifier": "books", "Engine": "mysql"}]}'),
             (5, '{"DBInstances": [{"DBInstanceIdentifier": "shop", "Engine": "postgres", "BackupRetentionPeriod": 7}]}'),
             (6, '{"DBInstances": [{"DBInstanceIdentifier": "shop; rm -rf ~\u001b[31m", "Engine": "postgres", "BackupRetentionPeriod": 0}, {"DBInstanceIdentifier": "x", "Engine": "postgres", "BackupRetentionPeriod": "0"}, {"DBInstanceIdentifier": "y", "Engine": "postgres"}], "Marker": "more"}'),
             (7, '{"DBClusters": [{"DBClusterIdentifier": "orders", "Engine": "aurora-postgresql", "BackupRetentionPeriod": 7}]}')) AS d (n, document)
CROSS JOIN LATERAL rds_guard.aws_report(d.document, '{aws_backup_disabled}') WITH ORDINALITY AS f
ORDER BY d.n, f.ordinality;
\x off
-- what is asked for
SELECT count(*) = (SELECT count(*) FROM rds_guard.checks AS c WHERE c.scope = 'aws') AS all_of_them, count(*) FILTER (WHERE f.status <> 'unknown') AS decided FROM rds_guard.aws_report('{}') AS f;
SELECT pg_temp.attempt($$SELECT count(*) FROM rds_guard.aws_report('{}', '{superuser_count}')$$);
SELECT pg_temp.attempt($$SELECT count(*) FROM rds_guard.report('{aws_backup_disabled}')$$);
SELECT f.status, f.detail FROM rds_guard.run_check('aws_backup_disabled') AS f;
SELECT count(*) AS in_other_reports FROM (SELECT category FROM rds_guard.report() UNION ALL SELECT category FROM rds_guard.my_report()) AS f WHERE f.category LIKE 'aws%';
-- a parameter is for the rules of this scope only
SELECT pg_temp.attempt($$SELECT rds_guard.define_check('regress_aws', 'regress', 'low', 'T', 'W.', 'R.', '{}', 'SELECT $1 ->> ''a'', NULL, NULL, NULL')$$);
SELECT rds_guard.define_check('regress_aws', 'regress', 'low', 'T', 'W.', 'R.', '{}', 'SELECT $1 #>> ''{about,instance}'', $1 #>> ''{about,captured}'', NULL, NULL', scope => 'aws');
SELECT f.check_id, f.status, f.object, f.detail FROM rds_guard.aws_report('{}', '{regress}', 'shop', '2026-01-02 03:04:05+00') AS f;
-- the same rule without its parameter, and with it again
SELECT pg_temp.attempt($$SELECT rds_guard.run_rule('SELECT $1 ->> ''a'', NULL, NULL, NULL')$$), rds_guard.run_rule('SELECT $1 ->> ''a'', NULL, NULL, NULL', '{"a": "b"}'), rds_guard.run_rule(NULL, '{}');
SELECT rds_guard.run_rule('SELECT ''a'', NULL, NULL, NULL', '{}'), rds_guard.run_rule('SELECT ''a'', NULL, NULL, NULL'), rds_guard.run_rule('SELECT ''a'', NULL, NULL, NULL', '{}');
DELETE FROM rds_guard.check_definitions WHERE NOT builtin;

-- For everybody; thresholds are for who may read the policy.
CREATE ROLE regress_plain;
SET ROLE regress_plain;
SELECT f.status, f.object, f.detail FROM rds_guard.aws_report(jsonb '{"DBInstances": [{"DBInstanceIdentifier": "shop", "Engine": "postgres", "BackupRetentionPeriod": 7}]}', '{aws_backup_disabled}') AS f;
RESET ROLE;
DROP ROLE regress_plain;
