# Whether auditing is really in force, with the real pgaudit: what the checks
# say of each configuration is compared with what the server then writes into
# its log about one DDL and one ROLE statement.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use File::Copy;
use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

plan skip_all => 'pgaudit is not installed for this server (Debian: postgresql-N-pgaudit)'
  unless has_pgaudit();

my @checks = qw(log_suppressed_by_level pgaudit_not_loaded pgaudit_log_insufficient pgaudit_effective_override pgaudit_extension_missing);

my $node = server('pgaudit');
sql($node, <<'END');
CREATE DATABASE app;
CREATE DATABASE other;
CREATE ROLE monitor LOGIN IN ROLE pg_monitor;
CREATE ROLE worker LOGIN CREATEROLE;
CREATE ROLE second LOGIN CREATEROLE;
CREATE ROLE group_of_workers;
GRANT group_of_workers TO worker;
END
sql($node, 'CREATE EXTENSION rds_guard', dbname => $_) foreach qw(postgres app);

# What the server records of a session: "ddl role", "ddl", "role" or "".
my $statements = 0;

sub recorded
{
	my (%as) = @_;
	my $name = 'recorded_' . ++$statements;
	my $before = log_size($node);
	sql($node, "CREATE TEMP TABLE $name (); CREATE ROLE $name; DROP ROLE $name", %as);
	my $log = log_since($node, $before);
	return join ' ',
	  grep { $_ } $log =~ /AUDIT: SESSION,.*,DDL,CREATE TABLE,.*$name/ ? 'ddl' : '',
	  $log =~ /AUDIT: SESSION,.*,ROLE,CREATE ROLE,.*$name/ ? 'role' : '';
}

# The verdicts of all five, in the order of @checks.
sub judged
{
	my (%as) = @_;
	my $verdicts = verdicts($node, \@checks, %as);
	return [ @$verdicts{@checks} ];
}

# The one finding of a check
sub finding
{
	my ($check, %as) = @_;
	my ($finding) = @{ report($node, $check, %as) };
	return [ @$finding{qw(status object detail fix)} ];
}

#
# Not loaded: whatever a session or a database says
#
my $not_loaded = [ 'pass', 'fail: shared_preload_libraries', 'not_applicable', 'not_applicable', 'not_applicable' ];
is_deeply(judged(), $not_loaded, 'without the library');
is_deeply(judged(user => 'monitor'), $not_loaded, 'without the library, as a monitor');

my $pretended = q{SET pgaudit.log = 'all'; SELECT json_agg(q) FROM (SELECT * FROM rds_guard.report('{audit_logging}')) AS q};
is_deeply([ @{ decided(RdsGuard::decoded(sql($node, $pretended))) }{@checks} ],
	$not_loaded, 'a session that SET pgaudit.log for itself');
sql($node, q{ALTER DATABASE app SET pgaudit.log = 'all'; ALTER ROLE worker SET pgaudit.log = 'all'});
is(sql($node, 'SHOW pgaudit.log', dbname => 'app'), 'all', 'a database can make the setting up');
is_deeply(judged(dbname => 'app'), $not_loaded, 'a database that made it up');
is(recorded(dbname => 'app', user => 'worker'), '', 'the server records nothing');
sql($node, 'ALTER DATABASE app RESET pgaudit.log; ALTER ROLE worker RESET pgaudit.log');

#
# Load it the way the report says, beside a library that is there already
#
sql($node, q{ALTER SYSTEM SET shared_preload_libraries = 'auto_explain'});
$node->restart;
is_deeply(
	finding('pgaudit_not_loaded'),
	[
		'fail', 'shared_preload_libraries', 'pgaudit is not among the libraries that the server loaded at start',
		q{ALTER SYSTEM SET shared_preload_libraries = 'auto_explain', 'pgaudit'; -- then restart the server}
	],
	'pgaudit_not_loaded: the fix keeps the library that is there');
