-- How roles prove who they are: passwords, their kind and age, IAM.

SELECT rds_guard.define_check('superuser_password_auth', 'authentication', 'critical',
    title => 'A superuser can log in with a password',
    why => 'A password can be guessed, phished, found in a script or replayed from a backup; one that opens a superuser account opens the whole server and, through it, the operating system. So does that of a role that can become a superuser by SET ROLE, however many memberships that takes. On RDS and Aurora the same holds for members of rds_superuser.',
    remedy => 'Give administrators personal roles that authenticate by peer, certificate, Kerberos or IAM, and remove the password of the superuser, or the membership that leads to one, once there is such a way in. On RDS and Aurora enable IAM authentication, grant rds_iam to all administrators but one, and keep the password of that one sealed.',
    needs => 'SELECT on pg_authid, and on pg_hba_file_rules with EXECUTE on pg_hba_file_rules(); any role where no superuser can log in, and on RDS',
    refs => ARRAY['CIS 4.8', 'CIS 5.3', 'STIG V-261885', 'Security Hub RDS.10'],
    rule => $$
        WITH elsewhere AS MATERIALIZED (
            -- These ask for a password that is not stored here, so that a login
            -- without a stored one takes the file, too. On RDS pam is IAM.
            SELECT CASE WHEN rds_guard.on_rds() THEN false
                        ELSE EXISTS (SELECT FROM rds_guard.hba_rules() AS h WHERE h.auth_method IN ('ldap', 'pam', 'radius', 'bsd')) END AS asked
        ), logins AS MATERIALIZED (
            SELECT k.role, k.kind, k.valid_until,
                   -- the server refuses an expired password
                   k.kind <> 'none' AND coalesce(k.valid_until, 'infinity') > now() AS stored
            FROM rds_guard.password_kinds() AS k
            -- the first conditions have no column: where no administrator can
            -- log in, nobody asks for passwords, nor for pg_hba.conf
            WHERE NOT rds_guard.on_rds()
                  AND EXISTS (SELECT FROM pg_catalog.pg_roles AS r
                              WHERE r.rolcanlogin AND r.rolname IN (SELECT s.role FROM rds_guard.superuser_reachers() AS s (role)))
                  AND k.can_login
                  AND k.role IN (SELECT s.role FROM rds_guard.superuser_reachers() AS s (role))
        ), candidates AS MATERIALIZED (
            SELECT l.role, l.kind, l.valid_until, l.stored
            FROM logins AS l
            WHERE l.stored OR (SELECT e.asked FROM elsewhere AS e)
        ), ways AS (
            -- only asked where there is a password: it needs a further right
            SELECT c.role, c.kind, c.valid_until,
                   bool_or(h.auth_method IN ('scram-sha-256', 'md5', 'password')) AS stored,
                   string_agg(DISTINCT h.auth_method, ', ') FILTER (WHERE h.auth_method IN ('ldap', 'pam', 'radius', 'bsd')) AS elsewhere,
                   string_agg(format('line %s (%s %s from %s)', h.line_number, h.type, h.auth_method, coalesce(h.address, 'this machine')), ', ' ORDER BY h.place) AS lines,
                   bool_or(h.remote) AS remote,
                   jsonb_agg(jsonb_build_object('line', h.line_number, 'type', h.type, 'address', h.address, 'method', h.auth_method) ORDER BY h.place) AS evidence
            FROM candidates AS c
            -- a line may have several rows, for other databases or transports
            CROSS JOIN LATERAL (
                SELECT a.place, a.line_number, a.type, a.auth_method, a.address,
                       bool_or(a.remote) AND (SELECT rds_guard.listens_on_network()) AS remote
                FROM rds_guard.hba_access(c.role) AS a
                GROUP BY a.place, a.line_number, a.type, a.auth_method, a.address) AS h
            WHERE h.auth_method IN ('ldap', 'pam', 'radius', 'bsd')
                  OR (c.stored AND h.auth_method IN ('scram-sha-256', 'md5', 'password')
                      -- md5 as a method takes SCRAM verifiers too, the reverse is not so
                      AND NOT (h.auth_method = 'scram-sha-256' AND c.kind = 'md5'))
            GROUP BY c.role, c.kind, c.valid_until
        )
        SELECT rds_guard.ident(w.role),
               format('%s has %s, and pg_hba.conf asks for it%s: %s',
                      CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = w.role AND r.rolsuper) THEN 'superuser ' || rds_guard.ident(w.role)
                           ELSE rds_guard.ident(w.role) || ', which is or can become an administrator,' END,
                      concat_ws(' and ', CASE WHEN w.stored THEN format('a %s password', w.kind) END, 'a password by ' || w.elsewhere),
                      CASE WHEN w.remote THEN ', also over the network' ELSE ' on this machine only' END, w.lines),
               -- only where it has another way in
               CASE WHEN w.elsewhere IS NULL
                         AND EXISTS (SELECT FROM rds_guard.hba_access(w.role) AS h
                                     WHERE h.auth_method NOT IN ('scram-sha-256', 'md5', 'password') AND NOT h.reached <@ '{replication}')
                    THEN format('ALTER ROLE %s PASSWORD NULL;', rds_guard.ident(w.role)) END,
               jsonb_build_object('kind', w.kind, 'valid_until', w.valid_until, 'remote', w.remote, 'lines', w.evidence)
        FROM ways AS w
        UNION ALL
        -- On RDS nobody sees the verifier, and nobody but the provider is
        -- superuser: membership decides. IAM and Kerberos take precedence.
        SELECT rds_guard.ident(r.rolname),
               format('%s is a member of rds_superuser and of neither rds_iam nor rds_ad: a password is its only way in', rds_guard.ident(r.rolname)),
               -- with IAM off it would lock out the role, and with it perhaps the last administrator
               NULL,
               jsonb_build_object('valid_until', r.rolvaliduntil)
        FROM pg_catalog.pg_roles AS r
        JOIN pg_catalog.pg_roles AS su ON su.rolname = 'rds_superuser' AND pg_has_role(r.oid, su.oid, 'MEMBER')
        WHERE rds_guard.on_rds() AND r.rolcanlogin AND NOT r.rolsuper AND coalesce(r.rolvaliduntil, 'infinity') > now()
              AND r.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
              AND NOT EXISTS (
                  SELECT FROM pg_catalog.pg_roles AS g
                  WHERE g.rolname IN ('rds_iam', 'rds_ad') AND pg_has_role(r.oid, g.oid, 'MEMBER'))
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u WHERE EXISTS (SELECT FROM logins)
    $$);

