-- Releases and vulnerabilities: the list as it is shipped, and what is made of
-- it. Which release runs here, and what day it is, must not matter: where they
-- would, the lists and the running release are others until the ROLLBACK.
\set SHOW_CONTEXT never
SET client_min_messages = error;
-- no finding depends on it
SET datestyle = 'SQL, DMY';
CREATE SCHEMA regress_versions;
GRANT USAGE ON SCHEMA regress_versions TO PUBLIC;

-- The list that is shipped. Each query shows offenders.
SELECT m.major AS too_early FROM rds_guard.known_majors() AS m
WHERE m.as_of < (SELECT max(r.released) FROM rds_guard.known_releases() AS r WHERE r.version_num / 10000 = m.major)
      OR m.ends < (SELECT min(r.released) + 4 * 365 FROM rds_guard.known_releases() AS r WHERE r.version_num / 10000 = m.major);
SELECT r.version_num / 10000 AS unknown_major FROM rds_guard.known_releases() AS r
WHERE r.version_num / 10000 NOT IN (SELECT m.major FROM rds_guard.known_majors() AS m);
SELECT m.major AS without_releases FROM rds_guard.known_majors() AS m
WHERE NOT EXISTS (SELECT FROM rds_guard.known_releases() AS r WHERE r.version_num = m.major * 10000);
SELECT r.version_num AS twice FROM rds_guard.known_releases() AS r GROUP BY 1 HAVING count(*) > 1;
-- but for 18.5, which was never released
SELECT r.version_num AS after_a_gap, r.released
FROM (SELECT o.*, lag(o.version_num) OVER w AS before, lag(o.released) OVER w AS day_before FROM rds_guard.known_releases() AS o
      WINDOW w AS (PARTITION BY o.version_num / 10000 ORDER BY o.version_num)) AS r
WHERE r.version_num <> r.before + 1 OR r.released <= r.day_before;
SELECT v.cve AS odd FROM rds_guard.known_vulnerabilities() AS v
WHERE v.cve !~ '^CVE-20\d\d-\d{4,}$' OR v.cvss NOT BETWEEN 0.1 AND 10 OR v.cvss <> round(v.cvss, 1) OR cardinality(v.ways) = 0 OR v.about !~ '^[^ ].{10,90}[^.]$';
SELECT v.cve AS twice FROM rds_guard.known_vulnerabilities() AS v GROUP BY 1 HAVING count(*) > 1;
SELECT v.cve AS never_fixed FROM rds_guard.known_vulnerabilities() AS v
WHERE NOT EXISTS (SELECT FROM rds_guard.known_releases() AS r WHERE r.released = v.fixed AND r.version_num / 10000 >= v.first_major AND r.version_num % 10000 > 0);
SELECT DISTINCT w.way AS unknown_way FROM rds_guard.known_vulnerabilities() AS v CROSS JOIN LATERAL unnest(v.ways) AS w (way)
WHERE rds_guard.vulnerability_way(w.way) NOT IN ('open', 'closed', 'unseen');

-- On the days around which the answer changes, for each major as it is known.
SELECT m.major AS wrong, s.*
FROM rds_guard.known_majors() AS m
CROSS JOIN (SELECT max(r.released) AS latest FROM rds_guard.known_releases() AS r) AS l
CROSS JOIN LATERAL (SELECT max(r.version_num) AS newest FROM rds_guard.known_releases() AS r WHERE r.version_num / 10000 = m.major) AS n
CROSS JOIN (VALUES (-1, -1), (0, 0), (0, 120), (0, 121), (1, 0)) AS t (step, age)
CROSS JOIN LATERAL rds_guard.release_state(n.newest + t.step, m.as_of + t.age, 120) AS s
WHERE (s.newest, s.ends, s.as_of) IS DISTINCT FROM (n.newest, m.ends, m.as_of)
      -- before 18.6 there was no 18.5
      OR s.missed <> CASE t.step WHEN -1 THEN 1 ELSE 0 END
      OR s.doubt IS DISTINCT FROM CASE
             WHEN t.step = 1 THEN format('PostgreSQL %s.%s is newer than %s.%s, the newest release of this major version that this rds_guard knows, as of %s',
                                         m.major, (n.newest + 1) % 10000, m.major, n.newest % 10000, to_char(m.as_of, 'YYYY-MM-DD'))
             WHEN m.ends < m.as_of THEN NULL
             WHEN l.latest > m.as_of THEN format('other major versions had a release on %s; what this rds_guard knows of PostgreSQL %s is as of %s', to_char(l.latest, 'YYYY-MM-DD'), m.major, to_char(m.as_of, 'YYYY-MM-DD'))
             WHEN t.age = 121 THEN format('what this rds_guard knows of PostgreSQL %s is as of %s, 121 days ago', m.major, to_char(m.as_of, 'YYYY-MM-DD'))
         END;
