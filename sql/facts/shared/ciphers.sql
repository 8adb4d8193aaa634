-- What TLS would negotiate, and how good that is.

CREATE FUNCTION rds_guard.tls_ciphers()
    RETURNS TABLE (kind text, protocol text, name text, key_exchange text, authentication text, encryption text, integrity text,
                   bits integer, forward_secrecy boolean, grade text, reason text, source text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT o.kind, o.protocol, o.name, o.key_exchange, o.authentication, o.encryption, o.integrity, o.bits,
           o.kind = 'group' OR o.key_exchange IN ('ECDHE', 'DHE', 'by group'),
           -- a reason begins with its grade
           split_part(j.judgement, ': ', 1), substr(j.judgement, strpos(j.judgement, ': ') + 2), o.source
    FROM rds_guard.tls_offers() AS o
    CROSS JOIN LATERAL (
        SELECT CASE
                   WHEN o.kind = 'group' THEN
                       CASE
                           WHEN o.bits = 0 THEN 'acceptable: its strength is not known'
                           WHEN o.bits < 80 THEN format('broken: %s bits of strength', o.bits)
                           WHEN o.bits < 112 THEN format('weak: %s bits of strength', o.bits)
                           WHEN o.bits < 128 THEN format('acceptable: %s bits of strength, enough until 2030', o.bits)
                           WHEN o.key_exchange ~ 'ML-KEM' THEN format('strong: %s bits of strength, also against quantum computers', o.bits)
                           ELSE format('strong: %s bits of strength', o.bits)
                       END
                   WHEN o.encryption = 'none' THEN 'broken: no encryption'
                   WHEN o.authentication = 'none' THEN 'broken: no authentication, so that anybody on the way can take the server''s place'
                   WHEN o.encryption ~ '^RC[24]' THEN 'broken: RC4 and RC2 are'
                   WHEN o.bits < 80 THEN format('broken: a key of %s bits', o.bits)
                   WHEN o.integrity = 'MD5' THEN 'broken: MD5 is'
                   WHEN o.encryption ~ '^(DES-EDE3|IDEA)' THEN 'weak: blocks of 64 bits, which repeat in long sessions'
                   WHEN o.bits < 128 THEN format('weak: a key of %s bits', o.bits)
                   WHEN o.key_exchange NOT IN ('ECDHE', 'DHE', 'by group') THEN
                       'weak: no forward secrecy, so that whoever gets the server''s key can decrypt recorded sessions'
                   WHEN o.authentication = 'DSS' THEN 'weak: DSS keys are'
                   WHEN o.integrity <> 'AEAD' THEN 'acceptable: encryption and integrity are separate, which attacks on the padding have used'
                   WHEN o.name ~ 'CCM_?8' THEN 'acceptable: integrity rests on 64 bits'
                   ELSE 'strong: forward secrecy and authenticated encryption'
               END
    ) AS j (judgement);
END
$$;

COMMENT ON FUNCTION rds_guard.tls_ciphers() IS
'What a new connection could get: a row for each cipher suite (kind cipher) and each group for the key exchange (kind group), for each version of the protocol, in the order of the server''s preference. Suites that the server''s certificate (with ssl_sni: those of all hosts), parameters or OpenSSL''s security level rule out are left out.
bits are those of the cipher''s key; of a group its strength as that of a cipher, 0 where it is not known. authentication, encryption and integrity are NULL for groups. forward_secrecy: recorded sessions stay secret when the server''s key gets known.
grade: broken (no encryption, no authentication, RC4, RC2, MD5, less than 80 bits), weak (less than 112 bits for a group and 128 for a cipher, blocks of 64 bits, no forward secrecy, DSS), acceptable (no authenticated encryption or a short tag; a group below 128 bits or of unknown strength) or strong, with the reason. The version of the protocol is not part of it.
source is running, the TLS context of this session, or settings, one made anew from the settings: for sessions without TLS, and after the files were read again.
For members of pg_read_all_settings, where ssl_dh_params_file is set or ssl_sni is on (19 and later) also of pg_read_server_files. Errors: 42501 for others, with the GRANT as hint, and where the settings cannot be loaded; 0A000 where ssl is off, and without the library.';

CREATE FUNCTION rds_guard.tls_files_unchanged() RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT (pg_has_role('pg_read_server_files', 'USAGE') AND pg_has_role('pg_read_all_settings', 'USAGE')
            AND has_function_privilege('pg_catalog.pg_stat_file(text, boolean)', 'EXECUTE')
            AND has_table_privilege('pg_catalog.pg_file_settings', 'SELECT')
            AND has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'EXECUTE'))
       -- which also takes in the files that hosts_file names
       OR (rds_guard.has_setting('ssl_sni') AND rds_guard.setting('ssl_sni') = 'on') THEN
        RETURN false;
    END IF;
    RETURN (
        WITH configuration AS (
            SELECT rds_guard.setting('config_file') AS path, false AS included
            UNION ALL
            SELECT 'postgresql.auto.conf', false
            UNION ALL
            SELECT DISTINCT f.sourcefile, true
            FROM pg_file_settings AS f
            WHERE f.sourcefile NOT IN (rds_guard.setting('config_file'), rds_guard.setting('data_directory') || '/postgresql.auto.conf')
        ), loaded AS (
            SELECT rds_guard.setting(n.name) AS path
            FROM unnest('{ssl_cert_file,ssl_key_file,ssl_ca_file,ssl_crl_file,ssl_crl_dir,ssl_dh_params_file}'::text[]) AS n (name)
            WHERE rds_guard.has_setting(n.name) AND rds_guard.setting(n.name) <> ''
        ), examined AS (
            SELECT c.path FROM configuration AS c
            UNION
            SELECT l.path FROM loaded AS l
            UNION
            -- an old file can have been put there under another name, or a link
            SELECT coalesce(substring(f.path, '^(.*)/'), '.') || '/.'
            FROM (SELECT l.path FROM loaded AS l UNION ALL SELECT c.path FROM configuration AS c WHERE c.included) AS f
        )
        SELECT bool_and(CASE WHEN s.modification IS NULL THEN false
                             ELSE greatest(s.modification, s.change) < date_trunc('second', pg_postmaster_start_time()) END)
        FROM examined AS e
        -- without modification where it is gone
        CROSS JOIN LATERAL pg_stat_file(e.path, true) AS s);
