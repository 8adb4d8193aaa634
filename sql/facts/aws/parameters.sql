-- Parameter groups: which of them a database has and what they set. A document
-- of parameters does not say whose it is, so that the name under which the
-- caller gave it must have that of the group, and the region or the kind where
-- several groups have that name.

CREATE FUNCTION rds_guard.aws_major(version text) RETURNS integer
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (regexp_match(version, '^(\d{1,4})(?:\.|$|-)'))[1]::integer;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_major(text) IS
'The major version of PostgreSQL in an engine version such as 16.4-R2; NULL for what is none.';

CREATE FUNCTION rds_guard.aws_parameter_groups(bundle jsonb)
    RETURNS TABLE (object text, identifier text, kind text, arn text, engine text, major integer, group_name text, pending boolean, item jsonb)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT d.object, d.identifier, d.kind, d.arn, d.engine, rds_guard.aws_major(d.item ->> 'EngineVersion'), g.name, coalesce(g.status <> 'in-sync', true), d.item
    FROM rds_guard.aws_databases(bundle) AS d
    CROSS JOIN LATERAL (
        SELECT rds_guard.aws_text(d.item, 'DBClusterParameterGroup'),
               -- without members no server could lag behind the group
               (SELECT coalesce(max(coalesce(m.member ->> 'DBClusterParameterGroupStatus', 'unknown')) FILTER (WHERE m.member ->> 'DBClusterParameterGroupStatus' IS DISTINCT FROM 'in-sync'), 'in-sync')
                FROM jsonb_array_elements(l.members) AS m (member)
                HAVING l.members IS NOT NULL)
        FROM (SELECT rds_guard.aws_list(d.item, 'DBClusterMembers')) AS l (members)
        WHERE d.kind = 'cluster'
        UNION ALL
        SELECT rds_guard.aws_text(p.list -> 0, 'DBParameterGroupName'), rds_guard.aws_text(p.list -> 0, 'ParameterApplyStatus')
        FROM (SELECT rds_guard.aws_list(d.item, 'DBParameterGroups')) AS p (list)
        WHERE d.kind = 'instance') AS g (name, status);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_parameter_groups(jsonb) IS
'For rules: a row for each row of aws_databases() with its parameter group, of clusters the cluster''s; NULL where the document does not tell. Pending: what the group says need not be in force everywhere, until a reboot for example. Major: the major version of PostgreSQL.';

