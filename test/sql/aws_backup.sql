-- Backups and snapshots on RDS and Aurora: each check fails, passes, and does not know.
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

-- aws_backup_disabled, aws_backup_retention_short: not of replicas, nor of members
SELECT pg_temp.verdicts(c.id, pg_temp.instances('{"BackupRetentionPeriod": 0}', '{"BackupRetentionPeriod": 1}', '{"BackupRetentionPeriod": 7}', '{}', '{"BackupRetentionPeriod": "7"}',
                                                '{"BackupRetentionPeriod": 0, "ReadReplicaSourceDBInstanceIdentifier": "i1"}', '{"BackupRetentionPeriod": 0, "Engine": "mysql"}'))
FROM unnest('{aws_backup_disabled,aws_backup_retention_short}'::text[]) AS c (id);
SELECT pg_temp.verdicts(c.id, pg_temp.clusters('{"BackupRetentionPeriod": 1}', '{"BackupRetentionPeriod": 7}', '{"BackupRetentionPeriod": 1, "ReplicationSourceIdentifier": "arn:aws:rds:us-east-1:123456789012:cluster:c1"}'))
FROM unnest('{aws_backup_disabled,aws_backup_retention_short}'::text[]) AS c (id);
BEGIN;
UPDATE rds_guard.policy SET value = '35' WHERE name = 'aws_backup_days';
SELECT pg_temp.verdicts('aws_backup_retention_short', pg_temp.instances('{"BackupRetentionPeriod": 14}', '{"BackupRetentionPeriod": 35}'));
ROLLBACK;

-- aws_backup_not_in_plan: of Aurora the cluster
SELECT pg_temp.verdicts('aws_backup_not_in_plan', pg_temp.documents(pg_temp.instances('{}', '{}', '{"DBInstanceArn": null}'), pg_temp.clusters('{}', '{}'),
    '{"Results": [{"ResourceArn": "arn:aws:rds:eu-west-1:123456789012:db:i1"}, {"ResourceArn": "arn:aws:rds:eu-west-1:123456789012:cluster:c2"}, {"ResourceArn": "arn:aws:rds:eu-west-1:123456789012:db:c1-1"}]}'));
SELECT pg_temp.verdicts('aws_backup_not_in_plan', pg_temp.instances('{}'));
SELECT pg_temp.verdicts('aws_backup_not_in_plan', pg_temp.documents(pg_temp.instances('{}'), '{"Results": [{"ResourceArn": "arn:aws:rds:eu-west-1:123456789012:db:i1"}], "NextToken": "more"}'));
-- a cluster of which only a member is known
SELECT pg_temp.verdicts('aws_backup_not_in_plan', pg_temp.documents(pg_temp.clusters('{}') - 'DBClusters', '{"Results": [{"ResourceArn": "arn:aws:rds:eu-west-1:123456789012:cluster:c1"}]}'));

-- aws_automated_backup_replication
SELECT pg_temp.verdicts('aws_automated_backup_replication', pg_temp.instances('{}', '{"DBInstanceAutomatedBackupsReplications": []}', '{"DBInstanceAutomatedBackupsReplications": [{"DBInstanceAutomatedBackupsArn": "x"}]}', '{"DBInstanceAutomatedBackupsReplications": "x"}'));
SELECT pg_temp.verdicts('aws_automated_backup_replication', pg_temp.clusters('{}'));

-- aws_latest_restorable_stale: only a fresh one decides when nobody knows of when the document is
SELECT pg_temp.verdicts('aws_latest_restorable_stale', pg_temp.instances('{"LatestRestorableTime": "2026-03-01T11:50:00+00:00"}', '{"LatestRestorableTime": "2026-03-01T11:40:00+00:00"}', '{"LatestRestorableTime": "2026-02-28T23:50:00Z"}', '{}',
                                                '{"LatestRestorableTime": "soon"}', '{"LatestRestorableTime": "2026-03-01T12:01:00+00:00"}', '{"BackupRetentionPeriod": 0}'));