EXCEPTION
    WHEN insufficient_privilege THEN
        RETURN false;
END
$$;

COMMENT ON FUNCTION rds_guard.tls_files_unchanged() IS
'Whether the server''s configuration and all that it loads for TLS are certain to be what they were when it started: none of the files, nor a folder of the latter or of included ones, was written or replaced since, in whole seconds. False also where that cannot be seen. For everybody; only who may read files, their times and all settings ever gets true.';

CREATE FUNCTION rds_guard.tls_in_force()
    RETURNS TABLE (doubt text, confirmed boolean, is_loaded boolean, lowest_protocol text, highest_protocol text, server_chooses boolean,
                   checks_revocation boolean)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    reloaded CONSTANT boolean := pg_conf_load_time() > pg_postmaster_start_time();
    doubt text;
BEGIN
    IF reloaded AND (SELECT p.platform = 'self_managed' FROM rds_guard.platform() AS p) AND NOT rds_guard.tls_files_unchanged() THEN
        doubt := 'the server has read its configuration again since it started, and it goes on with what it had before for TLS if it could not load all that it found';
    END IF;
    RETURN QUERY
    SELECT doubt, 'server_chooses' <> ALL (r.unseen),
           CASE
               WHEN 'is_loaded' <> ALL (r.unseen) THEN r.is_loaded
               WHEN doubt IS NULL THEN true
               -- a session that has TLS proves it, of others who may see them
               WHEN EXISTS (SELECT FROM pg_stat_activity AS a
                            JOIN pg_stat_ssl AS s ON s.pid = a.pid
                            WHERE s.ssl AND a.backend_start > pg_conf_load_time()) THEN true
           END,
           r.lowest_protocol, r.highest_protocol, r.server_chooses, r.checks_revocation
    FROM rds_guard.running_tls() AS r;
END
$$;

COMMENT ON FUNCTION rds_guard.tls_in_force() IS
'One row: how far the settings of TLS are those that the server runs with. doubt is why they may not be, a sentence; NULL where it has loaded them for certain, for it has not reloaded since it started or nothing has changed since then, and where a provider loads them. confirmed: the columns of running_tls(), which are the rest, tell what is loaded instead. is_loaded is NULL where nobody can tell. For everybody. Semantics: process_pm_reload_request() in src/backend/postmaster/postmaster.c.';

CREATE FUNCTION rds_guard.tls_hint() RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE '@edition@'
               WHEN 'c' THEN 'Run the report over a new TLS connection.'
               ELSE 'Look in the server''s log whether its last reload says "SSL configuration was not reloaded". With the library of rds_guard a report over a new TLS connection can tell.'
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.tls_hint() IS
'What shows whether the settings of TLS are those that the server has loaded, as a sentence. For everybody.';

CREATE FUNCTION rds_guard.tls_unseen(setting text)
    RETURNS TABLE (object text, detail text, fix text, evidence jsonb)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT setting, f.doubt, NULL::text, jsonb_build_object('unknown', rds_guard.tls_hint())
    FROM rds_guard.tls_in_force() AS f
    WHERE f.doubt IS NOT NULL AND NOT f.confirmed;
END
$$;

COMMENT ON FUNCTION rds_guard.tls_unseen(text) IS
'For rules that found nothing wrong with the settings of TLS: the row that says of this setting that the server may not have loaded them, or none where it has or the session can tell. For everybody.';
