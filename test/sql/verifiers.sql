-- How passwords are stored: every kind told apart, nothing of them shown.
\set SHOW_CONTEXT never
SET client_min_messages = error;
SET password_encryption = 'md5';
CREATE ROLE regress_md5 LOGIN PASSWORD 'regress secret 1';
SET password_encryption = 'scram-sha-256';
CREATE ROLE regress_scram LOGIN PASSWORD 'regress secret 2' VALID UNTIL '2100-01-02 03:04:05+00';
CREATE ROLE regress_scram_nologin PASSWORD 'regress secret 3' VALID UNTIL 'infinity';
CREATE ROLE regress_expired LOGIN PASSWORD 'regress secret 4' VALID UNTIL '2001-01-01 00:00:00+00';
CREATE ROLE regress_none LOGIN;
CREATE ROLE regress_none_expired LOGIN VALID UNTIL '2001-01-01 00:00:00+00';
CREATE ROLE regress_emptied LOGIN PASSWORD '';
CREATE ROLE regress_removed LOGIN PASSWORD 'regress secret 5';
ALTER ROLE regress_removed PASSWORD NULL;
SELECT v.role, v.can_login, v.kind, v.iterations, to_char(v.valid_until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS valid_until,
       v.valid_until = 'infinity' AS infinite
FROM rds_guard.password_verifiers() AS v WHERE v.role LIKE 'regress%' ORDER BY v.role;
-- a row a role
SELECT count(*) AS wrong FROM pg_roles AS r FULL JOIN rds_guard.password_verifiers() AS v ON v.role = r.rolname
WHERE v.can_login IS DISTINCT FROM r.rolcanlogin OR v.valid_until IS DISTINCT FROM r.rolvaliduntil;
-- From 16 on each role may choose the number of its own; before, it is 4096.
SELECT current_setting('server_version_num')::integer >= 160000 AS has_iterations \gset
\if :has_iterations
SET scram_iterations = 1;
\endif
CREATE ROLE regress_scram_one LOGIN PASSWORD 'regress secret 6';
\if :has_iterations
RESET scram_iterations;
\endif
SELECT v.kind, v.iterations = CASE WHEN :'has_iterations' THEN 1 ELSE 4096 END AS as_set FROM rds_guard.password_verifiers() AS v WHERE v.role = 'regress_scram_one';

-- What no CREATE ROLE writes, but a dump, another tool or a mischief-maker may
-- have left: put right into the catalog, and taken back. From 18 on a row
-- of pg_authid has to fit into a page, compressed: 1 MB does by LZ4 alone.
-- Up to 17 there is a place outside of the page.
CREATE ROLE regress_crafted LOGIN;
CREATE SCHEMA regress_verifiers;
CREATE TABLE regress_verifiers.samples (n integer, about text, verifier text);
SELECT EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)) AS has_lz4 \gset
\if :has_lz4
SET default_toast_compression = 'lz4';
\endif
INSERT INTO regress_verifiers.samples
SELECT s.n, s.about, replace(replace(replace(s.verifier, 'SALT', 'c2FsdHNhbHRzYWx0c2Fs'), 'KEY1', repeat('A', 43) || '='), 'KEY2', repeat('w', 42) || 'w=')
FROM (VALUES
    (1, 'scram', 'SCRAM-SHA-256$4096:SALT$KEY1:KEY2'),
    (2, 'one iteration', 'SCRAM-SHA-256$1:SALT$KEY1:KEY2'),
    (3, 'most iterations', 'SCRAM-SHA-256$2147483647:SALT$KEY1:KEY2'),
    (4, 'short salt', 'SCRAM-SHA-256$4096:AA==$KEY1:KEY2'),
    (5, 'md5', 'md5' || repeat('0123456789abcdef', 2)),
    (11, 'negative', 'SCRAM-SHA-256$-5:SALT$KEY1:KEY2'),
    (12, 'signed', 'SCRAM-SHA-256$+4096:SALT$KEY1:KEY2'),
    (13, 'wraps to 1', 'SCRAM-SHA-256$4294967297:SALT$KEY1:KEY2'),
    (14, 'one too many', 'SCRAM-SHA-256$2147483648:SALT$KEY1:KEY2'),
    (15, 'many digits', 'SCRAM-SHA-256$99999999999999999999999999:SALT$KEY1:KEY2'),
    (16, 'zero', 'SCRAM-SHA-256$0:SALT$KEY1:KEY2'),
    (17, 'blank', 'SCRAM-SHA-256$ 4096:SALT$KEY1:KEY2'),
    (18, 'no number', 'SCRAM-SHA-256$:SALT$KEY1:KEY2'),
    (19, 'hexadecimal', 'SCRAM-SHA-256$0x1000:SALT$KEY1:KEY2'),
    (21, 'no salt', 'SCRAM-SHA-256$4096:$KEY1:KEY2'),
    (22, 'salt is no base64', 'SCRAM-SHA-256$4096:c2F*$KEY1:KEY2'),
    (23, 'salt without padding', 'SCRAM-SHA-256$4096:c2Fsd$KEY1:KEY2'),
    (24, 'salt with padding inside', 'SCRAM-SHA-256$4096:c2==c2Fs$KEY1:KEY2'),
    (31, 'key of 31 bytes', 'SCRAM-SHA-256$4096:SALT$' || repeat('A', 42) || '==:KEY2'),
    (32, 'key of 33 bytes', 'SCRAM-SHA-256$4096:SALT$KEY1:' || repeat('A', 44)),
    (33, 'key is no base64', 'SCRAM-SHA-256$4096:SALT$' || repeat('-', 43) || '=:KEY2'),
    (34, 'one key', 'SCRAM-SHA-256$4096:SALT$KEY1'),
    (35, 'no keys', 'SCRAM-SHA-256$4096:SALT'),
    (36, 'three keys', 'SCRAM-SHA-256$4096:SALT$KEY1:KEY2:KEY1'),
    (37, 'trailing blank', 'SCRAM-SHA-256$4096:SALT$KEY1:KEY2 '),
    (38, 'trailing line break', E'SCRAM-SHA-256$4096:SALT$KEY1:KEY2\n'),
    (41, 'name in lower case', 'scram-sha-256$4096:SALT$KEY1:KEY2'),
    (42, 'other hash', 'SCRAM-SHA-1$4096:SALT$KEY1:KEY2'),
    (43, 'only the name', 'SCRAM-SHA-256'),
    (44, 'leading blank', ' SCRAM-SHA-256$4096:SALT$KEY1:KEY2'),
    (51, 'md5 in upper case', 'md5' || repeat('0123456789ABCDEF', 2)),
    (52, 'md5 of 31 digits', 'md5' || left(repeat('0123456789abcdef', 2), 31)),
    (53, 'md5 of 33 digits', 'md5' || repeat('0123456789abcdef', 2) || '0'),
    (54, 'MD5', 'MD5' || repeat('0123456789abcdef', 2)),
    (55, 'md5 and a line break', 'md5' || repeat('0123456789abcdef', 2) || E'\n'),
    (56, 'md5 alone', 'md5'),
    (61, 'empty', ''),
    (62, 'cleartext', 'regress secret 7'),
    (63, 'a megabyte', repeat('x', 1048576)),
    (64, 'as much salt', 'SCRAM-SHA-256$4096:' || repeat('A', 1048576) || '$KEY1:KEY2'),
    (65, 'as many digits', 'SCRAM-SHA-256$' || repeat('1', 1048576)),
    (66, 'other bytes', E'SCRAM-SHA-256$4096:\u00e4\u00f6\u00fc\u00df$KEY1:KEY2')) AS s (n, about, verifier);
