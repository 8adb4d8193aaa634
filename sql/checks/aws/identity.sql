-- What IAM allows about databases, to whom, and how well that is guarded. A
-- policy is judged by itself: what another policy, a permissions boundary or a
-- service control policy takes away is not looked at.

SELECT rds_guard.define_check('aws_iam_policy_rds_star', 'aws_identity', 'high',
    title => 'A policy of IAM allows everything in RDS',
    why => 'Whoever may do everything in RDS may give the database away: set the password of the master user, share a snapshot with another account, make the instance public, or delete it. A policy says so in many ways: *, rds:*, r?s:*, or NotAction with a few exceptions. Denials of the same policy are taken off; a condition makes it less bad.',
    remedy => 'Write down the actions and the databases that are really needed. Name who is meant to administer all of AWS in the policy aws_admins.',
    refs => ARRAY['Security Hub IAM.1', 'Security Hub IAM.21'],
    scope => 'aws',
    needs => 'get-account-authorization-details, or get-policy-version, get-role-policy and the like',
    rule => $$
        WITH probes AS MATERIALIZED (
            SELECT '{rds:AddRoleToDBInstance,rds:CopyDBSnapshot,rds:CreateDBInstance,rds:DeleteDBInstance,rds:DescribeDBInstances,rds:DownloadDBLogFilePortion,rds:FailoverDBCluster,rds:ListTagsForResource,rds:ModifyDBSnapshotAttribute,rds:ModifyDBInstance,rds:PromoteReadReplica,rds:RebootDBInstance,rds:RemoveTagsFromResource,rds:ResetDBParameterGroup,rds:RestoreDBInstanceFromDBSnapshot,rds:StartExportTask,rds:StopDBInstance,rds:SwitchoverBlueGreenDeployment}'::text[] AS actions
        ), grants AS MATERIALIZED (
            -- total: all of it, and the most of that is left after denials
            SELECT g.*, g.everything AND 2 * cardinality(g.actions) >= cardinality(p.actions)
                        AND (g.by_exclusion OR cardinality(g.actions) + cardinality(g.denied) >= cardinality(p.actions)) AS total
            FROM probes AS p
            CROSS JOIN LATERAL rds_guard.aws_grants($1, p.actions) AS g
        )
        SELECT g.object, format('%s allows %s', g.object, rds_guard.aws_grant_sentence(g.holders, g.written, g.by_exclusion, g.resources, g.not_resources, g.conditions)),
               NULL,
               rds_guard.aws_grant_evidence(g.holders, g.names, g.written, g.denied, g.resources, g.not_resources, g.conditions,
                                            (SELECT rds_guard.policy_names('aws_admins')))
               || jsonb_build_object('severity', CASE WHEN g.conditions = '[]' THEN 'high' ELSE 'medium' END)
        FROM grants AS g
        WHERE g.problem IS NULL AND g.total
        UNION ALL
        -- the same in several statements
        SELECT m.policy, format('%s allows %s', m.policy, rds_guard.aws_grant_sentence(m.holders, m.written, false, m.resources, NULL, '[]')), NULL,
               rds_guard.aws_grant_evidence(m.holders, m.names, m.written, '{}', m.resources, NULL, '[]', (SELECT rds_guard.policy_names('aws_admins')))
               || jsonb_build_object('severity', CASE WHEN m.conditional THEN 'medium' ELSE 'high' END)
        FROM (SELECT g.policy, g.holders, g.names, array_agg(DISTINCT w.pattern COLLATE "C") AS written, array_agg(DISTINCT coalesce(r.resource, '*') COLLATE "C") AS resources,
                     bool_or(g.conditions <> '[]') AS conditional
              FROM grants AS g
              CROSS JOIN probes AS p
              CROSS JOIN LATERAL unnest(g.written) AS w (pattern)
              CROSS JOIN LATERAL unnest(coalesce(g.resources, '{*}')) AS r (resource)
              CROSS JOIN LATERAL unnest(g.actions || g.denied) AS a (action)
              WHERE g.problem IS NULL AND g.everything AND NOT g.by_exclusion
              GROUP BY g.policy, g.holders, g.names, p.actions
              HAVING NOT bool_or(g.total) AND count(DISTINCT a.action) = cardinality(p.actions)
                     AND 2 * count(DISTINCT a.action) FILTER (WHERE a.action = ANY (g.actions)) >= cardinality(p.actions)) AS m
        UNION ALL
        SELECT g.object, format('%s: %s', g.object, g.problem), NULL, '{"unknown": "Read the policy yourself, or give it as AWS prints it."}'
        FROM grants AS g
        WHERE g.problem IS NOT NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread_policies($1) AS u
    $$);

