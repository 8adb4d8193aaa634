# Whether the server's own log records what the settings promise: the verdict
# on each value is compared with what then stands, or does not, in the log.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

my $node = server('logging');
my $major = major($node);
sql($node, <<'END');
CREATE EXTENSION rds_guard;
CREATE DATABASE app;
CREATE ROLE monitor LOGIN IN ROLE pg_monitor;
CREATE ROLE worker LOGIN;
CREATE ROLE creator LOGIN CREATEROLE;
END

# What the log says of one session in which one statement ran.
sub logged
{
	my ($statement, %as) = @_;
	my $before = log_size($node);
	my ($pid) = split /\n/, sql($node, "SELECT pg_backend_pid();\n$statement", %as);
	wait_for_end($pid);
	my ($log) = log_since($node, $before);
	my $role = $as{user} // $superuser;
	return {
		receipt => $log =~ /connection received/ ? 1 : 0,
		authentication => $log =~ /connection authenticated: .*"$role"/ ? 1 : 0,
		authorization => $log =~ /connection authorized: user=$role / ? 1 : 0,
		disconnection => $log =~ /disconnection: session time: .* user=$role / ? 1 : 0,
		statement => $log =~ /LOG:  statement: \Q$statement\E/ ? 1 : 0
	};
}

sub fix
{
	my ($check, %as) = @_;
	my ($finding) = @{ report($node, $check, %as) };
	return $finding->{fix};
}

#
# log_connections: a switch, from 18 on a list
#
my @connections = qw(log_connections_off log_connections_partial);
my %aspects = $major < 18
  ? (off => '', on => 'receipt authorization')
  : (
	'' => '', off => '', 'false' => '',
	on => 'receipt authentication authorization',
	'1' => 'receipt authentication authorization',
	all => 'receipt authentication authorization',
	ALL => 'receipt authentication authorization',
	receipt => 'receipt',
	setup_durations => '',
	authentication => 'authentication',
	authorization => 'authorization',
	'Authentication, AUTHORIZATION' => 'authentication authorization',
	'receipt,setup_durations,authorization' => 'receipt authorization');
foreach my $value (sort keys %aspects)
{
	configure($node, log_connections => $value);
	my $logged = logged('SELECT', user => 'worker');
	is(join(' ', grep { $logged->{$_} && ($major >= 18 || $_ ne 'authentication') } qw(receipt authentication authorization)),
		$aspects{$value}, "log_connections = '$value': the log has '$aspects{$value}'");

	my ($authentication, $authorization) = map { scalar($aspects{$value} =~ /\b$_\b/) } qw(authentication authorization);
	my %verdicts = $major < 18
	  ? (log_connections_off => $authorization ? 'pass' : 'fail: log_connections', log_connections_partial => 'not_applicable')
	  : (
		log_connections_off => $authentication || $authorization ? 'pass' : 'fail: log_connections',
		log_connections_partial => $authentication && $authorization ? 'pass'
		: $value eq 'receipt' || $value eq 'setup_durations' || $authentication || $authorization ? 'fail: log_connections'
		: 'pass');
	is_deeply(verdicts($node, \@connections), \%verdicts, "log_connections = '$value': the verdicts");
}

foreach my $case ([ 'off', 'log_connections_off' ], $major >= 18 ? [ 'receipt, authentication', 'log_connections_partial' ] : ())
{
	my ($value, $check) = @$case;
	configure($node, log_connections => $value);
	my $fix = fix($check);
	sql($node, $fix);
	reload($node);
	is_deeply(verdicts($node, \@connections),
		{ log_connections_off => 'pass', log_connections_partial => $major < 18 ? 'not_applicable' : 'pass' },
		"$check: the fix works: $fix");
	is(logged('SELECT')->{authorization}, 1, "$check: and the log has it");
}

#
# log_disconnections
#
foreach my $case ([ off => 'fail: log_disconnections', 0 ], [ on => 'pass', 1 ], [ 'true' => 'pass', 1 ])
{
	my ($value, $verdict, $logged) = @$case;
	configure($node, log_disconnections => $value);
	is(verdict($node, 'log_disconnections_off'), $verdict, "log_disconnections = $value: the verdict");
	is(logged('SELECT')->{disconnection}, $logged, "log_disconnections = $value: the log");
}
configure($node, log_disconnections => 'off');
sql($node, fix('log_disconnections_off'));
reload($node);
is(verdict($node, 'log_disconnections_off'), 'pass', 'log_disconnections: the fix works');

