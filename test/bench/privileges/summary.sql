SELECT count(*) FROM rds_guard.privilege_summary();
