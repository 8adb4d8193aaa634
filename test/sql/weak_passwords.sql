-- Guessing stored passwords: each kind of guess and of verifier, what cannot be
-- tested, what there is no time for, and who may. No row names a guess.
\set SHOW_CONTEXT never
SET client_min_messages = error;
CREATE SCHEMA regress_guess;
GRANT USAGE ON SCHEMA regress_guess TO PUBLIC;
-- Makes a role; a password is given as md5 or scram hashes it.
CREATE FUNCTION regress_guess.role(name text, password text, encryption text DEFAULT 'scram-sha-256', attributes text DEFAULT 'LOGIN') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('password_encryption', encryption, true);
    EXECUTE format('CREATE ROLE %I %s PASSWORD %L', name, attributes, password);
END
$$;
-- What was found about the roles of this test, with time enough.
CREATE FUNCTION regress_guess.found(candidates text[] DEFAULT NULL)
    RETURNS TABLE (role name, kind text, result text, guess_kind text, reason text) LANGUAGE sql AS $$
    SELECT w.role, w.kind, w.result, w.guess_kind, w.reason FROM rds_guard.weak_passwords(candidates, 3600) AS w
    WHERE w.role ~* 'regress' ORDER BY w.role::text COLLATE "C"
$$;
CREATE FUNCTION regress_guess.attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' ', SQLSTATE, SQLERRM, nullif(hint, ''));
END
$$;
-- no password at all
SELECT count(*) AS rows FROM rds_guard.weak_passwords() AS w WHERE w.role LIKE 'regress%';

-- Every kind of guess, and both kinds of hash.
SELECT count(regress_guess.role(r.name, r.password, r.encryption))
FROM (VALUES ('regress_scram_name', 'regress_scram_name', 'scram-sha-256'), ('regress_md5_name', 'regress_md5_name', 'md5'),
             ('regress_scram_common', 'postgres', 'scram-sha-256'), ('regress_md5_common', 'trustno1', 'md5'),
             ('regress_database', 'template1', 'md5'), ('regress_scram_database', current_database()::text, 'scram-sha-256'),
             ('Regress_Lower', 'regress_lower', 'md5'), ('regress_upper', 'REGRESS_UPPER', 'md5'),
             ('regress_capitalised', 'Regress_capitalised', 'scram-sha-256'), ('regress_more', 'regress_more123', 'scram-sha-256'),
             ('regress_double', 'regress_doubleregress_double', 'md5'), ('regress_reversed', 'desrever_sserger', 'md5'),
             ('regress_year', 'Regress_year2025!', 'md5'), ('regress_before', '123regress_before', 'md5'), ('regress_pw', 'regress_pw_password', 'md5'),
             ('regress_md5_good', 'neither here nor there', 'md5'),
             -- the same with one iteration, since all guesses are tried on it
             ('regress_scram_good', 'SCRAM-SHA-256$1:YW5vdGhlciBzYWx0IDE2Yg==$12E4bTtEjfc2iuRDfutEopLxm/HPH7NUrzxhv0qRmnM=:TOysWg1qPAv2weSX1LRM/yqwYzIpD5dMHzkibG7p5f8=', 'scram-sha-256'),
             -- nearly
             ('regress_not_quite', 'regress_not_quite ', 'md5'), ('regress_case', 'PASSWORD!!', 'md5')) AS r (name, password, encryption);
SELECT * FROM regress_guess.found();
-- with what somebody says was leaked; what was not guessed was tried with all
SELECT role, result, guess_kind FROM regress_guess.found('{nothing,"neither here nor there",NULL}') WHERE role LIKE '%good';
SELECT count(DISTINCT guesses), min(guesses) > 350 AS hundreds FROM rds_guard.weak_passwords(seconds => 3600) WHERE role LIKE '%good';
-- nothing of a guess is in any row
SELECT count(*) AS leaks FROM rds_guard.weak_passwords('{"neither here nor there"}', 3600) AS w
WHERE to_jsonb(w)::text ~ 'neither|trustno1|template1|desrever|2025' OR to_jsonb(w)::text LIKE '%' || current_database() || '%';
-- The same whatever the caller sets.
SET bytea_output = escape;
SET quote_all_identifiers = on;
SET password_encryption = 'md5';
SELECT count(*), count(*) FILTER (WHERE result = 'guessed') AS guessed FROM regress_guess.found();
RESET bytea_output;
RESET quote_all_identifiers;
RESET password_encryption;

-- Passwords that cannot be used now are guessed all the same, and it shows.
SELECT regress_guess.role('regress_nologin', 'regress_nologin', 'md5', 'NOLOGIN'),
       regress_guess.role('regress_expired', 'regress_expired', 'md5', 'LOGIN VALID UNTIL ''2001-01-01 00:00:00+00'''),
       regress_guess.role('regress_super', 'regress_super', 'md5', 'LOGIN SUPERUSER VALID UNTIL ''infinity''');
