-- What IAM allows about databases: the policies that get-account-authorization-
-- details, get-policy-version, get-role-policy and others print.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\pset null -

CREATE FUNCTION pg_temp.told(document jsonb, "only" text[], instance text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', f.status, f.severity, f.object || ':', f.detail, '| ' || f.fix), E'\n' ORDER BY f.check_id, f.object COLLATE "C", f.detail COLLATE "C")
    FROM rds_guard.aws_report(document, "only", instance) AS f
$$;
-- a user who has these statements, and nothing else in the account
CREATE FUNCTION pg_temp.allowed(statements jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_array(jsonb_build_object('UserName', 'dev', 'PolicyName', 'p', 'PolicyDocument', jsonb_build_object('Version', '2012-10-17', 'Statement', statements)),
                             jsonb '{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}')
$$;

-- As it should be: administrators are known, an application has its one user, people come with a second factor.
CREATE TEMP TABLE good AS SELECT '{
    "account": {
        "UserDetailList": [{"UserName": "ann", "Arn": "arn:aws:iam::111122223333:user/ann", "GroupList": ["dba"], "AttachedManagedPolicies": []}],
        "GroupDetailList": [{"GroupName": "dba", "Arn": "arn:aws:iam::111122223333:group/dba", "GroupPolicyList": [{"PolicyName": "change", "PolicyDocument": {"Statement": [
            {"Effect": "Allow", "Action": ["rds:ModifyDBInstance", "rds:Describe*"], "Resource": "arn:aws:rds:eu-west-1:111122223333:db:shop", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]}}], "AttachedManagedPolicies": []}],
        "RoleDetailList": [
            {"RoleName": "app", "Path": "/", "Arn": "arn:aws:iam::111122223333:role/app", "RolePolicyList": [{"PolicyName": "login", "PolicyDocument": {"Statement": [
                {"Effect": "Allow", "Action": "rds-db:connect", "Resource": "arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-ABC/app", "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}]}}],
             "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}, "AttachedManagedPolicies": []},
            {"RoleName": "backup", "Path": "/service-role/", "Arn": "arn:aws:iam::111122223333:role/service-role/backup", "RolePolicyList": [],
             "AssumeRolePolicyDocument": "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22backup.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D",
             "AttachedManagedPolicies": [{"PolicyName": "copy", "PolicyArn": "arn:aws:iam::111122223333:policy/copy"}]},
            {"RoleName": "AWSServiceRoleForX", "Path": "/aws-service-role/x.amazonaws.com/", "Arn": "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", "RolePolicyList": [],
             "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"Service": "x.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
             "AttachedManagedPolicies": [{"PolicyName": "ofaws", "PolicyArn": "arn:aws:iam::aws:policy/aws-service-role/ofaws"}]},
            {"RoleName": "auditor", "Path": "/", "Arn": "arn:aws:iam::111122223333:role/auditor", "RolePolicyList": [{"PolicyName": "look", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "rds:Describe*", "Resource": "*"}}}],
             "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "sts:AssumeRole"}]}, "AttachedManagedPolicies": []},
            {"RoleName": "partner", "Path": "/", "Arn": "arn:aws:iam::111122223333:role/partner", "RolePolicyList": [{"PolicyName": "logs", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "rds:DownloadDBLogFilePortion", "Resource": "arn:aws:rds:eu-west-1:111122223333:db:shop", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}}}],
             "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}]}, "AttachedManagedPolicies": []}],
        "Policies": [
            {"PolicyName": "copy", "Arn": "arn:aws:iam::111122223333:policy/copy", "AttachmentCount": 1, "PolicyVersionList": [
                {"VersionId": "v2", "IsDefaultVersion": true, "Document": {"Statement": [{"Effect": "Allow", "Action": "rds:CopyDBSnapshot", "Resource": "arn:aws:rds:eu-west-1:111122223333:snapshot:shop-1"}]}},
                {"VersionId": "v1", "IsDefaultVersion": false, "Document": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}]},
            {"PolicyName": "ofaws", "Arn": "arn:aws:iam::aws:policy/aws-service-role/ofaws", "AttachmentCount": 1, "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}]},
            {"PolicyName": "AdministratorAccess", "Arn": "arn:aws:iam::aws:policy/AdministratorAccess", "AttachmentCount": 0, "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}]}],
        "IsTruncated": false},
    "instances": {"DBInstances": [{"DBInstanceIdentifier": "shop", "DbiResourceId": "db-ABC", "DBInstanceArn": "arn:aws:rds:eu-west-1:111122223333:db:shop", "Engine": "postgres", "MasterUsername": "shopadmin"}]},
    "guard": {"Policy": {"PolicySummary": {"Id": "p-1", "Name": "databases", "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": false},
        "Content": "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Deny\", \"Action\": \"rds:Delete*\", \"Resource\": \"*\", \"Condition\": {\"ArnNotLike\": {\"aws:PrincipalArn\": \"arn:aws:iam::*:role/dba\"}}}, {\"Effect\": \"Deny\", \"Action\": [\"rds:CreateDBInstance\", \"rds:CreateDBCluster\"], \"Resource\": \"*\", \"Condition\": {\"Bool\": {\"rds:StorageEncrypted\": \"false\"}}}, {\"Effect\": \"Deny\", \"NotAction\": [\"iam:*\"], \"Resource\": \"*\", \"Condition\": {\"StringNotEquals\": {\"aws:RequestedRegion\": [\"eu-west-1\"]}}}]}"}},
    "passwords": {"PasswordPolicy": {"MinimumPasswordLength": 16, "RequireSymbols": true, "RequireNumbers": true, "RequireUppercaseCharacters": true, "RequireLowercaseCharacters": true, "AllowUsersToChangePassword": true, "ExpirePasswords": false, "PasswordReusePrevention": 24}},
    "ann": {"JobStatus": "COMPLETED", "JobType": "SERVICE_LEVEL", "JobCreationDate": "2026-11-20T10:00:00+00:00", "JobCompletionDate": "2026-11-20T10:00:05+00:00", "IsTruncated": false,
            "ServicesLastAccessed": [{"ServiceName": "Amazon RDS", "ServiceNamespace": "rds", "LastAuthenticated": "2026-11-01T00:00:00+00:00", "TotalAuthenticatedEntities": 1}, {"ServiceName": "Amazon RDS IAM Authentication", "ServiceNamespace": "rds-db"}, {"ServiceName": "Amazon S3", "ServiceNamespace": "s3"}]}}'::jsonb AS document;
SELECT f.check_id, f.status, f.object, f.detail FROM good, rds_guard.aws_report(good.document, '{aws_identity}') AS f ORDER BY f.check_id;

-- As it should not be.
CREATE TEMP TABLE bad AS SELECT '{
    "account": {
        "UserDetailList": [{"UserName": "dev", "Arn": "arn:aws:iam::111122223333:user/dev", "UserPolicyList": [
            {"PolicyName": "connect", "PolicyDocument": {"Statement": [{"Sid": "Any", "Effect": "Allow", "Action": "rds-db:connect", "Resource": "arn:aws:rds-db:*:*:dbuser:*/*"}]}}], "AttachedManagedPolicies": []}],
        "GroupDetailList": [],
        "RoleDetailList": [{"RoleName": "ci", "Path": "/", "Arn": "arn:aws:iam::111122223333:role/ci", "RolePolicyList": [],
            "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::444455556666:root", "arn:aws:iam::111122223333:root"]}, "Action": "sts:AssumeRole"}]},
            "AttachedManagedPolicies": [{"PolicyName": "all", "PolicyArn": "arn:aws:iam::111122223333:policy/all"}]}],
        "Policies": [{"PolicyName": "all", "Arn": "arn:aws:iam::111122223333:policy/all", "AttachmentCount": 1, "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": {"Statement": [
            {"Effect": "Allow", "Action": "rds:*", "Resource": "*"}]}}]}]},
    "instances": {"DBInstances": []},
    "scp": {"Policy": {"PolicySummary": {"Name": "full", "Type": "SERVICE_CONTROL_POLICY"}, "Content": "{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}]}"}},
    "passwords": {"PasswordPolicy": {"MinimumPasswordLength": 8, "RequireSymbols": false, "RequireNumbers": true, "RequireUppercaseCharacters": true, "RequireLowercaseCharacters": false, "AllowUsersToChangePassword": true, "ExpirePasswords": true, "MaxPasswordAge": 90}},
    "old": {"JobStatus": "COMPLETED", "JobCreationDate": "2026-11-20T10:00:00+00:00", "JobCompletionDate": "2026-11-20T10:00:05+00:00",
            "ServicesLastAccessed": [{"ServiceName": "Amazon RDS", "ServiceNamespace": "rds", "LastAuthenticated": "2026-01-01T00:00:00+00:00"}, {"ServiceName": "Amazon RDS Data API", "ServiceNamespace": "rds-data", "TotalAuthenticatedEntities": 0}]}}'::jsonb AS document;
SELECT f.check_id, f.severity, f.status, f.object, f.detail, f.fix FROM bad, rds_guard.aws_report(bad.document, '{aws_identity}') AS f ORDER BY f.check_id, f.object COLLATE "C";
\pset format unaligned
SELECT f.check_id, f.object, f.evidence FROM bad, rds_guard.aws_report(bad.document, '{aws_iam_policy_rds_star,aws_iam_rds_connect_broad}') AS f ORDER BY f.check_id, f.object COLLATE "C";
\pset format aligned
-- who may
BEGIN;
UPDATE rds_guard.policy SET value = '["all", "dev"]' WHERE name = 'aws_admins';
UPDATE rds_guard.policy SET value = '["444455556666"]' WHERE name = 'aws_accounts';
SELECT f.check_id, f.status, f.object, f.remedy FROM bad, rds_guard.aws_report(bad.document, '{aws_iam_policy_rds_star,aws_iam_rds_connect_broad,aws_iam_privileged_rds_actions,aws_iam_mfa_missing,aws_iam_trust_external}') AS f ORDER BY f.check_id, f.object COLLATE "C";
ROLLBACK;

-- Ways to write everything, and what takes it away.
SELECT r.n, pg_temp.told(pg_temp.allowed(r.statements), '{aws_iam_policy_rds_star}') AS told
FROM (VALUES
    (1, '{"Effect": "Allow", "Action": "*", "Resource": "*"}'::jsonb), (2, '[{"Effect": "Allow", "Action": ["s3:*", "RDS:*"], "Resource": ["arn:aws:rds:*:*:*"]}]'), (3, '[{"Effect": "Allow", "Action": "r?s*:*", "Resource": "*"}]'),
    (4, '[{"Effect": "Allow", "NotAction": ["iam:*", "rds:DeleteDBInstance"], "Resource": "*"}]'), (5, '[{"Effect": "Allow", "Action": "rds:*", "NotResource": "arn:aws:rds:*:*:db:shop"}]'),
    (6, '[{"Effect": "Allow", "Action": "rds:*", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}]'),
    (7, '[{"Effect": "Allow", "Action": "rds:*", "Resource": "*"}, {"Effect": "Deny", "Action": "rds:*Delete*", "Resource": "*"}]'),
    (8, '[{"Effect": "Allow", "Action": "rds:*", "Resource": "*"}, {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}]'),
    (9, '[{"Effect": "Allow", "Action": "rds:*", "Resource": "*"}, {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]'),
    (10, '[{"Effect": "Allow", "Action": "rds:*", "Resource": "arn:aws:rds:eu-west-1:111122223333:db:shop"}]'), (11, '[{"Effect": "Allow", "Action": "rds:Describe*", "Resource": "*"}]'),
    (12, '[{"Effect": "Allow", "NotAction": "rds:*", "Resource": "*"}]'), (13, '[{"Effect": "Allow", "Action": "rds:*"}]'), (14, '[{"Effect": "Allow", "action": "rds:*", "Resource": "*"}]'), (15, '"rds:*"'),
    -- what is left is reading; all of it in two statements, and nearly
    (16, '[{"Effect": "Allow", "Action": "rds:*", "Resource": "*"}, {"Effect": "Deny", "NotAction": ["rds:Describe*", "rds:List*"], "Resource": "*"}]'),
    (17, '[{"Effect": "Allow", "Action": ["rds:A*", "rds:C*", "rds:D*", "rds:F*", "rds:L*", "rds:M*"], "Resource": "*"}, {"Effect": "Allow", "Action": ["rds:P*", "rds:R*", "rds:S*"], "Resource": "arn:aws:rds:*"}]'),
    (18, '[{"Effect": "Allow", "Action": ["rds:C*", "rds:D*", "rds:F*", "rds:L*", "rds:M*"], "Resource": "*"}, {"Effect": "Allow", "Action": ["rds:P*", "rds:R*", "rds:S*"], "Resource": "*"}]'),
    (19, '[{"Effect": "Allow", "Action": ["rds:A*", "rds:C*", "rds:D*", "rds:F*", "rds:L*", "rds:M*"], "Resource": "*"}, {"Effect": "Allow", "Action": ["rds:P*", "rds:R*", "rds:S*"], "Resource": "arn:aws:rds:*:*:db:shop"}]'),
    (20, '[{"Effect": "Allow", "Action": ["rds:A*", "rds:C*", "rds:D*", "rds:F*", "rds:L*", "rds:M*"], "Resource": "*"}, {"Effect": "Allow", "Action": ["rds:P*", "rds:R*", "rds:S*"], "Resource": "*"}, {"Effect": "Deny", "NotAction": "rds:Describe*", "Resource": "*"}]')) AS r (n, statements)
ORDER BY r.n;
-- single actions, and the second factor
SELECT r.n, pg_temp.told(pg_temp.allowed(r.statements), '{aws_iam_privileged_rds_actions,aws_iam_mfa_missing}') AS told
FROM (VALUES
    (1, '[{"Effect": "Allow", "Action": "rds:?odifyDBInst*", "Resource": "*"}]'::jsonb), (2, '[{"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue", "kms:CreateGrant"], "Resource": ["arn:aws:secretsmanager:*:*:secret:*", "arn:aws:kms:*:*:key/k-1"]}]'),
    (3, '[{"Effect": "Allow", "Action": "rds:ModifyDBInstance", "Resource": "arn:aws:rds:*:*:db:shop", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}}]'),
    (4, '[{"Effect": "Allow", "Action": "rds:ModifyDBInstance", "Resource": "arn:aws:rds:*:*:db:shop"}, {"Effect": "Deny", "Action": "rds:*", "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]'),
    (5, '[{"Effect": "Allow", "Action": "rds:ModifyDBInstance", "Resource": "arn:aws:rds:*:*:db:shop"}, {"Effect": "Deny", "Action": "rds:*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}]'),
    (6, '[{"Effect": "Allow", "Action": "rds:ModifyDBInstance", "Resource": "arn:aws:rds:*:*:db:shop"}, {"Effect": "Deny", "Action": "rds:ModifyDBInstance", "Resource": "arn:aws:rds:*:*:db:*"}]'),
    (7, '[{"Effect": "Allow", "Action": "rds:ModifyDBInstance", "Resource": "arn:aws:rds:*:*:db:*"}, {"Effect": "Deny", "Action": "rds:ModifyDBInstance", "Resource": "arn:aws:rds:*:*:db:shop"}]'),
    (8, '[{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:*:*:secret:rds!*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]')) AS r (n, statements)
ORDER BY r.n;
-- logging in
SELECT r.n, pg_temp.told(jsonb_build_array(pg_temp.allowed(r.statements), '{"DBInstances": [{"DBInstanceIdentifier": "shop", "DbiResourceId": "db-ABC", "Engine": "postgres", "MasterUsername": "shopadmin"}]}'::jsonb), '{aws_iam_rds_connect_broad,aws_iam_connect_no_condition}') AS told
FROM (VALUES
    (1, '[{"Effect": "Allow", "Action": "rds-db:*", "Resource": "arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-ABC/*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}]'::jsonb),
    (2, '[{"Effect": "Allow", "Action": "rds-db:connect", "Resource": "arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-ABC/shop*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}]'),
    (3, '[{"Effect": "Allow", "Action": "rds-db:connect", "Resource": "arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-OTHER/shopadmin", "Condition": {"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}}]'),
    (4, '[{"Effect": "Allow", "Action": "rds-db:connect", "Resource": "arn:aws:rds-db:eu-west-1:111122223333:dbuser:*/app", "Condition": {"IpAddressIfExists": {"aws:SourceIp": "10.0.0.0/8"}}}]'),
    (5, '[{"Effect": "Allow", "Action": "rds-db:connect", "Resource": "arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-ABC/${aws:username}"}, {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}}}]'),
    (6, '[{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:rds:*:*:db:*"}]'), (7, '[{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*", "Condition": {"StringLike": {"aws:SourceVpc": "*"}}}]'),
    (8, '[{"Effect": "Allow", "Action": "rds-db:connect", "Resource": "*"}, {"Effect": "Deny", "Action": "rds-db:*", "Resource": "*"}]')) AS r (n, statements)
ORDER BY r.n;
SELECT pg_temp.told(pg_temp.allowed('{"Effect": "Allow", "Action": "rds-db:connect", "Resource": "arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-ABC/app"}'), '{aws_iam_rds_connect_broad}') AS told;
-- versions of a policy
SELECT r.n, pg_temp.told(r.document, '{aws_iam_policy_rds_star}') AS told
FROM (VALUES
    (1, '{"dev-policy": {"PolicyVersion": {"Document": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}, "VersionId": "v3", "IsDefaultVersion": true}}}'::jsonb),
    (2, '{"PolicyVersion": {"Document": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}, "VersionId": "v2", "IsDefaultVersion": false}}'),
    (3, '{"PolicyVersion": {"Document": "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D", "VersionId": "v2"}}'),
    (4, '{"Policies": [{"PolicyName": "listed", "Arn": "x", "AttachmentCount": 1, "DefaultVersionId": "v1"}]}'),
    (5, '{"RoleName": "r", "PolicyName": "p", "PolicyDocument": "no JSON"}')) AS r (n, document)
ORDER BY r.n;
SELECT pg_temp.told('{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": [], "IsTruncated": true, "Marker": "x"}', '{aws_iam_policy_rds_star}') AS told;

-- Who may assume a role that has the databases.
SELECT r.n, pg_temp.told(jsonb_build_object('UserDetailList', '[]'::jsonb, 'GroupDetailList', '[]'::jsonb, 'Policies', '[]'::jsonb, 'RoleDetailList', jsonb_build_array(
           '{"RoleName": "r", "Path": "/", "Arn": "arn:aws:iam::111122223333:role/r", "AttachedManagedPolicies": [],
             "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "rds-data:ExecuteStatement", "Resource": "arn:aws:rds:*:*:cluster:c"}}}]}'::jsonb
           || jsonb_build_object('AssumeRolePolicyDocument', r.trust) || coalesce(r.more, '{}'))), '{aws_iam_trust_external}') AS told
FROM (VALUES
    (1, '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}'::jsonb, NULL::jsonb),
    (2, '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:*"}}', NULL), (3, '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/ann"}, "Action": "sts:AssumeRole"}}', NULL),
    (4, '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}}', NULL),
    (5, '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deploy"}}}}', NULL),
    (6, '{"Statement": {"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}}}', NULL),
    (7, '{"Statement": {"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:company/*"}}}}', NULL),
    (8, '{"Statement": {"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/office"}, "Action": "sts:AssumeRoleWithSAML"}}', NULL), (9, '{"Statement": {"Effect": "Allow", "Principal": {"Federated": "accounts.google.com"}, "Action": "sts:AssumeRoleWithWebIdentity"}}', NULL),
    (10, '{"Statement": {"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::444455556666:saml-provider/theirs"}, "Action": "sts:AssumeRoleWithSAML"}}', NULL), (11, '{"Statement": {"Effect": "Allow", "NotPrincipal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole"}}', NULL),
    (12, '{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}}', NULL), (13, '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLE"}, "Action": "sts:AssumeRole"}}', NULL), (14, '"%7B"', NULL), (15, 'null', NULL),
    -- nothing is known of what it may
    (16, '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}', '{"RolePolicyList": [], "AttachedManagedPolicies": [{"PolicyName": "x", "PolicyArn": "arn:aws:iam::aws:policy/x"}]}'),
    (17, '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}', '{"RolePolicyList": []}')) AS r (n, trust, more)
ORDER BY r.n;
SELECT r.n, pg_temp.told(r.document, '{aws_iam_trust_external}') AS told
FROM (VALUES
    (1, '{"Roles": [{"RoleName": "r", "Path": "/", "Arn": "arn:aws:iam::111122223333:role/r", "AssumeRolePolicyDocument": {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}}]}'::jsonb),
    (2, '[{"Role": {"RoleName": "r", "Path": "/", "Arn": "arn:aws:iam::111122223333:role/r", "AssumeRolePolicyDocument": {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}}},
          {"RoleName": "r", "PolicyName": "p", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}}]'),
    (3, '{"Roles": [{"RoleName": "r", "Path": "/", "Arn": "arn:aws:iam::111122223333:role/r", "AssumeRolePolicyDocument": {"Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}}}]}')) AS r (n, document)
ORDER BY r.n;

-- Two accounts with a role of the same name.
SELECT pg_temp.told('[{"RoleDetailList": [{"RoleName": "r", "Path": "/", "Arn": "arn:aws:iam::111122223333:role/r", "AttachedManagedPolicies": [], "AssumeRolePolicyDocument": {"Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}},
                                           "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "rds:DeleteDBInstance", "Resource": "arn:aws:rds:*:*:db:x"}}}]}]},
                      {"RoleDetailList": [{"RoleName": "r", "Path": "/", "Arn": "arn:aws:iam::444455556666:role/r", "AttachedManagedPolicies": [], "AssumeRolePolicyDocument": {"Statement": {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole"}},
                                           "RolePolicyList": [{"PolicyName": "q", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "rds:DeleteDBInstance", "Resource": "arn:aws:rds:*:*:db:x"}}}]}]}]', '{aws_iam_mfa_missing}') AS told;

-- Guard rails, passwords, and who has not been seen.
SELECT r.n, pg_temp.told(jsonb_build_object('Policy', jsonb_build_object('PolicySummary', jsonb_build_object('Name', 'scp', 'Type', coalesce(r.type, 'SERVICE_CONTROL_POLICY')), 'Content', r.content)), '{aws_scp_guardrails}') AS told
FROM (VALUES
    (1, '{"Statement": {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": {"StringNotEqualsIfExists": {"aws:RequestedRegion": "eu-west-1"}}}}', NULL),
    (2, '{"Statement": [{"Effect": "Deny", "Action": "rds:DeleteDBInstance", "Resource": "*"}, {"Effect": "Deny", "Action": "rds:Create*", "Resource": "*", "Condition": {"Bool": {"rds:StorageEncrypted": "true"}}}]}', NULL),
    (3, 'no JSON', NULL), (4, '{}', 'TAG_POLICY'),
    -- denials that deny nobody, or one thing only
    (5, '{"Statement": {"Effect": "Deny", "Action": "rds:*", "Resource": "arn:aws:rds:*:*:db:only-this-one"}}', NULL),
    (6, '{"Statement": {"Effect": "Deny", "Action": "rds:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/nobody"}}}}', NULL),
    (7, '{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:*"}}}}', NULL),
    (8, '{"Statement": {"Effect": "Deny", "Action": "rds:Create*", "Resource": "*", "Condition": {"StringNotLike": {"aws:RequestedRegion": ["eu-west-1", "*"]}}}}', NULL),
    -- as they should be
    (9, '{"Statement": [{"Effect": "Deny", "Action": "rds:DeleteDB*", "Resource": ["arn:aws:rds:*:*:db*", "arn:aws:rds:*:*:cluster*"], "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/dba"}}},
                        {"Effect": "Deny", "Action": "rds:Create*", "Resource": "*", "Condition": {"Bool": {"rds:StorageEncrypted": "false"}}},
                        {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}, "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/dba"}, "Bool": {"aws:PrincipalIsAWSService": "false"}}}]}', NULL)) AS r (n, content, type)