SELECT rds_guard.define_check('aws_iam_privileged_rds_actions', 'aws_identity', 'high',
    title => 'A policy of IAM allows actions that give a database away, on all of them',
    why => 'Each of these is a way around the database: ModifyDBInstance sets the password of the master user, ModifyDBSnapshotAttribute and StartExportTask hand the data to others, a restored copy has other rules for who gets in, GetSecretValue reads the password, CreateGrant gives the key. A policy for one application has no need to allow them for every database.',
    remedy => 'Name the databases, snapshots, secrets and keys in Resource, or take the action away. Name who is meant to administer all of AWS in the policy aws_admins.',
    refs => '{}',
    scope => 'aws',
    needs => 'get-account-authorization-details, or get-policy-version, get-role-policy and the like',
    rule => $$
        WITH grants AS MATERIALIZED (
            SELECT g.* FROM rds_guard.aws_grants($1, ARRAY(SELECT a.action FROM rds_guard.aws_powerful_actions() AS a (action))) AS g
        )
        SELECT g.object, format('%s allows %s: %s', g.object, rds_guard.aws_some(g.actions),
                                rds_guard.aws_grant_sentence(g.holders, g.written, g.by_exclusion, g.resources, g.not_resources, g.conditions)),
               NULL,
               rds_guard.aws_grant_evidence(g.holders, g.names, g.actions, g.denied, g.resources, g.not_resources, g.conditions,
                                            (SELECT rds_guard.policy_names('aws_admins')))
               || jsonb_build_object('severity', CASE WHEN g.conditions = '[]' THEN 'high' ELSE 'medium' END)
        FROM grants AS g
        WHERE g.problem IS NULL AND g.everything
        UNION ALL
        SELECT g.object, format('%s: %s', g.object, g.problem), NULL, '{"unknown": "Read the policy yourself, or give it as AWS prints it."}'
        FROM grants AS g
        WHERE g.problem IS NOT NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread_policies($1) AS u
    $$);

SELECT rds_guard.define_check('aws_iam_mfa_missing', 'aws_identity', 'medium',
    title => 'A policy of IAM allows actions that give a database away without a second factor',
    why => 'An access key or a password that was stolen is enough for whatever a policy allows without one. A condition on aws:MultiFactorAuthPresent asks for the second factor: in an Allow with Bool and true, in a Deny with BoolIfExists and false, because requests by access keys do not have that key at all. Roles that only services of AWS can assume, or only people with a second factor, are left out; of those that only an identity provider lets in, IAM Identity Center for one, it is not known, for their sessions never tell of it.',
    remedy => 'Add the condition to the statement, or a Deny for requests without a second factor to the policy.',
    refs => ARRAY['Security Hub IAM.19'],
    scope => 'aws',
    needs => 'get-account-authorization-details, or get-policy-version, get-role-policy and the like',
    rule => $$
        WITH grants AS MATERIALIZED (
            SELECT g.* FROM rds_guard.aws_grants($1, ARRAY(SELECT a.action FROM rds_guard.aws_powerful_actions() AS a (action))) AS g
        ), federated AS MATERIALIZED (
            -- whom only an identity provider lets in: what such a session has of
            -- keys never tells of a second factor, the provider asks for it
            SELECT array_agg('role ' || r.role) AS roles
            FROM rds_guard.aws_roles($1) AS r
            WHERE (SELECT bool_and(s.problem IS NULL AND coalesce(s.effect = 'Deny' OR array_to_string(s.principals, E'\n') !~ '(^|\n)(?!Federated |Service )', false))
                          AND bool_or(s.effect = 'Allow' AND array_to_string(s.principals, E'\n') ~ '(^|\n)Federated ')
                   FROM rds_guard.aws_policy_statements(r.trust) AS s)
        ), unguarded AS MATERIALIZED (
            SELECT g.*, coalesce(g.holders <> '{}' AND g.holders <@ (SELECT f.roles FROM federated AS f), false) AS of_providers
            FROM grants AS g
            WHERE g.problem IS NULL AND NOT g.of_services AND NOT g.refused_without_mfa AND NOT rds_guard.aws_demands_mfa(g.conditions)
        )
        SELECT g.object, format('%s allows %s without a second factor: %s', g.object, rds_guard.aws_some(g.actions),
                                rds_guard.aws_grant_sentence(g.holders, g.written, g.by_exclusion, g.resources, g.not_resources, g.conditions)),
               NULL,
               rds_guard.aws_grant_evidence(g.holders, g.names, g.actions, g.denied, g.resources, g.not_resources, g.conditions, '{}')
        FROM unguarded AS g
        WHERE NOT g.of_providers
        UNION ALL
        SELECT 'identity providers', format('%s role(s) that only an identity provider lets in allow %s: whether it asks for a second factor is not among the documents',
                                             count(DISTINCT g.holders), rds_guard.aws_some(array_agg(DISTINCT a.action COLLATE "C"))), NULL,
               jsonb_build_object('holders', to_jsonb((array_agg(DISTINCT g.holders[1] COLLATE "C"))[1:100]), 'unknown', 'Look at what IAM Identity Center, or the other provider, asks of people.')
        FROM unguarded AS g
        CROSS JOIN LATERAL unnest(g.actions) AS a (action)
        WHERE g.of_providers
        HAVING count(*) > 0
        UNION ALL
        SELECT g.object, format('%s: %s', g.object, g.problem), NULL, '{"unknown": "Read the policy yourself, or give it as AWS prints it."}'
        FROM grants AS g
        WHERE g.problem IS NOT NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread_policies($1) AS u
    $$);