SELECT role, can_login, superuser, valid_until = 'infinity' AS infinite, valid_until < now() AS expired, result
FROM rds_guard.weak_passwords(seconds => 3600) WHERE role IN ('regress_nologin', 'regress_expired', 'regress_super', 'regress_upper');
-- the most worth first: a small budget is spent on these
SELECT string_agg(role, ' ') FROM (SELECT role FROM rds_guard.likely_passwords(3600000, 1) WHERE role ~ '^regress_(nologin|super|upper)$') AS w;
-- each guess on every role before the next: one guess does for these
SELECT role, result, guesses FROM rds_guard.likely_passwords(3600000, 1) WHERE role ~ '^regress_(super|scram_name|upper)$' ORDER BY role;

-- Candidates: no array, an empty one, NULL, several dimensions, long ones.
SELECT count(*) FILTER (WHERE result = 'guessed') = (SELECT count(*) FILTER (WHERE result = 'guessed') FROM regress_guess.found()) AS same
FROM regress_guess.found('{}');
SELECT role, guess_kind FROM regress_guess.found('{{NULL,a},{b,"neither here nor there"}}') WHERE role LIKE '%good';
SELECT role, guess_kind FROM regress_guess.found(ARRAY[NULL]::text[]) WHERE role LIKE '%name';
SELECT role, guess_kind FROM regress_guess.found('[5:6]={x,"neither here nor there"}') WHERE role LIKE '%good';
-- from a table, packed
CREATE TABLE regress_guess.packed AS SELECT ARRAY[repeat('x', 100000), 'neither here nor there'] AS list;
SELECT pg_column_size(list) < octet_length(list::text) AS packed FROM regress_guess.packed;
SELECT w.role, w.guess_kind FROM regress_guess.packed AS p CROSS JOIN LATERAL rds_guard.weak_passwords(p.list, 3600) AS w WHERE w.role = 'regress_md5_good';
-- before those of our own; the role's name comes first
SELECT role, guess_kind FROM regress_guess.found('{postgres,trustno1,regress_md5_name}') WHERE role ~ 'common|md5_name';
SELECT regress_guess.role('regress_long', repeat('x', 1000), 'md5');
BEGIN;
SET LOCAL allow_system_table_mods = on;
UPDATE pg_authid SET rolpassword = 'md5' || md5(repeat('x', 1048576) || 'regress_long') WHERE rolname = 'regress_long';
SELECT role, guess_kind FROM regress_guess.found(ARRAY[repeat('x', 1048575), repeat('x', 1048576)]) WHERE role LIKE '%long';
ROLLBACK;
SELECT regress_guess.attempt($$SELECT count(*) FROM rds_guard.weak_passwords(ARRAY['a', repeat('x', 1048577)])$$);
SELECT role, guess_kind FROM regress_guess.found(ARRAY[repeat(E'\u00e9', 1100), repeat('x', 1000)]) WHERE role LIKE '%long';

-- Other letters: names are reversed letter by letter; SASLprep for SCRAM, bytes
-- for MD5.
SELECT regress_guess.role(E'regress_\u00e9\u20ac', E'\u20ac\u00e9_sserger'),
       regress_guess.role('regress_nine', E'\u2168 Aufz\u00fcge'),
       regress_guess.role('regress_ix', E'I\u00adX Aufz\u00fcge'),
       regress_guess.role('regress_bell', E'bell \u0007 gel\u00e4utet'),
       regress_guess.role('regress_md5_nine', E'\u2168 Aufz\u00fcge', 'md5');
SELECT role, result, guess_kind FROM regress_guess.found(ARRAY[E'IX Aufzu\u0308ge', E'bell \u0007 gel\u00e4utet']) WHERE role ~ E'nine|_ix|bell|\u00e9';
SELECT role, result, guess_kind FROM regress_guess.found(ARRAY[E'\u2168 Aufz\u00fcge']) WHERE role ~ 'nine|_ix';
DROP ROLE regress_long, regress_nine, regress_ix, regress_bell, regress_md5_nine, "Regress_Lower", regress_upper, regress_capitalised, regress_more,
    regress_double, regress_reversed, regress_year, regress_before, regress_pw, regress_not_quite, regress_case, regress_database, regress_scram_database;
DO $$ BEGIN EXECUTE format('DROP ROLE %I', E'regress_\u00e9\u20ac'); END $$;

