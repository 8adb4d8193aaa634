-- What passwords are like, and what sees to it that they are no worse.

SELECT rds_guard.define_check('weak_password_offline', 'authentication', 'critical',
    title => 'A password is one of the first that anybody would guess',
    why => 'The name of the role, the name with 123 behind it, password, the name of the database: these are what every attacker tries first, over the network or on a stolen backup. Tested are the stored verifiers, so that nothing shows in the log and no account is locked; a password that has expired, or of a role that cannot log in, counts as well. A report makes only the likeliest guesses; rds_guard.weak_passwords() makes hundreds.',
    remedy => 'Have the role set a long random password, or take away its password. Then run SELECT * FROM rds_guard.weak_passwords(); for what is only a little better. The policies weak_password_guesses and weak_password_milliseconds say how much a report tries.',
    needs => 'a superuser, and the library',
    refs => ARRAY[]::text[],
    rule => $$
        WITH tested AS MATERIALIZED (
            SELECT t.role, t.can_login, t.superuser, t.valid_until, t.kind, t.result, t.guess_kind, t.reason
            FROM rds_guard.likely_passwords((SELECT least(greatest(rds_guard.policy_number('weak_password_milliseconds'), 1), 86400000)::integer),
                                            (SELECT greatest(rds_guard.policy_number('weak_password_guesses'), 1)::integer)) AS t
        )
        SELECT rds_guard.ident(t.role),
               format('the password of %s is %s%s', rds_guard.ident(t.role),
                      CASE t.guess_kind
                          WHEN 'role name' THEN 'its own name'
                          WHEN 'variation of the role name' THEN 'a variation of its name'
                          WHEN 'database name' THEN 'the name of a database'
                          WHEN 'empty' THEN 'empty'
                          ELSE 'one of the most common passwords'
                      END,
                      CASE WHEN NOT t.can_login THEN ' (the role cannot log in now)'
                           WHEN t.valid_until <= now() THEN ' (it has expired)'
                           WHEN t.superuser THEN ', and it is a superuser'
                           ELSE '' END),
               format('\password %s', rds_guard.ident(t.role)),
               jsonb_build_object('kind', t.kind, 'guess_kind', t.guess_kind, 'can_login', t.can_login, 'superuser', t.superuser, 'valid_until', t.valid_until)
               || CASE WHEN t.can_login AND coalesce(t.valid_until, 'infinity') > now() THEN '{}'::jsonb ELSE '{"severity": "high"}' END
        FROM tested AS t
        WHERE t.result = 'guessed'
        UNION ALL
        SELECT rds_guard.ident(t.role), format('the password of %s cannot be tested: %s', rds_guard.ident(t.role), t.reason),
               NULL,
               jsonb_build_object('kind', t.kind, 'unknown',
                                  CASE t.kind WHEN 'unrecognised' THEN 'Have the role set its password again.'
                                              -- as slow for whoever steals it, which is no reason to weaken it
                                              ELSE 'Ask whoever set the password whether it is long and random; guessing it is slow for everybody.' END)
        FROM tested AS t
        WHERE t.result = 'not tested'
        UNION ALL
        -- Which they are depends on how busy the machine is, so that the row
        -- names none of them.
        SELECT NULL, format('%s ms did not do for the %s likeliest guesses on every password', p.milliseconds, p.guesses), NULL,
               jsonb_build_object('milliseconds', p.milliseconds, 'guesses', p.guesses,
                                  'unknown', 'Run SELECT * FROM rds_guard.weak_passwords(); as a superuser, or allow more time by the policy weak_password_milliseconds.')
        FROM (SELECT rds_guard.policy_number('weak_password_milliseconds'), rds_guard.policy_number('weak_password_guesses')) AS p (milliseconds, guesses)
        WHERE EXISTS (SELECT FROM tested AS t WHERE t.result = 'out of time')
    $$);

SELECT rds_guard.define_check('duplicate_password_hash', 'authentication', 'medium',
    title => 'Two roles have the same stored password',
    why => 'SCRAM salts each password by chance: equal verifiers were copied from one role to the other. One password opens both, and who may set the one knows the other.',
    remedy => 'Have each of the roles set a password of its own.',
    needs => 'SELECT on pg_authid',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN rds_guard.on_rds() THEN rds_guard.not_applicable('RDS and Aurora keep stored passwords from every role') END
        UNION ALL
        SELECT rds_guard.ident(v.role),
               format('%s has the same stored password as %s', rds_guard.ident(v.role), rds_guard.ident(v.same_as)),
               format('\password %s', rds_guard.ident(v.role)),
               jsonb_build_object('same_as', v.same_as, 'can_login', v.can_login)
        FROM rds_guard.password_verifiers() AS v
        WHERE NOT rds_guard.on_rds() AND v.same_as IS NOT NULL
    $$);

