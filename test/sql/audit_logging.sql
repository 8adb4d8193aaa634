-- The checks of category audit_logging, without pgaudit: the real one is
-- tested with servers of their own.
\set SHOW_CONTEXT never
SET client_min_messages = error;

-- How values read.
SELECT v.value, rds_guard.pgaudit_classes(v.value)
FROM unnest(ARRAY[NULL, '', 'none', 'all', 'ALL', 'role, ddl', 'Role,"DDL"', ' read ,write', 'all, -role', 'ALL,-Role', '-role, all', 'none, ddl', 'ddl, none', 'all,-all',
                  'all, -none', 'misc', 'misc, -misc_set', 'all,-misc', 'ddl,ddl', 'read write', 'ddl,', '--ddl', '""', '"read" , "-READ"', 'roles', 'nonsense, ddl', 'all,-nonsense', ',', 'read,write,function,role,ddl,misc,misc_set']) AS v (value);
SELECT v.value, rds_guard.log_connections_aspects(v.value)
FROM unnest(ARRAY[NULL, '', 'off', 'on', 'ON', 'true', 'yes', '1', 'no', '0', 'false', 'none', 'all', 'receipt', 'authentication', 'Authentication , "AUTHORIZATION"',
                  'setup_durations', 'receipt,authentication,authorization,setup_durations', 'authentication,authentication', 'authenticate']) AS v (value);
SELECT v.value, rds_guard.log_threshold(v.value)
FROM unnest(ARRAY[NULL, 'warning', 'FATAL', 'Panic', 'debug', 'warning, backend:fatal', 'warning,backend : FATAL', 'backend:warning,fatal', 'fatal, backend:warning', 'BACKEND:panic, error',
                  'checkpointer:panic, warning', 'warning, checkpointer:panic', 'walsender:fatal,autovacuum:fatal,notice', 'bgworker:fatal,info,startup:panic']) AS v (value);
-- A prefix as the server fills it in: what stands before %q in all processes.
SELECT v.n, v.value, string_agg(e.escape || CASE WHEN e.in_all_processes THEN '' ELSE '*' END, ' ' ORDER BY e.escape COLLATE "C") AS escapes
FROM (VALUES (1, '%m [%p] '), (2, '%m [%p] %q%u@%d '), (3, '%q%m%q%p'), (4, '%%u %%%d'), (5, '%-20u|%5d|%07p'), (6, '%u%u %q%u'), (7, ''), (8, '%'), (9, '%-'), (10, '%5'), (11, 'm p u'),
             (12, '%z%U%M%y'), (13, '%a%b%c%d%e%h%i%l%m%n%p%r%s%t%u%v%x'), (14, '% u'), (15, '%--u'), (16, E'%m\t%u\n'), (17, NULL)) AS v (n, value)
LEFT JOIN LATERAL rds_guard.log_line_prefix_escapes(v.value) AS e ON true
GROUP BY v.n, v.value ORDER BY v.n;
-- what newer versions know: P and Q from 14, L from 18 on
SELECT (SELECT array_agg(e.escape ORDER BY e.escape) FROM rds_guard.log_line_prefix_escapes('%P%Q%L') AS e)
       IS NOT DISTINCT FROM CASE WHEN current_setting('server_version_num')::integer >= 180000 THEN '{L,P,Q}'
                                 WHEN current_setting('server_version_num')::integer >= 140000 THEN '{P,Q}' END::text[] AS newer_escapes;
-- which levels get past which threshold
SELECT l.level, string_agg(t.threshold, ' ' ORDER BY t.n) FILTER (WHERE rds_guard.is_logged(l.level, t.threshold)) AS gets_past
FROM unnest('{debug,debug1,info,notice,warning,log}'::text[]) WITH ORDINALITY AS l (level, n)
CROSS JOIN unnest('{debug5,debug2,debug,debug1,info,notice,warning,error,log,fatal,panic}'::text[]) WITH ORDINALITY AS t (threshold, n)
GROUP BY l.n, l.level ORDER BY l.n;
-- what was stored while nobody looked at it
SELECT v.setting, v.value, rds_guard.is_accepted(v.setting, v.value) AS accepted
FROM (VALUES ('pgaudit.log', 'all, -read'), ('pgaudit.log', 'everything'), ('pgaudit.log', 'read write'), ('pgaudit.log_level', 'Debug'), ('pgaudit.log_level', 'error'),
             ('pgaudit.log_client', 'TRU'), ('pgaudit.log_client', 'o'), ('pgaudit.log_rows', 'perhaps'), ('pgaudit.log_parameter_max_size', '64'),
             ('pgaudit.log_parameter_max_size', 'much'), ('pgaudit.role', 'any name'), ('log_statement', 'as the server took it')) AS v (setting, value);
