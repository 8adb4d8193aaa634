# Who may ask the facts about the ways in: a plain role, the monitors, readers of
# files and of settings, and roles with one or the other GRANT see everything
# that a superuser sees, or nothing: an error with the GRANT that helps, and that
# does help. Of pg_hba.conf that is as much as can be told without reading it. In
# both editions.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

my $certificates = PostgreSQL::Test::Utils::tempdir();
make_certificates($certificates);
my $node = server(
	'ways_in',
	hba => <<'END',
local all all trust
host all app 10.0.0.0/8 scram-sha-256
host all all 10.1.0.0/16 md5
host all app 10.2.0.0/16 md5
END
	conf => <<"END");
ssl = on
ssl_cert_file = '$certificates/server.crt'
ssl_key_file = '$certificates/server.key'
ssl_ca_file = '$certificates/server_ca.crt'
password_encryption = 'scram-sha-256'
END
my $major = major($node);
write_ident($node, 'mapped somebody app');
sql($node, <<'END');
CREATE EXTENSION rds_guard;
CREATE ROLE app LOGIN PASSWORD 'app';
CREATE ROLE plain LOGIN;
CREATE ROLE monitor LOGIN IN ROLE pg_monitor;
CREATE ROLE files LOGIN IN ROLE pg_read_server_files;
CREATE ROLE settings LOGIN IN ROLE pg_read_all_settings;
CREATE ROLE files_settings LOGIN IN ROLE pg_read_server_files, pg_read_all_settings;
CREATE ROLE hba_view LOGIN;
CREATE ROLE hba_function LOGIN;
CREATE ROLE hba_both LOGIN;
CREATE DATABASE plain;
END
install_plain($node, dbname => 'plain');
foreach my $database (qw(postgres plain))
{
	sql($node, <<'END', dbname => $database);
GRANT SELECT ON pg_hba_file_rules TO hba_view, hba_both;
GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO hba_function, hba_both;
END
}

# Who sees a fact: those named, the superuser always; 'all' for everybody. Others
# get 42501 and this hint, in which %s is their role. Without the library some
# facts have an answer for nobody: their SQLSTATE then.
my $all = 'all';
my $hba = 'GRANT SELECT ON pg_catalog.pg_hba_file_rules TO %1$s; GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO %1$s;';
my $ident = $hba =~ s/hba_file_rules/ident_file_mappings/gr;
# before 15 there is only the file
my $ident_file =
  'GRANT pg_read_server_files, pg_read_all_settings TO %1$s; GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text) TO %1$s; -- also allows to read any other file of the server, better ask a superuser to run this';
my $read_settings = 'GRANT pg_read_all_settings TO %s;';
my $guess = 'Only a superuser may: run it as one.';
my @roles = qw(plain monitor files settings files_settings hba_view hba_function hba_both);
my @seers_of_settings = qw(monitor settings files_settings);
my @facts = (
	(map { [ $_, ['hba_both'], $hba ] } 'hba_problems()', 'hba_rules()', 'hba_effective_rules()', 'hba_unreachable()', 'hba_access()',
		q{hba_access('app')}, 'hba_reach()', q{hba_match('app', 'postgres', '10.1.2.3', false)}, q{hba_match('nobody', 'nowhere', NULL, NULL)}),
	[ 'ident_mappings()', [], $major >= 15 ? $ident : $ident_file ],
	[ 'server_certificates()', [qw(files files_settings)],
		'GRANT pg_read_server_files TO %s; -- also allows to read any other file of the server, better ask a superuser to run this', '0A000' ],
	[ 'tls_ciphers()', \@seers_of_settings, $read_settings, '0A000' ],
	[ 'tls_offers()', \@seers_of_settings, $read_settings, '0A000' ],
	[ 'openssl()', $all, undef, '0A000' ],
	[ q{file_modes('{pg_hba.conf,base}')}, [qw(files files_settings)], 'GRANT pg_read_server_files TO %s;', '42501' ],
	[ q{server_files('{data_directory,ssl_cert_file}')}, ['files_settings'],
		{ plain => 'GRANT pg_read_all_settings, pg_read_server_files TO %s;', monitor => 'GRANT pg_read_server_files TO %s;', settings => 'GRANT pg_read_server_files TO %s;', files => $read_settings }, '42501' ],
	[ 'password_hooks()', \@seers_of_settings, $read_settings ],
	(map { [ $_, [], $guess, '0A000' ] } 'weak_passwords()', q{weak_passwords('{x}', 1)}, 'likely_passwords(100, 20)'));

