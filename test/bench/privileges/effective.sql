SELECT count(*) FROM rds_guard.effective_privileges(kind => 'table');
