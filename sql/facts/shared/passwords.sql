-- Which kind of password each role has, from whatever source may be read.

CREATE FUNCTION rds_guard.password_kinds()
    RETURNS TABLE (role name, can_login boolean, kind text, valid_until timestamptz)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    teller CONSTANT oid := (
        SELECT p.oid
        FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace
        -- anybody could make one: only the provider's own is ever called
        WHERE n.nspname = 'rds_tools' AND n.nspowner = 10 AND p.proowner = 10
              AND p.proname = 'role_password_encryption_type' AND p.pronargs = 0);
BEGIN
    -- RDS shuts pg_authid for everybody, and tells the kind by this function.
    IF teller IS NOT NULL AND rds_guard.on_rds() THEN
        IF NOT (has_schema_privilege('rds_tools', 'USAGE') AND has_function_privilege(teller, 'EXECUTE')) THEN
            RAISE insufficient_privilege USING
                MESSAGE = 'permission denied to see the kinds of passwords',
                HINT = format('GRANT USAGE ON SCHEMA rds_tools TO %1$s; GRANT EXECUTE ON FUNCTION rds_tools.role_password_encryption_type() TO %1$s;',
                              rds_guard.ident(current_user));
        END IF;
        RETURN QUERY EXECUTE
            'SELECT r.rolname, r.rolcanlogin,
                    CASE WHEN t.encryption_type IS NULL THEN ''none''
                         WHEN t.encryption_type::text ILIKE ''scram%'' THEN ''scram-sha-256''
                         WHEN t.encryption_type::text ILIKE ''md5%'' THEN ''md5''
                         ELSE ''unrecognised'' END,
                    r.rolvaliduntil
             FROM rds_tools.role_password_encryption_type() AS t
             JOIN pg_catalog.pg_roles AS r ON r.rolname = t.rolname::name';
        RETURN;
    END IF;
    RETURN QUERY SELECT v.role, v.can_login, v.kind, v.valid_until FROM rds_guard.password_verifiers() AS v;
END
$$;

COMMENT ON FUNCTION rds_guard.password_kinds() IS
'A row a role: whether it may log in, the kind of its password (none, md5, scram-sha-256, unrecognised) and until when that is valid (NULL or infinity: no limit). For whoever may read pg_authid; on RDS for whoever may execute rds_tools.role_password_encryption_type(). Never the password or its verifier. Error 42501 for others, with the GRANT as hint.';