ORDER BY r.n;
SELECT r.n, pg_temp.told(jsonb_build_object('PasswordPolicy', r.policy), '{aws_iam_password_policy}') AS told
FROM (VALUES (1, '{}'::jsonb), (2, '{"MinimumPasswordLength": "16"}'), (3, '{"MinimumPasswordLength": 8}'),
             (4, '{"MinimumPasswordLength": 14, "RequireSymbols": true, "RequireNumbers": true, "RequireUppercaseCharacters": true, "RequireLowercaseCharacters": true}')) AS r (n, policy)
ORDER BY r.n;
SELECT r.n, pg_temp.told('{"JobStatus": "COMPLETED", "JobCompletionDate": "2026-11-20T10:00:05Z", "ServicesLastAccessed": []}'::jsonb || r.more, '{aws_iam_unused_rds_permissions}') AS told
FROM (VALUES (1, '{}'::jsonb), (2, '{"JobStatus": "IN_PROGRESS"}'), (3, '{"IsTruncated": true, "Marker": "x"}'), (4, '{"ServicesLastAccessed": [{"ServiceNamespace": "rds", "LastAuthenticated": "yesterday"}]}'),
             (5, '{"ServicesLastAccessed": [{"ServiceNamespace": "rds", "LastAuthenticated": "2026-08-22T10:00:04Z"}, {"ServiceNamespace": "rds-data", "LastAuthenticated": "2026-08-22T10:00:06Z"}]}')) AS r (n, more)
