-- Which of the databases in the documents this server is, for the checks that
-- compare the two. Nobody is told so by RDS, and one is never assumed.

CREATE FUNCTION rds_guard.aws_own_name(bundle jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name text := bundle #>> '{about,instance}';
BEGIN
    IF name IS NULL AND to_regprocedure('pg_catalog.aurora_db_instance_identifier()') IS NOT NULL THEN
        EXECUTE 'SELECT pg_catalog.aurora_db_instance_identifier()::text' INTO name;
    END IF;
    IF coalesce(name, '') = '' THEN
        PERFORM rds_guard.unknown('which database of the documents this server is, nobody has told',
                                  'Give the argument instance of aws_report(): the identifier, the resource id or the ARN of the instance or cluster.');
    END IF;
    RETURN name;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_own_name(jsonb) IS
'What AWS calls this server: the argument instance of aws_report(), or on Aurora what aurora_db_instance_identifier() says. Raises 42501 when neither tells.';

CREATE FUNCTION rds_guard.aws_own_ids(bundle jsonb) RETURNS TABLE (name text, resource_ids text[], identifiers text[])
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    own CONSTANT text := rds_guard.aws_own_name(bundle);
    instance jsonb;
    cluster jsonb;
    cluster_name text;
    found_so_many integer;
BEGIN
    SELECT count(*), (array_agg(i.item))[1], (array_agg(c.item))[1]
    INTO found_so_many, instance, cluster
    FROM (SELECT d.item FROM rds_guard.aws_optional(bundle, 'DBInstances') AS d (item)
          WHERE own IN (d.item ->> 'DBInstanceIdentifier', d.item ->> 'DbiResourceId', d.item ->> 'DBInstanceArn')) AS i
    FULL JOIN (SELECT d.item FROM rds_guard.aws_optional(bundle, 'DBClusters') AS d (item)
               WHERE own IN (d.item ->> 'DBClusterIdentifier', d.item ->> 'DbClusterResourceId', d.item ->> 'DBClusterArn')) AS c ON false;
    IF found_so_many = 0 THEN
        PERFORM rds_guard.unknown(format('%s is not among the documents', rds_guard.printable(own)), rds_guard.aws_command('DBInstances'));
    ELSIF found_so_many > 1 THEN
        PERFORM rds_guard.unknown(format('%s is several times among the documents', rds_guard.printable(own)),
                                  'Give the resource id or the ARN of the instance or cluster as argument instance of aws_report().');
    END IF;
    cluster_name := instance ->> 'DBClusterIdentifier';
    IF cluster_name IS NOT NULL THEN
        SELECT d.item INTO cluster
        FROM rds_guard.aws_optional(bundle, 'DBClusters') AS d (item)
        WHERE d.item ->> 'DBClusterIdentifier' = cluster_name
              AND rds_guard.aws_place(d.item ->> 'DBClusterArn') = rds_guard.aws_place(instance ->> 'DBInstanceArn');
        IF cluster IS NULL THEN
            PERFORM rds_guard.unknown(format('cluster %s, which %s belongs to, is not among the documents', rds_guard.printable(cluster_name), rds_guard.printable(own)),
                                      rds_guard.aws_command('DBClusters'));
        END IF;
    END IF;
    RETURN QUERY
    SELECT own,
           array_remove(ARRAY[instance ->> 'DbiResourceId', cluster ->> 'DbClusterResourceId']
                        || ARRAY(SELECT m.item ->> 'DbiResourceId' FROM rds_guard.aws_optional(bundle, 'DBInstances') AS m (item)
                                 WHERE instance IS NULL AND m.item ->> 'DBClusterIdentifier' = cluster ->> 'DBClusterIdentifier'), NULL),
           array_remove(ARRAY[instance ->> 'DBInstanceIdentifier', cluster ->> 'DBClusterIdentifier'], NULL);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_own_ids(jsonb) IS
'One row: what AWS calls this server, the resource ids under which rds-db:connect knows it, its own and that of its cluster, and its identifiers. Raises 42501 when nobody has told which database this is, or when it or its cluster is not among the documents.';