SELECT rds_guard.define_check('md5_password_hashes', 'authentication', 'high',
    title => 'A password is stored as an MD5 hash',
    why => 'The stored hash is itself enough to log in, so whoever sees a dump or a backup has the password; guessing it takes a graphics card minutes. PostgreSQL 18 deprecates it.',
    remedy => 'Set password_encryption to scram-sha-256 and have each role set its password again; only then turn md5 in pg_hba.conf into scram-sha-256.',
    needs => 'SELECT on pg_authid; on RDS EXECUTE on rds_tools.role_password_encryption_type()',
    refs => ARRAY['STIG V-261891'],
    rule => $$
        SELECT rds_guard.ident(k.role),
               format('the password of %s is stored as an MD5 hash%s', rds_guard.ident(k.role),
                      CASE WHEN k.can_login THEN '' ELSE ' (the role cannot log in now)' END),
               format('\password %s', rds_guard.ident(k.role)),
               jsonb_build_object('kind', k.kind, 'can_login', k.can_login)
        FROM rds_guard.password_kinds() AS k
        WHERE k.kind = 'md5'
    $$);

SELECT rds_guard.define_check('password_encryption_md5', 'authentication', 'high',
    title => 'New passwords are stored as MD5 hashes',
    why => 'password_encryption decides how the next password is stored, and a role or a database can have a value of its own that nobody notices.',
    remedy => 'Set password_encryption to scram-sha-256 and remove the overrides.',
    refs => ARRAY['STIG V-261891'],
    rule => $$
        SELECT 'password_encryption', format('password_encryption is %s', s.value),
               rds_guard.setting_fix('password_encryption', 'scram-sha-256'),
               jsonb_build_object('password_encryption', s.value)
        FROM rds_guard.server_setting('password_encryption') AS s (value)
        WHERE s.value <> 'scram-sha-256'
        UNION ALL
        SELECT rds_guard.override_target(o.database, o.role),
               format('password_encryption is %s for %s', o.value, rds_guard.override_target(o.database, o.role)),
               format('ALTER %s RESET password_encryption;', rds_guard.override_target(o.database, o.role)),
               jsonb_build_object('password_encryption', o.value, 'scope', o.scope)
        FROM rds_guard.setting_overrides() AS o
        WHERE o.name = 'password_encryption' AND lower(o.value) <> 'scram-sha-256'
    $$);

