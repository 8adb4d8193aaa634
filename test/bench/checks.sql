-- The ten checks of a report that take longest, in milliseconds, with the memory
-- that a report has: what the first asks for is there for the others.
CREATE FUNCTION pg_temp.fresh_times() RETURNS TABLE (check_id text, milliseconds double precision) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    name text;
    started timestamptz;
BEGIN
    FOR name IN SELECT d.check_id FROM rds_guard.selected_checks(NULL, '{server,session}') AS d (check_id) LOOP
        started := clock_timestamp();
        PERFORM FROM rds_guard.run_check(name);
        RETURN QUERY SELECT name, 1000 * extract(epoch FROM clock_timestamp() - started)::double precision;
    END LOOP;
END
$$;
CREATE FUNCTION pg_temp.times() RETURNS TABLE (check_id text, milliseconds double precision) LANGUAGE C AS '$libdir/rds_guard', 'rg_remembering';
CREATE TEMPORARY TABLE times AS SELECT 0 AS run, t.* FROM pg_temp.times() AS t;
DO $$
BEGIN
    FOR i IN 1..11 LOOP
        INSERT INTO times SELECT i, t.* FROM pg_temp.times() AS t;
    END LOOP;
END
$$;
SELECT format('  of these %s %9s  ms', rpad(m.check_id, 57), round(m.median::numeric, 1))
FROM (
    SELECT t.check_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY t.milliseconds) AS median
    FROM times AS t
    WHERE t.run > 1
    GROUP BY t.check_id
) AS m
ORDER BY m.median DESC
LIMIT 10;
