-- The keys of KMS that the databases are encrypted with, who else may use them,
-- and the topics of SNS through which RDS tells what happened.

SELECT rds_guard.define_check('aws_kms_rotation_off', 'aws_encryption', 'medium',
    title => 'A key of KMS is not rotated',
    why => 'A key that is never rotated protects all data that was ever written with it, and whoever once got hold of its material can read it all. KMS rotates by itself what it made: symmetric keys with material of KMS. Keys of AWS are rotated anyway, other keys cannot be.',
    remedy => 'Turn on rotation; what was encrypted before can still be read.',
    refs => ARRAY['Security Hub KMS.4'],
    scope => 'aws',
    needs => 'get-key-rotation-status and describe-key, for each key',
    rule => $$
        WITH used AS MATERIALIZED (
            SELECT u.* FROM rds_guard.aws_used_keys($1) AS u
        ), described AS MATERIALIZED (
            SELECT k.item ->> '_name' AS name, k.item #>> '{KeyMetadata,KeyId}' AS key, k.item -> 'KeyMetadata' AS metadata
            FROM rds_guard.aws_optional($1, 'describe-key') AS k (item)
        ), statuses AS MATERIALIZED (
            SELECT rds_guard.aws_key_id(coalesce(r.item ->> 'KeyId', r.item ->> '_name')) AS key, r.item ->> '_name' AS name,
                   coalesce(r.item ->> 'KeyId', r.item ->> '_name') AS label, rds_guard.aws_bool(r.item, 'KeyRotationEnabled') AS rotated
            FROM (SELECT r.item FROM rds_guard.aws_items($1, 'get-key-rotation-status') AS r (item)
                  WHERE rds_guard.aws_has($1, 'get-key-rotation-status') OR NOT EXISTS (SELECT FROM used)) AS r
        ), judged AS (
            SELECT s.*, d.metadata,
                   d.metadata ->> 'KeyManager' = 'AWS' OR d.metadata ->> 'Origin' <> 'AWS_KMS' OR coalesce(d.metadata ->> 'KeySpec', d.metadata ->> 'CustomerMasterKeySpec') <> 'SYMMETRIC_DEFAULT' AS exempt
            FROM statuses AS s
            LEFT JOIN LATERAL (SELECT d.metadata FROM described AS d WHERE d.key = s.key OR d.name = s.name LIMIT 1) AS d ON true
            WHERE s.rotated IS DISTINCT FROM true
        )
        SELECT concat_ws(' ', 'key', j.label),
               CASE WHEN j.rotated IS NULL THEN 'KeyRotationEnabled cannot be read'
                    WHEN j.exempt IS NULL THEN format('%s is not rotated, but whether KMS could do that is not known', concat_ws(' ', 'key', j.label))
                    ELSE format('%s is not rotated', concat_ws(' ', 'key', j.label)) END,
               CASE WHEN j.exempt IS NULL THEN 'aws kms describe-key --key-id ' || coalesce(rds_guard.aws_arg(j.label), 'KEY') || ' --output json'
                    WHEN j.label IS NOT NULL THEN rds_guard.aws_call('kms enable-key-rotation', j.label) || ' --key-id ' || rds_guard.aws_arg(j.label) END,
               jsonb_build_object('rotated', j.rotated, 'manager', j.metadata -> 'KeyManager', 'origin', j.metadata -> 'Origin', 'spec', j.metadata -> 'KeySpec')
               || CASE WHEN j.exempt IS NULL THEN '{"unknown": "Give what the command in fix prints as well."}'
                       WHEN j.rotated IS NULL THEN '{"unknown": "Give the document as AWS prints it."}' ELSE '{}'::jsonb END
        FROM judged AS j
        WHERE j.exempt IS DISTINCT FROM true
        UNION ALL
        SELECT 'key ' || u.arn, format('key %s of %s: its rotation status is not among the documents', u.arn, rds_guard.aws_some(u.databases)),
               rds_guard.aws_call('kms get-key-rotation-status', u.arn) || ' --key-id ' || rds_guard.aws_arg(u.arn) || ' --output json',
               jsonb_build_object('databases', to_jsonb(u.databases[1:100]), 'unknown', 'Give what the command in fix prints as well, under the ARN of the key as name.')
        FROM used AS u
        WHERE NOT EXISTS (SELECT FROM statuses AS s WHERE s.key = u.key)
              AND NOT EXISTS (SELECT FROM described AS d WHERE d.key = u.key AND d.metadata ->> 'KeyManager' = 'AWS')
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, rds_guard.aws_given($1, '{DBInstances,DBClusters}')) AS u
    $$);