SELECT rds_guard.define_check('nologin_role_with_password', 'authentication', 'low',
    title => 'A role that cannot log in has a password',
    why => 'It is a credential that nobody uses and nobody watches: one ALTER ROLE LOGIN, for which CREATEROLE is enough, brings it back to life, and the password may be known to people who left.',
    remedy => 'Remove the password; set a new one if the role is to log in again.',
    needs => 'SELECT on pg_authid; on RDS EXECUTE on rds_tools.role_password_encryption_type()',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT rds_guard.ident(k.role),
               format('%s cannot log in and has a %s password', rds_guard.ident(k.role), k.kind),
               format('ALTER ROLE %s PASSWORD NULL;', rds_guard.ident(k.role)),
               jsonb_build_object('kind', k.kind, 'valid_until', k.valid_until)
        FROM rds_guard.password_kinds() AS k
        WHERE NOT k.can_login AND k.kind <> 'none'
              AND k.role NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
    $$);

SELECT rds_guard.define_check('password_expired_or_expiring', 'authentication', 'info',
    title => 'A password has expired or is about to',
    why => 'When VALID UNTIL passes, the application behind the role stops working. A role whose password has expired still owns its objects, and others may still SET ROLE to it; only its password is refused, not a certificate, peer or Kerberos.',
    remedy => 'Change the password and extend VALID UNTIL in time (the policy password_warning_days says what that is). A role that nobody needs any longer: take away LOGIN and the password.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT rds_guard.ident(r.rolname),
               format(CASE WHEN r.rolvaliduntil <= now() THEN 'the password of %s expired on %s' ELSE 'the password of %s expires on %s' END,
                      rds_guard.ident(r.rolname),
                      CASE WHEN isfinite(r.rolvaliduntil) THEN to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD') ELSE 'a date before all others' END),
               NULL,
               jsonb_build_object('valid_until', r.rolvaliduntil, 'expired', r.rolvaliduntil <= now())
        FROM pg_catalog.pg_roles AS r
        WHERE r.rolcanlogin
              AND r.rolvaliduntil < now() + make_interval(days => (SELECT least(rds_guard.policy_number('password_warning_days'), 100000)::integer))
              AND r.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
              -- a date without a password means nothing; not everybody can tell
              AND CASE WHEN r.rolvaliduntil IS NOT NULL THEN r.rolname NOT IN (SELECT n.role FROM rds_guard.roles_without_password() AS n (role)) END
        UNION ALL
        SELECT 'password_expiration_warning_threshold', 'the server warns no client of a password that is about to expire',
               rds_guard.setting_fix('password_expiration_warning_threshold', '7d'),
               jsonb_build_object('password_expiration_warning_threshold', s.value)
        FROM (SELECT CASE WHEN rds_guard.has_setting('password_expiration_warning_threshold')
                          THEN rds_guard.server_setting('password_expiration_warning_threshold') END) AS s (value)
        WHERE s.value = '0'
    $$);

SELECT rds_guard.define_check('default_admin_role_name', 'authentication', 'info',
    title => 'An administrator has the name that everybody would guess',
    why => 'Who guesses passwords needs a name first: postgres, admin, root and sa are tried without knowing anything. On RDS the name of the master user cannot be changed afterwards.',
    remedy => 'Give administrators personal roles, and the one named no way in over the network.',
    refs => ARRAY['Security Hub RDS.24', 'Security Hub RDS.25'],
    rule => $$
        SELECT rds_guard.ident(r.rolname), format('%s can log in and is an administrator', rds_guard.ident(r.rolname)),
               NULL, jsonb_build_object('superuser', r.rolsuper)
        FROM pg_catalog.pg_roles AS r
        WHERE lower(r.rolname) IN ('postgres', 'admin', 'administrator', 'root', 'sa') AND r.rolcanlogin
              AND (r.rolname IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
                   OR EXISTS (SELECT FROM pg_catalog.pg_roles AS s WHERE s.rolsuper AND pg_has_role(r.oid, s.oid, 'MEMBER')))
              AND r.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
    $$);

SELECT rds_guard.define_check('authentication_timeout', 'authentication', 'low',
    title => 'A client may take more than a minute to authenticate',
    why => 'Each connection that has not proved who it is holds a slot for that long: whoever reaches the port can fill all of them without a password.',
    remedy => 'Set authentication_timeout to 60 seconds or less.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT 'authentication_timeout', format('authentication_timeout is %s', s.value),
               rds_guard.setting_fix('authentication_timeout', '60s'),
               jsonb_build_object('authentication_timeout', s.value)
        -- only the files and the command line can set it, so that this is the server's
        FROM rds_guard.setting('authentication_timeout') AS s (value)
        WHERE s.value::interval > interval '60 seconds'
    $$);

SELECT rds_guard.define_check('md5_warnings_silenced', 'authentication', 'low',
    title => 'Warnings about MD5 passwords are switched off',
    why => 'A later version will no longer take MD5 passwords, and roles that still have one will not get in. The warning is what tells people before.',
    remedy => 'Set md5_password_warnings to on, remove the overrides, and have the roles set their passwords again.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.has_setting('md5_password_warnings') THEN
                  rds_guard.not_applicable('up to PostgreSQL 17 there is no such warning') END
        UNION ALL
        SELECT 'md5_password_warnings', 'md5_password_warnings is off',
               rds_guard.setting_fix('md5_password_warnings', 'on'),
               jsonb_build_object('md5_password_warnings', s.value)
        FROM (SELECT CASE WHEN rds_guard.has_setting('md5_password_warnings') THEN rds_guard.server_setting('md5_password_warnings') END) AS s (value)
        WHERE s.value = 'off'
        UNION ALL
        SELECT rds_guard.override_target(o.database, o.role),
               format('md5_password_warnings is %s for %s', o.value, rds_guard.override_target(o.database, o.role)),
               format('ALTER %s RESET md5_password_warnings;', rds_guard.override_target(o.database, o.role)),
               jsonb_build_object('md5_password_warnings', o.value, 'scope', o.scope)
        FROM rds_guard.setting_overrides() AS o
        -- as the server reads a switch, which takes beginnings of words
        WHERE o.name = 'md5_password_warnings' AND lower(o.value) ~ '^(of|off|f|fa|fal|fals|false|n|no|0)$'
    $$);

SELECT rds_guard.define_check('password_policy_missing', 'authentication', 'medium',
    title => 'Nothing looks at new passwords',
    why => 'Without passwordcheck, credcheck or a passcheck function of pg_tle the server takes any password, also the name of the role. None of these sees a password that the client has hashed, as \password does; credcheck can refuse such ones.',
    remedy => 'Add passwordcheck (comes with PostgreSQL) or credcheck to shared_preload_libraries and restart. On RDS and Aurora register a passcheck function of pg_tle and set pgtle.enable_password_check to require.',
    needs => 'pg_read_all_settings',
    refs => ARRAY['CIS 5.6'],
    rule => $$
        WITH hooks AS MATERIALIZED (
            SELECT h.name, h.in_force, h.remark FROM rds_guard.password_hooks() AS h
        )
        SELECT CASE WHEN rds_guard.on_rds() THEN 'pgtle.enable_password_check' ELSE 'shared_preload_libraries' END,
               coalesce((SELECT string_agg(format('%s: %s', h.name, h.remark), '; ' ORDER BY h.name) FROM hooks AS h),
                        'no library that looks at new passwords is loaded')
               || CASE WHEN r.restricted THEN ', but only members of rds_password may set one' ELSE '' END,
               NULL,
               jsonb_build_object('loaded', (SELECT coalesce(jsonb_agg(h.name ORDER BY h.name), '[]') FROM hooks AS h))
               || CASE WHEN r.restricted THEN '{"severity": "low"}' ELSE '{}' END::jsonb
               || CASE WHEN EXISTS (SELECT FROM hooks AS h WHERE h.in_force IS NULL)
                       THEN jsonb_build_object('unknown', 'Run the report in the database that pgtle.passcheck_db_name names.')
                       ELSE '{}' END
        FROM (SELECT CASE WHEN rds_guard.on_rds() AND rds_guard.has_setting('rds.restrict_password_commands')
                          THEN lower(rds_guard.setting('rds.restrict_password_commands')) IN ('on', '1', 'true') ELSE false END) AS r (restricted)
        WHERE NOT EXISTS (SELECT FROM hooks AS h WHERE h.in_force)
    $$);

SELECT rds_guard.define_check('password_policy_weak', 'authentication', 'low',
    title => 'What looks at new passwords lets weak ones pass',
    why => 'A short password is guessed from a stolen verifier, whatever else it has to contain; an exemption for superusers, or for names on a list, exempts those whose password is worth most; and a password that the client has hashed is looked at by nobody.',
    remedy => 'Ask for at least as many characters as the policy password_minimum_length says, and remove the exemptions.',
    needs => 'pg_read_all_settings',
    refs => ARRAY['CIS 5.6'],
    rule => $$
        WITH hooks AS MATERIALIZED (
            SELECT h.name FROM rds_guard.password_hooks() AS h WHERE h.name IN ('passwordcheck', 'credcheck')
        ), settings AS MATERIALIZED (
            -- passwordcheck counts bytes and shows them so, "12B"
            SELECT n.name, n.meaning, n.good, regexp_replace(rds_guard.server_setting(n.name), '^([0-9]+) *B$', E'\\1') AS value
            FROM (VALUES ('credcheck', 'credcheck.password_min_length', 'length', NULL),
                         ('credcheck', 'credcheck.superuser_nocheck', 'switch', 'off'),
                         ('credcheck', 'credcheck.encrypted_password_allowed', 'switch', 'off'),
                         ('credcheck', 'credcheck.whitelist', 'list', ''),
                         ('passwordcheck', 'passwordcheck.min_password_length', 'length', NULL)) AS n (library, name, meaning, good)
            WHERE CASE WHEN n.library IN (SELECT h.name FROM hooks AS h) THEN rds_guard.has_setting(n.name) END
        ), minimum AS (
            -- one that asks for enough makes up for the other
            SELECT (SELECT rds_guard.policy_number('password_minimum_length')) AS wanted,
                   greatest((SELECT max(CASE WHEN s.value ~ '^[0-9]{1,9}$' THEN s.value::integer
                                              -- kB and MB
                                              WHEN s.meaning = 'length' THEN 1024 END) FROM settings AS s WHERE s.meaning = 'length'),
                            CASE WHEN current_setting('server_version_num')::integer < 180000 AND 'passwordcheck' IN (SELECT h.name FROM hooks AS h) THEN 8 END) AS asked
        )
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT EXISTS (SELECT FROM hooks) THEN rds_guard.not_applicable('neither passwordcheck nor credcheck is loaded') END
        UNION ALL
        SELECT coalesce(s.name, 'passwordcheck'),
               format('passwords of %s characters pass', m.asked)
               || CASE WHEN s.name IS NULL THEN ': up to PostgreSQL 17 passwordcheck cannot be told otherwise' ELSE '' END,
               rds_guard.setting_fix(s.name, m.wanted::text),
               jsonb_build_object('minimum', m.asked, 'wanted', m.wanted)
        FROM minimum AS m
        LEFT JOIN LATERAL (SELECT max(s.name) AS name FROM settings AS s WHERE s.meaning = 'length') AS s ON true
        WHERE m.asked < m.wanted
        UNION ALL
        SELECT s.name, format('%s is %L', s.name, s.value), rds_guard.setting_fix(s.name, s.good),
               jsonb_build_object('value', s.value)
        FROM settings AS s
        WHERE s.meaning IN ('switch', 'list') AND s.value <> s.good
        UNION ALL
        SELECT rds_guard.override_target(o.database, o.role) || ' SET ' || o.name,
               format('%s is %s for %s', o.name, o.value, rds_guard.override_target(o.database, o.role)),
               format('ALTER %s RESET %s;', rds_guard.override_target(o.database, o.role), o.name),
               jsonb_build_object('value', o.value, 'scope', o.scope)
        FROM rds_guard.setting_overrides() AS o
        JOIN settings AS s ON s.name = o.name
        CROSS JOIN minimum AS m
        WHERE CASE s.meaning WHEN 'length' THEN CASE WHEN o.value ~ '^[0-9]{1,9}$' THEN o.value::integer < least(m.asked, m.wanted) ELSE true END
                             WHEN 'list' THEN o.value NOT IN ('', s.value)
                             ELSE lower(o.value) !~ '^(of|off|f|fa|fal|fals|false|n|no|0)$' AND s.value = 'off' END
    $$);

SELECT rds_guard.define_check('bruteforce_protection_missing', 'authentication', 'low',
    title => 'Nothing slows down who tries one password after the other',
    why => 'The server itself answers every wrong password at once, as often as somebody asks. auth_delay makes each failure wait; credcheck can also shut an account after some.',
    remedy => 'Add auth_delay (comes with PostgreSQL) to shared_preload_libraries, restart and set auth_delay.milliseconds, or set credcheck.max_auth_failure or credcheck.auth_delay_ms.',
    needs => 'pg_read_all_settings, where one of them is loaded',
    refs => ARRAY[]::text[],
    rule => $$
        WITH settings AS MATERIALIZED (
            -- no role has settings yet when a password is refused
            SELECT n.name, rds_guard.server_setting(n.name) AS value
            FROM (VALUES ('auth_delay', 'auth_delay.milliseconds'), ('credcheck', 'credcheck.auth_delay_ms'),
                         ('credcheck', 'credcheck.max_auth_failure')) AS n (library, name)
            WHERE CASE WHEN NOT rds_guard.on_rds() AND rds_guard.has_setting(n.name)
                       -- what a session loads comes after the password
                       THEN n.library IN (SELECT l.library FROM rds_guard.preloaded_libraries() AS l (library)) END
        )
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN rds_guard.on_rds() THEN rds_guard.not_applicable('RDS and Aurora load neither auth_delay nor credcheck') END
        UNION ALL
        SELECT 'shared_preload_libraries',
               coalesce((SELECT string_agg(format('%s is %s', s.name, s.value), ', ' ORDER BY s.name) FROM settings AS s), 'neither auth_delay nor credcheck is loaded'),
               (SELECT rds_guard.setting_fix(s.name, CASE s.name WHEN 'credcheck.max_auth_failure' THEN '10' ELSE '500' END)
                FROM settings AS s ORDER BY s.name LIMIT 1),
               (SELECT coalesce(jsonb_object_agg(s.name, s.value), '{}') FROM settings AS s)
        WHERE NOT EXISTS (SELECT FROM settings AS s WHERE s.value !~ '^0+( *[a-z]+)?$')
    $$);

SELECT rds_guard.define_check('pg_tle_hooks_untrusted', 'authentication', 'high',
    title => 'A function that sees passwords or logins is not an administrator''s',
    why => 'A passcheck function of pg_tle gets every new password in clear text, also the superuser''s; with a database of its own it runs as superuser, and so do clientauth functions. Whoever owns the function or its schema decides what it does; without a search_path of its own, so does whoever sets that.',
    remedy => 'Have the function and its schema belong to an administrator and give it SET search_path = pg_catalog, pg_temp. Exempt nobody from clientauth but the account for emergencies. Judged is the current database; without pgtle.passcheck_db_name each has functions of its own for passwords.',
    refs => ARRAY[]::text[],
    rule => $$
        WITH here AS MATERIALIZED (
            SELECT EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = 'pg_tle') AS installed,
                   rds_guard.has_setting('pgtle.enable_clientauth') AS loaded
        )
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN (SELECT NOT h.installed AND NOT h.loaded FROM here AS h) THEN rds_guard.not_applicable('pg_tle is neither loaded nor installed in this database') END
        UNION ALL
        SELECT f.function,
               format('the %s function %s %s', f.feature, f.function,
                      CASE WHEN f.owner IS NULL THEN 'is registered, but gone: whoever can create it decides what it does'
                           WHEN f.owner NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role)) THEN format('belongs to %s', rds_guard.ident(f.owner))
                           WHEN f.schema_owner NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role)) THEN format('lies in a schema of %s', rds_guard.ident(f.schema_owner))
                           ELSE 'has no search_path of its own' END),
               CASE WHEN f.owner IN (SELECT a.role FROM rds_guard.administrators() AS a (role)) AND NOT f.pinned
                         AND f.schema_owner IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
                    THEN format('ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp;', f.function) END,
               jsonb_build_object('feature', f.feature, 'owner', f.owner, 'schema_owner', f.schema_owner, 'pinned', f.pinned)
        FROM rds_guard.tle_features() AS f
        WHERE f.owner IS NULL OR NOT f.pinned
              OR f.owner NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
              OR f.schema_owner NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
        UNION ALL
        SELECT s.name, format('%s exempts %s', s.name, s.value), rds_guard.setting_fix(s.name, ''),
               jsonb_build_object('value', s.value, 'severity', 'medium')
        FROM (SELECT n.name, CASE WHEN (SELECT h.loaded FROM here AS h) AND rds_guard.setting('pgtle.enable_clientauth') <> 'off'
                                  THEN rds_guard.setting(n.name) END
              FROM unnest('{pgtle.clientauth_databases_to_skip,pgtle.clientauth_users_to_skip}'::text[]) AS n (name)) AS s (name, value)
        WHERE s.value <> ''
        UNION ALL
        SELECT s.name, format('the %s functions in database %s are called', s.feature, rds_guard.ident(s.home)), NULL,
               jsonb_build_object('database', s.home, 'unknown', format('Run the report in the database that %s names.', s.name))
        FROM (SELECT n.feature, n.name, CASE WHEN rds_guard.has_setting(n.switch) AND rds_guard.has_setting(n.name)
                                             THEN CASE WHEN rds_guard.setting(n.switch) <> 'off' THEN rds_guard.setting(n.name) END END
              FROM (VALUES ('passcheck', 'pgtle.enable_password_check', 'pgtle.passcheck_db_name'),
                           ('clientauth', 'pgtle.enable_clientauth', 'pgtle.clientauth_db_name')) AS n (feature, switch, name)) AS s (feature, name, home)
        WHERE s.home NOT IN ('', current_database())
    $$);

