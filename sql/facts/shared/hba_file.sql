-- The files of pg_hba.conf and pg_ident.conf: who may see them, which others
-- they take in, whether the server has read them since they were changed, and
-- what the views of them do not tell.

CREATE FUNCTION rds_guard.hba_visible() RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN has_table_privilege('pg_catalog.pg_hba_file_rules', 'SELECT')
           AND has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE');
END
$$;

COMMENT ON FUNCTION rds_guard.hba_visible() IS
'Whether the caller may read pg_hba_file_rules: SELECT on the view and EXECUTE on the function under it. For everybody.';

CREATE FUNCTION rds_guard.hba_require() RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT rds_guard.hba_visible() THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'permission denied to read pg_hba_file_rules',
            -- the view is the provider's there, and not the master user's to grant
            HINT = CASE WHEN rds_guard.on_rds() THEN 'Run the report as a member of rds_superuser.'
                        ELSE format('GRANT SELECT ON pg_catalog.pg_hba_file_rules TO %1$s; GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO %1$s;',
                                    rds_guard.ident(current_user)) END;
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_require() IS
'Raises 42501 unless the caller may read pg_hba_file_rules, with the GRANTs as hint, or on RDS and Aurora with who may. For everybody.';

CREATE FUNCTION rds_guard.hba_error(error text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    method CONSTANT text := '"(?:trust|reject|scram-sha-256|md5|password|gss|sspi|ident|peer|ldap|radius|cert|pam|bsd|oauth)"';
    option CONSTANT text := '"(?:map|clientcert|clientname|pamservice|pam_use_hostname|ldap[a-z]+|krb_realm|include_realm|compat_realm|upn_username|radius[a-z]+|issuer|scope|validator|delegate_ident_mapping)"';
BEGIN
    -- Whatever the server could not parse may be a secret or the rest of one:
    -- an option in the place of a method, what follows a blank in a password.
    -- Only where all of it is known it can be told.
    IF error ~ ('^(?:invalid authentication method ' || method || '(?:: not supported by this build)?'
                || '|authentication method ' || method || ' requires argument ' || option || ' to be set'
                || '|authentication option ' || option || ' is only valid for authentication methods [a-z0-9, -]+)$') THEN
        RETURN error;
    END IF;
    RETURN regexp_replace(regexp_replace(error, '".*"', '"<redacted>"'), '((?:name=value format|URL scheme): ).*$', E'\\1<redacted>');
END
$$;

COMMENT ON FUNCTION rds_guard.hba_error(text) IS
'What the server says of a wrong line of pg_hba.conf, without what it quotes of it, save names of methods and options: that could be a secret. For everybody. Source: parse_hba_line() and parse_hba_auth_opt() in hba.c.';

CREATE FUNCTION rds_guard.file_times_visible() RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN has_function_privilege('pg_catalog.pg_stat_file(text,boolean)', 'EXECUTE') AND pg_has_role('pg_read_server_files', 'USAGE')
           AND pg_has_role('pg_read_all_settings', 'USAGE');
END
$$;

COMMENT ON FUNCTION rds_guard.file_times_visible() IS
'Whether the caller may see when the configuration files were changed: pg_read_server_files, pg_read_all_settings and EXECUTE on pg_stat_file(text, boolean). For everybody.';

CREATE FUNCTION rds_guard.load_visible() RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN rds_guard.file_times_visible() AND has_function_privilege('pg_catalog.pg_read_binary_file(text)', 'EXECUTE');
END
$$;

COMMENT ON FUNCTION rds_guard.load_visible() IS
'Whether the caller may see if the server has read its configuration files, with all that they take in, since these were changed: file_times_visible(), and EXECUTE on pg_read_binary_file(text), for which files they take in only they themselves tell. For everybody.';

CREATE FUNCTION rds_guard.hba_unseen()
    RETURNS TABLE (object text, detail text, fix text, evidence jsonb)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT rds_guard.load_visible() AND (SELECT p.platform = 'self_managed' FROM rds_guard.platform() AS p) THEN
        RETURN QUERY
        SELECT 'pg_hba.conf', 'this is what pg_hba.conf says; whether the server has read it since it was changed cannot be seen', NULL::text,
               -- a grant of pg_read_server_files would show all files of the server
               '{"unknown": "Run the report as a superuser."}'::jsonb;
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_unseen() IS
'For rules that rest on pg_hba.conf: the row that says that the server may go by an older one, for callers who cannot see that it does not (see load_visible()). No row where a provider writes the file. For everybody.';

CREATE FUNCTION rds_guard.hba_path(name text, of_file text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    path text := name;
BEGIN
    IF strpos(name, E'\\') > 0 THEN
        -- a name that is no text here finds no file
        path := CASE WHEN rds_guard.is_valid_text(decode(name, 'escape')) THEN convert_from(decode(name, 'escape'), getdatabaseencoding()) ELSE name END;
    END IF;
    RETURN CASE WHEN left(path, 1) = '/' THEN path ELSE regexp_replace(of_file, '[^/]*$', '') || path END;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_path(text, text) IS
'The file that another one names, relative to the folder of that one; name as encode(..., ''escape'') shows it. Source: AbsoluteConfigLocation() in conffiles.c.';

CREATE FUNCTION rds_guard.hba_quoting(file text)
    RETURNS TABLE (line_number integer, quoted text[], borrowed text[], included text, is_folder boolean)
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- escaped, for the file may be in another encoding; only ASCII matters
    content text := encode(pg_read_binary_file(file), 'escape');
    continued boolean := current_setting('server_version_num')::integer >= 140000;
    includes boolean := current_setting('server_version_num')::integer >= 160000;
    line text;
    number integer;
    current text;
    tokens text[];
BEGIN
    IF content !~ E'(?n)^[^#]*["@\\\\]|^[ \\t\\r,]*include' THEN
        RETURN;
    END IF;
    -- a line that is continued may be the last one
    FOR number, line IN SELECT l.number, rtrim(l.line, E'\r') FROM unnest(string_to_array(content || E'\n', E'\n')) WITH ORDINALITY AS l (line, number) LOOP
        line_number := coalesce(line_number, number);
        IF continued AND right(line, 2) = E'\\\\' THEN
            current := concat(current, left(line, -2));
            CONTINUE;
        END IF;
        current := concat(current, line);
        IF current ~ E'["@]|^[ \\t\\r,]*include' THEN
            tokens := ARRAY(SELECT t.token[1]
                            FROM regexp_matches(current, E'(?:[^"# \\t\\r,]|"[^"]*(?:"|$))+|#.*$', 'g') WITH ORDINALITY AS t (token, place)
                            WHERE left(t.token[1], 1) <> '#'
                            ORDER BY t.place);
            quoted := ARRAY(SELECT replace(t.token, '"', '') FROM unnest(tokens) AS t (token) WHERE left(t.token, 1) = '"');
            borrowed := ARRAY(SELECT rds_guard.hba_path(replace(substr(t.token, 2), '"', ''), file) FROM unnest(tokens) AS t (token) WHERE t.token ~ '^@.');
            included := NULL;
            is_folder := replace(tokens[1], '"', '') = 'include_dir';
            IF includes AND replace(tokens[1], '"', '') IN ('include', 'include_if_exists', 'include_dir') THEN
                included := rds_guard.hba_path(replace(tokens[2], '"', ''), file);
            END IF;
            IF quoted <> '{}' OR borrowed <> '{}' OR included IS NOT NULL THEN
                RETURN NEXT;
            END IF;
        END IF;
        line_number := NULL;
        current := NULL;
    END LOOP;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_quoting(text) IS
'What the view pg_hba_file_rules does not tell: a row for each line of such a file that has tokens which begin with a quote (quoted, here without quotes: they are names, never keywords), that borrows names from other files (@file: borrowed), or that takes in another file or all of a folder (included). For whoever may read files: EXECUTE on pg_read_binary_file() and pg_read_server_files. Source: next_token() in hba.c.';

CREATE FUNCTION rds_guard.hba_sources(files text[])
    RETURNS TABLE (path text, line_number integer, quoted text[], borrowed text[])
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    listable CONSTANT boolean := has_function_privilege('pg_catalog.pg_ls_dir(text)', 'EXECUTE');
    paths text[] := files;
    number integer := 0;
    folder text;
    entry record;
BEGIN
    WHILE number < cardinality(paths) LOOP
        number := number + 1;
        path := paths[number];
        line_number := NULL;
        quoted := NULL;
        borrowed := NULL;
        RETURN NEXT;
        -- what is not there, or a folder, holds no lines
        IF (SELECT NOT s.isdir FROM pg_stat_file(path, true) AS s) THEN
            FOR entry IN SELECT q.* FROM rds_guard.hba_quoting(path) AS q LOOP
                line_number := entry.line_number;
                quoted := entry.quoted;
                borrowed := entry.borrowed;
                RETURN NEXT;
                paths := paths || ARRAY(SELECT DISTINCT n.name FROM unnest(entry.borrowed || entry.included) AS n (name)
                                        WHERE n.name IS NOT NULL AND n.name <> ALL (paths));
                CONTINUE WHEN NOT entry.is_folder;
                folder := rtrim(entry.included, '/');
                IF (SELECT s.isdir FROM pg_stat_file(folder, true) AS s) AND listable THEN
                    paths := paths || ARRAY(SELECT folder || '/' || f.name FROM pg_ls_dir(folder) AS f (name)
                                            WHERE f.name ~ '^[^.].*[.]conf$' AND folder || '/' || f.name <> ALL (paths));
                ELSE
                    -- no such file: what is in there nobody knows
                    paths := paths || (folder || '/*.conf');
                END IF;
            END LOOP;
        END IF;
    END LOOP;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_sources(text[]) IS
'These files, and all that they take in by include, include_if_exists, include_dir and @file, folders too, whether they exist or not: a row for each (line_number is NULL), and one for each line of it that hba_quoting() has. For whom load_visible() is true; what is in folders only with EXECUTE on pg_ls_dir(text), otherwise a file that does not exist stands for it. Source: tokenize_auth_file() in hba.c.';

CREATE FUNCTION rds_guard.hba_paths(files text[], main text DEFAULT 'hba_file') RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    paths text[];
BEGIN
    IF NOT rds_guard.file_times_visible() THEN
        RETURN '{}';
    END IF;
    paths := ARRAY(SELECT DISTINCT coalesce(n.name, current_setting(main)) FROM unnest(files || current_setting(main)) AS n (name));
    IF rds_guard.load_visible() THEN
        RETURN ARRAY(SELECT DISTINCT s.path FROM rds_guard.hba_sources(paths) AS s);
    END IF;
    RETURN paths;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_paths(text[], text) IS
'These files (NULL: the one that the setting main names, which is always among them) and what hba_sources() finds in them, as far as the caller may read them; none where file_times_visible() is false.';

CREATE FUNCTION rds_guard.hba_newer(paths text[]) RETURNS TABLE (name text, certain boolean)
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- Of a session that was there before, this is the time of its own reading,
    -- which may be long after the server's: it reads when it is next used.
    loaded CONSTANT timestamptz := pg_conf_load_time();
    began CONSTANT timestamptz := (SELECT s.backend_start FROM pg_stat_get_activity(pg_backend_pid()) AS s);
    changed timestamptz;
    latest timestamptz;
    is_there boolean;
BEGIN
    IF NOT rds_guard.file_times_visible() THEN
        RETURN;
    END IF;
    FOREACH name IN ARRAY paths LOOP
        changed := rds_guard.file_changed(name);
        is_there := changed IS NOT NULL;
        IF NOT is_there THEN
            -- it may have been there
            changed := coalesce(rds_guard.file_changed(regexp_replace(name, '/[^/]*$', '')), 'infinity');
        END IF;
        certain := is_there AND changed > loaded;
        -- Some file systems, and SQL, know whole seconds only, and the clock of
        -- the others lags behind.
        latest := changed + CASE WHEN changed = date_trunc('second', changed) THEN interval '1 second' ELSE interval '10 milliseconds' END;
        IF certain OR latest >= least(loaded, coalesce(began, '-infinity')) THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_newer(text[]) IS
'Those of these files that were changed after the server last read its configuration, or (certain is false) may have been: in the same second, since the session began if it read its configuration anew, or because they are gone. No row where file_times_visible() is false.';

CREATE FUNCTION rds_guard.hba_problems()
    RETURNS TABLE (file_name text, line_number integer, problem text, detail text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- 13 has no arrays of the view's rows
    seen jsonb[];
BEGIN
    PERFORM rds_guard.hba_require();
    seen := ARRAY(SELECT to_jsonb(h) FROM pg_hba_file_rules AS h);
    RETURN QUERY
    SELECT s.line ->> 'file_name', h.line_number, CASE WHEN h.error LIKE '%record cannot match because%' THEN 'cannot match' ELSE 'error' END,
           coalesce(rds_guard.hba_error(h.error), 'the server cannot read this line, and does not say why')
    FROM unnest(seen) AS s (line)
    CROSS JOIN LATERAL jsonb_populate_record(NULL::pg_catalog.pg_hba_file_rules, s.line) AS h
    -- of a bad list of RADIUS servers or secrets the view says nothing
    WHERE h.error IS NOT NULL OR h.type IS NULL
    UNION ALL
    SELECT n.name, NULL, CASE WHEN n.certain THEN 'not loaded' ELSE 'perhaps not loaded' END,
           format('the file %s changed after the server last read it', CASE WHEN n.certain THEN 'was' ELSE 'may have been' END)
    FROM rds_guard.hba_newer(rds_guard.hba_paths(ARRAY(SELECT DISTINCT s.line ->> 'file_name' FROM unnest(seen) AS s (line)))) AS n;
END
$$;

COMMENT ON FUNCTION rds_guard.hba_problems() IS
'A row for each reason why what pg_hba.conf says is not what the server uses. problem = error: this line is wrong, and one such line keeps the whole file from being loaded, so that an older one stays in force. not loaded: the file, or one that it takes in, is newer than the server''s last reading; perhaps not loaded: this cannot be told, but may in a new session after a reload. Only who may look at files sees these two (see load_visible()), for others such a row is missing. cannot match: the server leaves this line out, for instance hostssl without ssl = on. detail is the server''s own message without what could be a secret.
file_name is NULL before PostgreSQL 16 except for those two. For whoever may read pg_hba_file_rules. Errors: 42501 when the caller may not, with the GRANTs as hint. Source: hba.c, hbafuncs.c.';
