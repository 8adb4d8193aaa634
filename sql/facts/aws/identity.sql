-- Which policies of IAM are in force, for whom, and what they allow.

CREATE FUNCTION rds_guard.aws_roles(bundle jsonb)
    RETURNS TABLE (role text, arn text, account text, of_aws boolean, trust jsonb)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT DISTINCT ON (coalesce(r.item ->> 'Arn', r.item ->> 'RoleName'))
           coalesce(r.item ->> 'RoleName', r.item ->> 'Arn', '?'), r.item ->> 'Arn', nullif(split_part(r.item ->> 'Arn', ':', 5), ''),
           -- what service-linked roles are for only AWS can change
           coalesce(r.item ->> 'Path' LIKE '/aws-service-role/%', false), r.item -> 'AssumeRolePolicyDocument'
    FROM (SELECT a.item, 1 AS place FROM rds_guard.aws_optional(bundle, 'RoleDetailList') AS a (item)
          UNION ALL
          SELECT l.item, 2 FROM rds_guard.aws_optional(bundle, 'Roles') AS l (item)) AS r
    ORDER BY coalesce(r.item ->> 'Arn', r.item ->> 'RoleName'), r.place;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_roles(jsonb) IS
'The roles of get-account-authorization-details, list-roles and get-role, none when none of them was given: with account, whether a service of AWS keeps the role for itself, and the policy that says who may assume it.';

CREATE FUNCTION rds_guard.aws_has_policies(bundle jsonb) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN bundle ?| '{UserDetailList,GroupDetailList,RoleDetailList,Policies,get-policy-version,get-role-policy,get-user-policy,get-group-policy}';
END
$$;

COMMENT ON FUNCTION rds_guard.aws_has_policies(jsonb) IS
'Whether a document that may hold policies of users, groups or roles was given.';

CREATE FUNCTION rds_guard.aws_unread_policies(bundle jsonb) RETURNS SETOF rds_guard.violation
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT u.* FROM rds_guard.aws_unread(bundle, '{UserDetailList,GroupDetailList,RoleDetailList,Policies}') AS u
    WHERE rds_guard.aws_has_policies(bundle);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_unread_policies(jsonb) IS
'For rules over aws_policies(): the rows of aws_unread() for users, groups, roles and policies, for one policy alone is not all that there are. No row where none was given, which aws_policies() says itself.';

