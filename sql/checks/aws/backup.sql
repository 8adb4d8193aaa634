-- Backups of RDS and Aurora, as Amazon's command line tells, and what keeps a
-- database alive. A replica has the backups of what it follows, a member those
-- of its cluster. No command says --apply-immediately: with it everything else
-- that is pending would be applied, restarts included.

SELECT rds_guard.define_check('aws_backup_disabled', 'aws_backup', 'high',
    title => 'A database on RDS has no automated backups',
    why => 'With a retention of 0 days RDS takes no backups by itself and keeps no WAL: what is deleted, by mistake or by an intruder, is gone, and so is what it said before.',
    remedy => 'Keep backups for some days; how many is the policy aws_backup_days. That interrupts the service once, for seconds to minutes, in the next maintenance window unless the command says --apply-immediately. A replica is not judged, nor is a member of a cluster, which has the backups of its cluster.',
    needs => 'describe-db-instances, and describe-db-clusters where there are clusters',
    refs => ARRAY['Security Hub RDS.11'],
    scope => 'aws',
    rule => $$
        SELECT d.object,
               rds_guard.aws_detail(v.wrong, 'BackupRetentionPeriod is 0', d.item, '{BackupRetentionPeriod}'),
               rds_guard.aws_fix(v.wrong, format('%s --backup-retention-period %s', d.modify,
                                                 greatest((SELECT rds_guard.policy_number('aws_backup_days')), 1)), d.item),
               rds_guard.aws_evidence(v.wrong, d.item, '{BackupRetentionPeriod}')
        FROM rds_guard.aws_originals($1) AS d
        CROSS JOIN LATERAL (SELECT rds_guard.aws_number(d.item, 'BackupRetentionPeriod') = 0) AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_backup_retention_short', 'aws_backup', 'medium',
    title => 'RDS keeps the backups of a database for a short time only',
    why => 'Damage that is found later than that can no longer be undone: an intruder who waits, or a mistake that shows at the end of the month, outlives the last good backup.',
    remedy => 'Keep backups longer, 35 days at most; how long they should be kept is the policy aws_backup_days. The change is no outage; storage of backups costs.',
    needs => 'describe-db-instances, describe-db-clusters where there are clusters, and the policy',
    refs => ARRAY['Security Hub RDS.11'],
    scope => 'aws',
    rule => $$
        SELECT d.object,
               rds_guard.aws_detail(v.wrong, format('BackupRetentionPeriod is %s, less than %s', v.days, v.least), d.item, '{BackupRetentionPeriod}'),
               rds_guard.aws_fix(v.wrong, format('%s --backup-retention-period %s', d.modify, least(v.least, 35)), d.item),
               rds_guard.aws_evidence(v.wrong, d.item, '{BackupRetentionPeriod}')
        FROM rds_guard.aws_originals($1) AS d
        CROSS JOIN LATERAL (SELECT b.days > 0 AND b.days < b.least, b.days, b.least
                            FROM (SELECT rds_guard.aws_number(d.item, 'BackupRetentionPeriod'), (SELECT rds_guard.policy_number('aws_backup_days'))) AS b (days, least)) AS v (wrong, days, least)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_backup_not_in_plan', 'aws_backup', 'medium',
    title => 'AWS Backup has no recovery point of a database',
    why => 'Automated backups of RDS are deleted with the instance unless somebody keeps them, and whoever may delete it may do that. A vault of AWS Backup can be locked and lie in another account.',
    remedy => 'Assign the database to a plan of AWS Backup; of Aurora and Multi-AZ clusters the cluster. Here counts what has been backed up at least once.',
    needs => 'list-protected-resources, describe-db-instances, and describe-db-clusters where there are clusters',
    refs => ARRAY['Security Hub RDS.26'],
    scope => 'aws',
    rule => $$
        WITH protected AS MATERIALIZED (
            SELECT DISTINCT p.item ->> 'ResourceArn' AS arn FROM rds_guard.aws_items($1, 'Results') AS p (item)
        )
        SELECT d.object,
               CASE WHEN d.arn IS NULL THEN 'the document does not tell its ARN' ELSE 'its ARN is not among the resources that AWS Backup protects' END,
               NULL,
               jsonb_build_object('arn', d.arn) || CASE WHEN d.arn IS NULL THEN '{"unknown": "Give the document as the command prints it, whole and anew."}' ELSE '{}'::jsonb END
        FROM rds_guard.aws_originals($1) AS d
        LEFT JOIN protected AS p ON p.arn = CASE WHEN d.item IS NULL THEN regexp_replace(d.arn, '^((?:[^:]*:){5}).*$', '\1cluster:') || d.identifier ELSE d.arn END
        WHERE p.arn IS NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{Results,DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_automated_backup_replication', 'aws_backup', 'info',
    title => 'The automated backups of an instance stay in its region',
    why => 'What takes away a region, or an account in it, takes the instance and its backups with it.',
    remedy => 'Where the data must survive its region: replicate automated backups to another one, with aws rds start-db-instance-automated-backups-replication there. Clusters have other means, snapshots that are copied and global databases, which are not judged here.',
    needs => 'describe-db-instances',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT d.object,
               rds_guard.aws_detail(v.wrong, 'DBInstanceAutomatedBackupsReplications is empty', d.item, '{DBInstanceAutomatedBackupsReplications}'),
               NULL,
               rds_guard.aws_evidence(v.wrong, d.item, '{DBInstanceAutomatedBackupsReplications}')
        FROM rds_guard.aws_originals($1, 'instance') AS d
        CROSS JOIN LATERAL (SELECT rds_guard.aws_list(d.item, 'DBInstanceAutomatedBackupsReplications', '[]') = '[]') AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances}') AS u
    $$);