SELECT v.version_num, s.newest, s.missed, s.ends, regexp_replace(s.doubt, '[\d-]{10}', 'DAY') AS doubt
FROM unnest(ARRAY[120022, 130000, 130022, 130023, 130024, 990000]) AS v (version_num)
CROSS JOIN LATERAL rds_guard.release_state(v.version_num, '2026-01-01', 120) AS s;
-- 13 has all of its releases and will get no more
SELECT v.cve, rds_guard.version_text(v.fixed_in) AS fixed_in, v.released, v.cvss, v.severity, v.way
FROM rds_guard.vulnerabilities_of(130012) AS v ORDER BY v.fixed_in, v.cve COLLATE "C";
SELECT v.cve, rds_guard.version_text(v.fixed_in) AS fixed_in, v.severity, v.way
FROM rds_guard.vulnerabilities_of(130003) AS v WHERE v.fixed_in < 130010 ORDER BY v.fixed_in, v.cve COLLATE "C";
-- in some majors only
SELECT r.version_num, v.cve, v.fixed_in
FROM unnest(ARRAY[130014, 140011, 150002, 140008, 170007, 180001, 160014, 150018, 120000, 990000]) AS r (version_num)
CROSS JOIN LATERAL rds_guard.vulnerabilities_of(r.version_num) AS v
WHERE v.cve IN ('CVE-2024-4317', 'CVE-2023-39418', 'CVE-2026-2007', 'CVE-2026-14672')
ORDER BY r.version_num, v.cve COLLATE "C";

-- How a version calls itself that is none yet.
SELECT v.version, rds_guard.is_prerelease(v.version)
FROM unnest(ARRAY['19devel', '19alpha1', '19beta2', '19rc1', '18.6', '13.0', '18.6-rc1', '16.4-R1', '15.4beta', 'rc', '']) AS v (version);
SELECT v.n, rds_guard.version_text(v.n) FROM unnest(ARRAY[130000, 130023, 180006, 1000100]) AS v (n);
SELECT r.version_num = current_setting('server_version_num')::integer AS number,
       current_setting('server_version') LIKE r.version || '%' AND r.version !~ ' ' AS version,
       r.prerelease = (current_setting('server_version') ~ '^\d+(devel|alpha|beta|rc)') AS prerelease
FROM rds_guard.running_release() AS r;

