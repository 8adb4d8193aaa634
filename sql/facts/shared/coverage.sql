-- What the log would hold of a session of each role in each database. Where a
-- value comes from, and what swallows the record that it asks for, decides; what
-- is configured does not.

CREATE FUNCTION rds_guard.is_logged(level text, threshold text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ranks CONSTANT text[] := '{debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,fatal,panic}';
BEGIN
    RETURN CASE
               WHEN level = 'log' THEN threshold NOT IN ('fatal', 'panic')
               WHEN threshold = 'log' THEN level IN ('fatal', 'panic')
               ELSE array_position(ranks, CASE level WHEN 'debug' THEN 'debug2' ELSE level END)
                    >= array_position(ranks, CASE threshold WHEN 'debug' THEN 'debug2' ELSE threshold END)
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.is_logged(text, text) IS
'Whether a message of this level gets into the log with this threshold, as log_threshold() gives it. Level log, which audit and connection records have, ranks between error and fatal. For everybody. Source: is_log_level_output() in src/backend/utils/error/elog.c.';

CREATE FUNCTION rds_guard.audit_settings() RETURNS SETOF text
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT n.name
    FROM unnest('{log_connections,log_destination,log_disconnections,log_duration,log_min_duration_statement,log_min_error_statement,
                  log_min_messages,log_replication_commands,log_statement,event_triggers,session_replication_role,
                  pgaudit.log,pgaudit.log_catalog,pgaudit.log_client,pgaudit.log_level,pgaudit.log_parameter,pgaudit.log_relation,
                  pgaudit.log_rows,pgaudit.log_statement,pgaudit.log_statement_once,pgaudit.role}'::text[]) AS n (name)
    WHERE rds_guard.has_setting(n.name);
END
$$;

COMMENT ON FUNCTION rds_guard.audit_settings() IS
'A row for each setting of this server that decides what is recorded of a session; those of pgaudit only where it is loaded. For everybody.';

CREATE FUNCTION rds_guard.audit_values(for_database name DEFAULT NULL, for_role name DEFAULT NULL)
    RETURNS TABLE (databases name[], roles name[], settings jsonb)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH server AS MATERIALIZED (
        SELECT s.name, v.value, v.source
        FROM rds_guard.audit_settings() AS s (name)
        CROSS JOIN LATERAL rds_guard.server_value(s.name) AS v
    ), override AS MATERIALIZED (
        -- no name is empty: '' stands for every one
        SELECT coalesce(o.database, '') AS database, coalesce(o.role, '') AS role, o.name, o.value, o.scope
        FROM rds_guard.setting_overrides() AS o
        JOIN server AS s ON s.name = o.name
        WHERE rds_guard.is_accepted(o.name, o.value)
    ), here AS MATERIALIZED (
        SELECT d.datname, CASE WHEN d.datname IN (SELECT o.database FROM override AS o) THEN d.datname ELSE '' END AS key
        FROM pg_database AS d
        WHERE d.datallowconn AND (for_database IS NULL OR d.datname = for_database)
    ), who AS MATERIALIZED (
        SELECT r.rolname, CASE WHEN r.rolname IN (SELECT o.role FROM override AS o) THEN r.rolname ELSE '' END AS key
        FROM pg_roles AS r
        WHERE r.rolcanlogin AND (for_role IS NULL OR r.rolname = for_role)
              -- a provider's own superuser is not the customer's to configure
              AND NOT (r.oid = 10 AND (SELECT p.platform FROM rds_guard.platform() AS p) <> 'self_managed')
    ), context AS (
        -- those without values of their own are all alike
        SELECT h.key AS database, w.key AS role, h.names AS databases, w.names AS roles
        FROM (SELECT key, array_agg(datname ORDER BY datname) FROM here GROUP BY key) AS h (key, names)
        CROSS JOIN (SELECT key, array_agg(rolname ORDER BY rolname) FROM who GROUP BY key) AS w (key, names)
    ), winner AS (
        SELECT DISTINCT ON (c.database, c.role, o.name) c.database, c.role, o.name, o.value, o.scope
        FROM context AS c
        CROSS JOIN LATERAL (VALUES (c.database, c.role, 1), ('', c.role, 2), (c.database, '', 3), ('', '', 4)) AS l (database, role, precedence)
        JOIN override AS o ON o.database = l.database AND o.role = l.role
        ORDER BY c.database, c.role, o.name, l.precedence
    )
    SELECT c.databases, c.roles,
           jsonb_object_agg(s.name, jsonb_build_object('value', coalesce(w.value, s.value), 'source', coalesce(w.scope, s.source)))
    FROM context AS c
    CROSS JOIN server AS s
    LEFT JOIN winner AS w ON w.database = c.database AND w.role = c.role AND w.name = s.name
    GROUP BY c.database, c.role, c.databases, c.roles;
END
$$;

COMMENT ON FUNCTION rds_guard.audit_values(name, name) IS
'What each session starts with, of the settings that audit_settings() lists: a row for each set of login roles and databases that have the same overrides. settings is an object with a member for each setting: its value, and the source that it comes from, in descending precedence: role in database, role, database, all (ALTER ROLE ALL), server, default. Values that the server refuses at login do not count. The arguments restrict the rows. For everybody whose own session does not hide the server''s values; errors as of server_setting(). Source: process_settings() in src/backend/utils/init/postinit.c.';

CREATE FUNCTION rds_guard.pgaudit_event_triggers()
    RETURNS TABLE (event text, name name, enabled "char", every_command boolean)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 2
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT e.event, t.evtname, t.evtenabled, t.evttags IS NULL
    FROM (VALUES ('ddl_command_end', 'pgaudit_ddl_command_end'), ('sql_drop', 'pgaudit_sql_drop')) AS e (event, function)
    -- by what it calls: the trigger itself may be renamed, or somebody's own
    LEFT JOIN (pg_event_trigger AS t
               JOIN pg_proc AS p ON p.oid = t.evtfoid
               JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
                                      AND d.refclassid = 'pg_extension'::regclass
               JOIN pg_extension AS x ON x.oid = d.refobjid AND x.extname = 'pgaudit')
        ON t.evtevent = e.event AND p.proname = e.function;
END
$$;

COMMENT ON FUNCTION rds_guard.pgaudit_event_triggers() IS
'A row for each event trigger that tells pgaudit in this database which objects a command touched: its event, name (NULL: there is none for this event), when it fires (evtenabled of pg_event_trigger), and whether for every command. For everybody.';

CREATE FUNCTION rds_guard.recorded_sessions(settings jsonb)
    RETURNS TABLE (pgaudit_classes text[], object_role name, ddl_objects boolean, statements text, connections text[], disconnections boolean, swallowed_by text[])
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    to_log CONSTANT boolean := btrim(settings #>> '{log_destination,value}') <> '';
    threshold CONSTANT text := rds_guard.log_threshold(settings #>> '{log_min_messages,value}');
    -- what is recorded before the server knows the role's own settings
    at_first CONSTANT text := rds_guard.log_threshold(rds_guard.server_setting('log_min_messages'));
    audit_level CONSTANT text := CASE WHEN (settings #>> '{pgaudit.log_client,value}')::boolean
                                      THEN lower(settings #>> '{pgaudit.log_level,value}') ELSE 'log' END;
    logged CONSTANT boolean := to_log AND rds_guard.is_logged('log', threshold);
    audited CONSTANT boolean := to_log AND settings ? 'pgaudit.log' AND rds_guard.is_logged(audit_level, threshold);
    silent record;
BEGIN
    pgaudit_classes := CASE WHEN audited THEN rds_guard.pgaudit_classes(settings #>> '{pgaudit.log,value}') ELSE '{}' END;
    IF audited THEN
        SELECT r.rolname INTO object_role FROM pg_roles AS r WHERE r.rolname = settings #>> '{pgaudit.role,value}';
    END IF;
    statements := CASE WHEN logged THEN lower(settings #>> '{log_statement,value}') ELSE 'none' END;
    connections := ARRAY(
        SELECT a.aspect
        FROM unnest(rds_guard.log_connections_aspects(settings #>> '{log_connections,value}')) AS a (aspect)
        WHERE to_log AND rds_guard.is_logged('log', CASE a.aspect WHEN 'setup_durations' THEN threshold ELSE at_first END)
              AND (a.aspect <> 'authentication' OR current_setting('server_version_num')::integer >= 140000)
        ORDER BY a.aspect);
    disconnections := logged AND (settings #>> '{log_disconnections,value}')::boolean;

    swallowed_by := '{}';
    IF NOT to_log THEN
        swallowed_by := swallowed_by || 'log_destination is empty'::text;
    ELSIF NOT logged THEN
        swallowed_by := swallowed_by || format('log_min_messages is %s (%s)', settings #>> '{log_min_messages,value}', settings #>> '{log_min_messages,source}');
    END IF;
    IF to_log AND settings ? 'pgaudit.log' AND NOT audited AND audit_level <> 'log' THEN
        swallowed_by := swallowed_by || format('pgaudit.log_client is on (%s), pgaudit.log_level %s (%s) and log_min_messages %s (%s)',
                                               settings #>> '{pgaudit.log_client,source}', audit_level, settings #>> '{pgaudit.log_level,source}',
                                               settings #>> '{log_min_messages,value}', settings #>> '{log_min_messages,source}');
    END IF;

    ddl_objects := 'ddl' = ANY (pgaudit_classes);
    IF ddl_objects THEN
        FOR silent IN
            SELECT t.event
            FROM rds_guard.pgaudit_event_triggers() AS t
            GROUP BY t.event
            HAVING NOT coalesce(bool_or(t.every_command
                                        AND t.enabled IN ('A', CASE lower(settings #>> '{session_replication_role,value}') WHEN 'replica' THEN 'R' ELSE 'O' END)
                                        AND coalesce((settings #>> '{event_triggers,value}')::boolean, true)), false)
            ORDER BY t.event
        LOOP
            ddl_objects := false;
            swallowed_by := swallowed_by || format('no event trigger of pgaudit fires at %s: DDL is recorded without the names of the objects', silent.event);
        END LOOP;
    END IF;
    RETURN NEXT;
END
$$;

COMMENT ON FUNCTION rds_guard.recorded_sessions(jsonb) IS
'One row: what of a session in this database with these settings, as audit_values() has them, gets into the log. For audit_coverage(), which explains the columns; ddl_objects speaks of this database. Errors as of server_setting().';

CREATE FUNCTION rds_guard.audit_changers()
    RETURNS TABLE (role name, setting text, how text, path name[])
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- from 17 on this can be switched off, for everybody
    can_alter_system CONSTANT boolean := CASE WHEN rds_guard.has_setting('allow_alter_system')
                                              THEN rds_guard.server_setting('allow_alter_system')::boolean ELSE true END;
BEGIN
    RETURN QUERY
    SELECT r.rolname, NULL::text, 'superuser', ARRAY[r.rolname]
    FROM pg_roles AS r
    WHERE r.rolsuper
    UNION ALL
    (SELECT DISTINCT ON (m.member) m.member, NULL::text, 'SET ROLE to a superuser', m.path
     FROM rds_guard.role_memberships(only_how => 'become') AS m
     JOIN pg_roles AS t ON t.rolname = m.role AND t.rolsuper
     JOIN pg_roles AS r ON r.rolname = m.member AND NOT r.rolsuper
     ORDER BY m.member, m.depth, m.path)
    UNION ALL
    SELECT e.role, s.name, e.privilege, e.path::name[]
    FROM rds_guard.effective_privileges(NULL, 'parameter') AS e
    JOIN rds_guard.audit_settings() AS s (name) ON s.name = lower(e.object)
    CROSS JOIN LATERAL rds_guard.known_setting(s.name) AS k
    WHERE e.via <> 'superuser'
          AND CASE e.privilege
                  -- what only files can set, no session can
                  WHEN 'SET' THEN k.context IN ('superuser', 'superuser-backend')
                  WHEN 'ALTER SYSTEM' THEN can_alter_system
              END;
END
$$;

COMMENT ON FUNCTION rds_guard.audit_changers() IS
'Who can change what is recorded: a row for each role and each setting of audit_settings() that it can change (NULL: all of them), and how: superuser; SET ROLE to a superuser, if need be after granting itself a role; SET (a grant, which holds for its own sessions, at connection for log_disconnections and its kin); ALTER SYSTEM (a grant, which holds for everybody after the next reload). path names the roles from this one to the one that has the right. Nobody else can: no other of these settings may be changed by everybody. For everybody; errors as of effective_privileges() and server_setting().';

CREATE FUNCTION rds_guard.audit_coverage(for_database name DEFAULT NULL, for_role name DEFAULT NULL)
    RETURNS TABLE (database name, role name, pgaudit_classes text[], object_role name, ddl_objects text, statements text,
                   connections text[], disconnections boolean, swallowed_by text[], can_weaken text[], settings jsonb)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF for_database IS NOT NULL AND NOT EXISTS (SELECT FROM pg_database AS d WHERE d.datname = for_database) THEN
        RAISE invalid_catalog_name USING MESSAGE = format('database %s does not exist', rds_guard.ident(for_database));
    END IF;
    IF for_role IS NOT NULL AND NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = for_role) THEN
        RAISE undefined_object USING MESSAGE = format('role %s does not exist', rds_guard.ident(for_role));
    END IF;
    RETURN QUERY
    WITH recorded AS MATERIALIZED (
        SELECT v.databases, v.roles, v.settings, r.*
        FROM rds_guard.audit_values(for_database, for_role) AS v
        CROSS JOIN LATERAL rds_guard.recorded_sessions(v.settings) AS r
    ), changer AS MATERIALIZED (
        SELECT c.role, array_agg(DISTINCT CASE WHEN c.setting IS NULL THEN c.how ELSE c.how || ' on ' || c.setting END) AS can_weaken
        FROM rds_guard.audit_changers() AS c
        GROUP BY c.role
    )
    SELECT d.name, w.name, r.pgaudit_classes, r.object_role,
           CASE WHEN d.name = current_database() OR NOT 'ddl' = ANY (r.pgaudit_classes) THEN CASE WHEN r.ddl_objects THEN 'yes' ELSE 'no' END
                ELSE 'unknown' END,
           r.statements, r.connections, r.disconnections,
           CASE WHEN d.name = current_database() THEN r.swallowed_by
                -- event triggers are this database's
                ELSE ARRAY(SELECT s.reason FROM unnest(r.swallowed_by) AS s (reason) WHERE s.reason !~ '^no event trigger') END,
           coalesce(c.can_weaken, '{}'), r.settings
    FROM recorded AS r
    CROSS JOIN LATERAL unnest(r.databases) AS d (name)
    CROSS JOIN LATERAL unnest(r.roles) AS w (name)
    LEFT JOIN changer AS c ON c.role = w.name
    ORDER BY d.name, w.name;
END
$$;

COMMENT ON FUNCTION rds_guard.audit_coverage(name, name) IS
'What the log would hold of a session: a row for each login role in each database that accepts connections. The arguments restrict the rows.
pgaudit_classes: the classes of statements of which session audit records get into the log; empty when pgaudit is not loaded, whatever a session set. object_role: the role whose grants select the relations of which object audit records get there (see audited_objects()), NULL for none. ddl_objects: whether audit records of DDL name the objects (yes, no; unknown in databases other than this one, whose event triggers cannot be seen). statements: none, ddl, mod or all, what log_statement writes. connections: the aspects of log_connections (receipt, authentication, authorization, setup_durations); which identity authentication tells depends on the method. disconnections: whether the end is written.
swallowed_by: why records that the settings ask for are lost. can_weaken: by what the role itself can change this, as audit_changers() has it; empty if by nothing. settings: the value of each setting and the source that it comes from, as audit_values() has them.
Where the standard error of the server leads is not looked at: see the check log_destination_missing. pgaudit writes nothing of statements that fail, of what functions with the rights of their owner do to tables, of scripts of extensions, nor with pgaudit.log_catalog off of statements that touch catalogs only.
For everybody whose own session does not hide the server''s values. Errors: 42501 when it does, 3D000 and 42704 for a database and a role that do not exist. Sources: process_settings() in src/backend/utils/init/postinit.c, is_log_level_output() in src/backend/utils/error/elog.c, log_audit_event() in pgaudit.c.';

CREATE FUNCTION rds_guard.role_audited_objects(role oid) RETURNS TABLE (object text, column_name name, privileges text[])
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT rds_guard.relation_name(l.relation), l.attribute, array_agg(DISTINCT a.privilege_type ORDER BY a.privilege_type)
    FROM (SELECT c.oid, NULL::name, c.relacl FROM pg_class AS c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relacl IS NOT NULL
          UNION ALL
          SELECT a.relation, a.attribute, a.acl FROM rds_guard.column_acls() AS a) AS l (relation, attribute, acl)
    CROSS JOIN LATERAL aclexplode(l.acl) AS a
    -- neither what PUBLIC has nor an owner without a list of privileges counts
    WHERE a.grantee <> 0 AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') AND pg_has_role($1, a.grantee, 'USAGE')
    GROUP BY l.relation, l.attribute;
END
$$;

COMMENT ON FUNCTION rds_guard.role_audited_objects(oid) IS
'What object auditing by this role would cover in this database: a row for each relation, or column of one (NULL: the relation as a whole), with the privileges whose use on it is recorded. For audited_objects(), which explains more. For everybody. Source: audit_on_acl() in pgaudit.c.';

CREATE FUNCTION rds_guard.audited_objects()
    RETURNS TABLE (role name, object text, column_name name, privileges text[])
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH auditor AS MATERIALIZED (
        SELECT DISTINCT r.rolname, r.oid
        FROM rds_guard.audit_values(current_database()) AS v
        CROSS JOIN LATERAL rds_guard.recorded_sessions(v.settings) AS s
        JOIN pg_roles AS r ON r.rolname = s.object_role
    )
    SELECT r.rolname, o.object, o.column_name, o.privileges
    FROM auditor AS r
    CROSS JOIN LATERAL rds_guard.role_audited_objects(r.oid) AS o;
END
$$;

COMMENT ON FUNCTION rds_guard.audited_objects() IS
'What object auditing covers in this database: a row for each relation, or column of one (NULL: the relation as a whole), and each role that pgaudit.role names for some login role here, with the privileges whose use on it is recorded. The role has them by a grant to it or to a role whose privileges it has; TRUNCATE is never recorded so, and a relation that is made later is not covered until something is granted on it. No row: object auditing records nothing here. For everybody; errors as of audit_coverage(). Source: audit_on_acl() in pgaudit.c.';

CREATE FUNCTION rds_guard.pgaudit_lost_records()
    RETURNS TABLE (scope text, database name, role name, audit_level text, log_min_messages text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    -- the common case, at once
    IF NOT rds_guard.has_setting('pgaudit.log_client')
       OR NOT EXISTS (SELECT FROM rds_guard.values_in_force('pgaudit.log_client') AS v WHERE v.value::boolean) THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT DISTINCT ON (t.scope, d.name, w.name) t.scope, d.name, w.name, l.audit_level, l.threshold
    FROM rds_guard.audit_values() AS v
    CROSS JOIN LATERAL (SELECT lower(v.settings #>> '{pgaudit.log_level,value}'), rds_guard.log_threshold(v.settings #>> '{log_min_messages,value}'))
        AS l (audit_level, threshold)
    CROSS JOIN LATERAL (SELECT replace(v.settings #>> '{pgaudit.log_client,source}', 'default', 'server')) AS t (scope)
    -- only what ALTER has to name
    CROSS JOIN LATERAL unnest(CASE WHEN t.scope IN ('database', 'role in database') THEN v.databases ELSE '{NULL}' END) AS d (name)
    CROSS JOIN LATERAL unnest(CASE WHEN t.scope IN ('role', 'role in database') THEN v.roles ELSE '{NULL}' END) AS w (name)
    WHERE (v.settings #>> '{pgaudit.log_client,value}')::boolean
          AND l.threshold NOT IN ('fatal', 'panic') AND NOT rds_guard.is_logged(l.audit_level, l.threshold)
          AND (rds_guard.pgaudit_classes(v.settings #>> '{pgaudit.log,value}') <> '{}' OR v.settings #>> '{pgaudit.role,value}' <> '')
    ORDER BY t.scope, d.name, w.name, l.threshold;
END
$$;

COMMENT ON FUNCTION rds_guard.pgaudit_lost_records() IS
'A row for each place where pgaudit.log_client is switched on so that records of pgaudit, which then have the level audit_level, do not get into the log, for log_min_messages wants a higher one: scope, database and role as values_in_force() has them. Nothing about fatal and panic, which swallow all records anyway. For everybody; errors as of server_setting().';
