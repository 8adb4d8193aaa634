# On a server that looks like Amazon RDS to SQL, checks judge by what RDS has:
# membership in rds_superuser, rds_iam and rds_ad, rds_tools, pg_hba.conf, and
# settings of rds.*; and they ask for nothing that no customer can change.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use IPC::Run;
use PostgreSQL::Test::Utils;
use RdsGuard;
use RdsLike;
use Test::More;

my $node;

# What a role sees, a line a row.
sub ask
{
	my ($role, $query) = @_;
	return sql($node, $query, @app, user => $role);
}

# Changes that take the provider.
sub provide
{
	my ($statements) = @_;
	return sql($node, $statements, @app);
}

# "status" or "status object, object" of one check.
sub told
{
	my ($role, $check) = @_;
	return ask($role,
		"SELECT concat_ws(' ', status, string_agg(object, ', ' ORDER BY object COLLATE \"C\")) "
		  . "FROM rds_guard.report(ARRAY['$check']) GROUP BY status");
}

my $audited = has_pgaudit();
$node = rds_server('rds', hba => 'optional_tls', settings => 'rds.log_retention_period=4320 rds.force_admin_logging_level=disabled',
	preload => $audited ? 'pgaudit' : '');
install_plain($node, master());
provide(<<'EOT');
SET password_encryption = 'scram-sha-256';
CREATE ROLE monitor LOGIN PASSWORD 'only a fixture' VALID UNTIL '2099-01-01';
GRANT pg_monitor TO monitor;
EOT
is(told('monitor', 'iam_kerberos_conflict'), 'pass', 'where nobody logs in by IAM, passwords beside it are no question');
provide(<<'EOT');
SET password_encryption = 'scram-sha-256';
CREATE ROLE plain LOGIN PASSWORD 'only a fixture' VALID UNTIL '2099-01-01';
CREATE ROLE tokens;
GRANT rds_iam TO tokens;
CREATE ROLE by_token LOGIN NOINHERIT;
GRANT tokens TO by_token;
EOT
#
# Password-authenticated administrators
#
is(told('master', 'superuser_password_auth'),
	'fail master', 'the master user logs in with a password');
is(told('master', 'rds_superuser_members'),
	'pass', 'one member of rds_superuser is by design');
is(told('master', 'iam_auth_not_used'),
	'fail pg_hba.conf', 'without a line for +rds_iam, IAM authentication is not enabled');
is(told('monitor', 'iam_auth_not_used'),
	'fail master, monitor, plain', 'nested rds_iam without INHERIT counts, rdstopmgr is not ours');
is( ask('monitor', q{SELECT object, fix FROM rds_guard.report(ARRAY['iam_auth_not_used']) ORDER BY 1}),
	"master|\nmonitor|GRANT rds_iam TO monitor;\nplain|GRANT rds_iam TO plain;",
	'an administrator is not told to lock itself into IAM');

provide(<<'EOT');
CREATE ROLE dbas;
GRANT rds_superuser TO dbas;
CREATE ROLE second LOGIN;
GRANT dbas TO second;
CREATE ROLE third LOGIN;
GRANT dbas, tokens TO third;
EOT
is(told('master', 'superuser_password_auth'),
	'fail master, second', 'nested membership counts, one with IAM does not');
is(told('master', 'rds_superuser_members'),
	'fail master, second, third', 'all members of rds_superuser once there are several');
is( ask('master', q{SELECT fix FROM rds_guard.report(ARRAY['rds_superuser_members']) WHERE object = 'second'}),
	provide(q{SELECT rds_guard.revoke_membership('rds_superuser', 'dbas')}),
	'the fix ends the link that gives the power');
provide('DROP ROLE second, third, dbas');
is(told('master', 'rds_superuser_members'), 'pass', 'and back to one member');

is(told('master', 'iam_kerberos_conflict'), 'pass', 'rds_iam alone is no conflict');
provide('CREATE ROLE realm; GRANT rds_ad TO realm; GRANT realm TO by_token');
is(told('master', 'iam_kerberos_conflict'),
	'fail by_token', 'both through nested grants are a conflict');
