-- What the server says of one setting.

CREATE FUNCTION rds_guard.known_setting(setting text) RETURNS TABLE (name text, context text, source text)
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY SELECT s.name, s.context, s.source FROM pg_settings AS s WHERE lower(s.name) = lower(known_setting.setting);
END
$$;

COMMENT ON FUNCTION rds_guard.known_setting(text) IS
'The row of pg_settings for one setting, whatever the case of its name, without its value: how it can be changed and where its value comes from. No row when this server has no such setting, when a session made it up, or when the caller may not see it.';
