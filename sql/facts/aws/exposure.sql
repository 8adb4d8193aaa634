-- Which databases the internet gets to, as far as the documents about networks
-- show it.

CREATE FUNCTION rds_guard.aws_open_databases(bundle jsonb) RETURNS TABLE (database text, port integer, networks text, subnets text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    IF NOT coalesce(bundle ?& '{DBInstances,RouteTables}' AND bundle ?| '{SecurityGroups,SecurityGroupRules}', false) THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH groups AS MATERIALIZED (
        SELECT a.databases, a.port, array_agg(DISTINCT a.network) AS networks
        FROM rds_guard.aws_admitted(bundle) AS a
        WHERE a.problem IS NULL AND a.network IS NOT NULL AND NOT rds_guard.aws_is_private(a.network)
        GROUP BY a.databases, a.port, family(a.network), a.group_id
    ), reached AS (
        SELECT d.database, g.port, string_agg(DISTINCT n.network::text, ', ' ORDER BY n.network::text) AS networks
        FROM groups AS g
        CROSS JOIN LATERAL unnest(g.databases) AS d (database)
        CROSS JOIN LATERAL unnest(g.networks) AS n (network)
        WHERE rds_guard.aws_is_world(g.networks)
        GROUP BY d.database, g.port
    ), public AS (
        SELECT d.database, string_agg(DISTINCT r.object, ', ' ORDER BY r.object) AS subnets
        FROM rds_guard.aws_subnet_routes(bundle) AS r
        CROSS JOIN LATERAL unnest(r.databases) AS d (database)
        WHERE r.target LIKE 'igw-%' AND rds_guard.aws_is_world(ARRAY[r.network])
        GROUP BY d.database
    )
    SELECT e.database, min(e.port), string_agg(e.networks, ', ' ORDER BY e.networks COLLATE "C"), min(p.subnets)
    FROM reached AS e
    JOIN public AS p ON p.database = e.database
    GROUP BY e.database;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_open_databases(jsonb) IS
'For rules: a row for each instance, named as in aws_instances(), whose port some security group opens to the internet and which may be in a subnet with a route to it. No row is no proof: there may be no documents about networks.';
