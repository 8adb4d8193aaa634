-- Reads only: no row written, no temporary table, no transaction id.
\set SHOW_CONTEXT never
CREATE TABLE regress_readonly (a integer);
GRANT SELECT ON regress_readonly TO PUBLIC;
CREATE ROLE regress_readonly_plain;
\c -
BEGIN TRANSACTION READ ONLY ISOLATION LEVEL SERIALIZABLE DEFERRABLE;
SELECT count(*) > 40 AS report, count(*) FILTER (WHERE f.status = 'error') AS errors, count(*) FILTER (WHERE f.object = 'public.regress_readonly') AS finds FROM rds_guard.report() AS f;
SELECT count(*) > 3 AS my_report, count(*) FILTER (WHERE f.status = 'error') AS errors FROM rds_guard.my_report() AS f;
SELECT (SELECT count(*) > 3 FROM rds_guard.summary) AS summary, (SELECT count(*) > 40 FROM rds_guard.readiness) AS readiness, (SELECT count(*) > 40 FROM rds_guard.metrics) AS metrics,
       (SELECT count(*) > 40 FROM rds_guard.checks) AS checks, (SELECT count(*) >= 0 FROM rds_guard.my_memberships) AS memberships,
       (SELECT count(*) > 5 FROM rds_guard.my_privileges) AS privileges;
-- Each function that can be called without arguments, except the internal ones
-- of tests and triggers. What it says is tested elsewhere.
DO $$
DECLARE
    f record;
    called integer := 0;
    n bigint;
BEGIN
    FOR f IN SELECT p.proname, p.oid FROM pg_proc AS p
             WHERE p.pronamespace = 'rds_guard'::regnamespace AND p.pronargs = p.pronargdefaults AND p.prorettype <> 'trigger'::regtype ORDER BY p.proname
    LOOP
        BEGIN
            EXECUTE format('SELECT count(*) FROM rds_guard.%I()', f.proname) INTO n;
            called := called + 1;
        EXCEPTION
            WHEN insufficient_privilege OR feature_not_supported THEN
                called := called + 1;
            WHEN OTHERS THEN
                RAISE INFO '%: % %', f.proname, SQLSTATE, SQLERRM;
        END;
    END LOOP;
    RAISE INFO 'more than 15 called: %', called > 15;
END
$$;
SELECT rds_guard.setting('port') <> '' AS setting, rds_guard.server_setting('port') <> '' AS server_setting, count(*) AS overrides FROM rds_guard.effective_overrides('no_such_setting');
SELECT count(*) >= 0 AS access FROM rds_guard.hba_access('nobody');
SELECT count(*) > 0 AS explained FROM rds_guard.explain_check('tls_min_protocol');
SET LOCAL ROLE regress_readonly_plain;
SELECT count(*) > 3 AS my_report, count(*) FILTER (WHERE f.status = 'error') AS errors FROM rds_guard.my_report() AS f;
RESET ROLE;
SELECT txid_current_if_assigned() IS NULL AS no_transaction_id, pg_my_temp_schema() = 0 AS no_temporary_schema;
SELECT count(*) AS strong_locks FROM pg_locks WHERE pid = pg_backend_pid() AND mode NOT IN ('AccessShareLock', 'ExclusiveLock', 'SIReadLock');
-- only the lock on its own virtual transaction is exclusive
SELECT locktype FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'ExclusiveLock';
-- defining a check is writing
\set VERBOSITY sqlstate
SELECT rds_guard.define_check('x', 'x', 'low', 'x', 'x', 'x', NULL, 'SELECT NULL, NULL, NULL, NULL');
ROLLBACK;
\set VERBOSITY default
-- in a transaction that may write it does not, either
BEGIN;
SELECT count(*) > 40 AS report FROM rds_guard.report() AS f;
SELECT count(*) > 40 AS metrics FROM rds_guard.metrics;
SELECT txid_current_if_assigned() IS NULL AS no_transaction_id, pg_my_temp_schema() = 0 AS no_temporary_schema;
COMMIT;
-- nothing is left over that the next caller would see
SELECT count(*) AS prepared FROM pg_prepared_statements;
SELECT count(*) AS cursors FROM pg_cursors WHERE name <> '';
SELECT count(*) AS listening FROM pg_listening_channels();
SELECT count(*) AS changed FROM pg_settings WHERE source = 'session' AND name NOT LIKE 'client%';
DROP TABLE regress_readonly;
DROP ROLE regress_readonly_plain;