# A superuser may give its own session another value, by connection option
is(verdict($node, 'log_disconnections_off', options => '-c log_disconnections=off'),
	'pass', 'log_disconnections: what a superuser set for this session does not hide the value of the server');
configure($node, log_disconnections => 'off');
is(verdict($node, 'log_disconnections_off', options => '-c log_disconnections=on'),
	'fail: log_disconnections', 'log_disconnections: nor does it when that is bad');

#
# log_statement
#
foreach my $case ([ none => 'fail: log_statement', 0 ], [ ddl => 'pass', 1 ], [ mod => 'pass', 1 ], [ all => 'pass', 1 ])
{
	my ($value, $verdict, $logged) = @$case;
	configure($node, log_statement => $value);
	is(verdict($node, 'log_statement_off'), $verdict, "log_statement = $value: the verdict");
	is(logged('CREATE TEMP TABLE marker ()')->{statement}, $logged, "log_statement = $value: the log");
}
configure($node, log_statement => 'none');
sql($node, fix('log_statement_off'));
reload($node);
is(verdict($node, 'log_statement_off'), 'pass', 'log_statement: the fix works');
is(verdict($node, 'log_statement_off', options => '-c log_statement=none'),
	'pass', 'log_statement: a session value of the superuser does not hide that of the server');
is(sql($node, q{SET log_statement = 'all'; SELECT status FROM rds_guard.report('{log_statement_off}')}),
	'pass', 'log_statement: SET by a superuser does not either');

configure($node, log_statement => 'none');
sql($node, q{ALTER ROLE ALL SET log_statement = 'ddl'});
is(verdict($node, 'log_statement_off'), 'pass', 'log_statement: what ALTER ROLE ALL sets is in force for everybody');
is(logged('CREATE TEMP TABLE marker ()', user => 'worker')->{statement}, 1, 'and the log has it');
sql($node, q{ALTER DATABASE app SET log_statement = 'none'});
is(verdict($node, 'log_statement_off'), 'fail: log_statement', 'log_statement: but for those who have it otherwise');
sql($node, 'ALTER ROLE ALL RESET ALL; ALTER DATABASE app RESET ALL');
configure($node, log_statement => 'ddl');

SKIP:
{
	skip 'pgaudit is not installed for this server', 3 unless has_pgaudit();
	sql($node, q{ALTER SYSTEM SET shared_preload_libraries = 'pgaudit'; ALTER SYSTEM SET log_statement = 'none'});
	$node->restart;
	is(verdict($node, 'log_statement_off'), 'fail: log_statement', 'pgaudit without class ddl does not make up for log_statement');
	configure($node, 'pgaudit.log' => 'ddl');
	is(verdict($node, 'log_statement_off'), 'pass', 'pgaudit with class ddl does');
	sql($node, 'ALTER SYSTEM RESET shared_preload_libraries');
	$node->restart;
	is(verdict($node, 'log_statement_off'), 'fail: log_statement', 'its setting without its library does not');
	sql($node, 'ALTER SYSTEM RESET pgaudit.log');
	configure($node, log_statement => 'ddl');
}

#
# Overrides that weaken
#
sub overridden
{
	my ($name, $sql, $undo, $verdict) = @_;
	sql($node, $sql);
	is(verdict($node, 'logging_guc_overridden'), $verdict, "logging_guc_overridden: $name");
	sql($node, $undo);
	return;
}

my $ddl = 'CREATE TEMP TABLE marker ()';
sql($node, 'ALTER ROLE worker SET log_statement = none');
is_deeply(
	[ map { [ @$_{qw(status object detail fix)} ] } @{ report($node, 'logging_guc_overridden') } ],
	[ [ 'fail', 'ROLE worker SET log_statement', 'log_statement is none for ROLE worker, ddl for the server', 'ALTER ROLE worker RESET log_statement;' ] ],
	'logging_guc_overridden: log_statement for a role');