SELECT pg_temp.verdicts('aws_latest_restorable_stale', pg_temp.instances('{"BackupRetentionPeriod": 0}'));
SELECT pg_temp.verdicts('aws_latest_restorable_stale', pg_temp.instances('{"LatestRestorableTime": "2026-02-28T23:50:00Z"}'), NULL);
SELECT pg_temp.verdicts('aws_latest_restorable_stale', pg_temp.instances(jsonb_build_object('LatestRestorableTime', to_char(now() AT TIME ZONE 'UTC' - interval '3 minutes', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))), NULL);

-- aws_copy_tags_to_snapshot, aws_deletion_protection_off, aws_multi_az_off
SELECT pg_temp.verdicts(c.id, pg_temp.documents(pg_temp.instances(jsonb_build_object(c.field, false), jsonb_build_object(c.field, true), '{}', jsonb_build_object(c.field, 'false'), jsonb_build_object(c.field, false, 'ReadReplicaSourceDBInstanceIdentifier', 'i1')),
                                                pg_temp.clusters(jsonb_build_object(c.field, false), jsonb_build_object(c.field, true))))
FROM (VALUES ('aws_copy_tags_to_snapshot', 'CopyTagsToSnapshot'), ('aws_deletion_protection_off', 'DeletionProtection'), ('aws_multi_az_off', 'MultiAZ')) AS c (id, field);