provide(ask('master', q{SELECT fix FROM rds_guard.report(ARRAY['iam_kerberos_conflict'])}));
is(told('master', 'iam_kerberos_conflict'), 'pass', 'its fix ends the conflict');

# IAM takes precedence over the password of the master user, however it comes
# to be a member: here by a group that it created and was granted.
provide('CREATE ROLE staff; GRANT tokens TO staff; GRANT staff TO master');
is(told('master', 'iam_kerberos_conflict'), 'fail master IN rds_iam', 'the master user is shut out by a nested grant');
is(ask('master', q{SELECT severity, detail, evidence->'path' FROM rds_guard.report(ARRAY['iam_kerberos_conflict'])}),
	'high|master, the master user, gets to rds_iam: master -> staff -> tokens -> rds_iam. Its password no longer lets it in|["master", "staff", "tokens", "rds_iam"]',
	'and told by what');
provide(ask('master', q{SELECT fix FROM rds_guard.report(ARRAY['iam_kerberos_conflict'])}));
is(told('master', 'iam_kerberos_conflict'), 'pass', 'the fix lets it in again');
is(ask('master', q{SELECT pg_has_role('staff', 'rds_iam', 'MEMBER')}), 't', 'and leaves the others of the group as they were');
provide('DROP ROLE staff');

provide(q{CREATE ROLE kept LOGIN PASSWORD 'only a fixture' VALID UNTIL '2099-01-01'; GRANT rds_iam TO kept});
is(told('master', 'iam_kerberos_conflict'), 'fail kept PASSWORD', 'a password that IAM has replaced');
is(told('monitor', 'iam_kerberos_conflict'), 'unknown', 'which a monitor does not see');
is(ask('monitor', q{SELECT fix FROM rds_guard.report(ARRAY['iam_kerberos_conflict'])}),
	'GRANT USAGE ON SCHEMA rds_tools TO monitor; GRANT EXECUTE ON FUNCTION rds_tools.role_password_encryption_type() TO monitor;', 'but is told how it would');
provide(ask('master', q{SELECT fix FROM rds_guard.report(ARRAY['iam_kerberos_conflict'])}));
is(told('master', 'iam_kerberos_conflict'), 'pass', 'gone with the fix');
provide('DROP ROLE kept');

provide('CREATE ROLE dbas; GRANT rds_superuser TO dbas; CREATE ROLE "Admin" LOGIN; CREATE ROLE postgres LOGIN');
is(told('master', 'default_admin_role_name'), 'pass', 'a name that everybody would guess is nothing without power');
provide('GRANT dbas TO "Admin"');
is(told('master', 'default_admin_role_name'), 'fail "Admin"', 'which a nested grant of rds_superuser is');
provide('DROP ROLE dbas, "Admin", postgres');

#
# The other roles of RDS for administration
#
provide(q{CREATE ROLE rotation; GRANT rds_password TO rotation; CREATE ROLE rotator LOGIN NOINHERIT; GRANT rotation, rds_extension TO rotator;
	CREATE ROLE copier LOGIN; GRANT rds_replication TO copier});
is(ask('master', q{SELECT object, severity, detail FROM rds_guard.report(ARRAY['rds_superuser_members']) ORDER BY 1}),
	"copier|medium|copier holds rds_replication: copier -> rds_replication\n"
	  . 'rotator|medium|rotator holds rds_extension, rds_password: rotator -> rds_extension; rotator -> rotation -> rds_password',
	'also those that are nested and not inherited');
provide(ask('master', q{SELECT fix FROM rds_guard.report(ARRAY['rds_superuser_members'])}));
is(told('master', 'rds_superuser_members'), 'pass', 'the fixes end all of it');
provide('DROP ROLE rotator, rotation, copier');

# The same fixed by name only, not by what a customer could make
is( ask('master', q{SELECT status FROM rds_guard.report(ARRAY['superuser_count', 'pg_authid_readable'])}),
	"not_applicable\nnot_applicable", 'no customer is superuser or reads pg_authid on RDS');
