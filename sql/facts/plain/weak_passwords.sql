-- Guessing passwords takes the library: SCRAM is beyond what SQL computes in time.

CREATE FUNCTION rds_guard.weak_passwords(candidates text[] DEFAULT NULL, seconds integer DEFAULT 10)
    RETURNS TABLE (role name, can_login boolean, superuser boolean, valid_until timestamptz, kind text,
                   result text, guess_kind text, guesses integer, reason text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE feature_not_supported USING
        MESSAGE = 'passwords can be tested only with the library of rds_guard',
        HINT = CASE WHEN rds_guard.on_rds()
                    THEN 'RDS and Aurora show stored passwords to nobody: let a passcheck function of pg_tle refuse weak ones when they are set, or use IAM authentication.'
                    ELSE 'Install the extension rds_guard with its library, or let passwordcheck or credcheck refuse weak passwords when they are set.'
               END;
END
$$;

COMMENT ON FUNCTION rds_guard.weak_passwords(text[], integer) IS
'Which stored passwords are easily guessed: only with the library. Error 0A000, with what to do instead as hint.';

CREATE FUNCTION rds_guard.likely_passwords(milliseconds integer, most_guesses integer)
    RETURNS TABLE (role name, can_login boolean, superuser boolean, valid_until timestamptz, kind text,
                   result text, guess_kind text, guesses integer, reason text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM rds_guard.weak_passwords();
END
$$;

COMMENT ON FUNCTION rds_guard.likely_passwords(integer, integer) IS
'As weak_passwords(): only with the library. Error 0A000.';
