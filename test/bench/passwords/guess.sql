SELECT sum(guesses) FROM rds_guard.weak_passwords((SELECT array_agg('guess ' || to_char(i, 'FM000000')) FROM generate_series(1, 200) AS i), 3600);
