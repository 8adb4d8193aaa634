-- Where the log goes, and who can read it by SQL.

CREATE FUNCTION rds_guard.log_destinations() RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN ARRAY(SELECT lower(btrim(d.name, E' \t\n\r\f\v"'))
                 FROM unnest(string_to_array(rds_guard.server_setting('log_destination'), ',')) AS d (name)
                 WHERE btrim(d.name) <> '');
END
$$;

COMMENT ON FUNCTION rds_guard.log_destinations() IS
'The destinations that log_destination lists: stderr, csvlog, jsonlog, syslog; empty when nothing is written. For everybody; errors as of server_setting().';

CREATE FUNCTION rds_guard.prefix_is_written() RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- without the collector, csvlog and jsonlog go to standard error as text
    RETURN NOT rds_guard.log_destinations() <@ '{csvlog,jsonlog}' OR rds_guard.setting('logging_collector') = 'off';
END
$$;

COMMENT ON FUNCTION rds_guard.prefix_is_written() IS
'Whether log_line_prefix has any effect: the CSV and JSON files have all of it in fields of their own. For everybody; errors as of server_setting(). Source: send_message_to_server_log() in src/backend/utils/error/elog.c.';

CREATE FUNCTION rds_guard.standard_error() RETURNS TABLE (kind text, unseen text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    kind := rds_guard.log_output();
    RETURN NEXT;
EXCEPTION WHEN insufficient_privilege OR feature_not_supported THEN
    kind := 'unknown';
    GET STACKED DIAGNOSTICS unseen = PG_EXCEPTION_HINT;
    RETURN NEXT;
END
$$;

COMMENT ON FUNCTION rds_guard.standard_error() IS
'One row: the kind of log_output(), or unknown with what would show it (unseen). For everybody.';

CREATE FUNCTION rds_guard.log_tables() RETURNS TABLE (relation oid, file text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    folder text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_foreign_table) THEN
        RETURN;
    END IF;
    BEGIN
        folder := rtrim(rds_guard.setting('log_directory'), '/');
    EXCEPTION WHEN insufficient_privilege THEN
        -- a name like that of most servers still tells
        folder := NULL;
    END;
    RETURN QUERY
    SELECT t.ftrelid, o.value
    FROM pg_foreign_table AS t
    JOIN pg_foreign_server AS s ON s.oid = t.ftserver
    JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
    JOIN pg_depend AS d ON d.classid = 'pg_foreign_data_wrapper'::regclass AND d.objid = w.oid AND d.deptype = 'e'
                           AND d.refclassid = 'pg_extension'::regclass
    JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname IN ('file_fdw', 'log_fdw')
    LEFT JOIN LATERAL (SELECT substr(f.entry, strpos(f.entry, '=') + 1) FROM unnest(t.ftoptions) AS f (entry) WHERE f.entry LIKE 'filename=%') AS o (value) ON true
    WHERE e.extname = 'log_fdw'
          OR o.value ~ '(^|/)(pg_)?log/'
          OR (folder <> '' AND strpos(o.value, folder || '/') > 0);
END
$$;

COMMENT ON FUNCTION rds_guard.log_tables() IS
'A row for each foreign table of this database that reads files of the server''s log: those of log_fdw, and those of file_fdw whose file lies in log_directory (where the caller may see it) or in a folder called log or pg_log. For everybody.';

CREATE FUNCTION rds_guard.log_directory_inside() RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    folder CONSTANT text := rds_guard.setting('log_directory');
BEGIN
    RETURN CASE WHEN folder !~ '^/' OR starts_with(folder || '/', rds_guard.setting('data_directory') || '/') THEN folder END;
END
$$;

COMMENT ON FUNCTION rds_guard.log_directory_inside() IS
'log_directory if it lies in the data directory, NULL otherwise. For members of pg_read_all_settings; 42501 for others, with the GRANT as hint.';