-- Verifiers that no CREATE ROLE of ours writes, made elsewhere.
CREATE ROLE regress_one LOGIN;
CREATE ROLE regress_most LOGIN;
CREATE ROLE regress_short LOGIN;
CREATE ROLE regress_empty LOGIN;
CREATE ROLE regress_copy LOGIN;
CREATE ROLE regress_copied LOGIN;
BEGIN;
SET LOCAL allow_system_table_mods = on;
UPDATE pg_authid AS a SET rolpassword = v.verifier
FROM (VALUES
    ('regress_one', 'SCRAM-SHA-256$1:cmRzX2d1YXJkIHNhbHQgMQ==$bWHp7k9d1zBiKtNWAeI7oDvGzHi+m6Fvf1y/hDQc/cE=:/TTF/ukFweAK7LBHGMtJCC1zK/1d4qFPjI8vpoU30ig='),
    ('regress_most', 'SCRAM-SHA-256$250000:cmRzX2d1YXJkIHNhbHQgMQ==$X8oy51iIkd+HSyfogcJ+YSmwzncDNPnBU5ONlkX+NEw=:C1w+URaOzuGcp45EoeU3oBjMn5PJ1VDJk1+rnCQHPFg='),
    ('regress_short', 'SCRAM-SHA-256$2:cw==$RzZlB5yjrpUOagA0DPp942NX0VAYcd9l04jNtbpUVVA=:YwdRpWqhF7nmU/DF5p3N2pLB4hL1TbGiVl3atfTJRq8='),
    ('regress_empty', 'SCRAM-SHA-256$4096:cmRzX2d1YXJkIHNhbHQgMQ==$JmAaqkwJsLZf21bRl/M82gE9aLqrCHJyRqdOoiPe6zQ=:JcUWte/XCs+TqmyJRhEm0Ii3QRO0zRcsCVlFzHW8ugo='),
    ('regress_copy', 'SCRAM-SHA-256$4096:cmRzX2d1YXJkIHNhbHQgMQ==$6ut7fXskcj125Q5XHiSFo5y3zlFSM8U9Jhg/hIg2U5c=:zS3iNn9/Ew9yBzQnJymFEQFd77UDlaF6gPUhpInGay8='),
    ('regress_copied', 'SCRAM-SHA-256$4096:cmRzX2d1YXJkIHNhbHQgMQ==$6ut7fXskcj125Q5XHiSFo5y3zlFSM8U9Jhg/hIg2U5c=:zS3iNn9/Ew9yBzQnJymFEQFd77UDlaF6gPUhpInGay8=')
) AS v (role, verifier)
WHERE a.rolname = v.role;
SELECT * FROM regress_guess.found('{regress_copied_secret}') WHERE role ~ 'one|most|short|empty|cop';
SELECT role, same_as FROM rds_guard.password_verifiers() WHERE role ~ '^regress_(one|most|short|empty|cop)' ORDER BY role;
-- There is no time for so many iterations in a millisecond, so none is begun;
-- and more than that are never tested.
SELECT role, result, guesses, reason FROM rds_guard.likely_passwords(1, 31) WHERE role = 'regress_most';
UPDATE pg_authid SET rolpassword = replace(rolpassword, '$250000:', '$250001:') WHERE rolname = 'regress_most';
SELECT role, kind, result, guesses, reason FROM rds_guard.weak_passwords() WHERE role = 'regress_most';
UPDATE pg_authid SET rolpassword = replace(rolpassword, '$250001:', '$1000000:') WHERE rolname = 'regress_most';
SELECT role, kind, result, guesses, reason FROM rds_guard.weak_passwords() WHERE role = 'regress_most';
SELECT status, detail, remedy FROM rds_guard.report('{weak_password_offline}') WHERE object = 'regress_most';
UPDATE pg_authid SET rolpassword = replace(rolpassword, '$1000000:', '$2147483647:') WHERE rolname = 'regress_most';
SELECT role, kind, result, guesses, reason FROM rds_guard.weak_passwords() WHERE role = 'regress_most';
-- The server wraps and takes signs; we do not, and say that it was not tested.
CREATE FUNCTION regress_guess.tested(verifier text, OUT kind text, OUT result text, OUT guesses integer, OUT reason text) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE pg_authid SET rolpassword = verifier WHERE rolname = 'regress_most';
    SELECT w.kind, w.result, w.guesses, w.reason INTO kind, result, guesses, reason FROM rds_guard.weak_passwords() AS w WHERE w.role = 'regress_most';
