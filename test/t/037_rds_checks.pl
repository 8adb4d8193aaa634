
# On a server that looks like Amazon RDS to SQL, the edition without a library
# works for the master user, who is no superuser, and judges by what RDS has:
# membership in rds_superuser, rds_iam and rds_ad, rds_tools, and pg_hba.conf.

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

$ENV{PGUSER} = 'rdsadmin';

# The shapes of pg_hba.conf on RDS without and with rds.force_ssl. Tests come
# in by the socket, which RDS does not have for customers.
my $local = "local all all trust\n";
my $optional_tls = $local . <<'EOT';
host all rdsadmin all reject
host rdsadmin all all reject
host all all all md5
host replication all samehost md5
EOT
my $forced_tls = $local . <<'EOT';
host all rdsadmin all reject
host rdsadmin all all reject
hostssl all +rds_iam all pam
hostssl all all all scram-sha-256
host replication all samehost md5
EOT

my $node;

sub set_hba
{
	my ($text) = @_;
	unlink $node->data_dir . '/pg_hba.conf';
	$node->append_conf('pg_hba.conf', $text);
	$node->reload;
	$node->poll_query_until('postgres',
		'SELECT pg_conf_load_time() > now() - interval \'10 seconds\'')
	  or die 'pg_hba.conf was not reloaded';
	return;
}

# What a role sees, a line a row.
sub ask
{
	my ($role, $query) = @_;
	my ($status, $out, $err) =
	  $node->psql('app', $query, extra_params => [ '-U', $role ]);
	diag($err) if $status != 0;
	return $out;
}

# "status" or "status object, object" of one check.
sub verdict
{
	my ($role, $check) = @_;
	return ask($role,
		"SELECT concat_ws(' ', status, string_agg(object, ', ' ORDER BY object COLLATE \"C\")) "
		  . "FROM rds_guard.report(ARRAY['$check']) GROUP BY status");
}

sub start
{
	my ($flavor) = @_;
	$node = PostgreSQL::Test::Cluster->new($flavor);
	$node->init(extra => [ '-U', 'rdsadmin' ]);
	$node->append_conf('postgresql.conf', <<'EOT');
log_line_prefix = '%t:%r:%u@%d:[%p]:'
listen_addresses = '127.0.0.1,192.0.2.1'
EOT
	$node->start;
	$node->safe_psql('postgres', '\set flavor ' . "$flavor\n" . slurp_file('test/fixtures/rds.sql'));
	set_hba($optional_tls);
	my ($status, undef, $err) = $node->psql(
		'app',
		slurp_file('dist/rds_guard_plain.sql'),
		extra_params => [ '-U', 'master' ]);
	is("$status $err", '0 ', "$flavor: the master user installs the edition without a library");
	return;
}

system_or_bail('make', '-s', 'plain') unless -e 'dist/rds_guard_plain.sql';

#
# Aurora is told from RDS by what a customer cannot make.
#
start('aurora');
is(ask('master', 'SELECT platform, privilege_level, admin_role FROM rds_guard.platform()'),
	'aurora|provider_admin|rds_superuser', 'aurora: platform and privilege level');
$node->stop;

start('rds');
$node->safe_psql('app', <<'EOT');
CREATE ROLE monitor LOGIN;
GRANT pg_monitor TO monitor;
SET password_encryption = 'scram-sha-256';
CREATE ROLE plain LOGIN PASSWORD 'x' VALID UNTIL '2099-01-01';
CREATE ROLE tokens;
GRANT rds_iam TO tokens;
CREATE ROLE by_token LOGIN NOINHERIT;
GRANT tokens TO by_token;
EOT
is(ask('master', 'SELECT platform, privilege_level FROM rds_guard.platform()'),
	'rds|provider_admin', 'platform for the master user');
is(ask('monitor', 'SELECT platform, privilege_level FROM rds_guard.platform()'),
	'rds|pg_monitor', 'platform for a monitor');
