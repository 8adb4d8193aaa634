-- Roles with SCRAM passwords that nobody guesses, with 4096 iterations each.
SET password_encryption = 'scram-sha-256';
SELECT format('CREATE ROLE guessed_%s LOGIN PASSWORD %L', i, gen_random_uuid()) FROM generate_series(1, :roles) AS i \gexec