CREATE FUNCTION regress_verifiers.seen_as(stored text, OUT kind text, OUT iterations integer) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE pg_authid SET rolpassword = stored WHERE rolname = 'regress_crafted';
    SELECT v.kind, v.iterations INTO kind, iterations FROM rds_guard.password_verifiers() AS v WHERE v.role = 'regress_crafted';
END
$$;
BEGIN;
SET LOCAL allow_system_table_mods = on;
SELECT s.n, s.about, v.kind, v.iterations FROM regress_verifiers.samples AS s CROSS JOIN LATERAL regress_verifiers.seen_as(s.verifier) AS v ORDER BY s.n;
-- nothing of a verifier is in any row, in what the report says, or in an error
UPDATE pg_authid SET rolpassword = 'SCRAM-SHA-256$1:' || 'c2FsdHNhbHRzYWx0c2Fs' || '$' || repeat('A', 43) || '=:' || repeat('w', 43) || '=' WHERE rolname = 'regress_crafted';
SELECT count(*) AS leaks FROM (
    SELECT to_jsonb(v)::text FROM rds_guard.password_verifiers() AS v
    UNION ALL
    SELECT to_jsonb(k)::text FROM rds_guard.password_kinds() AS k
    UNION ALL
    SELECT to_jsonb(f)::text FROM rds_guard.report() AS f
    UNION ALL
    SELECT to_jsonb(f)::text FROM rds_guard.my_report() AS f
) AS o (shown)
WHERE o.shown ~ 'SCRAM-SHA-256\$|md5[0-9a-f]{8}|regress secret'
      OR EXISTS (SELECT FROM pg_authid AS a WHERE length(a.rolpassword) > 20
                 AND (strpos(o.shown, a.rolpassword) > 0 OR strpos(o.shown, right(a.rolpassword, 20)) > 0));
