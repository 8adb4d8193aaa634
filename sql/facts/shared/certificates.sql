-- The server's certificates as checks see them: where they do not matter the
-- check is not applicable, and a file that cannot be read is a finding, not an
-- error of the check.

CREATE FUNCTION rds_guard.certificate_command() RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
               WHEN rds_guard.on_rds() THEN
                   'aws rds describe-db-instances --query ''DBInstances[].[DBInstanceIdentifier,CACertificateIdentifier,CertificateDetails.ValidTill]'''
               ELSE
                   format('openssl s_client -starttls postgres -showcerts -connect HOST:%s, or on the server: openssl x509 -noout -text -in FILE (ssl_cert_file is %s)',
                          rds_guard.setting('port'), rds_guard.printable(rds_guard.setting('ssl_cert_file')))
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.certificate_command() IS
'The command that shows the server''s certificate where SQL cannot: aws on RDS and Aurora, openssl elsewhere. For everybody.';

CREATE FUNCTION rds_guard.examined_certificates()
    RETURNS TABLE (certificate rds_guard.server_certificate, problem text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    explanation text;
BEGIN
    IF rds_guard.setting('ssl') = 'off' THEN
        RAISE feature_not_supported USING MESSAGE = 'ssl is off';
    END IF;
    IF btrim(rds_guard.setting('listen_addresses')) = '' THEN
        RAISE feature_not_supported USING MESSAGE = 'the server listens on Unix sockets only';
    END IF;
    IF rds_guard.on_rds() THEN
        RAISE feature_not_supported USING
            MESSAGE = 'the certificate is AWS''s, and SQL does not show it',
            DETAIL = rds_guard.certificate_command();
    END IF;
    BEGIN
        RETURN QUERY SELECT c, NULL::text FROM rds_guard.server_certificates() AS c;
    EXCEPTION
        WHEN config_file_error OR undefined_file OR wrong_object_type OR program_limit_exceeded OR io_error THEN
            GET STACKED DIAGNOSTICS explanation = PG_EXCEPTION_DETAIL;
            RETURN QUERY SELECT NULL::rds_guard.server_certificate, concat_ws(': ', SQLERRM, nullif(explanation, ''));
    END;
END
$$;

COMMENT ON FUNCTION rds_guard.examined_certificates() IS
'For rules: the rows of server_certificates() as one column, or one row with the problem because of which they cannot be read. Raises 42501 like server_certificates(); 0A000 also where the server listens on Unix sockets only, and on RDS and Aurora with the aws command that shows the certificate.';

CREATE FUNCTION rds_guard.certificate_name(certificate rds_guard.server_certificate) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN format('%s %s %s', coalesce(rds_guard.printable(certificate.file), 'the loaded chain''s'),
                  CASE certificate.role WHEN 'client CA' THEN 'client CA' ELSE 'certificate' END, certificate."position");
END
$$;

COMMENT ON FUNCTION rds_guard.certificate_name(rds_guard.server_certificate) IS
'What a finding calls a certificate: its file, what the file is for, and its position there. For everybody.';

CREATE FUNCTION rds_guard.certificate_remark(certificate rds_guard.server_certificate) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
               WHEN certificate.loaded = 'newer' THEN '; the file was changed after the server last read its configuration, which may have loaded another one'
               WHEN certificate.file IS NULL THEN '; its file holds another one, which is not loaded'
               ELSE ''
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.certificate_remark(rds_guard.server_certificate) IS
'What a finding adds if a certificate may not be, or no longer is, that of its file. For everybody.';

CREATE FUNCTION rds_guard.certificates_unseen(newer boolean, presumed boolean)
    RETURNS TABLE (object text, detail text, fix text, evidence jsonb)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT 'ssl_cert_file',
           CASE WHEN newer THEN 'a file of certificates was changed after the server last read it: what the server goes on with cannot be seen' ELSE f.doubt END,
           NULL::text,
           -- a TLS session knows of the certificate that it got, not of other hosts'
           jsonb_build_object('unknown', CASE WHEN f.confirmed THEN 'Look in the server''s log whether its last reload says "SSL configuration was not reloaded".'
                                              ELSE rds_guard.tls_hint() END)
    FROM rds_guard.tls_in_force() AS f
    WHERE newer OR (presumed AND f.doubt IS NOT NULL);
END
$$;

COMMENT ON FUNCTION rds_guard.certificates_unseen(boolean, boolean) IS
'For rules that found nothing wrong with the certificates: the row that says that the server may have loaded others, where one of them is newer, or presumed and the server may have refused it; see server_certificates(). For everybody.';

CREATE FUNCTION rds_guard.revocation_lists()
    RETURNS TABLE (setting text, path text, next_update timestamptz, changed timestamptz, problem text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 2
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    folder CONSTANT text := CASE WHEN rds_guard.has_setting('ssl_crl_dir') THEN nullif(rds_guard.setting('ssl_crl_dir'), '') END;
    lists text[];
BEGIN
    IF folder IS NOT NULL THEN
        IF NOT has_function_privilege('pg_catalog.pg_ls_dir(text)', 'EXECUTE') THEN
            RAISE insufficient_privilege USING
                MESSAGE = 'permission denied to list the folder ssl_crl_dir',
                HINT = format('GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO %s;', rds_guard.ident(current_user));
        END IF;
        BEGIN
            -- the names by which OpenSSL looks for them
            lists := ARRAY(SELECT folder || '/' || l.name FROM pg_ls_dir(folder) AS l (name) WHERE l.name ~ '^[0-9a-f]{8}[.]r[0-9]+$');
        EXCEPTION
            WHEN undefined_file OR io_error OR wrong_object_type THEN
                RETURN QUERY SELECT 'ssl_crl_dir', folder, NULL::timestamptz, NULL::timestamptz, SQLERRM;
        END;
    END IF;
    FOR setting, path IN
        SELECT 'ssl_crl_file', rds_guard.setting('ssl_crl_file') WHERE rds_guard.setting('ssl_crl_file') <> ''
        UNION ALL
        SELECT 'ssl_crl_dir', l.path FROM unnest(lists) AS l (path)
    LOOP
        next_update := NULL;
        changed := NULL;
        problem := NULL;
        BEGIN
            next_update := rds_guard.crl_next_update(path);
            changed := rds_guard.file_changed(path);
            IF next_update IS NULL THEN
                problem := 'there is no list in PEM form in it';
            END IF;
        EXCEPTION
            WHEN undefined_file OR io_error OR config_file_error OR wrong_object_type OR program_limit_exceeded THEN
                problem := SQLERRM;
        END;
        RETURN NEXT;
    END LOOP;
    IF lists = '{}' THEN
        RETURN QUERY SELECT 'ssl_crl_dir', folder, NULL::timestamptz, NULL::timestamptz, 'no file in it has a name by which OpenSSL looks for one, so that whoever comes with a certificate is refused';
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.revocation_lists() IS
'The lists of revoked certificates that ssl_crl_file and ssl_crl_dir name: a row a file, with the time at which the first list in it ends (infinity: never), when the file was last changed, and why it cannot be read (problem; otherwise NULL).
For superusers and members of pg_read_server_files, for a folder also with EXECUTE on pg_ls_dir(text). Raises 42501 for others, 0A000 without the library where there is a list.';