SELECT rds_guard.define_check('rds_accepted_password_method', 'authentication', 'medium',
    title => 'RDS still accepts MD5 passwords',
    why => 'With md5+scram a client can log in with an MD5 hash, which is all that a stolen one takes.',
    remedy => 'Once no role has an MD5 password any longer (md5_password_hashes), set rds.accepted_password_auth_method to scram in the parameter group. An old RDS Proxy, and roles whose password is still MD5, do not get in from then on.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.on_rds() THEN rds_guard.not_applicable('only RDS and Aurora have this setting')
                   WHEN NOT rds_guard.has_setting('rds.accepted_password_auth_method') THEN
                       rds_guard.unknown('this server does not show rds.accepted_password_auth_method', rds_guard.setting_lookup('rds.accepted_password_auth_method')) END
        UNION ALL
        SELECT 'rds.accepted_password_auth_method', format('rds.accepted_password_auth_method is %s', s.value),
               -- with an MD5 password left it would lock that role out
               CASE WHEN rds_guard.passwords_unseen() IS NOT NULL THEN NULL
                    WHEN NOT EXISTS (SELECT FROM rds_guard.password_kinds() AS k WHERE k.kind = 'md5')
                    THEN rds_guard.setting_fix('rds.accepted_password_auth_method', 'scram') END,
               jsonb_build_object('rds.accepted_password_auth_method', s.value)
        FROM (SELECT CASE WHEN rds_guard.on_rds() THEN rds_guard.setting('rds.accepted_password_auth_method') END) AS s (value)
        WHERE lower(s.value) NOT IN ('scram', 'scram-sha-256')
    $$);