is(ask('plain', 'SELECT platform, privilege_level FROM rds_guard.platform()'),
	'rds|plain', 'platform for an application');

is( ask('master', "SELECT count(*) FROM rds_guard.report() WHERE status = 'error'"),
	'0', 'no check breaks for the master user');
is( ask('monitor', "SELECT count(*) FROM rds_guard.report() WHERE status = 'error'"),
	'0', 'no check breaks for a monitor');

#
# Password-authenticated administrators
#
is(verdict('master', 'superuser_password_auth'),
	'fail master', 'the master user logs in with a password');
is(verdict('master', 'rds_superuser_members'),
	'pass', 'one member of rds_superuser is by design');
is(verdict('master', 'iam_auth_not_used'),
	'fail pg_hba.conf', 'without a line for +rds_iam, IAM authentication is not enabled');
is(verdict('monitor', 'iam_auth_not_used'),
	'fail master, monitor, plain', 'nested rds_iam without INHERIT counts, rdstopmgr is not ours');
is( ask('monitor', q{SELECT object, fix FROM rds_guard.report(ARRAY['iam_auth_not_used']) ORDER BY 1}),
	"master|\nmonitor|GRANT rds_iam TO monitor;\nplain|GRANT rds_iam TO plain;",
	'an administrator is not told to lock itself into IAM');

$node->safe_psql('app', <<'EOT');
CREATE ROLE dbas;
GRANT rds_superuser TO dbas;
CREATE ROLE second LOGIN;
GRANT dbas TO second;
CREATE ROLE third LOGIN;
GRANT dbas, tokens TO third;
EOT
is(verdict('master', 'superuser_password_auth'),
	'fail master, second', 'nested membership counts, one with IAM does not');
is(verdict('master', 'rds_superuser_members'),
	'fail master, second, third', 'all members of rds_superuser once there are several');
is( ask('master', q{SELECT fix FROM rds_guard.report(ARRAY['rds_superuser_members']) WHERE object = 'second'}),
	$node->safe_psql('app', q{SELECT rds_guard.revoke_membership('rds_superuser', 'dbas')}),
	'the fix ends the link that gives the power');
$node->safe_psql('app', 'DROP ROLE second, third, dbas');
is(verdict('master', 'rds_superuser_members'), 'pass', 'and back to one member');

is(verdict('master', 'iam_kerberos_conflict'), 'pass', 'rds_iam alone is no conflict');
$node->safe_psql('app', 'CREATE ROLE realm; GRANT rds_ad TO realm; GRANT realm TO by_token');
is(verdict('master', 'iam_kerberos_conflict'),
	'fail by_token', 'both through nested grants are a conflict');
$node->safe_psql('app', ask('master', q{SELECT fix FROM rds_guard.report(ARRAY['iam_kerberos_conflict'])}));
is(verdict('master', 'iam_kerberos_conflict'), 'pass', 'its fix ends the conflict');

# The same fixed by name only, not by what a customer could make
is( ask('master', q{SELECT status FROM rds_guard.report(ARRAY['superuser_count', 'pg_authid_readable'])}),
	"not_applicable\nnot_applicable", 'no customer is superuser or reads pg_authid on RDS');
is(verdict('master', 'createrole_roles'), 'pass', 'the master user has CREATEROLE by design');
is(verdict('master', 'replication_roles'), 'pass', 'and rds_replication');
$node->safe_psql('app', 'GRANT rds_replication TO plain');
is(verdict('master', 'replication_roles'), 'fail plain', 'rds_replication counts as REPLICATION');
$node->safe_psql('app', 'REVOKE rds_replication FROM plain');