END
$$;
UPDATE pg_authid SET rolpassword = NULL WHERE rolname ~ '^regress_cop';
SELECT s.about, t.* FROM (VALUES
    (1, '2^32 + 1', 'SCRAM-SHA-256$4294967297:SALT$KEY:KEY'), (2, 'negative', 'SCRAM-SHA-256$-5:SALT$KEY:KEY'),
    (3, 'no base64', 'SCRAM-SHA-256$4096:SALT$' || repeat('*', 43) || '=:KEY'), (4, 'no salt', 'SCRAM-SHA-256$4096:$KEY:KEY'),
    (5, 'half a megabyte', repeat('x', 500000)), (6, 'as much salt', 'SCRAM-SHA-256$4096:' || repeat('A', 500000) || '$KEY:KEY'),
    (7, 'cleartext', 'regress_most'), (8, 'nothing', ''), (9, 'md5 of 31 digits', 'md5' || repeat('a', 31))) AS s (n, about, verifier)
CROSS JOIN LATERAL regress_guess.tested(replace(replace(s.verifier, 'SALT', 'c2FsdHNhbHRzYWx0c2Fs'), 'KEY', repeat('A', 43) || '=')) AS t ORDER BY s.n;
-- the check: not tested is no pass
SELECT status, object, detail, remedy, fix FROM rds_guard.report('{weak_password_offline}') WHERE object = 'regress_most';
ROLLBACK;

-- weak_password_offline: the likeliest guesses only, so that a report is done in time.
UPDATE rds_guard.policy SET value = '3600000' WHERE name = 'weak_password_milliseconds';
SELECT severity, status, object, detail, fix, evidence - 'valid_until' AS evidence FROM rds_guard.report('{weak_password_offline}');
-- all of them are mended by other passwords, and by none
DO $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT f.object FROM rds_guard.report('{weak_password_offline}') AS f WHERE f.status = 'fail' AND f.object <> 'regress_super' LOOP
        EXECUTE format('ALTER ROLE %s PASSWORD %L', r.object, 'better ' || r.object);
    END LOOP;
    ALTER ROLE regress_super PASSWORD NULL;
END
$$;
SELECT status, object, detail FROM rds_guard.report('{weak_password_offline}');
-- no time: no pass, and the row is the same each time
UPDATE rds_guard.policy SET value = '0' WHERE name = 'weak_password_milliseconds';
BEGIN;
SET LOCAL allow_system_table_mods = on;
UPDATE pg_authid SET rolpassword = 'SCRAM-SHA-256$250000:cmRzX2d1YXJkIHNhbHQgMQ==$X8oy51iIkd+HSyfogcJ+YSmwzncDNPnBU5ONlkX+NEw=:C1w+URaOzuGcp45EoeU3oBjMn5PJ1VDJk1+rnCQHPFg='
WHERE rolname = 'regress_most';
SELECT status, object, detail, remedy, fix, evidence FROM rds_guard.report('{weak_password_offline}');
ROLLBACK;
UPDATE rds_guard.policy SET value = DEFAULT WHERE name = 'weak_password_milliseconds';

-- What is refused.
SELECT s.seconds, regress_guess.attempt(format('SELECT count(*) FROM rds_guard.weak_passwords(NULL, %L)', s.seconds))
FROM (VALUES (0), (-1), (86401), (2147483647), (NULL)) AS s (seconds);
SELECT regress_guess.attempt('SELECT count(*) FROM rds_guard.likely_passwords(0, 31)') AS no_time,
       regress_guess.attempt('SELECT count(*) FROM rds_guard.likely_passwords(100, 0)') AS no_guess;
-- For superusers only, whoever else may read the verifiers.
CREATE ROLE regress_asks CREATEROLE IN ROLE pg_monitor, pg_read_server_files, pg_execute_server_program;
SET ROLE regress_asks;
SELECT regress_guess.attempt('SELECT count(*) FROM rds_guard.weak_passwords()') AS weak,
       regress_guess.attempt('SELECT count(*) FROM rds_guard.weak_passwords(NULL, 0)') AS wrong,
       regress_guess.attempt('SELECT count(*) FROM rds_guard.likely_passwords(100, 31)') AS likely;
SELECT status, object, detail, remedy, fix FROM rds_guard.report('{weak_password_offline}');
RESET ROLE;
GRANT SELECT ON pg_authid TO regress_asks;
SET ROLE regress_asks;
SELECT regress_guess.attempt('SELECT count(*) FROM rds_guard.weak_passwords()') AS weak;
RESET ROLE;
-- a superuser may, also in a read-only transaction, and after SET ROLE to one
SET SESSION AUTHORIZATION regress_super;
BEGIN READ ONLY;
SELECT count(*) > 0 AS rows FROM rds_guard.weak_passwords(seconds => 1);
COMMIT;
RESET SESSION AUTHORIZATION;

DROP OWNED BY regress_asks;
DROP SCHEMA regress_guess CASCADE;
DROP ROLE regress_asks, regress_one, regress_most, regress_short, regress_empty, regress_copy, regress_copied, regress_scram_name, regress_md5_name,
    regress_scram_common, regress_md5_common, regress_md5_good, regress_scram_good, regress_nologin, regress_expired, regress_super;
