SELECT count(*) FROM rds_guard.report();