-- Snapshots: of clusters they have other names
\set snapshots '{"DBSnapshots": [{"DBSnapshotIdentifier": "s1", "Engine": "postgres", "SnapshotType": "manual", "Encrypted": false, "DBSnapshotArn": "arn:aws:rds:eu-west-1:123456789012:snapshot:s1", "SnapshotCreateTime": "2025-01-01T00:00:00+00:00"}, {"DBSnapshotIdentifier": "rds:s2", "Engine": "postgres", "SnapshotType": "automated", "Encrypted": false, "SnapshotCreateTime": "2025-01-01T00:00:00+00:00"}, {"DBSnapshotIdentifier": "s3", "Engine": "postgres", "SnapshotType": "manual", "Encrypted": true, "SnapshotCreateTime": "2026-02-01T00:00:00+00:00"}, {"DBSnapshotIdentifier": "s4", "Engine": "mysql", "Encrypted": false, "SnapshotType": "manual"}, {"DBSnapshotIdentifier": "s5", "Engine": "postgres"}]}'
\set cluster_snapshots '{"DBClusterSnapshots": [{"DBClusterSnapshotIdentifier": "c1", "Engine": "aurora-postgresql", "SnapshotType": "manual", "StorageEncrypted": false, "DBClusterSnapshotArn": "arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:c1", "SnapshotCreateTime": "2025-06-01T00:00:00+00:00"}, {"DBClusterSnapshotIdentifier": "c2", "Engine": "aurora-postgresql", "SnapshotType": "manual", "StorageEncrypted": true, "SnapshotCreateTime": "2026-02-28T00:00:00+00:00"}]}'
\set attributes '[{"DBSnapshotAttributesResult": {"DBSnapshotIdentifier": "s1", "DBSnapshotAttributes": [{"AttributeName": "other", "AttributeValues": ["all"]}, {"AttributeName": "restore", "AttributeValues": ["all", "210987654321"]}]}}, {"DBSnapshotAttributesResult": {"DBSnapshotIdentifier": "s3", "DBSnapshotAttributes": [{"AttributeName": "restore", "AttributeValues": []}]}}, {"DBSnapshotAttributesResult": {"DBSnapshotIdentifier": "gone", "DBSnapshotAttributes": []}}, {"DBClusterSnapshotAttributesResult": {"DBClusterSnapshotIdentifier": "c1", "DBClusterSnapshotAttributes": [{"AttributeName": "restore", "AttributeValues": ["345678901234", "210987654321"]}]}}, {"DBClusterSnapshotAttributesResult": {"DBClusterSnapshotIdentifier": "c2", "DBClusterSnapshotAttributes": [{"AttributeName": "restore", "AttributeValues": ["all"]}]}}]'
SELECT '-- ' || c.id || E'\n' || (SELECT string_agg(v, E'\n') FROM pg_temp.verdicts(c.id, pg_temp.documents(:'snapshots'::jsonb, :'cluster_snapshots'::jsonb, :'attributes'::jsonb)) AS v)
FROM unnest('{aws_snapshot_public,aws_snapshot_shared_cross_account,aws_snapshot_unencrypted,aws_snapshot_stale}'::text[]) AS c (id);
BEGIN;
UPDATE rds_guard.policy SET value = '["210987654321"]' WHERE name = 'aws_accounts';
SELECT pg_temp.verdicts('aws_snapshot_shared_cross_account', pg_temp.documents(:'snapshots'::jsonb, :'cluster_snapshots'::jsonb, :'attributes'::jsonb));
ROLLBACK;
-- of one name in two regions: a document says of which it is by its ARN, or by the name under which it was given
\set twins '{"DBSnapshots": [{"DBSnapshotIdentifier": "s", "Engine": "postgres", "SnapshotType": "manual", "Encrypted": false, "DBSnapshotArn": "arn:aws:rds:eu-west-1:123456789012:snapshot:s"}, {"DBSnapshotIdentifier": "s", "Engine": "postgres", "SnapshotType": "manual", "Encrypted": false, "DBSnapshotArn": "arn:aws:rds:us-east-1:123456789012:snapshot:s"}]}'
\set private '{"DBSnapshotAttributesResult": {"DBSnapshotIdentifier": "s", "DBSnapshotAttributes": [{"AttributeName": "restore", "AttributeValues": []}]}}'
\set public '{"DBSnapshotAttributesResult": {"DBSnapshotIdentifier": "s", "DBSnapshotAttributes": [{"AttributeName": "restore", "AttributeValues": ["all"]}]}}'
SELECT c.id || ' ' || d.n || ': ' || v
FROM unnest('{aws_snapshot_public,aws_snapshot_shared_cross_account}'::text[]) AS c (id)
CROSS JOIN (VALUES (1, jsonb_build_object('a', :'private'::jsonb)), (2, jsonb_build_object('a', :'public'::jsonb)), (3, jsonb_build_object('us-east-1 s', :'public'::jsonb, 'eu-west-1 s', :'private'::jsonb)),
                   (4, jsonb_build_array(replace(:'private', '"s"', '"arn:aws:rds:eu-west-1:123456789012:snapshot:s"')::jsonb, replace(:'private', '"s"', '"arn:aws:rds:us-east-1:123456789012:snapshot:s"')::jsonb))) AS d (n, attributes)
CROSS JOIN LATERAL pg_temp.verdicts(c.id, jsonb_build_object('snapshots', :'twins'::jsonb, 'attributes', d.attributes)) AS v
ORDER BY c.id, d.n, v COLLATE "C";
-- what a list alone does not tell, and where those of clusters are missing
SELECT pg_temp.verdicts(c.id, pg_temp.documents(:'snapshots'::jsonb, pg_temp.clusters('{}')))
FROM unnest('{aws_snapshot_public,aws_snapshot_shared_cross_account,aws_snapshot_unencrypted}'::text[]) AS c (id);
SELECT pg_temp.verdicts(c.id, '{"DBSnapshots": [{"DBSnapshotIdentifier": "s", "Engine": "postgres", "SnapshotType": "manual", "Encrypted": true, "SnapshotCreateTime": "2026-02-01T00:00:00+00:00"}]}') FROM unnest('{aws_snapshot_public,aws_snapshot_unencrypted,aws_snapshot_stale}'::text[]) AS c (id);
SELECT pg_temp.verdicts(c.id, d.document) FROM unnest('{aws_snapshot_public,aws_snapshot_stale}'::text[]) AS c (id), (VALUES (jsonb '{"DBSnapshots": []}'), ('{"DBSnapshots": [], "Marker": "m"}'), ('{"DBInstances": []}')) AS d (document);