SELECT rds_guard.define_check('aws_iam_rds_connect_broad', 'aws_identity', 'critical',
    title => 'A policy of IAM lets somebody log in to databases as any user',
    why => 'With rds-db:connect IAM takes the place of the password. Where the resource ends in a star, whoever has the policy chooses the user, and takes the mightiest that has rds_iam; where it names the master user, that is who they are. A star for the database only is for every database that there will be.',
    remedy => 'Name one database and one user: arn:aws:rds-db:REGION:ACCOUNT:dbuser:RESOURCE-ID/USER, with the DbiResourceId of the instance or the DbClusterResourceId of the cluster. Name who is meant to administer all of AWS in the policy aws_admins.',
    refs => '{}',
    scope => 'aws',
    needs => 'get-account-authorization-details, or get-policy-version, get-role-policy and the like; describe-db-instances or describe-db-clusters for who is the master user',
    rule => $$
        WITH grants AS MATERIALIZED (
            SELECT g.* FROM rds_guard.aws_grants($1, '{rds-db:connect}') AS g
        ), targets AS MATERIALIZED (
            SELECT g.*, t.database_id, t.db_user, t.resource, t.db_user ~ '^[*?]*[*][*?]*$' AS any_user
            FROM grants AS g
            CROSS JOIN LATERAL rds_guard.aws_connect_targets(g.resources) AS t
            WHERE g.problem IS NULL
        ), masters AS MATERIALIZED (
            SELECT DISTINCT coalesce(d.item ->> 'DbiResourceId', d.item ->> 'DbClusterResourceId') AS id, CASE WHEN d.item ->> 'Engine' IN ('postgres', 'aurora-postgresql') THEN d.item ->> 'MasterUsername' END AS name
            FROM (SELECT i.item FROM rds_guard.aws_optional($1, 'DBInstances') AS i (item)
                  UNION ALL
                  SELECT c.item FROM rds_guard.aws_optional($1, 'DBClusters') AS c (item)) AS d
        ), judged AS (
            SELECT t.*,
                   (SELECT array_agg(DISTINCT m.name COLLATE "C") FROM masters AS m
                    WHERE NOT t.any_user AND m.name LIKE ANY (rds_guard.aws_like(ARRAY[t.db_user])) AND m.id LIKE ANY (rds_guard.aws_like(ARRAY[t.database_id]))) AS masters
            FROM targets AS t
        ), worst AS (
            SELECT DISTINCT ON (j.object) j.*,
                   CASE WHEN j.any_user OR j.masters IS NOT NULL THEN 'critical' ELSE 'medium' END AS how_bad
            FROM judged AS j
            WHERE j.any_user OR j.masters IS NOT NULL OR j.database_id ~ '^((db|cluster|prx)-)?[*?]*[*][*?]*$'
            ORDER BY j.object, NOT j.any_user, j.masters IS NULL, j.resource
        )
        SELECT w.object,
               format('%s lets %s log in to %s as %s', w.object, coalesce(nullif(rds_guard.aws_some(w.holders), ''), 'whoever has it'),
                      CASE WHEN w.database_id ~ '^((db|cluster|prx)-)?[*?]*[*][*?]*$' THEN 'any database' ELSE w.database_id END,
                      CASE WHEN w.any_user THEN 'any user' WHEN w.masters IS NOT NULL THEN 'the master user ' || rds_guard.aws_some(w.masters) ELSE w.db_user END),
               NULL,
               rds_guard.aws_grant_evidence(w.holders, w.names, w.actions, w.denied, w.resources, w.not_resources, w.conditions,
                                            (SELECT rds_guard.policy_names('aws_admins')))
               || jsonb_build_object('severity', w.how_bad)
        FROM worst AS w
        UNION ALL
        SELECT g.object, format('%s: %s', g.object, g.problem), NULL, '{"unknown": "Read the policy yourself, or give it as AWS prints it."}'
        FROM grants AS g
        WHERE g.problem IS NOT NULL
        UNION ALL
        SELECT 'master users', format('%s names the user %s: whether that is a master user is not known', min(t.object), min(t.db_user)),
               rds_guard.aws_command('DBInstances'), '{"unknown": "Give what the command in fix prints as well."}'
        FROM targets AS t
        WHERE NOT t.any_user AND NOT $1 ?| '{DBInstances,DBClusters}'
        HAVING count(*) > 0
        UNION ALL
        SELECT 'master users of ' || t.database_id,
               format('%s names the user %s of %s, which is not among the documents: whether that is a master user is not known', min(t.object), min(t.db_user), t.database_id),
               rds_guard.aws_command(CASE WHEN t.database_id ~ '^cluster-' THEN 'DBClusters' ELSE 'DBInstances' END),
               '{"unknown": "Give what the command in fix prints as well, of each region."}'
        FROM targets AS t
        WHERE NOT t.any_user AND $1 ?| '{DBInstances,DBClusters}'
              AND NOT EXISTS (SELECT FROM masters AS m WHERE m.id LIKE ANY (rds_guard.aws_like(ARRAY[t.database_id])))
        GROUP BY t.database_id
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread_policies($1) AS u
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, rds_guard.aws_given($1, '{DBInstances,DBClusters}')) AS u
    $$);

