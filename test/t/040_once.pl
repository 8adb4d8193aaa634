# Needs no library
#
# The report without an installation: a role that may create nothing but temporary
# objects gets the verdicts that the installed edition gives it, and nothing is left.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

my $file = "$tree/dist/rds_guard_once.sql";
system_or_bail('make', '-s', '-C', $tree, 'plain') unless -e $file;
my $node = server('once', listen => "127.0.0.1,$nowhere", hba => "local all,replication all trust\nhost all all all md5");
my $major = major($node);
my @app = (dbname => 'app');
sql($node, 'CREATE DATABASE app');
sql($node, "\\set major $major\n" . slurp_file("$tree/test/fixtures/tap/mistakes.sql"), @app);
sql($node, <<'SQL', @app);
REVOKE ALL ON DATABASE app FROM PUBLIC;
CREATE ROLE visitor LOGIN;
CREATE ROLE barred LOGIN;
GRANT CONNECT, TEMP ON DATABASE app TO visitor, monitor;
GRANT CONNECT ON DATABASE app TO barred;
REVOKE CREATE ON SCHEMA public FROM PUBLIC, visitor, monitor;
ALTER ROLE visitor SET default_transaction_read_only = on;
SQL
# in another database, so that reload() knows that nothing here has the library
install_plain($node);
# rows that are there after the session has ended, and were not before
my $objects = q{SELECT concat_ws(' ', (SELECT string_agg(c.oid::text, ',' ORDER BY c.oid) FROM pg_class AS c),
	(SELECT string_agg(p.oid::text, ',' ORDER BY p.oid) FROM pg_proc AS p),
	(SELECT string_agg(t.oid::text, ',' ORDER BY t.oid) FROM pg_type AS t),
	(SELECT string_agg(n.oid::text, ',' ORDER BY n.oid) FROM pg_namespace AS n),
	(SELECT count(*) FROM pg_depend), (SELECT count(*) FROM pg_description))};

# What psql says, run as a user would; ($status, $out, $err).
sub once
{
	my ($variables, %as) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run [ 'psql', '-X', (map { ('-v', $_) } @$variables), '-f', $file, connection_string($node, @app, %as) ],
	  '<', \'', '>', \$out, '2>', \$err;
	my $status = $? >> 8;
	return ($status, $out, $err);
}

sub installed
{
	my (%as) = @_;
	my $report = delete $as{report} // 'report()';
	my (undef, $out) = try_sql($node, "\\pset format csv\n\\pset tuples_only off\nSELECT * FROM rds_guard.$report;", @app, %as);
	return "$out\n";
}

# One schema takes the place of the other, in what a role could be granted
sub of_installed
{
	my ($text) = @_;
	return $text =~ s/\bpg_temp\./rds_guard./gr;
}

my $before = sql($node, $objects, @app);
my %said;
foreach my $role ('visitor', 'monitor', $superuser)
{
	my ($status, $out, $err) = once(['csv=on'], user => $role);
	is("$status $err", '0 ', "$role: it runs, without a word beside the report");
	$said{$role} = $out;
}
is(sql($node, $objects, @app), $before, 'nothing is left of it');

install_plain($node, @app);
sql($node, 'GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO visitor; GRANT SELECT ON rds_guard.policy TO visitor', @app);
foreach my $role ('visitor', 'monitor', $superuser)
{
	my @once = split /\n/, of_installed($said{$role});
	my @installed = split /\n/, installed(user => $role);
	cmp_ok(scalar(@installed), '>', 150, "$role: there is much to compare");
	my %once = map { $_ => 1 } @once;
	my %installed = map { $_ => 1 } @installed;
	is_deeply([ grep { !$installed{$_} } @once ], [ grep { !$once{$_} } @installed ], "$role: line by line what the installed edition says");
	# neither looks at the other
	my ($status, $again) = once(['csv=on'], user => $role);
	is_deeply([ grep { !$installed{$_} } split /\n/, of_installed($again) ], [], "$role: and so it does beside that one");
}

#
# For people, and for a part
#
my ($status, $out, $err) = once([], user => 'visitor');
is("$status $err", '0 ', 'for people: it runs');
like($out, qr/^CRITICAL  .*\n  \* /m, 'for people: what is wrong');
like($out, qr/^UNKNOWN  .*\n    why    .*\n    ask    GRANT /m, 'for people: what cannot be told, and what would tell');
like($out, qr/^ all  .*\d/m, 'for people: how much was looked at');
($status, $out) = once([ 'only=version_eol,tls', 'csv=on' ], user => 'visitor');
is_deeply([ sort { $a cmp $b } keys %{ { map { (split /,/)[2] => 1 } grep { /^(info|low|medium|high|critical),/ } split /\n/, $out } } ], [qw(configuration tls)],
	'only: one check and one category');
($status, undef, $err) = once(['only=no_such_check'], user => 'visitor');
is($status, 3, 'only: a name that is none is an error');
like($err, qr/there is no check or category 'no_such_check'/, 'only: which says so');
is(sql($node, 'SELECT count(*) FROM pg_class WHERE relpersistence = $$t$$', @app), '0', 'nothing is left after an error');

#
# What AWS knows, from a file whose name is hostile
#
my $documents = <<'END';
{"here": {"DBInstances": [{"DBInstanceIdentifier": "it's", "Engine": "postgres", "DBInstanceArn": "arn:aws:rds:eu-west-1:123456789012:db:it's",
 "BackupRetentionPeriod": 0, "MasterUsername": "a \"b\" \\n"}]}}
END
my $aws = PostgreSQL::Test::Utils::tempdir() . q{/it's "aws" $(false).json};
append_to_file($aws, $documents);
($status, $out, $err) = once([ "aws=$aws", q{instance=it's}, 'csv=on' ], user => 'visitor');
is("$status $err", '0 ', 'aws: it runs');
is(of_installed($out), installed(user => 'visitor', report => "aws_report(\$json\$$documents\$json\$, instance => 'it''s')"), 'aws: what the installed edition says');
like($out, qr/^\w+,fail,aws_backup,aws_backup_disabled,/m, 'aws: which is right');
($status, $out, $err) = once([ "aws=$aws", 'only=aws_backup' ], user => 'visitor');
like($out, qr/^HIGH  .*\(aws_backup_disabled\)\n  \* instance it's\n/m, 'aws: for people');
($status, undef, $err) = once(["aws=$aws.gone"], user => 'visitor');
is($status, 3, 'aws: a file that is not there is an error');

#
# Where it cannot be
#
($status, undef, $err) = once([], user => 'barred');
is($status, 3, 'without TEMP on the database there is no report');
like($err, qr/permission denied to create temporary tables in database "app"/, 'and it says why');

$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
$standby->append_conf('postgresql.conf', 'port = ' . $standby->port . "\nunix_socket_directories = '" . $standby->host . "'\nlisten_addresses = ''");
$standby->start;
# the backup ended its file of WAL: without another record nothing is replayed
# for a while
sql($node, 'CREATE TABLE record ()');
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
$node = $standby;
($status, undef, $err) = once([], user => 'visitor');
is($status, 3, 'standby: no report');
like($err, qr/ERROR:  a standby cannot make temporary objects\nHINT:  Install rds_guard on the primary/, 'standby: it says why, and what works');

done_testing();