SELECT rds_guard.define_check('aws_latest_restorable_stale', 'aws_backup', 'medium',
    title => 'A database on RDS cannot be restored to the last minutes',
    why => 'RDS uploads WAL every five minutes. When the latest time to which a database can be restored stays behind, its backups have come to a halt, and nobody may notice until they are needed.',
    remedy => 'Look at the events of the instance and at its storage. How far it may stay behind is the policy aws_restorable_seconds, measured at the time that aws_report() gets as captured; without that only a fresh document decides.',
    needs => 'describe-db-instances, describe-db-clusters where there are clusters, and the policy',
    refs => '{}',
    scope => 'aws',
    rule => $$
        WITH backed_up AS MATERIALIZED (
            SELECT d.object, d.item FROM rds_guard.aws_originals($1) AS d WHERE rds_guard.aws_number(d.item, 'BackupRetentionPeriod') IS DISTINCT FROM 0
        )
        SELECT d.object,
               CASE WHEN v.at IS NULL THEN rds_guard.aws_detail(NULL, NULL, d.item, '{LatestRestorableTime}')
                    ELSE format('LatestRestorableTime is %s%s', d.item ->> 'LatestRestorableTime',
                                CASE WHEN v.wrong THEN format(', %s seconds before the document', v.seconds) ELSE '; when the document was printed is not known' END) END,
               rds_guard.aws_fix(false, NULL, d.item),
               rds_guard.aws_evidence(v.wrong, d.item, '{LatestRestorableTime}')
               || CASE WHEN v.at IS NOT NULL AND v.wrong IS NULL THEN '{"unknown": "Give aws_report() the time at which the document was printed, as captured."}' ELSE '{}'::jsonb END
        FROM backed_up AS d
        CROSS JOIN LATERAL (
            SELECT CASE WHEN a.seconds <= (SELECT rds_guard.policy_number('aws_restorable_seconds')) THEN false
                        WHEN a.captured IS NOT NULL AND a.at IS NOT NULL THEN true END,
                   a.at, a.seconds
            FROM (SELECT t.at, t.captured, floor(extract(epoch FROM coalesce(t.captured, now()) - t.at))::bigint
                  FROM (SELECT rds_guard.aws_time(d.item, 'LatestRestorableTime'), rds_guard.aws_captured($1)) AS t (at, captured)) AS a (at, captured, seconds)) AS v (wrong, at, seconds)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT EXISTS (SELECT FROM backed_up) AND NOT $1 #> '{about,truncated}' ?| '{DBInstances,DBClusters}'
                   THEN rds_guard.not_applicable('no database among the documents has backups: see aws_backup_disabled') ELSE false END
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_copy_tags_to_snapshot', 'aws_backup', 'low',
    title => 'Snapshots do not carry the tags of their database',
    why => 'Policies that go by tags, such as who may restore or share data of a class, do not hold for a snapshot without them.',
    remedy => 'Copy tags to snapshots. It takes effect at once and changes no snapshot that is there. For Aurora and Multi-AZ clusters the cluster decides.',
    needs => 'describe-db-instances, and describe-db-clusters where there are clusters',
    refs => ARRAY['Security Hub RDS.16', 'Security Hub RDS.17'],
    scope => 'aws',
    rule => $$
        SELECT d.object,
               rds_guard.aws_detail(v.wrong, 'CopyTagsToSnapshot is false', d.item, '{CopyTagsToSnapshot}'),
               rds_guard.aws_fix(v.wrong, d.modify || ' --copy-tags-to-snapshot', d.item),
               rds_guard.aws_evidence(v.wrong, d.item, '{CopyTagsToSnapshot}')
        FROM rds_guard.aws_databases($1) AS d
        CROSS JOIN LATERAL (SELECT NOT rds_guard.aws_bool(d.item, 'CopyTagsToSnapshot')) AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_deletion_protection_off', 'aws_backup', 'medium',
    title => 'A database on RDS can be deleted by one call',
    why => 'Without deletion protection one wrong or hostile call deletes the database, and its automated backups with it unless it says otherwise.',
    remedy => 'Switch deletion protection on; it takes effect at once and can be switched off before a deletion that is meant. Members of a cluster cannot have it, their cluster can.',
    needs => 'describe-db-instances, and describe-db-clusters where there are clusters',
    refs => ARRAY['Security Hub RDS.7', 'Security Hub RDS.8'],
    scope => 'aws',
    rule => $$
        SELECT d.object,
               rds_guard.aws_detail(v.wrong, 'DeletionProtection is false', d.item, '{DeletionProtection}'),
               rds_guard.aws_fix(v.wrong, d.modify || ' --deletion-protection', d.item),
               rds_guard.aws_evidence(v.wrong, d.item, '{DeletionProtection}')
        FROM rds_guard.aws_databases($1) AS d
        CROSS JOIN LATERAL (SELECT NOT rds_guard.aws_bool(d.item, 'DeletionProtection')) AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_multi_az_off', 'aws_backup', 'medium',
    title => 'A database on RDS is in one availability zone only',
    why => 'When the zone or the machine fails, the database is down until it has been restored, and what was written since the last upload of WAL is lost.',
    remedy => 'Make the instance Multi-AZ, which is no outage but doubles its price, in the next maintenance window unless the command says --apply-immediately; give an Aurora cluster a reader in another zone. Replicas are not judged. Members of a cluster always say false: the cluster counts.',
    needs => 'describe-db-instances, and describe-db-clusters where there are clusters',
    refs => ARRAY['Security Hub RDS.5', 'Security Hub RDS.15'],
    scope => 'aws',
    rule => $$
        SELECT d.object,
               rds_guard.aws_detail(v.wrong, 'MultiAZ is false', d.item, '{MultiAZ}'),
               rds_guard.aws_fix(v.wrong, CASE d.kind WHEN 'instance' THEN d.modify || ' --multi-az' END, d.item),
               rds_guard.aws_evidence(v.wrong, d.item, '{MultiAZ}')
        FROM rds_guard.aws_originals($1) AS d
        CROSS JOIN LATERAL (SELECT NOT rds_guard.aws_bool(d.item, 'MultiAZ')) AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);