is(told('master', 'createrole_roles'), 'pass', 'the master user has CREATEROLE by design');
is(told('master', 'replication_roles'), 'pass', 'and rds_replication');
provide('GRANT rds_replication TO plain');
is(told('master', 'replication_roles'), 'fail plain', 'rds_replication counts as REPLICATION');
provide('REVOKE rds_replication FROM plain');

#
# Kinds of passwords come from rds_tools, iterations from nowhere.
#
provide(q{SET password_encryption = 'md5'; CREATE ROLE old LOGIN PASSWORD 'x' VALID UNTIL '2099-01-01'});
is(told('master', 'md5_password_hashes'), 'fail old', 'an MD5 hash, told by rds_tools');
is(told('monitor', 'md5_password_hashes'), 'unknown', 'a monitor may not call rds_tools');
is( ask('monitor', q{SELECT fix FROM rds_guard.report(ARRAY['md5_password_hashes'])}),
	'GRANT USAGE ON SCHEMA rds_tools TO monitor; GRANT EXECUTE ON FUNCTION rds_tools.role_password_encryption_type() TO monitor;',
	'and is told the GRANT that lets it');
provide(ask('monitor', q{SELECT fix FROM rds_guard.report(ARRAY['md5_password_hashes'])}));
is(told('monitor', 'md5_password_hashes'), 'fail old', 'with which it sees the hash');
is( ask('master', q{SELECT status, fix IS NULL, remedy FROM rds_guard.report(ARRAY['scram_low_iterations'])}),
	'unknown|t|RDS and Aurora let no role read them. Passwords that are set again have as many as scram_iterations says.', 'nobody is sent for a GRANT that RDS refuses');

my (undef, undef, $refusal) = try_sql($node, 'SELECT * FROM rds_guard.password_verifiers()', master());
like($refusal, qr/HINT:  RDS and Aurora let no role read them[.]/, 'nor is who asks for the fact itself, with pg_read_all_data or without');

# The schema may be that of who created the extension; what a customer made is
# no witness, whatever it is called.
provide('ALTER SCHEMA rds_tools OWNER TO master');
is(told('master', 'md5_password_hashes'), 'fail old', 'rds_tools in a schema of the master user');
provide('ALTER FUNCTION rds_tools.role_password_encryption_type() OWNER TO master');
is(ask('master', q{SELECT status, detail, remedy FROM rds_guard.report(ARRAY['md5_password_hashes'])}),
	'unknown|this database has no rds_tools, which tells the kinds of passwords|Run CREATE EXTENSION rds_tools; here as a member of rds_superuser.',
	'a function of that name that is not the provider\'s is not asked');
provide('ALTER FUNCTION rds_tools.role_password_encryption_type() OWNER TO rdsadmin; ALTER SCHEMA rds_tools OWNER TO rdsadmin');

#
# What looks at new passwords
#
is(ask('master', q{SELECT status, severity, object, detail FROM rds_guard.report(ARRAY['password_policy_missing'])}),
	'fail|medium|pgtle.enable_password_check|no library that looks at new passwords is loaded', 'nothing does');

#
# Forced TLS: pg_hba.conf decides; a parameter that a session made up does not.
#
is(told('master', 'tls_not_enforced'),
	'fail host all all all md5', 'the line that takes cleartext, not those for rdsadmin and samehost');
is(told('monitor', 'tls_not_enforced'), 'unknown', 'a monitor may not read pg_hba.conf');
is( ask('monitor', q{SELECT fix IS NULL, remedy FROM rds_guard.report(ARRAY['tls_not_enforced'])}),
	't|Run the report as a member of rds_superuser.', 'and is not sent for a GRANT that nobody there can give');
is(ask('monitor', q{SELECT status, fix FROM rds_guard.report('{rds_accepted_password_method}')}), 'fail|', 'what it sees it is told, if not how to mend it');
is( ask('monitor', q{SET rds.force_ssl = 1; SELECT status FROM rds_guard.report(ARRAY['tls_not_enforced'])}),
	"unknown", 'SET rds.force_ssl = 1 proves nothing');

