-- The files that the server relies on, by the settings that name them.

CREATE FUNCTION rds_guard.host_keys() RETURNS TABLE (path text, problem text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    -- only the server knows which lines of hosts_file it takes
    IF NOT rds_guard.has_setting('ssl_sni') OR rds_guard.setting('ssl_sni') = 'off' THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT DISTINCT h.key_file, NULL FROM rds_guard.tls_hosts() AS h ORDER BY 1;
EXCEPTION
    WHEN config_file_error OR wrong_object_type OR program_limit_exceeded THEN
        RETURN QUERY VALUES (NULL, format('The keys that hosts_file names: %s.', SQLERRM));
END
$$;

COMMENT ON FUNCTION rds_guard.host_keys() IS
'The private keys that hosts_file names, where ssl_sni is on (19 and later): a row a file, or one without path that says in problem why they cannot be known. For members of pg_read_all_settings and pg_read_server_files; others get 42501. In the edition without library 0A000 where ssl_sni is on.';

CREATE FUNCTION rds_guard.files_beside_key(key text) RETURNS TABLE (path text, problem text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    file CONSTANT text := regexp_replace(key, '^.*/', '');
    folder CONSTANT text := substring(key, '^(.*/)');
    -- of the server, whose data directory is where relative paths start
    searched CONSTANT text := CASE WHEN folder LIKE '/%' THEN folder ELSE concat(rds_guard.setting('data_directory'), '/', folder) END;
BEGIN
    IF NOT has_function_privilege('pg_catalog.pg_ls_dir(text, boolean, boolean)', 'EXECUTE') THEN
        RETURN QUERY
        VALUES (NULL, format('GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text, boolean, boolean) TO %s;', rds_guard.ident(current_user)));
        RETURN;
    END IF;
    RETURN QUERY
    SELECT searched || l.name, NULL
    FROM pg_ls_dir(searched, true, false) AS l (name)
    WHERE l.name <> file
          -- server.key.bak, privatekey.pem, keys.pem, but not pubkey.pem or keyboard
          AND (strpos(l.name, file) > 0
               OR (l.name ~* 'key(s|[0-9]+|pair|file|store|tab)?([^[:alnum:]]|$)|[.](p12|pfx|jks)([._~-]|$)'
                   AND l.name !~* '(^|[^[:alpha:]])pub(lic)?(key|[^[:alpha:]]|$)'));
EXCEPTION
    WHEN insufficient_privilege THEN
        -- as in Debian's /etc/ssl/private, which the group may only pass
        RETURN QUERY VALUES (NULL, format('The account of the server may not list %s.', searched));
END
$$;

COMMENT ON FUNCTION rds_guard.files_beside_key(text) IS
'A row for each file in the folder of a key that by its name is a copy of the key or another key, or one without path where the folder cannot be listed; problem then says why, or is the GRANT that would allow it. For members of pg_read_all_settings; others get 42501.';

CREATE FUNCTION rds_guard.keys_among_certificates() RETURNS TABLE (path text, problem text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    files text[] := ARRAY[rds_guard.setting('ssl_cert_file'), rds_guard.setting('ssl_ca_file')];
    file text;
BEGIN
    IF rds_guard.has_setting('ssl_sni') AND rds_guard.setting('ssl_sni') = 'on' THEN
        BEGIN
            files := files || ARRAY(SELECT f.file FROM rds_guard.tls_hosts() AS h CROSS JOIN LATERAL (VALUES (h.certificate_file), (h.ca_file)) AS f (file));
        EXCEPTION
            WHEN config_file_error OR wrong_object_type OR program_limit_exceeded THEN
                -- of which host_keys() tells
                NULL;
        END;
    END IF;
    FOR file IN SELECT DISTINCT f.file FROM unnest(files) AS f (file) WHERE f.file <> '' ORDER BY f.file LOOP
        BEGIN
            IF rds_guard.holds_private_key(file) THEN
                RETURN QUERY VALUES (file, NULL);
            END IF;
        EXCEPTION
            WHEN undefined_file THEN
                -- then there is no key in it
                NULL;
            WHEN config_file_error OR wrong_object_type OR program_limit_exceeded OR io_error THEN
                RETURN QUERY VALUES (NULL, format('Whether there is a private key in it, too: %s.', SQLERRM));
        END;
    END LOOP;
END
$$;

COMMENT ON FUNCTION rds_guard.keys_among_certificates() IS
'A row for each file of certificates that the server is configured to load and that holds a private key besides, or one without path where that cannot be told: problem then says why. For members of pg_read_all_settings and pg_read_server_files; others get 42501, and everybody 0A000 without the library.';

CREATE FUNCTION rds_guard.borrowed_files(file text) RETURNS TABLE (path text, problem text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    next_files text[] := ARRAY[file];
    read_files text[] := '{}';
    current text;
    content text;
    token text;
BEGIN
    WHILE cardinality(next_files) > 0 LOOP
        current := next_files[1];
        next_files := next_files[2:];
        CONTINUE WHEN current = ANY (read_files);
        read_files := read_files || current;
        BEGIN
            IF current <> file THEN
                RETURN QUERY VALUES (current, NULL);
                -- a pipe would wait for a writer
                CONTINUE WHEN (SELECT m.kind <> 'file' FROM rds_guard.file_modes(ARRAY[current]) AS m);
            END IF;
            IF cardinality(read_files) > 100 OR (pg_stat_file(current)).size > 1048576 THEN
                RAISE program_limit_exceeded USING MESSAGE = format('%s is too large, or one of too many', current);
            END IF;
            -- escaped, for the file may be in another encoding
            content := encode(pg_read_binary_file(current), 'escape');
            IF current_setting('server_version_num')::integer >= 140000 THEN
                content := regexp_replace(content, E'\\\\\\\\\r?\n', '', 'g');
            END IF;
            FOR token IN
                SELECT substr(replace(t.token[1], '"', ''), 2)
                FROM regexp_split_to_table(content, E'\r?\n') AS l (line)
                CROSS JOIN LATERAL regexp_matches(l.line, E'(?:[^"# \t\r,]|"[^"]*(?:"|$))+|#.*$', 'g') AS t (token)
                WHERE strpos(l.line, '@') > 0 AND t.token[1] ~ '^@.'
            LOOP
                token := convert_from(decode(token, 'escape'), getdatabaseencoding());
                next_files := next_files || CASE WHEN token LIKE '/%' THEN token ELSE concat(substring(current, '^(.*/)'), token) END;
            END LOOP;
        EXCEPTION
            WHEN undefined_file THEN
                -- whoever makes one decides what is in it
                NULL;
            WHEN insufficient_privilege OR config_file_error OR wrong_object_type OR program_limit_exceeded OR io_error
                 OR character_not_in_repertoire OR untranslatable_character OR invalid_text_representation OR invalid_parameter_value THEN
                RETURN QUERY VALUES (NULL, format('The files that %s takes names from: %s.', current, SQLERRM));
        END;
    END LOOP;
END
$$;

COMMENT ON FUNCTION rds_guard.borrowed_files(text) IS
'The files from which pg_hba.conf, pg_ident.conf or what they include takes names by "@name", also those that such a file names in turn: a row a file, or one without path that says in problem why they cannot be known. Relative names start at the folder of the file that has them. Needs pg_read_server_files and EXECUTE on pg_read_binary_file(text) and pg_stat_file(text). Source: next_field_expand() and tokenize_inc_file() in hba.c.';

CREATE FUNCTION rds_guard.server_file_names(settings text[] DEFAULT NULL)
    RETURNS TABLE (setting text, part text, path text, problem text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    version CONSTANT integer := current_setting('server_version_num')::integer;
    named CONSTANT text[] := '{data_directory,config_file,hba_file,ident_file,hosts_file,ssl_key_file,ssl_cert_file,ssl_ca_file,ssl_crl_file,ssl_crl_dir,ssl_dh_params_file,krb_server_keyfile,log_directory}';
    source record;
    name text;
    value text;
    folder text;
    files text[];
    relation text;
BEGIN
    FOREACH name IN ARRAY named LOOP
        CONTINUE WHEN name <> ALL (settings) OR NOT rds_guard.has_setting(name);
        value := rds_guard.setting(name);
        IF name = 'krb_server_keyfile' THEN
            value := regexp_replace(value, '^(WR)?FILE:', '');
        END IF;
        IF value <> '' THEN
            RETURN QUERY VALUES (name, 'itself', value, NULL);
        END IF;
    END LOOP;

    IF settings IS NULL OR 'auto_file' = ANY (settings) THEN
        RETURN QUERY VALUES ('auto_file', 'itself', 'postgresql.auto.conf', NULL);
    END IF;
    IF settings IS NULL OR 'wal_directory' = ANY (settings) THEN
        RETURN QUERY VALUES ('wal_directory', 'itself', 'pg_wal', NULL);
    END IF;

    -- What a file includes is known to whoever may ask the server to read it.
    FOR source IN
        SELECT *
        FROM (VALUES ('config_file', 'pg_file_settings', 'pg_show_all_file_settings()', 0),
                     ('hba_file', 'pg_hba_file_rules', 'pg_hba_file_rules()', 160000),
                     ('ident_file', 'pg_ident_file_mappings', 'pg_ident_file_mappings()', 160000)) AS v (setting, relation, function, since)
        WHERE version >= v.since AND (settings IS NULL OR v.setting = ANY (settings))
    LOOP
        value := rds_guard.setting(source.setting);
        IF NOT (has_table_privilege('pg_catalog.' || source.relation, 'SELECT')
                AND has_function_privilege('pg_catalog.' || source.function, 'EXECUTE')) THEN
            RETURN QUERY VALUES (source.setting, 'included', NULL,
                                 format('GRANT SELECT ON pg_catalog.%1$s TO %3$s; GRANT EXECUTE ON FUNCTION pg_catalog.%2$s TO %3$s;',
                                        source.relation, source.function, rds_guard.ident(current_user)));
        ELSIF source.setting = 'config_file' THEN
            RETURN QUERY
            SELECT DISTINCT source.setting, 'included', f.sourcefile, NULL
            FROM pg_catalog.pg_file_settings AS f
            WHERE f.sourcefile NOT IN (value, rds_guard.setting('data_directory') || '/postgresql.auto.conf');
        ELSE
            -- before 16 they have no such column
            RETURN QUERY EXECUTE format('SELECT DISTINCT %L, %L, f.file_name, NULL FROM pg_catalog.%I AS f WHERE f.file_name <> %L',
                                        source.setting, 'included', source.relation, value);
        END IF;
    END LOOP;

    -- What is taken in by "@name" only the files themselves tell.
    FOREACH name IN ARRAY '{hba_file,ident_file}'::text[] LOOP
        CONTINUE WHEN name <> ALL (settings);
        IF NOT (has_function_privilege('pg_catalog.pg_read_binary_file(text)', 'EXECUTE') AND has_function_privilege('pg_catalog.pg_stat_file(text)', 'EXECUTE')) THEN
            RETURN QUERY
            VALUES (name, 'borrowed', NULL,
                    format('GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text), pg_catalog.pg_stat_file(text) TO %s;',
                           rds_guard.ident(current_user)));
            CONTINUE;
        END IF;
        files := ARRAY[rds_guard.setting(name)];
        relation := CASE name WHEN 'hba_file' THEN 'pg_hba_file_rules' ELSE 'pg_ident_file_mappings' END;
        -- of those that it includes the row above tells if they are not known
        IF version >= 160000 AND has_table_privilege('pg_catalog.' || relation, 'SELECT')
           AND has_function_privilege(format('pg_catalog.%s()', relation), 'EXECUTE') THEN
            EXECUTE format('SELECT $1 || array_agg(DISTINCT f.file_name) FILTER (WHERE f.file_name <> ALL ($1)) FROM pg_catalog.%I AS f', relation)
            INTO files USING files;
        END IF;
        RETURN QUERY
        SELECT DISTINCT name, 'borrowed', b.path, b.problem
        FROM unnest(files) AS f (file)
        CROSS JOIN LATERAL rds_guard.borrowed_files(f.file) AS b;
    END LOOP;

    IF settings IS NULL OR 'unix_socket_directories' = ANY (settings) THEN
        -- a name with @ is no file
        FOR folder IN
            SELECT btrim(d.folder, E' \t\n"')
            FROM unnest(string_to_array(rds_guard.setting('unix_socket_directories'), ',')) AS d (folder)
            WHERE btrim(d.folder, E' \t\n"') !~ '^(@|$)'
        LOOP
            RETURN QUERY
            VALUES ('unix_socket_directories', 'itself', folder, NULL),
                   ('unix_socket_directories', 'socket', folder || '/.s.PGSQL.' || rds_guard.setting('port'), NULL);
        END LOOP;
    END IF;
    IF settings IS NULL OR 'tablespace' = ANY (settings) THEN
        RETURN QUERY
        SELECT 'tablespace', rds_guard.ident(t.spcname), pg_tablespace_location(t.oid), NULL
        FROM pg_catalog.pg_tablespace AS t
        WHERE pg_tablespace_location(t.oid) <> '';
    END IF;

    IF (settings IS NULL OR 'ssl_key_file' = ANY (settings)) AND rds_guard.setting('ssl_key_file') <> '' THEN
        RETURN QUERY
        WITH host_keys AS MATERIALIZED (
            SELECT h.path, h.problem FROM rds_guard.host_keys() AS h
        ), keys AS MATERIALIZED (
            SELECT rds_guard.setting('ssl_key_file') AS path
            UNION
            SELECT h.path FROM host_keys AS h WHERE h.path IS NOT NULL
        ), beside AS MATERIALIZED (
            -- once a folder
            SELECT DISTINCT b.path, b.problem FROM keys AS k CROSS JOIN LATERAL rds_guard.files_beside_key(k.path) AS b
        )
        SELECT 'ssl_key_file', 'host', h.path, h.problem
        FROM host_keys AS h
        UNION ALL
        SELECT 'ssl_key_file', 'certificate', c.path, c.problem
        FROM rds_guard.keys_among_certificates() AS c
        -- the same file may have both names
        WHERE c.path IS NULL OR c.path NOT IN (SELECT k.path FROM keys AS k)
        UNION ALL
        SELECT 'ssl_key_file', 'beside', b.path, b.problem
        FROM beside AS b
        WHERE b.path IS NULL
              OR NOT EXISTS (
                  SELECT
                  FROM keys AS k
                  WHERE b.path = CASE WHEN k.path LIKE '/%' THEN k.path ELSE concat(rds_guard.setting('data_directory'), '/', k.path) END);
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.server_file_names(text[]) IS
'The paths behind server_files(), for the settings named or all: a row a file, or one without path where the files cannot be known; problem is then the GRANT that would tell, or says why. Needs pg_read_all_settings and pg_read_server_files; 42501 for others.';

CREATE FUNCTION rds_guard.server_files(settings text[] DEFAULT NULL)
    RETURNS TABLE (setting text, part text, path text, kind text, uid bigint, gid bigint, owner text, group_owner text, mode text,
                   is_symlink boolean, target text, readable_by text, writable_by text, closed_by text, open_folder text, open_to text,
                   problem text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    -- planning costs more than the answer
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    lacking text;
BEGIN
    -- no GRANT helps where there is nothing that would look
    IF '@edition@' = 'sql' THEN
        PERFORM rds_guard.file_modes('{}');
    END IF;
    SELECT string_agg(r.name, ', ') INTO lacking
    FROM unnest('{pg_read_all_settings,pg_read_server_files}'::text[]) AS r (name)
    WHERE NOT pg_has_role(r.name::name, 'USAGE');
    IF lacking IS NOT NULL THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'permission denied to examine files of the server',
            HINT = format('GRANT %s TO %s;', lacking, rds_guard.ident(current_user));
    END IF;

    RETURN QUERY
    WITH names AS MATERIALIZED (
        SELECT n.* FROM rds_guard.server_file_names(settings) AS n
    ), known AS MATERIALIZED (
        SELECT row_number() OVER () AS place, n.* FROM names AS n WHERE n.path IS NOT NULL
    )
    SELECT k.setting, k.part, m.path, m.kind, m.uid, m.gid, m.owner, m.group_owner, m.mode, m.is_symlink, m.target, m.readable_by, m.writable_by,
           m.closed_by, m.open_folder, m.open_to, m.problem
    FROM rds_guard.file_modes((SELECT coalesce(array_agg(k.path ORDER BY k.place), '{}') FROM known AS k)) WITH ORDINALITY
         AS m (path, kind, uid, gid, owner, group_owner, mode, is_symlink, target, readable_by, writable_by, closed_by, open_folder, open_to, problem, place)
    JOIN known AS k USING (place)
    UNION ALL
    SELECT n.setting, n.part, NULL, 'unknown', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, n.problem
    FROM names AS n
    WHERE n.path IS NULL;
END
$$;

COMMENT ON FUNCTION rds_guard.server_files(text[]) IS
'The files and folders that the server relies on, by the setting that names them, without their contents: a row each. settings restricts the work as well as the rows.
setting is the name of a setting, or auto_file (postgresql.auto.conf), wal_directory (pg_wal), tablespace. Settings that name nothing have no row. part is itself; host (ssl_key_file: from 19 on, with ssl_sni, the keys that hosts_file names); certificate (ssl_key_file: a file of certificates that holds a private key, too); included (config_file; from 16 on hba_file and ident_file; not a file without a line of its own); borrowed (hba_file, ident_file: what "@name" in them takes in); socket; beside (in the folder of a key and by its name a copy or another key); of a tablespace its name.
path is absolute. All other columns are those of file_modes(). Where the files of a part cannot be known, there is one row without path, of kind unknown: problem is the GRANT that would tell, or says why.
For superusers and for who is a member of both pg_read_server_files and pg_read_all_settings; the included files also take the rights on pg_file_settings, pg_hba_file_rules and pg_ident_file_mappings, those beside the key EXECUTE on pg_ls_dir(text, boolean, boolean), borrowed ones EXECUTE on pg_read_binary_file(text) and pg_stat_file(text). 42501 for others, with the GRANT as hint, and for everybody without the library.';

CREATE FUNCTION rds_guard.chmod_fix(path text, mode text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN rds_guard.is_printable(path)
                THEN format('chmod %s -- ''%s''', mode, replace(path, '''', E'''\\''''')) END;
END
$$;

COMMENT ON FUNCTION rds_guard.chmod_fix(text, text) IS
'The shell command that changes the mode of a file; NULL where its name holds characters that a terminal obeys or does not show.';

CREATE FUNCTION rds_guard.open_folder_detail(folder text, open_to text, files text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN format('%s can put another file in the place of %s, by way of the folder %s',
                  CASE open_to
                      WHEN 'world' THEN 'everybody'
                      WHEN 'owner' THEN 'the owner, neither the server nor root,'
                      ELSE 'a group, neither the server''s nor root''s,'
                  END, files, folder);
END
$$;

COMMENT ON FUNCTION rds_guard.open_folder_detail(text, text, text) IS
'What the open folder of a row of server_files() means, as a sentence.';
