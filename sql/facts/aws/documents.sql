-- What Amazon's command line printed, made into one bundle that the checks of
-- scope aws go by: which document is which, by its top-level key, and what is
-- none of them. Nothing here asks the network, and nothing is left out in
-- silence: what is no document breaks off with its path. The documents are
-- hostile input: whoever names a resource writes into them.

CREATE FUNCTION rds_guard.aws_kinds()
    RETURNS TABLE (key text, type text, mark text[], kind text, shape text, named boolean, identity text[], command text)
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 60
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY VALUES
        -- lists: an item for each element
        ('DBInstances', 'array', NULL::text[], 'DBInstances', 'list', false, '{DBInstanceIdentifier,Engine}'::text[], 'aws rds describe-db-instances'),
        ('DBClusters', 'array', NULL, 'DBClusters', 'list', false, '{DBClusterIdentifier,Engine}', 'aws rds describe-db-clusters'),
        -- these do not say whose parameters they are: the caller's name does
        ('Parameters', 'array', NULL, 'Parameters', 'list', true, '{ParameterName}', 'aws rds describe-db-parameters --db-parameter-group-name GROUP'),
        ('DBParameterGroups', 'array', NULL, 'DBParameterGroups', 'list', false, '{DBParameterGroupName}', 'aws rds describe-db-parameter-groups'),
        ('DBClusterParameterGroups', 'array', NULL, 'DBClusterParameterGroups', 'list', false, '{DBClusterParameterGroupName}', 'aws rds describe-db-cluster-parameter-groups'),
        ('DBSnapshots', 'array', NULL, 'DBSnapshots', 'list', false, '{DBSnapshotIdentifier,Engine}', 'aws rds describe-db-snapshots'),
        ('DBClusterSnapshots', 'array', NULL, 'DBClusterSnapshots', 'list', false, '{DBClusterSnapshotIdentifier,Engine}', 'aws rds describe-db-cluster-snapshots'),
        ('DBSubnetGroups', 'array', NULL, 'DBSubnetGroups', 'list', false, '{DBSubnetGroupName}', 'aws rds describe-db-subnet-groups'),
        ('EventSubscriptionsList', 'array', NULL, 'EventSubscriptionsList', 'list', false, '{CustSubscriptionId}', 'aws rds describe-event-subscriptions'),
        ('DBProxies', 'array', NULL, 'DBProxies', 'list', false, '{DBProxyName}', 'aws rds describe-db-proxies'),
        ('Certificates', 'array', NULL, 'Certificates', 'list', false, '{CertificateIdentifier}', 'aws rds describe-certificates'),
        ('PendingMaintenanceActions', 'array', NULL, 'PendingMaintenanceActions', 'list', false, '{ResourceIdentifier}', 'aws rds describe-pending-maintenance-actions'),
        ('DBEngineVersions', 'array', NULL, 'DBEngineVersions', 'list', false, '{Engine,EngineVersion}', 'aws rds describe-db-engine-versions'),
        ('DBMajorEngineVersions', 'array', NULL, 'DBMajorEngineVersions', 'list', false, '{Engine,MajorEngineVersion}', 'aws rds describe-db-major-engine-versions'),
        ('ExportTasks', 'array', NULL, 'ExportTasks', 'list', false, '{ExportTaskIdentifier}', 'aws rds describe-export-tasks'),
        ('SecurityGroups', 'array', NULL, 'SecurityGroups', 'list', false, '{GroupId}', 'aws ec2 describe-security-groups'),
        ('SecurityGroupRules', 'array', NULL, 'SecurityGroupRules', 'list', false, '{GroupId}', 'aws ec2 describe-security-group-rules'),
        ('RouteTables', 'array', NULL, 'RouteTables', 'list', false, '{RouteTableId}', 'aws ec2 describe-route-tables'),
        ('NetworkAcls', 'array', NULL, 'NetworkAcls', 'list', false, '{NetworkAclId}', 'aws ec2 describe-network-acls'),
        ('Subnets', 'array', NULL, 'Subnets', 'list', false, '{SubnetId}', 'aws ec2 describe-subnets'),
        ('PrefixLists', 'array', NULL, 'PrefixLists', 'list', false, '{PrefixListId}', 'aws ec2 describe-managed-prefix-lists'),
        ('Results', 'array', NULL, 'Results', 'list', false, '{ResourceArn}', 'aws backup list-protected-resources'),
        ('MetricAlarms', 'array', NULL, 'MetricAlarms', 'list', false, '{AlarmName}', 'aws cloudwatch describe-alarms'),
        ('logGroups', 'array', NULL, 'logGroups', 'list', false, '{logGroupName}', 'aws logs describe-log-groups'),
        ('trailList', 'array', NULL, 'trailList', 'list', false, '{Name}', 'aws cloudtrail describe-trails'),
        ('ConfigurationRecordersStatus', 'array', NULL, 'ConfigurationRecordersStatus', 'list', true, NULL, 'aws configservice describe-configuration-recorder-status'),
        ('Grants', 'array', NULL, 'Grants', 'list', true, '{GrantId}', 'aws kms list-grants --key-id KEY'),
        ('Roles', 'array', NULL, 'Roles', 'list', false, '{RoleName}', 'aws iam list-roles'),
        ('MFADevices', 'array', NULL, 'MFADevices', 'list', true, NULL, 'aws iam list-mfa-devices'),
        ('VirtualMFADevices', 'array', NULL, 'VirtualMFADevices', 'list', false, '{SerialNumber}', 'aws iam list-virtual-mfa-devices'),
        ('UserDetailList', 'array', NULL, 'UserDetailList', 'list', false, '{UserName}', 'aws iam get-account-authorization-details'),
        ('GroupDetailList', 'array', NULL, 'GroupDetailList', 'list', false, '{GroupName}', 'aws iam get-account-authorization-details'),
        ('RoleDetailList', 'array', NULL, 'RoleDetailList', 'list', false, '{RoleName}', 'aws iam get-account-authorization-details'),
        ('Policies', 'array', NULL, 'Policies', 'list', false, '{PolicyName}', 'aws iam get-account-authorization-details'),
        ('SecretList', 'array', NULL, 'SecretList', 'list', false, '{ARN,Name}', 'aws secretsmanager list-secrets'),
        -- one item under its key: what create and modify print, too
        ('DBInstance', 'object', NULL, 'DBInstances', 'one', false, '{DBInstanceIdentifier,Engine}', 'aws rds describe-db-instances'),
        ('DBCluster', 'object', NULL, 'DBClusters', 'one', false, '{DBClusterIdentifier,Engine}', 'aws rds describe-db-clusters'),
        ('DBSnapshot', 'object', NULL, 'DBSnapshots', 'one', false, '{DBSnapshotIdentifier,Engine}', 'aws rds describe-db-snapshots'),
        ('DBClusterSnapshot', 'object', NULL, 'DBClusterSnapshots', 'one', false, '{DBClusterSnapshotIdentifier,Engine}', 'aws rds describe-db-cluster-snapshots'),
        -- these do not say in which region
        ('DBSnapshotAttributesResult', 'object', NULL, 'DBSnapshotAttributesResult', 'one', true, '{DBSnapshotIdentifier}', 'aws rds describe-db-snapshot-attributes --db-snapshot-identifier SNAPSHOT'),
        ('DBClusterSnapshotAttributesResult', 'object', NULL, 'DBClusterSnapshotAttributesResult', 'one', true, '{DBClusterSnapshotIdentifier}', 'aws rds describe-db-cluster-snapshot-attributes --db-cluster-snapshot-identifier SNAPSHOT'),
        ('EventSubscription', 'object', NULL, 'EventSubscriptionsList', 'one', false, '{CustSubscriptionId}', 'aws rds describe-event-subscriptions'),
        ('DBProxy', 'object', NULL, 'DBProxies', 'one', false, '{DBProxyName}', 'aws rds describe-db-proxies'),
        ('Trail', 'object', '{Name}', 'trailList', 'one', false, '{Name}', 'aws cloudtrail describe-trails'),
        ('Role', 'object', '{RoleName}', 'Roles', 'one', false, '{RoleName}', 'aws iam list-roles'),
        -- documents that are one thing: the item is all of it. The mark tells
        -- apart what has the same key: keys of its value, or beside it
        ('Policy', 'string', NULL, 'get-key-policy', 'whole', true, NULL, 'aws kms get-key-policy --policy-name default --key-id KEY'),
        ('Policy', 'object', '{PolicySummary}', 'describe-policy', 'whole', true, NULL, 'aws organizations describe-policy --policy-id POLICY'),
        ('Policy', 'object', '{PolicyId}', 'get-policy', 'whole', true, NULL, 'aws iam get-policy --policy-arn POLICY'),
        ('PolicyVersion', 'object', '{Document}', 'get-policy-version', 'whole', true, NULL, 'aws iam get-policy-version --policy-arn POLICY --version-id VERSION'),
        ('RoleName', 'string', '{PolicyDocument}', 'get-role-policy', 'whole', true, NULL, 'aws iam get-role-policy --role-name ROLE --policy-name POLICY'),
        ('UserName', 'string', '{PolicyDocument}', 'get-user-policy', 'whole', true, NULL, 'aws iam get-user-policy --user-name USER --policy-name POLICY'),
        ('GroupName', 'string', '{PolicyDocument}', 'get-group-policy', 'whole', true, NULL, 'aws iam get-group-policy --group-name GROUP --policy-name POLICY'),
        ('KeyMetadata', 'object', '{KeyId}', 'describe-key', 'whole', true, NULL, 'aws kms describe-key --key-id KEY'),
        ('KeyRotationEnabled', 'boolean', NULL, 'get-key-rotation-status', 'whole', true, NULL, 'aws kms get-key-rotation-status --key-id KEY'),
        ('Attributes', 'object', '{TopicArn}', 'get-topic-attributes', 'whole', true, NULL, 'aws sns get-topic-attributes --topic-arn TOPIC'),
        ('IsLogging', 'boolean', NULL, 'get-trail-status', 'whole', true, NULL, 'aws cloudtrail get-trail-status --name TRAIL'),
        ('Features', 'array', '{Status,ServiceRole}', 'get-detector', 'whole', true, NULL, 'aws guardduty get-detector --detector-id DETECTOR'),
        ('PasswordPolicy', 'object', NULL, 'get-account-password-policy', 'whole', true, NULL, 'aws iam get-account-password-policy'),
        ('ServicesLastAccessed', 'array', NULL, 'get-service-last-accessed-details', 'whole', true, NULL, 'aws iam get-service-last-accessed-details --job-id JOB'),
        ('ARN', 'string', '{Name,CreatedDate}', 'describe-secret', 'whole', true, NULL, 'aws secretsmanager describe-secret --secret-id SECRET'),
        ('Account', 'string', '{UserId,Arn}', 'get-caller-identity', 'whole', true, NULL, 'aws sts get-caller-identity');
