-- How the values of logging settings read, each kind by one function.

CREATE FUNCTION rds_guard.pgaudit_classes(value text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    every CONSTANT text[] := '{ddl,function,misc,misc_set,read,role,write}';
    blank CONSTANT text := E'[ \t\n\r\f\v]*';
    item CONSTANT text := E'(?:"(?:[^"]|"")*"|[^", \t\n\r\f\v][^, \t\n\r\f\v]*)';
    classes text[] := '{}';
    token text;
    named text[];
BEGIN
    -- one error, such as two words without a comma, and all of it is refused
    IF value !~ format('^%1$s(?:%2$s%1$s(?:,%1$s%2$s%1$s)*)?$', blank, item) THEN
        RETURN NULL;
    END IF;
    FOR token IN
        SELECT lower(CASE WHEN m.token[1] LIKE '"%' THEN replace(substr(m.token[1], 2, length(m.token[1]) - 2), '""', '"') ELSE m.token[1] END)
        FROM regexp_matches(value, item, 'g') WITH ORDINALITY AS m (token, place)
        ORDER BY m.place
    LOOP
        named := CASE regexp_replace(token, '^-', '')
                     WHEN 'all' THEN every
                     WHEN 'none' THEN '{}'
                     WHEN 'misc' THEN '{misc,misc_set}'
                     ELSE ARRAY[regexp_replace(token, '^-', '')]
                 END;
        IF NOT named <@ every THEN
            RETURN NULL;
        END IF;
        -- from left to right; "none" alone empties nothing that came before
        IF left(token, 1) = '-' THEN
            classes := ARRAY(SELECT c FROM unnest(classes) AS c WHERE c <> ALL (named));
        ELSE
            classes := ARRAY(SELECT DISTINCT c FROM unnest(classes || named) AS c ORDER BY c);
        END IF;
    END LOOP;
    RETURN classes;
END
$$;

COMMENT ON FUNCTION rds_guard.pgaudit_classes(text) IS
'The statement classes that a value of pgaudit.log switches on, as pgaudit reads it: a list in which each class adds, -class takes away, from left to right, all is every class, misc contains misc_set, and none is nothing. NULL for a value that pgaudit refuses as a whole. Source: check_pgaudit_log() in pgaudit.c, SplitIdentifierString() in src/backend/utils/adt/varlena.c.';

CREATE FUNCTION rds_guard.is_accepted(setting text, value text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
               WHEN setting NOT LIKE 'pgaudit.%' THEN true
               WHEN setting = 'pgaudit.log' THEN rds_guard.pgaudit_classes(value) IS NOT NULL
               WHEN setting = 'pgaudit.log_level' THEN lower(value) IN ('debug', 'debug5', 'debug4', 'debug3', 'debug2', 'debug1', 'info', 'notice', 'warning', 'log')
               WHEN setting = 'pgaudit.log_parameter_max_size' THEN value ~ '^ *[0-9]+ *$'
               WHEN setting LIKE 'pgaudit.log_%' THEN value ~* '^(t|tr|tru|true|f|fa|fal|fals|false|y|ye|yes|n|no|on|of|off|1|0)$'
               ELSE true
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.is_accepted(text, text) IS
'Whether the server takes a value that ALTER ROLE or ALTER DATABASE stored, at login, instead of a warning. Only values of a library''s settings can have been stored without being looked at, while it was not loaded: those of pgaudit are known here. The name is in lower case. For everybody. Source: parse_bool_with_len() in src/backend/utils/adt/bool.c, pgaudit.c.';

CREATE FUNCTION rds_guard.pgaudit_in_force() RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN rds_guard.has_setting('pgaudit.log')
                THEN rds_guard.pgaudit_classes(rds_guard.server_setting('pgaudit.log'))
                ELSE '{}'
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.pgaudit_in_force() IS
'The classes that pgaudit logs for a session without overrides; empty when pgaudit is not loaded, whatever a session set. For everybody; errors as of server_setting().';

CREATE FUNCTION rds_guard.library_names(value text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- one error anywhere, such as a comma at the end, and the server loads none
    IF value !~ E'^([ \t\n\r\f\v]*("([^"]|"")*"[ \t\n\r\f\v]*|[^", \t\n\r\f\v][^,]*)(,(?!$)|$))*$' THEN
        RETURN '{}';
    END IF;
    RETURN (
        SELECT coalesce(array_agg(DISTINCT n.name ORDER BY n.name), '{}')
        FROM regexp_matches(value, E'"(?:[^"]|"")*"|[^", \t\n\r\f\v][^,]*', 'g') AS m (token)
        CROSS JOIN LATERAL (
            SELECT CASE WHEN m.token[1] LIKE '"%' THEN replace(substr(m.token[1], 2, length(m.token[1]) - 2), '""', '"')
                        ELSE rtrim(m.token[1], E' \t\n\r\f\v') END) AS t (path)
        -- it may be named by a path and with its suffix
        CROSS JOIN LATERAL (SELECT regexp_replace(rtrim(t.path, '/'), '^.*/|[.]so$', '', 'g')) AS n (name)
        WHERE n.name <> '');
END
$$;

COMMENT ON FUNCTION rds_guard.library_names(text) IS
'The plain names of the libraries that a list such as shared_preload_libraries tells the server to load: without path and suffix, each once. Empty where the list has an error, for then the server loads none. For everybody. Semantics: SplitDirectoriesString() in src/backend/utils/adt/varlena.c.';

CREATE FUNCTION rds_guard.preloaded_libraries() RETURNS SETOF text
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT l.library FROM unnest(rds_guard.library_names(rds_guard.setting('shared_preload_libraries'))) AS l (library);
END
$$;

COMMENT ON FUNCTION rds_guard.preloaded_libraries() IS
'A row for each library that the running server loaded at start, by its plain name. For members of pg_read_all_settings; 42501 for others, with the GRANT as hint.';

CREATE FUNCTION rds_guard.log_connections_aspects(value text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT coalesce(array_agg(DISTINCT a.aspect ORDER BY a.aspect), '{}')
        FROM unnest(string_to_array(value, ',')) AS t (token)
        CROSS JOIN LATERAL unnest(
            CASE
                WHEN lower(btrim(t.token, E' \t\n"')) IN ('on', 'true', 'yes', '1') THEN '{receipt,authentication,authorization}'
                WHEN lower(btrim(t.token, E' \t\n"')) = 'all' THEN '{receipt,authentication,authorization,setup_durations}'
                WHEN lower(btrim(t.token, E' \t\n"')) IN ('receipt', 'authentication', 'authorization', 'setup_durations')
                    THEN ARRAY[lower(btrim(t.token, E' \t\n"'))]
                ELSE '{}'
            END) AS a (aspect));
END
$$;

COMMENT ON FUNCTION rds_guard.log_connections_aspects(text) IS
'The aspects of a connection that a value of log_connections records. A switch up to PostgreSQL 17, where on means receipt, authentication and authorization; a list from 18 on, empty by default.';

CREATE FUNCTION rds_guard.log_line_prefix_escapes(value text) RETURNS TABLE (escape text, in_all_processes boolean)
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    known CONSTANT text := 'abcdehilmnpqrstuvx'
                           || CASE WHEN current_setting('server_version_num')::integer >= 140000 THEN 'PQ' ELSE '' END
                           || CASE WHEN current_setting('server_version_num')::integer >= 180000 THEN 'L' ELSE '' END;
BEGIN
    RETURN QUERY
    WITH escapes AS (
        -- %% is a percent sign; a minus and digits in between pad
        SELECT m.parts[1] AS escape, m.place, min(m.place) FILTER (WHERE m.parts[1] = 'q') OVER () AS quit
        FROM regexp_matches(value, '%(?:%|-?[0-9]*([^0-9]))', 'g') WITH ORDINALITY AS m (parts, place)
    )
    SELECT e.escape, bool_or(e.quit IS NULL OR e.place < e.quit)
    FROM escapes AS e
    WHERE strpos(known, e.escape) > 0 AND e.escape <> 'q'
    GROUP BY e.escape;
END
$$;

COMMENT ON FUNCTION rds_guard.log_line_prefix_escapes(text) IS
'A row for each escape of a value of log_line_prefix that this server fills in, by its letter, once: m for %m and %-20m, none for %%m and for letters that only newer servers know. in_all_processes: it stands before %q, so that background processes write it too; a session''s lines have all. For everybody. Source: log_status_format() in src/backend/utils/error/elog.c.';

CREATE FUNCTION rds_guard.log_threshold(value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT lower(regexp_replace(btrim(t.token, E' \t\n"'), '^.*:[[:space:]]*', ''))
        FROM unnest(string_to_array(value, ',')) AS t (token)
        WHERE lower(btrim(t.token, E' \t\n"')) ~ '^(backend[[:space:]]*:|[^:]*$)'
        ORDER BY strpos(t.token, ':') > 0 DESC
        LIMIT 1);
END
$$;

COMMENT ON FUNCTION rds_guard.log_threshold(text) IS
'The level from which on a client''s backend writes messages to the log, by a value of log_min_messages: one level up to PostgreSQL 18, a list with a default and type:level entries from 19 on. Audit and connection records have level log: fatal and panic swallow them.';

CREATE FUNCTION rds_guard.logging_strength(name text, value text) RETURNS integer
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
               WHEN name = 'log_statement' THEN array_position('{none,ddl,mod,all}', lower(value))
               WHEN name IN ('log_min_messages', 'log_min_error_statement') THEN
                   -array_position('{debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic}',
                                   CASE rds_guard.log_threshold(value) WHEN 'debug' THEN 'debug2' ELSE rds_guard.log_threshold(value) END)
               -- the shorter, the more; without a unit they are milliseconds
               WHEN name = 'log_min_duration_statement' THEN
                   CASE WHEN btrim(value) LIKE '-%' THEN -2147483648
                        ELSE -least(2147483647, extract(epoch FROM (value || CASE WHEN value ~ '[a-z] *$' THEN '' ELSE 'ms' END)::interval) * 1000)::integer END
               WHEN name = 'log_error_verbosity' THEN array_position('{terse,default,verbose}', lower(value))
               WHEN name IN ('log_duration', 'log_lock_waits', 'log_replication_commands', 'track_activities',
                             'event_triggers', 'pgaudit.log_catalog', 'pgaudit.log_statement',
                             'pgaudit.log_parameter', 'pgaudit.log_relation', 'pgaudit.log_rows')
                   THEN CASE WHEN lower(value) IN ('on', 'true', 'tru', 'tr', 't', 'yes', 'ye', 'y', '1') THEN 1 ELSE 0 END
               -- in a replica session triggers, and with them trigger-based audits, do not fire
               WHEN name = 'session_replication_role' THEN CASE lower(value) WHEN 'replica' THEN 0 ELSE 1 END
               WHEN name = 'pgaudit.role' THEN CASE value WHEN '' THEN 0 ELSE 1 END
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.logging_strength(text, text) IS
'How much a value of a logging setting records, comparable between values of the same setting: more is more. NULL for a setting that is not about recording. pgaudit.log is not among them: see pgaudit_classes().';