#
# Kinds of passwords come from rds_tools, iterations from nowhere.
#
$node->safe_psql('app', q{SET password_encryption = 'md5'; CREATE ROLE old LOGIN PASSWORD 'x' VALID UNTIL '2099-01-01'});
is(verdict('master', 'md5_password_hashes'), 'fail old', 'an MD5 hash, told by rds_tools');
is(verdict('monitor', 'md5_password_hashes'), 'unknown', 'a monitor may not call rds_tools');
is( ask('monitor', q{SELECT fix FROM rds_guard.report(ARRAY['md5_password_hashes'])}),
	'GRANT USAGE ON SCHEMA rds_tools TO monitor; GRANT EXECUTE ON FUNCTION rds_tools.role_password_encryption_type() TO monitor;',
	'and is told the GRANT that lets it');
$node->safe_psql('app', ask('monitor', q{SELECT fix FROM rds_guard.report(ARRAY['md5_password_hashes'])}));
is(verdict('monitor', 'md5_password_hashes'), 'fail old', 'with which it sees the hash');
is( ask('master', q{SELECT status, fix IS NULL, remedy FROM rds_guard.report(ARRAY['scram_low_iterations'])}),
	'unknown|t|RDS and Aurora let no role read them.', 'nobody is sent for a GRANT that RDS refuses');

#
# Forced TLS: pg_hba.conf decides; a parameter that a session made up does not.
#
is(verdict('master', 'tls_not_enforced'),
	'fail host all all all md5', 'the line that takes cleartext, not those for rdsadmin and samehost');
is(verdict('monitor', 'tls_not_enforced'), 'unknown', 'a monitor may not read pg_hba.conf');
is( ask('monitor', q{SET rds.force_ssl = 1; SELECT status FROM rds_guard.report(ARRAY['tls_not_enforced'])}),
	"unknown", 'SET rds.force_ssl = 1 proves nothing');

SKIP:
{
	skip 'this server was built without OpenSSL', 6
	  unless $node->safe_psql('postgres', q{SELECT count(*) FROM pg_config() WHERE setting LIKE '%--with-%ssl%'});
	my $data = $node->data_dir;
	system_or_bail('openssl', 'req', '-new', '-x509', '-days', '10', '-nodes', '-subj', '/CN=rds',
		'-newkey', 'rsa:2048', '-keyout', "$data/server.key", '-out', "$data/server.crt");
	chmod 0600, "$data/server.key" or die $!;
	$node->append_conf('postgresql.conf', "ssl = on\n");
	$node->restart;
	set_hba($forced_tls);
	is(verdict('master', 'tls_not_enforced'), 'pass', 'hostssl lines only');
	is(verdict('master', 'iam_auth_not_used'),
		'fail master, monitor, old, plain', 'with the line it is a question for each role');
	is(verdict('monitor', 'tls_min_protocol'), 'pass', 'the versions of TLS a monitor sees');
	is(verdict('monitor', 'tls_max_protocol_capped'), 'pass', 'both ways');
	is(verdict('master', 'tls_weak_ciphers'), 'not_applicable', 'ciphers only a client can try');
	is(verdict('master', 'tls_client_ca_crl'), 'not_applicable', 'nobody comes in by certificate');
}

#
# Sessions of the master user
#
sub session_of
{
	my ($role, $application) = @_;
	local $ENV{PGAPPNAME} = $application;
	my ($in, $out) = ("SELECT 'ready';\n", '');
	my $psql = IPC::Run::start([ 'psql', '-XAtq', '-U', $role, '-d', $node->connstr('app'), '-f', '-' ], '<', \$in, '>', \$out);
	$psql->pump until $out =~ /ready/;
	return { psql => $psql, in => \$in };
}

sub end_session
{
	my ($session) = @_;
	${ $session->{in} } .= "\\q\n";
	$session->{psql}->finish;
	return;
}