sql($node, finding('pgaudit_not_loaded')->[3]);
is_deeply(judged(), $not_loaded, 'before the restart nothing has changed');
$node->restart;
is(sql($node, 'SHOW shared_preload_libraries'), 'auto_explain, pgaudit', 'the server starts with both');
is_deeply(judged(), [ 'pass', 'pass', 'fail: pgaudit.log', 'pass', 'fail: postgres' ],
	'loaded, but neither told what to log nor created in the database');
is(recorded(), '', 'the server records nothing yet');

#
# The extension
#
is_deeply(finding('pgaudit_extension_missing', dbname => 'app'),
	[ 'fail', 'app', 'database app has no extension pgaudit', 'CREATE EXTENSION pgaudit;' ],
	'pgaudit_extension_missing: each database needs it');
sql($node, finding('pgaudit_extension_missing')->[3]);
is(verdict($node, 'pgaudit_extension_missing'), 'pass', 'pgaudit_extension_missing: created');

#
# Values of pgaudit.log
#
foreach my $case (
	[ 'all', 'ddl role' ],
	[ 'ALL', 'ddl role' ],
	[ 'role, ddl', 'ddl role' ],
	[ 'Role,DDL', 'ddl role' ],
	[ 'read,write,ddl,role', 'ddl role' ],
	[ 'all, -read', 'ddl role' ],
	[ 'all, -role', 'ddl' ],
	[ 'all,-ddl', 'role' ],
	[ 'ddl', 'ddl' ],
	[ 'role', 'role' ],
	[ 'write', '' ],
	[ 'none', '' ],
	[ 'none, ddl, role', 'ddl role' ],
	[ 'ddl, role, none', 'ddl role' ],
	[ 'ddl, role, -all', '' ],
	[ '-all', '' ],
	[ '-all, all', 'ddl role' ],
	[ '-ddl, all', 'ddl role' ])
{
	my ($value, $classes) = @$case;
	configure($node, 'pgaudit.log' => $value);
	is(recorded(), $classes, "pgaudit.log = '$value': the server records '$classes'");
	is_deeply(
		[
			verdict($node, 'pgaudit_log_insufficient'),
			value($node, q{SELECT coalesce(string_agg(c, ' ' ORDER BY c), '') FROM unnest(rds_guard.pgaudit_in_force()) AS c WHERE c IN ('ddl', 'role')})
		],
		[ $classes eq 'ddl role' ? 'pass' : 'fail: pgaudit.log', $classes ],
		"pgaudit.log = '$value': the report knows");
}

configure($node, 'pgaudit.log' => 'write, -ddl');
is_deeply(
	finding('pgaudit_log_insufficient'),
	[
		'fail', 'pgaudit.log', q{pgaudit.log is 'write, -ddl', without ddl and role},
		q{ALTER SYSTEM SET pgaudit.log = 'write, ddl, role'; SELECT pg_reload_conf();}
	],
	'pgaudit_log_insufficient: detail and fix');
my $fix = finding('pgaudit_log_insufficient')->[3];
sql($node, $fix);
reload($node);
is(recorded(), 'ddl role', "the fix works: $fix");
is(verdict($node, 'pgaudit_log_insufficient'), 'pass', 'and the report says so');

#
# Overrides: role in database, role, database, all roles
#
configure($node, 'pgaudit.log' => 'all');

# overridden(NAME, SQL, VERDICT, {"role database" => recorded, ...}): with this
# SQL; undone afterwards
sub overridden
{
	my ($name, $sql, $verdict, $records) = @_;
	sql($node, $sql);
	is(verdict($node, 'pgaudit_effective_override'), $verdict, "$name: the verdict");
	my %recorded;
	foreach my $pair (keys %$records)
	{
		my ($role, $database) = split ' ', $pair;
		$recorded{$pair} = recorded(user => $role, dbname => $database);
	}
	is_deeply(\%recorded, $records, "$name: the server records just that");
	is(verdict($node, 'pgaudit_log_insufficient'), 'pass', "$name: the value of the server is good all the same");
	return;
}

