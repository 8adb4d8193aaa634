-- The database of the documents that this server is, for checks that compare
-- what AWS says of it with what it is.

CREATE FUNCTION rds_guard.aws_here(bundle jsonb)
    RETURNS TABLE (object text, identifier text, kind text, arn text, engine text, modify text, item jsonb, instance jsonb)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT d.object, d.identifier, d.kind, d.arn, d.engine, d.modify, d.item,
           CASE d.kind WHEN 'instance' THEN d.item
                       ELSE (SELECT m.member FROM jsonb_array_elements(d.members) AS m (member) WHERE m.member ->> 'DbiResourceId' = ANY (h.resource_ids)
                                                                                                    AND m.member ->> 'DBInstanceIdentifier' = ANY (h.identifiers)) END
    FROM rds_guard.aws_own_ids(bundle) AS h
    JOIN rds_guard.aws_databases(bundle) AS d ON coalesce(d.item ->> 'DbClusterResourceId', d.item ->> 'DbiResourceId') = ANY (h.resource_ids);
    IF NOT FOUND THEN
        PERFORM rds_guard.unknown('the document of this server does not tell its resource id', 'Give the document as the command prints it, whole and anew.');
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_here(jsonb) IS
'For rules: the row of aws_databases() that this server is, and the document of its instance, NULL where only the cluster was named. Errors: 42501 when nobody has told which database this is, or it is not among the documents.';

CREATE FUNCTION rds_guard.aws_same_value(vartype text, one text, other text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
               -- some are switches in one version and lists in another
               WHEN lower(one) IN ('1', 'on', 'true', 'yes') AND vartype IN ('bool', 'enum', 'string') THEN lower(other) IN ('1', 'on', 'true', 'yes')
               WHEN lower(one) IN ('0', 'off', 'false', 'no') AND vartype IN ('bool', 'enum', 'string') THEN lower(other) IN ('0', 'off', 'false', 'no', '')
               WHEN vartype IN ('integer', 'real') AND one ~ '^-?\d{1,18}(\.\d{1,18})?$' AND other ~ '^-?\d{1,18}(\.\d{1,18})?$' THEN one::numeric = other::numeric
               ELSE regexp_replace(lower(one), '[\s"]', '', 'g') = regexp_replace(lower(other), '[\s"]', '', 'g')
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_same_value(text, text, text) IS
'Whether a parameter of a parameter group has the value that pg_settings shows for a setting of this type: a switch may be 1 there and on here, spaces and quotes in lists do not count.';