ORDER BY r.n;

-- Policies and groups that somebody has, but no document shows: nothing is known of them. Nor of databases.
SELECT r.n, pg_temp.told('{"UserDetailList": [{"UserName": "u", "Arn": "arn:aws:iam::111122223333:user/u"}], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}'::jsonb || r.more, '{aws_iam_policy_rds_star}') AS told
FROM (VALUES (1, '{}'::jsonb), (2, '{"UserDetailList": [{"UserName": "u", "AttachedManagedPolicies": [{"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]}]}'),
             (3, '{"UserDetailList": [{"UserName": "u", "GroupList": ["Admins"]}]}'), (4, '{"UserDetailList": [{"UserName": "u", "GroupList": ["Admins"]}], "GroupDetailList": [{"GroupName": "Admins"}]}')) AS r (n, more)
ORDER BY r.n;
SELECT r.n, pg_temp.told(jsonb_build_array(pg_temp.allowed(jsonb_build_object('Effect', 'Allow', 'Action', 'rds-db:connect', 'Resource', 'arn:aws:rds-db:us-east-1:111122223333:dbuser:' || r.target)),
                                           '{"DBInstances": [{"DBInstanceIdentifier": "shop", "DbiResourceId": "db-ABC", "DBInstanceArn": "arn:aws:rds:eu-west-1:111122223333:db:shop", "Engine": "postgres", "MasterUsername": "boss"}, {"DBInstanceIdentifier": "my", "DbiResourceId": "db-MY", "Engine": "mysql", "MasterUsername": "boss"}]}'::jsonb || r.more), '{aws_iam_rds_connect_broad}') AS told
