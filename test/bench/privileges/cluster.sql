-- The database of "make bench": a company with as many roles (a fifth of them
-- groups), relations and schemas as the variables roles, tables and schemas say.
-- Each schema belongs to a group of owners. Groups are nested in threes: who is
-- in a group of a department has what the groups above it have.
SELECT :roles / 5 AS groups, :tables / :schemas AS tables_per_schema \gset

SELECT format('CREATE ROLE team_%s', g) FROM generate_series(1, :groups) AS g \gexec
SELECT format('CREATE ROLE person_%s LOGIN%s', p, CASE WHEN p % 10 = 0 THEN ' NOINHERIT' ELSE '' END)
FROM generate_series(1, :roles - :groups) AS p \gexec
SELECT format('GRANT team_%s TO team_%s', g / 3, g) FROM generate_series(3, :groups) AS g \gexec
-- everybody is in one team, every third person in another one as well
SELECT format('GRANT team_%s TO person_%s', 1 + p % :groups, p) FROM generate_series(1, :roles - :groups) AS p
UNION ALL
SELECT format('GRANT team_%s TO person_%s', 1 + (p * 7 + 3) % :groups, p)
FROM generate_series(3, :roles - :groups, 3) AS p WHERE p % :groups <> (p * 7 + 3) % :groups \gexec

SELECT format('CREATE SCHEMA area_%s AUTHORIZATION team_%s', s, 1 + s % :groups) FROM generate_series(1, :schemas) AS s \gexec
SELECT format('CREATE TABLE area_%s.item_%s (id integer PRIMARY KEY, kind text, owner text, amount numeric, note text, made timestamptz)', s, t)
FROM generate_series(1, :schemas) AS s CROSS JOIN generate_series(1, :tables_per_schema) AS t \gexec
SELECT format('CREATE FUNCTION area_%s.total_%s() RETURNS bigint LANGUAGE sql RETURN 1', s, t)
FROM generate_series(1, :schemas) AS s CROSS JOIN generate_series(1, :tables_per_schema, 10) AS t \gexec

-- A schema's tables belong to its team; two more read or write them, one
-- person has one of them, and a few are open to all.
SELECT format('ALTER TABLE area_%1$s.item_%2$s OWNER TO team_%3$s;', s, t, 1 + s % :groups)
       || format(' GRANT SELECT ON area_%s.item_%s TO team_%s;', s, t, 1 + (s * 5 + 2) % :groups)
       || format(' GRANT SELECT, INSERT, UPDATE, DELETE ON area_%s.item_%s TO team_%s;', s, t, 1 + (s * 11 + 7) % :groups)
       || format(' GRANT SELECT, UPDATE ON area_%s.item_%s TO person_%s;', s, t, 1 + (s * 31 + t) % (:roles - :groups))
       || CASE WHEN t % 50 = 0 THEN format(' GRANT SELECT ON area_%s.item_%s TO PUBLIC;', s, t) ELSE '' END
       || CASE WHEN t % 20 = 0 THEN format(' GRANT UPDATE (note) ON area_%s.item_%s TO person_%s;', s, t, 1 + t % (:roles - :groups)) ELSE '' END
FROM generate_series(1, :schemas) AS s CROSS JOIN generate_series(1, :tables_per_schema) AS t \gexec
SELECT format('GRANT USAGE ON SCHEMA area_%s TO team_1', s) FROM generate_series(1, :schemas) AS s \gexec
VACUUM ANALYZE;
