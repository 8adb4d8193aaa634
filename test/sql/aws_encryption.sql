-- Encryption and certificates on RDS and Aurora: each check fails, passes, and does not know.
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

-- aws_storage_unencrypted: of a cluster once
SELECT pg_temp.verdicts('aws_storage_unencrypted', pg_temp.documents(pg_temp.instances('{"StorageEncrypted": false}', '{"StorageEncrypted": true}', '{}', '{"StorageEncrypted": "true"}', '{"StorageEncrypted": false, "ReadReplicaSourceDBInstanceIdentifier": "i1"}'),
                                                                     pg_temp.clusters('{"StorageEncrypted": false}', '{"StorageEncrypted": true}')));
SELECT pg_temp.verdicts('aws_storage_unencrypted', pg_temp.clusters('{}') - 'DBClusters');

-- aws_kms_default_key
SELECT pg_temp.verdicts('aws_kms_default_key', pg_temp.documents(pg_temp.instances('{"StorageEncrypted": true, "KmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/a"}', '{"StorageEncrypted": true, "KmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/b"}',
    '{"StorageEncrypted": true, "KmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/c"}', '{"StorageEncrypted": false}', '{"StorageEncrypted": true}'),
    '{"KeyMetadata": {"KeyId": "a", "Arn": "arn:aws:kms:eu-west-1:123456789012:key/a", "KeyManager": "AWS"}}', '{"KeyMetadata": {"KeyId": "b", "Arn": "arn:aws:kms:eu-west-1:123456789012:key/b", "KeyManager": "CUSTOMER"}}'));

-- aws_force_ssl_off: what a group leaves to the engine depends on the version
CREATE FUNCTION pg_temp.group(name text, version text, state text DEFAULT 'in-sync') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('EngineVersion', version, 'DBParameterGroups', jsonb_build_array(jsonb_build_object('DBParameterGroupName', name, 'ParameterApplyStatus', state)))
$$;
SELECT pg_temp.verdicts('aws_force_ssl_off', jsonb_build_object('instances', pg_temp.instances(pg_temp.group('on', '14.6'), pg_temp.group('off', '16.4'), pg_temp.group('default.postgres14', '14.6'), pg_temp.group('default.postgres15', '15.4'),
        pg_temp.group('unset', '14.6'), pg_temp.group('unset', '16.4-R2'), pg_temp.group('on', '16.4', 'pending-reboot'), pg_temp.group('static', '16.4', 'pending-reboot'), pg_temp.group('static', '16.4'), pg_temp.group('nowhere', '16.4'), '{}', pg_temp.group('odd', '16.4'), pg_temp.group('unset', 'x'), pg_temp.group('two', '16.4')),
    '/tmp/on.json', jsonb '{"Parameters": [{"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyType": "dynamic"}]}', 'off', jsonb '{"Parameters": [{"ParameterName": "rds.force_ssl", "ParameterValue": "0", "ApplyType": "dynamic"}]}',
    'unset', jsonb '{"Parameters": [{"ParameterName": "rds.force_ssl", "ApplyType": "dynamic"}]}', 'static', jsonb '{"Parameters": [{"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyType": "static"}]}',
    'odd', jsonb '{"Parameters": [{"ParameterName": "rds.force_ssl", "ParameterValue": "maybe"}]}', 'two a', jsonb '{"Parameters": [{"ParameterName": "rds.force_ssl", "ParameterValue": "1"}]}', 'two b', jsonb '{"Parameters": [{"ParameterName": "rds.force_ssl", "ParameterValue": "0"}]}'));
-- parameters without a name are nobody's; the cluster's group counts, not that of its members
SELECT pg_temp.verdicts('aws_force_ssl_off', pg_temp.documents(pg_temp.instances(pg_temp.group('g', '16.4')), '{"Parameters": [{"ParameterName": "rds.force_ssl", "ParameterValue": "1"}]}'));
SELECT pg_temp.verdicts('aws_force_ssl_off', jsonb_build_object('clusters', pg_temp.clusters('{"EngineVersion": "16.4", "DBClusterParameterGroup": "default.aurora-postgresql16"}', '{"EngineVersion": "17.4", "DBClusterParameterGroup": "default.aurora-postgresql17"}',
        '{"EngineVersion": "16.4", "DBClusterParameterGroup": "on", "DBClusterMembers": [{"DBInstanceIdentifier": "a", "DBClusterParameterGroupStatus": "in-sync"}, {"DBInstanceIdentifier": "b", "DBClusterParameterGroupStatus": "pending-reboot"}]}', '{"EngineVersion": "16.4", "DBClusterParameterGroup": "off"}', '{}'),
    'on', jsonb '{"Parameters": [{"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyType": "static"}]}', 'off', jsonb '{"Parameters": [{"ParameterName": "rds.force_ssl", "ParameterValue": "0"}]}'));
-- a cluster whose members are not told of, and one that has none
SELECT pg_temp.verdicts('aws_force_ssl_off', jsonb_build_object('clusters', pg_temp.clusters('{"EngineVersion": "16.4", "DBClusterParameterGroup": "on"}', '{"EngineVersion": "16.4", "DBClusterParameterGroup": "on", "DBClusterMembers": []}',
        '{"EngineVersion": "16.4", "DBClusterParameterGroup": "on", "DBClusterMembers": [{"DBInstanceIdentifier": "c3-1"}]}'),
    'on', jsonb '{"Parameters": [{"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyType": "static"}]}'));
