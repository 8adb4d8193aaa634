-- What was installed besides PostgreSQL itself.

SELECT rds_guard.define_check('extension_unapproved', 'extensions', 'low',
    title => 'An extension is installed that was not approved',
    why => 'An extension is code that runs in the server, often with the rights of a superuser, and has to be kept up to date like the server.',
    remedy => 'Drop the extension, or name it in the policy approved_extensions.',
    refs => ARRAY['CIS 1.2', 'STIG V-261886', 'STIG V-261887'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN rds_guard.policy_names('approved_extensions') = '{}' THEN
                  rds_guard.not_applicable('the policy approved_extensions names none') END
        UNION ALL
        SELECT rds_guard.ident(e.extname),
               format('extension %s, version %s, is installed in schema %s', rds_guard.ident(e.extname), e.extversion, rds_guard.ident(n.nspname)),
               -- says so where something depends on it
               format('DROP EXTENSION %s;', rds_guard.ident(e.extname)),
               jsonb_build_object('version', e.extversion)
        FROM pg_catalog.pg_extension AS e
        JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
        WHERE e.extname <> ALL (rds_guard.policy_names('approved_extensions'))
              -- what initdb installs, and who asks
              AND e.extname NOT IN ('plpgsql', 'rds_guard')
    $$);
