-- Snapshots of databases, as Amazon's command line tells: what they are and who
-- else may restore them.

CREATE FUNCTION rds_guard.aws_snapshot_name(identifier text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN regexp_replace(identifier, '^arn:[^:]*:rds:[^:]*:[^:]*:(cluster-)?snapshot:', '');
END
$$;

COMMENT ON FUNCTION rds_guard.aws_snapshot_name(text) IS
'The name of a snapshot of which the identifier may be an ARN, as that of a shared one is.';

CREATE FUNCTION rds_guard.aws_snapshots(bundle jsonb)
    RETURNS TABLE (object text, identifier text, kind text, arn text, type text, encrypted boolean, created timestamptz, restorers jsonb, certain boolean, item jsonb)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF NOT coalesce(bundle ?| '{DBSnapshots,DBClusterSnapshots,DBSnapshotAttributesResult,DBClusterSnapshotAttributesResult}', false) THEN
        PERFORM rds_guard.unknown(rds_guard.aws_missing('DBSnapshots'), rds_guard.aws_command('DBSnapshots'));
    END IF;
    RETURN QUERY
    WITH listed AS MATERIALIZED (
        SELECT l.*, rds_guard.aws_snapshot_name(l.identifier) AS name, rds_guard.aws_place(l.arn) AS place
        FROM (SELECT 'snapshot' AS kind, e.item ->> 'DBSnapshotIdentifier' AS identifier, e.item ->> 'DBSnapshotArn' AS arn,
                     rds_guard.aws_bool(e.item, 'Encrypted') AS encrypted, e.item
              FROM jsonb_array_elements(coalesce(bundle -> 'DBSnapshots', '[]')) AS e (item)
              WHERE e.item ->> 'Engine' IN ('postgres', 'aurora-postgresql')
              UNION ALL
              SELECT 'cluster-snapshot', e.item ->> 'DBClusterSnapshotIdentifier', e.item ->> 'DBClusterSnapshotArn',
                     rds_guard.aws_bool(e.item, 'StorageEncrypted'), e.item
              FROM jsonb_array_elements(coalesce(bundle -> 'DBClusterSnapshots', '[]')) AS e (item)
              WHERE e.item ->> 'Engine' IN ('postgres', 'aurora-postgresql')) AS l
    ), shared AS MATERIALIZED (
        SELECT row_number() OVER () AS document, s.kind, s.identifier, rds_guard.aws_snapshot_name(s.identifier) AS name, nullif(rds_guard.aws_place(s.identifier), '') AS place,
               rds_guard.aws_words(s.given) AS words,
               (SELECT a.attribute -> 'AttributeValues'
                FROM jsonb_array_elements(CASE jsonb_typeof(s.list) WHEN 'array' THEN s.list ELSE '[]' END) AS a (attribute)
                WHERE a.attribute ->> 'AttributeName' = 'restore' AND jsonb_typeof(a.attribute -> 'AttributeValues') = 'array'
                LIMIT 1) AS restorers
        FROM (SELECT 'snapshot', e.item ->> 'DBSnapshotIdentifier', e.item ->> '_name', e.item -> 'DBSnapshotAttributes'
              FROM jsonb_array_elements(coalesce(bundle -> 'DBSnapshotAttributesResult', '[]')) AS e (item)
              UNION ALL
              SELECT 'cluster-snapshot', e.item ->> 'DBClusterSnapshotIdentifier', e.item ->> '_name', e.item -> 'DBClusterSnapshotAttributes'
              FROM jsonb_array_elements(coalesce(bundle -> 'DBClusterSnapshotAttributesResult', '[]')) AS e (item)) AS s (kind, identifier, given, list)
    )
    SELECT CASE coalesce(l.kind, s.kind) WHEN 'snapshot' THEN 'snapshot ' ELSE 'cluster snapshot ' END || coalesce(l.identifier, s.identifier),
           coalesce(l.identifier, s.identifier), coalesce(l.kind, s.kind), l.arn, rds_guard.aws_text(l.item, 'SnapshotType'), l.encrypted,
           rds_guard.aws_time(l.item, 'SnapshotCreateTime'), s.restorers,
           -- a region may have a snapshot of the same name as another
           count(*) OVER (PARTITION BY s.document) = 1, l.item
    FROM listed AS l
    FULL JOIN shared AS s ON s.kind = l.kind AND s.name = l.name
         AND CASE WHEN s.place IS NOT NULL THEN s.place = l.place ELSE coalesce(rds_guard.aws_named_for(array_remove(s.words, s.name), l.place), true) END;
    IF NOT FOUND AND NOT bundle #> '{about,truncated}' ?| '{DBSnapshots,DBClusterSnapshots}' THEN
        PERFORM rds_guard.not_applicable('there is no snapshot of a database of PostgreSQL among the documents');
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_snapshots(jsonb) IS
'For rules: a row for each snapshot of a database of PostgreSQL, or of an engine that is not known, in a bundle. Kind: snapshot or cluster-snapshot. Restorers: a list of the accounts that may restore it, "all" for everybody, NULL where that cannot be read or no document has it. Certain: they are of no other snapshot of that name; the name under which the document was given may have the region. Item: NULL for a snapshot that only that document tells of. Errors: 42501 when there is no document of any, 0A000 when there are none.';

CREATE FUNCTION rds_guard.aws_restorers_unread(restorers jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN restorers IS NULL THEN 'who may restore it is not among the documents'
                ELSE 'who may restore it, a document says that may be of another snapshot of that name' END;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_restorers_unread(jsonb) IS
'For rules over aws_snapshots(): the sentence about a snapshot of which it is not known who may restore it.';

CREATE FUNCTION rds_guard.aws_unread_snapshots(bundle jsonb) RETURNS SETOF rds_guard.violation
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT u.*
    FROM rds_guard.aws_unread(bundle, CASE WHEN bundle ? 'DBClusterSnapshots'
                                                OR EXISTS (SELECT FROM jsonb_array_elements(coalesce(bundle -> 'DBClusters', '[]')) AS e (item)
                                                           WHERE e.item ->> 'Engine' IN ('postgres', 'aurora-postgresql'))
                                                OR EXISTS (SELECT FROM jsonb_array_elements(coalesce(bundle -> 'DBInstances', '[]')) AS e (item)
                                                           WHERE e.item ->> 'Engine' IN ('postgres', 'aurora-postgresql') AND e.item ->> 'DBClusterIdentifier' IS NOT NULL)
                                           THEN '{DBSnapshots,DBClusterSnapshots}'::text[] ELSE '{DBSnapshots}' END) AS u;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_unread_snapshots(jsonb) IS
'For rules over aws_snapshots(): the rows of aws_unread() for lists of snapshots; those of clusters are missed only where there are clusters.';
