-- Changes nothing: all of this is in one transaction that is rolled back, and what
-- it makes is temporary. Variables, each given to psql as -v NAME=VALUE:
--   only=tls,hba_trust    only these categories and checks
--   csv=on                all rows and columns of the report, as CSV
--   aws=FILE              the report about what AWS knows: JSON of its command line
--   instance=NAME         the instance or cluster in it that this server is

\set ON_ERROR_STOP on
\set QUIET on

DO $$
BEGIN
    IF pg_catalog.pg_is_in_recovery() THEN
        RAISE feature_not_supported USING
            MESSAGE = 'a standby cannot make temporary objects',
            HINT = 'Install rds_guard on the primary with rds_guard_plain.sql; its report works here, too.';
    END IF;
END
$$;

\o /dev/null
BEGIN READ WRITE;
SET LOCAL search_path = pg_catalog, pg_temp;
-- no other process sees temporary objects
SET LOCAL max_parallel_workers_per_gather = 0;

