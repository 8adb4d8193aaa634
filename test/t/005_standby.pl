# On a hot standby, and where transactions are read-only, everything that reads
# works, for a superuser and for a monitor, and says the same as the primary.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

my $certificates = PostgreSQL::Test::Utils::tempdir();
make_certificates($certificates);
my $primary = server('primary', listen => "127.0.0.1,$nowhere", conf => <<"END");
ssl = on
ssl_cert_file = '$certificates/server.crt'
ssl_key_file = '$certificates/server.key'
ssl_ca_file = '$certificates/server_ca.crt'
END
write_ident($primary, 'mapped somebody lead');
# after a reload nobody but a TLS session knows what TLS was loaded; the standby
# will only have started
$primary->restart;
my $major = major($primary);
sql($primary, 'CREATE DATABASE app');
sql($primary, "\\set major $major\n" . slurp_file("$tree/test/fixtures/tap/mistakes.sql"), dbname => 'app');
sql($primary, 'CREATE EXTENSION rds_guard', dbname => 'app');
# on a busy machine the time that is shipped may not do
sql($primary, q{UPDATE rds_guard.policy SET value = '600000' WHERE name = 'weak_password_milliseconds'}, dbname => 'app');

$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;
# the backup ended its file of WAL: without another record nothing is replayed
# for a while
sql($primary, 'CREATE TABLE record ()');
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));

# What a role gets from each way of asking. Statistics of sessions aside, the
# rows of the primary and of its copy have to be equal.
my %questions = (
	# who streams from whom they say differently
	'report()' => q{SELECT * FROM rds_guard.report() AS r WHERE r.category <> 'replication'},
	'summary' => q{SELECT * FROM rds_guard.summary AS s WHERE s.category NOT IN ('all', 'replication')},
	'metrics' => q{SELECT * FROM rds_guard.metrics AS m WHERE m.category <> 'replication'},
	'readiness' => q{SELECT * FROM rds_guard.readiness AS r WHERE r.category <> 'replication'},
	'my_report()' => 'SELECT * FROM rds_guard.my_report()',
	'my_memberships' => 'SELECT * FROM rds_guard.my_memberships',
	'my_privileges' => 'SELECT * FROM rds_guard.my_privileges',
	'checks' => 'SELECT * FROM rds_guard.checks');
my @everybody = ('my_report()', 'my_memberships', 'my_privileges', 'checks');
my %roles = ($superuser => [ sort keys %questions ], monitor => [ sort keys %questions ], developer => \@everybody);
my %answers;

# Each server has its own folder, which evidence names.
sub without_folder
{
	my ($node, $rows) = @_;
	my $folder = $node->data_dir;
	return JSON::PP::decode_json(JSON::PP::encode_json($rows) =~ s/\Q$folder\E/FOLDER/gr);
}

foreach my $role (sort keys %roles)
{
	my @as = (user => $role, dbname => 'app');
	is(value($standby, 'SELECT pg_is_in_recovery()', @as), 1, "$role is on the standby");
	foreach my $question (@{ $roles{$role} })
	{
		$answers{$role}{$question} = rows($primary, $questions{$question}, @as);
		is_deeply(without_folder($standby, rows($standby, $questions{$question}, @as)),
			without_folder($primary, $answers{$role}{$question}), "$question as $role: the standby says what the primary says");
	}
	no_errors($answers{$role}{$_}, "$_ as $role: no check breaks") foreach grep { /report/ } @{ $roles{$role} };
	no_errors(report($standby, 'replication', @as), "replication as $role: no check breaks on the standby") if grep { $_ eq 'report()' } @{ $roles{$role} };
}
is(scalar(grep { $_->{status} eq 'fail' } @{ $answers{$superuser}{'report()'} }) > 20, 1, 'there was something to find');

# Facts, each by itself
foreach my $fact (qw(role_memberships() password_verifiers() setting_overrides() platform() hba_rules() hba_effective_rules()
	hba_problems() hba_unreachable() hba_reach() hba_access() ident_mappings() ident_problems() password_hooks() password_kinds()
	tls_ciphers() openssl() server_certificates() subscriptions() subscription_connections()), q{file_modes('{/}')},
	'hba_access(\'lead\')', "hba_match('lead', 'app', '127.0.0.1', false)", "hba_match('$superuser', 'replication', NULL, NULL)",
	# a time that does on a busy machine
	'weak_passwords(ARRAY[\'x\', \'y\'], 600)', '(SELECT role, kind, result FROM rds_guard.likely_passwords(600000, 5))',
	qw(audit_coverage() audit_changers() audited_objects() pgaudit_event_triggers()), "audit_coverage('app', 'lead')", "values_in_force('log_statement')",
	"effective_overrides('log_statement')", "setting('log_statement') AS s(v)", "server_setting('log_statement') AS s(v)")
{
	my $query = $fact =~ /^\(/ ? "SELECT * FROM $fact AS f" : "SELECT * FROM rds_guard.$fact";
	my $key = sub {
		# each server has its own folder
		[ sort map { my $row = $_; delete $row->{file_name}; join '|', map { "$_=" . JSON::PP->new->canonical->allow_nonref->encode($row->{$_}) } sort keys %$row } @{ $_[0] } ];
	};
	is_deeply($key->(rows($standby, $query, dbname => 'app')), $key->(rows($primary, $query, dbname => 'app')), "$fact on the standby");
}
is(value($standby, q{SELECT count(*) FROM rds_guard.server_files() WHERE kind = 'directory'}, dbname => 'app') > 2, 1, 'server_files() on the standby');
is(value($standby, 'SELECT pid = pg_backend_pid() FROM rds_guard.connection()', dbname => 'app'), 1, 'connection() on the standby');
$standby->stop;

#
# Read-only transactions on the primary, and no transaction id is taken
#
# by a new start, for the same reason as above
sql($primary, 'ALTER SYSTEM SET default_transaction_read_only = on');
$primary->restart;
foreach my $role (sort keys %roles)
{
	my @as = (user => $role, dbname => 'app');
	foreach my $question (@{ $roles{$role} })
	{
		is_deeply(rows($primary, $questions{$question}, @as), $answers{$role}{$question},
			"$question as $role: the same in a read-only transaction");
	}
}
is(sql($primary, join("\n", 'BEGIN READ WRITE;', (map { "SELECT count(*) < 0 FROM ($questions{$_}) AS q;" } sort keys %questions),
		"SELECT pg_current_xact_id_if_assigned() IS NULL;", 'COMMIT;'), dbname => 'app', options => '-c default_transaction_read_only=off'),
	join("\n", ('f') x keys %questions, 't'), 'none of them takes a transaction id');

$primary->stop;
done_testing();