is(logged($ddl, user => 'worker')->{statement}, 0, 'and the log lacks it');
is(logged($ddl)->{statement}, 1, 'which others have');
sql($node, fix('logging_guc_overridden'));
is(verdict($node, 'logging_guc_overridden'), 'pass', 'logging_guc_overridden: the fix works');
is(logged($ddl, user => 'worker')->{statement}, 1, 'and the log has it');

overridden('a value that records more', q{ALTER ROLE worker SET log_statement = 'all'}, 'ALTER ROLE worker RESET ALL', 'pass');
overridden('the same value in upper case', q{ALTER ROLE worker SET log_statement = 'DDL'}, 'ALTER ROLE worker RESET ALL', 'pass');
overridden('for a database', 'ALTER DATABASE app SET log_statement = none', 'ALTER DATABASE app RESET ALL', 'fail: DATABASE app SET log_statement');
overridden('for a role in a database', 'ALTER ROLE worker IN DATABASE app SET log_statement = none',
	'ALTER ROLE worker IN DATABASE app RESET ALL', 'fail: ROLE worker IN DATABASE app SET log_statement');
overridden('for all roles', 'ALTER ROLE ALL SET log_statement = none', 'ALTER ROLE ALL RESET ALL', 'fail: ROLE ALL SET log_statement');
overridden('triggers do not fire for a replica role', 'ALTER ROLE worker SET session_replication_role = replica',
	'ALTER ROLE worker RESET ALL', 'fail: ROLE worker SET session_replication_role');
overridden('two settings at once', q{ALTER ROLE worker SET log_statement = none; ALTER ROLE worker SET track_activities = off},
	'ALTER ROLE worker RESET ALL', 'fail: ROLE worker SET log_statement | ROLE worker SET track_activities');
overridden('only slower statements', q{ALTER ROLE worker SET log_min_duration_statement = '2s'}, 'ALTER ROLE worker RESET ALL', 'pass');
configure($node, log_min_duration_statement => '1s');
overridden('only slower statements than the server', q{ALTER ROLE worker SET log_min_duration_statement = '1500ms'}, 'ALTER ROLE worker RESET ALL',
	'fail: ROLE worker SET log_min_duration_statement');
overridden('faster ones, too', q{ALTER ROLE worker SET log_min_duration_statement = 999}, 'ALTER ROLE worker RESET ALL', 'pass');
configure($node, log_min_duration_statement => undef);
overridden('less of each', q{ALTER ROLE worker SET log_error_verbosity = terse}, 'ALTER ROLE worker RESET ALL', 'fail: ROLE worker SET log_error_verbosity');
overridden('a setting that has nothing to do with it', q{ALTER ROLE worker SET work_mem = '1MB'}, 'ALTER ROLE worker RESET ALL', 'pass');
overridden('a weaker value that a stronger one wins over for all who log in there',
	q{ALTER DATABASE app SET log_statement = none; ALTER ROLE worker SET log_statement = 'all'; ALTER ROLE creator SET log_statement = 'all';
	  ALTER ROLE monitor SET log_statement = 'all'; ALTER ROLE } . qq{"$superuser" SET log_statement = 'all'},
	qq{ALTER DATABASE app RESET ALL; ALTER ROLE worker RESET ALL; ALTER ROLE creator RESET ALL; ALTER ROLE monitor RESET ALL; ALTER ROLE "$superuser" RESET ALL},
	'pass');

#
# log_min_messages swallows all of these; from 19 on it is a list
#
my %levels = (
	debug5 => 1, info => 1, notice => 1, warning => 1, error => 1, log => 1, fatal => 0, panic => 0, FATAL => 0,
	$major < 19
	? ()
	: (
		'fatal, backend:warning' => 1,
		'backend:warning, panic' => 1,
		'warning, backend:fatal' => 0,
		'backend:panic,warning' => 0,
		'Warning, BACKEND:Fatal' => 0,
		'warning, walsender:panic' => 1,
		'fatal, walsender:warning' => 0));
