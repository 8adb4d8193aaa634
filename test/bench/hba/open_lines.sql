SELECT count(*) FROM rds_guard.hba_open_lines();
