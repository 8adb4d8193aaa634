--
-- The checks of category roles: who is, or can become, mightier than they look.
-- Each in a transaction of its own: a state in which it fails, with twins on
-- which it must stay silent, then its own fixes, after which it passes.
--
SELECT current_setting('server_version_num')::integer >= 160000 AS options,
       current_setting('server_version_num')::integer >= 140000 AS has_read_all_data \gset
SELECT rolname AS boot FROM pg_roles WHERE oid = 10 \gset
\pset format unaligned
\pset tuples_only on
\pset fieldsep '\n    '
\pset null -

-- What a check says. Who granted a membership is part of the fix from 16 on;
-- here it is left out, as it is the name of the superuser of this server.
CREATE FUNCTION pg_temp.report(VARIADIC check_ids text[])
    RETURNS TABLE (status rds_guard.status, object text, detail text, fix text)
LANGUAGE sql AS $$
    SELECT f.status, f.object, f.detail,
           replace(f.fix, ' GRANTED BY ' || (SELECT quote_ident(rolname) FROM pg_roles WHERE oid = 10), '')
    FROM rds_guard.report(check_ids) AS f
$$;
-- Does what a check says, to the letter.
CREATE PROCEDURE pg_temp.mend(VARIADIC check_ids text[])
LANGUAGE plpgsql SET client_min_messages = error AS $$
DECLARE
    statement text;
BEGIN
    FOR statement IN SELECT DISTINCT f.fix FROM rds_guard.report(check_ids) AS f WHERE f.status = 'fail' AND f.fix IS NOT NULL ORDER BY 1 LOOP
        EXECUTE statement;
    END LOOP;
END
$$;
-- What a check says besides, or instead of, what is wanted: for where versions
-- differ. No row is right.
CREATE FUNCTION pg_temp.differences(check_id text, VARIADIC wanted text[]) RETURNS SETOF text
LANGUAGE sql AS $$
    WITH found AS (SELECT concat_ws(' | ', r.status, r.object, r.detail, r.fix) AS line FROM pg_temp.report(check_id) AS r)
    (SELECT 'unexpected: ' || f.line FROM found AS f WHERE f.line <> ALL (wanted)
     UNION ALL
     SELECT 'missing: ' || w.line FROM unnest(wanted) AS w (line) WHERE w.line NOT IN (SELECT f.line FROM found AS f))
    ORDER BY 1
$$;

-- On a new cluster nobody but its first superuser is mighty. Not applicable is
-- what does not exist here.
SELECT check_id, status FROM rds_guard.report('{roles}')
WHERE check_id NOT IN ('createrole_escalation_pre16', 'predefined_role_data_access') ORDER BY check_id;

--
-- superuser_count
--
BEGIN;
CREATE ROLE regress_r_root SUPERUSER LOGIN;
CREATE ROLE regress_r_asleep SUPERUSER NOLOGIN;
-- every attribute but this one
CREATE ROLE regress_r_able LOGIN CREATEROLE CREATEDB REPLICATION BYPASSRLS;
SELECT * FROM pg_temp.report('superuser_count');
CALL pg_temp.mend('superuser_count');
SELECT * FROM pg_temp.report('superuser_count');
-- The first superuser is known by its number: a new name makes it no other.
ALTER ROLE regress_r_root SUPERUSER;
SET SESSION AUTHORIZATION regress_r_root;
ALTER ROLE :"boot" RENAME TO regress_r_renamed;
SELECT * FROM pg_temp.report('superuser_count');
RESET SESSION AUTHORIZATION;
ROLLBACK;

--
-- superuser_reachable_path
--
BEGIN;
CREATE ROLE regress_r_root SUPERUSER;
CREATE ROLE regress_r_boss SUPERUSER LOGIN;
CREATE ROLE regress_r_ops;
CREATE ROLE regress_r_gate NOINHERIT;
CREATE ROLE regress_r_staff;
CREATE ROLE regress_r_ann LOGIN;
CREATE ROLE regress_r_bob LOGIN NOINHERIT;
CREATE ROLE regress_r_cat LOGIN;
CREATE ROLE regress_r_eve LOGIN;
GRANT regress_r_root TO regress_r_ops, regress_r_gate;
GRANT regress_r_ops TO regress_r_ann;
-- twice not inherited: pg_has_role('regress_r_bob', ..., 'USAGE') is false
GRANT regress_r_gate TO regress_r_bob;
-- two superusers, one finding
GRANT regress_r_root, regress_r_boss TO regress_r_cat;
-- silent: roles that nobody logs in with, members of what leads nowhere, and
-- superusers themselves
GRANT regress_r_staff TO regress_r_eve;
GRANT regress_r_root TO regress_r_boss;
SELECT * FROM pg_temp.report('superuser_reachable_path');
SELECT object, evidence FROM rds_guard.report('{superuser_reachable_path}');
CALL pg_temp.mend('superuser_reachable_path');
SELECT * FROM pg_temp.report('superuser_reachable_path');
-- the groups are still there for their members
SELECT pg_has_role('regress_r_ann', 'regress_r_ops', 'USAGE'), pg_has_role('regress_r_bob', 'regress_r_gate', 'MEMBER');

