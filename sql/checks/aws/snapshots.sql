-- Snapshots and exports: copies of the data that have no firewall and no
-- pg_hba.conf, only a list of accounts that may restore them.

SELECT rds_guard.define_check('aws_snapshot_public', 'aws_backup', 'critical',
    title => 'Everybody on AWS may restore a snapshot of a database',
    why => 'A public snapshot is found by whoever looks for public snapshots, and restored with all its data into any account, without a trace in one''s own.',
    remedy => 'Take it back at once and consider the data published. Only manual snapshots can be public, and only those that are not encrypted.',
    needs => 'describe-db-snapshots, and describe-db-snapshot-attributes of each that is manual; the same of clusters',
    refs => ARRAY['Security Hub RDS.1'],
    scope => 'aws',
    rule => $$
        SELECT s.object,
               CASE WHEN v.wrong IS NULL THEN rds_guard.aws_restorers_unread(s.restorers)
                    WHEN s.certain THEN 'its attribute restore has all' ELSE 'the attribute restore of a snapshot of that name has all' END,
               CASE WHEN v.wrong THEN format('%s --db-%s-identifier %s --attribute-name restore --values-to-remove all',
                                             rds_guard.aws_call(format('rds modify-db-%s-attribute', s.kind), s.arn), s.kind, rds_guard.aws_arg(s.identifier))
                    ELSE format('%s --db-%s-identifier %s --output json', rds_guard.aws_call(format('rds describe-db-%s-attributes', s.kind), s.arn), s.kind, rds_guard.aws_arg(s.identifier)) END,
               jsonb_build_object('restore', s.restorers, 'encrypted', s.encrypted)
               || CASE WHEN v.wrong THEN '{}' ELSE '{"unknown": "Run the command and add what it prints to the documents, under a name with the region."}'::jsonb END
        FROM rds_guard.aws_snapshots($1) AS s
        CROSS JOIN LATERAL (SELECT CASE WHEN s.restorers ? 'all' THEN true
                                        WHEN s.restorers IS NOT NULL AND s.certain THEN false
                                        -- an encrypted one cannot be public, nor can an automated one
                                        WHEN s.encrypted OR s.type = 'automated' THEN false END) AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread_snapshots($1) AS u
    $$);

SELECT rds_guard.define_check('aws_snapshot_shared_cross_account', 'aws_backup', 'high',
    title => 'Another account may restore a snapshot of a database',
    why => 'Whoever is mighty in that account has all the data as it was, and no way in to the database is needed. Sharing for once is easily forgotten.',
    remedy => 'Take back what is no longer needed. Accounts that may have the data are the policy aws_accounts.',
    needs => 'describe-db-snapshots, describe-db-snapshot-attributes of each that is manual, the same of clusters, and the policy',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT s.object,
               CASE WHEN a.accounts IS NULL THEN rds_guard.aws_restorers_unread(s.restorers)
                    ELSE format('accounts that may restore it: %s', array_to_string(a.accounts, ', ')) END,
               CASE WHEN a.accounts IS NULL THEN format('%s --db-%s-identifier %s --output json', rds_guard.aws_call(format('rds describe-db-%s-attributes', s.kind), s.arn), s.kind, rds_guard.aws_arg(s.identifier))
                    ELSE format('%s --db-%s-identifier %s --attribute-name restore --values-to-remove %s',
                                rds_guard.aws_call(format('rds modify-db-%s-attribute', s.kind), s.arn), s.kind, rds_guard.aws_arg(s.identifier),
                                (SELECT string_agg(rds_guard.aws_arg(x.account), ' ') FROM unnest(a.accounts) AS x (account))) END,
               jsonb_build_object('restore', to_jsonb(a.accounts))
               || CASE WHEN a.accounts IS NULL THEN '{"unknown": "Run the command and add what it prints to the documents, under a name with the region."}'::jsonb
                       WHEN a.allowed THEN '{"allowed_by": "aws_accounts"}' ELSE '{}'::jsonb END
        FROM rds_guard.aws_snapshots($1) AS s
        LEFT JOIN LATERAL (
            SELECT array_agg(r.account ORDER BY r.account COLLATE "C"), r.account = ANY ((SELECT rds_guard.policy_names('aws_accounts'))::text[])
            FROM jsonb_array_elements_text(s.restorers) AS r (account)
            WHERE r.account <> 'all'
            GROUP BY 2) AS a (accounts, allowed) ON true
        WHERE a.accounts IS NOT NULL OR ((s.restorers IS NULL OR NOT s.certain) AND s.type IS DISTINCT FROM 'automated')
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread_snapshots($1) AS u
    $$);