-- aws_export_task_unencrypted
SELECT pg_temp.verdicts('aws_export_task_unencrypted', '{"ExportTasks": [{"ExportTaskIdentifier": "e1", "S3Bucket": "b", "SourceArn": "arn:aws:rds:eu-west-1:123456789012:snapshot:s1", "Status": "COMPLETE", "KmsKeyId": "k"}, {"ExportTaskIdentifier": "e2", "S3Bucket": "b", "Status": "FAILED"}, {"ExportTaskIdentifier": "e3", "Status": "COMPLETE"}]}');
BEGIN;
UPDATE rds_guard.policy SET value = '["b"]' WHERE name = 'aws_export_buckets';
SELECT pg_temp.verdicts('aws_export_task_unencrypted', '{"ExportTasks": [{"ExportTaskIdentifier": "e1", "S3Bucket": "b", "Status": "COMPLETE"}, {"ExportTaskIdentifier": "e2", "S3Bucket": "c", "Status": "COMPLETE"}]}');
ROLLBACK;
SELECT pg_temp.verdicts('aws_export_task_unencrypted', d.document) FROM (VALUES (jsonb '{"ExportTasks": []}'), ('{"ExportTasks": [], "Marker": "m"}'), ('{"DBInstances": []}')) AS d (document);

-- an empty name is no source: this is no replica
SELECT f.status, f.object FROM rds_guard.aws_report('{"DBInstances": [{"DBInstanceIdentifier": "a", "Engine": "postgres", "BackupRetentionPeriod": 0, "ReadReplicaSourceDBInstanceIdentifier": ""}]}', '{aws_backup_disabled}') AS f;
SELECT f.status, f.object FROM rds_guard.aws_report('{"DBInstances": [{"DBInstanceIdentifier": "a", "Engine": "postgres", "BackupRetentionPeriod": 0, "ReadReplicaSourceDBInstanceIdentifier": "b"}]}', '{aws_backup_disabled}') AS f;
-- nor is an empty name a cluster
SELECT f.status, f.object FROM rds_guard.aws_report('{"DBInstances": [{"DBInstanceIdentifier": "a", "Engine": "postgres", "BackupRetentionPeriod": 0, "DBClusterIdentifier": ""}]}', '{aws_backup_disabled}') AS f;
-- replicas alone have nothing of this; with pages or instances that are missing there may be more
SELECT c.id, d.about, f.status, f.object, f.detail
FROM unnest('{aws_backup_disabled,aws_backup_retention_short,aws_backup_not_in_plan,aws_automated_backup_replication,aws_latest_restorable_stale,aws_multi_az_off}'::text[]) AS c (id),
     (VALUES (1, 'alone', '{}'::jsonb), (2, 'more pages', '{"Marker": "m"}'), (3, 'a database', pg_temp.instances('{"BackupRetentionPeriod": 0, "MultiAZ": false}', '{"ReadReplicaSourceDBInstanceIdentifier": "i1", "BackupRetentionPeriod": 0, "MultiAZ": false}'))) AS d (n, about, more),
     LATERAL rds_guard.aws_report(pg_temp.documents('{"Results": []}', pg_temp.instances('{"ReadReplicaSourceDBInstanceIdentifier": "b", "BackupRetentionPeriod": 0, "MultiAZ": false}') || d.more), ARRAY[c.id]) AS f
ORDER BY d.n, f.check_id, f.object COLLATE "C";
SELECT pg_temp.verdicts('aws_backup_disabled', pg_temp.clusters('{"BackupRetentionPeriod": 1, "ReplicationSourceIdentifier": "arn:aws:rds:us-east-1:123456789012:cluster:c1"}') - d.less)
FROM (VALUES ('none'), ('DBInstances')) AS d (less);