SELECT rds_guard.define_check('aws_iam_connect_no_condition', 'aws_identity', 'low',
    title => 'A policy of IAM lets somebody log in to databases from anywhere, at any time',
    why => 'Whoever has stolen credentials that may rds-db:connect can use them wherever the port can be reached. A condition on where the request comes from, on the time, or on a second factor keeps them to where they belong. Conditions with IfExists, or that fit every value, hold nobody back.',
    remedy => 'Add a condition such as aws:SourceIp, aws:SourceVpc, aws:VpcSourceIp, DateLessThan aws:CurrentTime or aws:MultiFactorAuthPresent to the statement, and try whether the application can still log in. Name who is meant to administer all of AWS in the policy aws_admins.',
    refs => '{}',
    scope => 'aws',
    needs => 'get-account-authorization-details, or get-policy-version, get-role-policy and the like',
    rule => $$
        WITH grants AS MATERIALIZED (
            SELECT g.* FROM rds_guard.aws_grants($1, '{rds-db:connect}') AS g
        )
        SELECT g.object, format('%s allows rds-db:connect without a condition on place, time or second factor: %s', g.object,
                                rds_guard.aws_grant_sentence(g.holders, g.written, g.by_exclusion, g.resources, g.not_resources, g.conditions)),
               NULL,
               rds_guard.aws_grant_evidence(g.holders, g.names, g.actions, g.denied, g.resources, g.not_resources, g.conditions,
                                            (SELECT rds_guard.policy_names('aws_admins')))
        FROM grants AS g
        WHERE g.problem IS NULL AND NOT g.refused_without_mfa AND NOT g.refused_elsewhere
              AND EXISTS (SELECT FROM rds_guard.aws_connect_targets(g.resources))
              AND NOT rds_guard.aws_demands(g.conditions, '{^aws:(sourceip|vpcsourceip|sourcevpc|sourcevpce|currenttime|epochtime|multifactorauthpresent|multifactorauthage)$}')
        UNION ALL
        SELECT g.object, format('%s: %s', g.object, g.problem), NULL, '{"unknown": "Read the policy yourself, or give it as AWS prints it."}'
        FROM grants AS g
        WHERE g.problem IS NOT NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread_policies($1) AS u
    $$);