-- From 16 on a grant may be for ADMIN alone: ann grants herself the group, and
-- is where its members are. Silent: a grant that allows nothing; INHERIT, which
-- does not lead to SET; and ADMIN on the superuser itself, whom only a
-- superuser may grant.
REVOKE regress_r_ops FROM regress_r_ann;
REVOKE regress_r_gate FROM regress_r_bob;
GRANT regress_r_root TO regress_r_ops;
\if :options
GRANT regress_r_ops TO regress_r_ann WITH INHERIT FALSE, SET FALSE, ADMIN TRUE;
GRANT regress_r_root TO regress_r_bob WITH INHERIT FALSE, SET FALSE;
GRANT regress_r_root TO regress_r_gate WITH INHERIT FALSE, SET TRUE;
GRANT regress_r_gate TO regress_r_eve WITH INHERIT TRUE, SET FALSE;
GRANT regress_r_root TO regress_r_cat WITH INHERIT FALSE, SET FALSE, ADMIN TRUE;
\else
GRANT regress_r_ops TO regress_r_ann WITH ADMIN OPTION;
\endif
SELECT * FROM pg_temp.report('superuser_reachable_path');
-- both are true
SAVEPOINT proof;
SET SESSION AUTHORIZATION regress_r_ann;
SET client_min_messages = error;
GRANT regress_r_ops TO regress_r_ann;
SET ROLE regress_r_root;
RESET SESSION AUTHORIZATION;
RESET client_min_messages;
SET SESSION AUTHORIZATION regress_r_cat;
\set VERBOSITY sqlstate
GRANT regress_r_root TO regress_r_cat;
\set VERBOSITY default
ROLLBACK TO proof;
CALL pg_temp.mend('superuser_reachable_path');
SELECT * FROM pg_temp.report('superuser_reachable_path');
ROLLBACK;

--
-- createrole_roles
--
BEGIN;
CREATE ROLE regress_r_maker CREATEROLE LOGIN;
CREATE ROLE regress_r_makers CREATEROLE;
-- silent: a superuser needs no attribute
CREATE ROLE regress_r_root SUPERUSER CREATEROLE LOGIN;
CREATE ROLE regress_r_eve LOGIN CREATEDB;
SELECT * FROM pg_temp.report('createrole_roles');
CALL pg_temp.mend('createrole_roles');
SELECT * FROM pg_temp.report('createrole_roles');
ROLLBACK;

--
-- createrole_escalation_pre16: up to 15 CREATEROLE is as good as SUPERUSER,
-- from 16 on there is no such thing.
--
BEGIN;
CREATE ROLE regress_r_maker CREATEROLE LOGIN;
CREATE ROLE regress_r_makers CREATEROLE;
CREATE ROLE regress_r_gate NOINHERIT;
CREATE ROLE regress_r_ann LOGIN NOINHERIT;
CREATE ROLE regress_r_eve LOGIN;
CREATE ROLE regress_r_root SUPERUSER CREATEROLE LOGIN;
GRANT regress_r_makers TO regress_r_gate;
GRANT regress_r_gate TO regress_r_ann;
\if :options
SELECT pg_temp.differences('createrole_escalation_pre16',
    'not_applicable | from PostgreSQL 16 on CREATEROLE is bound to the roles that it administers');
\else
SELECT pg_temp.differences('createrole_escalation_pre16',
    'fail | regress_r_ann | regress_r_ann can become regress_r_makers, which has CREATEROLE: regress_r_ann -> regress_r_gate -> regress_r_makers'
    || ' | REVOKE regress_r_makers FROM regress_r_gate;',
    'fail | regress_r_maker | regress_r_maker has CREATEROLE and can grant itself pg_execute_server_program'
    || ' | ALTER ROLE regress_r_maker NOCREATEROLE;');
-- it is true
SAVEPOINT proof;
SET SESSION AUTHORIZATION regress_r_maker;
GRANT pg_execute_server_program TO regress_r_maker;
COPY (SELECT) TO PROGRAM 'cat >/dev/null';
RESET SESSION AUTHORIZATION;
ROLLBACK TO proof;
\endif
CALL pg_temp.mend('createrole_escalation_pre16');
\if :options
\else
-- Nobody logs in as makers, and nobody gets to it any more.
SELECT pg_temp.differences('createrole_escalation_pre16', 'pass');
\endif
ROLLBACK;

