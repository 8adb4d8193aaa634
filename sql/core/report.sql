-- The report and what is derived from it for monitors.

CREATE FUNCTION rds_guard.edition() RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT '@edition@'
$$;

COMMENT ON FUNCTION rds_guard.edition() IS
'Which edition this is: c, with the library, or sql, without. For everybody.';

CREATE FUNCTION rds_guard.selected_checks("only" text[], scopes text[]) RETURNS SETOF text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    stranger text;
BEGIN
    SELECT coalesce(quote_literal(o.name), 'NULL') INTO stranger
    FROM unnest("only") AS o (name)
    WHERE NOT EXISTS (
        SELECT FROM rds_guard.check_definitions AS d
        WHERE d.scope = ANY (scopes) AND o.name IN (d.check_id, d.category))
    LIMIT 1;
    IF FOUND THEN
        RAISE invalid_parameter_value USING
            MESSAGE = 'there is no check or category ' || stranger,
            HINT = (SELECT 'Categories: ' || string_agg(DISTINCT d.category, ', ')
                           || '. Checks: ' || string_agg(DISTINCT d.check_id, ', ') || '.'
                    FROM rds_guard.check_definitions AS d
                    WHERE d.scope = ANY (scopes));
    END IF;

    RETURN QUERY
    SELECT d.check_id
    FROM rds_guard.check_definitions AS d
    WHERE d.scope = ANY (scopes) AND ("only" IS NULL OR d.check_id = ANY ("only") OR d.category = ANY ("only"));
END
$$;

COMMENT ON FUNCTION rds_guard.selected_checks(text[], text[]) IS
'The ids of the checks of these scopes that a report was asked for: by id, by category, or all for NULL. Error 22023 for a name that is neither; the hint lists the valid ones.';

CREATE FUNCTION rds_guard.run_checks("only" text[], scopes text[], bundle jsonb DEFAULT NULL) RETURNS SETOF rds_guard.finding
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT f.*
    FROM rds_guard.selected_checks("only", scopes) AS s (check_id)
    CROSS JOIN LATERAL rds_guard.run_check(s.check_id, bundle) AS f
    ORDER BY f.status, CASE f.status WHEN 'fail' THEN f.severity END DESC,
             f.category COLLATE "C", f.check_id COLLATE "C", f.object COLLATE "C";
END
$$;

COMMENT ON FUNCTION rds_guard.run_checks(text[], text[], jsonb) IS
'The findings of the selected checks in the order of a report, with the rights of the caller. Use report(), my_report() or aws_report().';

CREATE FUNCTION rds_guard.report("only" text[] DEFAULT NULL) RETURNS SETOF rds_guard.finding
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
    SELECT f.* FROM rds_guard.run_checks("only", ARRAY['server', 'session']) AS f
$$;

COMMENT ON FUNCTION rds_guard.report(text[]) IS
'How safe this server and this database are: a row for each thing that is wrong, and one for each check that passed or could not decide. Worst first: fail by severity, then error, unknown, waived, not_applicable, pass. Only: check ids and category names, NULL for all. Object: what is wrong, as SQL writes it. Detail: the observed values, or why there is no verdict. Remedy: what to do. Fix: the exact statement or configuration line for this object, NULL where none is safe, never executed here; for unknown, the GRANT that would show it. Evidence: the observed facts. Fingerprint: the same for the same finding on each run. Reads only, with the rights of the caller. For the owner and pg_monitor. Error 22023 for an unknown id or category.';

CREATE VIEW rds_guard.summary AS
SELECT coalesce(f.category, 'all') AS category,
       count(*) FILTER (WHERE f.status = 'fail') AS fail,
       count(*) FILTER (WHERE f.status = 'error') AS error,
       count(*) FILTER (WHERE f.status = 'unknown') AS unknown,
       count(*) FILTER (WHERE f.status = 'waived') AS waived,
       count(*) FILTER (WHERE f.status = 'not_applicable') AS not_applicable,
       count(*) FILTER (WHERE f.status = 'pass') AS pass,
       max(f.severity) FILTER (WHERE f.status = 'fail') AS worst
FROM rds_guard.report() AS f
GROUP BY ROLLUP (f.category)
ORDER BY grouping(f.category), f.category COLLATE "C";

COMMENT ON VIEW rds_guard.summary IS
'A row a category, and one for all: the number of findings with each status, and the worst severity among those that fail. Runs the whole report. For the owner and pg_monitor.';

CREATE VIEW rds_guard.readiness AS
SELECT f.check_id, f.category, f.severity,
       f.status NOT IN ('unknown', 'error') AS decidable,
       CASE WHEN f.status IN ('unknown', 'error', 'not_applicable') THEN f.detail END AS reason,
       CASE WHEN f.status = 'unknown' THEN f.fix END AS needed_grant
FROM (SELECT DISTINCT ON (r.check_id) r.* FROM rds_guard.report() AS r
      ORDER BY r.check_id, r.status NOT IN ('unknown', 'error'), r.status, r.severity DESC) AS f
ORDER BY decidable, f.category COLLATE "C", f.check_id COLLATE "C";

COMMENT ON VIEW rds_guard.readiness IS
'A row a check: can the current role decide all of it here, if not why, and the GRANT that would do (NULL where no GRANT does). Found out by running the report, not by guessing. For the owner and pg_monitor.';

CREATE VIEW rds_guard.metrics AS
SELECT f.check_id, f.category,
       coalesce(max(f.severity) FILTER (WHERE f.status = 'fail'), max(f.severity))::text AS severity,
       min(f.status)::text AS status,
       CASE min(f.status)
           WHEN 'pass' THEN 0
           WHEN 'waived' THEN 0
           WHEN 'fail' THEN 2
           WHEN 'unknown' THEN 3
           WHEN 'error' THEN 4
           WHEN 'not_applicable' THEN -1
       END AS status_code,
       count(*) FILTER (WHERE f.status = 'fail') AS findings
FROM rds_guard.report() AS f
GROUP BY f.check_id, f.category
ORDER BY f.check_id COLLATE "C";

COMMENT ON VIEW rds_guard.metrics IS
'A row a check, without NULLs, for exporters: severity is the worst of what fails; status_code is 0 for pass and waived, 2 for fail, 3 for unknown, 4 for error, -1 for not_applicable; findings is the number of things that are wrong. Runs the whole report. For the owner and pg_monitor.';