END
$$;

COMMENT ON FUNCTION rds_guard.aws_kinds() IS
'What is known of the documents that Amazon''s command line prints: a row for each top-level key. Type: that of its value. Mark: keys that must be in that value, or beside the key. Kind: the name of its items in a bundle. Shape: list, an item for each element; one, the value is the item; whole, the document is. Named: items get "_name", the name under which the caller gave the document. Identity: fields, strings, without which an item is none. Command: what prints it, with words in capitals for what has to be put in. Keys and fields are those of the API reference. For everybody.';

CREATE FUNCTION rds_guard.aws_command(kind text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (SELECT k.command || ' --output json' FROM rds_guard.aws_kinds() AS k WHERE k.kind = aws_command.kind LIMIT 1);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_command(text) IS
'The command that prints the documents of a kind, with words in capitals in the place of what it is about; NULL for a kind that aws_kinds() does not have.';

CREATE FUNCTION rds_guard.aws_fits(document jsonb, key text, type text, mark text[]) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce(jsonb_typeof(document -> key) = type AND (mark IS NULL OR document ?& mark OR document -> key ?& mark), false);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_fits(jsonb, text, text, text[]) IS
'Whether a document has this key, with a value of this type, and the mark in that value or beside it.';

CREATE FUNCTION rds_guard.aws_holds_documents(value jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce(jsonb_typeof(value) IN ('object', 'array'), false)
           AND EXISTS (SELECT
                       FROM jsonb_path_query(value, 'lax $.** ? (@.type() == "object")') AS o (object)
                       JOIN rds_guard.aws_kinds() AS k ON rds_guard.aws_fits(o.object, k.key, k.type, k.mark));
END
$$;

COMMENT ON FUNCTION rds_guard.aws_holds_documents(jsonb) IS
'Whether a value is, or has at any depth, a document of Amazon''s command line.';

CREATE FUNCTION rds_guard.aws_documents(value jsonb, place text DEFAULT 'document', called text DEFAULT NULL, depth integer DEFAULT 0)
    RETURNS TABLE (path text, name text, document jsonb)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    type CONSTANT text := jsonb_typeof(value);
BEGIN
    IF coalesce(type, 'null') = 'null' THEN
        RETURN;
    END IF;
    IF type NOT IN ('object', 'array') OR depth > 20 THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('%s is %s, no document of Amazon''s that rds_guard knows', place, CASE WHEN depth > 20 THEN 'nested too deeply' ELSE 'a ' || type END),
            HINT = 'Give what the command printed with --output json and without --query, several of them as an array or under names of your choice. Known: '
                   || (SELECT string_agg(k.key, ', ' ORDER BY k.key COLLATE "C") FROM (SELECT DISTINCT a.key FROM rds_guard.aws_kinds() AS a) AS k) || '.';
    END IF;
    IF type = 'array' THEN
        RETURN QUERY
        SELECT d.*
        FROM jsonb_array_elements(value) WITH ORDINALITY AS a (element, n)
        CROSS JOIN LATERAL rds_guard.aws_documents(a.element, format('%s[%s]', place, a.n - 1), called, depth + 1) AS d;
    ELSIF EXISTS (SELECT FROM rds_guard.aws_kinds() AS k WHERE rds_guard.aws_fits(value, k.key, k.type, k.mark)) THEN
        RETURN QUERY SELECT place, called, value;
        -- A caller may have put more beside it: under the name of a list, or
        -- under any name. What Amazon puts there, such as a marker, holds none.
        RETURN QUERY
        SELECT d.*
        FROM jsonb_each(value) AS o (key, member)
        CROSS JOIN LATERAL rds_guard.aws_documents(o.member, format('%s[%s]', place, to_json(left(o.key, 60))), o.key, depth + 1) AS d
        WHERE NOT EXISTS (SELECT FROM rds_guard.aws_kinds() AS k WHERE k.key = o.key AND rds_guard.aws_fits(value, k.key, k.type, k.mark))
              AND (o.key IN (SELECT k.key FROM rds_guard.aws_kinds() AS k WHERE k.shape = 'list') OR rds_guard.aws_holds_documents(o.member));
    ELSE
        RETURN QUERY
        SELECT d.*
        FROM jsonb_each(value) AS o (key, member)
        CROSS JOIN LATERAL rds_guard.aws_documents(o.member, format('%s[%s]', place, to_json(left(o.key, 60))), o.key, depth + 1) AS d;
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_documents(jsonb, text, text, integer) IS
'A row for each document of Amazon''s command line in a JSON value: where it stands, the name under which it was given (NULL for none), and the document. An object with a key that aws_kinds() knows is a document, and may hold more in its other members; other objects and arrays hold documents; null and empty ones hold none. Place, called and depth are for what it calls itself with. For everybody. Error 22023, with the path, for what is neither.';

CREATE FUNCTION rds_guard.aws_continues(document jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce(document ->> 'Marker', document ->> 'NextToken', document ->> 'nextToken', document ->> 'NextMarker', '') <> ''
           OR coalesce(document ->> 'IsTruncated', document ->> 'Truncated', '') = 'true';
END
$$;

COMMENT ON FUNCTION rds_guard.aws_continues(jsonb) IS
'Whether a document says that there are more pages after it.';

CREATE FUNCTION rds_guard.aws_origin(value jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (SELECT (regexp_match(f.value, '^arn:[^:]*:[^:]*:([^:]+:[^:]+):'))[1]
            FROM jsonb_each_text(CASE jsonb_typeof(value -> 0) WHEN 'object' THEN value -> 0 END) AS f (key, value)
            WHERE f.key ~ 'Arn$' AND f.value ~ '^arn:[^:]*:[^:]*:[^:]+:[^:]+:'
            LIMIT 1);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_origin(jsonb) IS
'Region and account of a list, as an ARN in its first element has them; NULL where there is none.';

CREATE FUNCTION rds_guard.aws_bundle(document jsonb, instance text DEFAULT NULL, captured timestamptz DEFAULT NULL) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    stranger text[];
    bundle jsonb;
    truncated jsonb;
BEGIN
    WITH documents AS MATERIALIZED (
        SELECT d.n, d.path, d.name, k.key, k.kind, k.shape, k.named, k.identity, d.document, d.document -> k.key AS value
        FROM rds_guard.aws_documents($1) WITH ORDINALITY AS d (path, name, document, n)
        JOIN rds_guard.aws_kinds() AS k ON rds_guard.aws_fits(d.document, k.key, k.type, k.mark)
    ), items AS MATERIALIZED (
        SELECT d.n * 10000000000 + i.n AS place, d.path, CASE d.shape WHEN 'list' THEN format('.%s[%s]', d.key, i.n - 1) WHEN 'one' THEN '.' || d.key ELSE '' END AS step, d.kind, d.identity,
               CASE WHEN d.named AND jsonb_typeof(i.item) = 'object' THEN i.item || jsonb_build_object('_name', d.name) ELSE i.item END AS item
        FROM documents AS d
        CROSS JOIN LATERAL (
            SELECT a.item, a.n FROM jsonb_array_elements(CASE d.shape WHEN 'list' THEN d.value ELSE '[]' END) WITH ORDINALITY AS a (item, n)
            UNION ALL
            SELECT CASE d.shape WHEN 'one' THEN d.value ELSE d.document END, 1 WHERE d.shape <> 'list'
        ) AS i
    ), strangers AS (
        SELECT i.path || i.step AS path, f.field
        FROM items AS i
        CROSS JOIN LATERAL unnest('{""}' || i.identity) AS f (field)
        WHERE CASE WHEN f.field = '' THEN jsonb_typeof(i.item) <> 'object'
                   ELSE coalesce(jsonb_typeof(i.item -> f.field) <> 'string' OR i.item ->> f.field = '', true) END
        ORDER BY i.place, f.field
        LIMIT 1
    ), bundled AS (
        -- what two documents have in common is there once
        SELECT b.kind, jsonb_agg(b.item ORDER BY b.place) AS items
        FROM (SELECT i.kind, i.item, min(i.place) AS place FROM items AS i GROUP BY i.kind, i.item) AS b
        GROUP BY b.kind
    ), placed AS (
        SELECT d.n, d.kind, d.name, d.named, d.document, rds_guard.aws_origin(d.value) AS origin, p.part[1] AS list, p.part[2]::integer AS number
        FROM documents AS d
        CROSS JOIN LATERAL (SELECT regexp_match(d.path, '^(.*)\[(\d+)\]$')) AS p (part)
        WHERE d.shape = 'list'
    ), pages AS (
        -- a page is continued by the next element of the same array, if that is
        -- of its kind, and of the same account and region as far as ARNs tell
        SELECT p.kind, coalesce(lead(p.number) OVER w <> p.number + 1 OR lead(p.origin) OVER w <> p.origin, lead(p.number) OVER w IS NULL) AS last,
               rds_guard.aws_continues(p.document) AS continues
        FROM placed AS p
        WINDOW w AS (PARTITION BY p.kind, CASE WHEN p.named THEN p.name END, p.list ORDER BY p.n)
    )
    SELECT (SELECT ARRAY[s.path, s.field] FROM strangers AS s),
           (SELECT jsonb_object_agg(k.kind, coalesce(b.items, '[]')) FROM (SELECT DISTINCT d.kind FROM documents AS d) AS k LEFT JOIN bundled AS b ON b.kind = k.kind),
           (SELECT jsonb_agg(DISTINCT p.kind) FROM pages AS p WHERE p.last AND p.continues)
    INTO stranger, bundle, truncated;
    IF stranger IS NOT NULL THEN
        RAISE invalid_parameter_value USING
            MESSAGE = CASE stranger[2] WHEN '' THEN format('%s is no object', stranger[1]) ELSE format('%s has no %s', stranger[1], stranger[2]) END,
            HINT = 'Give what the command printed with --output json and without --query.';
    END IF;
    RETURN coalesce(bundle, '{}')
           || jsonb_build_object('about', jsonb_build_object('instance', nullif(instance, ''), 'captured', captured, 'truncated', coalesce(truncated, '[]')));
END
$$;

COMMENT ON FUNCTION rds_guard.aws_bundle(jsonb, text, timestamptz) IS
'Documents of Amazon''s command line as the checks of scope aws get them: for each kind of aws_kinds() that was given, the items of all its documents, each once; "about" has what aws_report() was told, and the kinds whose last page says that there are more. For everybody. Error 22023, with the path, for what is no document, and for an item without what identifies it.';

CREATE FUNCTION rds_guard.aws_has(bundle jsonb, kind text) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce(bundle ? kind, false);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_has(jsonb, text) IS
'Whether a document of this kind was given, empty or not.';

CREATE FUNCTION rds_guard.aws_captured(bundle jsonb) RETURNS timestamptz
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (bundle #>> '{about,captured}')::timestamptz;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_captured(jsonb) IS
'When the documents were printed, as aws_report() was told; NULL when it was not.';

CREATE FUNCTION rds_guard.aws_missing(kind text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN format('%s is not among the documents', (regexp_match(rds_guard.aws_command(kind), '^aws \S+ (\S+)'))[1]);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_missing(text) IS
'The sentence that says that no document of this kind was given.';

CREATE FUNCTION rds_guard.aws_items(bundle jsonb, kind text) RETURNS SETOF jsonb
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF bundle ? kind THEN
        RETURN QUERY SELECT e.item FROM jsonb_array_elements(bundle -> kind) AS e (item);
    ELSE
        PERFORM rds_guard.unknown(rds_guard.aws_missing(kind), rds_guard.aws_command(kind));
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_items(jsonb, text) IS
'For rules: the items of a kind in a bundle, each an object with the fields that identify it. Error 42501, with the command as hint, when no such document was given.';

CREATE FUNCTION rds_guard.aws_unread(bundle jsonb, kinds text[]) RETURNS SETOF rds_guard.violation
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    -- once what several kinds come from
    SELECT DISTINCT ON (u.object COLLATE "C") u.*
    FROM (
        SELECT (regexp_match(c.command, '^aws \S+ (\S+)'))[1],
               CASE WHEN bundle ? k.kind THEN 'the last page of it says that there are more' ELSE rds_guard.aws_missing(k.kind) END,
               c.command,
               jsonb_build_object('kind', k.kind, 'unknown', CASE WHEN bundle ? k.kind THEN 'Add the other pages; without --max-items the command prints all of them.'
                                                                  ELSE 'Run the command and add what it prints to the documents.' END)
        FROM unnest(kinds) AS k (kind)
        CROSS JOIN LATERAL rds_guard.aws_command(k.kind) AS c (command)
        WHERE CASE WHEN bundle ? k.kind THEN bundle #> '{about,truncated}' ? k.kind
                   -- that of a cluster shows at its members
                   ELSE k.kind <> 'DBClusters' END
        UNION ALL
        SELECT 'instance ' || m.name, 'its cluster names it, and no document has it', rds_guard.aws_command('DBInstances'),
               jsonb_build_object('kind', 'DBInstances', 'cluster', m.cluster, 'unknown', 'Run the command and add what it prints to the documents.')
        FROM (SELECT e.item ->> 'DBInstanceIdentifier', c.item ->> 'DBClusterIdentifier'
              FROM jsonb_array_elements(coalesce(bundle -> 'DBClusters', '[]')) AS c (item)
              CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(c.item -> 'DBClusterMembers') WHEN 'array' THEN c.item -> 'DBClusterMembers' ELSE '[]' END) AS e (item)
              WHERE c.item ->> 'Engine' IN ('postgres', 'aurora-postgresql')) AS m (name, cluster)
        WHERE 'DBInstances' = ANY (kinds) AND bundle ? 'DBInstances' AND m.name IS NOT NULL
              AND m.name NOT IN (SELECT i.item ->> 'DBInstanceIdentifier' FROM jsonb_array_elements(bundle -> 'DBInstances') AS i (item))
    ) AS u (object, detail, fix, evidence)
    ORDER BY u.object COLLATE "C", (u.evidence ->> 'kind') COLLATE "C";
END
$$;

COMMENT ON FUNCTION rds_guard.aws_unread(jsonb, text[]) IS
'For rules: a row that makes unknown what no document tells, for each of these kinds that was not given or of which the last pages are missing, and for instances that only their cluster names. Each rule of scope aws adds it for the kinds that it reads, for then no row is no proof. No row for DBClusters that were not given: aws_databases() has one for each cluster that instances belong to.';
