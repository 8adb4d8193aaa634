-- Who may call what. Everything runs with the rights of its caller, so this
-- decides who is meant to, not what they could see.

-- All checks so far came with the product; what is defined from now on is a
-- check of the site's own.
ALTER TABLE rds_guard.check_definitions ALTER COLUMN builtin SET DEFAULT false;

GRANT USAGE ON SCHEMA rds_guard TO PUBLIC;
GRANT SELECT ON rds_guard.check_definitions, rds_guard.checks, rds_guard.my_memberships, rds_guard.my_privileges TO PUBLIC;

REVOKE ALL ON FUNCTION rds_guard.define_check(text, text, rds_guard.severity, text, text, text, text[], text, text, text) FROM PUBLIC;

REVOKE ALL ON FUNCTION rds_guard.report(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO pg_monitor;
GRANT SELECT ON rds_guard.summary, rds_guard.readiness, rds_guard.metrics TO pg_monitor;
