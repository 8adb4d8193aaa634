SELECT count(*) FROM rds_guard.hba_unreachable();