is(verdict('master', 'master_user_used_by_application'), 'pass', 'the session that asks is no application');
my $dump = session_of('master', 'pg_dump');
is(verdict('master', 'master_user_used_by_application'), 'pass', 'a tool for administration is none either');
my $plain_app = session_of('plain', 'webshop');
is(verdict('master', 'master_user_used_by_application'), 'pass', 'nor is what another role runs');
my $app = session_of('master', 'psql_worker "x"');
is(verdict('master', 'master_user_used_by_application'), 'fail master', 'an application as the master user, however it calls itself');
is( ask('master', q{SELECT detail FROM rds_guard.report(ARRAY['master_user_used_by_application'])}),
	'2 session(s) of role master, a member of rds_superuser, from 0 address(es), of psql_worker "x"', 'and its name');
end_session($_) foreach $dump, $plain_app, $app;

#
# The end of the project's support is not that of Amazon's.
#
is( ask('master', q{SELECT f.status, f.severity FROM rds_guard.report('{version_eol}') AS f}),
	ask('master', q{SELECT CASE WHEN r.prerelease THEN 'not_applicable' WHEN s.ends IS NULL THEN 'unknown' WHEN s.ends < current_date THEN 'fail' ELSE 'pass' END,
		CASE WHEN NOT r.prerelease AND s.ends < current_date THEN 'medium' ELSE 'critical' END
		FROM rds_guard.running_release() AS r CROSS JOIN LATERAL rds_guard.release_state(r.version_num, current_date, 0) AS s}),
	'a major version that the project does not support any more is no more than a question to Amazon');

#
# What RDS sets is not the customer's to set.
#
is(verdict('master', 'connection_slots_reserved'), ask('master', 'SHOW server_version_num') >= 160000 ? 'fail reserved_connections' : 'pass',
	'superuser_reserved_connections are not for rds_superuser, reserved_connections are');
is(verdict('master', 'idle_session_limits'), 'fail idle_in_transaction_session_timeout', 'sessions are not limited by default');
is(verdict('master', 'gss_accept_delegation'), 'not_applicable', 'delegation cannot be set');
is(verdict('master', 'fips_mode'), 'not_applicable', 'nor OpenSSL asked');

#
# The provider writes pg_hba.conf: its own lines are nothing to report, and
# what nobody can change is no question.
#
set_hba($optional_tls);
is( ask('master', q{SELECT string_agg(check_id, ' ' ORDER BY check_id COLLATE "C") FROM rds_guard.report('{network}') WHERE status = 'not_applicable' AND check_id NOT IN ('db_user_namespace')}),
	'hba_all_databases_all_users hba_clientcert_incomplete hba_dns_name_rule hba_file_perms hba_gss_realm_stripped hba_ident_map_wildcard hba_ident_method '
	  . 'hba_ldap_insecure hba_oauth_weak hba_parse_error_stale hba_radius_removed hba_replication_open hba_shadowed_rule hba_wide_cidr '
	  . 'listen_all_interfaces unix_socket_permissions',
	'what only the provider could change does not apply');
is( ask('monitor', q{SELECT string_agg(check_id, ' ' ORDER BY check_id COLLATE "C") FROM rds_guard.report('{network}') WHERE status = 'unknown'}),
	'hba_cleartext_password_method hba_md5_method hba_superuser_remote hba_trust', 'a monitor is not told to ask for what does not apply');
is( ask('master', q{SELECT status, object, severity FROM rds_guard.report('{hba_trust,hba_cleartext_password_method,hba_md5_method,hba_superuser_remote}')}),
	"fail|host all all all md5|medium\nfail|master|low\npass||high\npass||critical", 'lines for rdsadmin and its replication are left out');
set_hba("host all all all trust\n$local");
is(verdict('master', 'hba_trust'), 'fail host all all all trust', 'a line that trusts the network is not');
set_hba($optional_tls);

#
# Its own replication, archiving and backups are the provider's.
#
is( ask('master', q{SELECT string_agg(check_id, ' ' ORDER BY check_id COLLATE "C") FROM rds_guard.report('{replication}') WHERE status = 'not_applicable'}),
	'backup_evidence_missing primary_conninfo_weak rds_logical_replication_unused wal_archiving_off_or_failing', 'replication: what only the provider could change does not apply');
