-- Policies of IAM: how AWS prints them, what their elements mean, and what
-- their conditions are worth.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\pset null -

-- as an object, as a string, URL-encoded; and what is none of them
SELECT p.printed, rds_guard.aws_policy_document(p.printed) AS document
FROM (VALUES ('{"a": 1}'::jsonb), ('"{\"a\": 1}"'), ('" { \"a\": \"50%2A\" } "'), ('"%7B%22a%22%3A%22%2A%25%20%2B+%22%7D"'), ('"%7b%22a%22%3a1%7d"'),
             ('"%7B%22a"'), ('"%7B%FF%7D"'), ('"%7B%0"'), ('"%zz"'), ('"%5B%5D"'), ('"[]"'), ('"null"'), ('"{\"a\": \"\\u0000\"}"'), ('""'), ('5'), ('[]'), ('null'), (NULL)) AS p (printed);
-- deeper than the server can follow
SELECT rds_guard.aws_policy_document(to_jsonb(repeat('{"a":', 200000))) AS too_deep;
SELECT v.value, rds_guard.aws_strings(v.value) AS strings
FROM (VALUES ('"a"'::jsonb), ('["a", "b"]'), ('[1, true, "x"]'), ('true'), ('[]'), ('["a", ["b"]]'), ('["a", null]'), ('[{}]'), ('{}'), ('null'), (NULL)) AS v (value);
SELECT v.value, rds_guard.aws_principals(v.value) AS principals
FROM (VALUES ('"*"'::jsonb), ('{"AWS": "*"}'), ('{"AWS": ["*", "111122223333"], "Service": "rds.amazonaws.com"}'), ('{"Federated": "cognito-identity.amazonaws.com"}'), ('{"Service": "*"}'),
             ('"arn:aws:iam::111122223333:root"'), ('{"aws": "*"}'), ('{"AWS": {}}'), ('{"AWS": []}'), ('{}'), ('[]'), (NULL)) AS v (value);
SELECT v.value, rds_guard.aws_conditions(v.value) AS conditions
FROM (VALUES (NULL::jsonb), ('{}'), ('{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}'), ('{"ForAllValues:StringLikeIfExists": {"AWS:TagKeys": ["a*", "b"]}, "Bool": {"aws:SecureTransport": false}}'),
             ('{"foranyvalue:ARNLIKE": {"x": "y", "z": "1"}}'), ('{"Bool": "true"}'), ('{"Bool": {}}'), ('{"Bool": {"x": {}}}'), ('[]'), ('null')) AS v (value);

-- statements, one or a list, numbered; each element a list
SELECT s.place, s.sid, s.effect, s.actions, s.not_actions, s.resources, s.not_resources, s.principals, s.not_principals, s.problem
FROM rds_guard.aws_policy_statements('{"Version": "2012-10-17", "Statement": [
    {"Sid": "One", "Effect": "Allow", "Action": "rds:*", "Resource": "*"},
    {"Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "NotResource": ["a", "b"], "NotPrincipal": {"AWS": "111122223333"}},
    {"Effect": "Allow", "Action": "s3:GetObject", "Principal": "*"}]}') AS s;
SELECT d.n, s.place, s.effect, s.problem
FROM (VALUES
    (1, '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'::jsonb),
    (2, NULL), (3, '"no JSON"'), (4, '{}'), (5, '{"Statement": []}'), (6, '{"Statement": "Allow"}'), (7, '{"statement": {"Effect": "Allow", "Action": "*"}}'), (8, '{"Statement": [7]}'),
    (9, '{"Statement": {"Effect": "allow", "Action": "*"}}'), (10, '{"Statement": {"Action": "*"}}'), (11, '{"Statement": {"Effect": "Allow"}}'), (12, '{"Statement": {"Effect": "Allow", "Action": "a:b", "NotAction": "c:d"}}'),
    (13, '{"Statement": {"Effect": "Allow", "Action": []}}'), (14, '{"Statement": {"Effect": "Allow", "Action": {"a": "b"}}}'), (15, '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": null}}'),
    (16, '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "NotResource": "x"}}'), (17, '{"Statement": {"Effect": "Allow", "Action": "*", "Principal": "somebody"}}'),
    (18, '{"Statement": {"Effect": "Allow", "Action": "*", "Principal": "*", "NotPrincipal": "*"}}'), (19, '{"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"Bool": 1}}}'),
    (20, '{"Statement": {"Effect": "Allow", "Action": "*", "Conditions": {}}}')) AS d (n, printed)
CROSS JOIN LATERAL rds_guard.aws_policy_statements(d.printed) AS s
ORDER BY d.n, s.place;