SELECT rds_guard.define_check('scram_low_iterations', 'authentication', 'low',
    title => 'A SCRAM password is hashed with too few iterations',
    why => 'The number of iterations is what guessing costs somebody who holds a stolen verifier. 4096 is the default and the least that RFC 7677 allows. From PostgreSQL 16 on any role may lower it for itself.',
    remedy => 'Set scram_iterations to 4096 or more, remove overrides, and have the roles named set their password again.',
    needs => 'SELECT on pg_authid',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT rds_guard.ident(v.role),
               CASE WHEN v.kind = 'unrecognised'
                    THEN format('the password of %s is stored in a form that PostgreSQL never writes: its iterations cannot be told', rds_guard.ident(v.role))
                    ELSE format('the password of %s is hashed with %s iteration(s)', rds_guard.ident(v.role), v.iterations)
               END,
               format('\password %s', rds_guard.ident(v.role)),
               jsonb_build_object('kind', v.kind, 'iterations', v.iterations)
        FROM rds_guard.password_verifiers() AS v
        -- the server wraps a count of 4294967297 to 1 and lets the role in
        WHERE NOT rds_guard.on_rds() AND (v.iterations < 4096 OR v.kind = 'unrecognised')
        UNION ALL
        SELECT NULL, 'with how many iterations the stored passwords are hashed cannot be seen', NULL,
               '{"unknown": "RDS and Aurora let no role read them. Passwords that are set again have as many as scram_iterations says."}'::jsonb
        WHERE rds_guard.on_rds()
        UNION ALL
        SELECT 'scram_iterations', format('scram_iterations is %s', s.value),
               rds_guard.setting_fix('scram_iterations', '4096'),
               jsonb_build_object('scram_iterations', s.value)
        FROM (SELECT CASE WHEN rds_guard.has_setting('scram_iterations') THEN rds_guard.server_setting('scram_iterations')::integer END) AS s (value)
        WHERE s.value < 4096
        UNION ALL
        SELECT rds_guard.override_target(o.database, o.role),
               format('scram_iterations is %s for %s', o.value, rds_guard.override_target(o.database, o.role)),
               format('ALTER %s RESET scram_iterations;', rds_guard.override_target(o.database, o.role)),
               jsonb_build_object('scram_iterations', o.value, 'scope', o.scope)
        FROM rds_guard.setting_overrides() AS o
        WHERE o.name = 'scram_iterations'
              -- the server reads 0x10, 020 and 1.6e1 as well: these are not worth telling apart
              AND CASE WHEN o.value ~ '^[1-9]\d{0,9}$' THEN o.value::bigint < 4096 ELSE true END
    $$);

