# The finer checks of pgaudit with the real one: event triggers, object auditing,
# versions, options, who can switch it off; and that a server as initdb makes it
# gets all of its audit by doing what the report says.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

plan skip_all => 'pgaudit is not installed for this server (Debian: postgresql-N-pgaudit)'
  unless has_pgaudit();

my $node = server('pgaudit_checks');
my $major = major($node);
sql($node, <<'END');
CREATE DATABASE app;
CREATE ROLE worker LOGIN;
CREATE ROLE monitor LOGIN IN ROLE pg_monitor;
END
my @app = (dbname => 'app');
sql($node, 'CREATE EXTENSION rds_guard', @app);

#
# A server as initdb makes it: each round does what the findings of at least
# medium severity say, and restarts. The first loads pgaudit, the second tells it
# what to record, for before that there is nothing to tell.
#
sub unmended
{
	return [ grep { $_->{status} eq 'fail' && $_->{severity} =~ /^(medium|high|critical)$/ } @{ report($node, 'audit_logging', @app) } ];
}

my @rounds;
for (1 .. 2)
{
	my $findings = unmended();
	push @rounds, [ sort map { $_->{check_id} } @$findings ];
	is_deeply([ map { $_->{check_id} } grep { ($_->{fix} // '') !~ /^(ALTER|CREATE) / } @$findings ], [], "round $_: each finding has its statement");
	sql($node, $_->{fix}, @app) foreach @$findings;
	$node->restart;
}
note(join ' ', @$_) foreach @rounds;
ok((grep { $_ eq 'pgaudit_not_loaded' } @{ $rounds[0] }), 'at first pgaudit is not loaded');
is_deeply([ grep { !/^pgaudit/ } @{ $rounds[1] } ], [], 'the second round is about pgaudit alone');
is_deeply([ map { "$_->{check_id}: $_->{detail}" } @{ unmended() } ], [], 'two rounds later nothing is left of medium severity or above');
is_deeply([ map { "$_->{check_id}: $_->{detail}" } grep { $_->{status} =~ /error|unknown/ } @{ report($node, 'audit_logging', @app) } ], [], 'and nothing is unknown');
my ($worker) = @{ rows($node, q{SELECT pgaudit_classes, ddl_objects, disconnections FROM rds_guard.audit_coverage('app', 'worker')}, @app) };
is_deeply($worker, { pgaudit_classes => [qw(ddl role)], ddl_objects => 'yes', disconnections => 1 }, 'audit_coverage() agrees');

# what a check says, and its fix
sub said
{
	my ($check, %as) = @_;
	return [ map { [ @$_{qw(status severity object fix)} ] } @{ report($node, $check, @app, %as) } ];
}

# mended(CHECK, WHAT, VERDICT): the fixes of all its findings end them
sub mended
{
	my ($check, $what, $verdict) = @_;
	sql($node, $_->[3], @app) foreach grep { $_->[0] eq 'fail' } @{ said($check) };
	reload($node);
	is(verdict($node, $check, @app), $verdict // 'pass', "$check: $what: the fix works");
	return;
}

#
# Event triggers
#
my $check = 'pgaudit_event_triggers_disabled';
is(verdict($node, $check, @app), 'pass', "$check: they fire");
is(verdict($node, $check, @app, user => 'monitor'), 'pass', "$check: which a monitor sees");
foreach my $case (
	[ 'ALTER EVENT TRIGGER pgaudit_ddl_command_end DISABLE', 'pgaudit_ddl_command_end' ],
	[ 'ALTER EVENT TRIGGER pgaudit_sql_drop ENABLE REPLICA', 'pgaudit_sql_drop' ],
	[ 'ALTER EVENT TRIGGER pgaudit_sql_drop DISABLE; ALTER EVENT TRIGGER pgaudit_sql_drop RENAME TO "Drops ""watched"""', '"Drops ""watched"""' ])
{
	my ($sql, $object) = @$case;
	sql($node, $sql, @app);
	is_deeply(said($check), [ [ 'fail', 'high', $object, "ALTER EVENT TRIGGER $object ENABLE;" ] ], "$check: $sql");
	mended($check, $sql);
}
sql($node, 'ALTER EVENT TRIGGER pgaudit_ddl_command_end ENABLE ALWAYS', @app);
is(verdict($node, $check, @app), 'pass', "$check: always is as good");
sql($node, <<'END', @app);
ALTER EXTENSION pgaudit DROP EVENT TRIGGER pgaudit_ddl_command_end;
DROP EVENT TRIGGER pgaudit_ddl_command_end;
END
is_deeply(said($check), [ [ 'fail', 'high', 'event trigger ON ddl_command_end', 'DROP EXTENSION pgaudit; CREATE EXTENSION pgaudit;' ] ], "$check: one is missing");
sql($node, q{CREATE EVENT TRIGGER own ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION pgaudit_ddl_command_end()}, @app);
is_deeply(said($check), [ [ 'fail', 'high', 'own', undef ] ], "$check: one of somebody's own is for some commands only");
sql($node, 'CREATE EVENT TRIGGER whole ON ddl_command_end EXECUTE FUNCTION pgaudit_ddl_command_end()', @app);
is(verdict($node, $check, @app), 'pass', "$check: beside one that is for all that is enough");
sql($node, 'DROP EVENT TRIGGER own; DROP EVENT TRIGGER whole', @app);
mended($check, 'one is missing');
foreach my $case ($major >= 17 ? [ event_triggers => 'off' ] : (), [ session_replication_role => 'replica' ])
{
	my ($name, $value) = @$case;
	configure($node, $name => $value);
	is(verdict($node, $check, @app), "fail: $name", "$check: $name = $value");
	mended($check, $name);
	configure($node, $name => undef);
	sql($node, "ALTER ROLE worker SET $name = $value");
	is_deeply(verdicts($node, [ $check, 'logging_guc_overridden' ], @app),
		{ $check => 'pass', logging_guc_overridden => "fail: ROLE worker SET $name" }, "$check: for a role it is an override");
	sql($node, 'ALTER ROLE worker RESET ALL');
}

#
# Object auditing
#
$check = 'pgaudit_object_role_broken';
is(verdict($node, $check, @app), 'not_applicable', "$check: not in use");
configure($node, 'pgaudit.role' => 'Auditor');
is_deeply(said($check), [ [ 'fail', 'medium', 'pgaudit.role', 'CREATE ROLE "Auditor" NOLOGIN;' ] ], "$check: no such role");
mended($check, 'no such role');
configure($node, 'pgaudit.role' => 'auditor');
is_deeply(said($check), [ [ 'fail', 'medium', 'pgaudit.role', q{ALTER SYSTEM SET pgaudit.role = 'Auditor'; SELECT pg_reload_conf();} ] ], "$check: a slip of the case");
mended($check, 'a slip of the case');
sql($node, 'CREATE TABLE data (number integer, word text)', @app);
is_deeply(said($check), [ [ 'fail', 'low', '"Auditor"', undef ] ], "$check: nothing is granted to it");
sql($node, 'GRANT SELECT ON data TO PUBLIC', @app);
is(verdict($node, $check, @app), 'fail: "Auditor"', "$check: what PUBLIC has does not count");
sql($node, 'GRANT INSERT (word) ON data TO "Auditor"', @app);
is(verdict($node, $check, @app), 'pass', "$check: a column will do");
sql($node, 'ALTER ROLE "Auditor" LOGIN', @app);
is_deeply(said($check), [ [ 'fail', 'medium', '"Auditor"', 'ALTER ROLE "Auditor" NOLOGIN;' ] ], "$check: it can log in");
mended($check, 'it can log in');
sql($node, q{ALTER ROLE worker IN DATABASE app SET pgaudit.role = 'nobody'}, @app);
is_deeply(said($check), [ [ 'fail', 'medium', 'ROLE worker IN DATABASE app SET pgaudit.role', 'CREATE ROLE nobody NOLOGIN;' ] ], "$check: for one role in one database");
sql($node, q{ALTER ROLE worker IN DATABASE app RESET ALL; ALTER ROLE worker SET pgaudit.role = ''}, @app);
is(verdict($node, $check, @app), 'pass', "$check: none for one role is not broken");
is(verdict($node, $check, @app, user => 'monitor'), 'pass', "$check: which a monitor sees");
sql($node, 'ALTER ROLE worker RESET ALL', @app);
configure($node, 'pgaudit.role' => undef);

#
# The version of the extension, as pg_upgrade leaves it
#
$check = 'pgaudit_version_mismatch';
# some come like that
if (value($node, q{SELECT EXISTS (SELECT FROM pg_proc AS p CROSS JOIN unnest(p.proconfig) AS c (entry) WHERE p.proname = 'pgaudit_sql_drop' AND c.entry = 'search_path="pg_catalog, pg_temp"')}, @app))
{
	is_deeply(
		said($check),
		[ map { [ 'fail', 'low', "public.$_()", "ALTER FUNCTION public.$_() SET search_path = pg_catalog, pg_temp;" ] } qw(pgaudit_ddl_command_end pgaudit_sql_drop) ],
		"$check: this version quotes two schemas as one");
	mended($check, 'the search_path');
}
is(verdict($node, $check, @app), 'pass', "$check: that of this server");
my $version = sql($node, q{SELECT extversion FROM pg_extension WHERE extname = 'pgaudit'}, @app);
foreach my $other ('1.4', '16.0', '1.70', '170', "0.$version")
{
	sql($node, "UPDATE pg_extension SET extversion = '$other' WHERE extname = 'pgaudit'", @app);
	is_deeply(said($check), [ [ 'fail', 'medium', 'pgaudit', 'DROP EXTENSION pgaudit; CREATE EXTENSION pgaudit;' ] ], "$check: $other is not");
}
sql($node, "UPDATE pg_extension SET extversion = '$version.1' WHERE extname = 'pgaudit'", @app);
is(verdict($node, $check, @app), 'pass', "$check: a minor release of it is");
sql($node, "UPDATE pg_extension SET extversion = '$version' WHERE extname = 'pgaudit'", @app);

#
# Options
#
$check = 'pgaudit_options_weak';
is(verdict($node, $check, @app), 'pass', "$check: the defaults");
foreach my $case ([ 'pgaudit.log_catalog' => 'off' ], [ 'pgaudit.log_client' => 'on' ], $major >= 15 ? [ 'pgaudit.log_statement' => 'off' ] : ())
{
	my ($name, $bad) = @$case;
	my $good = $bad eq 'on' ? 'off' : 'on';
	configure($node, $name => $bad);
	is_deeply(said($check), [ [ 'fail', 'low', $name, "ALTER SYSTEM SET $name = '$good'; SELECT pg_reload_conf();" ] ], "$check: $name = $bad");
	mended($check, $name);
	configure($node, $name => undef);
	sql($node, "ALTER DATABASE app SET $name = $bad", @app);
	is_deeply(verdicts($node, [ $check, 'logging_guc_overridden' ], @app),
		$name eq 'pgaudit.log_client'
		? { $check => "fail: DATABASE app SET $name", logging_guc_overridden => 'pass' }
		: { $check => 'pass', logging_guc_overridden => "fail: DATABASE app SET $name" },
		"$check: $name for a database, in one check or the other");
	sql($node, 'ALTER DATABASE app RESET ALL', @app);
}

#
# Records that get lost because clients see them
#
$check = 'log_suppressed_by_level';
configure($node, 'pgaudit.log_client' => 'on', 'pgaudit.log_level' => 'notice');
is_deeply(said($check), [ [ 'fail', 'critical', 'pgaudit.log_client', q{ALTER SYSTEM SET pgaudit.log_client = 'off'; SELECT pg_reload_conf();} ] ],
	"$check: notices are below log_min_messages");
mended($check, 'for the server');
configure($node, 'pgaudit.log_client' => undef);
sql($node, 'ALTER ROLE worker SET pgaudit.log_client = yes; ALTER ROLE worker IN DATABASE app SET log_min_messages = error', @app);
is_deeply(said($check), [ [ 'fail', 'critical', 'ROLE worker SET pgaudit.log_client', 'ALTER ROLE worker RESET pgaudit.log_client;' ] ], "$check: for one role");
sql($node, q{ALTER ROLE worker SET log_min_messages = notice; ALTER ROLE worker IN DATABASE app RESET ALL}, @app);
is(verdict($node, $check, @app), 'pass', "$check: not where the log takes notices");
sql($node, q{ALTER ROLE worker SET log_min_messages = warning; ALTER ROLE worker SET pgaudit.log_level = 'log'}, @app);
is(verdict($node, $check, @app), 'pass', "$check: nor at level log");
sql($node, q{ALTER ROLE worker RESET ALL; ALTER ROLE worker SET pgaudit.log_client = on; ALTER ROLE worker SET pgaudit.log = 'none'}, @app);
is(verdict($node, $check, @app), 'pass', "$check: nor where nothing is recorded");
sql($node, 'ALTER ROLE worker RESET ALL', @app);
configure($node, 'pgaudit.log_level' => undef);

#
# Who can switch it off
#
$check = 'pgaudit_superuser_blind';
is_deeply(said($check), [ [ 'fail', 'info', $superuser, undef ] ], "$check: the superuser can");
sql($node, qq{CREATE ROLE "the boss" SUPERUSER NOLOGIN; CREATE ROLE climber LOGIN NOINHERIT; GRANT "the boss" TO climber}, @app);
is(verdict($node, $check, @app), "fail: climber | $superuser", "$check: who becomes one can, too");
sql($node, 'DROP ROLE climber, "the boss"', @app);
if ($major >= 15)
{
	sql($node, 'GRANT SET ON PARAMETER pgaudit.log, work_mem TO worker; GRANT SET ON PARAMETER work_mem TO monitor', @app);
	my ($detail) = map { $_->{detail} } grep { $_->{object} eq 'worker' } @{ report($node, $check, @app) };
	is($detail, 'worker can switch off its own audit: SET on pgaudit.log', "$check: a grant will do");
	is(verdict($node, $check, @app), "fail: $superuser | worker", "$check: not one on something else");
	sql($node, 'REVOKE SET ON PARAMETER pgaudit.log, work_mem FROM worker, monitor', @app);
}

#
# Without the extension, and without the library
#
my @checks = qw(pgaudit_event_triggers_disabled pgaudit_object_role_broken pgaudit_version_mismatch pgaudit_options_weak pgaudit_superuser_blind);
sql($node, 'DROP EXTENSION pgaudit', @app);
is_deeply(verdicts($node, [ @checks[ 0, 2 ], 'pgaudit_extension_missing' ], @app),
	{ (map { $_ => 'not_applicable' } @checks[ 0, 2 ]), pgaudit_extension_missing => 'fail: app' }, 'without the extension');
sql($node, 'ALTER SYSTEM RESET shared_preload_libraries');
$node->restart;
is_deeply(verdicts($node, \@checks, @app), { map { $_ => 'not_applicable' } @checks }, 'without the library');
sql($node, q{ALTER DATABASE app SET pgaudit.role = 'nobody'; ALTER DATABASE app SET pgaudit.log_client = on; ALTER DATABASE app SET pgaudit.log_level = 'notice'}, @app);
is_deeply(verdicts($node, [ @checks, 'log_suppressed_by_level' ], @app),
	{ (map { $_ => 'not_applicable' } @checks), log_suppressed_by_level => 'pass' }, 'whatever a database makes up');

#
# A library that only redirects the records of pgaudit has settings of such names
#
SKIP:
{
	skip 'pgauditlogtofile is not installed for this server (Debian: postgresql-N-pgauditlogtofile)', 1 unless has_library('pgauditlogtofile');
	sql($node, q{ALTER DATABASE app RESET ALL; ALTER SYSTEM SET shared_preload_libraries = 'pgauditlogtofile'});
	$node->restart;
	is_deeply(verdicts($node, [ 'pgaudit_not_loaded', @checks ], @app),
		{ pgaudit_not_loaded => 'fail: shared_preload_libraries', map { $_ => 'not_applicable' } @checks }, 'pgauditlogtofile is not pgaudit');
}

$node->stop;
done_testing();