SELECT rds_guard.define_check('aws_scp_guardrails', 'aws_identity', 'low',
    title => 'No service control policy guards the databases of the organization',
    why => 'A service control policy binds also the administrators of an account. Three rules of it keep the worst from happening whatever else goes wrong: nobody deletes databases, nobody makes one without encryption, and nobody makes one in a region that nobody watches. Only what the policies say is looked at, not where they are attached.',
    remedy => 'Add a Deny of rds:DeleteDBInstance and rds:DeleteDBCluster but for the role that may, of rds:CreateDBInstance and rds:CreateDBCluster where rds:StorageEncrypted is false, and of everything where aws:RequestedRegion is none of yours.',
    refs => '{}',
    scope => 'aws',
    needs => 'describe-policy of Organizations, for each service control policy',
    rule => $$
        WITH policies AS MATERIALIZED (
            SELECT coalesce(p.item #>> '{Policy,PolicySummary,Name}', p.item ->> '_name', '?') AS policy, p.item #> '{Policy,Content}' AS printed
            FROM rds_guard.aws_items($1, 'describe-policy') AS p (item)
            WHERE p.item #>> '{Policy,PolicySummary,Type}' IS NULL OR p.item #>> '{Policy,PolicySummary,Type}' = 'SERVICE_CONTROL_POLICY'
        ), statements AS MATERIALIZED (
            SELECT p.policy, s.*,
                   CASE WHEN s.problem IS NULL AND s.effect = 'Deny'
                        THEN rds_guard.aws_spoken_of(s.actions, s.not_actions, '{rds:DeleteDBInstance,rds:DeleteDBCluster,rds:CreateDBInstance,rds:CreateDBCluster}') END AS spoken_of
            FROM policies AS p
            CROSS JOIN LATERAL rds_guard.aws_policy_statements(p.printed) AS s
        ), rails AS (
            SELECT r.object, r.detail,
                   (SELECT array_agg(DISTINCT a.action)
                    FROM statements AS s
                    CROSS JOIN LATERAL unnest(s.spoken_of) AS a (action)
                    -- who is let off is one thing, where and how another
                    WHERE (s.resources IS NULL OR rds_guard.aws_takes_all(s.resources))
                          AND NOT EXISTS (SELECT FROM jsonb_array_elements(s.conditions) AS c (condition)
                                          WHERE c.condition ->> 'key' IS DISTINCT FROM r.key AND NOT rds_guard.aws_lets_off(c.condition))
                          AND (r.key IS NULL
                               OR EXISTS (SELECT FROM jsonb_array_elements(s.conditions) AS c (condition)
                                          WHERE c.condition ->> 'key' = r.key AND c.condition ->> 'operator' ~ r.operator
                                                AND (r.value IS NULL OR c.condition -> 'values' = to_jsonb(ARRAY[r.value]))
                                                -- no region but those that are named
                                                AND NOT EXISTS (SELECT FROM jsonb_array_elements_text(c.condition -> 'values') AS v (value)
                                                                WHERE r.value IS NULL AND 'xx-nowhere-9' LIKE ANY (rds_guard.aws_like(ARRAY[v.value])))))) AS actions,
                   r.wanted
            FROM (VALUES ('deletion of databases', 'no service control policy among the documents denies the deletion of instances and clusters', NULL, NULL, NULL,
                          '{rds:DeleteDBCluster,rds:DeleteDBInstance}'::text[]),
                         ('databases without encryption', 'no service control policy among the documents denies making databases whose rds:StorageEncrypted is false',
                          'rds:storageencrypted', '^bool$', 'false', '{rds:CreateDBCluster,rds:CreateDBInstance}'),
                         ('databases in any region', 'no service control policy among the documents denies making databases outside certain regions (aws:RequestedRegion)',
                          'aws:requestedregion', '^stringnot', NULL, '{rds:CreateDBCluster,rds:CreateDBInstance}')) AS r (object, detail, key, operator, value, wanted)
        )
        SELECT r.object, r.detail, NULL, jsonb_build_object('missing', to_jsonb(ARRAY(SELECT w.action FROM unnest(r.wanted) AS w (action)
                                                                                      WHERE w.action <> ALL (coalesce(r.actions, '{}')))))
        FROM rails AS r
        WHERE NOT r.wanted <@ coalesce(r.actions, '{}')
        UNION ALL
        SELECT DISTINCT 'service control policy ' || s.policy, format('service control policy %s: %s', s.policy, s.problem), NULL,
               '{"unknown": "Read the policy yourself, or give it as AWS prints it."}'::jsonb
        FROM statements AS s
        WHERE s.problem IS NOT NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{describe-policy}') AS u
    $$);

SELECT rds_guard.define_check('aws_iam_trust_external', 'aws_identity', 'high',
    title => 'A role of IAM that may do much with databases can be assumed from outside',
    why => 'Who may assume a role stands in its trust policy, not in what it may do. Another account, everybody (*) or an identity provider for all the world, such as that of a code hosting service, is outside: without sts:ExternalId, aws:PrincipalOrgID or a condition on the subject of the token, whoever gets that far has the databases.',
    remedy => 'Add a condition: sts:ExternalId for another company, aws:PrincipalOrgID for an account of yours, the sub claim for an identity provider. Name accounts that may come in the policy aws_accounts.',
    refs => '{}',
    scope => 'aws',
    needs => 'get-account-authorization-details',
    rule => $$
        WITH roles AS MATERIALIZED (
            SELECT r.*
            FROM rds_guard.aws_roles($1) AS r
            WHERE NOT r.of_aws
            UNION ALL
            SELECT NULL, NULL, NULL, NULL, NULL FROM rds_guard.aws_items($1, 'RoleDetailList') AS n WHERE NOT $1 ?| '{RoleDetailList,Roles}'
        ), statements AS MATERIALIZED (
            SELECT r.role, r.account, s.*
            FROM roles AS r
            CROSS JOIN LATERAL rds_guard.aws_policy_statements(r.trust) AS s
        ), trusted AS MATERIALIZED (
            SELECT s.role, s.place, s.account, s.conditions, p.principal,
                   (regexp_match(p.principal, '^(?:AWS|Federated) (?:arn:[^:]*:[^:]*:[^:]*:)?([0-9]{12})(?::|$)'))[1] AS foreign_account
            FROM statements AS s
            CROSS JOIN LATERAL unnest(coalesce(s.principals, '{*}')) AS p (principal)
            WHERE s.problem IS NULL AND s.effect = 'Allow'
                  AND rds_guard.aws_spoken_of(s.actions, s.not_actions, '{sts:AssumeRole,sts:AssumeRoleWithSAML,sts:AssumeRoleWithWebIdentity}') <> '{}'
        ), outside AS MATERIALIZED (
            SELECT t.role, array_agg(DISTINCT t.principal COLLATE "C") AS principals,
                   array_agg(DISTINCT t.foreign_account) AS accounts, bool_or(t.foreign_account IS NULL OR t.foreign_account = t.account) AS unnamed,
                   -- without an ARN the role may be of the account that it trusts
                   bool_and(t.account IS NULL AND t.foreign_account IS NOT NULL AND t.principal NOT LIKE '%:oidc-provider/%') AS perhaps_own
            FROM trusted AS t
            WHERE CASE
                      WHEN t.principal = '*' OR t.principal LIKE 'AWS %' AND t.foreign_account IS DISTINCT FROM t.account AND t.foreign_account IS NOT NULL
                           OR t.principal LIKE 'Federated %' AND t.principal NOT LIKE '%:oidc-provider/%' AND t.foreign_account IS DISTINCT FROM t.account AND t.foreign_account IS NOT NULL THEN
                          NOT rds_guard.aws_demands(t.conditions, '{^sts:externalid$,^aws:principal(orgid|orgpaths|account|arn)$,^aws:source(account|arn|orgid|orgpaths)$}')
                      -- the provider is for all the world, whoever registered it
                      WHEN t.principal LIKE 'Federated %' AND (t.principal LIKE '%:oidc-provider/%' OR t.foreign_account IS NULL) THEN
                          NOT rds_guard.aws_demands(t.conditions, CASE WHEN t.principal LIKE '%githubusercontent.com%' THEN '{:sub$,:repository$,:repository_owner$,:job_workflow_ref$}'
                                                                       -- only there the audience is an application of one's own
                                                                       WHEN t.principal ~ '(^Federated |:oidc-provider/)(accounts[.]google[.]com|cognito-identity[.]amazonaws[.]com)$' THEN '{:sub$,:aud$,:amr$}'
                                                                       ELSE '{:sub$}' END::text[])
                      ELSE false
                  END
            GROUP BY t.role
        ), grants AS MATERIALIZED (
            SELECT h.holder, g.actions, g.problem
            FROM rds_guard.aws_grants($1, '{rds-db:connect}' || ARRAY(SELECT a.action FROM rds_guard.aws_powerful_actions() AS a (action))) AS g
            CROSS JOIN LATERAL unnest(g.holders) AS h (holder)
            WHERE rds_guard.aws_has_policies($1)
        ), judged AS (
            SELECT o.*,
                   ARRAY(SELECT DISTINCT a.action COLLATE "C" FROM grants AS g CROSS JOIN LATERAL unnest(g.actions) AS a (action) WHERE g.holder = 'role ' || o.role ORDER BY 1) AS actions,
                   EXISTS (SELECT FROM rds_guard.aws_optional($1, 'RoleDetailList') AS d (item)
                           WHERE d.item ->> 'RoleName' = o.role
                                 AND NOT EXISTS (SELECT FROM rds_guard.aws_elements(d.item -> 'AttachedManagedPolicies') AS a (policy)
                                                 WHERE a.policy ->> 'PolicyArn' NOT IN (SELECT coalesce(m.item ->> 'Arn', '') FROM rds_guard.aws_optional($1, 'Policies') AS m (item))))
                   AND NOT EXISTS (SELECT FROM grants AS g WHERE g.holder = 'role ' || o.role AND g.problem IS NOT NULL) AS known
            FROM outside AS o
        )
        SELECT 'role ' || j.role,
               CASE WHEN j.perhaps_own THEN format('role %s can be assumed by %s; of which account the role is, its document does not tell', j.role, rds_guard.aws_some(j.principals))
                    WHEN j.actions <> '{}' THEN format('%s can be assumed by %s and may %s', 'role ' || j.role, rds_guard.aws_some(j.principals), rds_guard.aws_some(j.actions))
                    ELSE format('role %s can be assumed by %s; what it may do is not among the documents', j.role, rds_guard.aws_some(j.principals)) END,
               CASE WHEN j.perhaps_own OR j.actions = '{}' THEN rds_guard.aws_command('RoleDetailList') END,
               jsonb_build_object('principals', to_jsonb(j.principals[1:100]), 'actions', to_jsonb(j.actions))
               || CASE WHEN j.perhaps_own THEN '{"unknown": "Give the document as AWS prints it."}'
                       WHEN j.actions = '{}' THEN '{"unknown": "Give what the command in fix prints as well, with its managed policies."}'
                       WHEN NOT j.unnamed AND j.accounts <@ (SELECT rds_guard.policy_names('aws_accounts'))::text[] THEN '{"allowed_by": "aws_accounts"}'
                       ELSE '{}'::jsonb END
        FROM judged AS j
        WHERE j.actions <> '{}' OR NOT j.known
        UNION ALL
        SELECT DISTINCT 'role ' || s.role, format('the trust policy of role %s: %s', s.role, s.problem), NULL,
               '{"unknown": "Read the policy yourself, or give it as AWS prints it."}'::jsonb
        FROM statements AS s
        WHERE s.problem IS NOT NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, rds_guard.aws_given($1, '{RoleDetailList,Roles,Policies}')) AS u
    $$);

