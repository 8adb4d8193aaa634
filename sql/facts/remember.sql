-- What the library computes once a report, however many rules ask. Such a
-- function goes on under the name fresh_..., and the library answers in its place;
-- only within run_checks() it remembers what the answer was.

DO $remember$
DECLARE
    fact record;
BEGIN
    FOR fact IN
        SELECT p.proname AS name, 'fresh_' || p.proname AS fresh, f.symbol,
               pg_get_function_arguments(p.oid) AS arguments, pg_get_function_identity_arguments(p.oid) AS types,
               pg_get_function_result(p.oid) AS result, p.proisstrict AS is_strict, p.prorows AS row_count,
               -- what the leader remembers its workers do not know
               CASE p.proparallel WHEN 'u' THEN 'UNSAFE' ELSE 'RESTRICTED' END AS parallel,
               obj_description(p.oid, 'pg_proc') AS comment
        FROM (VALUES
            ('rg_remembering', 'rds_guard.run_checks(text[],text[],jsonb)'::regprocedure),
            ('rg_remembered', 'rds_guard.platform()'),
            ('rg_remembered', 'rds_guard.administrators()'),
            ('rg_remembered', 'rds_guard.internal_roles()'),
            ('rg_remembered', 'rds_guard.setting_overrides()'),
            ('rg_remembered', 'rds_guard.hba_lines()'),
            ('rg_remembered', 'rds_guard.hba_rules()'),
            ('rg_remembered', 'rds_guard.hba_access(name)'),
            ('rg_remembered', 'rds_guard.hba_reach()'),
            ('rg_remembered', 'rds_guard.hba_let_in()'),
            ('rg_remembered', 'rds_guard.superuser_reachers()'),
            ('rg_remembered', 'rds_guard.password_kinds()'),
            ('rg_remembered', 'rds_guard.client_connections()'),
            ('rg_remembered', 'rds_guard.dangerous_functions()'),
            ('rg_remembered', 'rds_guard.column_acls()'),
            ('rg_remembered', 'rds_guard.user_databases()'),
            ('rg_remembered', 'rds_guard.owned_kinds()'),
            ('rg_remembered', 'rds_guard.widened_grants()')
        ) AS f (symbol, function)
        JOIN pg_proc AS p ON p.oid = f.function
    LOOP
        EXECUTE format('ALTER FUNCTION rds_guard.%I(%s) RENAME TO %I', fact.name, fact.types, fact.fresh);
        EXECUTE format('CREATE FUNCTION rds_guard.%I(%s) RETURNS %s LANGUAGE C STABLE%s PARALLEL %s ROWS %s SET search_path = pg_catalog, pg_temp AS %L, %L',
                       fact.name, fact.arguments, fact.result, CASE WHEN fact.is_strict THEN ' STRICT' ELSE '' END,
                       fact.parallel, fact.row_count, 'MODULE_PATHNAME', fact.symbol);
        EXECUTE format('COMMENT ON FUNCTION rds_guard.%I(%s) IS %L', fact.name, fact.types, fact.comment);
        EXECUTE format('COMMENT ON FUNCTION rds_guard.%I(%s) IS %L', fact.fresh, fact.types,
                       format('What %s() returns, computed anew: the library calls this once a report.', fact.name));
    END LOOP;
END
$remember$;
