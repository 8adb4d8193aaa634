-- How a rule is run.

CREATE FUNCTION rds_guard.run_rule(rule text, bundle jsonb DEFAULT NULL) RETURNS rds_guard.violation[]
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    whole CONSTANT text := 'SELECT array_agg(ROW(q.object, q.detail, q.fix, q.evidence)::rds_guard.violation) FROM ('
                           || rule || E'\n) AS q (object, detail, fix, evidence)';
    violations rds_guard.violation[];
BEGIN
    IF bundle IS NULL THEN
        EXECUTE whole INTO violations;
    ELSE
        EXECUTE whole INTO violations USING bundle;
    END IF;
    RETURN violations;
END
$$;

COMMENT ON FUNCTION rds_guard.run_rule(text, jsonb) IS
'All violations that a rule finds, with the rights of the caller; NULL for none. The bundle, unless it is NULL, is its parameter $1. All or nothing: a rule that breaks off half way gives none, so that the verdict does not depend on the order of execution. Raises what the rule raises.';