sub reset_overrides
{
	sql($node, <<"END");
ALTER ROLE worker RESET ALL;
ALTER ROLE worker IN DATABASE app RESET ALL;
ALTER ROLE second RESET ALL;
ALTER ROLE group_of_workers RESET ALL;
ALTER DATABASE app RESET ALL;
ALTER ROLE ALL RESET ALL;
END
	return;
}

overridden('role', q{ALTER ROLE worker SET pgaudit.log = 'none'},
	'fail: ROLE worker', { 'worker app' => '', 'worker postgres' => '', 'second app' => 'ddl role' });
is_deeply(finding('pgaudit_effective_override'),
	[ 'fail', 'ROLE worker', q{pgaudit.log is 'none' for ROLE worker, in force for 4 pair(s) of login role and database},
		'ALTER ROLE worker RESET pgaudit.log;' ],
	'role: detail and fix, for postgres, template1, app and other');
sql($node, finding('pgaudit_effective_override')->[3]);
is(verdict($node, 'pgaudit_effective_override'), 'pass', 'role: the fix works');

overridden('database', q{ALTER DATABASE app SET pgaudit.log = 'ddl'},
	'fail: DATABASE app', { 'worker app' => 'ddl', 'worker other' => 'ddl role' });
reset_overrides();
overridden('role in database', q{ALTER ROLE worker IN DATABASE app SET pgaudit.log = 'role'},
	'fail: ROLE worker IN DATABASE app', { 'worker app' => 'role', 'worker other' => 'ddl role', 'second app' => 'ddl role' });
reset_overrides();
overridden('all roles', q{ALTER ROLE ALL SET pgaudit.log = 'none'},
	'fail: ROLE ALL', { 'worker app' => '', 'second other' => '' });
reset_overrides();
overridden('a good value for a role beats none for the database',
	q{ALTER DATABASE app SET pgaudit.log = 'none'; ALTER ROLE worker SET pgaudit.log = 'ddl, role'},
	'fail: DATABASE app', { 'worker app' => 'ddl role', 'second app' => '' });
is(finding('pgaudit_effective_override')->[2],
	q{pgaudit.log is 'none' for DATABASE app, in force for 3 pair(s) of login role and database},
	'it is in force for the other three roles');
sql($node, qq{ALTER ROLE second SET pgaudit.log = 'all'; ALTER ROLE monitor SET pgaudit.log = 'all'; ALTER ROLE "$superuser" SET pgaudit.log = 'all'});
is(verdict($node, 'pgaudit_effective_override', dbname => 'postgres'),
	'pass', 'a bad value that is in force for nobody is no finding');
sql($node, qq{ALTER ROLE monitor RESET ALL; ALTER ROLE "$superuser" RESET ALL});
reset_overrides();
overridden('a good value for the database beats none for all roles',
	q{ALTER ROLE ALL SET pgaudit.log = 'none'; ALTER DATABASE app SET pgaudit.log = 'ALL'},
	'fail: ROLE ALL', { 'worker app' => 'ddl role', 'worker other' => '' });
reset_overrides();
overridden('a bad value in one database beats a good one for the role',
	q{ALTER ROLE worker SET pgaudit.log = 'all'; ALTER ROLE worker IN DATABASE app SET pgaudit.log = 'read'},
	'fail: ROLE worker IN DATABASE app', { 'worker app' => '', 'worker other' => 'ddl role' });
reset_overrides();
overridden('a good value beats nothing', q{ALTER ROLE worker SET pgaudit.log = 'role,ddl'}, 'pass', { 'worker app' => 'ddl role' });
reset_overrides();
overridden('a group hands no settings on', q{ALTER ROLE group_of_workers SET pgaudit.log = 'none'}, 'pass', { 'worker app' => 'ddl role' });
reset_overrides();

