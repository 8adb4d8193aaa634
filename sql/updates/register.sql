BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pgtle.install_extension('rds_guard', '@version@', '@comment@', script);
    FOR older IN SELECT v.version FROM pgtle.available_extension_versions() AS v
                 WHERE v.name = 'rds_guard'
                       AND CASE WHEN v.version ~ '^[0-9]+([.][0-9]+)*$' THEN string_to_array(v.version, '.')::integer[] < string_to_array('@version@', '.')::integer[] END LOOP
        PERFORM pgtle.install_update_path('rds_guard', older, '@version@', keep || script || restore);
    END LOOP;
    PERFORM pgtle.set_default_version('rds_guard', '@version@');
END
