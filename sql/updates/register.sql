BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pgtle.install_extension('rds_guard', '@version@', '@comment@', script);
    FOR older IN SELECT v.version FROM pgtle.available_extension_versions() AS v WHERE v.name = 'rds_guard' AND v.version <> '@version@' LOOP
        PERFORM pgtle.install_update_path('rds_guard', older, '@version@', keep || script || restore);
    END LOOP;
    PERFORM pgtle.set_default_version('rds_guard', '@version@');
END
