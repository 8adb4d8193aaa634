-- Only the library can look at the descriptors of the server.

CREATE FUNCTION rds_guard.log_output() RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE feature_not_supported USING
        MESSAGE = 'where the server''s standard error goes can only be told with the library',
        HINT = 'On the server, ls -l /proc/PID/fd/2 shows it, with the PID of postmaster.pid.';
END
$$;

COMMENT ON FUNCTION rds_guard.log_output() IS
'What the server''s standard error is. Without the library this raises 0A000 for everybody.';
