-- Which databases of the documents are copies of others, and which copies of
-- theirs no document has. A replica has the data of what it follows, wherever
-- it stands.

CREATE FUNCTION rds_guard.aws_replicas(bundle jsonb)
    RETURNS TABLE (object text, arn text, modify text, item jsonb, source text, follows text, public boolean)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH databases AS MATERIALIZED (
        SELECT d.*, nullif(d.item ->> 'ReplicationSourceIdentifier', '') AS source FROM rds_guard.aws_databases(bundle) AS d
    )
    SELECT i.object, i.arn, i.modify, i.item, coalesce(i.source, i.cluster_source), i.source, rds_guard.aws_bool(i.item, 'PubliclyAccessible')
    FROM (SELECT d.object, d.arn, d.modify, d.item, rds_guard.aws_replica_source(d.item), NULL
          FROM databases AS d
          WHERE d.kind = 'instance'
          UNION ALL
          -- the address of Aurora is that of its members
          SELECT 'instance ' || (m.member ->> 'DBInstanceIdentifier'), m.member ->> 'DBInstanceArn',
                 rds_guard.aws_modify('instance', m.member ->> 'DBInstanceIdentifier', m.member ->> 'DBInstanceArn'), m.member,
                 rds_guard.aws_replica_source(m.member), CASE d.engine WHEN 'aurora-postgresql' THEN d.source END
          FROM databases AS d
          CROSS JOIN LATERAL jsonb_array_elements(d.members) AS m (member)) AS i (object, arn, modify, item, source, cluster_source)
    WHERE coalesce(i.source, i.cluster_source) IS NOT NULL
    UNION ALL
    -- and of a Multi-AZ cluster its own
    SELECT d.object, d.arn, NULL, d.item, d.source, d.source, CASE d.engine WHEN 'postgres' THEN rds_guard.aws_bool(d.item, 'PubliclyAccessible') ELSE false END
    FROM databases AS d
    WHERE d.kind = 'cluster' AND d.source IS NOT NULL;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_replicas(jsonb) IS
'For rules: a row for each instance and cluster that follows another, and for each member of an Aurora cluster that does. Source: what it follows, by identifier or ARN. Follows: the same, NULL for a member that is one by its cluster. Public: whether it has a public address, false for clusters of Aurora, whose members have; NULL where the document does not tell. Modify: the command that changes it, NULL for clusters, whose address cannot be changed. Errors as those of aws_databases().';

