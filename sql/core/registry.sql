-- The catalogue of checks: how one is defined, listed and explained.

CREATE FUNCTION rds_guard.define_check(
    check_id text,
    category text,
    severity rds_guard.severity,
    title text,
    why text,
    remedy text,
    refs text[],
    rule text,
    needs text DEFAULT 'any role',
    scope text DEFAULT 'server'
) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
    SET standard_conforming_strings = on
AS $$
DECLARE
    plan refcursor;
    whole CONSTANT text :=
        'SELECT * FROM (SELECT NULL::text, NULL::text, NULL::text, NULL::jsonb WHERE false UNION ALL ('
        || rule || E'\n)) AS q (object, detail, fix, evidence) LIMIT 0';
BEGIN
    -- Only a single statement can be opened as a cursor, and only one that
    -- returns rows of this shape fits into the union. Nothing is run.
    -- A check of scope aws asks $1, the documents; others have no parameter.
    IF scope = 'aws' THEN
        OPEN plan NO SCROLL FOR EXECUTE whole USING NULL::jsonb;
    ELSE
        OPEN plan NO SCROLL FOR EXECUTE whole;
    END IF;
    CLOSE plan;
    -- ... and only one that is whole by itself does not rely on our parentheses.
    IF scope = 'aws' THEN
        OPEN plan NO SCROLL FOR EXECUTE rule USING NULL::jsonb;
    ELSE
        OPEN plan NO SCROLL FOR EXECUTE rule;
    END IF;
    CLOSE plan;

    INSERT INTO rds_guard.check_definitions AS d
           (check_id, category, severity, scope, title, why, remedy, needs, refs, rule, definer)
    VALUES (define_check.check_id, define_check.category, define_check.severity, define_check.scope,
            define_check.title, define_check.why, define_check.remedy, define_check.needs,
            coalesce(define_check.refs, '{}'), define_check.rule, quote_ident(current_user)::regrole)
    ON CONFLICT ON CONSTRAINT check_definitions_pkey DO UPDATE SET
        category = excluded.category,
        severity = excluded.severity,
        scope = excluded.scope,
        title = excluded.title,
        why = excluded.why,
        remedy = excluded.remedy,
        needs = excluded.needs,
        refs = excluded.refs,
        rule = excluded.rule,
        definer = excluded.definer
    WHERE d.builtin = excluded.builtin;
    IF NOT FOUND THEN
        RAISE duplicate_object USING
            MESSAGE = format('check "%s" is built in', define_check.check_id),
            HINT = 'Define your check under another id.';
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.define_check(text, text, rds_guard.severity, text, text, text, text[], text, text, text) IS
'Adds a check to the catalogue or replaces one of your own. The rule is one SELECT that returns (object text, detail text, fix text, evidence jsonb), a row for each violation; it is planned here, not run, and refused when its shape is wrong; planning evaluates immutable functions of constants. The rule of a check of scope aws gets the documents as $1, jsonb, for functions such as aws_items($1, kind). For the owner of the table rds_guard.check_definitions, normally a superuser. The check runs only for callers no mightier than its definer. Errors: what the planner says of the rule, 42710 when the id is that of a built-in check, 23514 for a malformed id or an empty text.';

CREATE VIEW rds_guard.checks AS
SELECT d.check_id, d.category, d.severity, d.scope, d.title, d.why, d.remedy, d.needs, d.refs, d.builtin
FROM rds_guard.check_definitions AS d
ORDER BY d.category COLLATE "C", d.severity DESC, d.check_id COLLATE "C";

COMMENT ON VIEW rds_guard.checks IS
'The catalogue: a row a check, without running anything. For everybody. Scope: server and session checks are part of report(), session and role checks of my_report(), aws checks of aws_report(). Needs: what a role needs to get a verdict rather than unknown.';

CREATE FUNCTION rds_guard.explain_check(
    INOUT check_id text,
    OUT title text,
    OUT category text,
    OUT severity rds_guard.severity,
    OUT scope text,
    OUT why text,
    OUT needs text,
    OUT remedy text,
    OUT refs text[],
    OUT rule text,
    OUT builtin boolean,
    OUT definer text
) RETURNS SETOF record
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT d.check_id, d.title, d.category, d.severity, d.scope, d.why, d.needs, d.remedy, d.refs, d.rule, d.builtin,
           coalesce(rds_guard.role_name(d.definer), 'a role that is gone')
    FROM rds_guard.check_definitions AS d
    WHERE d.check_id = $1;
    IF NOT FOUND THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('there is no check "%s"', $1),
            HINT = 'Checks: ' || (SELECT string_agg(d.check_id, ', ' ORDER BY d.check_id COLLATE "C")
                                  FROM rds_guard.check_definitions AS d) || '.';
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.explain_check(text) IS
'One check in full: a row with why it matters, what a role needs to decide it, the remedy, the references and the text of its rule. For everybody. Error 22023 for an id that does not exist; the hint lists those that do.';
