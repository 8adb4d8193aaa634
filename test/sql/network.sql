-- The parts that the checks of category network are made of, and the checks on
-- a server that is reached by its socket alone. Networks, clients and files of
-- rules are tested with servers of their own.
\set SHOW_CONTEXT never
SET client_min_messages = error;
-- Lists that take every name; patterns do from 16 on.
SELECT t.tokens, rds_guard.hba_matches_anything(t.tokens) AS anything
FROM (VALUES ('{all}'::text[]), ('{app,all}'), ('{app}'), ('{}'), ('{+all}'), ('{sameuser}'), ('{ALL}'), ('{replication}')) AS t (tokens);
SELECT bool_and(rds_guard.hba_matches_anything(ARRAY[t.token]) = (t.anything AND current_setting('server_version_num')::integer >= 160000)) AS patterns
FROM (VALUES ('/', true), ('/.*', true), ('/^', true), ('/.', true), ('/^.+$', true), ('/^app', false), ('/a', false), ('/(', false), ('/[[:digit:]]', false)) AS t (token, anything);

-- Lines as the file wants them, from options as the view shows them.
SELECT l.n, rds_guard.hba_new_line('host', '{all}', '{app}', '10.0.0.0/8', l.auth_method, l.options) AS line
FROM (VALUES (1, 'scram-sha-256', NULL::text[]), (2, 'scram-sha-256', '{}'), (3, 'gss', '{include_realm=true,krb_realm=HOME}'), (4, 'gss', NULL), (5, 'gss', '{map=x}'),
             (6, 'ldap', '{ldapserver=h,ldaptls=true,ldapprefix=uid=,ldapscope=2}'), (7, 'ldap', '{ldapserver=h,ldapprefix=uid=,ldapscope=<redacted>}'),
             (8, 'ldap', '{ldapserver=h,ldapbasedn=dc=x,ldapscope=2}'), (9, 'ldap', '{ldapserver=h,ldapbasedn=dc=x,ldapscope=0}'), (10, 'ldap', '{ldapserver=h,ldapbasedn=dc=x,ldapscope=<redacted>}'),
             (11, 'ldap', '{ldapserver=h,ldapbindpasswd=<redacted>}'), (12, 'radius', '{radiusservers=h,radiussecrets=<redacted>}'), (13, 'pam', '{"pamservice=two words"}'),
             (14, 'cert', '{map=x,clientcert=verify-full}'), (15, 'oauth', '{delegate_ident_mapping=true}')) AS l (n, auth_method, options)
ORDER BY l.n;
-- Names that would be keywords, where somebody has them.
BEGIN;
CREATE ROLE "all";
CREATE ROLE "+some";
SELECT r.roles, rds_guard.hba_new_line('host', '{postgres}', r.roles, 'all', 'scram-sha-256', NULL) AS line
FROM (VALUES (1, '{all}'::text[]), (2, '{postgres,+some}'), (3, '{+other,"a,b"}')) AS r (n, roles)
ORDER BY r.n;
ROLLBACK;

-- Networks.
SELECT m.networks, rds_guard.merge_networks(m.networks) AS merged
FROM (VALUES ('{0.0.0.0/1,128.0.0.0/1}'::cidr[]), ('{128.0.0.0/1,0.0.0.0/2,64.0.0.0/2}'), ('{10.8.0.0/16,10.9.0.0/16}'), ('{10.9.0.0/16,10.10.0.0/16}'), ('{10.0.0.0/8,10.1.0.0/16}'),
             ('{10.0.0.0/9,10.128.0.0/9,10.1.0.0/16,10.0.0.0/9}'), ('{::/1,8000::/1,0.0.0.0/0}'), ('{10.0.0.1/32,10.0.0.0/32}'), ('{}'), ('{10.8.0.0/16,2001:db8::/65,2001:db8:0:0:8000::/65}'), (NULL)) AS m (networks);
SELECT n.network, rds_guard.is_private_network(n.network) AS private, rds_guard.is_wide(n.network, 16, 64) AS wide
FROM unnest('{0.0.0.0/0,10.0.0.0/8,10.0.0.0/7,10.1.0.0/16,172.16.0.0/12,172.16.0.0/11,172.32.0.0/16,192.168.0.0/16,192.168.0.0/15,100.64.0.0/10,169.254.0.0/16,127.0.0.0/8,126.0.0.0/7,
              198.51.100.0/24,::/0,fc00::/7,fd00::/48,fd00::/64,fe80::/10,2001:db8::/63,2001:db8::/64,::1/128,::ffff:10.0.0.0/104,::ffff:0.0.0.0/96}'::inet[]) AS n (network);
SELECT a.address, a.networks, rds_guard.hba_is_wide(a.address, a.networks, 16, 64) AS wide
FROM (VALUES ('all', '{0.0.0.0/0,::/0}'::cidr[]), ('all', '{10.1.2.3/32}'), ('samenet', NULL), ('samehost', NULL), ('db.example.com', NULL), ('10.0.0.1 255.0.0.255', NULL),
             ('10.0.0.0/8', '{10.1.0.0/16,10.2.0.0/15}'), (NULL, NULL)) AS a (address, networks);

