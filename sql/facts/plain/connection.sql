-- How this session is connected, from the views about it.

CREATE FUNCTION rds_guard.connection()
    RETURNS TABLE (pid integer, session_role name, client_address inet, encryption text, protocol text, cipher text, bits integer,
                   client_certificate boolean, certificate_verified boolean, certificate_subject text, certificate_issuer text,
                   certificate_serial numeric, certificate_not_before timestamptz, certificate_not_after timestamptz,
                   gss_principal text, auth_method text, auth_identity text, unseen text[])
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    backend text;
    system_user_is text;
    -- NULL where it is hidden, or where there is none
    oauth_validators CONSTANT text := CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE')
                                           THEN current_setting('oauth_validator_libraries', true) END;
    unseen text[] := '{}';
BEGIN
    SELECT a.backend_type INTO backend FROM pg_stat_activity AS a WHERE a.pid = pg_backend_pid();
    -- After SET ROLE to a role that may not see the session role's rows, the
    -- views show this session's with nothing in them.
    IF backend IS NULL THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'the current role may not see this session, which belongs to another role',
            HINT = format('GRANT pg_read_all_stats TO %s;', rds_guard.ident(current_user));
    END IF;
    IF backend NOT IN ('client backend', 'walsender') THEN
        RAISE feature_not_supported USING
            MESSAGE = 'this process serves no client connection',
            DETAIL = format('It is a process of type "%s".', backend);
    END IF;

    IF current_setting('server_version_num')::integer >= 160000 THEN
        EXECUTE 'SELECT system_user' INTO system_user_is;
        -- trust asks for no identity, and nothing else leaves it out but an
        -- OAuth validator that decides about roles as well
        IF system_user_is IS NULL AND current_setting('server_version_num')::integer >= 180000 AND oauth_validators IS DISTINCT FROM '' THEN
            unseen := '{auth_method}';
        ELSE
            system_user_is := coalesce(system_user_is, 'trust:');
        END IF;
    ELSE
        unseen := '{auth_method,auth_identity}';
    END IF;

    RETURN QUERY
    SELECT pg_backend_pid(), session_user, inet_client_addr(),
           CASE WHEN s.ssl THEN 'tls' WHEN g.encrypted THEN 'gss' ELSE 'none' END,
           s.version, s.cipher, s.bits,
           s.client_dn IS NOT NULL,
           -- the server takes only certificates that it could verify
           s.client_dn IS NOT NULL,
           s.client_dn, s.issuer_dn, s.client_serial, NULL::timestamptz, NULL::timestamptz,
           g.principal,
           split_part(system_user_is, ':', 1),
           nullif(substr(system_user_is, strpos(system_user_is, ':') + 1), ''),
           unseen || CASE WHEN s.client_dn IS NOT NULL THEN '{certificate_not_before,certificate_not_after}' ELSE '{}' END::text[]
    FROM (SELECT) AS always
    LEFT JOIN pg_stat_ssl AS s ON s.pid = pg_backend_pid()
    LEFT JOIN pg_stat_gssapi AS g ON g.pid = pg_backend_pid();
END
$$;

COMMENT ON FUNCTION rds_guard.connection() IS
'One row: how this session is connected. Address (NULL on a Unix socket), encryption (tls, gss, none), protocol, cipher and bits; whether the client gave a certificate, whose, and whether it was verified; the Kerberos principal; how the user authenticated. NULL means that there is none, except for the columns named in unseen, which this server or edition cannot tell (auth_method also from 18 on, without an identity, where oauth_validator_libraries is set or hidden). For everybody. Errors: 42501 after SET ROLE to a role that may not see the session, 0A000 in a process without a client. Source: pg_stat_ssl, pg_stat_gssapi, SYSTEM_USER (16 and later).';
