-- Certificates take a library to read.

CREATE FUNCTION rds_guard.server_certificates() RETURNS SETOF rds_guard.server_certificate
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF rds_guard.setting('ssl') = 'off' THEN
        RAISE feature_not_supported USING MESSAGE = 'ssl is off: the server uses no certificate';
    END IF;
    RAISE feature_not_supported USING
        MESSAGE = CASE WHEN rds_guard.on_rds() THEN 'RDS and Aurora show no certificate in SQL' ELSE 'without its library rds_guard cannot read certificates' END,
        DETAIL = 'To see what the server shows, run: ' || rds_guard.certificate_command();
END
$$;

COMMENT ON FUNCTION rds_guard.server_certificates() IS
'A row for each certificate that the server is configured to load; see the edition with a library. Raises 0A000: certificates cannot be read in SQL. The message says what shows them instead.';

CREATE FUNCTION rds_guard.tls_hosts()
    RETURNS TABLE (hosts text[], certificate_file text, key_file text, ca_file text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE feature_not_supported USING MESSAGE = 'without its library rds_guard cannot read hosts_file';
END
$$;

COMMENT ON FUNCTION rds_guard.tls_hosts() IS
'Always raises 0A000: without the library nothing parses hosts_file.';