--
-- predefined_role_os_access
--
BEGIN;
CREATE ROLE regress_r_etl;
CREATE ROLE regress_r_gate NOINHERIT;
CREATE ROLE regress_r_ann LOGIN;
CREATE ROLE regress_r_bob LOGIN NOINHERIT;
CREATE ROLE regress_r_cat LOGIN;
CREATE ROLE regress_r_eve LOGIN;
CREATE ROLE regress_r_root SUPERUSER LOGIN;
GRANT pg_read_server_files, pg_write_server_files TO regress_r_etl;
GRANT regress_r_etl TO regress_r_ann;
GRANT pg_execute_server_program TO regress_r_gate;
GRANT regress_r_gate TO regress_r_bob;
-- one predefined role inside another
GRANT pg_read_server_files TO pg_monitor;
GRANT pg_monitor TO regress_r_cat;
-- silent: a superuser, a role that is not for the operating system
GRANT pg_execute_server_program TO regress_r_root;
GRANT pg_signal_backend, pg_read_all_settings TO regress_r_eve;
SELECT * FROM pg_temp.report('predefined_role_os_access');
CALL pg_temp.mend('predefined_role_os_access');
SELECT * FROM pg_temp.report('predefined_role_os_access');
-- 16 and later: ADMIN alone is enough, and nothing is not
\if :options
GRANT pg_execute_server_program TO regress_r_ann WITH INHERIT FALSE, SET FALSE, ADMIN TRUE;
GRANT pg_execute_server_program TO regress_r_eve WITH INHERIT FALSE, SET FALSE;
\else
GRANT pg_execute_server_program TO regress_r_ann;
\endif
SELECT * FROM pg_temp.report('predefined_role_os_access');
-- She uses it, which makes a second grant, by herself, that depends on the
-- first: the fix takes back both, in this order.
\if :options
SET ROLE regress_r_ann;
GRANT pg_execute_server_program TO regress_r_ann;
RESET ROLE;
SELECT pg_temp.differences('predefined_role_os_access',
    'fail | regress_r_ann | regress_r_ann can use pg_execute_server_program: regress_r_ann -> pg_execute_server_program | '
    || 'REVOKE pg_execute_server_program FROM regress_r_ann GRANTED BY regress_r_ann; REVOKE pg_execute_server_program FROM regress_r_ann;');
\endif
CALL pg_temp.mend('predefined_role_os_access');
SELECT * FROM pg_temp.report('predefined_role_os_access');
ROLLBACK;

--
-- predefined_role_data_access: 14 and later
--
BEGIN;
CREATE ROLE regress_r_readers NOINHERIT;
CREATE ROLE regress_r_ann LOGIN;
CREATE ROLE regress_r_bob LOGIN;
CREATE ROLE regress_r_eve LOGIN;
GRANT regress_r_readers TO regress_r_ann;
GRANT pg_read_all_settings TO regress_r_eve;
\if :has_read_all_data
GRANT pg_read_all_data TO regress_r_readers;
GRANT pg_read_all_data, pg_write_all_data TO regress_r_bob;
SELECT pg_temp.differences('predefined_role_data_access',
    'fail | regress_r_ann | regress_r_ann can use pg_read_all_data: regress_r_ann -> regress_r_readers -> pg_read_all_data'
    || ' | REVOKE pg_read_all_data FROM regress_r_readers;',
    'fail | regress_r_bob | regress_r_bob can use pg_read_all_data, pg_write_all_data: '
    || 'regress_r_bob -> pg_read_all_data; regress_r_bob -> pg_write_all_data'
    || ' | REVOKE pg_read_all_data FROM regress_r_bob; REVOKE pg_write_all_data FROM regress_r_bob;');
CALL pg_temp.mend('predefined_role_data_access');
SELECT pg_temp.differences('predefined_role_data_access', 'pass');
\else
SELECT pg_temp.differences('predefined_role_data_access', 'not_applicable | this version has no pg_read_all_data');
\endif
ROLLBACK;

--
-- replication_roles
--
BEGIN;
CREATE ROLE regress_r_standby LOGIN REPLICATION;
CREATE ROLE regress_r_standbys REPLICATION;
CREATE ROLE regress_r_gate NOINHERIT;
CREATE ROLE regress_r_ann LOGIN NOINHERIT;
-- silent: not to log in with; a superuser; a role that only has a name
CREATE ROLE regress_r_asleep NOLOGIN REPLICATION;
CREATE ROLE regress_r_root SUPERUSER REPLICATION LOGIN;
CREATE ROLE rds_replication;
CREATE ROLE regress_r_eve LOGIN;
GRANT rds_replication TO regress_r_eve;
GRANT regress_r_standbys TO regress_r_gate;
GRANT regress_r_gate TO regress_r_ann;
SELECT * FROM pg_temp.report('replication_roles');
CALL pg_temp.mend('replication_roles');
SELECT * FROM pg_temp.report('replication_roles');
-- 16 and later: an attribute is not inherited, it takes SET ROLE, or ADMIN to get that
\if :options
GRANT regress_r_standbys TO regress_r_eve WITH INHERIT TRUE, SET FALSE;
GRANT regress_r_standbys TO regress_r_ann WITH INHERIT FALSE, SET FALSE, ADMIN TRUE;
\else
GRANT regress_r_standbys TO regress_r_ann;
\endif
SELECT * FROM pg_temp.report('replication_roles');
ROLLBACK;