-- actions: upper and lower case are the same, and nothing of LIKE or of regular expressions means anything
SELECT p.pattern, rds_guard.aws_matching(ARRAY[p.pattern], '{rds:ModifyDBInstance,rds:DeleteDBInstance,rds-db:connect,kms:Decrypt}') AS matching
FROM unnest(ARRAY['*', 'rds:*', 'RDS:MODIFYDBINSTANCE', 'rds*:*', 'rds:?odify*', 'r?s:*', '*:*Instance', 'rds-db:connect', 'rds-?b:*', 'rds:%', 'rds:_odifyDBInstance', 'rds\:*', 'rds:.*', '', 'rds:ModifyDB']) AS p (pattern);
SELECT rds_guard.aws_spoken_of('{kms:*,rds:Mod*}', NULL, '{rds:ModifyDBInstance,kms:Decrypt,s3:GetObject}') AS action,
       rds_guard.aws_spoken_of(NULL, '{kms:*,rds:Mod*}', '{rds:ModifyDBInstance,kms:Decrypt,s3:GetObject}') AS not_action;
-- resources
SELECT r.resource, rds_guard.aws_all_of_it(r.resource) AS all_of_it
FROM unnest('{*,arn:aws:rds:*,arn:aws:rds:*:*:*,arn:aws:rds:*:*:db:*,arn:aws-cn:rds:cn-north-1:111122223333:cluster:?*,arn:aws:kms:*:111122223333:key/*,arn:aws:rds-db:*:*:dbuser:*/*,arn:aws:secretsmanager:*:*:secret:prod-*,arn:aws:rds:*:*:db:shop,arn:aws:kms:*:*:key/mrk-*,arn:aws:rds:eu-west-1,"",arn:aws:rds:*:*:db:}'::text[]) AS r (resource);
-- several patterns, and those that leave nothing out
SELECT r.resources, rds_guard.aws_takes_all(r.resources) AS takes_all
FROM (VALUES ('{arn:aws:rds:*:*:db*}'::text[]), ('{arn:aws:rds:*:*:*b:*}'), ('{arn:aws:secretsmanager:*:*:secret:rds!*}'), ('{arn:aws:rds:*:*:snapshot:rds:*}'), ('{arn:aws:rds:*:*:db:*-*,arn:aws:rds:*:*:db:*4*,arn:aws:rds:*:*:db:*v}'), ('{arn:aws:rds:*:*:d*}'),
             ('{arn:aws:rds:*:*:db:prod*}'), ('{arn:aws:rds:*:*:db:*-prod,arn:aws:rds:*:*:db:*-dev}'), ('{arn:aws:secretsmanager:*:*:secret:rds!db-0123*}'), ('{arn:aws:rds:*:*:db:a*,arn:aws:rds:*:*:db:m*}'), ('{arn:aws:rds:*:*:db:??????}'), ('{}'), (NULL)) AS r (resources);
SELECT c.wider, c.narrower, rds_guard.aws_covers(c.wider, c.narrower) AS covers
FROM (VALUES ('{*}'::text[], '{a,b*}'::text[]), ('{arn:aws:rds:*}', '{arn:aws:rds:x}'), ('{arn:aws:rds:*}', '{*}'), ('{a*,b}', '{ab,b}'), ('{a?}', '{a*}'), ('{a?}', '{ab}'), (NULL, '{a}'), ('{a}', NULL)) AS c (wider, narrower);
-- whom rds-db:connect means; what is no database user gives nothing
SELECT t.* FROM rds_guard.aws_connect_targets('{*,arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-ABC/app,arn:aws:rds-db:*:*:dbuser:cluster-ABC/*,arn:aws:rds-db:*:*:dbuser:*,arn:aws:rds-db:*,arn:*:rds-db:*:*:dbuser:*/app,*/app,arn:aws:*:*:*:dbuser:*/p*,ar*,"arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-ABC/${aws:username}",arn:aws:rds:*:*:db:*,arn:aws:s3:::bucket/*,arn:aws:rds*,arn:aws:rds-data:*,arn:aws:rds-db:eu-west-1:111122223333:db-ABC,x*}') AS t;
SELECT t.* FROM rds_guard.aws_connect_targets(NULL) AS t;

