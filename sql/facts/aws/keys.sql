-- Which keys of KMS the databases are encrypted with.

CREATE FUNCTION rds_guard.aws_key_id(key text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN regexp_replace(key, '^.*:key/', '');
END
$$;

COMMENT ON FUNCTION rds_guard.aws_key_id(text) IS
'The id of a key of KMS, from its ARN or as it is.';

CREATE FUNCTION rds_guard.aws_used_keys(bundle jsonb) RETURNS TABLE (arn text, key text, databases text[])
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT d.arn, rds_guard.aws_key_id(d.arn), array_agg(d.name ORDER BY d.name COLLATE "C")
    FROM (SELECT i.item ->> 'KmsKeyId', 'instance ' || (i.item ->> 'DBInstanceIdentifier')
          FROM rds_guard.aws_optional(bundle, 'DBInstances') AS i (item)
          WHERE i.item ->> 'Engine' IN ('postgres', 'aurora-postgresql')
                -- members have the key of their cluster, which is told once
                AND NOT coalesce(i.item ->> 'DBClusterIdentifier' = ANY (ARRAY(SELECT c.item ->> 'DBClusterIdentifier' FROM rds_guard.aws_optional(bundle, 'DBClusters') AS c (item))), false)
          UNION ALL
          SELECT c.item ->> 'KmsKeyId', 'cluster ' || (c.item ->> 'DBClusterIdentifier')
          FROM rds_guard.aws_optional(bundle, 'DBClusters') AS c (item)
          WHERE c.item ->> 'Engine' IN ('postgres', 'aurora-postgresql')) AS d (arn, name)
    WHERE d.arn IS NOT NULL
    GROUP BY d.arn;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_used_keys(jsonb) IS
'The keys of KMS that the instances and clusters among the documents say that their storage is encrypted with; none where neither was given.';