--
-- bypassrls_roles: also those that nobody logs in with, as the owner of a
-- function or view may be one
--
BEGIN;
CREATE ROLE regress_r_audit BYPASSRLS;
CREATE ROLE regress_r_auditor LOGIN BYPASSRLS;
CREATE ROLE regress_r_gate NOINHERIT;
CREATE ROLE regress_r_ann LOGIN NOINHERIT;
CREATE ROLE regress_r_eve LOGIN;
-- silent: a superuser
CREATE ROLE regress_r_root SUPERUSER BYPASSRLS LOGIN;
GRANT regress_r_audit TO regress_r_gate;
GRANT regress_r_gate TO regress_r_ann;
SELECT * FROM pg_temp.report('bypassrls_roles');
SELECT object, evidence FROM rds_guard.report('{bypassrls_roles}');
CALL pg_temp.mend('bypassrls_roles');
SELECT * FROM pg_temp.report('bypassrls_roles');
-- 16 and later: as for REPLICATION
ALTER ROLE regress_r_audit BYPASSRLS;
\if :options
GRANT regress_r_audit TO regress_r_eve WITH INHERIT TRUE, SET FALSE;
GRANT regress_r_audit TO regress_r_ann WITH INHERIT FALSE, SET FALSE, ADMIN TRUE;
\else
GRANT regress_r_audit TO regress_r_ann;
\endif
SELECT * FROM pg_temp.report('bypassrls_roles');
ROLLBACK;

--
-- createdb_roles
--
BEGIN;
CREATE ROLE regress_r_maker LOGIN CREATEDB;
CREATE ROLE regress_r_makers CREATEDB;
CREATE ROLE regress_r_gate NOINHERIT;
CREATE ROLE regress_r_ann LOGIN NOINHERIT;
CREATE ROLE regress_r_eve LOGIN CREATEROLE;
-- silent: a superuser, a role that nobody gets to
CREATE ROLE regress_r_root SUPERUSER CREATEDB LOGIN;
CREATE ROLE regress_r_asleep CREATEDB;
GRANT regress_r_makers TO regress_r_gate;
GRANT regress_r_gate TO regress_r_ann;
SELECT * FROM pg_temp.report('createdb_roles');
-- it is true, and the attribute is not inherited
SAVEPOINT proof;
SET SESSION AUTHORIZATION regress_r_ann;
SET ROLE regress_r_makers;
SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user;
ROLLBACK TO proof;
CALL pg_temp.mend('createdb_roles');
SELECT * FROM pg_temp.report('createdb_roles');
-- 16 and later: as for REPLICATION
\if :options
GRANT regress_r_makers TO regress_r_eve WITH INHERIT TRUE, SET FALSE;
GRANT regress_r_makers TO regress_r_ann WITH INHERIT FALSE, SET FALSE, ADMIN TRUE;
\else
GRANT regress_r_makers TO regress_r_ann;
\endif
SELECT * FROM pg_temp.report('createdb_roles');
-- the fact behind it says also who has it without login
SELECT * FROM rds_guard.attribute_holders('CREATEDB') ORDER BY role;
\set VERBOSITY terse
SELECT * FROM rds_guard.attribute_holders('createdb');
\set VERBOSITY default
ROLLBACK;

--
-- predefined_role_misc
--
BEGIN;
CREATE ROLE regress_r_crew NOINHERIT;
CREATE ROLE regress_r_ann LOGIN;
CREATE ROLE regress_r_bob LOGIN NOINHERIT;
CREATE ROLE regress_r_cat LOGIN;
CREATE ROLE regress_r_eve LOGIN;
-- silent: superusers, who nobody logs in as, what other checks ask about
CREATE ROLE regress_r_root SUPERUSER LOGIN;
CREATE ROLE regress_r_group;
GRANT pg_monitor TO regress_r_root, regress_r_group;
GRANT pg_read_server_files TO regress_r_eve;
-- pg_monitor is named, not what it has by others; a second way by name is
GRANT pg_monitor TO regress_r_ann;
GRANT pg_signal_backend TO regress_r_crew;
GRANT regress_r_crew TO regress_r_bob;
GRANT pg_monitor, pg_stat_scan_tables TO regress_r_cat;
SELECT * FROM pg_temp.report('predefined_role_misc');
-- who is meant to is waived: by name, or by the group through which it has it;
-- but only if that goes for each way
UPDATE rds_guard.policy SET value = '["regress_r_ann", "regress_r_crew"]' WHERE name = 'operators';
GRANT pg_read_all_stats TO regress_r_bob;
SELECT * FROM pg_temp.report('predefined_role_misc');
REVOKE pg_read_all_stats FROM regress_r_bob;
-- the predefined role itself in the list is the holder of nothing
UPDATE rds_guard.policy SET value = '["pg_monitor", "pg_stat_scan_tables"]' WHERE name = 'operators';
SELECT * FROM pg_temp.report('predefined_role_misc');
UPDATE rds_guard.policy SET value = DEFAULT WHERE name = 'operators';
CALL pg_temp.mend('predefined_role_misc');
SELECT * FROM pg_temp.report('predefined_role_misc');
-- 16 and later: ADMIN alone is enough, and nothing is not
\if :options
GRANT pg_signal_backend TO regress_r_ann WITH INHERIT FALSE, SET FALSE, ADMIN TRUE;
GRANT pg_signal_backend TO regress_r_eve WITH INHERIT FALSE, SET FALSE;
\else
GRANT pg_signal_backend TO regress_r_ann;
\endif
SELECT * FROM pg_temp.report('predefined_role_misc');
-- a chain so long that its middle is left out
DO $$ BEGIN FOR i IN 1..40 LOOP EXECUTE format('CREATE ROLE regress_r_link_%s', i); END LOOP;
            FOR i IN 1..39 LOOP EXECUTE format('GRANT regress_r_link_%s TO regress_r_link_%s', i + 1, i); END LOOP; END $$;
