-- What listens where, what pg_hba.conf means, and the checks of category tls
-- on a server that is reached by its socket alone. Real TLS, networks and
-- files of rules are tested with servers of their own.
\set SHOW_CONTEXT never
SELECT a.address, rds_guard.is_loopback(a.address::inet)
FROM unnest('{127.0.0.1,127.0.0.1/8,127.0.0.1/0,127.255.255.254,127.0.0.0/8,127.0.0.0/7,126.255.255.255,128.0.0.1,0.0.0.0,0.0.0.0/0,10.127.0.1,::1,::1/128,::1/127,::1/0,::2,::,::/0,
              ::ffff:127.0.0.1,::ffff:127.9.9.9,::ffff:128.0.0.1,::ffff:10.0.0.1,::127.0.0.1,fe80::1,1::1}'::text[]) AS a (address);
SELECT rds_guard.is_loopback(NULL) IS NULL AS nothing;
SELECT n.address, n.netmask, rds_guard.network(n.address, n.netmask)
FROM (VALUES ('10.0.0.0', '255.0.0.0'), ('10.1.2.3', '255.255.255.255'), ('0.0.0.0', '0.0.0.0'), ('10.0.0.0', '255.255.255.128'), ('10.0.0.0', '255.0.255.0'),
             ('10.0.0.0', '0.255.255.255'), ('::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'), ('fe80::', 'ffc0::'), ('::', '::'), ('::', 'ffff::1'),
             ('10.0.0.0', 'ffff::')) AS n (address, netmask);

-- Lists, options and lines as the file writes them.
SELECT rds_guard.hba_list('{all,shop,+group,/^re,two words,"+two words","quo\"te",comma\,inside,#hash,""}') AS list, rds_guard.hba_list('{}') IS NULL AS empty;
SELECT rds_guard.hba_options('{map=x,"ldapurl=ldap://h/dc=a dc=b","q=a\"b"}') AS options, rds_guard.hba_options('{}') IS NULL AS none, rds_guard.hba_options(NULL) IS NULL AS nothing;
SELECT rds_guard.hba_options('{"ldapsuffix=,dc=example,dc=org",krb_realm=A#B,"a=b\\","radiussecrets=<redacted>",ldapsuffix=@x}') AS options;
SELECT rds_guard.hba_line('hostssl', '{shop,crm}', '{"a b",+ops}', '10.0.0.0/8', 'cert', '{clientcert=verify-full,map=x}') AS line,
       rds_guard.hba_line('local', '{all}', '{all}', NULL, 'peer', NULL) AS local;

-- What the server could not read is not repeated, names that it knows are.
SELECT rds_guard.hba_error(e.error) AS error
FROM unnest(ARRAY['invalid authentication method "ldapbindpasswd=x"', 'invalid authentication method "bsd": not supported by this build', 'unrecognized authentication option name: "x"',
                  'authentication option "ldaptls" is only valid for authentication methods ldap', 'authentication method "radius" requires argument "radiusservers" to be set',
                  'invalid authentication method "md5" x "md5"', 'authentication option not in name=value format: x', 'unsupported LDAP URL scheme: x',
                  'could not parse RADIUS secrets list "x"y"', 'could not open file "a" as "b": No such file or directory', 'end-of-line before authentication method']) AS e (error);

-- Here: nothing listens, and TLS is off.
SELECT rds_guard.setting('listen_addresses') AS listen_addresses, rds_guard.setting('ssl') AS ssl,
       (SELECT count(*) FROM rds_guard.network_listeners()) AS listeners, rds_guard.listens_on_network();
-- which library it is, only the library tells
SELECT f.check_id, f.severity, f.status, f.object, f.detail, f.fix FROM rds_guard.report('{tls}') AS f
WHERE f.check_id NOT IN ('fips_mode', 'gss_accept_delegation');
SELECT count(*) AS one, bool_and(o.version ~ '^OpenSSL [0-9.]+[a-z]? ') AS version, bool_and(o.fips) IS NOT NULL AS mode FROM rds_guard.openssl() AS o;
SELECT f.status::text = CASE WHEN o.fips THEN 'pass' ELSE 'fail' END AS as_it_is, o.fips OR (f.object = 'OpenSSL' AND f.detail = o.version || ' is not in FIPS mode') AS told, f.fix
FROM rds_guard.report('{fips_mode}') AS f CROSS JOIN rds_guard.openssl() AS o;
SELECT f.status = CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'pass' ELSE 'not_applicable' END::rds_guard.status AS as_expected
FROM rds_guard.report('{gss_accept_delegation}') AS f;
SELECT count(*) FROM rds_guard.tls_ciphers();
-- everybody may know that, and what a session makes up changes nothing
CREATE ROLE regress_plain;
GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO regress_plain;
SET ROLE regress_plain;
SET rds.force_ssl = 1;
SELECT f.check_id, f.status, f.detail FROM rds_guard.report('{tls}') AS f WHERE f.check_id NOT IN ('fips_mode', 'gss_accept_delegation');
SELECT f.status IN ('pass', 'fail') AS decided FROM rds_guard.report('{fips_mode}') AS f;
SELECT count(*) FROM rds_guard.tls_ciphers();
RESET rds.force_ssl;

-- The rules of pg_hba.conf, as far as these do not depend on the file.
\set VERBOSITY terse
SELECT count(*) FROM rds_guard.hba_rules();
SELECT count(*) FROM rds_guard.hba_effective_rules();
SELECT count(*) FROM rds_guard.hba_access('regress_plain');
\set VERBOSITY default
SELECT rds_guard.hba_visible();
DO $$
DECLARE
    hint text;
BEGIN
    PERFORM * FROM rds_guard.hba_rules();
EXCEPTION WHEN insufficient_privilege THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RAISE INFO '%', hint;
END
$$;
RESET ROLE;
GRANT SELECT ON pg_catalog.pg_hba_file_rules TO regress_plain;
SET ROLE regress_plain;
SELECT rds_guard.hba_visible();
RESET ROLE;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO regress_plain;
SET ROLE regress_plain;
SELECT rds_guard.hba_visible();
-- each line of the file that can match, in its order
SELECT (SELECT count(*) FROM rds_guard.hba_rules()) = (SELECT count(*) FROM pg_hba_file_rules WHERE error IS NULL) AS all_lines,
       (SELECT bool_and(h.place = h.should_be) FROM (SELECT r.place, row_number() OVER (ORDER BY r.line_number) AS should_be FROM rds_guard.hba_rules() AS r) AS h) AS in_order;
-- this test came in by one of them
SELECT count(*) > 0 AS lets_in FROM rds_guard.hba_access('regress_plain') AS h WHERE h.type = 'local' AND h.transports = '{local}' AND NOT h.remote;
SELECT count(*) AS too_many FROM rds_guard.hba_effective_rules() AS h WHERE NOT EXISTS (SELECT FROM rds_guard.hba_rules() AS r WHERE r.place = h.place AND h.transports <@ r.transports);
RESET ROLE;
DROP OWNED BY regress_plain;
DROP ROLE regress_plain;
-- A name in a line of pg_hba.conf is in quotes, and none begins a line of its own.
SELECT rds_guard.hba_name('all') AS keyword, rds_guard.hba_name('a"b') AS quote, rds_guard.hba_name('/x') AS pattern,
       rds_guard.hba_name(E'x\nhost all all all trust\n#') AS lines;
