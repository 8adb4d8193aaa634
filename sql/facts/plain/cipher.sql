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

CREATE FUNCTION rds_guard.running_tls()
    RETURNS TABLE (is_loaded boolean, lowest_protocol text, highest_protocol text, server_chooses boolean, checks_revocation boolean, unseen text[])
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT CASE WHEN current_setting('ssl') = 'off' THEN false END, NULL::text, NULL::text, NULL::boolean, NULL::boolean,
           CASE WHEN current_setting('ssl') = 'off' THEN '{}' ELSE '{is_loaded}' END::text[]
           || '{lowest_protocol,highest_protocol,server_chooses,checks_revocation}'::text[];
END
$$;

COMMENT ON FUNCTION rds_guard.running_tls() IS
'One row: what the server has loaded for TLS, as far as it can be told; unseen names the columns that are NULL because it cannot. Without the library that is no more than whether ssl is off. For everybody.';

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