# no session can make the setting up; here the server claims to have it
$node->safe_psql('app', q{
ALTER DATABASE app SET rds.logical_replication = 'on';
CREATE OR REPLACE FUNCTION rds_guard.known_setting(setting text) RETURNS TABLE (name text, context text, source text)
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$ SELECT s.name, s.context, s.source FROM pg_settings AS s WHERE s.name = $1 UNION ALL
      SELECT $1, 'postmaster', 'configuration file' WHERE $1 = 'rds.logical_replication' $$});
is(verdict('master', 'rds_logical_replication_unused'), 'fail rds.logical_replication', 'logical replication that nothing uses');
is( ask('master', q{SELECT fix FROM rds_guard.report(ARRAY['rds_logical_replication_unused'])}),
	q{aws rds modify-db-parameter-group --db-parameter-group-name YOUR_GROUP --parameters '[{"ParameterName":"rds.logical_replication","ParameterValue":"0","ApplyMethod":"pending-reboot"}]'},
	'it is switched off through AWS');
$node->safe_psql('app', 'CREATE PUBLICATION everything FOR ALL TABLES');
is(verdict('master', 'rds_logical_replication_unused'), 'pass', 'a publication is a use');
$node->safe_psql('app', q{DROP PUBLICATION everything; ALTER DATABASE app SET rds.logical_replication = 'off'});
is(verdict('master', 'rds_logical_replication_unused'), 'pass', 'harmless twin: it is off');

#
# What the provider granted when it made the server is no drift.
#
$node->safe_psql('app', <<'EOT');
GRANT EXECUTE ON FUNCTION pg_catalog.pg_reload_conf() TO rds_superuser, rds_extension, PUBLIC;
GRANT SELECT ON pg_catalog.pg_statistic TO rdsrepladmin, PUBLIC;
CREATE SCHEMA reserved;
GRANT CREATE ON SCHEMA reserved TO rds_superuser;
EOT
is( ask('master', q{SELECT check_id, object FROM rds_guard.report(ARRAY['system_catalog_acl_drift', 'extension_acl_drift', 'dangerous_function_execute',
	'schema_create_nonowner', 'template_database_tampered', 'tablespace_language_fdw_usage']) WHERE status <> 'pass'}),
	'', 'grants to roles of the provider and to PUBLIC are left out');
$node->safe_psql('app', 'GRANT EXECUTE ON FUNCTION pg_catalog.pg_reload_conf() TO plain; GRANT SELECT ON pg_catalog.pg_statistic TO plain');
is(verdict('master', 'dangerous_function_execute'), 'fail pg_catalog.pg_reload_conf() TO plain', 'those to a role of the customer are not');
is(verdict('monitor', 'system_catalog_acl_drift'), 'fail TABLE pg_catalog.pg_statistic TO plain', 'neither on relations');
is(verdict('master', 'database_public_connect'), 'fail app', q{the provider's own databases are left out});

#
# The provider's own overrides are not the customer's to mend.
#
is( ask('master', q{SELECT status FROM rds_guard.report(ARRAY['log_suppressed_by_level', 'logging_guc_overridden']) ORDER BY 1}),
	"pass\npass", 'overrides of rdsadmin are left out');
$node->safe_psql('app', q{ALTER ROLE plain SET log_min_messages = 'fatal'});
is(verdict('master', 'log_suppressed_by_level'), 'fail ROLE plain', 'those of a customer are not');

is( ask('master', q{SELECT fix FROM rds_guard.report(ARRAY['log_disconnections_off'])}),
	q{aws rds modify-db-parameter-group --db-parameter-group-name YOUR_GROUP --parameters '[{"ParameterName":"log_disconnections","ParameterValue":"on","ApplyMethod":"immediate"}]'},
	'parameters are changed through AWS');

$node->stop;
done_testing();
