# The release that runs here, whatever it is, is judged by the lists as they
# are, in both editions: what the binary says of itself, what the lists say and
# what day it is decide, worked out here a second time. And ways to use a
# vulnerability that take settings of the server and libraries.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

my $node = server('versions', start => 0);
make_certificates($node->data_dir);
$node->start;
sql($node, 'CREATE DATABASE plain; CREATE EXTENSION rds_guard; CREATE ROLE app LOGIN');
install_plain($node, dbname => 'plain');
my @databases = qw(postgres plain);

#
# The verdicts
#
my ($version) = `postgres --version` =~ /^postgres \(PostgreSQL\) (\S+)/;
my ($major, $minor) = $version =~ /^(\d+)(?:[.](\d+))?/;
my $is_release = defined $minor;
my $today = value($node, 'current_date');

my ($known) = grep { $_->{major} == $major } @{ rows($node, 'SELECT * FROM rds_guard.known_majors()') };
my @releases = @{ rows($node, 'SELECT * FROM rds_guard.known_releases()') };
my ($latest) = reverse sort map { $_->{released} } @releases;
my @ours = sort { $a <=> $b } map { $_->{version_num} % 10000 } grep { int($_->{version_num} / 10000) == $major } @releases;
my @missed = grep { $is_release && $_ > $minor } @ours;
# nothing is known of this major, of this release, of a later day, or of today
my $in_doubt = !$known
  || $is_release && $minor > $ours[-1]
  || $known->{as_of} le $known->{ends} && ($latest gt $known->{as_of} || value($node, "date '$today' - date '$known->{as_of}'") > 120);
note("PostgreSQL $version, " . scalar(@missed) . ' releases missed, ' . ($in_doubt ? 'the list ends before' : 'the list has all'));

my $expected = {
	version_prerelease => $is_release ? 'pass' : "fail: PostgreSQL $version",
	version_minor_outdated => !$is_release ? 'not_applicable' : @missed ? "fail: PostgreSQL $version" : $in_doubt ? 'unknown' : 'pass',
	version_eol => !$is_release ? 'not_applicable' : !$known ? 'unknown'
	: value($node, "date '$known->{ends}' - date '$today'") < 180 ? "fail: PostgreSQL $major" : 'pass' };
foreach my $database (@databases)
{
	my $name = $database eq 'plain' ? 'without library' : 'with library';
	is_deeply(verdicts($node, [ keys %$expected ], dbname => $database), $expected, "$name: the verdicts on PostgreSQL $version");
	my ($eol) = @{ report($node, 'version_eol', dbname => $database) };
	is($eol->{severity}, 'critical', "$name: the end is critical") if $eol->{status} eq 'fail' && $known->{ends} lt $today;
	is($eol->{severity}, 'medium', "$name: that it is near is not") if $eol->{status} eq 'fail' && $known->{ends} ge $today;
	is_deeply(
		[ sort map { $_->{object} } grep { $_->{status} eq 'fail' } @{ report($node, 'cve_reachable', dbname => $database) } ],
		[ sort map { $_->{object} } @{ rows($node, q{SELECT 'PostgreSQL ' || rds_guard.version_text(v.fixed_in) AS object FROM rds_guard.running_release() AS r
			CROSS JOIN LATERAL rds_guard.vulnerabilities_of(r.version_num) AS v WHERE v.state = 'open' AND NOT r.prerelease GROUP BY v.fixed_in}, dbname => $database) } ],
		"$name: the releases that mend what can be used here");
	is((grep { $_->{status} eq 'unknown' } @{ report($node, 'cve_reachable', dbname => $database) }) > 0 ? 1 : 0,
		!$is_release || $in_doubt || $known->{ends} lt $today ? 1 : 0, "$name: where the list of vulnerabilities ends it says so");
}

#
# Ways that take a setting of the server or a library
#
sub way
{
	my ($way, %to) = @_;
	return join ' ', map { value($node, 'rds_guard.vulnerability_way(' . RdsGuard::quote($way) . ')', %to, dbname => $_) } @databases;
}

is(way('TLS'), 'closed closed', 'TLS is off');
configure($node, ssl => 'on');
is(way('TLS'), 'open open', 'TLS is on');

SKIP:
{
	skip 'before 16 there is no scram_iterations', 6 if $major < 16;
	is(way('SCRAM iterations'), 'closed closed', 'the default of scram_iterations');
	is(way('SCRAM iterations', options => '-c scram_iterations=5000'), 'closed closed', 'a session of its own changes nothing');
	configure($node, scram_iterations => 5000);
	is(way('SCRAM iterations'), 'open open', 'another value of scram_iterations');
	is(way('SCRAM iterations', options => '-c scram_iterations=4096'), 'open open', 'and a session hides nothing');
	is(way('SCRAM iterations', user => 'app'), 'open open', 'who has no value of its own sees it');
	is(way('SCRAM iterations', user => 'app', options => '-c scram_iterations=4096'), 'unseen unseen', 'who has one does not');
}

SKIP:
{
	skip 'pg_stat_statements is not installed for this server', 3 unless has_library('pg_stat_statements');
	is(way('pg_stat_statements'), 'closed closed', 'pg_stat_statements is not loaded');
	is(way('pg_stat_statements', options => '-c pg_stat_statements.max=100'), 'closed closed', 'nor by a session that makes up its setting');
	$node->append_conf('postgresql.conf', q{shared_preload_libraries = 'pg_stat_statements'});
	$node->restart;
	is(way('pg_stat_statements'), 'open open', 'loaded it runs without its extension');
}

SKIP:
{
	skip 'pgcrypto is not installed for this server', 2 unless has_library('pgcrypto');
	is(way('extension pgcrypto'), 'closed closed', 'pgcrypto could be installed');
	sql($node, 'CREATE SCHEMA "hidden away"; CREATE EXTENSION pgcrypto SCHEMA "hidden away"', dbname => 'plain');
	is(way('extension pgcrypto'), 'closed open', 'pgcrypto is installed in one of the databases');
}

$node->stop;
done_testing();