-- the more is recorded, the greater
SELECT s.name, array_agg(s.value ORDER BY rds_guard.logging_strength(s.name, s.value), s.place) AS weakest_first,
       array_agg(rds_guard.logging_strength(s.name, s.value) ORDER BY rds_guard.logging_strength(s.name, s.value), s.place) AS strength
FROM (VALUES (1, 'log_statement', 'all'), (2, 'log_statement', 'MOD'), (3, 'log_statement', 'none'), (4, 'log_statement', 'ddl'),
             (1, 'log_min_messages', 'debug5'), (2, 'log_min_messages', 'DEBUG'), (3, 'log_min_messages', 'debug2'), (4, 'log_min_messages', 'panic'), (5, 'log_min_messages', 'log'),
             (6, 'log_min_messages', 'debug1, backend:error'),
             (1, 'log_min_error_statement', 'error'), (2, 'log_min_error_statement', 'panic'),
             (1, 'log_min_duration_statement', '0'), (2, 'log_min_duration_statement', '-1'), (3, 'log_min_duration_statement', '-1ms'), (4, 'log_min_duration_statement', '1s'),
             (5, 'log_min_duration_statement', '999'), (6, 'log_min_duration_statement', '1min'), (7, 'log_min_duration_statement', '20d'),
             (1, 'log_error_verbosity', 'Default'), (2, 'log_error_verbosity', 'terse'), (3, 'log_error_verbosity', 'verbose'),
             (1, 'track_activities', 'Yes'), (2, 'track_activities', 'off'), (3, 'track_activities', '1'), (4, 'track_activities', 'f'),
             (1, 'session_replication_role', 'origin'), (2, 'session_replication_role', 'Replica'), (3, 'session_replication_role', 'local'),
             (1, 'pgaudit.role', 'auditor'), (2, 'pgaudit.role', ''),
             (1, 'pgaudit.log_catalog', 'on'), (2, 'pgaudit.log_catalog', 'off'),
             (1, 'work_mem', '1'), (2, 'pgaudit.log', 'none')) AS s (place, name, value)
GROUP BY s.name ORDER BY s.name COLLATE "C";
SELECT count(*) AS preloaded FROM rds_guard.preloaded_libraries();
-- A list of libraries as the server reads it: quotes around a name, anything
-- else is part of it; after one error it loads none.
SELECT s.value, rds_guard.library_names(s.value) AS names
FROM (VALUES (1, 'pgaudit'), (2, ' pgaudit , passwordcheck '), (3, '"pgaudit","with,comma"'), (4, '"$libdir/pgaudit.so" , /usr/lib/auth_delay.so, folder/'),
             (5, 'pgaudit, "$libdir/pgaudit"'), (6, 'Pgaudit'), (7, '"two ""quotes"""'), (8, 'in"side"'), (9, '" space "'), (10, 'two words'), (11, $$'single'$$),
             (12, 'more.so.so, x.son'), (13, E'pgaudit\t,\n\fpasswordcheck\r'), (14, ''), (15, ' '), (16, '""'), (17, NULL),
             (18, 'pgaudit,'), (19, ',pgaudit'), (20, 'pgaudit,,passwordcheck'), (21, '"pgaudit", '), (22, '"pgaudit'), (23, '"pgaudit"x'), (24, '"pgaudit" "passwordcheck"'), (25, ',')) AS s (n, value)
ORDER BY s.n;

CREATE SCHEMA regress_audit;
GRANT USAGE ON SCHEMA regress_audit TO PUBLIC;
CREATE FUNCTION regress_audit.verdict(of_check text)
    RETURNS TABLE (status rds_guard.status, object text, detail text, fix text) LANGUAGE sql AS $$
    -- the numbers depend on the roles and databases of the server
    SELECT f.status, replace(f.object, here.name, 'here'), replace(regexp_replace(f.detail, '\d+ pair', 'N pair'), here.name, 'here'), replace(f.fix, here.name, 'here')
    FROM rds_guard.report(ARRAY[of_check]) AS f
    CROSS JOIN rds_guard.ident(current_database()) AS here (name)