ROLLBACK;
SELECT v.kind FROM rds_guard.password_verifiers() AS v WHERE v.role = 'regress_crafted';

-- For whoever may read the same columns of pg_authid, and nobody else.
CREATE ROLE "regress ""asks""" LOGIN;
CREATE FUNCTION regress_verifiers.attempt() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    RETURN (SELECT string_agg(v.role || ' ' || v.kind, ', ' ORDER BY v.role) FROM rds_guard.password_verifiers() AS v WHERE v.role LIKE 'regress\_m%');
EXCEPTION WHEN insufficient_privilege THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLERRM || E'\n' || hint;
END
$$;
GRANT USAGE ON SCHEMA regress_verifiers TO PUBLIC;
SET ROLE "regress ""asks""";
SELECT regress_verifiers.attempt();
SELECT regress_verifiers.attempt() AS answer \gset
RESET ROLE;
-- pg_monitor, CREATEROLE and all data do not do
GRANT pg_monitor TO "regress ""asks""";
ALTER ROLE "regress ""asks""" CREATEROLE;
SET ROLE "regress ""asks""";
SELECT split_part(regress_verifiers.attempt(), E'\n', 1) AS attempt;
RESET ROLE;
-- the printed GRANT does, and only as long as it lasts
SELECT split_part(:'answer', E'\n', 2) AS "grant" \gset
:grant
SET ROLE "regress ""asks""";
SELECT regress_verifiers.attempt();
RESET ROLE;
REVOKE SELECT ON pg_catalog.pg_authid FROM "regress ""asks""";
SET ROLE "regress ""asks""";
SELECT split_part(regress_verifiers.attempt(), E'\n', 1) AS attempt;
RESET ROLE;
-- just the columns that it shows
GRANT SELECT (rolname, rolcanlogin, rolpassword, rolvaliduntil) ON pg_authid TO "regress ""asks""";
SET ROLE "regress ""asks""";
SELECT regress_verifiers.attempt();
RESET ROLE;
-- one is missing
REVOKE SELECT (rolpassword) ON pg_authid FROM "regress ""asks""";
SET ROLE "regress ""asks""";
SELECT split_part(regress_verifiers.attempt(), E'\n', 1) AS attempt;
RESET ROLE;
GRANT SELECT (rolpassword) ON pg_authid TO "regress ""asks""";
REVOKE SELECT (rolvaliduntil) ON pg_authid FROM "regress ""asks""";
SET ROLE "regress ""asks""";
SELECT split_part(regress_verifiers.attempt(), E'\n', 1) AS attempt;
RESET ROLE;
-- by way of PUBLIC, or of a group whose privileges are inherited
GRANT SELECT (rolvaliduntil) ON pg_authid TO PUBLIC;
SET ROLE "regress ""asks""";
SELECT regress_verifiers.attempt();
RESET ROLE;
REVOKE SELECT (rolvaliduntil) ON pg_authid FROM PUBLIC;
DROP OWNED BY "regress ""asks""";
CREATE ROLE regress_readers;
GRANT SELECT ON pg_authid TO regress_readers;
GRANT regress_readers TO "regress ""asks""";
SET ROLE "regress ""asks""";
SELECT regress_verifiers.attempt();
RESET ROLE;
DROP OWNED BY regress_readers;
SELECT count(*) AS grants_left FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a WHERE c.oid = 'pg_authid'::regclass AND a.grantee <> c.relowner;

DROP SCHEMA regress_verifiers CASCADE;
DROP ROLE regress_md5, regress_scram, regress_scram_nologin, regress_expired, regress_none, regress_none_expired, regress_emptied, regress_removed,
    regress_scram_one, regress_crafted, regress_readers, "regress ""asks""";