SELECT rds_guard.define_check('aws_snapshot_unencrypted', 'aws_backup', 'high',
    title => 'A snapshot of a database is not encrypted',
    why => 'It can be made public, and whoever gets it reads it without a key. Those from before a database was encrypted stay as they were.',
    remedy => 'Copy the snapshot with a key, aws rds copy-db-snapshot --kms-key-id, and delete the old one.',
    needs => 'describe-db-snapshots, and describe-db-cluster-snapshots where there are clusters',
    refs => ARRAY['Security Hub RDS.4'],
    scope => 'aws',
    rule => $$
        SELECT s.object,
               rds_guard.aws_detail(v.wrong, 'it is not encrypted', s.item, ARRAY[v.field]),
               NULL,
               rds_guard.aws_evidence(v.wrong, s.item, ARRAY[v.field, 'SnapshotType'])
        FROM rds_guard.aws_snapshots($1) AS s
        CROSS JOIN LATERAL (SELECT NOT s.encrypted, CASE s.kind WHEN 'snapshot' THEN 'Encrypted' ELSE 'StorageEncrypted' END) AS v (wrong, field)
        WHERE s.item IS NOT NULL AND v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread_snapshots($1) AS u
    $$);

SELECT rds_guard.define_check('aws_snapshot_stale', 'aws_backup', 'low',
    title => 'A manual snapshot of a database is old',
    why => 'Manual snapshots stay until somebody deletes them. Old ones hold data that should be gone, passwords of then, and nobody looks after them.',
    remedy => 'Delete what nobody needs. How old a snapshot may be is the policy aws_snapshot_days.',
    needs => 'describe-db-snapshots, describe-db-cluster-snapshots where there are clusters, and the policy',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT s.object,
               rds_guard.aws_detail(v.wrong, format('SnapshotCreateTime is %s, %s days before', s.item ->> 'SnapshotCreateTime', v.days), s.item, '{SnapshotType,SnapshotCreateTime}'),
               NULL,
               rds_guard.aws_evidence(v.wrong, s.item, '{SnapshotType,SnapshotCreateTime}')
        FROM rds_guard.aws_snapshots($1) AS s
        CROSS JOIN LATERAL (SELECT a.days > (SELECT rds_guard.policy_number('aws_snapshot_days')), a.days
                            FROM (SELECT floor(extract(epoch FROM coalesce(rds_guard.aws_captured($1), now()) - s.created) / 86400)::bigint) AS a (days)) AS v (wrong, days)
        WHERE s.item IS NOT NULL AND v.wrong IS NOT FALSE AND coalesce(s.type = 'manual', true)
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread_snapshots($1) AS u
    $$);

SELECT rds_guard.define_check('aws_export_task_unencrypted', 'aws_backup', 'medium',
    title => 'A snapshot or cluster was exported to a bucket that is not known',
    why => 'An export is the data as files: from then on the bucket and its key decide who reads them, and the database knows nothing of it.',
    remedy => 'Ask who exported it and what for; look at who may read the bucket, and delete what is not needed. Buckets for exports are the policy aws_export_buckets. Exports that failed or were cancelled are not judged.',
    needs => 'describe-export-tasks, and the policy',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT 'export ' || (t.item ->> 'ExportTaskIdentifier'),
               CASE WHEN b.bucket IS NULL THEN rds_guard.aws_detail(NULL, NULL, t.item, '{S3Bucket}')
                    ELSE format('bucket %s, from %s, status %s', b.bucket, coalesce(t.item ->> 'SourceArn', 'what it does not say'), coalesce(t.item ->> 'Status', 'not known')) END,
               NULL,
               rds_guard.aws_evidence(CASE WHEN b.bucket IS NOT NULL THEN true END, t.item, '{S3Bucket,S3Prefix,IamRoleArn,KmsKeyId,SourceArn,Status,TaskStartTime}')
               || CASE WHEN b.bucket = ANY ((SELECT rds_guard.policy_names('aws_export_buckets'))::text[]) THEN '{"allowed_by": "aws_export_buckets"}' ELSE '{}'::jsonb END
        FROM rds_guard.aws_items($1, 'ExportTasks') AS t (item)
        CROSS JOIN LATERAL (SELECT rds_guard.aws_text(t.item, 'S3Bucket')) AS b (bucket)
        WHERE coalesce(t.item ->> 'Status', '') NOT IN ('FAILED', 'CANCELED')
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{ExportTasks}') AS u
    $$);
