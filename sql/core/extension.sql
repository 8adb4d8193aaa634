-- Only where CREATE EXTENSION installs us: the site's own checks and the values
-- that it changed belong to the database and are dumped with it.

SELECT pg_catalog.pg_extension_config_dump('rds_guard.check_definitions', 'WHERE NOT builtin');
SELECT pg_catalog.pg_extension_config_dump('rds_guard.policy', 'WHERE value IS DISTINCT FROM shipped');
