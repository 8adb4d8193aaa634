-- Backups and snapshots of RDS and Aurora, as Amazon's command line tells. A
-- replica has the backups of what it follows, a member those of its cluster.

SELECT rds_guard.define_check('aws_backup_disabled', 'aws_backup', 'high',
    title => 'A database on RDS has no automated backups',
    why => 'With a retention of 0 days RDS takes no backups by itself and keeps no WAL: what is deleted, by mistake or by an intruder, is gone, and so is what it said before.',
    remedy => 'Keep backups for some days; how many is the policy aws_backup_days. The change takes effect at once and starts a first backup. A replica is not judged, nor is a member of a cluster, which has the backups of its cluster.',
    needs => 'describe-db-instances, and describe-db-clusters where there are clusters',
    refs => ARRAY['Security Hub RDS.11'],
    scope => 'aws',
    rule => $$
        SELECT d.object,
               rds_guard.aws_detail(v.wrong, 'BackupRetentionPeriod is 0', d.item, '{BackupRetentionPeriod}'),
               rds_guard.aws_fix(v.wrong, format('%s --backup-retention-period %s --apply-immediately', d.modify,
                                                 greatest((SELECT rds_guard.policy_number('aws_backup_days')), 1)), d.item),
               rds_guard.aws_evidence(v.wrong, d.item, '{BackupRetentionPeriod}')
        FROM rds_guard.aws_databases($1) AS d
        CROSS JOIN LATERAL (SELECT rds_guard.aws_number(d.item, 'BackupRetentionPeriod') = 0) AS v (wrong)
        WHERE NOT d.is_replica AND v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);
