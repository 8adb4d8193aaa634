--
-- The policy: what a site may change, who may, and what it does to a report.
--
\set SHOW_CONTEXT never
SELECT name, value, unit, value = shipped AS as_shipped FROM rds_guard.policy ORDER BY name COLLATE "C";
SELECT name AS odd_meaning FROM rds_guard.policy WHERE meaning !~ '^[A-Z].*[.]$';
-- each is named by the check that goes by it
SELECT p.name AS unused FROM rds_guard.policy AS p
WHERE NOT EXISTS (SELECT FROM rds_guard.check_definitions AS d WHERE strpos(d.rule, '''' || p.name || '''') > 0);
SELECT d.check_id AS silent FROM rds_guard.check_definitions AS d CROSS JOIN rds_guard.policy AS p
WHERE d.rule ~ ('policy_(names|number|word)\(''' || p.name || '''\)') AND d.remedy !~ ('\m' || p.name || '\M');
-- what a rule that waives says is what it has read
SELECT d.check_id AS another FROM rds_guard.check_definitions AS d CROSS JOIN LATERAL regexp_matches(d.rule, '"allowed_by": "(\w+)"', 'g') AS m
WHERE d.rule !~ ('policy_names\(''' || m[1] || '''\)');

--
-- Values: numbers are numbers, lists are lists.
--
BEGIN;
UPDATE rds_guard.policy SET value = '12.5' WHERE name = 'sprawl_share' RETURNING name, value;
UPDATE rds_guard.policy SET value = '0' WHERE name = 'sprawl_schemas' RETURNING name, value;
-- one after another, as jsonb does it
UPDATE rds_guard.policy SET value = value || '"ann"' WHERE name = 'owners' RETURNING name, value;
UPDATE rds_guard.policy SET value = value || '["b, \"c\"", "\u00fc\u001b[31m", "PUBLIC"]' WHERE name = 'owners';
SELECT rds_guard.policy_names('owners') = ARRAY['ann', 'b, "c"', E'\u00fc\x1b[31m', 'PUBLIC']::name[] AS read;
UPDATE rds_guard.policy SET value = value - 'ann' WHERE name = 'owners';
SELECT rds_guard.policy_names('owners') = ARRAY['b, "c"', E'\u00fc\x1b[31m', 'PUBLIC']::name[] AS read;
SELECT rds_guard.policy_number('sprawl_share'), rds_guard.policy_number('sprawl_schemas'), rds_guard.policy_names('superusers');
-- what was shipped comes back
UPDATE rds_guard.policy SET value = DEFAULT RETURNING value = shipped AS as_shipped;
ROLLBACK;

CREATE SCHEMA regress_policy;
GRANT USAGE ON SCHEMA regress_policy TO PUBLIC;
CREATE FUNCTION regress_policy.attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' ', SQLSTATE || ':', SQLERRM, '(' || nullif(hint, '') || ')');
END
$$;
CREATE FUNCTION regress_policy.write(name text, value text) RETURNS text LANGUAGE sql AS $$
    SELECT regress_policy.attempt(format('UPDATE rds_guard.policy SET value = %L WHERE name = %L', value, name))
$$;
SELECT t.name, t.value, regress_policy.write(t.name, t.value) AS outcome
FROM (VALUES ('sprawl_share', '-1'), ('sprawl_share', '100.5'), ('sprawl_share', '"50"'), ('sprawl_share', '[50]'), ('sprawl_share', 'null'),
             ('sprawl_share', 'half'), ('sprawl_share', 'NaN'), ('sprawl_share', '1e400'),
             ('sprawl_schemas', '1.5'), ('sprawl_minimum', '-5'), ('sprawl_minimum', '1000000001'),
             ('owners', '7'), ('owners', '"ann"'), ('owners', '{"ann": 1}'), ('owners', '["ann", 7]'), ('owners', '["ann", null]'),
             ('owners', '[["ann"]]'), ('owners', '[""]'), ('owners', '["' || repeat('x', 64) || '"]'), ('owners', '["' || repeat('\u00fc', 32) || '"]'),
             ('owners', '["' || repeat('x', 63) || '"]'), ('owners', 'ann'), ('approved_extensions', 'false'),
             ('log_hostname', '"perhaps"'), ('log_hostname', '"ON"'), ('log_hostname', 'true'), ('log_hostname', '["on"]'), ('log_hostname', '7'),
             ('log_error_verbosity', '"default"')) AS t (name, value);
UPDATE rds_guard.policy SET value = DEFAULT WHERE name IN ('owners', 'log_error_verbosity');
SELECT rds_guard.policy_word('log_hostname');

-- Profiles: all of them set the same policies, to values that these take.
SELECT p.profile, array_agg(p.policy || ' ' || p.value ORDER BY p.policy COLLATE "C") AS sets FROM rds_guard.profiles() AS p GROUP BY p.profile ORDER BY p.profile COLLATE "C";
SELECT p.profile, p.policy, rds_guard.policy_problem(p.value, y.unit, y.words) AS problem
FROM rds_guard.profiles() AS p LEFT JOIN rds_guard.policy AS y ON y.name = p.policy
WHERE y.name IS NULL OR rds_guard.policy_problem(p.value, y.unit, y.words) IS NOT NULL;
BEGIN;
UPDATE rds_guard.policy SET value = '20' WHERE name = 'sprawl_share';
SELECT count(*) FROM rds_guard.use_profile('stig');
SELECT name, value FROM rds_guard.policy WHERE value <> shipped ORDER BY name COLLATE "C";
SELECT count(*) FROM rds_guard.use_profile('cis');
SELECT name, value FROM rds_guard.policy WHERE value <> shipped ORDER BY name COLLATE "C";
-- only what profiles are about comes back
SELECT count(*) FROM rds_guard.use_profile('default');
SELECT name, value FROM rds_guard.policy WHERE value <> shipped ORDER BY name COLLATE "C";
ROLLBACK;
SELECT t.profile, regress_policy.attempt(format('SELECT FROM rds_guard.use_profile(%L)', t.profile)) AS outcome FROM unnest('{CIS,"",pci}'::text[]) AS t (profile);

-- Only values, only rows that there are; pg_dump's INSERT changes one.
SELECT t.statement, regress_policy.attempt(t.statement) AS outcome
FROM unnest(ARRAY['UPDATE rds_guard.policy SET name = ''mine'' WHERE name = ''owners''',
                  'UPDATE rds_guard.policy SET unit = ''%'' WHERE name = ''owners''',
                  'UPDATE rds_guard.policy SET shipped = ''["ann"]'' WHERE name = ''owners''',
                  'UPDATE rds_guard.policy SET meaning = ''x''',
                  'DELETE FROM rds_guard.policy',
                  'TRUNCATE rds_guard.policy',
                  'INSERT INTO rds_guard.policy VALUES (''mine'', ''1'', ''schemas'', ''Mine.'', ''1'')',
                  'INSERT INTO rds_guard.policy VALUES (''sprawl_schemas'', ''"1"'', ''role names'', ''Mine.'', ''1'')',
                  'INSERT INTO rds_guard.policy VALUES (''sprawl_schemas'', ''7'', ''role names'', ''Mine.'', ''1'')']) AS t (statement);
SELECT name, value, unit, shipped FROM rds_guard.policy WHERE value <> shipped OR name = 'mine';
UPDATE rds_guard.policy SET value = DEFAULT;
-- rules that ask for what there is not
SELECT regress_policy.attempt(format('SELECT rds_guard.policy_%s', c)) AS outcome
FROM unnest(ARRAY['number(''owners'')', 'names(''sprawl_share'')', 'number(''no such'')', 'names(NULL)']) AS t (c);

--
-- Who may: the owner, and who was given it.
--
CREATE ROLE regress_p_plain LOGIN;
CREATE ROLE regress_p_watch LOGIN;
CREATE ROLE regress_p_site;
CREATE ROLE regress_p_ann LOGIN;
CREATE ROLE regress_p_asleep LOGIN NOINHERIT;
CREATE ROLE regress_p_writer LOGIN;
GRANT pg_monitor TO regress_p_watch;
GRANT regress_p_site TO regress_p_ann, regress_p_asleep;
GRANT SELECT, UPDATE (value) ON rds_guard.policy TO regress_p_site;
-- 14 and later
DO $$ BEGIN GRANT pg_read_all_data, pg_write_all_data TO regress_p_writer; EXCEPTION WHEN undefined_object THEN END $$;
CREATE VIEW regress_policy.tries AS
SELECT t.what, regress_policy.attempt(t.statement) AS outcome
FROM (VALUES ('read', 'SELECT FROM rds_guard.policy'), ('ask', 'SELECT rds_guard.policy_names(''owners'')'),
             ('update', 'UPDATE rds_guard.policy SET value = ''["regress_p_plain"]'' WHERE name = ''owners'''),
             ('insert', 'INSERT INTO rds_guard.policy (name, value, unit, meaning, shipped) VALUES (''owners'', ''["x"]'', ''%'', ''x'', ''1'')'),
             ('delete', 'DELETE FROM rds_guard.policy WHERE name = ''owners'''),
             ('meaning', 'UPDATE rds_guard.policy SET meaning = ''x''')) AS t (what, statement);
GRANT SELECT ON regress_policy.tries TO PUBLIC;
SET ROLE regress_p_plain;
SELECT * FROM regress_policy.tries;
SET ROLE regress_p_watch;
SELECT * FROM regress_policy.tries;
SET ROLE regress_p_ann;
SELECT * FROM regress_policy.tries;
SET ROLE regress_p_asleep;
SELECT * FROM regress_policy.tries WHERE what IN ('read', 'update');
RESET ROLE;
-- Privileges on all data give no say here, in a replica session neither.
SET session_replication_role = replica;
SET ROLE regress_p_writer;
SELECT bool_and(outcome ~ '^42501') AS refused FROM regress_policy.tries WHERE what NOT IN ('read', 'ask');
RESET ROLE;
RESET session_replication_role;
SELECT name, value FROM rds_guard.policy WHERE value <> shipped;
UPDATE rds_guard.policy SET value = DEFAULT;

--
-- What a report makes of it: what is allowed is shown as waived, and says why.
-- Who may not read the policy gets no verdict from it.
--
BEGIN;
CREATE ROLE "regress_p ""root""" SUPERUSER LOGIN;
CREATE ROLE regress_p_root SUPERUSER;
SELECT status, object, fix FROM rds_guard.report('{superuser_count}');
UPDATE rds_guard.policy SET value = '["regress_p \"root\"", "no such role", "regress_p_ROOT"]' WHERE name = 'superusers';
SELECT severity, status, object, detail, remedy, fix, evidence FROM rds_guard.report('{superuser_count}');
SELECT status, findings, status_code FROM rds_guard.metrics WHERE check_id = 'superuser_count';
-- the same finding, whatever the policy says
SELECT count(DISTINCT fingerprint) FROM (
    SELECT f.fingerprint FROM rds_guard.report('{superuser_count}') AS f WHERE f.object ~ 'root""'
    UNION ALL SELECT rds_guard.fingerprint('superuser_count', '"regress_p ""root"""')) AS q;
UPDATE rds_guard.policy SET value = value || '"regress_p_root"' WHERE name = 'superusers';
SELECT status, object FROM rds_guard.report('{superuser_count}');
SELECT status, findings, status_code FROM rds_guard.metrics WHERE check_id = 'superuser_count';
SELECT waived FROM rds_guard.summary WHERE category = 'roles';
SELECT decidable, reason FROM rds_guard.readiness WHERE check_id = 'superuser_count';
-- a monitor may read it
SET ROLE regress_p_watch;
SELECT status, object FROM rds_guard.report('{superuser_count}');
RESET ROLE;
-- and who lost that right is told what is missing
REVOKE SELECT ON rds_guard.policy FROM pg_monitor;
SET ROLE regress_p_watch;
SELECT check_id, status, detail, fix FROM rds_guard.report('{superuser_count,extension_unapproved,privilege_sprawl_score}');
RESET ROLE;
ROLLBACK;

--
-- extension_unapproved
--
BEGIN;
SELECT status, detail FROM rds_guard.report('{extension_unapproved}');
UPDATE rds_guard.policy SET value = '["something_else"]' WHERE name = 'approved_extensions';
-- what initdb installs and we ourselves need no approval
SELECT status, object FROM rds_guard.report('{extension_unapproved}');
-- no other extension is sure to be there
UPDATE pg_extension SET extname = 'Odd "one"' WHERE extname = 'plpgsql';
SELECT status, object, fix FROM rds_guard.report('{extension_unapproved}');
UPDATE rds_guard.policy SET value = value || '["Odd \"one\""]' WHERE name = 'approved_extensions';
SELECT status, object FROM rds_guard.report('{extension_unapproved}');
ROLLBACK;

SET client_min_messages = error;
REVOKE ALL ON rds_guard.policy FROM regress_p_site;
REVOKE ALL (value) ON rds_guard.policy FROM regress_p_site;
DROP SCHEMA regress_policy CASCADE;
DROP ROLE regress_p_plain, regress_p_watch, regress_p_ann, regress_p_asleep, regress_p_writer, regress_p_site;