-- Conditions. What has to hold for everybody who gets through an Allow ...
SELECT c.condition, rds_guard.aws_demands(rds_guard.aws_conditions(c.condition), '{^aws:principalorgid$,^aws:principalarn$,^aws:sourceip$,:sub$}') AS demands
FROM (VALUES ('{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}'::jsonb), ('{"StringEquals": {"AWS:PRINCIPALORGID": ["o-1", "o-2"]}}'), ('{"StringLike": {"aws:PrincipalOrgID": "*"}}'),
             ('{"StringLike": {"aws:PrincipalOrgID": ["o-1", "*"]}}'), ('{"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}'), ('{"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}}'),
             ('{"ForAnyValue:StringEquals": {"aws:PrincipalOrgID": "o-1"}}'), ('{"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}'), ('{"Null": {"aws:PrincipalOrgID": "false"}}'),
             ('{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}'), ('{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}'), ('{"StringLike": {"aws:PrincipalArn": "*"}}'),
             ('{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}'), ('{"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "0.0.0.0/0"]}}'), ('{"IpAddress": {"aws:SourceIp": "::/0"}}'),
             ('{"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}}'), ('{"StringLike": {"token.actions.githubusercontent.com:sub": "repo:company/*"}}'), ('{"StringEquals": {"accounts.google.com:sub": "1234"}}'),
             ('{"Bool": {"aws:SecureTransport": "true"}}'), ('{}')) AS c (condition);
SELECT p.key, p.value, rds_guard.aws_is_pinned(p.key, p.value) AS pinned
FROM (VALUES ('aws:principalorgid', 'o-*'), ('aws:principalorgid', 'o-a1'), ('aws:principalorgpaths', 'o-*/r-*'), ('aws:principalorgpaths', 'o-a1/*'), ('aws:sourcevpc', 'vpc-*'), ('aws:sourcevpc', 'vpc-1'),
             ('aws:sourcevpce', 'vpce-*'), ('aws:sourcevpce', 'vpce-1'), ('kms:calleraccount', '1*'), ('kms:calleraccount', '111122223333')) AS p (key, value);
-- ... and who is hit by a Deny: whoever has not a certain value
SELECT c.condition, rds_guard.aws_refuses_others(rds_guard.aws_conditions(c.condition), '{^aws:principalorgid$,^aws:sourceip$}') AS refuses
FROM (VALUES ('{"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}'::jsonb), ('{"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}'),
             ('{"StringNotEquals": {"aws:PrincipalOrgID": "o-1", "aws:username": "root"}}'), ('{"StringNotLike": {"aws:PrincipalOrgID": "*"}}'), ('{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}'),
             ('{"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "Bool": {"aws:ViaAWSService": "false"}}'), ('{"ForAnyValue:StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}'), ('{}')) AS c (condition);
SELECT c.condition, rds_guard.aws_demands_mfa(rds_guard.aws_conditions(c.condition)) AS allow, rds_guard.aws_refuses_without_mfa(rds_guard.aws_conditions(c.condition)) AS deny
FROM (VALUES ('{"Bool": {"aws:MultiFactorAuthPresent": "true"}}'::jsonb), ('{"BoolIfExists": {"aws:MultiFactorAuthPresent": true}}'), ('{"Bool": {"aws:MultiFactorAuthPresent": "false"}}'),
             ('{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}'), ('{"BoolIfExists": {"aws:MultiFactorAuthPresent": false}, "StringEquals": {"aws:username": "bob"}}'),
             ('{"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}'), ('{"NumericLessThanIfExists": {"aws:MultiFactorAuthAge": "3600"}}'), ('{"Null": {"aws:MultiFactorAuthAge": "true"}}'),
             ('{"Null": {"aws:MultiFactorAuthAge": "false"}}'), ('{"Bool": {"aws:MultiFactorAuthPresent": ["true", "false"]}}'), ('{}')) AS c (condition);

-- A policy of a resource: what everybody may.
SELECT p.n, o.place, o.sid, o.actions, o.problem
FROM (VALUES
    (1, '{"Statement": [{"Sid": "open", "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}, {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}]}'::jsonb),
    (2, '{"Statement": {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": "kms:D*", "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "rds.eu-west-1.amazonaws.com"}}}}'),
    (3, '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:D*", "Resource": "*", "Condition": {"StringEquals": {"kms:CallerAccount": "111122223333", "kms:ViaService": "rds.eu-west-1.amazonaws.com"}}}}'),
    (4, '{"Statement": {"Effect": "Allow", "NotPrincipal": {"AWS": "444455556666"}, "NotAction": "kms:Encrypt", "Resource": "*"}}'),
    (5, '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}, {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": {"StringNotEquals": {"kms:CallerAccount": "111122223333"}}}]}'),
    (6, '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}, {"Effect": "Deny", "Principal": {"AWS": "444455556666"}, "Action": "kms:*", "Resource": "*"}, {"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}]}'),
    (7, '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:ListAliases", "Resource": "*"}]}'), (8, '"not JSON"')) AS p (n, printed)
CROSS JOIN LATERAL rds_guard.aws_open_statements(p.printed, '{kms:Decrypt,kms:Encrypt}', '{^kms:calleraccount$}') AS o
ORDER BY p.n, o.place;