GRANT regress_r_link_1 TO regress_r_eve;
GRANT pg_read_all_settings TO regress_r_link_40;
SELECT status, object, left(detail, 70), fix IS NOT NULL AS mended FROM rds_guard.report('{predefined_role_misc}') WHERE object = 'regress_r_eve';
ROLLBACK;

--
-- login_role_used_as_group
--
BEGIN;
CREATE ROLE regress_r_shop LOGIN;
CREATE ROLE "regress_r ""x""" LOGIN;
CREATE ROLE regress_r_staff;
CREATE ROLE regress_r_ann LOGIN;
CREATE ROLE regress_r_bob LOGIN NOINHERIT;
CREATE ROLE regress_r_root SUPERUSER LOGIN;
CREATE ROLE regress_r_alone LOGIN;
GRANT regress_r_shop TO regress_r_ann;
-- a group is a member too
GRANT "regress_r ""x""" TO regress_r_staff, regress_r_bob;
-- silent: real groups, and a superuser as member, who needs no membership
GRANT regress_r_staff TO regress_r_ann;
GRANT regress_r_alone TO regress_r_root;
SELECT * FROM pg_temp.report('login_role_used_as_group');
CALL pg_temp.mend('login_role_used_as_group');
SELECT * FROM pg_temp.report('login_role_used_as_group');
-- 16 and later: whoever creates a role gets ADMIN OPTION on it, which uses no
-- group; with createrole_self_grant more, which does.
CREATE ROLE regress_r_maker LOGIN CREATEROLE;
SET ROLE regress_r_maker;
CREATE ROLE regress_r_made LOGIN;
\if :options
SET createrole_self_grant = 'set';
CREATE ROLE regress_r_made_for_use LOGIN;
\endif
RESET ROLE;
\if :options
SELECT pg_temp.differences('login_role_used_as_group',
    'fail | regress_r_made_for_use | regress_r_made_for_use can log in and has 1 member(s): regress_r_maker'
    || ' | REVOKE regress_r_made_for_use FROM regress_r_maker GRANTED BY regress_r_maker; REVOKE regress_r_made_for_use FROM regress_r_maker;');
\else
SELECT pg_temp.differences('login_role_used_as_group', 'pass');
\endif
-- many are counted, not all named
DO $$ BEGIN FOR i IN 1..7 LOOP EXECUTE format('CREATE ROLE regress_r_member_%s IN ROLE regress_r_shop', i); END LOOP; END $$;
SELECT detail, evidence, length(fix) > 200 AS all_in_fix FROM rds_guard.report('{login_role_used_as_group}') WHERE object = 'regress_r_shop';
ROLLBACK;

--
-- orphan_roles
--
BEGIN;
CREATE ROLE regress_r_left LOGIN;
CREATE ROLE "regress_r Left" NOLOGIN;
-- silent: who owns, was granted something (here or in another database), is a
-- member, has one, has an attribute or a session
CREATE ROLE regress_r_owner;
CREATE ROLE regress_r_granted;
CREATE ROLE regress_r_connects LOGIN;
CREATE ROLE regress_r_member LOGIN;
CREATE ROLE regress_r_group;
CREATE ROLE regress_r_standby LOGIN REPLICATION;
CREATE ROLE regress_r_root SUPERUSER LOGIN;
CREATE ROLE regress_r_column LOGIN;
CREATE ROLE regress_r_default LOGIN;
CREATE ROLE regress_r_policy LOGIN;
CREATE SCHEMA regress_r AUTHORIZATION regress_r_owner;
CREATE TABLE regress_r.t (a integer);
GRANT USAGE ON SCHEMA regress_r TO regress_r_granted;
GRANT CONNECT ON DATABASE template1 TO regress_r_connects;
GRANT SELECT (a) ON regress_r.t TO regress_r_column;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_r_owner GRANT SELECT ON TABLES TO regress_r_default;
CREATE POLICY p ON regress_r.t TO regress_r_policy;
GRANT regress_r_group TO regress_r_member;
SELECT * FROM pg_temp.report('orphan_roles');
-- what was taken back leaves one behind
REVOKE CONNECT ON DATABASE template1 FROM regress_r_connects;
REVOKE regress_r_group FROM regress_r_member;
SELECT * FROM pg_temp.report('orphan_roles');
CALL pg_temp.mend('orphan_roles');
SELECT * FROM pg_temp.report('orphan_roles');
ROLLBACK;