SELECT rds_guard.define_check('aws_iam_password_policy', 'aws_identity', 'low',
    title => 'The account takes weak passwords for the console',
    why => 'Whoever gets into the console of AWS as an administrator has the databases. The password policy of the account is about the passwords of users of IAM only: it says nothing about passwords of the database, nor of those who come by single sign-on. An account that never set one has that of AWS: eight characters; the command then answers NoSuchEntity.',
    remedy => 'Ask for passwords as long as the policy aws_password_length says and of all kinds of characters, and let none be used again.',
    refs => ARRAY['Security Hub IAM.7', 'Security Hub IAM.15'],
    scope => 'aws',
    needs => 'get-account-password-policy',
    rule => $$
        WITH policies AS (
            SELECT p.item ->> '_name' AS name, p.item -> 'PasswordPolicy' AS policy,
                   rds_guard.aws_number(p.item -> 'PasswordPolicy', 'MinimumPasswordLength') AS length,
                   rds_guard.aws_number(p.item -> 'PasswordPolicy', 'PasswordReusePrevention', 0) AS reuse
            FROM rds_guard.aws_items($1, 'get-account-password-policy') AS p (item)
        ), judged AS (
            SELECT p.*,
                   array_remove(ARRAY[CASE WHEN p.length < (SELECT rds_guard.policy_number('aws_password_length')) THEN format('%s characters are enough', p.length) END,
                                      (SELECT 'it does not ask for ' || string_agg(f.sentence, ', ' ORDER BY f.sentence)
                                       FROM (VALUES ('RequireSymbols', 'symbols'), ('RequireNumbers', 'digits'), ('RequireUppercaseCharacters', 'capitals'),
                                                    ('RequireLowercaseCharacters', 'small letters')) AS f (field, sentence)
                                       WHERE NOT rds_guard.aws_bool(p.policy, f.field)),
                                      CASE WHEN p.reuse = 0 THEN 'old passwords may be used again' END], NULL) AS problems,
                   p.length IS NULL OR p.reuse IS NULL
                   OR EXISTS (SELECT FROM unnest('{RequireSymbols,RequireNumbers,RequireUppercaseCharacters,RequireLowercaseCharacters}'::text[]) AS f (field)
                              WHERE rds_guard.aws_bool(p.policy, f.field) IS NULL) AS unsure
            FROM policies AS p
        )
        SELECT concat_ws(' ', 'password policy', j.name),
               CASE WHEN j.problems <> '{}' THEN 'in the password policy of the account ' || array_to_string(j.problems, '; ')
                    ELSE 'a field of the password policy is missing or cannot be read' END,
               CASE WHEN j.problems <> '{}' AND NOT j.unsure THEN
                   format('aws iam update-account-password-policy --minimum-password-length %s --require-symbols --require-numbers --require-uppercase-characters --require-lowercase-characters --password-reuse-prevention %s%s%s%s',
                          greatest(j.length, (SELECT rds_guard.policy_number('aws_password_length'))), CASE WHEN j.reuse > 0 THEN j.reuse ELSE 24 END,
                          -- what is not given goes back to its default
                          CASE WHEN rds_guard.aws_number(j.policy, 'MaxPasswordAge') > 0 THEN ' --max-password-age ' || rds_guard.aws_number(j.policy, 'MaxPasswordAge') ELSE '' END,
                          CASE WHEN rds_guard.aws_bool(j.policy, 'AllowUsersToChangePassword') THEN ' --allow-users-to-change-password' ELSE '' END,
                          CASE WHEN rds_guard.aws_bool(j.policy, 'HardExpiry') THEN ' --hard-expiry' ELSE '' END) END,
               jsonb_build_object('length', j.policy -> 'MinimumPasswordLength', 'reuse', j.policy -> 'PasswordReusePrevention', 'max_age', j.policy -> 'MaxPasswordAge')
               || CASE WHEN j.problems = '{}' THEN '{"unknown": "Give the document as AWS prints it."}' ELSE '{}'::jsonb END
        FROM judged AS j
        WHERE j.problems <> '{}' OR j.unsure
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{get-account-password-policy}') AS u
    $$);

