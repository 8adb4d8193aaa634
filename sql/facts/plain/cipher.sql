-- What would be negotiated only the server's own OpenSSL can tell.

CREATE FUNCTION rds_guard.tls_offers()
    RETURNS TABLE (kind text, protocol text, name text, key_exchange text, authentication text, encryption text, integrity text,
                   bits integer, source text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF current_setting('ssl') = 'off' THEN
        RAISE feature_not_supported USING MESSAGE = 'ssl is off';
    END IF;
    RAISE feature_not_supported USING
        MESSAGE = 'without its library rds_guard cannot ask OpenSSL what this server would negotiate',
        DETAIL = 'A client can try: nmap --script ssl-enum-ciphers -p PORT HOST, or openssl s_client -starttls postgres -connect HOST:PORT -cipher SUITE.',
        HINT = 'Use the edition with the library where that can be loaded.';
END
$$;

COMMENT ON FUNCTION rds_guard.tls_offers() IS
'What tls_ciphers() judges. Without the library nothing can tell: raises 0A000, and says how a client can try.';

CREATE FUNCTION rds_guard.openssl()
    RETURNS TABLE (version text, fips boolean)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE feature_not_supported USING
        MESSAGE = 'without its library rds_guard cannot ask OpenSSL for its version and mode',
        DETAIL = 'From PostgreSQL 18 on the function fips_mode() of the extension pgcrypto tells the mode.';
END
$$;

COMMENT ON FUNCTION rds_guard.openssl() IS
'The version and mode of the server''s OpenSSL. Without the library nothing can tell: raises 0A000.';
