-- Which databases the documents are about, and what is judged as one: an
-- instance of its own, or a cluster, whose members have storage, backups,
-- protection and logins in common. Only those of PostgreSQL.

CREATE FUNCTION rds_guard.aws_modify(kind text, identifier text, arn text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- the name and the ARN of nearly every database need no quotes, and there
    -- may be thousands
    RETURN CASE WHEN identifier ~ '^[A-Za-z0-9][A-Za-z0-9-]*$' AND arn ~ '^arn:[a-z-]+:rds:[a-z0-9-]+:'
                THEN 'aws rds modify-db-' || kind || ' --region ' || split_part(arn, ':', 4) || ' --db-' || kind || '-identifier ' || identifier
                ELSE rds_guard.aws_call('rds modify-db-' || kind, arn) || format(' --db-%s-identifier ', kind) || rds_guard.aws_arg(identifier) END;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_modify(text, text, text) IS
'The command that changes an instance or a cluster, without what it changes.';

CREATE FUNCTION rds_guard.aws_place(arn text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN concat_ws(':', rds_guard.aws_arn(arn, 'account'), rds_guard.aws_arn(arn, 'region'));
END
$$;

COMMENT ON FUNCTION rds_guard.aws_place(text) IS
'Account and region of an ARN, as far as it has them: what a name is unique in.';

CREATE FUNCTION rds_guard.aws_words(name text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- it may be that of a file
    RETURN ARRAY(SELECT DISTINCT regexp_replace(w.word, '[.]json$', '') FROM regexp_split_to_table(name, '[^A-Za-z0-9.-]+') AS w (word) WHERE w.word <> '');
END
$$;

COMMENT ON FUNCTION rds_guard.aws_words(text) IS
'The words of the name under which a document was given: what it is about, where the document itself does not say so.';

CREATE FUNCTION rds_guard.aws_named_for(words text[], place text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN place = '' OR NOT EXISTS (
        SELECT
        FROM unnest(words) AS w (word)
        WHERE CASE
                  WHEN w.word ~ '^[0-9]{12}$' THEN w.word <> split_part(place, ':', 1)
                  WHEN w.word ~ '^[a-z]{2}(-[a-z]+){1,3}-[0-9]$' THEN w.word <> split_part(place, ':', 2)
                  ELSE false
              END);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_named_for(text[], text) IS
'Whether a document whose name has these words may be of this place, as aws_place() has it: not if the name has another account or another region.';

CREATE FUNCTION rds_guard.aws_replica_source(item jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce(nullif(item ->> 'ReadReplicaSourceDBInstanceIdentifier', ''), nullif(item ->> 'ReadReplicaSourceDBClusterIdentifier', ''));
END
$$;

COMMENT ON FUNCTION rds_guard.aws_replica_source(jsonb) IS
'The instance or cluster that an instance follows, by its identifier or ARN; NULL for one that is no replica.';

CREATE FUNCTION rds_guard.aws_instances(bundle jsonb)
    RETURNS TABLE (object text, identifier text, arn text, engine text, cluster text, is_replica boolean, modify text, item jsonb)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT 'instance ' || i.identifier, i.identifier, i.arn, i.engine, nullif(i.item ->> 'DBClusterIdentifier', ''),
           rds_guard.aws_replica_source(i.item) IS NOT NULL,
           rds_guard.aws_modify('instance', i.identifier, i.arn), i.item
    FROM (SELECT e.item, e.item ->> 'DBInstanceIdentifier', e.item ->> 'Engine', e.item ->> 'DBInstanceArn'
          FROM rds_guard.aws_items(bundle, 'DBInstances') AS e (item)) AS i (item, identifier, engine, arn)
    WHERE i.engine IN ('postgres', 'aurora-postgresql');
    IF NOT FOUND AND NOT bundle #> '{about,truncated}' ? 'DBInstances' THEN
        PERFORM rds_guard.not_applicable('there is no instance of PostgreSQL among the documents');
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_instances(jsonb) IS
'For rules: a row for each instance of PostgreSQL in a bundle, on RDS or Aurora, members of clusters too. Object: as a report names it. Cluster: the one that it belongs to, NULL for none. Is_replica: it follows another instance or a cluster. Modify: the command that changes it, without what it changes. Errors: 42501 when there is no document of instances, 0A000 when there is none of PostgreSQL in it.';

CREATE FUNCTION rds_guard.aws_databases(bundle jsonb, kinds text DEFAULT 'instance, cluster')
    RETURNS TABLE (object text, identifier text, kind text, arn text, engine text, is_replica boolean, modify text, item jsonb, members jsonb)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    engines CONSTANT text[] := '{postgres,aurora-postgresql}';
    anything boolean := false;
BEGIN
    IF NOT coalesce(bundle ? 'DBInstances' OR (bundle ? 'DBClusters' AND kinds LIKE '%cluster'), false) THEN
        PERFORM rds_guard.unknown(rds_guard.aws_missing('DBInstances'), rds_guard.aws_command('DBInstances'));
    END IF;
    IF kinds LIKE 'instance%' THEN
        RETURN QUERY
        SELECT 'instance ' || i.identifier, i.identifier, 'instance', i.arn, i.item ->> 'Engine',
               rds_guard.aws_replica_source(i.item) IS NOT NULL,
               rds_guard.aws_modify('instance', i.identifier, i.arn), i.item, '[]'::jsonb
        FROM (SELECT e.item, e.item ->> 'DBInstanceIdentifier', e.item ->> 'DBInstanceArn'
              FROM jsonb_array_elements(coalesce(bundle -> 'DBInstances', '[]')) AS e (item)) AS i (item, identifier, arn)
        WHERE i.item ->> 'Engine' = ANY (engines) AND nullif(i.item ->> 'DBClusterIdentifier', '') IS NULL;
        anything := FOUND;
    END IF;
    IF kinds LIKE '%cluster' THEN
        RETURN QUERY
        WITH clusters AS MATERIALIZED (
            SELECT e.item, e.item ->> 'DBClusterIdentifier' AS identifier, e.item ->> 'Engine' AS engine, e.item ->> 'DBClusterArn' AS arn,
                   rds_guard.aws_place(e.item ->> 'DBClusterArn') AS place
            FROM jsonb_array_elements(coalesce(bundle -> 'DBClusters', '[]')) AS e (item)
            WHERE e.item ->> 'Engine' = ANY (engines)
        ), members AS MATERIALIZED (
            SELECT i.cluster, i.place, min(i.engine) AS engine, min(i.arn) AS arn, jsonb_agg(i.item) AS items
            FROM (SELECT e.item, e.item ->> 'DBClusterIdentifier' AS cluster, e.item ->> 'Engine' AS engine, e.item ->> 'DBInstanceArn' AS arn,
                         rds_guard.aws_place(e.item ->> 'DBInstanceArn') AS place
                  FROM jsonb_array_elements(coalesce(bundle -> 'DBInstances', '[]')) AS e (item)
                  WHERE e.item ->> 'Engine' = ANY (engines) AND e.item ->> 'DBClusterIdentifier' <> '') AS i
            GROUP BY i.cluster, i.place
        )
        SELECT 'cluster ' || i.identifier, i.identifier, 'cluster', i.arn, i.engine, coalesce(i.item ->> 'ReplicationSourceIdentifier', '') <> '',
               rds_guard.aws_modify('cluster', i.identifier, i.arn), i.item, i.members
        FROM (SELECT coalesce(c.identifier, m.cluster), coalesce(c.arn, m.arn), coalesce(c.engine, m.engine), c.item, coalesce(m.items, '[]')
              FROM clusters AS c
              FULL JOIN members AS m ON m.cluster = c.identifier AND m.place = c.place) AS i (identifier, arn, engine, item, members);
        anything := anything OR FOUND;
    END IF;
    IF NOT anything AND NOT bundle ?| (CASE kinds WHEN 'cluster' THEN '{DBInstances,DBClusters}'::text[] ELSE '{DBInstances}' END) THEN
        PERFORM rds_guard.unknown(rds_guard.aws_missing('DBInstances'), rds_guard.aws_command('DBInstances'));
    END IF;
    IF NOT anything AND NOT bundle #> '{about,truncated}' ?| '{DBInstances,DBClusters}' THEN
        PERFORM rds_guard.not_applicable(CASE kinds WHEN 'instance' THEN 'there is no instance of PostgreSQL outside of clusters among the documents'
                                                    WHEN 'cluster' THEN 'there is no cluster of PostgreSQL among the documents'
                                                    ELSE 'there is no instance and no cluster of PostgreSQL among the documents' END);
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_databases(jsonb, text) IS
'For rules: a row for each database of PostgreSQL in a bundle that is judged as one. Kind: instance, on its own; cluster, of Aurora or Multi-AZ, whose values count for its members; kinds may be only one of them. Item: its document; NULL for a cluster that only its members tell of, so that each value of it is unknown. Members: the instances of a cluster. Is_replica: it follows another. Modify: the command that changes it, without what it changes. Errors: 42501 when there is a document of neither, 0A000 when there is none of PostgreSQL.';
