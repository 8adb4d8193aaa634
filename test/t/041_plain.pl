# Needs no library
#
# The edition without a library by itself: on a server as initdb makes it for the
# superuser, and on one like RDS for the master user, who is no superuser. It also
# runs on servers of which there are no headers to build a library with.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

# Those of these checks that say something else than expected
sub differing
{
	my ($said, $expected) = @_;
	return [ map { "$_: " . ($said->{$_} // 'nothing') . ", not $expected->{$_}" } grep { ($said->{$_} // '') ne $expected->{$_} } sort keys %$expected ];
}

#
# As initdb makes it
#
my $node = server('stock');
my $major = major($node);
install_plain($node);
my $report = report($node);
no_errors($report, "stock server $major: no check breaks");
is_deeply(
	differing(
		decided($report),
		{
			hba_trust => 'fail: ' . join(' | ', map { my $database = $_; map { "host $database all $_ trust" } '127.0.0.1/32', '::1/128' } 'all', 'replication') . ' | local all all trust | local replication all trust',
			login_without_password => "fail: $superuser",
			log_connections_off => 'fail: log_connections',
			log_statement_off => 'fail: log_statement',
			log_operational_gaps => 'fail: ' . join(' | ', $major < 15 ? 'log_checkpoints' : (), $major < 19 ? 'log_lock_waits' : (), 'log_temp_files'),
			password_encryption_md5 => $major < 14 ? 'fail: password_encryption' : 'pass',
			data_checksums_off => $major < 18 ? 'fail: data_checksums' : 'pass',
			public_schema_create => $major < 15 ? 'fail: public' : 'pass',
			pgaudit_not_loaded => 'fail: shared_preload_libraries',
			rds_superuser_members => 'not_applicable',
			hba_oauth_weak => $major < 18 ? 'not_applicable' : 'pass',
			tls_not_enforced => 'not_applicable',
			backup_evidence_missing => 'unknown',
			map { $_ => 'pass' } qw(superuser_count superuser_reachable_path escalation_path_exists createrole_roles pg_authid_readable
			  system_catalog_acl_drift dangerous_function_execute guc_role_override_dangerous log_suppressed_by_level)
		}),
	[],
	"stock server $major: what it says is right");
no_errors(rows($node, 'SELECT * FROM rds_guard.my_report()'), "stock server $major: my_report() neither");
is(value($node, q{SELECT count(*) FROM rds_guard.checks WHERE scope IN ('server', 'session', 'role')}), value($node, q{SELECT count(DISTINCT r.check_id) FROM (SELECT check_id FROM rds_guard.report() UNION SELECT check_id FROM rds_guard.my_report()) AS r}),
	"stock server $major: no check is missing");
$node->stop;

#
# Like RDS and Aurora
#
foreach my $flavor ('rds', 'aurora')
{
	# for RdsGuard.pm as well
	$superuser = 'rdsadmin';
	local $ENV{PGUSER} = $superuser;
	$node = PostgreSQL::Test::Cluster->new($flavor);
	$node->init(extra => [ '-U', $superuser ]);
	# nobody's address, so that the server has a network and is not on it
	$node->append_conf('postgresql.conf', "listen_addresses = '127.0.0.1,$nowhere'");
	# the socket for this test; the lines for customers are those of RDS without
	# forced TLS
	write_hba($node, <<'EOT');
local all all trust
host all rdsadmin all reject
host rdsadmin all all reject
host all all all md5
EOT
	$node->start;
	sql($node, "\\set flavor $flavor\n" . slurp_file("$tree/test/fixtures/rds.sql"));
	my @app = (dbname => 'app');
	sql($node, 'CREATE ROLE monitor LOGIN; GRANT pg_monitor TO monitor; CREATE ROLE visitor LOGIN', @app);
	install_plain($node, @app, user => 'master');
	sql($node, 'GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO visitor; GRANT SELECT ON rds_guard.policy TO visitor', @app, user => 'master');
	foreach my $role (qw(master monitor visitor))
	{
		$report = report($node, undef, @app, user => $role);
		no_errors($report, "$flavor $major: no check breaks for $role");
		is(value($node, 'SELECT p.platform FROM rds_guard.platform() AS p', @app, user => $role), $flavor, "$flavor $major: $role sees what it is");
		is_deeply(
			differing(
				decided($report),
				{
					superuser_count => 'not_applicable',
					rds_superuser_members => 'pass',
					superuser_reachable_path => 'pass',
					createrole_roles => 'pass',
					hba_wide_cidr => 'not_applicable',
					hba_trust => $role eq 'master' ? 'pass' : 'unknown',
					tls_not_enforced => $role eq 'master' ? 'fail: host all all all md5' : 'unknown'
				}),
			[],
			"$flavor $major: what it says to $role is right");
	}
	# run again, it upgrades itself
	sql($node, q{UPDATE rds_guard.policy SET value = '41' WHERE name = 'sprawl_share'}, @app, user => 'master');
	install_plain($node, @app, user => 'master');
	is(value($node, q{SELECT value::text FROM rds_guard.policy WHERE name = 'sprawl_share'}, @app, user => 'monitor'), '41', "$flavor $major: upgraded by its master user");
	$node->stop;
}

done_testing();
