-- What the checks look at, each once, every row of it, judging nothing.
SELECT (SELECT count(rolpassword) FROM pg_authid),
       (SELECT count(*) FROM pg_auth_members),
       (SELECT count(setconfig) FROM pg_db_role_setting),
       (SELECT count(datacl) FROM pg_database),
       (SELECT count(nspacl) FROM pg_namespace),
       (SELECT count(relacl) FROM pg_class),
       (SELECT count(attacl) FROM pg_attribute),
       (SELECT count(proacl) FROM pg_proc),
       (SELECT count(defaclacl) FROM pg_default_acl),
       (SELECT count(setting) FROM pg_settings),
       (SELECT count(error) FROM pg_hba_file_rules),
       (SELECT count(s.version) FROM pg_stat_activity AS a LEFT JOIN pg_stat_ssl AS s USING (pid));
