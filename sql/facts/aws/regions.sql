-- What AWS keeps for each region and account, in documents that do not tell
-- which: a good one of one region says nothing about another.

CREATE FUNCTION rds_guard.aws_unread_regions(bundle jsonb, kind text) RETURNS SETOF rds_guard.violation
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    command CONSTANT text[] := regexp_match(rds_guard.aws_command($2), '^(aws \S+ (\S+))(.*)$');
BEGIN
    RETURN QUERY
    WITH regions AS MATERIALIZED (
        SELECT a.region, count(DISTINCT rds_guard.aws_arn(d.arn, 'account')) AS wanted
        FROM (SELECT i.item ->> 'DBInstanceArn', i.item ->> 'Engine' FROM jsonb_array_elements(coalesce(bundle -> 'DBInstances', '[]')) AS i (item)
              UNION ALL
              SELECT c.item ->> 'DBClusterArn', c.item ->> 'Engine' FROM jsonb_array_elements(coalesce(bundle -> 'DBClusters', '[]')) AS c (item)) AS d (arn, engine)
        CROSS JOIN LATERAL rds_guard.aws_arn(d.arn, 'region') AS a (region)
        WHERE d.engine IN ('postgres', 'aurora-postgresql') AND a.region IS NOT NULL
        GROUP BY a.region
    ), documents AS MATERIALIZED (
        -- an ARN tells the region, or the name that the caller gave: that of
        -- one with databases, or of another; else it may be any
        SELECT DISTINCT coalesce(d.item ->> 'arn', (d.item - '_name')::text) AS document,
               coalesce(rds_guard.aws_arn(d.item ->> 'arn', 'region'),
                        (SELECT r.region FROM regions AS r
                         WHERE lower(d.item ->> '_name') ~ ('(^|[^a-z0-9])' || regexp_replace(r.region, '[^a-z0-9-]', '.', 'g') || '($|[^a-z0-9])')
                         ORDER BY length(r.region) DESC, r.region COLLATE "C" LIMIT 1),
                        CASE WHEN lower(d.item ->> '_name') ~ '[a-z]-(north|south|east|west|central)(east|west)?-[0-9]' THEN '' END) AS region
        FROM jsonb_array_elements(coalesce(bundle -> $2, '[]')) AS d (item)
        -- recorders that other services have for themselves
        WHERE d.item ->> 'servicePrincipal' IS NULL
    ), missing AS (
        SELECT r.region, r.wanted - count(d.document) AS wanted
        FROM regions AS r
        LEFT JOIN documents AS d ON d.region = r.region
        GROUP BY r.region, r.wanted
        HAVING r.wanted > count(d.document)
    ), loose AS (
        SELECT count(*) AS documents FROM documents AS d WHERE d.region IS NULL
    )
    SELECT 'regions of ' || command[2],
           CASE WHEN l.documents = 0 THEN format('databases are in %s, from where documents of %s are missing', m.regions, command[2])
                ELSE format('databases are in %s, and there are fewer documents of %s', m.regions, command[2]) END,
           m.commands,
           jsonb_build_object('regions', m.names, 'unknown', 'Give what the command prints for each region and account with databases, under a name that has the region.')
    FROM (SELECT sum(m.wanted), rds_guard.aws_some(array_agg(m.region ORDER BY m.region COLLATE "C")), to_jsonb((array_agg(m.region ORDER BY m.region COLLATE "C"))[1:100]),
                 string_agg(command[1] || ' --region ' || rds_guard.aws_arg(m.region) || command[3], E'\n' ORDER BY m.region COLLATE "C")
          FROM missing AS m) AS m (wanted, regions, names, commands)
    CROSS JOIN loose AS l
    WHERE m.wanted > l.documents;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_unread_regions(jsonb, text) IS
'For rules: a row that makes unknown what no document tells, when the databases of the documents stand in more regions and accounts than there are documents of this kind, of which AWS has one for each. Which region one is of, its own arn tells, or the name under which it was given when that has a region; one that does not tell counts for any.';