FROM (VALUES (1, 'db-ABC/app', '{}'::jsonb), (2, 'db-ABC/boss', '{}'), (3, 'cluster-CCC/boss', '{}'), (4, 'db-OTHER/postgres', '{}'), (5, 'db-ABC/app', '{"Marker": "m"}'), (6, 'db-MY/app', '{}'),
             (7, 'db-*/app', '{}'), (8, 'cluster-*/app', '{}')) AS r (n, target, more)
ORDER BY r.n;
-- Trust policies: who comes in without a second factor, from where, and by which provider.
SELECT r.n, pg_temp.told(jsonb_build_object('UserDetailList', '[]'::jsonb, 'GroupDetailList', '[]'::jsonb, 'Policies', '[]'::jsonb, 'RoleDetailList', jsonb_build_array(
           '{"RoleName": "r", "Path": "/", "Arn": "arn:aws:iam::111122223333:role/r", "AttachedManagedPolicies": [], "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "rds:DeleteDBInstance", "Resource": "arn:aws:rds:*:*:db:x"}}}]}'::jsonb
           || jsonb_build_object('AssumeRolePolicyDocument', jsonb_build_object('Statement', r.trust)) || r.more)), r.checks) AS told
FROM (VALUES (1, '[{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]'::jsonb, '{}'::jsonb, '{aws_iam_mfa_missing}'::text[]),
             (2, '[{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}, {"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}]', '{}', '{aws_iam_mfa_missing}'),
             (3, '{"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole"}', '{"Arn": null}', '{aws_iam_trust_external}'),
             (4, '{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}', '{}', '{aws_iam_trust_external}'),
             (5, '{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/gitlab.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"gitlab.com:aud": "https://gitlab.com"}}}', '{}', '{aws_iam_trust_external}'),
             (6, '{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/gitlab.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"gitlab.com:sub": "project_path:a/b:ref_type:branch:ref:main"}}}', '{}', '{aws_iam_trust_external}'),
             -- an identity provider asks for a second factor by itself, or does not; a name alone makes no role one of it
             (8, '{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/AWSSSO_1_DO_NOT_DELETE"}, "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"], "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}', '{"RoleName": "AWSReservedSSO_dba_1", "Path": "/aws-reserved/sso.amazonaws.com/"}', '{aws_iam_mfa_missing}'),
             (9, '{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}', '{"RoleName": "AWSReservedSSO_dba_1"}', '{aws_iam_mfa_missing}'),
             (10, '[{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/x"}, "Action": "sts:AssumeRoleWithSAML"}, {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}]', '{}', '{aws_iam_mfa_missing}'),
             (7, '{"Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:1"}}}', '{}', '{aws_iam_trust_external}')) AS r (n, trust, more, checks)