--
-- role_name_deceptive
--
BEGIN;
CREATE ROLE U&"regress_r_\001b[31m" LOGIN;
CREATE ROLE "regress_r_ann " LOGIN;
CREATE ROLE " regress_r_ann";
CREATE ROLE U&"regress_r_bob\00a0";
-- a Cyrillic a, full width, all of it in another script
CREATE ROLE U&"regress_r_\0430dmin" LOGIN;
CREATE ROLE U&"\ff52egress_r_wide";
CREATE ROLE U&"\0440\043e\0441\0441\0430";
-- looks like a role that is mighty, once by its case
CREATE ROLE regress_r_root SUPERUSER;
CREATE ROLE "regress_r_Root" LOGIN;
CREATE ROLE "regress-r-r00t";
CREATE ROLE regress_r_bypass BYPASSRLS;
CREATE ROLE "Regress_r_bypass";
CREATE ROLE "PG_monitor" LOGIN;
CREATE ROLE "pg-read-server-files";
-- two mighty ones: the younger
CREATE ROLE "regress_r_ROOT" SUPERUSER;
-- silent: other scripts as such, in whole or in part, and twins of the weak
CREATE ROLE regress_r_ann LOGIN;
CREATE ROLE "Regress_R_Ann" LOGIN;
CREATE ROLE U&"\0441\0435\0440\0433\0435\0439" LOGIN;
CREATE ROLE U&"\0441\0435\0440\0433\0435\0439_app" LOGIN;
CREATE ROLE U&"regress_r_jos\00e9" LOGIN;
CREATE ROLE "regress r with spaces" LOGIN;
CREATE ROLE U&"\5f20\4f1f" LOGIN;
CREATE ROLE pgmonitor;
SELECT * FROM pg_temp.report('role_name_deceptive');
SELECT object, evidence FROM rds_guard.report('{role_name_deceptive}') WHERE object IN ('"regress-r-r00t"', '" regress_r_ann"');
-- renamed, it is gone
ALTER ROLE "PG_monitor" RENAME TO regress_r_watch;
ALTER ROLE "regress_r_ann " RENAME TO regress_r_ann_2;
SELECT count(*) FROM pg_temp.report('role_name_deceptive') AS r WHERE r.object ~ 'monitor|"regress_r_ann "';
ROLLBACK;

--
-- set_user_missing_or_weak: the library itself is in a test of its own
--
BEGIN;
SELECT * FROM pg_temp.report('set_user_missing_or_weak');
CREATE ROLE regress_r_root SUPERUSER;
CREATE ROLE regress_r_gate NOINHERIT;
CREATE ROLE regress_r_ann LOGIN NOINHERIT;
CREATE ROLE regress_r_bob LOGIN;
GRANT regress_r_root TO regress_r_gate;
-- nobody more gets there
SELECT * FROM pg_temp.report('set_user_missing_or_weak');
GRANT regress_r_gate TO regress_r_ann;
SELECT status, object, detail FROM rds_guard.report('{set_user_missing_or_weak}');
-- a session can make up any setting
SET set_user.superuser_allowlist = 'postgres';
SET set_user.block_alter_system = on;
SET set_user.exit_on_error = off;
SELECT status, object, detail FROM rds_guard.report('{set_user_missing_or_weak}');
REVOKE regress_r_gate FROM regress_r_ann;
SELECT * FROM pg_temp.report('set_user_missing_or_weak');
ROLLBACK;

--
-- admin_option_grants
--
BEGIN;
CREATE ROLE regress_r_app;
CREATE ROLE regress_r_leads;
CREATE ROLE regress_r_ann LOGIN;
CREATE ROLE regress_r_eve LOGIN;
CREATE ROLE regress_r_root SUPERUSER LOGIN;
GRANT regress_r_app TO regress_r_ann WITH ADMIN OPTION;
-- a group holds it: the group is what has to be changed, not its members
GRANT regress_r_app TO regress_r_leads WITH ADMIN OPTION;
GRANT regress_r_leads TO regress_r_eve;
-- CREATEROLE is no excuse for what others granted
CREATE ROLE regress_r_hirer LOGIN CREATEROLE;
GRANT regress_r_app TO regress_r_hirer WITH ADMIN OPTION;
-- silent: plain members and superusers
GRANT regress_r_app TO regress_r_eve;
GRANT regress_r_app TO regress_r_root WITH ADMIN OPTION;
SELECT * FROM pg_temp.report('admin_option_grants');
CALL pg_temp.mend('admin_option_grants');
SELECT * FROM pg_temp.report('admin_option_grants');
-- the membership itself is left
SELECT pg_has_role('regress_r_ann', 'regress_r_app', 'MEMBER');