CREATE FUNCTION rds_guard.aws_absent_replicas(bundle jsonb) RETURNS SETOF rds_guard.violation
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH known AS MATERIALIZED (
        SELECT 'db' AS kind, 'instance' AS word, i.item ->> 'DBInstanceIdentifier' AS name, rds_guard.aws_place(i.item ->> 'DBInstanceArn') AS place, i.item
        FROM jsonb_array_elements(coalesce(bundle -> 'DBInstances', '[]')) AS i (item)
        UNION ALL
        SELECT 'cluster', 'cluster', c.item ->> 'DBClusterIdentifier', rds_guard.aws_place(c.item ->> 'DBClusterArn'), c.item
        FROM jsonb_array_elements(coalesce(bundle -> 'DBClusters', '[]')) AS c (item)
    ), lists AS MATERIALIZED (
        SELECT k.word || ' ' || k.name AS object, k.place, coalesce(k.item ->> 'DBInstanceArn', k.item ->> 'DBClusterArn') AS arn, k.item, f.field,
               coalesce(f.kind, CASE k.item ->> 'Engine' WHEN 'postgres' THEN 'db' ELSE 'cluster' END) AS kind
        FROM known AS k
        -- replicas of a Multi-AZ cluster are instances, those of Aurora clusters
        JOIN (VALUES ('db', 'ReadReplicaDBInstanceIdentifiers', 'db'), ('db', 'ReadReplicaDBClusterIdentifiers', 'cluster'), ('cluster', 'ReadReplicaIdentifiers', NULL)) AS f (owner, field, kind)
            ON f.owner = k.kind
        WHERE k.item ->> 'Engine' IN ('postgres', 'aurora-postgresql') AND jsonb_typeof(k.item -> f.field) <> 'null'
    ), named AS MATERIALIZED (
        SELECT l.object, l.arn, r.replica,
               coalesce(p.parts[2], l.kind) AS kind, coalesce(p.parts[3], r.replica) AS name, CASE WHEN p.parts IS NULL THEN l.place ELSE rds_guard.aws_place(r.replica) END AS place,
               p.parts IS NOT NULL AND rds_guard.aws_place(r.replica) <> l.place AS elsewhere
        FROM lists AS l
        CROSS JOIN LATERAL (SELECT e.element #>> '{}' FROM jsonb_array_elements(CASE jsonb_typeof(l.item -> l.field) WHEN 'array' THEN l.item -> l.field END) AS e (element)
                            WHERE jsonb_typeof(e.element) = 'string') AS r (replica)
        CROSS JOIN LATERAL (SELECT regexp_match(r.replica, '^(arn(?::[^:]*){4}):(db|cluster):(.+)$')) AS p (parts)
    )
    SELECT DISTINCT n.object || ' replica ' || n.replica,
           CASE WHEN n.elsewhere THEN 'it is in another region or account, and not among the documents' ELSE 'it is not among the documents' END,
           format('%s --db-%s-identifier %s --output json', rds_guard.aws_call(CASE n.kind WHEN 'db' THEN 'rds describe-db-instances' ELSE 'rds describe-db-clusters' END, coalesce(a.arn, n.arn)),
                  CASE n.kind WHEN 'db' THEN 'instance' ELSE 'cluster' END, rds_guard.aws_arg(n.replica)),
           jsonb_build_object('replica', n.replica, 'unknown', 'Run the command and add what it prints to the documents.')
    FROM named AS n
    CROSS JOIN LATERAL (SELECT CASE WHEN n.replica LIKE 'arn:%' THEN n.replica END) AS a (arn)
    WHERE NOT EXISTS (SELECT FROM known AS k WHERE k.name = n.name AND k.kind = n.kind AND (k.place = n.place OR '' IN (k.place, n.place)))
    UNION ALL
    SELECT l.object, rds_guard.aws_detail(NULL, NULL, l.item, ARRAY[l.field]), NULL, rds_guard.aws_evidence(NULL, l.item, '{}')
    FROM lists AS l
    WHERE CASE jsonb_typeof(l.item -> l.field)
              WHEN 'array' THEN EXISTS (SELECT FROM jsonb_array_elements(l.item -> l.field) AS e (element) WHERE jsonb_typeof(e.element) <> 'string')
              ELSE true
          END;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_absent_replicas(jsonb) IS
'For rules: a row that makes unknown what no document tells, for each replica that the document of an instance or a cluster names, in ReadReplicaDBInstanceIdentifiers, ReadReplicaDBClusterIdentifiers or ReadReplicaIdentifiers, and that is not among the documents; and for such a list that is none. A replica in another region is named by its ARN, others by their identifier.';

CREATE FUNCTION rds_guard.aws_originals(bundle jsonb, kinds text DEFAULT 'instance, cluster')
    RETURNS TABLE (object text, identifier text, kind text, arn text, engine text, is_replica boolean, modify text, item jsonb, members jsonb)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT d.* FROM rds_guard.aws_databases(bundle, kinds) AS d WHERE NOT d.is_replica;
    -- what is not among the documents may be none
    IF NOT FOUND AND bundle ? 'DBInstances' AND NOT bundle #> '{about,truncated}' ?| '{DBInstances,DBClusters}' THEN
        PERFORM rds_guard.not_applicable('only replicas are among the documents, and this is asked of what they follow');
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_originals(jsonb, text) IS
'For rules: the rows of aws_databases() that follow no other, for what is not asked of replicas. Errors: those of aws_databases(), and 0A000 when there are only replicas.';