ORDER BY r.n;

-- Compared with this server: nobody logs in by IAM where there is no rds_iam.
SELECT pg_temp.told(good.document, '{fused_connect_policy}', 'shop') AS told FROM good;
CREATE ROLE rds_iam;
CREATE ROLE rds_superuser;
CREATE ROLE regress_aws_admin LOGIN IN ROLE rds_superuser, rds_iam;
CREATE ROLE regress_aws_dba LOGIN IN ROLE rds_superuser;
CREATE ROLE regress_aws_app LOGIN IN ROLE rds_iam;
CREATE ROLE "regress_aws_App" LOGIN;
CREATE ROLE regress_aws_owner IN ROLE rds_iam;
SELECT r.n, pg_temp.told(jsonb_build_array(pg_temp.allowed(r.statements), '{"DBInstances": [{"DBInstanceIdentifier": "shop", "DbiResourceId": "db-ABC", "DBInstanceArn": "arn:aws:rds:eu-west-1:111122223333:db:shop", "Engine": "postgres"}]}'::jsonb), '{fused_connect_policy}', r.instance) AS told
FROM (VALUES
    (1, 'shop', '[{"Effect": "Allow", "Action": "rds-db:connect", "Resource": "arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-ABC/regress_aws_app"}]'::jsonb),
    (2, 'db-ABC', '[{"Effect": "Allow", "Action": "rds-db:connect", "Resource": "arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-ABC/regress_aws_admin"}]'),
    (3, 'arn:aws:rds:eu-west-1:111122223333:db:shop', '[{"Effect": "Allow", "Action": "rds-db:connect", "Resource": "arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-*/regress_aws_*"}]'),
    (4, 'shop', '[{"Effect": "Allow", "Action": "rds-db:connect", "Resource": ["arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-ABC/regress_aws_nobody", "arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-ABC/regress_aws_owner", "arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-ABC/regress_aws_App", "arn:aws:rds-db:eu-west-1:111122223333:dbuser:shop/regress_aws_app"]}]'),
    (5, 'shop', '[{"Effect": "Allow", "Action": "rds-db:connect", "Resource": "arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-OTHER/regress_aws_admin"}]'),
    (6, 'shop', '[{"Effect": "Allow", "Action": "rds-db:connect", "Resource": "arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-ABC/regress_aws_admin"}, {"Effect": "Deny", "Action": "rds-db:connect", "Resource": "*"}]'),
    (7, NULL, '[{"Effect": "Allow", "Action": "rds-db:connect", "Resource": "*"}]'), (8, 'crm', '[{"Effect": "Allow", "Action": "rds-db:connect", "Resource": "*"}]')) AS r (n, instance, statements)
