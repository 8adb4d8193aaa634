-- How a rule is run.

CREATE FUNCTION rds_guard.run_rule(rule text) RETURNS rds_guard.violation[]
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    violations rds_guard.violation[];
BEGIN
    EXECUTE 'SELECT array_agg(ROW(q.object, q.detail, q.fix, q.evidence)::rds_guard.violation) FROM ('
            || rule || E'\n) AS q (object, detail, fix, evidence)'
    INTO violations;
    RETURN violations;
END
$$;

COMMENT ON FUNCTION rds_guard.run_rule(text) IS
'All violations that a rule finds, with the rights of the caller; NULL for none. All or nothing: a rule that breaks off half way gives none, so that the verdict does not depend on the order of execution. Raises what the rule raises.';