SELECT rds_guard.define_check('rds_password_commands_unrestricted', 'authentication', 'low',
    title => 'Every role may change its password by SQL on RDS',
    why => 'With rds.restrict_password_commands only members of rds_password may set passwords and their expiry, so that one program or team, and not each client, decides how they are made.',
    remedy => 'Set rds.restrict_password_commands to 1 in the parameter group, reboot, and grant rds_password to those who are to manage passwords; with CREATEROLE besides, they set those of others.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.on_rds() THEN rds_guard.not_applicable('only RDS and Aurora have this setting')
                   WHEN NOT rds_guard.has_setting('rds.restrict_password_commands') THEN
                       rds_guard.unknown('this server does not show rds.restrict_password_commands', rds_guard.setting_lookup('rds.restrict_password_commands')) END
        UNION ALL
        SELECT 'rds.restrict_password_commands', 'rds.restrict_password_commands is off',
               rds_guard.setting_fix('rds.restrict_password_commands', '1'),
               jsonb_build_object('rds.restrict_password_commands', s.value,
                                  'rds_password', (SELECT coalesce(jsonb_agg(r.rolname ORDER BY r.rolname), '[]')
                                                   FROM pg_catalog.pg_roles AS r
                                                   JOIN pg_catalog.pg_roles AS p ON p.rolname = 'rds_password' AND r.oid <> p.oid AND pg_has_role(r.oid, p.oid, 'MEMBER')
                                                   WHERE NOT r.rolsuper))
        FROM (SELECT CASE WHEN rds_guard.on_rds() THEN rds_guard.setting('rds.restrict_password_commands') END) AS s (value)
        WHERE lower(s.value) IN ('off', '0', 'false')
    $$);