SELECT rds_guard.define_check('password_no_expiry', 'authentication', 'low',
    title => 'A password never expires',
    why => 'A password that leaked once opens the door for ever. VALID UNTIL governs passwords only, not certificates, peer or IAM. The master user of RDS is created VALID UNTIL ''infinity''.',
    remedy => 'Rotate the password and set VALID UNTIL, or let the role authenticate without one.',
    needs => 'SELECT on pg_authid; on RDS EXECUTE on rds_tools.role_password_encryption_type()',
    refs => ARRAY['CIS 4.4'],
    rule => $$
        SELECT rds_guard.ident(k.role),
               format('the password of %s has no expiry date', rds_guard.ident(k.role)),
               format('ALTER ROLE %s VALID UNTIL %L;', rds_guard.ident(k.role), to_char(now() + interval '90 days', 'YYYY-MM-DD')),
               jsonb_build_object('valid_until', k.valid_until)
        FROM rds_guard.password_kinds() AS k
        WHERE k.can_login AND k.kind <> 'none' AND coalesce(k.valid_until, 'infinity') = 'infinity'
              AND k.role NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
    $$);

SELECT rds_guard.define_check('login_without_password', 'authentication', 'medium',
    title => 'A role is let in without being asked for a password',
    why => 'A role that hits a trust line can be used by everybody who reaches the socket or port. Reported are roles without a password, and those that are or can become an administrator also with one. Where pg_hba.conf asks for a password, having none means that nobody gets in, which is fine; so is peer, a certificate, Kerberos or IAM.',
    remedy => 'Turn the trust lines named into peer (local) or scram-sha-256, cert or gss. The fix is a line for this role to stand above them; where it asks for a password, set one before.',
    needs => 'SELECT on pg_authid, and on pg_hba_file_rules with EXECUTE on pg_hba_file_rules()',
    refs => ARRAY['CIS 4.10', 'CIS 5.3', 'STIG V-261890'],
    rule => $$
        WITH candidates AS (
            SELECT k.role, k.kind
            FROM rds_guard.password_kinds() AS k
            -- the first condition has no column: where nothing trusts, nobody asks for passwords
            WHERE EXISTS (SELECT FROM rds_guard.hba_rules() AS h WHERE h.auth_method = 'trust')
                  AND k.can_login
                  -- an administrator''s password protects nothing there
                  AND (k.kind = 'none' OR k.role IN (SELECT s.role FROM rds_guard.superuser_reachers() AS s (role)))
                  AND k.role NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
        )
        SELECT rds_guard.ident(c.role),
               format('%s has %s password, and pg_hba.conf lets it in unasked: %s', rds_guard.ident(c.role),
                      CASE c.kind WHEN 'none' THEN 'no' ELSE 'a' END,
                      string_agg(format('line %s (%s from %s)', h.line_number, h.type, coalesce(h.address, 'this machine')), ', ' ORDER BY h.place)),
               string_agg(h.type || ' ' || rds_guard.hba_list(h.databases) || ' ' || rds_guard.hba_name(c.role)
                          || coalesce(' ' || h.address, '') || CASE h.type WHEN 'local' THEN ' peer' ELSE ' scram-sha-256' END
                          || coalesce(' ' || rds_guard.hba_options(h.options), ''), E'\n' ORDER BY h.place),
               jsonb_agg(jsonb_build_object('line', h.line_number, 'type', h.type, 'address', h.address) ORDER BY h.place)
        FROM candidates AS c
        JOIN (SELECT DISTINCT a.role, a.place, a.line_number, a.type, a.databases, a.address, a.options FROM rds_guard.hba_access() AS a
              -- a certificate that has to name the role is asked for
              WHERE a.auth_method = 'trust' AND NOT coalesce('clientcert=verify-full' = ANY (a.options), false)) AS h
             ON h.role = c.role
        GROUP BY c.role, c.kind
        UNION ALL
        SELECT u.object, u.detail, u.fix, u.evidence FROM rds_guard.hba_unseen() AS u
    $$);

