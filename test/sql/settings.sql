-- Settings as they are in force, and who overrides them.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA regress_settings;
GRANT USAGE ON SCHEMA regress_settings TO PUBLIC;
CREATE FUNCTION regress_settings.attempt(statement text, OUT code text, OUT result text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement INTO result;
    code := '00000';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, result = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
END
$$;
CREATE ROLE regress_plain LOGIN;
CREATE ROLE "regress ""odd""" LOGIN;
CREATE ROLE regress_group;
CREATE ROLE regress_member LOGIN IN ROLE regress_group;

-- setting(): what SHOW prints, whatever the case.
SELECT rds_guard.setting('log_statement'), rds_guard.setting('LOG_Statement') AS other_case, rds_guard.setting('work_mem') = current_setting('work_mem') AS unit,
       rds_guard.setting('shared_preload_libraries') = '' AS empty, rds_guard.setting(NULL) IS NULL AS nothing;
-- only search_path has a value of its own inside a function of ours
SELECT name FROM pg_settings WHERE rds_guard.setting(name) IS DISTINCT FROM current_setting(name);
-- There is no such setting. A placeholder that the session made up is none,
-- nor one that ALTER ROLE made up, nor what a function's SET made up.
SET rds.force_ssl = 1;
SET "RDS.Force_SSL" = 1;
SET "pgaudit.log" = 'all';
CREATE FUNCTION regress_settings.made_up() RETURNS text LANGUAGE sql SET rds.extensions = 'aurora_stat_utils' AS $$ SELECT (regress_settings.attempt($s$SELECT rds_guard.setting('rds.extensions')$s$)).code $$;
SELECT current_setting('rds.force_ssl') AS believed, current_setting('pgaudit.log') AS this, regress_settings.made_up();
SELECT n.name, a.code, a.result, rds_guard.has_setting(n.name)
FROM unnest('{rds.force_ssl,RDS.FORCE_SSL,pgaudit.log,PgAudit.Log,no_such_setting,no.such.setting,"",.,rds.,"log_statement ","log_statement; DROP"}'::text[]) AS n (name)
CROSS JOIN LATERAL regress_settings.attempt(format('SELECT rds_guard.setting(%L)', n.name)) AS a;
SELECT n.name, a.code, a.result
FROM unnest('{rds.force_ssl,pgaudit.log,no_such_setting}'::text[]) AS n (name)
CROSS JOIN LATERAL regress_settings.attempt(format('SELECT rds_guard.server_setting(%L)', n.name)) AS a;
RESET rds.force_ssl;
RESET "pgaudit.log";
-- a name with a dot that a loaded library has defined is real
LOAD 'plpgsql';
SELECT rds_guard.has_setting('plpgsql.check_asserts'), rds_guard.has_setting('PLpgSQL.Check_Asserts') AS other_case, rds_guard.setting('plpgsql.check_asserts');

-- Hidden from a plain role: the GRANT is the hint, and does.
SET ROLE "regress ""odd""";
SELECT n.name, a.code, a.result, a.hint, rds_guard.has_setting(n.name)
FROM unnest('{log_statement,shared_preload_libraries,ssl_min_protocol_version,Config_File}'::text[]) AS n (name)
CROSS JOIN LATERAL regress_settings.attempt(format('SELECT rds_guard.setting(%L)', n.name)) AS a;
SELECT a.code, a.hint FROM regress_settings.attempt($$SELECT rds_guard.server_setting('shared_preload_libraries')$$) AS a;
SELECT a.hint AS "grant" FROM regress_settings.attempt($$SELECT rds_guard.setting('shared_preload_libraries')$$) AS a \gset
RESET ROLE;
:grant
SET ROLE "regress ""odd""";
SELECT a.code, a.result FROM regress_settings.attempt($$SELECT rds_guard.setting('shared_preload_libraries')$$) AS a;
RESET ROLE;
REVOKE pg_read_all_settings FROM "regress ""odd""";

-- server_setting(): the server's, not the session's.
SELECT rds_guard.server_setting('log_statement');
SET log_statement = 'mod';
SELECT rds_guard.setting('log_statement') AS session, rds_guard.server_setting('log_statement') AS server;
-- a role that cannot read the files gets no answer, also one that only sees settings
SET ROLE regress_plain;
SELECT a.* FROM regress_settings.attempt($$SELECT rds_guard.server_setting('log_statement')$$) AS a;
RESET ROLE;
GRANT pg_monitor TO regress_plain;
SET ROLE regress_plain;
SELECT a.code FROM regress_settings.attempt($$SELECT rds_guard.server_setting('log_statement')$$) AS a;
RESET ROLE;
REVOKE pg_monitor FROM regress_plain;
RESET log_statement;
-- SET LOCAL, and the same value as the server has, are the session's, too
BEGIN;
SET LOCAL log_statement = 'none';
SET LOCAL ROLE regress_plain;
SELECT a.code, a.result FROM regress_settings.attempt($$SELECT rds_guard.server_setting('log_statement')$$) AS a;
COMMIT;
SET ROLE regress_plain;
SELECT a.code, a.result FROM regress_settings.attempt($$SELECT rds_guard.server_setting('log_statement')$$) AS a;
RESET ROLE;
-- what no session can have of its own
SELECT name FROM pg_settings
WHERE context IN ('internal', 'postmaster', 'sighup') AND rds_guard.server_setting(name) IS DISTINCT FROM current_setting(name);

-- What our own functions set, and a SET of what the role may reset, hide nothing.
SET search_path = regress_settings;
SET ROLE regress_plain;
SET work_mem = '77MB';
SELECT rds_guard.server_setting('search_path') AS search_path, rds_guard.server_setting('standard_conforming_strings') AS strings,
       rds_guard.server_setting('work_mem') = '77MB' AS work_mem, current_setting('search_path') AS search_path_here, current_setting('work_mem') AS work_mem_here;
-- what must not be reset, even for a moment, or is no setting of a session
SELECT n.name, (SELECT count(*) FROM rds_guard.value_behind_session(n.name)) AS rows
FROM (VALUES ('role'), ('Session_Authorization'), ('transaction_isolation'), ('port'), ('log_statement'), ('no_such_setting')) AS n (name);
SELECT current_user;
RESET work_mem;
RESET ROLE;
RESET search_path;
-- While search_path is reset, names of others are in force: none is used.
CREATE SCHEMA regress_settings_evil;
CREATE FUNCTION regress_settings_evil.trap() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE FUNCTION regress_settings_evil.lower(text) RETURNS text LANGUAGE sql AS 'SELECT regress_settings_evil.trap()';
CREATE FUNCTION regress_settings_evil.current_setting(text) RETURNS text LANGUAGE sql AS 'SELECT regress_settings_evil.trap()';
CREATE FUNCTION regress_settings_evil.eq(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT regress_settings_evil.trap() IS NULL';
CREATE OPERATOR regress_settings_evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = regress_settings_evil.eq);
CREATE VIEW regress_settings_evil.pg_settings AS SELECT 'search_path'::text AS name, 'made up'::text AS setting, 'default'::text AS source;
ALTER DATABASE :"DBNAME" SET search_path = regress_settings_evil, pg_catalog;
\c -
\set SHOW_CONTEXT never
SELECT v.value, v.source FROM rds_guard.value_behind_session('search_path') AS v;
ALTER DATABASE :"DBNAME" RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA regress_settings_evil CASCADE;
\c -
\set SHOW_CONTEXT never

-- Overrides for the very role that asks: after the next login the session has
-- its own value, the server another.
ALTER ROLE CURRENT_USER SET log_statement = 'all';
ALTER ROLE regress_plain SET log_min_error_statement = 'panic';
ALTER DATABASE :"DBNAME" SET log_min_duration_statement = 5;
ALTER ROLE ALL SET log_duration = on;
ALTER ROLE CURRENT_USER IN DATABASE :"DBNAME" SET log_lock_waits = on;
\c -
\set SHOW_CONTEXT never
SELECT s.name, s.source, rds_guard.setting(s.name) AS session, rds_guard.server_setting(s.name) = s.boot_val AS servers
FROM pg_settings AS s WHERE s.name IN ('log_statement', 'log_min_duration_statement', 'log_duration', 'log_lock_waits') ORDER BY s.name;
-- The configuration file may spell a value in other ways than SHOW does.
ALTER SYSTEM SET log_statement = 'DDL';
ALTER SYSTEM SET log_duration = 'no';
ALTER SYSTEM SET log_lock_waits = 'TRUE';
SELECT pg_reload_conf();
\c -
\set SHOW_CONTEXT never
SELECT rds_guard.setting('log_statement') AS session, rds_guard.server_setting('log_statement') AS server,
       rds_guard.server_setting('log_duration') AS log_duration, rds_guard.server_setting('log_lock_waits') AS log_lock_waits;
-- a file that was changed and not read says nothing about the server
SELECT pg_sleep(1.1);
ALTER SYSTEM SET log_statement = 'mod';
SELECT a.code, a.result FROM regress_settings.attempt($$SELECT rds_guard.server_setting('log_statement')$$) AS a;
ALTER SYSTEM RESET log_statement;
ALTER SYSTEM RESET log_duration;
ALTER SYSTEM RESET log_lock_waits;
SELECT pg_reload_conf();
\c -
\set SHOW_CONTEXT never
SELECT rds_guard.server_setting('log_statement'), rds_guard.server_setting('log_duration');
ALTER ROLE CURRENT_USER RESET log_statement;
ALTER ROLE CURRENT_USER IN DATABASE :"DBNAME" RESET log_lock_waits;
ALTER DATABASE :"DBNAME" RESET log_min_duration_statement;
ALTER ROLE ALL RESET log_duration;
ALTER ROLE regress_plain RESET log_min_error_statement;

-- setting_overrides(): all four scopes. Names in lower case, values as given.
ALTER ROLE regress_plain SET Log_Statement = 'ALL';
ALTER ROLE "regress ""odd""" IN DATABASE :"DBNAME" SET log_statement = 'mod';
ALTER DATABASE :"DBNAME" SET log_statement = 'ddl';
ALTER ROLE ALL SET log_statement = 'none';
ALTER ROLE regress_group SET log_statement = 'mod';
ALTER ROLE regress_plain SET "Regress.Note" = 'a=b, "c"';
ALTER ROLE regress_plain SET search_path = '$user', "a,b";

SELECT CASE o.database WHEN current_database() THEN 'here' ELSE o.database END AS database, o.role, o.name, o.value, o.scope,
       replace(rds_guard.override_target(o.database, o.role), rds_guard.ident(current_database()), 'here') AS target
FROM rds_guard.setting_overrides() AS o WHERE o.name IN ('log_statement', 'regress.note', 'search_path')
ORDER BY o.scope COLLATE "C", o.role COLLATE "C", o.name COLLATE "C";
-- everybody sees them, as in the catalog
SET ROLE regress_plain;
SELECT count(*) FROM rds_guard.setting_overrides() AS o WHERE o.name = 'log_statement';
RESET ROLE;

-- effective_overrides(): role in database, role, database, all. An override
-- counts only if it wins for a role that can log in.
CREATE FUNCTION regress_settings.effective(of_setting text)
    RETURNS TABLE (database text, role name, value text, scope text, wins text) LANGUAGE sql AS $$
    SELECT CASE e.database WHEN current_database() THEN 'here' ELSE e.database END, e.role, e.value, e.scope,
           CASE
               WHEN e.scope = 'role in database' AND e.logins = 1 THEN 'here'
               WHEN e.scope = 'role' AND e.logins = n.databases THEN 'everywhere'
               WHEN e.scope = 'role' AND e.logins = n.databases - 1 THEN 'elsewhere'
               WHEN e.scope = 'database' AND e.logins = n.roles - 2 THEN 'all roles but two'
               WHEN e.scope = 'database' AND e.logins = n.roles THEN 'all roles'
               WHEN e.scope = 'all' AND e.logins = (n.databases - 1) * (n.roles - 1) THEN 'all roles but one, elsewhere'
               WHEN e.scope = 'all' AND e.logins = n.databases * n.roles THEN 'all'
               ELSE e.logins || ' of ' || n.databases || '*' || n.roles
           END
    FROM rds_guard.effective_overrides(of_setting) AS e
    CROSS JOIN (SELECT (SELECT count(*) FROM pg_database WHERE datallowconn) AS databases, (SELECT count(*) FROM pg_roles WHERE rolcanlogin) AS roles) AS n
    ORDER BY e.scope COLLATE "C", e.role COLLATE "C"
$$;
SELECT * FROM regress_settings.effective('log_statement');
SELECT * FROM regress_settings.effective('LOG_STATEMENT') WHERE scope = 'role';
SELECT count(*) FROM rds_guard.effective_overrides('log_duration');
-- one by one, the next in line comes into force
ALTER ROLE "regress ""odd""" SET log_statement = 'none';
SELECT * FROM regress_settings.effective('log_statement') WHERE role = 'regress "odd"';
ALTER ROLE "regress ""odd""" IN DATABASE :"DBNAME" RESET log_statement;
SELECT * FROM regress_settings.effective('log_statement') WHERE role = 'regress "odd"';
ALTER ROLE "regress ""odd""" NOLOGIN;
SELECT * FROM regress_settings.effective('log_statement') WHERE role = 'regress "odd"';
-- a database that accepts nobody
CREATE DATABASE regress_closed TEMPLATE template0;
ALTER DATABASE regress_closed SET log_statement = 'none';
SELECT count(*) FROM regress_settings.effective('log_statement') WHERE database = 'regress_closed';
ALTER DATABASE regress_closed ALLOW_CONNECTIONS false;
SELECT count(*) FROM regress_settings.effective('log_statement') WHERE database = 'regress_closed';
DROP DATABASE regress_closed;
-- ALL alone
ALTER DATABASE :"DBNAME" RESET log_statement;
ALTER ROLE regress_plain RESET log_statement;
SELECT * FROM regress_settings.effective('log_statement');
ALTER ROLE ALL RESET log_statement;
SELECT * FROM regress_settings.effective('log_statement');

-- override_target(): what ALTER takes.
SELECT rds_guard.override_target(t.database, t.role)
FROM (VALUES (NULL::name, NULL::name), ('a b', NULL), (NULL, 'a"b'), ('Db', E'x\x1b')) AS t (database, role);
-- setting_fix(): a statement for each kind of setting.
SELECT s.name, rds_guard.setting_fix(s.name, s.value)
FROM (VALUES ('log_statement', 'ddl'), ('ssl', 'on'), ('shared_preload_libraries', 'one, "two",three'), ('log_min_messages', $$it's$$), ('max_connections', '9'),
             ('pgaudit.log', 'role, ddl')) AS s (name, value);
SELECT rds_guard.setting_fix('log_statement', 'mod') AS fix \gset
SELECT split_part(:'fix', ';', 1) AS first \gset
:first;
SELECT f.setting FROM pg_file_settings AS f WHERE f.name = 'log_statement' ORDER BY f.seqno DESC LIMIT 1;
ALTER SYSTEM RESET log_statement;
-- a list stays a list
SELECT split_part(rds_guard.setting_fix('local_preload_libraries', 'one, "two"'), ';', 1) AS first \gset
:first;
SELECT f.setting FROM pg_file_settings AS f WHERE f.name = 'local_preload_libraries' ORDER BY f.seqno DESC LIMIT 1;
ALTER SYSTEM RESET local_preload_libraries;

SET client_min_messages = error;
DROP SCHEMA regress_settings CASCADE;
DROP ROLE regress_plain, "regress ""odd""", regress_group, regress_member;
SELECT count(*) AS left_behind FROM rds_guard.setting_overrides() AS o WHERE o.name LIKE 'log%' OR o.role LIKE 'regress%';
