-- How passwords are stored, for whom pg_authid is readable.

CREATE FUNCTION rds_guard.password_verifiers()
    RETURNS TABLE (role name, can_login boolean, kind text, iterations integer, valid_until timestamptz, same_as name)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    -- RDS refuses it whatever was granted
    IF (rds_guard.on_rds() AND NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user))
       OR NOT (has_column_privilege('pg_catalog.pg_authid', 'rolname', 'SELECT')
               AND has_column_privilege('pg_catalog.pg_authid', 'rolcanlogin', 'SELECT')
               AND has_column_privilege('pg_catalog.pg_authid', 'rolpassword', 'SELECT')
               AND has_column_privilege('pg_catalog.pg_authid', 'rolvaliduntil', 'SELECT')) THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'permission denied to read password verifiers',
            HINT = CASE WHEN rds_guard.on_rds() THEN 'RDS and Aurora let no role read them.'
                        ELSE format('GRANT SELECT ON pg_catalog.pg_authid TO %s; -- also shows the password hashes, better ask a superuser to run this',
                                    rds_guard.ident(current_user))
                   END;
    END IF;
    RETURN QUERY
    SELECT a.rolname, a.rolcanlogin, v.kind,
           CASE v.kind WHEN 'scram-sha-256' THEN substring(a.rolpassword, '^SCRAM-SHA-256[$]([0-9]+):')::integer END,
           a.rolvaliduntil,
           -- Salt and key of SCRAM. The server's second key follows from them,
           -- and an MD5 hash is salted with the role's name.
           CASE WHEN f.first_role <> a.rolname THEN f.first_role END
    FROM pg_authid AS a
    CROSS JOIN LATERAL (
        SELECT CASE
                   WHEN a.rolpassword IS NULL THEN 'none'
                   WHEN a.rolpassword ~ '^md5[0-9a-f]{32}$' THEN 'md5'
                   -- The keys are 32 bytes in base64, with no bit left over; the
                   -- server itself would also take a negative number of
                   -- iterations and wrap a large one.
                   WHEN length(a.rolpassword) <= 1024
                        AND a.rolpassword ~ '^SCRAM-SHA-256[$]0*[0-9]{1,10}:([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==)[$][A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$'
                        AND substring(a.rolpassword, '^SCRAM-SHA-256[$]([0-9]+):')::bigint BETWEEN 1 AND 2147483647
                       THEN 'scram-sha-256'
                   ELSE 'unrecognised'
               END
    ) AS v (kind)
    LEFT JOIN (SELECT o.rolname, min(o.rolname::text COLLATE "C") OVER (PARTITION BY o.iterations, o.stored)::name AS first_role
               FROM (SELECT p.rolname, substring(p.rolpassword, '^[^:]*:([^:]*)') AS stored,
                            -- the server wraps what is no integer, and takes 4294967297 for 1
                            substring(p.rolpassword, '^SCRAM-SHA-256[$]0*([0-9]+):')::numeric % 4294967296 AS iterations
                     FROM pg_authid AS p
                     WHERE length(p.rolpassword) <= 1024
                           AND p.rolpassword ~ '^SCRAM-SHA-256[$]0*[0-9]{1,18}:([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==)[$][A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$') AS o
               WHERE o.iterations BETWEEN 1 AND 2147483647) AS f
        ON f.rolname = a.rolname;
END
$$;

COMMENT ON FUNCTION rds_guard.password_verifiers() IS
'A row a role: whether it may log in, the kind of its password verifier (none, md5, scram-sha-256, unrecognised), for SCRAM the number of iterations, and until when the password is valid (NULL or infinity: no limit). same_as is the first role by name that has the same SCRAM verifier, salt, key and what the server makes of the number of iterations, NULL for that role and where nobody else has it. Never the verifier, salt or keys. For whoever may read these columns of pg_authid; 42501 for others, with the GRANT as hint. Source: get_password_type() in crypt.c, parse_scram_secret() in auth-scram.c.';