SELECT rds_guard.define_check('iam_kerberos_conflict', 'authentication', 'high',
    title => 'Memberships in rds_iam or rds_ad shut a role out',
    why => 'A role may be assigned only one way of authentication; with rds_iam and rds_ad, directly or through nested grants, it is not defined which one decides. IAM takes precedence over a password: a master user that gets to rds_iam, if only by a group that somebody granted it, is locked out with its password, and only IAM lets an administrator in. A password that a role in rds_iam keeps is forgotten until the membership ends, and then opens the account.',
    remedy => 'Revoke one of the two memberships, also where it comes through another role; keep the master user out of rds_iam; remove passwords that IAM has replaced.',
    needs => 'any role; for passwords beside IAM EXECUTE on rds_tools.role_password_encryption_type()',
    refs => ARRAY[]::text[],
    rule => $$
        WITH by_iam AS MATERIALIZED (
            SELECT r.oid, r.rolname, r.rolcanlogin
            FROM pg_catalog.pg_roles AS iam
            JOIN pg_catalog.pg_roles AS r ON NOT r.rolsuper AND r.oid <> iam.oid AND pg_has_role(r.oid, iam.oid, 'MEMBER')
            WHERE iam.rolname = 'rds_iam' AND rds_guard.on_rds()
        ), unseen AS MATERIALIZED (
            -- asked only where a role might have both
            SELECT a.asked, CASE WHEN a.asked THEN rds_guard.passwords_unseen() END AS hint
            FROM (SELECT EXISTS (SELECT FROM by_iam AS b WHERE b.rolcanlogin)) AS a (asked)
        )
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.on_rds() THEN rds_guard.not_applicable('only RDS and Aurora have rds_iam and rds_ad') END
        UNION ALL
        SELECT rds_guard.ident(b.rolname),
               format('%s is a member of rds_iam and of rds_ad', rds_guard.ident(b.rolname)),
               coalesce(rds_guard.revoke_membership('rds_ad', b.rolname),
                        (SELECT rds_guard.cut_path(m.path) FROM rds_guard.role_memberships(b.rolname, 'rds_ad') AS m ORDER BY m.depth, m.how LIMIT 1)),
               jsonb_build_object('can_login', b.rolcanlogin)
        FROM by_iam AS b
        JOIN pg_catalog.pg_roles AS ad ON ad.rolname = 'rds_ad' AND pg_has_role(b.oid, ad.oid, 'MEMBER')
        UNION ALL
        SELECT rds_guard.ident(b.rolname) || ' IN rds_iam',
               format('%s, the master user, gets to rds_iam: %s. Its password no longer lets it in', rds_guard.ident(b.rolname),
                      (SELECT rds_guard.path_text(m.path) FROM rds_guard.role_memberships(b.rolname, 'rds_iam') AS m ORDER BY m.depth, m.how LIMIT 1)),
               (SELECT rds_guard.revoke_membership(m.path[2], m.path[1]) FROM rds_guard.role_memberships(b.rolname, 'rds_iam') AS m ORDER BY m.depth, m.how LIMIT 1),
               jsonb_build_object('path', (SELECT m.path FROM rds_guard.role_memberships(b.rolname, 'rds_iam') AS m ORDER BY m.depth, m.how LIMIT 1))
        FROM by_iam AS b
        WHERE b.rolcanlogin AND rds_guard.is_granted_by_provider('rds_superuser', b.rolname)
        UNION ALL
        SELECT rds_guard.ident(k.role) || ' PASSWORD',
               format('%s logs in by IAM and still has a %s password', rds_guard.ident(k.role), k.kind),
               format('ALTER ROLE %s PASSWORD NULL;', rds_guard.ident(k.role)),
               jsonb_build_object('kind', k.kind, 'severity', 'low')
        FROM by_iam AS b
        CROSS JOIN LATERAL (SELECT p.role, p.kind
                            FROM rds_guard.password_kinds() AS p
                            WHERE (SELECT u.asked AND u.hint IS NULL FROM unseen AS u) AND p.role = b.rolname AND p.kind <> 'none') AS k
        WHERE b.rolcanlogin AND NOT rds_guard.is_granted_by_provider('rds_superuser', b.rolname)
        UNION ALL
        SELECT NULL, 'whether roles that log in by IAM still have a password cannot be seen',
               CASE WHEN u.hint LIKE 'GRANT %' THEN u.hint END, jsonb_build_object('unknown', u.hint)
        FROM unseen AS u
        WHERE u.hint IS NOT NULL
    $$);