-- From 16 on the server itself gives ADMIN OPTION to whoever creates a role,
-- which is silent, with or without the second grant of createrole_self_grant.
CREATE ROLE regress_r_maker LOGIN CREATEROLE;
\if :options
SET createrole_self_grant = 'set, inherit';
\endif
SET ROLE regress_r_maker;
CREATE ROLE regress_r_made;
RESET ROLE;
SELECT count(*) = CASE WHEN :'options' THEN 2 ELSE 0 END AS made FROM pg_auth_members WHERE roleid = 'regress_r_made'::regrole;
SELECT * FROM pg_temp.report('admin_option_grants');
-- A grant that only looks the same is not: of a role that nobody of ours
-- made, to one that makes none, or that made it once.
\if :options
GRANT pg_monitor TO regress_r_maker WITH INHERIT FALSE, SET FALSE, ADMIN TRUE;
GRANT regress_r_app TO regress_r_eve WITH INHERIT FALSE, SET FALSE, ADMIN TRUE;
SELECT pg_temp.differences('admin_option_grants',
    'fail | regress_r_maker IN pg_monitor | regress_r_maker may grant pg_monitor to others | REVOKE ADMIN OPTION FOR pg_monitor FROM regress_r_maker;',
    'fail | regress_r_eve IN regress_r_app | regress_r_eve may grant regress_r_app to others | REVOKE ADMIN OPTION FOR regress_r_app FROM regress_r_eve;');
CALL pg_temp.mend('admin_option_grants');
ALTER ROLE regress_r_maker NOCREATEROLE;
SELECT pg_temp.differences('admin_option_grants',
    'fail | regress_r_maker IN regress_r_made | regress_r_maker may grant regress_r_made to others | REVOKE ADMIN OPTION FOR regress_r_made FROM regress_r_maker;');
-- Two grantors, one finding, and a fix that undoes both.
GRANT regress_r_app TO regress_r_ann, regress_r_leads WITH ADMIN OPTION;
SET ROLE regress_r_leads;
GRANT regress_r_app TO regress_r_ann WITH ADMIN OPTION;
RESET ROLE;
SELECT pg_temp.differences('admin_option_grants',
    'fail | regress_r_maker IN regress_r_made | regress_r_maker may grant regress_r_made to others | REVOKE ADMIN OPTION FOR regress_r_made FROM regress_r_maker;',
    'fail | regress_r_leads IN regress_r_app | regress_r_leads may grant regress_r_app to others | REVOKE ADMIN OPTION FOR regress_r_app FROM regress_r_leads;',
    'fail | regress_r_ann IN regress_r_app | regress_r_ann may grant regress_r_app to others | REVOKE ADMIN OPTION FOR regress_r_app FROM regress_r_ann; '
    || 'REVOKE ADMIN OPTION FOR regress_r_app FROM regress_r_ann GRANTED BY regress_r_leads;');
\endif
ROLLBACK;

-- Others were granted the role meanwhile. From 16 on that stands in the way of
-- the fix, as the remedy says.
BEGIN;
CREATE ROLE regress_r_app;
CREATE ROLE regress_r_ann LOGIN;
CREATE ROLE regress_r_eve LOGIN;
GRANT regress_r_app TO regress_r_ann WITH ADMIN OPTION;
SET ROLE regress_r_ann;
GRANT regress_r_app TO regress_r_eve;
RESET ROLE;
SELECT remedy FROM rds_guard.report('{admin_option_grants}');
SAVEPOINT proof;
\if :options
DO $$ BEGIN CALL pg_temp.mend('admin_option_grants'); ASSERT false; EXCEPTION WHEN dependent_objects_still_exist THEN END $$;
\endif
REVOKE ADMIN OPTION FOR regress_r_app FROM regress_r_ann CASCADE;
SELECT * FROM pg_temp.report('admin_option_grants');
ROLLBACK;

--
-- noinherit_hidden_privilege
--
BEGIN;
CREATE ROLE regress_r_root SUPERUSER;
CREATE ROLE regress_r_makers CREATEROLE;
CREATE ROLE regress_r_quiet NOINHERIT;
CREATE ROLE regress_r_staff;
CREATE ROLE regress_r_ann LOGIN NOINHERIT;
CREATE ROLE regress_r_bob LOGIN;
CREATE ROLE regress_r_cat LOGIN;
CREATE ROLE regress_r_eve LOGIN NOINHERIT;
GRANT regress_r_makers, pg_read_server_files TO regress_r_ann;
-- bob inherits, the group in between does not
GRANT regress_r_root TO regress_r_quiet;
GRANT regress_r_quiet TO regress_r_bob;
-- silent: what shows, as it is inherited; a hidden role without power
GRANT pg_signal_backend TO regress_r_cat;
GRANT regress_r_staff, pg_read_all_settings TO regress_r_eve;
SELECT * FROM pg_temp.report('noinherit_hidden_privilege');
CALL pg_temp.mend('noinherit_hidden_privilege');
SELECT * FROM pg_temp.report('noinherit_hidden_privilege');
-- 16 and later: the grant decides, not the attribute, and ADMIN alone hides as well
\if :options
GRANT pg_signal_backend TO regress_r_cat WITH INHERIT FALSE;
GRANT pg_signal_backend TO regress_r_eve WITH INHERIT TRUE;
GRANT regress_r_makers TO regress_r_bob WITH INHERIT FALSE, SET FALSE, ADMIN TRUE;
SELECT pg_temp.differences('noinherit_hidden_privilege',
    'fail | regress_r_bob | regress_r_bob does not inherit regress_r_makers, yet gets to it: regress_r_bob -> regress_r_makers | REVOKE regress_r_makers FROM regress_r_bob;',
    'fail | regress_r_cat | regress_r_cat does not inherit pg_signal_backend, yet gets to it: regress_r_cat -> pg_signal_backend | REVOKE pg_signal_backend FROM regress_r_cat;');