#
# The reporter's own session has an override
#
sql($node, qq{ALTER ROLE "$superuser" SET pgaudit.log = 'none'; ALTER ROLE monitor SET pgaudit.log = 'none'});
is(verdict($node, 'pgaudit_log_insufficient'), 'pass', q{a superuser's own override does not hide the server's value});
is(verdict($node, 'pgaudit_log_insufficient', user => 'monitor'), 'unknown', q{a monitor's own override does: unknown});
is(verdict($node, 'pgaudit_effective_override', user => 'monitor'), "fail: ROLE monitor | ROLE $superuser",
	'the overrides themselves everybody sees');
configure($node, 'pgaudit.log' => 'none');
is(verdict($node, 'pgaudit_log_insufficient'), 'fail: pgaudit.log', 'nor does it when the value of the server is bad');
sql($node, qq{ALTER ROLE "$superuser" RESET ALL; ALTER ROLE monitor RESET ALL});
configure($node, 'pgaudit.log' => 'all');
sql($node, q{ALTER SYSTEM SET pgaudit.log = 'none'});
is(verdict($node, 'pgaudit_log_insufficient'), 'pass', 'what is written but not loaded is not in force');
sql($node, q{ALTER SYSTEM SET pgaudit.log = 'all'});

#
# What swallows the records
#
configure($node, log_min_messages => 'fatal');
is(verdict($node, 'log_suppressed_by_level'), 'fail: log_min_messages', 'log_suppressed_by_level: fatal for all');
is(recorded(user => 'worker'), '', 'the server records nothing, although pgaudit.log is all');
is_deeply(finding('log_suppressed_by_level'),
	[ 'fail', 'log_min_messages', 'log_min_messages is fatal', q{ALTER SYSTEM SET log_min_messages = 'warning'; SELECT pg_reload_conf();} ],
	'log_suppressed_by_level: detail and fix');
sql($node, finding('log_suppressed_by_level')->[3]);
$node->poll_query_until('postgres', q{SELECT current_setting('log_min_messages') = 'warning'}) or die;
is(verdict($node, 'log_suppressed_by_level'), 'pass', 'log_suppressed_by_level: the fix works');
is(recorded(user => 'worker'), 'ddl role', 'the server records again');
sql($node, q{ALTER ROLE worker SET log_min_messages = 'panic'});
is(verdict($node, 'log_suppressed_by_level'), 'fail: ROLE worker', 'log_suppressed_by_level: for one role');
is_deeply([ recorded(user => 'worker'), recorded(user => 'second') ], [ '', 'ddl role' ], 'the server records what the others do');
reset_overrides();

#
# Other names of the library, and libraries with such a name
#
my $libraries = PostgreSQL::Test::Utils::tempdir();
my $pkglibdir = `pg_config --pkglibdir`;
chomp $pkglibdir;
copy("$pkglibdir/pgaudit.so", "$libraries/pgauditlogtofile.so") or die $!;
configure($node, 'dynamic_library_path' => "$libraries:\$libdir");
foreach my $case (
	[ q{'$libdir/pgaudit'}, 'pass' ],
	[ qq{'auto_explain', '$pkglibdir/pgaudit.so'}, 'pass' ],
	[ q{'pgauditlogtofile'}, 'fail: shared_preload_libraries' ])
{
	my ($value, $verdict) = @$case;
	sql($node, "ALTER SYSTEM SET shared_preload_libraries = $value");
	$node->restart;
	(my $short = $value) =~ s/\Q$pkglibdir/.../;
	is(verdict($node, 'pgaudit_not_loaded'), $verdict, "pgaudit_not_loaded: shared_preload_libraries = $short");
}
is(recorded(dbname => 'other'), 'ddl role', 'a library of another name may do the same: it is not taken for pgaudit, to be on the safe side');

$node->stop;
done_testing();