SELECT rds_guard.define_check('aws_iam_unused_rds_permissions', 'aws_identity', 'low',
    title => 'IAM allows somebody to use RDS who does not',
    why => 'A permission that nobody uses is worth something only to whoever steals the credentials. AWS knows when an identity last used each service that its policies allow. rds-db, logging in to databases, is left out: whether AWS keeps track of that is not documented.',
    remedy => 'Take the permission away, or find out what it is kept for. After how many days it counts as unused, the policy aws_unused_days says.',
    refs => '{}',
    scope => 'aws',
    needs => 'get-service-last-accessed-details, for each identity',
    rule => $$
        WITH reports AS MATERIALIZED (
            SELECT r.item, coalesce(r.item ->> '_name', 'an identity') AS name, r.item ->> 'JobStatus' AS status,
                   rds_guard.aws_time(r.item, 'JobCompletionDate') AS at, rds_guard.aws_continues(r.item) AS continues
            FROM rds_guard.aws_items($1, 'get-service-last-accessed-details') AS r (item)
        ), services AS (
            SELECT r.name, r.at, s.service ->> 'ServiceNamespace' AS service, rds_guard.aws_time(s.service, 'LastAuthenticated') AS used,
                   s.service -> 'LastAuthenticated' AS last_used, r.item -> 'JobCompletionDate' AS reported,
                   coalesce(jsonb_typeof(s.service -> 'LastAuthenticated'), 'null') = 'null' AS never
            FROM reports AS r
            CROSS JOIN LATERAL rds_guard.aws_elements(r.item -> 'ServicesLastAccessed') AS s (service)
            WHERE r.status = 'COMPLETED' AND s.service ->> 'ServiceNamespace' IN ('rds', 'rds-data')
        )
        SELECT s.service || ' for ' || s.name,
               CASE WHEN s.never THEN format('the policies of %s allow %s, which it has not used as far back as AWS looks', s.name, s.service)
                    WHEN s.used IS NULL OR s.at IS NULL THEN format('when %s used %s cannot be read', s.name, s.service)
                    ELSE format('the policies of %s allow %s, which it has not used for %s days', s.name, s.service, extract(day FROM s.at - s.used)) END,
               NULL,
               jsonb_build_object('service', s.service, 'last_used', s.last_used, 'reported', s.reported)
               || CASE WHEN NOT s.never AND (s.used IS NULL OR s.at IS NULL) THEN '{"unknown": "Give the document as AWS prints it."}' ELSE '{}'::jsonb END
        FROM services AS s
        WHERE s.never OR s.used IS NULL OR s.at IS NULL OR s.at - s.used > make_interval(days => (SELECT rds_guard.policy_number('aws_unused_days'))::integer)
        UNION ALL
        SELECT r.name, CASE WHEN r.status = 'COMPLETED' THEN format('the report about %s has more pages', r.name)
                            ELSE format('the report about %s is not complete: its JobStatus is %s', r.name, coalesce(r.status, 'missing')) END,
               NULL, '{"unknown": "Get the whole report once its JobStatus is COMPLETED."}'
        FROM reports AS r
        WHERE r.status IS DISTINCT FROM 'COMPLETED' OR r.continues
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{get-service-last-accessed-details}') AS u
    $$);
