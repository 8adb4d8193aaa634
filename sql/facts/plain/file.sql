-- Files of the server, of which no function of PostgreSQL tells the owner or mode.

CREATE FUNCTION rds_guard.file_modes(paths text[])
    RETURNS TABLE (path text, kind text, uid bigint, gid bigint, owner text, group_owner text, mode text, is_symlink boolean, target text,
                   readable_by text, writable_by text, closed_by text, open_folder text, open_to text, problem text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF rds_guard.on_rds() THEN
        RAISE feature_not_supported USING MESSAGE = 'on RDS and Aurora the files of the server are Amazon''s';
    END IF;
    RAISE insufficient_privilege USING
        MESSAGE = 'SQL does not show owner and mode of files, only the library of rds_guard does',
        HINT = 'Install the extension with its library, or look on the server with ls -l and namei -l.';
END
$$;

COMMENT ON FUNCTION rds_guard.file_modes(text[]) IS
'Raises always: without the library nothing tells owner and mode of a file. 0A000 on RDS and Aurora, 42501 elsewhere.';

CREATE FUNCTION rds_guard.file_changed(path text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- of a file that was put in the place of another the older date is kept
    RETURN (SELECT greatest(s.modification, s.change) FROM pg_stat_file(path, true) AS s);
END
$$;

COMMENT ON FUNCTION rds_guard.file_changed(text) IS
'When a file or folder was last written, replaced, renamed or given other rights, in whole seconds; NULL if there is none. A path that is not absolute starts at the data directory. A symbolic link is followed: that it leads elsewhere since is not seen. For members of pg_read_server_files with EXECUTE on pg_stat_file(text, boolean).';

CREATE FUNCTION rds_guard.holds_private_key(path text) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE feature_not_supported USING MESSAGE = 'without its library rds_guard does not look into files of the server';
END
$$;

COMMENT ON FUNCTION rds_guard.holds_private_key(text) IS
'Raises 0A000 always: a key that SQL reads stays in memory.';

CREATE FUNCTION rds_guard.crl_next_update(path text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE feature_not_supported USING MESSAGE = 'without its library rds_guard does not look into files of the server';
END
$$;

COMMENT ON FUNCTION rds_guard.crl_next_update(text) IS
'Raises 0A000 always: SQL does not read ASN.1.';
