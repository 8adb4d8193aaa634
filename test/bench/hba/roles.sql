-- A company with :roles roles, a fifth of them groups that are nested in threes,
-- and the databases that its pg_hba.conf speaks of.
SELECT :roles / 5 AS groups \gset

SELECT format('CREATE ROLE team_%s', g) FROM generate_series(1, :groups) AS g \gexec
SELECT format('CREATE ROLE person_%s LOGIN', p) FROM generate_series(1, :roles - :groups) AS p \gexec
SELECT format('GRANT team_%s TO team_%s', g / 3, g) FROM generate_series(3, :groups) AS g \gexec
-- everybody is in one team, every third person in another one as well
SELECT format('GRANT team_%s TO person_%s', 1 + p % :groups, p) FROM generate_series(1, :roles - :groups) AS p
UNION ALL
SELECT format('GRANT team_%s TO person_%s', 1 + (p * 7 + 3) % :groups, p)
FROM generate_series(3, :roles - :groups, 3) AS p WHERE p % :groups <> (p * 7 + 3) % :groups \gexec

SELECT format('CREATE DATABASE base_%s', d) FROM generate_series(1, :databases) AS d \gexec