SELECT rds_guard.define_check('aws_kms_key_policy_open', 'aws_encryption', 'high',
    title => 'The policy of a key lets everybody use it',
    why => 'A key is guarded by its own policy. One that allows Principal * lets any account of AWS decrypt with it, or hand the key on, as long as no condition says whose accounts: kms:ViaService alone says through which service, not who. Conditions with IfExists, or with a star for the account, keep nobody out.',
    remedy => 'Name the accounts and roles that need the key, or add a condition such as kms:CallerAccount or aws:PrincipalOrgID.',
    refs => '{}',
    scope => 'aws',
    needs => 'get-key-policy, for each key',
    rule => $$
        WITH used AS MATERIALIZED (
            SELECT u.* FROM rds_guard.aws_used_keys($1) AS u
        ), policies AS MATERIALIZED (
            SELECT p.item ->> '_name' AS name, p.item -> 'Policy' AS printed
            FROM rds_guard.aws_items($1, 'get-key-policy') AS p (item)
            WHERE rds_guard.aws_has($1, 'get-key-policy') OR NOT EXISTS (SELECT FROM used)
        )
        SELECT concat_ws(' ', 'key', p.name, CASE WHEN s.place > 0 THEN 'statement ' || coalesce(s.sid, s.place::text) ELSE 'policy' END),
               CASE WHEN s.problem IS NOT NULL THEN format('the policy of %s: %s', coalesce('key ' || p.name, 'a key'), s.problem)
                    ELSE format('the policy of %s lets everybody use %s%s', coalesce('key ' || p.name, 'a key'), rds_guard.aws_some(s.actions),
                                CASE WHEN s.conditions = '[]' THEN '' ELSE ' if ' || (SELECT string_agg(DISTINCT (c.condition ->> 'key') COLLATE "C", ', ') FROM jsonb_array_elements(s.conditions) AS c (condition)) || ' fits' END)
               END,
               NULL,
               jsonb_build_object('actions', to_jsonb(s.actions), 'conditions', s.conditions)
               || CASE WHEN s.problem IS NOT NULL THEN '{"unknown": "Read the policy yourself, or give it as AWS prints it."}' ELSE '{}'::jsonb END
        FROM policies AS p
        CROSS JOIN LATERAL rds_guard.aws_open_statements(p.printed,
            '{kms:Decrypt,kms:Encrypt,kms:GenerateDataKey,kms:ReEncryptFrom,kms:CreateGrant,kms:PutKeyPolicy,kms:ScheduleKeyDeletion,kms:DisableKey}',
            '{^kms:calleraccount$,^aws:principal(orgid|orgpaths|account|arn)$,^aws:source(account|arn|orgid|orgpaths|vpc|vpce)$}') AS s
        UNION ALL
        SELECT 'key ' || u.arn, format('key %s of %s: its policy is not among the documents', u.arn, rds_guard.aws_some(u.databases)),
               rds_guard.aws_call('kms get-key-policy', u.arn) || ' --key-id ' || rds_guard.aws_arg(u.arn) || ' --policy-name default --output json',
               jsonb_build_object('databases', to_jsonb(u.databases[1:100]), 'unknown', 'Give what the command in fix prints as well, under the ARN of the key as name.')
        FROM used AS u
        -- one key and one policy belong together also without a name
        WHERE NOT EXISTS (SELECT FROM policies AS p WHERE rds_guard.aws_key_id(p.name) = u.key)
              AND NOT ((SELECT count(*) FROM used) = 1 AND (SELECT count(*) FROM policies AS p WHERE p.name IS NULL) = 1)
              AND NOT EXISTS (SELECT FROM rds_guard.aws_optional($1, 'describe-key') AS d (item)
                              WHERE d.item #>> '{KeyMetadata,KeyId}' = u.key AND d.item #>> '{KeyMetadata,KeyManager}' = 'AWS')
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, rds_guard.aws_given($1, '{DBInstances,DBClusters}')) AS u
    $$);