set_hba($node, rds_hba('iam'));
is(told('master', 'tls_not_enforced'), 'pass', 'hostssl lines only');
is(told('master', 'iam_auth_not_used'),
	'fail master, monitor, old, plain', 'with the line it is a question for each role');
is(told('monitor', 'tls_min_protocol'), 'pass', 'the versions of TLS a monitor sees');
is(told('monitor', 'tls_max_protocol_capped'), 'pass', 'both ways');
is(told('master', 'tls_weak_ciphers'), 'not_applicable', 'ciphers only a client can try');
is(told('master', 'tls_client_ca_crl'), 'not_applicable', 'nobody comes in by certificate');

#
# Sessions of the master user
#
sub session_of
{
	my ($role, $application) = @_;
	local $ENV{PGAPPNAME} = $application;
	my ($in, $out) = ("SELECT 'ready';\n", '');
	my $psql = IPC::Run::start([ 'psql', '-XAtq', '-d', connection_string($node, @app, user => $role), '-f', '-' ], '<', \$in, '>', \$out);
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

is(told('master', 'master_user_used_by_application'), 'pass', 'the session that asks is no application');
my $dump = session_of('master', 'pg_dump');
is(told('master', 'master_user_used_by_application'), 'pass', 'a tool for administration is none either');
my $plain_app = session_of('plain', 'webshop');
is(told('master', 'master_user_used_by_application'), 'pass', 'nor is what another role runs');
my $app = session_of('master', 'psql_worker "x"');
is(told('master', 'master_user_used_by_application'), 'fail master', 'an application as the master user, however it calls itself');
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
is(told('master', 'connection_slots_reserved'), ask('master', 'SHOW server_version_num') >= 160000 ? 'fail reserved_connections' : 'pass',
	'superuser_reserved_connections are not for rds_superuser, reserved_connections are');
is(told('master', 'idle_session_limits'), 'fail idle_in_transaction_session_timeout', 'sessions are not limited by default');
is(told('master', 'gss_accept_delegation'), 'not_applicable', 'delegation cannot be set');
is(told('master', 'fips_mode'), 'not_applicable', 'nor OpenSSL asked');

#
# The provider writes pg_hba.conf: its own lines are nothing to report, and
# what nobody can change is no question.
#
set_hba($node, rds_hba('optional_tls'));
is( ask('master', q{SELECT string_agg(check_id, ' ' ORDER BY check_id COLLATE "C") FROM rds_guard.report('{network}') WHERE status = 'not_applicable' AND check_id NOT IN ('db_user_namespace')}),
	'hba_all_databases_all_users hba_clientcert_incomplete hba_dns_name_rule hba_file_perms hba_gss_realm_stripped hba_ident_map_wildcard hba_ident_method '
	  . 'hba_ldap_insecure hba_oauth_weak hba_parse_error_stale hba_radius_removed hba_replication_open hba_shadowed_rule hba_wide_cidr '
	  . 'listen_all_interfaces unix_socket_permissions',
	'what only the provider could change does not apply');
is( ask('monitor', q{SELECT string_agg(check_id, ' ' ORDER BY check_id COLLATE "C") FROM rds_guard.report('{network}') WHERE status = 'unknown'}),
	'hba_cleartext_password_method hba_md5_method hba_superuser_remote hba_trust', 'a monitor is not told to ask for what does not apply');
is( ask('master', q{SELECT status, object, severity FROM rds_guard.report('{hba_trust,hba_cleartext_password_method,hba_md5_method,hba_superuser_remote}')}),
	"fail|host all all all md5|medium\nfail|master|low\npass||high\npass||critical", 'lines for rdsadmin and its replication are left out');
set_hba($node, "host all all all trust\n" . rds_hba('optional_tls'));
is(told('master', 'hba_trust'), 'fail host all all all trust', 'a line that trusts the network is not');
set_hba($node, rds_hba('optional_tls'));

#
# Its own replication, archiving and backups are the provider's.
#
is( ask('master', q{SELECT string_agg(check_id, ' ' ORDER BY check_id COLLATE "C") FROM rds_guard.report('{replication}') WHERE status = 'not_applicable'}),
	'backup_evidence_missing primary_conninfo_weak wal_archiving_off_or_failing', 'replication: what only the provider could change does not apply');
sub parameters
{
	my (%value) = @_;
	$node->append_conf('postgresql.conf', join "\n", map { "$_ = '$value{$_}'" } sort keys %value);
	$node->restart;
	return;
}

parameters(
	'rds.logical_replication' => 'on',
	'rds.restrict_password_commands' => '1',
	'rds.log_retention_period' => '10080',
	'rds.force_admin_logging_level' => 'info',
	'rds.accepted_password_auth_method' => 'scram',
	'rds.allowed_extensions' => 'pgcrypto, plpgsql',
	$audited ? ('pgaudit.log' => 'ddl, role', 'pgaudit.role' => 'auditor') : ());
is(told('master', $_), 'pass', "$_: set as it should be")
  foreach qw(rds_password_commands_unrestricted rds_log_retention rds_admin_logging rds_accepted_password_method rds_extension_policy);
is(ask('master', q{SELECT severity, detail FROM rds_guard.report(ARRAY['password_policy_missing'])}),
	'low|no library that looks at new passwords is loaded, but only members of rds_password may set one', 'passwords that few may set are half a policy');
SKIP:
{
	skip 'pgaudit is not installed for this server', 3 unless $audited;
	is(ask('master', q{SELECT object, detail, fix FROM rds_guard.report(ARRAY['pgaudit_object_role_broken']) ORDER BY detail}),
		"pgaudit.role|pgaudit.role is auditor, which is no role|CREATE ROLE auditor NOLOGIN;\n"
		  . q{pgaudit.role|pgaudit.role is auditor: here only rds_pgaudit has an effect|aws rds modify-db-parameter-group --db-parameter-group-name YOUR_GROUP --parameters }
		  . q{'[{"ParameterName":"pgaudit.role","ParameterValue":"rds_pgaudit","ApplyMethod":"immediate"}]'},
		'only rds_pgaudit is a role for pgaudit.role');
	parameters('pgaudit.role' => 'rds_pgaudit');
	provide('CREATE ROLE rds_pgaudit; CREATE TABLE watched (); GRANT SELECT ON watched TO rds_pgaudit');
	is(told('master', 'pgaudit_object_role_broken'), 'pass', 'harmless twin: it is, and something is granted to it');
	provide('ALTER ROLE rds_pgaudit LOGIN');
	is(told('master', 'pgaudit_object_role_broken'), 'fail rds_pgaudit', 'unless somebody logs in with it');
	provide('DROP TABLE watched; DROP ROLE rds_pgaudit');
	parameters('pgaudit.role' => '');
}
is(told('master', 'rds_logical_replication_unused'), 'fail rds.logical_replication', 'logical replication that nothing uses');
is( ask('master', q{SELECT fix FROM rds_guard.report(ARRAY['rds_logical_replication_unused'])}),
	q{aws rds modify-db-parameter-group --db-parameter-group-name YOUR_GROUP --parameters '[{"ParameterName":"rds.logical_replication","ParameterValue":"0","ApplyMethod":"pending-reboot"}]'},
	'it is switched off through AWS');
provide('CREATE PUBLICATION everything FOR ALL TABLES');
is(told('master', 'rds_logical_replication_unused'), 'pass', 'a publication is a use');
provide('DROP PUBLICATION everything');
parameters('rds.logical_replication' => 'off');
is(told('master', 'rds_logical_replication_unused'), 'pass', 'harmless twin: it is off');

#
# The log, extensions, and what AWS lends
#
parameters('rds.log_retention_period' => '4320', 'rds.force_admin_logging_level' => 'disabled', 'rds.allowed_extensions' => 'pgcrypto, *');
is(ask('master', q{SELECT severity, detail, fix FROM rds_guard.report(ARRAY['rds_log_retention'])}),
	q{low|the log is kept for 4320 minutes, of 10080 at most|aws rds modify-db-parameter-group --db-parameter-group-name YOUR_GROUP --parameters '[{"ParameterName":"rds.log_retention_period","ParameterValue":"10080","ApplyMethod":"pending-reboot"}]'},
	'three days are too few');
is(told('master', 'rds_admin_logging'), 'fail rds.force_admin_logging_level', 'what rdsadmin does is not logged');
is(told('master', 'rds_extension_policy'), 'fail rds.allowed_extensions', '* among others is everything');
provide(q{CREATE ROLE builder LOGIN; ALTER ROLE builder SET rds.allowed_delegated_extensions = 'pgcrypto, dblink, log_fdw'; ALTER DATABASE app SET rds.allowed_delegated_extensions = '*'});
my $delegated = q{SELECT object, severity, detail, fix FROM rds_guard.report(ARRAY['rds_extension_policy']) WHERE object <> 'rds.allowed_extensions' AND status = 'fail' ORDER BY object};
is(ask('master', $delegated),
	"DATABASE app SET rds.allowed_delegated_extensions|low|rds.allowed_delegated_extensions is '*': members of rds_extension, of which there are none, can create any extension|"
	  . "ALTER DATABASE app RESET rds.allowed_delegated_extensions;\n"
	  . "ROLE builder SET rds.allowed_delegated_extensions|low|rds.allowed_delegated_extensions is 'pgcrypto, dblink, log_fdw': members of rds_extension, of which there are none, can create dblink, log_fdw|"
	  . 'ALTER ROLE builder RESET rds.allowed_delegated_extensions;',
	'delegated for one role or database: what connects elsewhere, or everything');
provide('CREATE ROLE builders; GRANT rds_extension TO builders; GRANT builders TO builder');
like(ask('master', $delegated), qr/^DATABASE app SET [^|]+\|medium\|.*: builder can create any extension\|/m, 'worse where somebody can use it');
provide('ALTER ROLE builder RESET ALL; ALTER DATABASE app RESET rds.allowed_delegated_extensions');
is(ask('master', $delegated), '', 'delegating nothing is harmless');
provide('DROP ROLE builder, builders');

is(told('master', 'aws_integration_exposed'), 'pass', 'without the extensions nothing is exposed');
provide(<<'EOT');
CREATE SCHEMA aws_s3;
CREATE FUNCTION aws_s3.query_export_to_s3(query text, bucket text) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
CREATE FUNCTION aws_s3.table_import_from_s3(table_name text) RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
CREATE SCHEMA aws_lambda;
CREATE FUNCTION aws_lambda.invoke(function_name text, payload json) RETURNS json LANGUAGE sql AS 'SELECT payload';
REVOKE EXECUTE ON FUNCTION aws_lambda.invoke(text, json) FROM PUBLIC;
EOT
is(told('master', 'aws_integration_exposed'), 'pass', 'EXECUTE for PUBLIC is no use without USAGE on the schema');
provide('GRANT USAGE ON SCHEMA aws_s3 TO plain');
is(ask('master', q{SELECT object, severity, detail FROM rds_guard.report(ARRAY['aws_integration_exposed'])}),
	'SCHEMA aws_s3 TO PUBLIC|critical|PUBLIC may call aws_s3.query_export_to_s3(text, text) and 1 more, as one login role can', 'somebody gets there by what is granted to PUBLIC');
provide(ask('master', q{SELECT fix FROM rds_guard.report(ARRAY['aws_integration_exposed'])}));
is(told('master', 'aws_integration_exposed'), 'pass', 'the fix takes both functions away');
provide('GRANT USAGE ON SCHEMA aws_lambda TO PUBLIC; CREATE ROLE movers; GRANT EXECUTE ON FUNCTION aws_lambda.invoke(text, json) TO movers; GRANT movers TO plain; GRANT EXECUTE ON FUNCTION aws_lambda.invoke(text, json) TO rds_superuser');
my $lambda = q{SELECT object, severity FROM rds_guard.report(ARRAY['aws_integration_exposed'])};
is(ask('master', $lambda), 'SCHEMA aws_lambda TO movers|info', 'one role that moves data is worth knowing, administrators are not');
provide('CREATE ROLE hidden LOGIN NOINHERIT; GRANT movers TO hidden');
is(ask('master', $lambda), 'SCHEMA aws_lambda TO movers|high', 'several are more than that, also by SET ROLE');
provide('ALTER FUNCTION aws_lambda.invoke(text, json) OWNER TO movers');
is(told('master', 'aws_integration_exposed'), 'pass', 'a function of a customer\'s own lends nothing');
provide('DROP SCHEMA aws_s3, aws_lambda CASCADE; DROP ROLE hidden, movers');

#
# Administrators' sessions over the network are the rule on RDS.
#
sub remote_session
{
	my ($query) = @_;
	return sql($node, $query, @app, user => 'master', host => own_address(), sslmode => 'require');
}
SKIP:
{
	skip 'this machine has no network', 2 unless own_address();
	$node->append_conf('postgresql.conf', "listen_addresses = '" . own_address() . "'");
	$node->restart;
	is(remote_session(q{SELECT status FROM rds_guard.report('{superuser_session_remote}')}), 'pass', 'the session that asks is no finding');
	my $other = session($node, @app, user => 'master', host => own_address(), sslmode => 'require');
	is(ask('master', q{SELECT status, severity, object, fix FROM rds_guard.report('{superuser_session_remote}')}), 'fail|low|master|', 'another is, and no line of pg_hba.conf mends it');
	$other->quit;
}

#
# What the provider granted when it made the server is no drift.
#
provide(<<'EOT');
GRANT EXECUTE ON FUNCTION pg_catalog.pg_reload_conf() TO rds_superuser, rds_extension, PUBLIC;
GRANT SELECT ON pg_catalog.pg_statistic TO rds_reserved, PUBLIC;
CREATE SCHEMA reserved;
GRANT CREATE ON SCHEMA reserved TO rds_superuser;
EOT
is( ask('master', q{SELECT check_id, object FROM rds_guard.report(ARRAY['system_catalog_acl_drift', 'extension_acl_drift', 'dangerous_function_execute',
	'schema_create_nonowner', 'template_database_tampered', 'tablespace_language_fdw_usage']) WHERE status <> 'pass'}),
	'', 'grants to roles of the provider and to PUBLIC are left out');
provide('GRANT EXECUTE ON FUNCTION pg_catalog.pg_reload_conf() TO plain; GRANT SELECT ON pg_catalog.pg_statistic TO plain');
is(told('master', 'dangerous_function_execute'), 'fail pg_catalog.pg_reload_conf() TO plain', 'those to a role of the customer are not');
is(told('monitor', 'system_catalog_acl_drift'), 'fail TABLE pg_catalog.pg_statistic TO plain', 'neither on relations');
is(told('master', 'database_public_connect'), 'fail app', q{the provider's own databases are left out});

#
# The provider's own overrides are not the customer's to mend.
#
is( ask('master', q{SELECT status FROM rds_guard.report(ARRAY['log_suppressed_by_level', 'logging_guc_overridden']) ORDER BY 1}),
	"pass\npass", 'overrides of rdsadmin are left out');
provide(q{ALTER ROLE plain SET log_min_messages = 'fatal'});
is(told('master', 'log_suppressed_by_level'), 'fail ROLE plain', 'those of a customer are not');

is( ask('master', q{SELECT fix FROM rds_guard.report(ARRAY['log_disconnections_off'])}),
	q{aws rds modify-db-parameter-group --db-parameter-group-name YOUR_GROUP --parameters '[{"ParameterName":"log_disconnections","ParameterValue":"on","ApplyMethod":"immediate"}]'},
	'parameters are changed through AWS');

$node->stop;
done_testing();