-- one name of several groups: of another region or account, of instances and of clusters
CREATE FUNCTION pg_temp.region(documents jsonb, region text, account text DEFAULT '123456789012') RETURNS jsonb LANGUAGE sql AS $$
    SELECT replace(documents::text, ':eu-west-1:123456789012:', format(':%s:%s:', region, account))::jsonb
$$;
\set on '{"Parameters": [{"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyType": "dynamic"}]}'
\set off '{"Parameters": [{"ParameterName": "rds.force_ssl", "ParameterValue": "0", "ApplyType": "dynamic"}]}'
SELECT d.n || ': ' || v FROM (VALUES
    (1, '{}'::jsonb, jsonb_build_object('g', :'on'::jsonb)),
    (2, '{}', jsonb_build_object('us-east-1 g', :'on'::jsonb)),
    (3, '{}', jsonb_build_object('eu-west-1/g.json', :'on'::jsonb, 'us-east-1/g.json', :'off'::jsonb)),
    (4, '{}', jsonb_build_object('111122223333 g', :'off'::jsonb)),
    (5, pg_temp.region(pg_temp.instances(pg_temp.group('g', '16.4')), 'us-east-1'), jsonb_build_object('g', :'on'::jsonb)),
    (6, pg_temp.region(pg_temp.instances(pg_temp.group('g', '16.4')), 'us-east-1'), jsonb_build_object('eu-west-1 g', :'on'::jsonb, 'us-east-1 g', :'off'::jsonb)),
    (7, pg_temp.region(pg_temp.instances(pg_temp.group('g', '16.4')), 'eu-west-1', '111122223333'), jsonb_build_object('123456789012 g', :'on'::jsonb, '111122223333 g', :'off'::jsonb)),
    (8, pg_temp.clusters('{"EngineVersion": "17.4", "DBClusterParameterGroup": "g"}'), jsonb_build_object('g', :'on'::jsonb)),
    (9, pg_temp.clusters('{"EngineVersion": "17.4", "DBClusterParameterGroup": "g"}'), jsonb_build_object('instance g', :'on'::jsonb, 'describe-db-cluster-parameters g', :'off'::jsonb)),
    (10, pg_temp.clusters('{"EngineVersion": "17.4", "DBClusterParameterGroup": "h"}'), jsonb_build_object('g and h', :'on'::jsonb))) AS d (n, more, parameters)
CROSS JOIN LATERAL pg_temp.verdicts('aws_force_ssl_off', jsonb_build_object('i', pg_temp.instances(pg_temp.group('g', '16.4')), 'more', d.more, 'parameters', d.parameters)) AS v
ORDER BY d.n, v COLLATE "C";
-- that of the members of a cluster has the name of the cluster's: what only clusters have tells
SELECT pg_temp.verdicts('aws_force_ssl_off', jsonb_build_object('clusters', pg_temp.clusters('{"EngineVersion": "17.4", "DBClusterParameterGroup": "g", "DBClusterMembers": []}'), 'g', p.document))
FROM (VALUES (jsonb '{"Parameters": [{"ParameterName": "work_mem", "Source": "engine-default"}]}'), ('{"Parameters": [{"ParameterName": "work_mem", "Source": "user"}]}'),
             ('{"Parameters": [{"ParameterName": "work_mem", "Source": "engine-default"}, {"ParameterName": "rds.force_ssl", "Source": "engine-default"}]}')) AS p (document);
-- a page that is missing
SELECT pg_temp.verdicts('aws_force_ssl_off', jsonb_build_object('i', pg_temp.instances(pg_temp.group('g', '16.4')), 'g', jsonb '{"Parameters": [{"ParameterName": "work_mem"}], "Marker": "m"}'));
SELECT pg_temp.verdicts('aws_force_ssl_off', pg_temp.clusters('{}') - 'DBClusters');

-- aws_ca_certificate_expiring: of each instance
SELECT pg_temp.verdicts('aws_ca_certificate_expiring', pg_temp.instances('{"CertificateDetails": {"CAIdentifier": "rds-ca-rsa2048-g1", "ValidTill": "2026-03-11T12:00:00Z"}}', '{"CertificateDetails": {"CAIdentifier": "rds-ca-rsa2048-g1", "ValidTill": "2026-05-01T12:00:00Z"}}',
    '{"CertificateDetails": {"CAIdentifier": "rds-ca-rsa2048-g1", "ValidTill": "2026-08-01T12:00:00Z"}}', '{"CertificateDetails": {"CAIdentifier": "rds-ca-2019", "ValidTill": "2027-03-11T12:00:00Z"}}', '{"CACertificateIdentifier": "rds-ca-2019"}', '{"CertificateDetails": {"CAIdentifier": "rds-ca-rsa2048-g1"}}', '{}',
    '{"CertificateDetails": {"ValidTill": "2026-02-01T12:00:00Z"}, "DBClusterIdentifier": "c", "Engine": "aurora-postgresql"}'));