CREATE FUNCTION rds_guard.aws_parameters(bundle jsonb, names text[])
    RETURNS TABLE (object text, identifier text, kind text, arn text, engine text, major integer, group_name text, name text, value text,
                   listed boolean, waits boolean, problem text, command text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH groups AS MATERIALIZED (
        SELECT g.object, g.identifier, g.kind, g.arn, g.engine, g.major, g.group_name, g.pending, g.item IS NULL AS missing,
               coalesce(g.group_name ~ '^default\.', false) AS is_default, rds_guard.aws_place(g.arn) AS place, false AS is_member
        FROM rds_guard.aws_parameter_groups(bundle) AS g
        UNION ALL
        -- what is set in the group of a member of Aurora comes before what the
        -- group of the cluster says
        SELECT 'instance ' || i.identifier, i.identifier, 'instance', i.arn, i.engine, rds_guard.aws_major(i.item ->> 'EngineVersion'), i.group_name,
               coalesce(i.status <> 'in-sync', true), false, false, rds_guard.aws_place(i.arn), true
        FROM (SELECT e.item, e.item ->> 'DBInstanceIdentifier', e.item ->> 'DBInstanceArn', e.item ->> 'Engine',
                     rds_guard.aws_text(p.list -> 0, 'DBParameterGroupName'), rds_guard.aws_text(p.list -> 0, 'ParameterApplyStatus')
              FROM jsonb_array_elements(coalesce(bundle -> 'DBInstances', '[]')) AS e (item)
              CROSS JOIN LATERAL (SELECT rds_guard.aws_list(e.item, 'DBParameterGroups')) AS p (list)
              WHERE e.item ->> 'Engine' = 'aurora-postgresql' AND e.item ->> 'DBClusterIdentifier' <> '') AS i (item, identifier, arn, engine, group_name, status)
        WHERE coalesce(i.group_name !~ '^default\.', true)
    ), names_of_groups AS MATERIALIZED (
        -- one name may be that of several groups: of instances and of clusters,
        -- and again in each region
        SELECT g.group_name, g.kind, g.place FROM groups AS g
        UNION
        SELECT p.parameter_group ->> 'DBParameterGroupName', 'instance', rds_guard.aws_place(e.item ->> 'DBInstanceArn')
        FROM jsonb_array_elements(coalesce(bundle -> 'DBInstances', '[]')) AS e (item)
        CROSS JOIN LATERAL jsonb_array_elements(rds_guard.aws_list(e.item, 'DBParameterGroups', '[]')) AS p (parameter_group)
    ), given AS MATERIALIZED (
        SELECT d.name, rds_guard.aws_words(d.name) AS words
        FROM (SELECT DISTINCT e.item ->> '_name' AS name FROM jsonb_array_elements(coalesce(bundle -> 'Parameters', '[]')) AS e (item)) AS d
    ), known AS MATERIALIZED (
        SELECT d.name, n.group_name, n.kind, n.place, count(*) OVER (PARTITION BY d.name) AS candidates
        FROM given AS d
        CROSS JOIN LATERAL unnest(d.words) AS w (word)
        JOIN names_of_groups AS n ON n.group_name = w.word AND rds_guard.aws_named_for(array_remove(d.words, n.group_name), n.place)
             -- the word for the other kind
             AND NOT array_remove(d.words, n.group_name) && CASE n.kind WHEN 'cluster' THEN '{instance,instances,db-parameters,describe-db-parameters}'::text[]
                                                                      ELSE '{cluster,clusters,db-cluster-parameters,describe-db-cluster-parameters}' END
    ), documents AS MATERIALIZED (
        -- one that was not filtered has parameters that nobody has set, and of a
        -- cluster also those that only clusters have
        SELECT k.group_name, k.kind, k.place, max(k.candidates) AS candidates, bool_or(k.kind = 'cluster' AND w.of_instance) AS of_instance
        FROM known AS k
        JOIN (SELECT e.item ->> '_name' AS name,
                     bool_or(e.item ->> 'Source' <> 'user') AND NOT bool_or(e.item ->> 'ParameterName' = 'rds.force_ssl') AS of_instance
              FROM jsonb_array_elements(coalesce(bundle -> 'Parameters', '[]')) AS e (item)
              GROUP BY 1) AS w ON w.name = k.name
        GROUP BY k.group_name, k.kind, k.place
    ), listed AS MATERIALIZED (
        SELECT k.group_name, k.kind, k.place, e.item ->> 'ParameterName' AS name, e.item ->> 'ParameterValue' AS value,
               bool_or(e.item ->> 'ApplyType' IS DISTINCT FROM 'dynamic') AS static, bool_or(coalesce(e.item ->> 'Source', 'user') = 'user') AS is_set,
               bool_or(jsonb_typeof(e.item -> 'ParameterValue') IN ('object', 'array')) AS is_odd
        FROM jsonb_array_elements(coalesce(bundle -> 'Parameters', '[]')) AS e (item)
        JOIN known AS k ON k.name = e.item ->> '_name'
        WHERE e.item ->> 'ParameterName' = ANY (names)
        GROUP BY 1, 2, 3, 4, 5
    ), doubled AS MATERIALIZED (
        SELECT l.group_name, l.kind, l.place, l.name FROM listed AS l GROUP BY 1, 2, 3, 4 HAVING count(*) > 1
    )
    SELECT g.object, g.identifier, g.kind, g.arn, g.engine, g.major, g.group_name, n.name, l.value, l.name IS NOT NULL,
           l.static AND g.pending, p.problem,
           CASE WHEN g.missing THEN rds_guard.aws_command('DBClusters')
                WHEN g.group_name IS NOT NULL
                THEN format('%s --db-%s-group-name %s --output json',
                            rds_guard.aws_call(CASE g.kind WHEN 'cluster' THEN 'rds describe-db-cluster-parameters' ELSE 'rds describe-db-parameters' END, g.arn),
                            CASE g.kind WHEN 'cluster' THEN 'cluster-parameter' ELSE 'parameter' END, rds_guard.aws_arg(g.group_name)) END
    FROM groups AS g
    CROSS JOIN unnest(names) AS n (name)
    LEFT JOIN documents AS k ON k.group_name = g.group_name AND k.kind = g.kind AND k.place = g.place
    LEFT JOIN doubled AS d ON d.group_name = g.group_name AND d.kind = g.kind AND d.place = g.place AND d.name = n.name
    LEFT JOIN listed AS l ON l.group_name = g.group_name AND l.kind = g.kind AND l.place = g.place AND l.name = n.name AND d.name IS NULL
    CROSS JOIN LATERAL (SELECT CASE
                        WHEN g.missing THEN rds_guard.aws_missing('DBClusters')
                        WHEN g.group_name IS NULL THEN 'the document does not tell its parameter group'
                        WHEN k.candidates > 1 THEN format('a document of parameters that may be of %s may be of another parameter group as well: its name needs the region, the account, or the word instance or cluster', g.group_name)
                        WHEN d.name IS NOT NULL THEN format('documents do not agree on %s in parameter group %s', n.name, g.group_name)
                        WHEN l.is_odd THEN format('the value of %s in parameter group %s cannot be read', n.name, g.group_name)
                        -- nobody can change what is in a default group
                        WHEN k.group_name IS NULL AND NOT g.is_default THEN format('the parameters of %s are not among the documents', g.group_name)
                        WHEN k.group_name IS NOT NULL AND l.name IS NULL AND bundle #> '{about,truncated}' ? 'Parameters' THEN format('a page of the parameters of %s is missing', g.group_name)
                        WHEN k.of_instance THEN format('the document of the parameters of %s has no rds.force_ssl: it is not that of a cluster', g.group_name)
                    END) AS p (problem)
    WHERE NOT g.is_member OR (p.problem IS NULL AND l.is_set AND l.value IS NOT NULL)
          -- not those that only clusters have
          OR (p.problem IS NOT NULL AND n.name ~ '^(log_.*|pgaudit[.].*|shared_preload_libraries)$');
END
$$;

COMMENT ON FUNCTION rds_guard.aws_parameters(jsonb, text[]) IS
'For rules: a row for each row of aws_databases() and each of these parameters, as its parameter group sets it, of clusters the cluster''s; and for a member of Aurora with a group of its own those that this sets otherwise, or may set. Value: NULL where the group leaves it to the engine, or is a default group of which there is no document. Listed: the document of the group has it. Waits: it takes a reboot, and one is pending. Problem: why its value cannot be told, NULL where it can; then command prints what would tell.';

CREATE FUNCTION rds_guard.aws_set_parameters(kind text, group_name text, arn text, settings text[]) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- a default group cannot be changed, nor can what nobody wants changed
    IF group_name ~ '^default\.' OR coalesce(cardinality(settings), 0) = 0 THEN
        RETURN NULL;
    END IF;
    RETURN format('%s --db-%s-group-name %s --parameters %s',
                  rds_guard.aws_call(CASE kind WHEN 'cluster' THEN 'rds modify-db-cluster-parameter-group' ELSE 'rds modify-db-parameter-group' END, arn),
                  CASE kind WHEN 'cluster' THEN 'cluster-parameter' ELSE 'parameter' END, rds_guard.aws_arg(group_name),
                  (SELECT string_agg(rds_guard.aws_arg(format('ParameterName=%s,ParameterValue=%s,ApplyMethod=%s', split_part(s.setting, '=', 1), split_part(s.setting, '=', 2), split_part(s.setting, '=', 3))), ' ')
                   FROM unnest(settings) AS s (setting)));
END
$$;

COMMENT ON FUNCTION rds_guard.aws_set_parameters(text, text, text, text[]) IS
'The command that sets parameters, each as name=value=method, in a parameter group of an instance or of a cluster; NULL for a default group, which cannot be changed, and for none.';
