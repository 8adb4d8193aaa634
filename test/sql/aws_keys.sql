-- Keys of KMS, topics of SNS, and what AWS writes down about the account.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\pset null -

CREATE FUNCTION pg_temp.told(document jsonb, "only" text[]) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', f.status, f.severity, f.object || ':', f.detail, '| ' || f.fix), E'\n' ORDER BY f.check_id, f.object COLLATE "C", f.detail COLLATE "C")
    FROM rds_guard.aws_report(document, "only") AS f
$$;
CREATE TEMP TABLE checks AS SELECT '{aws_kms_rotation_off,aws_kms_key_policy_open,aws_kms_grant_external,aws_sns_topic_unencrypted,aws_cloudtrail_off,aws_guardduty_rds_off,aws_config_recorder_off}'::text[] AS ids;

-- As it should be.
CREATE TEMP TABLE good AS SELECT '{
    "instances": {"DBInstances": [{"DBInstanceIdentifier": "shop", "DBInstanceArn": "arn:aws:rds:eu-west-1:111122223333:db:shop", "Engine": "postgres", "StorageEncrypted": true,
                                   "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}]},
    "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab": [
        {"KeyRotationEnabled": true, "KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab", "RotationPeriodInDays": 365},
        {"KeyMetadata": {"AWSAccountId": "111122223333", "KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab", "KeyManager": "CUSTOMER", "Origin": "AWS_KMS", "KeySpec": "SYMMETRIC_DEFAULT"}},
        {"Policy": "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\": \"Enable IAM User Permissions\", \"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::111122223333:root\"}, \"Action\": \"kms:*\", \"Resource\": \"*\"}, {\"Sid\": \"via\", \"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"*\"}, \"Action\": [\"kms:Decrypt\", \"kms:CreateGrant\"], \"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"kms:ViaService\": \"rds.eu-west-1.amazonaws.com\", \"kms:CallerAccount\": \"111122223333\"}}}]}", "PolicyName": "default"},
        {"Grants": [{"KeyId": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", "GrantId": "g1", "GranteePrincipal": "rds.amazonaws.com", "IssuingAccount": "arn:aws:iam::111122223333:root", "Operations": ["Decrypt", "CreateGrant"]},
                    {"KeyId": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", "GrantId": "g2", "GranteePrincipal": "arn:aws:iam::111122223333:role/app", "Operations": ["Decrypt"]},
                    {"KeyId": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", "GrantId": "g3", "GranteePrincipal": "arn:aws:iam::444455556666:root", "Operations": ["DescribeKey"]}], "Truncated": false}],
    "topic": {"Attributes": {"TopicArn": "arn:aws:sns:eu-west-1:111122223333:rds", "KmsMasterKeyId": "alias/topics", "Owner": "111122223333",
                             "Policy": "{\"Version\":\"2008-10-17\",\"Statement\":[{\"Sid\":\"__default_statement_ID\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":[\"SNS:GetTopicAttributes\",\"SNS:SetTopicAttributes\",\"SNS:AddPermission\",\"SNS:DeleteTopic\",\"SNS:Subscribe\",\"SNS:Publish\"],\"Resource\":\"arn:aws:sns:eu-west-1:111122223333:rds\",\"Condition\":{\"StringEquals\":{\"AWS:SourceOwner\":\"111122223333\"}}}]}"}},
    "trails": {"trailList": [{"Name": "all", "TrailARN": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/all", "IsMultiRegionTrail": true, "HomeRegion": "eu-west-1"}]},
    "all": {"IsLogging": true, "LatestDeliveryTime": 1764000000.0},
    "eu-west-1": [{"Status": "ENABLED", "ServiceRole": "arn:aws:iam::111122223333:role/x", "Features": [{"Name": "CLOUD_TRAIL", "Status": "ENABLED"}, {"Name": "RDS_LOGIN_EVENTS", "Status": "ENABLED"}]},
                  {"ConfigurationRecordersStatus": [{"name": "default", "recording": true, "lastStatus": "SUCCESS"}]}]}'::jsonb AS document;
SELECT f.check_id, f.status, f.detail FROM good, checks, rds_guard.aws_report(good.document, checks.ids) AS f ORDER BY f.check_id;

-- As it should not be.
SELECT f.check_id, f.severity, f.status, f.object, f.detail, f.fix, f.evidence
FROM checks, rds_guard.aws_report('{
    "instances": {"DBInstances": [{"DBInstanceIdentifier": "shop", "DBInstanceArn": "arn:aws:rds:eu-west-1:111122223333:db:shop", "Engine": "postgres", "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/k-1"}]},
    "arn:aws:kms:eu-west-1:111122223333:key/k-1": [
        {"KeyRotationEnabled": false, "KeyId": "arn:aws:kms:eu-west-1:111122223333:key/k-1"},
        {"KeyMetadata": {"KeyId": "k-1", "KeyManager": "CUSTOMER", "Origin": "AWS_KMS", "KeySpec": "SYMMETRIC_DEFAULT"}},
        {"Policy": "{\"Statement\": [{\"Sid\": \"open\", \"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"*\"}, \"Action\": \"kms:*\", \"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"kms:ViaService\": \"rds.eu-west-1.amazonaws.com\"}}}]}"},
        {"Grants": [{"KeyId": "arn:aws:kms:eu-west-1:111122223333:key/k-1", "GrantId": "g1", "GranteePrincipal": "arn:aws:iam::444455556666:root", "Operations": ["Decrypt", "DescribeKey", "CreateGrant"]}], "Truncated": false}],
    "topic": {"Attributes": {"TopicArn": "arn:aws:sns:eu-west-1:111122223333:rds", "Policy": "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sns:subscribe\",\"Resource\":\"*\"}]}"}},
    "trails": {"trailList": [{"Name": "one", "TrailARN": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/one", "IsMultiRegionTrail": true}]},
    "one": {"IsLogging": false},
    "eu-west-1": [{"Status": "ENABLED", "ServiceRole": "x", "Features": [{"Name": "RDS_LOGIN_EVENTS", "Status": "DISABLED"}]}, {"ConfigurationRecordersStatus": [{"name": "default", "recording": false}]}]}', checks.ids) AS f
ORDER BY f.check_id, f.object COLLATE "C";

-- Rotation: what KMS cannot rotate is no finding, and what nobody described is unknown.
SELECT r.n, pg_temp.told(r.document, '{aws_kms_rotation_off}') AS told
FROM (VALUES
    (1, '{"k-1": {"KeyRotationEnabled": false}}'::jsonb),
    (2, '{"k-1": [{"KeyRotationEnabled": false}, {"KeyMetadata": {"KeyId": "k-1", "KeyManager": "AWS", "Origin": "AWS_KMS", "KeySpec": "SYMMETRIC_DEFAULT"}}]}'),
    (3, '{"k-1": [{"KeyRotationEnabled": false}, {"KeyMetadata": {"KeyId": "k-1", "KeyManager": "CUSTOMER", "Origin": "EXTERNAL", "KeySpec": "SYMMETRIC_DEFAULT"}}]}'),
    (4, '{"k-1": [{"KeyRotationEnabled": false}, {"KeyMetadata": {"KeyId": "k-1", "KeyManager": "CUSTOMER", "Origin": "AWS_KMS", "KeySpec": "RSA_2048"}}]}'),
    (5, '{"k-1": [{"KeyRotationEnabled": false}, {"KeyMetadata": {"KeyId": "k-1", "KeyManager": "CUSTOMER", "Origin": "AWS_KMS", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT"}}]}'),
    (6, '{"mine": [{"KeyRotationEnabled": false, "KeyId": "k-1"}], "other": {"KeyMetadata": {"KeyId": "k-2", "KeyManager": "AWS"}}}'),
    (7, '[{"KeyRotationEnabled": true}]'),
    (8, '{"DBClusters": [{"DBClusterIdentifier": "orders", "Engine": "aurora-postgresql", "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/k-2"}], "DBInstances": [{"DBInstanceIdentifier": "o-1", "Engine": "aurora-postgresql", "DBClusterIdentifier": "orders", "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/k-2"}]}'),
    (9, '[{"DBInstances": [{"DBInstanceIdentifier": "a", "Engine": "postgres", "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/k-2"}, {"DBInstanceIdentifier": "b", "Engine": "mysql", "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/k-3"}]}, {"KeyMetadata": {"KeyId": "k-2", "KeyManager": "AWS"}}]')) AS r (n, document)
ORDER BY r.n;
-- Policies of keys: by name, or one for one.
SELECT r.n, pg_temp.told(r.document, '{aws_kms_key_policy_open}') AS told
FROM (VALUES
    (1, '[{"Policy": "no JSON"}]'::jsonb),
    (2, '[{"Policy": "{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"kms:Decrypt\", \"Resource\": \"*\", \"Condition\": {\"StringEqualsIfExists\": {\"aws:PrincipalOrgID\": \"o-1\"}}}]}"}]'),
    (3, '[{"Policy": "{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"kms:Decrypt\", \"Resource\": \"*\", \"Condition\": {\"StringEquals\": {\"aws:PrincipalOrgID\": \"o-1\"}}}]}"}]'),
    (4, '[{"DBInstances": [{"DBInstanceIdentifier": "a", "Engine": "postgres", "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/k-2"}]}, {"Policy": "{\"Statement\": [{\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"kms:*\", \"Resource\": \"*\"}]}"}]'),
    (5, '{"a": {"DBInstances": [{"DBInstanceIdentifier": "a", "Engine": "postgres", "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/k-2"}]}, "k-3": {"Policy": "{\"Statement\": [{\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"kms:*\", \"Resource\": \"*\"}]}"}}')) AS r (n, document)
ORDER BY r.n;
-- Grants.
SELECT r.n, pg_temp.told(jsonb_build_object('Grants', jsonb_build_array('{"KeyId": "arn:aws:kms:eu-west-1:111122223333:key/k-1", "GrantId": "g"}'::jsonb || r.item)), '{aws_kms_grant_external}') AS told
FROM (VALUES (1, '{"GranteePrincipal": "444455556666", "Operations": ["ReEncryptFrom"], "Constraints": {"EncryptionContextEquals": {"aws:rds:db-id": "db-ABC"}}}'::jsonb),
             (2, '{"GranteePrincipal": "AROAEXAMPLE", "Operations": ["Decrypt"]}'), (3, '{"GranteePrincipal": "rds.eu-west-1.amazonaws.com", "Operations": ["Decrypt"]}'), (4, '{"Operations": ["Decrypt"]}'),
             (5, '{"GranteePrincipal": "arn:aws:iam::444455556666:user/x"}'), (6, '{"GranteePrincipal": "arn:aws:sts::444455556666:assumed-role/x/y", "Operations": ["Encrypt"]}'), (7, '{"GranteePrincipal": "arn:aws:iam::444455556666:user/x", "Operations": ["Decrypt"], "KeyId": "k-1"}')) AS r (n, item)
ORDER BY r.n;
SELECT pg_temp.told('{"Grants": [], "Truncated": true, "NextMarker": "x"}', '{aws_kms_grant_external}') AS told;
BEGIN;
UPDATE rds_guard.policy SET value = '["444455556666"]' WHERE name = 'aws_accounts';
SELECT f.status, f.remedy, f.fix FROM rds_guard.aws_report('{"Grants": [{"KeyId": "arn:aws:kms:eu-west-1:111122223333:key/k-1", "GrantId": "g", "GranteePrincipal": "arn:aws:iam::444455556666:root", "Operations": ["Decrypt"]}]}', '{aws_kms_grant_external}') AS f;
ROLLBACK;
-- Trails: the status does not say of which trail it is.
SELECT r.n, pg_temp.told(r.document, '{aws_cloudtrail_off}') AS told
FROM (VALUES
    (1, '{"trailList": []}'::jsonb), (2, '{"trailList": [{"Name": "a", "IsMultiRegionTrail": false}, {"Name": "b", "IsMultiRegionTrail": false}]}'), (3, '{"trailList": [{"Name": "a"}]}'),
    (4, '{"trailList": [{"Name": "a", "TrailARN": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/a", "IsMultiRegionTrail": true}]}'),
    (5, '[{"trailList": [{"Name": "a", "IsMultiRegionTrail": true}]}, {"IsLogging": true}]'),
    (6, '{"t": {"trailList": [{"Name": "a", "IsMultiRegionTrail": true}, {"Name": "b", "IsMultiRegionTrail": true}]}, "b": {"IsLogging": true}}'),
    (7, '{"t": {"trailList": [{"Name": "a", "IsMultiRegionTrail": true}, {"Name": "b", "IsMultiRegionTrail": true}]}, "c": {"IsLogging": true}}'),
    (8, '{"t": {"trailList": [{"Name": "a", "IsMultiRegionTrail": true}]}, "a": {"IsLogging": true, "LatestDeliveryError": "NoSuchBucket"}}')) AS r (n, document)
ORDER BY r.n;
-- of each account with databases: not told, for one region only, off; and one of the organization, which is of all
SELECT r.n, pg_temp.told(jsonb_build_object('databases', '{"DBInstances": [{"DBInstanceIdentifier": "a", "Engine": "postgres", "DBInstanceArn": "arn:aws:rds:eu-west-1:111122223333:db:a"}, {"DBInstanceIdentifier": "b", "Engine": "postgres", "DBInstanceArn": "arn:aws:rds:eu-west-1:444455556666:db:b"},
                                                                        {"DBInstanceIdentifier": "c", "Engine": "mysql", "DBInstanceArn": "arn:aws:rds:eu-west-1:777788889999:db:c"}]}'::jsonb,
                                            'a', '{"IsLogging": true}'::jsonb, 'b', '{"IsLogging": false}'::jsonb,
                                            'trails', jsonb_build_object('trailList', jsonb_build_array('{"Name": "a", "TrailARN": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/a", "IsMultiRegionTrail": true}'::jsonb || r.first) || r.more)), '{aws_cloudtrail_off}') AS told
FROM (VALUES
    (1, '{}'::jsonb, '[]'::jsonb), (2, '{}', '[{"Name": "one", "TrailARN": "arn:aws:cloudtrail:eu-west-1:444455556666:trail/one", "IsMultiRegionTrail": false}]'),
    (3, '{}', '[{"Name": "b", "TrailARN": "arn:aws:cloudtrail:eu-west-1:444455556666:trail/b", "IsMultiRegionTrail": true}]'), (4, '{"IsOrganizationTrail": true}', '[]'),
    -- that of the organization is off, and its account has another
    (5, '{}', '[{"Name": "b", "TrailARN": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/b", "IsMultiRegionTrail": true, "IsOrganizationTrail": true}]')) AS r (n, first, more)
ORDER BY r.n;
SELECT r.n, pg_temp.told(r.document, '{aws_guardduty_rds_off,aws_config_recorder_off,aws_sns_topic_unencrypted}') AS told
FROM (VALUES
    (1, '[{"Status": "DISABLED", "ServiceRole": "x", "Features": [{"Name": "RDS_LOGIN_EVENTS", "Status": "ENABLED"}]}, {"ConfigurationRecordersStatus": []}, {"Attributes": {"TopicArn": "t", "KmsMasterKeyId": "k"}}]'::jsonb),
    (2, '[{"Status": "ENABLED", "ServiceRole": "x", "Features": []}, {"ConfigurationRecordersStatus": [{"name": "r", "recording": true, "lastStatus": "FAILURE", "lastErrorCode": "AccessDenied"}]}, {"Attributes": {"TopicArn": "t", "KmsMasterKeyId": "k", "Policy": "%7B"}}]'),
    (3, '[{"Status": "ENABLED", "ServiceRole": "x", "Features": [{"Name": "RDS_LOGIN_EVENTS", "Status": true}]}, {"ConfigurationRecordersStatus": [{"recording": "true"}]}, {"Attributes": {"TopicArn": "t", "KmsMasterKeyId": "", "Policy": "{\"Statement\": {\"Effect\": \"Allow\", \"Principal\": {\"Service\": \"events.rds.amazonaws.com\"}, \"Action\": \"sns:Publish\"}}"}}]')) AS r (n, document)
ORDER BY r.n;

-- a role that is called like a service
SELECT f.status, f.object
FROM rds_guard.aws_report('{"Grants": [{"KeyId": "arn:aws:kms:eu-west-1:111122223333:key/k", "GrantId": "g", "GranteePrincipal": "arn:aws:iam::444455556666:role/rds.amazonaws.com", "Operations": ["Decrypt"]}]}',
                          '{aws_kms_grant_external}') AS f;

-- the key of a member, where the document of its cluster is not there
SELECT f.check_id, f.status, f.object
FROM rds_guard.aws_report('[{"DBInstances": [{"DBInstanceIdentifier": "m", "Engine": "aurora-postgresql", "DBClusterIdentifier": "c", "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/k1"}]},
                           {"KeyId": "zz", "KeyRotationEnabled": true}]', '{aws_kms_rotation_off}') AS f ORDER BY f.object;

-- Documents that are not there.
SELECT f.check_id, f.status, f.detail, f.fix FROM checks, rds_guard.aws_report(NULL, checks.ids) AS f ORDER BY f.check_id;