$$;
-- Executes what the rows say about roles and databases.
CREATE FUNCTION regress_audit.mend(of_check text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    fix text;
BEGIN
    FOR fix IN SELECT f.fix FROM rds_guard.report(ARRAY[of_check]) AS f WHERE f.fix ~ '^ALTER (ROLE|DATABASE)' LOOP
        EXECUTE fix;
    END LOOP;
END
$$;
CREATE ROLE regress_plain LOGIN;
CREATE ROLE "regress ""odd""" LOGIN;
CREATE ROLE regress_no_login;
GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO regress_plain;

-- As initdb leaves it, for a superuser and for a role without any grant. All
-- of it is there for everybody to see.
SELECT f.check_id, f.severity, f.status, f.object, f.fix FROM rds_guard.report('{audit_logging}') AS f WHERE f.check_id !~ '^log_(connections|operational_gaps)';
SET ROLE regress_plain;
SELECT f.check_id, f.status, f.object, f.fix FROM rds_guard.report('{audit_logging}') AS f WHERE f.check_id !~ '^log_(connections|operational_gaps)';
RESET ROLE;

-- log_suppressed_by_level: the server.
ALTER SYSTEM SET log_min_messages = 'fatal';
SELECT pg_reload_conf();
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;
SELECT * FROM regress_audit.verdict('log_suppressed_by_level');
SET ROLE regress_plain;
SELECT status, object FROM regress_audit.verdict('log_suppressed_by_level');
RESET ROLE;
-- the session's own value hides it from nobody who can read the files
SET log_min_messages = 'debug1';
SELECT status, object FROM regress_audit.verdict('log_suppressed_by_level');
SELECT fix FROM regress_audit.verdict('log_suppressed_by_level') \gset
:fix
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;
SELECT * FROM regress_audit.verdict('log_suppressed_by_level');
SET log_min_messages = 'panic';
SELECT * FROM regress_audit.verdict('log_suppressed_by_level');
RESET log_min_messages;
ALTER SYSTEM RESET log_min_messages;
SELECT pg_reload_conf();
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;
-- Overrides of each scope. Harmless: error, a role that cannot log in, what a
-- more specific override outweighs.
ALTER ROLE regress_plain SET log_min_messages = 'Panic';
ALTER ROLE "regress ""odd""" IN DATABASE :"DBNAME" SET log_min_messages = 'fatal';
ALTER ROLE "regress ""odd""" SET log_min_messages = 'error';
ALTER ROLE regress_no_login SET log_min_messages = 'panic';
SELECT * FROM regress_audit.verdict('log_suppressed_by_level');
ALTER ROLE regress_plain IN DATABASE :"DBNAME" SET log_min_messages = 'warning';
ALTER ROLE "regress ""odd""" IN DATABASE :"DBNAME" SET log_min_messages = 'log';
SELECT * FROM regress_audit.verdict('log_suppressed_by_level');
ALTER ROLE regress_plain NOLOGIN;
SELECT * FROM regress_audit.verdict('log_suppressed_by_level');
ALTER ROLE regress_plain LOGIN;
ALTER DATABASE :"DBNAME" SET log_min_messages = 'fatal';
ALTER ROLE ALL SET log_min_messages = 'fatal';
SELECT * FROM regress_audit.verdict('log_suppressed_by_level');
-- A new session of this superuser has the database's value; the server's is
-- still known. A plain role's question stays open.
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;
SELECT current_setting('log_min_messages') AS session, rds_guard.server_setting('log_min_messages') AS server;
SELECT status, object FROM regress_audit.verdict('log_suppressed_by_level');
SET ROLE regress_plain;
SELECT status, detail, fix FROM regress_audit.verdict('log_suppressed_by_level');
RESET ROLE;
SELECT regress_audit.mend('log_suppressed_by_level');
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;
SELECT * FROM regress_audit.verdict('log_suppressed_by_level');
ALTER ROLE regress_plain RESET ALL;
ALTER ROLE regress_plain IN DATABASE :"DBNAME" RESET ALL;
ALTER ROLE "regress ""odd""" RESET ALL;
ALTER ROLE "regress ""odd""" IN DATABASE :"DBNAME" RESET ALL;
ALTER ROLE regress_no_login RESET ALL;
-- From 19 on a list with an entry for each kind of process: only that of
-- backends, else the default counts. Before, such a value is refused, and what
-- is shown is only a copy of the right answer.
CREATE TABLE regress_audit.seen (n integer, status text, object text, detail text, fix text);
SELECT current_setting('server_version_num')::integer >= 190000 AS has_list \gset
\if :has_list
ALTER ROLE regress_plain SET log_min_messages = 'warning, backend:fatal';
INSERT INTO regress_audit.seen SELECT 1, v.* FROM regress_audit.verdict('log_suppressed_by_level') AS v;
ALTER ROLE regress_plain SET log_min_messages = 'fatal, backend:warning';
INSERT INTO regress_audit.seen SELECT 2, v.* FROM regress_audit.verdict('log_suppressed_by_level') AS v;
ALTER ROLE regress_plain SET log_min_messages = 'warning, checkpointer:panic';
INSERT INTO regress_audit.seen SELECT 3, v.* FROM regress_audit.verdict('log_suppressed_by_level') AS v;
ALTER ROLE regress_plain RESET ALL;
\else
INSERT INTO regress_audit.seen VALUES
    (1, 'fail', 'ROLE regress_plain', 'log_min_messages is warning, backend:fatal for ROLE regress_plain, in force for N pair(s) of login role and database',
     'ALTER ROLE regress_plain RESET log_min_messages;'), (2, 'pass', NULL, NULL, NULL), (3, 'pass', NULL, NULL, NULL);
\endif
SELECT * FROM regress_audit.seen ORDER BY n;
TRUNCATE regress_audit.seen;

-- logging_guc_overridden: less than the server records, by whatever setting.
ALTER SYSTEM SET log_statement = 'DDL';
ALTER SYSTEM SET log_min_duration_statement = '1min';
SELECT pg_reload_conf();
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;
SELECT * FROM regress_audit.verdict('logging_guc_overridden');
ALTER ROLE regress_plain SET log_statement = 'NONE';
ALTER ROLE regress_plain SET log_min_duration_statement = '-1ms';
ALTER ROLE regress_plain SET log_min_error_statement = 'panic';
ALTER ROLE regress_plain SET session_replication_role = 'Replica';
ALTER DATABASE :"DBNAME" SET track_activities = 'f';
-- more than the server, the same in other words, or nothing to do with it
ALTER ROLE "regress ""odd""" SET log_statement = 'ddl';
ALTER ROLE "regress ""odd""" SET log_min_duration_statement = 0;
ALTER ROLE "regress ""odd""" SET session_replication_role = 'local';
ALTER ROLE "regress ""odd""" SET track_activities = 'TRUE';
ALTER ROLE "regress ""odd""" SET work_mem = '64kB';
ALTER ROLE regress_no_login SET log_statement = 'none';
-- no library gives these a meaning
ALTER ROLE "regress ""odd""" SET pgaudit.log_catalog = 'off';
ALTER ROLE "regress ""odd""" SET pgaudit.role = '';
SELECT * FROM regress_audit.verdict('logging_guc_overridden');
SET ROLE regress_plain;
SELECT count(*), min(status) AS status FROM regress_audit.verdict('logging_guc_overridden');
RESET ROLE;
-- what a session sets for itself weakens no comparison
SET log_statement = 'none';
SELECT object FROM regress_audit.verdict('logging_guc_overridden') WHERE object ~ 'log_statement';
RESET log_statement;
SELECT regress_audit.mend('logging_guc_overridden');
SELECT * FROM regress_audit.verdict('logging_guc_overridden');
ALTER ROLE "regress ""odd""" RESET ALL;
ALTER ROLE regress_no_login RESET ALL;
ALTER SYSTEM RESET log_min_duration_statement;

-- log_statement_off.
SELECT * FROM regress_audit.verdict('log_statement_off');
ALTER SYSTEM SET log_statement = 'None';
SELECT pg_reload_conf();
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;
SELECT * FROM regress_audit.verdict('log_statement_off');
-- neither the session's own value nor a pgaudit.log that it made up records anything
SET log_statement = 'all';
SET pgaudit.log = 'all';
SELECT status, object FROM regress_audit.verdict('log_statement_off');
RESET log_statement;
SET ROLE regress_plain;
SELECT status, object FROM regress_audit.verdict('log_statement_off');
RESET ROLE;
SELECT fix FROM regress_audit.verdict('log_statement_off') \gset
:fix
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;
SELECT * FROM regress_audit.verdict('log_statement_off');
ALTER SYSTEM RESET log_statement;

-- log_disconnections_off.
ALTER SYSTEM SET log_disconnections = 'no';
SELECT pg_reload_conf();
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;
SELECT * FROM regress_audit.verdict('log_disconnections_off');
-- a superuser can ask for it in the startup packet, which proves nothing
\set connection 'dbname=' :DBNAME ' options=''-c log_disconnections=on'''
\c :connection
\set SHOW_CONTEXT never
SET client_min_messages = error;
SHOW log_disconnections;
SELECT status, object FROM regress_audit.verdict('log_disconnections_off');
SET ROLE regress_plain;
SELECT status, detail FROM regress_audit.verdict('log_disconnections_off');
RESET ROLE;
SELECT fix FROM regress_audit.verdict('log_disconnections_off') \gset
\set connection 'dbname=' :DBNAME ' options='''''
\c :connection
\set SHOW_CONTEXT never
SET client_min_messages = error;
:fix
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;
SELECT * FROM regress_audit.verdict('log_disconnections_off');
-- the other way round; and the file may say it in other words
ALTER SYSTEM SET log_disconnections = 'TRUE';
SELECT pg_reload_conf();
\set connection 'dbname=' :DBNAME ' options=''-c log_disconnections=off'''
\c :connection
\set SHOW_CONTEXT never
SET client_min_messages = error;
SHOW log_disconnections;
SELECT * FROM regress_audit.verdict('log_disconnections_off');
\set connection 'dbname=' :DBNAME ' options='''''
\c :connection
\set SHOW_CONTEXT never
SET client_min_messages = error;
ALTER SYSTEM RESET log_disconnections;

-- log_connections_off: a switch up to 17; from 18 on a list, empty by default.
-- 18 still takes the words of the switch.
ALTER SYSTEM SET log_connections = 'off';
SELECT pg_reload_conf();
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;
SELECT * FROM regress_audit.verdict('log_connections_off');
\set connection 'dbname=' :DBNAME ' options=''-c log_connections=on'''
\c :connection
\set SHOW_CONTEXT never
SET client_min_messages = error;
SELECT status, object FROM regress_audit.verdict('log_connections_off');
SELECT fix FROM regress_audit.verdict('log_connections_off') \gset
\set connection 'dbname=' :DBNAME ' options='''''
\c :connection
\set SHOW_CONTEXT never
SET client_min_messages = error;
:fix
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;
SELECT * FROM regress_audit.verdict('log_connections_off');
SET ROLE regress_plain;
SELECT * FROM regress_audit.verdict('log_connections_off');
RESET ROLE;
-- log_connections_partial: only a list can be partial. What is shown up to 17
-- for 18 and later is a copy of the right answer.
SELECT current_setting('server_version_num')::integer >= 180000 AS has_list \gset
\if :has_list
SELECT status = 'pass' AS right FROM regress_audit.verdict('log_connections_partial') \gset
ALTER SYSTEM RESET log_connections;
SELECT pg_reload_conf() AS ok \gset
\c -
\set SHOW_CONTEXT never
INSERT INTO regress_audit.seen SELECT 1, v.status, v.object, v.detail, v.fix FROM regress_audit.verdict('log_connections_off') AS v;
INSERT INTO regress_audit.seen SELECT 2, v.status, v.object, v.detail, v.fix FROM regress_audit.verdict('log_connections_partial') AS v;
ALTER SYSTEM SET log_connections = 'receipt,setup_durations';
SELECT pg_reload_conf() AS ok \gset
\c -
\set SHOW_CONTEXT never
INSERT INTO regress_audit.seen SELECT 3, v.status, v.object, v.detail, v.fix FROM regress_audit.verdict('log_connections_off') AS v;
INSERT INTO regress_audit.seen SELECT 4, v.status, v.object, v.detail, v.fix FROM regress_audit.verdict('log_connections_partial') AS v;
ALTER SYSTEM SET log_connections = 'Authentication';
SELECT pg_reload_conf() AS ok \gset
\c -
\set SHOW_CONTEXT never
INSERT INTO regress_audit.seen SELECT 5, v.status, v.object, v.detail, v.fix FROM regress_audit.verdict('log_connections_off') AS v;
INSERT INTO regress_audit.seen SELECT 6, v.status, v.object, v.detail, v.fix FROM regress_audit.verdict('log_connections_partial') AS v;
SELECT fix FROM regress_audit.verdict('log_connections_partial') \gset
SELECT split_part(:'fix', ';', 1) AS fix \gset
:fix;
SELECT pg_reload_conf() AS ok \gset
\c -
\set SHOW_CONTEXT never
INSERT INTO regress_audit.seen SELECT 7, v.status, v.object, v.detail, v.fix FROM regress_audit.verdict('log_connections_off') AS v;
INSERT INTO regress_audit.seen SELECT 8, v.status, v.object, v.detail, v.fix FROM regress_audit.verdict('log_connections_partial') AS v;
\else
SELECT status = 'not_applicable' AS right FROM regress_audit.verdict('log_connections_partial') \gset
INSERT INTO regress_audit.seen VALUES
    (1, 'fail', 'log_connections', 'log_connections is '''', which records neither authentication nor authorization', 'ALTER SYSTEM SET log_connections = ''on''; SELECT pg_reload_conf();'),
    (2, 'pass', NULL, NULL, NULL),
    (3, 'fail', 'log_connections', 'log_connections is ''receipt,setup_durations'', which records neither authentication nor authorization',
     'ALTER SYSTEM SET log_connections = ''on''; SELECT pg_reload_conf();'),
    (4, 'fail', 'log_connections', 'log_connections is ''receipt,setup_durations'', which lacks authentication and authorization',
     'ALTER SYSTEM SET log_connections = ''authentication,authorization,receipt,setup_durations''; SELECT pg_reload_conf();'),
    (5, 'pass', NULL, NULL, NULL),
    (6, 'fail', 'log_connections', 'log_connections is ''Authentication'', which lacks authorization',
     'ALTER SYSTEM SET log_connections = ''authentication,authorization''; SELECT pg_reload_conf();'),
    (7, 'pass', NULL, NULL, NULL), (8, 'pass', NULL, NULL, NULL);