ORDER BY r.n;
-- a member of a cluster is known under the id of the cluster, too
SELECT r.n, pg_temp.told(jsonb_build_array(pg_temp.allowed('{"Effect": "Allow", "Action": "rds-db:connect", "Resource": "arn:aws:rds-db:eu-west-1:111122223333:dbuser:cluster-XYZ/regress_aws_admin"}'),
                                           '{"DBInstances": [{"DBInstanceIdentifier": "o-1", "DbiResourceId": "db-O1", "DBClusterIdentifier": "orders", "DBInstanceArn": "arn:aws:rds:eu-west-1:111122223333:db:o-1", "Engine": "aurora-postgresql"}]}'::jsonb, r.more), '{fused_connect_policy}', r.instance) AS told
FROM (VALUES (1, 'o-1', 'null'::jsonb), (2, 'o-1', '{"DBClusters": [{"DBClusterIdentifier": "orders", "DbClusterResourceId": "cluster-XYZ", "DBClusterArn": "arn:aws:rds:eu-west-1:111122223333:cluster:orders", "Engine": "aurora-postgresql"}]}'),
             (3, 'orders', '{"DBClusters": [{"DBClusterIdentifier": "orders", "DbClusterResourceId": "cluster-XYZ", "DBClusterArn": "arn:aws:rds:eu-west-1:111122223333:cluster:orders", "Engine": "aurora-postgresql"}]}')) AS r (n, instance, more)
ORDER BY r.n;
DROP ROLE regress_aws_admin, regress_aws_dba, regress_aws_app, "regress_aws_App", regress_aws_owner, rds_iam, rds_superuser;

-- Documents that are not there.
SELECT f.check_id, f.status, f.detail, f.remedy, f.fix FROM rds_guard.aws_report('{}', '{aws_identity,fused_connect_policy}', 'shop') AS f ORDER BY f.check_id;
