-- Single values of Amazon's documents, and the rows and commands that are made
-- of them. A field that is missing or of the wrong type is NULL, and NULL means
-- unknown: never false, never a pass.

CREATE FUNCTION rds_guard.aws_bool(item jsonb, field text, absent boolean DEFAULT NULL) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE jsonb_typeof(item -> field)
               WHEN 'boolean' THEN (item ->> field)::boolean
               WHEN 'null' THEN absent
               ELSE CASE WHEN item IS NOT NULL AND NOT item ? field THEN absent END
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_bool(jsonb, text, boolean) IS
'A field that is true or false; absent where the item does not have it, for fields that Amazon leaves out; NULL for another type, and for no item.';

CREATE FUNCTION rds_guard.aws_number(item jsonb, field text, absent numeric DEFAULT NULL) RETURNS numeric
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE jsonb_typeof(item -> field)
               WHEN 'number' THEN (item ->> field)::numeric
               WHEN 'null' THEN absent
               ELSE CASE WHEN item IS NOT NULL AND NOT item ? field THEN absent END
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_number(jsonb, text, numeric) IS
'A field that is a number; absent where the item does not have it; NULL for another type, and for no item.';

CREATE FUNCTION rds_guard.aws_text(item jsonb, field text, absent text DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE jsonb_typeof(item -> field)
               WHEN 'string' THEN item ->> field
               WHEN 'null' THEN absent
               ELSE CASE WHEN item IS NOT NULL AND NOT item ? field THEN absent END
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_text(jsonb, text, text) IS
'A field that is a string; absent where the item does not have it; NULL for another type, and for no item.';

CREATE FUNCTION rds_guard.aws_list(item jsonb, field text, absent jsonb DEFAULT NULL) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE jsonb_typeof(item -> field)
               WHEN 'array' THEN item -> field
               WHEN 'null' THEN absent
               ELSE CASE WHEN item IS NOT NULL AND NOT item ? field THEN absent END
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_list(jsonb, text, jsonb) IS
'A field that is a list; absent where the item does not have it; NULL for another type, and for no item.';

CREATE FUNCTION rds_guard.aws_time(item jsonb, field text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET datestyle = ISO
    SET timezone = 'UTC'
AS $$
DECLARE
    value CONSTANT text := item ->> field;
BEGIN
    -- the old command line prints some as seconds since 1970
    IF jsonb_typeof(item -> field) = 'number' THEN
        RETURN to_timestamp(value::double precision);
    END IF;
    IF jsonb_typeof(item -> field) = 'string' AND value ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?$' THEN
        RETURN value::timestamptz;
    END IF;
    RETURN NULL;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_time(jsonb, text) IS
'A field that is a time, as the command line prints it: ISO 8601 or seconds since 1970; NULL for anything else.';

CREATE FUNCTION rds_guard.aws_day("at" timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN rds_guard.day_text(("at" AT TIME ZONE 'UTC')::date);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_day(timestamptz) IS
'The day of a time of Amazon''s, which are of UTC, as a sentence shows it.';

CREATE FUNCTION rds_guard.aws_arg(argument text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
               -- What begins so is an option, or the address of a file that the
               -- command line would send. No name of Amazon's has a space before
               -- it: with one, the command fails.
               WHEN argument ~* '^(-|[a-z]+://)' THEN ''' ' || replace(argument, '''', '''\''''') || ''''
               WHEN argument ~ '^[A-Za-z0-9._:/=@-]+$' THEN argument
               ELSE '''' || replace(argument, '''', '''\''''') || ''''
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_arg(text) IS
'An argument as a shell and then the command line read it: in single quotes unless it is of harmless characters only, and never as an option or as the address of a file.';

CREATE FUNCTION rds_guard.aws_arn(arn text, part text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN nullif(split_part(CASE WHEN arn LIKE 'arn:%:%:%:%:%' THEN arn END, ':', CASE part WHEN 'region' THEN 4 WHEN 'account' THEN 5 END), '');
END
$$;

COMMENT ON FUNCTION rds_guard.aws_arn(text, text) IS
'The region or the account of an ARN; NULL for what is none, or has none.';

CREATE FUNCTION rds_guard.aws_call(command text, arn text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN 'aws ' || command || coalesce(' --region ' || rds_guard.aws_arg(rds_guard.aws_arn(arn, 'region')), '');
END
$$;

COMMENT ON FUNCTION rds_guard.aws_call(text, text) IS
'The beginning of a command such as "rds modify-db-instance" for the thing that has this ARN: with its region, where the ARN tells.';

CREATE FUNCTION rds_guard.aws_shown(item jsonb, field text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    value CONSTANT jsonb := item -> field;
BEGIN
    RETURN CASE
               WHEN coalesce(jsonb_typeof(value), 'null') = 'null' THEN field || ' is missing'
               WHEN jsonb_typeof(value) IN ('object', 'array') THEN format('%s is an %s', field, jsonb_typeof(value))
               ELSE format('%s is %s', field, left(value::text, 100))
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_shown(jsonb, text) IS
'A sentence about a field as it is: that it is missing, its type where it holds others, or its value.';

CREATE FUNCTION rds_guard.aws_detail(wrong boolean, detail text, item jsonb, fields text[]) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
               WHEN wrong THEN detail
               WHEN item IS NULL THEN rds_guard.aws_missing('DBClusters')
               ELSE 'the document does not tell: ' || (SELECT string_agg(rds_guard.aws_shown(item, f.field), ', ' ORDER BY f.place)
                                                       FROM unnest(fields) WITH ORDINALITY AS f (field, place))
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_detail(boolean, text, jsonb, text[]) IS
'For rules, the column detail: the sentence when something is wrong; what these fields of the item are instead when that is NULL, hence unknown.';

CREATE FUNCTION rds_guard.aws_evidence(wrong boolean, item jsonb, fields text[]) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_object_agg(f.field, item -> f.field) FILTER (WHERE item ? f.field AND jsonb_typeof(item -> f.field) <> 'object'), '{}') FROM unnest(fields) AS f (field))
           || CASE WHEN wrong THEN '{}'
                   WHEN item IS NULL THEN '{"unknown": "Run the command and add what it prints to the documents."}'::jsonb
                   ELSE '{"unknown": "Give the document as the command prints it, whole and anew."}'::jsonb END;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_evidence(boolean, jsonb, text[]) IS
'For rules, the column evidence: these fields of the item, but for objects, and unknown when it is NULL whether something is wrong. Name only fields that hold no secret.';

CREATE FUNCTION rds_guard.aws_fix(wrong boolean, fix text, item jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
               WHEN wrong THEN fix
               WHEN item IS NULL THEN rds_guard.aws_command('DBClusters')
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_fix(boolean, text, jsonb) IS
'For rules, the column fix: the command that mends what is wrong; where a cluster has no document, the one that prints it.';
