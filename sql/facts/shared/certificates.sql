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