SELECT rds_guard.define_check('iam_auth_not_used', 'authentication', 'medium',
    title => 'A role logs in with a password although IAM is at hand',
    why => 'IAM authentication replaces a long-lived password by a token that lives 15 minutes and is logged and revoked in one place. Membership counts also when it is nested or not inherited.',
    remedy => 'Enable IAM authentication on the instance and grant rds_iam. From then on the role cannot use its password: change the client first. Keep one administrator outside, or you depend on IAM alone.',
    refs => ARRAY['Security Hub RDS.10', 'Security Hub RDS.12'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE WHEN NOT rds_guard.on_rds() THEN rds_guard.not_applicable('only RDS and Aurora have IAM authentication') END
        UNION ALL
        SELECT 'pg_hba.conf', 'pg_hba.conf has no line for +rds_iam: IAM authentication is not enabled on the instance', NULL,
               jsonb_build_object('iam_line', false)
        -- CASE, for the planner puts conditions in an order of its own
        WHERE CASE WHEN rds_guard.on_rds() AND rds_guard.hba_visible() THEN
                  NOT EXISTS (SELECT FROM rds_guard.hba_rules() AS h WHERE h.roles && '{+rds_iam}') END
        UNION ALL
        SELECT rds_guard.ident(r.rolname),
               format('%s is a member of neither rds_iam nor rds_ad', rds_guard.ident(r.rolname)),
               -- not for administrators: one of them has to stay outside
               CASE WHEN r.rolname NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
                    THEN format('GRANT rds_iam TO %s;', rds_guard.ident(r.rolname)) END,
               jsonb_build_object('valid_until', r.rolvaliduntil)
        FROM pg_catalog.pg_roles AS r
        WHERE CASE WHEN rds_guard.hba_visible() THEN EXISTS (SELECT FROM rds_guard.hba_rules() AS h WHERE h.roles && '{+rds_iam}') ELSE true END
              AND r.rolcanlogin AND NOT r.rolsuper AND r.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
              AND NOT EXISTS (
                  SELECT FROM pg_catalog.pg_roles AS g
                  WHERE g.rolname IN ('rds_iam', 'rds_ad') AND pg_has_role(r.oid, g.oid, 'MEMBER'))
    $$);

SELECT rds_guard.define_check('connection_limit_unlimited', 'authentication', 'low',
    title => 'A role may open any number of connections',
    why => 'One client that runs wild, or one stolen password, can take every connection slot of the server and lock everybody else out. The limit does not bind superusers.',
    remedy => 'Set a CONNECTION LIMIT for each role that logs in, a little above what its pool needs. The fix proposes a quarter of max_connections.',
    refs => ARRAY['CIS 5.5', 'STIG V-261857'],
    rule => $$
        SELECT rds_guard.ident(r.rolname),
               format('%s has no connection limit; the server has %s connections for all', rds_guard.ident(r.rolname), current_setting('max_connections')),
               format('ALTER ROLE %s CONNECTION LIMIT %s;', rds_guard.ident(r.rolname), greatest(1, current_setting('max_connections')::integer / 4)),
               jsonb_build_object('connection_limit', r.rolconnlimit, 'max_connections', current_setting('max_connections')::integer)
        FROM pg_catalog.pg_roles AS r
        WHERE r.rolcanlogin AND r.rolconnlimit = -1 AND NOT r.rolsuper
              AND r.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
    $$);