CREATE FUNCTION rds_guard.aws_policies(bundle jsonb)
    RETURNS TABLE (policy text, holders text[], names text[], of_services boolean, printed jsonb, problem text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    IF NOT rds_guard.aws_has_policies(bundle) THEN
        PERFORM rds_guard.aws_items(bundle, 'RoleDetailList');
    END IF;
    RETURN QUERY
    WITH roles AS MATERIALIZED (
        -- with whom no person has to do, or only with a second factor
        SELECT r.role, coalesce(r.arn, r.role) AS key, r.of_aws, coalesce((
                   SELECT bool_and(s.problem IS NULL AND coalesce(s.effect = 'Deny' OR rds_guard.aws_demands_mfa(s.conditions)
                                   OR array_to_string(s.principals, E'\n') !~ '(^|\n)([*]|AWS |Federated |CanonicalUser )', false))
                   FROM rds_guard.aws_policy_statements(r.trust) AS s WHERE r.trust IS NOT NULL), false) AS of_services
        FROM rds_guard.aws_roles(bundle) AS r
    ), people AS MATERIALIZED (
        SELECT 'role ' || (d.item ->> 'RoleName') AS holder, d.item ->> 'RoleName' AS name, d.item -> 'RolePolicyList' AS policies,
               d.item -> 'AttachedManagedPolicies' AS attached, r.of_aws, r.of_services
        FROM rds_guard.aws_optional(bundle, 'RoleDetailList') AS d (item)
        JOIN roles AS r ON r.key = coalesce(d.item ->> 'Arn', d.item ->> 'RoleName')
        UNION ALL
        SELECT 'user ' || (d.item ->> 'UserName'), d.item ->> 'UserName', d.item -> 'UserPolicyList', d.item -> 'AttachedManagedPolicies', false, false
        FROM rds_guard.aws_optional(bundle, 'UserDetailList') AS d (item)
        UNION ALL
        SELECT 'group ' || (d.item ->> 'GroupName'), d.item ->> 'GroupName', d.item -> 'GroupPolicyList', d.item -> 'AttachedManagedPolicies', false, false
        FROM rds_guard.aws_optional(bundle, 'GroupDetailList') AS d (item)
    ), attachments AS MATERIALIZED (
        SELECT a.policy ->> 'PolicyArn' AS arn, array_agg(p.holder ORDER BY p.holder COLLATE "C") AS holders, array_agg(p.name) AS names,
               bool_and(p.of_aws) AS of_aws, bool_and(p.of_services) AS of_services
        FROM people AS p
        CROSS JOIN LATERAL rds_guard.aws_elements(p.attached) AS a (policy)
        GROUP BY a.policy ->> 'PolicyArn'
    ), found AS (
        SELECT concat_ws(' ', p.holder, 'policy', i.policy ->> 'PolicyName') AS policy, ARRAY[p.holder] AS holders, ARRAY[p.name, i.policy ->> 'PolicyName'] AS names,
               p.of_services, i.policy -> 'PolicyDocument' AS printed, NULL AS problem
        FROM people AS p
        CROSS JOIN LATERAL rds_guard.aws_elements(p.policies) AS i (policy)
        WHERE NOT p.of_aws
        UNION ALL
        SELECT 'policy ' || coalesce(m.item ->> 'PolicyName', '?'), coalesce(a.holders, '{}'), coalesce(a.names, '{}') || (m.item ->> 'PolicyName'),
               coalesce(a.of_services, false), v.version -> 'Document',
               CASE WHEN v.version IS NULL THEN 'its default version is not among the documents' END
        FROM rds_guard.aws_optional(bundle, 'Policies') AS m (item)
        LEFT JOIN LATERAL (SELECT e.version FROM rds_guard.aws_elements(m.item -> 'PolicyVersionList') AS e (version)
                           WHERE (e.version -> 'IsDefaultVersion')::text = 'true' LIMIT 1) AS v ON true
        LEFT JOIN attachments AS a ON a.arn = m.item ->> 'Arn'
        -- what nobody has allows nothing
        WHERE (m.item -> 'AttachmentCount')::text IS DISTINCT FROM '0' AND a.of_aws IS DISTINCT FROM true
        UNION ALL
        SELECT 'policy ' || coalesce(d.item ->> '_name', d.item #>> '{PolicyVersion,VersionId}', '?'), '{}', ARRAY[d.item ->> '_name'], false,
               d.item #> '{PolicyVersion,Document}',
               CASE (d.item #> '{PolicyVersion,IsDefaultVersion}')::text
                   WHEN 'true' THEN NULL
                   WHEN 'false' THEN 'this version is not the one in force'
                   ELSE 'it does not say whether this version is the one in force' END
        FROM rds_guard.aws_optional(bundle, 'get-policy-version') AS d (item)
        UNION ALL
        SELECT concat_ws(' ', 'role', d.item ->> 'RoleName', 'policy', d.item ->> 'PolicyName'), ARRAY['role ' || (d.item ->> 'RoleName')],
               ARRAY[d.item ->> 'RoleName', d.item ->> 'PolicyName'],
               coalesce((SELECT r.of_services FROM roles AS r WHERE r.role = d.item ->> 'RoleName' LIMIT 1), false), d.item -> 'PolicyDocument', NULL
        FROM rds_guard.aws_optional(bundle, 'get-role-policy') AS d (item)
        UNION ALL
        SELECT concat_ws(' ', 'user', d.item ->> 'UserName', 'policy', d.item ->> 'PolicyName'), ARRAY['user ' || (d.item ->> 'UserName')],
               ARRAY[d.item ->> 'UserName', d.item ->> 'PolicyName'], false, d.item -> 'PolicyDocument', NULL
        FROM rds_guard.aws_optional(bundle, 'get-user-policy') AS d (item)
        UNION ALL
        SELECT concat_ws(' ', 'group', d.item ->> 'GroupName', 'policy', d.item ->> 'PolicyName'), ARRAY['group ' || (d.item ->> 'GroupName')],
               ARRAY[d.item ->> 'GroupName', d.item ->> 'PolicyName'], false, d.item -> 'PolicyDocument', NULL
        FROM rds_guard.aws_optional(bundle, 'get-group-policy') AS d (item)
        UNION ALL
        SELECT 'policy ' || coalesce(a.arn, '?'), a.holders, a.names || a.arn, false, NULL, 'somebody has it, but it is not among the documents'
        FROM attachments AS a
        WHERE NOT a.of_aws AND NOT EXISTS (SELECT FROM rds_guard.aws_optional(bundle, 'Policies') AS m (item) WHERE m.item ->> 'Arn' = a.arn)
        UNION ALL
        SELECT 'group ' || (g.name #>> '{}'), array_agg('user ' || (d.item ->> 'UserName') ORDER BY (d.item ->> 'UserName') COLLATE "C"), ARRAY[g.name #>> '{}'],
               false, NULL, 'users belong to it, but it is not among the documents'
        FROM rds_guard.aws_optional(bundle, 'UserDetailList') AS d (item)
        CROSS JOIN LATERAL rds_guard.aws_elements(d.item -> 'GroupList') AS g (name)
        WHERE NOT EXISTS (SELECT FROM rds_guard.aws_optional(bundle, 'GroupDetailList') AS k (item) WHERE k.item -> 'GroupName' = g.name)
        GROUP BY g.name
    )
    SELECT f.policy, f.holders, f.names, f.of_services, f.printed, f.problem
    FROM found AS f;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_policies(jsonb) IS
'The policies of users, groups and roles that are in force: inline ones and the default versions of managed ones that somebody has, from get-account-authorization-details, get-policy-version and get-role-policy, get-user-policy, get-group-policy. holders are known of the first and the last three; of_services: only services of AWS can act by it, or people with a second factor. What service-linked roles have is left out, as nobody can change it. problem: the policy in force is not known, also where somebody has one or belongs to a group that no document shows. Raises 42501 when none of these documents was given.';

CREATE FUNCTION rds_guard.aws_grants(bundle jsonb, candidates text[])
    RETURNS TABLE (object text, policy text, holders text[], names text[], of_services boolean, place integer, actions text[], written text[],
                   by_exclusion boolean, resources text[], not_resources text[], everything boolean, conditions jsonb, denied text[],
                   refused_without_mfa boolean, refused_elsewhere boolean, problem text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH policies AS MATERIALIZED (
        SELECT p.*, row_number() OVER () AS number FROM rds_guard.aws_policies(bundle) AS p
    ), statements AS MATERIALIZED (
        SELECT p.number, s.*, CASE WHEN s.problem IS NULL THEN rds_guard.aws_spoken_of(s.actions, s.not_actions, candidates) ELSE '{}' END AS spoken_of
        FROM policies AS p
        CROSS JOIN LATERAL rds_guard.aws_policy_statements(p.printed) AS s
        WHERE p.problem IS NULL
    ), denials AS MATERIALIZED (
        SELECT s.* FROM statements AS s WHERE s.effect = 'Deny' AND s.spoken_of <> '{}'
    ), allowed AS (
        SELECT s.*,
               ARRAY(SELECT DISTINCT a.action COLLATE "C" FROM denials AS d CROSS JOIN LATERAL unnest(d.spoken_of) AS a (action)
                     WHERE d.number = s.number AND d.conditions = '[]' AND a.action = ANY (s.spoken_of)
                           AND rds_guard.aws_covers(d.resources, coalesce(s.resources, '{*}'))
                     ORDER BY a.action COLLATE "C") AS denied
        FROM statements AS s
        WHERE s.problem IS NOT NULL OR s.effect = 'Allow' AND s.spoken_of <> '{}'
    )
    SELECT p.policy || CASE WHEN a.place > 0 THEN ' statement ' || coalesce(a.sid, a.place::text) ELSE '' END,
           p.policy, p.holders, p.names, p.of_services, a.place,
           ARRAY(SELECT c.candidate FROM unnest(a.spoken_of) WITH ORDINALITY AS c (candidate, place) WHERE c.candidate <> ALL (a.denied) ORDER BY c.place),
           coalesce(a.actions, a.not_actions), a.not_actions IS NOT NULL, a.resources, a.not_resources,
           a.resources IS NULL OR rds_guard.aws_takes_all(a.resources),
           a.conditions, a.denied,
           coalesce(r.without_mfa, false), coalesce(r.elsewhere, false), a.problem
    FROM allowed AS a
    JOIN policies AS p ON p.number = a.number
    CROSS JOIN LATERAL (
        SELECT bool_or(rds_guard.aws_refuses_without_mfa(d.conditions)),
               bool_or(rds_guard.aws_refuses_others(d.conditions, '{^aws:(sourceip|vpcsourceip|sourcevpc|sourcevpce)$}'))
        FROM denials AS d
        WHERE d.number = a.number AND d.conditions <> '[]' AND a.spoken_of <@ d.spoken_of AND rds_guard.aws_covers(d.resources, coalesce(a.resources, '{*}'))
    ) AS r (without_mfa, elsewhere)
    WHERE a.problem IS NOT NULL OR NOT a.spoken_of <@ a.denied
    UNION ALL
    SELECT p.policy, p.policy, p.holders, p.names, p.of_services, 0, '{}', '{}', false, NULL, NULL, false, '[]', '{}', false, false, p.problem
    FROM policies AS p
    WHERE p.problem IS NOT NULL;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_grants(jsonb, text[]) IS
'The statements of aws_policies() that allow one of the candidates, names of actions: actions are those that are left after the unconditional denials of the same policy for the same resources (denied), written is what the policy says, all but that with by_exclusion. everything: the resources are all of a kind, or all but not_resources. refused_without_mfa, refused_elsewhere: a denial of the same policy asks for a second factor, or for where a request comes from. Denials elsewhere, permissions boundaries and service control policies are not looked at. problem: a statement, or a policy, that cannot be read.';

CREATE FUNCTION rds_guard.aws_powerful_actions() RETURNS SETOF text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 30
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY SELECT * FROM unnest(ARRAY[
        -- the password of the master user, public access, other parameter groups
        'rds:ModifyDBInstance', 'rds:ModifyDBCluster', 'rds:ModifyDBParameterGroup', 'rds:ModifyDBClusterParameterGroup',
        'rds:AddRoleToDBInstance', 'rds:AddRoleToDBCluster', 'rds:CreateDBProxy',
        -- the data, without logging in
        'rds:ModifyDBSnapshotAttribute', 'rds:ModifyDBClusterSnapshotAttribute', 'rds:CopyDBSnapshot', 'rds:CopyDBClusterSnapshot',
        'rds:RestoreDBInstanceFromDBSnapshot', 'rds:RestoreDBClusterFromSnapshot', 'rds:RestoreDBInstanceToPointInTime', 'rds:RestoreDBClusterToPointInTime',
        'rds:StartExportTask', 'rds:DownloadDBLogFilePortion', 'rds-data:ExecuteStatement', 'rds-data:BatchExecuteStatement',
        -- the end of the data
        'rds:DeleteDBInstance', 'rds:DeleteDBCluster', 'rds:DeleteDBSnapshot', 'rds:DeleteDBClusterSnapshot',
        -- what protects it
        'secretsmanager:GetSecretValue', 'kms:CreateGrant']);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_powerful_actions() IS
'Actions of AWS by which a database, its data or its keys can be taken over, copied or deleted.';

CREATE FUNCTION rds_guard.aws_grant_sentence(holders text[], written text[], by_exclusion boolean, resources text[], not_resources text[], conditions jsonb)
    RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN format('%s on %s%s%s', CASE WHEN by_exclusion THEN 'all but ' ELSE '' END || rds_guard.aws_some(written),
                  coalesce(rds_guard.aws_some(resources), 'all but ' || rds_guard.aws_some(not_resources), 'everything'),
                  CASE WHEN conditions = '[]' THEN ''
                       ELSE ' if ' || (SELECT string_agg(DISTINCT (c.condition ->> 'key') COLLATE "C", ', ') FROM jsonb_array_elements(conditions) AS c (condition)) || ' fits' END,
                  CASE WHEN holders = '{}' THEN '' ELSE ', for ' || rds_guard.aws_some(holders) END);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_grant_sentence(text[], text[], boolean, text[], text[], jsonb) IS
'What a row of aws_grants() says, as a sentence ends: actions, resources, conditions, and who has it.';

CREATE FUNCTION rds_guard.aws_grant_evidence(holders text[], names text[], actions text[], denied text[], resources text[], not_resources text[], conditions jsonb,
                                             admins name[])
    RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    last CONSTANT integer := cardinality(names);
BEGIN
    RETURN jsonb_strip_nulls(jsonb_build_object('holders', to_jsonb(holders[1:100]), 'actions', to_jsonb(actions), 'denied', to_jsonb(nullif(denied, '{}')),
                                                'resources', to_jsonb(resources[1:100]), 'not_resources', to_jsonb(not_resources[1:100]),
                                                'conditions', nullif(conditions, '[]'),
                                                'allowed_by', CASE WHEN names[last] = ANY (admins::text[]) OR last > 1 AND names[1:last - 1] <@ admins::text[] THEN 'aws_admins' END));
END
$$;

COMMENT ON FUNCTION rds_guard.aws_grant_evidence(text[], text[], text[], text[], text[], text[], jsonb, name[]) IS
'The evidence about a row of aws_grants(); it is allowed where admins, the policy aws_admins, has the name of the policy of IAM, or of all who have it.';

CREATE FUNCTION rds_guard.aws_connect_targets(resources text[]) RETURNS TABLE (resource text, database_id text, db_user text)
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known text[];
    prefix text;
BEGIN
    FOREACH resource IN ARRAY coalesce(resources, '{*}') LOOP
        known := regexp_match(resource, '^arn:[^:]*:rds-db:[^:]*:[^:]*:dbuser:([^/]*)/(.+)$');
        IF known IS NOT NULL THEN
            database_id := known[1];
            db_user := known[2];
            RETURN NEXT;
            CONTINUE;
        END IF;
        -- A star may stand for any part of the name; what cannot be that of a
        -- database user gives nothing.
        prefix := regexp_replace(resource, '[*?].*$', '');
        CONTINUE WHEN prefix = resource;
        CONTINUE WHEN NOT ('arn' LIKE split_part(prefix, ':', 1) || '%' OR prefix LIKE 'arn:%');
        CONTINUE WHEN NOT CASE WHEN prefix ~ '^[^:]*:[^:]*:[^:]*:' THEN split_part(prefix, ':', 3) = 'rds-db'
                               ELSE strpos('rds-db', split_part(prefix, ':', 3)) = 1 OR split_part(prefix, ':', 3) = '' END;
        database_id := '*';
        db_user := CASE WHEN strpos(resource, '/') > 0 THEN regexp_replace(resource, '^.*/', '') ELSE '*' || regexp_replace(resource, '^.*[*]', '') END;
        RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_connect_targets(text[]) IS
'Which databases and database users resources of rds-db:connect mean: patterns of IAM for the DbiResourceId or DbClusterResourceId and for the name of the user; both * for *. No row for resources that are none of rds-db. Source: the service authorization reference of rds-db.';

CREATE FUNCTION rds_guard.aws_open_statements(printed jsonb, candidates text[], keys text[])
    RETURNS TABLE (place integer, sid text, actions text[], conditions jsonb, problem text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH statements AS MATERIALIZED (
        SELECT s.*, CASE WHEN s.problem IS NULL THEN rds_guard.aws_spoken_of(s.actions, s.not_actions, candidates) END AS spoken_of
        FROM rds_guard.aws_policy_statements(printed) AS s
    ), refused AS MATERIALIZED (
        SELECT DISTINCT a.action
        FROM statements AS s
        CROSS JOIN LATERAL unnest(s.spoken_of) AS a (action)
        -- whoever is not one of NotPrincipal is refused, and that is nearly all
        WHERE s.effect = 'Deny' AND ('*' = ANY (s.principals) AND (s.conditions = '[]' OR rds_guard.aws_refuses_others(s.conditions, keys))
                                     OR s.not_principals IS NOT NULL AND s.conditions = '[]')
    ), open AS (
        SELECT s.place, s.sid, ARRAY(SELECT a.action FROM unnest(s.spoken_of) WITH ORDINALITY AS a (action, n)
                                     WHERE a.action NOT IN (SELECT r.action FROM refused AS r) ORDER BY a.n) AS actions, s.conditions
        FROM statements AS s
        WHERE s.problem IS NULL AND s.effect = 'Allow' AND ('*' = ANY (s.principals) OR s.not_principals IS NOT NULL)
              AND NOT rds_guard.aws_demands(s.conditions, keys)
    )
    SELECT o.place, o.sid, o.actions, o.conditions, NULL FROM open AS o WHERE o.actions <> '{}'
    UNION ALL
    SELECT s.place, s.sid, '{}', '[]', s.problem FROM statements AS s WHERE s.problem IS NOT NULL;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_open_statements(jsonb, text[], text[]) IS
'The statements of a policy of a resource that let everybody, of any account, do one of the candidates: no condition demands a certain value of one of these keys, regular expressions for names in lower case, and no denial refuses whoever has not. problem: a statement, or the policy, that cannot be read.';