-- The ways: closed, opened plainly and indirectly, and closed again by what only looks like it.
CREATE FUNCTION regress_versions.way(way text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN rds_guard.vulnerability_way(way);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;
CREATE VIEW regress_versions.ways AS
SELECT w.way, regress_versions.way(w.way) AS state
FROM unnest(ARRAY['SQL', 'REPLICATION', 'pg_signal_backend', 'row security', 'subscription', 'foreign server', 'MD5 password']) AS w (way);
GRANT SELECT ON regress_versions.ways TO PUBLIC;
SELECT * FROM regress_versions.ways;
SELECT w.way, regress_versions.way(w.way) AS state
FROM unnest(ARRAY['network', 'TLS', 'pg_stat_statements', 'SCRAM iterations', 'extension rds_guard', 'extension no', 'extension ', 'language plpgsql', 'language plperl',
                  'sql', 'a hostile '' " way', '']) AS w (way);
SELECT regress_versions.way('32 bit') = CASE WHEN version() ~ '64-bit' THEN 'closed' ELSE 'open' END AS bits;
CREATE ROLE regress_versions_team REPLICATION;
CREATE TABLE regress_versions.target (a integer);
CREATE POLICY mine ON regress_versions.target;
CREATE FOREIGN DATA WRAPPER regress_versions_fdw;
-- a session can make up the setting of a library, not the library
SET pg_stat_statements.max = 100;
SELECT regress_versions.way('pg_stat_statements') AS made_up;
RESET pg_stat_statements.max;
SELECT * FROM regress_versions.ways;
SET password_encryption = 'md5';
CREATE ROLE regress_versions_app LOGIN PASSWORD 'x' IN ROLE regress_versions_team;
RESET password_encryption;
GRANT pg_signal_backend, pg_monitor TO regress_versions_app;
ALTER TABLE regress_versions.target ENABLE ROW LEVEL SECURITY;
CREATE SERVER regress_versions_server FOREIGN DATA WRAPPER regress_versions_fdw;
CREATE SUBSCRIPTION regress_versions_sub CONNECTION 'dbname=no' PUBLICATION no WITH (connect = false, enabled = false, slot_name = NONE, create_slot = false);
SELECT * FROM regress_versions.ways;
SET ROLE regress_versions_app;
SELECT * FROM regress_versions.ways;
RESET ROLE;
DROP SUBSCRIPTION regress_versions_sub;
DROP FOREIGN DATA WRAPPER regress_versions_fdw CASCADE;
DROP TABLE regress_versions.target;

-- The checks, over lists of our own.
CREATE PROCEDURE regress_versions.run(num integer, name text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE FUNCTION rds_guard.running_release(OUT version_num integer, OUT version text, OUT prerelease boolean) RETURNS SETOF record
                    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $f$ SELECT %s, %L, rds_guard.is_prerelease(%L) $f$', num, name, name);
END
$$;
BEGIN;
-- 90 ended, 91 is supported and listed to the end of time, 92 lacks the release
-- of 2900, 94 ends soon.
CREATE OR REPLACE FUNCTION rds_guard.known_majors(OUT major integer, OUT ends date, OUT as_of date) RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    VALUES (90, '2001-01-01'::date, '2001-02-02'::date), (91, '2999-01-01', '2998-01-01'), (92, '2999-01-01', '2899-01-01'), (94, current_date + 10, '2998-01-01')
$$;
CREATE OR REPLACE FUNCTION rds_guard.known_releases(OUT version_num integer, OUT released date) RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    VALUES (900000, '2000-01-01'::date), (900001, '2000-02-02'), (910000, '2000-02-02'), (910001, '2000-03-03'), (910002, '2900-01-01'),
           (920000, '2000-02-02'), (920001, '2000-03-03'), (940000, '2000-03-03')
$$;
CREATE OR REPLACE FUNCTION rds_guard.known_vulnerabilities(OUT cve text, OUT fixed date, OUT first_major integer, OUT cvss numeric, OUT ways text[], OUT about text) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    VALUES ('CVE-2000-0001', '2000-02-02'::date, 90, 9.8, '{network}'::text[], 'the worst'),
           ('CVE-2000-0002', '2000-03-03', 90, 8.8, '{SQL}', 'bad'), ('CVE-2000-0003', '2000-03-03', 90, 7.0, '{extension no}', 'elsewhere'),
           ('CVE-2000-0004', '2000-03-03', 90, 3.9, '{extension no,SQL}', 'harmless'), ('CVE-2000-0005', '2000-03-03', 92, 9.9, '{network}', 'not in 91'),
           ('CVE-2000-0006', '2900-01-01', 90, NULL, '{MD5 password}', 'who knows'), ('CVE-2000-0007', '2900-01-01', 90, 5.0, '{language no}', 'not here')
$$;
CREATE VIEW regress_versions.findings AS
SELECT f.check_id, f.severity, f.status, f.object, f.detail, f.evidence - '{reachable}'::text[] AS evidence
FROM rds_guard.report('{version_eol,version_minor_outdated,version_prerelease,cve_reachable}') AS f
WHERE f.status <> 'pass';
GRANT SELECT ON regress_versions.findings TO PUBLIC;
\x
CALL regress_versions.run(910002, '91.2');
SELECT * FROM regress_versions.findings;
CALL regress_versions.run(910001, '91.1');
SELECT * FROM regress_versions.findings;
-- who sees no hashes cannot tell whether those are MD5
SET ROLE regress_versions_app;
SELECT * FROM regress_versions.findings WHERE check_id = 'cve_reachable';
RESET ROLE;
CALL regress_versions.run(910000, '91.0');
SELECT * FROM regress_versions.findings;
SELECT f.object, jsonb_pretty(f.evidence -> 'reachable') AS reachable, f.remedy, f.fix, f.refs
FROM rds_guard.report('{cve_reachable}') AS f WHERE f.object = 'PostgreSQL 91.1';
-- with nobody but superusers
ALTER ROLE regress_versions_app NOLOGIN;
SELECT * FROM regress_versions.findings WHERE check_id = 'cve_reachable';
ALTER ROLE regress_versions_app LOGIN;
CALL regress_versions.run(900000, '90.0');
SELECT * FROM regress_versions.findings;
CALL regress_versions.run(900001, '90.1');
SELECT * FROM regress_versions.findings;
CALL regress_versions.run(920001, '92.1');
SELECT * FROM regress_versions.findings;
-- who is behind on what is known is behind
CALL regress_versions.run(920000, '92.0');
SELECT * FROM regress_versions.findings;
CALL regress_versions.run(940000, '94.0');
SELECT f.check_id, f.severity, f.status, f.object, f.detail LIKE 'the PostgreSQL project supports it until %, as of 2998-01-01' AS detail, f.evidence - 'ends' AS evidence
FROM regress_versions.findings AS f;
UPDATE rds_guard.policy SET value = '10' WHERE name = 'version_end_days';
SELECT count(*) AS at_the_limit FROM regress_versions.findings;
UPDATE rds_guard.policy SET value = '11' WHERE name = 'version_end_days';
SELECT count(*) AS below_the_limit FROM regress_versions.findings;
CALL regress_versions.run(910003, '91.3');
SELECT * FROM regress_versions.findings;
CALL regress_versions.run(990000, '99.0');
SELECT * FROM regress_versions.findings;
-- the number of a candidate is that of the release
CALL regress_versions.run(910000, '91rc1');
SELECT * FROM regress_versions.findings;
-- the list gets old
CALL regress_versions.run(930000, '93.0');
CREATE OR REPLACE FUNCTION rds_guard.known_majors(OUT major integer, OUT ends date, OUT as_of date) RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    VALUES (93, '2999-01-01'::date, current_date - 121)
$$;
CREATE OR REPLACE FUNCTION rds_guard.known_releases(OUT version_num integer, OUT released date) RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    VALUES (930000, '2000-01-01'::date)
$$;
SELECT f.check_id, f.status, f.object, regexp_replace(f.detail, '[\d-]{10}', 'DAY') AS detail FROM regress_versions.findings AS f;
SELECT f.remedy FROM rds_guard.report('{version_minor_outdated}') AS f;
UPDATE rds_guard.policy SET value = '121' WHERE name = 'version_list_days';
SELECT count(*) AS at_the_limit FROM regress_versions.findings;
\x
ROLLBACK;

-- What runs here, whatever it is, is judged by the list as it is.
SELECT (SELECT f.status FROM rds_guard.report('{version_minor_outdated}') AS f)::text
           IS NOT DISTINCT FROM CASE WHEN r.prerelease THEN 'not_applicable' WHEN s.missed > 0 THEN 'fail' WHEN s.doubt IS NOT NULL THEN 'unknown' ELSE 'pass' END AS minor,
       (SELECT f.status || ' ' || f.severity FROM rds_guard.report('{version_eol}') AS f)
           IS NOT DISTINCT FROM CASE WHEN r.prerelease THEN 'not_applicable critical' WHEN s.ends IS NULL THEN 'unknown critical' WHEN s.ends < current_date THEN 'fail critical'
                                     WHEN s.ends - current_date < 180 THEN 'fail medium' ELSE 'pass critical' END AS eol,
       (SELECT f.status = 'fail' FROM rds_guard.report('{version_prerelease}') AS f) = r.prerelease AS prerelease,
       (SELECT count(*) FROM rds_guard.report('{cve_reachable}') AS f WHERE f.status = 'fail')
           = CASE WHEN r.prerelease THEN 0 ELSE (SELECT count(DISTINCT v.fixed_in) FROM rds_guard.vulnerabilities_of(r.version_num) AS v WHERE v.state = 'open') END AS cve
FROM rds_guard.running_release() AS r
CROSS JOIN LATERAL rds_guard.release_state(r.version_num, current_date, 120) AS s;

DROP SCHEMA regress_versions CASCADE;
DROP ROLE regress_versions_app, regress_versions_team;