# ask(FACT, ROLE, DATABASE): the rows, or what went wrong; and the hint
sub ask
{
	my ($fact, $role, $database) = @_;
	my ($status, $out, $err) = try_sql(
		$node,
		"\\set VERBOSITY verbose\nSELECT coalesce(string_agg(to_jsonb(f)::text, E'\\n' ORDER BY to_jsonb(f)::text), 'nothing') FROM rds_guard.$fact AS f",
		user => $role,
		dbname => $database);
	return ($out, '') if $status == 0;
	my ($code) = $err =~ /ERROR:  (\w{5}): /;
	my ($hint) = $err =~ /^HINT:  (.*)/m;
	return ($code // $err, $hint // 'no hint');
}

# Who may not read the file itself is not certain of what may stand in quotes
# there: an answer without that, and of hba_match() the line that is the first.
sub without_doubts
{
	my ($answer) = @_;
	$answer =~ s/"(un)?certain": ("[^"]*"|\w+)//g;
	return $answer =~ s/\n.*//sr if $answer =~ /"asks":/;
	return $answer;
}

# Everything that there is to see, as far as this role can be certain of it.
sub is_everything
{
	my ($answer, $everything, $call) = @_;
	return $answer eq $everything unless $call =~ /^hba/;
	return without_doubts($answer) eq without_doubts($everything);
}

foreach my $edition (qw(c plain))
{
	my $database = $edition eq 'c' ? 'postgres' : 'plain';
	foreach my $fact (@facts)
	{
		my ($call, $seers, $hints, $without_library) = @$fact;
		my ($everything) = ask($call, $superuser, $database);
		if ($edition eq 'plain' && defined $without_library)
		{
			is_deeply({ map { $_ => (ask($call, $_, $database))[0] } @roles, $superuser },
				{ map { $_ => $without_library } @roles, $superuser }, "plain: $call is for nobody");
			next;
		}
		isnt($everything, '', "$edition: $call as superuser");
		unlike($everything, qr/^(\w{5}|nothing|psql.*)$/, "$edition: there is something to see in $call") unless $call =~ /^(hba_problems|password_hooks)/;
		my (%answers, %expected);
		foreach my $role (@roles)
		{
			my ($answer, $hint) = ask($call, $role, $database);
			$answers{$role} = is_everything($answer, $everything, $call) ? 'everything' : "$answer $hint";
			$expected{$role} =
			    $seers eq $all || (grep { $_ eq $role } @$seers) ? 'everything'
			  : '42501 ' . sprintf(ref $hints ? $hints->{$role} // $hints->{plain} : $hints, $role);
		}
		is_deeply(\%answers, \%expected, "$edition: $call, who sees everything, and who gets which hint") or diag(join "\n", map { "$_: $answers{$_}" } sort keys %answers);
	}

	# What the hint says is enough, for a role whose name has to be quoted.
	foreach my $fact (@facts)
	{
		my ($call, $seers, $hints, $without_library) = @$fact;
		next if $edition eq 'plain' && defined $without_library;
		my $asker = 'asks "quoted"';
		sql($node, 'CREATE ROLE "asks ""quoted""" LOGIN', dbname => $database);
		my ($everything) = ask($call, $superuser, $database);
		my ($before, $hint) = ask($call, $asker, $database);
		if ($hint =~ /^GRANT/)
		{
			sql($node, $hint, dbname => $database);
			ok(is_everything((ask($call, $asker, $database))[0], $everything, $call), "$edition: $call: the GRANT of its hint is enough") or diag($hint);
		}
		elsif ($seers ne $all)
		{
			is($before, '42501', "$edition: $call: no GRANT would do");
		}
		sql($node, 'DROP OWNED BY "asks ""quoted"""; DROP ROLE "asks ""quoted"""', dbname => $database);
	}
}

# The lines of which they are not certain.
foreach my $database (qw(postgres plain))
{
	my $doubts = q{SELECT line_number, uncertain IS NOT NULL AS uncertain FROM rds_guard.hba_rules() ORDER BY place};
	is_deeply([ map { [ map { $_->{uncertain} } @{ rows($node, $doubts, user => $_, dbname => $database) } ] } $superuser, 'hba_both' ],
		[ [ 0, 0, 0, 0 ], [ 1, 1, 1, 1 ] ], "$database: all may be a name, for who cannot read the file");
}

#
# Files that one of these roles cannot find take a row with the GRANT that would
# do, and each of these GRANTs does.
#
sql($node, 'CREATE ROLE finder LOGIN IN ROLE files_settings');
my $all_files = 'server_files()';
my $problems = q{SELECT DISTINCT problem FROM rds_guard.server_files() WHERE kind = 'unknown' ORDER BY problem};
foreach my $grant (split /\n/, sql($node, $problems, user => 'finder'))
{
	like($grant, qr/^GRANT .* TO finder;$/, "server_files() asks for: $grant");
	sql($node, $grant);
}
is(sql($node, $problems, user => 'finder'), '', 'and then nothing is unknown');
is((ask($all_files, 'finder', 'postgres'))[0], (ask($all_files, $superuser, 'postgres'))[0], 'and all is as the superuser sees it');

#
# Who may look at files sees more: that the server has not yet read a file
#
my $file = $node->data_dir . '/pg_hba.conf';
utime time + 100, time + 100, $file or die $!;
sql($node, 'CREATE ROLE watcher LOGIN IN ROLE hba_both, files_settings');
foreach my $database (qw(postgres plain))
{
	my @answers = map { (ask('hba_problems()', $_, $database))[0] } 'hba_both', 'watcher';
	sql($node, 'GRANT EXECUTE ON FUNCTION pg_stat_file(text, boolean) TO watcher', dbname => $database);
	push @answers, (ask('hba_problems()', 'hba_both', $database))[0];
	is_deeply(\@answers, [ ('nothing') x 3 ], "$database: who cannot look at files does not know of a newer one");
	foreach my $role ($superuser, 'watcher')
	{
		like((ask('hba_problems()', $role, $database))[0], qr/"problem": "not loaded"/, "$database: $role knows of a newer file");
		is_deeply([ ask($_, $role, $database) ], [ '42501', 'Reload the server with SELECT pg_reload_conf(), and run the report again in a new session.' ],
			"$database: $role is not shown by $_ what the server does not use")
		  foreach 'hba_rules()', 'hba_access()', 'hba_unreachable()', q{hba_match('app', 'postgres', NULL, NULL)};
	}
}

$node->stop;
done_testing();