\endif
\echo :right
SELECT * FROM regress_audit.seen ORDER BY n;
ALTER SYSTEM RESET log_connections;
SELECT pg_reload_conf();

-- pgaudit is not loaded, whatever a session, a role or a database says.
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;
SET pgaudit.log = 'all';
ALTER ROLE ALL SET pgaudit.log = 'all';
ALTER ROLE regress_plain SET pgaudit.log = 'none';
CREATE ROLE pgaudit;
CREATE SCHEMA pgaudit;
SELECT f.check_id, f.severity, f.status, f.object, f.detail, f.fix FROM rds_guard.report('{pgaudit_not_loaded,pgaudit_log_insufficient,pgaudit_effective_override,pgaudit_extension_missing}') AS f;
-- a plain role sees as much, only not the list of libraries that the fix has to keep
SET ROLE regress_plain;
SELECT f.check_id, f.status, f.object, f.fix FROM rds_guard.report('{pgaudit_not_loaded,pgaudit_log_insufficient,pgaudit_effective_override,pgaudit_extension_missing}') AS f;
\set VERBOSITY sqlstate
SELECT * FROM rds_guard.preloaded_libraries();
\set VERBOSITY default
RESET ROLE;
SELECT rds_guard.pgaudit_in_force();
ALTER ROLE ALL RESET pgaudit.log;
ALTER ROLE regress_plain RESET ALL;
DROP ROLE pgaudit;
DROP SCHEMA pgaudit;

DROP SCHEMA regress_audit CASCADE;
DROP OWNED BY regress_plain;
DROP ROLE regress_plain, "regress ""odd""", regress_no_login;
SELECT o.name, o.value FROM rds_guard.setting_overrides() AS o WHERE o.name ~ '^(log_|pgaudit|track_act|session_rep)';
SELECT f.name, f.setting FROM pg_file_settings AS f WHERE f.sourcefile ~ 'auto.conf$';