SELECT rds_guard.define_check('aws_kms_grant_external', 'aws_encryption', 'medium',
    title => 'A grant lets another account decrypt with a key',
    why => 'A grant gives somebody a part of a key, and does not show in the policy of the key. One for another account to Decrypt is the second half of a copy of the data; with CreateGrant the account hands it on. Grants to services of AWS are how RDS uses the key.',
    remedy => 'Revoke the grant, once nobody restores copies with it. Name accounts that may have one in the policy aws_accounts.',
    refs => '{}',
    scope => 'aws',
    needs => 'list-grants, for each key',
    rule => $$
        WITH grants AS (
            SELECT g.item, g.item ->> 'GrantId' AS id, g.item ->> 'KeyId' AS key, g.item ->> 'GranteePrincipal' AS grantee,
                   coalesce(rds_guard.aws_arn(g.item ->> 'KeyId', 'account'), rds_guard.aws_arn(g.item ->> '_name', 'account')) AS owner,
                   (regexp_match(g.item ->> 'GranteePrincipal', '^(?:arn:[^:]*:[^:]*:[^:]*:)?([0-9]{12})(?::|$)'))[1] AS account,
                   g.item ->> 'GranteePrincipal' ~ '^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$' AS of_aws,
                   ARRAY(SELECT o.operation #>> '{}' FROM rds_guard.aws_elements(g.item -> 'Operations') AS o (operation)
                         WHERE o.operation <@ '["Decrypt", "CreateGrant", "ReEncryptFrom"]' ORDER BY (o.operation #>> '{}') COLLATE "C") AS operations,
                   jsonb_typeof(g.item -> 'Operations') IS DISTINCT FROM 'array' AS malformed
            FROM rds_guard.aws_items($1, 'Grants') AS g (item)
        )
        SELECT concat_ws(' ', 'key', g.key, 'grant', g.id),
               CASE WHEN g.malformed OR g.owner IS NULL OR g.account IS NULL THEN format('grant %s: whose account %s is, or what it may, cannot be told', g.id, coalesce(g.grantee, 'the grantee'))
                    ELSE format('grant %s lets %s, of another account, use %s of key %s%s', g.id, g.grantee, rds_guard.aws_some(g.operations), g.key,
                                CASE WHEN coalesce(g.item -> 'Constraints', '{}') = '{}' THEN ', without constraints' ELSE '' END) END,
               CASE WHEN g.account <> g.owner AND NOT g.malformed AND g.key LIKE 'arn:%'
                    THEN format('%s --key-id %s --grant-id %s', rds_guard.aws_call('kms revoke-grant', g.key), rds_guard.aws_arg(g.key), rds_guard.aws_arg(g.id)) END,
               jsonb_build_object('grantee', g.grantee, 'operations', to_jsonb(g.operations), 'owner', g.owner,
                                  'constrained', coalesce(g.item -> 'Constraints', '{}') <> '{}')
               || CASE WHEN g.malformed OR g.owner IS NULL OR g.account IS NULL THEN '{"unknown": "Give the document as AWS prints it, and find out who the grantee is."}'
                       WHEN g.account = ANY ((SELECT rds_guard.policy_names('aws_accounts'))::text[]) THEN '{"allowed_by": "aws_accounts"}'
                       ELSE '{}'::jsonb END
        FROM grants AS g
        WHERE NOT coalesce(g.of_aws, false) AND (g.malformed OR g.operations <> '{}' AND (g.account <> g.owner OR g.account IS NULL OR g.owner IS NULL))
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{Grants}') AS u
    $$);

SELECT rds_guard.define_check('aws_sns_topic_unencrypted', 'aws_encryption', 'low',
    title => 'A topic of SNS is not encrypted, or open to everybody',
    why => 'Events of databases name instances, snapshots and what happened to them. Without a key the topic stores them in clear text. A policy that lets everybody subscribe gives them away, and one that lets everybody publish lets a false alarm hide a real one. The policy that SNS makes names everybody, but only those of the account that owns the topic: that is no finding.',
    remedy => 'Set KmsMasterKeyId to a key of your own whose policy lets events.rds.amazonaws.com use it. In the policy name who may, or add a condition on aws:SourceAccount.',
    refs => ARRAY['Security Hub SNS.1'],
    scope => 'aws',
    needs => 'get-topic-attributes, for each topic',
    rule => $$
        WITH topics AS MATERIALIZED (
            SELECT t.item -> 'Attributes' AS attributes, coalesce(t.item #>> '{Attributes,TopicArn}', t.item ->> '_name', '?') AS topic
            FROM rds_guard.aws_items($1, 'get-topic-attributes') AS t (item)
        )
        SELECT 'topic ' || t.topic, format('topic %s has no KmsMasterKeyId', t.topic), NULL, '{}'::jsonb
        FROM topics AS t
        WHERE coalesce(t.attributes ->> 'KmsMasterKeyId', '') = ''
        UNION ALL
        SELECT concat_ws(' ', 'topic', t.topic, CASE WHEN s.place > 0 THEN 'statement ' || coalesce(s.sid, s.place::text) ELSE 'policy' END),
               CASE WHEN s.problem IS NOT NULL THEN format('the policy of topic %s: %s', t.topic, s.problem)
                    ELSE format('the policy of topic %s lets everybody use %s', t.topic, rds_guard.aws_some(s.actions)) END,
               NULL,
               jsonb_build_object('actions', to_jsonb(s.actions), 'conditions', s.conditions)
               || CASE WHEN s.problem IS NOT NULL THEN '{"unknown": "Read the policy yourself, or give it as AWS prints it."}' ELSE '{"severity": "medium"}'::jsonb END
        FROM topics AS t
        CROSS JOIN LATERAL rds_guard.aws_open_statements(t.attributes -> 'Policy', '{sns:Publish,sns:Subscribe,sns:SetTopicAttributes,sns:AddPermission,sns:DeleteTopic}',
            '{^aws:source(owner|account|arn|orgid|orgpaths|vpc|vpce)$,^aws:principal(orgid|orgpaths|account|arn)$}') AS s
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{get-topic-attributes}') AS u
    $$);
