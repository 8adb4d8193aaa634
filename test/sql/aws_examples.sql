-- Two instances, each judged by all checks: one as a lesson makes it, public,
-- without backups and deletion protection, and one as it should be. The documents
-- about IAM, which others test, are not among them.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
\set lesson `cat test/fixtures/aws/bootcamp.json`
\set hardened `cat test/fixtures/aws/hardened.json`
SELECT f.status, f.severity, f.check_id, f.object, f.detail, f.fix FROM rds_guard.aws_report(:'lesson', captured => '2026-03-01 12:00:00+00') AS f WHERE f.category NOT IN ('aws_identity', 'aws_server') AND f.status NOT IN ('unknown', 'not_applicable');
-- what would decide the rest
SELECT DISTINCT f.fix FROM rds_guard.aws_report(:'lesson', captured => '2026-03-01 12:00:00+00') AS f WHERE f.status = 'unknown' AND f.category NOT IN ('aws_identity', 'aws_server') ORDER BY 1;
SELECT f.status, f.severity, f.check_id, f.object, f.detail FROM rds_guard.aws_report(:'hardened', captured => '2026-03-01 12:00:00+00') AS f WHERE f.category NOT IN ('aws_identity', 'aws_server');
\set VERBOSITY terse
-- half of the hardened one, and text that is no JSON
SELECT count(*) FROM rds_guard.aws_report(left(:'hardened', 1000)::jsonb);
SELECT count(*) FROM rds_guard.aws_report('An error occurred (AccessDenied) when calling the DescribeDBInstances operation');
SELECT count(*) FROM rds_guard.aws_report('{"Error": {"Code": "AccessDenied"}}');