\else
GRANT pg_signal_backend TO regress_r_eve;
SELECT pg_temp.differences('noinherit_hidden_privilege',
    'fail | regress_r_eve | regress_r_eve does not inherit pg_signal_backend, yet gets to it: regress_r_eve -> pg_signal_backend | REVOKE pg_signal_backend FROM regress_r_eve;');
\endif
ROLLBACK;

--
-- rds_superuser_members: a role of that name makes no RDS
--
BEGIN;
CREATE ROLE rds_superuser;
CREATE ROLE rds_password;
CREATE ROLE rdsadmin LOGIN;
CREATE ROLE regress_r_master LOGIN CREATEROLE;
CREATE ROLE regress_r_dba;
CREATE ROLE regress_r_ann LOGIN;
CREATE ROLE regress_r_eve LOGIN CREATEROLE;
GRANT rds_superuser TO regress_r_master, regress_r_ann;
SELECT * FROM pg_temp.report('rds_superuser_members');
-- nor has it the right to CREATEROLE that a master user has
SELECT * FROM pg_temp.report('createrole_roles');

-- What makes one is the name of the first superuser. There one login role has
-- rds_superuser by design: which, nobody can tell.
DROP ROLE rdsadmin;
REVOKE rds_superuser FROM regress_r_ann;
CREATE ROLE regress_r_root SUPERUSER;
SET SESSION AUTHORIZATION regress_r_root;
ALTER ROLE :"boot" RENAME TO rdsadmin;
RESET SESSION AUTHORIZATION;
SELECT * FROM pg_temp.report('rds_superuser_members');
SELECT * FROM pg_temp.report('superuser_count');
SELECT * FROM pg_temp.report('createrole_roles');
-- a second one, through a group that does not inherit
ALTER ROLE regress_r_dba NOINHERIT;
GRANT rds_superuser TO regress_r_dba;
GRANT regress_r_dba TO regress_r_ann;
GRANT rds_password TO regress_r_eve;
SELECT * FROM pg_temp.report('rds_superuser_members');
REVOKE rds_superuser FROM regress_r_dba;
SELECT * FROM pg_temp.report('rds_superuser_members');
REVOKE rds_password FROM regress_r_eve;
SELECT * FROM pg_temp.report('rds_superuser_members');
ROLLBACK;

--
-- Who asks does not matter: roles and memberships are for everybody to see. A
-- member of pg_monitor gets the report that a superuser gets, word for word.
--
BEGIN;
CREATE ROLE regress_r_watch LOGIN;
GRANT pg_monitor TO regress_r_watch;
CREATE ROLE regress_r_root SUPERUSER;
CREATE ROLE regress_r_able CREATEROLE CREATEDB REPLICATION BYPASSRLS;
CREATE SCHEMA regress_r AUTHORIZATION regress_r_able;
CREATE ROLE regress_r_ann LOGIN NOINHERIT;
CREATE ROLE U&"regress_r_""\001b[31m; --" LOGIN;
GRANT regress_r_root, regress_r_able, pg_execute_server_program TO regress_r_ann, U&"regress_r_""\001b[31m; --" WITH ADMIN OPTION;
SELECT md5(string_agg(f::text, ';')) AS as_superuser FROM rds_guard.report('{roles}') AS f \gset
SET ROLE regress_r_watch;
SELECT md5(string_agg(f::text, ';')) = :'as_superuser' AS same FROM rds_guard.report('{roles}') AS f;
SELECT DISTINCT check_id FROM rds_guard.report('{roles}') WHERE status = 'fail' AND check_id <> 'createrole_escalation_pre16' ORDER BY check_id;
-- names are shown so that they can be told apart and nothing happens
SELECT check_id, object, detail FROM rds_guard.report('{roles}')
WHERE object LIKE '%U&%' AND check_id <> 'createrole_escalation_pre16' ORDER BY check_id COLLATE "C", object COLLATE "C";
RESET ROLE;

-- Where memberships were closed to the public there is no verdict, least of
-- all a pass; attributes are still to be seen. (From 16 on there is no
-- question whether CREATEROLE escalates.)
REVOKE SELECT ON pg_catalog.pg_auth_members FROM PUBLIC;
SET ROLE regress_r_watch;
SELECT check_id, min(status), min(detail) FILTER (WHERE status = 'unknown'), min(fix) FILTER (WHERE status = 'unknown')
FROM rds_guard.report('{roles}')
WHERE check_id NOT IN ('createrole_escalation_pre16', 'predefined_role_data_access')
GROUP BY check_id ORDER BY check_id;
RESET ROLE;
ROLLBACK;
