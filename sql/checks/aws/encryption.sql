-- Encryption of what RDS stores and of connections to it, as Amazon's command
-- line tells.

SELECT rds_guard.define_check('aws_storage_unencrypted', 'aws_encryption', 'critical',
    title => 'The storage of a database on RDS is not encrypted',
    why => 'Data files, WAL, logs, backups and snapshots lie on Amazon''s disks as they are, and no key stands between a shared or copied snapshot and its reader.',
    remedy => 'It cannot be switched on. Copy a snapshot with a key, restore that as a new database and move to it; replicas of the old one are not encrypted either, and its snapshots stay as they are.',
    needs => 'describe-db-instances, and describe-db-clusters where there are clusters',
    refs => ARRAY['Security Hub RDS.3', 'Security Hub RDS.27'],
    scope => 'aws',
    rule => $$
        SELECT d.object,
               rds_guard.aws_detail(v.wrong, 'StorageEncrypted is false', d.item, '{StorageEncrypted}'),
               rds_guard.aws_fix(v.wrong, NULL, d.item),
               rds_guard.aws_evidence(v.wrong, d.item, '{StorageEncrypted}')
        FROM rds_guard.aws_databases($1) AS d
        CROSS JOIN LATERAL (SELECT NOT rds_guard.aws_bool(d.item, 'StorageEncrypted')) AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_kms_default_key', 'aws_encryption', 'low',
    title => 'A database on RDS is encrypted with a key of Amazon''s',
    why => 'The policy of the key aws/rds cannot be changed: everybody in the account who may use RDS may use it, it cannot be switched off, and a snapshot cannot be shared with it but after a copy.',
    remedy => 'Copy a snapshot with a key of your own and restore that. The key of a database cannot be changed.',
    needs => 'describe-db-instances, describe-db-clusters where there are clusters, and describe-key of their keys',
    refs => '{}',
    scope => 'aws',
    rule => $$
        WITH keys AS MATERIALIZED (
            SELECT DISTINCT k.item #>> '{KeyMetadata,Arn}' AS arn, k.item #>> '{KeyMetadata,KeyManager}' AS manager
            FROM jsonb_array_elements(coalesce($1 -> 'describe-key', '[]')) AS k (item)
        )
        SELECT d.object,
               CASE WHEN v.wrong THEN format('KeyManager of %s is AWS', d.item ->> 'KmsKeyId')
                    WHEN d.item IS NULL OR d.item ->> 'KmsKeyId' IS NULL THEN rds_guard.aws_detail(NULL, NULL, d.item, '{StorageEncrypted,KmsKeyId}')
                    ELSE format('describe-key of %s is not among the documents', d.item ->> 'KmsKeyId') END,
               CASE WHEN v.wrong THEN NULL
                    WHEN d.item ->> 'KmsKeyId' IS NOT NULL THEN format('%s --key-id %s --output json', rds_guard.aws_call('kms describe-key', d.item ->> 'KmsKeyId'), rds_guard.aws_arg(d.item ->> 'KmsKeyId'))
                    ELSE rds_guard.aws_fix(NULL, NULL, d.item) END,
               rds_guard.aws_evidence(v.wrong, d.item, '{StorageEncrypted,KmsKeyId}')
               || CASE WHEN v.wrong IS NULL AND d.item ->> 'KmsKeyId' IS NOT NULL THEN '{"unknown": "Run the command and add what it prints to the documents."}'::jsonb ELSE '{}'::jsonb END
        FROM rds_guard.aws_databases($1) AS d
        LEFT JOIN keys AS k ON k.arn = d.item ->> 'KmsKeyId'
        CROSS JOIN LATERAL (SELECT CASE WHEN NOT rds_guard.aws_bool(d.item, 'StorageEncrypted') THEN false
                                        WHEN k.manager = 'AWS' THEN true WHEN k.manager = 'CUSTOMER' THEN false END) AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_force_ssl_off', 'aws_encryption', 'high',
    title => 'A database on RDS takes connections without TLS',
    why => 'With rds.force_ssl off a client that does not ask for TLS sends its password and gets its data in the clear.',
    remedy => 'Set rds.force_ssl to 1 in the parameter group of the instance, or of the cluster; a default group has to be replaced by one of your own first. Give the documents of parameters under names that have that of the group. Without a document of a default group, its version tells: RDS forces TLS by default from PostgreSQL 15 on, Aurora from 17 on.',
    needs => 'describe-db-parameters or describe-db-cluster-parameters of each group, describe-db-instances, and describe-db-clusters where there are clusters',
    refs => ARRAY['Security Hub RDS.38'],
    scope => 'aws',
    rule => $$
        SELECT p.object,
               CASE WHEN p.problem IS NOT NULL THEN p.problem
                    WHEN v.forced IS NULL THEN format('rds.force_ssl of %s is %s', p.group_name, coalesce(to_json(p.value)::text, 'left to a version that is not known'))
                    WHEN v.forced THEN format('rds.force_ssl of %s is %s, and changes wait for a reboot', p.group_name, coalesce(p.value, '1 by default'))
                    ELSE format('rds.force_ssl of %s is %s', p.group_name, coalesce(p.value, '0 by default')) END,
               CASE WHEN p.problem IS NOT NULL THEN p.command
                    WHEN v.forced IS FALSE THEN rds_guard.aws_set_parameters(p.kind, p.group_name, p.arn, '{rds.force_ssl=1=immediate}') END,
               jsonb_build_object('group', p.group_name, 'rds.force_ssl', p.value, 'major', p.major)
               || CASE WHEN p.problem IS NOT NULL THEN '{"unknown": "Run the command and add what it prints to the documents, under the name of the group."}'::jsonb
                       WHEN v.forced IS NULL THEN '{"unknown": "Give the document as the command prints it, whole and anew."}'
                       WHEN v.forced THEN '{"unknown": "Reboot the database, or look at rds.force_ssl in it."}' ELSE '{}'::jsonb END
        FROM rds_guard.aws_parameters($1, '{rds.force_ssl}') AS p
        CROSS JOIN LATERAL (SELECT CASE WHEN p.value IS NULL THEN p.major >= CASE p.engine WHEN 'postgres' THEN 15 ELSE 17 END
                                        WHEN lower(p.value) IN ('1', 'on', 'true') THEN true
                                        WHEN lower(p.value) IN ('0', 'off', 'false') THEN false END) AS v (forced)
        WHERE p.problem IS NOT NULL OR v.forced IS NOT TRUE OR p.waits
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_ca_certificate_expiring', 'aws_encryption', 'high',
    title => 'The certificate of a database on RDS has expired or soon will',
    why => 'Clients that verify the certificate cannot connect from that moment on, and somebody will be tempted to switch verification off.',
    remedy => 'Give clients the new bundle of certificates first, then let RDS rotate the certificate: aws rds modify-db-instance --ca-certificate-identifier with an authority such as rds-ca-rsa2048-g1. How many days ahead this is reported is the policy certificate_days_medium, and certificate_days_high with high severity.',
    needs => 'describe-db-instances, and the policy',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT i.object,
               CASE WHEN v.old THEN 'its certificate is of the authority rds-ca-2019, which has expired'
                    ELSE rds_guard.aws_detail(v.wrong, format('its certificate is valid until %s, %s days more', i.item #>> '{CertificateDetails,ValidTill}', v.days), coalesce(i.item -> 'CertificateDetails', '{}'), '{ValidTill}') END,
               NULL,
               jsonb_build_object('authority', v.authority, 'valid_till', i.item #> '{CertificateDetails,ValidTill}',
                                  'severity', CASE WHEN v.wrong AND NOT v.old AND v.days >= (SELECT rds_guard.policy_number('certificate_days_high')) THEN 'medium' ELSE 'high' END)
               || rds_guard.aws_evidence(v.wrong, coalesce(i.item -> 'CertificateDetails', '{}'), '{}')
        FROM rds_guard.aws_instances($1) AS i
        CROSS JOIN LATERAL (
            SELECT a.old OR a.days < (SELECT rds_guard.policy_number('certificate_days_medium')), a.old, a.days, a.authority
            FROM (SELECT coalesce(n.authority = 'rds-ca-2019', false), n.authority,
                         floor(extract(epoch FROM rds_guard.aws_time(i.item -> 'CertificateDetails', 'ValidTill') - coalesce(rds_guard.aws_captured($1), now())) / 86400)::bigint
                  FROM (SELECT coalesce(rds_guard.aws_text(i.item -> 'CertificateDetails', 'CAIdentifier'), rds_guard.aws_text(i.item, 'CACertificateIdentifier'))) AS n (authority)) AS a (old, authority, days)) AS v (wrong, old, days, authority)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances}') AS u
    $$);
