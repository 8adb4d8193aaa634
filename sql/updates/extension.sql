-- Before an update through pg_tle: PostgreSQL keeps what an extension wants dumped
-- by number, also of tables that are dropped.

SET LOCAL search_path = pg_catalog, pg_temp;
ALTER EXTENSION rds_guard DROP TABLE rds_guard.check_definitions;
ALTER EXTENSION rds_guard DROP TABLE rds_guard.policy;