configure($node, log_statement => 'all');
foreach my $value (sort keys %levels)
{
	configure($node, log_min_messages => $value);
	is(verdict($node, 'log_suppressed_by_level'), $levels{$value} ? 'pass' : 'fail: log_min_messages',
		"log_min_messages = '$value': the verdict");
	is(logged("SELECT 'marker'", user => 'worker')->{statement}, $levels{$value}, "log_min_messages = '$value': the log");
}
configure($node, log_min_messages => undef);
foreach my $target ('ROLE worker', 'DATABASE app', 'ROLE worker IN DATABASE app', 'ROLE ALL')
{
	sql($node, "ALTER $target SET log_min_messages = fatal");
	is(verdict($node, 'log_suppressed_by_level'), "fail: $target", "log_suppressed_by_level: for $target");
	is(logged("SELECT 'marker'", user => 'worker', dbname => 'app')->{statement}, 0, "log_suppressed_by_level: for $target the log has nothing");
	sql($node, fix('log_suppressed_by_level'));
	is(verdict($node, 'log_suppressed_by_level'), 'pass', "log_suppressed_by_level: for $target the fix works");
}
configure($node, log_statement => undef);

#
# password_encryption decides about the next password
#
my $passwords = 0;

sub stored
{
	my (%as) = @_;
	my $name = 'stored_' . ++$passwords;
	sql($node, "CREATE ROLE $name PASSWORD 'x'", %as);
	return value($node, "SELECT kind FROM rds_guard.password_verifiers() WHERE role = '$name'");
}

is(stored(), $major < 14 ? 'md5' : 'scram-sha-256', 'the default of password_encryption');
is(verdict($node, 'password_encryption_md5'), $major < 14 ? 'fail: password_encryption' : 'pass', 'the default of password_encryption: the verdict');
foreach my $value ('md5', 'MD5', 'scram-sha-256', 'SCRAM-SHA-256', $major < 14 ? 'on' : ())
{
	my $kind = $value =~ /scram/i ? 'scram-sha-256' : 'md5';
	configure($node, password_encryption => $value);
	is(stored(), $kind, "password_encryption = $value: what is stored");
	is(verdict($node, 'password_encryption_md5'), $kind eq 'md5' ? 'fail: password_encryption' : 'pass', "password_encryption = $value: the verdict");
}
configure($node, password_encryption => 'md5');
sql($node, fix('password_encryption_md5'));
reload($node);
is(verdict($node, 'password_encryption_md5'), 'pass', 'password_encryption: the fix works');
foreach my $target ('ROLE creator', 'DATABASE app', 'ROLE creator IN DATABASE app', 'ROLE ALL')
{
	sql($node, "ALTER $target SET password_encryption = 'md5'");
	is(stored(user => 'creator', dbname => 'app'), 'md5', "password_encryption for $target: what is stored");
	is(verdict($node, 'password_encryption_md5'), "fail: $target", "password_encryption for $target: the verdict");
	sql($node, fix('password_encryption_md5'));
	is(verdict($node, 'password_encryption_md5'), 'pass', "password_encryption for $target: the fix works");
}
is(verdict($node, 'password_encryption_md5', user => 'monitor', options => '-c password_encryption=md5'),
	'unknown', q{password_encryption: a monitor's own value hides that of the server});

#
# What the command line says wins over the files, under whatever name
#
my @own = (options => '-c log_min_messages=error');
$node->stop;
foreach my $case ([ '-d 1', 'debug1' ], [ '-c log-min-messages=notice', 'notice' ], [ '--log_min_messages=fatal', 'fatal' ])
{
	my ($option, $value) = @$case;
	my @server = ('pg_ctl', '-s', '-w', '-D', $node->data_dir);
	system_or_bail(@server, '-l', $node->logfile, '-o', $option, 'start');
	is(sql($node, q{SELECT rds_guard.server_setting('log_min_messages')}), $value, "a server started with $option");
	is(verdict($node, 'log_suppressed_by_level'), $value eq 'fatal' ? 'fail: log_min_messages' : 'pass', "$option: the verdict");
	like((try_sql($node, q{SELECT rds_guard.server_setting('log_min_messages')}, @own))[2],
		qr/ERROR:  this session's own value of "log_min_messages" \(client\) hides the server's/, "$option: from a session with its own value it is unknown");
	system_or_bail(@server, '-m', 'fast', 'stop');
}
$node->start;
is(sql($node, q{SELECT rds_guard.server_setting('log_min_messages')}, @own), 'warning', 'without it the files tell');

$node->stop;
done_testing();