-- Roles in pg_ident.conf: names, and from 16 on more.
CREATE ROLE regress_map LOGIN;
CREATE ROLE regress_map_group;
CREATE ROLE regress_map_over;
GRANT regress_map_over TO regress_map_group;
GRANT regress_map_group TO regress_map;
CREATE ROLE regress_map_super SUPERUSER;
SELECT bool_and(rds_guard.ident_role_matches(t.token, t.role) = (t.matches AND (t.always OR current_setting('server_version_num')::integer >= 160000))) AS roles
FROM (VALUES ('regress_map', 'regress_map'::name, true, true), ('regress_map', 'regress_map_super', false, true), ('all', 'regress_map', true, false), ('ALL', 'regress_map', false, false),
             ('/^regress_m', 'regress_map', true, false), ('/p$', 'regress_map', true, false), ('/p$', 'regress_map_super', false, false), ('/(', 'regress_map', false, false),
             ('+regress_map_over', 'regress_map', true, false), ('+regress_map', 'regress_map', true, false), ('+regress_map_over', 'regress_map_super', false, false),
             ('+nogroup', 'regress_map', false, false)) AS t (token, role, matches, always);
DROP ROLE regress_map, regress_map_group, regress_map_over, regress_map_super;

-- Here nothing listens, the socket trusts everybody, and the network is refused.
SELECT f.check_id, f.severity, f.status, f.object, regexp_replace(f.detail, '\S*pg_hba.conf line \d+', 'pg_hba.conf line N', 'g') AS detail, f.fix
FROM rds_guard.report('{network}') AS f
-- what a version has not is tested on servers of their own
WHERE f.check_id NOT IN ('hba_oauth_weak', 'hba_radius_removed', 'db_user_namespace', 'hba_replication_open')
ORDER BY f.status, f.check_id COLLATE "C", f.object COLLATE "C";
-- superusers may replicate everywhere
SELECT f.severity, f.status, f.object, regexp_replace(f.detail, '^.* by trust: (.*): .*$', '\1') AS detail, f.fix FROM rds_guard.report('{hba_replication_open}') AS f ORDER BY f.object COLLATE "C";
SELECT f.check_id, f.evidence - '{file,line}'::text[] AS evidence FROM rds_guard.report('{hba_trust}') AS f ORDER BY f.object COLLATE "C";
SELECT rds_guard.hba_is_narrow(), count(*) AS remote FROM rds_guard.hba_open_lines(only_remote => true);

-- Who may not read pg_hba.conf is told the GRANT for all that depends on it.
CREATE ROLE regress_plain;
GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO regress_plain;
SET ROLE regress_plain;
SELECT f.check_id, f.status, f.fix FROM rds_guard.report('{network}') AS f WHERE f.check_id NOT IN ('hba_oauth_weak', 'hba_radius_removed', 'db_user_namespace', 'hba_parse_error_stale')
ORDER BY f.check_id COLLATE "C";
SELECT rds_guard.hba_is_narrow() IS NULL AS narrow_unknown, rds_guard.md5_password_count() IS NULL AS count_unknown, rds_guard.ident_unseen() <> '' AS needed;
RESET ROLE;
GRANT SELECT ON pg_catalog.pg_hba_file_rules TO regress_plain;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO regress_plain;
SET ROLE regress_plain;
-- what passes rests on a file that the server may not have read
SELECT DISTINCT f.status, f.fix, f.detail FROM rds_guard.report('{hba_trust,hba_wide_cidr,hba_ldap_insecure}') AS f WHERE f.status <> 'fail' ORDER BY f.detail;
RESET ROLE;
-- pg_read_all_stats: this session began as another role, and is not its own
GRANT pg_read_server_files, pg_read_all_settings, pg_read_all_stats TO regress_plain;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_file(text, boolean), pg_catalog.pg_read_binary_file(text) TO regress_plain;
SET ROLE regress_plain;
-- the policy is for members of pg_monitor
SELECT f.check_id, f.status, f.fix FROM rds_guard.report('{network}') AS f
WHERE f.status = 'unknown' AND f.check_id NOT IN ('hba_parse_error_stale', 'hba_file_perms') ORDER BY f.check_id COLLATE "C";
RESET ROLE;
GRANT SELECT ON rds_guard.policy TO regress_plain;
SET ROLE regress_plain;
SELECT f.check_id, f.status FROM rds_guard.report('{hba_wide_cidr}') AS f;
RESET ROLE;
DROP OWNED BY regress_plain;
DROP ROLE regress_plain;

-- Rows of which the view says too little neither break anything nor take
-- anything from others.
BEGIN;
DO $$
BEGIN
    EXECUTE regexp_replace(pg_get_functiondef('rds_guard.fresh_hba_lines()'::regprocedure), 'AS \$function\$.*', 'AS $function$
BEGIN
    RETURN QUERY VALUES (1::bigint, NULL, NULL::integer, NULL, NULL::text[], NULL::text[], NULL, NULL::inet, NULL, NULL::text[], NULL::text[], NULL::boolean, NULL, false),
                        (2, NULL, 2, ''host'', ''{NULL,all}'', ''{NULL,all}'', NULL, NULL, ''trust'', NULL, ''{NULL,tls}'', true, NULL, false),
                        (3, NULL, 3, ''host'', ''{all}'', ''{all}'', ''all'', NULL, ''trust'', NULL, ''{tls}'', true, NULL, false);
END
$function$');
END
$$;
SELECT * FROM rds_guard.hba_reach() ORDER BY place;
SELECT a.place, a.transports, a.networks, a.certain FROM rds_guard.hba_access(current_user) AS a ORDER BY a.place;
ROLLBACK;
